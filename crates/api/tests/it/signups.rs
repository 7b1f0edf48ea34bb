//! Double opt-in: what waits for the click in a mail, what the click does, and what nothing else does.

use crate::{code, complaint, recorded::given, sealing::stored};
use chrono::TimeDelta;
use futures::{StreamExt, future::join_all, stream};
use reqwest::{Client, Method, StatusCode};
use sea_orm::{ConnectionTrait, Statement};
use std::collections::BTreeMap;
use zgoda_api_types::{
    clients::{ClientBody, SearchClients},
    consents::{ChangePurpose, Consent, CreatePurpose, CreateWording, WithdrawConsent},
    forms::{CreateForm, FormStatus, Submit, Submitted},
    problem::ProblemCode,
};
use zgoda_app::{
    confirmation, jobs, published_forms,
    receipts::{self, Verified},
    submissions::{self, Visit},
};
use zgoda_client::{Api, AuditSearch};
use zgoda_domain::{
    Rule,
    access::{FieldRestriction, Origin, role::RoleTemplate},
    audit::Action,
    client::{BuiltinField, ClientInput},
    consent::{Channel, ConsentEventKind, ConsentMethod, ConsentStatus, EvidenceGrade, Language, LawfulBasis},
    field_ref::FieldRef,
    form::{ConsentItem, FormDefinition, FormField, FormFieldKind, Mapping, Reply},
    form_templates::FormTemplate,
    id::{ClientId, FormId, PurposeId, SubmissionId, WordingId},
    message::Email,
    receipt::EventState,
    submission::SubmissionStatus,
};
use zgoda_test_support::{Backend, TestApp, TestForm, on_both_databases};

const SITE: &str = "https://www.example.com";
/// Typed by whoever sent the form; must not get into a mail.
const TYPED: &str = "Xq7Zwyłudzacz";
/// What a sign-up touches.
const TABLES: [&str; 7] =
    ["clients", "submissions", "consent_events", "pending_signups", "confirmation_mails", "outbox", "audit_events"];

/// A purpose whose consents are given by the click alone.
async fn double_purpose(api: &Api, name: &str) -> (PurposeId, WordingId) {
    let purpose = CreatePurpose {
        name: name.into(),
        basis: LawfulBasis::Consent,
        is_marketing: true,
        channels: vec![Channel::Email],
        validity_days: None,
        parent_id: None,
        double_opt_in: true,
    };
    let purpose = PurposeId::from_uuid(api.create_purpose(&purpose, None).await.unwrap().id);
    let wording = CreateWording { language: Language::Pl, channel: None, text: format!("Zgadzam się: {name}.") };
    (purpose, WordingId::from_uuid(api.create_wording(purpose, &wording, None).await.unwrap().id))
}

fn consent_field(key: &str, (purpose_id, wording_id): (PurposeId, WordingId)) -> FormField {
    FormField {
        key: key.into(),
        kind: FormFieldKind::Consent,
        label: key.into(),
        hint: None,
        required: false,
        options: vec![],
        target: None,
        consent: Some(ConsentItem { purpose_id, channel: Channel::Email, wording_id }),
        file: None,
    }
}

async fn published(app: &TestApp, api: &Api, mut form: TestForm) -> TestForm {
    app.publish(api, form.id, &form.definition).await;
    form.public = app.visitor().public_form(&form.public_id).await.unwrap();
    form
}

/// Name, address, city, a newsletter in one step, and two consents in two steps: `news` and `offers`.
async fn mixed_form(app: &TestApp, api: &Api) -> TestForm {
    let mut form = app.published_form(api, SITE).await;
    form.definition.fields.push(consent_field("news", double_purpose(api, "Nowości").await));
    form.definition.fields.push(consent_field("offers", double_purpose(api, "Oferty").await));
    published(app, api, form).await
}

/// The same form, where nothing becomes of a submission before the click.
async fn held_form(app: &TestApp, api: &Api) -> TestForm {
    let mut form = mixed_form(app, api).await;
    form.definition.confirm_first = true;
    published(app, api, form).await
}

/// One more form that asks for the same.
async fn one_more(app: &TestApp, api: &Api, like: &TestForm, confirm_first: bool) -> TestForm {
    let body = CreateForm { name: "Kontakt".into(), template: FormTemplate::Empty, language: Language::Pl };
    let id = FormId::from_uuid(api.create_form(&body, None).await.unwrap().id);
    let definition = FormDefinition { confirm_first, ..like.definition.clone() };
    let public_id = app.publish(api, id, &definition).await;
    let public = app.visitor().public_form(&public_id).await.unwrap();
    TestForm { id, public_id, public, definition, purpose_id: like.purpose_id, origin: like.origin.clone() }
}

async fn send(app: &TestApp, form: &TestForm, answers: &[(&str, &str)]) -> Submitted {
    app.visitor().submit(&form.public_id, &form.answers(answers), None, Some(SITE)).await.unwrap()
}

/// The token in a confirmation mail; its two links carry the same.
fn token(letter: &Email) -> String {
    let links: Vec<&str> = letter.text.split_whitespace().filter(|word| word.contains("/confirm/")).collect();
    assert_eq!(links.len(), 2, "{}", letter.text);
    assert_eq!(links[1], format!("{}/cancel", links[0]));
    links[0].rsplit('/').next().unwrap().to_owned()
}

async fn page(app: &TestApp, method: Method, path: &str, body: Option<&[(&str, &str)]>) -> (StatusCode, String) {
    let request = Client::new().request(method, format!("{}/confirm/{path}", app.base));
    let request = match body {
        Some(fields) => {
            let text: String = url_encoded(fields);
            request.header("Content-Type", "application/x-www-form-urlencoded").body(text)
        }
        None => request,
    };
    let answer = request.send().await.unwrap();
    let headers = answer.headers().clone();
    assert!(headers.get("set-cookie").is_none());
    assert_eq!(headers["referrer-policy"], "no-referrer");
    assert_eq!(headers["cache-control"], "no-store");
    (answer.status(), answer.text().await.unwrap())
}

fn url_encoded(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
}

async fn press(app: &TestApp, token: &str, ticked: &[&str]) -> (StatusCode, String) {
    let fields: Vec<_> = ticked.iter().map(|key| (*key, "true")).collect();
    page(app, Method::POST, token, Some(&fields)).await
}

/// What the database holds, to be compared with what it holds later.
async fn held(app: &TestApp) -> String {
    stored(app, &TABLES).await
}

async fn only_client(api: &Api) -> ClientId {
    let mut items = api.search_clients(&SearchClients::default()).await.unwrap().items;
    assert_eq!(items.len(), 1);
    items.remove(0).id
}

async fn with_address(api: &Api, email: &str) -> ClientId {
    let items = api.search_clients(&SearchClients::default()).await.unwrap().items;
    items.iter().find(|row| row.email.as_deref() == Some(email)).unwrap().id
}

async fn consents(api: &Api, client: ClientId) -> BTreeMap<String, Consent> {
    let card = api.client(client).await.unwrap().value;
    card.consents.into_iter().map(|consent| (consent.purpose_name.clone(), consent)).collect()
}

async fn known(api: &Api, name: &str, email: &str) -> ClientId {
    let details = ClientInput { name: Some(name.into()), email: Some(email.into()), ..ClientInput::default() };
    ClientId::from_uuid(api.create_client(&ClientBody { details, ..ClientBody::default() }, None).await.unwrap().id)
}

async fn logged(api: &Api, action: Action) -> usize {
    let search = AuditSearch { action: Some(action), ..AuditSearch::default() };
    let page = api.search_audit_events(search, None).await.unwrap();
    for entry in &page.items {
        assert_eq!((entry.actor_kind.as_str(), &entry.ip, &entry.user_agent), ("visitor", &None, &None));
    }
    page.items.len()
}

on_both_databases! {
    async fn nothing_becomes_of_a_submission_before_the_click(app: TestApp) {
        let api = app.owner().await;
        let form = held_form(&app, &api).await;
        let answers = [("name", TYPED), ("email", "zaneta@example.com"), ("newsletter", "true"), ("news", "true")];
        let receipt = send(&app, &form, &answers).await;
        assert!(receipt.confirm_by_mail);
        for table in ["clients", "submissions", "consent_events", "consent_states"] {
            assert_eq!(app.rows(table).await, 0, "{table}");
        }
        assert_eq!(app.rows("pending_signups").await, 1);
        assert_eq!(logged(&api, Action::SignupReceived).await, 1);
        assert_eq!(api.forms().await.unwrap()[0].waiting_signups, 1);

        let letters = app.letters().await;
        let letter = &letters[0];
        assert_eq!((letters.len(), letter.to.as_str(), &letter.to_name), (1, "zaneta@example.com", &None));
        let mail = format!("{}\n{}", letter.subject, letter.text);
        assert!(!mail.contains(TYPED) && !mail.contains("zaneta"), "{mail}");
        for said in ["Kontakt", "Newsletter", "Nowości", "www.example.com", "15 stycznia 2026, 11:00", "to nie ja"] {
            assert!(mail.contains(said), "{said} is missing: {mail}");
        }
        assert!(!mail.contains("Oferty"), "{mail}");
        let token = token(letter);
        let rows = held(&app).await;
        assert!(!rows.contains("zaneta@example.com") && !rows.contains(TYPED) && !rows.contains(&token));

        // Whoever only looks, a person or a program, changes nothing.
        for path in [token.clone(), format!("{token}/cancel")] {
            for method in [Method::GET, Method::HEAD] {
                assert_eq!(page(&app, method, &path, None).await.0, StatusCode::OK);
            }
        }
        let (_, shown) = page(&app, Method::GET, &token, None).await;
        for said in ["Zgadzam się na newsletter.", "Zgadzam się: Nowości.", "Kontakt"] {
            assert!(shown.contains(said), "{said} is missing: {shown}");
        }
        assert!(!shown.contains(TYPED) && !shown.contains("zaneta") && !shown.contains("Oferty"));
        assert_eq!(shown.matches(" checked").count(), 2);
        assert_eq!(held(&app).await, rows);

        app.clock.advance(TimeDelta::hours(2));
        let (status, done) = press(&app, &token, &["newsletter", "news", "offers"]).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        let api = app.owner().await;
        let client = only_client(&api).await;
        assert_eq!(api.client(client).await.unwrap().value.details.name.as_deref(), Some(TYPED));
        let all = consents(&api, client).await;
        // What was not ticked in the form cannot be added.
        assert_eq!(all.keys().collect::<Vec<_>>(), ["Newsletter", "Nowości"]);
        for consent in all.values() {
            assert_eq!((consent.status, consent.grade), (ConsentStatus::Given, Some(EvidenceGrade::A)));
            let [confirmed, given] = consent.events.as_slice() else { panic!("{:?}", consent.events) };
            assert_eq!((confirmed.kind, confirmed.method), (ConsentEventKind::Confirmed, ConsentMethod::DoiClick));
            assert_eq!((given.kind, given.method), (ConsentEventKind::Given, ConsentMethod::FormCheckbox));
            assert_eq!(confirmed.occurred_at - given.occurred_at, TimeDelta::hours(2));
            assert_eq!((given.grade, confirmed.grade), (Some(EvidenceGrade::A), Some(EvidenceGrade::A)));
            assert_eq!(given.evidence.page.as_deref(), Some(SITE));
            assert_eq!(confirmed.evidence.ip.as_deref(), Some("127.0.0.1"));
            assert_eq!(confirmed.wording, given.wording);
        }
        let submission = api.submission(SubmissionId::from_uuid(receipt.id)).await.unwrap();
        assert_eq!((submission.summary.status, submission.summary.client_id), (SubmissionStatus::Accepted, Some(client)));
        assert_eq!(app.rows("pending_signups").await, 0);
        assert_eq!(logged(&api, Action::ConsentConfirmed).await, 1);

        // The link is used up: it says so, and does nothing more.
        let before = held(&app).await;
        let (status, again) = press(&app, &token, &["newsletter"]).await;
        assert_eq!(status, StatusCode::GONE);
        assert!(again.contains("wszystko jest załatwione"), "{again}");
        assert_eq!(held(&app).await, before);
    }

    async fn only_the_consents_that_ask_for_it_wait_for_the_click(app: TestApp) {
        let api = app.owner().await;
        let form = mixed_form(&app, &api).await;
        let receipt = send(&app, &form, &[("email", "jan@example.com"), ("newsletter", "true")]).await;
        assert!(!receipt.confirm_by_mail);
        assert!(app.letters().await.is_empty());

        let answers = [("email", "ewa@example.com"), ("newsletter", "true"), ("news", "true"), ("offers", "true")];
        assert!(send(&app, &form, &answers).await.confirm_by_mail);
        let ewa = with_address(&api, "ewa@example.com").await;
        let all = consents(&api, ewa).await;
        assert_eq!(all.keys().collect::<Vec<_>>(), ["Newsletter"]);
        assert_eq!(all["Newsletter"].grade, Some(EvidenceGrade::B));

        let letters = app.letters().await;
        assert!(!letters[0].text.contains("Newsletter"), "what was given is not asked for again");
        let token = token(&letters[0]);
        // Nothing chosen is nothing said.
        let before = held(&app).await;
        assert_eq!(press(&app, &token, &[]).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(page(&app, Method::POST, &token, None).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(held(&app).await, before);
        assert_eq!(press(&app, &token, &["news"]).await.0, StatusCode::OK);
        let all = consents(&api, ewa).await;
        assert_eq!(all.keys().collect::<Vec<_>>(), ["Newsletter", "Nowości"]);
        assert_eq!(all["Nowości"].grade, Some(EvidenceGrade::A));
        assert_eq!((app.rows("submissions").await, app.rows("pending_signups").await), (2, 0));
    }

    /// Of what the click has given, and nothing else; for an hour from the click, however long the mail lay.
    async fn the_page_after_the_click_offers_the_receipt(app: TestApp) {
        let api = app.owner().await;
        let mixed = mixed_form(&app, &api).await;
        let held = one_more(&app, &api, &mixed, true).await;
        for (form, chosen) in [(&mixed, vec!["news"]), (&held, vec!["newsletter", "news"])] {
            let email = format!("{}@example.com", form.public_id.to_lowercase());
            let answers = [("email", &*email), ("newsletter", "true"), ("news", "true"), ("offers", "true")];
            let sent = send(&app, form, &answers).await;
            let sent_at = app.ctx.now();
            let ask = async |claim: &str| {
                let request = Client::new().post(format!("{}/f/{}/receipt", app.base, form.public_id));
                let request = request.header("Content-Type", "application/x-www-form-urlencoded");
                let answer = request.body(format!("receipt={claim}")).send().await.unwrap();
                (answer.status(), answer.text().await.unwrap())
            };
            let told = |page: &str| match receipts::verify(page, &receipts::keys(&app.ctx)).unwrap() {
                Verified::Page(receipt) => receipt,
                other => panic!("{other:?}"),
            };
            // What waits is not called given.
            let before = told(&ask(sent.receipt.as_deref().unwrap()).await.1);
            let whole = form.definition.confirm_first;
            let states: Vec<_> = before.records.iter().map(|record| record.status).collect();
            let newsletter = if whole { EventState::Requested } else { EventState::Given };
            assert_eq!(states, [newsletter, EventState::Requested, EventState::Requested]);

            app.clock.advance(TimeDelta::hours(30));
            let (_, page) = press(&app, &token(&app.letters().await[0]), &chosen).await;
            let clicked_at = app.ctx.now();
            let (_, rest) = page.split_once("name=\"receipt\" value=\"").unwrap();
            let claim = rest.split('"').next().unwrap();
            assert!(page.contains(&format!("action=\"/f/{}/receipt\"", form.public_id)), "{page}");
            app.clock.advance(TimeDelta::minutes(59));
            let (status, file) = ask(claim).await;
            assert_eq!(status, StatusCode::OK);
            let receipt = told(&file);
            assert_eq!((receipt.pii_principal_id, receipt.records.len()), (sent.id, chosen.len()));
            for record in &receipt.records {
                let [asked, confirmed] = record.events.as_slice() else { panic!("{:?}", record.events) };
                assert_eq!(asked.event_state, EventState::Requested);
                assert_eq!((record.status, asked.event_time, confirmed.event_time), (EventState::Given, sent_at, clicked_at));
                assert_eq!(confirmed.grade, Some(EvidenceGrade::A));
            }
            app.clock.advance(TimeDelta::minutes(2));
            assert_eq!(ask(claim).await.0, StatusCode::GONE);
        }
        // Who confirms no consent is offered no receipt.
        send(&app, &held, &[("email", "jan@example.com")]).await;
        let (status, page) = press(&app, &token(&app.letters().await[0]), &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!page.contains("name=\"receipt\""), "{page}");
    }

    /// What the click gave is told as what else may have come of it.
    async fn whoever_does_not_see_the_consent_does_not_see_that_it_was_confirmed(app: TestApp) {
        let owner = app.owner().await;
        let mixed = mixed_form(&app, &owner).await;
        let held = one_more(&app, &owner, &mixed, true).await;
        for form in [&mixed, &held] {
            let email = format!("{}@example.com", form.public_id.to_lowercase());
            send(&app, form, &[("email", &email), ("news", "true")]).await;
            app.clock.advance(TimeDelta::seconds(1));
            assert_eq!(press(&app, &token(&app.letters().await[0]), &["news"]).await.0, StatusCode::OK);
            app.clock.advance(TimeDelta::seconds(1));
        }
        let mut definition = RoleTemplate::Administrator.definition();
        for field in owner.custom_fields().await.unwrap().iter().filter(|field| field.purpose_id.is_some()) {
            definition.fields.insert(FieldRef::Custom(field.id), FieldRestriction::Hidden);
        }
        let member = app.member("Marek", app.role(&owner, "bez zgód", definition).await).await;
        let by_visitors = async |api: &Api, action: Option<Action>| {
            let items = api.search_audit_events(AuditSearch { action, ..AuditSearch::default() }, None).await.unwrap().items;
            items.into_iter().filter(|entry| entry.actor_kind == "visitor").collect::<Vec<_>>()
        };
        let actions = |entries: Vec<zgoda_api_types::audit::AuditEntry>| entries.into_iter().map(|entry| entry.action).collect::<Vec<_>>();
        use Action::{ClientChanged, ConsentConfirmed, SignupReceived, SubmissionReceived};
        let all = actions(by_visitors(&owner, None).await);
        assert_eq!(all, [ConsentConfirmed, SignupReceived, ConsentConfirmed, SubmissionReceived]);
        let seen = by_visitors(&member, None).await;
        let text = serde_json::to_string(&seen).unwrap();
        assert!(!text.contains("confirmed") && !text.contains("purpose:"), "{text}");
        assert_eq!(actions(seen), [SubmissionReceived, SignupReceived, ClientChanged, SubmissionReceived]);
        for (action, owners, members) in [(ConsentConfirmed, 2, 0), (SubmissionReceived, 1, 2), (ClientChanged, 0, 1)] {
            assert_eq!(by_visitors(&owner, Some(action)).await.len(), owners, "{action:?}");
            assert_eq!(by_visitors(&member, Some(action)).await.len(), members, "{action:?}");
        }
    }

    async fn a_bare_tick_gives_no_such_consent_even_when_staff_accept_it(app: TestApp) {
        let api = app.owner().await;
        let jan = known(&api, "Jan Nowak", "jan@example.com").await;
        let form = mixed_form(&app, &api).await;
        let receipt = send(&app, &form, &[("name", TYPED), ("email", "Jan@Example.com"), ("newsletter", "true"), ("news", "true")]).await;
        let id = SubmissionId::from_uuid(receipt.id);
        let opened = api.submission(id).await.unwrap();
        assert!(opened.consents_by_mail);
        assert_eq!(opened.summary.status, SubmissionStatus::Review);
        api.accept_submission(id).await.unwrap();
        assert_eq!(consents(&api, jan).await.keys().collect::<Vec<_>>(), ["Newsletter"]);
        // The mailbox's owner gives it, whatever staff did.
        let token = token(&app.letters().await[0]);
        assert_eq!(press(&app, &token, &["news"]).await.0, StatusCode::OK);
        assert_eq!(consents(&api, jan).await["Nowości"].grade, Some(EvidenceGrade::A));
        assert_eq!(api.client(jan).await.unwrap().value.details.name.as_deref(), Some("Jan Nowak"));
    }

    async fn a_no_becomes_a_yes_by_the_click_alone(app: TestApp) {
        let api = app.owner().await;
        let form = held_form(&app, &api).await;
        let answers = [("name", "Jan"), ("email", "jan@example.com"), ("newsletter", "true"), ("news", "true")];
        send(&app, &form, &answers).await;
        let token_one = token(&app.letters().await[0]);
        press(&app, &token_one, &["newsletter", "news"]).await;
        let jan = only_client(&api).await;
        app.clock.advance(TimeDelta::minutes(10));
        let no = WithdrawConsent { purpose_id: form.purpose_id, channel: Channel::Email, note: None };
        api.withdraw_consent(jan, &no).await.unwrap();
        let before = api.client(jan).await.unwrap().value;

        // Another name, to see that the card stays as it is.
        app.clock.advance(TimeDelta::minutes(10));
        let answers = [("name", TYPED), ("city", "Kielce"), ("email", "jan@example.com"), ("newsletter", "true")];
        let receipt = send(&app, &form, &answers).await;
        assert_eq!(consents(&api, jan).await["Newsletter"].status, ConsentStatus::Withdrawn);
        let token_two = token(&app.letters().await[0]);
        app.clock.advance(TimeDelta::minutes(10));
        assert_eq!(press(&app, &token_two, &["newsletter"]).await.0, StatusCode::OK);
        let newsletter = &consents(&api, jan).await["Newsletter"];
        assert_eq!((newsletter.status, newsletter.grade), (ConsentStatus::Given, Some(EvidenceGrade::A)));
        let kinds: Vec<_> = newsletter.events.iter().map(|event| event.kind).collect();
        use ConsentEventKind::{Confirmed, Given, Withdrawn};
        assert_eq!(kinds, [Confirmed, Given, Withdrawn, Confirmed, Given]);
        let after = api.client(jan).await.unwrap().value;
        assert_eq!(after.details, before.details);
        let id = SubmissionId::from_uuid(receipt.id);
        assert_eq!(api.submission(id).await.unwrap().summary.status, SubmissionStatus::Review);
        // Accepting fills gaps, and writes nothing more into the ledger.
        let entries = app.rows("consent_events").await;
        api.accept_submission(id).await.unwrap();
        assert_eq!(app.rows("consent_events").await, entries);
        assert_eq!(api.client(jan).await.unwrap().value.details.city.as_deref(), Some("Kielce"));

        // Whoever says no between the form and the click has said no.
        app.clock.advance(TimeDelta::hours(24));
        let api = app.owner().await;
        send(&app, &form, &answers).await;
        let token_three = token(&app.letters().await[0]);
        app.clock.advance(TimeDelta::minutes(1));
        api.withdraw_consent(jan, &no).await.unwrap();
        let (status, told) = press(&app, &token_three, &["newsletter"]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(told.contains("pozostają wycofane"), "{told}");
        assert_eq!(consents(&api, jan).await["Newsletter"].status, ConsentStatus::Withdrawn);
    }

    async fn the_mailbox_gives_no_consent_on_a_card_with_another_address(app: TestApp) {
        let api = app.owner().await;
        let form = mixed_form(&app, &api).await;
        send(&app, &form, &[("name", "Jan"), ("email", "obcy@example.com"), ("news", "true")]).await;
        let token = token(&app.letters().await[0]);
        let jan = only_client(&api).await;
        let card = api.client(jan).await.unwrap();
        let mut body = ClientBody { details: card.value.details, custom: card.value.custom };
        body.details.email = Some("jan@example.com".into());
        api.change_client(jan, card.version, &body).await.unwrap();
        assert_eq!(press(&app, &token, &["news"]).await.0, StatusCode::GONE);
        assert!(consents(&api, jan).await.is_empty());
        assert_eq!(app.rows("consent_events").await, 0);
    }

    async fn a_required_consent_is_confirmed_or_nothing_is(app: TestApp) {
        let api = app.owner().await;
        let mut form = held_form(&app, &api).await;
        let purpose = CreatePurpose {
            name: "Odpowiedź".into(),
            basis: LawfulBasis::Consent,
            is_marketing: false,
            channels: vec![Channel::Email],
            validity_days: None,
            parent_id: None,
            double_opt_in: false,
        };
        let purpose = PurposeId::from_uuid(api.create_purpose(&purpose, None).await.unwrap().id);
        let text = CreateWording { language: Language::Pl, channel: None, text: "Zgadzam się na odpowiedź.".into() };
        let wording = WordingId::from_uuid(api.create_wording(purpose, &text, None).await.unwrap().id);
        form.definition.fields.push(FormField { required: true, ..consent_field("answer", (purpose, wording)) });
        form.definition.anonymous = true;
        let form = published(&app, &api, form).await;
        send(&app, &form, &[("email", "jan@example.com"), ("answer", "true"), ("news", "true")]).await;
        let token = token(&app.letters().await[0]);
        let before = held(&app).await;
        let (status, told) = press(&app, &token, &["news"]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(told.contains("Bez tej zgody"), "{told}");
        assert_eq!(held(&app).await, before);
        assert_eq!(press(&app, &token, &["answer"]).await.0, StatusCode::OK);
        let all = consents(&api, only_client(&api).await).await;
        assert_eq!(all.keys().collect::<Vec<_>>(), ["Odpowiedź"]);
        // An anonymous form keeps neither address nor browser, of the click either.
        for event in &all["Odpowiedź"].events {
            assert_eq!((&event.evidence.ip, &event.evidence.user_agent), (&None, &None));
        }
    }

    async fn a_form_that_only_stores_holds_its_submissions_too(app: TestApp) {
        let api = app.owner().await;
        let mut form = held_form(&app, &api).await;
        form.definition.mapping = Mapping::Nothing;
        let form = published(&app, &api, form).await;
        send(&app, &form, &[("email", "jan@example.com")]).await;
        assert_eq!(app.rows("submissions").await, 0);
        let token = token(&app.letters().await[0]);
        assert_eq!(press(&app, &token, &[]).await.0, StatusCode::OK);
        assert_eq!((app.rows("submissions").await, app.rows("clients").await), (1, 0));
        assert_eq!(logged(&api, Action::SubmissionReceived).await, 1);
    }

    async fn what_nobody_confirms_is_gone_after_a_week(app: TestApp) {
        let api = app.owner().await;
        let form = held_form(&app, &api).await;
        send(&app, &form, &[("email", "jan@example.com"), ("news", "true")]).await;
        let late = token(&app.letters().await[0]);
        let unknown = page(&app, Method::GET, "nigdy-nie-wydany", None).await;
        assert_eq!(unknown.0, StatusCode::GONE);
        app.clock.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!(page(&app, Method::GET, &late, None).await.0, StatusCode::OK);
        app.clock.advance(TimeDelta::seconds(1));
        // Out of reach at once, and deleted with the next round.
        assert_eq!(page(&app, Method::GET, &late, None).await, unknown);
        assert_eq!(press(&app, &late, &["news"]).await, unknown);
        assert_eq!(app.owner().await.forms().await.unwrap()[0].waiting_signups, 0);
        assert_eq!(app.rows("pending_signups").await, 1);
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!((app.rows("pending_signups").await, app.rows("clients").await), (0, 0));
        app.clock.advance(TimeDelta::days(24));
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!(app.rows("confirmation_mails").await, 0);
    }

    async fn it_was_not_me_deletes_at_once(app: TestApp) {
        let api = app.owner().await;
        let form = held_form(&app, &api).await;
        send(&app, &form, &[("email", "jan@example.com"), ("news", "true")]).await;
        let token = token(&app.letters().await[0]);
        let cancel = format!("{token}/cancel");
        assert_eq!(page(&app, Method::POST, &cancel, None).await.0, StatusCode::OK);
        assert_eq!(app.rows("pending_signups").await, 0);
        assert_eq!(logged(&api, Action::SignupCancelled).await, 1);
        let spent = page(&app, Method::POST, &cancel, None).await;
        assert_eq!(spent.0, StatusCode::GONE);
        assert_eq!(press(&app, &token, &["news"]).await, spent);
        assert_eq!((app.rows("clients").await, app.rows("consent_events").await), (0, 0));
    }

    async fn it_was_not_me_dismisses_what_was_sent_with_it(app: TestApp) {
        let api = app.owner().await;
        known(&api, "Jan Nowak", "jan@example.com").await;
        let form = mixed_form(&app, &api).await;
        let receipt = send(&app, &form, &[("name", TYPED), ("email", "jan@example.com"), ("newsletter", "true"), ("news", "true")]).await;
        let id = SubmissionId::from_uuid(receipt.id);
        let token = token(&app.letters().await[0]);
        assert_eq!(api.submission(id).await.unwrap().summary.status, SubmissionStatus::Review);
        assert_eq!(page(&app, Method::POST, &format!("{token}/cancel"), None).await.0, StatusCode::OK);
        assert_eq!(api.submission(id).await.unwrap().summary.status, SubmissionStatus::Dismissed);
        assert_eq!(logged(&api, Action::SubmissionDismissed).await, 1);
        assert_eq!((app.rows("pending_signups").await, app.rows("consent_events").await), (0, 0));
    }

    async fn what_waited_on_arrival_is_not_given_by_staff_though_the_purpose_changes(app: TestApp) {
        let api = app.owner().await;
        let jan = known(&api, "Jan Nowak", "jan@example.com").await;
        let form = mixed_form(&app, &api).await;
        let receipt = send(&app, &form, &[("email", "jan@example.com"), ("newsletter", "true"), ("news", "true")]).await;
        let purpose = form.definition.fields.iter().find(|field| field.key == "news").unwrap().consent.unwrap().purpose_id;
        let single = ChangePurpose { name: "Nowości".into(), basis: LawfulBasis::Consent, is_marketing: true, channels: vec![Channel::Email], validity_days: None, parent_id: None, double_opt_in: false };
        api.change_purpose(purpose, 1, &single).await.unwrap();
        let id = SubmissionId::from_uuid(receipt.id);
        assert!(api.submission(id).await.unwrap().consents_by_mail);
        api.accept_submission(id).await.unwrap();
        assert_eq!(consents(&api, jan).await.keys().collect::<Vec<_>>(), ["Newsletter"]);
    }

    /// As it was on arrival: the consent still waits, whatever the purpose asks for by the time the receipt is fetched.
    async fn a_receipt_says_what_waited_though_the_purpose_changes(app: TestApp) {
        let api = app.owner().await;
        let form = mixed_form(&app, &api).await;
        let sent = send(&app, &form, &[("email", "jan@example.com"), ("newsletter", "true"), ("news", "true")]).await;
        let change = async |key: &str, double_opt_in: bool| {
            let purpose = form.definition.fields.iter().find(|field| field.key == key).unwrap().consent.unwrap().purpose_id;
            let before = api.purposes().await.unwrap().into_iter().find(|it| it.id == purpose).unwrap();
            let changed = ChangePurpose { name: before.name, basis: before.basis, is_marketing: before.is_marketing, channels: before.channels, validity_days: before.validity_days, parent_id: before.parent_id, double_opt_in };
            api.change_purpose(purpose, before.version, &changed).await.unwrap();
        };
        change("news", false).await;
        change("newsletter", true).await;
        let request = Client::new().post(format!("{}/f/{}/receipt", app.base, form.public_id)).header("Content-Type", "application/x-www-form-urlencoded");
        let page = request.body(format!("receipt={}", sent.receipt.unwrap())).send().await.unwrap().text().await.unwrap();
        let Verified::Page(receipt) = receipts::verify(&page, &receipts::keys(&app.ctx)).unwrap() else { panic!("{page}") };
        let states: Vec<EventState> = receipt.records.iter().map(|record| record.status).collect();
        assert_eq!(states, [EventState::Given, EventState::Requested]);
    }

    /// Two spellings of one mailbox are confirmed at once: their replies are counted together.
    async fn clicks_at_once_fill_a_mailbox_no_further_than_its_cap(app: TestApp) {
        let api = app.owner().await;
        let mut form = held_form(&app, &api).await;
        form.definition.reply = Some(Reply { subject: "Mamy to".into(), text: "Odpiszemy w dwa dni.".into() });
        let form = published(&app, &api, form).await;
        for name in ["jan", "ewa", "ala", "iga"] {
            for part in ["a", "b"] {
                send(&app, &form, &[("email", &format!("{name}+{part}@example.com")), ("news", "true")]).await;
            }
            let tokens: Vec<String> = app.letters().await.iter().map(token).collect();
            let clicks = join_all(tokens.iter().map(|token| press(&app, token, &["news"]))).await;
            assert!(clicks.iter().all(|(status, _)| *status == StatusCode::OK));
            // Three a day: the two that asked, and one reply.
            assert_eq!((tokens.len(), app.letters().await.len()), (2, 1), "{name}");
        }
    }

    async fn a_later_yes_stands_and_the_click_confirms_it(app: TestApp) {
        let api = app.owner().await;
        let jan = known(&api, "Jan Nowak", "jan@example.com").await;
        let form = mixed_form(&app, &api).await;
        let receipt = send(&app, &form, &[("email", "jan@example.com"), ("newsletter", "true"), ("news", "true")]).await;
        let token = token(&app.letters().await[0]);
        app.clock.advance(TimeDelta::minutes(10));
        let now = app.ctx.now().to_rfc3339();
        for key in ["newsletter", "news"] {
            let purpose = form.definition.fields.iter().find(|field| field.key == key).unwrap().consent.unwrap().purpose_id;
            api.record_consent(jan, &given(purpose, Channel::Email, &now), None).await.unwrap();
        }
        // Accepted late, the older tick neither takes its place nor stands in the way of the rest.
        api.accept_submission(SubmissionId::from_uuid(receipt.id)).await.unwrap();
        let kinds = |consent: &Consent| consent.events.iter().map(|event| event.kind).collect::<Vec<_>>();
        let all = consents(&api, jan).await;
        assert_eq!((kinds(&all["Newsletter"]), all["Newsletter"].grade), (vec![ConsentEventKind::RecordedByStaff], Some(EvidenceGrade::C)));
        app.clock.advance(TimeDelta::minutes(1));
        assert_eq!(press(&app, &token, &["news"]).await.0, StatusCode::OK);
        let all = consents(&api, jan).await;
        assert_eq!((kinds(&all["Nowości"]), all["Nowości"].grade), (vec![ConsentEventKind::Confirmed, ConsentEventKind::RecordedByStaff], Some(EvidenceGrade::A)));
    }

    async fn a_sign_up_without_a_mail_takes_no_place(app: TestApp) {
        let api = app.owner().await;
        let mut form = held_form(&app, &api).await;
        form.definition.quota = Some(4);
        let form = published(&app, &api, form).await;
        // Three mails a day: the others of them can never be confirmed.
        for _ in 0..6 {
            send(&app, &form, &[("email", "jan@example.com"), ("news", "true")]).await;
        }
        assert_eq!((app.rows("pending_signups").await, app.rows("outbox").await), (6, 3));
        send(&app, &form, &[("email", "ewa@example.com"), ("news", "true")]).await;
        let late = app.visitor().submit(&form.public_id, &form.answers(&[("email", "ola@example.com"), ("news", "true")]), None, Some(SITE)).await;
        assert_eq!(code(late), ProblemCode::FormClosed);
    }

    async fn what_races_with_an_erasure_does_not_outlive_it(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        for n in 0..6 {
            let email = format!("jan{n}@example.com");
            let jan = known(&api, "Jan", &email).await;
            let answers = [("email", email.as_str())];
            let (_, gone) = futures::join!(send(&app, &form, &answers), api.delete_client(jan, 1));
            gone.unwrap();
        }
        let connection = app.connection();
        let sql = "select count(*) as n from submissions where client_id is not null and client_id not in (select id from clients)";
        let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
        assert_eq!(row.unwrap().try_get::<i64>("", "n").unwrap(), 0);
    }

    async fn deleting_a_client_deletes_what_waits_for_its_address(app: TestApp) {
        let api = app.owner().await;
        let form = held_form(&app, &api).await;
        let other = one_more(&app, &api, &form, false).await;
        let jan = known(&api, "Jan", "jan@example.com").await;
        send(&app, &form, &[("email", "JAN@example.com"), ("news", "true")]).await;
        send(&app, &other, &[("email", "jan@example.com"), ("news", "true")]).await;
        send(&app, &form, &[("email", "ewa@example.com"), ("news", "true")]).await;
        // Of a submission on the card, from before it got its address.
        let version = api.client(jan).await.unwrap();
        let mut body = ClientBody { details: version.value.details, custom: version.value.custom };
        body.details.email = Some("jan.nowak@example.com".into());
        api.change_client(jan, version.version, &body).await.unwrap();
        send(&app, &form, &[("email", "jan.nowak@example.com"), ("news", "true")]).await;
        assert_eq!((app.rows("pending_signups").await, app.rows("confirmation_mails").await), (4, 4));
        assert_eq!(app.rows("outbox").await, 4);
        let version = api.client(jan).await.unwrap().version;
        api.delete_client(jan, version).await.unwrap();
        // Those of the present address and of the card's submissions; Ewa's and that of the old address stay.
        assert_eq!((app.rows("pending_signups").await, app.rows("confirmation_mails").await), (2, 3));
        assert_eq!(app.rows("outbox").await, 2);
        let letters = app.letters().await;
        assert!(letters.iter().all(|letter| letter.to.as_str() != "jan.nowak@example.com"));
    }

    async fn an_address_gets_three_mails_a_day_and_five_a_month_from_a_form(app: TestApp) {
        let api = app.owner().await;
        let one = held_form(&app, &api).await;
        let two = one_more(&app, &api, &one, false).await;
        let to_jan = [("email", "jan@example.com"), ("news", "true")];
        for _ in 0..3 {
            send(&app, &one, &to_jan).await;
            send(&app, &two, &to_jan).await;
        }
        assert_eq!(app.letters().await.len(), 3);
        // Stored all the same.
        assert_eq!(app.rows("pending_signups").await, 6);
        send(&app, &one, &[("email", "ewa@example.com")]).await;
        assert_eq!(app.letters().await.len(), 1);
        app.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
        send(&app, &one, &to_jan).await;
        assert_eq!(app.letters().await.len(), 0);
        app.clock.advance(TimeDelta::seconds(1));
        for _ in 0..4 {
            send(&app, &one, &to_jan).await;
        }
        // Two of the first day were of this form.
        assert_eq!(app.letters().await.len(), 3);
        app.clock.advance(TimeDelta::days(2));
        send(&app, &one, &to_jan).await;
        assert_eq!(app.letters().await.len(), 0);
        send(&app, &two, &to_jan).await;
        assert_eq!(app.letters().await.len(), 1);
        app.clock.advance(TimeDelta::days(28));
        send(&app, &one, &to_jan).await;
        assert_eq!(app.letters().await.len(), 1);
    }

    async fn a_submission_causes_one_mail_to_the_visitor(app: TestApp) {
        let api = app.owner().await;
        let mut form = mixed_form(&app, &api).await;
        form.definition.reply = Some(Reply { subject: "Dotarło".into(), text: "Dziękujemy.".into() });
        let form = published(&app, &api, form).await;
        send(&app, &form, &[("email", "jan@example.com")]).await;
        assert_eq!(app.letters().await[0].subject, "Dotarło");
        for _ in 0..3 {
            send(&app, &form, &[("email", "jan@example.com"), ("news", "true")]).await;
        }
        // With the reply, three.
        let letters = app.letters().await;
        assert_eq!(letters.len(), 2);
        assert!(letters.iter().all(|letter| letter.text.contains("/confirm/")));
        // Where the whole submission waits, the reply follows the click.
        let held = one_more(&app, &api, &form, true).await;
        send(&app, &held, &[("email", "ewa@example.com")]).await;
        let letters = app.letters().await;
        assert_eq!(letters.len(), 1);
        assert_eq!(press(&app, &token(&letters[0]), &[]).await.0, StatusCode::OK);
        assert_eq!(app.letters().await[0].subject, "Dotarło");
    }

    async fn a_form_sends_two_hundred_mails_an_hour(app: TestApp) {
        let api = app.owner().await;
        let form = held_form(&app, &api).await;
        let tx = app.ctx.db.append(None).await.unwrap();
        let now = app.ctx.now();
        for n in 0..confirmation::PER_FORM_AN_HOUR - 1 {
            confirmation::count_mail(&tx, &format!("{n}@example.com"), form.id, now);
        }
        let event = zgoda_domain::audit::AuditEvent::new(
            zgoda_domain::access::Actor::System { job: "test" },
            &Origin::default(),
            Action::SignupReceived,
            zgoda_domain::audit::RecordKind::Signup,
            None,
        );
        tx.commit(now, event).await.unwrap();
        send(&app, &form, &[("email", "jan@example.com")]).await;
        send(&app, &form, &[("email", "ewa@example.com")]).await;
        assert_eq!(app.letters().await.len(), 1);
        app.clock.advance(TimeDelta::hours(1));
        send(&app, &form, &[("email", "ewa@example.com")]).await;
        assert_eq!(app.letters().await.len(), 1);
    }

    async fn everyone_gets_the_same_answer(app: TestApp) {
        let api = app.owner().await;
        let first = held_form(&app, &api).await;
        let second = one_more(&app, &api, &first, false).await;
        for form in [first, second] {
            let name = |kind: &str| format!("{kind}.{}@example.com", form.public_id.to_lowercase());
            known(&api, "Znana", &name("znana")).await;
            // One who withdrew.
            let withdrawn = name("wycofana");
            send(&app, &form, &[("email", &withdrawn), ("news", "true")]).await;
            let letter = app.letters().await.remove(0);
            let (status, told) = press(&app, &token(&letter), &["news"]).await;
            assert_eq!(status, StatusCode::OK, "{told}");
            let client = with_address(&api, &withdrawn).await;
            let news = consents(&api, client).await["Nowości"].purpose_id;
            app.clock.advance(TimeDelta::minutes(5));
            let no = WithdrawConsent { purpose_id: news, channel: Channel::Email, note: None };
            api.withdraw_consent(client, &no).await.unwrap();
            // One who gets no more mails.
            let capped = name("zalewana");
            for _ in 0..4 {
                send(&app, &form, &[("email", &capped), ("news", "true")]).await;
            }
            let mut answers = Vec::new();
            for email in [name("obca"), name("znana"), withdrawn, capped] {
                let body = form.answers(&[("email", &email), ("news", "true")]);
                let url = format!("{}/api/v1/public/forms/{}/submissions", app.base, form.public_id);
                let answer = Client::new().post(url).header("Origin", SITE).json(&body).send().await.unwrap();
                let status = answer.status();
                let mut headers = answer.headers().clone();
                for own in ["x-request-id", "date"] {
                    headers.remove(own);
                }
                let mut said: serde_json::Value = answer.json().await.unwrap();
                assert!(said["id"].take().is_string());
                // It carries the id; of what else it says the length tells.
                assert!(said["receipt"].take().is_string());
                answers.push((status, format!("{headers:?}"), said));
            }
            assert_eq!(answers[0].0, StatusCode::CREATED);
            assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
            app.letters().await;
        }
    }

    async fn twenty_clicks_at_once_are_one(app: TestApp) {
        let api = app.owner().await;
        let first = held_form(&app, &api).await;
        let second = one_more(&app, &api, &first, false).await;
        for form in [first, second] {
            let (clients, entries) = (app.rows("clients").await, app.rows("consent_events").await);
            let email = format!("{}@example.com", form.public_id.to_lowercase());
            send(&app, &form, &[("email", &email), ("news", "true"), ("offers", "true")]).await;
            let token = token(&app.letters().await[0]);
            let clicks = join_all((0..20).map(|_| press(&app, &token, &["news", "offers"]))).await;
            let done = clicks.iter().filter(|(status, _)| *status == StatusCode::OK).count();
            assert_eq!(done, 1);
            assert!(clicks.iter().all(|(status, _)| [StatusCode::OK, StatusCode::GONE].contains(status)));
            assert_eq!(app.rows("clients").await, clients + 1);
            assert_eq!(app.rows("consent_events").await, entries + 4);
        }
    }

    async fn a_form_that_cannot_confirm_is_not_published(app: TestApp) {
        let api = app.owner().await;
        let form = held_form(&app, &api).await;
        // A server without mail, on the same database.
        let bare = zgoda_app::Ctx::new(app.database.db.clone(), app.clock.clone(), app.database.vault.clone(), &app.base);
        let silent = app.serve(bare, "127.0.0.1:0", &[]);
        let there = silent.same_browser(&api);
        let version = there.form(form.id).await.unwrap().version;
        let problem = crate::problem(there.publish_form(form.id, version).await);
        let mut places: Vec<_> = problem.errors.iter().map(|it| (it.pointer.as_str(), it.rule.clone())).collect();
        places.sort_by_key(|(place, _)| *place);
        assert_eq!(places, [
            ("/definition/confirm_first", Rule::MailNeeded),
            ("/definition/fields/4/consent/purpose_id", Rule::MailNeeded),
            ("/definition/fields/5/consent/purpose_id", Rule::MailNeeded),
        ]);
        // One that was published while there was mail takes nothing, for nothing could be confirmed.
        let answers = form.answers(&[("email", "jan@example.com"), ("news", "true")]);
        let refused = silent.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await;
        assert_eq!(crate::code(refused), zgoda_api_types::problem::ProblemCode::FormClosed);
        assert_eq!(app.rows("pending_signups").await, 0);
        let mixed = one_more(&app, &api, &form, false).await;
        let answers = mixed.answers(&[("email", "jan@example.com"), ("news", "true")]);
        let taken = silent.visitor().submit(&mixed.public_id, &answers, None, Some(SITE)).await.unwrap();
        assert!(!taken.confirm_by_mail);
        assert_eq!((app.rows("pending_signups").await, app.rows("consent_events").await), (0, 0));

        // Nor one that does not ask for the address.
        let mut definition = form.definition.clone();
        definition.fields.retain(|field| field.consent.is_none());
        definition.fields.retain(|field| field.target != Some(FieldRef::Builtin(BuiltinField::Email)));
        let current = api.form(form.id).await.unwrap();
        let body = zgoda_api_types::forms::SaveForm { name: current.value.name, definition };
        let saved = api.save_form(form.id, current.version, &body).await.unwrap();
        let refused = complaint(api.publish_form(form.id, saved.version).await);
        assert_eq!(refused, ("/definition/confirm_first".into(), Rule::AddressNeeded));
        assert_eq!(api.form(form.id).await.unwrap().value.status, FormStatus::Live);
        silent.stop().await;
    }

    async fn a_tick_without_an_address_is_asked_for_one(app: TestApp) {
        let api = app.owner().await;
        let mut form = mixed_form(&app, &api).await;
        form.definition.fields[1].required = false;
        let form = published(&app, &api, form).await;
        let answers = form.answers(&[("name", "Jan"), ("news", "true")]);
        let refused = complaint(app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await);
        assert_eq!(refused, ("/answers/email".into(), Rule::Required));
        assert_eq!((app.rows("submissions").await, app.rows("clients").await), (0, 0));
        assert!(!send(&app, &form, &[("name", "Jan")]).await.confirm_by_mail);
    }

    async fn a_repeated_request_holds_one_sign_up(app: TestApp) {
        let api = app.owner().await;
        let form = held_form(&app, &api).await;
        let answers = form.answers(&[("email", "jan@example.com"), ("news", "true")]);
        let mut answered = Vec::new();
        for _ in 0..2 {
            answered.push(app.visitor().submit(&form.public_id, &answers, Some("k1"), Some(SITE)).await.unwrap());
        }
        assert_eq!(answered[0], answered[1]);
        assert_eq!((app.rows("pending_signups").await, app.letters().await.len()), (1, 1));
    }

    async fn the_page_without_scripts_says_that_a_mail_comes(app: TestApp) {
        let api = app.owner().await;
        let mut form = held_form(&app, &api).await;
        form.definition.redirect_url = Some("https://www.example.com/dziekujemy".into());
        let form = published(&app, &api, form).await;
        let body = url_encoded(&[("_version", &form.public.form_version.to_string()), ("email", "jan%40example.com")]);
        let answer = Client::new()
            .post(format!("{}/f/{}", app.base, form.public_id))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let text = answer.text().await.unwrap();
        assert!(text.contains("Sprawdź swoją skrzynkę pocztową"), "{text}");
        let token = token(&app.letters().await[0]);
        let (_, done) = press(&app, &token, &[]).await;
        assert!(done.contains("https://www.example.com/dziekujemy"), "{done}");
    }

    /// Ten thousand submissions that name one victim, from five thousand addresses, over several forms. Through the use
    /// case: the limits by network, which are the door's, are not even asked.
    async fn a_mailbox_is_not_flooded(app: TestApp) {
        const SUBMISSIONS: usize = 10_000;
        let api = app.owner().await;
        let first = held_form(&app, &api).await;
        let mut forms = Vec::new();
        for _ in 0..4 {
            let form = one_more(&app, &api, &first, true).await;
            forms.push(published_forms::open(&app.ctx, &form.public_id).await.unwrap());
        }
        let (ctx, forms) = (&app.ctx, &forms);
        stream::iter(0..SUBMISSIONS)
            .for_each_concurrent(64, |n| async move {
                let form = &forms[n % forms.len()];
                let answers = BTreeMap::from([
                    ("email".to_owned(), "ofiara@example.com".to_owned()),
                    ("news".to_owned(), "true".to_owned()),
                ]);
                let source = n % 5_000;
                let ip = Some(format!("198.18.{}.{}", source / 250, source % 250));
                let origin = Origin { ip, user_agent: None };
                let visit = Visit { version: form.version.id, answers: &answers, files: &[], origin, page: Some(SITE), repeat: None, proof: None, network: "", trusted: None };
                assert!(submissions::submit(ctx, form, visit).await.unwrap().confirm_by_mail);
            })
            .await;
        assert_eq!((app.rows("outbox").await, app.rows("confirmation_mails").await), (3, 3));
        assert_eq!(app.rows("pending_signups").await, i64::try_from(SUBMISSIONS).unwrap());
        assert_eq!((app.rows("clients").await, app.rows("submissions").await), (0, 0));
        assert_eq!(app.letters().await.len(), 3);
    }
}

/// Both servers are asked at once for one link, and for mails to one address.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_confirm_once_and_count_together() {
    let app = TestApp::start(Backend::Postgres).await;
    let replica = app.replica(TimeDelta::zero()).await;
    let api = app.owner().await;
    let form = held_form(&app, &api).await;
    let body: Submit = form.answers(&[("email", "jan@example.com"), ("news", "true")]);
    let sent = (0..20).map(|n| {
        let (visitor, body, id) = (if n % 2 == 0 { app.visitor() } else { replica.visitor() }, &body, &form.public_id);
        async move { visitor.submit(id, body, None, Some(SITE)).await.unwrap() }
    });
    join_all(sent).await;
    assert_eq!(app.rows("pending_signups").await, 20);
    let letters = app.letters().await;
    assert_eq!((letters.len(), app.rows("confirmation_mails").await), (3, 3));

    let token = token(&letters[0]);
    let clicks = (0..20).map(|n| {
        let base = if n % 2 == 0 { &app.base } else { &replica.base };
        let request = Client::new()
            .post(format!("{base}/confirm/{token}"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body("news=true");
        async move { request.send().await.unwrap().status() }
    });
    let statuses = join_all(clicks).await;
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::OK).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [StatusCode::OK, StatusCode::GONE].contains(status)));
    assert_eq!((app.rows("clients").await, app.rows("consent_events").await), (1, 2));

    // The other links of the same person, on both: one card.
    let others = letters[1..].iter().enumerate().map(|(n, letter)| {
        let base = if n % 2 == 0 { &app.base } else { &replica.base };
        let request = Client::new()
            .post(format!("{base}/confirm/{}", self::token(letter)))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body("news=true");
        async move { request.send().await.unwrap().status() }
    });
    assert_eq!(join_all(others).await, [StatusCode::OK, StatusCode::OK]);
    assert_eq!((app.rows("clients").await, app.rows("submissions").await), (1, 3));
    let (here, there) = (app.ctx.db.clone(), replica.ctx.db.clone());
    replica.stop().await;
    app.stop().await;
    there.close().await;
    here.close().await;
}
