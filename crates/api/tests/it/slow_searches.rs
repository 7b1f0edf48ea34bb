//! A search takes no longer than it may, and nothing but other searches waits for it.

use crate::code;
use futures::future::{join, join_all};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use zgoda_api_types::{clients::SearchClients, problem::ProblemCode};
use zgoda_persistence::{DbError, Source};
use zgoda_test_support::{TestApp, on_both_databases};

/// A question that is never answered.
async fn endless(app: &TestApp) -> Option<DbError> {
    let searching = app.ctx.db.search(None).await;
    let reader = searching.reader();
    let backend = reader.connection().get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => "select pg_sleep(3600)",
        _ => "with recursive n (x) as (select 1 union all select x + 1 from n) select count(*) from n",
    };
    reader.connection().query_one_raw(Statement::from_string(backend, sql)).await.err().map(DbError::from)
}

on_both_databases! {
    async fn searches_that_take_too_long_are_broken_off_and_hold_up_nobody_else(app: TestApp) {
        let owner = app.owner().await;
        app.client(&owner, "Anna Szukana").await;
        let searches = join_all((0..3).map(|_| endless(&app)));
        let others = async {
            // Lets them begin.
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            owner.custom_fields().await.unwrap();
            app.client(&owner, "Jan Zapisany").await;
            code(owner.search_clients(&SearchClients::default()).await)
        };
        let (ended, searched) = join(searches, others).await;
        assert!(ended.iter().all(|error| matches!(error, Some(DbError::TooSlow))), "{ended:?}");
        assert_eq!(searched, ProblemCode::Busy, "all places were taken");
        assert_eq!(owner.search_clients(&SearchClients::default()).await.unwrap().items.len(), 2);
    }
}
