//! Randomness of the operating system, for secrets.

use hongyan_model::{Fault, Result};
use rand::TryRngCore;
use rand::rngs::OsRng;

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| Fault::new("no randomness from the system", error))?;
    Ok(bytes)
}
