//! The ledger as staff meet it.

use crate::code;
use sea_orm::ConnectionTrait;
use serde_json::json;
use zgoda_api_types::{
    clients::{ClientBody, FilterCondition, SearchClients},
    consents::WithdrawConsent,
    problem::ProblemCode,
};
use zgoda_domain::{
    consent::{Channel, ConsentEventKind, ConsentStatus},
    custom_field::FieldKind,
    field_ref::FieldRef,
    list::Operator,
};
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
}
