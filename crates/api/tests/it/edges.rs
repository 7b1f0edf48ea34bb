//! Broken, oversized, slow and foreign requests, sent raw.

use reqwest::{Client, Method, Response, StatusCode};
use zgoda_api_types::problem::{Problem, ProblemCode};
use zgoda_client::Api;
use zgoda_domain::Rule;
use zgoda_test_support::{Backend, TestApp, on_both_databases};

async fn raw(
    app: &TestApp,
    api: &Api,
    method: Method,
    path: &str,
    body: impl Into<reqwest::Body>,
    headers: &[(&str, &str)],
) -> Response {
    let mut request = Client::new().request(method, format!("{}/api/v1{path}", app.base)).body(body);
    let mut wanted = vec![("Content-Type", "application/json"), ("Sec-Fetch-Site", "same-origin")];
    wanted.retain(|(name, _)| !headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)));
    wanted.extend_from_slice(headers);
    for (name, value) in wanted.into_iter().filter(|(_, value)| !value.is_empty()) {
        request = request.header(name, value);
    }
    if let Some(access) = api.cookie("__Host-zgoda-access") {
        request = request.header("Cookie", format!("__Host-zgoda-access={access}"));
    }
    request.send().await.unwrap()
}

async fn problem(response: Response) -> Problem {
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let status = response.status().as_u16();
    let problem: Problem = response.json().await.unwrap();
    assert_eq!(problem.status, status);
    problem
}

on_both_databases! {
    async fn broken_bodies_are_told_apart(app: TestApp) {
        let api = app.owner().await;
        let post = async |body: Vec<u8>, headers: &[(&str, &str)]| problem(raw(&app, &api, Method::POST, "/clients", body, headers).await).await;
        assert_eq!(post(b"{".to_vec(), &[]).await.code, ProblemCode::Malformed);
        assert_eq!(post(b"{\"details\":{\"name\":\"\xff\xfe\"}}".to_vec(), &[]).await.code, ProblemCode::Malformed);
        assert_eq!(post(br#"{"details":{"name":"Jan"}} x"#.to_vec(), &[]).await.code, ProblemCode::Malformed);
        let unknown = post(br#"{"details":{"name":"Jan","owner":true}}"#.to_vec(), &[]).await;
        assert_eq!((unknown.code, unknown.errors[0].pointer.as_str(), &unknown.errors[0].rule), (ProblemCode::Malformed, "/details/owner", &Rule::Unknown));
        let kind = post(br#"{"details":{"name":7}}"#.to_vec(), &[]).await;
        assert_eq!((kind.errors[0].pointer.as_str(), &kind.errors[0].rule), ("/details/name", &Rule::WrongKind));
        assert_eq!(post(vec![b'x'; 10 * 1024 * 1024], &[]).await.code, ProblemCode::BodyTooLarge);
        assert_eq!(post(b"{}".to_vec(), &[("Content-Type", "text/plain")]).await.code, ProblemCode::UnsupportedMediaType);
        assert_eq!(post(b"{}".to_vec(), &[("Content-Encoding", "gzip")]).await.code, ProblemCode::UnsupportedMediaType);
        assert_eq!(post(b"{}".to_vec(), &[("Idempotency-Key", "a b")]).await.code, ProblemCode::Malformed);
        let deep = [b"{\"details\":".to_vec(), b"[".repeat(100_000)].concat();
        assert_eq!(post(deep, &[]).await.code, ProblemCode::Malformed);
        assert_eq!(app.rows("clients").await, 0);
    }

    async fn a_change_must_say_which_version_it_means(app: TestApp) {
        let api = app.owner().await;
        let id = app.client(&api, "Jan").await;
        let body = r#"{"details":{"name":"Ewa"}}"#;
        let put = async |tag: &str| problem(raw(&app, &api, Method::PUT, &format!("/clients/{id}"), body, &[("If-Match", tag)]).await).await.code;
        assert_eq!(put("").await, ProblemCode::VersionNeeded);
        assert_eq!(put("1").await, ProblemCode::Malformed);
        assert_eq!(put("*").await, ProblemCode::Malformed);
        assert_eq!(put("\"7\"").await, ProblemCode::Outdated);
        assert_eq!(api.client(id).await.unwrap().value.details.name.as_deref(), Some("Jan"));
    }

    async fn another_site_cannot_make_the_browser_write(app: TestApp) {
        let api = app.owner().await;
        let body = r#"{"details":{"name":"Jan"}}"#;
        for headers in [
            &[("Sec-Fetch-Site", "cross-site")][..],
            &[("Sec-Fetch-Site", "same-site")][..],
            &[("Sec-Fetch-Site", "none")][..],
            &[("Sec-Fetch-Site", ""), ("Origin", "https://evil.example")][..],
            &[("Sec-Fetch-Site", ""), ("Origin", "null")][..],
            &[("Sec-Fetch-Site", "")][..],
        ] {
            let answer = problem(raw(&app, &api, Method::POST, "/clients", body, headers).await).await;
            assert_eq!(answer.code, ProblemCode::CrossSite, "{headers:?}");
        }
        assert_eq!(app.rows("clients").await, 0);
        let own = raw(&app, &api, Method::POST, "/clients", body, &[("Sec-Fetch-Site", ""), ("Origin", &app.base)]).await;
        assert_eq!(own.status(), StatusCode::CREATED);
    }

    /// `%61` is an `a` to the routes, so it is one to the checks.
    async fn an_encoded_path_meets_the_same_checks(app: TestApp) {
        let api = app.owner().await;
        let cookie = format!("__Host-zgoda-access={}", api.cookie("__Host-zgoda-access").unwrap());
        for path in ["/api/v1/clients", "/%61pi/v1/clients", "/a%70i/%761/clients"] {
            let send = |site: &'static str| {
                Client::new()
                    .post(format!("{}{path}", app.base))
                    .header("Cookie", &cookie)
                    .header("Sec-Fetch-Site", site)
                    .json(&serde_json::json!({ "details": { "name": "Jan" } }))
                    .send()
            };
            let before = app.rows("clients").await;
            let refused = send("cross-site").await.unwrap();
            assert_eq!(refused.headers()["cache-control"], "no-store", "{path}");
            assert_eq!(problem(refused).await.code, ProblemCode::CrossSite, "{path}");
            assert_eq!(app.rows("clients").await, before);
            let taken = send("same-origin").await.unwrap();
            assert_eq!((taken.status(), taken.headers()["cache-control"].to_str().unwrap()), (StatusCode::CREATED, "no-store"), "{path}");
        }
        // A locked session opens nothing by another spelling either.
        api.lock().await.unwrap();
        for path in ["/api/v1/custom-fields", "/%61pi/v1/custom-fields"] {
            let answer = Client::new().get(format!("{}{path}", app.base)).header("Cookie", &cookie).send().await.unwrap();
            assert_eq!(problem(answer).await.code, ProblemCode::SessionLocked, "{path}");
        }
    }

    async fn a_redirect_that_is_not_ascii_reaches_the_visitor(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, "https://www.example.com").await;
        let mut definition = form.definition.clone();
        definition.redirect_url = Some("https://żółw.example.com/dziękujemy".into());
        let spelt = "https://xn--w-uga1v8h.example.com/dzi%C4%99kujemy";
        app.publish(&api, form.id, &definition).await;
        assert_eq!(api.form(form.id).await.unwrap().value.definition.redirect_url.as_deref(), Some(spelt));
        let send = async || {
            let version = app.visitor().public_form(&form.public_id).await.unwrap().form_version;
            let body = format!("_version={version}&email=jan%40example.com");
            let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
            let request = client.post(format!("{}/f/{}", app.base, form.public_id)).body(body);
            request.header("Content-Type", "application/x-www-form-urlencoded").send().await.unwrap()
        };
        let answer = send().await;
        assert_eq!((answer.status(), answer.headers()["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, spelt));
        // One that was stored as it was typed.
        let sql = format!("update forms set definition = replace(definition, '{spelt}', 'https://www.example.com/dziękujemy')");
        sea_orm::ConnectionTrait::execute_unprepared(app.connection(), &sql).await.unwrap();
        let version = api.form(form.id).await.unwrap().version;
        api.publish_form(form.id, version).await.unwrap();
        let answer = send().await;
        let location = answer.headers()["location"].to_str().unwrap();
        assert_eq!((answer.status(), location), (StatusCode::SEE_OTHER, "https://www.example.com/dzi%C4%99kujemy"));
        assert_eq!(app.rows("submissions").await, 2);
    }

    async fn a_failure_of_ours_is_not_called_the_visitors_haste(app: TestApp) {
        let api = app.owner().await;
        let form = app.published_form(&api, "https://www.example.com").await;
        let body = format!("_version={}&email=jan%40example.com", form.public.form_version);
        sea_orm::ConnectionTrait::execute_unprepared(app.connection(), "alter table submissions rename to elsewhere").await.unwrap();
        let request = Client::new().post(format!("{}/f/{}", app.base, form.public_id)).body(body);
        let answer = request.header("Content-Type", "application/x-www-form-urlencoded").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let page = answer.text().await.unwrap();
        assert!(page.contains("po naszej stronie") && !page.contains("Zbyt wiele"), "{page}");
        assert_eq!(app.rows("clients").await, 0);
    }

    async fn two_kinds_of_credentials_are_refused(app: TestApp) {
        let api = app.owner().await;
        let both = raw(&app, &api, Method::GET, "/clients/x", "", &[("Authorization", "Bearer x")]).await;
        assert_eq!(problem(both).await.code, ProblemCode::AmbiguousCredentials);
        let alone = raw(&app, &app.visitor(), Method::GET, "/session", "", &[("Authorization", "Bearer x")]).await;
        assert_eq!(problem(alone).await.code, ProblemCode::SignInNeeded);
    }

    async fn unknown_addresses_are_problems_too(app: TestApp) {
        let api = app.owner().await;
        for path in ["/nothing", "/clients/not-an-id", "/forms/../../etc/passwd"] {
            assert_eq!(problem(raw(&app, &api, Method::GET, path, "", &[]).await).await.code, ProblemCode::NotFound, "{path}");
        }
        let query = raw(&app, &api, Method::GET, "/audit-events?limit=5&admin=1", "", &[]).await;
        assert_eq!(problem(query).await.code, ProblemCode::Malformed);
        let page = Client::new().get(format!("{}/clients/private.css", app.base)).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::NOT_FOUND);
    }

    async fn probes_answer_without_a_session(app: TestApp) {
        for path in ["/health", "/ready"] {
            assert_eq!(Client::new().get(format!("{}{path}", app.base)).send().await.unwrap().status(), StatusCode::OK);
        }
    }
}

/// Browsers are told to come encrypted next time, where that is how they come.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_encryption_is_demanded_for_the_future_where_there_is_any() {
    for (public_url, expected) in
        [(Some("https://crm.example.com"), Some("max-age=31536000; includeSubDomains")), (None, None)]
    {
        let app = TestApp::start_as(Backend::Sqlite, public_url, zgoda_api::TrustedProxies::default()).await;
        for path in ["/health", "/api/v1/installation", "/api/v1/nothing", "/f/nosuchform"] {
            let answer = Client::new().get(format!("{}{path}", app.base)).send().await.unwrap();
            let told = answer.headers().get("strict-transport-security").map(|value| value.to_str().unwrap());
            assert_eq!(told, expected, "{path}");
        }
        let db = app.ctx.db.clone();
        app.stop().await;
        db.close().await;
    }
}
