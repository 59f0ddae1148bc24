//! Registration of an organisation with its first account, and joining one by invitation.

use hongyan_model::{Fault, OrgId, Refusal, Result, StaffId, StaffRefusal};
use hongyan_store::organisations::NewOrganisation;
use hongyan_store::staff::{self, Founding, Membership, NewStaff};
use hongyan_store::staff_links::Invitation;
use serde_json::json;

use super::passwords::{PASSWORD_CHARS, hash_new};
use super::trail::{self, Who};
use super::{Client, check_texts, email, parse_email};
use crate::challenge::{self, Proof};
use crate::lockout::{self, Subject};
use crate::roles::Role;
use crate::sessions::{self, NewSession};
use crate::staff::{Language, Staff};
use crate::{Platform, RegistrationMode, apps, invitations, mail, members, organisations};

/// What an organisation is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OrgKind {
    /// 企业用户.
    #[default]
    Company,
    /// 个人用户.
    Individual,
}

impl OrgKind {
    /// Word for it in storage and in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Individual => "individual",
        }
    }

    /// Reads [`as_str`](Self::as_str).
    pub fn parse(word: &str) -> Result<Self, Refusal> {
        match word {
            "company" => Ok(Self::Company),
            "individual" => Ok(Self::Individual),
            _ => Err(Refusal::Invalid { name: "kind", why: "company or individual".to_owned() }),
        }
    }
}

/// What a new account says of itself.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct NewAccount {
    /// Address.
    pub email: String,
    /// Password that its owner chose.
    pub password: String,
    /// Name.
    pub name: String,
    /// Phone number.
    pub phone: String,
    /// Language of pages and mails.
    pub language: Language,
}

/// Who wants to register an organisation, or to join one by invitation.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Registration {
    /// First half of its App Keys; without one it gets 16 random digits.
    pub org: Option<String>,
    /// What it is.
    pub kind: OrgKind,
    /// The company's name: 1–64 characters, ignored for individuals.
    pub company: String,
    /// The account.
    pub account: NewAccount,
    /// Whether the terms were agreed to.
    pub agree: bool,
    /// Token of an invitation, which takes the place of the proof. One into an organisation leaves only the account
    /// to be said.
    pub invite: Option<String>,
    /// Work that was done for it.
    pub proof: Option<Proof>,
}

/// Registers an organisation with its super admin, or joins one by invitation, and signs in.
pub async fn register(p: &Platform, new: Registration, client: Client) -> Result<NewSession> {
    if !new.agree {
        return Err(Refusal::Missing { name: "agree" }.into());
    }
    lockout::begin(p, vec![Subject::requests(client.ip)], None).await?;
    let invitation = match &new.invite {
        Some(token) => Some(invitations::open(p, token).await?),
        None => None,
    };
    match invitation {
        Some(Invitation { org: Some(org), .. }) => join(p, &new, org, invitation, client).await,
        _ => found(p, &new, invitation, client).await,
    }
}

/// Registers an organisation.
async fn found(
    p: &Platform,
    new: &Registration,
    invitation: Option<Invitation>,
    client: Client,
) -> Result<NewSession> {
    admit(p, new).await?;
    let (org, title) = organisation(new)?;
    let staff = account(p, &new.account, Role::SuperAdmin, invitation.as_ref()).await?;
    let org = NewOrganisation {
        name: org,
        title,
        kind: new.kind.as_str().to_owned(),
        created: staff.created,
    };
    let invitation = invitation.map(|invitation| invitation.id);
    let id = match staff::insert_with_organisation(p.store(), &org, &staff, invitation).await? {
        Founding::Done(id) => Ok(id),
        Founding::NameTaken => Err(StaffRefusal::OrganisationExists.into()),
        Founding::EmailTaken => Err(StaffRefusal::EmailTaken.into()),
        Founding::NoInvitation => Err(StaffRefusal::LinkInvalid.into()),
    };
    enter(p, id, &staff, "register", client).await
}

/// Joins an organisation.
async fn join(
    p: &Platform,
    new: &Registration,
    org: OrgId,
    invitation: Option<Invitation>,
    client: Client,
) -> Result<NewSession> {
    let role = invitation.as_ref().and_then(|invitation| Role::parse(invitation.role.as_ref()?));
    let role = role.ok_or(StaffRefusal::LinkInvalid)?;
    let staff = account(p, &new.account, role, invitation.as_ref()).await?;
    let invitation = invitation.map(|invitation| invitation.id);
    let limit = members::LIMIT;
    let id = match staff::insert_member(p.store(), org, &staff, limit, invitation).await? {
        Membership::Done(id) => Ok(id),
        Membership::NoOrganisation | Membership::NoInvitation => {
            Err(StaffRefusal::LinkInvalid.into())
        }
        Membership::EmailTaken => Err(StaffRefusal::EmailTaken.into()),
        Membership::Full => Err(Refusal::TooMany { name: "members", limit }.into()),
    };
    enter(p, id, &staff, "join", client).await
}

/// Whether somebody may register an organisation: by the mode, with an invitation, or with work done.
async fn admit(p: &Platform, new: &Registration) -> Result<()> {
    match (p.console().registration, &new.invite) {
        (RegistrationMode::Closed, _) => Err(StaffRefusal::RegistrationClosed.into()),
        (_, Some(_)) => Ok(()),
        (RegistrationMode::Invite, None) => Err(StaffRefusal::InvitationRequired.into()),
        (RegistrationMode::Open, None) => challenge::require(p, new.proof.as_ref()).await,
    }
}

/// Name and title of the organisation.
fn organisation(new: &Registration) -> Result<(String, String)> {
    let title = match new.kind {
        OrgKind::Company => organisations::check_title("company", &new.company)?,
        OrgKind::Individual => String::new(),
    };
    let name = match new.org.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => {
            apps::check_org(name)?;
            name.to_owned()
        }
        None => organisations::random_name()?,
    };
    Ok((name, title))
}

async fn account(
    p: &Platform,
    new: &NewAccount,
    role: Role,
    invitation: Option<&Invitation>,
) -> Result<NewStaff> {
    let email = parse_email(&new.email)?;
    let invited = invitation.map(|invitation| invitation.email.as_str()).unwrap_or_default();
    if !invited.is_empty() && invited != email {
        let why = "the invitation is for another address".to_owned();
        return Err(Refusal::Invalid { name: "email", why }.into());
    }
    check_texts(Some(&new.name), Some(&new.phone), None)?;
    Ok(NewStaff {
        // The link of an invitation to an address was mailed there, and shown to nobody else.
        email_verified: !invited.is_empty() && mail::is_configured(p),
        email,
        password_hash: hash_new(p, "password", &new.password, *PASSWORD_CHARS.end()).await?,
        role: Some(role.as_str().to_owned()),
        name: new.name.clone(),
        phone: new.phone.clone(),
        language: new.language.as_str().to_owned(),
        activated: true,
        may_reveal_secret: true,
        created: p.clock().now(),
        ..NewStaff::default()
    })
}

/// Signs the new account in, and asks it to prove its address.
async fn enter(
    p: &Platform,
    id: Result<StaffId>,
    new: &NewStaff,
    action: &str,
    client: Client,
) -> Result<NewSession> {
    let id = match id {
        Ok(id) => id,
        Err(failure) => {
            let who = Who::Claimed(&new.email);
            trail::write(p, client, who, action, Some(&failure), json!({})).await;
            return Err(failure);
        }
    };
    let row = staff::find(p.store(), id).await?;
    let row = row.ok_or_else(|| Fault::new("an account is gone", "deleted as soon as made"))?;
    let staff = Staff::of_row(row)?;
    let session = sessions::create(p, staff.clone(), false).await;
    trail::write(p, client, Who::Known(&staff), action, session.as_ref().err(), json!({})).await;
    if mail::is_configured(p) && !staff.email_verified {
        // The account can ask for another mail.
        if let Err(error) = email::mail_link(p, &staff, &staff.email).await {
            tracing::warn!(?error, "a new account could not be asked to verify its address");
        }
    }
    session
}
