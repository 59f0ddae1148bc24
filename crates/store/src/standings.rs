//! What users are and where they belong, of many at once: for nodes that look their sessions over.

use std::collections::HashMap;

use hongyan_model::{AppId, GroupId, MessageId, RoomId, ThreadId, UserId};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::engine::placeholders;
use crate::members::read_position;
use crate::{Store, StoreError};

/// Users in one call. Always as many but for the last, so that few texts are prepared.
pub const BATCH: usize = 100;

/// A user as it is stored.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Standing {
    /// Whether it may log in.
    pub activated: bool,
    /// Under which its tokens are issued.
    pub token_epoch: i64,
    /// Its groups, with the log position from which on each is meant for it; [`UNHEARD`](crate::groups::UNHEARD): it
    /// wants to hear nothing.
    pub groups: Vec<(GroupId, MessageId)>,
    /// Its threads.
    pub threads: Vec<ThreadId>,
    /// Its rooms, with the log positions at which it joined, and at which it left if it stays a member; otherwise 0.
    pub rooms: Vec<(RoomId, MessageId, MessageId)>,
}

/// Those of up to [`BATCH`] users of an app who exist.
pub async fn of(
    store: &Store,
    app: AppId,
    users: &[UserId],
) -> Result<HashMap<UserId, Standing>, StoreError> {
    let mut standings = HashMap::new();
    for row in
        rows(store, "SELECT id AS user_id, activated, token_epoch FROM users", "id", app, users)
            .await?
    {
        let activated = row.try_get::<i64, _>("activated")? != 0;
        let token_epoch = row.try_get("token_epoch")?;
        standings.insert(user(&row)?, Standing { activated, token_epoch, ..Standing::default() });
    }
    let in_groups = "SELECT user_id, group_id, joined_at, heard_from FROM group_members";
    for row in rows(store, in_groups, "user_id", app, users).await? {
        let heard_from = row.try_get::<i64, _>("heard_from")?;
        let heard_from = MessageId(u64::try_from(heard_from).unwrap_or_default());
        if let Some(standing) = standings.get_mut(&user(&row)?) {
            let group = GroupId::from_trusted(row.try_get::<String, _>("group_id")?);
            standing.groups.push((group, heard_from.max(read_position(&row)?)));
        }
    }
    for row in
        rows(store, "SELECT user_id, thread_id FROM thread_members", "user_id", app, users).await?
    {
        if let Some(standing) = standings.get_mut(&user(&row)?) {
            standing.threads.push(ThreadId::from_trusted(row.try_get::<String, _>("thread_id")?));
        }
    }
    let in_rooms = "SELECT user_id, room_id, joined_at, left_at FROM room_members";
    for row in rows(store, in_rooms, "user_id", app, users).await? {
        if let Some(standing) = standings.get_mut(&user(&row)?) {
            let room = RoomId::from_trusted(row.try_get::<String, _>("room_id")?);
            let left_at = u64::try_from(row.try_get::<i64, _>("left_at")?).unwrap_or_default();
            standing.rooms.push((room, read_position(&row)?, MessageId(left_at)));
        }
    }
    Ok(standings)
}

async fn rows(
    store: &Store,
    select: &str,
    key: &str,
    app: AppId,
    users: &[UserId],
) -> Result<Vec<AnyRow>, StoreError> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let text =
        format!("{select} WHERE app_id = $1 AND {key} IN ({})", placeholders(2, users.len()));
    let mut query = sqlx::query(AssertSqlSafe(text)).persistent(users.len() == BATCH).bind(app.0);
    for user in users {
        query = query.bind(user.as_str());
    }
    Ok(query.fetch_all(store.pool()).await?)
}

fn user(row: &AnyRow) -> Result<UserId, StoreError> {
    Ok(UserId::from_trusted(row.try_get::<String, _>("user_id")?))
}
