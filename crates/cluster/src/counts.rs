//! Numbers that nodes count together, such as calls of an endpoint, or what a room has said.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::router::Router;

/// What is counted here is told so much later, together.
const EVERY: Duration = Duration::from_millis(50);
/// Told in one piece.
const TOLD: usize = 2000;

/// Tells the other nodes what was counted here, and hears what they count: some milliseconds later, and not at all what
/// is counted while a node does not hear. So nodes together let a little more through than one.
pub struct Counts<K> {
    router: Arc<Router>,
    topic: &'static str,
    untold: Mutex<HashMap<K, u64>>,
}

impl<K> fmt::Debug for Counts<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counts").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl<K> Counts<K>
where
    K: Eq + Hash + Serialize + DeserializeOwned + Send + 'static,
{
    /// Has `hears` called with what others count. The `topic` is the same on every node.
    #[must_use]
    pub fn new(
        router: &Arc<Router>,
        topic: &'static str,
        hears: impl Fn(K, u64) + Send + Sync + 'static,
    ) -> Arc<Self> {
        router.on_signal(topic, move |told| {
            let told = told.and_then(|told| postcard::from_bytes::<Vec<(K, u64)>>(told).ok());
            for (key, number) in told.into_iter().flatten() {
                hears(key, number);
            }
        });
        Arc::new(Self { router: router.clone(), topic, untold: Mutex::default() })
    }

    /// So many more were counted here. Costs nothing where there are no other nodes; otherwise to be called in a runtime.
    pub fn add(self: &Arc<Self>, key: K, number: u64) {
        if !self.router.is_clustered() {
            return;
        }
        let mut untold = self.untold.lock();
        let is_first = untold.is_empty();
        *untold.entry(key).or_default() += number;
        if is_first {
            let counts = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(EVERY).await;
                counts.tell();
            });
        }
    }

    fn tell(&self) {
        let untold: Vec<_> = std::mem::take(&mut *self.untold.lock()).into_iter().collect();
        for part in untold.chunks(TOLD) {
            self.router.hint(self.topic, || postcard::to_stdvec(part).unwrap_or_default());
        }
    }
}
