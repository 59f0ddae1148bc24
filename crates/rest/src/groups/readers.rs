//! `/chatgroups/{group}/acks/{message}`: who has read a message.

use hongyan_messaging::messages;
use hongyan_model::limits::READERS_PAGE;
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Groups, "Groups");
    routes
        .get("/chatgroups/{group}/acks/{message}", readers)
        .access(Access::Member)
        .about(
            "Reads who has confirmed to have read a message of a group or thread, and when",
            "查询已读群组或子区中某条消息的用户，以及阅读时间",
        )
        .query("{limit?: int(1..500), key?: string}")
        .answers(
            "{data: {ackmid: string, total: int, userlist: string[], \
             acks: {username: string, timestamp: int}[], is_last: bool, next_key: string, \
             timestamp: int}}",
        );
    routes
}

/// `userlist` as the client SDK's typings have it; `acks` tells the times, too.
async fn readers(call: Call) -> Result<Answer, Failure> {
    let limit = call.query().number("limit").unwrap_or(READERS_PAGE);
    let (group, message) = (call.path("group"), call.path("message"));
    let (caller, cursor) = (call.caller()?, call.query().text("key"));
    let readers =
        messages::readers(call.messaging(), &caller, group, message, limit, cursor).await?;
    let users: Value = readers.page.items.iter().map(|(user, _)| user.as_str()).collect();
    let ack = |user: &str, at: i64| json!({ "username": user, "timestamp": at });
    let acks: Value = readers.page.items.iter().map(|(user, at)| ack(user.as_str(), *at)).collect();
    let data = json!({
        "ackmid": message,
        "total": readers.total,
        "userlist": users,
        "acks": acks,
        "is_last": readers.page.cursor.is_none(),
        "next_key": readers.page.cursor.unwrap_or_default(),
        "timestamp": call.messaging().clock().now(),
    });
    Ok(Envelope::data(data).into())
}
