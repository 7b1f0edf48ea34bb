//! Saved filters: sharing, fields that go, fields that are hidden.

use crate::{code, complaint};
use serde_json::json;
use zgoda_api_types::{
    accounts::{ListLayout, Preferences},
    clients::{FilterCondition, SearchClients, Sort},
    custom_fields::{ChangeCustomField, CreateCustomField},
    problem::ProblemCode,
    saved_filters::{FilterBody, SavedFilter},
    staff::{ChangeAccount, DepartmentBody, RoleBody},
};
use zgoda_client::Api;
use zgoda_domain::{
    Rule,
    access::{
        FieldRestriction, Right,
        role::{RoleDefinition, RoleTemplate},
    },
    client::BuiltinField,
    consent::Language,
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::{DepartmentId, FieldId, FilterId},
    list::{Direction, ListColumn, Operator},
    saved_filter::{Sharing, ShownColumn},
    search::Fault,
};
use zgoda_test_support::on_both_databases;

fn body(name: &str, sharing: Sharing, fields: &[FieldRef]) -> FilterBody {
    FilterBody {
        name: name.into(),
        sharing,
        department_id: None,
        filter: fields
            .iter()
            .map(|field| FilterCondition { field: *field, operator: Operator::IsSet, value: json!(null) })
            .collect(),
        query: None,
        columns: Some(
            fields.iter().map(|field| ShownColumn { column: ListColumn::Field(*field), width: Some(120) }).collect(),
        ),
        sort: fields.first().map(|field| Sort { field: *field, direction: Direction::Desc }),
    }
}

async fn save(api: &Api, body: &FilterBody) -> FilterId {
    FilterId::from_uuid(api.create_filter(body, None).await.unwrap().id)
}

async fn names(api: &Api) -> Vec<String> {
    let mut names: Vec<String> = api.filters().await.unwrap().into_iter().map(|filter| filter.view.name).collect();
    names.sort_unstable();
    names
}

async fn one(api: &Api, id: FilterId) -> SavedFilter {
    api.filters().await.unwrap().into_iter().find(|filter| filter.id == id).unwrap()
}

/// The first complaint of a refusal that may have several.
fn first<T: std::fmt::Debug>(refused: Result<T, zgoda_client::ApiError>) -> (String, Rule) {
    let complaint = crate::problem(refused).errors.remove(0);
    (complaint.pointer, complaint.rule)
}

const CITY: FieldRef = FieldRef::Builtin(BuiltinField::City);
const NIP: FieldRef = FieldRef::Builtin(BuiltinField::Nip);

fn seller() -> RoleDefinition {
    let mut definition = RoleTemplate::Owner.definition();
    definition.rights.remove(&Right::AdministerOwners);
    definition.rights.remove(&Right::ConfigureFields);
    definition
}

on_both_databases! {
    async fn a_filter_is_seen_by_those_it_is_shared_with(app: TestApp) {
        let owner = app.owner().await;
        let role = app.role(&owner, "sprzedawca", seller()).await;
        let (sonia, jan) = (app.member("Sonia", role).await, app.member("Jan", role).await);
        let sales = DepartmentId::from_uuid(owner.create_department(&DepartmentBody { name: "Sprzedaż".into() }, None).await.unwrap().id);
        let department = FilterBody { department_id: Some(sales), ..body("Działu", Sharing::Department, &[CITY]) };

        save(&sonia, &body("Mój", Sharing::Personal, &[CITY])).await;
        let everyone = save(&owner, &body("Wszystkich", Sharing::Everyone, &[CITY])).await;
        assert_eq!(names(&sonia).await, ["Mój", "Wszystkich"]);
        assert_eq!(names(&jan).await, ["Wszystkich"]);
        // Not everybody shapes everybody's list, and nobody a department's that is not theirs.
        let refused = sonia.create_filter(&body("Wszystkich", Sharing::Everyone, &[CITY]), None).await;
        assert_eq!(complaint(refused), ("/sharing".into(), Rule::BeyondOwnRights));
        assert_eq!(complaint(sonia.create_filter(&department, None).await), ("/department_id".into(), Rule::BeyondOwnRights));
        // Who may show it to everyone may show it to a department as well.
        let told = save(&owner, &department).await;
        owner.delete_filter(told, 1).await.unwrap();
        let nowhere = FilterBody { department_id: None, ..department.clone() };
        assert_eq!(complaint(sonia.create_filter(&nowhere, None).await), ("/department_id".into(), Rule::Required));
        let accounts = owner.accounts().await.unwrap();
        for name in ["Sonia", "Jan"] {
            let account = accounts.iter().find(|account| account.name == name).unwrap();
            let change = ChangeAccount { name: name.into(), role_id: role, department_ids: vec![sales] };
            owner.change_account(account.id, &change).await.unwrap();
        }
        let shared = save(&sonia, &department).await;
        assert_eq!(names(&jan).await.len(), 2);
        assert!(!one(&jan, shared).await.editable && one(&sonia, shared).await.editable);

        // Seeing is not changing, and what one does not see does not exist.
        assert_eq!(code(jan.change_filter(shared, 1, &department).await), ProblemCode::NotFound);
        assert_eq!(code(jan.delete_filter(everyone, 1).await), ProblemCode::NotFound);
        owner.change_filter(shared, 1, &FilterBody { name: "Nasz".into(), ..department.clone() }).await.unwrap();
        assert_eq!(code(sonia.change_filter(shared, 1, &department).await), ProblemCode::Outdated);
        // Without the department it is its owner's alone.
        owner.delete_department(sales).await.unwrap();
        assert_eq!((names(&jan).await.len(), one(&sonia, shared).await.view.sharing), (1, Sharing::Personal));
        assert_eq!(code(owner.delete_filter(shared, 2).await), ProblemCode::NotFound);
        sonia.delete_filter(shared, 2).await.unwrap();
        owner.delete_filter(everyone, 1).await.unwrap();
        assert_eq!(names(&sonia).await, ["Mój"]);
    }

    async fn a_filter_outlives_its_fields(app: TestApp) {
        let api = app.owner().await;
        let new = CreateCustomField { name: "Kolor".into(), kind: FieldKind::ShortText, options: vec![], sensitive: false };
        let colour = FieldId::from_uuid(api.create_custom_field(&new, None).await.unwrap().id);
        let id = save(&api, &body("Kolorowi", Sharing::Personal, &[FieldRef::Custom(colour), CITY])).await;
        let before = one(&api, id).await;
        assert_eq!((before.problems.len(), before.view.filter.len(), before.view.columns.unwrap().len()), (0, 2, 2));
        let renamed = ChangeCustomField { name: "Barwa".into(), options: vec![], position: 0 };
        api.change_custom_field(colour, 1, &renamed).await.unwrap();
        assert_eq!(one(&api, id).await.problems, []);

        api.delete_custom_field(colour).await.unwrap();
        let broken = one(&api, id).await;
        let told: Vec<_> = broken.problems.iter().map(|it| (it.complaint.pointer.as_str(), &it.complaint.rule, it.field_name.as_deref())).collect();
        let unknown = &Rule::Unknown;
        assert_eq!(told, [
            ("/filter/0/field", unknown, Some("Barwa")),
            ("/sort/field", unknown, Some("Barwa")),
            ("/columns/0", unknown, Some("Barwa")),
        ]);
        let search = SearchClients { filter: broken.view.filter.clone(), ..SearchClients::default() };
        assert_eq!(complaint(api.search_clients(&search).await), ("/filter/0/field".into(), Rule::Unknown));
        // Nobody saves anew what does not hold, but it can be mended, or hold again.
        assert_eq!(first(api.change_filter(id, 1, &broken.view).await), ("/filter/0/field".to_owned(), Rule::Unknown));
        api.restore_custom_field(colour).await.unwrap();
        assert_eq!(one(&api, id).await.problems, []);
        for (wrong, pointer, rule) in [
            (body(" ", Sharing::Personal, &[]), "/name", Rule::Required),
            (body(&"a".repeat(81), Sharing::Personal, &[]), "/name", Rule::TooLong { max: 80 }),
            (body("N", Sharing::Personal, &[FieldRef::Builtin(BuiltinField::Note)]), "/filter/0/field", Rule::WrongKind),
            (FilterBody { columns: Some(vec![ShownColumn { column: ListColumn::Tags, width: Some(7) }]), ..body("N", Sharing::Personal, &[]) }, "/columns/0/width", Rule::OutOfRange),
        ] {
            assert_eq!(first(api.create_filter(&wrong, None).await), (pointer.to_owned(), rule));
        }
    }

    async fn a_filters_query_follows_what_it_names(app: TestApp) {
        let api = app.owner().await;
        let new = CreateCustomField { name: "Umowa".into(), kind: FieldKind::Checkbox, options: vec![], sensitive: false };
        let signed = FieldId::from_uuid(api.create_custom_field(&new, None).await.unwrap().id);
        let asked = FilterBody { query: Some("„Umowa” <1 and (added >= today - 30d or owner = me)".into()), ..body("Bez umowy", Sharing::Everyone, &[]) };
        let id = save(&api, &asked).await;
        let query = async |api: &Api| one(api, id).await.view.query.unwrap();
        assert_eq!(query(&api).await, "\"Umowa\" < 1 i (Dodano >= dziś - 30d lub Opiekun = ja)");
        let renamed = ChangeCustomField { name: "Umowa podpisana".into(), options: vec![], position: 0 };
        api.change_custom_field(signed, 1, &renamed).await.unwrap();
        let english = app.member("Emma", RoleTemplate::ReadOnly.id()).await;
        english.save_preferences(&Preferences { language: Some(Language::En), ..Preferences::default() }).await.unwrap();
        assert_eq!(query(&english).await, "\"Umowa podpisana\" < 1 and (Added >= today - 30d or Owner = me)");
        assert_eq!(one(&english, id).await.problems, []);

        api.delete_custom_field(signed).await.unwrap();
        let broken = one(&api, id).await;
        let text = broken.view.query.clone().unwrap();
        let told = &broken.problems[0];
        assert_eq!((broken.problems.len(), told.complaint.pointer.as_str(), told.field_name.as_deref()), (1, "/query", Some("Umowa podpisana")));
        let Rule::Query { fault: Fault::DeletedField, start, end, .. } = told.complaint.rule else { panic!("{told:?}") };
        assert_eq!(&text[start..end], format!("custom:{signed}"));
        let search = SearchClients { query: Some(text), ..SearchClients::default() };
        assert_eq!(complaint(api.search_clients(&search).await), ("/query".to_owned(), told.complaint.rule.clone()));
        assert_eq!(first(api.change_filter(id, 1, &broken.view).await), ("/query".to_owned(), told.complaint.rule.clone()));
        api.restore_custom_field(signed).await.unwrap();
        assert_eq!(one(&api, id).await.problems, []);
        let wrong = FilterBody { query: Some("\"Umwa\" = 1".into()), ..body("Źle", Sharing::Personal, &[]) };
        let (pointer, rule) = first(api.create_filter(&wrong, None).await);
        assert!(pointer == "/query" && matches!(rule, Rule::Query { fault: Fault::UnknownField, .. }));
    }

    async fn of_hidden_fields_a_filter_tells_nothing(app: TestApp) {
        let owner = app.owner().await;
        let mut definition = seller();
        definition.fields.insert(NIP, FieldRestriction::Hidden);
        definition.fields.insert(CITY, FieldRestriction::Masked);
        definition.rights.insert(Right::ConfigureFields, zgoda_domain::access::Scope::All);
        let sonia = app.member("Sonia", app.role(&owner, "bez NIP", definition).await).await;
        let id = save(&owner, &body("Firmy", Sharing::Everyone, &[NIP, CITY])).await;
        assert_eq!(one(&owner, id).await.problems, []);

        let shown = one(&sonia, id).await;
        assert!(!serde_json::to_string(&shown).unwrap().contains("nip"));
        assert_eq!((shown.view.filter.len(), shown.view.sort, shown.editable), (0, None, false));
        assert_eq!(shown.view.columns.unwrap().len(), 1, "a masked column shows that there is something");
        let told: Vec<_> = shown.problems.iter().map(|it| (it.complaint.pointer.as_str(), &it.complaint.rule)).collect();
        assert_eq!(told, [("/filter", &Rule::NotShown)]);
        // Of a query that looks at one of them nothing is left: a part of it would find others.
        let secret = FilterBody { query: Some("not (nip is empty) and name ~ tajemnicza".into()), ..body("Z NIP", Sharing::Everyone, &[]) };
        let masked = FilterBody { query: Some("city = Kraków".into()), ..body("Z miasta", Sharing::Everyone, &[]) };
        let (secret, masked) = (save(&owner, &secret).await, save(&owner, &masked).await);
        let shown = one(&sonia, secret).await;
        assert!(!serde_json::to_string(&shown).unwrap().contains("tajemnicza"));
        assert_eq!((shown.view.query, shown.editable), (None, false));
        assert_eq!((shown.problems[0].complaint.pointer.as_str(), &shown.problems[0].complaint.rule), ("/query", &Rule::NotShown));
        assert_eq!(code(sonia.change_filter(secret, 1, &body("Z NIP", Sharing::Everyone, &[])).await), ProblemCode::PartialView);
        let shown = one(&sonia, masked).await;
        assert!(!serde_json::to_string(&shown).unwrap().contains("Krak"));
        assert_eq!((shown.problems[0].complaint.pointer.as_str(), &shown.problems[0].complaint.rule), ("/query", &Rule::NotShown));
        for id in [secret, masked] {
            assert_eq!(one(&owner, id).await.problems, []);
            owner.delete_filter(id, 1).await.unwrap();
        }
        // Saving the part she sees would lose the rest; and she makes no filter of what she does not see.
        assert_eq!(code(sonia.change_filter(id, 1, &body("Firmy", Sharing::Everyone, &[])).await), ProblemCode::PartialView);
        assert_eq!(first(sonia.create_filter(&body("N", Sharing::Personal, &[NIP]), None).await).1, Rule::Unknown);
        assert_eq!(first(sonia.create_filter(&body("N", Sharing::Personal, &[CITY]), None).await).1, Rule::NotShown);
        assert_eq!(app.rows("saved_filters").await, 1);
    }

    async fn what_a_filter_names_is_sealed_and_the_own_layout_is_remembered(app: TestApp) {
        let api = app.owner().await;
        let named = FilterCondition { field: CITY, operator: Operator::Eq, value: json!("Tajemnicze Miasto") };
        let query = Some("Nazwa ~ \"Ukryta Osoba\"".to_owned());
        let id = save(&api, &FilterBody { filter: vec![named.clone()], query: query.clone(), ..body("Widok Kowalskich", Sharing::Personal, &[]) }).await;
        let stored = crate::sealing::stored(&app, &["saved_filters"]).await;
        assert!(!stored.contains("Tajemnicze") && !stored.contains("Kowalskich") && !stored.contains("Ukryta"));
        let read = one(&api, id).await.view;
        assert_eq!((read.filter, read.query), (vec![named], query));

        let layout = ListLayout {
            columns: vec![ShownColumn { column: ListColumn::Owner, width: Some(200) }, ShownColumn { column: ListColumn::Tags, width: None }],
            sort: Some(Sort { field: CITY, direction: Direction::Desc }),
            filter_id: Some(id),
        };
        api.save_preferences(&Preferences { client_list: Some(layout.clone()), ..Preferences::default() }).await.unwrap();
        assert_eq!(api.me().await.unwrap().preferences.client_list, Some(layout));
    }

    async fn what_others_look_for_in_masked_fields_is_not_told(app: TestApp) {
        let owner = app.owner().await;
        let email = FieldRef::Builtin(BuiltinField::Email);
        let sought = FilterCondition { field: email, operator: Operator::Eq, value: json!("tajny@example.com") };
        let other = FilterCondition { field: CITY, operator: Operator::Eq, value: json!("Kutno") };
        let looks = |name: &str, sharing| FilterBody { filter: vec![sought.clone(), other.clone()], ..body(name, sharing, &[]) };
        let asks = |name: &str, sharing| FilterBody { query: Some("email = \"tajny@example.com\"".into()), ..body(name, sharing, &[]) };
        let shared = save(&owner, &looks("Wszystkich", Sharing::Everyone)).await;
        let asked = save(&owner, &asks("Zapytanie", Sharing::Everyone)).await;
        let role = app.role(&owner, "bez maski", seller()).await;
        let sonia = app.member("Sonia", role).await;
        let own = save(&sonia, &looks("Mój", Sharing::Personal)).await;
        assert_eq!(one(&sonia, shared).await.problems, []);

        let mut masks = seller();
        masks.fields.insert(email, FieldRestriction::Masked);
        masks.rights.insert(Right::ConfigureFields, zgoda_domain::access::Scope::All);
        let reason = RoleDefinition { needs_reason: Some(true), ..seller() };
        for (definition, left) in [(masks.clone(), vec![other.clone()]), (reason, vec![])] {
            let version = owner.roles().await.unwrap().iter().find(|known| known.id == role).unwrap().version;
            owner.change_role(role, version, &RoleBody { name: "z maską".into(), parent_id: None, definition }).await.unwrap();
            let (looks, asks) = (one(&sonia, shared).await, one(&sonia, asked).await);
            assert!(!serde_json::to_string(&[&looks, &asks]).unwrap().contains("tajny"));
            assert_eq!((looks.view.filter, asks.view.query, looks.editable, asks.editable), (left, None, false, false));
            for (problems, pointer) in [(looks.problems, "/filter"), (asks.problems, "/query")] {
                let told: Vec<_> = problems.iter().map(|it| (it.complaint.pointer.as_str(), &it.complaint.rule)).collect();
                assert_eq!(told, [(pointer, &Rule::NotShown)]);
            }
            // What she wrote herself she knows; it only finds nobody any more.
            let mine = one(&sonia, own).await;
            assert_eq!((&mine.view.filter[0], &mine.problems[0].complaint.rule), (&sought, &Rule::NotShown));
        }
        // Whoever may change others' filters would lose what they do not see.
        let alina = app.member("Alina", app.role(&owner, "z maską i prawem", masks).await).await;
        assert_eq!(code(alina.change_filter(shared, 1, &body("Nowy", Sharing::Everyone, &[])).await), ProblemCode::PartialView);
        assert_eq!(code(alina.delete_filter(asked, 1).await), ProblemCode::PartialView);
        // A program may see less than whoever made its key.
        let mut wanted = crate::api_keys::key(&app, &[(Right::ViewClients, zgoda_domain::access::Scope::All)], &[]);
        wanted.definition.fields.insert(email, FieldRestriction::Masked);
        let program = Api::with_key(&app.base, &owner.create_api_key(&wanted).await.unwrap().key);
        assert_eq!(one(&program, shared).await.view.filter, [other]);
        assert!(!serde_json::to_string(&program.filters().await.unwrap()).unwrap().contains("tajny"));
        assert_eq!(one(&owner, shared).await.problems, []);
    }

    async fn a_program_reads_filters_and_changes_none(app: TestApp) {
        let owner = app.owner().await;
        let ids = [
            save(&owner, &body("Mój", Sharing::Personal, &[CITY])).await,
            save(&owner, &body("Wszystkich", Sharing::Everyone, &[CITY])).await,
        ];
        let rights = [Right::ViewClients, Right::EditClients, Right::ConfigureFields].map(|right| (right, zgoda_domain::access::Scope::All));
        for rights in [&rights[..1], &rights[..]] {
            let made = owner.create_api_key(&crate::api_keys::key(&app, rights, &[])).await.unwrap();
            let program = Api::with_key(&app.base, &made.key);
            assert_eq!(names(&program).await, ["Mój", "Wszystkich"]);
            let before = crate::sealing::stored(&app, &["saved_filters"]).await;
            for id in ids {
                assert!(!one(&program, id).await.editable && one(&owner, id).await.editable);
                assert_eq!(code(program.change_filter(id, 1, &body("Programu", Sharing::Personal, &[])).await), ProblemCode::NotAllowed);
                assert_eq!(code(program.delete_filter(id, 1).await), ProblemCode::NotAllowed);
            }
            assert_eq!(code(program.create_filter(&body("Programu", Sharing::Personal, &[]), None).await), ProblemCode::NotAllowed);
            assert_eq!(crate::sealing::stored(&app, &["saved_filters"]).await, before);
        }
    }
}
