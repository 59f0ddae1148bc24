//! Real-time audio and video: whoever carries the calls asks for a token and knows users by a number. Calls
//! themselves are none of this server's business.

mod token;

use hongyan_model::{Caller, Refusal, Result, UserId};
use hongyan_platform::rtc;

use crate::Messaging;

/// How long a token opens its channel; the longest that carriers allow.
const LIFETIME_SECONDS: u32 = 24 * 3600;
/// Length of a channel's name.
const CHANNEL_BYTES: usize = 64;
/// Numbers in one call.
const UIDS: usize = 100;

/// What a user needs to enter a channel.
#[derive(Clone, PartialEq, Eq)]
pub struct RtcToken {
    /// Id of the app's project.
    pub project: String,
    /// The token.
    pub token: String,
    /// The user's number, the same for ever.
    pub uid: u32,
    /// Lifetime in seconds.
    pub expires_in: u32,
}

/// A token with which `user` enters `channel` and speaks there; `*` is every channel of the app.
pub async fn issue(
    m: &Messaging,
    caller: &Caller,
    user: &UserId,
    channel: &str,
) -> Result<RtcToken> {
    let project = rtc::project(m.platform(), &caller.app).await?;
    let project = project.ok_or(Refusal::RtcNotSetUp)?;
    let legal = |b: u8| matches!(b, b' '..=b'~');
    if !(1..=CHANNEL_BYTES).contains(&channel.len()) || !channel.bytes().all(legal) {
        let why = format!("1 to {CHANNEL_BYTES} printable characters");
        return Err(Refusal::Invalid { name: "channelName", why }.into());
    }
    let uid = hongyan_store::rtc::uid(m.store(), caller.app.id, user).await?;
    let uid = uid.ok_or_else(|| Refusal::UserNotFound { user: user.to_string() })?;
    let uid = u32::try_from(uid).unwrap_or(u32::MAX);
    let issued = u32::try_from(m.clock().now() / 1000).unwrap_or(u32::MAX);
    let token = token::sign(&project, channel, uid, issued, LIFETIME_SECONDS, rand::random());
    Ok(RtcToken { project: project.id, token, uid, expires_in: LIFETIME_SECONDS })
}

/// Whose numbers these are; numbers of nobody are left out.
pub async fn users(m: &Messaging, caller: &Caller, uids: &[i64]) -> Result<Vec<(i64, UserId)>> {
    if rtc::project(m.platform(), &caller.app).await?.is_none() {
        return Err(Refusal::RtcNotSetUp.into());
    }
    if uids.len() > UIDS {
        return Err(Refusal::TooMany { name: "data", limit: UIDS }.into());
    }
    Ok(hongyan_store::rtc::users(m.store(), caller.app.id, uids).await?)
}
