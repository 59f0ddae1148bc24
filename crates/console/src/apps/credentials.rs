//! 开发者ID and 用户认证: the client secret, and tokens made with it.

use std::time::Duration;

use hongyan_messaging::tokens;
use hongyan_model::Timestamp;
use hongyan_platform::apps::{self, SecretReset};
use hongyan_platform::roles::Permission;
use hongyan_platform::settings;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes, protected, write};
use crate::errors::Failure;

pub(super) fn routes() -> Routes {
    // An app token can do what the secret can: who may not see the one is not given the other.
    const SECRET: Access = Access::App(Permission::RevealSecret);
    Routes::default()
        .write(
            Method::POST,
            "/apps/{org}/{app}/secret/reveal",
            SECRET,
            write("apps", "reveal_secret"),
            reveal,
        )
        .write(
            Method::POST,
            "/apps/{org}/{app}/secret/reset",
            Access::App(Permission::ResetSecret),
            protected("apps", "reset_secret"),
            reset,
        )
        .write(
            Method::PUT,
            "/apps/{org}/{app}/token-ttl",
            Access::App(Permission::Features),
            write("apps", "set_token_ttl"),
            set_token_ttl,
        )
        .write(
            Method::POST,
            "/apps/{org}/{app}/app-token",
            SECRET,
            write("apps", "issue_app_token"),
            issue_token,
        )
}

/// The secret half of an app's credentials.
#[derive(Serialize, TS)]
#[ts(export_to = "apps.ts")]
pub(crate) struct ClientSecret {
    client_secret: String,
}

/// How to replace a secret.
#[derive(Deserialize, TS)]
#[ts(export_to = "apps.ts")]
pub(crate) struct ResetSecret {
    /// For how long the old one holds on, at most a day.
    grace_seconds: u64,
    /// Whether the app tokens issued so far die.
    revoke_tokens: bool,
}

/// Lifetime of tokens for which nobody asks another.
#[derive(Deserialize, TS)]
#[ts(export_to = "apps.ts")]
pub(crate) struct TokenTtl {
    /// 0 is for ever.
    seconds: u64,
}

/// An app token to be issued.
#[derive(Deserialize, TS)]
#[ts(export_to = "apps.ts", optional_fields)]
pub(crate) struct IssueAppToken {
    /// Absent: the app's setting; 0 is for ever.
    ttl_seconds: Option<u64>,
}

/// An app token.
#[derive(Serialize, TS)]
#[ts(export_to = "apps.ts")]
pub(crate) struct AppToken {
    access_token: String,
    /// Seconds; 0 is for ever.
    expires_in: u64,
    /// Absent for one that never ends.
    expires_at: Option<Timestamp>,
}

async fn reveal(call: Call) -> Result<Answer, Failure> {
    let secret = apps::reveal_secret(call.platform(), call.app()?).await?;
    let client_secret = secret.ok_or_else(|| {
        let why = "the secret was made before secrets were kept; reset it to get a new one";
        Failure::new(StatusCode::CONFLICT, "secret_unknown", why)
    })?;
    Ok(Answer::json(&ClientSecret { client_secret }))
}

async fn reset(call: Call) -> Result<Answer, Failure> {
    let ResetSecret { grace_seconds, revoke_tokens } = call.body()?;
    let reset = SecretReset { grace: Duration::from_secs(grace_seconds), revoke_tokens };
    let client_secret = apps::reset_secret(call.platform(), call.app()?, reset).await?;
    Ok(Answer::json(&ClientSecret { client_secret }))
}

async fn set_token_ttl(call: Call) -> Result<Answer, Failure> {
    let TokenTtl { seconds } = call.body()?;
    settings::set_token_ttl(call.platform(), call.app()?.id, seconds).await?;
    Ok(Answer::done())
}

async fn issue_token(call: Call) -> Result<Answer, Failure> {
    let IssueAppToken { ttl_seconds } = call.body()?;
    let token = tokens::issue_for_app(call.messaging(), &call.caller()?, ttl_seconds)?;
    let lifetime = i64::try_from(token.expires_in.saturating_mul(1000)).unwrap_or(i64::MAX);
    let expires = call.messaging().clock().now().saturating_add(lifetime);
    Ok(Answer::json(&AppToken {
        access_token: token.access_token,
        expires_in: token.expires_in,
        expires_at: (token.expires_in > 0).then_some(expires),
    }))
}
