//! Organisations and apps.

use hongyan_model::{App, AppId, AppSettings, Timestamp};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::{Store, StoreError};

/// What is stored of an app at its making; the store adds the number.
#[derive(Clone, Debug)]
pub struct NewApp {
    /// Organisation; made when it is not there.
    pub org: String,
    /// App name.
    pub name: String,
    /// UUID.
    pub uuid: String,
    /// Public half of the credentials.
    pub client_id: String,
    /// Hash of the secret half.
    pub secret_hash: Vec<u8>,
    /// Settings.
    pub settings: AppSettings,
    /// Now.
    pub created: Timestamp,
}

const SELECT_BY_NAME: &str = "SELECT a.id, a.uuid, o.name AS org, a.name, a.client_id, a.token_epoch, a.created, a.settings \
     FROM organizations o JOIN apps a ON a.organization_id = o.id WHERE o.name = $1 AND a.name = $2";
const SELECT_BY_ID: &str = "SELECT a.id, a.uuid, o.name AS org, a.name, a.client_id, a.token_epoch, a.created, a.settings \
     FROM apps a JOIN organizations o ON o.id = a.organization_id WHERE a.id = $1";

/// Stores an app; `None` if the organisation has one of this name.
pub async fn insert(store: &Store, new: &NewApp) -> Result<Option<App>, StoreError> {
    let mut tx = store.begin_write().await?;
    sqlx::query(
        "INSERT INTO organizations (name, created) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
    )
    .bind(new.org.as_str())
    .bind(new.created)
    .execute(&mut *tx)
    .await?;
    let inserted = sqlx::query(
        "INSERT INTO apps (organization_id, name, uuid, client_id, secret_hash, token_epoch, settings, created) \
         SELECT id, $2, $3, $4, $5, 0, $6, $7 FROM organizations WHERE name = $1 \
         ON CONFLICT (organization_id, name) DO NOTHING",
    )
    .bind(new.org.as_str())
    .bind(new.name.as_str())
    .bind(new.uuid.as_str())
    .bind(new.client_id.as_str())
    .bind(new.secret_hash.clone())
    .bind(settings_to_text(&new.settings)?)
    .bind(new.created)
    .execute(&mut *tx)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(None);
    }
    let row = sqlx::query(SELECT_BY_NAME)
        .bind(new.org.as_str())
        .bind(new.name.as_str())
        .fetch_one(&mut *tx)
        .await?;
    let app = app_from_row(&row)?;
    tx.commit().await?;
    Ok(Some(app))
}

/// The app `org#name`.
pub async fn find(store: &Store, org: &str, name: &str) -> Result<Option<App>, StoreError> {
    let row = sqlx::query(SELECT_BY_NAME).bind(org).bind(name).fetch_optional(store.pool()).await?;
    row.as_ref().map(app_from_row).transpose()
}

/// The app with this number.
pub async fn find_by_id(store: &Store, id: AppId) -> Result<Option<App>, StoreError> {
    let row = sqlx::query(SELECT_BY_ID).bind(id.0).fetch_optional(store.pool()).await?;
    row.as_ref().map(app_from_row).transpose()
}

/// Hash of the app's secret; `None` without such an app.
pub async fn secret_hash(store: &Store, id: AppId) -> Result<Option<Vec<u8>>, StoreError> {
    let hash = sqlx::query_scalar("SELECT secret_hash FROM apps WHERE id = $1");
    Ok(hash.bind(id.0).fetch_optional(store.pool()).await?)
}

fn app_from_row(row: &AnyRow) -> Result<App, StoreError> {
    Ok(App {
        id: AppId(row.try_get("id")?),
        uuid: row.try_get("uuid")?,
        org: row.try_get("org")?,
        name: row.try_get("name")?,
        client_id: row.try_get("client_id")?,
        token_epoch: row.try_get("token_epoch")?,
        created: row.try_get("created")?,
        settings: settings_from_text(row.try_get("settings")?)?,
    })
}

fn settings_to_text(settings: &AppSettings) -> Result<String, StoreError> {
    serde_json::to_string(settings).map_err(unreadable_settings)
}

fn settings_from_text(text: &str) -> Result<AppSettings, StoreError> {
    serde_json::from_str(text).map_err(unreadable_settings)
}

fn unreadable_settings(error: serde_json::Error) -> StoreError {
    StoreError::Unreadable { what: "app settings", source: error.into() }
}
