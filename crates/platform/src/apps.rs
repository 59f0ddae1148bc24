//! Organisations and their apps.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hongyan_model::{App, AppId, AppSettings, Refusal, Result};
use hongyan_store::apps;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{FactCache, Platform, random};

const NAME_BYTES: usize = 32;
/// First path segments that are not organisations.
const RESERVED_ORGS: [&str; 10] = [
    "api",
    "chat",
    "console",
    "docs",
    "easemob",
    "healthz",
    "metrics",
    "readyz",
    "websocket",
    "ws",
];

const CACHED_APPS: u64 = 10_000;
/// How long a change made by another process may stay unseen.
const CACHE_LIFETIME: Duration = Duration::from_secs(5);

/// Known apps, by App Key and by number.
pub(crate) struct AppCache {
    by_name: FactCache<(String, String), App>,
    by_id: FactCache<AppId, App>,
}

impl Default for AppCache {
    fn default() -> Self {
        Self {
            by_name: FactCache::new(CACHED_APPS, CACHE_LIFETIME),
            by_id: FactCache::new(CACHED_APPS, CACHE_LIFETIME),
        }
    }
}

/// An app to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewApp {
    /// Organisation; made on demand.
    pub org: String,
    /// App name, unique in the organisation.
    pub name: String,
    /// Settings to begin with.
    pub settings: AppSettings,
}

/// What the customer's server proves itself with; the secret is shown once and cannot be read back.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Public half.
    pub client_id: String,
    /// Secret half.
    pub client_secret: String,
}

/// Makes an app and its credentials.
pub async fn create(p: &Platform, new: NewApp) -> Result<(Arc<App>, Credentials)> {
    check_name("org", &new.org)?;
    check_name("name", &new.name)?;
    if RESERVED_ORGS.contains(&new.org.as_str()) {
        return Err(
            Refusal::Invalid { name: "org", why: format!("{} is reserved", new.org) }.into()
        );
    }

    let client_id = format!("YXA6{}", URL_SAFE_NO_PAD.encode(random::bytes::<16>()?));
    let client_secret = format!("YXA6{}", URL_SAFE_NO_PAD.encode(random::bytes::<32>()?));
    let stored = apps::NewApp {
        org: new.org.clone(),
        name: new.name.clone(),
        uuid: uuid::Uuid::new_v4().to_string(),
        client_id: client_id.clone(),
        secret_hash: secret_hash(&client_secret),
        settings: new.settings,
        created: p.clock().now(),
    };
    let app = apps::insert(p.store(), &stored).await?;
    let app = app.ok_or(Refusal::AppExists { org: new.org, app: new.name })?;
    tracing::info!(app = app.key(), "app created");
    Ok((Arc::new(app), Credentials { client_id, client_secret }))
}

/// The app `org#name`.
pub async fn find(p: &Platform, org: &str, name: &str) -> Result<Arc<App>> {
    let key = (org.to_owned(), name.to_owned());
    let not_found = || Refusal::AppNotFound { org: org.to_owned(), app: name.to_owned() };
    // Anything may stand in a URL; an illegal name does not reach the database.
    if !is_legal(org) || !is_legal(name) {
        return Err(not_found().into());
    }
    let load = apps::find(p.store(), org, name);
    let found = p.0.apps.by_name.get(&key, load).await?;
    found.ok_or_else(|| not_found().into())
}

/// The app with this number.
pub async fn find_by_id(p: &Platform, id: AppId) -> Result<Option<Arc<App>>> {
    let load = apps::find_by_id(p.store(), id);
    Ok(p.0.apps.by_id.get(&id, load).await?)
}

/// Checks the credentials a caller shows for an app.
pub async fn verify_credentials(
    p: &Platform,
    app: &App,
    client_id: &str,
    client_secret: &str,
) -> Result<()> {
    if client_id != app.client_id {
        return Err(Refusal::ClientIdMismatch.into());
    }
    let expected = apps::secret_hash(p.store(), app.id).await?.unwrap_or_default();
    let matches: bool = secret_hash(client_secret).ct_eq(&expected).into();
    if matches { Ok(()) } else { Err(Refusal::ClientSecretMismatch.into()) }
}

/// The secret is 256 random bits: nothing to guess, so a plain hash is enough and costs a login nothing.
fn secret_hash(client_secret: &str) -> Vec<u8> {
    Sha256::digest(client_secret.as_bytes()).to_vec()
}

fn check_name(name: &'static str, given: &str) -> Result<(), Refusal> {
    if is_legal(given) {
        return Ok(());
    }
    Err(Refusal::Invalid { name, why: format!("1 to {NAME_BYTES} of a-z, 0-9 and -") })
}

fn is_legal(name: &str) -> bool {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=NAME_BYTES).contains(&name.len()) && name.bytes().all(legal)
}
