//! Sessions of nodes that are not heard any more. Whether such a node is dead, or only cut off from the bus, is for the
//! database to say.

use std::time::{Duration, Instant};

use hongyan_model::{AppId, DeviceId, MessageId, UserId};
use parking_lot::Mutex;

/// How long a node has to be gone from the database: one that was held up comes back into it.
const SURE: Duration = Duration::from_millis(800);
/// How long the sessions of a dead node are offered to the one that is to tell of them.
const OFFERED: Duration = Duration::from_secs(30);

/// Sessions that ended with their node.
#[derive(Debug)]
pub struct DeadSessions {
    /// The node's number.
    pub node: u8,
    /// Ids behind this one are of another process of that number.
    pub until: MessageId,
    /// They.
    pub sessions: Vec<(AppId, UserId, DeviceId)>,
}

/// The sessions of a node when it was heard last.
struct Lost {
    node: u8,
    incarnation: u64,
    /// The incarnation of another process that has its number.
    replaced: Option<u64>,
    /// Since when the database does not know it.
    dead_since: Option<Instant>,
    sessions: Vec<(AppId, UserId, DeviceId)>,
}

impl Lost {
    fn is_dead(&mut self, alive: &[u8]) -> bool {
        if self.replaced.is_some() {
            self.dead_since.get_or_insert_with(Instant::now);
            return true;
        }
        if alive.contains(&self.node) {
            self.dead_since = None;
            return false;
        }
        self.dead_since.get_or_insert_with(Instant::now).elapsed() >= SURE
    }
}

/// Nodes that are not heard any more.
#[derive(Default)]
pub(crate) struct LostNodes(Mutex<Vec<Lost>>);

impl LostNodes {
    pub(crate) fn add(
        &self,
        (node, incarnation): (u8, u64),
        mut sessions: Vec<(AppId, UserId, DeviceId)>,
    ) {
        if !sessions.is_empty() {
            sessions.sort_unstable();
            let (replaced, dead_since) = (None, None);
            self.0.lock().push(Lost { node, incarnation, replaced, dead_since, sessions });
        }
    }

    /// The node is heard, as this incarnation: it was never dead, and any former one is.
    pub(crate) fn heard(&self, node: u8, incarnation: u64) {
        let mut lost = self.0.lock();
        lost.retain(|lost| (lost.node, lost.incarnation) != (node, incarnation));
        for lost in lost.iter_mut().filter(|lost| lost.node == node) {
            lost.replaced.get_or_insert(incarnation);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// Whether a node is dead for longer than `patience`.
    pub(crate) fn has_dead(&self, alive: &[u8], patience: Duration) -> bool {
        self.0.lock().iter_mut().any(|lost| {
            lost.is_dead(alive) && lost.dead_since.is_some_and(|since| since.elapsed() >= patience)
        })
    }

    /// Takes up to `most` sessions, all of one app, that have ended with their node, when `alive` are the other nodes that
    /// live.
    pub(crate) fn take(&self, alive: &[u8], most: usize) -> Option<DeadSessions> {
        let mut all = self.0.lock();
        let dead = all.iter_mut().position(|lost| lost.is_dead(alive))?;
        let lost = &mut all[dead];
        let app = lost.sessions.last().map(|(app, ..)| *app);
        let of_app = lost.sessions.iter().rev().take_while(|(of, ..)| Some(*of) == app);
        let some = lost.sessions.len() - of_app.take(most).count();
        let sessions = lost.sessions.split_off(some);
        let taken = DeadSessions {
            node: lost.node,
            until: lost.replaced.map_or(MessageId(u64::MAX), MessageId),
            sessions,
        };
        if lost.sessions.is_empty() {
            all.swap_remove(dead);
        }
        Some(taken)
    }

    /// Forgets the sessions of dead nodes that another node had time to tell of.
    pub(crate) fn forget_old(&self, alive: &[u8]) {
        self.0.lock().retain_mut(|lost| {
            !lost.is_dead(alive) || lost.dead_since.is_none_or(|since| since.elapsed() < OFFERED)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(app: i64, user: &str) -> (AppId, UserId, DeviceId) {
        (AppId(app), UserId::from_trusted(user), DeviceId::from_trusted("web_1"))
    }

    fn taken(lost: &LostNodes, alive: &[u8]) -> Option<Vec<(AppId, UserId, DeviceId)>> {
        lost.take(alive, 2).map(|dead| dead.sessions)
    }

    #[test]
    fn sessions_of_dead_nodes_are_taken_once_and_those_of_others_never() {
        let lost = LostNodes::default();
        lost.add((1, 7), vec![session(1, "alice")]);
        lost.add((2, 8), vec![session(1, "bob")]);
        lost.add((3, 9), vec![]);
        assert_eq!(taken(&lost, &[1, 2]), None, "they may come back");
        assert_eq!(taken(&lost, &[1]), None, "it may have been held up");
        std::thread::sleep(SURE);
        assert_eq!(taken(&lost, &[1]), Some(vec![session(1, "bob")]));
        assert_eq!(taken(&lost, &[1]), None);
        lost.heard(1, 7);
        assert!(lost.is_empty());
    }

    #[test]
    fn who_is_replaced_is_dead_at_once_and_its_sessions_are_taken_by_app_and_in_parts() {
        let lost = LostNodes::default();
        let users =
            [session(2, "dora"), session(1, "alice"), session(1, "carl"), session(1, "bob")];
        lost.add((1, 7), users.to_vec());
        lost.heard(1, 10);
        lost.heard(1, 11);
        let first = lost.take(&[1], 2).unwrap();
        assert_eq!((first.node, first.until), (1, MessageId(10)));
        assert_eq!(first.sessions, [session(2, "dora")]);
        assert_eq!(taken(&lost, &[1]), Some(vec![session(1, "bob"), session(1, "carl")]));
        assert!(lost.has_dead(&[1], Duration::ZERO) && !lost.has_dead(&[1], OFFERED));
        lost.forget_old(&[1]);
        assert_eq!(taken(&lost, &[1]), Some(vec![session(1, "alice")]));
        assert!(lost.is_empty());
    }
}
