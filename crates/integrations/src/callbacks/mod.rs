//! Callbacks: asking before a message is sent, telling what happened.

mod alert;
mod ask;
mod ban;
mod circuit;
mod collect;
mod deliver;
mod events;
mod filter;
mod group_events;
mod manage;
mod push_events;
mod samples;
mod sign;
mod supervise;

pub use manage::{
    CallbackTest, RuleState, buckets, deliveries, forget, replay, retry_bucket, state, test, unban,
};
pub use supervise::run;

pub use hongyan_store::callbacks::{Bucket, Chosen, Delivery, DeliveryFilter, DeliveryState};

pub(crate) use ask::{ask, asks};
pub(crate) use circuit::Circuits;
pub(crate) use events::{
    of_connection, of_moderation, of_roster, of_thread, of_words, queue, wake_with_others,
};
pub(crate) use group_events::{of_muc, of_super_admin};
pub(crate) use push_events::{tell_pushes, wants_pushes};
