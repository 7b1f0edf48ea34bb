//! Opening the database: encrypted SQLite by default, PostgreSQL by its address.

use crate::{
    error::DbError,
    group::Group,
    searches::{Searches, Searching},
    tx::{Append, Reader, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, SqlxSqliteConnector, Statement,
};
use sqlx::{
    ConnectOptions as _, Executor,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use zgoda_domain::{audit::AuditEvent, id::AccountId};
use zgoda_vault::{Entropy, MasterKey};

/// The keys and the randomness that sealing needs.
pub struct Vault {
    pub master: MasterKey,
    pub entropy: Arc<dyn Entropy>,
}

/// An open database.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    writer: DatabaseConnection,
    readers: DatabaseConnection,
    searchers: DatabaseConnection,
    searches: Searches,
    /// SQLite's one writer; `None` on PostgreSQL, which groups commits by itself.
    group: Option<Arc<Group>>,
    vault: Arc<Vault>,
}

/// Connections that read at the same time; each has its own page cache.
const READERS: u32 = 4;
/// Connections to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 20;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(8);
/// Searches at the same time, apart from everything else: people choose what is asked, so it may take long, and nobody's
/// signing in or answering a form waits for it.
const SEARCHERS: u32 = 3;
/// A search that takes longer is broken off.
const SEARCH_TIME: Duration = Duration::from_secs(10);
/// Instructions of SQLite's machine after which it is looked whether the time is over: a fraction of a millisecond.
const LOOK_EVERY: i32 = 20_000;

impl Db {
    /// Opens or creates an encrypted SQLite file. WAL with `synchronous=FULL`: what was acknowledged survives a power
    /// loss. `secure_delete` overwrites what is deleted.
    pub async fn open_sqlite(path: &Path, vault: Arc<Vault>) -> Result<Self, DbError> {
        let key = vault.master.database_key();
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            // A raw key (no key derivation): must be the connection's first pragma.
            .pragma("key", format!("\"x'{}'\"", key.as_str()))
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous())
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", "-4096")
            .statement_cache_capacity(256)
            // Statements hold personal data, and the first one the key: they are never logged.
            .disable_statement_logging()
            .collation("polish", zgoda_domain::collation::compare);
        let pool = |max: u32| {
            SqlitePoolOptions::new()
                .max_connections(max)
                .min_connections(1)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .idle_timeout(None)
                // A file does not hang up; asking each time would double what a short read costs.
                .test_before_acquire(false)
                .max_lifetime(None)
        };
        let open = |pool: SqlitePoolOptions, options: SqliteConnectOptions| async move {
            let opened = pool.connect_with(options).await;
            let failed = |error| sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(Arc::new(error)));
            opened.map(SqlxSqliteConnector::from_sqlx_sqlite_pool).map_err(|error| DbError::from(failed(error)))
        };
        // New rows land all over the indexes: the writer keeps more pages at hand. (Memory is taken as it is used.)
        let writing = options.clone().pragma("cache_size", "-16384");
        let writer = open(pool(1), writing).await?;
        let reading = options.pragma("query_only", "ON");
        let readers = open(pool(READERS), reading.clone()).await?;
        let searching = pool(SEARCHERS)
            .min_connections(0)
            .after_connect(|connection, _| Box::pin(until_time_is_over(connection)))
            .before_acquire(|connection, _| {
                Box::pin(async move { until_time_is_over(connection).await.map(|()| true) })
            });
        let searchers = open(searching, reading).await?;
        let group = Some(Arc::new(Group::default()));
        Ok(Self { inner: Arc::new(Inner { writer, readers, searchers, searches: Searches::default(), group, vault }) })
    }

    /// Connects to PostgreSQL (15 or newer, built with ICU).
    pub async fn connect_postgres(url: &str, vault: Arc<Vault>) -> Result<Self, DbError> {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire_if_idle_for(Duration::from_secs(2))
            // Statements hold personal data: they are never logged.
            .sqlx_logging(false);
        let mut searching = options.clone();
        searching.max_connections(SEARCHERS).min_connections(0).map_sqlx_postgres_pool_opts(|pool| {
            pool.after_connect(|connection, _| {
                let limit = format!("set statement_timeout = {}", SEARCH_TIME.as_millis());
                Box::pin(async move { connection.execute(sqlx::AssertSqlSafe(limit)).await.map(|_| ()) })
            })
        });
        let connection = Database::connect(options).await?;
        let searchers = Database::connect(searching).await?;
        let (writer, readers) = (connection.clone(), connection);
        Ok(Self {
            inner: Arc::new(Inner { writer, readers, searchers, searches: Searches::default(), group: None, vault }),
        })
    }

    /// The connection that may change the schema; for migrations.
    pub fn for_migrations(&self) -> &DatabaseConnection {
        &self.inner.writer
    }

    /// Starts a transaction that writes. Waits for its turn on SQLite.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        Tx::begin(&self.inner.writer, self.inner.group.as_ref(), Arc::clone(&self.inner.vault)).await
    }

    /// Starts a transaction that only adds rows. With a name to claim, waits until nobody else has it, and keeps it until
    /// the rows are there: what one adds under a name, the next one reads.
    pub async fn append(&self, claim: Option<&str>) -> Result<Append, DbError> {
        self.append_claiming(claim.as_slice()).await
    }

    /// The same with several names, which are claimed in their order: everybody has to name them in the same one.
    pub async fn append_claiming(&self, claims: &[&str]) -> Result<Append, DbError> {
        let Inner { writer, group, vault, .. } = &*self.inner;
        Append::begin(writer, group.as_ref(), Arc::clone(vault), claims).await
    }

    /// Records what was done where nothing else is written, such as looking at a card. Returns when it is durable.
    pub async fn record(&self, now: DateTime<Utc>, event: AuditEvent) -> Result<(), DbError> {
        self.append(None).await?.commit(now, event).await
    }

    /// Reads outside any transaction.
    pub fn read(&self) -> Reader<'_> {
        Reader { connection: &self.inner.readers, vault: &self.inner.vault }
    }

    /// Reads what people search by, within a time: else [`DbError::TooSlow`]. Waits while the account is at other searches.
    pub async fn search(&self, account: Option<AccountId>) -> Searching<'_> {
        let _place = self.inner.searches.place(account).await;
        Searching { reader: Reader { connection: &self.inner.searchers, vault: &self.inner.vault }, _place }
    }

    pub fn vault(&self) -> &Arc<Vault> {
        &self.inner.vault
    }

    /// Closes every connection; what was committed stays. To be called before the process ends.
    pub async fn close(&self) {
        for connection in [&self.inner.writer, &self.inner.readers, &self.inner.searchers] {
            if let Err(error) = connection.close_by_ref().await.map_err(DbError::from) {
                tracing::warn!(%error, "a connection did not close cleanly");
            }
        }
    }

    pub fn is_sqlite(&self) -> bool {
        self.inner.writer.get_database_backend() == DbBackend::Sqlite
    }

    /// Refreshes the planner's statistics where they are outdated; after bulk changes.
    pub async fn analyze(&self) -> Result<(), DbError> {
        let writer = &self.inner.writer;
        if !self.is_sqlite() {
            writer.execute_unprepared("analyze").await?;
            return Ok(());
        }
        // Asked only what it would do, and done index by index: all of a table with a million rows would hold up whoever
        // waits for the one writer for many seconds.
        let asked = Statement::from_string(DbBackend::Sqlite, "pragma optimize = 0x10003");
        for due in writer.query_all_raw(asked).await? {
            let analyze: String = due.try_get_by_index(0)?;
            let table = analyze.strip_prefix("ANALYZE \"main\".").unwrap_or_default().trim_matches('"');
            let indexes = "select name from pragma_index_list($1)";
            let indexes = Statement::from_sql_and_values(DbBackend::Sqlite, indexes, [table.into()]);
            let indexes = writer.query_all_raw(indexes).await?;
            if indexes.is_empty() {
                writer.execute_unprepared(&analyze).await?;
            }
            for index in indexes {
                let index: String = index.try_get("", "name")?;
                writer.execute_unprepared(&format!("analyze \"{index}\"")).await?;
            }
        }
        Ok(())
    }
}

/// Breaks off whatever this connection is still at when the time of a search is over; counted anew for each search.
async fn until_time_is_over(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let until = Instant::now() + SEARCH_TIME;
    connection.lock_handle().await?.set_progress_handler(LOOK_EVERY, move || Instant::now() < until);
    Ok(())
}

/// `FULL`, unless the power-loss drill asks for the setting that must be caught losing data. Released binaries know no
/// other.
fn synchronous() -> SqliteSynchronous {
    #[cfg(debug_assertions)]
    if std::env::var("ZGODA_DRILL_SYNCHRONOUS").as_deref() == Ok("normal") {
        return SqliteSynchronous::Normal;
    }
    SqliteSynchronous::Full
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Db(…)")
    }
}
