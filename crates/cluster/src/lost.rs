//! Sessions of nodes that are not heard any more. Whether such a node is dead, or only cut off from the bus, is for the
//! database to say.

use std::time::{Duration, Instant};

use hongyan_model::{AppId, DeviceId, UserId};
use parking_lot::Mutex;

/// How long the sessions of a dead node are offered to the one that is to tell of them.
const OFFERED: Duration = Duration::from_secs(30);

/// The sessions of a node when it was heard last.
struct Lost {
    node: u8,
    incarnation: u64,
    /// Another process has its number.
    is_replaced: bool,
    dead_since: Option<Instant>,
    sessions: Vec<(AppId, UserId, DeviceId)>,
}

/// Nodes that are not heard any more.
#[derive(Default)]
pub(crate) struct LostNodes(Mutex<Vec<Lost>>);

impl LostNodes {
    pub(crate) fn add(
        &self,
        (node, incarnation): (u8, u64),
        sessions: Vec<(AppId, UserId, DeviceId)>,
    ) {
        let lost = Lost { node, incarnation, is_replaced: false, dead_since: None, sessions };
        if !lost.sessions.is_empty() {
            self.0.lock().push(lost);
        }
    }

    /// The node is heard, as this incarnation: it was never dead, and any former one is.
    pub(crate) fn heard(&self, node: u8, incarnation: u64) {
        let mut lost = self.0.lock();
        lost.retain(|lost| (lost.node, lost.incarnation) != (node, incarnation));
        lost.iter_mut().filter(|lost| lost.node == node).for_each(|lost| lost.is_replaced = true);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// The sessions that have ended with their nodes, when `alive` are the other nodes that live. They are offered until
    /// `takes`, or for [`OFFERED`].
    pub(crate) fn dead(&self, alive: &[u8], takes: bool) -> Vec<(AppId, UserId, DeviceId)> {
        let mut dead = Vec::new();
        self.0.lock().retain_mut(|lost| {
            if !lost.is_replaced && alive.contains(&lost.node) {
                return true;
            }
            if takes {
                dead.append(&mut lost.sessions);
                return false;
            }
            lost.dead_since.get_or_insert_with(Instant::now).elapsed() < OFFERED
        });
        dead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(user: &str) -> (AppId, UserId, DeviceId) {
        (AppId(1), UserId::from_trusted(user), DeviceId::from_trusted("web_1"))
    }

    #[test]
    fn sessions_of_dead_nodes_are_told_of_once_and_those_of_others_never() {
        let lost = LostNodes::default();
        lost.add((1, 7), vec![session("alice")]);
        lost.add((2, 8), vec![session("bob")]);
        lost.add((3, 9), vec![]);
        assert!(lost.dead(&[1, 2], true).is_empty(), "they may come back");
        assert!(lost.dead(&[1], false).is_empty(), "for another node to tell");
        assert_eq!(lost.dead(&[1], true), [session("bob")]);
        lost.heard(1, 7);
        assert!(lost.dead(&[], true).is_empty() && lost.is_empty());
        lost.add((1, 7), vec![session("alice")]);
        lost.heard(1, 10);
        assert_eq!(lost.dead(&[1], true), [session("alice")], "another process has its number");
    }
}
