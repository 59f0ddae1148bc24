//! Sessions that ended with their node: nobody but the other nodes can tell of them.

use std::time::Duration;

use hongyan_model::{AppId, DeviceId, Result, UserId};
use hongyan_store::standings::BATCH;
use tokio::time::Instant;

use crate::periodic::every;
use crate::{Messaging, connections, leases};

const LOOK: Duration = Duration::from_secs(1);
/// Under which one node at a time tells.
const LEASE: &str = "nodes.dead";

/// Starts telling; it ends with the last [`Messaging`].
pub(super) fn start(m: &Messaging) {
    if m.router().is_clustered() {
        let failed = "nobody is told that users of a dead node are gone";
        every(m, LOOK, failed, |m| async move { tell(&m).await });
    }
}

async fn tell(m: &Messaging) -> Result<()> {
    if !m.router().has_lost_nodes() {
        return Ok(());
    }
    // A node that is only cut off from the bus is among these.
    let alive = m.store().log().nodes().await?;
    let tells = leases::holds(m, LEASE).await?;
    let mut sessions = m.router().take_dead(&alive, tells);
    sessions.sort_unstable();
    for of_app in sessions.chunk_by(|one, other| one.0 == other.0) {
        for sessions in of_app.chunks(BATCH) {
            let began = Instant::now();
            tell_of(m, sessions).await?;
            leases::holds(m, LEASE).await?;
            // Half of the time is for others.
            tokio::time::sleep(began.elapsed()).await;
        }
    }
    Ok(())
}

async fn tell_of(m: &Messaging, sessions: &[(AppId, UserId, DeviceId)]) -> Result<()> {
    let Some((app, ..)) = sessions.first() else { return Ok(()) };
    let gone = sessions.iter().map(|(_, user, device)| (user.clone(), device.clone()));
    connections::note_gone(m, *app, &gone.collect::<Vec<_>>()).await
}
