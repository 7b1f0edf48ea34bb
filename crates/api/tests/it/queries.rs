//! Reading queries for an editor: text into rows and back, what could be typed next, and nothing of what is hidden.

use crate::{code, complaint, problem};
use serde_json::json;
use zgoda_api_types::{
    accounts::Preferences,
    clients::SearchClients,
    custom_fields::CreateCustomField,
    problem::ProblemCode,
    queries::{QueryReading, ReadQuery},
};
use zgoda_client::Api;
use zgoda_domain::{
    Rule,
    access::{
        FieldRestriction,
        role::{RoleDefinition, RoleTemplate},
    },
    client::BuiltinField,
    consent::Language,
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::FieldId,
    search::{Fault, Field, MAX_LENGTH, Operator, Outline, Row, TokenKind},
};
use zgoda_test_support::on_both_databases;

async fn field(api: &Api, name: &str, kind: FieldKind) -> FieldId {
    let options = if kind.has_options() { vec!["złoty".into(), "srebrny".into()] } else { vec![] };
    let body = CreateCustomField { name: name.into(), kind, options, sensitive: false };
    FieldId::from_uuid(api.create_custom_field(&body, None).await.unwrap().id)
}

async fn text(api: &Api, text: &str) -> QueryReading {
    api.read_query(&ReadQuery { text: Some(text.into()), ..ReadQuery::default() }).await.unwrap()
}

async fn tree(api: &Api, tree: Outline) -> QueryReading {
    api.read_query(&ReadQuery { tree: Some(tree), ..ReadQuery::default() }).await.unwrap()
}

/// What could be written at the end of the text.
async fn next(api: &Api, text: &str) -> Vec<String> {
    let body = ReadQuery { text: Some(text.into()), caret: Some(text.len()), ..ReadQuery::default() };
    let completions = api.read_query(&body).await.unwrap().completions.unwrap();
    completions.items.into_iter().map(|item| item.insert).collect()
}

fn row(field: Field, operator: Operator, values: &[&str]) -> Outline {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Outline::Test(Row { field, operator, values, at: None })
}

on_both_databases! {
    async fn a_query_is_read_as_rows_and_rows_as_a_query(app: TestApp) {
        let api = app.owner().await;
        app.purpose(&api).await;
        let signed = Field::Card(FieldRef::Custom(field(&api, "Umowa", FieldKind::Checkbox).await));
        let purpose = api.purposes().await.unwrap().remove(0);
        let consent = Field::Consent { purpose: purpose.id, channel: None };
        let asked = format!("umowa<1 and (zgoda(\"{}\") = given at today - 1m or not owner = me)", purpose.name);
        let read = text(&api, &asked).await;
        let kinds: Vec<_> = read.tokens.iter().take(4).map(|token| token.kind).collect();
        assert_eq!(kinds, [TokenKind::Field, TokenKind::Operator, TokenKind::Number, TokenKind::Keyword]);
        let canonical = format!("\"Umowa\" < 1 i (zgoda(\"{}\") = wyrażona dnia dziś - 1m lub nie Opiekun = ja)", purpose.name);
        assert_eq!((read.canonical.as_deref(), read.problem), (Some(canonical.as_str()), None));
        let given = Row { field: consent, operator: Operator::Eq, values: vec!["wyrażona".into()], at: Some("dziś - 1m".into()) };
        let rows = Outline::All(vec![
            row(signed, Operator::Lt, &["1"]),
            Outline::Any(vec![Outline::Test(given), Outline::Not(Box::new(row(Field::Owner, Operator::Eq, &["ja"])))]),
        ]);
        assert_eq!(read.tree.as_ref(), Some(&rows));
        let back = tree(&api, rows.clone()).await;
        assert_eq!((back.text.as_str(), back.tree.as_ref()), (canonical.as_str(), Some(&rows)));

        // In the account's language; both are understood.
        api.save_preferences(&Preferences { language: Some(Language::En), ..Preferences::default() }).await.unwrap();
        let english = text(&api, &canonical).await.canonical.unwrap();
        assert!(english.starts_with("\"Umowa\" < 1 and (consent("), "{english}");
        // A row that is not finished is told as a text that is not.
        let unfinished = tree(&api, row(signed, Operator::Eq, &[])).await;
        assert!(matches!(unfinished.problem.unwrap().rule, Rule::Query { fault: Fault::Unfinished, .. }));
        let nothing = tree(&api, Outline::All(vec![])).await;
        assert_eq!((nothing.text.as_str(), nothing.canonical.as_deref(), nothing.tree), ("", Some(""), None));
    }

    async fn what_is_wrong_and_what_could_follow_is_told(app: TestApp) {
        let api = app.owner().await;
        let colour = field(&api, "Kolor auta", FieldKind::Select).await;
        let read = text(&api, "\"Kolor aut\" = złoty").await;
        let told = read.problem.unwrap();
        assert_eq!(told.rule, Rule::Query { fault: Fault::UnknownField, start: 0, end: 11, suggestions: vec!["Kolor auta".into()] });
        assert_eq!((told.repairs[0].text.as_str(), read.canonical, read.tree), ("\"Kolor auta\" = złoty", None, None));
        assert_eq!(next(&api, "kol").await, ["\"Kolor auta\""]);
        assert_eq!(next(&api, "\"Kolor auta\" = ").await, ["\"złoty\"", "\"srebrny\""]);
        assert_eq!(next(&api, "opiekun = j").await, ["ja"]);
        let body = ReadQuery { text: Some(String::new()), with_fields: true, ..ReadQuery::default() };
        let fields = api.read_query(&body).await.unwrap().fields.unwrap();
        let colours = fields.iter().find(|it| it.field == Field::Card(FieldRef::Custom(colour))).unwrap();
        assert_eq!((colours.label.as_str(), colours.options.len()), ("Kolor auta", 2));
        assert_eq!(fields.iter().find(|it| it.field == BuiltinField::Pesel.into()).unwrap().operators, [Operator::Eq, Operator::In]);

        for (wrong, pointer, rule) in [
            (ReadQuery::default(), "/text", Rule::Required),
            (ReadQuery { text: Some("ł".into()), caret: Some(1), ..ReadQuery::default() }, "/caret", Rule::OutOfRange),
            (ReadQuery { text: Some("ł".into()), caret: Some(3), ..ReadQuery::default() }, "/caret", Rule::OutOfRange),
            (ReadQuery { text: Some("x".into()), tree: Some(Outline::All(vec![])), ..ReadQuery::default() }, "/tree", Rule::Contradiction),
        ] {
            assert_eq!(complaint(api.read_query(&wrong).await), (pointer.to_owned(), rule));
        }
    }

    /// However it is asked, nothing tells that a hidden field is there; of a masked one nothing is proposed.
    async fn an_editor_proposes_nothing_that_may_not_be_searched_by(app: TestApp) {
        let owner = app.owner().await;
        app.purpose(&owner).await;
        let hidden = field(&owner, "Tajne pole", FieldKind::Select).await;
        let masked = field(&owner, "Zakryte pole", FieldKind::Select).await;
        let custom = owner.custom_fields().await.unwrap();
        let consents = custom.iter().filter(|field| field.kind == FieldKind::Consent).map(|field| field.id);
        let mut fields: std::collections::BTreeMap<_, _> = [
            (FieldRef::Custom(hidden), FieldRestriction::Hidden),
            (FieldRef::Custom(masked), FieldRestriction::Masked),
            (FieldRef::Builtin(BuiltinField::Nip), FieldRestriction::Hidden),
        ]
        .into();
        fields.extend(consents.map(|id| (FieldRef::Custom(id), FieldRestriction::Hidden)));
        let role = RoleDefinition { fields, ..RoleTemplate::ReadOnly.definition() };
        let reader = app.member("Robert", app.role(&owner, "czytanie", role).await).await;
        let purpose = owner.purposes().await.unwrap().remove(0).name;
        let mut told = Vec::new();
        for asked in ["", "t", "taj", "\"Tajne", "nip", "nie ", "(", "nazwa = x i ", "zgoda", "zgoda(", "tajne < 1", "\"Tajne pol\" = 1", &format!("custom:{hidden}"), &format!("custom:{hidden} = 1")] {
            let body = ReadQuery { text: Some(asked.to_owned()), caret: Some(asked.len()), with_fields: true, ..ReadQuery::default() };
            let mut read = serde_json::to_value(reader.read_query(&body).await.unwrap()).unwrap();
            // What was typed itself comes back.
            read["text"] = json!("");
            told.push(read.to_string());
        }
        for secret in ["Tajne pole", "\"nip\"", "NIP", purpose.as_str(), "zgoda("] {
            assert!(told.iter().all(|told| !told.contains(secret)), "{secret}");
            assert!(!next(&owner, "").await.is_empty());
        }
        assert!(told.iter().all(|told| !told.contains("Zakryte pole")));
        assert_eq!(next(&reader, "zak").await, Vec::<String>::new());
        assert_eq!(next(&owner, "zak").await, ["\"Zakryte pole\""]);
        // Rows may name what they like.
        let by_row = tree(&reader, row(Field::Card(FieldRef::Custom(hidden)), Operator::Eq, &["złoty"])).await;
        assert_eq!(by_row.text, format!("custom:{hidden} = \"złoty\""));
        let officer = app.member("Iwona", RoleTemplate::DataProtectionOfficer.id()).await;
        assert_eq!(next(&officer, "mias").await, Vec::<String>::new());
        assert_eq!(next(&officer, "nazw").await, ["Nazwa", "Nazwisko"]);
    }

    /// A thousand levels, ten thousand characters, whatever: a clear answer in bounded time.
    async fn a_query_without_measure_is_refused(app: TestApp) {
        let api = app.owner().await;
        let deep = format!("{}city = x{}", "(".repeat(1000), ")".repeat(1000));
        let (pointer, rule) = complaint(api.search_clients(&SearchClients { query: Some(deep.clone()), ..SearchClients::default() }).await);
        assert!(pointer == "/query" && matches!(rule, Rule::Query { fault: Fault::TooDeep, .. }), "{rule:?}");
        for (asked, fault) in [
            (deep, Fault::TooDeep),
            (format!("{}city = x", "nie ".repeat(1000)), Fault::TooDeep),
            ("x".repeat(MAX_LENGTH + 1), Fault::TooLong),
            (vec!["city = x"; 101].join(" i "), Fault::TooMany),
            (format!("city w ({})", vec!["x"; 101].join(",")), Fault::TooMany),
        ] {
            let told = text(&api, &asked).await.problem.unwrap().rule;
            assert!(matches!(told, Rule::Query { fault: it, .. } if it == fault), "{fault:?}: {told:?}");
        }
        let nested = |levels: usize| (0..levels).fold(row(BuiltinField::City.into(), Operator::IsSet, &[]), |inner, _| Outline::Not(Box::new(inner)));
        let told = tree(&api, nested(60)).await.problem.unwrap().rule;
        assert!(matches!(told, Rule::Query { fault: Fault::TooDeep, .. }), "{told:?}");
        let body = ReadQuery { tree: Some(nested(1000)), ..ReadQuery::default() };
        let refused = problem(api.read_query(&body).await);
        assert_eq!((refused.code, refused.errors[0].rule.clone()), (ProblemCode::Malformed, Rule::Malformed));
        let long = ReadQuery { text: Some("x".repeat(300_000)), ..ReadQuery::default() };
        assert_eq!(code(api.read_query(&long).await), ProblemCode::BodyTooLarge);
    }
}
