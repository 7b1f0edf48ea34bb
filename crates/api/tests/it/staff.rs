//! Accounts, roles and departments: nobody grants more than they hold.

use crate::{code, complaint};
use futures::future::join_all;
use std::collections::BTreeMap;
use zgoda_api_types::{
    clients::SearchClients,
    problem::ProblemCode,
    staff::{ChangeAccount, CreateAccount, Deactivate, RoleBody},
};
use zgoda_client::Api;
use zgoda_domain::{
    Rule,
    access::{
        Assignment, FieldRestriction, Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
    client::BuiltinField,
    field_ref::FieldRef,
    id::{AccountId, RoleId},
};
use zgoda_test_support::on_both_databases;

async fn me(api: &Api) -> AccountId {
    api.me().await.unwrap().account_id
}

fn to_role(role_id: RoleId) -> ChangeAccount {
    ChangeAccount { name: "Ktoś".into(), role_id, department_ids: vec![] }
}

fn rights(list: &[(Right, Scope)]) -> RoleDefinition {
    RoleDefinition { rights: list.iter().copied().collect(), ..RoleDefinition::default() }
}

fn body(name: &str, parent_id: Option<RoleId>, definition: RoleDefinition) -> RoleBody {
    RoleBody { name: name.into(), parent_id, definition }
}

on_both_databases! {
    async fn a_change_of_role_acts_on_the_very_next_request(app: TestApp) {
        let owner = app.owner().await;
        let id = app.client(&owner, "Ada").await;
        let role = app.role(&owner, "podgląd", rights(&[(Right::ViewClients, Scope::All)])).await;
        let jan = app.member("Jan", role).await;
        jan.client(id).await.unwrap();
        owner.change_role(role, 1, &body("podgląd", None, rights(&[(Right::ViewClients, Scope::Own)]))).await.unwrap();
        assert_eq!(code(jan.client(id).await), ProblemCode::NotFound);
        owner.change_role(role, 2, &body("podgląd", None, rights(&[]))).await.unwrap();
        assert_eq!(code(jan.client(id).await), ProblemCode::NotAllowed);
        owner.change_account(me(&jan).await, &to_role(RoleTemplate::ReadOnly.id())).await.unwrap();
        jan.client(id).await.unwrap();
        assert_eq!(code(owner.change_role(role, 2, &body("x", None, rights(&[]))).await), ProblemCode::Outdated);
    }

    async fn nobody_grants_or_takes_more_than_they_hold(app: TestApp) {
        let owner = app.owner().await;
        let hide_nip = BTreeMap::from([(FieldRef::Builtin(BuiltinField::Nip), FieldRestriction::Hidden)]);
        let mut definition = rights(&[(Right::ViewClients, Scope::Department), (Right::ViewStaff, Scope::All), (Right::EditStaff, Scope::All)]);
        definition.fields.clone_from(&hide_nip);
        let chief_role = app.role(&owner, "kierownik", definition.clone()).await;
        let chief = app.member("Krzysztof", chief_role).await;
        let roles_before = app.rows("roles").await;
        for (beyond, what) in [
            (rights(&[(Right::ViewClients, Scope::All)]), "a wider scope"),
            (rights(&[(Right::ViewAudit, Scope::All)]), "another right"),
            (rights(&[(Right::ViewClients, Scope::Own)]), "a field that is hidden from the giver"),
        ] {
            let refused = chief.create_role(&body("nowa", None, beyond), None).await;
            assert_eq!(complaint(refused), ("/definition".into(), Rule::BeyondOwnRights), "{what}");
        }
        assert_eq!(app.rows("roles").await, roles_before);
        let modest = RoleDefinition { fields: hide_nip, ..rights(&[(Right::ViewClients, Scope::Own)]) };
        let modest = RoleId::from_uuid(chief.create_role(&body("skromna", None, modest), None).await.unwrap().id);

        // Nor by giving a role, changing one that others are based on, or touching someone above.
        let jan = app.member("Jan", modest).await;
        let refused = chief.change_account(me(&jan).await, &to_role(RoleTemplate::Owner.id())).await;
        assert_eq!(complaint(refused), ("/role_id".into(), Rule::BeyondOwnRights));
        let admin = app.member("Alina", RoleTemplate::Administrator.id()).await;
        let refused = chief.change_account(me(&admin).await, &to_role(modest)).await;
        assert_eq!(complaint(refused), (String::new(), Rule::BeyondOwnRights));
        let refused = chief.deactivate_account(me(&admin).await, Deactivate::default()).await;
        assert_eq!(complaint(refused), (String::new(), Rule::BeyondOwnRights));
        assert!(owner.accounts().await.unwrap().iter().all(|account| !account.disabled));
        let heir = body("dziecko", Some(modest), rights(&[(Right::ViewAudit, Scope::All)]));
        owner.create_role(&heir, None).await.unwrap();
        let refused = chief.change_role(modest, 1, &body("skromna", None, rights(&[]))).await;
        assert_eq!(complaint(refused), ("/definition".into(), Rule::BeyondOwnRights));
        // An administrator makes no owners.
        let refused = admin.change_account(me(&jan).await, &to_role(RoleTemplate::Owner.id())).await;
        assert_eq!(complaint(refused), ("/role_id".into(), Rule::BeyondOwnRights));
        // Nobody raises themselves.
        let refused = chief.change_account(me(&chief).await, &to_role(RoleTemplate::Administrator.id())).await;
        assert_eq!(complaint(refused), ("/role_id".into(), Rule::BeyondOwnRights));
        assert_eq!(chief.me().await.unwrap().role.id, chief_role);
    }

    async fn roles_going_round_in_a_circle_are_refused(app: TestApp) {
        let owner = app.owner().await;
        let first = app.role(&owner, "pierwsza", rights(&[])).await;
        let second = RoleId::from_uuid(owner.create_role(&body("druga", Some(first), rights(&[])), None).await.unwrap().id);
        let refused = owner.change_role(first, 1, &body("pierwsza", Some(second), rights(&[]))).await;
        assert_eq!(complaint(refused), ("/parent_id".into(), Rule::Contradiction));
        let refused = owner.change_role(first, 1, &body("pierwsza", Some(first), rights(&[]))).await;
        assert_eq!(complaint(refused), ("/parent_id".into(), Rule::Contradiction));
        assert_eq!(code(owner.delete_role(first).await), ProblemCode::WrongState);
        assert_eq!(code(owner.delete_role(RoleTemplate::Owner.id()).await), ProblemCode::WrongState);
        assert_eq!(code(owner.create_role(&body("druga", None, rights(&[])), None).await), ProblemCode::Taken);
        owner.delete_role(second).await.unwrap();
        owner.delete_role(first).await.unwrap();
    }

    async fn the_last_owner_stays(app: TestApp) {
        let owner = app.owner().await;
        let id = me(&owner).await;
        assert_eq!(code(owner.change_account(id, &to_role(RoleTemplate::ReadOnly.id())).await), ProblemCode::LastOwner);
        assert_eq!(code(owner.deactivate_account(id, Deactivate::default()).await), ProblemCode::WrongState);
        // Two owners who dismiss each other at once: one remains.
        let other = app.member("Olga", RoleTemplate::Owner.id()).await;
        let (first, second) = (me(&owner).await, me(&other).await);
        let attempts = join_all([owner.deactivate_account(second, Deactivate::default()), other.deactivate_account(first, Deactivate::default())]).await;
        assert_eq!(attempts.iter().filter(|attempt| attempt.is_ok()).count(), 1);
        let left = if attempts[0].is_ok() { &owner } else { &other };
        assert_eq!(left.accounts().await.unwrap().iter().filter(|account| !account.disabled).count(), 1);
    }

    async fn whoever_leaves_loses_everything_with_one_request(app: TestApp) {
        let owner = app.owner().await;
        let role = app.role(&owner, "z kluczem", RoleDefinition {
            rights: [(Right::ManageApiKeys, Scope::All), (Right::ViewClients, Scope::Own), (Right::CreateClients, Scope::All)].into(),
            ..RoleDefinition::default()
        }).await;
        let jan = app.member("Jan", role).await;
        let heir = app.member("Ewa", role).await;
        for name in ["Ada", "Bob"] {
            app.client(&jan, name).await;
        }
        let key = zgoda_api_types::api_keys::CreateApiKey {
            name: "sklep".into(),
            definition: rights(&[(Right::ViewClients, Scope::Own)]),
            expires_at: zgoda_app::Clock::now(app.clock.as_ref()) + chrono::TimeDelta::days(30),
        };
        let key = jan.create_api_key(&key).await.unwrap().key;
        let program = Api::with_key(&app.base, &key);
        assert_eq!(program.search_clients(&SearchClients::default()).await.unwrap().items.len(), 2);
        let id = me(&jan).await;
        let refresh = jan.cookie("__Host-zgoda-refresh").unwrap();
        let nobody = Deactivate { hand_over_to: Some(id) };
        assert_eq!(complaint(owner.deactivate_account(id, nobody).await), ("/hand_over_to".into(), Rule::Unknown));
        let to = Deactivate { hand_over_to: Some(me(&heir).await) };
        assert_eq!(owner.deactivate_account(id, to).await.unwrap().clients, 2);
        assert_eq!(code(jan.me().await), ProblemCode::SignInNeeded);
        assert_eq!(code(program.search_clients(&SearchClients::default()).await), ProblemCode::SignInNeeded);
        let tab = app.visitor();
        tab.set_cookie("__Host-zgoda-refresh", &refresh);
        assert_eq!(code(tab.refresh().await), ProblemCode::SignInNeeded);
        let again = zgoda_api_types::accounts::SignIn { email: "jan@example.com".into(), password: zgoda_test_support::PASSWORD.into() };
        assert_eq!(code(app.visitor().sign_in(&again).await), ProblemCode::SignInRefused);
        assert_eq!(heir.search_clients(&SearchClients::default()).await.unwrap().items.len(), 2);
        // Coming back opens neither old sessions nor old keys.
        owner.reactivate_account(id).await.unwrap();
        assert_eq!(code(program.me().await), ProblemCode::SignInNeeded);
        assert_eq!(code(tab.refresh().await), ProblemCode::SignInNeeded);
        app.visitor().sign_in(&again).await.unwrap();
    }

    async fn role_and_owner_cannot_be_smuggled_in(app: TestApp) {
        let owner = app.owner().await;
        let jan = app.member("Jan", RoleTemplate::Salesperson.id()).await;
        let id = app.client(&jan, "Ada").await;
        let cookie = jan.cookie("__Host-zgoda-access").unwrap();
        let client = reqwest::Client::new();
        for (method, path, body) in [
            ("PUT", "/preferences".to_owned(), r#"{"role_id":"00000000-0000-7000-8000-000000000001"}"#.to_owned()),
            ("POST", "/clients".to_owned(), r#"{"details":{"kind":"person","name":"X"},"owner_id":null}"#.to_owned()),
            ("PUT", format!("/clients/{id}"), r#"{"details":{"kind":"person","name":"X"},"assignment":{}}"#.to_owned()),
            ("PUT", format!("/clients/{id}"), r#"{"details":{"kind":"person","name":"X","owner_id":null}}"#.to_owned()),
        ] {
            let status = client
                .request(method.parse().unwrap(), format!("{}/api/v1{path}", app.base))
                .header("Cookie", format!("__Host-zgoda-access={cookie}"))
                .header("Sec-Fetch-Site", "same-origin")
                .header("Content-Type", "application/json")
                .header("If-Match", "\"1\"")
                .body(body)
                .send()
                .await
                .unwrap()
                .status();
            assert_eq!(status, 400, "{method} {path}");
        }
        let card = jan.client(id).await.unwrap();
        assert_eq!((card.version, card.value.assignment), (1, Assignment { owner_id: Some(me(&jan).await), department_id: None }));
        assert_eq!(jan.me().await.unwrap().role.template, Some(RoleTemplate::Salesperson));
        let new = CreateAccount { email: "x@example.com".into(), name: "X".into(), role_id: RoleTemplate::ReadOnly.id(), department_ids: vec![] };
        assert_eq!(code(jan.create_account(&new, None).await), ProblemCode::NotAllowed);
        // An account without a password cannot be signed in to.
        owner.create_account(&new, None).await.unwrap();
        assert_eq!(code(owner.create_account(&new, None).await), ProblemCode::Taken);
    }
}
