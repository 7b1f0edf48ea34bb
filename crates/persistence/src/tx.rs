//! Transactions: dropped they undo everything; keeping them takes an audit event.

use crate::{
    audit,
    db::Vault,
    error::DbError,
    group::{self, Group, Turn},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, QueryTrait, Statement, TransactionTrait,
};
use std::sync::{Arc, Mutex, PoisonError};
use zgoda_domain::audit::AuditEvent;

/// A transaction that writes where it likes.
#[must_use = "a dropped transaction is rolled back"]
pub struct Tx(Append);

/// A transaction that reads, and adds rows at its end. All it adds goes to the database in one call, which is what makes
/// it quick: on SQLite everybody else waits for the one writer meanwhile.
#[must_use = "what a dropped transaction would have added is not added"]
pub struct Append {
    // Dropped in this order: the connection is given back before the writer's turn is.
    connection: Arc<DatabaseTransaction>,
    turn: Option<Turn>,
    vault: Arc<Vault>,
    queue: Mutex<Vec<Statement>>,
}

/// A transaction that rows can be added to.
pub trait Adds: Source {
    /// Adds what the query inserts, at the transaction's end and in the order of the calls. Not for rows that this
    /// transaction reads again.
    fn add(&self, query: &impl QueryTrait);
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
        &self.0.connection
    }

    fn vault(&self) -> &Vault {
        &self.0.vault
    }
}

impl Source for Append {
    type Connection = DatabaseTransaction;

    fn connection(&self) -> &DatabaseTransaction {
        &self.connection
    }

    fn vault(&self) -> &Vault {
        &self.vault
    }
}

impl Adds for Tx {
    fn add(&self, query: &impl QueryTrait) {
        self.0.add(query);
    }
}

impl Adds for Append {
    fn add(&self, query: &impl QueryTrait) {
        let statement = query.build(self.connection.get_database_backend());
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).push(statement);
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
    pub(crate) async fn begin(mut append: Append) -> Result<Self, DbError> {
        if let Some(turn) = &mut append.turn {
            turn.begins_to_write();
            append.connection.execute_raw(Statement::from_string(DbBackend::Sqlite, group::BEGIN)).await?;
        }
        Ok(Self(append))
    }

    /// Keeps the work, together with the record of what was done. Returns when it is durable.
    pub async fn commit(self, now: DateTime<Utc>, event: AuditEvent) -> Result<(), DbError> {
        audit::insert(&self, now, event).await?;
        self.0.keep(None).await
    }

    /// For bookkeeping nobody needs to account for, such as a session's last use.
    pub async fn commit_unaudited(self, _why: &'static str) -> Result<(), DbError> {
        self.0.keep(None).await
    }
}

impl Append {
    pub(crate) async fn begin(
        writer: &DatabaseConnection,
        group: Option<&Arc<Group>>,
        vault: Arc<Vault>,
    ) -> Result<Self, DbError> {
        let (connection, turn) = match group {
            Some(group) => {
                let (connection, turn) = group.turn(writer).await?;
                (connection, Some(turn))
            }
            None => (Arc::new(writer.begin().await?), None),
        };
        Ok(Self { connection, turn, vault, queue: Mutex::default() })
    }

    /// Adds the rows, together with the record of what was done. Returns when they are durable.
    pub async fn commit(mut self, now: DateTime<Utc>, event: AuditEvent) -> Result<(), DbError> {
        audit::insert(&self, now, event).await?;
        if let Some(turn) = &mut self.turn {
            turn.begins_to_write();
        }
        self.keep(Some(group::BEGIN)).await
    }

    async fn keep(self, begin: Option<&str>) -> Result<(), DbError> {
        let Self { connection, turn, queue, .. } = self;
        let queue = queue.into_inner().unwrap_or_else(PoisonError::into_inner);
        match turn {
            Some(turn) => {
                connection.execute_raw(joined(begin, queue)).await?;
                drop(connection);
                turn.finish().await.then_some(()).ok_or(DbError::CommitFailed)
            }
            None => {
                for statement in queue {
                    connection.execute_raw(statement).await?;
                }
                let connection = Arc::into_inner(connection).ok_or(DbError::CommitFailed)?;
                Ok(connection.commit().await?)
            }
        }
    }
}

/// One call for several statements and the end of the turn; SQLite takes their values in the order of the text.
fn joined(begin: Option<&str>, statements: Vec<Statement>) -> Statement {
    let mut parts: Vec<String> = begin.into_iter().map(str::to_owned).collect();
    let mut values = Vec::new();
    for statement in statements {
        parts.push(statement.sql);
        values.extend(statement.values.into_iter().flat_map(|values| values.0));
    }
    parts.push(group::KEEP.to_owned());
    Statement::from_sql_and_values(DbBackend::Sqlite, parts.join("; "), values)
}
