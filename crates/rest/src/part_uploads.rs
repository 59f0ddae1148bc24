//! `/sdk/chatfiles/part-upload`: large attachments, a part at a time.

use hongyan_messaging::files::parts::{self, Wishes};
use hongyan_model::Refusal;
use serde_json::json;

use crate::answer::{Answer, Envelope};
use crate::body;
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::files::{STORED, side, stored};
use crate::query::says_yes;

/// Shown as the largest file where there is no limit; the client reads a missing value as 0.
const NO_LIMIT: u64 = 1 << 53;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Files, "Files");
    routes
        .post("/sdk/chatfiles/part-upload", begin)
        .access(Access::Member)
        .about(
            "Begins an upload in parts, which is given up after a day",
            "开始分片上传，一天内未完成则作废",
        )
        .answers("{entities: {uuid: string, part_lower_limit: int, file_upper_limit: int}[]}");
    routes
        .put("/sdk/chatfiles/part-upload/{upload}", part)
        .access(Access::Member)
        .about(
            "Uploads a part, counted from 1, or replaces the one that was there",
            "上传一个分片，编号从 1 开始；已有的分片会被替换",
        )
        .multipart("{part_file: file, part_number: int}")
        .answers("{entities: {part_number: int, part_size: int}[]}");
    routes
        .post("/sdk/chatfiles/part-upload/{upload}", complete)
        .access(Access::Member)
        .about(
            "Makes an attachment of the parts, under an id of its own",
            "将各分片合并为附件，附件有自己的 ID",
        )
        .query("{restrict-access?: bool, thumbnail-width?: int, thumbnail-height?: int}")
        .answers(STORED);
    routes
        .delete("/sdk/chatfiles/part-upload/{upload}", abort)
        .access(Access::Member)
        .about("Gives up an upload in parts", "放弃分片上传");
    routes
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
