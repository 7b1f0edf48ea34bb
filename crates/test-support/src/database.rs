//! A fresh database per test.

use sea_orm::{ConnectionTrait, Database};
use std::sync::Arc;
use zgoda_persistence::{Db, Vault};
use zgoda_vault::{Entropy, MasterKey, SystemEntropy};

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// An empty database without schema; on SQLite it goes away with this value.
pub struct TestDatabase {
    pub db: Db,
    pub vault: Arc<Vault>,
    folder: tempfile::TempDir,
}

impl TestDatabase {
    pub async fn create(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let entropy = Arc::new(SystemEntropy);
        let vault = Arc::new(Vault { master: MasterKey::generate(entropy.as_ref()), entropy });
        let db = match backend {
            Backend::Sqlite => Db::open_sqlite(&folder.path().join("zgoda.db"), Arc::clone(&vault)).await.unwrap(),
            Backend::Postgres => {
                // The tests never skip: without a server they say how to get one.
                let server = std::env::var("TEST_POSTGRES_URL").expect(
                    "TEST_POSTGRES_URL is not set: run `make test`, or scripts/with-postgres cargo nextest run",
                );
                let bytes: [u8; 8] = (&SystemEntropy as &dyn Entropy).bytes();
                let name: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                let admin = Database::connect(&server).await.unwrap();
                admin.execute_unprepared(&format!("create database zgoda_{name}")).await.unwrap();
                admin.close().await.unwrap();
                let (base, _) = server.rsplit_once('/').unwrap();
                Db::connect_postgres(&format!("{base}/zgoda_{name}"), Arc::clone(&vault)).await.unwrap()
            }
        };
        Self { db, vault, folder }
    }

    /// The folder with the SQLite file.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}
