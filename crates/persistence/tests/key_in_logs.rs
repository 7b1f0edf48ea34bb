//! The database's key is a statement too, and must not reach a log at any level. A test of its own process: SQLite works
//! in threads of its own, so the log is caught for the whole process.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use std::{
    io,
    sync::{Arc, Mutex},
};
use zgoda_persistence::{Db, Vault};
use zgoda_vault::{MasterKey, SystemEntropy};

/// All that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn contains(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.0.lock().unwrap()).contains(text)
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_databases_key_is_not_logged() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let folder = tempfile::tempdir().unwrap();
    let entropy = Arc::new(SystemEntropy);
    let vault = Arc::new(Vault { master: MasterKey::generate(entropy.as_ref()), entropy });
    let key = vault.master.database_key();
    let db = Db::open_sqlite(&folder.path().join("zgoda.db"), Arc::clone(&vault)).await.unwrap();
    db.analyze().await.unwrap();
    db.close().await;
    assert!(!log.contains(&key), "the key stands in the log");

    // The log is caught: without the setting a key like this one does stand in it.
    let other = MasterKey::generate(&SystemEntropy).database_key();
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("other.db"))
        .create_if_missing(true)
        .pragma("key", format!("\"x'{}'\"", other.as_str()))
        .log_statements("debug".parse().unwrap());
    options.connect().await.unwrap().close().await.unwrap();
    assert!(log.contains(other.get(..16).unwrap()), "the check must be able to find something");
}
