//! End users of an app.

use crate::{Timestamp, UserId};

/// An end user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// Id, lower case.
    pub id: UserId,
    /// UUID, shown in REST answers.
    pub uuid: String,
    /// Push nickname.
    pub nickname: Option<String>,
    /// `false` while banned.
    pub activated: bool,
    /// Rises when every token issued so far has to die (password change).
    pub token_epoch: i64,
    /// When it registered.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
}
