//! Who may not write, one by one and all together.

use std::collections::HashMap;

use hongyan_model::{Caller, Feature, Muc, Refusal, Result, Role, Timestamp, UserId};
use hongyan_store::muc::{self as stored, FOREVER, List};

use super::allowed::own_or_managed;
use super::{Failed, MucList, added, announce, forget, most, named, place, restrictions, targets};
use crate::Messaging;
use crate::users::addressed;

/// 2117-01-01T00:00:00Z.
const SHOWN_FOREVER: Timestamp = 4_638_873_600_000;

/// Somebody who was to be muted, or is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Muting {
    /// Who, lower case.
    pub user: String,
    /// Until when (Unix ms), [`FOREVER`] without end; `None`: it is no member, and not muted.
    pub expires: Option<Timestamp>,
}

impl Muting {
    /// The end as clients know it: a mute without end lasts until the year 2117.
    #[must_use]
    pub fn shown_end(&self) -> Option<Timestamp> {
        self.expires.map(shown)
    }
}

/// Who is muted, the first one first, and then who is by a tag; for the owner and administrators.
pub async fn muted(m: &Messaging, caller: &Caller, muc: &Muc) -> Result<Vec<Muting>> {
    place::require(m, caller, muc, Role::Admin).await?;
    let (app, now) = (caller.app.id, m.clock().now());
    let rows = stored::list(m.store(), app, muc, List::Muted, now).await?;
    let row =
        |row: stored::Listed| Muting { user: row.user.to_string(), expires: Some(row.expires) };
    let mut muted: Vec<Muting> = rows.into_iter().map(row).collect();
    let Muc::Room(room) = muc else { return Ok(muted) };
    if !caller.app.enabled(Feature::RoomTagMute) {
        return Ok(muted);
    }
    let by_tag = hongyan_store::room_tags::muted(m.store(), app, room, now).await?;
    let mut ends: HashMap<String, Timestamp> =
        by_tag.iter().map(|(user, end)| (user.to_string(), *end)).collect();
    for row in &mut muted {
        row.expires = row.expires.max(ends.remove(&row.user));
    }
    let others = by_tag.into_iter().map(|(user, _)| user.to_string());
    muted.extend(others.filter_map(|user| {
        let expires = Some(ends.remove(&user)?);
        Some(Muting { user, expires })
    }));
    Ok(muted)
}

/// Whether `user` is muted. A member asks for itself, the owner and administrators for anybody.
pub async fn is_muted(m: &Messaging, caller: &Caller, muc: &Muc, user: &str) -> Result<bool> {
    let user = addressed(user)?;
    own_or_managed(m, caller, muc, &user).await?;
    let restrictions = restrictions(m, caller.app.id, muc, &user).await?;
    Ok(restrictions.muted_until(&caller.app).is_some())
}

/// Mutes members for `duration_ms`, or for ever (−1), also beyond their membership; one row for each. The owner mutes
/// anybody, an administrator plain members.
pub async fn mute(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    users: &[String],
    duration_ms: i64,
) -> Result<Vec<Muting>> {
    let standing = place::act(m, caller, muc, Role::Admin).await?;
    let (app, now) = (caller.app.id, m.clock().now());
    let expires = match duration_ms {
        -1 => FOREVER,
        1.. => now.saturating_add(duration_ms),
        _ => {
            let why = "must be -1 or more than 0".to_owned();
            return Err(Refusal::Invalid { name: "mute_duration", why }.into());
        }
    };
    let (members, rows) = targets(m, app, muc, standing, users).await?;
    let end = (expires, now, most(caller));
    let listed = stored::add(m.store(), app, muc, List::Muted, &members, end).await?;
    forget(m, app, muc);
    let muted = added(listed, caller, muc, "mute")?;
    let until = Some(shown(expires));
    announce::to_each(m, caller, muc, (MucList::Muted, until), &muted).await;
    let rows = rows.into_iter().map(|row| Muting {
        user: row.user,
        expires: (row.failure != Some(Failed::NotMember)).then_some(expires),
    });
    Ok(rows.collect())
}

/// Ends mutes, also of those who are no members any more; who is not muted does not matter. For the owner and
/// administrators.
pub async fn unmute(
    m: &Messaging,
    caller: &Caller,
    muc: &Muc,
    users: &[String],
) -> Result<Vec<String>> {
    place::act(m, caller, muc, Role::Admin).await?;
    let named = named(users)?;
    let ids: Vec<UserId> = named.iter().filter_map(|(_, user)| user.clone()).collect();
    let (app, now) = (caller.app.id, m.clock().now());
    let removed = stored::remove(m.store(), app, muc, List::Muted, &ids, now).await?;
    forget(m, app, muc);
    announce::to_each(m, caller, muc, (MucList::Muted, None), &removed).await;
    Ok(named.into_iter().map(|(name, _)| name).collect())
}

/// Mutes all but the owner, administrators and the allowed, or ends that; the list of the muted stays as it is. For
/// the owner and administrators.
pub async fn set_all_muted(m: &Messaging, caller: &Caller, muc: &Muc, muted: bool) -> Result<()> {
    place::act(m, caller, muc, Role::Admin).await?;
    let found = stored::set_all_muted(m.store(), caller.app.id, muc, muted).await?;
    forget(m, caller.app.id, muc);
    if !found {
        return Err(place::not_found(muc).into());
    }
    announce::all_muted(m, caller, muc, muted).await;
    Ok(())
}

pub(super) fn shown(expires: Timestamp) -> Timestamp {
    expires.min(SHOWN_FOREVER)
}
