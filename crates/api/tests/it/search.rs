//! Searching the list in its own language.

use crate::complaint;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use zgoda_api_types::{
    clients::{ClientBody, SearchClients, Total},
    custom_fields::CreateCustomField,
};
use zgoda_client::Api;
use zgoda_domain::{
    Rule,
    access::{
        FieldRestriction,
        role::{RoleDefinition, RoleTemplate},
    },
    client::{BuiltinField, ClientInput, ClientKind},
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::FieldId,
    search::Fault,
};
use zgoda_test_support::on_both_databases;

async fn field(api: &Api, name: &str, kind: FieldKind, sensitive: bool) -> FieldId {
    let options = if kind.has_options() { vec!["złoty".into(), "srebrny".into()] } else { vec![] };
    let body = CreateCustomField { name: name.into(), kind, options, sensitive };
    FieldId::from_uuid(api.create_custom_field(&body, None).await.unwrap().id)
}

async fn client(api: &Api, name: &str, city: Option<&str>, custom: &[(FieldId, Value)]) {
    let kind = if name == "D" { ClientKind::Company } else { ClientKind::Person };
    let email = (name == "A").then(|| "ala@example.com".to_owned());
    let note = (name == "B").then(|| "Zażółć 50% [gęślą]".to_owned());
    let details =
        ClientInput { kind, name: Some(name.into()), city: city.map(Into::into), email, note, ..Default::default() };
    api.create_client(&ClientBody { details, custom: custom.iter().cloned().collect() }, None).await.unwrap();
}

async fn found(api: &Api, query: &str) -> String {
    let search = SearchClients { query: Some(query.to_owned()), with_total: true, ..SearchClients::default() };
    let page = api.search_clients(&search).await.unwrap_or_else(|error| panic!("{query}: {error:?}"));
    assert_eq!(page.total, Some(Total::exactly(page.items.len() as u64)), "{query}");
    page.items.into_iter().map(|row| row.name).collect()
}

on_both_databases! {
    async fn every_test_finds_its_clients_and_its_opposite_the_others(app: TestApp) {
        let api = app.owner().await;
        let umowa = field(&api, "Umowa", FieldKind::Checkbox, false).await;
        let sztuk = field(&api, "Sztuk", FieldKind::Integer, false).await;
        let cena = field(&api, "Cena", FieldKind::Decimal, false).await;
        let od = field(&api, "Od", FieldKind::Date, false).await;
        let kiedy = field(&api, "Kiedy", FieldKind::Datetime, false).await;
        let kolory = field(&api, "Kolory", FieldKind::MultiSelect, false).await;
        let kolor = field(&api, "Kolor", FieldKind::Select, false).await;
        let opis = field(&api, "Opis", FieldKind::LongText, false).await;
        let dowod = field(&api, "Dowód", FieldKind::ShortText, true).await;
        client(&api, "A", Some("Kraków"), &[(umowa, json!(true)), (sztuk, json!(-5)), (cena, json!("9.5")), (kolor, json!("złoty"))]).await;
        client(&api, "B", Some("Łódź"), &[(umowa, json!(false)), (sztuk, json!(7)), (kolory, json!(["złoty", "srebrny"])), (od, json!("2026-01-31"))]).await;
        client(&api, "C", None, &[(cena, json!("-10")), (kolory, json!(["srebrny"])), (opis, json!("Łąka i las"))]).await;
        client(&api, "D", Some("łódka"), &[(kiedy, json!("2026-01-31T22:59:59Z")), (dowod, json!("ABC123"))]).await;
        for (query, expected) in [
            ("", "ABCD"),
            // Never touched counts as not ticked.
            ("“Umowa” < 1", "BCD"),
            ("\"Umowa\" = 1", "A"),
            ("\"Umowa\" = nie", "BCD"),
            // Order finds values only; `!=` what is empty too.
            ("\"Sztuk\" < 10", "AB"),
            ("\"Sztuk\" <= -5", "A"),
            ("\"Sztuk\" > -100", "AB"),
            ("\"Sztuk\" != 7", "ACD"),
            ("\"Sztuk\" in (7, -5)", "AB"),
            ("\"Cena\" < 9.50", "C"),
            ("\"Cena\" = \"9,50\"", "A"),
            ("\"Cena\" is empty", "BD"),
            ("\"Od\" < 01.02.2026", "B"),
            ("\"Od\" nie jest puste", "B"),
            ("\"Od\" > today + 10y", ""),
            // The day ends with the clocks in Poland, at 23:00 UTC.
            ("\"Kiedy\" = 2026-01-31", "D"),
            ("\"Kiedy\" <= 2026-01-30", ""),
            ("\"Kiedy\" < 2026-02-01", "D"),
            ("dodano < dziś + 1d", "ABCD"),
            ("added < today - 30d", ""),
            ("dodano in (2020-01-01, dziś)", "ABCD"),
            ("dodano in (2020-01-01)", ""),
            ("\"Kiedy\" w (2026-01-30, 31.01.2026)", "D"),
            ("city = Kraków", "A"),
            ("miasto ~ LOD", "BD"),
            ("miasto !~ lod", "AC"),
            ("miasto < Łódź", "AD"),
            ("miasto >= krak", "ABD"),
            ("note ~ \"zolc 50%\"", "B"),
            ("note ~ \"[GESLA]\"", "B"),
            ("note ~ \"5_%\"", ""),
            ("\"Opis\" ~ laka", "C"),
            ("\"Kolory\" = złoty", "B"),
            ("\"Kolory\" ~ SREBR", "BC"),
            ("\"Kolory\" in (złoty, srebrny)", "BC"),
            ("\"Kolor\" = ZŁOTY", "A"),
            ("\"Dowód\" = ABC123", "D"),
            ("\"Dowód\" in (X, ABC123)", "D"),
            ("email = \"ALA@example.com\"", "A"),
            ("email is empty", "BCD"),
            ("rodzaj = firma", "D"),
            ("owner = me", "ABCD"),
            ("opiekun jest puste", ""),
            ("department is empty", "ABCD"),
            ("tag is empty", "ABCD"),
            ("city is empty or \"Sztuk\" = 7 and not email is empty", "C"),
            ("(city is empty or \"Sztuk\" = 7) and note is empty", "C"),
        ] {
            assert_eq!(found(&api, query).await, expected, "{query}");
            if !query.is_empty() {
                let rest: String = "ABCD".chars().filter(|name| !expected.contains(*name)).collect();
                assert_eq!(found(&api, &format!("not ({query})")).await, rest, "not ({query})");
            }
        }
    }

    async fn consents_are_asked_by_purpose(app: TestApp) {
        let api = app.owner().await;
        app.purpose(&api).await;
        client(&api, "A", None, &[]).await;
        let purposes = api.purposes().await.unwrap();
        let name = &purposes[0].name;
        for (test, expected) in [("= given", ""), ("!= given", "A"), ("is empty", "A"), ("= wyrażona at 2026-01-31", ""), ("is empty at today", "A")] {
            assert_eq!(found(&api, &format!("consent(\"{name}\") {test}")).await, expected, "{test}");
        }
    }

    /// Hidden fields do not exist, masked ones are of no use, and who opens cards for a reason searches by names alone. With
    /// `not` before it as well: a complement tells as much.
    async fn nobody_searches_by_what_they_may_not_see(app: TestApp) {
        let owner = app.owner().await;
        let secret = field(&owner, "Tajne", FieldKind::Integer, false).await;
        let covered = field(&owner, "Zakryte", FieldKind::Integer, false).await;
        client(&owner, "A", Some("Kraków"), &[(secret, json!(1)), (covered, json!(1))]).await;
        let fields: BTreeMap<_, _> = [
            (FieldRef::Custom(secret), FieldRestriction::Hidden),
            (FieldRef::Builtin(BuiltinField::Nip), FieldRestriction::Hidden),
            (FieldRef::Custom(covered), FieldRestriction::Masked),
            (FieldRef::Builtin(BuiltinField::City), FieldRestriction::Masked),
        ]
        .into();
        let role = RoleDefinition { fields, ..RoleTemplate::ReadOnly.definition() };
        let reader = app.member("Robert", app.role(&owner, "czytanie", role).await).await;
        let officer = app.member("Iwona", RoleTemplate::DataProtectionOfficer.id()).await;
        for (api, query, fault) in [
            (&reader, "\"Tajne\" = 1".to_owned(), Fault::UnknownField),
            (&reader, "nip is empty".to_owned(), Fault::UnknownField),
            (&reader, "\"Zakryte\" = 1".to_owned(), Fault::NotShown),
            (&reader, "city ~ kra".to_owned(), Fault::NotShown),
            (&officer, "city = Kraków".to_owned(), Fault::NotShown),
            (&officer, "\"Tajne\" > 0".to_owned(), Fault::NotShown),
        ] {
            for query in [query.clone(), format!("not ({query})"), format!("name = A or {query}")] {
                let search = SearchClients { query: Some(query.clone()), with_total: true, ..SearchClients::default() };
                let (pointer, rule) = complaint(api.search_clients(&search).await);
                assert_eq!(pointer, "/query", "{query}");
                assert!(matches!(rule, Rule::Query { fault: told, .. } if told == fault), "{query}: {rule:?}");
            }
        }
        for api in [&reader, &officer] {
            assert_eq!(found(api, "name = A").await, "A");
        }
    }

    async fn what_is_wrong_with_a_query_is_told(app: TestApp) {
        let api = app.owner().await;
        field(&api, "Umowa", FieldKind::Checkbox, false).await;
        for (query, fault, start, end, suggestions) in [
            ("city = x and \"Umwoa\" = 1", Fault::UnknownField, 13, 20, vec!["Umowa".to_owned()]),
            ("pesel ~ 44", Fault::Sealed, 6, 7, vec!["=".to_owned(), "w".to_owned()]),
            ("\"Umowa\" = jutro", Fault::WrongValue, 10, 15, vec![]),
        ] {
            let search = SearchClients { query: Some(query.to_owned()), ..SearchClients::default() };
            let told = complaint(api.search_clients(&search).await);
            assert_eq!(told, ("/query".to_owned(), Rule::Query { fault, start, end, suggestions }), "{query}");
        }
    }
}
