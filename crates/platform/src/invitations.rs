//! Invitations: links with which somebody registers an organisation, or joins one.

use hongyan_model::{OrgId, Refusal, Result, StaffRefusal, Timestamp};
use hongyan_store::organisations::{self as orgs, Organisation};
use hongyan_store::staff;
use hongyan_store::staff_links::{self, Invitation, NewInvitation};

use crate::accounts::{fresh_link, link_hash, parse_email};
use crate::mail::{self, Mail, texts};
use crate::organisations::managed;
use crate::roles::Role;
use crate::staff::{Language, Staff};
use crate::{Platform, RegistrationMode};

const LIFETIME_MS: i64 = 7 * 24 * 3600 * 1000;
/// Open invitations of one organisation, or for new ones.
const OPEN: usize = 200;

/// An invitation to be made.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NewInvite {
    /// Organisation to join, one's own where it is absent. An operator who names none invites to register one.
    pub org: Option<String>,
    /// Role of who joins.
    pub role: Option<Role>,
    /// Who is invited; empty for whoever gets the link.
    pub email: String,
    /// Language of the mail.
    pub language: Language,
}

/// An invitation that was made.
#[derive(Clone, PartialEq, Eq)]
pub struct Invite {
    /// Number, to take it back.
    pub id: i64,
    /// Organisation to join; `None` to register a new one.
    pub org: Option<OrgId>,
    /// The link; `None` when it was mailed, so that opening it proves the address.
    pub link: Option<String>,
    /// When its time is over.
    pub expires: Timestamp,
}

/// An open invitation in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenInvite {
    /// Number, to take it back.
    pub id: i64,
    /// Who is invited; empty for whoever has the link.
    pub email: String,
    /// Role; `None` for a new organisation.
    pub role: Option<Role>,
    /// Address of the inviter.
    pub invited_by: String,
    /// When it was made.
    pub created: Timestamp,
    /// When its time is over.
    pub expires: Timestamp,
}

/// What an invitation tells whoever holds its link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InviteInfo {
    /// What the organisation to join is called; `None` to register a new one.
    pub org: Option<String>,
    /// Role there.
    pub role: Option<Role>,
    /// The address it is for; empty for any.
    pub email: String,
}

/// Makes an invitation and, with a mail server and an address, mails it.
pub async fn create(p: &Platform, by: &Staff, new: NewInvite) -> Result<Invite> {
    let org = scope(p, by, new.org.as_deref()).await?;
    let role = match org {
        None if p.console().registration == RegistrationMode::Closed => {
            return Err(StaffRefusal::RegistrationClosed.into());
        }
        None => None,
        Some(_) => {
            let role = new.role.ok_or(Refusal::Missing { name: "role" })?;
            require_member_role(by, role)?;
            Some(role.as_str().to_owned())
        }
    };
    let email = if new.email.trim().is_empty() { String::new() } else { parse_email(&new.email)? };
    if !email.is_empty() && staff::find_by_email(p.store(), &email).await?.is_some() {
        return Err(StaffRefusal::EmailTaken.into());
    }
    let (link, token_hash) = fresh_link(p, "/user/register")?;
    let now = p.clock().now();
    let expires = now + LIFETIME_MS;
    let stored = NewInvitation {
        token_hash,
        org,
        role,
        email: email.clone(),
        invited_by: by.email.clone(),
        created: now,
        expires,
    };
    let id = staff_links::invite(p.store(), &stored, OPEN).await?;
    let id = id.ok_or(Refusal::TooMany { name: "invitations", limit: OPEN })?;
    let is_mailed = !email.is_empty() && mail::is_configured(p);
    if is_mailed {
        mail_link(p, org, new.language, email, &link).await?;
    }
    Ok(Invite { id, org, link: (!is_mailed).then_some(link), expires })
}

/// Open invitations into an organisation, or to register new ones, the newest first.
pub async fn list(p: &Platform, by: &Staff, org: Option<&str>) -> Result<Vec<OpenInvite>> {
    let org = scope(p, by, org).await?;
    let open = staff_links::invitations(p.store(), org, p.clock().now()).await?;
    let invite = |open: Invitation| OpenInvite {
        id: open.id,
        email: open.email,
        role: open.role.as_deref().and_then(Role::parse),
        invited_by: open.invited_by,
        created: open.created,
        expires: open.expires,
    };
    Ok(open.into_iter().map(invite).collect())
}

/// Takes an invitation back; answers the organisation that it led into.
pub async fn revoke(p: &Platform, by: &Staff, org: Option<&str>, id: i64) -> Result<Option<OrgId>> {
    let org = scope(p, by, org).await?;
    if staff_links::revoke_invitation(p.store(), org, id).await? {
        Ok(org)
    } else {
        Err(StaffRefusal::LinkInvalid.into())
    }
}

/// What the holder of the link is invited to.
pub async fn inspect(p: &Platform, token: &str) -> Result<InviteInfo> {
    let invitation = open(p, token).await?;
    let org = match invitation.org {
        Some(id) => {
            let org = orgs::find_by_id(p.store(), id).await?;
            let org = org.ok_or(StaffRefusal::LinkInvalid)?;
            Some(called(org))
        }
        None => None,
    };
    let role = invitation.role.as_deref().and_then(Role::parse);
    Ok(InviteInfo { org, role, email: invitation.email })
}

/// The open invitation of this link.
pub(crate) async fn open(p: &Platform, token: &str) -> Result<Invitation> {
    let found = staff_links::invitation(p.store(), &link_hash(token), p.clock().now()).await?;
    Ok(found.ok_or(StaffRefusal::LinkInvalid)?)
}

/// Members are admins and developers; operators also make super admins.
pub(crate) fn require_member_role(by: &Staff, role: Role) -> Result<(), Refusal> {
    match role {
        Role::Admin | Role::Developer => Ok(()),
        Role::SuperAdmin if by.role == Role::Operator => Ok(()),
        Role::SuperAdmin | Role::Operator => {
            Err(Refusal::Invalid { name: "role", why: "admin or developer".to_owned() })
        }
    }
}

/// The organisation that invitations lead into; `None` for operators who name none.
async fn scope(p: &Platform, by: &Staff, org: Option<&str>) -> Result<Option<OrgId>> {
    if by.role == Role::Operator && org.is_none() {
        return Ok(None);
    }
    managed(p, by, org).await.map(Some)
}

async fn mail_link(
    p: &Platform,
    org: Option<OrgId>,
    language: Language,
    to: String,
    link: &str,
) -> Result<()> {
    let found = match org {
        Some(id) => orgs::find_by_id(p.store(), id).await?,
        None => None,
    };
    let called = found.map(called);
    let (subject, text) = texts::invitation(language, called.as_deref(), link);
    mail::send(p, Mail { purpose: "invitation", to, org, subject, text })
}

/// An individual has no title.
fn called(org: Organisation) -> String {
    if org.title.is_empty() { org.name } else { org.title }
}
