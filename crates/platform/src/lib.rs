//! Organisations, apps, staff and the installation's secrets: every rule of theirs, once.
//!
//! Every function takes the [`Platform`] context first, decides, and writes. Knows nothing of end users and
//! their messages, of HTTP, or of sockets.

pub mod apps;
mod cache;
pub mod password;
mod random;
pub mod secrets;
pub mod staff;

use std::sync::Arc;

use hongyan_model::Clock;
use hongyan_store::Store;

pub use cache::FactCache;

/// The context of every function of this crate. Clones share everything.
#[derive(Clone)]
pub struct Platform(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    apps: apps::AppCache,
    hashing: password::Limiter,
}

impl Platform {
    /// Wires the domain to its storage.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            apps: apps::AppCache::default(),
            hashing: password::Limiter::default(),
        }))
    }

    fn store(&self) -> &Store {
        &self.0.store
    }

    fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }
}
