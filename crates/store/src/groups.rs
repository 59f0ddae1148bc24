//! Groups and their members.
//!
//! Every write takes the group's row first, so that writes to one group happen one after the other on both
//! engines: the number of members is right, and no two of them together exceed the maximum.

use hongyan_model::{
    AppId, Conversation, Group, GroupId, Member, MessageId, Role, ThreadId, Timestamp, UserId,
};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::counters::{Counted, change};
use crate::members::{
    Members, read_position, read_role, read_users, rows_of, unknown_user, unsigned,
};
use crate::metering::{Figure, note};
use crate::muc::{self, List};
use crate::{Store, StoreError, group_requests, pins, threads};

/// What is read of a group; `$of` is empty or such as `"x."`.
macro_rules! group {
    ($of:literal) => {
        crate::columns::columns!(
            $of,
            "id",
            "name",
            "description",
            "avatar",
            "custom",
            "owner",
            "public",
            "members_only",
            "allow_invites",
            "invite_need_confirm",
            "disabled",
            "max_users",
            "member_count",
            "created",
            "modified"
        )
    };
}

const GROUP: &str = group!("");

pub use crate::members::MemberPosition;

const MEMBERS: Members = Members::GROUPS;

/// The position of a member that wants to hear nothing of its group: all of the log lies before it.
pub const UNHEARD: MessageId = MessageId(i64::MAX.unsigned_abs());

/// What a user is to a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Membership {
    /// There is no such group.
    NoGroup,
    /// The group exists, the user is not in it.
    NotMember,
    /// The user is in it.
    Member {
        /// What it may do there.
        role: Role,
        /// From here on the group's messages are meant for it.
        joined_at: MessageId,
    },
}

/// What became of [`insert`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Insertion {
    /// The group is there.
    Done,
    /// The id is taken, by a group, a chat room or a thread.
    Exists,
    /// This member is no user of the app.
    UnknownUser(UserId),
    /// The app has as many groups as it may have.
    TooMany,
    /// This one is in as many groups as it may be.
    UserFull(UserId),
}

/// What became of [`add_members`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Addition {
    /// There is no such group.
    NoGroup,
    /// This one is no user of the app.
    UnknownUser(UserId),
    /// This one is on the group's block list; none was added.
    Blocked(UserId),
    /// They would be too many; none was added.
    Full,
    /// This one is in as many groups as it may be; none was added.
    UserFull(UserId),
    /// Those who were not members before, in the order given.
    Added {
        /// The group as it is now.
        group: Group,
        /// The new members.
        users: Vec<UserId>,
    },
}

/// How many there may be; `None` is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct GroupQuota {
    /// Groups of the app.
    pub groups: Option<u64>,
    /// Members of one group, beside its own maximum.
    pub members: Option<u64>,
    /// Groups of one user.
    pub groups_per_user: Option<u64>,
}

/// Stores a group with its members, the owner among them; `group.member_count` is theirs.
pub async fn insert(
    store: &Store,
    app: AppId,
    group: &Group,
    members: &[Member],
    quota: GroupQuota,
) -> Result<Insertion, StoreError> {
    let mut tx = store.begin_write().await?;
    if let Some(missing) =
        unknown_user(&mut tx, app, members.iter().map(|member| &member.user)).await?
    {
        return Ok(Insertion::UnknownUser(missing));
    }
    if is_taken(&mut tx, app, &group.id).await? {
        return Ok(Insertion::Exists);
    }
    let inserted = sqlx::query(
        "INSERT INTO chat_groups (app_id, id, name, description, avatar, custom, owner, public, members_only, \
         allow_invites, invite_need_confirm, disabled, max_users, member_count, created, modified) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT DO NOTHING",
    )
    .bind(app.0)
    .bind(group.id.as_str())
    .bind(&group.name)
    .bind(&group.description)
    .bind(&group.avatar)
    .bind(&group.custom)
    .bind(group.owner.as_str())
    .bind(i64::from(group.public))
    .bind(i64::from(group.members_only))
    .bind(i64::from(group.allow_invites))
    .bind(i64::from(group.invite_need_confirm))
    .bind(i64::from(group.disabled))
    .bind(i64::from(group.max_users))
    .bind(i64::from(group.member_count))
    .bind(group.created)
    .bind(group.modified)
    .execute(&mut *tx)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(Insertion::Exists);
    }
    let users = MEMBERS.insert(&mut tx, app, group.id.as_str(), members).await?;
    let most = quota.groups_per_user;
    let entered = (Role::Member, group.id.as_str());
    if let Some(full) = MEMBERS.first_full(&mut tx, app, &users, most, entered).await? {
        return Ok(Insertion::UserFull(full));
    }
    let groups = change(&mut tx, app, Counted::Groups, 1).await?;
    if quota.groups.is_some_and(|most| groups > most) {
        return Ok(Insertion::TooMany);
    }
    note(store, &mut tx, app, Figure::NewGroups, 1).await?;
    note(store, &mut tx, app, Figure::GroupJoins, members.len()).await?;
    tx.commit().await?;
    Ok(Insertion::Done)
}

/// The group, if there is one.
pub async fn find(store: &Store, app: AppId, group: &GroupId) -> Result<Option<Group>, StoreError> {
    let row = sqlx::query(concat!(
        "SELECT ",
        group!(""),
        " FROM chat_groups WHERE app_id = $1 AND id = $2"
    ))
    .bind(app.0)
    .bind(group.as_str())
    .fetch_optional(store.pool())
    .await?;
    row.as_ref().map(read_group).transpose()
}

/// Which groups a page is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Listing {
    /// All.
    All,
    /// Those that everybody may find.
    Public,
}

/// A page of the app's groups, the newest first, behind the group made at `after` with that id.
pub async fn page(
    store: &Store,
    app: AppId,
    listing: Listing,
    after: Option<(Timestamp, GroupId)>,
    limit: usize,
) -> Result<Vec<Group>, StoreError> {
    let (created, id) =
        after.map_or((i64::MAX, String::new()), |(created, id)| (created, id.as_str().to_owned()));
    let public = match listing {
        Listing::All => "",
        Listing::Public => "AND public = 1 ",
    };
    let text = format!(
        "SELECT {GROUP} FROM chat_groups WHERE app_id = $1 {public}AND (created, id) < ($2, $3) \
         ORDER BY created DESC, id DESC LIMIT $4"
    );
    let rows = sqlx::query(AssertSqlSafe(text))
        .bind(app.0)
        .bind(created)
        .bind(id)
        .bind(rows_of(limit))
        .fetch_all(store.pool())
        .await?;
    rows.iter().map(read_group).collect()
}

/// Changes a group as `change` says, which sees the group as it is and may refuse. `None`: no such group.
pub async fn update<R: Send>(
    store: &Store,
    app: AppId,
    group: &GroupId,
    change: impl FnOnce(&mut Group) -> Result<(), R> + Send,
) -> Result<Option<Result<Group, R>>, StoreError> {
    let mut tx = store.begin_write().await?;
    let Some(mut changed) = lock(&mut tx, app, group).await? else {
        return Ok(None);
    };
    if let Err(refused) = change(&mut changed) {
        return Ok(Some(Err(refused)));
    }
    sqlx::query(
        "UPDATE chat_groups SET name = $3, description = $4, avatar = $5, custom = $6, public = $7, \
         members_only = $8, allow_invites = $9, invite_need_confirm = $10, disabled = $11, max_users = $12, \
         modified = $13 \
         WHERE app_id = $1 AND id = $2",
    )
    .bind(app.0)
    .bind(group.as_str())
    .bind(&changed.name)
    .bind(&changed.description)
    .bind(&changed.avatar)
    .bind(&changed.custom)
    .bind(i64::from(changed.public))
    .bind(i64::from(changed.members_only))
    .bind(i64::from(changed.allow_invites))
    .bind(i64::from(changed.invite_need_confirm))
    .bind(i64::from(changed.disabled))
    .bind(i64::from(changed.max_users))
    .bind(changed.modified)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Some(Ok(changed)))
}

/// A group that is no more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deleted {
    /// As it was.
    pub group: Group,
    /// Those who were its members.
    pub members: Vec<UserId>,
    /// Its threads, which ended with it.
    pub threads: Vec<ThreadId>,
}

/// Who is no longer in a group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Removed {
    /// The group as it is now.
    pub group: Group,
    /// Those who were members.
    pub users: Vec<UserId>,
    /// The threads of the group that each of them left with it.
    pub threads: Vec<(ThreadId, UserId)>,
}

/// Removes a group with its threads; `None` if there was none.
pub async fn delete(
    store: &Store,
    app: AppId,
    group: &GroupId,
) -> Result<Option<Deleted>, StoreError> {
    let mut tx = store.begin_write().await?;
    let Some(deleted) = lock(&mut tx, app, group).await? else {
        return Ok(None);
    };
    let threads = threads::delete_of_group(&mut tx, app, group).await?;
    let members = MEMBERS.remove_all(&mut tx, app, group.as_str()).await?;
    muc::clear(&mut tx, app, group.as_str()).await?;
    pins::clear(&mut tx, app, &Conversation::Group(group.clone()).key()).await?;
    sqlx::query("DELETE FROM chat_groups WHERE app_id = $1 AND id = $2")
        .bind(app.0)
        .bind(group.as_str())
        .execute(&mut *tx)
        .await?;
    change(&mut tx, app, Counted::Groups, -1).await?;
    note(store, &mut tx, app, Figure::DissolvedGroups, 1).await?;
    note(store, &mut tx, app, Figure::GroupLeaves, members.len()).await?;
    tx.commit().await?;
    Ok(Some(Deleted { group: deleted, members, threads }))
}

/// Adds those of `members` who are not in the group yet: all of them, or none if there is no room.
pub async fn add_members(
    store: &Store,
    app: AppId,
    group: &GroupId,
    members: &[Member],
    quota: GroupQuota,
) -> Result<Addition, StoreError> {
    let mut tx = store.begin_write().await?;
    let Some(mut changed) = lock(&mut tx, app, group).await? else {
        return Ok(Addition::NoGroup);
    };
    if let Some(missing) =
        unknown_user(&mut tx, app, members.iter().map(|member| &member.user)).await?
    {
        return Ok(Addition::UnknownUser(missing));
    }
    let wanted = members.iter().map(|member| &member.user);
    if let Some(blocked) = muc::first_blocked(&mut tx, app, group.as_str(), wanted).await? {
        return Ok(Addition::Blocked(blocked));
    }
    let users = MEMBERS.insert(&mut tx, app, group.as_str(), members).await?;
    let added = u32::try_from(users.len()).unwrap_or(u32::MAX);
    changed.member_count = changed.member_count.saturating_add(added);
    let most = quota.members.unwrap_or(u64::MAX).min(changed.max_users.into());
    if added > 0 && u64::from(changed.member_count) > most {
        return Ok(Addition::Full);
    }
    let most = quota.groups_per_user;
    let entered = (Role::Member, group.as_str());
    if let Some(full) = MEMBERS.first_full(&mut tx, app, &users, most, entered).await? {
        return Ok(Addition::UserFull(full));
    }
    group_requests::settle(&mut tx, app, group, &users).await?;
    set_member_count(&mut tx, app, &changed).await?;
    note(store, &mut tx, app, Figure::GroupJoins, users.len()).await?;
    tx.commit().await?;
    Ok(Addition::Added { group: changed, users })
}

/// Removes those of `users` who are members with a role lower than `below`, also from the group's threads; never the
/// owner. `None`: no such group.
pub async fn remove_members(
    store: &Store,
    app: AppId,
    group: &GroupId,
    users: &[UserId],
    below: Role,
) -> Result<Option<Removed>, StoreError> {
    let mut tx = store.begin_write().await?;
    let Some(mut changed) = lock(&mut tx, app, group).await? else {
        return Ok(None);
    };
    let removed = MEMBERS.remove(&mut tx, app, group.as_str(), users, below).await?;
    muc::strike(&mut tx, app, group.as_str(), List::Allowed, &removed).await?;
    let threads = threads::strike(&mut tx, app, group, &removed).await?;
    changed.member_count =
        changed.member_count.saturating_sub(u32::try_from(removed.len()).unwrap_or(u32::MAX));
    set_member_count(&mut tx, app, &changed).await?;
    note(store, &mut tx, app, Figure::GroupLeaves, removed.len()).await?;
    tx.commit().await?;
    Ok(Some(Removed { group: changed, users: removed, threads }))
}

/// What `user` is to `group`.
pub async fn membership(
    store: &Store,
    app: AppId,
    group: &GroupId,
    user: &UserId,
) -> Result<Membership, StoreError> {
    let row = sqlx::query(
        "SELECT m.role, CASE WHEN m.heard_from > m.joined_at THEN m.heard_from ELSE m.joined_at END AS joined_at \
         FROM chat_groups g \
         LEFT JOIN group_members m ON m.app_id = g.app_id AND m.group_id = g.id AND m.user_id = $3 \
         WHERE g.app_id = $1 AND g.id = $2",
    )
    .bind(app.0)
    .bind(group.as_str())
    .bind(user.as_str())
    .fetch_optional(store.pool())
    .await?;
    let Some(row) = row else {
        return Ok(Membership::NoGroup);
    };
    match row.try_get::<Option<i64>, _>("role")? {
        Some(role) => {
            Ok(Membership::Member { role: read_role(role)?, joined_at: read_position(&row)? })
        }
        None => Ok(Membership::NotMember),
    }
}

/// From here on the group's messages are meant for the member, never with [`UNHEARD`]; answers whether it is one.
pub async fn set_heard_from(
    store: &Store,
    app: AppId,
    group: &GroupId,
    user: &UserId,
    from: MessageId,
) -> Result<bool, StoreError> {
    let updated = sqlx::query(
        "UPDATE group_members SET heard_from = $4 WHERE app_id = $1 AND group_id = $2 AND user_id = $3",
    )
    .bind(app.0)
    .bind(group.as_str())
    .bind(user.as_str())
    .bind(i64::try_from(from.0).unwrap_or(i64::MAX))
    .execute(store.pool())
    .await?;
    Ok(updated.rows_affected() > 0)
}

/// Owner and administrators of the group.
pub async fn heads(store: &Store, app: AppId, group: &GroupId) -> Result<Vec<Member>, StoreError> {
    MEMBERS.heads(store, app, group.as_str()).await
}

/// The members for whom an entry at `place` in the log is meant: those who were in the group then, and hear it.
pub async fn hearing_ids(
    store: &Store,
    app: AppId,
    group: &GroupId,
    place: MessageId,
) -> Result<Vec<UserId>, StoreError> {
    let rows = sqlx::query(
        "SELECT user_id FROM group_members WHERE app_id = $1 AND group_id = $2 AND joined_at < $3 \
         AND heard_from < $3 ORDER BY user_id",
    )
    .bind(app.0)
    .bind(group.as_str())
    .bind(i64::try_from(place.0).unwrap_or(i64::MAX))
    .fetch_all(store.pool())
    .await?;
    read_users(&rows)
}

/// The members that want to hear nothing of the group.
pub async fn shielded(
    store: &Store,
    app: AppId,
    group: &GroupId,
) -> Result<Vec<UserId>, StoreError> {
    // The number is in the text, or the partial index would not be found.
    const FIND: &str = "SELECT user_id FROM group_members \
         WHERE app_id = $1 AND group_id = $2 AND heard_from = 9223372036854775807";
    let rows = sqlx::query(FIND).bind(app.0).bind(group.as_str()).fetch_all(store.pool()).await?;
    read_users(&rows)
}

/// `limit` members of the group, in no order.
pub async fn member_ids(
    store: &Store,
    app: AppId,
    group: &GroupId,
    limit: usize,
) -> Result<Vec<UserId>, StoreError> {
    MEMBERS.ids(store, app, group.as_str(), limit).await
}

/// `limit` members of the group from place `offset` (from 0) on.
pub async fn members(
    store: &Store,
    app: AppId,
    group: &GroupId,
    offset: usize,
    limit: usize,
) -> Result<Vec<Member>, StoreError> {
    MEMBERS.list(store, app, group.as_str(), offset, limit).await
}

/// `limit` members of the group behind `after`, or from the first on; `backwards` from the last on.
pub async fn members_after(
    store: &Store,
    app: AppId,
    group: &GroupId,
    after: Option<&MemberPosition>,
    backwards: bool,
    limit: usize,
) -> Result<Vec<Member>, StoreError> {
    MEMBERS.list_after(store, app, group.as_str(), after, backwards, limit).await
}

/// The groups of `user`, the one joined last first: `limit` of them from place `offset` (from 0) on.
pub async fn joined(
    store: &Store,
    app: AppId,
    user: &UserId,
    offset: usize,
    limit: usize,
) -> Result<Vec<(Group, Role)>, StoreError> {
    let rows = sqlx::query(concat!(
        "SELECT m.role, ",
        group!("g."),
        " FROM group_members m JOIN chat_groups g ON g.app_id = m.app_id AND g.id = m.group_id ",
        "WHERE m.app_id = $1 AND m.user_id = $2 ORDER BY m.joined_at DESC, m.group_id LIMIT $3 OFFSET $4",
    ))
    .bind(app.0)
    .bind(user.as_str())
    .bind(rows_of(limit))
    .bind(rows_of(offset))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(|row| Ok((read_group(row)?, read_role(row.try_get("role")?)?))).collect()
}

/// In how many groups `user` is.
pub async fn joined_count(store: &Store, app: AppId, user: &UserId) -> Result<u64, StoreError> {
    let row =
        sqlx::query("SELECT COUNT(*) AS n FROM group_members WHERE app_id = $1 AND user_id = $2")
            .bind(app.0)
            .bind(user.as_str())
            .fetch_one(store.pool())
            .await?;
    unsigned("number of groups", row.try_get("n")?)
}

/// A user's membership of a group.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Joined {
    /// The group.
    pub group: GroupId,
    /// What the user may do there.
    pub role: Role,
    /// When it joined.
    pub joined_at: MessageId,
    /// From here on the group's messages are meant for it; never with [`UNHEARD`].
    pub heard_from: MessageId,
}

/// Every group of `user`.
pub async fn joined_positions(
    store: &Store,
    app: AppId,
    user: &UserId,
) -> Result<Vec<Joined>, StoreError> {
    let rows = sqlx::query(
        "SELECT group_id, role, joined_at, heard_from FROM group_members \
         WHERE app_id = $1 AND user_id = $2",
    )
    .bind(app.0)
    .bind(user.as_str())
    .fetch_all(store.pool())
    .await?;
    let read = |row: &AnyRow| {
        let joined_at = read_position(row)?;
        let heard_from = MessageId(unsigned("log position", row.try_get("heard_from")?)?);
        Ok(Joined {
            group: GroupId::from_trusted(row.try_get::<String, _>("group_id")?),
            role: read_role(row.try_get("role")?)?,
            joined_at,
            heard_from: heard_from.max(joined_at),
        })
    };
    rows.iter().map(read).collect()
}

/// Reads the group and keeps every other writer away from it until the transaction ends.
pub(crate) async fn lock(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    group: &GroupId,
) -> Result<Option<Group>, StoreError> {
    let row = sqlx::query(concat!(
        "UPDATE chat_groups SET member_count = member_count WHERE app_id = $1 AND id = $2 RETURNING ",
        group!(""),
    ))
    .bind(app.0)
    .bind(group.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(read_group).transpose()
}

/// Groups, chat rooms and threads share one space of ids.
async fn is_taken(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    group: &GroupId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 AS x FROM rooms WHERE app_id = $1 AND id = $2 \
         UNION ALL SELECT 1 FROM threads WHERE app_id = $1 AND id = $2 LIMIT 1",
    )
    .bind(app.0)
    .bind(group.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

async fn set_member_count(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    group: &Group,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE chat_groups SET member_count = $3 WHERE app_id = $1 AND id = $2")
        .bind(app.0)
        .bind(group.id.as_str())
        .bind(i64::from(group.member_count))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn read_group(row: &AnyRow) -> Result<Group, StoreError> {
    let flag = |name| row.try_get::<i64, _>(name).map(|value| value != 0);
    Ok(Group {
        id: GroupId::from_trusted(row.try_get::<String, _>("id")?),
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        avatar: row.try_get("avatar")?,
        custom: row.try_get("custom")?,
        owner: UserId::from_trusted(row.try_get::<String, _>("owner")?),
        public: flag("public")?,
        members_only: flag("members_only")?,
        allow_invites: flag("allow_invites")?,
        invite_need_confirm: flag("invite_need_confirm")?,
        disabled: flag("disabled")?,
        max_users: unsigned("maximum of members", row.try_get("max_users")?)?,
        member_count: unsigned("number of members", row.try_get("member_count")?)?,
        created: row.try_get("created")?,
        modified: row.try_get("modified")?,
    })
}
