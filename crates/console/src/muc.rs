//! What groups and chat rooms have in common: members, administrators, block list, mutes, allow list, announcement,
//! transfer. One handler serves both.

use hongyan_messaging::muc::MemberPage;
use hongyan_messaging::{groups, muc, rooms};
use hongyan_model::{Error, GroupId, Member, Muc, Refusal, Role, RoomId, Timestamp};
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Action, Routes, write};
use crate::errors::Failure;
use crate::page::{CursorPage, PageQuery};

const ACCESS: Access = Access::App(Permission::Operations);

pub(crate) fn routes() -> Routes {
    macro_rules! under {
        ($one:literal, $module:literal) => {{
            const MEMBERS: &str = concat!($one, "/members");
            const MEMBER: &str = concat!($one, "/members/{user}");
            const ADMINS: &str = concat!($one, "/admins");
            const ADMIN: &str = concat!($one, "/admins/{user}");
            const BLOCKS: &str = concat!($one, "/blocklist");
            const BLOCKED: &str = concat!($one, "/blocklist/{user}");
            const MUTES: &str = concat!($one, "/mutes");
            const MUTED: &str = concat!($one, "/mutes/{user}");
            const ALLOWED: &str = concat!($one, "/allowlist");
            const ALLOWED_ONE: &str = concat!($one, "/allowlist/{user}");
            const fn action(name: &'static str) -> Action {
                write($module, name)
            }
            Routes::default()
                .get(MEMBERS, ACCESS, members)
                .write(Method::POST, MEMBERS, ACCESS, action("add_members"), add_members)
                .write(Method::DELETE, MEMBER, ACCESS, action("remove_member"), remove_member)
                .get(ADMINS, ACCESS, admins)
                .write(Method::POST, ADMINS, ACCESS, action("add_admin"), promote)
                .write(Method::DELETE, ADMIN, ACCESS, action("remove_admin"), demote)
                .get(BLOCKS, ACCESS, blocked)
                .write(Method::POST, BLOCKS, ACCESS, action("block"), block)
                .write(Method::DELETE, BLOCKED, ACCESS, action("unblock"), unblock)
                .get(MUTES, ACCESS, muted)
                .write(Method::POST, MUTES, ACCESS, action("mute"), mute)
                .write(Method::DELETE, MUTED, ACCESS, action("unmute"), unmute)
                .get(ALLOWED, ACCESS, allowed)
                .write(Method::POST, ALLOWED, ACCESS, action("allow"), allow)
                .write(Method::DELETE, ALLOWED_ONE, ACCESS, action("disallow"), disallow)
                .write(
                    Method::PUT,
                    concat!($one, "/mute-all"),
                    ACCESS,
                    action("mute_all"),
                    set_all_muted,
                )
                .write(
                    Method::PUT,
                    concat!($one, "/announcement"),
                    ACCESS,
                    action("announcement"),
                    set_announcement,
                )
                .write(
                    Method::POST,
                    concat!($one, "/transfer"),
                    ACCESS,
                    action("transfer"),
                    transfer,
                )
        }};
    }
    Routes::default()
        .merge(under!("/apps/{org}/{app}/groups/{group}", "groups"))
        .merge(under!("/apps/{org}/{app}/rooms/{room}", "rooms"))
}

/// The group or room of the path.
pub(crate) fn of_path(call: &Call) -> Result<Muc, Failure> {
    Ok(match call.path("group") {
        "" => Muc::Room(RoomId::parse(call.path("room"))?),
        group => Muc::Group(GroupId::parse(group)?),
    })
}

/// A member of a group or room.
#[derive(Serialize, TS)]
#[ts(export_to = "muc.ts")]
pub(crate) struct MemberRow {
    user: String,
    role: MemberRole,
    #[ts(type = "number")]
    joined: Timestamp,
}

/// Role of a member.
#[derive(Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "muc.ts")]
pub(crate) enum MemberRole {
    /// Plain member.
    Member,
    /// Administrator.
    Admin,
    /// Owner.
    Owner,
}

impl From<Member> for MemberRow {
    fn from(member: Member) -> Self {
        Self {
            user: member.user.to_string(),
            role: match member.role {
                Role::Member => MemberRole::Member,
                Role::Admin => MemberRole::Admin,
                Role::Owner => MemberRole::Owner,
            },
            joined: member.joined,
        }
    }
}

/// The form's names of the domain's parameters. An unknown user is the `owner`, or one in the field `others`.
pub(crate) fn of_form(error: Error, owner: &str, others: &'static str) -> Failure {
    let unknown = match &error {
        Error::Refused(Refusal::UserNotFound { user }) => Some(user.eq_ignore_ascii_case(owner)),
        _ => None,
    };
    let failure = Failure::from(error)
        .renamed("groupname", "name")
        .renamed("title", "name")
        .renamed("desc", "description")
        .renamed("maxusers", "max_users");
    match unknown {
        Some(true) => failure.field("owner"),
        Some(false) => failure.field(others),
        None => failure,
    }
}

/// One user.
#[derive(Deserialize, TS)]
#[ts(export_to = "muc.ts")]
pub(crate) struct OneUser {
    user: String,
}

/// Several users.
#[derive(Deserialize, TS)]
#[ts(export_to = "muc.ts")]
pub(crate) struct SomeUsers {
    pub(crate) users: Vec<String>,
}

/// Users to be muted, for how long.
#[derive(Deserialize, TS)]
#[ts(export_to = "muc.ts")]
pub(crate) struct MuteMembers {
    users: Vec<String>,
    /// −1 is for ever.
    #[ts(type = "number")]
    seconds: i64,
}

/// Who is muted, until when.
#[derive(Serialize, TS)]
#[ts(export_to = "muc.ts")]
pub(crate) struct MutedMember {
    user: String,
    /// Unix ms; −1 is for ever.
    #[ts(type = "number | null")]
    expire: Option<Timestamp>,
}

/// On or off.
#[derive(Deserialize, TS)]
#[ts(export_to = "muc.ts")]
pub(crate) struct Switched {
    on: bool,
}

/// A text.
#[derive(Deserialize, TS)]
#[ts(export_to = "muc.ts")]
pub(crate) struct NewText {
    text: String,
}

/// What became of one user of a call with several.
#[derive(Serialize, TS)]
#[ts(export_to = "muc.ts")]
pub(crate) struct UserOutcome {
    user: String,
    /// Why nothing was done; `null`: it was.
    failure: Option<OutcomeFailure>,
}

/// Why nothing was done for a user.
#[derive(Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "muc.ts")]
pub(crate) enum OutcomeFailure {
    /// It is not in the group or room.
    NotMember,
    /// It is not on the list.
    NotListed,
}

fn outcomes(outcomes: Vec<muc::Outcome>) -> Answer {
    let rows: Vec<UserOutcome> = outcomes
        .into_iter()
        .map(|outcome| UserOutcome {
            user: outcome.user,
            failure: outcome.failure.map(|failure| match failure {
                muc::Failed::NotMember => OutcomeFailure::NotMember,
                muc::Failed::NotListed => OutcomeFailure::NotListed,
            }),
        })
        .collect();
    Answer::json(&rows)
}

fn ids(users: Vec<hongyan_model::UserId>) -> Answer {
    Answer::json(&users.iter().map(ToString::to_string).collect::<Vec<_>>())
}

async fn members(call: Call) -> Result<Answer, Failure> {
    let (m, caller, query) = (call.messaging(), call.caller()?, call.query::<PageQuery>()?);
    let (limit, cursor) = (query.limit(), query.cursor.as_deref());
    let page = MemberPage { limit, cursor, ..MemberPage::default() };
    let page = match of_path(&call)? {
        Muc::Group(id) => groups::members_after(m, &caller, id.as_str(), page).await?,
        Muc::Room(id) => rooms::members_after(m, &caller, id.as_str(), page).await?,
    };
    let items: Vec<MemberRow> = page.items.into_iter().map(MemberRow::from).collect();
    Ok(Answer::json(&CursorPage { items, cursor: page.cursor }))
}

async fn add_members(call: Call) -> Result<Answer, Failure> {
    let SomeUsers { users } = call.body()?;
    let (m, caller) = (call.messaging(), call.caller()?);
    match of_path(&call)? {
        Muc::Group(id) => groups::add_members(m, &caller, id.as_str(), &users).await?,
        Muc::Room(id) => rooms::add_members(m, &caller, id.as_str(), &users).await?,
    };
    Ok(Answer::done())
}

async fn remove_member(call: Call) -> Result<Answer, Failure> {
    let users = [call.path("user").to_owned()];
    let (m, caller) = (call.messaging(), call.caller()?);
    match of_path(&call)? {
        Muc::Group(id) => {
            groups::remove_members(m, &caller, id.as_str(), &users).await?;
        }
        Muc::Room(id) => {
            rooms::remove_members(m, &caller, id.as_str(), &users).await?;
        }
    }
    Ok(Answer::done().target(target(&call)))
}

async fn admins(call: Call) -> Result<Answer, Failure> {
    Ok(ids(muc::administrators(call.messaging(), &call.caller()?, &of_path(&call)?).await?))
}

async fn promote(call: Call) -> Result<Answer, Failure> {
    let (muc, OneUser { user }) = (of_path(&call)?, call.body()?);
    muc::promote(call.messaging(), &call.caller()?, &muc, &user).await?;
    Ok(Answer::done())
}

async fn demote(call: Call) -> Result<Answer, Failure> {
    let muc = of_path(&call)?;
    muc::demote(call.messaging(), &call.caller()?, &muc, call.path("user")).await?;
    Ok(Answer::done().target(target(&call)))
}

async fn blocked(call: Call) -> Result<Answer, Failure> {
    Ok(ids(muc::blocked(call.messaging(), &call.caller()?, &of_path(&call)?).await?))
}

async fn block(call: Call) -> Result<Answer, Failure> {
    let (muc, SomeUsers { users }) = (of_path(&call)?, call.body()?);
    Ok(outcomes(muc::block(call.messaging(), &call.caller()?, &muc, &users).await?))
}

async fn unblock(call: Call) -> Result<Answer, Failure> {
    let (muc, users) = (of_path(&call)?, [call.path("user").to_owned()]);
    let done = muc::unblock(call.messaging(), &call.caller()?, &muc, &users).await?;
    Ok(outcomes(done).target(target(&call)))
}

async fn muted(call: Call) -> Result<Answer, Failure> {
    let muted = muc::muted(call.messaging(), &call.caller()?, &of_path(&call)?).await?;
    let end = |expires: Timestamp| if expires == muc::FOREVER { -1 } else { expires };
    let row =
        |muting: muc::Muting| MutedMember { user: muting.user, expire: muting.expires.map(end) };
    Ok(Answer::json(&muted.into_iter().map(row).collect::<Vec<_>>()))
}

async fn mute(call: Call) -> Result<Answer, Failure> {
    let (muc, MuteMembers { users, seconds }) = (of_path(&call)?, call.body()?);
    let duration = if seconds < 0 { seconds } else { seconds.saturating_mul(1000) };
    let muted = muc::mute(call.messaging(), &call.caller()?, &muc, &users, duration).await;
    muted.map_err(|error| Failure::from(error).renamed("mute_duration", "seconds"))?;
    Ok(Answer::done())
}

async fn unmute(call: Call) -> Result<Answer, Failure> {
    let (muc, users) = (of_path(&call)?, [call.path("user").to_owned()]);
    muc::unmute(call.messaging(), &call.caller()?, &muc, &users).await?;
    Ok(Answer::done().target(target(&call)))
}

async fn allowed(call: Call) -> Result<Answer, Failure> {
    Ok(ids(muc::allowed(call.messaging(), &call.caller()?, &of_path(&call)?).await?))
}

async fn allow(call: Call) -> Result<Answer, Failure> {
    let (muc, SomeUsers { users }) = (of_path(&call)?, call.body()?);
    Ok(outcomes(muc::allow(call.messaging(), &call.caller()?, &muc, &users).await?))
}

async fn disallow(call: Call) -> Result<Answer, Failure> {
    let (muc, users) = (of_path(&call)?, [call.path("user").to_owned()]);
    let done = muc::disallow(call.messaging(), &call.caller()?, &muc, &users).await?;
    Ok(outcomes(done).target(target(&call)))
}

async fn set_all_muted(call: Call) -> Result<Answer, Failure> {
    let (muc, Switched { on }) = (of_path(&call)?, call.body()?);
    muc::set_all_muted(call.messaging(), &call.caller()?, &muc, on).await?;
    Ok(Answer::done())
}

async fn set_announcement(call: Call) -> Result<Answer, Failure> {
    let (muc, NewText { text }) = (of_path(&call)?, call.body()?);
    muc::set_announcement(call.messaging(), &call.caller()?, &muc, &text).await?;
    Ok(Answer::done())
}

async fn transfer(call: Call) -> Result<Answer, Failure> {
    let (muc, OneUser { user }) = (of_path(&call)?, call.body()?);
    muc::transfer(call.messaging(), &call.caller()?, &muc, &user).await?;
    Ok(Answer::done())
}

/// For the operation log: `group/user`.
fn target(call: &Call) -> String {
    format!("{}{}/{}", call.path("group"), call.path("room"), call.path("user"))
}
