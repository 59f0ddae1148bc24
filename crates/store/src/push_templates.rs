//! Templates of notices (模板管理).

use hongyan_model::{AppId, Timestamp};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::apps::lock_app;
use crate::{Store, StoreError};

/// A template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PushTemplate {
    /// Name, unique in the app.
    pub name: String,
    /// The title, with its places for words.
    pub title: String,
    /// The text, with its places for words.
    pub content: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
}

/// What became of [`insert`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Inserted {
    /// Stored.
    Done,
    /// There is one of this name.
    Exists,
    /// The app has as many as it may have.
    Full,
}

/// Adds a template. Of those whose names are not in `uncounted` the app has at most `most`.
pub async fn insert(
    store: &Store,
    app: AppId,
    new: &PushTemplate,
    (most, uncounted): (usize, &[&str]),
) -> Result<Inserted, StoreError> {
    let mut tx = store.begin_write().await?;
    // Two at once would both find room.
    lock_app(&mut tx, app).await?;
    let rows = sqlx::query("SELECT name FROM push_templates WHERE app_id = $1")
        .bind(app.0)
        .fetch_all(&mut *tx)
        .await?;
    let names = rows.iter().map(|row| row.try_get::<String, _>("name"));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    if names.contains(&new.name) {
        return Ok(Inserted::Exists);
    }
    let is_counted = |name: &str| !uncounted.contains(&name);
    let count = names.iter().filter(|name| is_counted(name)).count();
    if is_counted(&new.name) && count >= most {
        return Ok(Inserted::Full);
    }
    sqlx::query(
        "INSERT INTO push_templates (app_id, name, title, content, created, updated) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(app.0)
    .bind(new.name.as_str())
    .bind(new.title.as_str())
    .bind(new.content.as_str())
    .bind(new.created)
    .bind(new.updated)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Inserted::Done)
}

/// Changes what a template says; `false` if there is none of this name.
pub async fn update(
    store: &Store,
    app: AppId,
    name: &str,
    (title, content): (&str, &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE push_templates SET title = $3, content = $4, updated = $5 WHERE app_id = $1 AND name = $2",
    )
    .bind(app.0)
    .bind(name)
    .bind(title)
    .bind(content)
    .bind(now)
    .execute(store.pool())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Removes a template; `false` if there is none of this name.
pub async fn delete(store: &Store, app: AppId, name: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM push_templates WHERE app_id = $1 AND name = $2")
        .bind(app.0)
        .bind(name)
        .execute(store.pool())
        .await?;
    Ok(done.rows_affected() > 0)
}

/// The templates of an app, the oldest first.
pub async fn list(store: &Store, app: AppId) -> Result<Vec<PushTemplate>, StoreError> {
    let rows = sqlx::query(
        "SELECT name, title, content, created, updated FROM push_templates WHERE app_id = $1 \
         ORDER BY created, name",
    )
    .bind(app.0)
    .fetch_all(store.pool())
    .await?;
    rows.iter().map(read).collect()
}

/// The template of this name.
pub async fn find(
    store: &Store,
    app: AppId,
    name: &str,
) -> Result<Option<PushTemplate>, StoreError> {
    let row = sqlx::query(
        "SELECT name, title, content, created, updated FROM push_templates \
         WHERE app_id = $1 AND name = $2",
    )
    .bind(app.0)
    .bind(name)
    .fetch_optional(store.pool())
    .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &AnyRow) -> Result<PushTemplate, StoreError> {
    Ok(PushTemplate {
        name: row.try_get("name")?,
        title: row.try_get("title")?,
        content: row.try_get("content")?,
        created: row.try_get("created")?,
        updated: row.try_get("updated")?,
    })
}
