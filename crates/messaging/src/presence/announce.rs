//! Telling followers.
//!
//! A change is one entry of a map: whose, and on which devices. Ten times a second the followers of those who have
//! changed are read, many users at a time, and those who are connected are shown the newest state. A user who changes
//! without end is announced the less often the more listen, so that it costs a bounded number of signals a second.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use hongyan_cluster::Subject;
use hongyan_model::{App, AppId, Conversation, DeviceId, Feature, Result, Timestamp, UserId};
use hongyan_platform::apps;
use hongyan_store::presence::{self as stored, Subscription};
use parking_lot::Mutex;
use serde_json::json;

use super::{Presence, look};
use crate::Messaging;
use crate::messages::events;
use crate::periodic::every;

/// Users whose change waits to be told. More are not told of: their followers see it with the next change, or when they
/// ask.
const WAITING: usize = 50_000;
/// Devices of one of them that are remembered to have gone.
const GONE: usize = 16;
/// Users whose followers are read at once.
const BATCH: usize = 16;
const INTERVAL: Duration = Duration::from_millis(100);
/// A user is announced again after this time and, for every follower who was shown its state, that much more.
const PAUSE_MS: Timestamp = 1000;
const PAUSE_PER_FOLLOWER_MS: Timestamp = 3;
/// So long it may take until it is noticed that other nodes do not hear.
const UNSURE_MS: Timestamp = 3000;
/// How often subscriptions that have ended are removed, and how many in one statement.
const SWEEP_EVERY_MS: Timestamp = 10 * 60 * 1000;
const SWEPT: usize = 1000;

type Key = (AppId, UserId);
/// Users of one app who have changed.
type Ready = (AppId, Vec<(UserId, Change)>);

/// Changes that followers have not been told of.
#[derive(Default)]
pub(crate) struct Changes {
    waiting: Mutex<Waiting>,
    /// Held while followers are being told.
    telling: tokio::sync::Mutex<Telling>,
}

#[derive(Default)]
struct Waiting {
    users: HashMap<Key, Change>,
    dropped: u64,
}

/// What has changed of a user.
#[derive(Clone)]
struct Change {
    devices: Vec<DeviceId>,
    /// When it did last.
    at: Timestamp,
}

#[derive(Default)]
struct Telling {
    /// Who was announced lately, and from when on it may be again.
    pauses: HashMap<Key, Timestamp>,
    next_sweep: Timestamp,
    unheard: Unheard,
}

/// What other nodes may not have heard, because the bus was not to be relied on, and when it was told. Bounded by
/// [`WAITING`]; then the oldest goes.
#[derive(Default)]
struct Unheard {
    told: VecDeque<(Timestamp, AppId, UserId, Change)>,
    /// As it was looked last: whether the bus was not to be relied on, and, when it was, how often something had been missed.
    deaf: bool,
    gaps: u64,
}

impl Unheard {
    fn add(&mut self, now: Timestamp, app: AppId, changes: Vec<(UserId, Change)>) {
        self.told.extend(changes.into_iter().map(|(user, change)| (now, app, user, change)));
        let surplus = self.told.len().saturating_sub(WAITING);
        self.told.drain(..surplus);
    }

    /// Takes what is to be told again, now that the bus is, or is not, to be relied on, and so often something was missed.
    fn take(&mut self, now: Timestamp, deaf: bool, gaps: u64) -> Vec<(AppId, UserId, Change)> {
        let was_deaf = std::mem::replace(&mut self.deaf, deaf);
        if deaf {
            return Vec::new();
        }
        if std::mem::replace(&mut self.gaps, gaps) != gaps {
            let told = std::mem::take(&mut self.told);
            return told.into_iter().map(|(_, app, user, change)| (app, user, change)).collect();
        }
        if was_deaf {
            // Who was not heard has died: it would have been missed.
            self.told.clear();
        }
        let is_sure = |(at, ..): &mut (Timestamp, _, _, _)| now.saturating_sub(*at) > UNSURE_MS;
        while self.told.pop_front_if(is_sure).is_some() {}
        Vec::new()
    }
}

impl Changes {
    fn add(&self, key: Key, device: &DeviceId, at: Timestamp) {
        let mut waiting = self.waiting.lock();
        if waiting.users.len() >= WAITING && !waiting.users.contains_key(&key) {
            waiting.dropped += 1;
            return;
        }
        let change = waiting.users.entry(key).or_insert(Change { devices: Vec::new(), at });
        change.at = change.at.max(at);
        if change.devices.len() < GONE && !change.devices.contains(device) {
            change.devices.push(device.clone());
        }
    }

    /// Takes some users of one app who may be announced at `now`, and how many changes were dropped.
    fn take(&self, pauses: &HashMap<Key, Timestamp>, now: Timestamp) -> (Option<Ready>, u64) {
        let mut waiting = self.waiting.lock();
        let dropped = std::mem::take(&mut waiting.dropped);
        let ready = |key: &Key| pauses.get(key).is_none_or(|until| *until <= now);
        let first = waiting.users.keys().find(|key| ready(key)).map(|(app, _)| *app);
        let Some(app) = first else { return (None, dropped) };
        let of_app = |key: &&Key| key.0 == app && ready(key);
        let keys: Vec<Key> = waiting.users.keys().filter(of_app).take(BATCH).cloned().collect();
        let users = keys.into_iter().filter_map(|key| {
            let change = waiting.users.remove(&key)?;
            Some((key.1, change))
        });
        (Some((app, users.collect())), dropped)
    }

    fn put_back(&self, app: AppId, changes: Vec<(UserId, Change)>) {
        for (user, change) in changes {
            for device in &change.devices {
                self.add((app, user.clone()), device, change.at);
            }
        }
    }
}

/// Notes that the presence of a user has changed on a device: it came, went, or published. Costs an entry in a map.
pub(crate) fn note(m: &Messaging, app: AppId, user: &UserId, device: &DeviceId) {
    m.0.presence.add((app, user.clone()), device, m.clock().now());
}

/// Shows followers what has changed, but for users who were announced a moment ago.
pub async fn announce(m: &Messaging) -> Result<()> {
    let mut telling = m.0.presence.telling.lock().await;
    let now = m.clock().now();
    telling.pauses.retain(|_, until| *until > now);
    for (app, user, change) in telling.unheard.take(now, m.router().is_deaf(), m.router().gaps()) {
        m.0.presence.put_back(app, vec![(user, change)]);
    }
    loop {
        let (ready, dropped) = m.0.presence.take(&telling.pauses, now);
        if dropped > 0 {
            tracing::warn!(dropped, "too many users came and went at once: some are not announced");
        }
        let Some((app, changes)) = ready else { break };
        let told = match tell(m, app, &changes).await {
            Ok(told) => told,
            Err(error) => {
                m.0.presence.put_back(app, changes);
                return Err(error);
            }
        };
        if m.router().is_clustered() {
            telling.unheard.add(now, app, changes);
        }
        for (user, told) in told {
            let told = Timestamp::try_from(told).unwrap_or(Timestamp::MAX);
            let pause = PAUSE_MS + told.saturating_mul(PAUSE_PER_FOLLOWER_MS);
            telling.pauses.insert((app, user), now.saturating_add(pause));
        }
    }
    if now >= telling.next_sweep {
        telling.next_sweep = now + SWEEP_EVERY_MS;
        while stored::drop_expired(m.store(), now, SWEPT).await? == SWEPT as u64 {}
    }
    Ok(())
}

/// Shows followers what has changed, of everybody: there is no later.
pub async fn announce_last(m: &Messaging) -> Result<()> {
    m.0.presence.telling.lock().await.pauses.clear();
    announce(m).await
}

/// Shows the followers of these users, who are connected, how they are; how many it were of each.
async fn tell(
    m: &Messaging,
    app: AppId,
    changes: &[(UserId, Change)],
) -> Result<Vec<(UserId, usize)>> {
    let Some(app) = serving(m, app).await? else { return Ok(Vec::new()) };
    let changed: Vec<UserId> = changes.iter().map(|(user, _)| user.clone()).collect();
    let followers = stored::followers(m.store(), app.id, &changed, m.clock().now()).await?;
    let mut listening: HashMap<UserId, Vec<Subscription>> = HashMap::new();
    for subscription in followers {
        if m.router().is_online(app.id, &subscription.follower) {
            listening.entry(subscription.followed.clone()).or_default().push(subscription);
        }
    }
    let followed: Vec<UserId> = listening.keys().cloned().collect();
    let mut told = Vec::with_capacity(followed.len());
    for mut presence in look(m, app.id, &followed).await? {
        for (_, change) in changes.iter().filter(|(user, _)| *user == presence.user) {
            presence.changed = presence.changed.max(change.at);
            for device in &change.devices {
                presence.devices.entry(device.clone()).or_insert(0);
            }
        }
        let followers = listening.remove(&presence.user).unwrap_or_default();
        for follower in &followers {
            show(m, &app, &presence, follower);
        }
        told.push((presence.user, followers.len()));
        tokio::task::consume_budget().await;
    }
    Ok(told)
}

/// The app, if it serves and has presence.
async fn serving(m: &Messaging, app: AppId) -> Result<Option<Arc<App>>> {
    let app = apps::find_by_id(m.platform(), app).await?;
    let serves = |app: &Arc<App>| app.serves() && app.enabled(Feature::Presence);
    Ok(app.filter(serves))
}

/// One user in each notification: the SDK mixes up the devices of several.
fn show(m: &Messaging, app: &App, presence: &Presence, subscription: &Subscription) {
    let status: BTreeMap<&str, String> =
        presence.devices.iter().map(|(device, n)| (device.as_str(), n.to_string())).collect();
    let value = json!({
        "uid": presence.user.as_str(),
        "last_time": (presence.changed / 1000).to_string(),
        "expiry": (subscription.expires / 1000).to_string(),
        "ext": presence.ext,
        "status": status,
    });
    let notification = json!({ "type": "presence", "data": { "values": [value] } });
    let follower = &subscription.follower;
    let state = events::notification(app, (&presence.user, None), follower, &notification);
    let conversation = Conversation::System(follower.clone()).key();
    let subject = Subject::User(presence.user.clone());
    m.router().show(app.id, follower, (&subject, state), &conversation);
}

/// Starts the task that tells followers; it ends with the last [`Messaging`].
pub(crate) fn start(m: &Messaging) {
    let failed = "followers could not be told who is online";
    every(m, INTERVAL, failed, |m| async move { announce(&m).await });
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: AppId = AppId(1);

    fn key(app: AppId, user: &str) -> Key {
        (app, UserId::from_trusted(user))
    }

    fn device(n: usize) -> DeviceId {
        DeviceId::from_trusted(format!("webim_{n}"))
    }

    #[test]
    fn changes_of_a_user_are_one_and_wait_for_its_pause() {
        let changes = Changes::default();
        let mut pauses = HashMap::new();
        for n in 0..GONE + 5 {
            changes.add(key(APP, "alice"), &device(n), 10);
            changes.add(key(APP, "bob"), &device(0), 11);
        }
        changes.add(key(AppId(2), "alice"), &device(0), 12);
        pauses.insert(key(APP, "alice"), 50);
        let (_, dropped) = changes.take(&pauses, 49);
        assert_eq!(dropped, 0);
        let (_, _) = changes.take(&pauses, 49);
        assert!(changes.take(&pauses, 49).0.is_none(), "alice has to wait");
        let (ready, _) = changes.take(&pauses, 50);
        let (app, mut users) = ready.unwrap();
        let (user, change) = users.pop().unwrap();
        assert_eq!((app, user.as_str(), users.len()), (APP, "alice", 0));
        assert_eq!((change.devices.len(), change.at), (GONE, 10));
    }

    #[test]
    fn what_others_may_not_have_heard_is_told_again_once_they_do() {
        let mut unheard = Unheard::default();
        let change = |at| Change { devices: vec![device(0)], at };
        let names = |taken: Vec<(AppId, UserId, Change)>| -> Vec<String> {
            taken.into_iter().map(|(_, user, _)| user.to_string()).collect()
        };
        unheard.add(0, APP, vec![(UserId::from_trusted("long-ago"), change(0))]);
        assert_eq!(names(unheard.take(UNSURE_MS + 1, false, 0)), Vec::<String>::new());
        let now = 10_000;
        unheard.add(now, APP, vec![(UserId::from_trusted("just-before"), change(now))]);
        assert_eq!(names(unheard.take(now + 1000, true, 0)), Vec::<String>::new());
        unheard.add(now + 9000, APP, vec![(UserId::from_trusted("meanwhile"), change(now))]);
        assert_eq!(names(unheard.take(now + 20_000, true, 0)), Vec::<String>::new());
        assert_eq!(names(unheard.take(now + 30_000, false, 2)), ["just-before", "meanwhile"]);
        assert!(unheard.take(now + 30_000, false, 2).is_empty());
        // A node that died does not hear it either.
        assert!(unheard.take(now + 40_000, true, 2).is_empty());
        unheard.add(now + 40_000, APP, vec![(UserId::from_trusted("beside"), change(now))]);
        assert!(unheard.take(now + 50_000, false, 2).is_empty());
        assert!(unheard.told.is_empty());
    }

    #[test]
    fn too_many_changes_are_counted_and_not_kept() {
        let changes = Changes::default();
        for n in 0..WAITING + 3 {
            changes.add(key(APP, &format!("u{n}")), &device(0), 1);
        }
        changes.add(key(APP, "u0"), &device(1), 2);
        assert_eq!(changes.waiting.lock().users.len(), WAITING);
        assert_eq!(changes.take(&HashMap::new(), 1).1, 3);
    }
}
