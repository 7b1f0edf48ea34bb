//! What the database said, in the few words callers can act on.

use sea_orm::{DbErr, SqlErr};

/// A refusal or failure of the database.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("no such row")]
    Missing,
    /// The row's version is newer than the caller's.
    #[error("the row was changed meanwhile")]
    Outdated,
    /// A unique value is taken already.
    #[error("a unique value is taken")]
    Taken,
    /// A row that cannot be read as what it should be.
    #[error("a row of {table} is damaged")]
    Corrupt { table: &'static str },
    #[error("the transaction could not be kept")]
    CommitFailed,
    #[error(transparent)]
    Sql(DbErr),
}

impl From<DbErr> for DbError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Taken,
            _ => Self::Sql(error),
        }
    }
}

impl DbError {
    pub(crate) const fn corrupt(table: &'static str) -> Self {
        Self::Corrupt { table }
    }
}
