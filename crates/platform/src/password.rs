//! Hashing of passwords, of staff and of end users: argon2id with OWASP's parameters (19 MiB, two passes).

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use hongyan_model::{Error, Fault, Result};
use tokio::sync::Semaphore;

use crate::{Platform, random};

/// As many hashes at once as there are cores: more would cost memory and win no time.
pub(crate) struct Limiter(Arc<Semaphore>);

impl Default for Limiter {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(cores)))
    }
}

/// The hash to store, with its salt and parameters (PHC text).
pub async fn hash(p: &Platform, password: String) -> Result<String> {
    let salt = random::bytes::<16>()?;
    run(p, move || {
        let salt = SaltString::encode_b64(&salt)?;
        Ok(argon2()?.hash_password(password.as_bytes(), &salt)?.to_string())
    })
    .await
}

/// Whether `hash` was made of `password`.
pub async fn verify(p: &Platform, password: String, hash: String) -> Result<bool> {
    run(p, move || {
        let hash = PasswordHash::new(&hash)?;
        match argon2()?.verify_password(password.as_bytes(), &hash) {
            Ok(()) => Ok(true),
            Err(argon2::password_hash::Error::Password) => Ok(false),
            Err(error) => Err(error),
        }
    })
    .await
}

async fn run<T: Send + 'static>(
    p: &Platform,
    work: impl FnOnce() -> Result<T, argon2::password_hash::Error> + Send + 'static,
) -> Result<T> {
    let fault = |source: Box<dyn std::error::Error + Send + Sync>| {
        Error::from(Fault::new("password hashing failed", source))
    };
    let permit =
        p.0.hashing.0.clone().acquire_owned().await.map_err(|error| fault(error.into()))?;
    let done = tokio::task::spawn_blocking(move || {
        // Moved in: a caller that goes away does not free its place while the work still runs.
        let _permit = permit;
        work()
    });
    let result = done.await.map_err(|error| fault(error.into()))?;
    result.map_err(|error| fault(error.to_string().into()))
}

fn argon2() -> Result<Argon2<'static>, argon2::password_hash::Error> {
    let params = Params::new(19 * 1024, 2, 1, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}
