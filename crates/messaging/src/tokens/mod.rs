//! Tokens of apps and users: issued, verified, ended.
//!
//! A token carries its claims and a signature; nothing of it is stored. It ends at its time, or when the token
//! epoch of its app or user is no longer the one it was issued under.

mod codec;
mod dynamic;

use std::sync::Arc;

use hongyan_model::{Actor, App, Caller, Refusal, Result, Timestamp, User, UserId};
use hongyan_platform::{apps, password};

use crate::Messaging;
use crate::users;

pub(crate) use codec::TokenKey;
use dynamic::DynamicToken;

/// Shown before a user token by clients that send it in the place of a password.
const PASSWORD_PREFIX: &str = "$t$";

/// A new token.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// The token.
    pub access_token: String,
    /// Its lifetime in seconds; 0: it never expires.
    pub expires_in: u64,
}

/// Who shows a valid token.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The app of the token.
    pub app: Arc<App>,
    /// The app itself or one of its users.
    pub actor: Actor,
    /// When the token ends.
    pub expires_at: Option<Timestamp>,
}

/// A token for the customer's server, against the app's credentials.
pub async fn issue_app(
    m: &Messaging,
    app: &Arc<App>,
    client_id: &str,
    client_secret: &str,
    ttl: Option<u64>,
) -> Result<IssuedToken> {
    if client_id.is_empty() {
        return Err(Refusal::Missing { name: "client_id" }.into());
    }
    if client_secret.is_empty() {
        return Err(Refusal::Missing { name: "client_secret" }.into());
    }
    apps::verify_credentials(m.platform(), app, client_id, client_secret).await?;
    Ok(issue(m, app, Actor::App, app.token_epoch, ttl))
}

/// A token for the customer's server, for somebody who acts for the app already: staff in the console.
pub fn issue_for_app(
    m: &Messaging,
    caller: &Caller,
    ttl: Option<u64>,
) -> Result<IssuedToken, Refusal> {
    users::require_app(caller)?;
    Ok(issue(m, &caller.app, Actor::App, caller.app.token_epoch, ttl))
}

/// A token for a user, against its password.
pub async fn issue_by_password(
    m: &Messaging,
    app: &Arc<App>,
    username: &str,
    password: &str,
    ttl: Option<u64>,
) -> Result<(IssuedToken, User)> {
    if username.is_empty() {
        return Err(Refusal::Missing { name: "username" }.into());
    }
    if password.is_empty() {
        return Err(Refusal::Missing { name: "password" }.into());
    }
    let id = UserId::parse(username)?;
    let found = hongyan_store::users::find_with_password(m.store(), app.id, &id).await?;
    let (user, hash) = found.ok_or_else(|| Refusal::UserNotFound { user: username.to_owned() })?;
    let matches = match hash {
        Some(hash) => password::verify(m.platform(), password.to_owned(), hash).await?,
        // Made by the customer's server without a password.
        None => false,
    };
    if !matches {
        return Err(Refusal::WrongPassword.into());
    }
    if !user.activated {
        return Err(Refusal::UserBanned.into());
    }
    Ok((issue(m, app, Actor::User(user.id.clone()), user.token_epoch, ttl), user))
}

/// A token for a user, on the word of the customer's server; the user may be made on the way.
pub async fn issue_inherited(
    m: &Messaging,
    caller: &Caller,
    username: &str,
    auto_create: bool,
    ttl: Option<u64>,
) -> Result<(IssuedToken, User)> {
    if caller.user().is_some() {
        // The documented answer to a user token here.
        return Err(Refusal::TokenCorrupt.into());
    }
    if username.is_empty() {
        return Err(Refusal::Missing { name: "username" }.into());
    }
    let id = UserId::parse(username)?;
    let app = &caller.app;
    let found = hongyan_store::users::find(m.store(), app.id, &id).await?;
    let user = match found {
        Some(user) => user,
        None if auto_create => users::create_without_password(m, app, &id).await?,
        None => return Err(Refusal::UserNotFound { user: username.to_owned() }.into()),
    };
    if !user.activated {
        return Err(Refusal::UserBanned.into());
    }
    Ok((issue(m, app, Actor::User(user.id.clone()), user.token_epoch, ttl), user))
}

/// A token for a user in place of the valid one that it shows. It ends when that one does: whoever holds a token does not
/// hold it for ever.
pub async fn exchange(
    m: &Messaging,
    caller: &Caller,
    expires_at: Option<Timestamp>,
) -> Result<(IssuedToken, User)> {
    let id = caller.user().ok_or(Refusal::NotPermitted)?;
    let app = &caller.app;
    let user = hongyan_store::users::find(m.store(), app.id, id).await?;
    let user = user.ok_or_else(|| Refusal::UserNotFound { user: id.to_string() })?;
    // 0 would be never.
    let seconds = |at: Timestamp| u64::try_from((at - m.clock().now()) / 1000).unwrap_or(0).max(1);
    let ttl = expires_at.map_or(0, seconds);
    Ok((issue(m, app, Actor::User(user.id.clone()), user.token_epoch, Some(ttl)), user))
}

/// Who shows this token. Everything it needs is in memory, but for what was not seen lately.
pub async fn authenticate(m: &Messaging, token: &str) -> Result<Identity> {
    let token = token.strip_prefix(PASSWORD_PREFIX).unwrap_or(token);
    if token.is_empty() {
        return Err(Refusal::TokenExpired.into());
    }
    if let Some(token) = DynamicToken::read(token) {
        return token.authenticate(m).await;
    }
    let claims = m.0.tokens.decode(token)?;
    if claims.expires.is_some_and(|at| at <= m.clock().now()) {
        return Err(Refusal::TokenExpired.into());
    }
    let app = apps::find_by_id(m.platform(), claims.app).await?.ok_or(Refusal::TokenInvalid)?;
    let epoch = match &claims.actor {
        Actor::App => app.token_epoch,
        Actor::User(id) => {
            let user = users::facts_of_comer(m, app.id, id).await?.ok_or(Refusal::TokenUserGone)?;
            if !user.activated {
                return Err(Refusal::UserBanned.into());
            }
            user.token_epoch
        }
    };
    if claims.epoch != epoch {
        return Err(Refusal::TokenInvalid.into());
    }
    Ok(Identity { app, actor: claims.actor, expires_at: claims.expires })
}

fn issue(m: &Messaging, app: &App, actor: Actor, epoch: i64, ttl: Option<u64>) -> IssuedToken {
    let expires_in = ttl.unwrap_or(app.settings.token_ttl_seconds);
    let issued = m.clock().now();
    let lifetime = i64::try_from(expires_in.saturating_mul(1000)).unwrap_or(i64::MAX);
    let expires = (expires_in > 0).then(|| issued.saturating_add(lifetime));
    let claims =
        codec::Claims { app: app.id, actor, issued, expires, epoch, nonce: rand::random() };
    IssuedToken { access_token: m.0.tokens.encode(&claims), expires_in }
}
