//! How SQLite was built: `.cargo/config.toml` says what for.

use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

#[tokio::test]
async fn each_connection_keeps_pages_of_its_own() {
    let mut connection = SqliteConnectOptions::new().in_memory(true).connect().await.unwrap();
    let options: Vec<String> = sqlx::query_scalar("pragma compile_options").fetch_all(&mut connection).await.unwrap();
    let has = |name: &str| options.iter().any(|option| option == name);
    assert!(has("ENABLE_FTS5"), "the options must be there to be looked at: {options:?}");
    assert!(!has("ENABLE_MEMORY_MANAGEMENT"), "one budget of pages for all connections");
    assert!(has("DEFAULT_MEMSTATUS=0"), "a lock for each piece of memory");
}
