//! Opening the storage and what stands on it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use hongyan_cluster::{Bus, BusOptions};
use hongyan_integrations::push::Vendors;
use hongyan_integrations::{IntegrationOptions, Integrations};
use hongyan_messaging::rooms::RoomOptions;
use hongyan_messaging::{Messaging, MessagingOptions};
use hongyan_model::{Clock, IdGenerator, SystemClock};
use hongyan_platform::{Platform, plans, secrets};
use hongyan_providers::Outgoing;
use hongyan_store::{Store, StoreError, StoreOptions};

use crate::config::Config;
use crate::data_dir;

/// How long a node without a bus waits for others to be gone from its database.
const SOLITUDE_WITHIN: Duration = Duration::from_secs(10);

/// The storage and the platform on it: enough for the commands that administer.
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) platform: Platform,
    clock: Arc<dyn Clock>,
    ids: Arc<IdGenerator>,
}

impl Parts {
    /// Opens the storage, makes it at first, and brings its schema up to date.
    pub(crate) async fn open(config: &Config) -> anyhow::Result<Self> {
        Self::assemble(config, Store::open).await
    }

    /// Like [`open`](Self::open) without the message log, which belongs to the running server: for
    /// commands that work beside it.
    pub(crate) async fn open_control(config: &Config) -> anyhow::Result<Self> {
        Self::assemble(config, Store::open_control).await
    }

    async fn assemble(
        config: &Config,
        open: impl AsyncFnOnce(StoreOptions) -> Result<Store, StoreError>,
    ) -> anyhow::Result<Self> {
        data_dir::prepare(&config.data_dir)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids = Arc::new(IdGenerator::new(config.node));
        let options = StoreOptions {
            database: config.database.in_dir(&config.data_dir)?,
            data_dir: config.data_dir.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let store = open(options)
            .await
            .with_context(|| format!("cannot open the database {}", config.database))?;
        let catalogue = plans::load(&config.plans).map_err(anyhow::Error::msg)?;
        store.set_catalogue(Arc::new(catalogue));
        let console = config.console_options();
        let platform = Platform::with_console(store.clone(), clock.clone(), console);
        Ok(Self { store, platform, clock, ids })
    }

    /// Joins the other nodes; `None` where this one is alone. Before anything else uses the platform.
    pub(crate) async fn join_others(&self, config: &Config) -> anyhow::Result<Option<Bus>> {
        let Some(url) = config.nats.address() else {
            self.require_solitude().await?;
            return Ok(None);
        };
        let options = BusOptions {
            url: url.to_owned(),
            prefix: config.nats.prefix.clone(),
            ids: self.ids.clone(),
            clock: self.clock.clone(),
        };
        let bus = hongyan_cluster::join(self.platform.router(), options).await;
        Ok(Some(bus.context("cannot join the other nodes by way of NATS")?))
    }

    /// Nodes that do not hear of each other must not share a database. One that was killed is missed after a while.
    async fn require_solitude(&self) -> anyhow::Result<()> {
        let since = Instant::now();
        loop {
            let others = self.store.log().nodes().await?;
            if others.is_empty() {
                return Ok(());
            }
            ensure!(
                since.elapsed() < SOLITUDE_WITHIN,
                "other nodes use this database ({others:?}), and nats.url is not set: without NATS they would not hear of \
                 each other"
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// For addresses that customers name.
    pub(crate) fn outgoing(config: &Config) -> anyhow::Result<Outgoing> {
        let allowed = config.callbacks.allow_networks.clone();
        Outgoing::new(allowed).context("cannot call customers' servers")
    }

    /// What customers' servers are asked and told.
    pub(crate) fn integrations(
        &self,
        config: &Config,
        outgoing: Outgoing,
    ) -> anyhow::Result<Integrations> {
        let vendors = Vendors::new(config.push.options()?, self.clock.clone());
        Ok(Integrations::new(IntegrationOptions {
            store: self.store.clone(),
            platform: self.platform.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            outgoing,
            host: format!("node{}", config.node),
            vendors: vendors.context("phones' vendors cannot be reached")?,
            public_url: config.public_url(),
        }))
    }

    /// The messaging domain, with no connection yet.
    pub(crate) async fn messaging(
        &self,
        config: &Config,
        integrations: &Integrations,
        outgoing: Outgoing,
    ) -> anyhow::Result<Messaging> {
        let token_key = secrets::token_key(&self.platform).await?;
        Ok(Messaging::new(MessagingOptions {
            store: self.store.clone(),
            platform: self.platform.clone(),
            router: self.platform.router().clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            token_key,
            rooms: RoomOptions {
                absence_ms: i64::try_from(config.rooms.absence_seconds)?.saturating_mul(1000),
                messages_per_second: config.rooms.messages_per_second,
            },
            hooks: integrations.hooks(),
            providers: config.providers()?,
            outgoing,
        }))
    }
}
