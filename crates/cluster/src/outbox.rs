//! Events on their way to the other nodes.

use std::collections::VecDeque;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::event::Event;

/// Events that may wait. When there are more, none of them is told: the others notice, read from the log what they have
/// missed, forget their caches and ask for the list of sessions.
const WAITING: usize = 50_000;
/// Events, and bytes of messages, in one publication.
const EVENTS: usize = 512;
const BYTES: usize = 256 << 10;

/// Bounded, in order, and never waited for.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: Mutex<Waiting>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<Event>,
    lost: bool,
}

/// What goes out together.
#[derive(Debug, Default)]
pub(crate) struct Parcel {
    pub(crate) events: Vec<Event>,
    /// Events before these are missing.
    pub(crate) lost: bool,
}

impl Outbox {
    pub(crate) fn push(&self, event: Event) {
        {
            let mut waiting = self.waiting.lock();
            // A list of sessions is as long as it is, and bounded by them.
            if waiting.events.len() >= WAITING && !matches!(event, Event::Entered(_)) {
                metrics::counter!("hongyan_bus_dropped_total")
                    .increment(waiting.events.len() as u64);
                waiting.events.clear();
                waiting.lost = true;
            }
            waiting.events.push_back(event);
        }
        self.filled.notify_one();
    }

    /// Whether everything was taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.lock().events.is_empty()
    }

    pub(crate) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Takes as much as fits together.
    pub(crate) fn take(&self) -> Parcel {
        let mut waiting = self.waiting.lock();
        let mut parcel = Parcel { events: Vec::new(), lost: std::mem::take(&mut waiting.lost) };
        let mut bytes = 0;
        while parcel.events.len() < EVENTS
            && let Some(event) = waiting.events.front()
        {
            bytes += size(event);
            if bytes > BYTES && !parcel.events.is_empty() {
                break;
            }
            parcel.events.extend(waiting.events.pop_front());
        }
        if !waiting.events.is_empty() {
            self.filled.notify_one();
        }
        parcel
    }
}

/// Roughly what an event takes.
fn size(event: &Event) -> usize {
    const LEAST: usize = 200;
    match event {
        Event::Committed(entries) => {
            entries.iter().map(|entry| entry.entry.meta.len() + LEAST).sum()
        }
        Event::Show { state, .. } | Event::ShowGroup { state, .. } => state.len() + LEAST,
        _ => LEAST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(node: u8) -> Event {
        Event::List { node }
    }

    #[test]
    fn events_leave_in_order_and_as_many_together_as_fit() {
        let outbox = Outbox::default();
        (0..=u8::MAX).cycle().take(600).for_each(|node| outbox.push(event(node)));
        let first = outbox.take();
        assert!(first.events.len() == EVENTS && !first.lost);
        assert!(matches!(first.events.last(), Some(Event::List { node: 255 })));
        assert_eq!(outbox.take().events.len(), 600 - EVENTS);
        assert!(outbox.take().events.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_lost_as_a_whole_and_said_to_be() {
        let outbox = Outbox::default();
        (0..=WAITING).for_each(|_| outbox.push(event(1)));
        let parcel = outbox.take();
        assert!(parcel.lost && parcel.events.len() == 1);
        assert!(!outbox.take().lost);
    }
}
