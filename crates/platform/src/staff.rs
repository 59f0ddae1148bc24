//! Staff: the accounts of the console. A member belongs to an organisation; an operator to none, and runs the
//! installation.

use hongyan_model::{AppId, Authority, Fault, OrgId, Refusal, Result, StaffId, Timestamp};
use hongyan_store::staff::{self, StaffRow};

use crate::Platform;
use crate::accounts::OrgKind;
use crate::roles::{Permission, Role};

/// An account, without its secrets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Staff {
    /// Number.
    pub id: StaffId,
    /// Address, in lower case; the name at login.
    pub email: String,
    /// Whether a link sent to the address was opened.
    pub email_verified: bool,
    /// Name.
    pub name: String,
    /// Phone number.
    pub phone: String,
    /// QQ number.
    pub qq: String,
    /// What whoever made the account noted on it.
    pub remark: String,
    /// Language of pages and mails.
    pub language: Language,
    /// Role.
    pub role: Role,
    /// Organisation; `None` for operators.
    pub org: Option<StaffOrg>,
    /// Apps within reach.
    pub apps: AppGrants,
    /// Whether it may see client secrets, where its role allows it.
    pub may_reveal_secret: bool,
    /// Whether it may log in.
    pub activated: bool,
    /// Whether the password was set by somebody else and has to be changed first.
    pub must_change_password: bool,
    /// Whether an authenticator app is bound.
    pub totp_bound: bool,
    /// Whether logins ask for a second factor.
    pub login_protection: bool,
    /// Whether sensitive operations ask for a factor.
    pub operation_protection: bool,
    /// Last login.
    pub last_login: Option<Timestamp>,
    /// When it was made.
    pub created: Timestamp,
}

/// The organisation of a member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StaffOrg {
    /// Number.
    pub id: OrgId,
    /// First half of its App Keys.
    pub name: String,
    /// The company's name.
    pub title: String,
    /// What it is.
    pub kind: OrgKind,
    /// When its super admin asked to close it, if so.
    pub closing_requested: Option<Timestamp>,
}

/// Apps of the organisation that a member may work on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum AppGrants {
    /// All of them.
    #[default]
    All,
    /// These.
    Only(Vec<AppId>),
}

impl AppGrants {
    /// Whether the app is one of them, given that it is the organisation's.
    #[must_use]
    pub fn includes(&self, app: AppId) -> bool {
        match self {
            Self::All => true,
            Self::Only(apps) => apps.contains(&app),
        }
    }
}

/// Languages of the console.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Language {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Language {
    /// `zh` or `en`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// Reads `zh` or `en`.
    pub fn parse(word: &str) -> Result<Self, Refusal> {
        match word {
            "zh" => Ok(Self::Zh),
            "en" => Ok(Self::En),
            _ => Err(Refusal::Invalid { name: "language", why: "zh or en".to_owned() }),
        }
    }
}

impl Staff {
    /// The organisation, unless an operator.
    #[must_use]
    pub fn org_id(&self) -> Option<OrgId> {
        self.org.as_ref().map(|org| org.id)
    }

    /// Whether it may: by its role and, for client secrets, by what it is granted.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        let is_kept_from_it = permission == Permission::RevealSecret && !self.may_reveal_secret;
        self.role.allows(permission) && !is_kept_from_it
    }

    /// On whose authority it acts on apps.
    #[must_use]
    pub fn authority(&self) -> Authority {
        if self.role == Role::Operator { Authority::Operator } else { Authority::Owner }
    }

    pub(crate) fn of_row(row: StaffRow) -> Result<Self> {
        let role = match &row.role {
            None => Role::Operator,
            Some(word) => Role::parse(word)
                .ok_or_else(|| Fault::new("unreadable role", format!("{word:?} is none")))?,
        };
        let org = row.org.map(|org| StaffOrg {
            id: org.id,
            name: org.name,
            title: org.title,
            kind: OrgKind::parse(&org.kind).unwrap_or_default(),
            closing_requested: org.closing_requested,
        });
        Ok(Self {
            id: row.id,
            email: row.email,
            email_verified: row.email_verified,
            name: row.name,
            phone: row.phone,
            qq: row.qq,
            remark: row.remark,
            language: Language::parse(&row.language).unwrap_or_default(),
            role,
            org,
            apps: row.granted_apps.map_or(AppGrants::All, AppGrants::Only),
            may_reveal_secret: row.may_reveal_secret,
            activated: row.activated,
            must_change_password: row.must_change_password,
            totp_bound: row.totp_secret.is_some(),
            login_protection: row.login_protection,
            operation_protection: row.operation_protection,
            last_login: row.last_login,
            created: row.created,
        })
    }
}

/// The account with this number.
pub async fn find(p: &Platform, id: StaffId) -> Result<Option<Staff>> {
    staff::find(p.store(), id).await?.map(Staff::of_row).transpose()
}
