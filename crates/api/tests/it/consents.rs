//! The ledger as staff meet it.

use crate::code;
use sea_orm::ConnectionTrait;
use serde_json::json;
use zgoda_api_types::{
    clients::{ClientBody, FilterCondition, SearchClients},
    consents::{CreatePurpose, WithdrawConsent},
    problem::ProblemCode,
};
use zgoda_app::Clock;
use zgoda_domain::{
    access::Actor,
    consent::{Channel, ConsentEventKind, ConsentMethod, ConsentStatus, EvidenceGrade, LawfulBasis},
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::{ConsentEventId, PurposeId},
    list::Operator,
};
use zgoda_persistence::consents::NewConsentEvent;
use zgoda_test_support::on_both_databases;

const SITE: &str = "https://www.example.com";

on_both_databases! {
    async fn withdrawing_appends_and_shows_in_the_list(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let answers = form.answers(&[("email", "jan@example.com"), ("newsletter", "true")]);
        app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        let column = api.custom_fields().await.unwrap().into_iter().find(|field| field.kind == FieldKind::Consent).unwrap();
        assert_eq!((column.name.as_str(), column.purpose_id, column.sortable), ("Newsletter", Some(form.purpose_id), true));
        let with = async |status: &str| {
            let filter = vec![FilterCondition { field: FieldRef::Custom(column.id), operator: Operator::Eq, value: json!(status) }];
            api.search_clients(&SearchClients { filter, ..SearchClients::default() }).await.unwrap().items
        };
        let id = with("given").await[0].id;
        app.clock.advance(chrono::TimeDelta::minutes(1));
        let body = WithdrawConsent { purpose_id: form.purpose_id, channel: Channel::Email, note: Some("telefonicznie".into()) };
        api.withdraw_consent(id, &body).await.unwrap();
        assert_eq!((with("given").await.len(), with("withdrawn").await.len()), (0, 1));
        let consent = api.client(id).await.unwrap().value.consents.remove(0);
        assert_eq!(consent.status, ConsentStatus::Withdrawn);
        let kinds: Vec<_> = consent.events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [ConsentEventKind::Withdrawn, ConsentEventKind::Given]);
        assert_eq!(consent.events[0].evidence.note.as_deref(), Some("telefonicznie"));
        assert_eq!(consent.events[0].recorded_by.as_deref(), Some("Wanda Właściciel"));
        assert_eq!(code(api.withdraw_consent(id, &body).await), ProblemCode::WrongState);
        assert_eq!(app.rows("consent_events").await, 2);
    }

    async fn an_edit_of_the_card_cannot_touch_a_consent(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let answers = form.answers(&[("email", "jan@example.com"), ("newsletter", "true")]);
        app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        let id = api.search_clients(&SearchClients::default()).await.unwrap().items[0].id;
        let card = api.client(id).await.unwrap();
        let (column, given) = card.value.custom.iter().next().map(|(id, value)| (*id, value.clone())).unwrap();
        assert_eq!(given, json!("given"));
        // Sending the card back as it was read is fine; claiming another state is not.
        let same = ClientBody { details: card.value.details.clone(), custom: card.value.custom.clone() };
        let saved = api.change_client(id, card.version, &same).await.unwrap();
        let mut forged = same.clone();
        forged.custom.insert(column, json!("withdrawn"));
        assert_eq!(code(api.change_client(id, saved.version, &forged).await), ProblemCode::Invalid);
        let without = ClientBody { details: same.details.clone(), ..ClientBody::default() };
        let kept = api.change_client(id, saved.version, &without).await.unwrap();
        assert_eq!(kept.value.custom.get(&column), Some(&json!("given")));
    }

    async fn the_database_itself_refuses_to_rewrite_the_ledger(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let answers = form.answers(&[("email", "jan@example.com"), ("newsletter", "true")]);
        app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        for table in ["consent_events", "wordings", "form_versions", "audit_events"] {
            assert!(app.rows(table).await > 0);
            let before = app.rows(table).await;
            assert!(app.connection().execute_unprepared(&format!("delete from {table}")).await.is_err(), "{table}");
            let update = format!("update {table} set id = id");
            assert!(app.connection().execute_unprepared(&update).await.is_err(), "{table}");
            assert_eq!(app.rows(table).await, before);
        }
    }

    async fn the_state_equals_the_fold_of_the_ledger(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        for n in 0..5 {
            let answers = form.answers(&[("email", &format!("k{n}@example.com")), ("newsletter", "true")]);
            app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        }
        let rows = api.search_clients(&SearchClients::default()).await.unwrap().items;
        app.clock.advance(chrono::TimeDelta::seconds(5));
        let body = WithdrawConsent { purpose_id: form.purpose_id, channel: Channel::Email, note: None };
        api.withdraw_consent(rows[2].id, &body).await.unwrap();
        for row in rows {
            let reader = app.ctx.db.read();
            let states = zgoda_persistence::consents::states(&reader, row.id).await.unwrap();
            let ledger = zgoda_persistence::consents::ledger(&reader, row.id).await.unwrap();
            let events: Vec<_> = ledger.iter().map(zgoda_persistence::consents::LedgerEntry::state_event).collect();
            assert_eq!(states[0].2, zgoda_domain::consent::fold(&events).unwrap());
        }
    }

    /// Down the tree, once for each consent that stands; and never the other way, nor with a grant.
    async fn a_withdrawal_takes_what_is_below_with_it_and_a_grant_gives_nothing(app: TestApp) {
        let api = app.owner().await;
        let mut purposes: Vec<PurposeId> = Vec::new();
        for (name, parent_id) in [("Marketing", None), ("Nowości", Some(0)), ("Okazje", Some(1)), ("Umowa", None)] {
            let body = CreatePurpose {
                name: name.into(),
                basis: LawfulBasis::Consent,
                is_marketing: true,
                channels: vec![Channel::Email, Channel::Sms],
                validity_days: None,
                parent_id: parent_id.map(|at: usize| purposes[at]),
                double_opt_in: false,
            };
            purposes.push(PurposeId::from_uuid(api.create_purpose(&body, None).await.unwrap().id));
        }
        let [top, middle, bottom, beside] = purposes[..] else { panic!() };
        let client = app.client(&api, "Ada").await;
        let record = async |purpose_id, channel, kind| {
            app.clock.advance(chrono::TimeDelta::seconds(1));
            let now = app.clock.now();
            let event = NewConsentEvent {
                id: ConsentEventId::generate(now, app.ctx.entropy()),
                client_id: client,
                purpose_id,
                channel,
                kind,
                method: ConsentMethod::Paper,
                wording_id: None,
                form_version_id: None,
                submission_id: None,
                actor: Actor::System { job: "test" },
                occurred_at: now,
                grade: (kind == ConsentEventKind::RecordedByStaff).then_some(EvidenceGrade::C),
                file_id: None,
                caused_by: None,
                evidence: json!({}),
            };
            let tx = app.ctx.db.begin().await.unwrap();
            zgoda_persistence::consents::record(&tx, &event, now).await.unwrap();
            tx.commit_unaudited("a test").await.unwrap();
            event.id
        };
        let standing = async || {
            let states = zgoda_persistence::consents::states(&app.ctx.db.read(), client).await.unwrap();
            let given = states.into_iter().filter(|(_, _, state)| state.status == ConsentStatus::Given);
            let mut given: Vec<_> = given.map(|(purpose, channel, _)| (purpose, channel)).collect();
            given.sort_unstable();
            given
        };
        record(top, Channel::Email, ConsentEventKind::RecordedByStaff).await;
        assert_eq!(standing().await, [(top, Channel::Email)], "a grant reaches nothing below");
        for purpose in [middle, bottom, beside] {
            record(purpose, Channel::Email, ConsentEventKind::RecordedByStaff).await;
        }
        record(bottom, Channel::Sms, ConsentEventKind::RecordedByStaff).await;
        let cause = record(top, Channel::Email, ConsentEventKind::Withdrawn).await;
        let mut left = vec![(bottom, Channel::Sms), (beside, Channel::Email)];
        left.sort_unstable();
        assert_eq!(standing().await, left, "other channels and other trees stand");
        let ledger = zgoda_persistence::consents::ledger(&app.ctx.db.read(), client).await.unwrap();
        let followed: Vec<_> = ledger.iter().filter(|entry| entry.caused_by == Some(cause)).map(|entry| (entry.purpose_id, entry.kind, entry.method)).collect();
        assert_eq!(followed.len(), 2);
        for purpose in [middle, bottom] {
            assert!(followed.contains(&(purpose, ConsentEventKind::Withdrawn, ConsentMethod::Cascade)));
        }
        record(top, Channel::Email, ConsentEventKind::RecordedByStaff).await;
        left.push((top, Channel::Email));
        left.sort_unstable();
        assert_eq!(standing().await, left, "given anew, it gives back nothing below");
        record(bottom, Channel::Sms, ConsentEventKind::Withdrawn).await;
        assert!(standing().await.contains(&(top, Channel::Email)), "nor does a withdrawal reach up");
    }
}
