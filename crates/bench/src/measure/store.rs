//! One data set: where it lies, and ways into it beside the server's.

use anyhow::Context;
use sea_orm::{ConnectOptions, Database, DatabaseConnection, SqlxSqliteConnector};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use zgoda_bench::server::Installation;
use zgoda_persistence::{Db, Vault};
use zgoda_vault::{MasterKey, SystemEntropy};

/// A data folder, or a database in PostgreSQL with a folder for its key.
#[derive(Clone, Debug)]
pub struct Store {
    pub installation: Installation,
}

impl Store {
    pub fn file(&self) -> PathBuf {
        self.installation.data_dir.join("zgoda.db")
    }

    pub fn vault(&self) -> anyhow::Result<Vault> {
        let text = std::fs::read_to_string(self.installation.data_dir.join("master.key"))?;
        Ok(Vault { master: MasterKey::from_hex(&text)?, entropy: Arc::new(SystemEntropy) })
    }

    /// As the server opens it.
    pub async fn db(&self) -> anyhow::Result<Db> {
        let vault = Arc::new(self.vault()?);
        Ok(match &self.installation.database_url {
            Some(url) => Db::connect_postgres(url, vault).await?,
            None => Db::open_sqlite(&self.file(), vault).await?,
        })
    }

    /// A pool like the one the server reads through, for statements of our own.
    pub async fn connection(&self) -> anyhow::Result<DatabaseConnection> {
        match &self.installation.database_url {
            Some(url) => postgres(url, 20).await,
            None => sqlite(sqlite_options(&self.file(), Some(&self.vault()?)), 4).await,
        }
    }

    /// One connection that need not survive anything.
    pub async fn connection_for_filling(&self) -> anyhow::Result<DatabaseConnection> {
        match &self.installation.database_url {
            Some(url) => postgres(url, 1).await,
            None => {
                let options = sqlite_options(&self.file(), Some(&self.vault()?));
                sqlite(options.synchronous(SqliteSynchronous::Off).pragma("cache_size", "-400000"), 1).await
            }
        }
    }
}

async fn postgres(url: &str, connections: u32) -> anyhow::Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .test_before_acquire_if_idle_for(std::time::Duration::from_secs(2))
        .sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

/// The server's own settings; without a vault for a file that is not encrypted.
pub fn sqlite_options(path: &Path, vault: Option<&Vault>) -> SqliteConnectOptions {
    let mut options = SqliteConnectOptions::new().filename(path);
    if let Some(vault) = vault {
        options = options.pragma("key", format!("\"x'{}'\"", vault.master.database_key().as_str()));
    }
    options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-4096")
        .statement_cache_capacity(256)
        .collation("polish", zgoda_domain::collation::compare)
}

pub async fn sqlite(options: SqliteConnectOptions, connections: u32) -> anyhow::Result<DatabaseConnection> {
    let pool = SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(connections)
        .test_before_acquire(false)
        .connect_with(options);
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.await.context("the database does not open")?))
}
