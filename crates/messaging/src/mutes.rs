//! Global mutes: who may not write to users, groups or rooms, anywhere in the app.

use std::sync::Arc;
use std::time::Duration;

use hongyan_cluster::Router;
use hongyan_model::{
    App, AppId, Caller, Feature, Refusal, Result, Timestamp, User, UserId, limits,
};
use hongyan_platform::FactCache;
use hongyan_store::mutes::{self as stored, Mutes};

use crate::Messaging;
use crate::messages::TargetKind;
use crate::users::{self, existing, require_app};

/// Users kept in memory; most have no mute.
const USERS: u64 = 100_000;
/// How long a change made by another node may stay unseen.
const LIFETIME: Duration = Duration::from_secs(60);
/// The end of what does not end.
const FOREVER: Timestamp = Timestamp::MAX;
/// Longest mute with an end, in seconds.
const LONGEST: i64 = 2_147_483_647;

/// Where somebody writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChatKind {
    /// To a user.
    User,
    /// To a group.
    Group,
    /// To a chat room.
    Room,
}

impl From<TargetKind> for ChatKind {
    fn from(kind: TargetKind) -> Self {
        match kind {
            TargetKind::Users => Self::User,
            TargetKind::Groups => Self::Group,
            TargetKind::Rooms { .. } => Self::Room,
        }
    }
}

/// What to change of a user's mutes, in seconds from now: −1 for ever, 0 not at all; `None` leaves as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MuteChange {
    /// To users.
    pub chat: Option<i64>,
    /// To groups.
    pub groupchat: Option<i64>,
    /// To rooms.
    pub chatroom: Option<i64>,
}

/// How long a user may not write, in seconds from now: −1 for ever, 0 not muted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GlobalMute {
    /// Who.
    pub user: UserId,
    /// To users.
    pub chat: i64,
    /// To groups.
    pub groupchat: i64,
    /// To rooms.
    pub chatroom: i64,
}

/// Mutes of users who wrote lately. Costs one look-up per message.
pub(crate) struct MuteCache(FactCache<(AppId, UserId), Mutes>);

impl MuteCache {
    pub(crate) fn new(router: &Arc<Router>) -> Self {
        Self(FactCache::new(router, "mutes", USERS, LIFETIME))
    }
}

/// Mutes a user, or ends its mutes; for the customer's server.
pub async fn set(m: &Messaging, caller: &Caller, user: &str, change: MuteChange) -> Result<()> {
    admit_management(caller)?;
    let id = existing(m, caller.app.id, user).await?.id.clone();
    let now = m.clock().now();
    let [chat, groupchat, chatroom] = [
        until("chat", change.chat, now)?,
        until("groupchat", change.groupchat, now)?,
        until("chatroom", change.chatroom, now)?,
    ];
    let apply = |mutes: &mut Mutes| {
        mutes.to_users = chat.unwrap_or(mutes.to_users);
        mutes.to_groups = groupchat.unwrap_or(mutes.to_groups);
        mutes.to_rooms = chatroom.unwrap_or(mutes.to_rooms);
    };
    let updated = stored::update(m.store(), caller.app.id, &id, apply).await?;
    forget(m, caller.app.id, &id);
    updated.ok_or_else(|| Refusal::UserNotFound { user: id.to_string() })?;
    if let Err(error) = stored::drop_expired(m.store(), caller.app.id, now).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "old mutes could not be dropped");
    }
    Ok(())
}

/// A user's mutes; for the customer's server.
pub async fn get(m: &Messaging, caller: &Caller, user: &str) -> Result<GlobalMute> {
    admit_management(caller)?;
    let id = existing(m, caller.app.id, user).await?.id.clone();
    let mutes = stored::find(m.store(), caller.app.id, &id).await?.unwrap_or_default();
    Ok(remaining(id, mutes, m.clock().now()))
}

/// The muted users by id, page `page` (from 1) with `size` of them, at most 50; for the customer's server.
pub async fn page(
    m: &Messaging,
    caller: &Caller,
    page: usize,
    size: usize,
) -> Result<Vec<GlobalMute>> {
    admit_management(caller)?;
    let size = size.clamp(1, limits::MUTE_PAGE);
    let (offset, now) = (page.saturating_sub(1).saturating_mul(size), m.clock().now());
    let rows = stored::page(m.store(), caller.app.id, now, offset, size).await?;
    Ok(rows.into_iter().map(|(user, mutes)| remaining(user, mutes, now)).collect())
}

/// Refuses what a muted user may not send; from memory where it wrote lately. Mutes hold while the app has the
/// feature.
pub(crate) async fn admit(m: &Messaging, app: &App, user: &UserId, kind: ChatKind) -> Result<()> {
    if !app.enabled(Feature::GlobalMute) {
        return Ok(());
    }
    let load = async {
        let mutes = stored::find(m.store(), app.id, user).await?.unwrap_or_default();
        Ok::<_, hongyan_model::Error>(Some(mutes))
    };
    let mutes = m.0.mutes.0.get(&(app.id, user.clone()), load).await?.unwrap_or_default();
    let until = match kind {
        ChatKind::User => mutes.to_users,
        ChatKind::Group => mutes.to_groups,
        ChatKind::Room => mutes.to_rooms,
    };
    if until > m.clock().now() { Err(Refusal::GloballyMuted.into()) } else { Ok(()) }
}

/// Refuses what the customer's server may not send in a user's name: nothing while that user is banned, and not where
/// it is muted. A sender who does not exist is free.
pub(crate) async fn admit_sender_of_server(
    m: &Messaging,
    app: &App,
    sender: &UserId,
    kind: ChatKind,
) -> Result<()> {
    match users::facts(m, app.id, sender).await?.as_deref() {
        None => Ok(()),
        Some(User { activated: false, .. }) => Err(Refusal::UserBanned.into()),
        Some(_) => admit(m, app, sender, kind).await,
    }
}

/// To be called when a user was deleted: its mutes went with it.
pub(crate) fn forget(m: &Messaging, app: AppId, user: &UserId) {
    m.0.mutes.0.invalidate(&(app, user.clone()));
}

fn admit_management(caller: &Caller) -> Result<(), Refusal> {
    require_app(caller)?;
    let feature = Feature::GlobalMute;
    if caller.app.enabled(feature) { Ok(()) } else { Err(Refusal::FeatureDisabled { feature }) }
}

fn until(
    name: &'static str,
    seconds: Option<i64>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Refusal> {
    Ok(match seconds {
        None => None,
        Some(-1) => Some(FOREVER),
        Some(0) => Some(0),
        Some(seconds @ 1..=LONGEST) => Some(now.saturating_add(seconds.saturating_mul(1000))),
        Some(_) => {
            return Err(Refusal::Invalid { name, why: format!("must be -1 to {LONGEST}") });
        }
    })
}

fn remaining(user: UserId, mutes: Mutes, now: Timestamp) -> GlobalMute {
    // A mute in force has at least one second to go.
    let seconds = |until: Timestamp| match until {
        FOREVER => -1,
        until if until > now => (until - now + 999) / 1000,
        _ => 0,
    };
    GlobalMute {
        user,
        chat: seconds(mutes.to_users),
        groupchat: seconds(mutes.to_groups),
        chatroom: seconds(mutes.to_rooms),
    }
}
