//! What users are told of their contacts (docs/protocol.md, "Contact events").

use hongyan_model::{App, UserId};
use hongyan_msync::proto::roster_body::Operation;

use crate::Messaging;
use crate::hooks::Happening;
use crate::messages::events;

/// To the invited user: `inviter` asks.
pub(super) async fn invited(
    m: &Messaging,
    app: &App,
    inviter: &UserId,
    invitee: &UserId,
    reason: Option<&str>,
) {
    post(m, app, inviter, std::slice::from_ref(invitee), Operation::Add, reason).await;
}

/// To the inviter: `user` accepted.
pub(super) async fn agreed(m: &Messaging, app: &App, user: &UserId, inviter: &UserId) {
    post(m, app, user, std::slice::from_ref(inviter), Operation::RemoteAccept, None).await;
}

/// To the inviter: `user` declined.
pub(super) async fn declined(m: &Messaging, app: &App, user: &UserId, inviter: &UserId) {
    post(m, app, user, std::slice::from_ref(inviter), Operation::RemoteDecline, None).await;
}

/// To all devices of `user`: `contact` is a contact now.
pub(super) async fn added(m: &Messaging, app: &App, contact: &UserId, user: &UserId) {
    post(m, app, contact, std::slice::from_ref(user), Operation::Accept, None).await;
}

/// To those who were contacts of `user`: it is none any more.
pub(super) async fn removed(m: &Messaging, app: &App, user: &UserId, contacts: &[UserId]) {
    post(m, app, user, contacts, Operation::Remove, None).await;
}

async fn post(
    m: &Messaging,
    app: &App,
    from: &UserId,
    to: &[UserId],
    operation: Operation,
    reason: Option<&str>,
) {
    for user in to {
        let happening = Happening::Roster { from, to: user, operation, reason };
        events::told_outside(m, app, happening).await;
    }
    if let Err(error) = events::post_roster(m, app, from, to, operation, reason).await {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(%from, %error, source, "a contact changed but the other side could not be told");
    }
}
