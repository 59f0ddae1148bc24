//! `/chatmessages`: what was said in an hour, as a file.

use axum::Router;
use axum::routing::get;
use hongyan_messaging::exports;
use serde_json::json;

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;
use crate::files;
use crate::range::Asked;

pub(crate) fn routes() -> Router<RestState> {
    Router::new()
        .route("/chatmessages/{hour}", get(handle(Area::History, link)))
        .route("/chatmessages/{hour}/file", get(handle(Area::History, file)))
}

async fn link(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let link = exports::link(call.messaging(), &caller, call.path("hour")).await?;
    let (expires, signature) = (link.expires, link.signature);
    let url = format!("{}/file?expires={expires}&signature={signature}", call.uri());
    Ok(Envelope::data(json!([{ "url": url }])).into())
}

/// Without a token: who was given the link hands it on to whatever fetches files.
async fn file(call: Call) -> Result<Answer, Failure> {
    let given = |name| call.query().text(name).unwrap_or_default();
    let signed = (given("expires"), given("signature"));
    let download =
        exports::download(call.messaging(), call.app(), call.path("hour"), signed).await?;
    let asked = Asked::of(call.header("range"), download.size());
    Ok(Answer::Raw(files::response(download, asked)))
}
