//! Whether users are online.

use axum::Router;
use axum::routing::{get, post};
use hongyan_messaging::presence;
use serde_json::Value;

use crate::RestState;
use crate::answer::{Answer, Envelope, pair};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;

pub(crate) fn routes() -> Router<RestState> {
    Router::new()
        .route("/users/{user}/status", get(handle(Area::Users, one)))
        .route("/users/batch/status", post(handle(Area::Status, many)))
}

async fn one(call: Call) -> Result<Answer, Failure> {
    let user = call.path("user");
    let online = presence::is_online(call.messaging(), &call.caller()?, user).await?;
    Ok(Envelope::data(pair(user.to_lowercase(), word(online))).count(0).into())
}

async fn many(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let users = call.fields().await?.required_texts("usernames")?;
    let found = presence::status_batch(call.messaging(), &caller, &users).await?;
    let rows: Value = found.into_iter().map(|(user, online)| pair(user, word(online))).collect();
    Ok(Envelope::data(rows).action("get batch user status").into())
}

fn word(online: bool) -> &'static str {
    if online { "online" } else { "offline" }
}
