//! Who asks.

use std::net::IpAddr;
use std::sync::Arc;

use crate::{App, DeviceId, UserId};

/// The address from which a request came, as far as it can be believed: that of the TCP connection, or what a
/// trusted proxy says of it. An IPv4 address is one, never its IPv6 form.
///
/// The server puts it into the extensions of each request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ClientAddr(pub IpAddr);

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
    /// The console: staff of the organisation, or the operator.
    Console,
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
    /// From where, where a network lies between.
    pub client: Option<IpAddr>,
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
