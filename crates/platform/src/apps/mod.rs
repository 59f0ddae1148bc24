//! Organisations' apps.

mod create;
mod follow;
mod lifecycle;
mod names;
mod purge;
mod secret;

use std::sync::Arc;
use std::time::Duration;

use hongyan_cluster::Router;
use hongyan_model::{App, AppId, AppSettings, AppStatus, Catalogue, Error, OrgId, Refusal, Result};
use hongyan_store::apps;
use uuid::Uuid;

use crate::data_centers::DataCenter;
use crate::staff::Staff;
use crate::{FactCache, Platform, data_centers, organisations};

use names::{BY_ID, is_legal};

pub use create::{AppRequest, Credentials, NewApp, create, create_as};
pub use follow::follow;
pub use lifecycle::{AppTexts, delete, edit, restore, resume, suspend};
pub(crate) use lifecycle::{mark_deleted, stop_deleted};
pub(crate) use names::check_org;
pub use purge::sweep;
pub use secret::{
    SecretReset, SecretState, reset_secret, reveal_secret, secret_state, signing_secret,
    verify_credentials,
};

/// The data centre of an installation that configures none.
pub const DEFAULT_DATA_CENTER: &str = "default";

const CACHED_APPS: u64 = 10_000;
/// How long a change made by another process may stay unseen.
const CACHE_LIFETIME: Duration = Duration::from_secs(5);

/// Known apps, by App Key and by number, and their client secrets.
pub(crate) struct AppCache {
    /// What an app is, is known in one place: who finds it by its name sees what all others see.
    by_name: FactCache<(String, String), AppId>,
    by_id: FactCache<AppId, App>,
    secrets: FactCache<AppId, String>,
}

impl AppCache {
    pub(crate) fn new(router: &Arc<Router>) -> Self {
        Self {
            by_name: FactCache::new(router, "apps by name", CACHED_APPS, CACHE_LIFETIME),
            by_id: FactCache::new(router, "apps", CACHED_APPS, CACHE_LIFETIME),
            secrets: FactCache::new(router, "app secrets", CACHED_APPS, CACHE_LIFETIME),
        }
    }
}

/// Goes by another catalogue of plans from now on, in this process.
pub fn use_catalogue(p: &Platform, catalogue: Arc<Catalogue>) {
    p.store().set_catalogue(catalogue);
    p.0.apps.by_name.clear();
    p.0.apps.by_id.clear();
}

/// Changes an app in one transaction and makes the change felt at once; `change` may refuse.
pub async fn update(
    p: &Platform,
    id: AppId,
    change: impl FnOnce(&mut App) -> Result<(), Refusal> + Send,
) -> Result<Arc<App>> {
    update_counted(p, id, |app, _| change(app)).await
}

/// [`update`] that also sees how many apps of the organisation are not deleted.
async fn update_counted(
    p: &Platform,
    id: AppId,
    change: impl FnOnce(&mut App, u64) -> Result<(), Refusal> + Send,
) -> Result<Arc<App>> {
    let changed = apps::update(p.store(), id, p.clock().now(), change).await?;
    let Some(changed) = changed else { return Err(gone(id)) };
    let changed = Arc::new(changed?);
    forget(p, &changed);
    Ok(changed)
}

/// [`update`] of the settings alone.
pub async fn update_settings(
    p: &Platform,
    id: AppId,
    change: impl FnOnce(&mut AppSettings) -> Result<(), Refusal> + Send,
) -> Result<Arc<App>> {
    update(p, id, |app| change(&mut app.settings)).await
}

/// The app `org#name` to serve clients and REST with: one that is suspended is refused, one that is deleted does
/// not exist.
pub async fn find(p: &Platform, org: &str, name: &str) -> Result<Arc<App>> {
    let app = find_any(p, org, name).await?;
    match app.status {
        AppStatus::Active if !app.in_arrears => Ok(app),
        AppStatus::Active | AppStatus::Suspended => Err(Refusal::AppSuspended.into()),
        AppStatus::Deleting => Err(not_found(org, name)),
    }
}

/// [`find`] by the app's id, its UUID with dashes or without.
pub async fn find_by_app_id(p: &Platform, id: &str) -> Result<Arc<App>> {
    find(p, BY_ID, id).await
}

/// The app `org#name`, whatever its status; `app-id#<id>` names it by its id.
pub async fn find_any(p: &Platform, org: &str, name: &str) -> Result<Arc<App>> {
    if org == BY_ID {
        let id = Uuid::try_parse(name).map_err(|_| not_found(org, name))?;
        let number = apps::number_of(p.store(), &id.to_string()).await?;
        let app = match number {
            Some(number) => find_by_id(p, number).await?,
            None => None,
        };
        return app.ok_or_else(|| not_found(org, name));
    }
    // Anything may stand in a URL; an illegal name does not reach the database.
    if !is_legal(org) || !is_legal(name) {
        return Err(not_found(org, name));
    }
    let key = (org.to_owned(), name.to_owned());
    let load = async { Ok::<_, Error>(apps::find(p.store(), org, name).await?.map(|app| app.id)) };
    let app = match p.0.apps.by_name.get(&key, load).await? {
        Some(id) => find_by_id(p, *id).await?,
        None => None,
    };
    app.ok_or_else(|| not_found(org, name))
}

/// The app with this number, whatever its status.
pub async fn find_by_id(p: &Platform, id: AppId) -> Result<Option<Arc<App>>> {
    let load = apps::find_by_id(p.store(), id);
    Ok(p.0.apps.by_id.get(&id, load).await?)
}

/// The apps of an organisation, the newest first, whatever their status.
pub async fn of_org(p: &Platform, org: OrgId) -> Result<Vec<App>> {
    Ok(apps::of_org(p.store(), org).await?)
}

/// The apps of every organisation, whatever their status, by App Key. For the operator.
pub async fn all(p: &Platform) -> Result<Vec<App>> {
    Ok(apps::all(p.store()).await?)
}

/// Which apps a list shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AppFilter {
    /// Of this organisation; only operators can choose, and have to.
    pub org: Option<String>,
    /// With this in the app's name, its product name or its App Key, whatever the case; empty for all.
    pub search: String,
    /// Deleted ones that can be restored, instead of those that are not deleted.
    pub deleted: bool,
}

/// The apps in reach of `by`, the newest first. An organisation has few: there are no pages.
pub async fn list(p: &Platform, by: &Staff, filter: &AppFilter) -> Result<Vec<App>> {
    let org = organisations::within_reach(p, by, filter.org.as_deref()).await?;
    let (now, search) = (p.clock().now(), filter.search.trim().to_lowercase());
    let mut apps = of_org(p, org).await?;
    apps.retain(|app| {
        let is_shown = match app.restorable_until {
            Some(until) => filter.deleted && now < until,
            None => !filter.deleted,
        };
        let names = [app.key(), app.product_name.to_lowercase()];
        is_shown && by.apps.includes(app.id) && names.iter().any(|name| name.contains(&search))
    });
    Ok(apps)
}

/// What the page of an app shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AppDetail {
    /// The app.
    pub app: Arc<App>,
    /// Its organisation's name for people.
    pub org_title: String,
    /// Where it is.
    pub data_center: DataCenter,
    /// What can be said of its secret.
    pub secret: SecretState,
}

/// What the page of an app shows.
pub async fn detail(p: &Platform, app: &Arc<App>) -> Result<AppDetail> {
    let org = hongyan_store::organisations::find(p.store(), &app.org).await?;
    Ok(AppDetail {
        app: app.clone(),
        org_title: org.map(|org| org.title).unwrap_or_default(),
        data_center: data_centers::of_app(p, &app.data_center),
        secret: secret_state(p, app).await?,
    })
}

/// Makes a committed change felt: the next call reads it.
pub(crate) fn forget(p: &Platform, app: &App) {
    p.0.apps.by_name.invalidate(&(app.org.clone(), app.name.clone()));
    p.0.apps.by_id.invalidate(&app.id);
    p.0.apps.secrets.invalidate(&app.id);
}

fn not_found(org: &str, name: &str) -> Error {
    Refusal::AppNotFound { org: org.to_owned(), app: name.to_owned() }.into()
}

fn gone(id: AppId) -> Error {
    Refusal::AppNotFound { org: String::new(), app: id.0.to_string() }.into()
}
