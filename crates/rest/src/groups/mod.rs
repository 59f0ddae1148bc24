//! `/chatgroups`: groups.

mod attributes;
mod members;
mod readers;
mod requests;

use hongyan_messaging::groups::{self, GroupChange, GroupDetail, NewGroup};
use hongyan_messaging::muc;
use hongyan_model::{Caller, Group, GroupId, Member, Muc, Refusal, Role};
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope, pair};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;
use crate::rates::Rate;

/// Groups on a page of all groups when the caller names no limit.
const PAGE: usize = 10;
/// Most groups on that page.
const MAX_PAGE: usize = 1000;
/// Default and most groups on a page of a user's groups with their details.
const DETAILED_PAGE: usize = 5;
const MAX_DETAILED_PAGE: usize = 20;
/// The same for the plain list.
const JOINED_PAGE: usize = 10;
const MAX_JOINED_PAGE: usize = 500;
/// Length of the plain list when the caller does not page.
const UNPAGED: usize = 500;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Groups, "Groups");
    routes
        .get("/chatgroups", page)
        .ids(&["G3"])
        .access(Access::App)
        .about("Reads the groups of the app, the newest first", "查询应用内的群组，最新创建的在前")
        .query("{limit?: int(1..1000), cursor?: string}")
        .answers(
            "{data: {owner: string, groupid: string, affiliations: int, type: 'group', \
             lastModified: string, groupname: string}[], count: int, cursor?: string}",
        );
    routes
        .post("/chatgroups", create)
        .ids(&["G1"])
        .access(Access::Member)
        .about(
            "Makes a group; a user owns what it makes, and the app names owner and `public`",
            "创建群组；用户创建的群组归其所有，应用须指定群主和 `public`",
        )
        .body(
            "{owner: string, public: bool, groupname?: string, name?: string, \
             description?: string, desc?: string, avatar?: string, custom?: string, \
             members?: string[], maxusers?: int, membersonly?: bool, members_only?: bool, \
             approval?: bool, allowinvites?: bool, invite_need_confirm?: bool, groupid?: string}",
        )
        .answers("{data: {groupid: string}}");
    routes
        .get("/chatgroups/{group}", details)
        .ids(&["G2"])
        .access(Access::Member)
        .about(
            "Reads up to 100 groups with their members; a user sees its own and public ones",
            "查询最多 100 个群组的详情和成员；用户可查询自己所在的群组和公开群组",
        )
        .query("{joined_time?: bool}")
        .answers(
            "{data: ({id: string, name: string, avatar: string, description: string, \
             owner: string, custom: string, public: bool, membersonly: bool, allowinvites: bool, \
             invite_need_confirm: bool, maxusers: int, created: int, disabled: bool, \
             affiliations: Affiliation[], affiliations_count: int, mute: bool, \
             shieldgroup: bool, permission?: 'owner' | 'admin' | 'member'} \
             | {id: string, error: string})[], count: int}",
        );
    routes
        .put("/chatgroups/{group}", update)
        .ids(&["G8", "G9"])
        .access(Access::Member)
        .about(
            "Changes a group, or gives it to another owner among its members",
            "修改群组信息，或将群组转让给其他成员",
        )
        .body(
            "{newowner: string} | {groupname?: string, name?: string, description?: string, \
             desc?: string, avatar?: string, custom?: string, maxusers?: int, \
             membersonly?: bool, members_only?: bool, approval?: bool, allowinvites?: bool, \
             invite_need_confirm?: bool, public?: bool}",
        )
        .answers("{data: {[key]: true}}");
    routes
        .delete("/chatgroups/{group}", destroy)
        .ids(&["G10"])
        .access(Access::Member)
        .about(
            "Ends a group and the threads in it; for its owner",
            "解散群组及群内的子区；仅群主可用",
        )
        .answers("{data: {success: true, id: string, groupid: string}}");
    routes
        .get("/publicchatgroups", public_page)
        .access(Access::Member)
        .about(
            "Reads the public groups of the app, the newest first",
            "查询应用内的公开群组，最新创建的在前",
        )
        .query("{limit?: int(1..1000), cursor?: string}")
        .answers(
            "{data: {id: string, name: string, groupid: string, groupname: string}[], \
             count: int, cursor?: string}",
        );
    routes
        .post("/chatgroups/{group}/disable", disable)
        .ids(&["G6"])
        .access(Access::App)
        .about(
            "Disables a group: it takes no messages, and its members change nothing",
            "封禁群组：不能收发消息，成员不能修改任何内容",
        )
        .answers("{data: {disabled: true}}");
    routes
        .post("/chatgroups/{group}/enable", enable)
        .ids(&["G7"])
        .access(Access::App)
        .about("Enables a disabled group again", "解封群组")
        .answers("{data: {disabled: false}}");
    routes
        .get("/chatgroups/user/{user}", joined_with_details)
        .ids(&["G5"])
        .area(Area::Users)
        .access(Access::Itself)
        .rate(Rate::each_second(50))
        .about(
            "Reads a user's groups with their facts, the one joined last first, on pages from 0",
            "查询用户加入的群组及其信息，最近加入的在前，页码从 0 开始",
        )
        .query("{pagenum?: int, pagesize?: int(1..20)}")
        .answers(
            "{entities: {id: string, groupId: string, name: string, avatar: string, \
             description: string, owner: string, custom: string, public: bool, \
             membersonly: bool, allowinvites: bool, invite_need_confirm: bool, maxusers: int, \
             created: int, disabled: bool, permission: 'owner' | 'admin' | 'member', \
             affiliations_count: int}[], count: int, total: int}",
        );
    routes
        .get("/chatgroups/user/{user}/joined_count", joined_count)
        .area(Area::Users)
        .access(Access::Itself)
        .about("Says in how many groups a user is", "查询用户加入了多少个群组")
        .answers("{data: int}");
    routes
        .get("/users/{user}/joined_chatgroups", joined)
        .ids(&["G4"])
        .area(Area::Users)
        .access(Access::Itself)
        .rate(Rate::each_second(50))
        .about(
            "Reads a user's groups, the one joined last first, on pages from 1",
            "查询用户加入的群组，最近加入的在前，页码从 1 开始",
        )
        .query("{pagenum?: int, pagesize?: int(1..500)}")
        .answers(
            "{data: {groupid: string, groupname: string, id: string, name: string, \
             disabled: bool, permission: 'owner' | 'admin' | 'member'}[], count: int}",
        );
    routes
        .merge(members::routes())
        .merge(requests::routes())
        .merge(attributes::routes())
        .merge(readers::routes())
}

async fn create(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let own = caller.user().map(|user| user.as_str().to_owned());
    let owner = match own {
        // A client that names no owner means itself.
        Some(own) => fields.text("owner")?.unwrap_or(own),
        None => fields.required_text("owner")?,
    };
    let public = match fields.flag("public")? {
        Some(public) => public,
        None if caller.user().is_some() => false,
        None => return Err(Refusal::Missing { name: "public" }.into()),
    };
    let new = NewGroup {
        id: fields.text("groupid")?,
        name: either(&fields, ["groupname", "name"])?.unwrap_or_default(),
        description: either(&fields, ["description", "desc"])?.unwrap_or_default(),
        avatar: fields.text("avatar")?.unwrap_or_default(),
        custom: fields.text("custom")?.unwrap_or_default(),
        owner,
        members: fields.texts("members")?.unwrap_or_default(),
        public,
        members_only: members_only(&fields)?.unwrap_or(false),
        allow_invites: fields.flag("allowinvites")?.unwrap_or(false),
        invite_need_confirm: fields.flag("invite_need_confirm")?.unwrap_or(true),
        max_users: max_users(&fields)?,
    };
    let group = groups::create(call.messaging(), &caller, new).await?;
    Ok(Envelope::data(json!({ "groupid": group.id.as_str() })).into())
}

async fn page(call: Call) -> Result<Answer, Failure> {
    let (limit, cursor) = call.page(PAGE);
    let page =
        groups::page(call.messaging(), &call.caller()?, limit.clamp(1, MAX_PAGE), cursor).await?;
    let app_key = call.app().key();
    let rows = page.items.iter().map(|group| {
        json!({
            "owner": format!("{app_key}_{}", group.owner),
            "groupid": group.id.as_str(),
            "affiliations": group.member_count,
            "type": "group",
            "lastModified": group.modified.to_string(),
            "groupname": group.name,
        })
    });
    let rows: Value = rows.collect();
    Ok(Envelope::data(rows).count(page.items.len()).cursor(page.cursor).into())
}

async fn details(call: Call) -> Result<Answer, Failure> {
    let ids = call.path_list("group");
    let found = groups::details(call.messaging(), &call.caller()?, &ids).await?;
    let joined_time = call.query().flag("joined_time");
    let rows: Vec<Value> = found
        .iter()
        .map(|(id, detail)| match detail {
            Some(detail) => detailed(detail, joined_time),
            None => json!({ "id": id, "error": "group id doesn't exist" }),
        })
        .collect();
    let count = rows.len();
    Ok(Envelope::data(rows).count(count).into())
}

fn detailed(detail: &GroupDetail, joined_time: bool) -> Value {
    let group = &detail.group;
    let mut row = facts(group);
    let affiliations: Value =
        detail.members.iter().map(|member| affiliation(member, joined_time)).collect();
    row["affiliations"] = affiliations;
    row["affiliations_count"] = group.member_count.into();
    row["mute"] = detail.all_muted.into();
    row["shieldgroup"] = detail.shielded.into();
    if let Some(role) = detail.own_role {
        row["permission"] = role_name(role).into();
    }
    row
}

/// The facts that every form of a group shows.
fn facts(group: &Group) -> Value {
    json!({
        "id": group.id.as_str(),
        "name": group.name,
        "avatar": group.avatar,
        "description": group.description,
        "owner": group.owner.as_str(),
        "custom": group.custom,
        "public": group.public,
        "membersonly": group.members_only,
        "allowinvites": group.allow_invites,
        "invite_need_confirm": group.invite_need_confirm,
        "maxusers": group.max_users,
        "created": group.created,
        "disabled": group.disabled,
    })
}

/// `{"owner": "alice"}`: a member under the name of its role.
pub(crate) fn affiliation(member: &Member, joined_time: bool) -> Value {
    let mut row = pair(role_name(member.role), member.user.as_str());
    if joined_time {
        row["joined_time"] = member.joined.into();
    }
    row
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Admin => "admin",
        Role::Member => "member",
    }
}

/// The plain list: pages from 1, or the newest without paging.
async fn joined(call: Call) -> Result<Answer, Failure> {
    let page = call.query().number("pagenum");
    let size = call.query().number("pagesize");
    let (page, size) = match (page, size) {
        (None, None) => (1, UNPAGED),
        (page, size) => {
            (page.unwrap_or(1).max(1), size.unwrap_or(JOINED_PAGE).clamp(1, MAX_JOINED_PAGE))
        }
    };
    let caller = call.caller()?;
    let (found, _) =
        groups::joined(call.messaging(), &caller, call.path("user"), page, size).await?;
    let rows: Vec<Value> = found
        .iter()
        .map(|(group, role)| {
            json!({
                "groupid": group.id.as_str(),
                "groupname": group.name,
                "id": group.id.as_str(),
                "name": group.name,
                "disabled": group.disabled,
                "permission": role_name(*role),
            })
        })
        .collect();
    let count = rows.len();
    Ok(Envelope::data(rows).count(count).into())
}

async fn joined_count(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let count = groups::joined_count(call.messaging(), &caller, call.path("user")).await?;
    Ok(Envelope::data(count).into())
}

/// What anybody may look for; the newer and the older names of the two facts.
async fn public_page(call: Call) -> Result<Answer, Failure> {
    let (limit, cursor) = call.page(PAGE);
    let (caller, limit) = (call.caller()?, limit.clamp(1, MAX_PAGE));
    let page = groups::public_page(call.messaging(), &caller, limit, cursor).await?;
    let rows = page.items.iter().map(|group| {
        json!({
            "id": group.id.as_str(),
            "name": group.name,
            "groupid": group.id.as_str(),
            "groupname": group.name,
        })
    });
    let rows: Value = rows.collect();
    Ok(Envelope::data(rows).count(page.items.len()).cursor(page.cursor).into())
}

async fn disable(call: Call) -> Result<Answer, Failure> {
    set_disabled(call, true).await
}

async fn enable(call: Call) -> Result<Answer, Failure> {
    set_disabled(call, false).await
}

async fn set_disabled(call: Call, disabled: bool) -> Result<Answer, Failure> {
    let group = call.path("group");
    groups::set_disabled(call.messaging(), &call.caller()?, group, disabled).await?;
    Ok(Envelope::data(json!({ "disabled": disabled })).into())
}

/// The list with details: pages from 0.
async fn joined_with_details(call: Call) -> Result<Answer, Failure> {
    let page = call.query().number("pagenum").unwrap_or(0).saturating_add(1);
    let size = call.query().number("pagesize").unwrap_or(DETAILED_PAGE).clamp(1, MAX_DETAILED_PAGE);
    let caller = call.caller()?;
    let (found, total) =
        groups::joined(call.messaging(), &caller, call.path("user"), page, size).await?;
    let rows: Vec<Value> = found
        .iter()
        .map(|(group, role)| {
            let mut row = facts(group);
            row["groupId"] = group.id.as_str().into();
            row["permission"] = role_name(*role).into();
            row["affiliations_count"] = group.member_count.into();
            row
        })
        .collect();
    let count = rows.len();
    Ok(Envelope::entities(rows).count(count).with("total", total).into())
}

/// Fields of an update and the name under which the answer confirms each.
const CHANGEABLE: [(&str, &str); 14] = [
    ("groupname", "groupname"),
    ("name", "groupname"),
    ("description", "description"),
    ("desc", "description"),
    ("avatar", "avatar"),
    ("custom", "custom"),
    ("maxusers", "maxusers"),
    ("membersonly", "membersonly"),
    ("members_only", "membersonly"),
    ("approval", "membersonly"),
    ("allowinvites", "allowinvites"),
    ("invite_need_confirm", "invite_need_confirm"),
    // The Java SDK sends it; whether joining needs consent is said by `membersonly`.
    ("need_verify", "need_verify"),
    ("public", "public"),
];

async fn update(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    if let Some(owner) = fields.text("newowner")? {
        return transfer(&call, &caller, &fields, &owner).await;
    }
    let mut changed = json!({});
    let mut unknown = Vec::new();
    for name in fields.names() {
        match CHANGEABLE.iter().find(|(field, _)| *field == name) {
            Some((_, confirmed)) => changed[*confirmed] = true.into(),
            None => unknown.push(name),
        }
    }
    if !unknown.is_empty() {
        let fields = unknown.into_iter().map(|name| format!("{name:.40}")).collect();
        return Err(Failure::UnknownFields(fields));
    }
    let change = GroupChange {
        name: either(&fields, ["groupname", "name"])?,
        description: either(&fields, ["description", "desc"])?,
        avatar: fields.text("avatar")?,
        custom: fields.text("custom")?,
        max_users: max_users(&fields)?,
        members_only: members_only(&fields)?,
        allow_invites: fields.flag("allowinvites")?,
        invite_need_confirm: fields.flag("invite_need_confirm")?,
        public: fields.flag("public")?,
    };
    groups::update(call.messaging(), &caller, call.path("group"), change).await?;
    Ok(Envelope::data(changed).into())
}

/// The same path gives the group to another owner, and then changes nothing else.
async fn transfer(
    call: &Call,
    caller: &Caller,
    fields: &Fields,
    owner: &str,
) -> Result<Answer, Failure> {
    let others = fields.names().filter(|name| *name != "newowner");
    let others: Vec<String> = others.map(|name| format!("{name:.40}")).collect();
    if !others.is_empty() {
        return Err(Failure::UnknownFields(others));
    }
    let group = Muc::Group(GroupId::parse(call.path("group"))?);
    muc::transfer(call.messaging(), caller, &group, owner).await?;
    Ok(Envelope::data(json!({ "newowner": true })).into())
}

async fn destroy(call: Call) -> Result<Answer, Failure> {
    let group = call.path("group");
    groups::destroy(call.messaging(), &call.caller()?, group).await?;
    Ok(Envelope::data(json!({ "success": true, "id": group, "groupid": group })).into())
}

/// The value of the first of two names for the same field.
fn either(fields: &Fields, names: [&'static str; 2]) -> Result<Option<String>, Refusal> {
    match fields.text(names[0])? {
        Some(text) => Ok(Some(text)),
        None => fields.text(names[1]),
    }
}

/// Whether joining needs approval, under the three names that clients use.
fn members_only(fields: &Fields) -> Result<Option<bool>, Refusal> {
    for name in ["membersonly", "members_only", "approval"] {
        if let Some(flag) = fields.flag(name)? {
            return Ok(Some(flag));
        }
    }
    Ok(None)
}

fn max_users(fields: &Fields) -> Result<Option<u32>, Refusal> {
    let given = fields.number("maxusers")?;
    Ok(given.map(|number| u32::try_from(number).unwrap_or(u32::MAX)))
}
