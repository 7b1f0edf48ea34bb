//! `zgoda audit verify` on a log that somebody changed, and what a server makes of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};
use std::{fs::File, path::Path, sync::Arc};
use zgoda_bench::{server::Installation, visitors::make_owner};
use zgoda_persistence::{Db, Vault};
use zgoda_vault::{MasterKey, SystemEntropy};

/// The database behind the server's back, as whoever has its key opens it.
async fn opened(installation: &Installation) -> Db {
    let hex = std::fs::read_to_string(installation.data_dir.join("master.key")).unwrap();
    let vault = Vault { master: MasterKey::from_hex(&hex).unwrap(), entropy: Arc::new(SystemEntropy) };
    Db::open_sqlite(&installation.data_dir.join("zgoda.db"), Arc::new(vault)).await.unwrap()
}

async fn tamper(installation: &Installation, statements: &[&str]) {
    let db = opened(installation).await;
    for sql in statements {
        db.for_migrations().execute_unprepared(sql).await.unwrap();
    }
    db.close().await;
}

async fn links(installation: &Installation) -> i64 {
    let db = opened(installation).await;
    let connection = db.for_migrations();
    let sql = Statement::from_string(connection.get_database_backend(), "select count(*) as n from audit_links");
    let count = connection.query_one_raw(sql).await.unwrap().unwrap().try_get("", "n").unwrap();
    db.close().await;
    count
}

/// An installation with a few linked events, stopped.
async fn with_a_log(folder: &Path) -> Installation {
    let installation = Installation::new(Path::new(env!("CARGO_BIN_EXE_zgoda")), &folder.join("data")).unwrap();
    let server = installation.start().unwrap();
    let owner = make_owner(&installation.origin(), server.setup_token().unwrap()).await.unwrap();
    for _ in 0..3 {
        owner.search_clients(&Default::default()).await.unwrap();
        owner.audit_events(None).await.unwrap();
    }
    zgoda_bench::visitors::make_form(&owner).await.unwrap();
    server.stop().unwrap();
    let verdict = installation.run(&["audit", "verify"]).unwrap();
    assert!(verdict.starts_with("The log is intact"), "{verdict}");
    installation
}

fn verdict(installation: &Installation) -> String {
    format!("{:#}", installation.run(&["audit", "verify"]).unwrap_err())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edited_log_fails_the_check_and_the_entry_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let installation = with_a_log(folder.path()).await;
    tamper(
        &installation,
        &[
            "drop trigger audit_events_no_update",
            "update audit_events set action = 'client_opened' where id = (select event_id from audit_links where seq = 2)",
        ],
    )
    .await;
    let said = verdict(&installation);
    assert!(said.contains("entry 2 of the chain is not what was recorded"), "{said}");
}

/// Cutting the end off is found out, and stays found out after the server ran again, even without the log's head.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_log_fails_the_check_also_after_the_server_ran_again() {
    let folder = tempfile::tempdir().unwrap();
    let installation = with_a_log(folder.path()).await;
    let kept = links(&installation).await - 2;
    // The checkpoints go too: what is left must find out by itself.
    std::fs::remove_file(installation.data_dir.join("audit-checkpoints.jsonl")).unwrap();
    let events = format!("delete from audit_events where id in (select event_id from audit_links where seq > {kept})");
    let tail = format!("delete from audit_links where seq > {kept}");
    let guards = ["drop trigger audit_events_no_delete", "drop trigger audit_links_no_delete"];
    tamper(&installation, &[guards[0], guards[1], &events, &tail]).await;
    let expected = format!("it ends after entry {kept}, and went further once");
    assert!(verdict(&installation).contains(&expected), "{}", verdict(&installation));
    for head in ["select 1", "delete from audit_head"] {
        tamper(&installation, &[head]).await;
        // Something happens, and is recorded.
        installation.run(&["lift-networks"]).unwrap();
        let log = folder.path().join("log");
        let server = installation.start_with(File::create(&log).unwrap().into()).unwrap();
        server.stop().unwrap();
        let complaint = std::fs::read_to_string(&log).unwrap();
        assert!(complaint.contains("the audit log was tampered with"), "{complaint}");
        assert_eq!(links(&installation).await, kept, "nothing is linked to a cut log");
        std::fs::remove_file(installation.data_dir.join("audit-checkpoints.jsonl")).unwrap();
        assert!(verdict(&installation).contains(&expected), "{}", verdict(&installation));
    }
}

/// A log of before its end was noted gets the note when the schema is brought up to date.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_log_gets_its_head_with_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let installation = with_a_log(folder.path()).await;
    let triggers = ["audit_events", "audit_links", "wordings", "consent_events", "form_versions"];
    let drops: Vec<String> = triggers.iter().map(|table| format!("drop trigger {table}_no_replace")).collect();
    let mut statements: Vec<&str> = drops.iter().map(String::as_str).collect();
    statements.push("delete from audit_head");
    statements.push("delete from seaql_migrations where version = 'm20261124_000012_no_replacing'");
    tamper(&installation, &statements).await;
    let verdict = installation.run(&["audit", "verify"]).unwrap();
    assert!(verdict.starts_with("The log is intact"), "{verdict}");
}
