//! `/chatgroups/{group}/users`: members of groups.

use hongyan_messaging::groups::{self, Removal};
use hongyan_messaging::muc::MemberPage;
use hongyan_model::{Member, UserId};
use serde_json::{Value, json};

use super::affiliation;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

/// Default and most members on a numbered page.
const NUMBERED_PAGE: usize = 1000;
/// Members on a page by cursor when the caller names no limit.
const CURSOR_PAGE: usize = 50;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Groups, "Groups");
    routes
        .get("/chatgroups/{group}/users", list)
        .ids(&["G20", "G20J"])
        .area(Area::GroupMembers)
        .access(Access::Member)
        .about(
            "Reads the members, the owner first, by page or by cursor; `v3` has ids only",
            "查询群成员，群主在前，按页码或游标分页；`v3` 仅返回用户 ID",
        )
        .query(
            "{pagenum?: int, pagesize?: int(1..1000), limit?: int(1..1000), cursor?: string, \
             version?: 'v3', sort?: 'asc' | 'desc', joined_time?: bool}",
        )
        .answers("{data: (Affiliation | string)[], count: int, cursor?: string}");
    routes
        .post("/chatgroups/{group}/users", add_many)
        .ids(&["G22"])
        .access(Access::Member)
        .about("Makes users members without asking them", "将用户直接加入群组，无须其同意")
        .body("{usernames: string[1..GROUP_ADD_BATCH]}")
        .answers(
            "{data: {newmembers: string[], action: 'add_member', id: string, groupid: string}}",
        );
    routes
        .post("/chatgroups/{group}/users/{users}", add_one)
        .ids(&["G21"])
        .access(Access::Member)
        .about("Makes one user a member without asking it", "将一个用户直接加入群组，无须其同意")
        .answers("{data: MucRow}");
    routes
        .delete("/chatgroups/{group}/users/{users}", remove)
        .ids(&["G23"])
        .access(Access::Member)
        .about(
            "Removes up to 60 members, from the group's threads as well",
            "移出最多 60 个群成员，同时移出群内的子区",
        )
        .answers("{data: MucRow | MucRow[]}");
    routes
        .delete("/chatgroups/{group}/quit", leave)
        .access(Access::User)
        .about("Leaves a group, which its owner cannot", "退出群组；群主不能退出")
        .answers("{data: {result: true}}");
    routes
        .get("/chatgroups/{group}/user/{user}/is_joined", is_joined)
        .ids(&["G11"])
        .access(Access::Member)
        .about(
            "Says whether a user is in a group; a user asks for others in its own groups only",
            "查询用户是否在群组中；用户只能在自己所在的群组中查询他人",
        )
        .answers("{data: bool}");
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
        groups::members(call.messaging(), &call.caller()?, call.path("group"), page, size).await?;
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
    let group = call.path("group");
    let page = groups::members_after(call.messaging(), &call.caller()?, group, page).await?;
    let row = |member: &Member| match plain_ids {
        true => member.user.as_str().into(),
        false => affiliation(member, joined_time),
    };
    let rows: Vec<Value> = page.items.iter().map(row).collect();
    let count = rows.len();
    Ok(Envelope::data(rows).count(count).cursor(page.cursor).into())
}

async fn add_one(call: Call) -> Result<Answer, Failure> {
    let (group, user) = (call.path("group"), call.path("users"));
    groups::add_members(call.messaging(), &call.caller()?, group, &[user.to_owned()]).await?;
    let data = json!({
        "result": true,
        "action": "add_member",
        "user": user.to_lowercase(),
        "groupid": group,
        "id": group,
    });
    Ok(Envelope::data(data).into())
}

async fn add_many(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let users = call.fields().await?.required_texts("usernames")?;
    let group = call.path("group");
    let new = groups::add_members(call.messaging(), &caller, group, &users).await?;
    let new: Vec<&str> = new.iter().map(UserId::as_str).collect();
    let data = json!({ "newmembers": new, "action": "add_member", "groupid": group, "id": group });
    Ok(Envelope::data(data).into())
}

/// One id answers an object, several an array.
async fn remove(call: Call) -> Result<Answer, Failure> {
    let (group, users) = (call.path("group"), call.path_list("users"));
    let removals = groups::remove_members(call.messaging(), &call.caller()?, group, &users).await?;
    let mut rows: Vec<Value> = removals.iter().map(|removal| removed(group, removal)).collect();
    let data = if users.len() == 1 { rows.pop().unwrap_or_default() } else { rows.into() };
    Ok(Envelope::data(data).into())
}

fn removed(group: &str, removal: &Removal) -> Value {
    let mut row = json!({
        "result": removal.removed,
        "action": "remove_member",
        "user": removal.user,
        "groupid": group,
        "id": group,
    });
    if let Some(reason) = &removal.reason {
        row["reason"] = reason.as_str().into();
    }
    row
}

async fn leave(call: Call) -> Result<Answer, Failure> {
    groups::leave(call.messaging(), &call.caller()?, call.path("group")).await?;
    Ok(Envelope::data(json!({ "result": true })).into())
}

async fn is_joined(call: Call) -> Result<Answer, Failure> {
    let (group, user) = (call.path("group"), call.path("user"));
    let joined = groups::is_member(call.messaging(), &call.caller()?, group, user).await?;
    Ok(Envelope::data(joined).into())
}
