//! Looking at rooms and their members.

use hongyan_model::{
    Caller, Member, Muc, Refusal, Result, Role, Room, RoomId, Timestamp, UserId, limits,
};
use hongyan_store::rooms;

use super::{admit_member, standing};
use crate::Messaging;
use crate::groups::{position_from_key, position_to_key};
use crate::muc::{self, MemberPage};
use crate::page::{Page, decode_cursor};
use crate::users::{self, addressed, require_self_or_app};

/// Most rows of one page of any list here.
const PAGE: usize = 1000;

/// A room with members.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoomDetail {
    /// The room.
    pub room: Room,
    /// All its members for the app; only owner and administrators for a user.
    pub members: Vec<Member>,
    /// Whether only owner, administrators and allowed members may write.
    pub all_muted: bool,
}

/// Several rooms at once, in the order asked for; `None` where there is no such room. For everybody.
pub async fn details(
    m: &Messaging,
    caller: &Caller,
    ids: &[String],
) -> Result<Vec<(String, Option<RoomDetail>)>> {
    if ids.len() > limits::ROOM_DETAIL_BATCH {
        return Err(Refusal::TooMany { name: "roomid", limit: limits::ROOM_DETAIL_BATCH }.into());
    }
    let mut details = Vec::with_capacity(ids.len());
    for id in ids {
        let detail = match RoomId::parse(id) {
            Ok(room) => detail(m, caller, &room).await?,
            Err(_) => None,
        };
        details.push((id.clone(), detail));
    }
    if details.iter().all(|(_, detail)| detail.is_none()) {
        return Err(Refusal::RoomNotFound { room: ids.join(",") }.into());
    }
    Ok(details)
}

async fn detail(m: &Messaging, caller: &Caller, id: &RoomId) -> Result<Option<RoomDetail>> {
    let app = caller.app.id;
    let Some(room) = rooms::find(m.store(), app, id).await? else { return Ok(None) };
    let members = match caller.user() {
        None => {
            let all = usize::try_from(room.max_users).unwrap_or(usize::MAX);
            rooms::members(m.store(), app, id, 0, all).await?
        }
        Some(_) => rooms::heads(m.store(), app, id).await?,
    };
    // Mute-all is the same for everybody.
    let nobody = UserId::admin();
    let all_muted = muc::restrictions(m, app, &Muc::Room(id.clone()), &nobody).await?.all_muted;
    Ok(Some(RoomDetail { room, members, all_muted }))
}

/// A page of members by number, from 1; the owner first, then by age of membership. For members.
pub async fn members(
    m: &Messaging,
    caller: &Caller,
    room: &str,
    page: usize,
    size: usize,
) -> Result<Vec<Member>> {
    let room = RoomId::parse(room)?;
    standing(m, caller, &room).await?;
    let (offset, limit) = slice(page, size);
    Ok(rooms::members(m.store(), caller.app.id, &room, offset, limit).await?)
}

/// A page of members by cursor, in the order of [`members`].
pub async fn members_after(
    m: &Messaging,
    caller: &Caller,
    room: &str,
    page: MemberPage<'_>,
) -> Result<Page<Member>> {
    let room = RoomId::parse(room)?;
    standing(m, caller, &room).await?;
    let MemberPage { limit, cursor, backwards, without_owner } = page;
    let limit = limit.clamp(1, PAGE);
    let app = caller.app.id;
    let after = cursor.map(|cursor| decode_cursor(cursor, position_from_key)).transpose()?;
    // One more than asked for tells whether there is another page; the owner may be one of them.
    let read = limit + 1 + usize::from(without_owner);
    let mut found =
        rooms::members_after(m.store(), app, &room, after.as_ref(), backwards, read).await?;
    found.retain(|member| !without_owner || member.role != Role::Owner);
    Ok(Page::of(found, limit, position_to_key))
}

/// A page of the rooms of `user`, by number from 1, the one joined last first.
pub async fn joined(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    page: usize,
    size: usize,
) -> Result<Vec<Room>> {
    let id = addressed(user)?;
    require_self_or_app(caller, &id)?;
    let app = caller.app.id;
    if users::facts(m, app, &id).await?.is_none() {
        return Err(Refusal::UserNotFound { user: user.to_owned() }.into());
    }
    let (offset, limit) = slice(page, size);
    Ok(rooms::joined(m.store(), app, &id, offset, limit).await?)
}

/// One room without its members; for the app and for members.
pub async fn get(m: &Messaging, caller: &Caller, room: &str) -> Result<Room> {
    admit_member(m, caller, &RoomId::parse(room)?).await
}

/// A page of all rooms of the app, the newest first. Rooms are open, so for everybody.
pub async fn page(
    m: &Messaging,
    caller: &Caller,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Room>> {
    let limit = limit.clamp(1, PAGE);
    let after = cursor.map(|cursor| decode_cursor(cursor, place_from_key)).transpose()?;
    let found = rooms::page(m.store(), caller.app.id, after, limit + 1).await?;
    Ok(Page::of(found, limit, place_to_key))
}

/// The same, by number from 1; and how many rooms there are.
pub async fn numbered(
    m: &Messaging,
    caller: &Caller,
    page: usize,
    size: usize,
) -> Result<(Vec<Room>, u64)> {
    let (offset, limit) = slice(page, size);
    let app = caller.app.id;
    let found = rooms::numbered(m.store(), app, offset, limit).await?;
    Ok((found, rooms::count(m.store(), app).await?))
}

/// Offset and number of rows of page `page` (from 1) with `size` rows, clamped.
fn slice(page: usize, size: usize) -> (usize, usize) {
    let size = size.clamp(1, PAGE);
    (page.saturating_sub(1).saturating_mul(size), size)
}

fn place_to_key(room: &Room) -> String {
    format!("{} {}", room.created, room.id)
}

fn place_from_key(key: &str) -> Option<(Timestamp, RoomId)> {
    let (created, id) = key.split_once(' ')?;
    Some((created.parse().ok()?, RoomId::parse(id).ok()?))
}
