//! Who asks to come into a group, and who was asked to; each waits until somebody answers.

use hongyan_model::{AppId, GroupId, Timestamp, UserId};
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::engine::placeholders;
use crate::groups::lock;
use crate::members::{rows_of, unknown_user};
use crate::{Store, StoreError, muc};

/// Users in one statement.
const CHUNK: usize = 500;

/// Who began. The numbers are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RequestKind {
    /// The user asks to come in.
    Application = 0,
    /// The user is asked to come in.
    Invitation = 1,
}

/// What became of [`ask`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asking {
    /// It waits for an answer, also if it did before.
    Waiting,
    /// There is no such group.
    NoGroup,
    /// No user of the app.
    UnknownUser,
    /// The user is in the group already.
    Member,
    /// The user is on the group's block list.
    Blocked,
    /// As many wait as may.
    TooMany,
}

/// Notes that a request of `user`, or an invitation of it by `inviter`, waits for an answer. Up to `limit` of a kind
/// wait in a group.
pub async fn ask(
    store: &Store,
    (app, group): (AppId, &GroupId),
    kind: RequestKind,
    user: &UserId,
    inviter: Option<&UserId>,
    (now, limit): (Timestamp, usize),
) -> Result<Asking, StoreError> {
    let mut tx = store.begin_write().await?;
    if lock(&mut tx, app, group).await?.is_none() {
        return Ok(Asking::NoGroup);
    }
    if unknown_user(&mut tx, app, std::iter::once(user)).await?.is_some() {
        return Ok(Asking::UnknownUser);
    }
    let member = sqlx::query(
        "SELECT 1 AS x FROM group_members WHERE app_id = $1 AND group_id = $2 AND user_id = $3",
    )
    .bind(app.0)
    .bind(group.as_str())
    .bind(user.as_str())
    .fetch_optional(&mut *tx)
    .await?;
    if member.is_some() {
        return Ok(Asking::Member);
    }
    let blocked = muc::first_blocked(&mut tx, app, group.as_str(), std::iter::once(user)).await?;
    if blocked.is_some() {
        return Ok(Asking::Blocked);
    }
    sqlx::query(
        "INSERT INTO group_requests (app_id, group_id, kind, user_id, inviter, created) \
         VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (app_id, group_id, kind, user_id) DO UPDATE SET inviter = excluded.inviter",
    )
    .bind(app.0)
    .bind(group.as_str())
    .bind(kind as i64)
    .bind(user.as_str())
    .bind(inviter.map_or("", UserId::as_str))
    .bind(now)
    .execute(&mut *tx)
    .await?;
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM group_requests WHERE app_id = $1 AND group_id = $2 AND kind = $3",
    )
    .bind(app.0)
    .bind(group.as_str())
    .bind(kind as i64)
    .fetch_one(&mut *tx)
    .await?;
    if row.try_get::<i64, _>("n")? > rows_of(limit) {
        return Ok(Asking::TooMany);
    }
    tx.commit().await?;
    Ok(Asking::Waiting)
}

/// The request of `user` that waits, if one does: who invited it, where somebody did.
pub async fn find(
    store: &Store,
    app: AppId,
    group: &GroupId,
    kind: RequestKind,
    user: &UserId,
) -> Result<Option<Option<UserId>>, StoreError> {
    let row = sqlx::query(
        "SELECT inviter FROM group_requests \
         WHERE app_id = $1 AND group_id = $2 AND kind = $3 AND user_id = $4",
    )
    .bind(app.0)
    .bind(group.as_str())
    .bind(kind as i64)
    .bind(user.as_str())
    .fetch_optional(store.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let inviter: String = row.try_get("inviter")?;
    Ok(Some((!inviter.is_empty()).then(|| UserId::from_trusted(inviter))))
}

/// Takes a request back, or declines it; answers whether it waited.
pub async fn drop(
    store: &Store,
    app: AppId,
    group: &GroupId,
    kind: RequestKind,
    user: &UserId,
) -> Result<bool, StoreError> {
    let dropped = sqlx::query(
        "DELETE FROM group_requests WHERE app_id = $1 AND group_id = $2 AND kind = $3 AND user_id = $4",
    )
    .bind(app.0)
    .bind(group.as_str())
    .bind(kind as i64)
    .bind(user.as_str())
    .execute(store.pool())
    .await?;
    Ok(dropped.rows_affected() > 0)
}

/// Ends what waits of `users`, who come into the group in `tx`.
pub(crate) async fn settle(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    group: &GroupId,
    users: &[UserId],
) -> Result<(), StoreError> {
    for chunk in users.chunks(CHUNK) {
        let text = format!(
            "DELETE FROM group_requests WHERE app_id = $1 AND group_id = $2 AND user_id IN ({})",
            placeholders(3, chunk.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(group.as_str());
        for user in chunk {
            query = query.bind(user.as_str());
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}
