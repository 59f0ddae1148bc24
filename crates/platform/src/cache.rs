//! Facts of the database kept in memory.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hongyan_cluster::Router;
use moka::sync::Cache;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What the hot path knows about a thing without asking the database.
///
/// Holds only what exists: a thing made by another process is seen at once. Every write calls
/// [`invalidate`](Self::invalidate) after its commit, which the same cache on other nodes hears of; the lifetime bounds
/// how long a write of a process that is no node stays unseen.
pub struct FactCache<K, V> {
    facts: Arc<Facts<K, V>>,
    name: &'static str,
    router: Arc<Router>,
}

struct Facts<K, V> {
    facts: Cache<K, Arc<V>>,
    /// Counts invalidations, so that a value read before a write is not put back after it.
    writes: AtomicU64,
}

impl<K, V> FactCache<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    V: Send + Sync + 'static,
{
    /// A cache of at most `capacity` facts, each for at most `lifetime`. Its `name` is the same on every node.
    #[must_use]
    pub fn new(
        router: &Arc<Router>,
        name: &'static str,
        capacity: u64,
        lifetime: Duration,
    ) -> Self {
        let facts = Cache::builder().max_capacity(capacity).time_to_live(lifetime).build();
        let facts = Arc::new(Facts { facts, writes: AtomicU64::new(0) });
        let weak = Arc::downgrade(&facts);
        router.on_signal(name, move |key| {
            let Some(facts) = weak.upgrade() else { return };
            match key.and_then(|key| postcard::from_bytes(key).ok()) {
                Some(key) => facts.forget(&key),
                None => facts.clear(),
            }
        });
        Self { facts, name, router: router.clone() }
    }

    /// The fact, read with `load` if it is not known.
    pub async fn get<E>(
        &self,
        key: &K,
        load: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<Arc<V>>, E> {
        let Facts { facts, writes } = &*self.facts;
        if let Some(known) = facts.get(key) {
            return Ok(Some(known));
        }
        let before = writes.load(Ordering::SeqCst);
        let Some(fact) = load.await?.map(Arc::new) else { return Ok(None) };
        // If a write came between, what was loaded may be from before it.
        let is_current = || writes.load(Ordering::SeqCst) == before;
        if is_current() {
            facts.insert(key.clone(), fact.clone());
            if !is_current() {
                facts.invalidate(key);
            }
        }
        Ok(Some(fact))
    }

    /// Forgets everything, on this node.
    pub fn clear(&self) {
        self.facts.clear();
    }

    /// Forgets a fact, on this node.
    pub fn forget(&self, key: &K) {
        self.facts.forget(key);
    }

    /// Forgets what a committed write has changed, on every node.
    pub fn invalidate(&self, key: &K) {
        self.facts.forget(key);
        self.router.signal(self.name, || postcard::to_stdvec(key).unwrap_or_default());
    }
}

impl<K: Hash + Eq + Send + Sync + 'static, V: Send + Sync + 'static> Facts<K, V> {
    fn clear(&self) {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.facts.invalidate_all();
    }

    fn forget(&self, key: &K) {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.facts.invalidate(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Cached = FactCache<String, u32>;

    async fn get(cache: &Cached, stored: Option<u32>) -> Option<u32> {
        let loaded = cache.get(&"k".to_owned(), async move { Ok::<_, ()>(stored) }).await;
        loaded.unwrap().map(|fact| *fact)
    }

    #[tokio::test]
    async fn keeps_what_exists_and_nothing_else() {
        let cache = Cached::new(&Arc::default(), "facts", 10, Duration::from_secs(60));
        assert_eq!(get(&cache, None).await, None);
        assert_eq!(get(&cache, Some(1)).await, Some(1));
        assert_eq!(get(&cache, Some(2)).await, Some(1));
        cache.invalidate(&"k".to_owned());
        assert_eq!(get(&cache, Some(2)).await, Some(2));
    }

    #[tokio::test]
    async fn a_value_read_before_a_write_does_not_outlive_it() {
        let cache = Cached::new(&Arc::default(), "facts", 10, Duration::from_secs(60));
        let load = async {
            cache.invalidate(&"k".to_owned());
            Ok::<_, ()>(Some(1))
        };
        cache.get(&"k".to_owned(), load).await.unwrap();
        assert_eq!(get(&cache, Some(2)).await, Some(2));
    }
}
