//! 用户管理: the users of an app.

pub(crate) mod relations;
pub(crate) mod standing;

use hongyan_messaging::users::{self, NewUser};
use hongyan_messaging::{presence, tokens};
use hongyan_model::{Timestamp, User};
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

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/apps/{org}/{app}/users";
    const ONE: &str = "/apps/{org}/{app}/users/{user}";
    Routes::default()
        .get(ALL, ACCESS, list)
        .write(Method::POST, ALL, ACCESS, write("users", "create"), create)
        .get(ONE, ACCESS, detail)
        .write(Method::PUT, ONE, ACCESS, write("users", "update"), update)
        .write(Method::DELETE, ONE, ACCESS, write("users", "delete"), delete)
        .write(
            Method::POST,
            "/apps/{org}/{app}/users/{user}/password",
            ACCESS,
            write("users", "reset_password"),
            reset_password,
        )
        .write(
            Method::POST,
            "/apps/{org}/{app}/users/{user}/token",
            ACCESS,
            write("users", "issue_token"),
            issue_token,
        )
        .merge(relations::routes())
        .merge(standing::routes())
}

/// A line of the user table.
#[derive(Serialize, TS)]
#[ts(export_to = "users.ts")]
pub(crate) struct UserRow {
    id: String,
    uuid: String,
    nickname: Option<String>,
    /// `false` while banned.
    activated: bool,
    online: bool,
    #[ts(type = "number")]
    created: Timestamp,
    #[ts(type = "number")]
    modified: Timestamp,
}

impl UserRow {
    fn of(user: &User, online: bool) -> Self {
        Self {
            id: user.id.to_string(),
            uuid: user.uuid.clone(),
            nickname: user.nickname.clone(),
            activated: user.activated,
            online,
            created: user.created,
            modified: user.modified,
        }
    }
}

/// A user with its devices.
#[derive(Serialize, TS)]
#[ts(export_to = "users.ts")]
pub(crate) struct UserDetail {
    #[serde(flatten)]
    user: UserRow,
    devices: Vec<OnlineDevice>,
}

/// A device with a connection.
#[derive(Serialize, TS)]
#[ts(export_to = "users.ts")]
pub(crate) struct OnlineDevice {
    device: String,
    platform: String,
}

/// A user to be made.
#[derive(Deserialize, TS)]
#[ts(export_to = "users.ts")]
pub(crate) struct CreateUser {
    user: String,
    #[ts(optional)]
    nickname: Option<String>,
    password: String,
}

/// What can be changed of a user.
#[derive(Deserialize, TS)]
#[ts(export_to = "users.ts")]
pub(crate) struct UpdateUser {
    nickname: String,
}

/// A new password.
#[derive(Deserialize, TS)]
#[ts(export_to = "users.ts")]
pub(crate) struct NewPassword {
    password: String,
}

/// The lifetime of a token to be issued; absent: the app's setting.
#[derive(Deserialize, TS)]
#[ts(export_to = "users.ts")]
pub(crate) struct IssueToken {
    #[ts(optional, type = "number")]
    ttl_seconds: Option<u64>,
}

/// A token of a user.
#[derive(Serialize, TS)]
#[ts(export_to = "users.ts")]
pub(crate) struct IssuedToken {
    access_token: String,
    /// Seconds; 0 is for ever.
    #[ts(type = "number")]
    expires_in: u64,
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let query: PageQuery = call.query()?;
    let page = users::search(
        call.messaging(),
        &caller,
        query.search(),
        query.limit(),
        query.cursor.as_deref(),
    )
    .await?;
    let router = call.messaging().router();
    let rows =
        page.items.iter().map(|user| UserRow::of(user, router.is_online(caller.app.id, &user.id)));
    Ok(Answer::json(&CursorPage { items: rows.collect(), cursor: page.cursor }))
}

async fn create(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let new: CreateUser = call.body()?;
    let name = new.user.clone();
    let nickname = new.nickname.filter(|nickname| !nickname.is_empty());
    let new = NewUser { username: new.user, password: new.password, nickname };
    let user = users::register(call.messaging(), Some(&caller), &caller.app, new).await;
    // The form's name for it.
    let user = user.map_err(|error| Failure::from(error).renamed("username", "user"))?;
    Ok(Answer::json(&UserRow::of(&user, false)).target(name))
}

async fn detail(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let user = users::get(call.messaging(), &caller, call.path("user")).await?;
    let devices = call.messaging().router().devices(caller.app.id, &user.id);
    let online = presence::is_online(call.messaging(), &caller, user.id.as_str()).await?;
    let devices = devices.iter().map(|device| OnlineDevice {
        device: device.to_string(),
        platform: device.platform().to_owned(),
    });
    let devices = devices.collect();
    Ok(Answer::json(&UserDetail { user: UserRow::of(&user, online), devices }))
}

async fn update(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let change: UpdateUser = call.body()?;
    let (m, user) = (call.messaging(), call.path("user"));
    let user = users::set_nickname(m, &caller, user, &change.nickname).await?;
    let online = m.router().is_online(caller.app.id, &user.id);
    Ok(Answer::json(&UserRow::of(&user, online)))
}

async fn delete(call: Call) -> Result<Answer, Failure> {
    users::delete(call.messaging(), &call.caller()?, call.path("user")).await?;
    Ok(Answer::done())
}

async fn reset_password(call: Call) -> Result<Answer, Failure> {
    let new: NewPassword = call.body()?;
    let (m, caller, user) = (call.messaging(), call.caller()?, call.path("user"));
    let set = users::set_password(m, &caller, user, &new.password).await;
    set.map_err(|error| Failure::from(error).renamed("newpassword", "password"))?;
    Ok(Answer::done())
}

async fn issue_token(call: Call) -> Result<Answer, Failure> {
    let wish: IssueToken = call.body()?;
    let (m, caller, user) = (call.messaging(), call.caller()?, call.path("user"));
    let (token, _) = tokens::issue_inherited(m, &caller, user, false, wish.ttl_seconds).await?;
    let tokens::IssuedToken { access_token, expires_in } = token;
    Ok(Answer::json(&IssuedToken { access_token, expires_in }))
}
