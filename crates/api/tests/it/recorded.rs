//! Consents that staff record from the card, and the files that prove them.

use crate::{code, complaint, problem};
use chrono::TimeDelta;
use reqwest::{Client, multipart};
use sea_orm::ConnectionTrait;
use zgoda_api_types::{
    Created,
    clients::ClientCard,
    consents::{CreatePurpose, CreateWording, RecordConsent, WithdrawConsent},
    problem::{Problem, ProblemCode},
};
use zgoda_app::jobs;
use zgoda_client::{Api, AuditSearch};
use zgoda_domain::{
    Rule,
    access::{FieldRestriction, Right, Scope, role::RoleTemplate},
    audit::Action,
    consent::{Channel, ConsentEventKind, ConsentMethod, ConsentStatus, EvidenceGrade, Language, LawfulBasis},
    custom_field::FieldKind,
    field_ref::FieldRef,
    file::FILE_MAX,
    id::{ClientId, FileId, PurposeId, WordingId},
    recorded::{Decision, RecordMethod},
};
use zgoda_test_support::{TestApp, on_both_databases};

const SCAN: &[u8] = b"%PDF-1.7\nskan podpisanej zgody Xq7Zskan\n%%EOF\n";

/// A purpose with a wording for e-mail in Polish.
pub async fn purpose(
    api: &Api,
    name: &str,
    channels: &[Channel],
    validity_days: Option<u16>,
) -> (PurposeId, WordingId) {
    let body = CreatePurpose {
        name: name.into(),
        basis: LawfulBasis::Consent,
        is_marketing: true,
        channels: channels.to_vec(),
        validity_days,
        parent_id: None,
        double_opt_in: false,
    };
    let purpose = PurposeId::from_uuid(api.create_purpose(&body, None).await.unwrap().id);
    let text = format!("Zgadzam się: {name}.");
    let wording = CreateWording { language: Language::Pl, channel: None, text };
    (purpose, WordingId::from_uuid(api.create_wording(purpose, &wording, None).await.unwrap().id))
}

/// Given on paper, with a note.
pub fn given(purpose_id: PurposeId, channel: Channel, given_on: &str) -> RecordConsent {
    RecordConsent {
        purpose_id,
        channel,
        decision: Decision::Given,
        method: RecordMethod::Paper,
        given_on: given_on.into(),
        wording_id: None,
        note: Some("Podpisała formularz na targach".into()),
        file_id: None,
    }
}

async fn upload(api: &Api, client: ClientId, name: &str, content: &[u8]) -> FileId {
    FileId::from_uuid(api.upload_client_file(client, name, content, None).await.unwrap().id)
}

async fn card(api: &Api, client: ClientId) -> ClientCard {
    api.client(client).await.unwrap().value
}

/// What must stay as it is when something was refused.
async fn state(app: &TestApp) -> String {
    crate::sealing::stored(app, &["consent_events", "consent_states", "files", "clients"]).await
}

/// A request as a browser's form sends it, with any parts; its answer.
async fn send(app: &TestApp, api: &Api, client: ClientId, form: multipart::Form) -> reqwest::Response {
    let access = api.cookie("__Host-zgoda-access").unwrap();
    Client::new()
        .post(format!("{}/api/v1/clients/{client}/files", app.base))
        .header("Sec-Fetch-Site", "same-origin")
        .header("Cookie", format!("__Host-zgoda-access={access}"))
        .multipart(form)
        .send()
        .await
        .unwrap()
}

fn part(name: &str, content: &[u8]) -> multipart::Part {
    multipart::Part::bytes(content.to_vec()).file_name(name.to_owned())
}

on_both_databases! {
    async fn a_scan_proves_a_consent_and_the_ledger_commits_to_it(app: TestApp) {
        let api = app.owner().await;
        let (purpose, wording) = purpose(&api, "Newsletter", &[Channel::Email, Channel::Sms], Some(365)).await;
        let client = app.client(&api, "Ewa").await;
        let file = upload(&api, client, "../../Zgoda \u{202e}Ewy Żak.PDF", SCAN).await;
        let day = (app.ctx.now() - TimeDelta::days(10)).date_naive();
        let body = RecordConsent {
            wording_id: Some(wording),
            file_id: Some(file),
            note: None,
            ..given(purpose, Channel::Email, &day.to_string())
        };
        let id = api.record_consent(client, &body, Some("raz")).await.unwrap();
        // The same again is the same entry; another body under the same key is refused.
        assert_eq!(api.record_consent(client, &body, Some("raz")).await.unwrap(), id);
        let other = RecordConsent { channel: Channel::Sms, ..body.clone() };
        assert_eq!(code(api.record_consent(client, &other, Some("raz")).await), ProblemCode::IdempotencyKeyReused);

        let consent = card(&api, client).await.consents.remove(0);
        assert_eq!((consent.status, consent.grade), (ConsentStatus::Given, Some(EvidenceGrade::C)));
        assert_eq!(consent.expires_at.map(|at| at.date_naive()), Some(day + TimeDelta::days(365)));
        let [event] = &consent.events[..] else { panic!("{consent:?}") };
        assert_eq!((event.id.as_uuid(), event.kind, event.method), (id.id, ConsentEventKind::RecordedByStaff, ConsentMethod::Paper));
        assert_eq!((event.occurred_at.date_naive(), event.recorded_at.date_naive()), (day, app.ctx.now().date_naive()));
        assert_eq!((event.evidence.day, event.file_id), (Some(day), Some(file)));
        assert_eq!(event.wording.as_ref().map(|wording| wording.text.as_str()), Some("Zgadzam się: Newsletter."));
        assert_eq!(event.recorded_by.as_deref(), Some("Wanda Właściciel"));
        let proof = event.evidence.file.clone().unwrap();
        assert_eq!((proof.name.as_str(), proof.size), ("Zgoda Ewy Żak.PDF", i32::try_from(SCAN.len()).unwrap()));
        assert_eq!(proof.sha256, zgoda_vault::sha256_hex(SCAN));

        let column = api.custom_fields().await.unwrap().into_iter().find(|field| field.channel == Some(Channel::Email)).unwrap();
        assert_eq!(card(&api, client).await.custom.get(&column.id), Some(&serde_json::json!("given")));
        // Neither the scan nor its name can be read in the database.
        let stored = state(&app).await;
        assert!(stored.contains(&file.to_string()) || app.rows("files").await == 1);
        assert!(!stored.contains("Xq7Zskan") && !stored.contains("Ewy"));
        let log = api.search_audit_events(AuditSearch { action: Some(Action::ConsentRecorded), ..AuditSearch::default() }, None).await.unwrap();
        assert_eq!(log.items.len(), 1);
        assert_eq!(log.items[0].fields, [format!("purpose:{purpose}"), "channel:email".to_owned()]);
    }

    async fn a_download_is_saved_and_never_shown_and_is_recorded(app: TestApp) {
        let api = app.owner().await;
        let (purpose, _) = purpose(&api, "Newsletter", &[Channel::Email], None).await;
        let client = app.client(&api, "Ewa").await;
        let file = upload(&api, client, "zgoda Ewy Żak.pdf", SCAN).await;
        // It proves nothing yet.
        assert_eq!(code(api.client_file(client, file).await), ProblemCode::NotFound);
        let body = RecordConsent { file_id: Some(file), ..given(purpose, Channel::Email, "2026-01-02") };
        api.record_consent(client, &body, None).await.unwrap();
        assert_eq!(api.client_file(client, file).await.unwrap().bytes, SCAN);
        let access = api.cookie("__Host-zgoda-access").unwrap();
        let address = format!("{}/api/v1/clients/{client}/files/{file}", app.base);
        let answer = Client::new().get(&address).header("Cookie", format!("__Host-zgoda-access={access}")).send().await.unwrap();
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        assert_eq!(header("content-type"), "application/pdf");
        assert_eq!(header("content-disposition"), "attachment; filename=\"zgoda Ewy _ak.pdf\"; filename*=UTF-8''zgoda%20Ewy%20%C5%BBak%2Epdf");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("content-security-policy"), "sandbox; default-src 'none'");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(answer.bytes().await.unwrap(), SCAN);
        assert_eq!(Client::new().get(&address).send().await.unwrap().status(), 401);
        let looks = api.search_audit_events(AuditSearch { action: Some(Action::FileOpened), ..AuditSearch::default() }, None).await.unwrap();
        assert_eq!(looks.items.len(), 2);
        assert_eq!((looks.items[0].record_id, looks.items[0].client_id), (Some(file.as_uuid()), Some(client)));
    }

    async fn without_proof_there_is_no_consent(app: TestApp) {
        let api = app.owner().await;
        let (newsletter, _) = purpose(&api, "Newsletter", &[Channel::Email, Channel::Sms], None).await;
        let (_, foreign) = purpose(&api, "Badanie", &[Channel::Email], None).await;
        let for_sms = CreateWording { language: Language::Pl, channel: Some(Channel::Sms), text: "Zgoda na SMS.".into() };
        let for_sms = WordingId::from_uuid(api.create_wording(newsletter, &for_sms, None).await.unwrap().id);
        let client = app.client(&api, "Ewa").await;
        let good = given(newsletter, Channel::Email, "2026-01-02");
        let tomorrow = (app.ctx.now() + TimeDelta::days(2)).date_naive().to_string();
        let soon = (app.ctx.now() + TimeDelta::hours(1)).to_rfc3339();
        let before = state(&app).await;
        for (body, pointer, rule) in [
            (RecordConsent { note: None, ..good.clone() }, "/note", Rule::ProofNeeded),
            (RecordConsent { note: Some("tak tak".into()), ..good.clone() }, "/note", Rule::ProofNeeded),
            (RecordConsent { note: Some("a\u{0}b c d".into()), ..good.clone() }, "/note", Rule::ControlCharacters),
            (RecordConsent { given_on: tomorrow, ..good.clone() }, "/given_on", Rule::OutOfRange),
            (RecordConsent { given_on: soon, ..good.clone() }, "/given_on", Rule::OutOfRange),
            (RecordConsent { given_on: "1969-12-31".into(), ..good.clone() }, "/given_on", Rule::OutOfRange),
            (RecordConsent { given_on: "wczoraj".into(), ..good.clone() }, "/given_on", Rule::Malformed),
            (RecordConsent { given_on: String::new(), ..good.clone() }, "/given_on", Rule::Required),
            (RecordConsent { channel: Channel::Post, ..good.clone() }, "/channel", Rule::Unknown),
            (RecordConsent { wording_id: Some(foreign), ..good.clone() }, "/wording_id", Rule::Unknown),
            (RecordConsent { wording_id: Some(for_sms), ..good.clone() }, "/wording_id", Rule::Unknown),
        ] {
            assert_eq!(complaint(api.record_consent(client, &body, None).await), (pointer.into(), rule), "{body:?}");
        }
        let unknown = RecordConsent { purpose_id: PurposeId::from_uuid(client.as_uuid()), ..good.clone() };
        assert_eq!(code(api.record_consent(client, &unknown, None).await), ProblemCode::NotFound);
        assert_eq!(state(&app).await, before);
        api.record_consent(client, &RecordConsent { channel: Channel::Sms, wording_id: Some(for_sms), ..good }, None).await.unwrap();
    }

    async fn an_older_answer_changes_nothing_and_a_newer_one_with_proof_ends_a_no(app: TestApp) {
        let api = app.owner().await;
        let (purpose, _) = purpose(&api, "Newsletter", &[Channel::Email], None).await;
        let client = app.client(&api, "Ewa").await;
        let today = app.ctx.now().date_naive();
        api.record_consent(client, &given(purpose, Channel::Email, "2026-01-02"), None).await.unwrap();
        let body = WithdrawConsent { purpose_id: purpose, channel: Channel::Email, note: None };
        api.withdraw_consent(client, &body).await.unwrap();
        let before = state(&app).await;
        // A paper that lay in a drawer, and one of the same day without a time: the no is not older.
        for day in ["2026-01-10".to_owned(), today.to_string()] {
            let refused = api.record_consent(client, &given(purpose, Channel::Email, &day), None).await;
            assert_eq!(complaint(refused), ("/given_on".into(), Rule::Superseded));
        }
        let refusal = RecordConsent { decision: Decision::Refused, note: None, ..given(purpose, Channel::Email, "2026-01-10") };
        assert_eq!(complaint(api.record_consent(client, &refusal, None).await), ("/given_on".into(), Rule::Superseded));
        assert_eq!(state(&app).await, before);
        app.clock.advance(TimeDelta::minutes(1));
        let now = app.ctx.now().to_rfc3339();
        api.record_consent(client, &given(purpose, Channel::Email, &now), None).await.unwrap();
        let consent = card(&api, client).await.consents.remove(0);
        assert_eq!((consent.status, consent.events[0].evidence.day), (ConsentStatus::Given, None));
        // A paper older than the consent that stands does not take its place.
        let refused = api.record_consent(client, &given(purpose, Channel::Email, "2026-01-10"), None).await;
        assert_eq!(complaint(refused), ("/given_on".into(), Rule::Superseded));
    }

    async fn a_no_of_a_day_comes_after_the_yes_of_that_day(app: TestApp) {
        let api = app.owner().await;
        let (purpose, _) = purpose(&api, "Newsletter", &[Channel::Email], None).await;
        let client = app.client(&api, "Ewa").await;
        api.record_consent(client, &given(purpose, Channel::Email, "2026-01-05T10:00:00Z"), None).await.unwrap();
        let no = RecordConsent { decision: Decision::Refused, note: None, ..given(purpose, Channel::Email, "2026-01-05") };
        api.record_consent(client, &no, None).await.unwrap();
        assert_eq!(card(&api, client).await.consents[0].status, ConsentStatus::Withdrawn);
    }

    async fn what_follows_names_the_entry_it_follows_from_and_has_no_scan(app: TestApp) {
        let api = app.owner().await;
        let (parent, _) = purpose(&api, "Marketing", &[Channel::Email], None).await;
        let below = CreatePurpose { name: "Promocje".into(), basis: LawfulBasis::Consent, is_marketing: true, channels: vec![Channel::Email], validity_days: None, parent_id: Some(parent), double_opt_in: false };
        let below = PurposeId::from_uuid(api.create_purpose(&below, None).await.unwrap().id);
        // The clock stands: about every other time the entry must get another id to come after the last one.
        for n in 0..8 {
            let client = app.client(&api, &format!("Ewa {n}")).await;
            for purpose in [parent, below] {
                api.record_consent(client, &given(purpose, Channel::Email, "2026-01-02"), None).await.unwrap();
            }
            let scan = upload(&api, client, "Zgoda.pdf", SCAN).await;
            let no = RecordConsent { decision: Decision::Refused, note: None, file_id: Some(scan), ..given(parent, Channel::Email, "2026-01-05") };
            api.record_consent(client, &no, None).await.unwrap();
            let consents = card(&api, client).await.consents;
            let last = |id| consents.iter().find(|it| it.purpose_id == id).unwrap().events[0].clone();
            let (above, followed) = (last(parent), last(below));
            assert_eq!((above.file_id, followed.file_id, followed.caused_by), (Some(scan), None, Some(above.id)));
        }
    }

    async fn a_no_needs_no_proof_and_takes_back_what_stands(app: TestApp) {
        let api = app.owner().await;
        let (parent, _) = purpose(&api, "Marketing", &[Channel::Email, Channel::Sms], None).await;
        let below = CreatePurpose { name: "Promocje".into(), basis: LawfulBasis::Consent, is_marketing: true, channels: vec![Channel::Email], validity_days: None, parent_id: Some(parent), double_opt_in: false };
        let below = PurposeId::from_uuid(api.create_purpose(&below, None).await.unwrap().id);
        let client = app.client(&api, "Ewa").await;
        for purpose in [parent, below] {
            api.record_consent(client, &given(purpose, Channel::Email, "2026-01-02"), None).await.unwrap();
        }
        let no = RecordConsent { decision: Decision::Refused, method: RecordMethod::Phone, note: None, ..given(parent, Channel::Email, "2026-01-05") };
        api.record_consent(client, &no, None).await.unwrap();
        api.record_consent(client, &RecordConsent { channel: Channel::Sms, ..no }, None).await.unwrap();
        let consents = card(&api, client).await.consents;
        let newest: Vec<_> = consents.iter().map(|it| (it.purpose_id, it.channel, it.status, it.events[0].kind, it.events[0].method)).collect();
        assert_eq!(newest, [
            (parent, Channel::Email, ConsentStatus::Withdrawn, ConsentEventKind::Withdrawn, ConsentMethod::Phone),
            (parent, Channel::Sms, ConsentStatus::Refused, ConsentEventKind::Refused, ConsentMethod::Phone),
            (below, Channel::Email, ConsentStatus::Withdrawn, ConsentEventKind::Withdrawn, ConsentMethod::Cascade),
        ]);
        assert!(consents.iter().all(|it| it.grade.is_none()));
    }

    async fn a_file_of_another_client_is_as_unknown_as_none(app: TestApp) {
        let api = app.owner().await;
        let (purpose, _) = purpose(&api, "Newsletter", &[Channel::Email, Channel::Sms], None).await;
        let (ewa, jan) = (app.client(&api, "Ewa").await, app.client(&api, "Jan").await);
        let (hers, his) = (upload(&api, ewa, "ewa.pdf", SCAN).await, upload(&api, jan, "jan.pdf", SCAN).await);
        let body = |file: FileId, channel| RecordConsent { file_id: Some(file), note: None, ..given(purpose, channel, "2026-01-02") };
        let before = state(&app).await;
        let unknown = FileId::from_uuid(ewa.as_uuid());
        for file in [his, unknown] {
            let refused = problem(api.record_consent(ewa, &body(file, Channel::Email), None).await);
            assert_eq!((refused.errors[0].pointer.as_str(), &refused.errors[0].rule), ("/file_id", &Rule::Unknown));
            assert_eq!(refused.errors.len(), 1);
        }
        assert_eq!(state(&app).await, before);
        api.record_consent(ewa, &body(hers, Channel::Email), None).await.unwrap();
        // It proves one consent, and no other.
        let again = api.record_consent(ewa, &body(hers, Channel::Sms), None).await;
        assert_eq!(complaint(again), ("/file_id".into(), Rule::Unknown));
        // Under another client's address it is not found either, nor by whom the card does not reach.
        assert_eq!(code(api.client_file(jan, hers).await), ProblemCode::NotFound);
        let mut own = RoleTemplate::Owner.definition();
        own.rights.remove(&Right::AdministerOwners);
        own.rights.iter_mut().filter(|(right, _)| right.is_scoped()).for_each(|(_, scope)| *scope = Scope::Own);
        let sonia = app.member("Sonia", app.role(&api, "własni", own).await).await;
        let before = state(&app).await;
        assert_eq!(code(sonia.client_file(ewa, hers).await), ProblemCode::NotFound);
        assert_eq!(code(sonia.upload_client_file(ewa, "a.pdf", SCAN, None).await), ProblemCode::NotFound);
        assert_eq!(code(sonia.record_consent(ewa, &given(purpose, Channel::Sms, "2026-01-02"), None).await), ProblemCode::NotFound);
        // On a client of her own, with the other's file.
        let own = app.client(&sonia, "Własna").await;
        assert_eq!(complaint(sonia.record_consent(own, &body(his, Channel::Email), None).await), ("/file_id".into(), Rule::Unknown));
        assert!(state(&app).await.starts_with(&before[..before.find('\n').unwrap()]));
        assert_eq!(api.client_file(ewa, hers).await.unwrap().bytes, SCAN);
        api.record_consent(jan, &body(his, Channel::Email), None).await.unwrap();
    }

    async fn a_consents_column_rules_recording_and_its_proof(app: TestApp) {
        let api = app.owner().await;
        let (purpose, _) = purpose(&api, "Newsletter", &[Channel::Email], None).await;
        let client = app.client(&api, "Ewa").await;
        let file = upload(&api, client, "zgoda.pdf", SCAN).await;
        let body = RecordConsent { file_id: Some(file), ..given(purpose, Channel::Email, "2026-01-02") };
        api.record_consent(client, &body, None).await.unwrap();
        let column = api.custom_fields().await.unwrap().into_iter().find(|field| field.kind == FieldKind::Consent).unwrap().id;
        for (restriction, sees) in [(FieldRestriction::Hidden, false), (FieldRestriction::Masked, false), (FieldRestriction::ReadOnly, true)] {
            let mut definition = RoleTemplate::Owner.definition();
            definition.rights.remove(&Right::AdministerOwners);
            definition.fields.insert(FieldRef::Custom(column), restriction);
            let member = app.member(restriction.code(), app.role(&api, restriction.code(), definition).await).await;
            let before = state(&app).await;
            let again = given(purpose, Channel::Email, "2026-01-05");
            let refused = problem(member.record_consent(client, &again, None).await);
            match restriction {
                FieldRestriction::Hidden => assert_eq!(refused.code, ProblemCode::NotFound),
                _ => assert_eq!(refused.errors[0].rule, Rule::ReadOnly),
            }
            assert_eq!(member.client_file(client, file).await.is_ok(), sees, "{restriction:?}");
            assert_eq!(state(&app).await, before);
        }
    }

    async fn only_what_is_what_it_says_is_taken(app: TestApp) {
        let api = app.owner().await;
        let client = app.client(&api, "Ewa").await;
        for (name, content) in [
            ("skan.pdf", b"MZ\x90\0 program".as_slice()),
            ("skan.pdf.exe", b"MZ\x90\0"),
            ("skan.html", b"<script>alert(1)</script>"),
            ("skan.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("skan.png", b"%PDF-1.7"),
            ("skan.zip", b"PK\x03\x04"),
            ("notatka.txt", b"a\0b"),
            ("skan", b"%PDF-1.7"),
            ("../..", b"%PDF-1.7"),
            ("", b"%PDF-1.7"),
            ("\u{202e}fdp.", b"%PDF-1.7"),
        ] {
            let refused = api.upload_client_file(client, name, content, None).await;
            assert_eq!(complaint(refused), ("/file".into(), Rule::FileType), "{name:?}");
        }
        assert_eq!(complaint(api.upload_client_file(client, "skan.pdf", b"", None).await), ("/file".into(), Rule::Required));
        let mut large = SCAN.to_vec();
        large.resize(FILE_MAX, b' ');
        api.upload_client_file(client, "skan.pdf", &large, None).await.unwrap();
        large.push(b' ');
        assert_eq!(code(api.upload_client_file(client, "skan.pdf", &large, None).await), ProblemCode::BodyTooLarge);
        large.resize(3 * FILE_MAX, b' ');
        let much = api.upload_client_file(client, "skan.pdf", &large, None).await;
        // Whoever sends that much may not hear the answer to the end.
        assert!(much.is_err());
        assert_eq!(app.rows("files").await, 1);
        let key = Some("raz");
        let first = api.upload_client_file(client, "a.pdf", SCAN, key).await.unwrap();
        assert_eq!(api.upload_client_file(client, "a.pdf", SCAN, key).await.unwrap(), first);
        assert_eq!(code(api.upload_client_file(client, "b.pdf", SCAN, key).await), ProblemCode::IdempotencyKeyReused);
        assert_eq!(app.rows("files").await, 2);
    }

    async fn a_form_has_one_file_and_nothing_else(app: TestApp) {
        let api = app.owner().await;
        let client = app.client(&api, "Ewa").await;
        let complaint = async |form| {
            let problem: Problem = send(&app, &api, client, form).await.json().await.unwrap();
            (problem.code, problem.errors.into_iter().next().map(|error| (error.pointer, error.rule)))
        };
        let form = multipart::Form::new;
        let file = || part("a.pdf", SCAN);
        let malformed = |pointer: &str, rule| (ProblemCode::Malformed, Some((pointer.to_owned(), rule)));
        assert_eq!(complaint(form().text("note", "x")).await, malformed("/note", Rule::Unknown));
        assert_eq!(complaint(form().part("file", file()).part("file", file())).await, malformed("/file", Rule::Duplicate));
        assert_eq!(complaint(form().part("file", file()).text("storage_key", "../../x")).await, malformed("/storage_key", Rule::Unknown));
        assert_eq!(complaint(form()).await.0, ProblemCode::Malformed);
        assert_eq!(app.rows("files").await, 0);
        let created = send(&app, &api, client, form().part("file", file())).await;
        assert_eq!(created.status(), 201);
        created.json::<Created>().await.unwrap();
        let access = api.cookie("__Host-zgoda-access").unwrap();
        let raw = |kind: &'static str, body: &'static [u8]| {
            Client::new()
                .post(format!("{}/api/v1/clients/{client}/files", app.base))
                .header("Sec-Fetch-Site", "same-origin")
                .header("Cookie", format!("__Host-zgoda-access={access}"))
                .header("Content-Type", kind)
                .body(body)
                .send()
        };
        assert_eq!(raw("application/pdf", SCAN).await.unwrap().status(), 415);
        assert_eq!(raw("multipart/form-data", b"--x--").await.unwrap().status(), 400);
        assert_eq!(raw("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc").await.unwrap().status(), 400);
        assert_eq!(app.rows("files").await, 1);
    }

    async fn a_client_has_room_for_so_much(app: TestApp) {
        let api = app.owner().await;
        let client = app.client(&api, "Ewa").await;
        upload(&api, client, "a.pdf", SCAN).await;
        // As if twenty large ones were there already.
        let most = i64::try_from(zgoda_domain::file::CLIENT_FILES_MAX).unwrap() - i64::try_from(SCAN.len()).unwrap();
        app.connection().execute_unprepared(&format!("update files set size = {most}")).await.unwrap();
        upload(&api, client, "b.pdf", SCAN).await;
        let full = complaint(api.upload_client_file(client, "c.pdf", b"%PDF-1.7", None).await);
        assert_eq!(full, ("/file".into(), Rule::NoRoom { max: zgoda_domain::file::CLIENT_FILES_MAX }));
        assert_eq!(app.rows("files").await, 2);
        // Another client has room of their own.
        let other = app.client(&api, "Jan").await;
        upload(&api, other, "c.pdf", SCAN).await;
    }

    async fn files_that_prove_nothing_are_gone_a_day_later(app: TestApp) {
        let api = app.owner().await;
        let (purpose, _) = purpose(&api, "Newsletter", &[Channel::Email], None).await;
        let client = app.client(&api, "Ewa").await;
        let kept = upload(&api, client, "a.pdf", SCAN).await;
        let left = upload(&api, client, "b.pdf", SCAN).await;
        let body = RecordConsent { file_id: Some(kept), ..given(purpose, Channel::Email, "2026-01-02") };
        api.record_consent(client, &body, None).await.unwrap();
        app.clock.advance(TimeDelta::hours(23));
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!(app.rows("files").await, 2);
        app.clock.advance(TimeDelta::hours(2));
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!(app.rows("files").await, 1);
        let api = app.owner().await;
        assert_eq!(api.client_file(client, kept).await.unwrap().bytes, SCAN);
        let late = RecordConsent { file_id: Some(left), ..given(purpose, Channel::Email, "2026-01-05") };
        assert_eq!(complaint(api.record_consent(client, &late, None).await), ("/file_id".into(), Rule::Unknown));
    }

    async fn proof_goes_with_the_card_and_is_handed_over_with_it(app: TestApp) {
        let api = app.owner().await;
        let (purpose, _) = purpose(&api, "Newsletter", &[Channel::Email], None).await;
        let client = app.client(&api, "Ewa").await;
        let file = upload(&api, client, "Zgoda Ewy.pdf", SCAN).await;
        let body = RecordConsent { file_id: Some(file), ..given(purpose, Channel::Email, "2026-01-02") };
        api.record_consent(client, &body, None).await.unwrap();
        let data: serde_json::Value = serde_json::from_slice(&api.subject_data_json(client).await.unwrap().bytes).unwrap();
        let listed = &data["files"][0];
        assert_eq!((listed["id"].as_str(), listed["name"].as_str()), (Some(file.to_string().as_str()), Some("Zgoda Ewy.pdf")));
        assert_eq!((listed["size"].as_u64(), listed["sha256"].as_str()), (Some(SCAN.len() as u64), Some(zgoda_vault::sha256_hex(SCAN).as_str())));
        let event = &data["consents"][0]["events"][0];
        assert_eq!((event["grade"].as_str(), event["file"].as_str()), (Some("c"), Some(file.to_string().as_str())));
        assert!(api.subject_data_xlsx(client).await.unwrap().bytes.starts_with(b"PK"));

        let card = api.client(client).await.unwrap();
        api.delete_client(client, card.version).await.unwrap();
        assert_eq!((app.rows("files").await, app.rows("consent_states").await), (0, 0));
        assert_eq!(code(api.client_file(client, file).await), ProblemCode::NotFound);
        // The entry stands; what it said about her is gone with her key.
        let ledger = zgoda_persistence::consents::ledger(&app.ctx.db.read(), client).await.unwrap();
        assert_eq!((ledger.len(), ledger[0].evidence.as_object().map(serde_json::Map::len)), (1, Some(0)));
        let found = zgoda_persistence::files::load(&app.ctx.db.read(), file).await.unwrap();
        assert!(found.is_none());
    }
}
