//! `zgoda ledger verify` and `zgoda consents check` on a ledger that somebody changed, and what a server makes of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};
use std::{fs::File, path::Path, sync::Arc};
use zgoda_api_types::forms::Submit;
use zgoda_bench::{
    server::Installation,
    visitors::{answers, make_form, make_owner},
};
use zgoda_client::Api;
use zgoda_persistence::{Db, Vault};
use zgoda_vault::{MasterKey, SystemEntropy, TreeHead};

fn vault(installation: &Installation) -> Arc<Vault> {
    let hex = std::fs::read_to_string(installation.data_dir.join("master.key")).unwrap();
    Arc::new(Vault { master: MasterKey::from_hex(&hex).unwrap(), entropy: Arc::new(SystemEntropy) })
}

/// The database behind the server's back, as whoever has its key opens it.
async fn opened(installation: &Installation) -> Db {
    Db::open_sqlite(&installation.data_dir.join("zgoda.db"), vault(installation)).await.unwrap()
}

async fn tamper(installation: &Installation, statements: &[&str]) {
    let db = opened(installation).await;
    for sql in statements {
        db.for_migrations().execute_unprepared(sql).await.unwrap();
    }
    db.close().await;
}

async fn count(installation: &Installation, table: &str) -> i64 {
    let db = opened(installation).await;
    let connection = db.for_migrations();
    let sql = Statement::from_string(connection.get_database_backend(), format!("select count(*) as n from {table}"));
    let count = connection.query_one_raw(sql).await.unwrap().unwrap().try_get("", "n").unwrap();
    db.close().await;
    count
}

/// An installation with six consents and a checkpoint over all of them, stopped.
async fn with_consents(folder: &Path) -> Installation {
    let installation = Installation::new(Path::new(env!("CARGO_BIN_EXE_zgoda")), &folder.join("data")).unwrap();
    let server = installation.start().unwrap();
    let owner = make_owner(&installation.origin(), server.setup_token().unwrap()).await.unwrap();
    let form = make_form(&owner).await.unwrap();
    let visitor = Api::new(&installation.origin());
    let form_version = visitor.public_form(&form.public_id).await.unwrap().form_version;
    for n in 0..6 {
        visitor
            .submit(&form.public_id, &Submit { form_version, answers: answers(n), proof: None }, None, None)
            .await
            .unwrap();
    }
    server.stop().unwrap();
    let verdict = installation.run(&["ledger", "verify"]).unwrap();
    assert!(verdict.starts_with("The consent ledger is intact: 6 events in the log, 0 waiting"), "{verdict}");
    assert!(!verdict.contains(" 0 of them read from outside"), "{verdict}");
    let checked = installation.run(&["consents", "check"]).unwrap();
    assert_eq!(checked, "What is shown is what the ledger says: 6 clients, 6 events.\n");
    installation
}

fn refused(installation: &Installation, command: &[&str]) -> String {
    format!("{:#}", installation.run(command).unwrap_err())
}

const GUARDS: [&str; 4] = [
    "drop trigger consent_events_no_update",
    "drop trigger consent_events_no_delete",
    "drop trigger ledger_leaves_no_update",
    "drop trigger ledger_leaves_no_delete",
];

/// One attack after the other on copies of one sound installation, which stays sound.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_of_tampering_fails_the_check_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let sound = with_consents(folder.path()).await;
    let swap = [
        "create table kept as select event_id, hash from ledger_leaves where seq = 5",
        "delete from ledger_leaves where seq = 5",
        "update ledger_leaves set seq = 5 where seq = 6",
        "insert into ledger_leaves (seq, event_id, hash) select 6, event_id, hash from kept",
    ];
    let attacks: [(&str, &[&str], &str); 7] = [
        (
            "field",
            &[
                "update consent_events set kind = 'refused' where id = (select event_id from ledger_leaves where seq = 2)",
            ],
            "entry 2, event ",
        ),
        (
            "evidence",
            &[
                "update consent_events set evidence = zeroblob(64) where id = (select event_id from ledger_leaves where seq = 3)",
            ],
            "entry 3, event ",
        ),
        (
            "event",
            &["delete from consent_events where id = (select event_id from ledger_leaves where seq = 4)"],
            "of entry 4 was removed",
        ),
        ("leaf", &["delete from ledger_leaves where seq = 4"], "entry 4 was removed"),
        (
            "tail",
            &[
                "delete from consent_events where id in (select event_id from ledger_leaves where seq > 4)",
                "delete from ledger_leaves where seq > 4",
            ],
            "it ends after entry 4, and went further once",
        ),
        ("swap", &swap, "some were exchanged or rewritten"),
        (
            "checkpoint",
            &[
                "insert into ledger_checkpoints (size, root, note, created_at) select 1, hash, 'forged', '2026-01-01T00:00:00+00:00' from ledger_leaves where seq = 1",
            ],
            "the checkpoint of size 1 was not signed",
        ),
    ];
    for (name, statements, expected) in attacks {
        let copy = copy_of(&sound, &folder.path().join(name));
        tamper(&copy, &GUARDS).await;
        tamper(&copy, statements).await;
        let said = refused(&copy, &["ledger", "verify"]);
        assert!(said.contains(expected), "{name}: {said}");
    }
    let verdict = sound.run(&["ledger", "verify"]).unwrap();
    assert!(verdict.starts_with("The consent ledger is intact: 6 events"), "{verdict}");
}

fn copy_of(installation: &Installation, folder: &Path) -> Installation {
    std::fs::create_dir(folder).unwrap();
    for file in std::fs::read_dir(&installation.data_dir).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    Installation::new(&installation.binary, folder).unwrap()
}

/// A head of before, and a server that runs on: it complains, and adds nothing that could cover it up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_put_back_stays_found_after_the_server_ran_again() {
    let folder = tempfile::tempdir().unwrap();
    let installation = with_consents(folder.path()).await;
    tamper(&installation, &["create table kept as select * from ledger_head"]).await;
    let server = installation.start().unwrap();
    let visitor = Api::new(&installation.origin());
    let public_id = {
        let db = opened(&installation).await;
        let sql = Statement::from_string(
            sea_orm_migration::sea_orm::DbBackend::Sqlite,
            "select public_id from forms limit 1",
        );
        let row = db.for_migrations().query_one_raw(sql).await.unwrap().unwrap();
        let id: String = row.try_get("", "public_id").unwrap();
        db.close().await;
        id
    };
    let submit = async |n| {
        let form_version = visitor.public_form(&public_id).await.unwrap().form_version;
        visitor
            .submit(&public_id, &Submit { form_version, answers: answers(n), proof: None }, None, None)
            .await
            .unwrap();
    };
    submit(10).await;
    server.stop().unwrap();
    tamper(&installation, &["delete from ledger_head", "insert into ledger_head select * from kept"]).await;
    assert!(
        refused(&installation, &["ledger", "verify"])
            .contains("the note of where it ends is gone, old or not ours (entry 6)")
    );
    assert!(refused(&installation, &["ledger", "checkpoint"]).contains("was tampered with"));
    let log = folder.path().join("log");
    let server = installation.start_with(File::create(&log).unwrap().into()).unwrap();
    submit(11).await;
    server.stop().unwrap();
    let complaint = std::fs::read_to_string(&log).unwrap();
    assert!(complaint.contains("the consent ledger was tampered with"), "{complaint}");
    assert_eq!(count(&installation, "ledger_leaves").await, 7, "nothing follows a head that was put back");
    assert_eq!(count(&installation, "ledger_pending").await, 1);
    assert!(refused(&installation, &["ledger", "verify"]).contains("(entry 6)"));
}

/// Everything inside is of yesterday and fits together: the file of checkpoints, or a note that somebody kept, tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_kept_outside_finds_a_database_of_yesterday() {
    let folder = tempfile::tempdir().unwrap();
    let installation = with_consents(folder.path()).await;
    let note = installation.run(&["ledger", "checkpoint"]).unwrap();
    assert!(note.starts_with("zgoda/consent-ledger/") && note.lines().nth(1) == Some("6"), "{note}");
    let kept = folder.path().join("note.txt");
    std::fs::write(&kept, &note).unwrap();
    let with_note = ["ledger", "verify", "--checkpoints", kept.to_str().unwrap()];
    let verdict = installation.run(&with_note).unwrap();
    assert!(verdict.contains("1 of them read from outside"), "{verdict}");
    // As whoever has the master key could put it back: with a head for the shorter ledger.
    tamper(&installation, &GUARDS).await;
    let cut = [
        "drop trigger ledger_checkpoints_no_delete",
        "delete from consent_events where id in (select event_id from ledger_leaves where seq > 4)",
        "delete from ledger_leaves",
        "delete from ledger_checkpoints",
        "delete from ledger_head",
        "insert into ledger_pending (event_id) select id from consent_events",
    ];
    tamper(&installation, &cut).await;
    let db = opened(&installation).await;
    zgoda_app::ledger::note_head(&db).await.unwrap();
    db.close().await;
    let away = folder.path().join("checkpoints-of-before.jsonl");
    std::fs::rename(installation.data_dir.join("audit-checkpoints.jsonl"), &away).unwrap();
    let relinked = installation.run(&["ledger", "checkpoint"]).unwrap();
    assert_eq!(relinked.lines().nth(1), Some("4"));
    let verdict = installation.run(&["ledger", "verify"]).unwrap();
    assert!(verdict.starts_with("The consent ledger is intact: 4 events"), "{verdict}");
    for outside in [&kept, &away] {
        let said = refused(&installation, &["ledger", "verify", "--checkpoints", outside.to_str().unwrap()]);
        assert!(said.contains("it ends after entry 4, and went further once"), "{said}");
    }
    // A note of the right key that tells another story, and one of another key.
    let key = vault(&installation).master.ledger_key();
    let stranger = MasterKey::generate(&SystemEntropy).ledger_key();
    let head = TreeHead { size: 4, root: [7; 32] };
    for (note, expected) in [
        (key.sign(&head), "the ledger told two stories"),
        (stranger.sign(&head), "was not signed with this master key"),
    ] {
        std::fs::write(&kept, note).unwrap();
        let said = refused(&installation, &with_note);
        assert!(said.contains(expected), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn states_and_columns_that_were_changed_are_named_by_ids_alone() {
    let folder = tempfile::tempdir().unwrap();
    let installation = with_consents(folder.path()).await;
    let tampering = [
        "update consent_states set status = 'withdrawn' where client_id = (select min(client_id) from consent_states)",
        "update clients set custom = '{}' where id = (select max(id) from clients)",
    ];
    tamper(&installation, &tampering).await;
    let said = refused(&installation, &["consents", "check"]);
    assert!(said.contains("2 differences"), "{said}");
    assert!(!said.contains("@example.com"), "{said}");
    // The log itself is untouched.
    installation.run(&["ledger", "verify"]).unwrap();
}
