//! What the database said, in the few words callers can act on.

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlErr};
use sqlx::Error as SqlxError;
use std::fmt;

/// A refusal or failure of the database.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("no such row")]
    Missing,
    /// The row's version is newer than the caller's.
    #[error("the row was changed meanwhile")]
    Outdated,
    /// Another row has this already, and only one may.
    #[error("a unique value is taken")]
    Taken(Unique),
    /// A row that cannot be read as what it should be.
    #[error("a row of {table} is damaged")]
    Corrupt { table: &'static str },
    /// Took longer than a search may.
    #[error("the search took too long")]
    TooSlow,
    /// No connection became free in time.
    #[error("all connections are taken")]
    Busy,
    #[error("the transaction could not be kept")]
    CommitFailed,
    /// Anything else. Prints neither statement nor message: a database quotes the values it refuses.
    #[error("the database failed: {0}")]
    Sql(Unquoted),
}

/// What only one row may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unique {
    Name,
    /// An account's e-mail address.
    Address,
    /// What nobody typed, such as a key of idempotency.
    Unseen,
}

impl Unique {
    /// From the database's message: SQLite names the column, PostgreSQL the constraint.
    fn named_in(message: &str) -> Self {
        let has = |parts: [&str; 2]| parts.iter().any(|part| message.contains(part));
        if has([".name", "_name_unique"]) {
            Self::Name
        } else if has([".email_norm", "_email_unique"]) {
            Self::Address
        } else {
            Self::Unseen
        }
    }
}

impl From<DbErr> for DbError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(message)) => Self::Taken(Unique::named_in(&message)),
            _ if matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) => Self::Busy,
            _ if was_broken_off(&error) => Self::TooSlow,
            _ => Self::Sql(Unquoted(error)),
        }
    }
}

/// By the time limit of searches: SQLITE_INTERRUPT, and PostgreSQL's `query_canceled`.
fn was_broken_off(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else {
        return false;
    };
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("9" | "57014"))
}

impl DbError {
    pub(crate) const fn corrupt(table: &'static str) -> Self {
        Self::Corrupt { table }
    }
}

/// A driver's error that shows what kind it is, and nothing of what people wrote.
pub struct Unquoted(pub(crate) DbErr);

impl fmt::Display for Unquoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            // No row takes part in connecting.
            DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => write!(f, "{}", self.0),
            DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => match &**error {
                SqlxError::Database(error) => {
                    write!(f, "code {}", error.code().unwrap_or_default())?;
                    let places = [("table", error.table()), ("constraint", error.constraint())];
                    places.iter().try_for_each(|(kind, name)| match name {
                        Some(name) => write!(f, ", {kind} {name}"),
                        None => Ok(()),
                    })
                }
                SqlxError::Io(error) => write!(f, "{}", error.kind()),
                SqlxError::PoolTimedOut | SqlxError::PoolClosed | SqlxError::WorkerCrashed => write!(f, "{error}"),
                SqlxError::ColumnDecode { index, .. } => write!(f, "column {index} cannot be read"),
                _ => f.write_str("an answer that was not expected"),
            },
            _ => f.write_str("a row or an answer that was not expected"),
        }
    }
}

impl fmt::Debug for Unquoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
