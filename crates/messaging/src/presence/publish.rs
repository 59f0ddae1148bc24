//! Publishing.

use hongyan_model::{Caller, DeviceId, Feature, Refusal, Result};
use hongyan_store::presence::{self as stored, Published};

use super::{note, require_presence};
use crate::Messaging;
use crate::users::subject;

/// Devices of a user whose published status is kept; that of the one longest ago gives way.
const STATUSES: usize = 10;

/// Publishes `ext` as the words of a user, and the status of one of its devices: 1 is what every connected device has by
/// itself. The words stay until others are published. So does the status, which shows while the device is connected;
/// for another device only 0, which it has anyway, is accepted.
pub async fn publish(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    (device, status): (&str, u32),
    ext: &str,
) -> Result<()> {
    require_presence(&caller.app)?;
    let user = subject(m, caller, user).await?;
    let app = caller.app.id;
    let device = DeviceId::parse(device).map_err(|_| no_device())?;
    let connected = m.router().devices(app, &user).contains(&device);
    if !connected && status != 0 {
        return Err(no_device().into());
    }
    check_ext(caller, ext)?;
    let now = m.clock().now();
    let change = |published: &mut Published| {
        published.ext = ext.to_owned();
        published.at = now;
        published.statuses.retain(|(named, _)| *named != device);
        if connected && status != 1 {
            published.statuses.push((device.clone(), status));
            let surplus = published.statuses.len().saturating_sub(STATUSES);
            published.statuses.drain(..surplus);
        }
    };
    if !stored::publish(m.store(), app, &user, change).await? {
        return Err(Refusal::UserNotFound { user: user.to_string() }.into());
    }
    note(m, app, &user, &device);
    Ok(())
}

fn check_ext(caller: &Caller, ext: &str) -> Result<(), Refusal> {
    let most = caller.app.quota(Feature::PresenceExtBytesMax);
    let most = most.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
    if ext.len() > most {
        return Err(Refusal::TooLong { name: "ext", limit: most });
    }
    // PostgreSQL has no text with it.
    if ext.contains('\0') {
        return Err(Refusal::Invalid { name: "ext", why: "holds a NUL character".to_owned() });
    }
    Ok(())
}

fn no_device() -> Refusal {
    Refusal::Invalid { name: "resource", why: "resource not exist".to_owned() }
}
