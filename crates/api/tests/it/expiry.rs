//! Consents that run out: recorded by themselves, once, wherever they are shown.

use chrono::TimeDelta;
use zgoda_api_types::{
    clients::SearchClients,
    consents::{CreatePurpose, CreateWording, WithdrawConsent},
};
use zgoda_app::{Clock, ledger};
use zgoda_client::{Api, AuditSearch};
use zgoda_domain::{
    access::{FieldRestriction, role::RoleTemplate},
    audit::Action,
    consent::{Channel, ConsentEventKind, ConsentMethod, ConsentStatus, Language, LawfulBasis},
    field_ref::FieldRef,
    form::ConsentItem,
    id::{ClientId, PurposeId, WordingId},
};
use zgoda_persistence::ledger::LedgerVerdict;
use zgoda_test_support::{Backend, TestApp, TestForm, on_both_databases};

const SITE: &str = "https://www.example.com";

/// A form whose consent lasts thirty days.
async fn form_for_a_month(app: &TestApp, api: &Api) -> TestForm {
    let purpose = CreatePurpose {
        name: "Konkurs".into(),
        basis: LawfulBasis::Consent,
        is_marketing: true,
        channels: vec![Channel::Email],
        validity_days: Some(30),
        parent_id: None,
        double_opt_in: false,
    };
    let purpose_id = PurposeId::from_uuid(api.create_purpose(&purpose, None).await.unwrap().id);
    let wording = CreateWording { language: Language::Pl, channel: None, text: "Zgadzam się na miesiąc.".into() };
    let wording_id = WordingId::from_uuid(api.create_wording(purpose_id, &wording, None).await.unwrap().id);
    let mut form = app.published_form(api, SITE).await;
    for field in form.definition.fields.iter_mut().filter(|field| field.consent.is_some()) {
        field.consent = Some(ConsentItem { purpose_id, channel: Channel::Email, wording_id });
    }
    form.public_id = app.publish(api, form.id, &form.definition).await;
    form.public = app.visitor().public_form(&form.public_id).await.unwrap();
    form.purpose_id = purpose_id;
    form
}

async fn submit(app: &TestApp, form: &TestForm, name: &str) {
    let answers = form.answers(&[("email", &format!("{name}@example.com")), ("newsletter", "true")]);
    app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
}

async fn client(api: &Api, name: &str) -> ClientId {
    let rows = api.search_clients(&SearchClients::default()).await.unwrap().items;
    rows.into_iter().find(|row| row.email == Some(format!("{name}@example.com"))).unwrap().id
}

on_both_databases! {
    async fn a_consent_past_its_validity_is_recorded_as_expired_once(app: TestApp) {
        let api = app.owner().await;
        let form = form_for_a_month(&app, &api).await;
        for name in ["jan", "ewa", "ola"] {
            submit(&app, &form, name).await;
        }
        let given_at = app.clock.now();
        let (jan, ewa) = (client(&api, "jan").await, client(&api, "ewa").await);
        app.clock.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
        let api = app.owner().await;
        let body = WithdrawConsent { purpose_id: form.purpose_id, channel: Channel::Email, note: None };
        api.withdraw_consent(ewa, &body).await.unwrap();
        assert_eq!(ledger::expire_due(&app.ctx).await.unwrap(), 0);
        app.clock.advance(TimeDelta::seconds(1));
        assert_eq!(ledger::expire_due(&app.ctx).await.unwrap(), 2);
        assert_eq!(ledger::expire_due(&app.ctx).await.unwrap(), 0);
        assert_eq!(app.rows("consent_events where kind = 'expired'").await, 2);

        let card = api.client(jan).await.unwrap().value;
        let consent = card.consents.into_iter().find(|consent| consent.purpose_id == form.purpose_id).unwrap();
        assert_eq!(consent.status, ConsentStatus::Expired);
        let kinds: Vec<_> = consent.events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [ConsentEventKind::Expired, ConsentEventKind::Given]);
        let event = &consent.events[0];
        assert_eq!((event.method, event.occurred_at, event.recorded_at), (ConsentMethod::Job, given_at + TimeDelta::days(30), app.clock.now()));
        let columns = api.custom_fields().await.unwrap();
        let column = columns.iter().find(|field| field.purpose_id == Some(form.purpose_id)).unwrap().id;
        assert_eq!(card.custom.get(&column), Some(&serde_json::json!("expired")));
        assert_eq!(api.client(ewa).await.unwrap().value.custom.get(&column), Some(&serde_json::json!("withdrawn")));

        let history = api.client_history(jan, None).await.unwrap().items;
        let told: Vec<_> = history.iter().filter(|entry| entry.action == Action::ConsentExpired).collect();
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].actor_kind.as_str(), told[0].fields.as_slice()), ("system", &[format!("purpose:{}", form.purpose_id), "channel:email".to_owned()][..]));
        let all = AuditSearch { action: Some(Action::ConsentExpired), ..AuditSearch::default() };
        assert_eq!(api.search_audit_events(all, None).await.unwrap().items.len(), 2);

        app.run_jobs().await;
        let size = u64::try_from(app.rows("consent_events").await).unwrap();
        assert_eq!(ledger::verify(&app.ctx, &[]).await.unwrap(), LedgerVerdict::Intact { size, pending: 0, checkpoints: 0 });
        assert_eq!(ledger::check_consents(&app.ctx, |_| ()).await.unwrap().differences, 0);
    }

    /// Where a consent stands is not shown by the log either.
    async fn whoever_does_not_see_the_consent_does_not_see_that_it_ran_out(app: TestApp) {
        let owner = app.owner().await;
        let form = form_for_a_month(&app, &owner).await;
        submit(&app, &form, "jan").await;
        let jan = client(&owner, "jan").await;
        let column = owner.custom_fields().await.unwrap().into_iter().find(|field| field.purpose_id == Some(form.purpose_id)).unwrap().id;
        let mut definition = RoleTemplate::Administrator.definition();
        definition.fields.insert(FieldRef::Custom(column), FieldRestriction::Hidden);
        let role = app.role(&owner, "bez konkursu", definition).await;
        app.clock.advance(TimeDelta::days(31));
        ledger::expire_due(&app.ctx).await.unwrap();
        let member = app.member("Marek", role).await;
        let owner = app.owner().await;
        for (api, shown) in [(&owner, true), (&member, false)] {
            let named = |entries: Vec<zgoda_api_types::audit::AuditEntry>| entries.iter().any(|entry| entry.action == Action::ConsentExpired);
            assert_eq!(named(api.client_history(jan, None).await.unwrap().items), shown);
            let log = api.audit_events(None).await.unwrap().items;
            assert_eq!(serde_json::to_string(&log).unwrap().contains("expir"), shown);
            assert_eq!(named(log), shown);
        }
    }
}

/// Two replicas look at the same moment: nothing is recorded twice, and neither waits for the other in a circle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_record_each_expiry_once() {
    let app = TestApp::start(Backend::Postgres).await;
    let replica = app.replica(TimeDelta::zero()).await;
    let api = app.owner().await;
    let form = form_for_a_month(&app, &api).await;
    for n in 0..12 {
        submit(&app, &form, &format!("k{n}")).await;
    }
    app.clock.advance(TimeDelta::days(31));
    let both = tokio::join!(ledger::expire_due(&app.ctx), ledger::expire_due(&replica.ctx));
    let left = ledger::expire_due(&app.ctx).await.unwrap();
    assert_eq!(both.0.unwrap() + both.1.unwrap() + left, 12);
    assert_eq!(app.rows("consent_events where kind = 'expired'").await, 12);
    assert_eq!(app.rows("consent_states where status = 'expired'").await, 12);
    assert_eq!(app.rows("audit_events where action = 'consent_expired'").await, 12);
    let (here, there) = (app.ctx.db.clone(), replica.ctx.db.clone());
    replica.stop().await;
    app.stop().await;
    there.close().await;
    here.close().await;
}
