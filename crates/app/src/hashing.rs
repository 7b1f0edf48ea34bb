//! Slow hashing of passwords, away from the request threads, a few at a time: each takes 19 MiB and a core.

use crate::AppError;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Semaphore;

/// Hashes at the same time.
const AT_ONCE: usize = 4;
/// Whoever waited this long is refused.
const WAIT: Duration = Duration::from_secs(5);

/// Where passwords are hashed.
#[derive(Clone)]
pub(crate) struct Hashing {
    slots: Arc<Semaphore>,
    done: Arc<AtomicU64>,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { slots: Arc::new(Semaphore::new(AT_ONCE)), done: Arc::default() }
    }
}

impl Hashing {
    /// Runs slow hashing on a blocking thread; refuses when too many wait.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let slot = tokio::time::timeout(WAIT, Arc::clone(&self.slots).acquire_owned())
            .await
            .map_err(|_| AppError::Busy)?
            .map_err(|_| AppError::Busy)?;
        let counter = Arc::clone(&self.done);
        tokio::task::spawn_blocking(move || {
            let done = work();
            counter.fetch_add(1, Ordering::Relaxed);
            drop(slot);
            done
        })
        .await
        .map_err(|error| AppError::Unexpected(Box::new(error)))
    }

    /// How many there were since the start.
    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
}
