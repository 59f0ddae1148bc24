//! Making, changing and ending a group.

use std::collections::HashSet;
use std::convert::Infallible;

use hongyan_model::{
    App, Caller, Conversation, Feature, Group, GroupId, Member, Muc, Refusal, Result, Role, UserId,
    limits,
};
use hongyan_store::groups::{self, Insertion};

use super::{acting, announce, not_found, quota};
use crate::users::{addressed, require_app, require_self_or_app};
use crate::{Messaging, conversations, muc, reactions, threads};

/// A group to be made.
#[derive(Clone, Debug)]
pub struct NewGroup {
    /// Id chosen by the customer's server; otherwise one is made.
    pub id: Option<String>,
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// Avatar URL.
    pub avatar: String,
    /// The caller's own text.
    pub custom: String,
    /// Owner.
    pub owner: String,
    /// The other members; the owner may be among them.
    pub members: Vec<String>,
    /// Whether it is listed and can be applied for.
    pub public: bool,
    /// Whether joining needs approval.
    pub members_only: bool,
    /// Whether plain members may invite; a public group starts without.
    pub allow_invites: bool,
    /// Whether an invited user has to agree.
    pub invite_need_confirm: bool,
    /// Most members, the owner included; `None` is 200, or fewer where the app's plan allows no more.
    pub max_users: Option<u32>,
}

/// What to change of a group; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct GroupChange {
    /// Name.
    pub name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Avatar URL.
    pub avatar: Option<String>,
    /// The caller's own text.
    pub custom: Option<String>,
    /// Most members, the owner included.
    pub max_users: Option<u32>,
    /// Whether joining needs approval.
    pub members_only: Option<bool>,
    /// Whether plain members may invite.
    pub allow_invites: Option<bool>,
    /// Whether an invited user has to agree.
    pub invite_need_confirm: Option<bool>,
    /// Whether it is listed and can be applied for.
    pub public: Option<bool>,
}

/// Makes a group. A user makes it for itself; the members are pulled in without being asked, whatever the group asks
/// of later ones.
pub async fn create(m: &Messaging, caller: &Caller, new: NewGroup) -> Result<Group> {
    let owner = addressed(&new.owner)?;
    require_self_or_app(caller, &owner)?;
    check_texts(
        &caller.app,
        Some(&new.name),
        Some(&new.description),
        Some(&new.avatar),
        Some(&new.custom),
    )?;
    let most = most_members(&caller.app);
    let max_users = new.max_users.unwrap_or(limits::GROUP_DEFAULT_MEMBERS.min(most));
    check_max_users(max_users, most)?;
    let users = owner_and_members(owner.clone(), &new.members)?;
    let member_count = u32::try_from(users.len()).unwrap_or(u32::MAX);
    if member_count > max_users {
        return Err(Refusal::GroupFull.into());
    }

    let now = m.clock().now();
    let group = Group {
        id: group_id(m, caller, new.id.as_deref())?,
        name: new.name,
        description: new.description,
        avatar: new.avatar,
        custom: new.custom,
        owner,
        public: new.public,
        members_only: new.members_only,
        allow_invites: new.allow_invites && !new.public,
        invite_need_confirm: new.invite_need_confirm,
        disabled: false,
        max_users,
        member_count,
        created: now,
        modified: now,
    };
    let members: Vec<Member> = users
        .iter()
        .map(|user| Member {
            user: user.clone(),
            role: if *user == group.owner { Role::Owner } else { Role::Member },
            joined: now,
            joined_at: m.ids().next(now),
        })
        .collect();
    let app = caller.app.id;
    match groups::insert(m.store(), app, &group, &members, quota(&caller.app)).await? {
        Insertion::Done => {}
        Insertion::Exists => {
            return Err(Refusal::GroupExists { group: group.id.to_string() }.into());
        }
        Insertion::TooMany => {
            return Err(Refusal::QuotaExceeded { feature: Feature::GroupsMax }.into());
        }
        Insertion::UserFull(user) => {
            return Err(Refusal::UserGroupsFull { user: user.to_string() }.into());
        }
        Insertion::UnknownUser(user) => {
            return Err(Refusal::UserNotFound { user: user.to_string() }.into());
        }
    }

    m.0.memberships.forget(app, &group.id);
    for user in &users {
        m.router().group_joined(app, &group.id, user);
    }
    announce::created(m, caller, &group, &users).await;
    let pulled_in: Vec<UserId> = users.into_iter().filter(|user| *user != group.owner).collect();
    announce::pulled_in(m, caller, &group, &pulled_in).await;
    Ok(group)
}

/// Changes a group; for its owner and administrators.
pub async fn update(
    m: &Messaging,
    caller: &Caller,
    group: &str,
    change: GroupChange,
) -> Result<Group> {
    let group = GroupId::parse(group)?;
    if acting(m, caller, &group).await? < Role::Admin {
        return Err(Refusal::RoleTooLow.into());
    }
    check_texts(
        &caller.app,
        change.name.as_deref(),
        change.description.as_deref(),
        change.avatar.as_deref(),
        change.custom.as_deref(),
    )?;
    if let Some(max_users) = change.max_users {
        check_max_users(max_users, most_members(&caller.app))?;
    }

    let now = m.clock().now();
    let apply = |group: &mut Group| change.apply(group, now);
    let changed = groups::update(m.store(), caller.app.id, &group, apply).await?;
    let changed = changed.ok_or_else(|| not_found(&group))??;
    announce::updated(m, caller, &changed).await;
    Ok(changed)
}

/// Closes a group, in which nobody may write or change anything then, or opens it again; for the customer's server.
pub async fn set_disabled(
    m: &Messaging,
    caller: &Caller,
    group: &str,
    disabled: bool,
) -> Result<()> {
    require_app(caller)?;
    let group = GroupId::parse(group)?;
    let (app, mut was) = (caller.app.id, disabled);
    let apply = |group: &mut Group| {
        was = std::mem::replace(&mut group.disabled, disabled);
        Ok::<(), Infallible>(())
    };
    let Some(Ok(changed)) = groups::update(m.store(), app, &group, apply).await? else {
        return Err(not_found(&group).into());
    };
    m.0.memberships.forget(app, &group);
    if was != disabled {
        announce::disabled(m, caller, &changed).await;
    }
    Ok(())
}

/// Ends a group; for its owner.
pub async fn destroy(m: &Messaging, caller: &Caller, group: &str) -> Result<()> {
    let group = GroupId::parse(group)?;
    if acting(m, caller, &group).await? < Role::Owner {
        return Err(Refusal::RoleTooLow.into());
    }
    if dissolve(m, caller, &group).await? { Ok(()) } else { Err(not_found(&group).into()) }
}

/// Ends a group with its threads, whoever asks; answers whether there was one.
pub(super) async fn dissolve(m: &Messaging, caller: &Caller, group: &GroupId) -> Result<bool> {
    let app = caller.app.id;
    let Some(deleted) = groups::delete(m.store(), app, group).await? else {
        return Ok(false);
    };
    m.0.memberships.forget(app, group);
    muc::forget(m, app, &Muc::Group(group.clone()));
    conversations::forget(m, app, &Conversation::Group(group.clone())).await;
    for user in &deleted.members {
        m.router().group_left(app, group, user);
    }
    announce::destroyed(m, caller, &deleted.group, &deleted.members).await;
    threads::lost_group(m, app, &deleted.threads).await?;
    reactions::forget_conversation(m, app, &Conversation::Group(group.clone()).key()).await?;
    Ok(true)
}

impl GroupChange {
    fn apply(self, group: &mut Group, now: hongyan_model::Timestamp) -> Result<(), Refusal> {
        if self.max_users.is_some_and(|max_users| max_users < group.member_count) {
            let why = format!("the group has {} members", group.member_count);
            return Err(Refusal::Invalid { name: "maxusers", why });
        }
        set(&mut group.name, self.name);
        set(&mut group.description, self.description);
        set(&mut group.avatar, self.avatar);
        set(&mut group.custom, self.custom);
        set(&mut group.max_users, self.max_users);
        set(&mut group.members_only, self.members_only);
        set(&mut group.allow_invites, self.allow_invites);
        set(&mut group.invite_need_confirm, self.invite_need_confirm);
        set(&mut group.public, self.public);
        group.modified = now;
        Ok(())
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// Stands in the place of a group's id in the addresses of REST.
const RESERVED: &str = "user";

fn group_id(m: &Messaging, caller: &Caller, given: Option<&str>) -> Result<GroupId> {
    let Some(given) = given else {
        return Ok(GroupId::from_trusted(m.ids().next(m.clock().now()).to_string()));
    };
    require_app(caller)?;
    let why = || format!("1 to {} characters a-z, 0-9", limits::GROUP_ID_BYTES);
    let invalid = |why| Refusal::Invalid { name: "groupid", why };
    if given.eq_ignore_ascii_case(RESERVED) {
        return Err(invalid(format!("{RESERVED} is a word of addresses")).into());
    }
    Ok(GroupId::parse(given).map_err(|_| invalid(why()))?)
}

/// Everybody once, the owner first.
fn owner_and_members(owner: UserId, members: &[String]) -> Result<Vec<UserId>> {
    let mut seen = HashSet::from([owner.clone()]);
    let mut users = vec![owner];
    for member in members {
        let member = addressed(member)?;
        if seen.insert(member.clone()) {
            users.push(member);
        }
    }
    Ok(users)
}

fn check_texts(
    app: &App,
    name: Option<&str>,
    description: Option<&str>,
    avatar: Option<&str>,
    custom: Option<&str>,
) -> Result<(), Refusal> {
    let chars = |text: &str| text.chars().count();
    check_text("groupname", name, app.most(Feature::MucNameCharsMax), chars)?;
    check_text("description", description, app.most(Feature::MucDescriptionCharsMax), chars)?;
    check_text("avatar", avatar, app.most(Feature::GroupAvatarCharsMax), chars)?;
    check_text("custom", custom, app.most(Feature::MucCustomBytesMax), str::len)
}

fn check_text(
    name: &'static str,
    text: Option<&str>,
    limit: usize,
    length: impl Fn(&str) -> usize,
) -> Result<(), Refusal> {
    let text = text.unwrap_or_default();
    if length(text) > limit {
        return Err(Refusal::TooLong { name, limit });
    }
    // PostgreSQL has no text with it.
    if text.contains('\0') {
        return Err(Refusal::Invalid { name, why: "holds a NUL character".to_owned() });
    }
    Ok(())
}

/// Most members a group of the app may be made for.
fn most_members(app: &App) -> u32 {
    u32::try_from(app.most(Feature::GroupMembersMax)).unwrap_or(u32::MAX)
}

fn check_max_users(max_users: u32, most: u32) -> Result<(), Refusal> {
    match max_users {
        0 => Err(Refusal::Invalid { name: "maxusers", why: "must be 1 or more".to_owned() }),
        wish if wish > most => Err(Refusal::QuotaExceeded { feature: Feature::GroupMembersMax }),
        _ => Ok(()),
    }
}
