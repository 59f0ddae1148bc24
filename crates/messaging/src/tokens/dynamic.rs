//! Tokens that a customer's server makes for its users by itself, signed with the client secret (动态 Token).
//!
//! `base64url("dt-" + {"signature", "appkey", "userId", "curTime", "ttl"})`, where the signature is the SHA-256 in hex of
//! client id, App Key, user id, time, lifetime (both in seconds) and client secret, one behind the other. Source: the
//! vendor's page on user tokens.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hongyan_model::{Actor, IdGenerator, Refusal, Result, UserId};
use hongyan_platform::apps;
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Identity;
use crate::Messaging;
use crate::users;

const MARK: &[u8] = b"dt-";
/// How [`MARK`] begins the text: every call shows a token, few of this form.
const BEGIN: &str = "ZHQt";
/// Longest token that is looked at.
const BYTES: usize = 1024;

/// What such a token says.
pub(super) struct DynamicToken {
    signature: String,
    app_key: String,
    user: String,
    /// Seconds since 1970.
    made: i64,
    /// In seconds; 0: it never ends.
    ttl: i64,
}

impl DynamicToken {
    /// `None` for tokens of another form.
    pub(super) fn read(token: &str) -> Option<Self> {
        if !token.starts_with(BEGIN) || token.len() > BYTES {
            return None;
        }
        let lenient =
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let bytes = GeneralPurpose::new(&URL_SAFE, lenient).decode(token).ok()?;
        let claims: Value = serde_json::from_slice(bytes.strip_prefix(MARK)?).ok()?;
        let text = |name: &str| claims[name].as_str().map(str::to_owned);
        let number = |name: &str| match &claims[name] {
            Value::String(text) => text.parse().ok(),
            number => number.as_i64(),
        };
        Some(Self {
            signature: text("signature")?,
            app_key: text("appkey")?,
            user: text("userId")?,
            made: number("curTime")?,
            ttl: number("ttl").filter(|ttl| *ttl >= 0)?,
        })
    }

    /// Who shows it. Only the present client secret signs: of the one before it no more than a hash is kept.
    pub(super) async fn authenticate(self, m: &Messaging) -> Result<Identity> {
        let (org, name) = self.app_key.split_once('#').ok_or(Refusal::TokenInvalid)?;
        let app = apps::find(m.platform(), org, name).await?;
        let secret =
            apps::signing_secret(m.platform(), &app).await?.ok_or(Refusal::TokenInvalid)?;
        let (made, ttl) = (self.made.to_string(), self.ttl.to_string());
        let signed = [&app.client_id, &self.app_key, &self.user, &made, &ttl, &secret];
        let digest = Sha256::digest(signed.map(String::as_str).concat());
        let expected: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let given = self.signature.to_ascii_lowercase();
        if !bool::from(expected.as_bytes().ct_eq(given.as_bytes())) {
            return Err(Refusal::TokenInvalid.into());
        }
        let end = self.made.saturating_add(self.ttl).saturating_mul(1000);
        let expires_at = (self.ttl > 0).then_some(end);
        if expires_at.is_some_and(|at| at <= m.clock().now()) {
            return Err(Refusal::TokenExpired.into());
        }
        let id = UserId::parse(&self.user)?;
        let user = users::facts_of_comer(m, app.id, &id).await?.ok_or(Refusal::TokenUserGone)?;
        if !user.activated {
            return Err(Refusal::UserBanned.into());
        }
        // Its time is a whole second: what was made within the second of the epoch holds.
        let next_second = self.made.saturating_add(1).saturating_mul(1000);
        if IdGenerator::floor(next_second).0.cast_signed() <= user.token_epoch {
            return Err(Refusal::TokenInvalid.into());
        }
        Ok(Identity { app, actor: Actor::User(id), expires_at })
    }
}
