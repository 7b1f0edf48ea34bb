//! Every shape of a search by a query, and the index behind it.

use crate::{list::explain_all, search_model::catalogue};
use sea_orm::DbBackend;
use serde_json::json;
use zgoda_api_types::{
    clients::ClientBody,
    custom_fields::CreateCustomField,
    tags::{ClientTags, TagBody},
};
use zgoda_domain::{
    access::Visible,
    client::{BuiltinField, ClientInput},
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::{ClientId, FieldId, TagId},
    list::{Direction, ListQuery, Order},
    search::{Asking, day_of, parse},
    tag::TagColour,
};
use zgoda_persistence::{client_list, custom_fields, quick_search};
use zgoda_test_support::{TestApp, on_both_databases};

/// What few cards meet, and an index finds.
const LED: [&str; 31] = [
    "name = \"K 77\"",
    "name ~ \"K 7777\"",
    "name ~ \"k 777\" and name !~ 7777",
    "name ~ \"K 777\" and note ~ x",
    "phone ~ \"600 10\"",
    "nip ~ 527",
    "email ~ \"ala@ex\"",
    "nazwisko = Kowal",
    "email = \"ala@example.com\"",
    "nip = 5260250274",
    "\"Kod pocztowy\" >= 30",
    "\"Identyfikator zewnętrzny\" = X",
    "city in (Kraków, \"Łódź\")",
    "city = Kraków or nip = 5260250274 or name ~ \"K 7777\"",
    "city = Kraków and rodzaj = firma and not (note ~ x or \"long_text\" is empty)",
    "dodano = dziś",
    "dodano in (dziś, 2020-01-01)",
    "zmieniono > today - 10d",
    "pesel = 44051401359",
    "\"short_text\" = abc",
    "\"integer\" in (5, 6)",
    "\"decimal\" < -5",
    "\"date\" = 2026-01-01",
    "\"datetime\" = 2026-01-01",
    "\"select\" = złoty",
    "\"checkbox\" = tak",
    "zgoda(\"Newsletter\") = wyrażona",
    "zgoda(\"Newsletter\", \"e-mail\") w (wyrażona, wycofana)",
    "opiekun = ja",
    "tag = VIP",
    "tag = VIP and zgoda(\"Newsletter\") = wyrażona dnia dziś",
];

/// What no index finds, or so many meet that the list is walked.
const WALKED: [&str; 16] = [
    "name ~ \"K 1\"",
    "name ~ k",
    "name != \"K 77\"",
    "note ~ abc",
    "city ~ krak",
    "\"long_text\" ~ abc",
    "\"multi_select\" = złoty",
    "city = Kraków or note ~ abc",
    "city is empty",
    "\"checkbox\" = nie",
    "\"integer\" is empty",
    "dodano < dziś",
    "rodzaj = osoba",
    "not opiekun = ja",
    "tag is empty",
    "zgoda(\"Newsletter\") = wyrażona dnia dziś - 1r",
];

on_both_databases! {
    async fn no_query_scans_or_sorts_the_whole_table(app: TestApp) {
        let api = app.owner().await;
        for kind in FieldKind::ALL.iter().copied().filter(|kind| *kind != FieldKind::Consent) {
            let options = if kind.has_options() { vec!["złoty".into()] } else { vec![] };
            api.create_custom_field(&CreateCustomField { name: kind.code().into(), kind, options, sensitive: false }, None).await.unwrap();
        }
        app.purpose(&api).await;
        let tag = TagId::from_uuid(api.create_tag(&TagBody { name: "VIP".into(), colour: TagColour::Red }, None).await.unwrap().id);
        let fields = custom_fields::live(&app.ctx.db.read()).await.unwrap();
        let flag: FieldId = fields.iter().find(|field| field.kind == FieldKind::Checkbox).unwrap().id;
        let details = ClientInput { name: Some("Ala".into()), city: Some("Kraków".into()), ..ClientInput::default() };
        let body = ClientBody { details, custom: [(flag, json!(true))].into() };
        let id = ClientId::from_uuid(api.create_client(&body, None).await.unwrap().id);
        api.set_client_tags(id, 1, &ClientTags { tags: vec![tag] }).await.unwrap();
        crate::list::twenty_thousand(&app).await;
        take_over(&app).await;
        app.ctx.db.analyze().await.unwrap();

        let everything = Visible::everything();
        let catalogue = catalogue(&app).await;
        let asking = Asking { today: day_of(app.ctx.now()), me: api.me().await.ok().map(|me| me.account_id) };
        let orders = [FieldRef::Builtin(BuiltinField::Name), FieldRef::Builtin(BuiltinField::CreatedAt), FieldRef::Custom(flag)];
        let orders = orders.map(|field| Order::parse(&fields, field, Direction::Desc).unwrap());
        let shapes = LED.iter().map(|text| (text, true)).chain(WALKED.iter().map(|text| (text, false)));
        for (text, led) in shapes {
            let search = parse(text, &catalogue).and_then(|query| query.resolve(&catalogue, asking)).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
            for order in orders {
                let first = ListQuery { order, conditions: vec![], search: Default::default(), columns: Some(vec![]), limit: 1 };
                let (_, mark) = client_list::page(app.ctx.db.read(), &everything, &first, None).await.unwrap();
                for after in [None, mark.as_ref()] {
                    let query = ListQuery { order, conditions: vec![], search: search.clone(), columns: None, limit: 50 };
                    let statement = client_list::page_statement(app.ctx.db.read(), &everything, &query, after).await.unwrap();
                    let plan = explain_all(&app, client_list::page_advice(&query.search), statement).await;
                    let sqlite = app.connection().get_database_backend() != DbBackend::Postgres;
                    // Few cards are sorted; a walk comes in order.
                    let bad: &[&str] = match (sqlite, led) {
                        (true, true) => &["SCAN clients"],
                        (true, false) => &["SCAN clients\n", "TEMP B-TREE", "USE TEMP"],
                        (false, true) => &["Seq Scan on clients"],
                        (false, false) => &["Seq Scan on clients", "Sort "],
                    };
                    let bad = bad.iter().find(|sign| plan.contains(**sign));
                    assert_eq!(bad, None, "{text} by {}\n{plan}", order.field);
                    let trigrams = text.starts_with("name ~ \"K 7777") || text.starts_with("phone ~");
                    if led && trigrams {
                        assert!(plan.contains("client_search") || plan.contains("clients_search"), "{text}\n{plan}");
                    }
                }
            }
        }
    }
}

async fn take_over(app: &TestApp) {
    while app.connection().get_database_backend() != DbBackend::Postgres {
        let tx = app.ctx.db.begin().await.unwrap();
        let taken = quick_search::take_over(&tx).await.unwrap();
        tx.commit_unaudited("a test").await.unwrap();
        if taken == 0 {
            return;
        }
    }
}
