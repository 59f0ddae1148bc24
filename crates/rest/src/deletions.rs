//! `/message/roaming`: what a user deletes for itself. Everybody else keeps it.

use hongyan_messaging::conversations;
use hongyan_model::{ChatType, Refusal};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::query::says_yes;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Deletions, "Conversations");
    // The client SDK says `sdk`, the server API `rest`.
    for face in ["sdk", "rest"] {
        let below = |path: &str| format!("/{face}/message/roaming/{path}");
        routes
            .delete(&below("chat/user/{user}"), single_messages)
            .ids(ids(face, &["M14"]))
            .access(Access::Itself)
            .about(
                "Deletes up to 50 messages of a one-to-one chat, for the user alone",
                "仅为该用户删除单聊中的最多 50 条消息",
            )
            .query("{userId: string, msgIdList: string, isNotify?: bool}")
            .answers("{requestStatusCode: 'ok'}");
        routes
            .delete(&below("group/user/{user}"), group_messages)
            .ids(ids(face, &["M15"]))
            .access(Access::Itself)
            .about(
                "Deletes up to 50 messages of a group, thread or room, for the user alone",
                "仅为该用户删除群组、子区或聊天室中的最多 50 条消息",
            )
            .query("{groupId: string, msgIdList: string, isNotify?: bool}")
            .answers("{requestStatusCode: 'ok'}");
        routes
            .delete(&below("chat/user/{user}/time"), single_before)
            .ids(ids(face, &["M17"]))
            .access(Access::Itself)
            .about(
                "Deletes what is older than a moment in a one-to-one chat, for the user alone",
                "仅为该用户删除单聊中某一时间之前的消息",
            )
            .query("{userId: string, delTime: int, isNotify?: bool}")
            .answers("{requestStatusCode: 'ok'}");
        routes
            .delete(&below("group/user/{user}/time"), group_before)
            .ids(ids(face, &["M18"]))
            .access(Access::Itself)
            .about(
                "Deletes what is older than a moment in a group or room, for the user alone",
                "仅为该用户删除群组或聊天室中某一时间之前的消息",
            )
            .query("{groupId: string, delTime: int, isNotify?: bool}")
            .answers("{requestStatusCode: 'ok'}");
        routes
            .post(&below("user/{user}/delete/all"), all)
            .ids(ids(face, &["M16"]))
            .access(Access::Itself)
            .about(
                "Deletes all conversations and all history for the user alone",
                "仅为该用户删除所有会话和全部历史消息",
            )
            .answers("{requestStatusCode: 'ok'}");
    }
    routes
}

/// What only the server API has.
fn ids(face: &str, ids: &'static [&'static str]) -> &'static [&'static str] {
    if face == "rest" { ids } else { &[] }
}

async fn single_messages(call: Call) -> Result<Answer, Failure> {
    messages(call, ChatType::Single).await
}

async fn group_messages(call: Call) -> Result<Answer, Failure> {
    messages(call, ChatType::Group).await
}

async fn single_before(call: Call) -> Result<Answer, Failure> {
    before(call, ChatType::Single).await
}

async fn group_before(call: Call) -> Result<Answer, Failure> {
    before(call, ChatType::Group).await
}

async fn messages(call: Call, chat: ChatType) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let target = (chat, target(&call, chat)?);
    let ids: Vec<String> = required(&call, "msgIdList")?
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .collect();
    let (user, notify) = (call.path("user"), notify(&call));
    conversations::delete_messages(call.messaging(), &caller, user, target, &ids, notify).await?;
    Ok(done())
}

async fn before(call: Call, chat: ChatType) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let target = (chat, target(&call, chat)?);
    let time = required(&call, "delTime")?;
    let illegal = |_| Refusal::Invalid { name: "delTime", why: "not a time".into() };
    let time: i64 = time.parse().map_err(illegal)?;
    let (user, notify) = (call.path("user"), notify(&call));
    conversations::delete_before(call.messaging(), &caller, user, target, time, notify).await?;
    Ok(done())
}

async fn all(call: Call) -> Result<Answer, Failure> {
    conversations::delete_all(call.messaging(), &call.caller()?, call.path("user")).await?;
    Ok(done())
}

fn target(call: &Call, chat: ChatType) -> Result<&str, Refusal> {
    required(call, if chat == ChatType::Single { "userId" } else { "groupId" })
}

fn required<'a>(call: &'a Call, name: &'static str) -> Result<&'a str, Refusal> {
    call.query().text(name).ok_or(Refusal::Missing { name })
}

/// The user's other devices are told unless the caller says no.
fn notify(call: &Call) -> bool {
    call.query().text("isNotify").is_none_or(says_yes)
}

fn done() -> Answer {
    Envelope::empty().with("requestStatusCode", "ok").into()
}
