//! Group commit for SQLite's single writer.
//!
//! Each transaction is a savepoint inside one outer transaction. The first to finish asks for a flush; whoever was
//! already waiting for the writer gets its turn before the flush does, because the lock is handed out in order. Then
//! one durable commit serves them all, and only then is anyone told that the write is kept.

use crate::error::DbError;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

/// What stands before a turn's first write, and after its last.
pub(crate) const BEGIN: &str = "savepoint turn";
pub(crate) const KEEP: &str = "release turn";
const UNDO: &str = "rollback to turn; release turn";

/// The writer's turn-taking.
#[derive(Default)]
pub(crate) struct Group {
    open: Arc<Mutex<Open>>,
}

/// The outer transaction and those who wait for its commit.
#[derive(Default)]
pub(crate) struct Open {
    outer: Option<Arc<DatabaseTransaction>>,
    waiting: Vec<oneshot::Sender<bool>>,
    /// The turn has begun to write. If it is still so when the next one comes, the turn was given up, and what it wrote
    /// has to be undone.
    writing: bool,
}

/// One transaction's turn at the writer.
pub(crate) struct Turn {
    lock: Arc<Mutex<Open>>,
    guard: Option<OwnedMutexGuard<Open>>,
}

impl Group {
    /// Waits for the writer; what is then done over the connection belongs to this turn.
    pub(crate) async fn turn(&self, writer: &DatabaseConnection) -> Result<(Arc<DatabaseTransaction>, Turn), DbErr> {
        let mut guard = Arc::clone(&self.open).lock_owned().await;
        guard.undo_abandoned().await;
        let outer = match &guard.outer {
            Some(outer) => Arc::clone(outer),
            None => {
                let options = TransactionOptions {
                    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                    ..TransactionOptions::default()
                };
                let outer = Arc::new(writer.begin_with_options(options).await?);
                guard.outer = Some(Arc::clone(&outer));
                outer
            }
        };
        Ok((outer, Turn { lock: Arc::clone(&self.open), guard: Some(guard) }))
    }
}

impl Open {
    /// Takes back what a turn that was given up has written.
    async fn undo_abandoned(&mut self) {
        if !std::mem::take(&mut self.writing) {
            return;
        }
        let Some(outer) = &self.outer else { return };
        if let Err(error) = outer.execute_unprepared(UNDO).await.map_err(DbError::from) {
            // SQLite gave up the whole transaction, for example because the disk is full: nobody's work is kept.
            tracing::error!(%error, "the writer's transaction was lost");
            self.outer = None;
            self.tell(false);
        }
    }

    fn tell(&mut self, kept: bool) {
        for waiting in self.waiting.drain(..) {
            // Whoever stopped listening has gone away; the write is kept all the same.
            let _ = waiting.send(kept);
        }
    }
}

impl Turn {
    /// To be called before [`BEGIN`] is sent: from then on a dropped turn is one that was given up.
    pub(crate) fn begins_to_write(&mut self) {
        if let Some(guard) = &mut self.guard {
            guard.writing = true;
        }
    }

    /// Gives the writer to the next in line and waits until the shared commit is durable.
    pub(crate) async fn finish(mut self) -> bool {
        let (sender, receiver) = oneshot::channel();
        if let Some(mut guard) = self.guard.take() {
            let first = guard.waiting.is_empty();
            guard.writing = false;
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
    guard.undo_abandoned().await;
    // Turns give their handle back before they give up the lock, so the last handle is this one.
    let kept = match guard.outer.take().map(Arc::into_inner) {
        Some(Some(outer)) => outer
            .commit()
            .await
            .map_err(DbError::from)
            .map_err(|error| tracing::error!(%error, "a commit failed"))
            .is_ok(),
        Some(None) => false,
        None => guard.waiting.is_empty(),
    };
    guard.tell(kept);
}
