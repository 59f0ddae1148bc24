//! `/share_files` below `/chatgroups/{group}` and `/chatrooms/{room}`: files that a group or chat room shares.

use axum::Router;
use axum::routing::get;
use hongyan_messaging::files::Upload;
use hongyan_messaging::muc::{self, SharedFile};
use hongyan_model::{Feature, Muc, Refusal};
use serde_json::{Value, json};

use crate::RestState;
use crate::answer::{Answer, Envelope, pair};
use crate::body;
use crate::call::{Area, Call, handle};
use crate::errors::Failure;
use crate::files::response;
use crate::muc::place;
use crate::range::Asked;

/// Default and most files on a page.
const PAGE: usize = 1000;

pub(crate) fn routes() -> Router<RestState> {
    let mut routes = Router::new();
    for (base, area) in [("/chatgroups/{group}", Area::Groups), ("/chatrooms/{room}", Area::Rooms)]
    {
        let all = get(handle(area, list)).post(handle(area, share));
        let one = get(handle(area, download)).delete(handle(area, remove));
        routes = routes
            .route(&format!("{base}/share_files"), all)
            .route(&format!("{base}/share_files/{{file}}"), one);
    }
    routes
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let page = call.query().number("pagenum").unwrap_or(1).max(1);
    let size = call.query().number("pagesize").unwrap_or(PAGE).clamp(1, PAGE);
    let place = place(&call)?;
    let files = muc::files(call.messaging(), &call.caller()?, &place, page, size).await?;
    let rows: Vec<Value> = files.iter().map(facts).collect();
    let count = rows.len();
    Ok(Envelope::data(rows).count(count).into())
}

async fn share(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let place = place(&call)?;
    let body = call.take_body();
    let most = call.app().most(Feature::FileBytesMax);
    let file = body::upload(call.headers(), body, most).await?.file;
    let file = file.ok_or(Refusal::Missing { name: "file" })?;
    let upload = Upload {
        name: file.name,
        content_type: file.content_type,
        bytes: file.bytes,
        restrict: true,
        thumbnail: (None, None),
    };
    let shared = muc::share_file(call.messaging(), &caller, &place, upload).await?;
    let mut row = facts(&shared);
    row["file_url"] = format!("{}/{}", call.uri(), shared.file.id).into();
    for name in ids(&place) {
        row[*name] = place.id().into();
    }
    Ok(Envelope::data(row).into())
}

async fn download(call: Call) -> Result<Answer, Failure> {
    let (place, file) = (place(&call)?, call.path("file"));
    let found = muc::download_file(call.messaging(), &call.caller()?, &place, file).await?;
    let asked = Asked::of(call.header("range"), found.size());
    Ok(Answer::Raw(response(found, asked)))
}

async fn remove(call: Call) -> Result<Answer, Failure> {
    let (place, file) = (place(&call)?, call.path("file"));
    muc::remove_file(call.messaging(), &call.caller()?, &place, file).await?;
    let mut row = pair("file_id", file);
    row["result"] = true.into();
    for name in ids(&place) {
        row[*name] = place.id().into();
    }
    Ok(Envelope::data(row).into())
}

fn facts(shared: &SharedFile) -> Value {
    json!({
        "file_id": shared.file.id.as_str(),
        "file_name": shared.file.name,
        "file_owner": shared.owner.as_str(),
        "file_size": shared.file.size,
        "created": shared.file.created,
    })
}

/// The names under which answers show the id of a group, and of a room.
fn ids(place: &Muc) -> &'static [&'static str] {
    if place.is_room() { &["id"] } else { &["group_id"] }
}
