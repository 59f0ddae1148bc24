//! Who may write where, in memory: asked for every message to a group or room.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use hongyan_cluster::Router;
use hongyan_model::{
    App, AppId, Feature, GroupId, Muc, Refusal, Result, Role, RoomId, Timestamp, UserId,
};
use hongyan_platform::FactCache;

use crate::Messaging;

/// Groups and rooms kept in memory; most have empty lists.
const MUCS: u64 = 50_000;
/// How long a change made by another node may stay unseen.
const LIFETIME: Duration = Duration::from_secs(60);

/// The lists of groups and rooms that were written to lately. Costs one look-up per message.
pub(crate) struct SpeechCache(FactCache<(AppId, Muc), Speech>);

#[derive(Default)]
struct Speech {
    all_muted: bool,
    muted: HashMap<UserId, Timestamp>,
    /// Holders of muted tags.
    muted_by_tag: HashMap<UserId, Timestamp>,
    allowed: HashSet<UserId>,
}

impl SpeechCache {
    pub(crate) fn new(router: &Arc<Router>) -> Self {
        Self(FactCache::new(router, "speech", MUCS, LIFETIME))
    }
}

/// What the lists say of one user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Restrictions {
    /// Whether only owner, administrators and allowed members may write.
    pub(crate) all_muted: bool,
    /// Whether it may write all the same.
    pub(crate) allowed: bool,
    /// Until when it may not write, by name.
    muted: Option<Timestamp>,
    /// The same by its tags.
    muted_by_tag: Option<Timestamp>,
}

impl Restrictions {
    /// Until when it may not write. Mutes by tag hold while the app has the feature.
    pub(crate) fn muted_until(&self, app: &App) -> Option<Timestamp> {
        let by_tag = self.muted_by_tag.filter(|_| app.enabled(Feature::RoomTagMute));
        self.muted.max(by_tag)
    }
}

/// To be called after every committed write to the lists, and when the group or room has ended.
pub(crate) fn forget(m: &Messaging, app: AppId, muc: &Muc) {
    m.0.speech.0.invalidate(&(app, muc.clone()));
}

/// [`forget`] for a group or room of which only the id is known.
pub(super) fn forget_id(m: &Messaging, app: AppId, id: &str) {
    forget(m, app, &Muc::Group(GroupId::from_trusted(id)));
    forget(m, app, &Muc::Room(RoomId::from_trusted(id)));
}

/// Refuses what `user`, a member with `role`, may not say: a muted user nothing until its mute is over, whatever else
/// it may; while all are muted, anybody but the owner, administrators and the allowed.
pub(crate) async fn speaking(
    m: &Messaging,
    app: &App,
    muc: &Muc,
    role: Role,
    user: &UserId,
) -> Result<()> {
    if role == Role::Owner {
        return Ok(());
    }
    let restrictions = restrictions(m, app.id, muc, user).await?;
    if restrictions.muted_until(app).is_some() {
        return Err(Refusal::Muted.into());
    }
    if restrictions.all_muted && !restrictions.allowed && role < Role::Admin {
        return Err(Refusal::AllMuted.into());
    }
    Ok(())
}

/// What the lists say of `user`; from memory where somebody wrote there lately.
pub(crate) async fn restrictions(
    m: &Messaging,
    app: AppId,
    muc: &Muc,
    user: &UserId,
) -> Result<Restrictions> {
    let speech = speech(m, app, muc).await?;
    let now = m.clock().now();
    let until =
        |muted: &HashMap<UserId, Timestamp>| muted.get(user).copied().filter(|until| *until > now);
    Ok(Restrictions {
        all_muted: speech.all_muted,
        allowed: speech.allowed.contains(user),
        muted: until(&speech.muted),
        muted_by_tag: until(&speech.muted_by_tag),
    })
}

/// Whether all are muted but the owner, administrators and the allowed.
pub(crate) async fn all_muted(m: &Messaging, app: AppId, muc: &Muc) -> Result<bool> {
    Ok(speech(m, app, muc).await?.all_muted)
}

async fn speech(m: &Messaging, app: AppId, muc: &Muc) -> Result<Arc<Speech>> {
    let load = async {
        let now = m.clock().now();
        let found = hongyan_store::muc::speech(m.store(), app, muc, now).await?;
        let muted = found.muted.into_iter().map(|listed| (listed.user, listed.expires));
        let muted_by_tag = match muc {
            Muc::Group(_) => Vec::new(),
            Muc::Room(room) => hongyan_store::room_tags::muted(m.store(), app, room, now).await?,
        };
        Ok::<_, hongyan_model::Error>(Some(Speech {
            all_muted: found.all_muted,
            muted: muted.collect(),
            muted_by_tag: muted_by_tag.into_iter().collect(),
            allowed: found.allowed.into_iter().collect(),
        }))
    };
    Ok(m.0.speech.0.get(&(app, muc.clone()), load).await?.unwrap_or_default())
}
