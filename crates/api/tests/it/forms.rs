//! Forms: publishing, answering, and every way an answer can be wrong.

use crate::{code, complaint, problem};
use zgoda_api_types::{
    clients::SearchClients,
    forms::{CreateForm, FormStatus, SaveForm, Submit},
    problem::ProblemCode,
};
use zgoda_domain::{
    Rule,
    client::ClientInput,
    consent::{ConsentStatus, Language},
    form_templates::FormTemplate,
    id::{ClientId, FormId, SubmissionId},
    submission::SubmissionStatus,
};
use zgoda_test_support::on_both_databases;

const SITE: &str = "https://www.example.com";

on_both_databases! {
    async fn a_visitors_answers_become_a_client(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let answers = form.answers(&[("name", "Żaneta Łoś"), ("email", "zaneta@example.com"), ("newsletter", "true")]);
        let receipt = app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        let page = api.search_clients(&SearchClients::default()).await.unwrap();
        assert_eq!(page.items.len(), 1);
        let card = api.client(page.items[0].id).await.unwrap().value;
        assert_eq!(card.details.name.as_deref(), Some("Żaneta Łoś"));
        assert_eq!(card.consents[0].status, ConsentStatus::Given);
        let event = &card.consents[0].events[0];
        assert_eq!(event.wording.as_ref().unwrap().text, "Zgadzam się na newsletter.");
        assert_eq!(event.evidence.page.as_deref(), Some(SITE));
        assert_eq!(event.evidence.ip.as_deref(), Some("127.0.0.1"));
        assert_eq!(event.form_version_id, Some(form.public.form_version));
        let submission = api.submission(SubmissionId::from_uuid(receipt.id)).await.unwrap();
        assert_eq!(submission.summary.status, SubmissionStatus::Accepted);
        assert_eq!(submission.answers[0].text, "Żaneta Łoś");
    }

    async fn no_tick_is_no_consent(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let answers = form.answers(&[("email", "jan@example.com"), ("newsletter", "")]);
        app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        let row = api.search_clients(&SearchClients::default()).await.unwrap().items.remove(0);
        assert!(api.client(row.id).await.unwrap().value.consents.is_empty());
        assert_eq!(app.rows("consent_events").await, 0);
    }

    async fn a_foreign_page_cannot_use_the_form(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let answers = form.answers(&[("email", "jan@example.com")]);
        for origin in ["https://evil.example", "https://www.example.com.evil.example", "http://www.example.com", "null"] {
            assert_eq!(code(app.visitor().submit(&form.public_id, &answers, None, Some(origin)).await), ProblemCode::ForeignOrigin);
        }
        assert_eq!((app.rows("submissions").await, app.rows("clients").await), (0, 0));
    }

    async fn cross_origin_answers_go_to_the_exact_origin_only(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let http = reqwest::Client::new();
        let url = format!("{}/api/v1/public/forms/{}", app.base, form.public_id);
        let allowed = async |origin: &str, method: reqwest::Method| {
            let response = http.request(method, &url).header("Origin", origin).send().await.unwrap();
            let headers = response.headers();
            assert!(headers.get("access-control-allow-credentials").is_none());
            headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap().to_owned())
        };
        for method in [reqwest::Method::GET, reqwest::Method::OPTIONS] {
            assert_eq!(allowed(SITE, method.clone()).await.as_deref(), Some(SITE));
            assert_eq!(allowed("https://evil.example", method).await, None);
        }
        let staff = http.get(format!("{}/api/v1/clients", app.base)).header("Origin", SITE).send().await.unwrap();
        assert!(staff.headers().get("access-control-allow-origin").is_none());
    }

    async fn a_doubled_submission_counts_once(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let answers = form.answers(&[("email", "jan@example.com")]);
        let calls = (0..5).map(|_| {
            let (visitor, answers, id) = (app.visitor(), answers.clone(), form.public_id.clone());
            async move { visitor.submit(&id, &answers, Some("k1"), Some(SITE)).await }
        });
        let results = futures::future::join_all(calls).await;
        let ids: std::collections::BTreeSet<_> = results.iter().filter_map(|r| r.as_ref().ok().map(|s| s.id)).collect();
        assert_eq!(ids.len(), 1);
        assert_eq!((app.rows("submissions").await, app.rows("clients").await), (1, 1));
        let other = form.answers(&[("email", "ewa@example.com")]);
        assert_eq!(code(app.visitor().submit(&form.public_id, &other, Some("k1"), Some(SITE)).await), ProblemCode::IdempotencyKeyReused);
    }

    async fn a_retired_version_is_refused_and_a_closed_form_is_gone(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let answers = form.answers(&[("email", "jan@example.com")]);
        let mut changed = form.definition.clone();
        changed.title = "Kontakt 2".into();
        app.publish(&api, form.id, &changed).await;
        assert_eq!(code(app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await), ProblemCode::FormVersionRetired);
        let current = app.visitor().public_form(&form.public_id).await.unwrap();
        let answers = Submit { form_version: current.form_version, ..answers };
        app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        api.close_form(form.id).await.unwrap();
        assert_eq!(code(app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await), ProblemCode::FormClosed);
        assert_eq!(api.form(form.id).await.unwrap().value.status, FormStatus::Closed);
        assert_eq!(app.rows("submissions").await, 1);
    }

    async fn any_page_may_read_that_there_is_no_form_any_more(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let http = reqwest::Client::new();
        let ask = async |method: reqwest::Method, path: &str, page: &str| {
            let url = format!("{}/api/v1/public/forms/{path}", app.base);
            let answer = http.request(method, url).header("Origin", page).send().await.unwrap();
            let allowed = answer.headers().get("access-control-allow-origin").map(|it| it.to_str().unwrap().to_owned());
            (answer.status().as_u16(), allowed)
        };
        let (own, submissions) = (form.public_id.clone(), format!("{}/submissions", form.public_id));
        let foreign = "https://evil.example";
        assert_eq!(ask(reqwest::Method::GET, &own, SITE).await, (200, Some(SITE.into())));
        assert_eq!(ask(reqwest::Method::GET, &own, foreign).await, (403, None));
        assert_eq!(ask(reqwest::Method::OPTIONS, &submissions, foreign).await, (204, None));
        api.close_form(form.id).await.unwrap();
        for page in [SITE, foreign] {
            assert_eq!(ask(reqwest::Method::GET, &own, page).await, (410, Some("*".into())));
            assert_eq!(ask(reqwest::Method::OPTIONS, &submissions, page).await, (204, Some("*".into())));
            assert_eq!(ask(reqwest::Method::POST, &submissions, page).await, (410, Some("*".into())));
            assert_eq!(ask(reqwest::Method::GET, "nosuchform", page).await, (404, Some("*".into())));
        }
    }

    async fn wrong_answers_are_named_and_nothing_is_kept(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let send = async |pairs: &[(&str, &str)]| complaint(app.visitor().submit(&form.public_id, &form.answers(pairs), None, Some(SITE)).await);
        assert_eq!(send(&[("name", "Jan")]).await, ("/answers/email".into(), Rule::Required));
        assert_eq!(send(&[("email", "jan")]).await, ("/answers/email".into(), Rule::Malformed));
        assert_eq!(send(&[("email", "jan@example.com"), ("role", "owner")]).await, ("/answers/role".into(), Rule::Unknown));
        assert_eq!(send(&[("email", "jan@example.com"), ("newsletter", "maybe")]).await, ("/answers/newsletter".into(), Rule::WrongKind));
        assert_eq!(send(&[("email", "jan@example.com"), ("name", &"x".repeat(300))]).await, ("/answers/name".into(), Rule::TooLong { max: 255 }));
        assert_eq!((app.rows("submissions").await, app.rows("clients").await), (0, 0));
    }

    async fn a_stranger_who_names_a_known_address_changes_nothing_until_staff_accept(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let details = ClientInput { name: Some("Jan Prawdziwy".into()), email: Some("Jan@example.com".into()), ..ClientInput::default() };
        let body = zgoda_api_types::clients::ClientBody { details, ..Default::default() };
        let id = ClientId::from_uuid(api.create_client(&body, None).await.unwrap().id);
        let answers = form.answers(&[("name", "Podszywacz"), ("email", "jan@EXAMPLE.com"), ("city", "Kielce"), ("newsletter", "true")]);
        let receipt = app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        let fresh = form.answers(&[("name", "Nowa"), ("email", "nowa@example.com"), ("city", "Kielce"), ("newsletter", "true")]);
        let other = app.visitor().submit(&form.public_id, &fresh, None, Some(SITE)).await.unwrap();
        assert_eq!(receipt.thank_you, other.thank_you);
        let card = api.client(id).await.unwrap();
        assert_eq!((card.version, card.value.details.city.clone(), card.value.consents.len()), (1, None, 0));
        let submission = SubmissionId::from_uuid(receipt.id);
        assert_eq!(api.submission(submission).await.unwrap().summary.status, SubmissionStatus::Review);
        api.accept_submission(submission).await.unwrap();
        let card = api.client(id).await.unwrap().value;
        assert_eq!(card.details.name.as_deref(), Some("Jan Prawdziwy"));
        assert_eq!(card.details.city.as_deref(), Some("Kielce"));
        assert_eq!(card.consents[0].status, ConsentStatus::Given);
        assert_eq!(code(api.accept_submission(submission).await), ProblemCode::WrongState);
        assert_eq!(code(api.dismiss_submission(submission).await), ProblemCode::WrongState);
    }

    async fn two_simultaneous_strangers_with_one_new_address_make_one_card(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let calls = (0..6).map(|_| {
            let (visitor, answers, id) = (app.visitor(), form.answers(&[("email", "nowy@example.com")]), form.public_id.clone());
            async move { visitor.submit(&id, &answers, None, Some(SITE)).await.unwrap() }
        });
        futures::future::join_all(calls).await;
        assert_eq!((app.rows("clients").await, app.rows("submissions").await), (1, 6));
    }

    async fn two_editors_of_a_form_do_not_overwrite_each_other(app: TestApp) {
        let api = app.owner().await;
        let body = CreateForm { name: "Kontakt".into(), template: FormTemplate::Contact, language: Language::Pl };
        let id = FormId::from_uuid(api.create_form(&body, None).await.unwrap().id);
        let form = api.form(id).await.unwrap();
        let save = SaveForm { name: "Pierwszy".into(), definition: form.value.definition.clone() };
        api.save_form(id, form.version, &save).await.unwrap();
        assert_eq!(code(api.save_form(id, form.version, &save).await), ProblemCode::Outdated);
        assert_eq!(code(api.publish_form(id, form.version).await), ProblemCode::Outdated);
        assert_eq!(api.form(id).await.unwrap().value.status, FormStatus::Draft);
    }

    async fn a_form_without_fields_cannot_be_published(app: TestApp) {
        let api = app.owner().await;
        let body = CreateForm { name: "Pusty".into(), template: FormTemplate::Empty, language: Language::Pl };
        let id = FormId::from_uuid(api.create_form(&body, None).await.unwrap().id);
        assert_eq!(complaint(api.publish_form(id, 1).await), ("/definition/fields".into(), Rule::Required));
        let refused = problem(app.visitor().public_form(&api.form(id).await.unwrap().value.public_id).await);
        assert_eq!(refused.code, ProblemCode::NotFound);
    }

    async fn the_plain_html_form_works_and_keeps_answers_on_errors(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, SITE).await;
        let http = reqwest::Client::new();
        let url = format!("{}/f/{}", app.base, form.public_id);
        let page = http.get(&url).send().await.unwrap();
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains(&format!("frame-ancestors 'self' {} {SITE}", app.base)), "{policy}");
        assert!(page.text().await.unwrap().contains("Zgadzam się na newsletter."));
        let version = form.public.form_version.to_string();
        let post = async |pairs: &[(&str, &str)]| {
            let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            let request = http.post(&url).header("Origin", SITE).header("Content-Type", "application/x-www-form-urlencoded").body(body);
            let response = request.send().await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        };
        let (status, page) = post(&[("_version", &version), ("name", "Żaneta <b>Łoś</b>"), ("email", "zła")]).await;
        assert_eq!(status, 422);
        assert!(page.contains("Żaneta &#60;b&#62;Łoś") || page.contains("Żaneta &lt;b&gt;Łoś"), "{page}");
        let (status, page) = post(&[("_version", "stara"), ("email", "zaneta@example.com")]).await;
        assert_eq!((status, page.contains("zaneta@example.com")), (409, true));
        assert_eq!(app.rows("submissions").await, 0);
        let (status, page) = post(&[("_version", &version), ("email", "zaneta@example.com"), ("newsletter", "true")]).await;
        assert_eq!(status, 200, "{page}");
        assert_eq!(app.rows("consent_events").await, 1);
    }
}
