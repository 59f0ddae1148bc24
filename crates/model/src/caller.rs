//! Who asks.

use std::sync::Arc;

use crate::{App, DeviceId, UserId};

/// Who a token or session speaks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    /// The customer's server (app token), or the installation itself.
    App,
    /// An end user.
    User(UserId),
}

/// Through which face the request came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A client's long-lived connection.
    Gateway,
    /// REST, with an app token or a user token.
    Rest,
    /// Hongyan itself.
    System,
}

/// First argument of every function of the domain: app, actor, face, device.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The app on whose data the call works.
    pub app: Arc<App>,
    /// Who asks.
    pub actor: Actor,
    /// Through which face.
    pub origin: Origin,
    /// The acting device, where one is named (the session's, or `?resource=`).
    pub device: Option<DeviceId>,
}

impl Caller {
    /// The user who asks, if it is one.
    #[must_use]
    pub fn user(&self) -> Option<&UserId> {
        match &self.actor {
            Actor::User(user) => Some(user),
            Actor::App => None,
        }
    }

    /// Whether the caller may act for `user`: the app for anybody, a user for itself.
    #[must_use]
    pub fn acts_for(&self, user: &UserId) -> bool {
        self.user().is_none_or(|own| own == user)
    }
}
