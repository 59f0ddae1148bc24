//! `/chatgroups/{group}/users`: members of groups.

use axum::Router;
use axum::routing::{delete, get, post};
use hongyan_messaging::groups::{self, Removal};
use hongyan_model::{Role, UserId};
use serde_json::{Value, json};

use super::affiliation;
use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;

/// Default and most members on a numbered page.
const NUMBERED_PAGE: usize = 1000;
/// Members on a page by cursor when the caller names no limit.
const CURSOR_PAGE: usize = 50;

pub(crate) fn routes() -> Router<RestState> {
    let all = get(handle(Area::GroupMembers, list)).post(handle(Area::Groups, add_many));
    let some = post(handle(Area::Groups, add_one)).delete(handle(Area::Groups, remove));
    Router::new()
        .route("/chatgroups/{group}/users", all)
        .route("/chatgroups/{group}/users/{users}", some)
        .route("/chatgroups/{group}/quit", delete(handle(Area::Groups, leave)))
        .route("/chatgroups/{group}/user/{user}/is_joined", get(handle(Area::Groups, is_joined)))
}

/// Numbered pages, or pages by cursor if `limit` or `cursor` is named.
async fn list(call: Call) -> Result<Answer, Failure> {
    let query = call.query();
    let numbered = query.number("pagenum").is_some() || query.number("pagesize").is_some();
    let by_cursor = query.text("limit").is_some() || query.text("cursor").is_some();
    if by_cursor && !numbered { list_by_cursor(call).await } else { list_numbered(call).await }
}

async fn list_numbered(call: Call) -> Result<Answer, Failure> {
    let page = call.query().number("pagenum").unwrap_or(1).max(1);
    let size = call.query().number("pagesize").unwrap_or(NUMBERED_PAGE).clamp(1, NUMBERED_PAGE);
    let members =
        groups::members(call.messaging(), &call.caller()?, call.path("group"), page, size).await?;
    let joined_time = call.query().flag("joined_time");
    let rows: Vec<Value> = members.iter().map(|member| affiliation(member, joined_time)).collect();
    let count = rows.len();
    Ok(Envelope::data(rows).count(count).into())
}

/// `version=v3` here is a list of plain ids without the owner.
async fn list_by_cursor(call: Call) -> Result<Answer, Failure> {
    let (limit, cursor) = call.page(CURSOR_PAGE);
    let group = call.path("group");
    let page =
        groups::members_after(call.messaging(), &call.caller()?, group, limit, cursor).await?;
    let plain_ids = call.query().text("version") == Some("v3");
    let joined_time = call.query().flag("joined_time");
    let members = page.items.iter().filter(|member| !plain_ids || member.role != Role::Owner);
    let rows: Vec<Value> =
        members
            .map(|member| {
                if plain_ids {
                    member.user.as_str().into()
                } else {
                    affiliation(member, joined_time)
                }
            })
            .collect();
    let count = rows.len();
    Ok(Envelope::data(rows).count(count).cursor(page.cursor).into())
}

async fn add_one(call: Call) -> Result<Answer, Failure> {
    let (group, user) = (call.path("group"), call.path("users"));
    groups::add_members(call.messaging(), &call.caller()?, group, &[user.to_owned()]).await?;
    let data = json!({
        "result": true,
        "action": "add_member",
        "user": user.to_lowercase(),
        "groupid": group,
        "id": group,
    });
    Ok(Envelope::data(data).into())
}

async fn add_many(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let users = call.fields().await?.required_texts("usernames")?;
    let group = call.path("group");
    let new = groups::add_members(call.messaging(), &caller, group, &users).await?;
    let new: Vec<&str> = new.iter().map(UserId::as_str).collect();
    let data = json!({ "newmembers": new, "action": "add_member", "groupid": group, "id": group });
    Ok(Envelope::data(data).into())
}

/// One id answers an object, several an array.
async fn remove(call: Call) -> Result<Answer, Failure> {
    let (group, users) = (call.path("group"), call.path_list("users"));
    let removals = groups::remove_members(call.messaging(), &call.caller()?, group, &users).await?;
    let mut rows: Vec<Value> = removals.iter().map(|removal| removed(group, removal)).collect();
    let data = if users.len() == 1 { rows.pop().unwrap_or_default() } else { rows.into() };
    Ok(Envelope::data(data).into())
}

fn removed(group: &str, removal: &Removal) -> Value {
    let mut row = json!({
        "result": removal.removed,
        "action": "remove_member",
        "user": removal.user,
        "groupid": group,
        "id": group,
    });
    if let Some(reason) = &removal.reason {
        row["reason"] = reason.as_str().into();
    }
    row
}

async fn leave(call: Call) -> Result<Answer, Failure> {
    groups::leave(call.messaging(), &call.caller()?, call.path("group")).await?;
    Ok(Envelope::data(json!({ "result": true })).into())
}

async fn is_joined(call: Call) -> Result<Answer, Failure> {
    let (group, user) = (call.path("group"), call.path("user"));
    let joined = groups::is_member(call.messaging(), &call.caller()?, group, user).await?;
    Ok(Envelope::data(joined).into())
}
