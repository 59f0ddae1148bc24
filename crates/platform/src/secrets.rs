//! Secrets of the installation: made at its first start, never configured, never defaulted.

use hongyan_model::{Fault, Result};
use hongyan_store::secrets;

use crate::{Platform, random, seal as sealing};

/// The key that signs the tokens of apps and users; the same on every node.
pub async fn token_key(p: &Platform) -> Result<[u8; 32]> {
    let fresh = random::bytes::<32>()?;
    let stored = secrets::get_or_insert(p.store(), "token_key", &fresh, p.clock().now()).await?;
    stored
        .try_into()
        .map_err(|_| Fault::new("unusable secret", "the stored token key has not 32 bytes").into())
}

/// Encrypts `plain` with the installation's key, for `purpose` and nothing else.
pub async fn seal(p: &Platform, purpose: &str, plain: &[u8]) -> Result<Vec<u8>> {
    sealing::seal(p, purpose, plain).await
}

/// Decrypts what [`seal`] made for the same purpose.
pub async fn open(p: &Platform, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>> {
    sealing::open(p, purpose, sealed).await
}
