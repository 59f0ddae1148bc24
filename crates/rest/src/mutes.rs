//! `/mutes`: users who may not write anywhere in the app.

use hongyan_messaging::mutes::{self, GlobalMute, MuteChange};
use hongyan_model::limits;
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope, pair};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Mutes, "Moderation");
    routes
        .get("/mutes", page)
        .ids(&["O10"])
        .access(Access::App)
        .about(
            "Reads who is muted in the whole app, a row for each user and kind of chat",
            "查询应用内被全局禁言的用户，每个用户和会话类型一行",
        )
        .query("{pageNum?: int, pageSize?: int(1..50)}")
        .answers(
            "{data: {data: {username: string, chat?: int, groupchat?: int, chatroom?: int}[], \
             unixtime: int}}",
        );
    routes
        .post("/mutes", set)
        .ids(&["O8"])
        .access(Access::App)
        .about(
            "Mutes a user in the whole app for some seconds, with -1 for ever, with 0 no more",
            "在整个应用内将用户禁言若干秒，-1 表示永久，0 表示解除",
        )
        .body(
            "{username: string, chat?: int(-1..2147483647), groupchat?: int(-1..2147483647), \
             chatroom?: int(-1..2147483647)}",
        )
        .answers("{data: {result: 'ok'}}");
    routes
        .get("/mutes/{user}", one)
        .ids(&["O9"])
        .access(Access::App)
        .about(
            "Says for how many seconds yet a user is muted in the whole app",
            "查询用户剩余的全局禁言秒数",
        )
        .answers(
            "{data: {userid: string, chat: int, groupchat: int, chatroom: int, unixtime: int}}",
        );
    routes
}

async fn set(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let user = fields.required_text("username")?;
    let change = MuteChange {
        chat: fields.signed("chat")?,
        groupchat: fields.signed("groupchat")?,
        chatroom: fields.signed("chatroom")?,
    };
    mutes::set(call.messaging(), &caller, &user, change).await?;
    Ok(Envelope::data(json!({ "result": "ok" })).into())
}

async fn one(call: Call) -> Result<Answer, Failure> {
    let mute = mutes::get(call.messaging(), &call.caller()?, call.path("user")).await?;
    let data = json!({
        "userid": format!("{}_{}", call.app().key(), mute.user),
        "chat": mute.chat,
        "groupchat": mute.groupchat,
        "chatroom": mute.chatroom,
        "unixtime": unix_time(&call),
    });
    Ok(Envelope::data(data).into())
}

async fn page(call: Call) -> Result<Answer, Failure> {
    let query = call.query();
    let number = query.number("pageNum").unwrap_or(1).max(1);
    let size = query.number("pageSize").unwrap_or(limits::MUTE_PAGE);
    let muted = mutes::page(call.messaging(), &call.caller()?, number, size).await?;
    let rows: Vec<Value> = muted.iter().flat_map(rows).collect();
    let data = json!({ "data": rows, "unixtime": unix_time(&call) });
    Ok(Envelope::data(data).into())
}

/// A row for each kind in which the user is muted.
fn rows(mute: &GlobalMute) -> impl Iterator<Item = Value> {
    let kinds = [("chat", mute.chat), ("groupchat", mute.groupchat), ("chatroom", mute.chatroom)];
    kinds.into_iter().filter(|(_, seconds)| *seconds != 0).map(|(kind, seconds)| {
        let mut row = pair(kind, seconds);
        row["username"] = mute.user.as_str().into();
        row
    })
}

/// In seconds, like the durations.
fn unix_time(call: &Call) -> i64 {
    call.messaging().clock().now() / 1000
}
