//! Tags of the members of chat rooms, and until when members with a tag may not write.
//!
//! Every write takes the room's row first, like the writes to its members. A tag is there as long as a member has
//! it; its mute ends with it.

use std::collections::BTreeMap;

use hongyan_model::{AppId, Role, RoomId, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::engine::placeholders;
use crate::rooms::{is_member, lock};
use crate::{Store, StoreError};

/// Users in one statement.
const CHUNK: usize = 500;

/// What became of [`set`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tagging {
    /// There is no such room.
    NoRoom,
    /// The user is not in it.
    NotMember,
    /// The member has these tags and no others.
    Done,
}

/// What became of [`mute`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TagMute {
    /// There is no such room.
    NoRoom,
    /// No member has the tag.
    NoTag,
    /// It holds from now on.
    Done,
}

/// Gives a member these tags, each once, instead of those it has.
pub async fn set(
    store: &Store,
    app: AppId,
    room: &RoomId,
    user: &UserId,
    tags: &[String],
) -> Result<Tagging, StoreError> {
    let mut tx = store.begin_write().await?;
    if lock(&mut tx, app, room).await?.is_none() {
        return Ok(Tagging::NoRoom);
    }
    if !is_member(&mut tx, app, room, user).await? {
        return Ok(Tagging::NotMember);
    }
    sqlx::query("DELETE FROM room_member_tags WHERE app_id = $1 AND room_id = $2 AND user_id = $3")
        .bind(app.0)
        .bind(room.as_str())
        .bind(user.as_str())
        .execute(&mut *tx)
        .await?;
    for tag in tags {
        sqlx::query(
            "INSERT INTO room_member_tags (app_id, room_id, user_id, tag) VALUES ($1, $2, $3, $4)",
        )
        .bind(app.0)
        .bind(room.as_str())
        .bind(user.as_str())
        .bind(tag)
        .execute(&mut *tx)
        .await?;
    }
    end_mutes_of_none(&mut tx, app, room).await?;
    tx.commit().await?;
    Ok(Tagging::Done)
}

/// The tags of a member, each with the end of its mute where it is muted.
pub async fn of_member(
    store: &Store,
    app: AppId,
    room: &RoomId,
    user: &UserId,
    now: Timestamp,
) -> Result<BTreeMap<String, Option<Timestamp>>, StoreError> {
    let rows = sqlx::query(
        "SELECT t.tag, m.expires FROM room_member_tags t LEFT JOIN room_tag_mutes m \
         ON m.app_id = t.app_id AND m.room_id = t.room_id AND m.tag = t.tag AND m.expires > $4 \
         WHERE t.app_id = $1 AND t.room_id = $2 AND t.user_id = $3",
    )
    .bind(app.0)
    .bind(room.as_str())
    .bind(user.as_str())
    .bind(now)
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(|row| Ok((row.try_get("tag")?, row.try_get("expires")?))).collect()
}

/// Mutes whoever has the tag, now or later, until `expires`; `None` ends that.
pub async fn mute(
    store: &Store,
    app: AppId,
    room: &RoomId,
    tag: &str,
    expires: Option<Timestamp>,
) -> Result<TagMute, StoreError> {
    let mut tx = store.begin_write().await?;
    if lock(&mut tx, app, room).await?.is_none() {
        return Ok(TagMute::NoRoom);
    }
    let had = sqlx::query(
        "SELECT 1 AS x FROM room_member_tags WHERE app_id = $1 AND room_id = $2 AND tag = $3 LIMIT 1",
    )
    .bind(app.0)
    .bind(room.as_str())
    .bind(tag)
    .fetch_optional(&mut *tx)
    .await?;
    if had.is_none() {
        return Ok(TagMute::NoTag);
    }
    let query = match expires {
        Some(expires) => sqlx::query(
            "INSERT INTO room_tag_mutes (app_id, room_id, tag, expires) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (app_id, room_id, tag) DO UPDATE SET expires = excluded.expires",
        )
        .bind(app.0)
        .bind(room.as_str())
        .bind(tag)
        .bind(expires),
        None => sqlx::query(
            "DELETE FROM room_tag_mutes WHERE app_id = $1 AND room_id = $2 AND tag = $3",
        )
        .bind(app.0)
        .bind(room.as_str())
        .bind(tag),
    };
    query.execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(TagMute::Done)
}

/// The members below the owner with muted tags, by id, each with the last end of these mutes.
pub async fn muted(
    store: &Store,
    app: AppId,
    room: &RoomId,
    now: Timestamp,
) -> Result<Vec<(UserId, Timestamp)>, StoreError> {
    let rows = sqlx::query(
        "SELECT t.user_id, MAX(m.expires) AS expires FROM room_tag_mutes m \
         JOIN room_member_tags t ON t.app_id = m.app_id AND t.room_id = m.room_id AND t.tag = m.tag \
         JOIN room_members r ON r.app_id = t.app_id AND r.room_id = t.room_id AND r.user_id = t.user_id \
         WHERE m.app_id = $1 AND m.room_id = $2 AND m.expires > $3 AND r.role < $4 \
         GROUP BY t.user_id ORDER BY t.user_id",
    )
    .bind(app.0)
    .bind(room.as_str())
    .bind(now)
    .bind(Role::Owner as i64)
    .fetch_all(store.pool())
    .await?;
    let read = |row: &AnyRow| {
        let user = UserId::from_trusted(row.try_get::<String, _>("user_id")?);
        Ok((user, row.try_get("expires")?))
    };
    rows.iter().map(read).collect()
}

/// Takes all tags from `users`, who leave the room, whose row `tx` has taken; whether they had any.
pub(crate) async fn strike(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    room: &RoomId,
    users: &[UserId],
) -> Result<bool, StoreError> {
    let mut removed = 0;
    for chunk in users.chunks(CHUNK) {
        let text = format!(
            "DELETE FROM room_member_tags WHERE app_id = $1 AND room_id = $2 AND user_id IN ({})",
            placeholders(3, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(room.as_str());
        for user in chunk {
            query = query.bind(user.as_str());
        }
        removed += query.execute(&mut **tx).await?.rows_affected();
    }
    if removed > 0 {
        end_mutes_of_none(tx, app, room).await?;
    }
    Ok(removed > 0)
}

/// Removes everything of a room that is being deleted in `tx`.
pub(crate) async fn clear(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    room: &RoomId,
) -> Result<(), StoreError> {
    for text in [
        "DELETE FROM room_member_tags WHERE app_id = $1 AND room_id = $2",
        "DELETE FROM room_tag_mutes WHERE app_id = $1 AND room_id = $2",
    ] {
        sqlx::query(text).bind(app.0).bind(room.as_str()).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Removes the mutes of tags that no member has.
async fn end_mutes_of_none(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    room: &RoomId,
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM room_tag_mutes WHERE app_id = $1 AND room_id = $2 AND NOT EXISTS \
         (SELECT 1 FROM room_member_tags t WHERE t.app_id = room_tag_mutes.app_id \
         AND t.room_id = room_tag_mutes.room_id AND t.tag = room_tag_mutes.tag)",
    )
    .bind(app.0)
    .bind(room.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
