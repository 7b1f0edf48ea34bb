//! The schema goes up, down and up again, and both databases end with the same tables.

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;
use std::collections::BTreeSet;
use zgoda_migrations::Migrator;
use zgoda_test_support::{Backend, TestDatabase};

async fn columns(database: &TestDatabase) -> BTreeSet<String> {
    let connection = database.db.for_migrations();
    let sql = match connection.get_database_backend() {
        DbBackend::Postgres => {
            "select table_name || '.' || column_name as c from information_schema.columns where table_schema = 'public'"
        }
        _ => {
            "select m.name || '.' || p.name as c from sqlite_master m join pragma_table_info(m.name) p where m.type = 'table' and m.name not like 'sqlite_%'"
        }
    };
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "c").unwrap()).filter(|name| !name.starts_with("seaql_")).collect()
}

async fn up_down_up(backend: Backend) -> BTreeSet<String> {
    let database = TestDatabase::create(backend).await;
    let connection = database.db.for_migrations();
    Migrator::up(connection, None).await.unwrap();
    let first = columns(&database).await;
    Migrator::down(connection, None).await.unwrap();
    assert_eq!(columns(&database).await, BTreeSet::new());
    Migrator::up(connection, None).await.unwrap();
    assert_eq!(columns(&database).await, first);
    first
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_databases_go_up_down_and_up_to_the_same_schema() {
    let (lite, postgres) = (up_down_up(Backend::Sqlite).await, up_down_up(Backend::Postgres).await);
    // Only SQLite keeps the trigrams of quick search in tables, and there words lead to those.
    let own = |columns: &BTreeSet<String>| -> BTreeSet<String> {
        let of_search = ["client_terms.", "client_search", "client_words."];
        columns.iter().filter(|name| !of_search.iter().any(|table| name.starts_with(table))).cloned().collect()
    };
    assert_eq!(own(&lite), own(&postgres));
    assert!(lite.len() > 80);
    assert_eq!(inventory(), lite, "docs/data-inventory.md must list every column, and nothing else");
}

/// `table.column` for each row of the inventory.
fn inventory() -> BTreeSet<String> {
    let text = include_str!("../../../../docs/data-inventory.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")).filter(|line| !line.starts_with("table "));
    rows.flat_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        cells[1].split(", ").map(|column| format!("{}.{column}", cells[0])).collect::<Vec<_>>()
    })
    .collect()
}
