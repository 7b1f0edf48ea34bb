//! The consent ledger as a log: what was tampered with is found and named, what was not is proven.

use crate::code;
use chrono::TimeDelta;
use futures::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use std::sync::{Arc, Mutex};
use uuid::Uuid;
use zgoda_api_types::{clients::SearchClients, consents::WithdrawConsent, problem::ProblemCode};
use zgoda_app::{
    audit::{CheckpointSink, Checkpoints},
    jobs,
    ledger::{self, LedgerLine},
};
use zgoda_domain::{
    consent::Channel,
    email::EmailAddress,
    id::{ClientId, ConsentEventId},
};
use zgoda_persistence::{
    consent_check::{Difference, Wrong},
    consents, ledger as log,
    ledger::LedgerVerdict,
};
use zgoda_test_support::{Backend, TestApp, TestForm, on_both_databases};
use zgoda_vault::{TreeHead, merkle};

const SITE: &str = "https://www.example.com";

async fn submit(app: &TestApp, form: &TestForm, name: &str) {
    let answers = form.answers(&[("email", &format!("{name}@example.com")), ("newsletter", "true")]);
    app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
    app.clock.advance(TimeDelta::seconds(1));
}

/// Three consents, a checkpoint, three more, and another checkpoint.
async fn some_consents(app: &TestApp) -> TestForm {
    let form = app.published_form(&app.owner().await, SITE).await;
    for half in ["a", "b"] {
        for n in 0..3 {
            submit(app, &form, &format!("{half}{n}")).await;
        }
        app.run_jobs().await;
        ledger::checkpoint(&app.ctx).await.unwrap().unwrap();
    }
    form
}

async fn run(app: &TestApp, sql: &str) {
    app.connection().execute_unprepared(sql).await.unwrap();
}

async fn with_values(app: &TestApp, sql: &str, values: impl IntoIterator<Item = Value>) {
    let backend = app.connection().get_database_backend();
    app.connection().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.unwrap();
}

/// Takes the guards away, as whoever owns the database can.
async fn unguard(app: &TestApp) {
    for table in ["consent_events", "ledger_leaves", "ledger_checkpoints"] {
        if app.connection().get_database_backend() == DbBackend::Postgres {
            run(app, &format!("alter table {table} disable trigger {table}_no_change")).await;
        } else {
            run(app, &format!("drop trigger {table}_no_update")).await;
            run(app, &format!("drop trigger {table}_no_delete")).await;
        }
    }
}

async fn verdict(app: &TestApp) -> LedgerVerdict {
    ledger::verify(&app.ctx, &[]).await.unwrap()
}

async fn leaf(app: &TestApp, seq: i64) -> (Uuid, Vec<u8>) {
    let backend = app.connection().get_database_backend();
    let sql = Statement::from_sql_and_values(
        backend,
        "select event_id, hash from ledger_leaves where seq = $1",
        [seq.into()],
    );
    let row = app.connection().query_one_raw(sql).await.unwrap().unwrap();
    (row.try_get("", "event_id").unwrap(), row.try_get("", "hash").unwrap())
}

async fn event(app: &TestApp, seq: i64) -> ConsentEventId {
    ConsentEventId::from_uuid(leaf(app, seq).await.0)
}

/// The events and leaves after a size are gone, as if they had never been.
async fn cut(app: &TestApp, size: u64) {
    run(
        app,
        &format!("delete from consent_events where id in (select event_id from ledger_leaves where seq > {size})"),
    )
    .await;
    run(app, &format!("delete from ledger_leaves where seq > {size}")).await;
}

const INTACT: LedgerVerdict = LedgerVerdict::Intact { size: 6, pending: 0, checkpoints: 2 };

on_both_databases! {
    async fn an_untouched_ledger_verifies_and_says_what_waits(app: TestApp) {
        let form = some_consents(&app).await;
        assert_eq!(verdict(&app).await, INTACT);
        submit(&app, &form, "c").await;
        assert_eq!(verdict(&app).await, LedgerVerdict::Intact { size: 6, pending: 1, checkpoints: 2 });
        app.run_jobs().await;
        assert_eq!(verdict(&app).await, LedgerVerdict::Intact { size: 7, pending: 0, checkpoints: 2 });
    }

    /// Each column of an event counts, sealed evidence included.
    async fn a_changed_event_is_named(app: TestApp) {
        some_consents(&app).await;
        unguard(&app).await;
        let bytes = if app.connection().get_database_backend() == DbBackend::Postgres { r"'\x00'" } else { "x'00'" };
        let evidence = format!("evidence = {bytes}");
        // From the end, because the first one that does not hold is named.
        let changes = ["kind = 'refused'", &evidence, "grade = 'a'", "occurred_at = '2026-01-15T09:00:00+00:00'", "client_id = purpose_id", "actor_kind = 'account'"];
        for (seq, change) in (1..=6).rev().zip(changes) {
            let named = event(&app, seq).await;
            run(&app, &format!("update consent_events set {change} where id = (select event_id from ledger_leaves where seq = {seq})")).await;
            let seq = u64::try_from(seq).unwrap();
            assert_eq!(verdict(&app).await, LedgerVerdict::Changed { seq, event: named }, "{change}");
        }
    }

    async fn what_was_removed_is_named(app: TestApp) {
        some_consents(&app).await;
        unguard(&app).await;
        let fifth = event(&app, 5).await;
        run(&app, "delete from consent_events where id = (select event_id from ledger_leaves where seq = 5)").await;
        assert_eq!(verdict(&app).await, LedgerVerdict::Missing { seq: 5, event: fifth });
        run(&app, "delete from ledger_leaves where seq = 3").await;
        assert_eq!(verdict(&app).await, LedgerVerdict::Gap { seq: 3 });
    }

    /// Every leaf still fits its event; the roots that were signed do not.
    async fn exchanged_entries_are_found_by_the_checkpoints(app: TestApp) {
        some_consents(&app).await;
        unguard(&app).await;
        let (fifth, sixth) = (leaf(&app, 5).await, leaf(&app, 6).await);
        let sql = "update ledger_leaves set event_id = $1, hash = $2 where seq = $3";
        let elsewhere = (Uuid::from_u128(1), vec![0; 32]);
        for (seq, (id, hash)) in [(5_i64, elsewhere), (6, fifth), (5, sixth)] {
            with_values(&app, sql, [id.into(), hash.into(), seq.into()]).await;
        }
        assert_eq!(verdict(&app).await, LedgerVerdict::Rewritten { after: 3, until: 6 });
    }

    /// What happens after a cut must not cover it up.
    async fn a_cut_ledger_is_noticed_and_not_gone_on_with(app: TestApp) {
        let form = some_consents(&app).await;
        unguard(&app).await;
        cut(&app, 4).await;
        for without in ["select 1", "delete from ledger_head"] {
            run(&app, without).await;
            assert_eq!(verdict(&app).await, LedgerVerdict::Cut { size: 4 });
            submit(&app, &form, &format!("po-{}", without.len())).await;
            assert!(!jobs::link_all(&app.ctx).await.unwrap(), "the alarm is raised");
            assert_eq!(ledger::checkpoint(&app.ctx).await.unwrap(), None, "nobody certifies a cut ledger");
            assert_eq!(app.rows("ledger_leaves").await, 4);
            assert_eq!(verdict(&app).await, LedgerVerdict::Cut { size: 4 });
        }
        assert_eq!(app.rows("ledger_pending").await, 2, "nothing that happened since is lost");
        // Without the checkpoints too.
        run(&app, "delete from ledger_checkpoints").await;
        assert_eq!(verdict(&app).await, LedgerVerdict::Head { size: 4 });
        assert!(!jobs::link_all(&app.ctx).await.unwrap());
        // As if there had never been anything.
        cut(&app, 0).await;
        run(&app, "insert into ledger_head (id, size, peaks, mac) select 1, 0, event_id, event_id from (select hash as event_id from audit_links limit 1) as forged").await;
        assert!(!jobs::link_all(&app.ctx).await.unwrap());
        assert_eq!(verdict(&app).await, LedgerVerdict::Head { size: 0 });
    }

    /// A new ledger says that it is empty; one without that note was emptied.
    async fn an_emptied_ledger_does_not_pass_for_a_new_one(app: TestApp) {
        assert_eq!(verdict(&app).await, LedgerVerdict::Intact { size: 0, pending: 0, checkpoints: 0 });
        ledger::check_daily(&app.ctx).await.unwrap();
        assert_eq!(log::last_check(&app.ctx.db.read()).await.unwrap().unwrap().finding, None);
        let form = some_consents(&app).await;
        unguard(&app).await;
        for table in ["ledger_pending", "ledger_leaves", "consent_events", "ledger_checkpoints", "ledger_head"] {
            run(&app, &format!("delete from {table}")).await;
        }
        assert_eq!(verdict(&app).await, LedgerVerdict::Head { size: 0 });
        app.clock.advance(TimeDelta::days(1));
        ledger::check_daily(&app.ctx).await.unwrap();
        assert_eq!(log::last_check(&app.ctx.db.read()).await.unwrap().unwrap().finding.as_deref(), Some("head"));
        // What happens afterwards does not cover it up.
        submit(&app, &form, "later").await;
        assert!(!jobs::link_all(&app.ctx).await.unwrap());
        assert_eq!(ledger::checkpoint(&app.ctx).await.unwrap(), None);
        assert_eq!(log::status(app.ctx.db.read()).await.unwrap().head, None);
        assert_eq!(verdict(&app).await, LedgerVerdict::Head { size: 0 });
    }

    async fn an_older_head_put_back_is_noticed_and_not_gone_on_with(app: TestApp) {
        let form = app.published_form(&app.owner().await, SITE).await;
        submit(&app, &form, "a").await;
        app.run_jobs().await;
        run(&app, "create table kept as select * from ledger_head").await;
        submit(&app, &form, "b").await;
        app.run_jobs().await;
        assert_eq!(verdict(&app).await, LedgerVerdict::Intact { size: 2, pending: 0, checkpoints: 0 });
        run(&app, "delete from ledger_head").await;
        run(&app, "insert into ledger_head select * from kept").await;
        assert_eq!(verdict(&app).await, LedgerVerdict::Head { size: 1 });
        submit(&app, &form, "c").await;
        assert!(!jobs::link_all(&app.ctx).await.unwrap());
        assert_eq!(verdict(&app).await, LedgerVerdict::Head { size: 1 });
    }

    /// A copy of the whole database of yesterday holds by itself; only what was kept outside tells.
    async fn a_ledger_put_back_whole_is_found_by_a_note_kept_outside(app: TestApp) {
        let form = app.published_form(&app.owner().await, SITE).await;
        submit(&app, &form, "a").await;
        app.run_jobs().await;
        ledger::checkpoint(&app.ctx).await.unwrap().unwrap();
        run(&app, "create table kept as select * from ledger_head").await;
        submit(&app, &form, "b").await;
        app.run_jobs().await;
        let note = ledger::checkpoint(&app.ctx).await.unwrap().unwrap().note;
        let with_note = async || ledger::verify(&app.ctx, std::slice::from_ref(&note)).await.unwrap();
        assert_eq!(with_note().await, LedgerVerdict::Intact { size: 2, pending: 0, checkpoints: 2 });
        unguard(&app).await;
        cut(&app, 1).await;
        run(&app, "delete from ledger_checkpoints where size > 1").await;
        run(&app, "delete from ledger_head").await;
        run(&app, "insert into ledger_head select * from kept").await;
        assert_eq!(verdict(&app).await, LedgerVerdict::Intact { size: 1, pending: 0, checkpoints: 1 });
        assert_eq!(with_note().await, LedgerVerdict::Cut { size: 1 });
    }

    async fn foreign_and_contradicting_checkpoints_are_named(app: TestApp) {
        some_consents(&app).await;
        let key = app.ctx.vault.master.ledger_key();
        let last = ledger::checkpoint(&app.ctx).await.unwrap().unwrap();
        let outside = async |note: String| ledger::verify(&app.ctx, &[note]).await.unwrap();
        assert_eq!(outside(last.note.clone()).await, INTACT);
        let other = TreeHead { size: 6, root: [7; 32] };
        assert_eq!(outside(key.sign(&other)).await, LedgerVerdict::TwoStories { size: 6 });
        // Of a size that the database has no checkpoint of.
        assert_eq!(outside(key.sign(&TreeHead { size: 2, root: [7; 32] })).await, LedgerVerdict::Rewritten { after: 0, until: 2 });
        assert_eq!(outside(last.note.replacen("\n6\n", "\n5\n", 1)).await, LedgerVerdict::ForeignCheckpoint { size: 5 });
        let entropy = zgoda_vault::SystemEntropy;
        let stranger = zgoda_vault::MasterKey::generate(&entropy).ledger_key();
        assert_eq!(outside(stranger.sign(&last.head)).await, LedgerVerdict::ForeignCheckpoint { size: 6 });
        let sql = "insert into ledger_checkpoints (size, root, note, created_at) select 2, root, $1, created_at from ledger_checkpoints where size = 6";
        with_values(&app, sql, [stranger.sign(&TreeHead { size: 2, root: last.head.root }).into()]).await;
        assert_eq!(verdict(&app).await, LedgerVerdict::ForeignCheckpoint { size: 2 });
    }

    async fn an_event_that_was_kept_from_the_log_is_named(app: TestApp) {
        let form = some_consents(&app).await;
        submit(&app, &form, "c").await;
        run(&app, "delete from ledger_pending").await;
        app.run_jobs().await;
        let found = verdict(&app).await;
        let LedgerVerdict::Stray { event } = found else { panic!("{found:?}") };
        assert_eq!(log::prove(app.ctx.db.read(), event).await.unwrap(), log::Place::Uncovered);
    }

    async fn the_database_refuses_to_change_remove_or_replace_what_the_log_is_made_of(app: TestApp) {
        some_consents(&app).await;
        let connection = app.connection();
        for (table, key) in [("consent_events", "id"), ("ledger_leaves", "seq"), ("ledger_checkpoints", "size")] {
            let before = crate::sealing::stored(&app, &[table]).await;
            let mut attempts = vec![format!("update {table} set {key} = {key}"), format!("delete from {table}")];
            match connection.get_database_backend() {
                DbBackend::Postgres => {
                    attempts.push(format!("truncate {table} cascade"));
                    attempts.push(format!("insert into {table} select * from {table} on conflict ({key}) do update set {key} = excluded.{key}"));
                }
                _ => {
                    attempts.push(format!("replace into {table} select * from {table}"));
                    attempts.push(format!("insert or replace into {table} select * from {table}"));
                    attempts.push(format!("update or replace {table} set {key} = {key}"));
                }
            }
            for sql in attempts {
                let refused = connection.execute_unprepared(&sql).await.unwrap_err().to_string();
                assert!(refused.contains("append-only"), "{sql}: {refused}");
            }
            assert_eq!(crate::sealing::stored(&app, &[table]).await, before, "{table}");
        }
        assert_eq!(verdict(&app).await, INTACT);
    }

    /// Erasing a client leaves the entry and its place; what it says of the person is gone.
    async fn after_an_erasure_the_ledger_verifies_and_says_that_the_client_was_erased(app: TestApp) {
        some_consents(&app).await;
        let api = app.owner().await;
        let second = event(&app, 2).await;
        let client = api.search_clients(&SearchClients::default()).await.unwrap().items.into_iter().find(|row| row.email.as_deref() == Some("a1@example.com")).unwrap().id;
        let read = async || consents::ledger(&app.ctx.db.read(), client).await.unwrap();
        let before = read().await.remove(0);
        assert!(!before.erased && before.evidence.as_object().is_some_and(|evidence| !evidence.is_empty()));
        assert!(!api.ledger_proof(second).await.unwrap().erased);
        let version = api.client(client).await.unwrap().version;
        api.delete_client(client, version).await.unwrap();
        assert_eq!(verdict(&app).await, INTACT);
        let after = read().await.remove(0);
        assert!(after.erased && after.evidence.as_object().is_some_and(serde_json::Map::is_empty));
        assert_eq!((after.id, after.kind, after.grade), (second, before.kind, before.grade));
        let proof = api.ledger_proof(second).await.unwrap();
        assert!(proof.erased);
        assert_proven(&app, &proof);
        assert_eq!(differences(&app).await, []);
    }

    async fn every_event_is_proven_by_the_api_against_the_signed_note(app: TestApp) {
        let form = some_consents(&app).await;
        let api = app.owner().await;
        for seq in 1..=6 {
            let id = event(&app, seq).await;
            let proof = api.ledger_proof(id).await.unwrap();
            assert_eq!((proof.event_id, proof.index), (id, u64::try_from(seq - 1).unwrap()));
            assert_proven(&app, &proof);
        }
        assert_eq!(code(api.ledger_proof(ConsentEventId::from_uuid(Uuid::from_u128(7))).await), ProblemCode::NotFound);
        submit(&app, &form, "c").await;
        app.run_jobs().await;
        assert_eq!(code(api.ledger_proof(event(&app, 7).await).await), ProblemCode::WrongState);
        ledger::checkpoint(&app.ctx).await.unwrap().unwrap();
        assert_proven(&app, &api.ledger_proof(event(&app, 7).await).await.unwrap());
        // Leaves that were rewritten prove nothing.
        unguard(&app).await;
        with_values(&app, "update ledger_leaves set hash = $1 where seq = 4", [vec![7_u8; 32].into()]).await;
        assert_eq!(code(api.ledger_proof(event(&app, 2).await).await), ProblemCode::Internal);
    }

    async fn the_officer_sees_size_root_checkpoint_and_the_last_check(app: TestApp) {
        let api = app.owner().await;
        let empty = api.ledger().await.unwrap();
        assert_eq!((empty.head.unwrap().size, empty.pending, empty.checkpoint, empty.last_check), (0, 0, None, None));
        assert_eq!(code(api.ledger_checkpoint().await), ProblemCode::NotFound);
        let form = some_consents(&app).await;
        submit(&app, &form, "c").await;
        let shown = api.ledger().await.unwrap();
        let (head, checkpoint) = (shown.head.unwrap(), shown.checkpoint.unwrap());
        assert_eq!((head.size, shown.pending), (6, 1));
        assert_eq!(checkpoint.head, head);
        let note = api.ledger_checkpoint().await.unwrap();
        assert_eq!(note.file_name, "rejestr-zgod-checkpoint.txt");
        let note = String::from_utf8(note.bytes).unwrap();
        let opened = app.ctx.vault.master.ledger_key().open(&note).unwrap();
        assert_eq!((opened.size, merkle::in_base64(&opened.root)), (6, head.root));
        assert_eq!(note.lines().next(), shown.verifier.split('+').next());
    }

    async fn what_cannot_be_read_is_found(app: TestApp) {
        some_consents(&app).await;
        ledger::check_daily(&app.ctx).await.unwrap();
        app.clock.advance(TimeDelta::days(1));
        run(&app, "update consent_states set grade = 'z'").await;
        ledger::check_daily(&app.ctx).await.unwrap();
        let check = app.owner().await.ledger().await.unwrap().last_check.unwrap();
        assert_eq!((check.held, check.finding), (false, Some("unreadable".to_owned())));
    }

    /// Once a day; what it found stays until the next.
    async fn the_daily_check_keeps_what_it_found(app: TestApp) {
        let form = some_consents(&app).await;
        let api = app.owner().await;
        let found = async || {
            ledger::check_daily(&app.ctx).await.unwrap();
            let check = app.owner().await.ledger().await.unwrap().last_check.unwrap();
            (check.held, check.finding)
        };
        assert_eq!(found().await, (true, None));
        let client = api.search_clients(&SearchClients::default()).await.unwrap().items.remove(0).id;
        let id = client.as_uuid();
        with_values(&app, "update consent_states set status = 'withdrawn' where client_id = $1", [id.into()]).await;
        assert_eq!(found().await, (true, None), "not before a day has passed");
        app.clock.advance(TimeDelta::days(1));
        assert_eq!(found().await, (false, Some("consents_differ".to_owned())));
        submit(&app, &form, "later").await;
        unguard(&app).await;
        run(&app, "update consent_events set kind = 'refused' where id = (select event_id from ledger_leaves where seq = 1)").await;
        app.clock.advance(TimeDelta::days(1));
        assert_eq!(found().await, (false, Some("changed".to_owned())));
    }

    async fn states_and_columns_that_the_ledger_does_not_lead_to_are_named(app: TestApp) {
        let form = some_consents(&app).await;
        let api = app.owner().await;
        let rows = api.search_clients(&SearchClients::default()).await.unwrap().items;
        let [first, second, third, fourth, ..] = rows.iter().map(|row| row.id).collect::<Vec<ClientId>>()[..] else { panic!() };
        let body = WithdrawConsent { purpose_id: form.purpose_id, channel: Channel::Email, note: None };
        api.withdraw_consent(fourth, &body).await.unwrap();
        assert_eq!(differences(&app).await, []);
        let checked = ledger::check_consents(&app.ctx, |_| ()).await.unwrap();
        assert_eq!((checked.clients, checked.events), (6, 7));
        let id = |client: ClientId| [client.as_uuid().into()];
        with_values(&app, "update consent_states set status = 'given' where client_id = $1", id(fourth)).await;
        with_values(&app, "delete from consent_states where client_id = $1", id(first)).await;
        with_values(&app, "update consent_states set grade = 'a' where client_id = $1", id(second)).await;
        with_values(&app, "update clients set custom = '{}' where id = $1", id(third)).await;
        let mut found = differences(&app).await;
        found.sort_by_key(|difference| difference.client_id);
        let difference = |client_id, wrong| Difference { client_id, purpose_id: form.purpose_id, channel: Channel::Email, wrong };
        let mut expected = vec![difference(first, Wrong::State), difference(second, Wrong::State), difference(third, Wrong::Column), difference(fourth, Wrong::State)];
        expected.sort_by_key(|difference| difference.client_id);
        assert_eq!(found, expected);
    }

    /// Whoever has the database and not the master key can have an event linked, and cannot make its evidence.
    async fn events_put_in_by_hand_are_named(app: TestApp) {
        some_consents(&app).await;
        assert_eq!(differences(&app).await, []);
        let columns = "purpose_id, channel, kind, method, wording_id, form_version_id, submission_id, actor_kind, actor_id, occurred_at, recorded_at, grade, expires_at, caused_by, file_id";
        let of = "from consent_events where id = (select event_id from ledger_leaves where seq = 1)";
        let sql = |client: &str, evidence: &str| {
            format!("insert into consent_events (id, client_id, evidence, {columns}) select $1, {client}, {evidence}, {columns} {of}")
        };
        let forged: Vec<Uuid> = (0..3).map(|n| Uuid::from_u128(u128::MAX - n)).collect();
        // None at all, that of another event, and of a client that never was.
        let inserts = [sql("client_id", "null"), sql("client_id", "evidence"), sql("purpose_id", "evidence")];
        for (id, sql) in forged.iter().zip(inserts) {
            with_values(&app, &sql, [(*id).into()]).await;
        }
        app.run_jobs().await;
        assert!(matches!(verdict(&app).await, LedgerVerdict::Intact { size: 9, pending: 0, .. }));
        let named = |difference: &Difference| match difference.wrong {
            Wrong::Evidence(event) => Some(event.as_uuid()),
            Wrong::State | Wrong::Column => None,
        };
        let mut found: Vec<Uuid> = differences(&app).await.iter().filter_map(named).collect();
        found.sort_unstable();
        let mut expected = forged.clone();
        expected.sort_unstable();
        assert_eq!(found, expected);
        ledger::check_daily(&app.ctx).await.unwrap();
        assert_eq!(log::last_check(&app.ctx.db.read()).await.unwrap().unwrap().finding.as_deref(), Some("consents_differ"));
    }

    /// An erased client's events stand, and nobody can look at their evidence any more.
    async fn events_of_an_erased_client_are_not_called_forged(app: TestApp) {
        some_consents(&app).await;
        let api = app.owner().await;
        let client = api.search_clients(&SearchClients::default()).await.unwrap().items[0].id;
        let version = api.client(client).await.unwrap().version;
        api.delete_client(client, version).await.unwrap();
        assert_eq!(differences(&app).await, []);
    }

    /// More checkpoints than one page of entries has, and none of them is passed over.
    async fn checkpoints_are_read_along_with_the_log(app: TestApp) {
        let form = app.published_form(&app.owner().await, SITE).await;
        for n in 0..8 {
            submit(&app, &form, &format!("n{n}")).await;
            app.run_jobs().await;
            ledger::checkpoint(&app.ctx).await.unwrap().unwrap();
        }
        for page in [1, 3, 8, 100] {
            let verdict = async || log::verify_paged(app.ctx.db.read(), &[], page).await.unwrap();
            assert_eq!(verdict().await, LedgerVerdict::Intact { size: 8, pending: 0, checkpoints: 8 });
        }
        let key = app.ctx.vault.master.ledger_key();
        let outside = [key.sign(&TreeHead { size: 5, root: [7; 32] })];
        for page in [1, 3, 8, 100] {
            assert_eq!(log::verify_paged(app.ctx.db.read(), &outside, page).await.unwrap(), LedgerVerdict::TwoStories { size: 5 });
        }
        unguard(&app).await;
        let sql = "update ledger_checkpoints set note = note || ' ' where size = 7";
        run(&app, sql).await;
        for page in [1, 3, 8, 100] {
            assert_eq!(log::verify_paged(app.ctx.db.read(), &[], page).await.unwrap(), LedgerVerdict::ForeignCheckpoint { size: 7 });
        }
        run(&app, "delete from ledger_leaves where seq in (4, 5)").await;
        for page in [1, 2, 3] {
            assert_eq!(log::verify_paged(app.ctx.db.read(), &[], page).await.unwrap(), LedgerVerdict::Gap { seq: 4 });
        }
    }

    async fn checkpoints_go_outside_under_a_name_of_their_own(app: TestApp) {
        let form = some_consents(&app).await;
        app.letters().await;
        let outside = Arc::new(Outside::default());
        let to = EmailAddress::parse("rejestr@example.com").unwrap();
        let sink: Arc<dyn CheckpointSink> = outside.clone();
        let ctx = app.ctx.clone().with_checkpoints(vec![sink]).with_checkpoint_mail(Some(to.clone()));
        let mut sent = Checkpoints::default();
        for _ in 0..2 {
            ledger::send_checkpoint(&ctx, &mut sent).await.unwrap();
        }
        submit(&app, &form, "c").await;
        app.run_jobs().await;
        ledger::send_checkpoint(&ctx, &mut sent).await.unwrap();
        let lines = outside.0.lock().unwrap().clone();
        let notes: Vec<String> = lines.iter().map(|line| serde_json::from_str::<LedgerLine>(line).unwrap().consent_ledger).collect();
        let sizes: Vec<u64> = notes.iter().map(|note| ctx.vault.master.ledger_key().open(note).unwrap().size).collect();
        assert_eq!(sizes, [6, 7]);
        assert_eq!(ledger::verify(&ctx, &notes).await.unwrap(), LedgerVerdict::Intact { size: 7, pending: 0, checkpoints: 3 });
        let letters = app.letters().await;
        assert_eq!(letters.len(), 1, "by mail once an hour");
        assert!(letters[0].to == to && letters[0].subject.contains("rejestru zgód") && letters[0].text.contains(&lines[0]));
    }
}

#[derive(Default)]
struct Outside(Mutex<Vec<String>>);

impl CheckpointSink for Outside {
    fn keep(&self, line: String) -> BoxFuture<'static, Result<(), std::io::Error>> {
        self.0.lock().unwrap().push(line);
        Box::pin(async { Ok(()) })
    }
}

async fn differences(app: &TestApp) -> Vec<Difference> {
    let mut found = Vec::new();
    ledger::check_consents(&app.ctx, |difference| found.push(difference)).await.unwrap();
    found
}

/// As somebody would check it who has the note, the proof and the public key alone.
fn assert_proven(app: &TestApp, proof: &zgoda_api_types::ledger::LedgerProof) {
    let hash = |text: &String| merkle::from_base64(text).unwrap();
    let head = app.ctx.vault.master.ledger_key().open(&proof.checkpoint).unwrap();
    let hashes: Vec<_> = proof.hashes.iter().map(hash).collect();
    assert!(merkle::includes(hash(&proof.leaf), proof.index, head.size, &hashes, &head.root));
}

/// Two sequencers at once: each event becomes one leaf, and the tree is one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_write_one_ledger() {
    let app = TestApp::start(Backend::Postgres).await;
    let replica = app.replica(TimeDelta::zero()).await;
    let form = app.published_form(&app.owner().await, SITE).await;
    for round in 0..4 {
        for n in 0..3 {
            submit(&app, &form, &format!("r{round}n{n}")).await;
        }
        let both = tokio::join!(jobs::link_all(&app.ctx), jobs::link_all(&replica.ctx));
        assert!(both.0.unwrap() && both.1.unwrap());
        let signed = tokio::join!(ledger::checkpoint(&app.ctx), ledger::checkpoint(&replica.ctx));
        assert_eq!(signed.0.unwrap().unwrap().note, signed.1.unwrap().unwrap().note);
    }
    assert_eq!(verdict(&app).await, LedgerVerdict::Intact { size: 12, pending: 0, checkpoints: 4 });
    let claims = tokio::join!(ledger::check_daily(&app.ctx), ledger::check_daily(&replica.ctx));
    claims.0.unwrap();
    claims.1.unwrap();
    let (here, there) = (app.ctx.db.clone(), replica.ctx.db.clone());
    replica.stop().await;
    app.stop().await;
    there.close().await;
    here.close().await;
}
