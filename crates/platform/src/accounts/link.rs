//! Links that are sent to people: 256 random bits, of which only the hash is kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hongyan_model::Result;
use sha2::{Digest, Sha256};

use crate::{Platform, random};

/// A link to a page of the console (its path below `/console`), and the hash of its token.
pub(crate) fn fresh(p: &Platform, page: &str) -> Result<(String, Vec<u8>)> {
    let token = URL_SAFE_NO_PAD.encode(random::bytes::<32>()?);
    let token_hash = hash(&token);
    Ok((format!("{}/console{page}?token={token}", p.console().public_url), token_hash))
}

pub(crate) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
