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
    /// `None` for SQLite.
    address: Option<String>,
}

impl TestDatabase {
    pub async fn create(backend: Backend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let entropy = Arc::new(SystemEntropy);
        let vault = Arc::new(Vault { master: MasterKey::generate(entropy.as_ref()), entropy });
        let (db, address) = match backend {
            Backend::Sqlite => {
                (Db::open_sqlite(&folder.path().join("zgoda.db"), Arc::clone(&vault)).await.unwrap(), None)
            }
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
                let address = format!("{base}/zgoda_{name}");
                (Db::connect_postgres(&address, Arc::clone(&vault)).await.unwrap(), Some(address))
            }
        };
        Self { db, vault, folder, address }
    }

    /// Connections of another process. SQLite serves one.
    pub(crate) async fn connect_again(&self) -> Db {
        let address = self.address.as_ref().expect("only PostgreSQL serves several processes");
        Db::connect_postgres(address, Arc::clone(&self.vault)).await.unwrap()
    }

    /// The folder with the SQLite file.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}
