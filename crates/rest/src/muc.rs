//! Roles and lists, below `/chatgroups/{group}` and `/chatrooms/{room}` alike.

use axum::Router;
use axum::routing::{delete, get, post};
use hongyan_messaging::muc::{self, Failed, Muting, Outcome};
use hongyan_model::{GroupId, Muc, Refusal, RoomId, UserId};
use serde_json::{Value, json};

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;

pub(crate) fn routes() -> Router<RestState> {
    Router::new()
        .merge(below("/chatgroups/{group}", Area::Groups))
        .merge(below("/chatrooms/{room}", Area::Rooms))
        // The word of the oldest builds.
        .route("/sdk/group/{group}/mute/{user}", get(handle(Area::Groups, is_muted)))
}

fn below(base: &str, area: Area) -> Router<RestState> {
    let path = |rest: &str| format!("{base}{rest}");
    let admins = get(handle(area, administrators)).post(handle(area, promote));
    let mutes = get(handle(area, muted)).post(handle(area, mute));
    let all = post(handle(area, mute_all)).delete(handle(area, unmute_all));
    let blocks = get(handle(area, blocked)).post(handle(area, block_many));
    let block = post(handle(area, block_one)).delete(handle(area, unblock));
    let white = get(handle(area, allowed)).post(handle(area, allow_many));
    let white_one =
        get(handle(area, is_allowed)).post(handle(area, allow_one)).delete(handle(area, disallow));
    let announcement = get(handle(area, announcement)).post(handle(area, set_announcement));
    Router::new()
        .route(&path("/admin"), admins)
        .route(&path("/admin/{user}"), delete(handle(area, demote)))
        .route(&path("/mute"), mutes)
        .route(&path("/mute/{users}"), delete(handle(area, unmute)))
        .route(&format!("/sdk{base}/mute/{{user}}"), get(handle(area, is_muted)))
        .route(&path("/ban"), all)
        .route(&path("/blocks/users"), blocks)
        .route(&path("/blocks/users/{users}"), block)
        .route(&path("/white/users"), white)
        .route(&path("/white/users/{users}"), white_one)
        .route(&path("/announcement"), announcement)
}

/// The group or room of the path.
pub(crate) fn place(call: &Call) -> Result<Muc, Refusal> {
    match call.path("group") {
        "" => Ok(Muc::Room(RoomId::parse(call.path("room"))?)),
        group => Ok(Muc::Group(GroupId::parse(group)?)),
    }
}

async fn administrators(call: Call) -> Result<Answer, Failure> {
    let admins = muc::administrators(call.messaging(), &call.caller()?, &place(&call)?).await?;
    Ok(ids(&admins))
}

async fn promote(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let user = call.fields().await?.required_text("newadmin")?;
    let user = muc::promote(call.messaging(), &caller, &place(&call)?, &user).await?;
    Ok(Envelope::data(json!({ "result": "success", "newadmin": user.as_str() })).into())
}

async fn demote(call: Call) -> Result<Answer, Failure> {
    let user = call.path("user");
    let user = muc::demote(call.messaging(), &call.caller()?, &place(&call)?, user).await?;
    Ok(Envelope::data(json!({ "result": "success", "oldadmin": user.as_str() })).into())
}

async fn muted(call: Call) -> Result<Answer, Failure> {
    let rows = muc::muted(call.messaging(), &call.caller()?, &place(&call)?).await?;
    let row = |row: &Muting| json!({ "user": row.user, "expire": row.shown_end() });
    let rows: Vec<Value> = rows.iter().map(row).collect();
    let count = rows.len();
    Ok(Envelope::data(rows).count(count).into())
}

async fn mute(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let users = fields.required_texts("usernames")?;
    let duration = fields.signed("mute_duration")?;
    let duration = duration.ok_or(Refusal::Missing { name: "mute_duration" })?;
    let place = place(&call)?;
    let rows = muc::mute(call.messaging(), &caller, &place, &users, duration).await?;
    let row = |row: &Muting| match row.shown_end() {
        Some(expires) => json!({ "result": true, "expire": expires, "user": row.user }),
        None => {
            let reason = reason(Failed::NotMember, &row.user, &place);
            json!({ "result": false, "user": row.user, "reason": reason })
        }
    };
    Ok(Envelope::data(rows.iter().map(row).collect::<Value>()).into())
}

async fn unmute(call: Call) -> Result<Answer, Failure> {
    let users = call.path_list("users");
    let users = muc::unmute(call.messaging(), &call.caller()?, &place(&call)?, &users).await?;
    let rows: Value = users.iter().map(|user| json!({ "result": true, "user": user })).collect();
    Ok(Envelope::data(rows).into())
}

async fn is_muted(call: Call) -> Result<Answer, Failure> {
    let user = call.path("user");
    let muted = muc::is_muted(call.messaging(), &call.caller()?, &place(&call)?, user).await?;
    Ok(Envelope::data(muted).into())
}

async fn mute_all(call: Call) -> Result<Answer, Failure> {
    set_all_muted(call, true).await
}

async fn unmute_all(call: Call) -> Result<Answer, Failure> {
    set_all_muted(call, false).await
}

async fn set_all_muted(call: Call, muted: bool) -> Result<Answer, Failure> {
    muc::set_all_muted(call.messaging(), &call.caller()?, &place(&call)?, muted).await?;
    Ok(Envelope::data(json!({ "mute": muted })).into())
}

async fn blocked(call: Call) -> Result<Answer, Failure> {
    let blocked = muc::blocked(call.messaging(), &call.caller()?, &place(&call)?).await?;
    Ok(ids(&blocked))
}

async fn block_many(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let users = call.fields().await?.required_texts("usernames")?;
    let place = place(&call)?;
    let rows = muc::block(call.messaging(), &caller, &place, &users).await?;
    Ok(list(&rows, "add_blocks", &place))
}

/// The newer shape is a list of one.
async fn block_one(call: Call) -> Result<Answer, Failure> {
    let (place, users) = (place(&call)?, [call.path("users").to_owned()]);
    let rows = muc::block(call.messaging(), &call.caller()?, &place, &users).await?;
    Ok(one_or_list(&call, &rows, "add_blocks", &place))
}

async fn unblock(call: Call) -> Result<Answer, Failure> {
    let (place, users) = (place(&call)?, call.path_list("users"));
    let rows = muc::unblock(call.messaging(), &call.caller()?, &place, &users).await?;
    Ok(one_or_list(&call, &rows, "remove_blocks", &place))
}

async fn allowed(call: Call) -> Result<Answer, Failure> {
    let allowed = muc::allowed(call.messaging(), &call.caller()?, &place(&call)?).await?;
    Ok(ids(&allowed))
}

async fn is_allowed(call: Call) -> Result<Answer, Failure> {
    let user = call.path("users");
    let allowed = muc::is_allowed(call.messaging(), &call.caller()?, &place(&call)?, user).await?;
    Ok(Envelope::data(json!({ "white": allowed, "member": user.to_lowercase() })).into())
}

async fn allow_many(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let users = call.fields().await?.required_texts("usernames")?;
    let place = place(&call)?;
    let rows = muc::allow(call.messaging(), &caller, &place, &users).await?;
    Ok(list(&rows, "add_user_whitelist", &place))
}

async fn allow_one(call: Call) -> Result<Answer, Failure> {
    let (place, users) = (place(&call)?, [call.path("users").to_owned()]);
    let rows = muc::allow(call.messaging(), &call.caller()?, &place, &users).await?;
    Ok(one_or_list(&call, &rows, "add_user_whitelist", &place))
}

/// A list for one user, too.
async fn disallow(call: Call) -> Result<Answer, Failure> {
    let (place, users) = (place(&call)?, call.path_list("users"));
    let rows = muc::disallow(call.messaging(), &call.caller()?, &place, &users).await?;
    Ok(list(&rows, "remove_user_whitelist", &place))
}

async fn announcement(call: Call) -> Result<Answer, Failure> {
    let text = muc::announcement(call.messaging(), &call.caller()?, &place(&call)?).await?;
    Ok(Envelope::data(json!({ "announcement": text })).into())
}

async fn set_announcement(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let text = call.fields().await?.text("announcement")?;
    let text = text.ok_or(Refusal::Missing { name: "announcement" })?;
    let place = place(&call)?;
    muc::set_announcement(call.messaging(), &caller, &place, &text).await?;
    Ok(Envelope::data(json!({ "id": place.id(), "result": true })).into())
}

fn ids(users: &[UserId]) -> Answer {
    let ids: Vec<&str> = users.iter().map(UserId::as_str).collect();
    Envelope::data(json!(ids)).count(ids.len()).into()
}

fn list(rows: &[Outcome], action: &str, place: &Muc) -> Answer {
    let rows: Value = rows.iter().map(|outcome| row(outcome, action, place)).collect();
    Envelope::data(rows).into()
}

/// One user answers an object, several a list, and `version=v3` always a list.
fn one_or_list(call: &Call, rows: &[Outcome], action: &str, place: &Muc) -> Answer {
    match rows {
        [one] if call.query().text("version") != Some("v3") => {
            Envelope::data(row(one, action, place)).into()
        }
        rows => list(rows, action, place),
    }
}

fn row(outcome: &Outcome, action: &str, place: &Muc) -> Value {
    let mut row = json!({
        "result": outcome.failure.is_none(),
        "action": action,
        "user": outcome.user,
        "id": place.id(),
    });
    let id = if place.is_room() { "chatroomid" } else { "groupid" };
    row[id] = place.id().into();
    if let Some(failure) = outcome.failure {
        row["reason"] = reason(failure, &outcome.user, place).into();
    }
    row
}

fn reason(failure: Failed, user: &str, place: &Muc) -> String {
    let kind = if place.is_room() { "chatroom" } else { "group" };
    match failure {
        Failed::NotMember => format!("user: {user} doesn't exist in {kind}: {place}"),
        Failed::NotListed => format!("user: {user} is not in the list of {kind}: {place}"),
    }
}
