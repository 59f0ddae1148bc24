//! Sessions that ended with their node: nobody but the other nodes can tell of them.

use std::sync::Arc;
use std::time::Duration;

use hongyan_cluster::DeadSessions;
use hongyan_model::Result;
use hongyan_store::standings::BATCH;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::periodic::every;
use crate::{Messaging, connections, leases, rooms};

const LOOK: Duration = Duration::from_secs(1);
/// How often it is tried to note what one call is about, a second apart.
const TRIES: usize = 60;
/// For how long a node that has told keeps the others from it: longer than those remember the sessions.
const KEPT: Duration = Duration::from_secs(45);
/// So much longer a node waits that is cut off itself: it does not know who has come to others, and they would not hear it.
const FIRST_TO_OTHERS: Duration = Duration::from_secs(5);
/// Under which one node at a time tells.
const LEASE: &str = "nodes.dead";

/// Starts telling; it ends with the last [`Messaging`].
pub(super) fn start(m: &Messaging) {
    if m.router().is_clustered() {
        let failed = "nobody is told that users of a dead node are gone";
        let told = Arc::new(Mutex::new(None));
        every(m, LOOK, failed, move |m| {
            let told = told.clone();
            async move { tell(&m, &mut *told.lock().await).await }
        });
    }
}

async fn tell(m: &Messaging, told: &mut Option<Instant>) -> Result<()> {
    if told.is_some_and(|at| at.elapsed() < KEPT) {
        // Nobody else is to tell of the same.
        leases::holds(m, LEASE).await?;
    }
    while m.router().has_lost_nodes() {
        // A node that is only cut off from the bus is among these.
        let alive = m.store().log().nodes().await?;
        let patience = if m.router().is_deaf() { FIRST_TO_OTHERS } else { Duration::ZERO };
        if !m.router().has_dead(&alive, patience) {
            return Ok(());
        }
        if !leases::holds(m, LEASE).await? {
            m.router().leave_dead(&alive);
            return Ok(());
        }
        let Some(dead) = m.router().take_dead(&alive, BATCH) else { return Ok(()) };
        let began = Instant::now();
        *told = Some(began);
        tell_of(m, &dead).await;
        // Half of the time is for others.
        tokio::time::sleep(began.elapsed()).await;
    }
    Ok(())
}

/// Goes on trying: nobody else knows these sessions for long.
async fn tell_of(m: &Messaging, dead: &DeadSessions) {
    for (app, user, _) in &dead.sessions {
        // Their node would have noted that they are away from their rooms.
        rooms::note_absence(m, *app, user);
    }
    for _ in 0..TRIES {
        let Err(error) = connections::note_gone(m, dead).await else { return };
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "it cannot be noted that users of a dead node are gone; trying again"
        );
        drop(error);
        tokio::time::sleep(LOOK).await;
    }
}
