//! Who did what, and proof that nobody rewrote it.

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;
use zgoda_api_types::{
    clients::{ClientBody, Reason, SearchClients},
    problem::ProblemCode,
};
use zgoda_client::AuditSearch;
use zgoda_domain::{
    access::{
        FieldRestriction,
        role::{RoleDefinition, RoleTemplate},
    },
    audit::{Action, RecordKind},
    client::{BuiltinField, ClientInput},
    field_ref::FieldRef,
};
use zgoda_persistence::audit::Verdict;
use zgoda_test_support::{TestApp, on_both_databases};

async fn unguard(app: &TestApp) {
    let connection = app.connection();
    let sql: &[&str] = match connection.get_database_backend() {
        DbBackend::Postgres => &[
            "alter table audit_events disable trigger audit_events_no_change",
            "alter table audit_links disable trigger audit_links_no_change",
        ],
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
        let verdict = zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap();
        assert_eq!(verdict, Verdict::Intact { links: app.rows("audit_events").await, pending: 0 });
    }

    async fn an_edited_entry_is_named(app: TestApp) {
        some_history(&app).await;
        unguard(&app).await;
        let sql = "update audit_events set action = 'client_changed' where id = (select event_id from audit_links where seq = 4)";
        app.connection().execute_unprepared(sql).await.unwrap();
        assert_eq!(zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap(), Verdict::Broken { seq: 4 });
    }

    async fn a_deleted_entry_is_named(app: TestApp) {
        some_history(&app).await;
        unguard(&app).await;
        let sql = "delete from audit_events where id = (select event_id from audit_links where seq = 3)";
        app.connection().execute_unprepared(sql).await.unwrap();
        assert_eq!(zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap(), Verdict::Broken { seq: 3 });
    }

    async fn a_cut_link_is_noticed(app: TestApp) {
        some_history(&app).await;
        unguard(&app).await;
        let links = app.rows("audit_links").await;
        app.connection().execute_unprepared("delete from audit_links where seq = (select max(seq) from audit_links)").await.unwrap();
        assert_eq!(zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap(), Verdict::Cut { seq: links - 1 });
    }

    async fn pages_of_the_log_go_back_in_time(app: TestApp) {
        some_history(&app).await;
        let api = app.owner().await;
        api.search_clients(&SearchClients::default()).await.unwrap();
        let all = api.audit_events(None).await.unwrap();
        assert!(all.items.windows(2).all(|pair| pair[0].id > pair[1].id));
    }

    async fn entries_put_in_another_order_are_named(app: TestApp) {
        some_history(&app).await;
        unguard(&app).await;
        // Two links exchange their events; the unique constraint is got round by a third place.
        let connection = app.connection();
        let event = async |seq: i64| {
            let sql = format!("select event_id as e from audit_links where seq = {seq}");
            let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
            row.unwrap().try_get::<uuid::Uuid>("", "e").unwrap()
        };
        let (second, third) = (event(2).await, event(3).await);
        for (seq, id) in [(2, uuid::Uuid::from_u128(1)), (3, second), (2, third)] {
            let sql = "update audit_links set event_id = $1 where seq = $2";
            let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, [id.into(), seq.into()]);
            connection.execute_raw(statement).await.unwrap();
        }
        assert_eq!(zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap(), Verdict::Broken { seq: 2 });
    }

    /// Both the links and the events of the end are gone, as if they had never been.
    async fn a_cut_tail_is_noticed_and_a_checkpoint_outside_notices_even_an_old_head(app: TestApp) {
        some_history(&app).await;
        let checkpoint = zgoda_persistence::audit::checkpoint(app.ctx.db.read(), zgoda_app::Clock::now(app.clock.as_ref())).await.unwrap().unwrap();
        let links = app.rows("audit_links").await;
        assert_eq!(checkpoint.seq, links);
        let intact = zgoda_app::audit::verify(&app.ctx, std::slice::from_ref(&checkpoint)).await.unwrap();
        assert_eq!(intact, Verdict::Intact { links, pending: 0 });
        unguard(&app).await;
        let connection = app.connection();
        for sql in [
            format!("delete from audit_events where id in (select event_id from audit_links where seq > {})", links - 3),
            format!("delete from audit_links where seq > {}", links - 3),
        ] {
            connection.execute_unprepared(&sql).await.unwrap();
        }
        assert_eq!(zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap(), Verdict::Cut { seq: links - 3 });
        // Without its head the log looks cut as well.
        connection.execute_unprepared("delete from audit_head").await.unwrap();
        assert_eq!(zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap(), Verdict::Cut { seq: links - 3 });
        // A head made for the shorter log, as a copy of the database from back then has it: only the outside knows.
        zgoda_app::audit::note_head(&app.ctx.db).await.unwrap();
        assert!(matches!(zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap(), Verdict::Intact { .. }));
        let outside = zgoda_app::audit::verify(&app.ctx, std::slice::from_ref(&checkpoint)).await.unwrap();
        assert_eq!(outside, Verdict::Cut { seq: links - 3 });
        let forged = zgoda_vault::Checkpoint { seq: 1, ..checkpoint };
        assert_eq!(zgoda_app::audit::verify(&app.ctx, &[forged]).await.unwrap(), Verdict::ForeignCheckpoint { seq: 1 });
    }

    /// What happens after a cut must not cover it up, nor may a restart.
    async fn a_cut_stays_a_cut_whatever_happens_afterwards(app: TestApp) {
        some_history(&app).await;
        unguard(&app).await;
        let kept = app.rows("audit_links").await - 3;
        let connection = app.connection();
        for sql in [
            format!("delete from audit_events where id in (select event_id from audit_links where seq > {kept})"),
            format!("delete from audit_links where seq > {kept}"),
        ] {
            connection.execute_unprepared(&sql).await.unwrap();
        }
        let api = app.owner().await;
        app.client(&api, "Po fakcie").await;
        assert!(!zgoda_app::jobs::link_all(&app.ctx).await.unwrap(), "the alarm is raised");
        assert_eq!(app.rows("audit_links").await, kept);
        assert!(app.rows("audit_pending").await > 0, "nothing that happened since is lost");
        assert_eq!(zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap(), Verdict::Cut { seq: kept });
        // Without its head too.
        connection.execute_unprepared("delete from audit_head").await.unwrap();
        app.run_jobs().await;
        assert_eq!((app.rows("audit_head").await, app.rows("audit_links").await), (0, kept));
        assert_eq!(zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap(), Verdict::Cut { seq: kept });
    }

    /// A new log says that it is empty; one without that note was emptied.
    async fn an_emptied_log_does_not_pass_for_a_new_one(app: TestApp) {
        assert!(matches!(zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap(), Verdict::Intact { links: 0, .. }));
        some_history(&app).await;
        unguard(&app).await;
        for table in ["audit_events", "audit_links", "audit_pending", "audit_head"] {
            app.connection().execute_unprepared(&format!("delete from {table}")).await.unwrap();
        }
        assert_eq!(zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap(), Verdict::Cut { seq: 0 });
    }

    async fn an_older_head_put_back_is_noticed(app: TestApp) {
        some_history(&app).await;
        let links = app.rows("audit_links").await;
        let connection = app.connection();
        connection.execute_unprepared("create table kept as select * from audit_head").await.unwrap();
        some_history(&app).await;
        connection.execute_unprepared("delete from audit_head").await.unwrap();
        connection.execute_unprepared("insert into audit_head select * from kept").await.unwrap();
        assert_eq!(zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap(), Verdict::Broken { seq: links + 1 });
        let before = app.rows("audit_links").await;
        app.client(&app.owner().await, "Po fakcie").await;
        app.run_jobs().await;
        assert_eq!(app.rows("audit_links").await, before);
        assert_eq!(zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap(), Verdict::Broken { seq: links + 1 });
    }

    async fn two_checkpoints_that_contradict_each_other_are_noticed(app: TestApp) {
        some_history(&app).await;
        let now = zgoda_app::Clock::now(app.clock.as_ref());
        let checkpoint = zgoda_persistence::audit::checkpoint(app.ctx.db.read(), now).await.unwrap().unwrap();
        let other = app.ctx.vault.master.checkpoint_key().sign(checkpoint.seq, &[7; 32], now.to_rfc3339());
        for pair in [[checkpoint.clone(), other.clone()], [other, checkpoint.clone()]] {
            assert_eq!(zgoda_app::audit::verify(&app.ctx, &pair).await.unwrap(), Verdict::Broken { seq: checkpoint.seq });
        }
        let twice = [checkpoint.clone(), checkpoint];
        assert!(matches!(zgoda_app::audit::verify(&app.ctx, &twice).await.unwrap(), Verdict::Intact { .. }));
    }

    /// Neither a row that takes another one's place nor emptying a whole table gets past the database.
    async fn rows_of_append_only_tables_cannot_be_replaced_or_emptied(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, "https://www.example.com").await;
        let answers = form.answers(&[("email", "jan@example.com"), ("newsletter", "true")]);
        app.visitor().submit(&form.public_id, &answers, None, Some("https://www.example.com")).await.unwrap();
        app.run_jobs().await;
        let connection = app.connection();
        let backend = connection.get_database_backend();
        for (table, key) in [("audit_events", "id"), ("audit_links", "seq"), ("consent_events", "id"), ("wordings", "id"), ("form_versions", "id")] {
            let before = app.rows(table).await;
            assert!(before > 0, "{table}");
            let attempts = if backend == DbBackend::Postgres {
                vec![format!("truncate {table} cascade"), format!("delete from {table}"), format!("update {table} set {key} = {key}")]
            } else {
                let names = format!("select group_concat(name, ', ') as names from pragma_table_info('{table}') where name <> '{key}'");
                let row = connection.query_one_raw(Statement::from_string(backend, names)).await.unwrap().unwrap();
                let rest: String = row.try_get("", "names").unwrap();
                let fresh = if key == "seq" { "seq + 1000" } else { "randomblob(16)" };
                let mut attempts = vec![
                    format!("insert or replace into {table} select * from {table}"),
                    format!("replace into {table} select * from {table}"),
                    format!("update or replace {table} set {key} = {key}"),
                ];
                // Another key, but a place or a pair that no two rows may share.
                match table {
                    "audit_events" | "consent_events" => {
                        attempts.push(format!("insert or replace into {table} (rowid, {key}, {rest}) select rowid, {fresh}, {rest} from {table}"));
                    }
                    _ => attempts.push(format!("insert or replace into {table} ({key}, {rest}) select {fresh}, {rest} from {table}")),
                }
                attempts
            };
            for sql in attempts {
                let refused = connection.execute_unprepared(&sql).await.unwrap_err().to_string();
                assert!(refused.contains("append-only"), "{sql}: {refused}");
            }
            assert_eq!(app.rows(table).await, before, "{table}");
        }
        let verdict = zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap();
        assert_eq!(verdict, Verdict::Intact { links: app.rows("audit_events").await, pending: 0 });
    }

    async fn a_checkpoint_goes_to_a_mailbox_once_an_hour(app: TestApp) {
        some_history(&app).await;
        app.letters().await;
        let to = zgoda_domain::email::EmailAddress::parse("dziennik@example.com").unwrap();
        let ctx = app.ctx.clone().with_checkpoint_mail(Some(to.clone()));
        let mut checkpoints = zgoda_app::audit::Checkpoints::default();
        checkpoints.send(&ctx).await.unwrap();
        checkpoints.send(&ctx).await.unwrap();
        let letters = app.letters().await;
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].to, to);
        let line = letters[0].text.lines().find(|line| line.starts_with('{')).unwrap();
        let checkpoint: zgoda_vault::Checkpoint = serde_json::from_str(line).unwrap();
        assert_eq!(checkpoint.seq, app.rows("audit_links").await);
        let verdict = zgoda_app::audit::verify(&app.ctx, std::slice::from_ref(&checkpoint)).await.unwrap();
        assert!(matches!(verdict, Verdict::Intact { .. }), "{verdict:?}");
        // The log goes on; within the hour nobody is written to.
        some_history(&app).await;
        checkpoints.send(&ctx).await.unwrap();
        assert_eq!(app.letters().await.len(), 0);
        app.clock.advance(chrono::TimeDelta::hours(1));
        checkpoints.send(&ctx).await.unwrap();
        assert_eq!(app.letters().await.len(), 1);
        app.clock.advance(chrono::TimeDelta::hours(2));
        checkpoints.send(&ctx).await.unwrap();
        assert_eq!(app.letters().await.len(), 0, "nothing happened since");
    }

    /// Reading values through the log is looking at the client, and leaves the same trace.
    async fn values_read_through_the_log_are_recorded_as_a_look_at_the_client(app: TestApp) {
        let owner = app.owner().await;
        let id = app.client(&owner, "Ada").await;
        let details = ClientInput { name: Some("Ada Lis".into()), ..ClientInput::default() };
        owner.change_client(id, 1, &ClientBody { details, ..ClientBody::default() }).await.unwrap();
        let dpo = app.member("Iwo", RoleTemplate::DataProtectionOfficer.id()).await;
        let who = dpo.me().await.unwrap().account_id;
        let event = owner.search_audit_events(AuditSearch { action: Some(Action::ClientChanged), ..AuditSearch::default() }, None).await.unwrap().items.remove(0).id;
        let looks = async || {
            let search = AuditSearch { client: Some(id), actor: Some(who), action: Some(Action::ClientOpened), ..AuditSearch::default() };
            owner.search_audit_events(search, None).await.unwrap().items.len()
        };
        assert_eq!(crate::code(dpo.audit_event(event).await), ProblemCode::ReasonNeeded);
        assert_eq!(looks().await, 0);
        dpo.give_reason(id, &Reason { reason: "Skarga".into() }).await.unwrap();
        assert!(!dpo.audit_event(event).await.unwrap().changes.is_empty());
        assert_eq!(looks().await, 1);
        // An entry that shows nothing of a client is no look at one.
        let given = owner.search_audit_events(AuditSearch { action: Some(Action::SignedIn), ..AuditSearch::default() }, None).await.unwrap().items.remove(0).id;
        assert!(dpo.audit_event(given).await.unwrap().changes.is_empty());
        assert_eq!(looks().await, 1);
        let entry = dpo.client_history(id, None).await.unwrap().items.into_iter().find(|entry| entry.action == Action::ClientOpened).unwrap();
        assert_eq!(entry.client_id, Some(id));
    }

    /// Whether a hidden field was changed since must not be told by what a reversal answers.
    async fn taking_back_compares_no_field_that_is_not_shown(app: TestApp) {
        let owner = app.owner().await;
        let fields = [(FieldRef::Builtin(BuiltinField::Nip), FieldRestriction::Hidden)].into();
        let role = app.role(&owner, "bez NIP", RoleDefinition { fields, ..RoleTemplate::Administrator.definition() }).await;
        let admin = app.member("Alina", role).await;
        for touched_since in [false, true] {
            app.clock.advance(chrono::TimeDelta::seconds(1));
            let id = app.client(&owner, "Ada").await;
            let details = |city: Option<&str>, nip: Option<&str>| ClientBody {
                details: ClientInput { name: Some("Ada".into()), city: city.map(Into::into), nip: nip.map(Into::into), ..ClientInput::default() },
                ..ClientBody::default()
            };
            app.clock.advance(chrono::TimeDelta::seconds(1));
            owner.change_client(id, 1, &details(Some("Łódź"), Some("1234563218"))).await.unwrap();
            let search = AuditSearch { client: Some(id), action: Some(Action::ClientChanged), ..AuditSearch::default() };
            let event = owner.search_audit_events(search, None).await.unwrap().items.remove(0);
            let nip = if touched_since { None } else { Some("1234563218") };
            app.clock.advance(chrono::TimeDelta::seconds(1));
            owner.change_client(id, 2, &details(Some("Łódź"), nip)).await.unwrap();
            // The list names no hidden field either.
            assert!(event.fields.contains(&"nip".to_owned()));
            let listed = admin.search_audit_events(search, None).await.unwrap().items;
            assert!(listed.iter().all(|entry| !entry.fields.contains(&"nip".to_owned())), "{listed:?}");
            admin.revert_change(id, event.id).await.unwrap();
            let card = owner.client(id).await.unwrap().value;
            assert_eq!((card.details.city, card.details.nip.as_deref()), (None, nip));
        }
    }

    async fn activities_are_found_by_who_what_and_when(app: TestApp) {
        let owner = app.owner().await;
        let jan = app.member("Jan", RoleTemplate::ReadOnly.id()).await;
        let (ada, bob) = (app.client(&owner, "Ada").await, app.client(&owner, "Bob").await);
        app.clock.advance(chrono::TimeDelta::minutes(4));
        let later = zgoda_app::Clock::now(app.clock.as_ref());
        jan.client(ada).await.unwrap();
        app.clock.advance(chrono::TimeDelta::seconds(1));
        jan.client(bob).await.unwrap();
        owner.client(ada).await.unwrap();
        let who = jan.me().await.unwrap().account_id;
        let found = async |search: AuditSearch| {
            owner.search_audit_events(search, None).await.unwrap().items.into_iter().map(|entry| (entry.action, entry.client_id)).collect::<Vec<_>>()
        };
        let opened = |client| (Action::ClientOpened, Some(client));
        assert_eq!(found(AuditSearch { actor: Some(who), record: Some(RecordKind::Client), ..AuditSearch::default() }).await, [opened(bob), opened(ada)]);
        assert_eq!(found(AuditSearch { client: Some(ada), from: Some(later), ..AuditSearch::default() }).await, [opened(ada), opened(ada)]);
        assert_eq!(found(AuditSearch { client: Some(ada), until: Some(later), ..AuditSearch::default() }).await, [(Action::ClientCreated, Some(ada))]);
        assert_eq!(found(AuditSearch { action: Some(Action::ClientOpened), ..AuditSearch::default() }).await.len(), 3);
        // The same as a file, which is recorded, and in which nothing is a formula.
        let search = AuditSearch { action: Some(Action::ClientOpened), ..AuditSearch::default() };
        let file = String::from_utf8(owner.export_audit_events(search).await.unwrap().bytes).unwrap();
        assert_eq!(file.lines().count(), 4);
        assert!(file.lines().all(|line| line.starts_with('"')));
        assert_eq!(found(AuditSearch { action: Some(Action::AuditExported), ..AuditSearch::default() }).await.len(), 1);
    }

    async fn values_are_opened_for_those_who_may_see_them(app: TestApp) {
        let owner = app.owner().await;
        let id = app.client(&owner, "Ada").await;
        let details = ClientInput { name: Some("Ada".into()), city: Some("Łódź".into()), nip: Some("1234563218".into()), ..ClientInput::default() };
        owner.change_client(id, 1, &ClientBody { details, ..ClientBody::default() }).await.unwrap();
        let search = AuditSearch { action: Some(Action::ClientChanged), ..AuditSearch::default() };
        let event = owner.search_audit_events(search, None).await.unwrap().items.remove(0).id;
        let told = |detail: zgoda_api_types::audit::AuditDetail| {
            detail.changes.into_iter().map(|change| (change.field, change.before, change.after)).collect::<Vec<_>>()
        };
        let search = AuditSearch { action: Some(Action::ClientCreated), ..AuditSearch::default() };
        let made = owner.search_audit_events(search, None).await.unwrap().items.remove(0).id;
        assert_eq!(told(owner.audit_event(made).await.unwrap()), [("kind".to_owned(), json!(null), json!("person")), ("name".to_owned(), json!(null), json!("Ada"))]);
        let whole = told(owner.audit_event(event).await.unwrap());
        assert_eq!(whole, [("city".to_owned(), json!(null), json!("Łódź")), ("nip".to_owned(), json!(null), json!("1234563218"))]);
        // Hidden fields stay hidden here too; and a card that opens for a reason only, opens here for a reason only.
        let fields = [(FieldRef::Builtin(BuiltinField::Nip), FieldRestriction::Hidden)].into();
        let role = app.role(&owner, "bez NIP", RoleDefinition { fields, ..RoleTemplate::Administrator.definition() }).await;
        let admin = app.member("Alina", role).await;
        let part = admin.audit_event(event).await.unwrap();
        assert_eq!(part.entry.fields, ["city"]);
        assert_eq!(told(part), whole[..1]);
        let dpo = app.member("Iwo", RoleTemplate::DataProtectionOfficer.id()).await;
        assert_eq!(crate::code(dpo.audit_event(event).await), ProblemCode::ReasonNeeded);
        dpo.give_reason(id, &Reason { reason: "Skarga".into() }).await.unwrap();
        assert_eq!(told(dpo.audit_event(event).await.unwrap()), whole);
        // After the card is gone there is nothing left to open.
        owner.delete_client(id, 2).await.unwrap();
        assert_eq!(told(owner.audit_event(event).await.unwrap()), []);
    }

    async fn a_change_is_taken_back_unless_something_came_after_it(app: TestApp) {
        let owner = app.owner().await;
        let id = app.client(&owner, "Ada").await;
        let details = ClientInput { name: Some("Ada".into()), city: Some("Łódź".into()), ..ClientInput::default() };
        owner.change_client(id, 1, &ClientBody { details: details.clone(), ..ClientBody::default() }).await.unwrap();
        let search = AuditSearch { action: Some(Action::ClientChanged), ..AuditSearch::default() };
        let event = owner.search_audit_events(search, None).await.unwrap().items.remove(0).id;
        // Another field changed meanwhile does not matter; the same one does.
        let details = ClientInput { phone: Some("601 234 567".into()), ..details };
        owner.change_client(id, 2, &ClientBody { details: details.clone(), ..ClientBody::default() }).await.unwrap();
        owner.revert_change(id, event).await.unwrap();
        let card = owner.client(id).await.unwrap().value;
        assert_eq!((card.details.city, card.details.phone.is_some()), (None, true));
        assert_eq!(crate::code(owner.revert_change(id, event).await), ProblemCode::Outdated);
        let other = app.client(&owner, "Bob").await;
        assert_eq!(crate::code(owner.revert_change(other, event).await), ProblemCode::NotFound);
        let reader = app.reader().await;
        assert_eq!(crate::code(reader.revert_change(id, event).await), ProblemCode::NotAllowed);
    }
}
