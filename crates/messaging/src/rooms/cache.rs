//! Who is in which room, in memory: asked for every message to a room.

use std::sync::Arc;
use std::time::Duration;

use hongyan_cluster::Router;
use hongyan_model::{AppId, Result, Role, RoomId, UserId};
use hongyan_platform::FactCache;
use hongyan_store::rooms::Membership;

use crate::Messaging;

/// Memberships kept in memory.
const MEMBERS: u64 = 200_000;
/// How long a change made by another node may stay unseen.
const LIFETIME: Duration = Duration::from_secs(60);

/// Memberships of users who wrote lately, one by one: in a large room somebody leaves all the time, which must not
/// make the others unknown.
pub(crate) struct RoomMembers(FactCache<(AppId, RoomId, UserId), Role>);

impl RoomMembers {
    pub(crate) fn new(router: &Arc<Router>) -> Self {
        Self(FactCache::new(router, "room members", MEMBERS, LIFETIME))
    }
}

/// To be called after every committed write that ends a membership or changes its role.
pub(crate) fn forget_member(m: &Messaging, app: AppId, room: &RoomId, user: &UserId) {
    m.0.room_members.0.invalidate(&(app, room.clone(), user.clone()));
}

/// What `user` is to `room`; from memory for members who were asked for lately.
pub(crate) async fn membership(
    m: &Messaging,
    app: AppId,
    room: &RoomId,
    user: &UserId,
) -> Result<Membership> {
    let mut other = Membership::NotMember;
    let load = async {
        let found = hongyan_store::rooms::membership(m.store(), app, room, user).await?;
        Ok::<_, hongyan_model::Error>(match found {
            Membership::Member { role } => Some(role),
            not_member => {
                other = not_member;
                None
            }
        })
    };
    let role = m.0.room_members.0.get(&(app, room.clone(), user.clone()), load).await?;
    Ok(role.map_or(other, |role| Membership::Member { role: *role }))
}
