//! Groups and their members.
//!
//! Every write takes the group's row first, so that writes to one group happen one after the other on both
//! engines: the number of members is right, and no two of them together exceed the maximum.

use hongyan_model::{AppId, Group, GroupId, Member, MessageId, Role, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::engine::placeholders;
use crate::{Store, StoreError};

/// Values in one statement; far below the engines' limits on parameters.
const CHUNK: usize = 500;

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
    /// The id is taken.
    Exists,
    /// This member is no user of the app.
    UnknownUser(UserId),
}

/// What became of [`add_members`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Addition {
    /// There is no such group.
    NoGroup,
    /// This one is no user of the app.
    UnknownUser(UserId),
    /// They would be too many; none was added.
    Full,
    /// Those who were not members before, in the order given.
    Added {
        /// The group as it is now.
        group: Group,
        /// The new members.
        users: Vec<UserId>,
    },
}

/// A place in the list of members: the owner stands first, the others by age.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberPosition {
    /// Whether it is the owner.
    pub owner: bool,
    /// When it joined.
    pub joined_at: MessageId,
    /// Who.
    pub user: UserId,
}

impl MemberPosition {
    /// The place of `member`.
    #[must_use]
    pub fn of(member: &Member) -> Self {
        Self {
            owner: member.role == Role::Owner,
            joined_at: member.joined_at,
            user: member.user.clone(),
        }
    }
}

/// Stores a group with its members, the owner among them; `group.member_count` is theirs.
pub async fn insert(
    store: &Store,
    app: AppId,
    group: &Group,
    members: &[Member],
) -> Result<Insertion, StoreError> {
    let mut tx = store.begin_write().await?;
    if let Some(missing) =
        unknown_user(&mut tx, app, members.iter().map(|member| &member.user)).await?
    {
        return Ok(Insertion::UnknownUser(missing));
    }
    let inserted = sqlx::query(
        "INSERT INTO chat_groups (app_id, id, name, description, avatar, custom, owner, public, members_only, \
         allow_invites, invite_need_confirm, max_users, member_count, created, modified) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING",
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
    .bind(i64::from(group.max_users))
    .bind(i64::from(group.member_count))
    .bind(group.created)
    .bind(group.modified)
    .execute(&mut *tx)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(Insertion::Exists);
    }
    insert_members(&mut tx, app, &group.id, members).await?;
    tx.commit().await?;
    Ok(Insertion::Done)
}

/// The group, if there is one.
pub async fn find(store: &Store, app: AppId, group: &GroupId) -> Result<Option<Group>, StoreError> {
    let row = sqlx::query("SELECT * FROM chat_groups WHERE app_id = $1 AND id = $2")
        .bind(app.0)
        .bind(group.as_str())
        .fetch_optional(store.pool())
        .await?;
    row.as_ref().map(read_group).transpose()
}

/// A page of the app's groups, the newest first, behind the group made at `after` with that id.
pub async fn page(
    store: &Store,
    app: AppId,
    after: Option<(Timestamp, GroupId)>,
    limit: usize,
) -> Result<Vec<Group>, StoreError> {
    let (created, id) =
        after.map_or((i64::MAX, String::new()), |(created, id)| (created, id.as_str().to_owned()));
    let rows = sqlx::query(
        "SELECT * FROM chat_groups WHERE app_id = $1 AND (created, id) < ($2, $3) \
         ORDER BY created DESC, id DESC LIMIT $4",
    )
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
         members_only = $8, allow_invites = $9, invite_need_confirm = $10, max_users = $11, modified = $12 \
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
    .bind(i64::from(changed.max_users))
    .bind(changed.modified)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Some(Ok(changed)))
}

/// Removes a group; answers it and those who were its members, or `None` if there was none.
pub async fn delete(
    store: &Store,
    app: AppId,
    group: &GroupId,
) -> Result<Option<(Group, Vec<UserId>)>, StoreError> {
    let mut tx = store.begin_write().await?;
    let Some(deleted) = lock(&mut tx, app, group).await? else {
        return Ok(None);
    };
    let rows = sqlx::query(
        "DELETE FROM group_members WHERE app_id = $1 AND group_id = $2 RETURNING user_id",
    )
    .bind(app.0)
    .bind(group.as_str())
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query("DELETE FROM chat_groups WHERE app_id = $1 AND id = $2")
        .bind(app.0)
        .bind(group.as_str())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(Some((deleted, read_users(&rows)?)))
}

/// Adds those of `members` who are not in the group yet: all of them, or none if there is no room.
pub async fn add_members(
    store: &Store,
    app: AppId,
    group: &GroupId,
    members: &[Member],
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
    let users = insert_members(&mut tx, app, group, members).await?;
    let added = u32::try_from(users.len()).unwrap_or(u32::MAX);
    changed.member_count = changed.member_count.saturating_add(added);
    if added > 0 && changed.member_count > changed.max_users {
        return Ok(Addition::Full);
    }
    set_member_count(&mut tx, app, &changed).await?;
    tx.commit().await?;
    Ok(Addition::Added { group: changed, users })
}

/// Removes those of `users` who are members with a role lower than `below`; never the owner. Answers the
/// group as it is now and who was removed; `None`: no such group.
pub async fn remove_members(
    store: &Store,
    app: AppId,
    group: &GroupId,
    users: &[UserId],
    below: Role,
) -> Result<Option<(Group, Vec<UserId>)>, StoreError> {
    let mut tx = store.begin_write().await?;
    let Some(mut changed) = lock(&mut tx, app, group).await? else {
        return Ok(None);
    };
    let mut removed = Vec::new();
    for chunk in users.chunks(CHUNK) {
        let text = format!(
            "DELETE FROM group_members WHERE app_id = $1 AND group_id = $2 AND role < $3 AND user_id IN ({}) \
             RETURNING user_id",
            placeholders(4, chunk.len())
        );
        let mut query =
            sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(group.as_str()).bind(below as i64);
        for user in chunk {
            query = query.bind(user.as_str());
        }
        removed.extend(read_users(&query.fetch_all(&mut *tx).await?)?);
    }
    changed.member_count =
        changed.member_count.saturating_sub(u32::try_from(removed.len()).unwrap_or(u32::MAX));
    set_member_count(&mut tx, app, &changed).await?;
    tx.commit().await?;
    Ok(Some((changed, removed)))
}

/// What `user` is to `group`.
pub async fn membership(
    store: &Store,
    app: AppId,
    group: &GroupId,
    user: &UserId,
) -> Result<Membership, StoreError> {
    let row = sqlx::query(
        "SELECT m.role, m.joined_at FROM chat_groups g \
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

/// Everybody in the group.
pub async fn member_ids(
    store: &Store,
    app: AppId,
    group: &GroupId,
) -> Result<Vec<UserId>, StoreError> {
    let rows = sqlx::query("SELECT user_id FROM group_members WHERE app_id = $1 AND group_id = $2")
        .bind(app.0)
        .bind(group.as_str())
        .fetch_all(store.pool())
        .await?;
    read_users(&rows)
}

/// `limit` members of the group from place `offset` (from 0) on.
pub async fn members(
    store: &Store,
    app: AppId,
    group: &GroupId,
    offset: usize,
    limit: usize,
) -> Result<Vec<Member>, StoreError> {
    let rows = sqlx::query(
        "SELECT user_id, role, joined, joined_at FROM group_members WHERE app_id = $1 AND group_id = $2 \
         ORDER BY CASE role WHEN 2 THEN 0 ELSE 1 END, joined_at, user_id LIMIT $3 OFFSET $4",
    )
    .bind(app.0)
    .bind(group.as_str())
    .bind(rows_of(limit))
    .bind(rows_of(offset))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read_member).collect()
}

/// `limit` members of the group behind `after`.
pub async fn members_after(
    store: &Store,
    app: AppId,
    group: &GroupId,
    after: &MemberPosition,
    limit: usize,
) -> Result<Vec<Member>, StoreError> {
    let rows = sqlx::query(
        "SELECT user_id, role, joined, joined_at FROM group_members WHERE app_id = $1 AND group_id = $2 \
         AND (CASE role WHEN 2 THEN 0 ELSE 1 END, joined_at, user_id) > ($3, $4, $5) \
         ORDER BY CASE role WHEN 2 THEN 0 ELSE 1 END, joined_at, user_id LIMIT $6",
    )
    .bind(app.0)
    .bind(group.as_str())
    .bind(i64::from(!after.owner))
    .bind(position(after.joined_at))
    .bind(after.user.as_str())
    .bind(rows_of(limit))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read_member).collect()
}

/// The groups of `user`, the one joined last first: `limit` of them from place `offset` (from 0) on.
pub async fn joined(
    store: &Store,
    app: AppId,
    user: &UserId,
    offset: usize,
    limit: usize,
) -> Result<Vec<(Group, Role)>, StoreError> {
    let rows = sqlx::query(
        "SELECT g.*, m.role FROM group_members m \
         JOIN chat_groups g ON g.app_id = m.app_id AND g.id = m.group_id \
         WHERE m.app_id = $1 AND m.user_id = $2 ORDER BY m.joined_at DESC, m.group_id LIMIT $3 OFFSET $4",
    )
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

/// Every group of `user`, with its role and the log position at which it joined.
pub async fn joined_positions(
    store: &Store,
    app: AppId,
    user: &UserId,
) -> Result<Vec<(GroupId, Role, MessageId)>, StoreError> {
    let rows = sqlx::query(
        "SELECT group_id, role, joined_at FROM group_members WHERE app_id = $1 AND user_id = $2",
    )
    .bind(app.0)
    .bind(user.as_str())
    .fetch_all(store.pool())
    .await?;
    let read = |row: &AnyRow| {
        let group = GroupId::from_trusted(row.try_get::<String, _>("group_id")?);
        Ok((group, read_role(row.try_get("role")?)?, read_position(row)?))
    };
    rows.iter().map(read).collect()
}

/// Reads the group and keeps every other writer away from it until the transaction ends.
async fn lock(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    group: &GroupId,
) -> Result<Option<Group>, StoreError> {
    let row = sqlx::query("UPDATE chat_groups SET member_count = member_count WHERE app_id = $1 AND id = $2 RETURNING *")
        .bind(app.0)
        .bind(group.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(read_group).transpose()
}

async fn unknown_user(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    users: impl Iterator<Item = &UserId> + Send,
) -> Result<Option<UserId>, StoreError> {
    let users: Vec<&UserId> = users.collect();
    for chunk in users.chunks(CHUNK) {
        let text = format!(
            "SELECT id FROM users WHERE app_id = $1 AND id IN ({})",
            placeholders(2, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).bind(app.0);
        for user in chunk {
            query = query.bind(user.as_str());
        }
        let rows = query.fetch_all(&mut **tx).await?;
        let known: std::collections::HashSet<String> =
            rows.iter().map(|row| row.try_get("id")).collect::<Result<_, _>>()?;
        if let Some(missing) = chunk.iter().find(|user| !known.contains(user.as_str())) {
            return Ok(Some((*missing).clone()));
        }
    }
    Ok(None)
}

/// Inserts those who are not there yet and answers them in the order given.
async fn insert_members(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    group: &GroupId,
    members: &[Member],
) -> Result<Vec<UserId>, StoreError> {
    let mut inserted = Vec::new();
    for chunk in members.chunks(CHUNK) {
        let rows: Vec<String> = (0..chunk.len())
            .map(|row| format!("($1, $2, {})", placeholders(3 + 4 * row, 4)))
            .collect();
        let text = format!(
            "INSERT INTO group_members (app_id, group_id, user_id, role, joined, joined_at) VALUES {} \
             ON CONFLICT DO NOTHING RETURNING user_id",
            rows.join(", ")
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(group.as_str());
        for member in chunk {
            query = query
                .bind(member.user.as_str())
                .bind(member.role as i64)
                .bind(member.joined)
                .bind(position(member.joined_at));
        }
        let new: std::collections::HashSet<UserId> =
            read_users(&query.fetch_all(&mut **tx).await?)?.into_iter().collect();
        inserted.extend(
            chunk.iter().map(|member| member.user.clone()).filter(|user| new.contains(user)),
        );
    }
    Ok(inserted)
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
        max_users: unsigned("maximum of members", row.try_get("max_users")?)?,
        member_count: unsigned("number of members", row.try_get("member_count")?)?,
        created: row.try_get("created")?,
        modified: row.try_get("modified")?,
    })
}

fn read_member(row: &AnyRow) -> Result<Member, StoreError> {
    Ok(Member {
        user: UserId::from_trusted(row.try_get::<String, _>("user_id")?),
        role: read_role(row.try_get("role")?)?,
        joined: row.try_get("joined")?,
        joined_at: read_position(row)?,
    })
}

fn read_users(rows: &[AnyRow]) -> Result<Vec<UserId>, StoreError> {
    let read = |row: &AnyRow| Ok(UserId::from_trusted(row.try_get::<String, _>("user_id")?));
    rows.iter().map(read).collect()
}

fn read_role(number: i64) -> Result<Role, StoreError> {
    [Role::Member, Role::Admin, Role::Owner]
        .into_iter()
        .find(|role| *role as i64 == number)
        .ok_or_else(|| StoreError::Unreadable { what: "role", source: format!("{number}").into() })
}

fn read_position(row: &AnyRow) -> Result<MessageId, StoreError> {
    Ok(MessageId(unsigned("log position", row.try_get("joined_at")?)?))
}

/// Ids have 63 bits, so nothing is lost.
fn position(id: MessageId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

fn rows_of(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned<T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>>(
    what: &'static str,
    value: i64,
) -> Result<T, StoreError> {
    T::try_from(value).map_err(|source| StoreError::Unreadable { what, source: source.into() })
}
