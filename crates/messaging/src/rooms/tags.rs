//! Tags of a room's members, by which the customer's server mutes them. Nobody is told.
//!
//! A mute is the tag's, not its holders': who gets the tag is silent, who loses it, or leaves the room, is not. A tag
//! is there as long as a member has it, and its mute ends with it.

use std::collections::{BTreeMap, HashSet};

use hongyan_model::{Caller, Feature, Muc, Refusal, Result, RoomId, Timestamp, UserId};
use hongyan_store::room_tags::{self as stored, TagMute, Tagging};

use super::{Membership, membership, not_found, standing};
use crate::users::{addressed, require_app};
use crate::{Messaging, muc};

/// Gives a member these tags instead of those it has; an empty list takes all.
pub async fn set_tags(
    m: &Messaging,
    caller: &Caller,
    room: &str,
    user: &str,
    tags: Vec<String>,
) -> Result<()> {
    let room = admit(m, caller, room).await?;
    let app = &caller.app;
    let limit = app.most(Feature::RoomTagsPerMemberMax);
    if tags.len() > limit {
        return Err(Refusal::TooMany { name: "tags", limit }.into());
    }
    for tag in &tags {
        check_tag("tags", tag, app.most(Feature::RoomTagCharsMax))?;
    }
    let mut seen = HashSet::new();
    let tags: Vec<String> = tags.into_iter().filter(|tag| seen.insert(tag.clone())).collect();
    let id = addressed(user).map_err(|_| not_member(user))?;
    let tagged = stored::set(m.store(), app.id, &room, &id, &tags).await?;
    muc::forget(m, app.id, &Muc::Room(room.clone()));
    match tagged {
        Tagging::Done => Ok(()),
        Tagging::NotMember => Err(not_member(user).into()),
        Tagging::NoRoom => Err(not_found(&room).into()),
    }
}

/// The tags of a member, each with the end of its mute (Unix ms, [`muc::FOREVER`] without end) where it is muted.
pub async fn tags(
    m: &Messaging,
    caller: &Caller,
    room: &str,
    user: &str,
) -> Result<BTreeMap<String, Option<Timestamp>>> {
    let room = admit(m, caller, room).await?;
    let id = addressed(user).map_err(|_| not_member(user))?;
    match membership(m, caller.app.id, &room, &id).await? {
        Membership::NoRoom => Err(not_found(&room).into()),
        Membership::NotMember => Err(not_member(user).into()),
        Membership::Member { .. } => {
            let now = m.clock().now();
            Ok(stored::of_member(m.store(), caller.app.id, &room, &id, now).await?)
        }
    }
}

/// Mutes whoever has the tag for `seconds`, or for ever (−1); 0 ends that. Somebody has to have it.
pub async fn mute_tag(
    m: &Messaging,
    caller: &Caller,
    room: &str,
    tag: &str,
    seconds: i64,
) -> Result<()> {
    let room = admit(m, caller, room).await?;
    check_tag("tag", tag, caller.app.most(Feature::RoomTagCharsMax))?;
    let expires = match seconds {
        -1 => Some(muc::FOREVER),
        0 => None,
        1.. => Some(m.clock().now().saturating_add(seconds.saturating_mul(1000))),
        _ => {
            let why = "must be -1 or more".to_owned();
            return Err(Refusal::Invalid { name: "mute_duration", why }.into());
        }
    };
    let app = caller.app.id;
    let muted = stored::mute(m.store(), app, &room, tag, expires).await?;
    muc::forget(m, app, &Muc::Room(room.clone()));
    match muted {
        TagMute::Done => Ok(()),
        TagMute::NoTag => Err(Refusal::RoomTagNotFound.into()),
        TagMute::NoRoom => Err(not_found(&room).into()),
    }
}

/// Takes the tags of the owner, who leaves but stays a member.
pub(super) async fn forget_left_by(
    m: &Messaging,
    caller: &Caller,
    room: &RoomId,
    owner: &UserId,
) -> Result<()> {
    stored::set(m.store(), caller.app.id, room, owner, &[]).await?;
    muc::forget(m, caller.app.id, &Muc::Room(room.clone()));
    Ok(())
}

/// The room, for the customer's server of an app with the feature.
async fn admit(m: &Messaging, caller: &Caller, room: &str) -> Result<RoomId> {
    require_app(caller)?;
    let feature = Feature::RoomTagMute;
    if !caller.app.enabled(feature) {
        return Err(Refusal::FeatureDisabled { feature }.into());
    }
    let room = RoomId::parse(room)?;
    standing(m, caller, &room).await?;
    Ok(room)
}

fn check_tag(name: &'static str, tag: &str, limit: usize) -> Result<(), Refusal> {
    if tag.chars().count() > limit {
        return Err(Refusal::TooLong { name: "tag", limit });
    }
    // PostgreSQL has no text with a NUL.
    if tag.is_empty() || tag.contains('\0') {
        let why = "a tag must not be empty or hold a NUL character".to_owned();
        return Err(Refusal::Invalid { name, why });
    }
    Ok(())
}

fn not_member(user: &str) -> Refusal {
    Refusal::NotMembers { users: vec![user.to_lowercase()] }
}
