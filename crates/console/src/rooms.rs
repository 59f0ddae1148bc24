//! 聊天室管理: the chat rooms of an app and their members.

use hongyan_messaging::rooms::{self, NewRoom, RoomChange};
use hongyan_messaging::{Messaging, muc};
use hongyan_model::{Caller, Error, Muc, Refusal, Room, Timestamp};
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;
use crate::groups::MemberRow;
use crate::muc::{SomeUsers, of_path};
use crate::page::{CursorPage, PageQuery};

const ACCESS: Access = Access::App(Permission::Operations);

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/apps/{org}/{app}/rooms";
    const ONE: &str = "/apps/{org}/{app}/rooms/{room}";
    const MEMBERS: &str = "/apps/{org}/{app}/rooms/{room}/members";
    const MEMBER: &str = "/apps/{org}/{app}/rooms/{room}/members/{user}";
    Routes::default()
        .get(ALL, ACCESS, list)
        .write(Method::POST, ALL, ACCESS, write("rooms", "create"), create)
        .get(ONE, ACCESS, detail)
        .write(Method::PUT, ONE, ACCESS, write("rooms", "update"), update)
        .write(Method::DELETE, ONE, ACCESS, write("rooms", "dissolve"), dissolve)
        .get(MEMBERS, ACCESS, members)
        .write(Method::POST, MEMBERS, ACCESS, write("rooms", "add_members"), add_members)
        .write(Method::DELETE, MEMBER, ACCESS, write("rooms", "remove_member"), remove_member)
        .get("/apps/{org}/{app}/users/{user}/rooms", ACCESS, joined)
}

/// A line of the room table.
#[derive(Serialize, TS)]
#[ts(export_to = "rooms.ts")]
pub(crate) struct RoomRow {
    id: String,
    name: String,
    description: String,
    owner: String,
    max_users: u32,
    member_count: u32,
    #[ts(type = "number")]
    created: Timestamp,
    #[ts(type = "number")]
    modified: Timestamp,
}

impl From<&Room> for RoomRow {
    fn from(room: &Room) -> Self {
        Self {
            id: room.id.to_string(),
            name: room.name.clone(),
            description: room.description.clone(),
            owner: room.owner.to_string(),
            max_users: room.max_users,
            member_count: room.member_count,
            created: room.created,
            modified: room.modified,
        }
    }
}

/// A room with its settings.
#[derive(Serialize, TS)]
#[ts(export_to = "rooms.ts")]
pub(crate) struct RoomDetail {
    #[serde(flatten)]
    room: RoomRow,
    announcement: String,
    mute_all: bool,
    admins: Vec<String>,
}

/// A room to be made.
#[derive(Deserialize, TS)]
#[ts(export_to = "rooms.ts")]
pub(crate) struct CreateRoom {
    name: String,
    description: String,
    /// 超级管理员.
    owner: String,
    /// 普通管理员.
    #[ts(optional)]
    admins: Option<Vec<String>>,
    #[ts(optional)]
    max_users: Option<u32>,
}

/// What to change of a room; absent stays.
#[derive(Deserialize, TS)]
#[ts(export_to = "rooms.ts")]
pub(crate) struct UpdateRoom {
    #[ts(optional)]
    name: Option<String>,
    #[ts(optional)]
    description: Option<String>,
    #[ts(optional)]
    max_users: Option<u32>,
    /// The administrators from now on; absent stays.
    #[ts(optional)]
    admins: Option<Vec<String>>,
}

/// The page: all rooms, the newest first, or the one whose id is searched for.
async fn list(call: Call) -> Result<Answer, Failure> {
    let (m, caller, query) = (call.messaging(), call.caller()?, call.query::<PageQuery>()?);
    if !query.search().is_empty() {
        let items = match rooms::get(m, &caller, query.search()).await {
            Ok(room) => vec![RoomRow::from(&room)],
            Err(Error::Refused(Refusal::RoomNotFound { .. })) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        return Ok(Answer::json(&CursorPage { items, cursor: None }));
    }
    let page = rooms::page(m, &caller, query.limit(), query.cursor.as_deref()).await?;
    let items: Vec<RoomRow> = page.items.iter().map(RoomRow::from).collect();
    Ok(Answer::json(&CursorPage { items, cursor: page.cursor }))
}

async fn create(call: Call) -> Result<Answer, Failure> {
    let new: CreateRoom = call.body()?;
    for (name, text) in [("name", &new.name), ("description", &new.description)] {
        if text.trim().is_empty() {
            return Err(Refusal::Missing { name }.into());
        }
    }
    let (m, caller) = (call.messaging(), call.caller()?);
    let admins = cleaned(new.admins.unwrap_or_default());
    let new = NewRoom {
        id: None,
        name: new.name,
        description: new.description,
        custom: String::new(),
        owner: new.owner,
        members: admins.clone(),
        max_users: new.max_users.or(Some(hongyan_model::limits::ROOM_MAX_MEMBERS)),
    };
    let owner = new.owner.to_lowercase();
    let room = rooms::create(m, &caller, new).await.map_err(|error| of_form(error, &owner))?;
    let muc = Muc::Room(room.id.clone());
    for admin in admins.iter().filter(|admin| admin.to_lowercase() != owner) {
        muc::promote(m, &caller, &muc, admin).await?;
    }
    Ok(Answer::json(&RoomRow::from(&room)).target(room.id.to_string()))
}

async fn detail(call: Call) -> Result<Answer, Failure> {
    let (m, caller, muc) = (call.messaging(), call.caller()?, of_path(&call)?);
    let room = rooms::get(m, &caller, call.path("room")).await?;
    Ok(Answer::json(&RoomDetail {
        room: RoomRow::from(&room),
        announcement: muc::announcement(m, &caller, &muc).await?,
        mute_all: muc::is_all_muted(m, &caller, &muc).await?,
        admins: admins(m, &caller, &muc).await?,
    }))
}

async fn update(call: Call) -> Result<Answer, Failure> {
    let UpdateRoom { name, description, max_users, admins: wanted } = call.body()?;
    let (m, caller, muc) = (call.messaging(), call.caller()?, of_path(&call)?);
    let change = RoomChange { name, description, max_users, ..RoomChange::default() };
    let room = rooms::update(m, &caller, call.path("room"), change).await;
    let room = room.map_err(|error| of_form(error, ""))?;
    if let Some(wanted) = wanted {
        set_admins(m, &caller, &room, &muc, cleaned(wanted)).await?;
    }
    Ok(Answer::json(&RoomRow::from(&room)))
}

/// Makes `wanted` the room's administrators; who is no member yet comes in first.
async fn set_admins(
    m: &Messaging,
    caller: &Caller,
    room: &Room,
    muc: &Muc,
    wanted: Vec<String>,
) -> Result<(), Failure> {
    let now = admins(m, caller, muc).await?;
    let wanted: Vec<String> = wanted.into_iter().map(|user| user.to_lowercase()).collect();
    for former in now.iter().filter(|user| !wanted.contains(user)) {
        muc::demote(m, caller, muc, former).await?;
    }
    let is_new = |user: &&String| !now.contains(user) && **user != room.owner.as_str();
    for user in wanted.iter().filter(is_new) {
        let joining =
            rooms::add_members(m, caller, room.id.as_str(), std::slice::from_ref(user)).await;
        match joining {
            Ok(_) | Err(Error::Refused(Refusal::AlreadyMember { .. })) => {}
            Err(error) => return Err(Failure::from(error).field("admins")),
        }
        muc::promote(m, caller, muc, user)
            .await
            .map_err(|error| Failure::from(error).field("admins"))?;
    }
    Ok(())
}

async fn dissolve(call: Call) -> Result<Answer, Failure> {
    rooms::destroy(call.messaging(), &call.caller()?, call.path("room")).await?;
    Ok(Answer::done())
}

async fn members(call: Call) -> Result<Answer, Failure> {
    let (m, caller, query) = (call.messaging(), call.caller()?, call.query::<PageQuery>()?);
    let (room, cursor) = (call.path("room"), query.cursor.as_deref());
    let page = rooms::members_after(m, &caller, room, query.limit(), cursor).await?;
    let items: Vec<MemberRow> = page.items.into_iter().map(MemberRow::from).collect();
    Ok(Answer::json(&CursorPage { items, cursor: page.cursor }))
}

async fn add_members(call: Call) -> Result<Answer, Failure> {
    let SomeUsers { users } = call.body()?;
    rooms::add_members(call.messaging(), &call.caller()?, call.path("room"), &users).await?;
    Ok(Answer::done())
}

async fn remove_member(call: Call) -> Result<Answer, Failure> {
    let (room, user) = (call.path("room"), call.path("user"));
    let users = [user.to_owned()];
    rooms::remove_members(call.messaging(), &call.caller()?, room, &users).await?;
    Ok(Answer::done().target(format!("{room}/{user}")))
}

/// The rooms of a user; a user is in a few.
async fn joined(call: Call) -> Result<Answer, Failure> {
    let (m, caller) = (call.messaging(), call.caller()?);
    let found = rooms::joined(m, &caller, call.path("user"), 1, usize::MAX).await?;
    Ok(Answer::json(&found.iter().map(RoomRow::from).collect::<Vec<_>>()))
}

async fn admins(m: &Messaging, caller: &Caller, muc: &Muc) -> Result<Vec<String>, Failure> {
    let admins = muc::administrators(m, caller, muc).await?;
    Ok(admins.iter().map(ToString::to_string).collect())
}

fn cleaned(users: Vec<String>) -> Vec<String> {
    let trimmed = users.into_iter().map(|user| user.trim().to_owned());
    trimmed.filter(|user| !user.is_empty()).collect()
}

/// The form's names of the domain's parameters; `owner` tells whose id is unknown.
fn of_form(error: Error, owner: &str) -> Failure {
    let unknown = match &error {
        Error::Refused(Refusal::UserNotFound { user }) => Some(user.eq_ignore_ascii_case(owner)),
        _ => None,
    };
    let failure = Failure::from(error)
        .renamed("maxusers", "max_users")
        .renamed("title", "name")
        .renamed("desc", "description");
    match unknown {
        Some(true) => failure.field("owner"),
        Some(false) => failure.field("admins"),
        None => failure,
    }
}
