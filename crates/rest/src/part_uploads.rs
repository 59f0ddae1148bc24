//! `/sdk/chatfiles/part-upload`: large attachments, a part at a time.

use axum::Router;
use axum::routing::{post, put};
use hongyan_messaging::files::parts::{self, Wishes};
use hongyan_model::Refusal;
use serde_json::json;

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::body;
use crate::call::{Area, Call, handle};
use crate::errors::Failure;
use crate::files::{side, stored};
use crate::query::says_yes;

/// Shown as the largest file where there is no limit; the client reads a missing value as 0.
const NO_LIMIT: u64 = 1 << 53;

pub(crate) fn routes() -> Router<RestState> {
    let one = put(handle(Area::Files, part))
        .post(handle(Area::Files, complete))
        .delete(handle(Area::Files, abort));
    Router::new()
        .route("/sdk/chatfiles/part-upload", post(handle(Area::Files, begin)))
        .route("/sdk/chatfiles/part-upload/{upload}", one)
}

async fn begin(call: Call) -> Result<Answer, Failure> {
    let begun = parts::begin(call.messaging(), &call.caller()?).await?;
    let entity = json!({
        "uuid": begun.id.as_str(),
        "part_lower_limit": begun.part_bytes,
        "file_upper_limit": begun.file_bytes.unwrap_or(NO_LIMIT).min(NO_LIMIT),
    });
    Ok(Envelope::entities(vec![entity]).into())
}

async fn part(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let body = call.take_body();
    let form = body::upload_part(call.headers(), body).await?;
    let bytes = form.bytes.ok_or(Refusal::Missing { name: "part_file" })?;
    let number = form.number.ok_or(Refusal::Missing { name: "part_number" })?;
    let number = number
        .trim()
        .parse::<u64>()
        .map_err(|_| Refusal::Invalid { name: "part_number", why: "is no number".to_owned() })?;
    let size = bytes.len();
    parts::put(call.messaging(), &caller, call.path("upload"), number, bytes).await?;
    Ok(Envelope::entities(vec![json!({ "part_number": number, "part_size": size })]).into())
}

async fn complete(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    // In the query, where the upload in one request has a header.
    let wish = |name: &str| call.query().text(name).or_else(|| call.header(name));
    let wishes = Wishes {
        restrict: wish("restrict-access").is_some_and(says_yes),
        thumbnail: (side(wish("thumbnail-width")), side(wish("thumbnail-height"))),
    };
    let file = parts::complete(call.messaging(), &caller, call.path("upload"), wishes).await?;
    let body = Envelope::entities(vec![stored(&file)]);
    Ok(body.into())
}

async fn abort(call: Call) -> Result<Answer, Failure> {
    parts::abort(call.messaging(), &call.caller()?, call.path("upload")).await?;
    Ok(Envelope::empty().into())
}
