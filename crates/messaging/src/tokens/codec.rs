//! The token as text: what it claims, and the signature that makes it ours.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use hongyan_model::{Actor, AppId, Refusal, Timestamp, UserId};
use sha2::Sha256;

/// Customers' code recognises tokens by this.
const PREFIX: &str = "YWMt";
const VERSION: u8 = 1;
const KIND_APP: u8 = 0;
const KIND_USER: u8 = 1;
const SIGNATURE_BYTES: usize = 16;

/// Signs and verifies the tokens of the installation.
pub(crate) struct TokenKey(Hmac<Sha256>);

/// What a token says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Claims {
    /// For which app.
    pub(super) app: AppId,
    /// For whom.
    pub(super) actor: Actor,
    /// When it was issued.
    pub(super) issued: Timestamp,
    /// When it ends.
    pub(super) expires: Option<Timestamp>,
    /// The token epoch of the app or user when it was issued.
    pub(super) epoch: i64,
    /// Tells tokens apart that were issued in the same moment.
    pub(super) nonce: [u8; 8],
}

impl TokenKey {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        // HMAC takes a key of one block; shorter keys are filled with zeros.
        let mut block = [0; 64];
        block[..key.len()].copy_from_slice(&key);
        Self(Hmac::new(&block.into()))
    }

    /// A key of its own for another purpose.
    pub(crate) fn derived(&self, purpose: &str) -> Self {
        // No token begins like a purpose: its first byte is the version.
        Self::new(self.0.clone().chain_update(purpose).finalize().into_bytes().into())
    }

    /// The signature of what is not a token.
    pub(crate) fn sign(&self, bytes: &[u8]) -> [u8; 32] {
        self.0.clone().chain_update(bytes).finalize().into_bytes().into()
    }

    /// Whether `signature` is that of `bytes`; takes as long whatever is wrong with it.
    pub(crate) fn verifies(&self, bytes: &[u8], signature: &[u8]) -> bool {
        self.0.clone().chain_update(bytes).verify_slice(signature).is_ok()
    }

    /// The token for `claims`.
    pub(super) fn encode(&self, claims: &Claims) -> String {
        let (kind, user) = match &claims.actor {
            Actor::App => (KIND_APP, ""),
            Actor::User(user) => (KIND_USER, user.as_str()),
        };
        let mut bytes = vec![VERSION, kind];
        bytes.extend(claims.app.0.to_be_bytes());
        bytes.extend(claims.issued.to_be_bytes());
        bytes.extend(claims.expires.unwrap_or(0).to_be_bytes());
        bytes.extend(claims.epoch.to_be_bytes());
        bytes.extend(claims.nonce);
        bytes.extend(user.as_bytes());
        let signature = self.0.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend(&signature[..SIGNATURE_BYTES]);
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What a token of ours says; whether it still holds is for the caller to judge.
    pub(super) fn decode(&self, token: &str) -> Result<Claims, Refusal> {
        let text = token.strip_prefix(PREFIX).ok_or(Refusal::TokenCorrupt)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::TokenCorrupt)?;
        let (signed, signature) =
            bytes.split_last_chunk::<SIGNATURE_BYTES>().ok_or(Refusal::TokenCorrupt)?;
        let claims = read(signed).ok_or(Refusal::TokenCorrupt)?;
        let mac = self.0.clone().chain_update(signed);
        mac.verify_truncated_left(signature).map_err(|_| Refusal::TokenInvalid)?;
        Ok(claims)
    }
}

fn read(mut bytes: &[u8]) -> Option<Claims> {
    let [version, kind] = take(&mut bytes)?;
    let app = AppId(i64::from_be_bytes(take(&mut bytes)?));
    let issued = i64::from_be_bytes(take(&mut bytes)?);
    let expires = Some(i64::from_be_bytes(take(&mut bytes)?)).filter(|at| *at != 0);
    let epoch = i64::from_be_bytes(take(&mut bytes)?);
    let nonce = take(&mut bytes)?;
    let user = std::str::from_utf8(bytes).ok()?;
    let actor = match kind {
        KIND_APP if user.is_empty() => Actor::App,
        KIND_USER if !user.is_empty() => Actor::User(UserId::from_trusted(user)),
        _ => return None,
    };
    (version == VERSION).then_some(Claims { app, actor, issued, expires, epoch, nonce })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> TokenKey {
        TokenKey::new([7; 32])
    }

    fn claims(actor: Actor, expires: Option<Timestamp>) -> Claims {
        Claims {
            app: AppId(42),
            actor,
            issued: 1_795_000_000_000,
            expires,
            epoch: -3,
            nonce: *b"01234567",
        }
    }

    fn user() -> Actor {
        Actor::User(UserId::from_trusted("alice"))
    }

    #[test]
    fn a_token_says_what_it_was_made_of() {
        for claims in [claims(Actor::App, None), claims(user(), Some(1_795_000_060_000))] {
            let token = key().encode(&claims);
            assert!(token.starts_with("YWMt"));
            assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            assert_eq!(key().decode(&token), Ok(claims));
        }
    }

    #[test]
    fn every_changed_bit_is_noticed() {
        let token = key().encode(&claims(user(), None));
        let bytes = URL_SAFE_NO_PAD.decode(&token[PREFIX.len()..]).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(changed));
            assert!(key().decode(&token).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn the_token_of_another_installation_is_not_valid() {
        let foreign = TokenKey::new([8; 32]).encode(&claims(user(), None));
        assert_eq!(key().decode(&foreign), Err(Refusal::TokenInvalid));
    }

    #[test]
    fn what_is_no_token_is_corrupt() {
        let token = key().encode(&claims(user(), None));
        let cut = &token[..30];
        for bad in ["", "YWMt", "YWMt!!!!", "YWMtQUJD", "Bearer x", "YWMtä", cut, &token[4..]] {
            assert_eq!(key().decode(bad), Err(Refusal::TokenCorrupt), "{bad}");
        }
    }

    #[test]
    fn an_app_token_cannot_be_read_as_a_user_token() {
        let app = key().encode(&claims(Actor::App, None));
        assert_eq!(key().decode(&app).unwrap().actor, Actor::App);
        let mut bytes = URL_SAFE_NO_PAD.decode(&app[PREFIX.len()..]).unwrap();
        bytes[1] = KIND_USER;
        let changed = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        assert!(key().decode(&changed).is_err());
    }
}
