//! `/chatrooms`: chat rooms.

mod attributes;
mod members;
mod super_admins;
mod tags;

use hongyan_messaging::muc;
use hongyan_messaging::rooms::{self, NewRoom, RoomChange, RoomDetail};
use hongyan_model::{Muc, Refusal, Room, RoomId};
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;
use crate::groups::affiliation;
use crate::rates::Rate;

/// Rooms on a page of all rooms when the caller names no limit.
const PAGE: usize = 10;
/// Rooms on a numbered page when the caller names no size.
const NUMBERED_PAGE: usize = 20;
/// Default and most rooms on a page of a user's rooms.
const JOINED_PAGE: usize = 1000;
/// Length of that list when the caller does not page.
const UNPAGED: usize = 500;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Rooms, "Chat rooms");
    routes
        .get("/chatrooms", list)
        .ids(&["R5"])
        .access(Access::Member)
        .rate(Rate::each_second(50))
        .about(
            "Reads the chat rooms of the app, the newest first, by cursor or by page",
            "查询应用内的聊天室，最新创建的在前，按游标或页码分页",
        )
        .query("{limit?: int(1..1000), cursor?: string, pagenum?: int, pagesize?: int(1..1000)}")
        .answers(
            "{data: {id: string, name: string, owner: string, affiliations_count: int, \
             disabled: bool}[], count: int, cursor?: string}",
        );
    routes
        .post("/chatrooms", create)
        .ids(&["R4"])
        .access(Access::Member)
        .rate(Rate::each_second(50))
        .about(
            "Makes a chat room; a user has to be a super administrator, and owns it",
            "创建聊天室；用户须为超级管理员，并成为所有者",
        )
        .body(
            "{name: string, groupname?: string, description: string, owner: string, \
             maxusers?: int, members?: string[], custom?: string, roomid?: string, \
             groupid?: string}",
        )
        .answers("{data: {id: string}}");
    routes
        .get("/chatrooms/{room}", details)
        .ids(&["R7"])
        .access(Access::Member)
        .about(
            "Reads up to 100 chat rooms, for users with owner and administrators only",
            "查询最多 100 个聊天室的详情；用户仅能看到所有者和管理员",
        )
        .query("{joined_time?: bool}")
        .answers(
            "{data: ({id: string, name: string, description: string, owner: string, \
             custom: string, maxusers: int, created: int, affiliations_count: int, \
             affiliations: Affiliation[], mute: bool, public: bool, membersonly: bool, \
             allowinvites: bool, shieldgroup: bool, disabled: bool} \
             | {id: string, error: string})[], count: int}",
        );
    routes
        .put("/chatrooms/{room}", update)
        .ids(&["R8", "R9"])
        .access(Access::Member)
        .about("Changes a chat room, or gives it to another owner", "修改聊天室信息，或转让聊天室")
        .body(
            "{newowner: string} | {name?: string, groupname?: string, description?: string, \
             maxusers?: int, custom?: string, need_verify?: any}",
        )
        .answers("{data: {[key]: true}}");
    routes
        .delete("/chatrooms/{room}", destroy)
        .ids(&["R10"])
        .access(Access::Member)
        .about("Ends a chat room; for its owner", "解散聊天室；仅所有者可用")
        .answers("{data: {success: true, id: string}}");
    routes
        .get("/users/{user}/joined_chatrooms", joined)
        .ids(&["R6"])
        .area(Area::Users)
        .access(Access::Itself)
        .rate(Rate::each_second(50))
        .about(
            "Reads the chat rooms in which a user is, the one joined last first",
            "查询用户加入的聊天室，最近加入的在前",
        )
        .query("{pagenum?: int, pagesize?: int(1..1000), detail?: bool}")
        .answers(
            "{data: ({id: string, name: string, disabled: string} | {id: string, title: string, \
             owner: string, created: int, description: string, max_users: int})[], count: int}",
        );
    routes
        .merge(attributes::routes())
        .merge(members::routes())
        .merge(super_admins::routes())
        .merge(tags::routes())
}

async fn create(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let own = caller.user().map(|user| user.as_str().to_owned());
    let name = title(&fields)?.filter(|name| !name.is_empty());
    let new = NewRoom {
        id: match fields.text("roomid")? {
            Some(id) => Some(id),
            None => fields.text("groupid")?,
        },
        name: name.ok_or(Refusal::Missing { name: "name" })?,
        description: fields.text("description")?.ok_or(Refusal::Missing { name: "description" })?,
        custom: fields.text("custom")?.unwrap_or_default(),
        owner: match own {
            // A client that names no owner means itself.
            Some(own) => fields.text("owner")?.unwrap_or(own),
            None => fields.required_text("owner")?,
        },
        members: fields.texts("members")?.unwrap_or_default(),
        max_users: max_users(&fields)?,
    };
    let room = rooms::create(call.messaging(), &caller, new).await?;
    Ok(Envelope::data(json!({ "id": room.id.as_str() })).into())
}

/// Pages by cursor, or numbered ones if `pagenum` or `pagesize` is named.
async fn list(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let (number, size) = (call.query().number("pagenum"), call.query().number("pagesize"));
    let (found, cursor) = if number.is_some() || size.is_some() {
        let (number, size) = (number.unwrap_or(1).max(1), size.unwrap_or(NUMBERED_PAGE));
        (rooms::numbered(call.messaging(), &caller, number, size).await?.0, None)
    } else {
        let (limit, cursor) = call.page(PAGE);
        let page = rooms::page(call.messaging(), &caller, limit, cursor).await?;
        (page.items, page.cursor)
    };
    let rows: Value = found.iter().map(brief).collect();
    Ok(Envelope::data(rows).count(found.len()).cursor(cursor).into())
}

fn brief(room: &Room) -> Value {
    json!({
        "id": room.id.as_str(),
        "name": room.name,
        "owner": room.owner.as_str(),
        "affiliations_count": room.member_count,
        "disabled": false,
    })
}

async fn details(call: Call) -> Result<Answer, Failure> {
    let ids = call.path_list("room");
    let found = rooms::details(call.messaging(), &call.caller()?, &ids).await?;
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

fn detailed(detail: &RoomDetail, joined_time: bool) -> Value {
    let room = &detail.room;
    let affiliations: Value =
        detail.members.iter().map(|member| affiliation(member, joined_time)).collect();
    json!({
        "id": room.id.as_str(),
        "name": room.name,
        "description": room.description,
        "owner": room.owner.as_str(),
        "custom": room.custom,
        "maxusers": room.max_users,
        "created": room.created,
        "affiliations_count": room.member_count,
        "affiliations": affiliations,
        "mute": detail.all_muted,
        "public": true,
        "membersonly": false,
        "allowinvites": false,
        "shieldgroup": false,
        "disabled": false,
    })
}

/// Pages from 1, or the newest without paging; `detail` is how the SDK asks.
async fn joined(call: Call) -> Result<Answer, Failure> {
    let query = call.query();
    let (page, size) = match (query.number("pagenum"), query.number("pagesize")) {
        (None, None) => (1, UNPAGED),
        (page, size) => (page.unwrap_or(1).max(1), size.unwrap_or(JOINED_PAGE)),
    };
    let found =
        rooms::joined(call.messaging(), &call.caller()?, call.path("user"), page, size).await?;
    let (app_key, with_details) = (call.app().key(), query.flag("detail"));
    let row = |room: &Room| match with_details {
        true => json!({
            "id": room.id.as_str(),
            "title": room.name,
            // The SDK takes what follows the app key.
            "owner": format!("{app_key}_{}", room.owner),
            "created": room.created,
            "description": room.description,
            "max_users": room.max_users,
        }),
        false => json!({ "id": room.id.as_str(), "name": room.name, "disabled": "false" }),
    };
    let rows: Vec<Value> = found.iter().map(row).collect();
    let count = rows.len();
    Ok(Envelope::data(rows).count(count).into())
}

/// Fields of an update and the name under which the answer confirms each.
const CHANGEABLE: [(&str, &str); 6] = [
    ("name", "groupname"),
    ("groupname", "groupname"),
    ("description", "description"),
    ("maxusers", "maxusers"),
    ("custom", "custom"),
    // Of an older interface; rooms have no such property.
    ("need_verify", "need_verify"),
];

/// Facts, or a new owner.
async fn update(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let room = call.path("room");
    if let Some(owner) = fields.text("newowner")? {
        let room = Muc::Room(RoomId::parse(room)?);
        muc::transfer(call.messaging(), &caller, &room, &owner).await?;
        return Ok(Envelope::data(json!({ "newowner": true })).into());
    }
    let mut changed = json!({});
    let mut unknown = Vec::new();
    for name in fields.names() {
        match CHANGEABLE.iter().find(|(field, _)| *field == name) {
            Some((_, confirmed)) => changed[*confirmed] = true.into(),
            None => unknown.push(format!("{name:.40}")),
        }
    }
    if !unknown.is_empty() {
        return Err(Failure::UnknownFields(unknown));
    }
    let change = RoomChange {
        name: title(&fields)?,
        description: fields.text("description")?,
        custom: fields.text("custom")?,
        max_users: max_users(&fields)?,
    };
    rooms::update(call.messaging(), &caller, room, change).await?;
    Ok(Envelope::data(changed).into())
}

async fn destroy(call: Call) -> Result<Answer, Failure> {
    let room = call.path("room");
    rooms::destroy(call.messaging(), &call.caller()?, room).await?;
    Ok(Envelope::data(json!({ "success": true, "id": room })).into())
}

/// The name, which the SDK sends as that of a group.
fn title(fields: &Fields) -> Result<Option<String>, Refusal> {
    match fields.text("name")? {
        Some(name) => Ok(Some(name)),
        None => fields.text("groupname"),
    }
}

fn max_users(fields: &Fields) -> Result<Option<u32>, Refusal> {
    let given = fields.number("maxusers")?;
    Ok(given.map(|number| u32::try_from(number).unwrap_or(u32::MAX)))
}
