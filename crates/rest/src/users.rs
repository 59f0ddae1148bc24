//! `/users`: registration, reading, deletion, password, nickname.

use hongyan_messaging::push_settings::{self, NoticeChange, PushSettings};
use hongyan_messaging::{self as messaging, Page, users};
use hongyan_model::{Refusal, User};
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::{Failure, PLAN_EXHAUSTED};
use crate::fields::Fields;
use crate::push_bindings;
use crate::rates::Rate;

/// Users on a page when the caller names no limit.
const PAGE: usize = 10;
/// Groups in one call.
const GROUPS: usize = 60;
/// What a change of the push settings of a user may hold.
const NOTICE_FIELDS: [&str; 5] = [
    "nickname",
    "notification_display_style",
    "notification_no_disturbing",
    "notification_no_disturbing_start",
    "notification_no_disturbing_end",
];

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Users, "Users");
    routes
        .post("/users", register)
        .ids(&["U1"])
        .about(
            "Registers a user, or up to 60 at once; without a token where registration is open",
            "注册一个用户，或一次最多 60 个；开放注册时无须 Token",
        )
        .body(
            "{username: string(64), password: string(64), nickname?: string} \
             | {username: string(64), password: string(64), nickname?: string}[1..REGISTRATION_BATCH]",
        )
        .answers("{entities: User[], data?: {username: string, registerUserFailReason: string}[]}");
    routes
        .get("/users", page)
        .ids(&["U3"])
        .access(Access::App)
        .about("Reads users, the oldest first", "查询用户，最早注册的在前")
        .query("{limit?: int(1..100), cursor?: string}")
        .answers("{entities: User[], count: int, cursor?: string}");
    routes
        .delete("/users", delete_page)
        .ids(&["U5"])
        .access(Access::App)
        .rate(Rate::each_second(30))
        .about("Deletes the oldest users", "删除最早注册的若干用户")
        .query("{limit?: int(1..100), cursor?: string}")
        .answers("{entities: User[], count: int, cursor?: string}");
    routes
        .get("/users/{user}", one)
        .ids(&["U2"])
        .access(Access::Itself)
        .about(
            "Reads one user, with its push bindings and what its notices show",
            "查询一个用户，含其推送绑定和通知显示方式",
        )
        .answers("{entities: UserDetails[], count: int}");
    routes
        .put("/users/{user}", change)
        .ids(&["N1"])
        .access(Access::Itself)
        .about(
            "Sets the nickname and what notifications show, binds a device for push, or shields groups",
            "设置昵称和通知显示方式，绑定推送设备，或屏蔽群组",
        )
        .body(
            "{nickname?: string, notification_display_style?: int(0..1), notification_no_disturbing?: bool, \
             notification_no_disturbing_start?: int(0..23), notification_no_disturbing_end?: int(0..23), \
             device_id?: string, device_token?: string, notifier_name?: string, entities?: {[key]: bool}[]}",
        )
        .answers("{entities: {username: string}[]}");
    routes
        .delete("/users/{user}", delete)
        .ids(&["U4"])
        .access(Access::App)
        .about(
            "Deletes a user with the groups and rooms it owns, and logs its devices out",
            "删除用户及其拥有的群组和聊天室，并强制其设备下线",
        )
        .answers("{entities: User[]}");
    routes
        .put("/users/{user}/password", set_password)
        .ids(&["U6"])
        .area(Area::Password)
        .access(Access::App)
        .about("Sets a password and logs the user's devices out", "设置密码，并强制用户的设备下线")
        .body("{newpassword: string(64)}");
    routes
        .put("/push/nickname", set_nicknames)
        .ids(&["N2"])
        .area(Area::Push)
        .chapter("Push settings")
        .access(Access::App)
        .about(
            "Sets the nicknames that notifications show of several users",
            "设置多个用户在推送通知中显示的昵称",
        )
        .body("{username: string, push_nickname: string}[1..NICKNAME_BATCH]")
        .answers("{entities: {username: string, push_nickname: string}[]}");
    routes
}

async fn register(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller_if_any()?;
    // Who may not is told so, whatever the body holds.
    users::may_register(caller.as_ref(), call.app())?;
    let many = match call.json().await? {
        Value::Array(many) => many,
        Value::Object(one) => {
            let new = new_user(&Fields::new(one))?;
            let user = users::register(call.messaging(), caller.as_ref(), call.app(), new).await?;
            return Ok(Envelope::entities(vec![entity(&user)]).into());
        }
        _ => return Err(Failure::NotAnObject),
    };
    let given = many.len();
    let new = many.into_iter().map(|one| match one {
        Value::Object(fields) => Ok(new_user(&Fields::new(fields))?),
        _ => Err(Failure::NotAnObject),
    });
    let new = new.collect::<Result<Vec<_>, Failure>>()?;
    let batch = users::register_batch(call.messaging(), caller.as_ref(), call.app(), new).await;
    let batch = batch.map_err(|error| match Failure::from(error) {
        Failure::Refused(Refusal::TooMany { limit, .. }) => Failure::TooManyUsers { given, limit },
        other => other,
    })?;
    let failed = batch.failed.iter().map(|(username, refusal)| {
        let reason = match refusal {
            Refusal::UserExists { .. } => format!("the {username} already exists"),
            Refusal::QuotaExceeded { .. } => PLAN_EXHAUSTED.to_owned(),
            other => other.to_string(),
        };
        json!({ "username": username, "registerUserFailReason": reason })
    });
    let data: Value = failed.collect();
    Ok(Envelope::entities(entities(&batch.registered)).with("data", data).into())
}

fn new_user(fields: &Fields) -> Result<users::NewUser, Refusal> {
    Ok(users::NewUser {
        username: fields.required_text("username")?,
        password: fields.required_text("password")?,
        nickname: fields.text("nickname")?,
    })
}

/// With what older clients look for: where its devices are reached, and what its notices show.
async fn one(call: Call) -> Result<Answer, Failure> {
    let (m, caller, path) = (call.messaging(), call.caller()?, call.path("user"));
    let user = users::get(m, &caller, path).await?;
    let settings = push_settings::notice(m, &caller, path).await?;
    let bound = messaging::push_bindings::of_user(m, &caller, path).await?;
    let mut entity = entity(&user);
    if !bound.is_empty() {
        // Documented as `device_Id` here, and as `device_id` everywhere else.
        let info = push_bindings::entities(&bound).into_iter().map(|mut info| {
            info["device_Id"] = info["device_id"].clone();
            info
        });
        entity["pushInfo"] = info.collect();
    }
    notice(&mut entity, &settings);
    Ok(Envelope::entities(vec![entity]).count(1).into())
}

/// What the user's notices show.
fn notice(entity: &mut Value, settings: &PushSettings) {
    entity["notification_display_style"] = u8::from(settings.shows_content).into();
    entity["notification_no_disturbing"] = settings.no_disturbing.into();
    let (from, to) = settings.disturb;
    for (name, hour) in [(NOTICE_FIELDS[3], from), (NOTICE_FIELDS[4], to)] {
        if let Some(hour) = hour {
            entity[name] = hour.into();
        }
    }
}

async fn page(call: Call) -> Result<Answer, Failure> {
    let (limit, cursor) = call.page(PAGE);
    Ok(paged(users::page(call.messaging(), &call.caller()?, limit, cursor).await?))
}

async fn delete(call: Call) -> Result<Answer, Failure> {
    let user = users::delete(call.messaging(), &call.caller()?, call.path("user")).await?;
    Ok(Envelope::entities(vec![entity(&user)]).into())
}

async fn delete_page(call: Call) -> Result<Answer, Failure> {
    let (limit, cursor) = call.page(PAGE);
    Ok(paged(users::delete_page(call.messaging(), &call.caller()?, limit, cursor).await?))
}

async fn set_password(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let new = fields.required_text("newpassword")?;
    users::set_password(call.messaging(), &caller, call.path("user"), &new).await?;
    Ok(Envelope::empty().action("set user password").into())
}

/// The path has several meanings: a push binding, as clients upload it, groups that the user does not want to hear, or
/// the nickname and what notifications show.
async fn change(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    if fields.names().any(|name| name == "device_id") {
        let binding = push_bindings::binding(&fields)?;
        let (m, user) = (call.messaging(), call.path("user"));
        let bound = messaging::push_bindings::set(m, &caller, user, binding).await?;
        let mut entity = entity(&users::get(m, &caller, user).await?);
        entity["pushInfo"] = push_bindings::entities(&bound).into();
        return Ok(Envelope::entities(vec![entity]).into());
    }
    if let Some(entities) = fields.value("entities") {
        let shields = shields(entities)?;
        let m = call.messaging();
        // Whose they are, before anything is changed.
        let user = users::get(m, &caller, call.path("user")).await?;
        for (group, shielded) in shields {
            messaging::groups::set_shielded(m, &caller, &group, shielded).await?;
        }
        return Ok(Envelope::entities(vec![entity(&user)]).into());
    }
    if let Some(other) = fields.names().find(|name| !NOTICE_FIELDS.contains(name)) {
        let why =
            format!("nickname, push settings and push binding can be changed, not {other:.40}");
        return Err(Refusal::Invalid { name: "body", why }.into());
    }
    let (m, user) = (call.messaging(), call.path("user"));
    let only_nickname = fields.names().all(|name| name == "nickname");
    let nickname = fields.text("nickname")?;
    if only_nickname {
        let nickname = nickname.ok_or(Refusal::Missing { name: "nickname" })?;
        let user = users::set_nickname(m, &caller, user, &nickname).await?;
        return Ok(Envelope::entities(vec![entity(&user)]).into());
    }
    let change = NoticeChange {
        nickname,
        display_style: fields.number("notification_display_style")?,
        no_disturbing: fields.flag("notification_no_disturbing")?,
        from: fields.number("notification_no_disturbing_start")?,
        to: fields.number("notification_no_disturbing_end")?,
    };
    let (user, settings) = push_settings::set_notice(m, &caller, user, change).await?;
    let mut entity = entity(&user);
    notice(&mut entity, &settings);
    Ok(Envelope::entities(vec![entity]).into())
}

async fn set_nicknames(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let Value::Array(rows) = call.json().await? else { return Err(Failure::NotAnObject) };
    let rows = rows.into_iter().map(|row| match row {
        Value::Object(fields) => {
            let fields = Fields::new(fields);
            let nickname = fields.text("push_nickname")?;
            let nickname = nickname.ok_or(Refusal::Missing { name: "push_nickname" })?;
            Ok((fields.required_text("username")?, nickname))
        }
        _ => Err(Failure::NotAnObject),
    });
    let rows = rows.collect::<Result<Vec<_>, Failure>>()?;
    let named = users::set_nicknames(call.messaging(), &caller, &rows).await?;
    let row = |user: &User| json!({ "username": user.id.as_str(), "push_nickname": user.nickname });
    Ok(Envelope::entities(named.iter().map(row).collect()).into())
}

/// `[{"notification_ignore_<group>": true}]`, as older clients say it.
fn shields(entities: &Value) -> Result<Vec<(String, bool)>, Refusal> {
    const PREFIX: &str = "notification_ignore_";
    let name = "entities";
    let invalid = || Refusal::Invalid { name, why: format!("only {PREFIX}<group>") };
    let mut shields = Vec::new();
    for entity in entities.as_array().ok_or_else(invalid)? {
        for (key, value) in entity.as_object().ok_or_else(invalid)? {
            let group = key.strip_prefix(PREFIX).ok_or_else(invalid)?;
            shields.push((group.to_owned(), value.as_bool().ok_or_else(invalid)?));
        }
    }
    if shields.len() > GROUPS { Err(Refusal::TooMany { name, limit: GROUPS }) } else { Ok(shields) }
}

fn paged(page: Page<User>) -> Answer {
    Envelope::entities(entities(&page.items)).count(page.items.len()).cursor(page.cursor).into()
}

fn entities(users: &[User]) -> Vec<Value> {
    users.iter().map(entity).collect()
}

/// A user as answers show it.
pub(crate) fn entity(user: &User) -> Value {
    let mut entity = json!({
        "uuid": user.uuid,
        "type": "user",
        "created": user.created,
        "modified": user.modified,
        "username": user.id.as_str(),
        "activated": user.activated,
    });
    if let Some(nickname) = &user.nickname {
        entity["nickname"] = nickname.as_str().into();
    }
    entity
}
