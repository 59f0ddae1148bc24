//! Words of accounts as the page has them.

use hongyan_platform::accounts::OrgKind as StoredKind;
use hongyan_platform::{RegistrationMode, challenge, roles, staff};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Role of a staff account.
#[derive(Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "account.ts")]
pub(crate) enum Role {
    /// 实例运维.
    Operator,
    /// 超级管理员.
    SuperAdmin,
    /// 管理员.
    Admin,
    /// 开发者.
    Developer,
}

impl From<roles::Role> for Role {
    fn from(role: roles::Role) -> Self {
        match role {
            roles::Role::Operator => Self::Operator,
            roles::Role::SuperAdmin => Self::SuperAdmin,
            roles::Role::Admin => Self::Admin,
            roles::Role::Developer => Self::Developer,
        }
    }
}

impl From<Role> for roles::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Operator => Self::Operator,
            Role::SuperAdmin => Self::SuperAdmin,
            Role::Admin => Self::Admin,
            Role::Developer => Self::Developer,
        }
    }
}

/// What an account may do.
#[derive(Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "account.ts")]
pub(crate) enum Permission {
    CreateApp,
    DeleteApp,
    SuspendApp,
    EditApp,
    ReadApp,
    RevealSecret,
    ResetSecret,
    Features,
    Operations,
    ModerationRead,
    ModerationWrite,
    Statistics,
    Purchase,
    BillingRead,
    BillingWrite,
    Members,
    AuditAll,
    AuditOwn,
    OwnAccount,
    ManageInstallation,
}

impl From<roles::Permission> for Permission {
    fn from(permission: roles::Permission) -> Self {
        use roles::Permission as P;
        match permission {
            P::CreateApp => Self::CreateApp,
            P::DeleteApp => Self::DeleteApp,
            P::SuspendApp => Self::SuspendApp,
            P::EditApp => Self::EditApp,
            P::ReadApp => Self::ReadApp,
            P::RevealSecret => Self::RevealSecret,
            P::ResetSecret => Self::ResetSecret,
            P::Features => Self::Features,
            P::Operations => Self::Operations,
            P::ModerationRead => Self::ModerationRead,
            P::ModerationWrite => Self::ModerationWrite,
            P::Statistics => Self::Statistics,
            P::Purchase => Self::Purchase,
            P::BillingRead => Self::BillingRead,
            P::BillingWrite => Self::BillingWrite,
            P::Members => Self::Members,
            P::AuditAll => Self::AuditAll,
            P::AuditOwn => Self::AuditOwn,
            P::OwnAccount => Self::OwnAccount,
            P::ManageInstallation => Self::ManageInstallation,
        }
    }
}

/// Language of pages and mails.
#[derive(Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "account.ts")]
pub(crate) enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl From<staff::Language> for Language {
    fn from(language: staff::Language) -> Self {
        match language {
            staff::Language::Zh => Self::Zh,
            staff::Language::En => Self::En,
        }
    }
}

impl From<Language> for staff::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::Zh => Self::Zh,
            Language::En => Self::En,
        }
    }
}

/// What an organisation is.
#[derive(Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "account.ts")]
pub(crate) enum OrgKind {
    /// 企业用户.
    Company,
    /// 个人用户.
    Individual,
}

impl From<StoredKind> for OrgKind {
    fn from(kind: StoredKind) -> Self {
        match kind {
            StoredKind::Company => Self::Company,
            StoredKind::Individual => Self::Individual,
        }
    }
}

impl From<OrgKind> for StoredKind {
    fn from(kind: OrgKind) -> Self {
        match kind {
            OrgKind::Company => Self::Company,
            OrgKind::Individual => Self::Individual,
        }
    }
}

/// Who may register an organisation.
#[derive(Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "account.ts")]
pub(crate) enum RegistrationPolicy {
    /// Anybody.
    Open,
    /// Whoever is invited.
    Invite,
    /// Nobody.
    Closed,
}

impl From<RegistrationMode> for RegistrationPolicy {
    fn from(mode: RegistrationMode) -> Self {
        match mode {
            RegistrationMode::Open => Self::Open,
            RegistrationMode::Invite => Self::Invite,
            RegistrationMode::Closed => Self::Closed,
        }
    }
}

/// How somebody proves who is there.
#[derive(Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "account.ts")]
pub(crate) enum Factor {
    /// A code of the authenticator app.
    Totp,
    /// A recovery code.
    Recovery,
    /// A mailed code.
    Email,
    /// The password again.
    Password,
}

impl From<hongyan_model::Factor> for Factor {
    fn from(factor: hongyan_model::Factor) -> Self {
        match factor {
            hongyan_model::Factor::Totp => Self::Totp,
            hongyan_model::Factor::Recovery => Self::Recovery,
            hongyan_model::Factor::Email => Self::Email,
            hongyan_model::Factor::Password => Self::Password,
        }
    }
}

impl From<Factor> for hongyan_model::Factor {
    fn from(factor: Factor) -> Self {
        match factor {
            Factor::Totp => Self::Totp,
            Factor::Recovery => Self::Recovery,
            Factor::Email => Self::Email,
            Factor::Password => Self::Password,
        }
    }
}

/// Work that stands in the place of a picture puzzle: find a `nonce` that makes SHA-256 of `challenge:nonce` begin
/// with `difficulty` zero bits.
#[derive(Serialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct Challenge {
    challenge: String,
    difficulty: u32,
}

impl From<challenge::Challenge> for Challenge {
    fn from(issued: challenge::Challenge) -> Self {
        Self { challenge: issued.challenge, difficulty: issued.difficulty }
    }
}

/// A challenge with its solution.
#[derive(Deserialize, TS)]
#[ts(export_to = "account.ts")]
pub(crate) struct Proof {
    challenge: String,
    nonce: String,
}

impl From<Proof> for challenge::Proof {
    fn from(proof: Proof) -> Self {
        Self { challenge: proof.challenge, nonce: proof.nonce }
    }
}
