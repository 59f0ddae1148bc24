//! Connections of which another node knows more: those of a node that died, and devices that have gone from one node to
//! another.

use std::collections::{HashMap, HashSet};

use hongyan_cluster::{DeadSessions, DeviceFacts};
use hongyan_model::{AppId, DeviceId, IdGenerator, MessageId, Result, Timestamp, UserId};
use hongyan_store::{StoreError, connections as stored};

use super::{ConnectionEvent, Line, Operation};
use crate::{Messaging, presence};

/// How long after something was missed another node may have noted the ends of connections here.
const UNSURE_MS: Timestamp = 60_000;
/// Users whose newest lines are read together.
const BATCH: usize = 100;

/// Notes that these sessions, all of one app, ended with their node. Those whose device is connected again, and those whose
/// end is noted already, are passed over.
pub(crate) async fn note_gone(m: &Messaging, dead: &DeadSessions) -> Result<()> {
    let Some((app, ..)) = dead.sessions.first() else { return Ok(()) };
    let is_online =
        |user: &UserId, device: &DeviceId| m.router().devices(*app, user).contains(device);
    let gone = dead.sessions.iter().filter(|(_, user, device)| !is_online(user, device));
    let gone: Vec<_> = gone.map(|(_, user, device)| (user, device)).collect();
    gone.iter().for_each(|(user, device)| presence::note(m, *app, user, device));
    let mut users: Vec<UserId> = gone.iter().map(|(user, _)| (*user).clone()).collect();
    users.dedup();
    let time = m.clock().now();
    for line in stored::newest(m.store(), *app, &users, MessageId(0)).await? {
        let is_gone = gone.contains(&(&line.user, &line.device));
        // Otherwise the device has come to another node since, or to another process of this number.
        let of_dead = IdGenerator::node_of(line.id) == dead.node && line.id < dead.until;
        if line.online && is_gone && of_dead {
            let id = m.ids().next(time);
            let (operation, online) = (Operation::Closed, false);
            let event = ConnectionEvent { id, time, operation, online, ..line };
            m.0.connections.push(event, dead.node);
        }
    }
    // What cannot be written now waits with the other lines.
    let _ = super::flush_settled(m).await;
    Ok(())
}

/// Notes that devices of these users are connected to this node that the history says, behind `after`, are gone: the node
/// was taken for dead.
pub(crate) async fn note_returned(
    m: &Messaging,
    app: AppId,
    users: &[UserId],
    after: MessageId,
) -> Result<()> {
    let time = m.clock().now();
    let until = m.ids().next(time);
    for line in stored::newest(m.store(), app, users, after).await? {
        let here = m.router().devices_here(app, &line.user, until);
        let is_back =
            |(device, at): &(DeviceId, MessageId)| *device == line.device && *at < line.id;
        let is_noted = m.0.connections.has_login(&key(&line));
        if !line.online && here.iter().any(is_back) && !is_noted {
            presence::note(m, app, &line.user, &line.device);
            let id = m.ids().next(time);
            let (operation, online) = (Operation::Login, true);
            let event = ConnectionEvent { id, time, operation, online, ..line };
            m.0.connections.push(event, m.ids().node());
        }
    }
    Ok(())
}

/// Whether another node may have noted what happened to connections here.
#[derive(Default)]
pub(super) struct Doubt {
    /// How often this node had missed something when it was looked last.
    gaps: u64,
    /// Until when other nodes may have noted something because of that.
    until: Timestamp,
}

pub(super) type Key = (AppId, UserId, DeviceId);

impl Doubt {
    /// Notes of ends whether the device was connected to another node by then, and leaves out those that another node has
    /// noted, which had taken this one for dead.
    pub(super) async fn settle(
        &mut self,
        m: &Messaging,
        lines: &mut Vec<Line>,
    ) -> Result<(), StoreError> {
        for Line { event, .. } in lines.iter_mut().filter(|line| is_end(&line.event)) {
            let devices = m.router().described_devices(event.app, &event.user);
            let is_it = |(device, facts): &(DeviceId, DeviceFacts)| {
                *device == event.device && facts.since <= event.time
            };
            event.online |= devices.iter().any(is_it);
        }
        let (now, gaps) = (m.clock().now(), m.router().gaps());
        if std::mem::replace(&mut self.gaps, gaps) != gaps || m.router().is_deaf() {
            self.until = now + UNSURE_MS;
        }
        if now < self.until {
            let known = newest_of_ends(m, lines).await?;
            correct(lines, &known);
        }
        Ok(())
    }
}

/// The newest lines, as they are stored, of devices that are gone as far as this node knows.
async fn newest_of_ends(
    m: &Messaging,
    lines: &[Line],
) -> Result<HashMap<Key, (MessageId, bool)>, StoreError> {
    let ends = lines.iter().map(|line| &line.event).filter(|event| is_end(event) && !event.online);
    let mut users: Vec<(AppId, UserId)> = ends.map(|end| (end.app, end.user.clone())).collect();
    users.sort_unstable();
    users.dedup();
    let mut newest = HashMap::new();
    for of_app in users.chunk_by(|one, other| one.0 == other.0) {
        for users in of_app.chunks(BATCH) {
            let Some((app, _)) = users.first() else { continue };
            let users: Vec<UserId> = users.iter().map(|(_, user)| user.clone()).collect();
            for line in stored::newest(m.store(), *app, &users, MessageId(0)).await? {
                newest.insert(key(&line), (line.id, line.online));
            }
        }
    }
    Ok(newest)
}

fn correct(lines: &mut Vec<Line>, known: &HashMap<Key, (MessageId, bool)>) {
    let mut begun = HashSet::new();
    lines.retain_mut(|Line { event, node }| {
        let device = key(event);
        if !is_end(event) {
            begun.insert(device);
            return true;
        }
        match known.get(&device).filter(|_| !event.online && !begun.contains(&device)) {
            // It has come to another node.
            Some((id, true)) => event.online = IdGenerator::node_of(*id) != *node,
            // Its end is noted.
            Some((_, false)) => return false,
            None => {}
        }
        true
    });
}

fn is_end(event: &ConnectionEvent) -> bool {
    event.operation != Operation::Login
}

pub(super) fn key(event: &ConnectionEvent) -> Key {
    (event.app, event.user.clone(), event.device.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(node: u8, id: u64, device: &str, operation: Operation) -> Line {
        let event = ConnectionEvent {
            id: MessageId(id),
            app: AppId(1),
            user: UserId::from_trusted("alice"),
            time: 0,
            version: String::new(),
            device: DeviceId::from_trusted(device),
            address: None,
            operation,
            online: operation == Operation::Login,
        };
        Line { event, node }
    }

    #[test]
    fn ends_say_what_other_nodes_have_noted() {
        let (here, other) = (IdGenerator::new(1), IdGenerator::new(2));
        let mut lines = vec![
            line(1, 1, "simple", Operation::Closed),
            line(1, 2, "moved", Operation::Closed),
            line(1, 3, "buried", Operation::Closed),
            line(1, 4, "again", Operation::Login),
            line(1, 5, "again", Operation::Closed),
            line(1, 6, "new", Operation::Logout),
            line(2, 7, "of the dead", Operation::Closed),
        ];
        let device = |name: &str| key(&line(1, 0, name, Operation::Login).event);
        let known = HashMap::from([
            (device("simple"), (here.next(5), true)),
            (device("moved"), (other.next(5), true)),
            (device("buried"), (other.next(5), false)),
            (device("again"), (here.next(5), false)),
            (device("of the dead"), (other.next(5), true)),
        ]);
        correct(&mut lines, &known);
        let told: Vec<_> = lines.iter().map(|line| (line.event.id.0, line.event.online)).collect();
        assert_eq!(told, [(1, false), (2, true), (4, true), (5, false), (6, false), (7, false)]);
    }
}
