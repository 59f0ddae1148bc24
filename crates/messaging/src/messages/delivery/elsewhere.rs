//! What other nodes have committed, to the sessions of this one.
//!
//! The bus brings the entries themselves, so that nobody has to read them. Whatever the bus did not bring, because
//! something got lost or there is no way to NATS, is read from the log.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{Fuse, FusedFuture as _};
use hongyan_cluster::Remote;
use hongyan_model::{Clock, IdGenerator, LogEntry, MessageId};
use hongyan_store::{MessageLog, StoreError};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::{Delivery, announce};

/// How often the log is read while the bus is not to be relied on, and how often it is looked whether it is.
const LOOK: Duration = Duration::from_millis(250);
/// Entries read at once.
const BATCH: usize = 1000;
/// What was committed before this is delivered, whatever the bus did with it.
const UNDER_WAY_MS: i64 = 10_000;

/// What is to be read from the log.
struct Missed {
    /// Everything up to here was delivered.
    from: MessageId,
    /// Once everything up to here was read, the bus is relied on again.
    until: MessageId,
}

/// Delivers for as long as there is a bus and a log.
pub(super) async fn deliver(
    delivery: Arc<Delivery>,
    mut remote: mpsc::Receiver<Remote>,
    log: MessageLog,
    ids: Arc<IdGenerator>,
    clock: Arc<dyn Clock>,
) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut missed: Option<Missed> = None;
    let mut heard_until = ids.next(clock.now());
    let mut failing = false;
    // A database that is slow does not hold up what the bus brings.
    let mut looking = pin!(Fuse::terminated());
    loop {
        tokio::select! {
            news = remote.recv() => match news {
                Some(Remote::Committed(group)) => {
                    delivery.watch.note(&group);
                    for entry in group {
                        delivery.tail.push(entry.clone());
                        announce(&delivery.router, &entry);
                    }
                    tokio::task::consume_budget().await;
                }
                Some(Remote::Missed(since)) => {
                    let until = ids.next(clock.now());
                    let from = missed.map_or(since, |missed| missed.from.min(since));
                    missed = Some(Missed { from, until });
                }
                Some(Remote::Change(change)) => delivery.router.apply(change),
                None => return,
            },
            _ = look.tick(), if looking.is_terminated() => {
                let now = ids.next(clock.now());
                looking.set(nodes_at(&log, now).fuse());
            }
            (now, nodes) = &mut looking => {
                let looked = async {
                    let nodes = nodes?;
                    if delivery.router.is_deaf_to(&nodes) {
                        // Something may have been missed since it was looked.
                        let (from, until) = match missed.take() {
                            Some(missed) => (missed.from, missed.until.max(now)),
                            None => (before(heard_until), now),
                        };
                        missed = Some(Missed { from, until });
                    } else {
                        heard_until = now;
                    }
                    if let Some(behind) = &mut missed
                        && read(&delivery, &log, &ids, behind).await?
                    {
                        missed = None;
                    }
                    Ok::<_, StoreError>(())
                };
                match looked.await {
                    Ok(()) => failing = false,
                    Err(StoreError::Closed) => return,
                    Err(error) => {
                        // One line when it begins.
                        if !failing {
                            tracing::warn!(%error, "what other nodes commit cannot be read; trying again");
                        }
                        failing = true;
                    }
                }
            }
        }
    }
}

/// The nodes that live, as of `now`.
async fn nodes_at(log: &MessageLog, now: MessageId) -> (MessageId, Result<Vec<u8>, StoreError>) {
    (now, log.nodes().await)
}

/// Tells sessions of what other nodes have committed; `true` once everything was told that there was to tell.
async fn read(
    delivery: &Delivery,
    log: &MessageLog,
    ids: &IdGenerator,
    missed: &mut Missed,
) -> Result<bool, StoreError> {
    loop {
        // Asked first: what is committed up to here is among what is read then.
        let horizon = log.horizon().await?;
        let entries = log.since(missed.from, BATCH).await?;
        let is_foreign = |entry: &&LogEntry| IdGenerator::node_of(entry.id) != ids.node();
        for entry in entries.iter().filter(is_foreign) {
            delivery.tail.missed(entry);
            announce(&delivery.router, entry);
        }
        delivery.watch.note_read(&entries);
        if let Some(last) = entries.last() {
            missed.from = last.id;
        }
        if entries.len() < BATCH {
            return Ok(horizon >= missed.until);
        }
    }
}

fn before(id: MessageId) -> MessageId {
    IdGenerator::floor(IdGenerator::time_of(id).saturating_sub(UNDER_WAY_MS))
}
