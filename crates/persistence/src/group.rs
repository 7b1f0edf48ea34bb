//! Group commit for SQLite's single writer.
//!
//! Each transaction is a savepoint inside one outer transaction. The first to finish asks for a flush; whoever was
//! already waiting for the writer gets its turn before the flush does, because the lock is handed out in order. Then
//! one durable commit serves them all, and only then is anyone told that the write is kept.

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

/// The writer's turn-taking.
#[derive(Default)]
pub(crate) struct Group {
    open: Arc<Mutex<Open>>,
}

/// The outer transaction and those who wait for its commit.
#[derive(Default)]
pub(crate) struct Open {
    outer: Option<DatabaseTransaction>,
    waiting: Vec<oneshot::Sender<bool>>,
}

/// One transaction's turn at the writer.
pub(crate) struct Turn {
    lock: Arc<Mutex<Open>>,
    guard: Option<OwnedMutexGuard<Open>>,
}

impl Group {
    pub(crate) async fn turn(&self, writer: &DatabaseConnection) -> Result<(DatabaseTransaction, Turn), DbErr> {
        let mut guard = Arc::clone(&self.open).lock_owned().await;
        if guard.outer.is_none() {
            let options = TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            };
            guard.outer = Some(writer.begin_with_options(options).await?);
        }
        let mut turn = Turn { lock: Arc::clone(&self.open), guard: Some(guard) };
        match turn.guard.as_mut().and_then(|guard| guard.outer.as_mut()) {
            Some(outer) => Ok((outer.begin().await?, turn)),
            None => Err(DbErr::Custom("the writer's transaction is gone".to_owned())),
        }
    }
}

impl Turn {
    /// Gives the writer to the next in line and waits until the shared commit is durable.
    pub(crate) async fn finish(mut self) -> bool {
        let (sender, receiver) = oneshot::channel();
        if let Some(mut guard) = self.guard.take() {
            let first = guard.waiting.is_empty();
            guard.waiting.push(sender);
            drop(guard);
            if first {
                tokio::spawn(flush(Arc::clone(&self.lock)));
            }
        }
        receiver.await.unwrap_or(false)
    }
}

impl Drop for Turn {
    /// A turn that was given up must not leave the outer transaction open.
    fn drop(&mut self) {
        if let Some(guard) = self.guard.take()
            && guard.waiting.is_empty()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            drop(guard);
            runtime.spawn(flush(Arc::clone(&self.lock)));
        }
    }
}

async fn flush(lock: Arc<Mutex<Open>>) {
    let mut guard = lock.lock_owned().await;
    let kept = match guard.outer.take() {
        Some(outer) => outer.commit().await.map_err(|error| tracing::error!(%error, "a commit failed")).is_ok(),
        None => guard.waiting.is_empty(),
    };
    for waiting in guard.waiting.drain(..) {
        // Whoever stopped listening has gone away; the write is kept all the same.
        let _ = waiting.send(kept);
    }
}
