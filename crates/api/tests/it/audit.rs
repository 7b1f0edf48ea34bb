//! Who did what, and proof that nobody rewrote it.

use sea_orm::{ConnectionTrait, DbBackend};
use zgoda_api_types::clients::{ClientBody, SearchClients};
use zgoda_domain::{audit::Action, client::ClientInput};
use zgoda_persistence::audit::Verdict;
use zgoda_test_support::{TestApp, on_both_databases};

async fn unguard(app: &TestApp) {
    let connection = app.connection();
    let sql: &[&str] = match connection.get_database_backend() {
        DbBackend::Postgres => {
            &["alter table audit_events disable trigger all", "alter table audit_links disable trigger all"]
        }
        _ => &[
            "drop trigger audit_events_no_update",
            "drop trigger audit_events_no_delete",
            "drop trigger audit_links_no_update",
            "drop trigger audit_links_no_delete",
        ],
    };
    for statement in sql {
        connection.execute_unprepared(statement).await.unwrap();
    }
}

async fn some_history(app: &TestApp) {
    let api = app.owner().await;
    for n in 0..6 {
        let id = app.client(&api, &format!("Klient {n}")).await;
        api.client(id).await.unwrap();
        app.clock.advance(chrono::TimeDelta::seconds(1));
    }
    app.run_jobs().await;
}

on_both_databases! {
    async fn writes_looks_and_exports_are_recorded_with_field_names_only(app: TestApp) {
        let api = app.owner().await;
        let id = app.client(&api, "Xq7Zwartownik").await;
        api.client(id).await.unwrap();
        let body = ClientBody { details: ClientInput { name: Some("Xq7Znowy".into()), ..ClientInput::default() }, ..ClientBody::default() };
        api.change_client(id, 1, &body).await.unwrap();
        api.subject_data_json(id).await.unwrap();
        let history = api.client_history(id, None).await.unwrap().items;
        let mut actions: Vec<_> = history.iter().map(|entry| entry.action).collect();
        actions.sort_unstable();
        assert_eq!(actions, [Action::ClientCreated, Action::ClientChanged, Action::ClientOpened, Action::ClientExported]);
        let change = history.iter().find(|entry| entry.action == Action::ClientChanged).unwrap();
        assert_eq!(change.fields, ["name"]);
        assert_eq!(change.actor_name.as_deref(), Some("Wanda Właściciel"));
        assert_eq!(change.ip.as_deref(), Some("127.0.0.1"));
        let everything = serde_json::to_string(&api.audit_events(None).await.unwrap()).unwrap();
        assert!(!everything.contains("Xq7Z"), "a value stands in the log");
    }

    async fn an_untouched_log_verifies(app: TestApp) {
        some_history(&app).await;
        let verdict = zgoda_app::audit::verify(&app.ctx).await.unwrap();
        assert_eq!(verdict, Verdict::Intact { links: app.rows("audit_events").await, pending: 0 });
    }

    async fn an_edited_entry_is_named(app: TestApp) {
        some_history(&app).await;
        unguard(&app).await;
        let sql = "update audit_events set action = 'client_changed' where id = (select event_id from audit_links where seq = 4)";
        app.connection().execute_unprepared(sql).await.unwrap();
        assert_eq!(zgoda_app::audit::verify(&app.ctx).await.unwrap(), Verdict::Broken { seq: 4 });
    }

    async fn a_deleted_entry_is_named(app: TestApp) {
        some_history(&app).await;
        unguard(&app).await;
        let sql = "delete from audit_events where id = (select event_id from audit_links where seq = 3)";
        app.connection().execute_unprepared(sql).await.unwrap();
        assert_eq!(zgoda_app::audit::verify(&app.ctx).await.unwrap(), Verdict::Broken { seq: 3 });
    }

    async fn a_cut_link_is_noticed(app: TestApp) {
        some_history(&app).await;
        unguard(&app).await;
        app.connection().execute_unprepared("delete from audit_links where seq = (select max(seq) from audit_links)").await.unwrap();
        assert!(matches!(zgoda_app::audit::verify(&app.ctx).await.unwrap(), Verdict::Unlinked { .. }));
    }

    async fn pages_of_the_log_go_back_in_time(app: TestApp) {
        some_history(&app).await;
        let api = app.owner().await;
        api.search_clients(&SearchClients::default()).await.unwrap();
        let all = api.audit_events(None).await.unwrap();
        assert!(all.items.windows(2).all(|pair| pair[0].id > pair[1].id));
    }
}
