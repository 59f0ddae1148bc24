//! Organisations' apps.

use hongyan_model::{
    App, AppId, AppSettings, AppStatus, Authority, FeatureStates, OrgId, Plan, Timestamp,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use crate::app_cursors::CALLBACKS;
use crate::{Store, StoreError, organisations};

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
    /// The secret half.
    pub secret: StoredSecret,
    /// Plan.
    pub plan: Plan,
    /// 产品名称.
    pub product_name: String,
    /// 描述.
    pub description: String,
    /// Id of the data centre.
    pub data_center: String,
    /// Settings.
    pub settings: AppSettings,
    /// Apps that the organisation may have, deleted ones not counted; `None` is no limit.
    pub most: Option<u64>,
    /// Now.
    pub created: Timestamp,
}

/// Why an app was not stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotMade {
    /// The organisation has one of this name, be it deleted and restorable.
    NameTaken,
    /// The organisation has as many as it may.
    OrgFull,
}

/// A client secret as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSecret {
    /// To check what callers show.
    pub hash: Vec<u8>,
    /// To show it to its owner again; absent for apps made by early versions.
    pub sealed: Option<Vec<u8>>,
    /// The one before, while it still holds: its hash, and until when.
    pub previous: Option<(Vec<u8>, Timestamp)>,
}

impl std::fmt::Debug for StoredSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoredSecret")
    }
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT a.id, a.uuid, a.organization_id, o.name AS org, a.name, a.client_id, a.token_epoch, a.plan, a.status, \
             a.suspended_by, a.in_arrears, a.restorable_until, a.features, a.product_name, a.description, a.data_center, a.created, a.modified, a.settings \
             FROM apps a JOIN organizations o ON o.id = a.organization_id ",
            $tail
        )
    };
}
const SELECT_BY_NAME: &str = select!("WHERE o.name = $1 AND a.name = $2");
const SELECT_BY_ID: &str = select!("WHERE a.id = $1");
const SELECT_BY_ORG: &str =
    select!("WHERE a.organization_id = $1 ORDER BY a.created DESC, a.id DESC");
const SELECT_ALL: &str = select!("ORDER BY o.name, a.name");
const SELECT_CHANGED: &str = select!("WHERE a.modified >= $1");
const SELECT_OVERDUE: &str = select!(
    "WHERE a.status = 'deleting' AND a.restorable_until <= $1 ORDER BY a.restorable_until, a.id LIMIT $2"
);

/// The number of the app with this UUID.
pub async fn number_of(store: &Store, uuid: &str) -> Result<Option<AppId>, StoreError> {
    let row = sqlx::query("SELECT id FROM apps WHERE uuid = $1")
        .bind(uuid)
        .fetch_optional(store.pool())
        .await?;
    Ok(row.map(|row| row.try_get("id")).transpose()?.map(AppId))
}

/// Stores an app.
pub async fn insert(store: &Store, new: &NewApp) -> Result<Result<App, NotMade>, StoreError> {
    let mut tx = store.begin_write().await?;
    // Takes the organisation's row, so that two apps at once are counted one after the other.
    sqlx::query(
        "INSERT INTO organizations (name, created) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET created = organizations.created",
    )
    .bind(new.org.as_str())
    .bind(new.created)
    .execute(&mut *tx)
    .await?;
    let inserted = sqlx::query(
        "INSERT INTO apps (organization_id, name, uuid, client_id, secret_hash, client_secret, token_epoch, plan, \
         product_name, description, data_center, settings, created, modified, in_arrears) \
         SELECT id, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10, $11, $12, $12, \
         COALESCE((SELECT suspended FROM accounts WHERE org_id = organizations.id), 0) FROM organizations WHERE name = $1 \
         ON CONFLICT (organization_id, name) DO NOTHING",
    )
    .bind(new.org.as_str())
    .bind(new.name.as_str())
    .bind(new.uuid.as_str())
    .bind(new.client_id.as_str())
    .bind(new.secret.hash.clone())
    .bind(new.secret.sealed.clone())
    .bind(new.plan.key())
    .bind(new.product_name.as_str())
    .bind(new.description.as_str())
    .bind(new.data_center.as_str())
    .bind(to_text("app settings", &new.settings)?)
    .bind(new.created)
    .execute(&mut *tx)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(Err(NotMade::NameTaken));
    }
    let row = sqlx::query(SELECT_BY_NAME)
        .bind(new.org.as_str())
        .bind(new.name.as_str())
        .fetch_one(&mut *tx)
        .await?;
    let app = app_from_row(store, &row)?;
    if let Some(most) = new.most
        && live_apps(&mut tx, app.org_id).await? > most
    {
        return Ok(Err(NotMade::OrgFull));
    }
    tx.commit().await?;
    Ok(Ok(app))
}

/// The app `org#name`, whatever its status.
pub async fn find(store: &Store, org: &str, name: &str) -> Result<Option<App>, StoreError> {
    let row = sqlx::query(SELECT_BY_NAME).bind(org).bind(name).fetch_optional(store.pool()).await?;
    row.as_ref().map(|row| app_from_row(store, row)).transpose()
}

/// The app with this number, whatever its status.
pub async fn find_by_id(store: &Store, id: AppId) -> Result<Option<App>, StoreError> {
    let row = sqlx::query(SELECT_BY_ID).bind(id.0).fetch_optional(store.pool()).await?;
    row.as_ref().map(|row| app_from_row(store, row)).transpose()
}

/// [`find_by_id`] as a transaction sees it.
pub(crate) async fn find_in(
    store: &Store,
    tx: &mut Transaction<'static, Any>,
    id: AppId,
) -> Result<Option<App>, StoreError> {
    let row = sqlx::query(SELECT_BY_ID).bind(id.0).fetch_optional(&mut **tx).await?;
    row.as_ref().map(|row| app_from_row(store, row)).transpose()
}

/// The apps of an organisation, the newest first, whatever their status. An organisation has few.
pub async fn of_org(store: &Store, org: OrgId) -> Result<Vec<App>, StoreError> {
    let rows = sqlx::query(SELECT_BY_ORG).bind(org.0).fetch_all(store.pool()).await?;
    rows.iter().map(|row| app_from_row(store, row)).collect()
}

/// The apps of every organisation, whatever their status, by App Key.
pub async fn all(store: &Store) -> Result<Vec<App>, StoreError> {
    let rows = sqlx::query(SELECT_ALL).fetch_all(store.pool()).await?;
    rows.iter().map(|row| app_from_row(store, row)).collect()
}

/// Apps that were changed at `since` or later.
pub async fn changed_since(store: &Store, since: Timestamp) -> Result<Vec<App>, StoreError> {
    let rows = sqlx::query(SELECT_CHANGED).bind(since).fetch_all(store.pool()).await?;
    rows.iter().map(|row| app_from_row(store, row)).collect()
}

/// Deleted apps that could be restored until `now` at the latest, the longest overdue first.
pub async fn overdue(store: &Store, now: Timestamp, limit: u32) -> Result<Vec<App>, StoreError> {
    let rows = sqlx::query(SELECT_OVERDUE)
        .bind(now)
        .bind(i64::from(limit))
        .fetch_all(store.pool())
        .await?;
    rows.iter().map(|row| app_from_row(store, row)).collect()
}

/// Changes plan, status, features, texts and settings of an app in one transaction; answers it as it is then, or
/// why `change` refused. `None` without such an app.
///
/// `change` is also told how many apps of the organisation are not deleted.
pub async fn update<E>(
    store: &Store,
    id: AppId,
    modified: Timestamp,
    change: impl FnOnce(&mut App, u64) -> Result<(), E>,
) -> Result<Option<Result<App, E>>, StoreError> {
    let mut tx = store.begin_write().await?;
    let Some(mut app) = lock(store, &mut tx, id, modified).await? else { return Ok(None) };
    let live = live_apps(&mut tx, app.org_id).await?;
    if let Err(refused) = change(&mut app, live) {
        return Ok(Some(Err(refused)));
    }
    save(&mut tx, &app).await?;
    tx.commit().await?;
    Ok(Some(Ok(app)))
}

/// Takes the rows of an app and its organisation until the transaction ends.
pub(crate) async fn lock(
    store: &Store,
    tx: &mut Transaction<'static, Any>,
    id: AppId,
    modified: Timestamp,
) -> Result<Option<App>, StoreError> {
    // Takes the row's lock, so that two changes at once come one after the other.
    let locked = sqlx::query("UPDATE apps SET modified = $2 WHERE id = $1")
        .bind(id.0)
        .bind(modified)
        .execute(&mut **tx)
        .await?;
    if locked.rows_affected() == 0 {
        return Ok(None);
    }
    let app = find_in(store, tx, id).await?;
    if let Some(app) = &app {
        organisations::lock(tx, app.org_id).await?;
    }
    Ok(app)
}

/// Writes plan, status, features, texts and settings; has the log followed if rules are told after sending.
pub(crate) async fn save(tx: &mut Transaction<'static, Any>, app: &App) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE apps SET plan = $2, status = $3, suspended_by = $4, restorable_until = $5, features = $6, \
         product_name = $7, description = $8, settings = $9 WHERE id = $1",
    )
    .bind(app.id.0)
    .bind(app.plan.key())
    .bind(app.status.key())
    .bind(app.suspended_by.map(Authority::key))
    .bind(app.restorable_until)
    .bind(to_text("app features", &app.features)?)
    .bind(app.product_name.as_str())
    .bind(app.description.as_str())
    .bind(to_text("app settings", &app.settings)?)
    .execute(&mut **tx)
    .await?;
    // A rule without a place in the log would never be told anything.
    if let Some(since) = app.settings.rules_after_sending().map(|rule| rule.since).min() {
        CALLBACKS.follow(tx, app.id, since).await?;
    }
    Ok(())
}

/// Stops the apps of an organisation because it owes money, or lets them serve again.
pub(crate) async fn set_in_arrears(
    tx: &mut Transaction<'static, Any>,
    org: OrgId,
    in_arrears: bool,
    modified: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE apps SET in_arrears = $2, modified = $3 WHERE organization_id = $1")
        .bind(org.0)
        .bind(i64::from(in_arrears))
        .bind(modified)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The app's secret; `None` without such an app.
pub async fn secret(store: &Store, id: AppId) -> Result<Option<StoredSecret>, StoreError> {
    let row = sqlx::query(
        "SELECT secret_hash, client_secret, previous_secret_hash, previous_secret_until FROM apps WHERE id = $1",
    )
    .bind(id.0)
    .fetch_optional(store.pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let previous_hash: Option<Vec<u8>> = row.try_get("previous_secret_hash")?;
    let previous_until: Option<i64> = row.try_get("previous_secret_until")?;
    Ok(Some(StoredSecret {
        hash: row.try_get("secret_hash")?,
        sealed: row.try_get("client_secret")?,
        previous: previous_hash.zip(previous_until),
    }))
}

/// Sets a new secret; with `token_epoch` every app token issued so far dies.
pub async fn set_secret(
    store: &Store,
    id: AppId,
    secret: &StoredSecret,
    token_epoch: Option<i64>,
    modified: Timestamp,
) -> Result<(), StoreError> {
    let (previous_hash, previous_until) = secret.previous.clone().unzip();
    sqlx::query(
        "UPDATE apps SET secret_hash = $2, client_secret = $3, previous_secret_hash = $4, previous_secret_until = $5, \
         token_epoch = COALESCE($6, token_epoch), modified = $7 WHERE id = $1",
    )
    .bind(id.0)
    .bind(secret.hash.clone())
    .bind(secret.sealed.clone())
    .bind(previous_hash)
    .bind(previous_until)
    .bind(token_epoch)
    .bind(modified)
    .execute(store.pool())
    .await?;
    Ok(())
}

/// Apps of the organisation that are not deleted.
async fn live_apps(tx: &mut Transaction<'static, Any>, org: OrgId) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM apps WHERE organization_id = $1 AND status <> 'deleting'",
    )
    .bind(org.0)
    .fetch_one(&mut **tx)
    .await?;
    Ok(u64::try_from(row.try_get::<i64, _>("n")?).unwrap_or_default())
}

fn app_from_row(store: &Store, row: &AnyRow) -> Result<App, StoreError> {
    let unknown = |what: &'static str, key: &str| StoreError::Unreadable {
        what,
        source: format!("{key:?} is none").into(),
    };
    let mut features: FeatureStates = from_text("app features", row.try_get("features")?)?;
    features.expire(store.now());
    let plan: String = row.try_get("plan")?;
    let status: String = row.try_get("status")?;
    let suspended_by: Option<String> = row.try_get("suspended_by")?;
    let suspended_by = suspended_by
        .map(|key| Authority::from_key(&key).ok_or_else(|| unknown("authority", &key)))
        .transpose()?;
    Ok(App {
        id: AppId(row.try_get("id")?),
        uuid: row.try_get("uuid")?,
        org_id: OrgId(row.try_get("organization_id")?),
        org: row.try_get("org")?,
        name: row.try_get("name")?,
        client_id: row.try_get("client_id")?,
        token_epoch: row.try_get("token_epoch")?,
        plan: Plan::from_key(&plan).ok_or_else(|| unknown("plan", &plan))?,
        catalogue: store.catalogue(),
        status: AppStatus::from_key(&status).ok_or_else(|| unknown("app status", &status))?,
        suspended_by,
        in_arrears: row.try_get::<i64, _>("in_arrears")? != 0,
        restorable_until: row.try_get("restorable_until")?,
        features,
        product_name: row.try_get("product_name")?,
        description: row.try_get("description")?,
        data_center: row.try_get("data_center")?,
        created: row.try_get("created")?,
        modified: row.try_get("modified")?,
        settings: from_text("app settings", row.try_get("settings")?)?,
    })
}

pub(crate) fn to_text(what: &'static str, value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Unreadable { what, source: error.into() })
}

pub(crate) fn from_text<T: DeserializeOwned>(
    what: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Unreadable { what, source: error.into() })
}

/// Takes an app's row until the transaction ends: of two that count what the app has, one waits and then sees what the
/// other did.
pub(crate) async fn lock_app(tx: &mut Transaction<'_, Any>, app: AppId) -> Result<(), StoreError> {
    sqlx::query("UPDATE apps SET modified = modified WHERE id = $1")
        .bind(app.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
