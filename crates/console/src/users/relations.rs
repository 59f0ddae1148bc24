//! A user's friends, block list and push bindings.

use hongyan_messaging::push_bindings::{self, PushBinding};
use hongyan_messaging::push_settings::{self, NoticeChange};
use hongyan_messaging::{blocks, contacts};
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;
use crate::page::{CursorPage, PageQuery};

const ACCESS: Access = Access::App(Permission::Operations);

pub(super) fn routes() -> Routes {
    const PUSH: &str = "/apps/{org}/{app}/users/{user}/push";
    const FRIENDS: &str = "/apps/{org}/{app}/users/{user}/friends";
    const FRIEND: &str = "/apps/{org}/{app}/users/{user}/friends/{friend}";
    const BLOCKS: &str = "/apps/{org}/{app}/users/{user}/blocklist";
    const BLOCKED: &str = "/apps/{org}/{app}/users/{user}/blocklist/{blocked}";
    Routes::default()
        .get(PUSH, ACCESS, push)
        .write(Method::PUT, PUSH, ACCESS, write("users", "set_push"), set_push)
        .write(
            Method::DELETE,
            "/apps/{org}/{app}/users/{user}/push/bindings",
            ACCESS,
            write("users", "unbind_push"),
            unbind,
        )
        .get(FRIENDS, ACCESS, friends)
        .write(Method::POST, FRIENDS, ACCESS, write("users", "add_friend"), add_friend)
        .write(Method::DELETE, FRIEND, ACCESS, write("users", "remove_friend"), remove_friend)
        .get(BLOCKS, ACCESS, blocked)
        .write(Method::POST, BLOCKS, ACCESS, write("users", "block"), block)
        .write(Method::DELETE, BLOCKED, ACCESS, write("users", "unblock"), unblock)
}

/// A friend.
#[derive(Serialize, TS)]
#[ts(export_to = "users.ts")]
pub(crate) struct Friend {
    user: String,
    remark: String,
}

/// Where a device of a user is reached by its vendor's push service.
#[derive(Serialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct PushBindingRow {
    device_id: String,
    device_token: String,
    notifier_name: String,
}

/// What a user's notices show, when there are none, and where its devices are reached.
#[derive(Serialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct UserPush {
    /// 0: that there is a message; 1: what it says.
    #[ts(type = "0 | 1")]
    display_style: u8,
    no_disturbing: bool,
    /// Hours.
    from: Option<u8>,
    /// Hours.
    to: Option<u8>,
    bindings: Vec<PushBindingRow>,
}

/// What a form writes.
#[derive(Deserialize, TS)]
#[ts(export_to = "push.ts")]
pub(crate) struct UserPushForm {
    #[ts(type = "0 | 1")]
    display_style: u8,
    no_disturbing: bool,
    from: Option<u8>,
    to: Option<u8>,
}

#[derive(Deserialize)]
struct Binding {
    device_id: String,
    notifier_name: String,
}

/// A user on a block list.
#[derive(Serialize, TS)]
#[ts(export_to = "users.ts")]
pub(crate) struct BlockedUser {
    user: String,
}

/// The other user.
#[derive(Deserialize, TS)]
#[ts(export_to = "users.ts")]
pub(crate) struct OtherUser {
    user: String,
}

async fn push(call: Call) -> Result<Answer, Failure> {
    let (m, caller, user) = (call.messaging(), call.caller()?, call.path("user"));
    let settings = push_settings::notice(m, &caller, user).await?;
    let bound = push_bindings::of_user(m, &caller, user).await?;
    let row = |binding: PushBinding| PushBindingRow {
        device_id: binding.device_id,
        device_token: binding.device_token,
        notifier_name: binding.notifier,
    };
    Ok(Answer::json(&UserPush {
        display_style: settings.shows_content.into(),
        no_disturbing: settings.no_disturbing,
        from: settings.disturb.0,
        to: settings.disturb.1,
        bindings: bound.into_iter().map(row).collect(),
    }))
}

async fn set_push(call: Call) -> Result<Answer, Failure> {
    let form: UserPushForm = call.body()?;
    let change = NoticeChange {
        nickname: None,
        display_style: Some(form.display_style.into()),
        no_disturbing: Some(form.no_disturbing),
        from: form.from.map(u64::from),
        to: form.to.map(u64::from),
    };
    let (m, caller, user) = (call.messaging(), call.caller()?, call.path("user"));
    push_settings::set_notice(m, &caller, user, change).await?;
    Ok(Answer::done().target(user))
}

async fn unbind(call: Call) -> Result<Answer, Failure> {
    let Binding { device_id, notifier_name: notifier } = call.query()?;
    let (m, caller, user) = (call.messaging(), call.caller()?, call.path("user"));
    let gone = PushBinding { device_id, notifier, device_token: String::new() };
    push_bindings::set(m, &caller, user, gone).await?;
    Ok(Answer::done().target(user))
}

async fn friends(call: Call) -> Result<Answer, Failure> {
    let (m, caller, query) = (call.messaging(), call.caller()?, call.query::<PageQuery>()?);
    let cursor = query.cursor.as_deref();
    let page = contacts::page(m, &caller, call.path("user"), query.limit(), cursor).await?;
    let friend = |contact: contacts::Contact| Friend {
        user: contact.user.to_string(),
        remark: contact.remark,
    };
    let items = page.items.into_iter().map(friend).collect();
    Ok(Answer::json(&CursorPage { items, cursor: page.cursor }))
}

async fn add_friend(call: Call) -> Result<Answer, Failure> {
    let OtherUser { user: friend } = call.body()?;
    contacts::add(call.messaging(), &call.caller()?, call.path("user"), &friend).await?;
    Ok(Answer::done().target(format!("{} + {friend}", call.path("user"))))
}

async fn remove_friend(call: Call) -> Result<Answer, Failure> {
    let (user, friend) = (call.path("user"), call.path("friend"));
    contacts::remove(call.messaging(), &call.caller()?, user, friend).await?;
    Ok(Answer::done().target(format!("{user} - {friend}")))
}

async fn blocked(call: Call) -> Result<Answer, Failure> {
    let (m, caller, query) = (call.messaging(), call.caller()?, call.query::<PageQuery>()?);
    let cursor = query.cursor.as_deref();
    let page = blocks::page(m, &caller, call.path("user"), Some(query.limit()), cursor).await?;
    let items = page.items.into_iter().map(|user| BlockedUser { user: user.to_string() });
    Ok(Answer::json(&CursorPage { items: items.collect(), cursor: page.cursor }))
}

async fn block(call: Call) -> Result<Answer, Failure> {
    let OtherUser { user: other } = call.body()?;
    let (user, others) = (call.path("user"), [other]);
    blocks::add(call.messaging(), &call.caller()?, user, &others).await?;
    let [other] = others;
    Ok(Answer::done().target(format!("{user} + {other}")))
}

async fn unblock(call: Call) -> Result<Answer, Failure> {
    let (user, other) = (call.path("user"), call.path("blocked"));
    blocks::remove_one(call.messaging(), &call.caller()?, user, other).await?;
    Ok(Answer::done().target(format!("{user} - {other}")))
}
