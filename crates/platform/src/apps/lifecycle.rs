//! What becomes of an app: renamed, suspended and resumed, deleted and restored.

use std::sync::Arc;

use hongyan_cluster::Kick;
use hongyan_model::{App, AppId, AppStatus, Authority, Refusal, Result};

use super::{create, names, update, update_counted};
use crate::Platform;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// Texts of an app to be changed; absent ones stay.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AppTexts {
    /// 产品名称, 1–32 characters.
    pub product_name: Option<String>,
    /// 描述, 1–512 characters.
    pub description: Option<String>,
}

/// Changes product name and description.
pub async fn edit(p: &Platform, id: AppId, texts: AppTexts) -> Result<Arc<App>> {
    update(p, id, |app| {
        set_text("product_name", &mut app.product_name, texts.product_name)?;
        set_text("description", &mut app.description, texts.description)?;
        names::check_texts(&app.product_name, &app.description)
    })
    .await
}

/// Stops an app: from now on its clients and its server are refused, and its sessions end.
pub async fn suspend(p: &Platform, id: AppId, by: Authority) -> Result<Arc<App>> {
    let app = update(p, id, |app| {
        require_kept(app)?;
        app.status = AppStatus::Suspended;
        // An owner who suspends again does not open what the operator has closed.
        if app.suspended_by != Some(Authority::Operator) {
            app.suspended_by = Some(by);
        }
        Ok(())
    })
    .await?;
    p.router().kick_app(id, &Kick::AppStopped);
    tracing::info!(app = app.key(), by = by.key(), "app suspended");
    Ok(app)
}

/// Lets an app serve again. What the operator has suspended only the operator resumes.
pub async fn resume(p: &Platform, id: AppId, by: Authority) -> Result<Arc<App>> {
    let app = update(p, id, |app| {
        require_kept(app)?;
        if by == Authority::Owner && app.suspended_by == Some(Authority::Operator) {
            return Err(Refusal::NotPermitted);
        }
        app.status = AppStatus::Active;
        app.suspended_by = None;
        Ok(())
    })
    .await?;
    tracing::info!(app = app.key(), by = by.key(), "app resumed");
    Ok(app)
}

/// Deletes an app whose App Key was typed in: to the outside it does not exist any more, its sessions end, and after
/// the installation's time of grace everything of it is removed.
pub async fn delete(p: &Platform, id: AppId, typed_key: &str) -> Result<Arc<App>> {
    let app = update(p, id, |app| {
        require_kept(app)?;
        if typed_key != app.key() {
            let why = "not the App Key of this app".to_owned();
            return Err(Refusal::Invalid { name: "app_key", why });
        }
        mark_deleted(p, app)
    })
    .await?;
    stop_deleted(p, &app);
    Ok(app)
}

/// The part of [`delete`] that is done in the transaction.
pub(crate) fn mark_deleted(p: &Platform, app: &mut App) -> Result<(), Refusal> {
    require_kept(app)?;
    let kept = i64::from(p.console().app_delete_retention_days) * DAY_MS;
    app.status = AppStatus::Deleting;
    app.restorable_until = Some(p.clock().now().saturating_add(kept));
    Ok(())
}

/// The part of [`delete`] that is done after it.
pub(crate) fn stop_deleted(p: &Platform, app: &App) {
    p.router().kick_app(app.id, &Kick::AppStopped);
    tracing::info!(app = app.key(), "app deleted");
}

/// Makes a deleted app what it was before, while its time of grace lasts.
pub async fn restore(p: &Platform, id: AppId, by: Authority) -> Result<Arc<App>> {
    let (now, most) = (p.clock().now(), create::most(p, by));
    let app = update_counted(p, id, |app, live| {
        if app.restorable_until.is_none_or(|until| until <= now) {
            return Err(Refusal::AppNotFound { org: app.org.clone(), app: app.name.clone() });
        }
        if most.is_some_and(|most| live >= most) {
            return Err(create::too_many(p));
        }
        app.restorable_until = None;
        app.status = match app.suspended_by {
            Some(_) => AppStatus::Suspended,
            None => AppStatus::Active,
        };
        Ok(())
    })
    .await?;
    tracing::info!(app = app.key(), "app restored");
    Ok(app)
}

fn require_kept(app: &App) -> Result<(), Refusal> {
    match app.status {
        AppStatus::Active | AppStatus::Suspended => Ok(()),
        AppStatus::Deleting => {
            Err(Refusal::AppNotFound { org: app.org.clone(), app: app.name.clone() })
        }
    }
}

fn set_text(name: &'static str, text: &mut String, new: Option<String>) -> Result<(), Refusal> {
    let Some(new) = new else { return Ok(()) };
    if new.trim().is_empty() {
        return Err(Refusal::Missing { name });
    }
    new.trim().clone_into(text);
    Ok(())
}
