//! What the two logs share: stored entries become part of a log one batch after the other, in one place at a time.
//!
//! Entries are stored in the transaction they belong to, where a trigger queues them. Linking them there would make
//! writers wait for each other on PostgreSQL.

use crate::{error::DbError, tx::Source, tx::Tx};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// Entries taken up in one transaction.
pub(crate) const BATCH: u64 = 512;

/// A log, by the number under which its sequencers wait for each other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Log {
    Audit = 7_310_582,
    Consents = 7_310_583,
}

/// What came of linking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linking {
    /// So many entries became part of the log.
    Linked(usize),
    /// The log does not end where it notes that it ends: somebody cut it, or took the note away. Nothing was linked, so
    /// that what happened afterwards cannot cover it up; verifying names it.
    Refused,
}

/// Waits until nobody else writes this log, and keeps it until the transaction ends. SQLite's one writer needs no lock.
pub(crate) async fn take_turn(tx: &Tx, log: Log) -> Result<(), DbError> {
    if tx.connection().get_database_backend() == DbBackend::Postgres {
        let sql = "select pg_advisory_xact_lock($1)";
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, sql, [(log as i64).into()]);
        tx.connection().execute_raw(lock).await?;
    }
    Ok(())
}
