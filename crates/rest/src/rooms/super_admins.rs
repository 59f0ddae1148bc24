//! `/chatrooms/super_admin`: users who may make chat rooms from a client.

use axum::Router;
use axum::routing::{delete, get};
use hongyan_messaging::rooms;
use hongyan_model::UserId;
use serde_json::json;

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;

/// Users on a page when the caller names no size.
const PAGE: usize = 10;

pub(crate) fn routes() -> Router<RestState> {
    let all = get(handle(Area::Rooms, list)).post(handle(Area::Rooms, add));
    Router::new()
        .route("/chatrooms/super_admin", all)
        .route("/chatrooms/super_admin/{user}", delete(handle(Area::Rooms, remove)))
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let page = call.query().number("pagenum").unwrap_or(1);
    let size = call.query().number("pagesize").unwrap_or(PAGE);
    let found = rooms::super_admins(call.messaging(), &call.caller()?, page, size).await?;
    let found: Vec<&str> = found.iter().map(UserId::as_str).collect();
    let count = found.len();
    Ok(Envelope::data(found).count(count).into())
}

async fn add(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let user = call.fields().await?.required_text("superadmin")?;
    rooms::add_super_admin(call.messaging(), &caller, &user).await?;
    Ok(Envelope::data(json!({ "result": "success", "resource": "" })).into())
}

async fn remove(call: Call) -> Result<Answer, Failure> {
    let user =
        rooms::remove_super_admin(call.messaging(), &call.caller()?, call.path("user")).await?;
    // The name that clients look for.
    Ok(Envelope::data(json!({ "newSuperAdmin": user.as_str(), "resource": "" })).into())
}
