//! What users keep. Every write that adds takes the user's row first, so that the limit of favourites is exact.

use hongyan_model::{AppId, Favourite, Timestamp, UserId};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::contacts::lock_users;
use crate::engine::placeholders;
use crate::{Store, StoreError};

const COLUMNS: &str = "id, kind, data, ext, created, modified";

/// A favourite to be kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewFavourite {
    /// Its id; what has it already is replaced.
    pub id: String,
    /// What it is.
    pub kind: i32,
    /// Content.
    pub data: String,
    /// What else the app says of it.
    pub ext: Option<String>,
    /// When it was made; `None`: now, or when it was made that is replaced.
    pub created: Option<Timestamp>,
}

/// What became of [`add`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Addition {
    /// There is no such user.
    NoUser,
    /// The user would have too many; none was added.
    Full,
    /// As they are now, in the order given.
    Done(Vec<Favourite>),
}

/// Which favourites a page holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Span {
    /// Those made in this time, both ends included.
    Between(Timestamp, Timestamp),
    /// The one made then with this id, and those behind it.
    From(Timestamp, String),
}

/// Keeps favourites of a user, of whom there may be `most`, or replaces those of the same ids.
pub async fn add(
    store: &Store,
    app: AppId,
    user: &UserId,
    new: &[NewFavourite],
    (now, most): (Timestamp, Option<u64>),
) -> Result<Addition, StoreError> {
    let mut tx = store.begin_write().await?;
    if lock_users(&mut tx, app, &[user]).await?.is_some() {
        return Ok(Addition::NoUser);
    }
    let before = count(&mut tx, app, user).await?;
    let mut added = Vec::with_capacity(new.len());
    for NewFavourite { id, kind, data, ext, created } in new {
        let keep = if created.is_some() { "excluded.created" } else { "favourites.created" };
        let text = format!(
            "INSERT INTO favourites (app_id, user_id, id, kind, data, ext, created, modified) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (app_id, user_id, id) DO UPDATE SET \
             kind = excluded.kind, data = excluded.data, ext = excluded.ext, created = {keep}, modified = excluded.modified \
             RETURNING {COLUMNS}"
        );
        let row = sqlx::query(AssertSqlSafe(text))
            .bind(app.0)
            .bind(user.as_str())
            .bind(id)
            .bind(i64::from(*kind))
            .bind(data)
            .bind(ext.clone())
            .bind(created.unwrap_or(now))
            .bind(now)
            .fetch_one(&mut *tx)
            .await?;
        added.push(read(&row)?);
    }
    let after = count(&mut tx, app, user).await?;
    if after > before && most.is_some_and(|most| after > most) {
        return Ok(Addition::Full);
    }
    tx.commit().await?;
    Ok(Addition::Done(added))
}

/// One favourite.
pub async fn find(
    store: &Store,
    app: AppId,
    user: &UserId,
    id: &str,
) -> Result<Option<Favourite>, StoreError> {
    let text =
        format!("SELECT {COLUMNS} FROM favourites WHERE app_id = $1 AND user_id = $2 AND id = $3");
    let row = sqlx::query(AssertSqlSafe(text))
        .bind(app.0)
        .bind(user.as_str())
        .bind(id)
        .fetch_optional(store.pool())
        .await?;
    row.as_ref().map(read).transpose()
}

/// `limit` favourites by age and, of the same moment, by id: those of `kind`, if it is given.
pub async fn page(
    store: &Store,
    app: AppId,
    user: &UserId,
    span: Span,
    (kind, oldest_first): (Option<i32>, bool),
    limit: usize,
) -> Result<Vec<Favourite>, StoreError> {
    let (order, behind) = if oldest_first { ("ASC", ">=") } else { ("DESC", "<=") };
    let within = match span {
        Span::Between(..) => "created >= $3 AND created <= $4".to_owned(),
        Span::From(..) => format!("(created, id) {behind} ($3, $4)"),
    };
    let of_kind = if kind.is_some() { "AND kind = $6" } else { "" };
    let text = format!(
        "SELECT {COLUMNS} FROM favourites WHERE app_id = $1 AND user_id = $2 AND {within} {of_kind} \
         ORDER BY created {order}, id {order} LIMIT $5"
    );
    let query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(user.as_str());
    let query = match span {
        Span::Between(begin, end) => query.bind(begin).bind(end),
        Span::From(created, id) => query.bind(created).bind(id),
    };
    let mut query = query.bind(i64::try_from(limit).unwrap_or(i64::MAX));
    if let Some(kind) = kind {
        query = query.bind(i64::from(kind));
    }
    query.fetch_all(store.pool()).await?.iter().map(read).collect()
}

/// Sets what else the app says of a favourite; the favourite after that, `None` if there is none.
pub async fn set_ext(
    store: &Store,
    app: AppId,
    user: &UserId,
    (id, ext): (&str, Option<String>),
    now: Timestamp,
) -> Result<Option<Favourite>, StoreError> {
    let text = format!(
        "UPDATE favourites SET ext = $4, modified = $5 WHERE app_id = $1 AND user_id = $2 AND id = $3 \
         RETURNING {COLUMNS}"
    );
    let rows = sqlx::query(AssertSqlSafe(text))
        .bind(app.0)
        .bind(user.as_str())
        .bind(id)
        .bind(ext)
        .bind(now)
        .fetch_all(store.pool())
        .await?;
    rows.first().map(read).transpose()
}

/// Removes favourites; how many of them there were.
pub async fn remove(
    store: &Store,
    app: AppId,
    user: &UserId,
    ids: &[String],
) -> Result<u64, StoreError> {
    if ids.is_empty() {
        return Ok(0);
    }
    let text = format!(
        "DELETE FROM favourites WHERE app_id = $1 AND user_id = $2 AND id IN ({})",
        placeholders(3, ids.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(text)).bind(app.0).bind(user.as_str());
    for id in ids {
        query = query.bind(id);
    }
    Ok(query.execute(store.pool()).await?.rows_affected())
}

/// Removes up to `limit` favourites of a user; how many those were.
pub async fn remove_some(
    store: &Store,
    app: AppId,
    user: &UserId,
    limit: usize,
) -> Result<u64, StoreError> {
    let removed = sqlx::query(
        "DELETE FROM favourites WHERE app_id = $1 AND user_id = $2 AND id IN \
         (SELECT id FROM favourites WHERE app_id = $1 AND user_id = $2 ORDER BY id LIMIT $3)",
    )
    .bind(app.0)
    .bind(user.as_str())
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .execute(store.pool())
    .await?;
    Ok(removed.rows_affected())
}

async fn count(
    tx: &mut Transaction<'static, Any>,
    app: AppId,
    user: &UserId,
) -> Result<u64, StoreError> {
    let row =
        sqlx::query("SELECT COUNT(*) AS n FROM favourites WHERE app_id = $1 AND user_id = $2")
            .bind(app.0)
            .bind(user.as_str())
            .fetch_one(&mut **tx)
            .await?;
    Ok(row.try_get::<i64, _>("n")?.max(0).cast_unsigned())
}

fn read(row: &AnyRow) -> Result<Favourite, StoreError> {
    Ok(Favourite {
        id: row.try_get("id")?,
        kind: i32::try_from(row.try_get::<i64, _>("kind")?).unwrap_or_default(),
        data: row.try_get("data")?,
        ext: row.try_get("ext")?,
        created: row.try_get("created")?,
        modified: row.try_get("modified")?,
    })
}
