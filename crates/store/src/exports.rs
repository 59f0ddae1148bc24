//! Files of what was said in an app within an hour: which are wanted, who makes them, which are there.

use hongyan_model::{AppId, FileId, Timestamp};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::members::{rows_of, signed, unsigned};
use crate::{Store, StoreError};

/// An hour whose file is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Export {
    /// App.
    pub app: AppId,
    /// Where the hour begins (Unix ms).
    pub hour: Timestamp,
    /// The file that is made or being made; `None` before that, and if nothing was said.
    pub file: Option<FileId>,
    /// When it was made; `None`: it is not yet.
    pub made: Option<Timestamp>,
    /// How many messages the made file holds.
    pub messages: u64,
}

/// An hour whose file the caller makes, for as long as nobody takes it over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// App.
    pub app: AppId,
    /// Where the hour begins (Unix ms).
    pub hour: Timestamp,
    /// The file to be made; tells this claim from others.
    pub file: FileId,
    /// What somebody began before, and did not bring to its end.
    pub abandoned: Option<FileId>,
}

/// Notes that the file of an hour is asked for; a new one may be made from `due` on.
pub async fn ask(
    store: &Store,
    (app, hour): (AppId, Timestamp),
    due: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO message_exports (app_id, hour, due, asked, file, made, messages) \
         VALUES ($1, $2, $3, $4, '', 0, 0) ON CONFLICT (app_id, hour) DO UPDATE SET asked = excluded.asked",
    )
    .bind(app.0)
    .bind(hour)
    .bind(due)
    .bind(now)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Notes the file of an hour, to be made from `due` on, for every app that has asked for one since `since`; answers how
/// many are new.
pub async fn plan(
    store: &Store,
    hour: Timestamp,
    due: Timestamp,
    since: Timestamp,
) -> Result<u64, StoreError> {
    let planned = sqlx::query(
        "INSERT INTO message_exports (app_id, hour, due, asked, file, made, messages) \
         SELECT DISTINCT app_id, CAST($1 AS BIGINT), CAST($2 AS BIGINT), 0, '', 0, 0 \
         FROM message_exports WHERE asked >= $3 ON CONFLICT (app_id, hour) DO NOTHING",
    )
    .bind(hour)
    .bind(due)
    .bind(since.max(1))
    .execute(store.pool())
    .await?;
    Ok(planned.rows_affected())
}

/// The file of an hour of an app, if it is wanted.
pub async fn find(
    store: &Store,
    app: AppId,
    hour: Timestamp,
) -> Result<Option<Export>, StoreError> {
    let row = sqlx::query(
        "SELECT app_id, hour, file, made, messages FROM message_exports WHERE app_id = $1 AND hour = $2",
    )
    .bind(app.0)
    .bind(hour)
    .fetch_optional(store.pool())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Takes one that is due, the one that has waited longest, to make it as `file`. Until `until` nobody else takes it.
pub async fn take(
    store: &Store,
    file: &FileId,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Claim>, StoreError> {
    loop {
        // Mostly there is nothing, and others want to write.
        let row = sqlx::query(
            "SELECT app_id, hour, file, made, messages, due FROM message_exports \
             WHERE made = 0 AND due <= $1 ORDER BY due LIMIT 1",
        )
        .bind(now)
        .fetch_optional(store.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let found = read(&row)?;
        let taken = sqlx::query(
            "UPDATE message_exports SET due = $4, file = $5 \
             WHERE app_id = $1 AND hour = $2 AND made = 0 AND due = $3",
        )
        .bind(found.app.0)
        .bind(found.hour)
        .bind(row.try_get::<i64, _>("due")?)
        .bind(until)
        .bind(file.as_str())
        .execute(store.pool())
        .await?;
        // Another node may have been faster.
        if taken.rows_affected() == 1 {
            let (app, hour, abandoned) = (found.app, found.hour, found.file);
            return Ok(Some(Claim { app, hour, file: file.clone(), abandoned }));
        }
    }
}

/// Keeps a claim until `until`, or lets others have it from then on; `false`: it was taken over, or is not wanted any
/// more.
pub async fn hold(store: &Store, claim: &Claim, until: Timestamp) -> Result<bool, StoreError> {
    let held = sqlx::query(
        "UPDATE message_exports SET due = $4 WHERE app_id = $1 AND hour = $2 AND file = $3 AND made = 0",
    )
    .bind(claim.app.0)
    .bind(claim.hour)
    .bind(claim.file.as_str())
    .bind(until)
    .execute(store.pool())
    .await?;
    Ok(held.rows_affected() == 1)
}

/// Notes that the file is made, or that there is none since nothing was said; `false`: the claim was taken over, or is
/// not wanted any more, and nobody knows of the file.
pub async fn finish(
    store: &Store,
    claim: &Claim,
    messages: u64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let file = if messages == 0 { "" } else { claim.file.as_str() };
    let done = sqlx::query(
        "UPDATE message_exports SET made = $4, messages = $5, file = $6 \
         WHERE app_id = $1 AND hour = $2 AND file = $3 AND made = 0",
    )
    .bind(claim.app.0)
    .bind(claim.hour)
    .bind(claim.file.as_str())
    .bind(now)
    .bind(signed(messages))
    .bind(file)
    .execute(store.pool())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Up to `limit` hours of an app that began before `before`, the oldest first.
pub async fn ended(
    store: &Store,
    app: AppId,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<Export>, StoreError> {
    let rows = sqlx::query(
        "SELECT app_id, hour, file, made, messages FROM message_exports \
         WHERE app_id = $1 AND hour < $2 ORDER BY hour LIMIT $3",
    )
    .bind(app.0)
    .bind(before)
    .bind(rows_of(limit))
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read).collect()
}

/// Forgets an hour; its file is not wanted any more.
pub async fn forget(store: &Store, app: AppId, hour: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM message_exports WHERE app_id = $1 AND hour = $2")
        .bind(app.0)
        .bind(hour)
        .execute(store.pool())
        .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Export, StoreError> {
    let file: String = row.try_get("file")?;
    let made: Timestamp = row.try_get("made")?;
    Ok(Export {
        app: AppId(row.try_get("app_id")?),
        hour: row.try_get("hour")?,
        file: (!file.is_empty()).then(|| FileId::from_trusted(file)),
        made: (made != 0).then_some(made),
        messages: unsigned("messages", row.try_get("messages")?)?,
    })
}
