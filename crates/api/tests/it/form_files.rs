//! Files that visitors attach: what is taken, who gets at it, when it is gone. And versions of forms.

use crate::{code, problem};
use reqwest::multipart::{Form, Part};
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;
use zgoda_api_types::{
    clients::{ClientBody, SearchClients},
    forms::{CreateForm, Submit, Submitted, VersionState},
    problem::{Problem, ProblemCode},
};
use zgoda_app::jobs;
use zgoda_client::Api;
use zgoda_domain::{
    Rule,
    access::role::{RoleDefinition, RoleTemplate},
    client::ClientInput,
    consent::Language,
    file::FileType,
    form::FormDefinition,
    form_templates::FormTemplate,
    id::{ClientId, FormId, FormVersionId, SubmissionId},
};
use zgoda_test_support::{TestApp, on_both_databases};

const SITE: &str = "https://www.example.com";
const PDF: &[u8] = b"%PDF-1.7 oferta";

/// Publishes the quote template, for pages of [`SITE`].
async fn published(
    app: &TestApp,
    owner: &Api,
    change: impl FnOnce(&mut FormDefinition),
) -> (FormId, String, FormVersionId) {
    let body = CreateForm { name: "Wycena".into(), template: FormTemplate::Quote, language: Language::Pl };
    let id = FormId::from_uuid(owner.create_form(&body, None).await.unwrap().id);
    let mut definition = FormTemplate::Quote.definition("Wycena", Language::Pl);
    definition.allowed_origins = vec![SITE.into()];
    change(&mut definition);
    let public_id = app.publish(owner, id, &definition).await;
    let version = app.visitor().public_form(&public_id).await.unwrap().form_version;
    (id, public_id, version)
}

fn submit(form_version: FormVersionId, email: &str) -> Submit {
    let pairs = [("name", "Jan Wzorowy"), ("email", email), ("message", "Sto krzeseł")];
    let answers: BTreeMap<String, String> = pairs.map(|(key, text)| (key.to_owned(), text.to_owned())).into();
    Submit { form_version, answers, proof: None }
}

fn file(name: &str, content: &[u8]) -> Part {
    Part::bytes(content.to_vec()).file_name(name.to_owned())
}

fn with_json(submit: &Submit) -> Form {
    Form::new().text("_submission", serde_json::to_string(submit).unwrap())
}

async fn send(app: &TestApp, public_id: &str, form: Form) -> Result<Submitted, Problem> {
    let url = format!("{}/api/v1/public/forms/{public_id}/submissions", app.base);
    let answer = reqwest::Client::new().post(url).header("Origin", SITE).multipart(form).send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], SITE);
    if answer.status() == 201 { Ok(answer.json().await.unwrap()) } else { Err(answer.json().await.unwrap()) }
}

on_both_databases! {
    async fn a_file_comes_with_the_submission_and_goes_to_staff(app: TestApp) {
        let owner = app.owner().await;
        let (_, id, version) = published(&app, &owner, |_| {}).await;
        let form = with_json(&submit(version, "jan@example.com")).part("attachment", file("../Oferta ż.pdf", PDF));
        let receipt = send(&app, &id, form).await.unwrap();
        let submission = SubmissionId::from_uuid(receipt.id);
        let opened = owner.submission(submission).await.unwrap();
        let [stored] = opened.files.as_slice() else { panic!("one file") };
        assert_eq!((stored.name.as_str(), stored.media_type.as_str(), stored.size), ("Oferta ż.pdf", "application/pdf", 15));
        assert_eq!(owner.submission_file(submission, stored.id).await.unwrap().bytes, PDF);
        // To be saved, never shown.
        let url = format!("{}/api/v1/submissions/{submission}/files/{}", app.base, stored.id);
        let cookie = format!("__Host-zgoda-access={}", owner.cookie("__Host-zgoda-access").unwrap());
        let answer = reqwest::Client::new().get(url).header("Cookie", cookie).send().await.unwrap();
        let disposition = answer.headers()["content-disposition"].to_str().unwrap();
        assert_eq!(disposition, "attachment; filename=\"Oferta _.pdf\"; filename*=UTF-8''Oferta%20%C5%BC%2Epdf");
        // Looking is recorded, about the client.
        let client = opened.summary.client_id.unwrap();
        let looks = owner.client_history(client, None).await.unwrap().items;
        assert!(looks.iter().any(|it| it.action == zgoda_domain::audit::Action::FileOpened));
        // Of another submission it is not.
        let other = send(&app, &id, with_json(&submit(version, "ewa@example.com"))).await.unwrap();
        let other = SubmissionId::from_uuid(other.id);
        assert_eq!(code(owner.submission_file(other, stored.id).await), ProblemCode::NotFound);
        // A new client's file is sealed under the client's key, and goes with the card.
        assert_eq!(app.rows("files where sealed_for_client and client_id is not null").await, 1);
        let version = owner.client(client).await.unwrap().version;
        owner.delete_client(client, version).await.unwrap();
        assert_eq!(app.rows("files").await, 0);
    }

    async fn whoever_does_not_reach_the_submission_does_not_reach_its_files(app: TestApp) {
        let owner = app.owner().await;
        let (_, id, version) = published(&app, &owner, |_| {}).await;
        let form = with_json(&submit(version, "jan@example.com")).part("attachment", file("a.pdf", PDF));
        let submission = SubmissionId::from_uuid(send(&app, &id, form).await.unwrap().id);
        let stored = owner.submission(submission).await.unwrap().files[0].id;
        let seller = app.member("Sonia", RoleTemplate::Salesperson.id()).await;
        assert_eq!(code(seller.submission_file(submission, stored).await), ProblemCode::NotFound);
        let nobody = app.role(&owner, "Nikt", RoleDefinition::default()).await;
        let nobody = app.member("Norbert", nobody).await;
        assert_eq!(code(nobody.submission_file(submission, stored).await), ProblemCode::NotAllowed);
        assert_eq!(code(app.visitor().submission_file(submission, stored).await), ProblemCode::SignInNeeded);
    }

    async fn what_is_no_such_file_is_named_and_nothing_is_kept(app: TestApp) {
        let owner = app.owner().await;
        let (_, id, version) = published(&app, &owner, |it| {
            let field = it.fields.iter_mut().find(|it| it.key == "attachment").unwrap();
            field.required = true;
            field.file.as_mut().unwrap().max_bytes = 1000;
            field.file.as_mut().unwrap().types = vec![FileType::Pdf];
        }).await;
        let whole = || with_json(&submit(version, "jan@example.com"));
        let wrong = async |form: Form| {
            let problem = send(&app, &id, form).await.unwrap_err();
            let first = problem.errors.into_iter().next().unwrap();
            (problem.code, first.pointer, first.rule)
        };
        let at = |rule| (ProblemCode::Invalid, "/answers/attachment".to_owned(), rule);
        assert_eq!(wrong(whole()).await, at(Rule::Required));
        assert_eq!(wrong(whole().part("attachment", file("", b""))).await, at(Rule::Required));
        assert_eq!(wrong(whole().part("attachment", file("a.pdf", b"MZ\0"))).await, at(Rule::FileType));
        assert_eq!(wrong(whole().part("attachment", file("a.html", PDF))).await, at(Rule::FileType));
        assert_eq!(wrong(whole().part("attachment", file("a.png", b"\x89PNG\r\n\x1a\n"))).await, at(Rule::FileType));
        let large = [PDF, &vec![b'x'; 2000]].concat();
        assert_eq!(wrong(whole().part("attachment", file("a.pdf", &large))).await, at(Rule::FileTooLarge { max: 1000 }));
        let huge = vec![b'x'; 11 * 1024 * 1024];
        assert_eq!(wrong(whole().part("attachment", file("a.pdf", &huge))).await, at(Rule::FileTooLarge { max: 1000 }));
        let twice = whole().part("attachment", file("a.pdf", PDF)).part("attachment", file("b.pdf", PDF));
        assert_eq!(wrong(twice).await, at(Rule::Duplicate));
        let elsewhere = whole().part("attachment", file("a.pdf", PDF)).part("name", file("b.pdf", PDF));
        assert_eq!(wrong(elsewhere).await, (ProblemCode::Invalid, "/answers/name".to_owned(), Rule::Unknown));
        let doubled = whole().text("name", "Ewa").part("attachment", file("a.pdf", PDF));
        assert_eq!(wrong(doubled).await, (ProblemCode::Malformed, String::new(), Rule::Contradiction));
        let more = vec![b'x'; 13 * 1024 * 1024];
        let too_much = whole().part("attachment", file("a.pdf", &more)).part("other", file("b.pdf", &more));
        let url = format!("{}/api/v1/public/forms/{id}/submissions", app.base);
        // The server answers before it has read all that; whoever sends may see the connection end instead.
        if let Ok(answer) = reqwest::Client::new().post(url).multipart(too_much).send().await {
            assert_eq!(answer.status(), 413);
        }
        // JSON alone cannot bring the file that is required.
        let json = problem(app.visitor().submit(&id, &submit(version, "jan@example.com"), None, Some(SITE)).await);
        assert_eq!(json.errors[0].pointer, "/answers/attachment");
        assert_eq!((app.rows("files").await, app.rows("submissions").await, app.rows("clients").await), (0, 0, 0));
    }

    async fn a_plain_form_brings_files_too(app: TestApp) {
        let owner = app.owner().await;
        let (_, id, version) = published(&app, &owner, |_| {}).await;
        let url = format!("{}/f/{id}", app.base);
        let shown = reqwest::get(&url).await.unwrap().text().await.unwrap();
        assert!(shown.contains("enctype=\"multipart/form-data\"") && shown.contains("type=\"file\" accept=\".pdf"));
        let plain = |email: &str| {
            let Submit { answers, .. } = submit(version, email);
            let form = answers.into_iter().fold(Form::new(), |form, (key, text)| form.text(key, text));
            form.text("_version", version.to_string())
        };
        let send = async |form: Form| reqwest::Client::new().post(&url).multipart(form).send().await.unwrap();
        let wrong = send(plain("jan@example.com").part("attachment", file("a.exe", b"MZ"))).await;
        assert_eq!(wrong.status(), 422);
        let page = wrong.text().await.unwrap();
        assert!(page.contains("pliki trzeba wybrać jeszcze raz") && page.contains("value=\"jan@example.com\""));
        assert_eq!(app.rows("submissions").await, 0);
        assert_eq!(send(plain("jan@example.com").part("attachment", file("a.pdf", PDF))).await.status(), 200);
        // As a browser sends a field without a file.
        assert_eq!(send(plain("ewa@example.com").part("attachment", file("", b""))).await.status(), 200);
        assert_eq!((app.rows("submissions").await, app.rows("files").await), (2, 1));
    }

    async fn names_of_parts_are_bounded_and_a_form_without_file_fields_takes_none(app: TestApp) {
        let owner = app.owner().await;
        let (_, id, version) = published(&app, &owner, |_| {}).await;
        let whole = || with_json(&submit(version, "jan@example.com"));
        let long = (0..110).fold(whole(), |form, n| form.text(format!("{n:03}{}", "x".repeat(2500)), ""));
        assert_eq!(send(&app, &id, long).await.unwrap_err().code, ProblemCode::BodyTooLarge);
        let many = (0..200).fold(whole(), |form, n| form.text(format!("p{n}"), ""));
        assert_eq!(send(&app, &id, many).await.unwrap_err().code, ProblemCode::BodyTooLarge);
        assert_eq!(app.rows("submissions").await, 0);
        let plain = app.published_form(&owner, SITE).await;
        let sent = with_json(&plain.answers(&[("email", "jan@example.com")]));
        assert_eq!(send(&app, &plain.public_id, sent).await.unwrap_err().code, ProblemCode::UnsupportedMediaType);
        assert_eq!(app.rows("submissions").await, 0);
    }

    async fn a_strangers_file_becomes_the_clients_when_staff_accept_and_is_gone_when_they_dismiss(app: TestApp) {
        let owner = app.owner().await;
        let details = ClientInput { email: Some("znany@example.com".into()), ..ClientInput::default() };
        let client = owner.create_client(&ClientBody { details, ..ClientBody::default() }, None).await.unwrap();
        let (_, id, version) = published(&app, &owner, |_| {}).await;
        let send_one = async || {
            let form = with_json(&submit(version, "znany@example.com")).part("attachment", file("a.pdf", PDF));
            SubmissionId::from_uuid(send(&app, &id, form).await.unwrap().id)
        };
        let (first, second, third) = (send_one().await, send_one().await, send_one().await);
        assert_eq!(app.rows("files where client_id is null").await, 3);
        owner.accept_submission(first).await.unwrap();
        owner.dismiss_submission(second).await.unwrap();
        assert_eq!(app.rows("files where sealed_for_client and client_id is not null").await, 1);
        assert_eq!(app.rows("files").await, 2);
        let stored = owner.submission(first).await.unwrap().files[0].id;
        assert_eq!(owner.submission_file(first, stored).await.unwrap().bytes, PDF);
        assert!(owner.submission(second).await.unwrap().files.is_empty());
        // What waits goes with the card that it names.
        let client = ClientId::from_uuid(client.id);
        assert_eq!(owner.submission(third).await.unwrap().files.len(), 1);
        let version = owner.client(client).await.unwrap().version;
        owner.delete_client(client, version).await.unwrap();
        assert_eq!((app.rows("files").await, app.rows("submissions").await), (0, 0));
    }

    async fn tidying_leaves_files_of_submissions_alone(app: TestApp) {
        let owner = app.owner().await;
        let (_, id, version) = published(&app, &owner, |_| {}).await;
        let form = with_json(&submit(version, "jan@example.com")).part("attachment", file("a.pdf", PDF));
        send(&app, &id, form).await.unwrap();
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!(app.rows("files").await, 1);
        app.connection().execute_unprepared("delete from submissions").await.unwrap();
        jobs::tidy(&app.ctx).await.unwrap();
        assert_eq!(app.rows("files").await, 0);
        assert_eq!(owner.search_clients(&SearchClients::default()).await.unwrap().items.len(), 1);
    }

    async fn every_published_version_can_be_looked_up(app: TestApp) {
        let owner = app.owner().await;
        let (form, _, first) = published(&app, &owner, |_| {}).await;
        let mut definition = owner.form(form).await.unwrap().value.definition;
        definition.title = "Wycena 2".into();
        definition.fields.pop();
        app.publish(&owner, form, &definition).await;
        let versions = owner.form_versions(form).await.unwrap();
        let seen: Vec<_> = versions.iter().map(|it| (it.number, it.state, it.fields)).collect();
        assert_eq!(seen, [(2, VersionState::Published, 5), (1, VersionState::Retired, 6)]);
        assert_eq!((versions[1].id, versions[1].sha256.len()), (first, 64));
        let old = owner.form_version(form, 1).await.unwrap();
        assert_eq!((old.definition.title.as_str(), &old.summary), ("Wycena", &versions[1]));
        assert_eq!(code(owner.form_version(form, 3).await), ProblemCode::NotFound);
        owner.close_form(form).await.unwrap();
        assert_eq!(owner.form_versions(form).await.unwrap()[0].state, VersionState::Retired);
    }
}
