//! `/message/roaming`: what a user deletes for itself. Everybody else keeps it.

use axum::Router;
use axum::routing::{delete, post};
use hongyan_messaging::conversations;
use hongyan_model::{ChatType, Refusal};

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;
use crate::query::says_yes;

pub(crate) fn routes() -> Router<RestState> {
    let mut routes = Router::new();
    // The client SDK says `sdk`, the server API `rest`.
    for face in ["sdk", "rest"] {
        let below = |path: &str| format!("/{face}/message/roaming/{path}");
        let single = delete(handle(Area::Deletions, single_messages));
        let group = delete(handle(Area::Deletions, group_messages));
        let single_time = delete(handle(Area::Deletions, single_before));
        let group_time = delete(handle(Area::Deletions, group_before));
        let all = post(handle(Area::Deletions, all));
        routes = routes
            .route(&below("chat/user/{user}"), single)
            .route(&below("group/user/{user}"), group)
            .route(&below("chat/user/{user}/time"), single_time)
            .route(&below("group/user/{user}/time"), group_time)
            .route(&below("user/{user}/delete/all"), all);
    }
    routes
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
