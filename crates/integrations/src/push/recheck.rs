//! Devices that went away without a word: what the server believed to be on its way to them is decided once more.
//!
//! A connection that has lost its network looks open until its silence is noticed. Messages of that time made no phone ring,
//! because the user seemed to be there. When such a connection ends, those that the device has not acknowledged do.

use hongyan_messaging::push_bindings::PushBinding;
use hongyan_messaging::{Messaging, devices};
use hongyan_model::{AppId, DeviceId, PushWhen, Result, UserId};
use hongyan_platform::apps;
use hongyan_store::connections::{ConnectionEvent, Operation};
use hongyan_store::{push_bindings as bindings, pushes as stored};

use super::collect::{Means, collect_for};
use super::follow::{is_wanted, keep};
use super::message::Message;
use super::rules::is_device;
use crate::Integrations;

/// A connection that comes back so soon had not gone.
const PATIENCE_MS: i64 = 5000;
/// How far before the end of a connection its messages are looked for: longer than its silence can last.
const WINDOW_MS: i64 = 10 * 60 * 1000;
/// Devices looked at in one round.
const BATCH: usize = 100;

/// Notes who came, went, or was thrown out, of an app with certificates; all of it in one transaction, but for the last.
pub(crate) async fn note_connections(
    i: &Integrations,
    app: AppId,
    events: &[ConnectionEvent],
) -> Result<()> {
    if !i.0.pushing.is_followed(i, app).await? {
        return Ok(());
    }
    let (mut logged_in, mut broken) = (Vec::new(), Vec::new());
    for event in events {
        let user = &event.user;
        match event.operation {
            Operation::Login => logged_in.push(user.clone()),
            // A device that was logged out rings no more; it binds itself again when it logs in.
            Operation::Kick if !event.online => {
                for bound in of_device(i, app, user, &event.device).await? {
                    let device = &bound.device_id;
                    bindings::unbind_before(i.store(), app, user, device, event.time).await?;
                }
            }
            Operation::Closed if !event.online => {
                broken.push((user.clone(), event.device.to_string(), event.time));
            }
            Operation::Kick | Operation::Closed | Operation::Logout => {}
        }
    }
    if !logged_in.is_empty() || !broken.is_empty() {
        stored::note_connections(i.store(), app, &logged_in, &broken).await?;
    }
    Ok(())
}

async fn of_device(
    i: &Integrations,
    app: AppId,
    user: &UserId,
    device: &DeviceId,
) -> Result<Vec<PushBinding>> {
    let mut bound = bindings::of_user(i.store(), app, user).await?;
    bound.retain(|binding| is_device(device, &binding.device_id));
    Ok(bound)
}

/// Decides once more about what was undelivered when connections broke.
pub(super) async fn run(i: &Integrations, m: &Messaging, app: AppId) -> Result<()> {
    let now = i.0.clock.now();
    let broken = stored::broken(i.store(), app, BATCH).await?;
    for (user, device, time) in broken.into_iter().filter(|(.., time)| now - time >= PATIENCE_MS) {
        let Some(current) = apps::find_by_id(i.platform(), app).await? else { return Ok(()) };
        let session = DeviceId::from_trusted(device.as_str());
        let is_back = match current.settings.push.when {
            PushWhen::AllOffline => m.router().is_online(app, &user),
            PushWhen::AnyOffline => m.router().devices(app, &user).contains(&session),
        };
        if is_wanted(&current) && !is_back {
            let since = time - WINDOW_MS;
            let waiting = devices::undelivered(m, app, &user, &session, since).await?;
            let messages: Vec<Message> = waiting.iter().filter_map(Message::of).collect();
            if !messages.is_empty() {
                let means = Means::of(i, &current).await?;
                let outcome = collect_for(i, m, &current, (&means, &user), &messages).await?;
                keep(i, &current, None, outcome).await?;
            }
        }
        stored::forget_broken(i.store(), app, (&user, &device), time).await?;
    }
    Ok(())
}
