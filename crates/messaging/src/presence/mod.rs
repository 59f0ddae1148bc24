//! Presence: who is online on which device, what users say of themselves, and who follows whom.
//!
//! What is published and who follows are stored. Whether a device is connected is known to its session alone, and what
//! followers are told of it is kept nowhere: each session of a follower has the newest state of everybody it follows,
//! until its client takes it. Who was away asks.

mod announce;
mod publish;
mod status;
mod subscriptions;

use std::collections::BTreeMap;

use hongyan_model::{
    App, AppId, Caller, Conversation, DeviceId, Feature, GroupId, Refusal, Result, Timestamp,
    UserId, limits,
};
use hongyan_store::presence::{self as stored, Published, StoredPresence};

use crate::groups;
use crate::users::{require_app, subject};
use crate::{Messaging, nodes};

pub use announce::{announce, announce_last};
pub use publish::publish;
pub use status::{is_online, status_batch};
pub use subscriptions::{Followed, Following, following, subscribe, unsubscribe};

pub(crate) use announce::{Changes, note, start};

/// The presence of a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Presence {
    /// Whose.
    pub user: UserId,
    /// The user's own words.
    pub ext: String,
    /// Its devices and their status: 0 offline, 1 online, anything else as it was published. Of a user who is offline the
    /// device that was connected last.
    pub devices: BTreeMap<DeviceId, u32>,
    /// When it changed last. What changed before the history of connections begins counts as changed when the user
    /// published something, or registered.
    pub changed: Timestamp,
}

/// The presence of up to 100 users, for anybody in the app; those who do not exist are not in the answer.
pub async fn get(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    asked: &[String],
) -> Result<Vec<Presence>> {
    require_presence(&caller.app)?;
    subject(m, caller, user).await?;
    let asked = named(asked)?;
    look(m, caller.app.id, &asked).await
}

/// How many members of a group are online; for the customer's server.
pub async fn online_in_group(m: &Messaging, caller: &Caller, group: &str) -> Result<usize> {
    require_presence(&caller.app)?;
    require_app(caller)?;
    let group = GroupId::parse(group)?;
    groups::standing(m, caller, &group).await?;
    let group = Conversation::Group(group).key();
    Ok(nodes::online_in(m, caller.app.id, &group).await.len())
}

/// The presence of those of `users` who exist, in that order.
async fn look(m: &Messaging, app: AppId, users: &[UserId]) -> Result<Vec<Presence>> {
    let mut found = stored::find(m.store(), app, users).await?;
    let position = |stored: &StoredPresence| users.iter().position(|user| *user == stored.user);
    found.sort_by_key(position);
    Ok(found.into_iter().map(|stored| present(m, app, stored)).collect())
}

/// What is stored of a user, and what its sessions know.
fn present(m: &Messaging, app: AppId, stored: StoredPresence) -> Presence {
    let StoredPresence { user, created, published, last_seen } = stored;
    let connected = m.router().described_devices(app, &user);
    let published = published.unwrap_or_default();
    let mut devices = BTreeMap::new();
    let mut changed = created.max(published.at);
    if let Some((device, at)) = last_seen {
        changed = changed.max(at);
        if connected.is_empty() {
            devices.insert(device, 0);
        }
    }
    for (device, facts) in connected {
        changed = changed.max(facts.since);
        let status = status_of(&published, &device);
        devices.insert(device, status);
    }
    Presence { user, ext: published.ext, devices, changed }
}

/// The status of a device that is connected.
fn status_of(published: &Published, device: &DeviceId) -> u32 {
    let own = published.statuses.iter().find(|(named, _)| named == device);
    own.map_or(1, |(_, status)| *status)
}

/// The app has presence.
fn require_presence(app: &App) -> Result<(), Refusal> {
    let feature = Feature::Presence;
    if app.enabled(feature) { Ok(()) } else { Err(Refusal::FeatureDisabled { feature }) }
}

/// The users that a call names, each once, in that order; an illegal id names nobody.
fn named(names: &[String]) -> Result<Vec<UserId>, Refusal> {
    if names.is_empty() {
        return Err(Refusal::Missing { name: "usernames" });
    }
    let limit = limits::PRESENCE_BATCH;
    if names.len() > limit {
        return Err(Refusal::TooMany { name: "usernames", limit });
    }
    let mut users = Vec::with_capacity(names.len());
    for user in names.iter().filter_map(|name| UserId::parse(name).ok()) {
        if !users.contains(&user) {
            users.push(user);
        }
    }
    Ok(users)
}
