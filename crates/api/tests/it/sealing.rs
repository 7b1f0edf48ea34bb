//! What must not be readable in the database.

use sea_orm::{ConnectionTrait, Statement};
use zgoda_api_types::{
    clients::{ClientBody, FilterCondition, SearchClients},
    custom_fields::CreateCustomField,
};
use zgoda_domain::{
    audit::Action,
    client::ClientInput,
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::{ClientId, FieldId, SubmissionId},
    list::Operator,
};
use zgoda_test_support::{Backend, TestApp, on_both_databases};

const SITE: &str = "https://www.example.com";

/// Where what is about people, and what they sign in with, is kept.
const TABLES: &[&str] = &[
    "clients",
    "client_keys",
    "blind_index",
    "consent_events",
    "files",
    "file_chunks",
    "consent_renewals",
    "submissions",
    "pending_signups",
    "confirmation_mails",
    "audit_events",
    "sessions",
    "accounts",
    "refresh_tokens",
    "setup_tokens",
    "idempotency_keys",
    "outbox",
    "one_time_tokens",
    "second_factors",
    "recovery_codes",
    "challenges",
    "trusted_devices",
    "api_keys",
];

/// Every row of these tables as text, as someone with a copy of the open database would read it.
pub async fn everything_stored(app: &TestApp) -> String {
    stored(app, TABLES).await
}

/// Every row of the tables as text.
pub async fn stored(app: &TestApp, tables: &[&str]) -> String {
    let connection = app.connection();
    let backend = connection.get_database_backend();
    let mut text = String::new();
    for table in tables {
        let columns = match backend {
            sea_orm::DbBackend::Postgres => format!("select t::text as row from {table} t"),
            _ => {
                let names = connection
                    .query_all_raw(Statement::from_string(
                        backend,
                        format!("select name from pragma_table_info('{table}')"),
                    ))
                    .await
                    .unwrap();
                let list: Vec<String> = names
                    .iter()
                    .map(|row| format!("coalesce(cast({} as text), '')", row.try_get::<String>("", "name").unwrap()))
                    .collect();
                format!("select cast({} as blob) as row from {table}", list.join(" || '|' || "))
            }
        };
        for row in connection.query_all_raw(Statement::from_string(backend, columns)).await.unwrap() {
            // Blobs cast to text need not be UTF-8; SQLite hands them over as they are.
            let bytes =
                row.try_get::<String>("", "row").map(String::into_bytes).or_else(|_| row.try_get::<Vec<u8>>("", "row"));
            text += &String::from_utf8_lossy(&bytes.unwrap());
            text.push('\n');
        }
    }
    text
}

on_both_databases! {
    async fn a_logged_error_quotes_no_value(app: TestApp) {
        let connection = app.connection();
        // Each database repeats here what it was given.
        let sql = match connection.get_database_backend() {
            sea_orm::DbBackend::Postgres => "select cast('Xq7Kowalska' as integer)",
            _ => "select Xq7Kowalska",
        };
        let error = connection.execute_unprepared(sql).await.unwrap_err();
        assert!(error.to_string().contains("Xq7Kowalska"), "the check must be able to find something");
        let error = zgoda_persistence::DbError::from(error);
        let logged = format!("{error} {error:?}");
        assert!(!logged.contains("Xq7Kowalska") && logged.contains("code"), "{logged}");
    }

    async fn sensitive_values_evidence_answers_and_tokens_are_ciphertext(app: TestApp) {
        let api = app.owner().await;
        let field = CreateCustomField { name: "Tajne".into(), kind: FieldKind::ShortText, sensitive: true, ..CreateCustomField::default() };
        let secret = FieldId::from_uuid(api.create_custom_field(&field, None).await.unwrap().id);
        let body = ClientBody {
            details: ClientInput { name: Some("Jan".into()), pesel: Some("44051401359".into()), ..ClientInput::default() },
            custom: [(secret, serde_json::json!("Xq7Zsekret"))].into(),
        };
        api.create_client(&body, None).await.unwrap();
        let form = app.published_form(&api, SITE).await;
        let answers = form.answers(&[("name", "Ewa"), ("email", "ewa@example.com"), ("city", "Xq7Zmiasto"), ("newsletter", "true")]);
        app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        let stored = everything_stored(&app).await;
        assert!(stored.contains("Jan"), "the check must be able to find something");
        assert!(stored.contains("Xq7Zmiasto"), "the card's own city is in clear inside the encrypted file");
        assert_eq!(stored.matches("Xq7Zmiasto").count(), 1, "the answer itself must be sealed");
        for hidden in ["44051401359", "Xq7Zsekret", "Zgadzam", SITE, "koń bateria"] {
            assert!(!stored.contains(hidden), "{hidden} stands in clear");
        }
        for cookie in ["__Host-zgoda-access", "__Host-zgoda-refresh"] {
            assert!(!stored.contains(&api.cookie(cookie).unwrap()));
        }
    }

    async fn a_deleted_fields_values_stay_sealed(app: TestApp) {
        let api = app.owner().await;
        let field = CreateCustomField { name: "Tajne".into(), kind: FieldKind::ShortText, sensitive: true, ..CreateCustomField::default() };
        let secret = FieldId::from_uuid(api.create_custom_field(&field, None).await.unwrap().id);
        let form = app.published_form(&api, SITE).await;
        let details = ClientInput { name: Some("Jan".into()), email: Some("jan@example.com".into()), ..ClientInput::default() };
        let body = ClientBody { details, custom: [(secret, serde_json::json!("Xq7Zsekret"))].into() };
        let id = ClientId::from_uuid(api.create_client(&body, None).await.unwrap().id);
        api.delete_custom_field(secret).await.unwrap();
        // The card is written by hand, and by accepting what someone sent.
        let details = ClientInput { phone: Some("600100200".into()), ..body.details.clone() };
        api.change_client(id, 1, &ClientBody { details, ..ClientBody::default() }).await.unwrap();
        let answers = form.answers(&[("email", "jan@example.com"), ("city", "Łódź")]);
        let sent = app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        api.accept_submission(SubmissionId::from_uuid(sent.id)).await.unwrap();
        let stored = everything_stored(&app).await;
        assert!(stored.contains("Łódź"), "the check must be able to find something");
        assert!(!stored.contains("Xq7Zsekret"), "the value stands in clear");
        api.restore_custom_field(secret).await.unwrap();
        let filter = vec![FilterCondition { field: FieldRef::Custom(secret), operator: Operator::Eq, value: serde_json::json!("Xq7Zsekret") }];
        let rows = api.search_clients(&SearchClients { filter, ..SearchClients::default() }).await.unwrap().items;
        assert_eq!(rows.len(), 1, "it is found by its exact value as before");
        assert_eq!(rows[0].custom.get(&secret), None, "and the list does not show it");
        assert_eq!(api.client(id).await.unwrap().value.custom.get(&secret), Some(&serde_json::json!("Xq7Zsekret")));
    }

    /// The log keeps what it says forever and in clear, so it says nothing of where a visitor came from.
    async fn where_a_visitor_came_from_goes_with_the_client(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let answers = form.answers(&[("email", "jan@example.com"), ("newsletter", "true")]);
        let sent = reqwest::Client::new()
            .post(format!("{}/api/v1/public/forms/{}/submissions", app.base, form.public_id))
            .header("Origin", SITE)
            .header("User-Agent", "Xq7Zprzegladarka")
            .json(&answers)
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), 201);
        let id = api.search_clients(&SearchClients::default()).await.unwrap().items[0].id;
        let card = api.client(id).await.unwrap();
        let evidence = &card.value.consents[0].events[0].evidence;
        assert_eq!((evidence.user_agent.as_deref(), evidence.ip.as_deref()), (Some("Xq7Zprzegladarka"), Some("127.0.0.1")));
        let received = api.client_history(id, None).await.unwrap().items.into_iter().find(|entry| entry.action == Action::SubmissionReceived).unwrap();
        assert_eq!((received.ip, received.user_agent), (None, None));
        api.delete_client(id, card.version).await.unwrap();
        let stored = everything_stored(&app).await;
        assert!(stored.contains(&id.to_string()) || stored.contains("submission_received"), "the check must be able to find something");
        assert!(!stored.contains("Xq7Zprzegladarka"), "the visitor's browser outlives the client");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sqlite_file_is_encrypted_and_opens_with_no_other_key() {
    let app = TestApp::start(Backend::Sqlite).await;
    let api = app.owner().await;
    app.client(&api, "Xq7Zwartownik").await;
    for name in ["zgoda.db", "zgoda.db-wal"] {
        let bytes = std::fs::read(app.database.folder().join(name)).unwrap();
        assert!(!bytes.starts_with(b"SQLite format 3"));
        assert!(!bytes.windows(4).any(|part| part == b"Xq7Z"), "{name}");
    }
    let entropy = std::sync::Arc::new(zgoda_vault::SystemEntropy);
    let other = zgoda_persistence::Vault { master: zgoda_vault::MasterKey::generate(entropy.as_ref()), entropy };
    let path = app.database.folder().join("zgoda.db");
    assert!(zgoda_persistence::Db::open_sqlite(&path, std::sync::Arc::new(other)).await.is_err());
}
