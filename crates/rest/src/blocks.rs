//! `/users/{user}/blocks`: block lists.

use axum::Router;
use axum::routing::{delete, get, post};
use hongyan_messaging::blocks;
use hongyan_model::UserId;
use serde_json::json;

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;
use crate::users;

pub(crate) fn routes() -> Router<RestState> {
    let of_user = get(handle(Area::Contacts, page)).post(handle(Area::Contacts, add));
    // The client SDK's own path, with the names in the body also on DELETE.
    let of_sdk = post(handle(Area::Contacts, add)).delete(handle(Area::Contacts, remove_many));
    Router::new()
        .route("/users/{user}/blocks/users", of_user)
        .route("/users/{user}/blocks/users/{blocked}", delete(handle(Area::Contacts, remove_one)))
        .route("/sdk/user/{user}/blocks", of_sdk)
        .route("/blocks/check", post(handle(Area::Contacts, relations)))
}

/// The whole list, or pages by `pageSize`.
async fn page(call: Call) -> Result<Answer, Failure> {
    let (size, cursor) = (call.query().number("pageSize"), call.query().text("cursor"));
    let page =
        blocks::page(call.messaging(), &call.caller()?, call.path("user"), size, cursor).await?;
    let ids: Vec<&str> = page.items.iter().map(UserId::as_str).collect();
    Ok(Envelope::data(json!(ids)).count(ids.len()).cursor(page.cursor).into())
}

async fn add(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let names = call.fields().await?.required_texts("usernames")?;
    let blocked = blocks::add(call.messaging(), &caller, call.path("user"), &names).await?;
    let ids: Vec<&str> = blocked.iter().map(UserId::as_str).collect();
    Ok(Envelope::data(json!(ids)).into())
}

async fn remove_one(call: Call) -> Result<Answer, Failure> {
    let (user, blocked) = (call.path("user"), call.path("blocked"));
    let unblocked = blocks::remove_one(call.messaging(), &call.caller()?, user, blocked).await?;
    Ok(Envelope::entities(vec![users::entity(&unblocked)]).into())
}

async fn remove_many(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let names = call.fields().await?.required_texts("usernames")?;
    blocks::remove(call.messaging(), &caller, call.path("user"), &names).await?;
    Ok(Envelope::empty().into())
}

async fn relations(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let user = fields.required_text("username")?;
    let others = fields.required_texts("check_list")?;
    let rows = blocks::relations(call.messaging(), &caller, &user, &others).await?;
    let word = |blocked| if blocked { "blacklist" } else { "not_blacklist" };
    let rows = rows.into_iter();
    let rows = rows
        .map(|(user, blocked)| json!({ "username": user, "relation": word(blocked) }))
        .collect();
    Ok(Envelope::entities(rows).into())
}
