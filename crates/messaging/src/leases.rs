//! Work that one node of an installation does at a time: who holds the lease does it.
//!
//! A node that dies is followed by another one when its lease has ended. A node that was frozen may for a moment believe
//! that it still holds a lease: what must not be done twice is guarded where it is written, too.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use hongyan_model::Result;
use hongyan_store::leases as stored;
use parking_lot::Mutex;

use crate::Messaging;

/// How long a lease holds; so long it takes until another node goes on.
const LEASE: Duration = Duration::from_secs(6);
/// When it is kept anew, or tried again.
const KEEP: Duration = Duration::from_secs(2);

/// What this process holds.
#[derive(Default)]
pub(crate) struct Leases(Mutex<HashMap<&'static str, Known>>);

#[derive(Clone, Copy)]
struct Known {
    asked: Instant,
    held: bool,
}

/// Whether this node is to do the work of that name. Alone it always is; otherwise costs a statement every two seconds.
pub async fn holds(m: &Messaging, name: &'static str) -> Result<bool> {
    if !m.router().is_clustered() {
        return Ok(true);
    }
    let known = m.0.leases.0.lock().get(name).copied();
    if let Some(known) = known.filter(|known| known.asked.elapsed() < KEEP) {
        return Ok(known.held);
    }
    let asked = Instant::now();
    let ms = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
    let held = stored::hold(m.store(), name, i64::from(m.ids().node()), ms).await?;
    m.0.leases.0.lock().insert(name, Known { asked, held });
    if held != known.is_some_and(|known| known.held) {
        tracing::info!(name, held, "whether this node does the work of the lease");
    }
    Ok(held)
}

/// Gives up what this node holds, since it stops.
pub async fn release(m: &Messaging) -> Result<()> {
    if m.router().is_clustered() {
        stored::release(m.store(), i64::from(m.ids().node())).await?;
    }
    Ok(())
}
