//! Organisations, apps, staff and the installation's secrets: every rule of theirs, once.
//!
//! Every function takes the [`Platform`] context first, decides, and writes. Knows nothing of end users and
//! their messages, of HTTP, or of sockets.

pub mod accounts;
pub mod allowlist;
pub mod apps;
pub mod audit;
pub mod billing;
mod cache;
mod calendar;
pub mod callbacks;
pub mod challenge;
pub mod data_centers;
pub mod discovery;
pub mod factors;
pub mod features;
pub mod invitations;
mod lockout;
pub mod mail;
pub mod members;
pub mod moderation;
mod options;
pub mod organisations;
pub mod password;
pub mod plans;
mod random;
pub mod roles;
pub mod rtc;
mod seal;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod staff;

use std::sync::{Arc, OnceLock};

use hongyan_cluster::Router;
use hongyan_model::Clock;
use hongyan_store::Store;

pub use cache::FactCache;
pub use calendar::{Calendar, Day};
pub use options::{ConsoleOptions, Contact, RegistrationMode};

/// The context of every function of this crate. Clones share everything.
#[derive(Clone)]
pub struct Platform(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    router: Arc<Router>,
    apps: apps::AppCache,
    hashing: password::Limiter,
    seal_key: seal::SealKey,
    console: ConsoleOptions,
    calendar: Calendar,
    lockout: lockout::Lockout,
    solved: challenge::Solved,
    mailer: mail::Mailer,
    holder: OnceLock<i64>,
}

impl Platform {
    /// Wires the domain to its storage, with the console's settings at their defaults.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self::with_console(store, clock, ConsoleOptions::default())
    }

    /// Wires the domain to its storage.
    #[must_use]
    pub fn with_console(store: Store, clock: Arc<dyn Clock>, console: ConsoleOptions) -> Self {
        let calendar = Calendar::in_zone(&console.time_zone).unwrap_or_else(|| {
            tracing::error!(zone = console.time_zone, "unknown time zone; days are those of UTC");
            Calendar::utc()
        });
        let router = Arc::default();
        Self(Arc::new(Inner {
            store,
            apps: apps::AppCache::new(&router),
            lockout: lockout::Lockout::new(&router, clock.clone()),
            clock,
            router,
            hashing: password::Limiter::default(),
            seal_key: seal::SealKey::default(),
            console,
            calendar,
            solved: challenge::Solved::default(),
            mailer: mail::Mailer::default(),
            holder: OnceLock::new(),
        }))
    }

    /// The console's settings.
    #[must_use]
    pub fn console(&self) -> &ConsoleOptions {
        &self.0.console
    }

    /// The days of the installation.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.0.calendar
    }

    /// Where users are connected; the messaging domain on this platform shares it, so that what is decided about an
    /// app is felt by its sessions.
    #[must_use]
    pub fn router(&self) -> &Arc<Router> {
        &self.0.router
    }

    /// Under which number this process holds leases; another one after every start.
    fn holder(&self) -> hongyan_model::Result<i64> {
        if let Some(holder) = self.0.holder.get() {
            return Ok(*holder);
        }
        let holder = i64::from_le_bytes(random::bytes()?);
        Ok(*self.0.holder.get_or_init(|| holder))
    }

    fn store(&self) -> &Store {
        &self.0.store
    }

    fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }
}
