//! The first frame of a connection: who is it?

use std::future::poll_fn;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hongyan_cluster::Registration;
use hongyan_messaging::connections::Connection;
use hongyan_messaging::devices::{Login, Queues};
use hongyan_messaging::{tokens, users};
use hongyan_model::{
    Actor, App, Caller, DeviceId, Error, Origin, Refusal, Result, Timestamp, UserId,
};
use hongyan_msync::Message;
use hongyan_msync::frame;
use hongyan_msync::proto::{MSync, Provision, m_sync::Command};
use hongyan_platform::apps;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::socket::{Incoming, Socket};
use crate::{Gateway, GatewayOptions, payload, refusal};

/// Characters kept of a device's own id, and of its name.
const DEVICE_WORDS: usize = 64;

/// A user who has logged in.
pub(crate) struct LoggedIn {
    pub(crate) app: Arc<App>,
    pub(crate) user: UserId,
    pub(crate) caller: Caller,
    pub(crate) queues: Queues,
    pub(crate) registration: Registration,
    /// Behind the registration, so that it ends after it.
    pub(crate) connection: Connection,
    /// Whether the client takes a reply to an uplink for what it is, also if it says more than that it is done.
    pub(crate) reads_rich_replies: bool,
}

/// Waits for the login frame and answers it; `None` if the connection is not to be served.
pub(crate) async fn login(
    gateway: &Gateway,
    socket: &mut Socket,
    client: Option<IpAddr>,
) -> Option<LoggedIn> {
    let deadline = Instant::now() + gateway.options().login_timeout;
    let first = poll_fn(|cx| socket.poll_incoming(cx));
    let first = tokio::time::timeout_at(deadline, first).await.ok()?.ok()?;
    let Some((envelope, provision)) = decode(first, gateway.options().max_frame_bytes) else {
        tracing::info!("a connection is closed: its first frame is no login");
        return None;
    };
    match wait_for_turn(gateway, socket, deadline).await {
        Turn::Begins => {}
        Turn::Gone => return None,
        Turn::TooLate(again) => {
            socket.turn_away(again).await;
            return None;
        }
    }
    let session_id = provision.session_id.clone();
    let reply = match admit(gateway.options(), envelope, provision, client).await {
        Ok((session, expires_at)) => {
            count("admitted");
            let reply = Provision {
                status: Some(frame::ok()),
                resource: session.caller.device.as_ref().map(ToString::to_string),
                auth_token: expires_at.map(|at| json!({ "expires_in": at }).to_string()),
                session_id,
                ..Provision::default()
            };
            if socket.write(frame::provision(&reply)).await.is_err() {
                return None;
            }
            return Some(session);
        }
        Err(error) => {
            match &error {
                Error::Refused(refusal) => {
                    count("refused");
                    tracing::info!(%refusal, "a login was refused");
                }
                Error::Fault(_) => {
                    count("failed");
                    tracing::error!(error = &error as &dyn std::error::Error, "a login failed");
                }
            }
            Provision {
                status: Some(refusal::of_login(&error)),
                session_id,
                ..Provision::default()
            }
        }
    };
    // The SDK leaves the socket open after a refused login: closing it is the server's part.
    if socket.write(frame::provision(&reply)).await.is_ok() {
        let _ = poll_fn(|cx| socket.poll_flush(cx)).await;
    }
    None
}

/// Counts what became of a login; one that is postponed is counted again when it has had its turn.
fn count(result: &'static str) {
    metrics::counter!("hongyan_logins_total", "result" => result).increment(1);
}

/// What became of waiting for a turn.
enum Turn {
    Begins,
    /// The client did not wait.
    Gone,
    /// It has waited for as long as it has time to log in, and may come again after that.
    TooLate(Duration),
}

/// Waits until this login may begin.
async fn wait_for_turn(gateway: &Gateway, socket: &mut Socket, latest: Instant) -> Turn {
    let admission = &gateway.0.admission;
    if admission.try_turn() {
        return Turn::Begins;
    }
    count("postponed");
    // Those who came together do not go together.
    let patience = latest.saturating_duration_since(Instant::now());
    let latest = latest - patience.mul_f64(rand::random_range(0.0..0.4));
    tokio::select! {
        () = admission.turn() => Turn::Begins,
        // Nobody speaks before the answer: what comes is the end of the connection, or not meant for a server.
        _ = poll_fn(|cx| socket.poll_incoming(cx)) => Turn::Gone,
        () = tokio::time::sleep_until(latest) => {
            count("turned_away");
            tracing::debug!("a connection is closed: too many wait to log in");
            Turn::TooLate(admission.send_away())
        }
    }
}

fn decode(incoming: Incoming, most: usize) -> Option<(MSync, Provision)> {
    let Incoming::Frame(bytes) = incoming else { return None };
    let mut envelope = MSync::decode(bytes).ok()?;
    if envelope.command != Some(Command::Provision as i32) {
        return None;
    }
    let provision = Provision::decode(payload::take(&mut envelope, most).ok()?).ok()?;
    Some((envelope, provision))
}

#[tracing::instrument(name = "login", skip_all)]
async fn admit(
    options: &GatewayOptions,
    envelope: MSync,
    provision: Provision,
    client: Option<IpAddr>,
) -> Result<(LoggedIn, Option<Timestamp>)> {
    let guid = envelope.guid.as_ref().ok_or(Refusal::Missing { name: "guid" })?;
    let app_key = guid.app_key.as_deref().ok_or(Refusal::Missing { name: "appKey" })?;
    let (org, name) = app_key.split_once('#').ok_or_else(|| Refusal::Invalid {
        name: "appKey",
        why: "not of the form org#app".to_owned(),
    })?;
    let app = apps::find(&options.platform, org, name).await?;
    let user = UserId::parse(guid.name.as_deref().unwrap_or_default())?;
    let device = device(&provision, guid.client_resource.as_deref())?;
    let expires_at = authenticate(options, &app, &user, &envelope, &provision).await?;

    let caller = Caller {
        app: app.clone(),
        actor: Actor::User(user.clone()),
        origin: Origin::Gateway,
        device: Some(device.clone()),
        client,
    };
    let words = |text: &Option<String>| {
        let printable = text.iter().flat_map(|text| text.chars()).filter(|c| !c.is_control());
        printable.take(DEVICE_WORDS).collect()
    };
    let login = Login {
        device,
        note: provision.reason.clone().unwrap_or_default(),
        uuid: words(&provision.device_uuid),
        name: words(&provision.device_name),
    };
    let (queues, registration) = Queues::open(&options.messaging, &caller, login).await?;
    // Once more: a password change or a ban before the registration could not end this session.
    match token(&envelope, &provision) {
        Some(token) => {
            tokens::authenticate(&options.messaging, &token).await?;
        }
        None => users::require_active(&options.messaging, &caller).await?,
    }
    let version = provision.version.as_deref().unwrap_or_default();
    let connection = Connection::begin(&options.messaging, &caller, version)?;
    let reads_rich_replies = reads_rich_replies(version);
    let logged_in =
        LoggedIn { app, user, caller, queues, registration, connection, reads_rich_replies };
    Ok((logged_in, expires_at))
}

/// Builds before 4.7 take a reply with `metas` for incoming messages, and wait for ever for the reply.
fn reads_rich_replies(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) => (major, minor) >= (4, 7),
        _ => true,
    }
}

fn device(provision: &Provision, requested: Option<&str>) -> Result<DeviceId> {
    let requested = provision.resource.as_deref().filter(|r| !r.is_empty()).or(requested);
    match requested.filter(|resource| !resource.is_empty()) {
        Some(resource) => Ok(DeviceId::parse(resource)?),
        None => Ok(DeviceId::from_trusted(format!("unnamed_{:016x}", rand::random::<u64>()))),
    }
}

/// Checks token or password; the token's expiry (Unix ms) if it has one.
async fn authenticate(
    options: &GatewayOptions,
    app: &Arc<App>,
    user: &UserId,
    envelope: &MSync,
    provision: &Provision,
) -> Result<Option<Timestamp>> {
    let Some(token) = token(envelope, provision) else {
        let password = provision.password.as_deref().filter(|password| !password.is_empty());
        let password = password.ok_or(Refusal::TokenInvalid)?;
        let user = user.as_str();
        tokens::issue_by_password(&options.messaging, app, user, password, None).await?;
        return Ok(None);
    };
    let identity = tokens::authenticate(&options.messaging, &token).await?;
    if identity.app.id != app.id || identity.actor != Actor::User(user.clone()) {
        return Err(Refusal::TokenInvalid.into());
    }
    Ok(identity.expires_at)
}

/// The token, wherever this client puts it: the Web SDK in `MSync.auth` and `authToken`, Go only in
/// the latter, both with or without `$t$`.
fn token(envelope: &MSync, provision: &Provision) -> Option<String> {
    let in_json = || {
        let value: Value = serde_json::from_str(provision.auth_token.as_deref()?).ok()?;
        Some(value.get("token")?.as_str()?.to_owned())
    };
    let plain = envelope.auth.clone().or_else(|| provision.auth.clone());
    let token = plain.filter(|token| !token.is_empty()).or_else(in_json)?;
    Some(token.strip_prefix("$t$").map(str::to_owned).unwrap_or(token)).filter(|t| !t.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_before_4_7_get_plain_replies() {
        for version in ["4.1.6", "4.6.9", "3.6.3"] {
            assert!(!reads_rich_replies(version), "{version}");
        }
        for version in ["4.7.0", "4.21.1", "5.0", "", "x.y", "4"] {
            assert!(reads_rich_replies(version), "{version}");
        }
    }
}
