//! The planner's statistics on SQLite, which are made index by index.

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use std::sync::Arc;
use zgoda_persistence::{Db, Vault};
use zgoda_vault::{MasterKey, SystemEntropy};

const TABLE: &str = "create table things (id integer primary key, name text, place text);
    create index things_by_name on things (name);
    create index things_by_place on things (place);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 500)
    insert into things select i, 'name ' || i, 'place ' || (i % 5) from n;";

#[tokio::test]
async fn each_index_of_a_table_that_grew_has_statistics() {
    let folder = tempfile::tempdir().unwrap();
    let entropy = Arc::new(SystemEntropy);
    let vault = Arc::new(Vault { master: MasterKey::generate(entropy.as_ref()), entropy });
    let db = Db::open_sqlite(&folder.path().join("zgoda.db"), vault).await.unwrap();
    let connection = db.for_migrations();
    connection.execute_unprepared(TABLE).await.unwrap();
    db.analyze().await.unwrap();
    let told =
        Statement::from_string(DbBackend::Sqlite, "select idx || ': ' || stat as told from sqlite_stat1 order by 1");
    let told = connection.query_all_raw(told).await.unwrap();
    let told: Vec<String> = told.iter().map(|row| row.try_get("", "told").unwrap()).collect();
    assert_eq!(told, ["things_by_name: 500 1", "things_by_place: 500 100"]);
    db.close().await;
}
