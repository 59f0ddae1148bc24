//! Facts of the database kept in memory.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::sync::Cache;

/// What the hot path knows about a thing without asking the database.
///
/// Holds only what exists: a thing made by another process is seen at once. Every write calls
/// [`invalidate`](Self::invalidate) after its commit; the lifetime bounds how long a write of *another* process
/// stays unseen.
pub struct FactCache<K, V> {
    facts: Cache<K, Arc<V>>,
    /// Counts invalidations, so that a value read before a write is not put back after it.
    writes: AtomicU64,
}

impl<K, V> FactCache<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// A cache of at most `capacity` facts, each for at most `lifetime`.
    #[must_use]
    pub fn new(capacity: u64, lifetime: Duration) -> Self {
        let facts = Cache::builder().max_capacity(capacity).time_to_live(lifetime).build();
        Self { facts, writes: AtomicU64::new(0) }
    }

    /// The fact, read with `load` if it is not known.
    pub async fn get<E>(
        &self,
        key: &K,
        load: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<Arc<V>>, E> {
        if let Some(known) = self.facts.get(key) {
            return Ok(Some(known));
        }
        let writes = self.writes.load(Ordering::SeqCst);
        let Some(fact) = load.await?.map(Arc::new) else { return Ok(None) };
        self.facts.insert(key.clone(), fact.clone());
        // A write came between: what was loaded may be from before it.
        if self.writes.load(Ordering::SeqCst) != writes {
            self.facts.invalidate(key);
        }
        Ok(Some(fact))
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.facts.invalidate_all();
    }

    /// Forgets what a committed write has changed.
    pub fn invalidate(&self, key: &K) {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.facts.invalidate(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Cached = FactCache<&'static str, u32>;

    async fn get(cache: &Cached, stored: Option<u32>) -> Option<u32> {
        let loaded = cache.get(&"k", async move { Ok::<_, ()>(stored) }).await;
        loaded.unwrap().map(|fact| *fact)
    }

    #[tokio::test]
    async fn keeps_what_exists_and_nothing_else() {
        let cache = Cached::new(10, Duration::from_secs(60));
        assert_eq!(get(&cache, None).await, None);
        assert_eq!(get(&cache, Some(1)).await, Some(1));
        assert_eq!(get(&cache, Some(2)).await, Some(1));
        cache.invalidate(&"k");
        assert_eq!(get(&cache, Some(2)).await, Some(2));
    }

    #[tokio::test]
    async fn a_value_read_before_a_write_does_not_outlive_it() {
        let cache = Cached::new(10, Duration::from_secs(60));
        let load = async {
            cache.invalidate(&"k");
            Ok::<_, ()>(Some(1))
        };
        cache.get(&"k", load).await.unwrap();
        assert_eq!(get(&cache, Some(2)).await, Some(2));
    }
}
