//! Organisations: what operators see of them, their name and title, and their end.

use hongyan_model::{OrgId, Refusal, Result, StaffRefusal, Timestamp};
use hongyan_store::organisations::{self, Deletion, NewOrganisation, Organisation};
use hongyan_store::staff::{self, Founding};

use crate::accounts::OrgKind;
use crate::roles::{Permission, Role};
use crate::sessions::{self, Session};
use crate::staff::Staff;
use crate::{Platform, RegistrationMode, apps, members, random};

/// Digits of the name of an organisation that chose none.
const RANDOM_DIGITS: usize = 16;
const TITLE_CHARS: usize = 64;
/// Largest page.
const PAGE: u32 = 100;

/// An organisation as an operator sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrgSummary {
    /// Number.
    pub id: OrgId,
    /// First half of its App Keys.
    pub name: String,
    /// The company's name.
    pub title: String,
    /// What it is.
    pub kind: OrgKind,
    /// Its apps, whatever their status.
    pub apps: i64,
    /// Its members.
    pub members: i64,
    /// When its super admin asked to close it, if so.
    pub closing_requested: Option<Timestamp>,
    /// When it was made.
    pub created: Timestamp,
}

/// Page `number` (from 1) of the organisations whose name or title contains `text`, by name, and the number of all
/// such. For operators.
pub async fn page(
    p: &Platform,
    by: &Staff,
    text: &str,
    number: u32,
    size: u32,
) -> Result<(Vec<OrgSummary>, i64)> {
    require_operator(by)?;
    let size = size.clamp(1, PAGE);
    let offset = u64::from(number.saturating_sub(1)) * u64::from(size);
    let text = text.replace('\0', "");
    let (listed, total) = organisations::page(p.store(), &text, offset, size).await?;
    let summary = |listed: organisations::Listed| OrgSummary {
        id: listed.org.id,
        name: listed.org.name,
        title: listed.org.title,
        kind: OrgKind::parse(&listed.org.kind).unwrap_or_default(),
        apps: listed.apps,
        members: listed.members,
        closing_requested: listed.org.closing_requested,
        created: listed.org.created,
    };
    Ok((listed.into_iter().map(summary).collect(), total))
}

/// An organisation that an operator makes.
#[derive(Clone, PartialEq, Eq)]
pub struct NewOrg {
    /// First half of its App Keys.
    pub name: String,
    /// The company's name, 1–64 characters.
    pub title: String,
    /// Address and first password of its super admin, who is active at once; without one it has no members yet.
    pub admin: Option<(String, String)>,
}

/// Makes an organisation. For operators.
pub async fn create(p: &Platform, by: &Staff, new: NewOrg) -> Result<OrgId> {
    require_operator(by)?;
    apps::check_org(&new.name)?;
    let org = NewOrganisation {
        title: check_title("title", &new.title)?,
        name: new.name,
        kind: OrgKind::Company.as_str().to_owned(),
        created: p.clock().now(),
    };
    let Some((email, password)) = new.admin else {
        let id = organisations::insert(p.store(), &org).await?;
        return Ok(id.ok_or(StaffRefusal::OrganisationExists)?);
    };
    let admin = members::first_super_admin(p, &email, &password, true).await?;
    match staff::insert_with_organisation(p.store(), &org, &admin, None).await? {
        Founding::Done(..) => Ok(find(p, &org.name).await?.id),
        Founding::NameTaken | Founding::NoInvitation => {
            Err(StaffRefusal::OrganisationExists.into())
        }
        Founding::EmailTaken => Err(StaffRefusal::EmailTaken.into()),
    }
}

/// Why a new organisation cannot have a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unavailable {
    /// Not 1–32 of `a-z 0-9 -`, or reserved.
    Illegal,
    /// Another has it.
    Taken,
}

/// Whether a new organisation could have this name. Where nobody can register, only operators learn.
pub async fn check_available(
    p: &Platform,
    by: Option<&Staff>,
    name: &str,
) -> Result<Result<(), Unavailable>> {
    let is_operator = by.is_some_and(|by| by.role == Role::Operator);
    if p.console().registration == RegistrationMode::Closed && !is_operator {
        return Err(StaffRefusal::RegistrationClosed.into());
    }
    if apps::check_org(name).is_err() {
        return Ok(Err(Unavailable::Illegal));
    }
    let taken = organisations::find(p.store(), name).await?.is_some();
    Ok(if taken { Err(Unavailable::Taken) } else { Ok(()) })
}

/// The organisation called `name`, if `by` belongs to it or is an operator; without a name one's own.
pub async fn within_reach(p: &Platform, by: &Staff, name: Option<&str>) -> Result<OrgId> {
    let own = by.org.as_ref();
    match (name, own) {
        (None, Some(own)) => Ok(own.id),
        (Some(name), Some(own)) if own.name == name => Ok(own.id),
        (Some(name), None) if by.role == Role::Operator => Ok(find(p, name).await?.id),
        (None, None) => Err(Refusal::Missing { name: "org" }.into()),
        _ => Err(StaffRefusal::OrganisationNotFound.into()),
    }
}

/// The organisation called `name`, or one's own, whose members `by` manages.
pub(crate) async fn managed(p: &Platform, by: &Staff, name: Option<&str>) -> Result<OrgId> {
    let org = within_reach(p, by, name).await?;
    require_management(by, org)?;
    Ok(org)
}

/// Asks to close one's organisation, or takes that back. It must have no apps.
pub async fn request_closing(p: &Platform, session: &Session, wanted: bool) -> Result<()> {
    sessions::require_verified(p, session)?;
    let by = &session.staff;
    let org = by.org_id().ok_or(StaffRefusal::OrganisationNotFound)?;
    require_management(by, org)?;
    if wanted && organisations::apps(p.store(), org).await? > 0 {
        return Err(StaffRefusal::OrganisationHasApps.into());
    }
    let requested = wanted.then(|| p.clock().now());
    Ok(organisations::set_closing(p.store(), org, requested).await?)
}

/// Closes an organisation whose super admin asked for it: it and its members are gone. For operators.
pub async fn close(p: &Platform, session: &Session, name: &str) -> Result<()> {
    require_operator(&session.staff)?;
    sessions::require_verified(p, session)?;
    let org = find(p, name).await?;
    match organisations::delete(p.store(), org.id).await? {
        Deletion::Done => {
            tracing::info!(org = org.name, "organisation closed");
            Ok(())
        }
        Deletion::Missing => Err(StaffRefusal::OrganisationNotFound.into()),
        Deletion::HasApps => Err(StaffRefusal::OrganisationHasApps.into()),
        Deletion::NotRequested => Err(StaffRefusal::ClosingNotRequested.into()),
    }
}

/// Refuses whoever does not manage the members of `org`; to others it does not exist.
pub(crate) fn require_management(by: &Staff, org: OrgId) -> Result<()> {
    if by.role != Role::Operator && by.org_id() != Some(org) {
        return Err(StaffRefusal::OrganisationNotFound.into());
    }
    if by.role.allows(Permission::Members) { Ok(()) } else { Err(Refusal::NotPermitted.into()) }
}

pub(crate) fn require_operator(by: &Staff) -> Result<()> {
    let is_operator = by.role.allows(Permission::ManageInstallation);
    if is_operator { Ok(()) } else { Err(Refusal::NotPermitted.into()) }
}

/// Checks a company's name; answers it without spaces around it.
pub(crate) fn check_title(name: &'static str, title: &str) -> Result<String, Refusal> {
    let title = title.trim();
    let is_legal =
        (1..=TITLE_CHARS).contains(&title.chars().count()) && !title.chars().any(char::is_control);
    if is_legal {
        return Ok(title.to_owned());
    }
    let why = format!("one line of 1 to {TITLE_CHARS} characters");
    Err(Refusal::Invalid { name, why })
}

/// Sixteen random digits, the first of which is not 0.
pub(crate) fn random_name() -> Result<String> {
    let digits = random::bytes::<RANDOM_DIGITS>()?;
    let digit = |(index, byte): (usize, u8)| {
        let digit = if index == 0 { 1 + byte % 9 } else { byte % 10 };
        char::from(b'0' + digit)
    };
    Ok(digits.into_iter().enumerate().map(digit).collect())
}

async fn find(p: &Platform, name: &str) -> Result<Organisation> {
    if apps::check_org(name).is_err() {
        return Err(StaffRefusal::OrganisationNotFound.into());
    }
    let found = organisations::find(p.store(), name).await?;
    Ok(found.ok_or(StaffRefusal::OrganisationNotFound)?)
}
