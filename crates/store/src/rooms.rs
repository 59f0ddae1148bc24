//! Chat rooms, their members, and the users who may make them from a client.
//!
//! Every write takes the room's row first, so that writes to one room happen one after the other on both
//! engines: the number of members is right, and no two of them together exceed the maximum.

use hongyan_model::{
    AppId, Conversation, Member, MessageId, Role, Room, RoomId, Timestamp, UserId,
};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use crate::counters::{self, Counted, change};
use crate::members::{Members, read_role, read_users, rows_of, unknown_user, unsigned};
use crate::metering::{Figure, note};
use crate::muc::{self, List};
use crate::{Store, StoreError, pins, room_attributes, room_tags};

/// What is read of a room; `$of` is empty or such as `"x."`.
macro_rules! room {
    ($of:literal) => {
        crate::columns::columns!(
            $of,
            "id",
            "name",
            "description",
            "custom",
            "owner",
            "max_users",
            "member_count",
            "created",
            "modified"
        )
    };
}

pub use crate::members::MemberPosition;

const MEMBERS: Members = Members::ROOMS;

/// What a user is to a room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Membership {
    /// There is no such room.
    NoRoom,
    /// The room exists, the user is not in it.
    NotMember,
    /// The user is in it.
    Member {
        /// What it may do there.
        role: Role,
    },
}

/// What became of [`insert`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Insertion {
    /// The room is there.
    Done,
    /// The id is taken, by a room, a group or a thread.
    Exists,
    /// The app has as many rooms as it may have.
    TooMany,
    /// This member is no user of the app.
    UnknownUser(UserId),
    /// This one is in as many rooms as it may be.
    UserFull(UserId),
}

/// What became of [`add_members`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Addition {
    /// There is no such room.
    NoRoom,
    /// This one is no user of the app.
    UnknownUser(UserId),
    /// This one is on the room's block list; none was added.
    Blocked(UserId),
    /// They would be too many; none was added.
    Full,
    /// This one is in as many rooms as it may be; none was added.
    UserFull(UserId),
    /// Those who were not members before, in the order given.
    Added {
        /// The room as it is now.
        room: Room,
        /// The new members.
        users: Vec<UserId>,
    },
}

/// How many rooms, and members of one, there may be; `None` is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RoomQuota {
    /// Of the app.
    pub rooms: Option<u64>,
    /// Of one user.
    pub per_user: Option<u64>,
    /// Members of one room, whatever it was made for.
    pub members: Option<u64>,
    /// Whether rooms that a user does not own count for it.
    pub only_owned: bool,
}

/// Members who went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Departure {
    /// The room as it is now.
    pub room: Room,
    /// Who is gone.
    pub users: Vec<UserId>,
    /// Attributes that went with them.
    pub attributes: Vec<String>,
    /// Whether tags went with them.
    pub tags: bool,
}

/// Stores a room with its members, the owner among them; `room.member_count` is theirs.
pub async fn insert(
    store: &Store,
    app: AppId,
    room: &Room,
    members: &[Member],
    quota: RoomQuota,
) -> Result<Insertion, StoreError> {
    let mut tx = store.begin_write().await?;
    if let Some(missing) = unknown_user(&mut tx, app, members.iter().map(|m| &m.user)).await? {
        return Ok(Insertion::UnknownUser(missing));
    }
    if is_taken(&mut tx, app, &room.id).await? {
        return Ok(Insertion::Exists);
    }
    let inserted = sqlx::query(
        "INSERT INTO rooms (app_id, id, name, description, custom, owner, max_users, member_count, created, modified) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
    )
    .bind(app.0)
    .bind(room.id.as_str())
    .bind(&room.name)
    .bind(&room.description)
    .bind(&room.custom)
    .bind(room.owner.as_str())
    .bind(i64::from(room.max_users))
    .bind(i64::from(room.member_count))
    .bind(room.created)
    .bind(room.modified)
    .execute(&mut *tx)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(Insertion::Exists);
    }
    let users = MEMBERS.insert(&mut tx, app, room.id.as_str(), members).await?;
    if let Some(full) = first_full(&mut tx, app, &room.id, &users, quota).await? {
        return Ok(Insertion::UserFull(full));
    }
    let rooms = change(&mut tx, app, Counted::Rooms, 1).await?;
    if quota.rooms.is_some_and(|most| rooms > most) {
        return Ok(Insertion::TooMany);
    }
    note(store, &mut tx, app, Figure::NewRooms, 1).await?;
    note(store, &mut tx, app, Figure::RoomJoins, members.len()).await?;
    tx.commit().await?;
    Ok(Insertion::Done)
}

/// The room, if there is one.
pub async fn find(store: &Store, app: AppId, room: &RoomId) -> Result<Option<Room>, StoreError> {
    let row =
        sqlx::query(concat!("SELECT ", room!(""), " FROM rooms WHERE app_id = $1 AND id = $2"))
            .bind(app.0)
            .bind(room.as_str())
            .fetch_optional(store.pool())
            .await?;
    row.as_ref().map(read_room).transpose()
}

/// A page of the app's rooms, the newest first, behind the room made at `after` with that id.
pub async fn page(
    store: &Store,
    app: AppId,
    after: Option<(Timestamp, RoomId)>,
    limit: usize,
) -> Result<Vec<Room>, StoreError> {
    let (created, id) =
        after.map_or((i64::MAX, String::new()), |(created, id)| (created, id.as_str().to_owned()));
    let rows = sqlx::query(concat!(
        "SELECT ",
        room!(""),
        " FROM rooms WHERE app_id = $1 AND (created, id) < ($2, $3) ",
        "ORDER BY created DESC, id DESC LIMIT $4",
    ))
    .bind(app.0)
    .bind(created)
    .bind(id)
    .bind(rows_of(limit))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read_room).collect()
}

/// The same, `limit` rooms from place `offset` (from 0) on.
pub async fn numbered(
    store: &Store,
    app: AppId,
    offset: usize,
    limit: usize,
) -> Result<Vec<Room>, StoreError> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        room!(""),
        " FROM rooms WHERE app_id = $1 ORDER BY created DESC, id DESC LIMIT $2 OFFSET $3",
    ))
    .bind(app.0)
    .bind(rows_of(limit))
    .bind(rows_of(offset))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read_room).collect()
}

/// How many rooms the app has.
pub async fn count(store: &Store, app: AppId) -> Result<u64, StoreError> {
    counters::count(store, app, Counted::Rooms).await
}

/// Changes a room as `change` says, which sees the room as it is and may refuse. `None`: no such room.
pub async fn update<R: Send>(
    store: &Store,
    app: AppId,
    room: &RoomId,
    change: impl FnOnce(&mut Room) -> Result<(), R> + Send,
) -> Result<Option<Result<Room, R>>, StoreError> {
    let mut tx = store.begin_write().await?;
    let Some(mut changed) = lock(&mut tx, app, room).await? else {
        return Ok(None);
    };
    if let Err(refused) = change(&mut changed) {
        return Ok(Some(Err(refused)));
    }
    sqlx::query(
        "UPDATE rooms SET name = $3, description = $4, custom = $5, max_users = $6, modified = $7 \
         WHERE app_id = $1 AND id = $2",
    )
    .bind(app.0)
    .bind(room.as_str())
    .bind(&changed.name)
    .bind(&changed.description)
    .bind(&changed.custom)
    .bind(i64::from(changed.max_users))
    .bind(changed.modified)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Some(Ok(changed)))
}

/// Removes a room; answers it and those who were its members, or `None` if there was none.
pub async fn delete(
    store: &Store,
    app: AppId,
    room: &RoomId,
) -> Result<Option<(Room, Vec<UserId>)>, StoreError> {
    let mut tx = store.begin_write().await?;
    let Some(deleted) = lock(&mut tx, app, room).await? else {
        return Ok(None);
    };
    let members = MEMBERS.remove_all(&mut tx, app, room.as_str()).await?;
    muc::clear(&mut tx, app, room.as_str()).await?;
    pins::clear(&mut tx, app, &Conversation::Room(room.clone()).key()).await?;
    room_attributes::clear(&mut tx, app, room).await?;
    room_tags::clear(&mut tx, app, room).await?;
    sqlx::query("DELETE FROM rooms WHERE app_id = $1 AND id = $2")
        .bind(app.0)
        .bind(room.as_str())
        .execute(&mut *tx)
        .await?;
    change(&mut tx, app, Counted::Rooms, -1).await?;
    note(store, &mut tx, app, Figure::DissolvedRooms, 1).await?;
    note(store, &mut tx, app, Figure::RoomLeaves, members.len()).await?;
    tx.commit().await?;
    Ok(Some((deleted, members)))
}

/// Adds those of `members` who are not in the room yet: all of them, or none if there is no room for them.
pub async fn add_members(
    store: &Store,
    app: AppId,
    room: &RoomId,
    members: &[Member],
    quota: RoomQuota,
) -> Result<Addition, StoreError> {
    let mut tx = store.begin_write().await?;
    let Some(mut changed) = lock(&mut tx, app, room).await? else {
        return Ok(Addition::NoRoom);
    };
    if let Some(missing) = unknown_user(&mut tx, app, members.iter().map(|m| &m.user)).await? {
        return Ok(Addition::UnknownUser(missing));
    }
    let wanted = members.iter().map(|m| &m.user);
    if let Some(blocked) = muc::first_blocked(&mut tx, app, room.as_str(), wanted).await? {
        return Ok(Addition::Blocked(blocked));
    }
    let users = MEMBERS.insert(&mut tx, app, room.as_str(), members).await?;
    if users.is_empty() {
        return Ok(Addition::Added { room: changed, users });
    }
    let added = u32::try_from(users.len()).unwrap_or(u32::MAX);
    changed.member_count = changed.member_count.saturating_add(added);
    let most = u64::from(changed.max_users).min(quota.members.unwrap_or(u64::MAX));
    if u64::from(changed.member_count) > most {
        return Ok(Addition::Full);
    }
    if let Some(full) = first_full(&mut tx, app, room, &users, quota).await? {
        return Ok(Addition::UserFull(full));
    }
    set_member_count(&mut tx, app, &changed).await?;
    note(store, &mut tx, app, Figure::RoomJoins, users.len()).await?;
    tx.commit().await?;
    Ok(Addition::Added { room: changed, users })
}

/// Notes when a member left who stays one, the owner; 0: it is there. Answers whether it is a member.
pub async fn set_left_at(
    store: &Store,
    app: AppId,
    room: &RoomId,
    user: &UserId,
    at: MessageId,
) -> Result<bool, StoreError> {
    let set = sqlx::query(
        "UPDATE room_members SET left_at = $4 WHERE app_id = $1 AND room_id = $2 AND user_id = $3",
    )
    .bind(app.0)
    .bind(room.as_str())
    .bind(user.as_str())
    .bind(i64::try_from(at.0).unwrap_or(i64::MAX))
    .execute(store.pool())
    .await?;
    Ok(set.rows_affected() == 1)
}

/// Removes those of `users` who are members with a role lower than `below`, never the owner, and what goes with them;
/// `None`: no such room.
pub async fn remove_members(
    store: &Store,
    app: AppId,
    room: &RoomId,
    users: &[UserId],
    below: Role,
) -> Result<Option<Departure>, StoreError> {
    let mut tx = store.begin_write().await?;
    let Some(mut changed) = lock(&mut tx, app, room).await? else {
        return Ok(None);
    };
    let removed = MEMBERS.remove(&mut tx, app, room.as_str(), users, below).await?;
    if removed.is_empty() {
        let attributes = Vec::new();
        return Ok(Some(Departure { room: changed, users: removed, attributes, tags: false }));
    }
    let gone = u32::try_from(removed.len()).unwrap_or(u32::MAX);
    changed.member_count = changed.member_count.saturating_sub(gone);
    set_member_count(&mut tx, app, &changed).await?;
    muc::strike(&mut tx, app, room.as_str(), List::Allowed, &removed).await?;
    let attributes = room_attributes::strike(&mut tx, app, room, &removed).await?;
    let tags = room_tags::strike(&mut tx, app, room, &removed).await?;
    note(store, &mut tx, app, Figure::RoomLeaves, removed.len()).await?;
    tx.commit().await?;
    Ok(Some(Departure { room: changed, users: removed, attributes, tags }))
}

/// What `user` is to `room`.
pub async fn membership(
    store: &Store,
    app: AppId,
    room: &RoomId,
    user: &UserId,
) -> Result<Membership, StoreError> {
    let row = sqlx::query(
        "SELECT m.role FROM rooms r \
         LEFT JOIN room_members m ON m.app_id = r.app_id AND m.room_id = r.id AND m.user_id = $3 \
         WHERE r.app_id = $1 AND r.id = $2",
    )
    .bind(app.0)
    .bind(room.as_str())
    .bind(user.as_str())
    .fetch_optional(store.pool())
    .await?;
    let Some(row) = row else {
        return Ok(Membership::NoRoom);
    };
    match row.try_get::<Option<i64>, _>("role")? {
        Some(role) => Ok(Membership::Member { role: read_role(role)? }),
        None => Ok(Membership::NotMember),
    }
}

/// `limit` members of the room from place `offset` (from 0) on.
pub async fn members(
    store: &Store,
    app: AppId,
    room: &RoomId,
    offset: usize,
    limit: usize,
) -> Result<Vec<Member>, StoreError> {
    MEMBERS.list(store, app, room.as_str(), offset, limit).await
}

/// Owner and administrators of the room.
pub async fn heads(store: &Store, app: AppId, room: &RoomId) -> Result<Vec<Member>, StoreError> {
    MEMBERS.heads(store, app, room.as_str()).await
}

/// `limit` members of the room behind `after`, or from the first on; `backwards` from the last on.
pub async fn members_after(
    store: &Store,
    app: AppId,
    room: &RoomId,
    after: Option<&MemberPosition>,
    backwards: bool,
    limit: usize,
) -> Result<Vec<Member>, StoreError> {
    MEMBERS.list_after(store, app, room.as_str(), after, backwards, limit).await
}

/// The rooms of `user`, the one joined last first: `limit` of them from place `offset` (from 0) on.
pub async fn joined(
    store: &Store,
    app: AppId,
    user: &UserId,
    offset: usize,
    limit: usize,
) -> Result<Vec<Room>, StoreError> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        room!("r."),
        " FROM room_members m JOIN rooms r ON r.app_id = m.app_id AND r.id = m.room_id ",
        "WHERE m.app_id = $1 AND m.user_id = $2 ORDER BY m.joined_at DESC, m.room_id LIMIT $3 OFFSET $4",
    ))
    .bind(app.0)
    .bind(user.as_str())
    .bind(rows_of(limit))
    .bind(rows_of(offset))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read_room).collect()
}

/// Every room of `user`, with its role there.
pub async fn roles(
    store: &Store,
    app: AppId,
    user: &UserId,
) -> Result<Vec<(RoomId, Role)>, StoreError> {
    let rows =
        sqlx::query("SELECT room_id, role FROM room_members WHERE app_id = $1 AND user_id = $2")
            .bind(app.0)
            .bind(user.as_str())
            .fetch_all(store.pool())
            .await?;
    let read = |row: &AnyRow| {
        let room = RoomId::from_trusted(row.try_get::<String, _>("room_id")?);
        Ok((room, read_role(row.try_get("role")?)?))
    };
    rows.iter().map(read).collect()
}

/// Users of every app who are in rooms that they do not own, each once, behind `after`.
pub async fn guests(
    store: &Store,
    after: Option<&(AppId, UserId)>,
    limit: usize,
) -> Result<Vec<(AppId, UserId)>, StoreError> {
    let (app, user) = after.map_or((i64::MIN, ""), |(app, user)| (app.0, user.as_str()));
    let rows = sqlx::query(
        "SELECT DISTINCT app_id, user_id FROM room_members WHERE (app_id, user_id) > ($1, $2) AND role < $3 \
         ORDER BY app_id, user_id LIMIT $4",
    )
    .bind(app)
    .bind(user)
    .bind(Role::Owner as i64)
    .bind(rows_of(limit))
    .fetch_all(store.pool())
    .await?;
    let read = |row: &AnyRow| {
        let user = UserId::from_trusted(row.try_get::<String, _>("user_id")?);
        Ok((AppId(row.try_get("app_id")?), user))
    };
    rows.iter().map(read).collect()
}

/// Lets a user make rooms from a client; `false` if there is no such user.
pub async fn add_super_admin(
    store: &Store,
    app: AppId,
    user: &UserId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut tx = store.begin_write().await?;
    if unknown_user(&mut tx, app, std::iter::once(user)).await?.is_some() {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO room_super_admins (app_id, user_id, created) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(now)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// Takes that right from a user; answers whether it had it.
pub async fn remove_super_admin(
    store: &Store,
    app: AppId,
    user: &UserId,
) -> Result<bool, StoreError> {
    let removed = sqlx::query("DELETE FROM room_super_admins WHERE app_id = $1 AND user_id = $2")
        .bind(app.0)
        .bind(user.as_str())
        .execute(store.pool())
        .await?;
    Ok(removed.rows_affected() > 0)
}

/// Whether `user` may make rooms from a client.
pub async fn is_super_admin(store: &Store, app: AppId, user: &UserId) -> Result<bool, StoreError> {
    let row =
        sqlx::query("SELECT 1 AS x FROM room_super_admins WHERE app_id = $1 AND user_id = $2")
            .bind(app.0)
            .bind(user.as_str())
            .fetch_optional(store.pool())
            .await?;
    Ok(row.is_some())
}

/// The users who may, the one with the oldest right first.
pub async fn super_admins(
    store: &Store,
    app: AppId,
    offset: usize,
    limit: usize,
) -> Result<Vec<UserId>, StoreError> {
    let rows = sqlx::query(
        "SELECT user_id FROM room_super_admins WHERE app_id = $1 ORDER BY created, user_id LIMIT $2 OFFSET $3",
    )
    .bind(app.0)
    .bind(rows_of(limit))
    .bind(rows_of(offset))
    .fetch_all(store.pool())
    .await?;
    read_users(&rows)
}

/// Rooms of the app by id, behind `after`.
pub async fn by_id(
    store: &Store,
    app: AppId,
    after: Option<&RoomId>,
    limit: usize,
) -> Result<Vec<Room>, StoreError> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        room!(""),
        " FROM rooms WHERE app_id = $1 AND id > $2 ORDER BY id LIMIT $3",
    ))
    .bind(app.0)
    .bind(after.map_or("", RoomId::as_str))
    .bind(rows_of(limit))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read_room).collect()
}

/// Whether `user` is in the room.
pub(crate) async fn is_member(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    room: &RoomId,
    user: &UserId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 AS x FROM room_members WHERE app_id = $1 AND room_id = $2 AND user_id = $3",
    )
    .bind(app.0)
    .bind(room.as_str())
    .bind(user.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

/// The first of `users`, who have just been entered into `room`, who is in too many rooms with it.
async fn first_full(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    room: &RoomId,
    users: &[UserId],
    RoomQuota { per_user, only_owned, .. }: RoomQuota,
) -> Result<Option<UserId>, StoreError> {
    let least = if only_owned { Role::Owner } else { Role::Member };
    MEMBERS.first_full(tx, app, users, per_user, (least, room.as_str())).await
}

/// Reads the room and keeps every other writer away from it until the transaction ends.
pub(crate) async fn lock(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    room: &RoomId,
) -> Result<Option<Room>, StoreError> {
    let row = sqlx::query(concat!(
        "UPDATE rooms SET member_count = member_count WHERE app_id = $1 AND id = $2 RETURNING ",
        room!(""),
    ))
    .bind(app.0)
    .bind(room.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(read_room).transpose()
}

/// Groups, rooms and threads share one space of ids.
async fn is_taken(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    room: &RoomId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 AS x FROM chat_groups WHERE app_id = $1 AND id = $2 \
         UNION ALL SELECT 1 FROM threads WHERE app_id = $1 AND id = $2 LIMIT 1",
    )
    .bind(app.0)
    .bind(room.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

async fn set_member_count(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    room: &Room,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE rooms SET member_count = $3 WHERE app_id = $1 AND id = $2")
        .bind(app.0)
        .bind(room.id.as_str())
        .bind(i64::from(room.member_count))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn read_room(row: &AnyRow) -> Result<Room, StoreError> {
    Ok(Room {
        id: RoomId::from_trusted(row.try_get::<String, _>("id")?),
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        custom: row.try_get("custom")?,
        owner: UserId::from_trusted(row.try_get::<String, _>("owner")?),
        max_users: unsigned("maximum of members", row.try_get("max_users")?)?,
        member_count: unsigned("number of members", row.try_get("member_count")?)?,
        created: row.try_get("created")?,
        modified: row.try_get("modified")?,
    })
}
