//! `/chatrooms/{room}/users`: members of chat rooms.

use hongyan_messaging::muc::MemberPage;
use hongyan_messaging::rooms::{self, Removal};
use hongyan_model::{Member, UserId};
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::groups::affiliation;

/// Default and most members on a numbered page.
const NUMBERED_PAGE: usize = 1000;
/// Members on a page by cursor when the caller names no limit.
const CURSOR_PAGE: usize = 50;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Rooms, "Chat rooms");
    routes
        .get("/chatrooms/{room}/users", list)
        .ids(&["R13", "R13J"])
        .access(Access::Member)
        .about(
            "Reads the members, the owner first, by page or by cursor; `v3` has ids only",
            "查询聊天室成员，所有者在前，按页码或游标分页；`v3` 仅返回用户 ID",
        )
        .query(
            "{pagenum?: int, pagesize?: int(1..1000), limit?: int(1..1000), cursor?: string, \
             version?: 'v3', sort?: 'asc' | 'desc', joined_time?: bool}",
        )
        .answers("{data: (Affiliation | string)[], count: int, cursor?: string}");
    routes
        .post("/chatrooms/{room}/users", add_many)
        .ids(&["R15"])
        .access(Access::Member)
        .about("Puts users into a chat room", "将用户加入聊天室")
        .body("{usernames: string[1..ROOM_MEMBER_BATCH]}")
        .answers("{data: {newmembers: string[], action: 'add_member', id: string}}");
    routes
        .post("/chatrooms/{room}/users/{users}", add_one)
        .ids(&["R14"])
        .access(Access::Member)
        .about("Puts one user into a chat room", "将一个用户加入聊天室")
        .answers("{data: MucRow}");
    routes
        .delete("/chatrooms/{room}/users/{users}", remove)
        .ids(&["R16"])
        .access(Access::Member)
        .about("Removes up to 60 members from a chat room", "将最多 60 个成员移出聊天室")
        .answers("{data: MucRow | MucRow[]}");
    routes
}

/// Numbered pages, or pages by cursor if `limit` or `cursor` is named.
async fn list(call: Call) -> Result<Answer, Failure> {
    let query = call.query();
    let numbered = query.number("pagenum").is_some() || query.number("pagesize").is_some();
    let by_cursor = query.text("limit").is_some() || query.text("cursor").is_some();
    if by_cursor && !numbered { list_by_cursor(call).await } else { list_numbered(call).await }
}

async fn list_numbered(call: Call) -> Result<Answer, Failure> {
    let page = call.query().number("pagenum").unwrap_or(1).max(1);
    let size = call.query().number("pagesize").unwrap_or(NUMBERED_PAGE).clamp(1, NUMBERED_PAGE);
    let members =
        rooms::members(call.messaging(), &call.caller()?, call.path("room"), page, size).await?;
    let joined_time = call.query().flag("joined_time");
    let rows: Vec<Value> = members.iter().map(|member| affiliation(member, joined_time)).collect();
    let count = rows.len();
    Ok(Envelope::data(rows).count(count).into())
}

/// `version=v3` here is a list of plain ids without the owner.
async fn list_by_cursor(call: Call) -> Result<Answer, Failure> {
    let (limit, cursor) = call.page(CURSOR_PAGE);
    let plain_ids = call.query().text("version") == Some("v3");
    let joined_time = call.query().flag("joined_time");
    let backwards = call.query().text("sort") == Some("desc");
    let page = MemberPage { limit, cursor, backwards, without_owner: plain_ids };
    let room = call.path("room");
    let page = rooms::members_after(call.messaging(), &call.caller()?, room, page).await?;
    let row = |member: &Member| match plain_ids {
        true => member.user.as_str().into(),
        false => affiliation(member, joined_time),
    };
    let rows: Vec<Value> = page.items.iter().map(row).collect();
    let count = rows.len();
    Ok(Envelope::data(rows).count(count).cursor(page.cursor).into())
}

async fn add_one(call: Call) -> Result<Answer, Failure> {
    let (room, user) = (call.path("room"), call.path("users"));
    rooms::add_members(call.messaging(), &call.caller()?, room, &[user.to_owned()]).await?;
    let user = user.to_lowercase();
    let data = json!({ "result": true, "action": "add_member", "user": user, "id": room });
    Ok(Envelope::data(data).into())
}

async fn add_many(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let users = call.fields().await?.required_texts("usernames")?;
    let room = call.path("room");
    let new = rooms::add_members(call.messaging(), &caller, room, &users).await?;
    let new: Vec<&str> = new.iter().map(UserId::as_str).collect();
    let data = json!({ "newmembers": new, "action": "add_member", "id": room });
    Ok(Envelope::data(data).into())
}

/// One id answers an object, several an array.
async fn remove(call: Call) -> Result<Answer, Failure> {
    let (room, users) = (call.path("room"), call.path_list("users"));
    let removals = rooms::remove_members(call.messaging(), &call.caller()?, room, &users).await?;
    let mut rows: Vec<Value> = removals.iter().map(|removal| removed(room, removal)).collect();
    let data = if users.len() == 1 { rows.pop().unwrap_or_default() } else { rows.into() };
    Ok(Envelope::data(data).into())
}

fn removed(room: &str, Removal { user, removed }: &Removal) -> Value {
    let mut row = json!({ "result": removed, "action": "remove_member", "user": user, "id": room });
    if !removed {
        row["reason"] = format!("user: {user} doesn't exist in group: {room}").into();
    }
    row
}
