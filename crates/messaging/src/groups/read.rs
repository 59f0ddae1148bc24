//! Looking at groups and their members.

use std::collections::HashSet;

use hongyan_cluster::Registration;
use hongyan_model::{
    AppId, Caller, Group, GroupId, Member, MessageId, Muc, Refusal, Result, Role, Timestamp,
    UserId, limits,
};
use hongyan_store::groups::{self, Joined, Listing, MemberPosition, Membership, UNHEARD};

use super::{membership, not_found, standing};
use crate::Messaging;
use crate::muc::{self, MemberPage};
use crate::page::{Page, decode_cursor};
use crate::users::{require_app, subject};

/// Most members that [`details`] lists of one group.
const DETAIL_MEMBERS: usize = 10_000;
/// Most rows of one page of any list here.
const PAGE: usize = 1000;

/// A group with its members.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupDetail {
    /// The group.
    pub group: Group,
    /// Its members; empty for a user who sees a public group from outside.
    pub members: Vec<Member>,
    /// The calling user's role; `None` for the app and for strangers.
    pub own_role: Option<Role>,
    /// Whether all are muted but the owner, administrators and the allowed.
    pub all_muted: bool,
    /// Whether the calling user wants to hear nothing of it.
    pub shielded: bool,
}

/// Several groups at once, in the order asked for; `None` where there is no such group. A user sees its own
/// groups and, without the members, public ones.
pub async fn details(
    m: &Messaging,
    caller: &Caller,
    ids: &[String],
) -> Result<Vec<(String, Option<GroupDetail>)>> {
    if ids.len() > limits::GROUP_DETAIL_BATCH {
        return Err(Refusal::TooMany { name: "groupid", limit: limits::GROUP_DETAIL_BATCH }.into());
    }
    let mut details = Vec::with_capacity(ids.len());
    let mut hidden = false;
    for id in ids {
        let seen = match GroupId::parse(id) {
            Ok(group) => look(m, caller, &group).await?,
            Err(_) => Sight::NoGroup,
        };
        hidden |= matches!(seen, Sight::Hidden);
        let detail = if let Sight::Seen(detail) = seen { Some(*detail) } else { None };
        details.push((id.clone(), detail));
    }
    if details.iter().all(|(_, detail)| detail.is_none()) {
        return Err(if hidden {
            Refusal::NotInGroup
        } else {
            Refusal::GroupNotFound { group: ids.join(",") }
        }
        .into());
    }
    Ok(details)
}

enum Sight {
    NoGroup,
    Hidden,
    Seen(Box<GroupDetail>),
}

async fn look(m: &Messaging, caller: &Caller, id: &GroupId) -> Result<Sight> {
    let app = caller.app.id;
    let Some(group) = groups::find(m.store(), app, id).await? else {
        return Ok(Sight::NoGroup);
    };
    let (own_role, shielded) = match caller.user() {
        Some(user) => match membership(m, app, id, user).await? {
            Membership::Member { role, joined_at } => (Some(role), joined_at == UNHEARD),
            Membership::NotMember | Membership::NoGroup => (None, false),
        },
        None => (None, false),
    };
    let is_outsider = caller.user().is_some() && own_role.is_none();
    if is_outsider && !group.public {
        return Ok(Sight::Hidden);
    }
    let members = if is_outsider {
        Vec::new()
    } else {
        groups::members(m.store(), app, id, 0, DETAIL_MEMBERS).await?
    };
    let all_muted = muc::all_muted(m, app, &Muc::Group(id.clone())).await?;
    Ok(Sight::Seen(Box::new(GroupDetail { group, members, own_role, all_muted, shielded })))
}

/// A page of members by number, from 1; the owner first, then by age of membership.
pub async fn members(
    m: &Messaging,
    caller: &Caller,
    group: &str,
    page: usize,
    size: usize,
) -> Result<Vec<Member>> {
    let group = GroupId::parse(group)?;
    standing(m, caller, &group).await?;
    let (offset, limit) = slice(page, size);
    Ok(groups::members(m.store(), caller.app.id, &group, offset, limit).await?)
}

/// A page of members by cursor, in the order of [`members`].
pub async fn members_after(
    m: &Messaging,
    caller: &Caller,
    group: &str,
    page: MemberPage<'_>,
) -> Result<Page<Member>> {
    let group = GroupId::parse(group)?;
    standing(m, caller, &group).await?;
    let MemberPage { limit, cursor, backwards, without_owner } = page;
    let limit = limit.clamp(1, PAGE);
    let app = caller.app.id;
    let after = cursor.map(|cursor| decode_cursor(cursor, position_from_key)).transpose()?;
    // One more than asked for tells whether there is another page; the owner may be one of them.
    let read = limit + 1 + usize::from(without_owner);
    let mut found =
        groups::members_after(m.store(), app, &group, after.as_ref(), backwards, read).await?;
    found.retain(|member| !without_owner || member.role != Role::Owner);
    Ok(Page::of(found, limit, position_to_key))
}

/// A page of the groups of `user`, by number from 1, the one joined last first, and how many it is in.
pub async fn joined(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    page: usize,
    size: usize,
) -> Result<(Vec<(Group, Role)>, u64)> {
    let (app, id) = (caller.app.id, subject(m, caller, user).await?);
    let (offset, limit) = slice(page, size);
    let found = groups::joined(m.store(), app, &id, offset, limit).await?;
    let total = groups::joined_count(m.store(), app, &id).await?;
    Ok((found, total))
}

/// One group without its members; for the app and for members.
pub async fn get(m: &Messaging, caller: &Caller, group: &str) -> Result<Group> {
    let group = GroupId::parse(group)?;
    standing(m, caller, &group).await?;
    super::require(m, caller, &group).await
}

/// A page of all groups of the app, the newest first; for the app.
pub async fn page(
    m: &Messaging,
    caller: &Caller,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Group>> {
    require_app(caller)?;
    let limit = limit.clamp(1, PAGE);
    let after = cursor.map(|cursor| decode_cursor(cursor, place_from_key)).transpose()?;
    let found = groups::page(m.store(), caller.app.id, Listing::All, after, limit + 1).await?;
    Ok(Page::of(found, limit, place_to_key))
}

/// A page of the public groups of the app, the newest first; for everybody.
pub async fn public_page(
    m: &Messaging,
    caller: &Caller,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<Group>> {
    let limit = limit.clamp(1, PAGE);
    let after = cursor.map(|cursor| decode_cursor(cursor, place_from_key)).transpose()?;
    let found = groups::page(m.store(), caller.app.id, Listing::Public, after, limit + 1).await?;
    Ok(Page::of(found, limit, place_to_key))
}

/// In how many groups `user` is.
pub async fn joined_count(m: &Messaging, caller: &Caller, user: &str) -> Result<u64> {
    let user = subject(m, caller, user).await?;
    Ok(groups::joined_count(m.store(), caller.app.id, &user).await?)
}

/// Whether `user` is in the group. A user asks for itself, and for others in its own groups.
pub async fn is_member(m: &Messaging, caller: &Caller, group: &str, user: &str) -> Result<bool> {
    let group = GroupId::parse(group)?;
    let Ok(user) = UserId::parse(user) else {
        // Nobody has such an id.
        standing(m, caller, &group).await?;
        return Ok(false);
    };
    if !caller.acts_for(&user) {
        standing(m, caller, &group).await?;
    }
    match membership(m, caller.app.id, &group, &user).await? {
        Membership::NoGroup => Err(not_found(&group).into()),
        Membership::NotMember => Ok(false),
        Membership::Member { .. } => Ok(true),
    }
}

/// Every group of `user` and the log position from which on its messages are meant for it.
pub(crate) async fn joined_positions(
    m: &Messaging,
    app: AppId,
    user: &UserId,
) -> Result<Vec<(GroupId, MessageId)>> {
    let joined = memberships(m, app, user).await?;
    Ok(joined.into_iter().map(|joined| (joined.group, joined.heard_from)).collect())
}

/// Lets a session that has just connected hear of the user's groups; answers what [`joined_positions`] does.
pub(crate) async fn enter_all(
    m: &Messaging,
    app: AppId,
    session: &Registration,
    user: &UserId,
) -> Result<Vec<(GroupId, MessageId)>> {
    let mine = joined_positions(m, app, user).await?;
    if mine.is_empty() {
        return Ok(mine);
    }
    let heard = |of: &[(GroupId, MessageId)]| -> HashSet<GroupId> {
        let heard = of.iter().filter(|(_, heard_from)| *heard_from != UNHEARD);
        heard.map(|(group, _)| group.clone()).collect()
    };
    let entered = heard(&mine);
    entered.iter().for_each(|group| session.join(group));
    // Whoever took the user out meanwhile may have looked for this session too early.
    let still = joined_positions(m, app, user).await?;
    for group in entered.difference(&heard(&still)) {
        m.router().group_left(app, group, user);
    }
    Ok(still)
}

/// Every group of `user`, as it joined it.
pub(crate) async fn memberships(m: &Messaging, app: AppId, user: &UserId) -> Result<Vec<Joined>> {
    Ok(groups::joined_positions(m.store(), app, user).await?)
}

/// Offset and number of rows of page `page` (from 1) with `size` rows, clamped.
fn slice(page: usize, size: usize) -> (usize, usize) {
    let size = size.clamp(1, PAGE);
    (page.saturating_sub(1).saturating_mul(size), size)
}

fn place_to_key(group: &Group) -> String {
    format!("{} {}", group.created, group.id)
}

fn place_from_key(key: &str) -> Option<(Timestamp, GroupId)> {
    let (created, id) = key.split_once(' ')?;
    Some((created.parse().ok()?, GroupId::parse(id).ok()?))
}

/// The place of a member in the list, for a cursor.
pub(crate) fn position_to_key(member: &Member) -> String {
    let position = MemberPosition::of(member);
    format!("{} {} {}", u8::from(position.owner), position.joined_at, position.user)
}

/// The place behind a cursor.
pub(crate) fn position_from_key(key: &str) -> Option<MemberPosition> {
    let mut parts = key.splitn(3, ' ');
    let owner = parts.next()? == "1";
    let joined_at = MessageId(parts.next()?.parse().ok()?);
    Some(MemberPosition { owner, joined_at, user: UserId::parse(parts.next()?).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_found_again_by_its_key() {
        for role in [Role::Owner, Role::Member] {
            let user = UserId::from_trusted("a-b_c.d");
            let member = Member { user, role, joined: 5, joined_at: MessageId(1 << 60) };
            assert_eq!(
                position_from_key(&position_to_key(&member)),
                Some(MemberPosition::of(&member))
            );
        }
        for bad in ["", "1", "1 x alice", "0 5", "0 5 a b"] {
            assert_eq!(position_from_key(bad), None, "{bad}");
        }
    }
}
