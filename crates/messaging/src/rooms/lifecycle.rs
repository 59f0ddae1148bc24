//! Making, changing and ending a room.

use std::collections::HashSet;

use hongyan_model::{
    App, Caller, Conversation, Feature, Member, Muc, Refusal, Result, Role, Room, RoomId,
    Timestamp, UserId, limits,
};
use hongyan_store::rooms::{self, Insertion, RoomQuota};

use super::members::{newcomer, quota_of_members, seat};
use super::{announce, forget_member, not_found, standing};
use crate::users::{addressed, require_app, require_self_or_app};
use crate::{Messaging, conversations, messages, muc};

/// A room to be made.
#[derive(Clone, Debug)]
pub struct NewRoom {
    /// Id chosen by the customer's server; otherwise one is made.
    pub id: Option<String>,
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// The caller's own text.
    pub custom: String,
    /// Owner.
    pub owner: String,
    /// The other members; the owner may be among them.
    pub members: Vec<String>,
    /// Most members, the owner included; `None` is the usual number.
    pub max_users: Option<u32>,
}

/// What to change of a room; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct RoomChange {
    /// Name.
    pub name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// The caller's own text.
    pub custom: Option<String>,
    /// Most members, the owner included.
    pub max_users: Option<u32>,
}

/// Makes a room. A user makes it for itself and has to be one of the app's super administrators.
pub async fn create(m: &Messaging, caller: &Caller, new: NewRoom) -> Result<Room> {
    let owner = addressed(&new.owner)?;
    require_self_or_app(caller, &owner)?;
    let app = caller.app.id;
    if let Some(user) = caller.user()
        && !rooms::is_super_admin(m.store(), app, user).await?
    {
        return Err(Refusal::RoleTooLow.into());
    }
    check_texts(&caller.app, Some(&new.name), Some(&new.description), Some(&new.custom))?;
    let max_users = max_users(caller, new.max_users)?;
    let members = owner_and_members(m, owner.clone(), &new.members)?;
    let member_count = u32::try_from(members.len()).unwrap_or(u32::MAX);
    if member_count > max_users {
        return Err(Refusal::GroupFull.into());
    }

    let now = m.clock().now();
    let room = Room {
        id: room_id(m, caller, new.id.as_deref())?,
        name: new.name,
        description: new.description,
        custom: new.custom,
        owner,
        max_users,
        member_count,
        created: now,
        modified: now,
    };
    let quota = RoomQuota {
        rooms: caller.app.quota(Feature::ChatroomsMax),
        ..quota_of_members(&caller.app)
    };
    match rooms::insert(m.store(), app, &room, &members, quota).await? {
        Insertion::Done => {}
        Insertion::Exists => return Err(Refusal::GroupExists { group: room.id.to_string() }.into()),
        Insertion::TooMany => {
            return Err(Refusal::QuotaExceeded { feature: Feature::ChatroomsMax }.into());
        }
        Insertion::UnknownUser(user) => {
            return Err(Refusal::UserNotFound { user: user.to_string() }.into());
        }
        Insertion::UserFull(user) => {
            return Err(Refusal::UserRoomsFull { user: user.to_string() }.into());
        }
    }

    seat(m, caller, &room, &members).await?;
    let users: Vec<UserId> = members.into_iter().map(|member| member.user).collect();
    // The owner is the first.
    announce::pulled_in(m, caller, &room, users.get(1..).unwrap_or_default()).await;
    announce::created(m, caller, &room, &users).await;
    Ok(room)
}

/// Changes a room; for its owner and administrators.
pub async fn update(
    m: &Messaging,
    caller: &Caller,
    room: &str,
    change: RoomChange,
) -> Result<Room> {
    let room = RoomId::parse(room)?;
    if standing(m, caller, &room).await? < Role::Admin {
        return Err(Refusal::RoleTooLow.into());
    }
    let RoomChange { name, description, custom, max_users } = &change;
    check_texts(&caller.app, name.as_deref(), description.as_deref(), custom.as_deref())?;
    let max_users = match max_users {
        Some(wish) => Some(self::max_users(caller, Some(*wish))?),
        None => None,
    };

    let now = m.clock().now();
    let apply = |room: &mut Room| RoomChange { max_users, ..change }.apply(room, now);
    let changed = rooms::update(m.store(), caller.app.id, &room, apply).await?;
    let changed = changed.ok_or_else(|| not_found(&room))??;
    announce::updated(m, caller, &changed).await;
    Ok(changed)
}

/// Ends a room; for its owner.
pub async fn destroy(m: &Messaging, caller: &Caller, room: &str) -> Result<()> {
    let room = RoomId::parse(room)?;
    if standing(m, caller, &room).await? < Role::Owner {
        return Err(Refusal::RoleTooLow.into());
    }
    if dissolve(m, caller, &room).await? { Ok(()) } else { Err(not_found(&room).into()) }
}

/// Ends a room, whoever asks; answers whether there was one.
pub(super) async fn dissolve(m: &Messaging, caller: &Caller, room: &RoomId) -> Result<bool> {
    let app = caller.app.id;
    let Some((deleted, members)) = rooms::delete(m.store(), app, room).await? else {
        return Ok(false);
    };
    for user in &members {
        forget_member(m, app, room, user);
    }
    muc::forget(m, app, &Muc::Room(room.clone()));
    conversations::forget(m, app, &Conversation::Room(room.clone())).await;
    // The sessions hear of the end before they are told no more.
    let last = announce::destroyed(m, caller, &deleted).await;
    if let Some(last) = last {
        messages::delivered(m, last).await;
    }
    let last = last.unwrap_or_else(|| m.ids().next(m.clock().now()));
    m.router().room_ended(app, room, last);
    Ok(true)
}

impl RoomChange {
    fn apply(self, room: &mut Room, now: Timestamp) -> Result<(), Refusal> {
        if self.max_users.is_some_and(|max_users| max_users < room.member_count) {
            let why = format!("the room has {} members", room.member_count);
            return Err(Refusal::Invalid { name: "maxusers", why });
        }
        set(&mut room.name, self.name);
        set(&mut room.description, self.description);
        set(&mut room.custom, self.custom);
        set(&mut room.max_users, self.max_users);
        room.modified = now;
        Ok(())
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

fn room_id(m: &Messaging, caller: &Caller, given: Option<&str>) -> Result<RoomId> {
    let Some(given) = given else {
        return Ok(RoomId::from_trusted(m.ids().next(m.clock().now()).to_string()));
    };
    require_app(caller)?;
    let why = || format!("1 to {} characters a-z, 0-9", limits::ROOM_ID_BYTES);
    RoomId::parse(given).map_err(|_| Refusal::Invalid { name: "groupid", why: why() }.into())
}

/// Everybody once, the owner first.
fn owner_and_members(m: &Messaging, owner: UserId, members: &[String]) -> Result<Vec<Member>> {
    let mut seen = HashSet::from([owner.clone()]);
    let mut all = vec![newcomer(m, owner, Role::Owner)];
    for member in members {
        let member = addressed(member)?;
        if seen.insert(member.clone()) {
            all.push(newcomer(m, member, Role::Member));
        }
    }
    Ok(all)
}

fn check_texts(
    app: &App,
    name: Option<&str>,
    description: Option<&str>,
    custom: Option<&str>,
) -> Result<(), Refusal> {
    let chars = |text: &str| text.chars().count();
    check_text("title", name, app.most(Feature::MucNameCharsMax), chars)?;
    check_text("desc", description, app.most(Feature::MucDescriptionCharsMax), chars)?;
    check_text("custom", custom, app.most(Feature::MucCustomBytesMax), str::len)
}

fn check_text(
    name: &'static str,
    text: Option<&str>,
    limit: usize,
    length: impl Fn(&str) -> usize,
) -> Result<(), Refusal> {
    let text = text.unwrap_or_default();
    if length(text) > limit {
        return Err(Refusal::TooLong { name, limit });
    }
    // PostgreSQL has no text with it.
    if text.contains('\0') {
        return Err(Refusal::Invalid { name, why: "holds a NUL character".to_owned() });
    }
    Ok(())
}

/// The most members a room gets for a wish; the plan may allow fewer.
fn max_users(caller: &Caller, wish: Option<u32>) -> Result<u32, Refusal> {
    let feature = Feature::ChatroomMembersMax;
    let plan = u32::try_from(caller.app.most(feature)).unwrap_or(u32::MAX);
    match wish {
        None => Ok(limits::ROOM_DEFAULT_MEMBERS.min(plan)),
        Some(0) => Err(Refusal::Invalid { name: "maxusers", why: "must be 1 or more".to_owned() }),
        Some(wish) if wish > plan => Err(Refusal::QuotaExceeded { feature }),
        Some(wish) => Ok(wish),
    }
}
