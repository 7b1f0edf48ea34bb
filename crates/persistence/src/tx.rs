//! Transactions: dropped they undo everything; keeping them takes an audit event.

use crate::{
    audit,
    db::Vault,
    error::DbError,
    group::{Group, Turn},
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};
use std::sync::Arc;
use zgoda_domain::audit::AuditEvent;

/// A transaction that writes.
#[must_use = "a dropped transaction is rolled back"]
pub struct Tx {
    // Dropped in this order: the savepoint is undone before the writer's turn is given up.
    inner: DatabaseTransaction,
    turn: Option<Turn>,
    vault: Arc<Vault>,
}

/// A connection that only reads.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub(crate) connection: &'a DatabaseConnection,
    pub(crate) vault: &'a Vault,
}

/// Anything rows can be read from, with the keys to open them.
pub trait Source {
    type Connection: ConnectionTrait;
    fn connection(&self) -> &Self::Connection;
    fn vault(&self) -> &Vault;
}

impl Source for Tx {
    type Connection = DatabaseTransaction;

    fn connection(&self) -> &DatabaseTransaction {
        &self.inner
    }

    fn vault(&self) -> &Vault {
        &self.vault
    }
}

impl Source for Reader<'_> {
    type Connection = DatabaseConnection;

    fn connection(&self) -> &DatabaseConnection {
        self.connection
    }

    fn vault(&self) -> &Vault {
        self.vault
    }
}

impl Tx {
    pub(crate) async fn begin(
        writer: &DatabaseConnection,
        group: Option<&Arc<Group>>,
        vault: Arc<Vault>,
    ) -> Result<Self, DbError> {
        let (inner, turn) = match group {
            Some(group) => {
                let (inner, turn) = group.turn(writer).await?;
                (inner, Some(turn))
            }
            None => (writer.begin().await?, None),
        };
        Ok(Self { inner, turn, vault })
    }

    /// Keeps the work, together with the record of what was done. Returns when it is durable.
    pub async fn commit(self, now: DateTime<Utc>, event: AuditEvent) -> Result<(), DbError> {
        audit::insert(&self, now, event).await?;
        self.keep().await
    }

    /// For bookkeeping nobody needs to account for, such as a session's last use.
    pub async fn commit_unaudited(self, _why: &'static str) -> Result<(), DbError> {
        self.keep().await
    }

    async fn keep(self) -> Result<(), DbError> {
        let Self { inner, turn, .. } = self;
        inner.commit().await?;
        match turn {
            Some(turn) => turn.finish().await.then_some(()).ok_or(DbError::CommitFailed),
            None => Ok(()),
        }
    }
}
