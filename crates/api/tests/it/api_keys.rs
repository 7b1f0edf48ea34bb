//! Programs and their keys.

use crate::{code, complaint};
use chrono::TimeDelta;
use zgoda_api_types::{
    api_keys::CreateApiKey,
    clients::{ClientBody, Reason, SearchClients},
    problem::ProblemCode,
    staff::{ChangeAccount, DepartmentBody},
};
use zgoda_app::{Clock, api_keys};
use zgoda_client::Api;
use zgoda_domain::{
    Rule,
    access::{
        Assignment, DepartmentLimit, FieldRestriction, Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
    client::{BuiltinField, ClientInput},
    field_ref::FieldRef,
    id::DepartmentId,
};
use zgoda_test_support::{PASSWORD, TestApp, on_both_databases};

/// A key for a month.
pub fn key(app: &TestApp, rights: &[(Right, Scope)], networks: &[&str]) -> CreateApiKey {
    CreateApiKey {
        name: "sklep".into(),
        definition: RoleDefinition {
            rights: rights.iter().copied().collect(),
            networks: Some(networks.iter().map(|text| text.parse().unwrap()).collect()),
            ..RoleDefinition::default()
        },
        expires_at: app.clock.now() + TimeDelta::days(30),
    }
}

on_both_databases! {
    async fn a_key_may_what_it_was_cut_for_and_no_more(app: TestApp) {
        let owner = app.owner().await;
        let id = app.client(&owner, "Ada").await;
        let made = owner.create_api_key(&key(&app, &[(Right::ViewClients, Scope::All)], &[])).await.unwrap();
        let program = Api::with_key(&app.base, &made.key);
        program.client(id).await.unwrap();
        assert_eq!(code(program.audit_events(None).await), ProblemCode::NotAllowed);
        assert_eq!(code(program.delete_client(id, 1).await), ProblemCode::NotAllowed);
        // The log says that it was a key, and whose.
        let log = owner.client_history(id, None).await.unwrap().items;
        assert!(log.iter().any(|entry| entry.actor_kind == "api_key"));
        // Uses are counted; the text is nowhere.
        api_keys::write_uses(&app.ctx).await.unwrap();
        let listed = owner.api_keys().await.unwrap().remove(0);
        assert_eq!((listed.uses, listed.last_used_ip.as_deref()), (3, Some("127.0.0.1")));
        assert!(!serde_json::to_string(&listed).unwrap().contains(made.key.trim_start_matches("zgoda_")));
        owner.revoke_api_key(made.id).await.unwrap();
        assert_eq!(code(program.client(id).await), ProblemCode::SignInNeeded);
        assert_eq!(code(owner.revoke_api_key(made.id).await), ProblemCode::NotFound);
    }

    async fn a_key_never_exceeds_its_owner(app: TestApp) {
        let owner = app.owner().await;
        let foreign = app.client(&owner, "Cudza").await;
        let mut definition = RoleTemplate::Administrator.definition();
        definition.rights.remove(&Right::ViewAudit);
        let role = app.role(&owner, "admin bez logów", definition).await;
        let admin = app.member("Alina", role).await;
        let refused = admin.create_api_key(&key(&app, &[(Right::ViewAudit, Scope::All)], &[])).await;
        assert_eq!(complaint(refused), ("/definition/rights/view_audit".into(), Rule::BeyondOwnRights));
        for never in [Right::ManageApiKeys, Right::EditStaff, Right::ConfigureSecurity] {
            let refused = admin.create_api_key(&key(&app, &[(never, Scope::All)], &[])).await;
            assert_eq!(complaint(refused), (format!("/definition/rights/{}", never.code()), Rule::OutOfRange));
        }
        assert_eq!(app.rows("api_keys").await, 0);
        let made = admin.create_api_key(&key(&app, &[(Right::ViewClients, Scope::All)], &[])).await.unwrap();
        let program = Api::with_key(&app.base, &made.key);
        program.client(foreign).await.unwrap();
        // Its owner is demoted: the key with them, at once.
        let account = admin.me().await.unwrap().account_id;
        let demoted = ChangeAccount { name: "Alina".into(), role_id: RoleTemplate::Salesperson.id(), department_ids: vec![] };
        owner.change_account(account, &demoted).await.unwrap();
        assert_eq!(code(program.client(foreign).await), ProblemCode::NotFound);
        assert_eq!(program.search_clients(&SearchClients::default()).await.unwrap().items.len(), 0);
    }

    async fn a_key_expires_and_keeps_to_its_networks(app: TestApp) {
        let owner = app.owner().await;
        let mut late = key(&app, &[(Right::ViewClients, Scope::All)], &[]);
        late.expires_at = app.clock.now() + TimeDelta::days(400);
        assert_eq!(complaint(owner.create_api_key(&late).await), ("/expires_at".into(), Rule::OutOfRange));
        late.expires_at = app.clock.now();
        assert_eq!(complaint(owner.create_api_key(&late).await), ("/expires_at".into(), Rule::OutOfRange));
        let here = owner.create_api_key(&key(&app, &[(Right::ViewClients, Scope::All)], &["127.0.0.0/8"])).await.unwrap();
        let elsewhere = owner.create_api_key(&key(&app, &[(Right::ViewClients, Scope::All)], &["192.0.2.0/24", "2001:db8::/32"])).await.unwrap();
        let (here, elsewhere) = (Api::with_key(&app.base, &here.key), Api::with_key(&app.base, &elsewhere.key));
        here.search_clients(&SearchClients::default()).await.unwrap();
        assert_eq!(code(elsewhere.search_clients(&SearchClients::default()).await), ProblemCode::SignInNeeded);
        app.clock.advance(TimeDelta::days(31));
        assert_eq!(code(here.search_clients(&SearchClients::default()).await), ProblemCode::SignInNeeded);
    }

    async fn a_key_is_taken_from_its_header_alone(app: TestApp) {
        let owner = app.owner().await;
        let made = owner.create_api_key(&key(&app, &[(Right::ViewClients, Scope::All)], &[])).await.unwrap();
        let address = format!("{}/api/v1/session", app.base);
        let http = reqwest::Client::new();
        let status = async |request: reqwest::RequestBuilder| request.send().await.unwrap().status().as_u16();
        assert_eq!(status(http.get(&address).bearer_auth(&made.key)).await, 200);
        assert_eq!(status(http.get(format!("{address}?api_key={}", made.key))).await, 401);
        assert_eq!(status(http.get(&address).header("X-Api-Key", &made.key)).await, 401);
        let cookie = format!("__Host-zgoda-access={}", owner.cookie("__Host-zgoda-access").unwrap());
        assert_eq!(status(http.get(&address).bearer_auth(&made.key).header("Cookie", cookie)).await, 400);
        assert_eq!(status(http.get(&address).header("Cookie", format!("__Host-zgoda-access={}", made.key))).await, 401);
        for wrong in [format!("{}x", made.key), made.key[..made.key.len() - 1].to_owned(), "zgoda_".to_owned(), String::new()] {
            assert_eq!(status(http.get(&address).bearer_auth(wrong)).await, 401);
        }
        // A program has no session to lock, list or end.
        let program = Api::with_key(&app.base, &made.key);
        assert_eq!(code(program.sign_out().await), ProblemCode::SignInNeeded);
        assert_eq!(code(program.lock().await), ProblemCode::WrongState);
    }

    async fn a_key_opens_nothing_of_its_owners_own(app: TestApp) {
        let owner = app.owner().await;
        let other = app.owner().await;
        let made = owner.create_api_key(&key(&app, &[(Right::ViewClients, Scope::All)], &[])).await.unwrap();
        let session = other.me().await.unwrap().session_id.unwrap();
        let json = |body: serde_json::Value| body.to_string();
        let nobody = "01a20934-7b8b-773e-bce3-876519a6c222";
        let password = json(serde_json::json!({ "by": "password", "password": PASSWORD }));
        let state = async || {
            let mut state = Vec::new();
            for rows in [
                "sessions where revoked_at is null and locked_at is null",
                "sessions where second_factor_at is not null or proved_at > created_at",
                "accounts where preferences = '{}'",
                "second_factors",
                "recovery_codes",
                "challenges",
                "api_keys where revoked_at is null",
                "outbox",
                "audit_events where action in ('session_revoked', 'signed_out', 'password_changed', 'api_key_revoked')",
            ] {
                state.push(app.rows(rows).await);
            }
            state
        };
        let before = state().await;
        let http = reqwest::Client::new();
        for (method, path, body, expected) in [
            // Who it is, and that a program is at work: harmless, and about no session.
            ("GET", "/session".to_owned(), String::new(), 200),
            ("POST", "/session/activity".to_owned(), String::new(), 204),
            ("POST", "/session/unlock".to_owned(), json(serde_json::json!({ "password": PASSWORD })), 204),
            ("DELETE", "/session".to_owned(), String::new(), 401),
            ("POST", "/session/lock".to_owned(), String::new(), 409),
            ("GET", "/sessions".to_owned(), String::new(), 404),
            ("DELETE", format!("/sessions/{session}"), String::new(), 404),
            ("PUT", "/preferences".to_owned(), json(serde_json::json!({ "language": "en" })), 404),
            ("POST", "/password".to_owned(), json(serde_json::json!({ "current": PASSWORD, "password": "trzy fioletowe parasole" })), 404),
            ("GET", "/session/step-up".to_owned(), String::new(), 404),
            ("POST", "/session/step-up/code".to_owned(), json(serde_json::json!({ "kind": "email" })), 404),
            ("POST", "/session/step-up".to_owned(), password.clone(), 404),
            ("GET", "/second-factors".to_owned(), String::new(), 404),
            ("POST", "/second-factors".to_owned(), json(serde_json::json!({ "kind": "email" })), 404),
            ("POST", format!("/second-factors/{nobody}/confirm"), password.clone(), 404),
            ("DELETE", format!("/second-factors/{nobody}"), String::new(), 404),
            ("POST", "/recovery-codes".to_owned(), String::new(), 404),
            ("DELETE", format!("/trusted-devices/{nobody}"), String::new(), 404),
            ("GET", "/api-keys".to_owned(), String::new(), 404),
            ("DELETE", format!("/api-keys/{}", made.id), String::new(), 404),
            ("POST", "/api-keys".to_owned(), serde_json::to_string(&key(&app, &[], &[])).unwrap(), 403),
        ] {
            let request = http
                .request(method.parse().unwrap(), format!("{}/api/v1{path}", app.base))
                .bearer_auth(&made.key)
                .header("Content-Type", "application/json")
                .body(body);
            assert_eq!(request.send().await.unwrap().status(), expected, "{method} {path}");
            assert_eq!(state().await, before, "{method} {path}");
        }
        other.me().await.unwrap();
    }

    async fn a_key_hides_what_its_owner_does_not_see(app: TestApp) {
        let owner = app.owner().await;
        let department = DepartmentBody { name: "Północ".into() };
        let department = DepartmentId::from_uuid(owner.create_department(&department, None).await.unwrap().id);
        let nip = FieldRef::Builtin(BuiltinField::Nip);
        let rights = [(Right::ManageApiKeys, Scope::All), (Right::ViewClients, Scope::All)].into();
        let definition = RoleDefinition {
            rights,
            fields: [(nip, FieldRestriction::Hidden)].into(),
            departments: Some(DepartmentLimit::Own),
            needs_reason: Some(true),
            ..RoleDefinition::default()
        };
        let role = app.role(&owner, "ograniczona", definition).await;
        let jan = app.member("Jan", role).await;
        let change = ChangeAccount { name: "Jan".into(), role_id: role, department_ids: vec![department] };
        owner.change_account(jan.me().await.unwrap().account_id, &change).await.unwrap();
        let (inside, outside) = (app.client(&owner, "Ada").await, app.client(&owner, "Bob").await);
        let details = ClientInput { name: Some("Ada".into()), nip: Some("1234563218".into()), ..ClientInput::default() };
        owner.change_client(inside, 1, &ClientBody { details, ..ClientBody::default() }).await.unwrap();
        owner.assign_client(inside, 2, Assignment { owner_id: None, department_id: Some(department) }).await.unwrap();

        let made = jan.create_api_key(&key(&app, &[(Right::ViewClients, Scope::All)], &[])).await.unwrap();
        let program = Api::with_key(&app.base, &made.key);
        let rows = program.search_clients(&SearchClients::default()).await.unwrap().items;
        assert_eq!(rows.iter().map(|row| (row.id, row.nip.as_deref())).collect::<Vec<_>>(), [(inside, None)]);
        assert_eq!(code(program.client(outside).await), ProblemCode::NotFound);
        assert_eq!(code(program.client(inside).await), ProblemCode::ReasonNeeded);
        program.give_reason(inside, &Reason { reason: "Skarga".into() }).await.unwrap();
        assert_eq!(program.client(inside).await.unwrap().value.details.nip, None);
        // A key for less of the reach is fine, for more is not.
        jan.create_api_key(&key(&app, &[(Right::ViewClients, Scope::Own)], &[])).await.unwrap();
        let refused = jan.create_api_key(&key(&app, &[(Right::ViewClients, Scope::All), (Right::EditClients, Scope::Own)], &[])).await;
        assert_eq!(complaint(refused), ("/definition/rights/edit_clients".into(), Rule::BeyondOwnRights));
        let refused = owner.create_api_key(&key(&app, &[(Right::ViewClients, Scope::Own), (Right::EditClients, Scope::All)], &[])).await;
        assert_eq!(complaint(refused), ("/definition/rights/edit_clients".into(), Rule::Contradiction));
        assert_eq!(app.rows("api_keys").await, 2);
    }

    async fn anothers_key_is_revoked_by_whoever_may_manage_its_owner(app: TestApp) {
        let owner = app.owner().await;
        let view = [(Right::ViewClients, Scope::Own)];
        let staff = [(Right::ViewStaff, Scope::All), (Right::EditStaff, Scope::All)];
        let keys = [(Right::ManageApiKeys, Scope::All)];
        let role = async |name: &str, parts: &[&[(Right, Scope)]]| {
            let rights = parts.concat().into_iter().collect();
            app.role(&owner, name, RoleDefinition { rights, ..RoleDefinition::default() }).await
        };
        let jan = app.member("Jan", role("z kluczem", &[&view, &keys]).await).await;
        let peer = app.member("Ewa", role("równa", &[&view, &keys]).await).await;
        let personnel = app.member("Kadry", role("kadry", &[&view, &staff]).await).await;
        let admin = app.member("Alina", RoleTemplate::Administrator.id()).await;
        let made = jan.create_api_key(&key(&app, &view, &[])).await.unwrap();
        let above = owner.create_api_key(&key(&app, &view, &[])).await.unwrap();
        let (program, owners) = (Api::with_key(&app.base, &made.key), Api::with_key(&app.base, &above.key));
        for stranger in [&peer, &personnel] {
            assert_eq!(code(stranger.revoke_api_key(made.id).await), ProblemCode::NotFound);
        }
        assert_eq!(complaint(admin.revoke_api_key(above.id).await), (String::new(), Rule::BeyondOwnRights));
        program.me().await.unwrap();
        owners.me().await.unwrap();
        assert_eq!(app.rows("api_keys where revoked_at is null").await, 2);
        admin.revoke_api_key(made.id).await.unwrap();
        assert_eq!(code(program.me().await), ProblemCode::SignInNeeded);
        assert_eq!(code(admin.revoke_api_key(made.id).await), ProblemCode::NotFound);
        assert_eq!(app.rows("api_keys where revoked_at is null").await, 1);

        // Who may make none any more can still see and revoke what they made.
        app.clock.advance(TimeDelta::seconds(1));
        let second = jan.create_api_key(&key(&app, &view, &[])).await.unwrap();
        let account = jan.me().await.unwrap().account_id;
        let demoted = ChangeAccount { name: "Jan".into(), role_id: RoleTemplate::Salesperson.id(), department_ids: vec![] };
        owner.change_account(account, &demoted).await.unwrap();
        assert_eq!(code(jan.create_api_key(&key(&app, &view, &[])).await), ProblemCode::NotAllowed);
        assert_eq!(jan.api_keys().await.unwrap().iter().map(|key| (key.id, key.revoked)).collect::<Vec<_>>(), [(second.id, false), (made.id, true)]);
        jan.revoke_api_key(second.id).await.unwrap();
        assert_eq!(code(Api::with_key(&app.base, &second.key).me().await), ProblemCode::SignInNeeded);
    }
}
