//! Secrets that have to be read back (client secrets, second factors): encrypted where they are stored.
//!
//! XChaCha20-Poly1305 under a key of the installation, with the purpose as associated data, so that one sealed
//! value cannot stand in for another. Whoever reads a copy of one table reads no secret; whoever has the whole
//! database has the key as well.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hongyan_model::{Fault, Result};
use hongyan_store::secrets;
use tokio::sync::OnceCell;

use crate::{Platform, random};

const NONCE_BYTES: usize = 24;

/// The installation's key, read at first use.
#[derive(Default)]
pub(crate) struct SealKey(OnceCell<XChaCha20Poly1305>);

/// Encrypts `plain` for `purpose`.
pub(crate) async fn seal(p: &Platform, purpose: &str, plain: &[u8]) -> Result<Vec<u8>> {
    let nonce = random::bytes::<NONCE_BYTES>()?;
    let payload = Payload { msg: plain, aad: purpose.as_bytes() };
    let sealed = cipher(p).await?.encrypt(XNonce::from_slice(&nonce), payload);
    let sealed =
        sealed.map_err(|error| Fault::new("a secret cannot be sealed", error.to_string()))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Decrypts what [`seal`] made for the same purpose.
pub(crate) async fn open(p: &Platform, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>> {
    let opened = open_if_ours(p, purpose, sealed).await?;
    let why = "not sealed with this installation's key, or for something else";
    Ok(opened.ok_or_else(|| Fault::new("a sealed secret cannot be opened", why))?)
}

/// Decrypts what somebody hands back; `None` if it is not what [`seal`] made for the same purpose.
pub(crate) async fn open_if_ours(
    p: &Platform,
    purpose: &str,
    sealed: &[u8],
) -> Result<Option<Vec<u8>>> {
    let Some((nonce, sealed)) = sealed.split_at_checked(NONCE_BYTES) else { return Ok(None) };
    let payload = Payload { msg: sealed, aad: purpose.as_bytes() };
    Ok(cipher(p).await?.decrypt(XNonce::from_slice(nonce), payload).ok())
}

async fn cipher(p: &Platform) -> Result<&XChaCha20Poly1305> {
    p.0.seal_key
        .0
        .get_or_try_init(async || {
            let fresh = random::bytes::<32>()?;
            let now = p.clock().now();
            let key = secrets::get_or_insert(p.store(), "seal_key", &fresh, now).await?;
            XChaCha20Poly1305::new_from_slice(&key).map_err(|_| {
                Fault::new("unusable secret", "the stored seal key has not 32 bytes").into()
            })
        })
        .await
}
