//! Who sees which records and which fields of them, on every way to them.

use crate::{code, complaint, problem};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use zgoda_api_types::{
    clients::{ClientBody, FilterCondition, Reason, SearchClients, Sort, Total},
    consents::WithdrawConsent,
    custom_fields::CreateCustomField,
    problem::ProblemCode,
    staff::{ChangeAccount, DepartmentBody},
};
use zgoda_client::{Api, AuditSearch};
use zgoda_domain::{
    Rule,
    access::{
        Assignment, DepartmentLimit, FieldRestriction, Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
    audit::Action,
    client::{BuiltinField, ClientInput},
    consent::{Channel, ConsentStatus},
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::{AccountId, ClientId, DepartmentId, FieldId, SubmissionId},
    list::{Direction, Operator},
    submission::SubmissionStatus,
};
use zgoda_test_support::{TestApp, on_both_databases};

const SITE: &str = "https://firma.example";

async fn field(owner: &Api, name: &str, kind: FieldKind) -> FieldId {
    let body = CreateCustomField { name: name.into(), kind, options: vec![], sensitive: false };
    FieldId::from_uuid(owner.create_custom_field(&body, None).await.unwrap().id)
}

/// The product's own example: own clients only, edit yes, delete no, financial fields hidden.
async fn seller(app: &TestApp, owner: &Api, name: &str, fields: &[(FieldRef, FieldRestriction)]) -> Api {
    let definition =
        RoleDefinition { fields: fields.iter().copied().collect(), ..RoleTemplate::Salesperson.definition() };
    let role = app.role(owner, &format!("rola {name}"), definition).await;
    app.member(name, role).await
}

async fn put(api: &Api, name: &str, nip: Option<&str>, custom: BTreeMap<FieldId, Value>) -> ClientId {
    let details = ClientInput { name: Some(name.into()), nip: nip.map(Into::into), ..ClientInput::default() };
    ClientId::from_uuid(api.create_client(&ClientBody { details, custom }, None).await.unwrap().id)
}

async fn me(api: &Api) -> AccountId {
    api.me().await.unwrap().account_id
}

async fn give(owner: &Api, client: ClientId, assignment: Assignment) {
    let version = owner.client(client).await.unwrap().version;
    owner.assign_client(client, version, assignment).await.unwrap();
}

fn search(field: FieldRef, operator: Operator, value: Value) -> SearchClients {
    SearchClients {
        filter: vec![FilterCondition { field, operator, value }],
        with_total: true,
        ..SearchClients::default()
    }
}

fn sorted(field: FieldRef) -> SearchClients {
    SearchClients { sort: Some(Sort { field, direction: Direction::Desc }), ..SearchClients::default() }
}

on_both_databases! {
    async fn own_clients_only_edit_yes_delete_no_financial_fields_hidden(app: TestApp) {
        let owner = app.owner().await;
        let turnover = field(&owner, "Obrót", FieldKind::Decimal).await;
        let segment = field(&owner, "Segment", FieldKind::ShortText).await;
        let secret = FieldRef::Custom(turnover);
        let nip = FieldRef::Builtin(BuiltinField::Nip);
        let sonia = seller(&app, &owner, "Sonia", &[(secret, FieldRestriction::Hidden), (nip, FieldRestriction::Hidden)]).await;
        let values = |turnover_: &str| BTreeMap::from([(turnover, json!(turnover_)), (segment, json!("A"))]);
        let own = put(&owner, "Własna", Some("1234563218"), values("10.5")).await;
        let foreign = put(&owner, "Cudza", None, values("99")).await;
        give(&owner, own, Assignment { owner_id: Some(me(&sonia).await), department_id: None }).await;

        // The list, its count, and its cells.
        let all = SearchClients { with_total: true, ..SearchClients::default() };
        let page = sonia.search_clients(&all).await.unwrap();
        assert_eq!((page.items.len(), page.total), (1, Some(Total::exactly(1))));
        let row = &page.items[0];
        assert_eq!((row.id, row.nip.as_deref(), row.masked.len()), (own, None, 0));
        assert_eq!(row.custom.keys().copied().collect::<Vec<_>>(), [segment]);
        // A cursor into somebody else's list says nothing.
        let one = SearchClients { limit: 1, ..SearchClients::default() };
        let theirs = owner.search_clients(&one).await.unwrap().next;
        let after = SearchClients { after: theirs, ..SearchClients::default() };
        assert_eq!(complaint(sonia.search_clients(&after).await), ("/after".into(), Rule::Malformed));
        assert_eq!(code(sonia.client_neighbours(foreign, &one).await), ProblemCode::NotFound);
        // Searching by name finds own clients only; by a hidden field nothing can be asked, not even whether it exists.
        let by_name = search(FieldRef::Builtin(BuiltinField::Name), Operator::IsSet, Value::Null);
        assert_eq!(sonia.search_clients(&by_name).await.unwrap().total, Some(Total::exactly(1)));
        for hidden in [secret, nip] {
            for operator in [Operator::IsSet, Operator::IsEmpty] {
                let refused = sonia.search_clients(&search(hidden, operator, Value::Null)).await;
                assert_eq!(complaint(refused), ("/filter/0/field".into(), Rule::Unknown));
            }
            assert_eq!(complaint(sonia.search_clients(&sorted(hidden)).await), ("/sort/field".into(), Rule::Unknown));
        }
        let unknown = FieldRef::Custom(FieldId::from_uuid(uuid::Uuid::from_u128(7)));
        let (hidden, missing) = (sonia.search_clients(&sorted(secret)).await, sonia.search_clients(&sorted(unknown)).await);
        assert_eq!(problem(hidden), problem(missing));
        let defined = sonia.custom_fields().await.unwrap();
        assert_eq!(defined.iter().map(|field| field.id).collect::<Vec<_>>(), [segment]);

        // The card, its history, its data.
        let card = sonia.client(own).await.unwrap();
        assert_eq!((card.value.details.nip.as_deref(), card.value.custom.get(&turnover)), (None, None));
        assert_eq!(code(sonia.client(foreign).await), ProblemCode::NotFound);
        assert_eq!(code(sonia.client_history(foreign, None).await), ProblemCode::NotFound);
        assert_eq!(code(sonia.client_submissions(foreign).await), ProblemCode::NotFound);
        assert_eq!(code(sonia.subject_data_json(own).await), ProblemCode::NotAllowed);
        assert_eq!(code(sonia.delete_client(own, card.version).await), ProblemCode::NotAllowed);
        assert_eq!(code(sonia.delete_client(foreign, 1).await), ProblemCode::NotAllowed);

        // What she sends back keeps what she cannot see, and she cannot write it.
        let mut body = ClientBody { details: card.value.details.clone(), custom: card.value.custom.clone() };
        body.details.city = Some("Łódź".into());
        let changed = sonia.change_client(own, card.version, &body).await.unwrap();
        assert_eq!(changed.value.details.nip, None);
        let whole = owner.client(own).await.unwrap();
        assert_eq!(whole.value.details.nip.as_deref(), Some("1234563218"));
        assert_eq!(whole.value.custom.get(&turnover), Some(&json!("10.5")));
        assert_eq!(whole.value.details.city.as_deref(), Some("Łódź"));
        body.custom.insert(turnover, json!("10.5"));
        let refused = sonia.change_client(own, changed.version, &body).await;
        assert_eq!(complaint(refused), (format!("/custom/{turnover}"), Rule::Unknown));
        body.custom.remove(&turnover);
        body.details.nip = Some("1234563218".into());
        let refused = sonia.change_client(own, changed.version, &body).await;
        assert_eq!(complaint(refused), ("/details/nip".into(), Rule::ReadOnly));
        assert_eq!(code(sonia.change_client(foreign, 1, &ClientBody::default()).await), ProblemCode::NotFound);
        assert_eq!(owner.client(own).await.unwrap().version, changed.version);

        // The timeline names no hidden field.
        let mut body = ClientBody { details: whole.value.details.clone(), custom: whole.value.custom.clone() };
        body.custom.insert(turnover, json!("11"));
        owner.change_client(own, whole.version, &body).await.unwrap();
        let seen = |page: zgoda_api_types::Page<zgoda_api_types::audit::AuditEntry>| {
            page.items.into_iter().flat_map(|entry| entry.fields).collect::<Vec<_>>()
        };
        assert!(seen(owner.client_history(own, None).await.unwrap()).contains(&secret.to_string()));
        assert!(!seen(sonia.client_history(own, None).await.unwrap()).contains(&secret.to_string()));
    }

    /// Two worlds that differ in one hidden value are the same to whoever may not see it.
    async fn a_masked_value_cannot_be_guessed(app: TestApp) {
        let owner = app.owner().await;
        let rank = field(&owner, "Ranga", FieldKind::Integer).await;
        let place = FieldRef::Custom(rank);
        let phone = FieldRef::Builtin(BuiltinField::Phone);
        let jan = seller(&app, &owner, "Jan", &[(place, FieldRestriction::Masked), (phone, FieldRestriction::Masked)]).await;
        let account = me(&jan).await;
        for (name, value) in [("Ada", 3), ("Bob", 1), ("Cyd", 2)] {
            let id = put(&owner, name, None, BTreeMap::from([(rank, json!(value))])).await;
            give(&owner, id, Assignment { owner_id: Some(account), department_id: None }).await;
        }
        let questions = || {
            let compare = |operator| search(place, operator, json!(2));
            [sorted(place), compare(Operator::Eq), compare(Operator::Ne), compare(Operator::Lt), compare(Operator::Gte),
                search(place, Operator::IsEmpty, Value::Null), search(phone, Operator::IsSet, Value::Null), SearchClients::default()]
        };
        let world = async || {
            let mut answers = Vec::new();
            for question in questions() {
                answers.push(match jan.search_clients(&question).await {
                    Ok(page) => {
                        let rows = page.items.into_iter().map(|row| json!([row.id, row.name, row.custom, row.masked]));
                        json!([rows.collect::<Vec<_>>(), page.total])
                    }
                    Err(error) => json!(format!("{error:?}")),
                });
            }
            for row in jan.search_clients(&SearchClients::default()).await.unwrap().items {
                let card = jan.client(row.id).await.unwrap().value;
                answers.push(json!([card.details.name, card.details.phone, card.custom, card.masked]));
            }
            answers
        };
        let first = world().await;
        for row in owner.search_clients(&SearchClients::default()).await.unwrap().items {
            let card = owner.client(row.id).await.unwrap();
            let mut body = ClientBody { details: card.value.details, custom: card.value.custom };
            let value = body.custom.get(&rank).and_then(Value::as_i64).unwrap();
            body.custom.insert(rank, json!(10 - value));
            owner.change_client(row.id, card.version, &body).await.unwrap();
        }
        assert_eq!(world().await, first);
        // That there is a value is shown, and that the field exists.
        let row = jan.search_clients(&SearchClients::default()).await.unwrap().items.remove(0);
        assert_eq!((row.masked, row.custom.len()), (vec![place], 0));
        assert_eq!(complaint(jan.search_clients(&sorted(place)).await), ("/sort/field".into(), Rule::NotShown));
    }

    async fn a_read_only_field_is_seen_searched_and_kept(app: TestApp) {
        let owner = app.owner().await;
        let city = FieldRef::Builtin(BuiltinField::City);
        let jan = seller(&app, &owner, "Jan", &[(city, FieldRestriction::ReadOnly)]).await;
        let id = app.client(&owner, "Ada").await;
        let card = owner.client(id).await.unwrap();
        let details = ClientInput { city: Some("Kielce".into()), ..card.value.details };
        owner.change_client(id, card.version, &ClientBody { details, ..ClientBody::default() }).await.unwrap();
        give(&owner, id, Assignment { owner_id: Some(me(&jan).await), department_id: None }).await;
        assert_eq!(jan.search_clients(&search(city, Operator::Eq, json!("Kielce"))).await.unwrap().total, Some(Total::exactly(1)));
        let card = jan.client(id).await.unwrap();
        assert_eq!(card.value.details.city.as_deref(), Some("Kielce"));
        // Sent back as it was, or left out: it stays.
        for typed in [Some("Kielce".to_owned()), None] {
            let version = jan.client(id).await.unwrap().version;
            let details = ClientInput { city: typed, ..card.value.details.clone() };
            let changed = jan.change_client(id, version, &ClientBody { details, ..ClientBody::default() }).await.unwrap();
            assert_eq!(changed.value.details.city.as_deref(), Some("Kielce"));
        }
        let version = jan.client(id).await.unwrap().version;
        let details = ClientInput { city: Some("Radom".into()), ..card.value.details };
        let refused = jan.change_client(id, version, &ClientBody { details, ..ClientBody::default() }).await;
        assert_eq!(complaint(refused), ("/details/city".into(), Rule::ReadOnly));
    }

    async fn departments_limit_whatever_the_scope(app: TestApp) {
        let owner = app.owner().await;
        let mut departments = Vec::new();
        for name in ["Północ", "Południe"] {
            let body = DepartmentBody { name: name.into() };
            departments.push(DepartmentId::from_uuid(owner.create_department(&body, None).await.unwrap().id));
        }
        for (name, department) in [("Gdynia", Some(departments[0])), ("Zakopane", Some(departments[1])), ("Nigdzie", None)] {
            let id = app.client(&owner, name).await;
            give(&owner, id, Assignment { owner_id: None, department_id: department }).await;
        }
        let names = async |api: &Api| {
            let found = api.search_clients(&SearchClients { with_total: true, ..SearchClients::default() }).await.unwrap();
            assert_eq!(found.total, u64::try_from(found.items.len()).ok().map(Total::exactly));
            found.items.into_iter().map(|row| row.name).collect::<Vec<_>>()
        };
        for (at, (limit, scope, expected)) in [
            (DepartmentLimit::Own, Scope::All, vec!["Gdynia"]),
            (DepartmentLimit::OwnAndNone, Scope::All, vec!["Gdynia", "Nigdzie"]),
            (DepartmentLimit::Unlimited, Scope::All, vec!["Gdynia", "Nigdzie", "Zakopane"]),
            (DepartmentLimit::Unlimited, Scope::Department, vec!["Gdynia"]),
            (DepartmentLimit::Own, Scope::Own, vec![]),
        ].into_iter().enumerate() {
            let definition = RoleDefinition {
                departments: Some(limit),
                rights: BTreeMap::from([(Right::ViewClients, scope)]),
                ..RoleDefinition::default()
            };
            let role = app.role(&owner, &format!("rola {at}"), definition).await;
            let member = app.member(&format!("osoba{at}"), role).await;
            assert!(names(&member).await.len() < 3 || limit == DepartmentLimit::Unlimited);
            let change = ChangeAccount { name: "Osoba".into(), role_id: role, department_ids: vec![departments[0]] };
            owner.change_account(me(&member).await, &change).await.unwrap();
            assert_eq!(names(&member).await, expected, "{limit:?} {scope:?}");
        }
        // A department that clients belong to stays.
        assert_eq!(code(owner.delete_department(departments[0]).await), ProblemCode::WrongState);
    }

    async fn a_data_protection_officer_opens_a_card_only_for_a_reason(app: TestApp) {
        let owner = app.owner().await;
        let id = app.client(&owner, "Ada").await;
        let dpo = app.member("Iwo", RoleTemplate::DataProtectionOfficer.id()).await;
        for refused in [
            code(dpo.client(id).await),
            code(dpo.client_history(id, None).await),
            code(dpo.client_submissions(id).await),
            code(dpo.subject_data_json(id).await),
        ] {
            assert_eq!(refused, ProblemCode::ReasonNeeded);
        }
        assert_eq!(complaint(dpo.give_reason(id, &Reason { reason: " ".into() }).await), ("/reason".into(), Rule::Required));
        dpo.give_reason(id, &Reason { reason: "Skarga klientki".into() }).await.unwrap();
        dpo.client(id).await.unwrap();
        dpo.subject_data_json(id).await.unwrap();
        let log = dpo.audit_events(None).await.unwrap().items;
        assert!(log.iter().any(|entry| entry.action == zgoda_domain::audit::Action::ReasonGiven && entry.client_id == Some(id)));
        // Another card needs its own reason, and a reason does not hold forever.
        let other = app.client(&owner, "Bob").await;
        assert_eq!(code(dpo.client(other).await), ProblemCode::ReasonNeeded);
        for _ in 0..4 {
            app.clock.advance(chrono::TimeDelta::minutes(8));
            dpo.sessions().await.unwrap();
        }
        assert_eq!(code(dpo.client(id).await), ProblemCode::ReasonNeeded);
    }

    /// The list is no way round the reason: it finds a card by its name, and shows no more of it.
    async fn a_card_that_opens_for_a_reason_shows_its_name_in_the_list_until_then(app: TestApp) {
        let owner = app.owner().await;
        let segment = field(&owner, "Segment", FieldKind::ShortText).await;
        let details = ClientInput {
            name: Some("Ada".into()), email: Some("ada@example.com".into()), phone: Some("600100200".into()),
            city: Some("Łódź".into()), nip: Some("1234563218".into()), ..ClientInput::default()
        };
        let body = ClientBody { details, custom: BTreeMap::from([(segment, json!("A"))]) };
        let ada = ClientId::from_uuid(owner.create_client(&body, None).await.unwrap().id);
        let bob = put(&owner, "Bob", Some("5260250274"), BTreeMap::from([(segment, json!("B"))])).await;
        let dpo = app.member("Iwo", RoleTemplate::DataProtectionOfficer.id()).await;
        let builtin = FieldRef::Builtin;
        let hidden = [builtin(BuiltinField::Email), builtin(BuiltinField::Phone), builtin(BuiltinField::City), builtin(BuiltinField::Nip), FieldRef::Custom(segment)];
        let rows = async || dpo.search_clients(&SearchClients::default()).await.unwrap().items;
        for row in rows().await {
            assert_eq!((&row.email, &row.phone, &row.city, &row.nip, row.custom.len()), (&None, &None, &None, &None, 0));
            assert_eq!(row.masked.contains(&hidden[0]), row.id == ada);
            assert!(row.masked.contains(&hidden[3]) && row.masked.contains(&hidden[4]));
        }
        let refuses = async || {
            for field in [hidden[0], hidden[2], hidden[3], hidden[4]] {
                let asked = search(field, Operator::IsSet, Value::Null);
                assert_eq!(complaint(dpo.search_clients(&asked).await), ("/filter/0/field".into(), Rule::NotShown));
                assert_eq!(complaint(dpo.search_clients(&sorted(field)).await), ("/sort/field".into(), Rule::NotShown));
            }
            let pesel = search(builtin(BuiltinField::Pesel), Operator::Eq, json!("44051401359"));
            assert_eq!(complaint(dpo.search_clients(&pesel).await), ("/filter/0/field".into(), Rule::NotShown));
        };
        refuses().await;
        let by_name = search(builtin(BuiltinField::Name), Operator::Eq, json!("Bob"));
        assert_eq!(dpo.search_clients(&by_name).await.unwrap().items.iter().map(|row| row.id).collect::<Vec<_>>(), [bob]);
        // The reason opens its card, here too, and no other.
        dpo.give_reason(ada, &Reason { reason: "Skarga".into() }).await.unwrap();
        for row in rows().await {
            assert_eq!(row.email.as_deref(), (row.id == ada).then_some("ada@example.com"));
            assert_eq!(row.custom.get(&segment), (row.id == ada).then_some(&json!("A")));
        }
        refuses().await;
        // Whoever needs no reason sees what they saw.
        assert_eq!(owner.search_clients(&sorted(hidden[3])).await.unwrap().items[0].nip.as_deref(), Some("5260250274"));
    }

    /// Saving a card without a name names it by its e-mail address: not for those who do not see that.
    async fn an_address_that_is_not_shown_cannot_be_forced_out_as_the_name(app: TestApp) {
        let owner = app.owner().await;
        let email = FieldRef::Builtin(BuiltinField::Email);
        let details = ClientInput { name: Some("Ada".into()), email: Some("Xq7Z@example.com".into()), ..ClientInput::default() };
        for (at, restriction) in [FieldRestriction::Hidden, FieldRestriction::Masked].into_iter().enumerate() {
            let body = ClientBody { details: details.clone(), ..ClientBody::default() };
            let id = ClientId::from_uuid(owner.create_client(&body, None).await.unwrap().id);
            let jan = seller(&app, &owner, &format!("Jan{at}"), &[(email, restriction)]).await;
            give(&owner, id, Assignment { owner_id: Some(me(&jan).await), department_id: None }).await;
            let version = owner.client(id).await.unwrap().version;
            for name in [None, Some("  ".to_owned())] {
                let body = ClientBody { details: ClientInput { name, ..ClientInput::default() }, ..ClientBody::default() };
                assert_eq!(complaint(jan.change_client(id, version, &body).await), ("/details/name".into(), Rule::Required));
                assert_eq!(complaint(jan.create_client(&body, None).await), ("/details/name".into(), Rule::Required));
            }
            let kept = owner.client(id).await.unwrap();
            assert_eq!((kept.version, kept.value.details.name.as_deref()), (version, Some("Ada")));
            let found = serde_json::to_string(&jan.search_clients(&SearchClients::default()).await.unwrap()).unwrap();
            assert!(!found.contains("Xq7Z"), "{found}");
            // Parts of a name will do.
            let details = ClientInput { first_name: Some("Ada".into()), last_name: Some("Lis".into()), ..ClientInput::default() };
            let changed = jan.change_client(id, version, &ClientBody { details, ..ClientBody::default() }).await.unwrap();
            assert_eq!(changed.value.details.name.as_deref(), Some("Ada Lis"));
        }
        // Whoever sees the address may leave the name to it.
        let body = ClientBody { details: ClientInput { name: None, ..details }, ..ClientBody::default() };
        let id = ClientId::from_uuid(owner.create_client(&body, None).await.unwrap().id);
        assert_eq!(owner.client(id).await.unwrap().value.details.name.as_deref(), Some("Xq7Z@example.com"));
    }

    /// A consent is seen and withdrawn only by those whom its column is open to, on every way to it.
    async fn consents_are_as_restricted_as_their_column(app: TestApp) {
        let owner = app.owner().await;
        let form = app.published_form(&owner, SITE).await;
        let column = owner.custom_fields().await.unwrap().into_iter().find(|field| field.kind == FieldKind::Consent).unwrap();
        let answers = form.answers(&[("name", "Ada"), ("email", "ada@example.com"), ("newsletter", "true")]);
        let sent = app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        let sent = SubmissionId::from_uuid(sent.id);
        let id = owner.search_clients(&SearchClients::default()).await.unwrap().items[0].id;
        let mut members = Vec::new();
        for restriction in [FieldRestriction::Hidden, FieldRestriction::Masked, FieldRestriction::ReadOnly] {
            let fields = BTreeMap::from([(FieldRef::Custom(column.id), restriction)]);
            let role = app.role(&owner, restriction.code(), RoleDefinition { fields, ..RoleTemplate::Administrator.definition() }).await;
            members.push((restriction, app.member(&restriction.code().replace('_', "."), role).await));
        }
        let body = WithdrawConsent { purpose_id: form.purpose_id, channel: Channel::Email, note: None };
        let status = async || owner.client(id).await.unwrap().value.consents[0].status;
        let tried = async |expected: ConsentStatus| {
            for (restriction, member) in &members {
                let refused = member.withdraw_consent(id, &body).await;
                match restriction {
                    FieldRestriction::Hidden => assert_eq!(code(refused), ProblemCode::NotFound),
                    _ => assert_eq!(complaint(refused), ("/purpose_id".into(), Rule::ReadOnly)),
                }
                assert_eq!(status().await, expected);
            }
        };
        // The answer is the same wherever the consent stands.
        tried(ConsentStatus::Given).await;
        app.clock.advance(chrono::TimeDelta::seconds(1));
        owner.withdraw_consent(id, &body).await.unwrap();
        tried(ConsentStatus::Withdrawn).await;
        let others = form.answers(&[("name", "Bea"), ("email", "bea@example.com"), ("newsletter", "true")]);
        app.visitor().submit(&form.public_id, &others, None, Some(SITE)).await.unwrap();
        let bea = owner.search_clients(&SearchClients::default()).await.unwrap().items.into_iter().find(|row| row.id != id).unwrap().id;
        app.clock.advance(chrono::TimeDelta::seconds(1));
        owner.withdraw_consent(bea, &body).await.unwrap();
        let search = AuditSearch { client: Some(id), action: Some(Action::ConsentWithdrawn), ..AuditSearch::default() };
        let withdrawal = owner.search_audit_events(search, None).await.unwrap().items.remove(0).id;
        for (restriction, member) in &members {
            let shown = *restriction == FieldRestriction::ReadOnly;
            let keys: Vec<String> = member.submission(sent).await.unwrap().answers.into_iter().map(|answer| answer.key).collect();
            assert_eq!(keys.contains(&"newsletter".to_owned()), shown, "{restriction:?}");
            assert!(keys.contains(&"name".to_owned()));
            assert_eq!(member.client(id).await.unwrap().value.consents.is_empty(), !shown);
            let mut logs = vec![member.client_history(id, None).await.unwrap().items, member.audit_events(None).await.unwrap().items];
            let search = AuditSearch { action: Some(Action::ConsentWithdrawn), ..AuditSearch::default() };
            logs.push(member.search_audit_events(search, None).await.unwrap().items);
            for log in logs {
                let named = log.iter().any(|entry| entry.action == Action::ConsentWithdrawn && entry.fields.contains(&format!("purpose:{}", form.purpose_id)));
                assert_eq!(named, shown, "{restriction:?}");
                assert!(shown || !serde_json::to_string(&log).unwrap().contains("withdrawn"), "{restriction:?}");
            }
            // Nor by where the next page would begin.
            let request = reqwest::Client::new().get(format!("{}/api/v1/audit-events?action=consent_withdrawn&limit=1", app.base));
            let cookie = format!("__Host-zgoda-access={}", member.cookie("__Host-zgoda-access").unwrap());
            let page: Value = request.header("Cookie", cookie).send().await.unwrap().json().await.unwrap();
            assert_eq!((page["items"].as_array().unwrap().len(), page["next"].is_null()), (usize::from(shown), !shown), "{restriction:?}");
            // Nor by taking it back: it is answered as a change of what is not shown.
            let expected = if shown { ProblemCode::NotFound } else { ProblemCode::WrongState };
            assert_eq!(code(member.revert_change(id, withdrawal).await), expected, "{restriction:?}");
            // Nor is it told apart from a change by asking for changes.
            let search = AuditSearch { client: Some(id), action: Some(Action::ClientChanged), ..AuditSearch::default() };
            let changes = member.search_audit_events(search, None).await.unwrap().items;
            let all = member.search_audit_events(AuditSearch { client: Some(id), ..AuditSearch::default() }, None).await.unwrap().items;
            assert_eq!(changes.len(), all.iter().filter(|entry| entry.action == Action::ClientChanged).count(), "{restriction:?}");
            assert_eq!(changes.len(), usize::from(!shown), "{restriction:?}");
            let search = AuditSearch { client: Some(id), ..AuditSearch::default() };
            let file = String::from_utf8(member.export_audit_events(search).await.unwrap().bytes).unwrap();
            assert_eq!(file.contains("consent_withdrawn") && file.contains("purpose:"), shown, "{restriction:?}");
        }
    }

    /// Accepting writes to the card: it takes the right to change that card and every field the form can write.
    async fn a_submission_is_accepted_only_by_those_who_may_change_the_card(app: TestApp) {
        let owner = app.owner().await;
        let form = app.published_form(&owner, SITE).await;
        let column = owner.custom_fields().await.unwrap().into_iter().find(|field| field.kind == FieldKind::Consent).unwrap();
        let details = ClientInput { name: Some("Ada".into()), email: Some("ada@example.com".into()), ..ClientInput::default() };
        let id = ClientId::from_uuid(owner.create_client(&ClientBody { details, ..ClientBody::default() }, None).await.unwrap().id);
        let answers = form.answers(&[("email", "ada@example.com"), ("city", "Kielce"), ("newsletter", "true")]);
        let sent = app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        let sent = SubmissionId::from_uuid(sent.id);
        let administrator = RoleTemplate::Administrator.definition();
        let city = FieldRef::Builtin(BuiltinField::City);
        let mut own = administrator.clone();
        own.rights.insert(Right::EditClients, Scope::Own);
        let restricted = |field, restriction| RoleDefinition { fields: BTreeMap::from([(field, restriction)]), ..administrator.clone() };
        for (at, (definition, expected)) in [
            (RoleTemplate::Marketing.definition(), ProblemCode::NotAllowed),
            (own, ProblemCode::NotFound),
            (restricted(city, FieldRestriction::Hidden), ProblemCode::PartialView),
            (restricted(city, FieldRestriction::Masked), ProblemCode::PartialView),
            (restricted(city, FieldRestriction::ReadOnly), ProblemCode::PartialView),
            (restricted(FieldRef::Custom(column.id), FieldRestriction::Hidden), ProblemCode::PartialView),
            (restricted(FieldRef::Custom(column.id), FieldRestriction::ReadOnly), ProblemCode::PartialView),
        ].into_iter().enumerate() {
            let member = app.member(&format!("osoba{at}"), app.role(&owner, &format!("rola {at}"), definition).await).await;
            assert_eq!(code(member.accept_submission(sent).await), expected, "{at}");
            let card = owner.client(id).await.unwrap();
            assert_eq!((card.version, card.value.details.city, card.value.consents.len()), (1, None, 0), "{at}");
            assert_eq!(owner.submission(sent).await.unwrap().summary.status, SubmissionStatus::Review, "{at}");
        }
        // A field that the form does not write is no obstacle.
        let nip = restricted(FieldRef::Builtin(BuiltinField::Nip), FieldRestriction::Hidden);
        let member = app.member("Alina", app.role(&owner, "bez NIP", nip).await).await;
        member.accept_submission(sent).await.unwrap();
        let card = owner.client(id).await.unwrap().value;
        assert_eq!((card.details.city.as_deref(), card.consents.len()), (Some("Kielce"), 1));
    }

    /// From where colleagues work is told to those who may read the log.
    async fn a_cards_history_tells_where_colleagues_were_only_to_readers_of_the_log(app: TestApp) {
        let owner = app.owner().await;
        let id = app.client(&owner, "Ada").await;
        let places = async |api: &Api| {
            let items = api.client_history(id, None).await.unwrap().items;
            assert!(!items.is_empty());
            items.into_iter().filter(|entry| entry.ip.is_some() || entry.user_agent.is_some()).count()
        };
        assert!(places(&owner).await > 0, "the check must be able to find something");
        assert_eq!(places(&app.reader().await).await, 0);
    }

    async fn data_that_would_not_be_whole_is_not_handed_over(app: TestApp) {
        let owner = app.owner().await;
        let id = app.client(&owner, "Ada").await;
        let fields = BTreeMap::from([(FieldRef::Builtin(BuiltinField::Note), FieldRestriction::Hidden)]);
        let role = app.role(&owner, "bez notatek", RoleDefinition { fields, ..RoleTemplate::Administrator.definition() }).await;
        let admin = app.member("Alina", role).await;
        assert_eq!(code(admin.subject_data_json(id).await), ProblemCode::PartialView);
        assert_eq!(code(admin.subject_data_xlsx(id).await), ProblemCode::PartialView);
        owner.subject_data_json(id).await.unwrap();
    }

    async fn a_deleted_client_leaves_logs_that_verify_and_say_nothing(app: TestApp) {
        let owner = app.owner().await;
        let form = app.published_form(&owner, "https://firma.example").await;
        let visitor = app.visitor();
        let answers = form.answers(&[("name", "Zenobia Znikająca"), ("email", "zenobia@example.com"), ("newsletter", "on")]);
        visitor.submit(&form.public_id, &answers, None, Some("https://firma.example")).await.unwrap();
        let row = owner.search_clients(&SearchClients::default()).await.unwrap().items.remove(0);
        let version = owner.client(row.id).await.unwrap().version;
        assert_eq!(code(owner.delete_client(row.id, version + 1).await), ProblemCode::Outdated);
        owner.delete_client(row.id, version).await.unwrap();
        assert_eq!(code(owner.client(row.id).await), ProblemCode::NotFound);
        for (table, rows) in [("clients", 0), ("submissions", 0), ("consent_states", 0), ("consent_events", 1), ("client_keys", 1)] {
            assert_eq!(app.rows(table).await, rows, "{table}");
        }
        app.run_jobs().await;
        let verdict = zgoda_app::audit::verify(&app.ctx, &[]).await.unwrap();
        assert!(matches!(verdict, zgoda_persistence::audit::Verdict::Intact { .. }), "{verdict:?}");
    }
}
