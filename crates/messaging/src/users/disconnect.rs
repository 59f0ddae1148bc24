//! A user's devices that are logged in, and logging them out.
//!
//! Whoever is logged out on another node is so because that node is told. It may not hear it: where there are others, the
//! end is noted in the database as well, before.

use hongyan_cluster::{DeviceFacts, Kick};
use hongyan_model::{AppId, Caller, DeviceId, MessageId, Result, UserId};
use hongyan_store::connections;
use hongyan_store::session_ends::{self, EndReason, SessionEnd};

use super::{existing, require_app, subject};
use crate::Messaging;

/// The devices on which the user has a session, with what they say of themselves.
pub async fn resources(
    m: &Messaging,
    caller: &Caller,
    user: &str,
) -> Result<Vec<(DeviceId, DeviceFacts)>> {
    let id = subject(m, caller, user).await?;
    Ok(m.router().described_devices(caller.app.id, &id))
}

/// Ends every session of the user, who may log in again; for the customer's server.
pub async fn disconnect(m: &Messaging, caller: &Caller, user: &str) -> Result<()> {
    require_app(caller)?;
    let id = existing(m, caller.app.id, user).await?.id.clone();
    end_sessions(m, caller.app.id, &id, EndReason::LoggedOut).await
}

/// Ends the user's session on one device; answers whether there was one. For the customer's server.
pub async fn disconnect_device(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    device: &str,
) -> Result<bool> {
    require_app(caller)?;
    let id = existing(m, caller.app.id, user).await?.id.clone();
    let Ok(device) = DeviceId::parse(device) else { return Ok(false) };
    let noted = note(m, caller.app.id, (&id, Some(&device)), EndReason::LoggedOut).await;
    let was_there = m.router().kick_device(caller.app.id, &id, &device, Kick::LoggedOut);
    noted?;
    Ok(was_there || m.router().is_deaf() && was_last_online(m, caller.app.id, id, &device).await?)
}

/// Ends every session of `user`, on whatever node.
pub(super) async fn end_sessions(
    m: &Messaging,
    app: AppId,
    user: &UserId,
    reason: EndReason,
) -> Result<()> {
    let noted = note(m, app, (user, None), reason).await;
    let kick = match reason {
        EndReason::UserRemoved => Kick::UserRemoved,
        EndReason::PasswordChanged => Kick::PasswordChanged,
        EndReason::Banned => Kick::Banned,
        EndReason::LoggedOut => Kick::LoggedOut,
    };
    m.router().kick(app, user, kick);
    noted
}

/// Whether the device was connected when something happened to its connections last.
async fn was_last_online(
    m: &Messaging,
    app: AppId,
    user: UserId,
    device: &DeviceId,
) -> Result<bool> {
    let lines = connections::newest(m.store(), app, &[user], MessageId(0)).await?;
    Ok(lines.iter().any(|line| line.device == *device && line.online))
}

async fn note(
    m: &Messaging,
    app: AppId,
    (user, device): (&UserId, Option<&DeviceId>),
    reason: EndReason,
) -> Result<()> {
    if m.router().is_clustered() {
        let id = m.ids().next(m.clock().now());
        let end = SessionEnd { id, app, user: user.clone(), device: device.cloned(), reason };
        session_ends::note(m.store(), &end).await?;
    }
    Ok(())
}
