//! What was read a moment ago.
//!
//! Kept for less than a second, so that a change made by another replica acts at once by any human measure; a change
//! made by this process makes it forget, and acts on the very next request.

use moka::sync::Cache;
use std::{
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

const KEPT: Duration = Duration::from_millis(900);
const MOST: u64 = 10_000;

/// How many changes there were.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct State(u64);

/// Values by key, each for a moment.
#[derive(Clone)]
pub(crate) struct Recent<K, V> {
    kept: Cache<K, V>,
    changes: Arc<AtomicU64>,
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static, V: Clone + Send + Sync + 'static> Default for Recent<K, V> {
    fn default() -> Self {
        Self { kept: Cache::builder().max_capacity(MOST).time_to_live(KEPT).build(), changes: Arc::default() }
    }
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static, V: Clone + Send + Sync + 'static> Recent<K, V> {
    /// The value of a moment ago, or what is read now.
    pub(crate) async fn get_or<E>(&self, key: K, read: impl AsyncFnOnce() -> Result<V, E>) -> Result<V, E> {
        if let Some(value) = self.kept.get(&key) {
            return Ok(value);
        }
        let before = self.state();
        let value = read().await?;
        self.put(key, value.clone(), before);
        Ok(value)
    }

    /// To be taken before a value is read.
    pub(crate) fn state(&self) -> State {
        State(self.changes.load(Ordering::SeqCst))
    }

    /// Keeps a value, unless something changed since its reading began: it must not outlive the change.
    pub(crate) fn put(&self, key: K, value: V, before: State) {
        self.kept.insert(key.clone(), value);
        // Looked at afterwards: a change is counted before it forgets, so one that comes in between forgets this too.
        if self.state() != before {
            self.kept.invalidate(&key);
        }
    }

    /// To be called after a change was kept.
    pub(crate) fn forget(&self, key: &K) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.kept.invalidate(key);
    }

    pub(crate) fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.kept.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_is_seen_at_once_and_a_read_from_before_it_is_not_kept() {
        let recent = Recent::<u8, &str>::default();
        assert_eq!(recent.get_or(1, async || Ok::<_, ()>("old")).await, Ok("old"));
        assert_eq!(recent.get_or(1, async || Ok::<_, ()>("new")).await, Ok("old"));
        recent.forget(&1);
        // The change happens while somebody reads.
        let read = async || {
            recent.forget(&1);
            Ok::<_, ()>("old")
        };
        assert_eq!(recent.get_or(1, read).await, Ok("old"));
        assert_eq!(recent.get_or(1, async || Ok::<_, ()>("new")).await, Ok("new"));
    }
}
