//! Consent receipts: of a card, by mail, of what a form was just sent with, and in what is handed over.

use crate::{code, complaint, organisation::example};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use zgoda_api_types::{
    clients::{ClientBody, SearchClients},
    consents::WithdrawConsent,
    forms::CreateForm,
    problem::ProblemCode,
    receipts::WhichConsent,
};
use zgoda_app::receipts::{Verified, keys, verify};
use zgoda_client::Api;
use zgoda_domain::{
    Rule,
    access::{
        FieldRestriction, Right,
        role::{RoleDefinition, RoleTemplate},
    },
    audit::Action,
    client::{BuiltinField, ClientInput},
    consent::{Channel, EvidenceGrade, Language},
    field_ref::FieldRef,
    form::{FormDefinition, Mapping},
    form_templates::FormTemplate,
    id::{ClientId, FormId},
    receipt::{EventState, Receipt},
};
use zgoda_test_support::{TestApp, TestForm, on_both_databases};

const SITE: &str = "https://www.example.com";

/// A client who gave a consent through a form.
async fn consented(app: &TestApp, owner: &Api) -> (TestForm, ClientId, WhichConsent) {
    let form = app.published_form(owner, SITE).await;
    let answers = form.answers(&[("name", "Ewa Lis"), ("email", "ewa@example.com"), ("newsletter", "true")]);
    app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
    let client = owner.search_clients(&SearchClients::default()).await.unwrap().items.remove(0).id;
    let which = WhichConsent { purpose_id: form.purpose_id, channel: Channel::Email };
    (form, client, which)
}

/// The receipt that a signed text or page carries, which must be ours to the last letter.
fn genuine(app: &TestApp, text: &str) -> Receipt {
    match verify(text, &keys(&app.ctx)).unwrap() {
        Verified::Text(receipt) | Verified::Page(receipt) => *receipt,
        Verified::ForeignPage(_) => panic!("the page is not what the program writes"),
    }
}

async fn count(owner: &Api, action: Action) -> usize {
    owner.audit_events(None).await.unwrap().items.iter().filter(|entry| entry.action == action).count()
}

/// Asks for the receipt of a submission, as a page of `origin` does.
async fn claim(app: &TestApp, form: &TestForm, receipt: &str, origin: &str) -> reqwest::Response {
    let url = format!("{}/api/v1/public/forms/{}/receipts", app.base, form.public_id);
    reqwest::Client::new().post(url).header("Origin", origin).json(&json!({ "receipt": receipt })).send().await.unwrap()
}

on_both_databases! {
    async fn a_card_answers_the_receipt_of_a_consent_with_its_history(app: TestApp) {
        let owner = app.owner().await;
        owner.change_organisation(0, &example()).await.unwrap();
        let (_, client, which) = consented(&app, &owner).await;
        let signed = owner.consent_receipt(client, which).await.unwrap();
        let receipt = genuine(&app, &signed.jws);
        assert_eq!(serde_json::to_value(&receipt).unwrap(), signed.receipt);
        assert_eq!((receipt.pii_principal_id, receipt.issued_at), (client.as_uuid(), app.ctx.now()));
        let record = &receipt.records[0];
        assert_eq!((record.status, record.processing.purpose.name.as_str()), (EventState::Given, "Newsletter"));
        let event = &record.events[0];
        assert_eq!((event.event_state, event.grade), (EventState::Given, Some(EvidenceGrade::B)));
        assert_eq!(event.wording.as_ref().unwrap().text, "Zgadzam się na newsletter.");
        assert_eq!(receipt.controller().unwrap().name, "Przykład sp. z o.o.");
        assert_eq!(record.processing.withdrawal_method, ["mailto:dane@example.com", "https://example.com/prywatnosc"]);
        // Who the person is, the receipt does not say.
        assert!(!signed.receipt.to_string().contains("ewa") && !signed.receipt.to_string().contains("Lis"));
        // Withdrawn, the same consent is told with both events.
        app.clock.advance(TimeDelta::seconds(5));
        let body = WithdrawConsent { purpose_id: which.purpose_id, channel: which.channel, note: Some("telefon".into()) };
        owner.withdraw_consent(client, &body).await.unwrap();
        let page = owner.consent_receipt_html(client, which).await.unwrap();
        assert_eq!(page.file_name, format!("potwierdzenie-{}.html", app.ctx.now().format("%Y-%m-%d")));
        let text = String::from_utf8(page.bytes).unwrap();
        let receipt = genuine(&app, &text);
        assert_eq!(receipt.records[0].status, EventState::Withdrawn);
        let states: Vec<_> = receipt.records[0].events.iter().map(|event| event.event_state).collect();
        assert_eq!(states, [EventState::Given, EventState::Withdrawn]);
        assert!(text.contains("Zgadzam się na newsletter.") && text.contains("dane@example.com"));
        // The page cannot be made to say something else, nor the signed text.
        let lying = text.replace("Zgadzam się", "Nie zgadzam się");
        assert!(matches!(verify(&lying, &keys(&app.ctx)), Ok(Verified::ForeignPage(_))));
        assert!(verify(&signed.jws.replacen('A', "B", 1), &keys(&app.ctx)).is_err());
        // The published keys are those that check it.
        let published = serde_json::to_string(&owner.public_keys().await.unwrap()).unwrap();
        assert!(verify(&text, &serde_json::from_str(&published).unwrap()).is_ok());
        assert_eq!(count(&owner, Action::ReceiptMade).await, 2);
    }

    async fn without_an_organisation_a_receipt_says_that_nothing_was_stated(app: TestApp) {
        let owner = app.owner().await;
        let (_, client, which) = consented(&app, &owner).await;
        let receipt = genuine(&app, &owner.consent_receipt(client, which).await.unwrap().jws);
        let controller = receipt.controller().unwrap();
        assert_eq!((controller.name.as_str(), controller.party_id.as_str()), ("not stated", &*app.ctx.public_url));
        assert_eq!(receipt.records[0].processing.withdrawal_method, [&*app.ctx.public_url]);
    }

    async fn a_consent_is_as_visible_as_its_column(app: TestApp) {
        let owner = app.owner().await;
        let (_, client, which) = consented(&app, &owner).await;
        let column = owner.custom_fields().await.unwrap().into_iter().find(|field| field.purpose_id == Some(which.purpose_id)).unwrap().id;
        let with = |field: FieldRef, restriction| {
            let mut definition = RoleTemplate::Owner.definition();
            definition.rights.remove(&Right::AdministerOwners);
            RoleDefinition { fields: BTreeMap::from([(field, restriction)]), ..definition }
        };
        let consent = FieldRef::Custom(column);
        for (name, field, restriction, made, sent) in [
            ("Halina", consent, FieldRestriction::Hidden, Some(ProblemCode::NotFound), Some(ProblemCode::NotFound)),
            ("Marek", consent, FieldRestriction::Masked, Some(ProblemCode::Invalid), Some(ProblemCode::Invalid)),
            ("Olga", consent, FieldRestriction::ReadOnly, None, None),
            // Who does not see the address sends nothing to it.
            ("Piotr", FieldRef::Builtin(BuiltinField::Email), FieldRestriction::Masked, None, Some(ProblemCode::Invalid)),
        ] {
            let member = app.member(name, app.role(&owner, name, with(field, restriction)).await).await;
            assert_eq!(member.consent_receipt(client, which).await.err().map(refusal), made, "{name}");
            assert_eq!(member.consent_receipt_html(client, which).await.err().map(refusal), made, "{name}");
            assert_eq!(member.send_consent_receipt(client, which).await.err().map(refusal), sent, "{name}");
            assert_eq!(app.letters().await.len(), usize::from(sent.is_none()), "{name}");
        }
        // Nothing stands for that channel.
        let other = WhichConsent { channel: Channel::Sms, ..which };
        assert_eq!(code(owner.consent_receipt(client, other).await), ProblemCode::NotFound);
    }

    async fn a_receipt_is_mailed_to_the_clients_own_address(app: TestApp) {
        let owner = app.owner().await;
        owner.change_organisation(0, &example()).await.unwrap();
        let (_, client, which) = consented(&app, &owner).await;
        owner.send_consent_receipt(client, which).await.unwrap();
        let letter = app.letters().await.remove(0);
        assert_eq!((letter.to.as_str(), letter.subject.as_str()), ("ewa@example.com", "Potwierdzenie zgody"));
        assert!(letter.text.contains("dane@example.com") && letter.text.contains("Przykład sp. z o.o."));
        let file = &letter.attachments.as_slice()[0];
        assert_eq!(file.media_type(), "text/html");
        assert!(file.name().starts_with("potwierdzenie-"));
        let receipt = genuine(&app, std::str::from_utf8(file.bytes()).unwrap());
        assert_eq!(receipt.pii_principal_id, client.as_uuid());
        assert_eq!(count(&owner, Action::ReceiptSent).await, 1);
        // Without an address there is nobody to send it to.
        let card = owner.client(client).await.unwrap();
        let body = ClientBody { details: ClientInput { email: None, ..card.value.details }, custom: BTreeMap::new() };
        owner.change_client(client, card.version, &body).await.unwrap();
        assert_eq!(complaint(owner.send_consent_receipt(client, which).await), ("/email".into(), Rule::Required));
        assert!(app.letters().await.is_empty());
        assert_eq!(count(&owner, Action::ReceiptSent).await, 1);
    }

    async fn a_receipt_that_waits_goes_with_its_client(app: TestApp) {
        let owner = app.owner().await;
        let (_, client, which) = consented(&app, &owner).await;
        owner.send_consent_receipt(client, which).await.unwrap();
        assert_eq!(app.rows("outbox").await, 1);
        let card = owner.client(client).await.unwrap();
        owner.delete_client(client, card.version).await.unwrap();
        assert_eq!(app.rows("outbox").await, 0);
        assert!(app.letters().await.is_empty());
    }

    async fn a_visitor_gets_the_receipt_of_what_was_just_ticked(app: TestApp) {
        let owner = app.owner().await;
        owner.change_organisation(0, &example()).await.unwrap();
        let (form, client, _) = consented(&app, &owner).await;
        app.clock.advance(TimeDelta::seconds(1));
        let send = async |email: &str, newsletter: &str| {
            let answers = form.answers(&[("name", "Ewa Lis"), ("email", email), ("newsletter", newsletter)]);
            app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap()
        };
        // One address is known, the other is not: what they get differs in numbers alone.
        let (known, unknown) = (send("ewa@example.com", "true").await, send("nowa@example.com", "true").await);
        let mut told = Vec::new();
        for sent in [&known, &unknown] {
            let answer = claim(&app, &form, sent.receipt.as_deref().unwrap(), SITE).await;
            assert_eq!(answer.status(), 200);
            assert_eq!(answer.headers()["access-control-allow-origin"], SITE);
            let page = answer.text().await.unwrap();
            let mut receipt = serde_json::to_value(genuine(&app, &page)).unwrap();
            assert_eq!(receipt["pii_principal_id"], json!(sent.id));
            assert!(!page.contains(&client.to_string()) && !page.contains("example.com/ewa") && !page.contains("ewa@"));
            receipt["receipt_id"] = Value::Null;
            told.push(receipt.to_string().replace(&sent.id.to_string(), "ID"));
        }
        assert_eq!(told[0], told[1]);
        assert!(told[0].contains("dpv:ConsentGiven") && told[0].contains("Zgadzam się na newsletter."));
        // No tick, no receipt.
        assert_eq!(send("inna@example.com", "").await.receipt, None);
        // Of use for an hour, on the form's own pages, as it was given out.
        let token = known.receipt.unwrap();
        assert_eq!(claim(&app, &form, &token, "https://evil.example").await.status(), 403);
        let mut changed = token.clone().into_bytes();
        changed[30] ^= 1;
        assert_eq!(claim(&app, &form, &String::from_utf8(changed).unwrap(), SITE).await.status(), 410);
        app.clock.advance(TimeDelta::minutes(61));
        assert_eq!(claim(&app, &form, &token, SITE).await.status(), 410);
    }

    /// Nobody can send the form any more; those who did still have their hour.
    async fn a_closed_or_full_form_still_hands_out_receipts(app: TestApp) {
        let owner = app.owner().await;
        let mut form = app.published_form(&owner, SITE).await;
        form.definition.quota = Some(1);
        app.publish(&owner, form.id, &form.definition).await;
        form.public = app.visitor().public_form(&form.public_id).await.unwrap();
        let answers = form.answers(&[("name", "Ewa Lis"), ("email", "ewa@example.com"), ("newsletter", "true")]);
        let sent = app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap().receipt.unwrap();
        for closed in [false, true] {
            if closed {
                owner.close_form(form.id).await.unwrap();
            }
            assert_eq!(code(app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await), ProblemCode::FormClosed);
            let answer = claim(&app, &form, &sent, SITE).await;
            assert_eq!((answer.status().as_u16(), &answer.headers()["access-control-allow-origin"]), (200, &SITE.parse().unwrap()));
            assert_eq!(genuine(&app, &answer.text().await.unwrap()).records[0].status, EventState::Given);
            let url = format!("{}/api/v1/public/forms/{}/receipts", app.base, form.public_id);
            let asked = reqwest::Client::new().request(reqwest::Method::OPTIONS, url).header("Origin", SITE).send().await.unwrap();
            assert_eq!(asked.headers()["access-control-allow-origin"], SITE);
            assert_eq!(claim(&app, &form, &sent, "https://evil.example").await.status(), 403);
            let hosted = reqwest::Client::new()
                .post(format!("{}/f/{}/receipt", app.base, form.public_id))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(format!("receipt={sent}"));
            assert_eq!(hosted.send().await.unwrap().status(), 200);
        }
        // It is the receipt of that form, and of no other.
        let body = CreateForm { name: "Inny".into(), template: FormTemplate::Empty, language: Language::Pl };
        let id = FormId::from_uuid(owner.create_form(&body, None).await.unwrap().id);
        let definition = FormDefinition { quota: None, ..form.definition.clone() };
        let public_id = app.publish(&owner, id, &definition).await;
        let public = app.visitor().public_form(&public_id).await.unwrap();
        let other = TestForm { id, public_id, public, definition, purpose_id: form.purpose_id, origin: form.origin.clone() };
        assert_eq!(claim(&app, &other, &sent, SITE).await.status(), 410);
        app.clock.advance(TimeDelta::minutes(61));
        assert_eq!(claim(&app, &form, &sent, SITE).await.status(), 410);
    }

    async fn a_receipt_claims_neither_a_text_that_was_not_shown_nor_a_consent_that_waits(app: TestApp) {
        let owner = app.owner().await;
        let mut form = app.published_form(&owner, SITE).await;
        let answers = form.answers(&[("email", "ewa@example.com"), ("newsletter", "true")]);
        let public_id = form.public_id.clone();
        let send = async || app.visitor().submit(&public_id, &answers, Some("raz"), Some(SITE)).await.unwrap();
        assert!(send().await.receipt.is_some());
        form.definition.confirm_first = true;
        app.publish(&owner, form.id, &form.definition).await;
        // The lost answer is given again; nobody saw what the form says now.
        assert_eq!(send().await.receipt, None);
        form.public = app.visitor().public_form(&form.public_id).await.unwrap();
        let held = app.visitor().submit(&form.public_id, &form.answers(&[("email", "jan@example.com"), ("newsletter", "true")]), None, Some(SITE)).await.unwrap();
        let page = claim(&app, &form, &held.receipt.unwrap(), SITE).await.text().await.unwrap();
        assert_eq!(genuine(&app, &page).records[0].status, EventState::Requested);
        // A form that only stores gives no consent, and no receipt of one.
        form.definition.confirm_first = false;
        form.definition.mapping = Mapping::Nothing;
        for field in &mut form.definition.fields {
            field.target = None;
        }
        app.publish(&owner, form.id, &form.definition).await;
        form.public = app.visitor().public_form(&form.public_id).await.unwrap();
        let stored = app.visitor().submit(&form.public_id, &form.answers(&[("email", "ola@example.com"), ("newsletter", "true")]), None, Some(SITE)).await.unwrap();
        assert_eq!(stored.receipt, None);
    }

    async fn the_hosted_page_offers_it_without_a_script(app: TestApp) {
        let owner = app.owner().await;
        let (form, ..) = consented(&app, &owner).await;
        let page = format!("{}/f/{}", app.base, form.public_id);
        let http = reqwest::Client::new();
        let version = form.public.form_version.to_string();
        let fields = [("_version", version.as_str()), ("name", "Jan"), ("email", "jan@example.com"), ("newsletter", "true")];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let urlencoded = "application/x-www-form-urlencoded";
        let thanks = http.post(&page).header("Content-Type", urlencoded).body(body).send().await.unwrap().text().await.unwrap();
        let token = thanks.split("name=\"receipt\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        // The form was published anew meanwhile: the receipt tells of what was shown.
        let mut definition = form.definition.clone();
        definition.title = "Inny".into();
        definition.fields.remove(0);
        app.publish(&owner, form.id, &definition).await;
        let ask = async |token: &str| {
            http.post(format!("{page}/receipt")).header("Content-Type", urlencoded).body(format!("receipt={token}")).send().await.unwrap()
        };
        let answer = ask(token).await;
        assert_eq!(answer.status(), 200);
        assert!(answer.headers()["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\"potwierdzenie-"));
        let receipt = genuine(&app, &answer.text().await.unwrap());
        assert_eq!(receipt.records[0].events[0].wording.as_ref().unwrap().text, "Zgadzam się na newsletter.");
        assert_eq!(ask("nonsense").await.status(), 410);
    }

    async fn what_is_handed_over_has_the_receipts_in_it(app: TestApp) {
        let owner = app.owner().await;
        let (_, client, _) = consented(&app, &owner).await;
        let data: Value = serde_json::from_slice(&owner.subject_data_json(client).await.unwrap().bytes).unwrap();
        let receipts = data["receipts"].as_array().unwrap();
        assert_eq!(receipts.len(), 1);
        let receipt = genuine(&app, receipts[0]["jws"].as_str().unwrap());
        assert_eq!(serde_json::to_value(&receipt).unwrap(), receipts[0]["receipt"]);
        assert_eq!(receipt.records[0].status, EventState::Given);
    }
}

/// The example of `docs/receipts.md`, which the program made.
#[test]
fn the_example_in_the_documentation_verifies() {
    let read = |name: &str| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples").join(name);
        std::fs::read_to_string(path).unwrap()
    };
    let keys = serde_json::from_str(&read("receipt-keys.json")).unwrap();
    let (Verified::Text(receipt) | Verified::Page(receipt) | Verified::ForeignPage(receipt)) =
        verify(&read("receipt.html"), &keys).unwrap();
    assert_eq!(receipt.controller().unwrap().name, example().name);
}

fn refusal(error: zgoda_client::ApiError) -> ProblemCode {
    match error {
        zgoda_client::ApiError::Problem(problem) => problem.code,
        other => panic!("{other:?}"),
    }
}
