//! Sessions of staff: 256 random bits in a cookie, of which only the hash is kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hongyan_model::{Result, StaffId, StaffRefusal, Timestamp};
use hongyan_store::{staff, staff_sessions};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::staff::Staff;
use crate::{Platform, factors, random};

/// A session that is not used for this long has ended.
const IDLE_MS: i64 = 12 * 3600 * 1000;
/// A session ends after this long in any case.
pub const LIFETIME_MS: i64 = 7 * 24 * 3600 * 1000;
/// Uses are noted at most this often.
const SEEN_EVERY_MS: i64 = 60 * 1000;
/// How long protected operations stay open after a verification.
const VERIFIED_MS: i64 = 10 * 60 * 1000;

/// Somebody who is signed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// Who.
    pub staff: Staff,
    /// What the page sends with every write, to show that it was served to this session.
    pub csrf: String,
    /// Until when protected operations are open; `None` if they are not.
    pub verified_until: Option<Timestamp>,
    /// Hash of the token.
    pub(crate) token_hash: Vec<u8>,
}

/// A session that has just begun.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSession {
    /// For the cookie; not kept.
    pub token: String,
    /// The session.
    pub session: Session,
}

impl Session {
    /// Whether `given` is the session's CSRF token.
    #[must_use]
    pub fn is_csrf_token(&self, given: &str) -> bool {
        self.csrf.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

/// The session of this cookie; `None` for one that has ended, or never was.
pub async fn authenticate(p: &Platform, token: &str) -> Result<Option<Session>> {
    let token_hash = hash(token);
    let Some(row) = staff_sessions::find(p.store(), &token_hash).await? else { return Ok(None) };
    let now = p.clock().now();
    if now - row.seen >= IDLE_MS || now - row.created >= LIFETIME_MS {
        staff_sessions::delete(p.store(), &token_hash).await?;
        return Ok(None);
    }
    let Some(staff) = staff::find(p.store(), row.staff).await?.filter(|staff| staff.activated)
    else {
        return Ok(None);
    };
    if now - row.seen >= SEEN_EVERY_MS {
        staff_sessions::touch(p.store(), &token_hash, now).await?;
    }
    Ok(Some(Session {
        staff: Staff::of_row(staff)?,
        csrf: csrf(token),
        verified_until: Some(row.verified_until).filter(|until| *until > now),
        token_hash,
    }))
}

/// Begins a session; with `verified`, a factor was just shown, and protected operations are open.
pub(crate) async fn create(p: &Platform, staff: Staff, verified: bool) -> Result<NewSession> {
    let token = URL_SAFE_NO_PAD.encode(random::bytes::<32>()?);
    let token_hash = hash(&token);
    let now = p.clock().now();
    let verified_until = verified.then_some(now + VERIFIED_MS);
    let until = verified_until.unwrap_or_default();
    staff_sessions::insert(p.store(), &token_hash, staff.id, until, now).await?;
    let staff = Staff { last_login: Some(now), ..staff };
    let csrf = csrf(&token);
    Ok(NewSession { token, session: Session { staff, csrf, verified_until, token_hash } })
}

/// Ends a session.
pub async fn end(p: &Platform, session: &Session) -> Result<()> {
    Ok(staff_sessions::delete(p.store(), &session.token_hash).await?)
}

/// Ends all sessions of an account, except `kept`.
pub async fn end_all_of(p: &Platform, staff: StaffId, kept: Option<&Session>) -> Result<()> {
    let kept = kept.map(|session| session.token_hash.as_slice());
    Ok(staff_sessions::delete_of(p.store(), staff, kept).await?)
}

/// Refuses where the account protects sensitive operations and has not shown a factor lately.
pub fn require_verified(p: &Platform, session: &Session) -> Result<()> {
    if session.staff.operation_protection { require_fresh(p, session) } else { Ok(()) }
}

/// Refuses where no factor was shown lately, whatever the account protects.
pub fn require_fresh(p: &Platform, session: &Session) -> Result<()> {
    if session.verified_until.is_some_and(|until| until > p.clock().now()) {
        return Ok(());
    }
    let factors = factors::of(p, &session.staff);
    Err(StaffRefusal::VerificationRequired { factors }.into())
}

/// Opens protected operations for a while; answers until when.
pub(crate) async fn mark_verified(p: &Platform, session: &Session) -> Result<Timestamp> {
    let until = p.clock().now() + VERIFIED_MS;
    staff_sessions::set_verified(p.store(), &session.token_hash, until).await?;
    Ok(until)
}

/// Removes what has ended: sessions, and links, invitations and codes whose time is over.
pub async fn sweep(p: &Platform) -> Result<()> {
    let now = p.clock().now();
    Ok(staff_sessions::prune(p.store(), now - IDLE_MS, now - LIFETIME_MS, now).await?)
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Follows from the token and does not lead back to it.
fn csrf(token: &str) -> String {
    let digest = Sha256::new().chain_update("csrf ").chain_update(token).finalize();
    URL_SAFE_NO_PAD.encode(digest)
}
