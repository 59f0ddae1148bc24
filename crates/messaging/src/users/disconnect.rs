//! A user's devices that are logged in, and logging them out.

use hongyan_cluster::{DeviceFacts, Kick};
use hongyan_model::{Caller, DeviceId, Result};

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
    m.router().kick(caller.app.id, &id, Kick::LoggedOut);
    Ok(())
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
    Ok(m.router().kick_device(caller.app.id, &id, &device, Kick::LoggedOut))
}
