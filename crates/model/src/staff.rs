//! Staff: accounts of the console, and what is refused to them.

use serde::{Deserialize, Serialize};

/// Internal number of a staff account.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct StaffId(pub i64);

/// How a member of staff can prove who is there, besides the password of the login.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A code of the authenticator app.
    Totp,
    /// One of the codes that were shown when the app was bound.
    Recovery,
    /// A code sent to the verified address.
    Email,
    /// The password again; only where no other factor is there, and never at login.
    Password,
}

impl Factor {
    /// Word for it in the API and in the operation log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Recovery => "recovery",
            Self::Email => "email",
            Self::Password => "password",
        }
    }
}

/// What is refused to staff, and to those who would be. Only the console's API can meet these.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StaffRefusal {
    // --- signing in
    /// No session, or one whose time is over.
    #[error("not signed in")]
    SignedOut,
    /// Unknown address or wrong password: which of them is not said.
    #[error("e-mail address or password is wrong")]
    LoginFailed,
    /// A piece of work has to be done first: find a nonce that makes SHA-256 of `challenge:nonce` begin with
    /// `difficulty` zero bits.
    #[error("a challenge has to be solved first")]
    ChallengeRequired {
        /// What to hash.
        challenge: String,
        /// Leading zero bits of the hash.
        difficulty: u32,
    },
    /// Too many attempts, or mails, in a short time.
    #[error("try again in {retry_after_seconds} seconds")]
    TooSoon {
        /// When it is worth trying again.
        retry_after_seconds: i64,
    },
    /// The code of the second factor is wrong, expired or used.
    #[error("the code is wrong or no longer valid")]
    WrongCode,
    /// The account waits for its activation.
    #[error("the account is not activated yet")]
    NotActivated,
    /// A password set by somebody else has to be changed before anything else.
    #[error("the password has to be changed first")]
    PasswordChangeRequired,
    /// Who is asking has to be proven again before this.
    #[error("this needs a fresh verification")]
    VerificationRequired {
        /// Which factors the account has, the preferred one first.
        factors: Vec<Factor>,
    },
    // --- accounts
    /// The address has an account.
    #[error("the e-mail address has an account already")]
    EmailTaken,
    /// A link of a mail, or an invitation, that is unknown, used or expired.
    #[error("the link is not valid any more")]
    LinkInvalid,
    /// Registration needs an invitation.
    #[error("registration needs an invitation")]
    InvitationRequired,
    /// Nobody can register.
    #[error("registration is closed")]
    RegistrationClosed,
    /// Needs a mail server, and none is configured.
    #[error("no mail server is configured")]
    MailNotConfigured,
    /// Login protection needs a second factor to ask for.
    #[error("bind an authenticator app or verify the e-mail address first")]
    NoSecondFactor,
    /// An authenticator app is bound already, or none is.
    #[error("the authenticator app is not in the state this needs")]
    FactorState,
    // --- organisations and members
    /// The name is taken.
    #[error("an organisation has this name")]
    OrganisationExists,
    /// No such organisation, or not one for the caller.
    #[error("no such organisation")]
    OrganisationNotFound,
    /// Only an organisation without apps can be closed.
    #[error("the organisation still has apps")]
    OrganisationHasApps,
    /// Nobody has asked for its closing.
    #[error("nobody asked to close this organisation")]
    ClosingNotRequested,
    /// No such account, or not one for the caller.
    #[error("no such member")]
    MemberNotFound,
    /// An organisation keeps at least one super admin.
    #[error("the last super admin stays")]
    LastSuperAdmin,
    /// Not for one's own account.
    #[error("not for your own account")]
    OwnAccount,
}
