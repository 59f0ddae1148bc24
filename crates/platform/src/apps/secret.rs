//! The client secret: checked by its hash, shown again from its sealed copy, replaced with a time of grace.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hongyan_model::{App, Refusal, Result, Timestamp};
use hongyan_store::apps::{self, StoredSecret};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{forget, gone};
use crate::{Platform, random, seal};

/// Longest time for which a replaced secret may hold on.
const LONGEST_GRACE: Duration = Duration::from_secs(24 * 3600);

/// How to replace a secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SecretReset {
    /// For how long the old secret holds on, at most 24 h.
    pub grace: Duration,
    /// Whether the app tokens issued so far die.
    pub revoke_tokens: bool,
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
    let stored = apps::secret(p.store(), app.id).await?.ok_or_else(|| gone(app.id))?;
    let given = hash(client_secret);
    let is_current: bool = given.ct_eq(&stored.hash).into();
    let is_previous = stored
        .previous
        .is_some_and(|(previous, until)| p.clock().now() < until && given.ct_eq(&previous).into());
    if is_current || is_previous { Ok(()) } else { Err(Refusal::ClientSecretMismatch.into()) }
}

/// What can be said of a secret without showing it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SecretState {
    /// Whether it can be shown.
    pub known: bool,
    /// While the one before it still holds: until when.
    pub previous_until: Option<Timestamp>,
}

/// What can be said of the app's secret.
pub async fn secret_state(p: &Platform, app: &App) -> Result<SecretState> {
    let stored = apps::secret(p.store(), app.id).await?.ok_or_else(|| gone(app.id))?;
    let until = stored.previous.map(|(_, until)| until).filter(|until| *until > p.clock().now());
    Ok(SecretState { known: stored.sealed.is_some(), previous_until: until })
}

/// The secret, to be shown to the app's owner; `None` for an app whose secret was made before it was kept.
pub async fn reveal_secret(p: &Platform, app: &App) -> Result<Option<String>> {
    let stored = apps::secret(p.store(), app.id).await?.ok_or_else(|| gone(app.id))?;
    let Some(sealed) = stored.sealed else { return Ok(None) };
    let secret = seal::open(p, &purpose(&app.client_id), &sealed).await?;
    Ok(Some(String::from_utf8_lossy(&secret).into_owned()))
}

/// [`reveal_secret`] for checking what the customer's server has signed, from memory where it was asked for lately.
pub async fn signing_secret(p: &Platform, app: &App) -> Result<Option<Arc<String>>> {
    p.0.apps.secrets.get(&app.id, reveal_secret(p, app)).await
}

/// Replaces the secret and answers the new one.
pub async fn reset_secret(p: &Platform, app: &App, reset: SecretReset) -> Result<String> {
    if reset.grace > LONGEST_GRACE {
        let why = format!("at most {} hours", LONGEST_GRACE.as_secs() / 3600);
        return Err(Refusal::Invalid { name: "grace_seconds", why }.into());
    }
    let old = apps::secret(p.store(), app.id).await?.ok_or_else(|| gone(app.id))?;
    let now = p.clock().now();
    let until = now + i64::try_from(reset.grace.as_millis()).unwrap_or_default();
    let (client_secret, mut secret) = fresh(p, &app.client_id).await?;
    secret.previous = (until > now).then_some((old.hash, until));
    // Time alone tells epochs apart: no two resets happen in one millisecond.
    let token_epoch = reset.revoke_tokens.then(|| now.max(app.token_epoch + 1));
    apps::set_secret(p.store(), app.id, &secret, token_epoch, now).await?;
    forget(p, app);
    tracing::info!(app = app.key(), "client secret replaced");
    Ok(client_secret)
}

/// A new secret, and how it is kept.
pub(super) async fn fresh(p: &Platform, client_id: &str) -> Result<(String, StoredSecret)> {
    let secret = format!("YXA6{}", URL_SAFE_NO_PAD.encode(random::bytes::<32>()?));
    let sealed = seal::seal(p, &purpose(client_id), secret.as_bytes()).await?;
    let stored = StoredSecret { hash: hash(&secret), sealed: Some(sealed), previous: None };
    Ok((secret, stored))
}

fn purpose(client_id: &str) -> String {
    format!("client_secret {client_id}")
}

/// The secret is 256 random bits: nothing to guess, so a plain hash is enough and costs a login nothing.
fn hash(client_secret: &str) -> Vec<u8> {
    Sha256::digest(client_secret.as_bytes()).to_vec()
}
