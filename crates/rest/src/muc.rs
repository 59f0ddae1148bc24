//! Roles and lists, below `/chatgroups/{group}` and `/chatrooms/{room}` alike.

use hongyan_messaging::muc::{self, Failed, Muting, Outcome};
use hongyan_model::{GroupId, Muc, Refusal, RoomId, UserId};
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    let chapter = "Roles and lists";
    let mut groups = Routes::of(Area::Groups, chapter);
    let mut rooms = Routes::of(Area::Rooms, chapter);
    below(&mut groups, "/chatgroups/{group}", Area::Groups);
    below(&mut rooms, "/chatrooms/{room}", Area::Rooms);
    // The word of the oldest builds.
    groups
        .get("/sdk/group/{group}/mute/{user}", is_muted)
        .access(Access::Member)
        .about(
            "Says whether a user is muted; plain members ask for themselves only",
            "查询用户是否被禁言；普通成员只能查询自己",
        )
        .answers("{data: bool}");
    groups.merge(rooms)
}

/// Ids of an endpoint.
type Ids = &'static [&'static str];

fn below(routes: &mut Routes, base: &str, area: Area) {
    let path = |rest: &str| format!("{base}{rest}");
    let is_room = area == Area::Rooms;
    let ids = |group: Ids, room: Ids| if is_room { room } else { group };
    let home = if is_room { "Chat rooms" } else { "Groups" };
    routes
        .get(&path("/admin"), administrators)
        .ids(ids(&["G24"], &["R17"]))
        .access(Access::Member)
        .about("Reads the administrators, the owner left out", "查询管理员，不含所有者")
        .answers("{data: string[], count: int}");
    routes
        .post(&path("/admin"), promote)
        .ids(ids(&["G25"], &["R18"]))
        .access(Access::Member)
        .about("Makes a member an administrator; for the owner", "将成员设为管理员；仅所有者可用")
        .body("{newadmin: string}")
        .answers("{data: {result: 'success', newadmin: string}}");
    routes
        .delete(&path("/admin/{user}"), demote)
        .ids(ids(&["G26"], &["R19"]))
        .access(Access::Member)
        .about(
            "Makes an administrator a plain member again; for the owner",
            "将管理员降为普通成员；仅所有者可用",
        )
        .answers("{data: {result: 'success', oldadmin: string}}");
    routes
        .get(&path("/mute"), muted)
        .ids(ids(&["G35"], &["R28"]))
        .access(Access::Member)
        .about(
            "Reads who is muted and until when, in ms; for owner and administrators",
            "查询被禁言的成员及截止时间（毫秒）；所有者和管理员可用",
        )
        .answers("{data: Muting[], count: int}");
    routes
        .post(&path("/mute"), mute)
        .ids(ids(&["G36"], &["R29"]))
        .access(Access::Member)
        .about("Mutes members for some ms, or with -1 for ever", "将成员禁言若干毫秒，-1 表示永久")
        .body("{usernames: string[1..MUC_LIST_BATCH], mute_duration: int}")
        .answers("{data: MutingResult[]}");
    routes
        .delete(&path("/mute/{users}"), unmute)
        .ids(ids(&["G38"], &["R30"]))
        .access(Access::Member)
        .about("Ends the mutes of up to 60 users", "解除最多 60 个用户的禁言")
        .answers("{data: {result: true, user: string}[]}");
    routes
        .get(&format!("/sdk{base}/mute/{{user}}"), is_muted)
        .access(Access::Member)
        .about(
            "Says whether a user is muted; plain members ask for themselves only",
            "查询用户是否被禁言；普通成员只能查询自己",
        )
        .answers("{data: bool}");
    routes
        .post(&path("/ban"), mute_all)
        .ids(ids(&["G37"], &["R31"]))
        .access(Access::Member)
        .about(
            "Mutes all but the owner, administrators and those on the allow list",
            "全员禁言，所有者、管理员和白名单中的成员除外",
        )
        .answers("{data: {mute: true}}");
    routes
        .delete(&path("/ban"), unmute_all)
        .ids(ids(&["G39"], &["R32"]))
        .access(Access::Member)
        .about(
            "Ends the mute of all; who is muted by itself stays so",
            "解除全员禁言；被单独禁言的成员仍被禁言",
        )
        .answers("{data: {mute: false}}");
    routes
        .get(&path("/blocks/users"), blocked)
        .ids(ids(&["G27"], &["R20"]))
        .access(Access::Member)
        .about(
            "Reads the block list; for owner and administrators",
            "查询黑名单；所有者和管理员可用",
        )
        .answers("{data: string[], count: int}");
    routes
        .post(&path("/blocks/users"), block_many)
        .ids(ids(&["G29"], &["R21"]))
        .access(Access::Member)
        .about("Removes members and keeps them from coming back", "移出成员并阻止其再次加入")
        .body("{usernames: string[1..MUC_LIST_BATCH]}")
        .answers("{data: MucRow[]}");
    routes
        .post(&path("/blocks/users/{users}"), block_one)
        .ids(ids(&["G28"], &["R22"]))
        .access(Access::Member)
        .about("Removes one member and keeps it from coming back", "移出一个成员并阻止其再次加入")
        .query("{version?: 'v3'}")
        .answers("{data: MucRow | MucRow[]}");
    routes
        .delete(&path("/blocks/users/{users}"), unblock)
        .ids(ids(&["G30"], &["R23"]))
        .access(Access::Member)
        .about("Takes up to 60 users off the block list", "将最多 60 个用户移出黑名单")
        .query("{version?: 'v3'}")
        .answers("{data: MucRow | MucRow[]}");
    routes
        .get(&path("/white/users"), allowed)
        .ids(ids(&["G31"], &["R24"]))
        .access(Access::Member)
        .about(
            "Reads the allow list; for owner and administrators",
            "查询白名单；所有者和管理员可用",
        )
        .answers("{data: string[], count: int}");
    routes
        .post(&path("/white/users"), allow_many)
        .ids(ids(&["G33"], &["R25"]))
        .access(Access::Member)
        .about(
            "Puts members on the allow list, who then write while all are muted",
            "将成员加入白名单，全员禁言时仍可发言",
        )
        .body("{usernames: string[1..MUC_LIST_BATCH]}")
        .answers("{data: MucRow[]}");
    routes
        .get(&path("/white/users/{users}"), is_allowed)
        .access(Access::Member)
        .about(
            "Says whether a user is on the allow list; plain members ask for themselves only",
            "查询用户是否在白名单中；普通成员只能查询自己",
        )
        .answers("{data: {white: bool, member: string}}");
    routes
        .post(&path("/white/users/{users}"), allow_one)
        .ids(ids(&["G32"], &["R26"]))
        .access(Access::Member)
        .about("Puts one member on the allow list", "将一个成员加入白名单")
        .query("{version?: 'v3'}")
        .answers("{data: MucRow | MucRow[]}");
    routes
        .delete(&path("/white/users/{users}"), disallow)
        .ids(ids(&["G34"], &["R27"]))
        .access(Access::Member)
        .about("Takes up to 60 users off the allow list", "将最多 60 个用户移出白名单")
        .answers("{data: MucRow[]}");
    routes
        .get(&path("/announcement"), announcement)
        .ids(ids(&["G12"], &["R11"]))
        .chapter(home)
        .access(Access::Member)
        .about(
            "Reads the announcement, which is empty if there is none",
            "查询公告；没有公告时为空",
        )
        .answers("{data: {announcement: string}}");
    routes
        .post(&path("/announcement"), set_announcement)
        .ids(ids(&["G13"], &["R12"]))
        .chapter(home)
        .access(Access::Member)
        .about(
            "Sets the announcement, or removes it with an empty text",
            "设置公告；空字符串表示删除",
        )
        .body("{announcement: string}")
        .answers("{data: {id: string, result: true}}");
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
