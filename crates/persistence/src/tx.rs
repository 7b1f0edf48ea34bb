//! Transactions: dropped they undo everything; keeping them takes an audit event.

use crate::{
    audit,
    db::Vault,
    error::DbError,
    group::{self, Group, Turn},
    keys::KeyedClient,
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, QueryTrait,
    Statement, TransactionTrait,
    sea_query::{CommonTableExpression, InsertStatement, WithClause},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zgoda_domain::{audit::AuditEvent, id::ClientId};

/// A transaction that writes where it likes.
#[must_use = "a dropped transaction is rolled back"]
pub struct Tx {
    // Dropped in this order: the connection is given back before the writer's turn is.
    connection: Arc<DatabaseTransaction>,
    turn: Option<Turn>,
    vault: Arc<Vault>,
    queue: Queue,
}

/// A transaction that reads, and adds rows at its end. All it adds goes to the database in one call, which is what makes
/// it quick: on SQLite everybody else waits for the one writer meanwhile.
#[must_use = "what a dropped transaction would have added is not added"]
pub struct Append {
    keeping: Keeping,
    vault: Arc<Vault>,
    queue: Queue,
}

/// How an [`Append`] is kept.
enum Keeping {
    /// SQLite: in its turn at the one writer.
    Turn { connection: Arc<DatabaseTransaction>, turn: Turn },
    /// PostgreSQL, with a claim that holds until the transaction ends.
    Claiming(DatabaseTransaction),
    /// PostgreSQL, without: the one statement is a transaction by itself.
    Alone(DatabaseConnection),
}

/// What is to be added, in the order of the calls, and the clients that it makes.
#[derive(Default)]
struct Queue {
    statements: Mutex<Vec<InsertStatement>>,
    clients: Mutex<Vec<KeyedClient>>,
}

/// A transaction that rows can be added to.
pub trait Adds: Source {
    /// Adds what the query inserts, at the transaction's end. Not for rows that this transaction reads again, nor for
    /// what another call of the same transaction conflicts with.
    fn add(&self, query: &impl QueryTrait<QueryStatement = InsertStatement>);

    /// Says that what was added makes this client.
    fn makes(&self, client: &KeyedClient);
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

    /// The client whose key this transaction adds, so that its row cannot be read yet, or has at hand.
    fn new_client(&self, _id: ClientId) -> Option<KeyedClient> {
        None
    }
}

impl Source for Tx {
    type Connection = DatabaseTransaction;

    fn connection(&self) -> &DatabaseTransaction {
        &self.connection
    }

    fn vault(&self) -> &Vault {
        &self.vault
    }

    fn new_client(&self, id: ClientId) -> Option<KeyedClient> {
        self.queue.new_client(id)
    }
}

impl Source for Append {
    type Connection = Self;

    fn connection(&self) -> &Self {
        self
    }

    fn vault(&self) -> &Vault {
        &self.vault
    }

    fn new_client(&self, id: ClientId) -> Option<KeyedClient> {
        self.queue.new_client(id)
    }
}

impl Adds for Tx {
    fn add(&self, query: &impl QueryTrait<QueryStatement = InsertStatement>) {
        self.queue.push(query.as_query().clone());
    }

    fn makes(&self, client: &KeyedClient) {
        lock(&self.queue.clients).push(client.clone());
    }
}

impl Adds for Append {
    fn add(&self, query: &impl QueryTrait<QueryStatement = InsertStatement>) {
        self.queue.push(query.as_query().clone());
    }

    fn makes(&self, client: &KeyedClient) {
        lock(&self.queue.clients).push(client.clone());
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
        let (connection, turn) = match group {
            Some(group) => {
                let (connection, mut turn) = group.turn(writer).await?;
                turn.begins_to_write();
                connection.execute_raw(Statement::from_string(DbBackend::Sqlite, group::BEGIN)).await?;
                (connection, Some(turn))
            }
            None => (Arc::new(writer.begin().await?), None),
        };
        Ok(Self { connection, turn, vault, queue: Queue::default() })
    }

    /// Waits until nobody else has claimed the name, and keeps it until this transaction ends; see [`Append`]. Before any
    /// row is locked, so that two who need both cannot wait for each other.
    pub async fn claim(&self, name: &str) -> Result<(), DbError> {
        // On SQLite the writer's turn is claim enough.
        if self.turn.is_none() {
            self.connection.execute_raw(claiming(name)).await?;
        }
        Ok(())
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
        let Self { connection, turn, queue, .. } = self;
        match turn {
            Some(turn) => {
                connection.execute_raw(queue.in_a_row(None)).await?;
                drop(connection);
                turn.finish().await.then_some(()).ok_or(DbError::CommitFailed)
            }
            None => {
                if let Some(statement) = queue.in_one() {
                    connection.execute_raw(statement).await?;
                }
                let connection = Arc::into_inner(connection).ok_or(DbError::CommitFailed)?;
                Ok(connection.commit().await?)
            }
        }
    }
}

impl Append {
    /// With names to claim, nobody else's claim to them is granted before this transaction ends. On SQLite the writer's
    /// turn is claim enough.
    pub(crate) async fn begin(
        writer: &DatabaseConnection,
        group: Option<&Arc<Group>>,
        vault: Arc<Vault>,
        claims: &[&str],
    ) -> Result<Self, DbError> {
        let keeping = match (group, claims) {
            (Some(group), _) => {
                let (connection, turn) = group.turn(writer).await?;
                Keeping::Turn { connection, turn }
            }
            (None, []) => Keeping::Alone(writer.clone()),
            (None, names) => {
                let transaction = writer.begin().await?;
                for name in names {
                    transaction.execute_raw(claiming(name)).await?;
                }
                Keeping::Claiming(transaction)
            }
        };
        Ok(Self { keeping, vault, queue: Queue::default() })
    }

    /// Adds the rows, together with the record of what was done. Returns when they are durable.
    pub async fn commit(self, now: DateTime<Utc>, event: AuditEvent) -> Result<(), DbError> {
        audit::insert(&self, now, event).await?;
        let Self { keeping, queue, .. } = self;
        match keeping {
            Keeping::Turn { connection, mut turn } => {
                turn.begins_to_write();
                connection.execute_raw(queue.in_a_row(Some(group::BEGIN))).await?;
                drop(connection);
                turn.finish().await.then_some(()).ok_or(DbError::CommitFailed)
            }
            Keeping::Claiming(transaction) => {
                if let Some(statement) = queue.in_one() {
                    transaction.execute_raw(statement).await?;
                }
                Ok(transaction.commit().await?)
            }
            Keeping::Alone(connection) => {
                if let Some(statement) = queue.in_one() {
                    connection.execute_raw(statement).await?;
                }
                Ok(())
            }
        }
    }
}

/// Holds a name until the transaction ends (PostgreSQL).
fn claiming(name: &str) -> Statement {
    let sql = "select pg_advisory_xact_lock(hashtextextended($1, 0))";
    Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.into()])
}

impl Queue {
    fn push(&self, statement: InsertStatement) {
        lock(&self.statements).push(statement);
    }

    fn new_client(&self, id: ClientId) -> Option<KeyedClient> {
        lock(&self.clients).iter().find(|client| client.id() == id).cloned()
    }

    fn into_statements(self) -> Vec<InsertStatement> {
        self.statements.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// One text with the end of the turn. SQLite takes several statements at once, with their values in the order of the
    /// text.
    fn in_a_row(self, begin: Option<&str>) -> Statement {
        let mut parts: Vec<String> = begin.into_iter().map(str::to_owned).collect();
        let mut values = Vec::new();
        for statement in self.into_statements() {
            let statement = DbBackend::Sqlite.build(&statement);
            parts.push(statement.sql);
            values.extend(statement.values.into_iter().flat_map(|values| values.0));
        }
        parts.push(group::KEEP.to_owned());
        Statement::from_sql_and_values(DbBackend::Sqlite, parts.join("; "), values)
    }

    /// One statement. PostgreSQL takes several changes in one, and checks references between the rows at its end.
    fn in_one(self) -> Option<Statement> {
        let mut statements = self.into_statements();
        let last = statements.pop()?;
        if statements.is_empty() {
            return Some(DbBackend::Postgres.build(&last));
        }
        let mut with = WithClause::new();
        for (at, statement) in statements.into_iter().enumerate() {
            let mut part = CommonTableExpression::new();
            part.table_name(format!("added_{at}")).query(statement);
            with.cte(part);
        }
        Some(DbBackend::Postgres.build(&last.with(with)))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What it reads from.
macro_rules! read {
    ($append:expr, $connection:ident => $work:expr) => {
        match &$append.keeping {
            Keeping::Turn { connection: $connection, .. } => $work,
            Keeping::Claiming($connection) => $work,
            Keeping::Alone($connection) => $work,
        }
    };
}

#[async_trait::async_trait]
impl ConnectionTrait for Append {
    fn get_database_backend(&self) -> DbBackend {
        read!(self, connection => connection.get_database_backend())
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        read!(self, connection => connection.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        read!(self, connection => connection.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        read!(self, connection => connection.query_one_raw(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        read!(self, connection => connection.query_all_raw(statement).await)
    }
}
