//! SQLite and PostgreSQL: the control tables, the message log and the attachments.
//!
//! Owns every SQL statement and every file of the installation. Knows no rule of the domain: its functions
//! answer what is stored, and the floor above decides.

pub mod annotations;
mod app_cursors;
pub mod apps;
pub mod attachments;
pub mod attributes;
pub mod audit;
pub mod billing;
pub mod blocks;
pub mod broadcasts;
pub mod callbacks;
mod columns;
pub mod connections;
pub mod contacts;
pub mod conversations;
pub mod counters;
mod engine;
mod error;
pub mod exports;
pub mod favourites;
pub mod files;
pub mod group_requests;
pub mod groups;
mod health;
pub mod idempotency;
pub mod leases;
mod log;
pub mod member_attributes;
mod members;
pub mod metering;
pub mod moderation;
pub mod moderation_exports;
pub mod muc;
pub mod muc_files;
pub mod muc_roles;
pub mod mutes;
pub mod organisations;
pub mod part_uploads;
pub mod pins;
pub mod presence;
pub mod purge;
pub mod push_bindings;
pub mod push_certificates;
pub mod push_figures;
pub mod push_settings;
pub mod push_templates;
pub mod pushes;
pub mod reactions;
pub mod reports;
pub mod room_attributes;
pub mod room_tags;
pub mod rooms;
pub mod rtc;
pub mod secrets;
pub mod session_ends;
pub mod staff;
pub mod staff_factors;
pub mod staff_links;
pub mod staff_sessions;
pub mod standings;
pub mod streams;
pub mod threads;
pub mod users;
pub mod words;

use std::path::PathBuf;
use std::sync::Arc;

use hongyan_model::{Catalogue, Clock, IdGenerator, Timestamp};
use parking_lot::RwLock;
use sqlx::{Any, AnyPool, Transaction};

use crate::attachments::Attachments;
use crate::engine::Engine;

pub use engine::Database;
pub use error::StoreError;
pub use health::{SchemaState, clock_of, schema_state};
pub use log::{
    Appended, CursorRow, DeviceKey, DeviceProgress, DeviceSighting, Expired, ExpiredPage, Glance,
    GlanceAtImports, Glanced, HistoryEntries, HistoryFilter, ImportFilter, ImportedEntries,
    MessageLog, MessagePage, PendingAppend, Retention, SentEntries, SentFilter, Tally,
};

/// What [`Store::open`] needs.
#[derive(Clone)]
pub struct StoreOptions {
    /// The control database; with PostgreSQL also the message log.
    pub database: Database,
    /// Folder of the attachments, and of the message log with SQLite.
    pub data_dir: PathBuf,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids of messages.
    pub ids: Arc<IdGenerator>,
}

/// The open storage. Clones share everything.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    engine: Engine,
    log: MessageLog,
    attachments: Attachments,
    clock: Arc<dyn Clock>,
    catalogue: RwLock<Arc<Catalogue>>,
}

impl Store {
    /// Opens, or makes, the databases and brings their schemas up to date.
    ///
    /// With SQLite one process at a time: the message log's writer keeps positions in memory.
    pub async fn open(options: StoreOptions) -> Result<Self, StoreError> {
        engine::create_private_folder(&options.data_dir)?;
        let engine = Engine::open(&options.database).await?;
        let log = MessageLog::open(&options).await?;
        let attachments = Attachments::open(&options.data_dir)?;
        let newest = log.newest().await?;
        let store = Self::of(engine, log, attachments, options.clock);
        metering::begin(&store, newest).await?;
        Ok(store)
    }

    /// Opens the control database only, which works beside a running server. The message log of
    /// the returned store is closed.
    pub async fn open_control(options: StoreOptions) -> Result<Self, StoreError> {
        let engine = Engine::open(&options.database).await?;
        let log = MessageLog::closed();
        let attachments = Attachments::open(&options.data_dir)?;
        Ok(Self::of(engine, log, attachments, options.clock))
    }

    fn of(
        engine: Engine,
        log: MessageLog,
        attachments: Attachments,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let catalogue = RwLock::new(Catalogue::builtin().clone());
        Self(Arc::new(Inner { engine, log, attachments, clock, catalogue }))
    }

    /// What the plans of this installation have: every app that is read from now on goes by it.
    pub fn set_catalogue(&self, catalogue: Arc<Catalogue>) {
        *self.0.catalogue.write() = catalogue;
    }

    /// What the plans of this installation have; the preset `gen2023` until somebody sets another.
    #[must_use]
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.0.catalogue.read().clone()
    }

    /// The message log.
    #[must_use]
    pub fn log(&self) -> &MessageLog {
        &self.0.log
    }

    /// The bytes of uploaded files.
    #[must_use]
    pub fn attachments(&self) -> &Attachments {
        &self.0.attachments
    }

    /// Commits what is queued for the message log, waits for queries in progress, and closes both.
    pub async fn close(&self) {
        self.0.log.close().await;
        self.pool().close().await;
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Whether several nodes may use it.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.0.engine.is_shared()
    }

    /// For reads, and for writes of a single statement.
    pub(crate) fn pool(&self) -> &AnyPool {
        self.0.engine.pool()
    }

    /// A transaction that writes; see [`engine`].
    pub(crate) fn skip_locked(&self) -> &'static str {
        self.0.engine.skip_locked()
    }

    pub(crate) async fn begin_write(&self) -> Result<Transaction<'static, Any>, StoreError> {
        self.0.engine.begin_write().await
    }
}
