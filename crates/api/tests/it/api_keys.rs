//! Programs and their keys.

use crate::{code, complaint};
use chrono::TimeDelta;
use zgoda_api_types::{api_keys::CreateApiKey, clients::SearchClients, problem::ProblemCode, staff::ChangeAccount};
use zgoda_app::{Clock, api_keys};
use zgoda_client::Api;
use zgoda_domain::{
    Rule,
    access::{
        Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
};
use zgoda_test_support::{TestApp, on_both_databases};

fn key(app: &TestApp, rights: &[(Right, Scope)], networks: &[&str]) -> CreateApiKey {
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
}
