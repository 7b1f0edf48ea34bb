//! Where requests may come from, and sessions that lock.

use crate::{
    code, complaint, problem,
    second_factors::{first_half, proof, with_totp},
};
use chrono::TimeDelta;
use zgoda_api::TrustedProxies;
use zgoda_api_types::{
    accounts::{SignIn, Unlock},
    api_keys::CreateApiKey,
    problem::ProblemCode,
    staff::{ChangeAccount, RoleBody},
};
use zgoda_app::Clock;
use zgoda_client::{Api, AuditSearch};
use zgoda_domain::{
    Rule,
    access::{
        Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
    audit::{Action, RecordKind},
    second_factor::FactorKind,
    security::SecuritySettings,
};
use zgoda_test_support::{Backend, PASSWORD, TestApp, on_both_databases};

fn sign_in(email: &str) -> SignIn {
    SignIn { email: email.into(), password: PASSWORD.into() }
}

fn limited(networks: &[&str]) -> SecuritySettings {
    SecuritySettings {
        networks: networks.iter().map(|text| text.parse().unwrap()).collect(),
        ..SecuritySettings::default()
    }
}

async fn actions(owner: &Api) -> Vec<Action> {
    owner.audit_events(None).await.unwrap().items.into_iter().map(|entry| entry.action).collect()
}

on_both_databases! {
    async fn an_address_is_checked_on_every_request_of_a_live_session(app: TestApp) {
        let owner = app.owner().await;
        let jan = app.member("Jan", RoleTemplate::ReadOnly.id()).await;
        jan.me().await.unwrap();
        // Networks that would shut out whoever sets them are refused.
        let strict = SecuritySettings { owners_from_anywhere: false, ..limited(&["192.0.2.0/24"]) };
        let refused = owner.change_security_settings(0, &strict).await;
        assert_eq!(complaint(refused), ("/networks".into(), Rule::Contradiction));
        assert_eq!(owner.security_settings().await.unwrap().version, 0);
        jan.me().await.unwrap();
        owner.change_security_settings(0, &limited(&["192.0.2.0/24", "127.0.0.0/8", "2001:db8::/32"])).await.unwrap();
        jan.me().await.unwrap();
        // A role's own list comes on top.
        let away = RoleDefinition { networks: Some(vec!["192.0.2.0/24".parse().unwrap()]), ..RoleDefinition::default() };
        let body = RoleBody { name: "z biura".into(), parent_id: Some(RoleTemplate::ReadOnly.id()), definition: away };
        let role = zgoda_domain::id::RoleId::from_uuid(owner.create_role(&body, None).await.unwrap().id);
        let change = zgoda_api_types::staff::ChangeAccount { name: "Jan".into(), role_id: role, department_ids: vec![] };
        let id = jan.me().await.unwrap().account_id;
        owner.change_account(id, &change).await.unwrap();
        // Refused like a stranger, in a session that was alive a moment ago; and at signing in; and logged.
        assert_eq!(code(jan.me().await), ProblemCode::SignInNeeded);
        assert_eq!(code(jan.refresh().await), ProblemCode::SignInNeeded);
        assert_eq!(code(app.visitor().sign_in(&sign_in("jan@example.com")).await), ProblemCode::SignInRefused);
        assert!(actions(&owner).await.contains(&Action::AddressRefused));
        // The limit gone, the very same session goes on.
        let back = RoleBody { definition: RoleDefinition::default(), ..body };
        owner.change_role(role, 1, &back).await.unwrap();
        jan.me().await.unwrap();
    }

    async fn an_owner_sets_the_offices_list_from_home(app: TestApp) {
        let owner = app.owner().await;
        let jan = app.member("Jan", RoleTemplate::ReadOnly.id()).await;
        let admin = app.member("Alina", RoleTemplate::Administrator.id()).await;
        // Who is not exempt would shut themselves out.
        let office = limited(&["192.0.2.0/24"]);
        let mut role = RoleTemplate::Administrator.definition();
        role.rights.insert(Right::ConfigureSecurity, Scope::All);
        let role = app.role(&owner, "admin z siecią", role).await;
        let change = ChangeAccount { name: "Alina".into(), role_id: role, department_ids: vec![] };
        owner.change_account(admin.me().await.unwrap().account_id, &change).await.unwrap();
        assert_eq!(complaint(admin.change_security_settings(0, &office).await), ("/networks".into(), Rule::Contradiction));
        assert_eq!(owner.security_settings().await.unwrap().version, 0);
        jan.me().await.unwrap();
        owner.change_security_settings(0, &office).await.unwrap();
        owner.me().await.unwrap();
        // Everybody else is held to it at once: in their sessions, and at signing in.
        for (api, email) in [(&jan, "jan@example.com"), (&admin, "alina@example.com")] {
            assert_eq!(code(api.me().await), ProblemCode::SignInNeeded);
            assert_eq!(code(app.visitor().sign_in(&sign_in(email)).await), ProblemCode::SignInRefused);
        }
        // To end the exemption the owner has to be inside.
        let strict = SecuritySettings { owners_from_anywhere: false, ..office };
        assert_eq!(complaint(owner.change_security_settings(1, &strict).await), ("/networks".into(), Rule::Contradiction));
        owner.me().await.unwrap();
    }

    async fn addresses_are_believed_of_ipv6_and_of_trusted_proxies(app: TestApp) {
        let owner = app.owner().await;
        let jan = app.member("Jan", RoleTemplate::ReadOnly.id()).await;
        owner.change_security_settings(0, &limited(&["::1", "192.0.2.0/24"])).await.unwrap();
        assert_eq!(code(jan.me().await), ProblemCode::SignInNeeded);
        let six = app.serve(app.ctx.clone(), "[::1]:0", &[]);
        six.same_browser(&jan).me().await.unwrap();
        let proxied = app.serve(app.ctx.clone(), "127.0.0.1:0", &["127.0.0.0/8"]);
        let cookie = format!("__Host-zgoda-access={}", jan.cookie("__Host-zgoda-access").unwrap());
        for (forwarded, status) in [("192.0.2.7", 200), ("198.51.100.7", 401), ("192.0.2.7, 198.51.100.7", 401), ("198.51.100.7, 192.0.2.7", 200), ("192.0.2.7, 127.0.0.2", 200), ("", 401)] {
            let request = reqwest::Client::new().get(format!("{}/api/v1/session", proxied.base)).header("Cookie", &cookie);
            assert_eq!(request.header("X-Forwarded-For", forwarded).send().await.unwrap().status(), status, "{forwarded}");
        }
    }

    async fn a_refused_address_is_written_down_wherever_it_shows(app: TestApp) {
        let owner = app.owner().await;
        let jan = app.member("Jan", RoleTemplate::Administrator.id()).await;
        with_totp(&app, &jan).await;
        let id = jan.me().await.unwrap().account_id;
        let codes = jan.make_recovery_codes().await.unwrap().codes;
        let key = CreateApiKey { name: "sklep".into(), definition: RoleDefinition { rights: [(Right::ViewClients, Scope::All)].into(), ..RoleDefinition::default() }, expires_at: app.clock.now() + TimeDelta::days(1) };
        let program = Api::with_key(&app.base, &jan.create_api_key(&key).await.unwrap().key);
        // A session of its own with its refresh token alone: what is said of a session is said once a minute.
        let (other, renewing) = (app.visitor(), app.visitor());
        let needed = first_half(&app, &other, "jan@example.com").await;
        other.complete_sign_in(&proof(&needed, FactorKind::RecoveryCode, &codes[1])).await.unwrap();
        renewing.set_cookie("__Host-zgoda-refresh", &other.cookie("__Host-zgoda-refresh").unwrap());
        let needed = first_half(&app, &app.visitor(), "jan@example.com").await;
        let away = RoleDefinition { networks: Some(vec!["192.0.2.0/24".parse().unwrap()]), ..RoleTemplate::Administrator.definition() };
        let role = app.role(&owner, "z biura", away).await;
        let change = ChangeAccount { name: "Jan".into(), role_id: role, department_ids: vec![] };
        owner.change_account(id, &change).await.unwrap();
        let sessions = app.rows("sessions").await;
        let mut records = Vec::new();
        for refused in ["session", "refresh", "key", "half", "sign-in"] {
            let answer = match refused {
                "session" => code(jan.sessions().await),
                "refresh" => code(renewing.refresh().await),
                "key" => code(program.custom_fields().await),
                "half" => code(app.visitor().complete_sign_in(&proof(&needed, FactorKind::RecoveryCode, &codes[0])).await),
                _ => {
                    let right = problem(app.visitor().sign_in(&sign_in("jan@example.com")).await);
                    let wrong = problem(app.visitor().sign_in(&SignIn { email: "jan@example.com".into(), password: "nie to hasło".into() }).await);
                    assert_eq!(right, wrong);
                    right.code
                }
            };
            let expected = match refused {
                "half" => ProblemCode::AttemptSpent,
                "sign-in" => ProblemCode::SignInRefused,
                _ => ProblemCode::SignInNeeded,
            };
            assert_eq!(answer, expected, "{refused}");
            let search = AuditSearch { action: Some(Action::AddressRefused), actor: Some(id), ..AuditSearch::default() };
            let found = owner.search_audit_events(search, None).await.unwrap().items;
            assert!(found.len() > records.len(), "{refused}");
            records = found.into_iter().map(|entry| entry.record).collect();
        }
        assert!(records.contains(&RecordKind::Session) && records.contains(&RecordKind::ApiKey) && records.contains(&RecordKind::Account));
        assert_eq!(app.rows("sessions").await, sessions);
        // The recovery code was not spent, and nothing of it counts as a guess.
        assert_eq!((app.rows("recovery_codes").await, app.rows("account_attempts").await), (9, 0));
    }

    async fn a_forged_header_does_not_change_where_a_request_comes_from(app: TestApp) {
        let owner = app.owner().await;
        let jan = app.member("Jan", RoleTemplate::ReadOnly.id()).await;
        let away = RoleDefinition { networks: Some(vec!["192.0.2.0/24".parse().unwrap()]), ..RoleTemplate::ReadOnly.definition() };
        let role = app.role(&owner, "z biura", away).await;
        let change = zgoda_api_types::staff::ChangeAccount { name: "Jan".into(), role_id: role, department_ids: vec![] };
        owner.change_account(jan.me().await.unwrap().account_id, &change).await.unwrap();
        let cookie = format!("__Host-zgoda-access={}", jan.cookie("__Host-zgoda-access").unwrap());
        for (name, value) in [
            ("X-Forwarded-For", "192.0.2.1"),
            ("X-Forwarded-For", "192.0.2.1, 127.0.0.1"),
            ("X-Forwarded-For", "127.0.0.1, 192.0.2.1"),
            ("X-Forwarded-For", "::ffff:192.0.2.1"),
            ("X-Forwarded-For", "[::ffff:192.0.2.1]:80"),
            ("x-forwarded-for", "192.0.2.1:4711"),
            ("X-Real-IP", "192.0.2.1"),
            ("X-Client-IP", "192.0.2.1"),
            ("X-Originating-IP", "192.0.2.1"),
            ("X-Remote-IP", "192.0.2.1"),
            ("X-Remote-Addr", "192.0.2.1"),
            ("X-Cluster-Client-IP", "192.0.2.1"),
            ("True-Client-IP", "192.0.2.1"),
            ("CF-Connecting-IP", "192.0.2.1"),
            ("Fastly-Client-IP", "192.0.2.1"),
            ("X-ProxyUser-Ip", "192.0.2.1"),
            ("Forwarded", "for=192.0.2.1"),
            ("Forwarded", "for=\"[2001:db8::1]\";proto=https"),
            ("Via", "1.1 192.0.2.1"),
            ("Client-IP", "192.0.2.1"),
        ] {
            let request = reqwest::Client::new().get(format!("{}/api/v1/session", app.base)).header("Cookie", &cookie);
            let status = request.header(name, value).send().await.unwrap().status();
            assert_eq!(status, 401, "{name}: {value}");
        }
    }

    async fn owners_come_from_anywhere_until_they_say_otherwise_and_the_console_saves_them(app: TestApp) {
        let owner = app.owner().await;
        let strict = SecuritySettings { owners_from_anywhere: false, ..limited(&["127.0.0.1"]) };
        owner.change_security_settings(0, &strict).await.unwrap();
        owner.me().await.unwrap();
        // Somebody edits the settings behind our back so that nobody is let in.
        let locked_out = serde_json::to_string(&SecuritySettings { owners_from_anywhere: false, ..limited(&["192.0.2.1"]) }).unwrap();
        let connection = app.connection();
        let sql = format!("update security_settings set document = '{locked_out}'");
        sea_orm::ConnectionTrait::execute_unprepared(connection, &sql).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(1_000)).await;
        assert_eq!(code(owner.me().await), ProblemCode::SignInNeeded);
        zgoda_app::security::lift_networks(&app.ctx).await.unwrap();
        owner.me().await.unwrap();
    }

    async fn a_session_nobody_uses_is_locked_until_the_password_is_given(app: TestApp) {
        let owner = app.owner().await;
        app.clock.advance(TimeDelta::minutes(14));
        owner.sessions().await.unwrap();
        // Asking who is signed in, as an open tab does, is no use.
        for _ in 0..3 {
            app.clock.advance(TimeDelta::minutes(5));
            let _ = owner.me().await;
        }
        for refused in [code(owner.me().await), code(owner.sessions().await), code(owner.custom_fields().await), code(owner.lock().await)] {
            assert_eq!(refused, ProblemCode::SessionLocked);
        }
        assert_eq!(code(owner.unlock(&Unlock { password: "nie to hasło".into() }).await), ProblemCode::SignInRefused);
        assert_eq!(code(owner.sessions().await), ProblemCode::SessionLocked);
        // Renewing the tokens does not unlock.
        owner.refresh().await.unwrap();
        assert_eq!(code(owner.sessions().await), ProblemCode::SessionLocked);
        owner.unlock(&Unlock { password: PASSWORD.into() }).await.unwrap();
        owner.sessions().await.unwrap();
        let log = actions(&owner).await;
        for action in [Action::SessionLocked, Action::UnlockRefused, Action::SessionUnlocked] {
            assert_eq!(log.iter().filter(|known| **known == action).count(), 1, "{action:?}");
        }
        // The access token is long expired when someone comes back from lunch: it is renewed on the way.
        app.clock.advance(TimeDelta::minutes(45));
        owner.unlock(&Unlock { password: PASSWORD.into() }).await.unwrap();
        // Somebody types for an hour and asks for nothing.
        for _ in 0..60 {
            app.clock.advance(TimeDelta::minutes(1));
            owner.note_activity().await.unwrap();
        }
        // By hand, and out of a locked session.
        owner.lock().await.unwrap();
        assert_eq!(code(owner.me().await), ProblemCode::SessionLocked);
        owner.sign_out().await.unwrap();
        assert_eq!(code(owner.me().await), ProblemCode::SignInNeeded);
    }

    async fn guessing_at_a_lock_is_slowed_down(app: TestApp) {
        let owner = app.owner().await;
        owner.lock().await.unwrap();
        let mut codes = Vec::new();
        for _ in 0..7 {
            codes.push(code(owner.unlock(&Unlock { password: "zgaduję".into() }).await));
        }
        assert_eq!(codes[5..], [ProblemCode::TooManyRequests; 2]);
        assert_eq!(code(owner.sessions().await), ProblemCode::SessionLocked);
        // It is the session that has to wait, from wherever it is tried, and signing in does not.
        assert_eq!(code(owner.unlock(&Unlock { password: zgoda_test_support::PASSWORD.into() }).await), ProblemCode::TooManyRequests);
    }

    async fn settings_that_leave_something_out_change_nothing(app: TestApp) {
        let owner = app.owner().await;
        owner.change_security_settings(0, &limited(&["127.0.0.0/8"])).await.unwrap();
        let whole = serde_json::to_value(SecuritySettings::default()).unwrap();
        let members: Vec<String> = whole.as_object().unwrap().keys().cloned().collect();
        assert_eq!(members.len(), 5);
        for left_out in members {
            let mut body = whole.clone();
            body.as_object_mut().unwrap().remove(&left_out);
            let answer = reqwest::Client::new()
                .put(format!("{}/api/v1/security-settings", app.base))
                .header("Cookie", format!("__Host-zgoda-access={}", owner.cookie("__Host-zgoda-access").unwrap()))
                .header("Sec-Fetch-Site", "same-origin")
                .header("If-Match", "\"1\"")
                .json(&body)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 400, "{left_out}");
        }
        let kept = owner.security_settings().await.unwrap();
        assert_eq!((kept.version, kept.value), (1, limited(&["127.0.0.0/8"])));
        // What was stored before there was more to set goes on, with the default of what is new.
        let sql = "update security_settings set document = '{\"idle_minutes\":5}'";
        sea_orm::ConnectionTrait::execute_unprepared(app.connection(), sql).await.unwrap();
        let old = owner.security_settings().await.unwrap().value;
        assert_eq!(old, SecuritySettings { idle_minutes: 5, ..SecuritySettings::default() });
    }

    async fn settings_out_of_range_change_nothing(app: TestApp) {
        let owner = app.owner().await;
        for (settings, pointer) in [
            (SecuritySettings { idle_minutes: 0, ..SecuritySettings::default() }, "/idle_minutes"),
            (SecuritySettings { session_hours: 25, ..SecuritySettings::default() }, "/session_hours"),
        ] {
            assert_eq!(complaint(owner.change_security_settings(0, &settings).await), (pointer.into(), Rule::OutOfRange));
        }
        assert_eq!(owner.security_settings().await.unwrap().version, 0);
        let short = SecuritySettings { idle_minutes: 5, session_hours: 1, ..SecuritySettings::default() };
        owner.change_security_settings(0, &short).await.unwrap();
        assert_eq!(code(owner.change_security_settings(0, &short).await), ProblemCode::Outdated);
        // Sessions that live longer end with the next request.
        for _ in 0..14 {
            app.clock.advance(TimeDelta::minutes(4));
            owner.sessions().await.unwrap();
        }
        app.clock.advance(TimeDelta::minutes(4));
        assert_eq!(code(owner.sessions().await), ProblemCode::SignInNeeded);
    }
}

/// What a stranger puts into the header stands left of what the proxy adds, in the same line or in one above it.
async fn a_proxy_tells_where_a_request_comes_from(backend: Backend) {
    let proxies = TrustedProxies::new(vec!["127.0.0.0/8".parse().unwrap()]);
    let app = TestApp::start_as(backend, None, proxies).await;
    let owner = app.owner().await;
    let cookie = format!("__Host-zgoda-access={}", owner.cookie("__Host-zgoda-access").unwrap());
    for lines in [
        &[&b"203.0.113.7"[..]][..],
        &[b"192.0.2.1, 203.0.113.7"],
        &[b"192.0.2.1", b"203.0.113.7"],
        &[b"\xff", b"203.0.113.7"],
        &[b"\xff\xfe, 203.0.113.7"],
        &[b"192.0.2.1, 203.0.113.7", b"127.0.0.2"],
    ] {
        app.clock.advance(TimeDelta::seconds(1));
        let mut request = reqwest::Client::new()
            .post(format!("{}/api/v1/clients", app.base))
            .header("Cookie", &cookie)
            .header("Sec-Fetch-Site", "same-origin")
            .json(&serde_json::json!({ "details": { "name": "Jan" } }));
        for line in lines {
            request = request.header("X-Forwarded-For", reqwest::header::HeaderValue::from_bytes(line).unwrap());
        }
        assert_eq!(request.send().await.unwrap().status(), 201);
        let noted = owner.audit_events(None).await.unwrap().items.remove(0);
        assert_eq!((noted.action, noted.ip.as_deref()), (Action::ClientCreated, Some("203.0.113.7")), "{lines:?}");
    }
    let db = app.ctx.db.clone();
    app.stop().await;
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_tells_where_a_request_comes_from_on_sqlite() {
    a_proxy_tells_where_a_request_comes_from(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_tells_where_a_request_comes_from_on_postgresql() {
    a_proxy_tells_where_a_request_comes_from(Backend::Postgres).await;
}
