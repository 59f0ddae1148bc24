//! 聊天室管理: the chat rooms of an app and their members.

use hongyan_messaging::muc;
use hongyan_messaging::rooms::{self, NewRoom, RoomChange};
use hongyan_model::{Error, Refusal, Room, Timestamp};
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;
use crate::muc::{of_form, of_path};
use crate::page::{CursorPage, PageQuery};

const ACCESS: Access = Access::App(Permission::Operations);

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/apps/{org}/{app}/rooms";
    const ONE: &str = "/apps/{org}/{app}/rooms/{room}";
    Routes::default()
        .get(ALL, ACCESS, list)
        .write(Method::POST, ALL, ACCESS, write("rooms", "create"), create)
        .get(ONE, ACCESS, detail)
        .write(Method::PUT, ONE, ACCESS, write("rooms", "update"), update)
        .write(Method::DELETE, ONE, ACCESS, write("rooms", "dissolve"), dissolve)
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
        max_users: Some(new.max_users.unwrap_or(u32::MAX)),
    };
    let owner = new.owner.clone();
    let room = rooms::create(m, &caller, new).await;
    let room = room.map_err(|error| of_form(error, &owner, "admins"))?;
    muc::appoint(m, &caller, &room.id, &admins).await?;
    Ok(Answer::json(&RoomRow::from(&room)).target(room.id.to_string()))
}

async fn detail(call: Call) -> Result<Answer, Failure> {
    let (m, caller, muc) = (call.messaging(), call.caller()?, of_path(&call)?);
    let room = rooms::get(m, &caller, call.path("room")).await?;
    let admins = muc::administrators(m, &caller, &muc).await?;
    Ok(Answer::json(&RoomDetail {
        room: RoomRow::from(&room),
        announcement: muc::announcement(m, &caller, &muc).await?,
        mute_all: muc::is_all_muted(m, &caller, &muc).await?,
        admins: admins.iter().map(ToString::to_string).collect(),
    }))
}

async fn update(call: Call) -> Result<Answer, Failure> {
    let UpdateRoom { name, description, max_users, admins: wanted } = call.body()?;
    let (m, caller) = (call.messaging(), call.caller()?);
    let change = RoomChange { name, description, max_users, ..RoomChange::default() };
    let room = rooms::update(m, &caller, call.path("room"), change).await;
    let room = room.map_err(|error| of_form(error, "", "admins"))?;
    if let Some(wanted) = wanted {
        let appointed = muc::appoint(m, &caller, &room.id, &cleaned(wanted)).await;
        appointed.map_err(|error| Failure::from(error).field("admins"))?;
    }
    Ok(Answer::json(&RoomRow::from(&room)))
}

async fn dissolve(call: Call) -> Result<Answer, Failure> {
    rooms::destroy(call.messaging(), &call.caller()?, call.path("room")).await?;
    Ok(Answer::done())
}

fn cleaned(users: Vec<String>) -> Vec<String> {
    let trimmed = users.into_iter().map(|user| user.trim().to_owned());
    trimmed.filter(|user| !user.is_empty()).collect()
}
