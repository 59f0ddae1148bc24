//! Who may do what: the one table.

/// Role of a staff account.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// Runs the installation; belongs to no organisation and sees all of them.
    Operator,
    /// Owns an organisation.
    SuperAdmin,
    /// Manages an organisation's apps, not its members.
    Admin,
    /// Configures and debugs an organisation's apps.
    Developer,
}

/// What a call of the console needs. Which organisation and which apps is a question of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Permission {
    /// Make an app.
    CreateApp,
    /// Delete and restore an app.
    DeleteApp,
    /// Suspend and resume an app.
    SuspendApp,
    /// Change an app's basics: product name, description.
    EditApp,
    /// See an app, its App Key and client id.
    ReadApp,
    /// See a client secret; a member may be kept from it ([`may_reveal_secret`](crate::staff::Staff)).
    RevealSecret,
    /// Replace a client secret.
    ResetSecret,
    /// Switch and set features, certificates, callbacks, security.
    Features,
    /// Work on users, groups and rooms.
    Operations,
    /// See what was moderated, and its rules.
    ModerationRead,
    /// Moderate, and change its rules.
    ModerationWrite,
    /// See statistics and live queries.
    Statistics,
    /// Buy plans and value-added services.
    Purchase,
    /// See balance, orders and bills.
    BillingRead,
    /// Recharge and pay.
    BillingWrite,
    /// Make, change and remove members; the organisation's own data.
    Members,
    /// See the operation log of everybody in reach.
    AuditAll,
    /// See one's own actions in the operation log.
    AuditOwn,
    /// One's own account and its security.
    OwnAccount,
    /// Organisations, mail, everything of the installation.
    ManageInstallation,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 20] = [
        Self::CreateApp,
        Self::DeleteApp,
        Self::SuspendApp,
        Self::EditApp,
        Self::ReadApp,
        Self::RevealSecret,
        Self::ResetSecret,
        Self::Features,
        Self::Operations,
        Self::ModerationRead,
        Self::ModerationWrite,
        Self::Statistics,
        Self::Purchase,
        Self::BillingRead,
        Self::BillingWrite,
        Self::Members,
        Self::AuditAll,
        Self::AuditOwn,
        Self::OwnAccount,
        Self::ManageInstallation,
    ];
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Operator, Self::SuperAdmin, Self::Admin, Self::Developer];

    /// The table.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        use Permission as P;
        match permission {
            P::ManageInstallation => self == Self::Operator,
            P::DeleteApp | P::SuspendApp | P::ResetSecret | P::BillingWrite | P::Members => {
                matches!(self, Self::Operator | Self::SuperAdmin)
            }
            P::CreateApp
            | P::EditApp
            | P::ModerationWrite
            | P::Purchase
            | P::BillingRead
            | P::AuditAll => self != Self::Developer,
            P::ReadApp
            | P::RevealSecret
            | P::Features
            | P::Operations
            | P::ModerationRead
            | P::Statistics
            | P::AuditOwn
            | P::OwnAccount => true,
        }
    }

    /// Word for it in storage and in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::SuperAdmin => "super_admin",
            Self::Admin => "admin",
            Self::Developer => "developer",
        }
    }

    /// Reads [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}
