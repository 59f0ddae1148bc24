//! Keeping a user out: ban, forced logout, global mute.

use hongyan_messaging::mutes::{self, GlobalMute, MuteChange};
use hongyan_messaging::users;
use hongyan_model::Feature;
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;

const ACCESS: Access = Access::App(Permission::Operations);

pub(super) fn routes() -> Routes {
    const MUTE: &str = "/apps/{org}/{app}/users/{user}/mute";
    Routes::default()
        .write(
            Method::POST,
            "/apps/{org}/{app}/users/{user}/ban",
            ACCESS,
            write("users", "ban"),
            ban,
        )
        .write(
            Method::POST,
            "/apps/{org}/{app}/users/{user}/unban",
            ACCESS,
            write("users", "unban"),
            unban,
        )
        .write(
            Method::POST,
            "/apps/{org}/{app}/users/{user}/disconnect",
            ACCESS,
            write("users", "force_offline"),
            disconnect,
        )
        .get("/apps/{org}/{app}/mutes", ACCESS, all_muted)
        .get(MUTE, ACCESS, muted)
        .write(Method::PUT, MUTE, ACCESS, write("users", "mute"), mute)
}

/// How long a user may not write, in seconds from now: −1 for ever, 0 not muted.
#[derive(Serialize, TS)]
#[ts(export_to = "users.ts")]
pub(crate) struct UserMutes {
    /// Whether the app has global mutes; without them none applies.
    enabled: bool,
    #[ts(type = "number")]
    chat: i64,
    #[ts(type = "number")]
    groupchat: i64,
    #[ts(type = "number")]
    chatroom: i64,
}

/// A muted user.
#[derive(Serialize, TS)]
#[ts(export_to = "users.ts")]
pub(crate) struct MutedUser {
    user: String,
    #[ts(type = "number")]
    chat: i64,
    #[ts(type = "number")]
    groupchat: i64,
    #[ts(type = "number")]
    chatroom: i64,
}

/// The muted users by id, a page of them.
#[derive(Serialize, TS)]
#[ts(export_to = "users.ts")]
pub(crate) struct MutedUsers {
    /// Whether the app has global mutes; without them none applies, and none is listed.
    enabled: bool,
    items: Vec<MutedUser>,
    /// The next page; `null`: there is none.
    cursor: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct MutedQuery {
    cursor: Option<String>,
    limit: Option<usize>,
}

/// What to change, in seconds from now: −1 for ever, 0 not at all; absent stays.
#[derive(Deserialize, TS)]
#[ts(export_to = "users.ts")]
pub(crate) struct MuteUser {
    #[ts(optional, type = "number")]
    chat: Option<i64>,
    #[ts(optional, type = "number")]
    groupchat: Option<i64>,
    #[ts(optional, type = "number")]
    chatroom: Option<i64>,
}

async fn ban(call: Call) -> Result<Answer, Failure> {
    users::deactivate(call.messaging(), &call.caller()?, call.path("user")).await?;
    Ok(Answer::done())
}

async fn unban(call: Call) -> Result<Answer, Failure> {
    users::activate(call.messaging(), &call.caller()?, call.path("user")).await?;
    Ok(Answer::done())
}

async fn disconnect(call: Call) -> Result<Answer, Failure> {
    users::disconnect(call.messaging(), &call.caller()?, call.path("user")).await?;
    Ok(Answer::done())
}

async fn muted(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    if !caller.app.enabled(Feature::GlobalMute) {
        return Ok(Answer::json(&UserMutes { enabled: false, chat: 0, groupchat: 0, chatroom: 0 }));
    }
    let found = mutes::get(call.messaging(), &caller, call.path("user")).await?;
    let GlobalMute { chat, groupchat, chatroom, .. } = found;
    Ok(Answer::json(&UserMutes { enabled: true, chat, groupchat, chatroom }))
}

async fn all_muted(call: Call) -> Result<Answer, Failure> {
    let (caller, query) = (call.caller()?, call.query::<MutedQuery>()?);
    if !caller.app.enabled(Feature::GlobalMute) {
        return Ok(Answer::json(&MutedUsers { enabled: false, items: Vec::new(), cursor: None }));
    }
    let page: usize = query.cursor.and_then(|page| page.parse().ok()).unwrap_or(1);
    let size = query.limit.unwrap_or(20).clamp(1, 50);
    let found = mutes::page(call.messaging(), &caller, page, size).await?;
    let cursor = (found.len() == size).then(|| (page + 1).to_string());
    let row = |mute: GlobalMute| MutedUser {
        user: mute.user.to_string(),
        chat: mute.chat,
        groupchat: mute.groupchat,
        chatroom: mute.chatroom,
    };
    let items = found.into_iter().map(row).collect();
    Ok(Answer::json(&MutedUsers { enabled: true, items, cursor }))
}

async fn mute(call: Call) -> Result<Answer, Failure> {
    let MuteUser { chat, groupchat, chatroom } = call.body()?;
    let change = MuteChange { chat, groupchat, chatroom };
    mutes::set(call.messaging(), &call.caller()?, call.path("user"), change).await?;
    Ok(Answer::done())
}
