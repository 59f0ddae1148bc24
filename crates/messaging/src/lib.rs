//! Users, tokens, devices, groups and messages: every rule of theirs, once.
//!
//! REST, gateway and console call the functions of these modules; each takes the [`Messaging`]
//! context and a [`Caller`](hongyan_model::Caller) first, decides, writes, and announces.
//! Knows nothing of HTTP status codes or sockets.

pub mod attributes;
pub mod blocks;
pub mod broadcasts;
mod circles;
pub mod connections;
pub mod contacts;
pub mod conversations;
pub mod devices;
pub mod exports;
pub mod favourites;
pub mod files;
pub mod groups;
pub mod hooks;
pub mod idempotency;
pub mod leases;
mod lexicon;
pub mod messages;
pub mod metering;
pub mod moderation;
pub mod muc;
pub mod mutes;
pub mod nodes;
mod page;
mod periodic;
pub mod pins;
pub mod presence;
pub mod push_bindings;
pub mod push_settings;
pub mod reactions;
pub mod reports;
pub mod retention;
pub mod rooms;
pub mod rtc;
pub mod speech;
pub mod threads;
pub mod tokens;
pub mod translation;
mod turns;
pub mod users;
pub mod words;

use std::sync::{Arc, Weak};

use hongyan_cluster::Router;
use hongyan_model::{Clock, IdGenerator};
use hongyan_platform::Platform;
use hongyan_providers::{Outgoing, Providers};
use hongyan_store::Store;
use tokio::sync::Semaphore;

use hooks::Hooks;

pub use page::{NumberedPage, Page};

/// What [`Messaging`] is made of.
pub struct MessagingOptions {
    /// Storage.
    pub store: Store,
    /// Apps and their settings.
    pub platform: Platform,
    /// Where users are connected.
    pub router: Arc<Router>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids of groups; shared with the message log.
    pub ids: Arc<IdGenerator>,
    /// The installation's key for signing tokens.
    pub token_key: [u8; 32],
    /// How chat rooms behave.
    pub rooms: rooms::RoomOptions,
    /// Translation and speech recognition, where set up.
    pub providers: Providers,
    /// For addresses that customers name.
    pub outgoing: Outgoing,
    /// Who is asked about messages, and told of what happens.
    pub hooks: Arc<dyn Hooks>,
}

/// The context of every function of this crate. Clones share everything.
#[derive(Clone)]
pub struct Messaging(Arc<Inner>);

struct Inner {
    store: Store,
    platform: Platform,
    router: Arc<Router>,
    clock: Arc<dyn Clock>,
    ids: Arc<IdGenerator>,
    tokens: tokens::TokenKey,
    users: users::UserCache,
    memberships: groups::MembershipCache,
    room_members: rooms::RoomMembers,
    absences: rooms::Absences,
    threads: threads::ThreadCache,
    thread_members: threads::ThreadMembers,
    tallies: threads::Tallies,
    room_pace: rooms::RoomPace,
    broadcasts: broadcasts::Broadcasts,
    blocks: blocks::BlockCache,
    friends: contacts::FriendCache,
    speech: muc::SpeechCache,
    mutes: mutes::MuteCache,
    tail: Arc<messages::Tail>,
    delivered: messages::Delivered,
    streams: messages::Streams,
    turns: turns::Turns,
    cursors: devices::CursorCache,
    reading: conversations::ReadPositions,
    deletions: conversations::DeletionCache,
    metering: metering::Metering,
    connections: connections::History,
    presence: presence::Changes,
    providers: Providers,
    outgoing: Outgoing,
    /// Files that may be fetched at once.
    fetches: Semaphore,
    hooks: Arc<dyn Hooks>,
    watch: Arc<messages::CommitWatch>,
    matchers: lexicon::MatcherCache,
    moderation: moderation::Moderation,
    exports: exports::Exports,
    leases: leases::Leases,
}

impl Messaging {
    /// Wires the domain to its parts and starts delivering what the log commits, on the current
    /// Tokio runtime.
    #[must_use]
    pub fn new(options: MessagingOptions) -> Self {
        let MessagingOptions {
            store,
            platform,
            router,
            clock,
            ids,
            token_key,
            rooms,
            providers,
            outgoing,
            hooks,
        } = options;
        let tail = Arc::new(messages::Tail::default());
        let feed = Arc::new(metering::Feed::default());
        let updates = Arc::new(threads::Updates::default());
        let watch = Arc::new(messages::CommitWatch::default());
        let delivery = messages::Delivery {
            tail: tail.clone(),
            router: router.clone(),
            feed: feed.clone(),
            updates: updates.clone(),
            watch: watch.clone(),
        };
        let delivered = messages::start_delivery(&store, delivery, (ids.clone(), clock.clone()));
        let absences = rooms::Absences::new(clock.now(), rooms.absence_ms);
        let room_pace = rooms::RoomPace::new(rooms.messages_per_second, &router, clock.clone());
        let messaging = Self(Arc::new(Inner {
            store,
            platform,
            router: router.clone(),
            clock,
            ids,
            tokens: tokens::TokenKey::new(token_key),
            users: users::UserCache::new(&router),
            memberships: groups::MembershipCache::new(&router),
            room_members: rooms::RoomMembers::new(&router),
            absences,
            threads: threads::ThreadCache::new(&router),
            thread_members: threads::ThreadMembers::new(&router),
            tallies: threads::Tallies::default(),
            room_pace,
            broadcasts: broadcasts::Broadcasts::default(),
            blocks: blocks::BlockCache::new(&router),
            friends: contacts::FriendCache::new(&router),
            speech: muc::SpeechCache::new(&router),
            mutes: mutes::MuteCache::new(&router),
            tail,
            delivered,
            streams: messages::Streams::default(),
            turns: turns::Turns::default(),
            cursors: devices::CursorCache::default(),
            reading: conversations::ReadPositions::default(),
            deletions: conversations::DeletionCache::new(&router),
            metering: metering::Metering::new(feed),
            connections: connections::History::default(),
            presence: presence::Changes::default(),
            providers,
            outgoing,
            fetches: Semaphore::new(messages::FETCHES),
            hooks,
            watch,
            matchers: lexicon::MatcherCache::default(),
            moderation: moderation::Moderation::default(),
            exports: exports::Exports::default(),
            leases: leases::Leases::default(),
        }));
        nodes::start(&messaging);
        devices::start_flusher(&messaging);
        conversations::start_flusher(&messaging);
        metering::start(&messaging);
        connections::start(&messaging);
        presence::start(&messaging);
        rooms::start_sweeper(&messaging);
        messages::start_streams(&messaging);
        threads::start_updates(&messaging, updates);
        broadcasts::start_broadcasting(&messaging);
        moderation::start(&messaging);
        exports::start(&messaging);
        messaging
    }

    pub(crate) fn downgrade(&self) -> Weak<Inner> {
        Arc::downgrade(&self.0)
    }

    /// Where users are connected.
    #[must_use]
    pub fn router(&self) -> &Arc<Router> {
        &self.0.router
    }

    /// Time.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn platform(&self) -> &Platform {
        &self.0.platform
    }

    pub(crate) fn providers(&self) -> &Providers {
        &self.0.providers
    }

    pub(crate) fn outgoing(&self) -> &Outgoing {
        &self.0.outgoing
    }

    pub(crate) fn hooks(&self) -> &dyn Hooks {
        &*self.0.hooks
    }

    pub(crate) fn ids(&self) -> &IdGenerator {
        &self.0.ids
    }
}
