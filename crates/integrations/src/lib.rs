//! What customers' servers are asked and told, and phones: callbacks (消息回调) before and after sending
//! (docs/callbacks.md), and offline push (docs/push.md).
//!
//! Before sending, [`Integrations::hooks`] asks the rules of an app about each message, on the way of that message.
//! After sending, [`callbacks::run`] follows the message log of every app with rules and delivers from a queue in
//! the database: nothing that was acknowledged is lost by a crash, and a receiver may hear it twice.

pub mod callbacks;
mod hooks;
pub mod push;
mod tasks;

use std::sync::Arc;

use dashmap::DashMap;
use hongyan_messaging::hooks::Hooks;
use hongyan_model::{AppId, Clock, IdGenerator};
use hongyan_platform::Platform;
use hongyan_providers::Outgoing;
use hongyan_store::Store;
use tokio::sync::Notify;

use crate::callbacks::Circuits;
use crate::push::Vendors;

/// What [`Integrations`] is made of.
pub struct IntegrationOptions {
    /// Storage.
    pub store: Store,
    /// Apps and their rules.
    pub platform: Platform,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids; shared with the message log.
    pub ids: Arc<IdGenerator>,
    /// HTTP to customers' servers.
    pub outgoing: Outgoing,
    /// Name of this node, told as `host`.
    pub host: String,
    /// The way to the vendors of phones.
    pub vendors: Vendors,
    /// Where the outside reaches this installation, if that is known.
    pub public_url: Option<String>,
}

/// The context of every function of this crate. Clones share everything.
#[derive(Clone)]
pub struct Integrations(Arc<Inner>);

struct Inner {
    store: Store,
    platform: Platform,
    clock: Arc<dyn Clock>,
    ids: Arc<IdGenerator>,
    outgoing: Outgoing,
    host: String,
    /// Wakes who delivers for a rule.
    wakes: DashMap<(AppId, String), Arc<Notify>>,
    /// Rules before sending that do not answer.
    circuits: Circuits,
    /// Buckets of failed deliveries that are being sent again.
    retrying: DashMap<(AppId, i64), ()>,
    /// Push certificates in use.
    pushing: push::Channels,
    public_url: Option<String>,
}

impl Integrations {
    /// Wires it to its parts; nobody is asked or told yet.
    #[must_use]
    pub fn new(options: IntegrationOptions) -> Self {
        let IntegrationOptions { store, platform, clock, ids, outgoing, host, vendors, public_url } =
            options;
        let circuits = Circuits::new(platform.router());
        let pushing = push::Channels::new(vendors, platform.router());
        let integrations = Self(Arc::new(Inner {
            store,
            platform,
            clock,
            ids,
            outgoing,
            host,
            wakes: DashMap::new(),
            circuits,
            retrying: DashMap::new(),
            pushing,
            public_url,
        }));
        callbacks::wake_with_others(&integrations);
        integrations
    }

    /// What the messaging domain asks and tells.
    #[must_use]
    pub fn hooks(&self) -> Arc<dyn Hooks> {
        Arc::new(self.clone())
    }

    fn store(&self) -> &Store {
        &self.0.store
    }

    fn platform(&self) -> &Platform {
        &self.0.platform
    }

    fn wake_all(&self) {
        for wake in &self.0.wakes {
            wake.notify_one();
        }
    }

    fn wake(&self, app: AppId, rule: &str) -> Arc<Notify> {
        self.0.wakes.entry((app, rule.to_owned())).or_default().clone()
    }
}
