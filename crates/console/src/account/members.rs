//! 成员管理: the members of an organisation.

use hongyan_model::{StaffId, StaffRefusal, Timestamp};
use hongyan_platform::members::{self, MemberChange, NewMember};
use hongyan_platform::roles::Permission;
use http::Method;
use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

use super::OrgQuery;
use super::words::Role;
use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, protected};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/members";
    const ONE: &str = "/members/{id}";
    const MANAGE: Access = Access::Staff(Permission::Members);
    const POST: Method = Method::POST;
    Routes::default()
        .get(ALL, MANAGE, list)
        .write(POST, ALL, MANAGE, protected("members", "create"), create)
        .write(Method::PUT, ONE, MANAGE, protected("members", "edit"), edit)
        .write(Method::DELETE, ONE, MANAGE, protected("members", "remove"), remove)
        .write(POST, "/members/{id}/activate", MANAGE, protected("members", "activate"), activate)
        .write(
            POST,
            "/members/{id}/password",
            MANAGE,
            protected("members", "reset_password"),
            reset_password,
        )
}

/// A member of an organisation.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct Member {
    id: i64,
    email: String,
    email_verified: bool,
    name: String,
    phone: String,
    role: Role,
    remark: String,
    /// 账号激活.
    activated: bool,
    /// Whether it still has a password that somebody else has set.
    must_change_password: bool,
    totp_bound: bool,
    may_reveal_secret: bool,
    /// Names of the apps it is limited to; `null` for all.
    apps: Option<Vec<String>>,
    created: Timestamp,
    last_login: Option<Timestamp>,
}

/// A member to be made.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct CreateMember {
    email: String,
    password: String,
    role: Role,
    #[ts(optional)]
    name: Option<String>,
    #[ts(optional)]
    phone: Option<String>,
    #[ts(optional)]
    remark: Option<String>,
    /// Names of the apps it is limited to; absent or `null` for all.
    #[ts(optional = nullable)]
    apps: Option<Vec<String>>,
    /// Absent: it may.
    #[ts(optional)]
    may_reveal_secret: Option<bool>,
}

/// New values of a member; absent ones stay.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct EditMember {
    #[ts(optional)]
    role: Option<Role>,
    /// Names of the apps it is limited to; `null` for all.
    #[serde(default)]
    #[ts(optional = nullable, as = "Option<Vec<String>>")]
    apps: NewGrants,
    #[ts(optional)]
    may_reveal_secret: Option<bool>,
    #[ts(optional)]
    name: Option<String>,
    #[ts(optional)]
    phone: Option<String>,
    #[ts(optional)]
    remark: Option<String>,
}

/// The password that a member has to change at its next login.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct ResetMemberPassword {
    password: String,
}

/// Apps to be limited to from now on: `null` is a value here, and not the same as being absent.
#[derive(Default)]
pub(crate) enum NewGrants {
    #[default]
    Unchanged,
    Given(Option<Vec<String>>),
}

impl<'de> Deserialize<'de> for NewGrants {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Option::deserialize(from).map(Self::Given)
    }
}

impl From<members::Member> for Member {
    fn from(member: members::Member) -> Self {
        let members::Member { staff, apps } = member;
        Self {
            id: staff.id.0,
            email: staff.email,
            email_verified: staff.email_verified,
            name: staff.name,
            phone: staff.phone,
            role: staff.role.into(),
            remark: staff.remark,
            activated: staff.activated,
            must_change_password: staff.must_change_password,
            totp_bound: staff.totp_bound,
            may_reveal_secret: staff.may_reveal_secret,
            apps,
            created: staff.created,
            last_login: staff.last_login,
        }
    }
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let org: OrgQuery = call.query()?;
    let members = members::list(call.platform(), &call.session()?.staff, org.name()).await?;
    Ok(Answer::json(&members.into_iter().map(Member::from).collect::<Vec<_>>()))
}

async fn create(call: Call) -> Result<Answer, Failure> {
    let org: OrgQuery = call.query()?;
    let new: CreateMember = call.body()?;
    let new = NewMember {
        email: new.email,
        password: new.password,
        role: new.role.into(),
        name: new.name.unwrap_or_default(),
        phone: new.phone.unwrap_or_default(),
        remark: new.remark.unwrap_or_default(),
        apps: new.apps,
        may_reveal_secret: new.may_reveal_secret.unwrap_or(true),
    };
    let made = members::create(call.platform(), call.session()?, org.name(), new).await?;
    Ok(answer(made))
}

async fn edit(call: Call) -> Result<Answer, Failure> {
    let (org, id): (OrgQuery, _) = (call.query()?, member_id(&call)?);
    let EditMember { role, apps, may_reveal_secret, name, phone, remark } = call.body()?;
    let role = role.map(Into::into);
    let apps = match apps {
        NewGrants::Unchanged => None,
        NewGrants::Given(apps) => Some(apps),
    };
    let change = MemberChange { role, apps, may_reveal_secret, name, phone, remark };
    let changed = members::change(call.platform(), call.session()?, org.name(), id, change).await?;
    Ok(answer(changed))
}

async fn activate(call: Call) -> Result<Answer, Failure> {
    let (org, id): (OrgQuery, _) = (call.query()?, member_id(&call)?);
    let active = members::activate(call.platform(), call.session()?, org.name(), id).await?;
    Ok(answer(active))
}

async fn reset_password(call: Call) -> Result<Answer, Failure> {
    let (org, id): (OrgQuery, _) = (call.query()?, member_id(&call)?);
    let ResetMemberPassword { password } = call.body()?;
    let (p, session) = (call.platform(), call.session()?);
    Ok(answer(members::reset_password(p, session, org.name(), id, &password).await?))
}

async fn remove(call: Call) -> Result<Answer, Failure> {
    let (org, id): (OrgQuery, _) = (call.query()?, member_id(&call)?);
    let removed = members::remove(call.platform(), call.session()?, org.name(), id).await?;
    Ok(answer(removed))
}

/// The member as it is after a write; the operation log has its address.
fn answer(member: members::Member) -> Answer {
    let (org, email) = (member.staff.org_id(), member.staff.email.clone());
    Answer::json(&Member::from(member)).target(email).within(org)
}

fn member_id(call: &Call) -> Result<StaffId, StaffRefusal> {
    call.path("id").parse().map(StaffId).map_err(|_| StaffRefusal::MemberNotFound)
}
