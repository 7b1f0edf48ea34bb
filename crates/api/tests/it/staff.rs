//! Accounts, roles and departments: nobody grants more than they hold.

use crate::{code, complaint, taken};
use futures::future::join_all;
use sea_orm::DbBackend;
use serde_json::json;
use std::collections::BTreeMap;
use zgoda_api_types::{
    audit::AuditEntry,
    clients::SearchClients,
    problem::ProblemCode,
    second_factors::{AddFactor, FactorProof},
    staff::{ChangeAccount, CreateAccount, Deactivate, DepartmentBody, HandOver, RoleBody},
};
use zgoda_client::Api;
use zgoda_domain::{
    Rule,
    access::{
        Assignment, DepartmentLimit, FieldRestriction, Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
    audit::Action,
    client::{BuiltinField, ClientDetails, ClientInput},
    custom_field::CustomValues,
    field_ref::FieldRef,
    id::{AccountId, ClientId, DepartmentId, RoleId},
    second_factor::FactorKind,
};
use zgoda_persistence::{
    audit::Verdict,
    clients::{self, CardContent},
};
use zgoda_test_support::{TestApp, on_both_databases};

async fn me(api: &Api) -> AccountId {
    api.me().await.unwrap().account_id
}

fn to_role(role_id: RoleId) -> ChangeAccount {
    ChangeAccount { name: "Ktoś".into(), role_id, department_ids: vec![] }
}

fn rights(list: &[(Right, Scope)]) -> RoleDefinition {
    RoleDefinition { rights: list.iter().copied().collect(), ..RoleDefinition::default() }
}

/// Puts someone into departments; name and role stay.
async fn place(owner: &Api, member: &Api, department_ids: Vec<DepartmentId>) {
    let who = member.me().await.unwrap();
    let change = ChangeAccount { name: who.name, role_id: who.role.id, department_ids };
    owner.change_account(who.account_id, &change).await.unwrap();
}

async fn me_role(api: &Api) -> RoleId {
    api.me().await.unwrap().role.id
}

/// An id as the database's SQL writes it.
fn sql_id(app: &TestApp, id: AccountId) -> String {
    match app.connection().get_database_backend() {
        DbBackend::Postgres => format!("'{id}'"),
        _ => format!("x'{}'", id.as_uuid().simple()),
    }
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
        assert_eq!(taken(owner.create_role(&body("druga", None, rights(&[])), None).await), "/name");
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
        assert_eq!(taken(owner.create_account(&new, None).await), "/email");
        let department = DepartmentBody { name: "Północ".into() };
        owner.create_department(&department, None).await.unwrap();
        assert_eq!(taken(owner.create_department(&department, None).await), "/name");
    }

    async fn clients_are_handed_over_only_by_whoever_may_assign_each(app: TestApp) {
        let owner = app.owner().await;
        let department = DepartmentId::from_uuid(owner.create_department(&DepartmentBody { name: "Północ".into() }, None).await.unwrap().id);
        let staff = [(Right::ViewStaff, Scope::All), (Right::EditStaff, Scope::All)];
        let lead = [&staff[..], &[(Right::ViewClients, Scope::Own), (Right::EditClients, Scope::Own)]].concat();
        let lead = app.member("Krzysztof", app.role(&owner, "lider", rights(&lead)).await).await;
        let assigner = [&staff[..], &[(Right::ViewClients, Scope::Department), (Right::AssignClients, Scope::Department)]].concat();
        let assigner = app.member("Alina", app.role(&owner, "przydziela", rights(&assigner)).await).await;
        place(&owner, &assigner, vec![department]).await;
        let seller = app.role(&owner, "sprzedaż", rights(&[(Right::ViewClients, Scope::Own)])).await;
        let (jan, ewa) = (app.member("Jan", seller).await, app.member("Ewa", seller).await);
        let (from, heir) = (me(&jan).await, me(&ewa).await);
        let (inside, outside) = (app.client(&owner, "Ada").await, app.client(&owner, "Bob").await);
        for (client, department_id) in [(inside, Some(department)), (outside, None)] {
            owner.assign_client(client, 1, Assignment { owner_id: Some(from), department_id }).await.unwrap();
        }
        let owners = async || {
            let mut owners = Vec::new();
            for client in [inside, outside] {
                let card = owner.client(client).await.unwrap();
                owners.push((card.value.assignment.owner_id, card.version));
            }
            owners
        };

        // Nobody takes, or gives away, what they do not reach; and nothing of it happens.
        let beyond = ("/hand_over_to".to_owned(), Rule::BeyondOwnRights);
        for caller in [&lead, &assigner] {
            for hand_over_to in [me(caller).await, heir] {
                assert_eq!(complaint(caller.hand_over_clients(from, HandOver { hand_over_to }).await), beyond);
                let body = Deactivate { hand_over_to: Some(hand_over_to) };
                assert_eq!(complaint(caller.deactivate_account(from, body).await), beyond);
            }
        }
        assert_eq!(owners().await, [(Some(from), 2), (Some(from), 2)]);
        jan.me().await.unwrap();
        assert_eq!(code(lead.client(inside).await), ProblemCode::NotFound);

        // What is all within reach is handed over, and each card tells it.
        owner.assign_client(outside, 2, Assignment { owner_id: Some(from), department_id: Some(department) }).await.unwrap();
        assert_eq!(assigner.hand_over_clients(from, HandOver { hand_over_to: heir }).await.unwrap().clients, 2);
        assert_eq!(owners().await, [(Some(heir), 3), (Some(heir), 4)]);
        for client in [inside, outside] {
            let told = owner.client_history(client, None).await.unwrap().items;
            let by_her = |entry: &&AuditEntry| entry.action == Action::ClientAssigned && entry.actor_name.as_deref() == Some("Alina");
            let told = told.iter().find(by_her).unwrap();
            assert_eq!(told.fields, ["owner"]);
            let changes = owner.audit_event(told.id).await.unwrap().changes;
            let changes: Vec<_> = changes.into_iter().map(|change| (change.field, change.before, change.after)).collect();
            assert_eq!(changes, [("owner_id".to_owned(), json!(from), json!(heir))]);
        }
        // Without the right, someone can still leave; the clients stay with the account.
        lead.deactivate_account(heir, Deactivate::default()).await.unwrap();
        assert_eq!(code(ewa.me().await), ProblemCode::SignInNeeded);
        assert_eq!(owners().await, [(Some(heir), 3), (Some(heir), 4)]);
    }

    async fn thousands_of_clients_change_hands_and_each_ones_history_says_so(app: TestApp) {
        const MANY: u64 = 1203;
        let owner = app.owner().await;
        let seller = app.role(&owner, "sprzedaż", rights(&[(Right::ViewClients, Scope::Own)])).await;
        let (jan, ewa) = (app.member("Jan", seller).await, app.member("Ewa", seller).await);
        let (from, heir) = (me(&jan).await, me(&ewa).await);
        let now = zgoda_app::Clock::now(app.clock.as_ref());
        let input = ClientInput { name: Some("Klient".into()), ..ClientInput::default() };
        let details = ClientDetails::parse(&input).unwrap();
        let tx = app.ctx.db.begin().await.unwrap();
        for _ in 0..MANY {
            let content = CardContent { details: &details, custom: &CustomValues::new() };
            let whose = Assignment { owner_id: Some(from), department_id: None };
            clients::insert(&tx, ClientId::generate(now, app.ctx.entropy()), content, &[], whose, now).unwrap();
        }
        tx.commit_unaudited("a test's clients").await.unwrap();
        let before = app.rows("audit_events").await;
        let started = std::time::Instant::now();
        assert_eq!(owner.hand_over_clients(from, HandOver { hand_over_to: heir }).await.unwrap().clients, MANY);
        // Not one statement for each: a request takes 30 seconds at most.
        assert!(started.elapsed() < std::time::Duration::from_secs(10), "{:?}", started.elapsed());
        assert_eq!(app.rows("audit_events").await, before + i64::try_from(MANY).unwrap() + 1);
        assert_eq!(app.rows(&format!("clients where owner_id = {}", sql_id(&app, heir))).await, i64::try_from(MANY).unwrap());
        assert_eq!(app.rows("(select distinct client_id from audit_events where action = 'client_assigned') t").await, i64::try_from(MANY).unwrap());
        app.run_jobs().await;
        let verdict = zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap();
        assert_eq!(verdict, Verdict::Intact { links: app.rows("audit_events").await, pending: 0 });
    }

    async fn whoever_reaches_by_departments_gives_and_takes_their_own_alone(app: TestApp) {
        let owner = app.owner().await;
        let mut made = Vec::new();
        for name in ["Własny", "Obcy", "Pusty"] {
            made.push(DepartmentId::from_uuid(owner.create_department(&DepartmentBody { name: name.into() }, None).await.unwrap().id));
        }
        let (own, foreign, empty) = (made[0], made[1], made[2]);
        let staff = [(Right::ViewStaff, Scope::All), (Right::EditStaff, Scope::All)];
        let by_scope = rights(&[&staff[..], &[(Right::ViewClients, Scope::Department)]].concat());
        let by_limit = RoleDefinition { departments: Some(DepartmentLimit::Own), ..rights(&[&staff[..], &[(Right::ViewClients, Scope::All)]].concat()) };
        let seller = RoleDefinition { departments: Some(DepartmentLimit::Own), ..rights(&[(Right::ViewClients, Scope::Own)]) };
        let seller = app.role(&owner, "sprzedaż", seller).await;
        let free = app.role(&owner, "nic", RoleDefinition { departments: Some(DepartmentLimit::Own), ..rights(&[]) }).await;
        for (name, definition) in [("Zakres", by_scope), ("Limit", by_limit)] {
            let role = app.role(&owner, name, definition).await;
            let chief = app.member(name, role).await;
            place(&owner, &chief, vec![own]).await;
            let jan = app.member(&format!("Jan{name}"), seller).await;
            place(&owner, &jan, vec![own]).await;
            let ewa = app.member(&format!("Ewa{name}"), seller).await;
            place(&owner, &ewa, vec![own, foreign]).await;
            let state = async || {
                let accounts = owner.accounts().await.unwrap();
                (accounts.into_iter().map(|account| (account.id, account.role_id, account.department_ids)).collect::<Vec<_>>(), owner.departments().await.unwrap())
            };
            let before = state().await;
            let beyond = |pointer: &str| (pointer.to_owned(), Rule::BeyondOwnRights);
            let body = |role_id, department_ids: &[DepartmentId]| ChangeAccount { name: "Ktoś".into(), role_id, department_ids: department_ids.to_vec() };

            // A foreign department for themselves, for a colleague, for a new account; one taken from somebody.
            assert_eq!(complaint(chief.change_account(me(&chief).await, &body(role, &[own, foreign])).await), beyond("/department_ids"), "{name}");
            assert_eq!(complaint(chief.change_account(me(&jan).await, &body(seller, &[own, foreign])).await), beyond("/department_ids"), "{name}");
            let new = CreateAccount { email: "nowa@example.com".into(), name: "Nowa".into(), role_id: seller, department_ids: vec![foreign] };
            assert_eq!(complaint(chief.create_account(&new, None).await), beyond("/department_ids"), "{name}");
            // Someone with more departments than the chief is above them.
            assert_eq!(complaint(chief.change_account(me(&ewa).await, &body(seller, &[own])).await), beyond(""), "{name}");
            assert_eq!(complaint(chief.deactivate_account(me(&ewa).await, Deactivate::default()).await), beyond(""), "{name}");
            // Nor are departments themselves theirs, but their own; and of that one, people above them are members.
            assert_eq!(complaint(chief.create_department(&DepartmentBody { name: "Nowy".into() }, None).await), beyond(""), "{name}");
            assert_eq!(complaint(chief.rename_department(foreign, &DepartmentBody { name: "Mój".into() }).await), beyond(""), "{name}");
            assert_eq!(complaint(chief.delete_department(empty).await), beyond(""), "{name}");
            assert_eq!(complaint(chief.delete_department(own).await), beyond(""), "{name}");
            assert_eq!(state().await, before, "{name}");

            // Their own are.
            chief.rename_department(own, &DepartmentBody { name: format!("Własny {name}") }).await.unwrap();
            chief.change_account(me(&jan).await, &body(seller, &[])).await.unwrap();
            chief.change_account(me(&jan).await, &body(seller, &[own])).await.unwrap();
            for gone in [&jan, &ewa, &chief] {
                owner.change_account(me(gone).await, &body(free, &[])).await.unwrap();
            }
        }
        // What cannot be undone asks for a recent proof.
        app.clock.advance(chrono::TimeDelta::minutes(6));
        assert_eq!(code(owner.create_department(&DepartmentBody { name: "Nowy".into() }, None).await), ProblemCode::StepUpNeeded);
        assert_eq!(code(owner.rename_department(own, &DepartmentBody { name: "Nowy".into() }).await), ProblemCode::StepUpNeeded);
        assert_eq!(code(owner.delete_department(empty).await), ProblemCode::StepUpNeeded);
        assert_eq!(app.rows("departments").await, 3);
    }

    async fn a_department_falls_only_to_whoever_may_manage_its_members(app: TestApp) {
        let owner = app.owner().await;
        let department = DepartmentId::from_uuid(owner.create_department(&DepartmentBody { name: "Zarząd".into() }, None).await.unwrap().id);
        place(&owner, &owner, vec![department]).await;
        let chief = app.role(&owner, "kadry", rights(&[(Right::ViewStaff, Scope::All), (Right::EditStaff, Scope::All)])).await;
        let chief = app.member("Krzysztof", chief).await;
        assert_eq!(complaint(chief.delete_department(department).await), (String::new(), Rule::BeyondOwnRights));
        assert_eq!((app.rows("departments").await, app.rows("account_departments").await), (1, 1));
        owner.delete_department(department).await.unwrap();
        assert_eq!((app.rows("departments").await, app.rows("account_departments").await), (0, 0));
    }

    async fn nobody_lifts_what_their_own_role_demands(app: TestApp) {
        let owner = app.owner().await;
        let staff = [(Right::ViewStaff, Scope::All), (Right::EditStaff, Scope::All)];
        let strict = |networks: Option<&[&str]>, factor| RoleDefinition {
            networks: networks.map(|list| list.iter().map(|text| text.parse().unwrap()).collect()),
            needs_second_factor: factor,
            ..rights(&staff)
        };
        let role = app.role(&owner, "delegat", strict(Some(&["127.0.0.0/8"]), Some(true))).await;
        let delegate = app.member("Krzysztof", role).await;
        let factor = delegate.add_second_factor(&AddFactor::Email {}).await.unwrap();
        let letters = app.letters().await;
        let mailed = letters[0].text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).unwrap();
        let proof = FactorProof::Code { kind: FactorKind::Email, code: mailed.into() };
        delegate.confirm_second_factor(factor.id, &proof).await.unwrap();
        let before = app.rows("roles").await;
        let beyond = ("/definition".to_owned(), Rule::BeyondOwnRights);
        for lifted in [
            strict(Some(&[]), Some(true)),
            strict(None, Some(true)),
            strict(Some(&["127.0.0.0/8", "192.0.2.0/24"]), Some(true)),
            strict(Some(&["0.0.0.0/0"]), Some(true)),
            strict(Some(&["127.0.0.0/8"]), Some(false)),
            strict(Some(&["127.0.0.0/8"]), None),
        ] {
            assert_eq!(complaint(delegate.create_role(&body("kopia", None, lifted.clone()), None).await), beyond, "{lifted:?}");
            assert_eq!(complaint(delegate.change_role(role, 1, &body("delegat", None, lifted.clone())).await), beyond, "{lifted:?}");
        }
        // A role that demands less is not theirs to give, a stricter one is.
        let lax = app.role(&owner, "bez wymagań", rights(&[])).await;
        assert_eq!(complaint(delegate.change_account(me(&delegate).await, &to_role(lax)).await), ("/role_id".into(), Rule::BeyondOwnRights));
        let stored = owner.roles().await.unwrap().into_iter().find(|stored| stored.id == role).unwrap();
        assert_eq!((stored.version, stored.definition), (1, strict(Some(&["127.0.0.0/8"]), Some(true))));
        assert_eq!((app.rows("roles").await, me_role(&delegate).await), (before + 1, role));
        delegate.create_role(&body("ściślejsza", None, strict(Some(&["127.0.0.1"]), Some(true))), None).await.unwrap();
        // Taking away lifts no demand: a stolen session and a leaver are theirs to end; letting the leaver back in is not.
        let luiza = app.member("Luiza", lax).await;
        let id = me(&luiza).await;
        delegate.end_account_sessions(id).await.unwrap();
        assert_eq!(code(luiza.me().await), ProblemCode::SignInNeeded);
        delegate.deactivate_account(id, Deactivate::default()).await.unwrap();
        assert_eq!(complaint(delegate.reactivate_account(id).await), (String::new(), Rule::BeyondOwnRights));
        assert!(owner.accounts().await.unwrap().into_iter().any(|account| account.id == id && account.disabled));
    }

    async fn a_right_beyond_what_the_role_sees_is_refused(app: TestApp) {
        let owner = app.owner().await;
        let parent = app.role(&owner, "podstawa", rights(&[(Right::ViewClients, Scope::Own)])).await;
        let before = app.rows("roles").await;
        for (parent, stated) in [
            (None, rights(&[(Right::DeleteClients, Scope::All)])),
            (Some(parent), rights(&[(Right::DeleteClients, Scope::All)])),
            (Some(parent), rights(&[(Right::DeleteClients, Scope::Department)])),
            (None, rights(&[(Right::ViewClients, Scope::Own), (Right::DeleteClients, Scope::All)])),
        ] {
            let refused = owner.create_role(&body("uśpiona", parent, stated.clone()), None).await;
            assert_eq!(complaint(refused), ("/definition/rights/delete_clients".into(), Rule::Contradiction), "{stated:?}");
        }
        assert_eq!(app.rows("roles").await, before);
        // What is stated works as stated, whatever the parent comes to see.
        let child = body("dziecko", Some(parent), rights(&[(Right::DeleteClients, Scope::Own)]));
        let child = RoleId::from_uuid(owner.create_role(&child, None).await.unwrap().id);
        owner.change_role(parent, 1, &body("podstawa", None, rights(&[(Right::ViewClients, Scope::All)]))).await.unwrap();
        let child = owner.roles().await.unwrap().into_iter().find(|role| role.id == child).unwrap();
        assert_eq!(child.effective.rights.get(&Right::DeleteClients), Some(&Scope::Own));
    }

    async fn an_owner_who_cannot_sign_in_is_no_owner_who_stays(app: TestApp) {
        let owner = app.owner().await;
        let new = CreateAccount { email: "nowa@example.com".into(), name: "Nowa".into(), role_id: RoleTemplate::Owner.id(), department_ids: vec![] };
        let invited = owner.create_account(&new, None).await.unwrap().id;
        let id = me(&owner).await;
        assert_eq!(code(owner.change_account(id, &to_role(RoleTemplate::ReadOnly.id())).await), ProblemCode::LastOwner);
        let admin = app.member("Alina", RoleTemplate::Owner.id()).await;
        admin.change_account(me(&admin).await, &to_role(RoleTemplate::Administrator.id())).await.unwrap();
        assert_eq!(me_role(&owner).await, RoleTemplate::Owner.id());
        // The one who was invited can be let go.
        owner.change_account(invited, &to_role(RoleTemplate::ReadOnly.id())).await.unwrap();
    }

    async fn of_two_owners_who_demote_each_other_one_remains(app: TestApp) {
        let owner = app.owner().await;
        for round in 0..4 {
            let other = app.member(&format!("Olga{round}"), RoleTemplate::Owner.id()).await;
            let (first, second) = (me(&owner).await, me(&other).await);
            let demoted = to_role(RoleTemplate::ReadOnly.id());
            let attempts = join_all([owner.change_account(second, &demoted), other.change_account(first, &demoted)]).await;
            assert_eq!(attempts.iter().filter(|attempt| attempt.is_ok()).count(), 1, "{attempts:?}");
            let owner_role = RoleTemplate::Owner.id();
            let left = if attempts[0].is_ok() { &owner } else { &other };
            let owners = left.accounts().await.unwrap().into_iter().filter(|account| account.role_id == owner_role);
            assert_eq!(owners.map(|account| account.id).collect::<Vec<_>>(), [me(left).await]);
            if attempts[0].is_err() {
                left.change_account(first, &to_role(owner_role)).await.unwrap();
                left.change_account(second, &demoted).await.unwrap();
            }
        }
    }

    async fn the_log_tells_all_that_a_role_and_an_account_are_made_of(app: TestApp) {
        let owner = app.owner().await;
        let told = async |action: Action| {
            let entry = owner.audit_events(None).await.unwrap().items.into_iter().find(|entry| entry.action == action).unwrap();
            let changes = owner.audit_event(entry.id).await.unwrap().changes;
            changes.into_iter().map(|change| (change.field, change.before, change.after)).collect::<Vec<_>>()
        };
        let parent = app.role(&owner, "podstawa", rights(&[(Right::ViewForms, Scope::All)])).await;
        let role = app.role(&owner, "rola", rights(&[])).await;
        owner.change_role(role, 1, &body("rola", Some(parent), rights(&[]))).await.unwrap();
        assert_eq!(told(Action::RoleChanged).await, [("parent_id".to_owned(), json!(null), json!(parent))]);
        app.clock.advance(chrono::TimeDelta::seconds(1));
        let strict = RoleDefinition { networks: Some(vec!["192.0.2.0/24".parse().unwrap()]), needs_second_factor: Some(true), ..rights(&[]) };
        owner.change_role(role, 2, &body("inna", Some(parent), strict)).await.unwrap();
        assert_eq!(told(Action::RoleChanged).await, [
            ("name".to_owned(), json!("rola"), json!("inna")),
            ("needs_second_factor".to_owned(), json!(null), json!(true)),
            ("networks".to_owned(), json!(null), json!(["192.0.2.0/24"])),
        ]);
        owner.delete_role(role).await.unwrap();
        assert!(told(Action::RoleDeleted).await.contains(&("name".to_owned(), json!("inna"), json!(null))));
        let jan = app.member("Jan", RoleTemplate::ReadOnly.id()).await;
        owner.change_account(me(&jan).await, &ChangeAccount { name: "Janusz".into(), role_id: RoleTemplate::ReadOnly.id(), department_ids: vec![] }).await.unwrap();
        assert_eq!(told(Action::AccountChanged).await, [("name".to_owned(), json!("Jan"), json!("Janusz"))]);
    }
}
