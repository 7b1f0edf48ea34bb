//! Quick search: what is found by what, for whom, through which index, and what is left of it when a card goes.

use crate::complaint;
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use sea_orm_migration::MigratorTrait;
use serde_json::json;
use std::collections::BTreeMap;
use zgoda_api_types::{
    clients::{ClientBody, QuickSearch, Reason},
    custom_fields::CreateCustomField,
};
use zgoda_app::quick_search;
use zgoda_client::Api;
use zgoda_domain::{
    Rule,
    access::{
        Assignment, FieldRestriction, Visible,
        role::{RoleDefinition, RoleTemplate},
    },
    client::{BuiltinField, ClientInput},
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::{ClientId, FieldId},
    quick_search::{FOLDED, Needle},
};
use zgoda_migrations::Migrator;
use zgoda_persistence::quick_search::{SEARCHED, Search, Step, advice};
use zgoda_test_support::{TestApp, on_both_databases};

const JAN: [(BuiltinField, &str); 5] = [
    (BuiltinField::FirstName, "Jan"),
    (BuiltinField::LastName, "Żółkiewski"),
    (BuiltinField::Email, "jan.z@poczta.example.com"),
    (BuiltinField::Phone, "+48 600 100 200"),
    (BuiltinField::Nip, "526-000-12-46"),
];

fn input(values: &[(BuiltinField, &str)]) -> ClientInput {
    let mut input = ClientInput::default();
    for (field, value) in values {
        input.set(*field, Some((*value).to_owned()));
    }
    input
}

async fn put(api: &Api, values: &[(BuiltinField, &str)]) -> ClientId {
    let body = ClientBody { details: input(values), custom: BTreeMap::new() };
    ClientId::from_uuid(api.create_client(&body, None).await.unwrap().id)
}

/// The names that are found, with the field each is found by.
async fn found(api: &Api, text: &str) -> Vec<(String, FieldRef)> {
    let hits = api.quick_search(&QuickSearch { text: text.into(), limit: 20 }).await.unwrap();
    hits.into_iter().map(|hit| (hit.name, hit.matched)).collect()
}

async fn names(api: &Api, text: &str) -> Vec<String> {
    found(api, text).await.into_iter().map(|(name, _)| name).collect()
}

/// Looks twice: while cards wait to be taken over into the index, and afterwards.
async fn finds(app: &TestApp, api: &Api, expected: &[(&str, &str, BuiltinField)]) {
    for waiting in [true, false] {
        if !waiting {
            quick_search::take_over(&app.ctx).await.unwrap();
        }
        for (text, name, field) in expected {
            let hits = found(api, text).await;
            assert_eq!(
                hits.first(),
                Some(&((*name).to_owned(), FieldRef::Builtin(*field))),
                "{text}, waiting: {waiting}"
            );
        }
    }
}

on_both_databases! {
    async fn a_client_is_found_by_what_people_type(app: TestApp) {
        use BuiltinField as F;
        let api = app.owner().await;
        put(&api, &JAN).await;
        put(&api, &[(F::Name, "Zakład Ślusarski ABC"), (F::FirstName, "Łucja"), (F::LastName, "Wiśniewska"), (F::MobilePhone, "501-502-503"), (F::Email, "Żółw@firma.example.com")]).await;
        for n in 0..30 {
            put(&api, &[(F::Name, &format!("Inny {n}")), (F::Email, &format!("inny{n}@example.com"))]).await;
        }
        let jan = "Jan Żółkiewski";
        let firm = "Zakład Ślusarski ABC";
        finds(&app, &api, &[
            ("jan", jan, F::Name),
            ("zolkiewski", jan, F::Name),
            ("ŻÓŁKIEWSKI JAN", jan, F::Name),
            ("kiews", jan, F::Name),
            ("Jan.Z@poczta", jan, F::Email),
            ("poczta.example", jan, F::Email),
            ("600100200", jan, F::Phone),
            ("0048 600-100-200", jan, F::Phone),
            ("100 20", jan, F::Phone),
            ("0100200", jan, F::Phone),
            ("6000124", jan, F::Nip),
            ("PL5260001246", jan, F::Nip),
            ("526-000", jan, F::Nip),
            ("ślusar", firm, F::Name),
            ("lucja wisniewska", firm, F::LastName),
            ("48501502503", firm, F::MobilePhone),
            ("za", firm, F::Name),
            ("ab", firm, F::Name),
            ("60", jan, F::Phone),
            ("luc wis", firm, F::LastName),
            ("jan.z", jan, F::Email),
            ("zolw@firma", firm, F::Email),
        ]).await;
        // One mistake of each kind; what has two finds nothing.
        finds(&app, &api, &[
            ("zolkeiwski", jan, F::Name),
            ("zolkiewwski", jan, F::Name),
            ("zolkieski", jan, F::Name),
            ("xolkiewski", jan, F::Name),
            ("jan zolkiwski", jan, F::Name),
            ("zolkeiw jan", jan, F::Name),
            ("slusarksi zaklad", firm, F::Name),
            ("jan.z@pozcta.example.com", jan, F::Email),
            ("ŻOLW@frima.example.com", firm, F::Email),
            ("600100220", jan, F::Phone),
            ("5260001264", jan, F::Nip),
        ]).await;
        assert_eq!(names(&api, "xolkeiwski").await, [""; 0]);
        assert_eq!(names(&api, "%").await, [""; 0]);
        assert_eq!(names(&api, "\"').* OR").await, [""; 0]);
        assert_eq!(api.quick_search(&QuickSearch { text: "inny".into(), limit: 7 }).await.unwrap().len(), 7);
        for (text, limit, expected) in [(" ", 5, ("/text", Rule::Required)), ("a", 21, ("/limit", Rule::OutOfRange))] {
            let refused = api.quick_search(&QuickSearch { text: text.into(), limit }).await;
            assert_eq!(complaint(refused), (expected.0.into(), expected.1));
        }
    }

    async fn the_databases_fold_letters_as_the_search_does(app: TestApp) {
        let api = app.owner().await;
        for (letter, base) in FOLDED {
            put(&api, &[(BuiltinField::Name, &format!("{}{letter}", letter.to_uppercase()))]).await;
            // So short a text is looked for by the beginning of the folded name alone.
            let hits = names(&api, &format!("{base}{base}")).await;
            assert!(hits.contains(&format!("{}{letter}", letter.to_uppercase())), "{letter}");
        }
    }

    async fn both_databases_keep_the_same_words(app: TestApp) {
        let api = app.owner().await;
        let long = "x".repeat(70);
        put(&api, &[
            (BuiltinField::Name, "\"Bud-Max\" Sp. z o.o., [Łódź] \\ 50% {a}$"),
            (BuiltinField::FirstName, "Jan"),
            (BuiltinField::Email, "a.b+c_d'e@bud-max.example.com"),
            (BuiltinField::Phone, "+48 (42) 630-00-00"),
            (BuiltinField::MobilePhone, "601-502-503"),
            (BuiltinField::Nip, "5260001246"),
        ]).await;
        put(&api, &[(BuiltinField::Name, &long)]).await;
        quick_search::take_over(&app.ctx).await.unwrap();
        let sql = "select distinct word from client_words";
        let rows = app.connection().query_all_raw(Statement::from_string(app.connection().get_database_backend(), sql)).await;
        let mut words: Vec<String> = rows.unwrap().iter().map(|row| row.try_get("", "word").unwrap()).collect();
        words.sort();
        let mut expected = vec![
            "601502503", "426300000", "50", "5260001246", "a", "a.b+c_d'e@bud-max.example.com", "b", "bud", "c", "d", "e", "jan",
            "lodz", "max", "o", "sp", "z", long.get(..64).unwrap(),
        ];
        expected.sort_unstable();
        assert_eq!(words, expected);
    }

    async fn sealed_values_are_found_whole_or_not_at_all(app: TestApp) {
        let api = app.owner().await;
        let body = CreateCustomField { name: "Dowód".into(), kind: FieldKind::ShortText, options: vec![], sensitive: true };
        let secret = FieldId::from_uuid(api.create_custom_field(&body, None).await.unwrap().id);
        let details = input(&[(BuiltinField::Name, "Jan"), (BuiltinField::Pesel, "44051401359")]);
        api.create_client(&ClientBody { details, custom: [(secret, json!("ABC123456"))].into() }, None).await.unwrap();
        assert_eq!(found(&api, "44051401359").await, [("Jan".into(), FieldRef::Builtin(BuiltinField::Pesel))]);
        assert_eq!(found(&api, "440 514 01359").await.len(), 1);
        assert_eq!(found(&api, "ABC123456").await, [("Jan".into(), FieldRef::Custom(secret))]);
        for part in ["4405140135", "ABC12345", "abc123456"] {
            assert_eq!(names(&api, part).await, [""; 0], "{part}");
        }
    }

    async fn nobody_finds_by_what_they_may_not_see(app: TestApp) {
        let owner = app.owner().await;
        let own = put(&owner, &JAN).await;
        put(&owner, &[(BuiltinField::Name, "Jan Cudzy"), (BuiltinField::Phone, "601 601 601")]).await;
        let fields = [
            (FieldRef::Builtin(BuiltinField::Email), FieldRestriction::Masked),
            (FieldRef::Builtin(BuiltinField::Phone), FieldRestriction::Hidden),
        ];
        let seller = RoleDefinition { fields: fields.into(), ..RoleTemplate::Salesperson.definition() };
        let seller = app.member("Sonia", app.role(&owner, "sprzedaż", seller).await).await;
        let assignment = Assignment { owner_id: Some(seller.me().await.unwrap().account_id), department_id: None };
        owner.assign_client(own, 1, assignment).await.unwrap();
        let reader = RoleDefinition { fields: fields.into(), ..RoleTemplate::ReadOnly.definition() };
        let reader = app.member("Robert", app.role(&owner, "czytanie", reader).await).await;
        for waiting in [true, false] {
            if !waiting {
                quick_search::take_over(&app.ctx).await.unwrap();
            }
            assert_eq!(names(&seller, "jan").await, ["Jan Żółkiewski"]);
            assert_eq!(names(&reader, "jan").await, ["Jan Cudzy", "Jan Żółkiewski"]);
            for api in [&seller, &reader] {
                for hidden in ["jan.z@poczta.example.com", "poczta", "600100200", "601601601", "600100220"] {
                    assert_eq!(names(api, hidden).await, [""; 0], "{hidden}");
                }
                assert_eq!(names(api, "5260001246").await, ["Jan Żółkiewski"]);
                let hit = api.quick_search(&QuickSearch { text: "5260001246".into(), limit: 1 }).await.unwrap().remove(0);
                assert_eq!((hit.email, hit.phone), (None, None));
            }
        }
        // Whoever opens cards for a reason only searches by names; a reason opens one card, not the search.
        let officer = app.member("Iwona", RoleTemplate::DataProtectionOfficer.id()).await;
        assert_eq!(names(&officer, "zolkiewski").await, ["Jan Żółkiewski"]);
        officer.give_reason(own, &Reason { reason: "Skarga".into() }).await.unwrap();
        for masked in ["5260001246", "600100200", "poczta"] {
            assert_eq!(names(&officer, masked).await, [""; 0]);
        }
    }

    async fn the_index_follows_the_card_to_its_end(app: TestApp) {
        let api = app.owner().await;
        let id = put(&api, &[(BuiltinField::Name, "Wqxjvzk"), (BuiltinField::Email, "wqxjvzk@example.com")]).await;
        quick_search::take_over(&app.ctx).await.unwrap();
        let sqlite = app.connection().get_database_backend() == DbBackend::Sqlite;
        if sqlite {
            assert!(indexed(&app).await.windows(3).any(|bytes| bytes == b"qxj"));
        }
        let card = api.client(id).await.unwrap();
        let body = ClientBody { details: input(&[(BuiltinField::Name, "Nowe Nazwisko")]), custom: BTreeMap::new() };
        let changed = api.change_client(id, card.version, &body).await.unwrap();
        for waiting in [true, false] {
            if !waiting {
                quick_search::take_over(&app.ctx).await.unwrap();
            }
            assert_eq!(names(&api, "wqxjvzk").await, [""; 0]);
            assert_eq!(names(&api, "nazwisko").await, ["Nowe Nazwisko"]);
        }
        let back = ClientBody { details: input(&[(BuiltinField::Name, "Wqxjvzk")]), custom: BTreeMap::new() };
        let changed = api.change_client(id, changed.version, &back).await.unwrap();
        quick_search::take_over(&app.ctx).await.unwrap();
        assert_eq!(names(&api, "qxjv").await, ["Wqxjvzk"]);
        assert_eq!(app.rows("client_words").await, 1);
        api.delete_client(id, changed.version).await.unwrap();
        assert_eq!(names(&api, "qxjv").await, [""; 0]);
        assert_eq!(app.rows("client_words").await, 0);
        if sqlite {
            assert_eq!(app.rows("client_terms").await, 0);
            assert!(!indexed(&app).await.windows(3).any(|bytes| bytes == b"qxj"), "what was deleted is still in the index");
            app.connection().execute_unprepared("insert into client_search (client_search) values ('integrity-check')").await.unwrap();
        }
    }

    async fn cards_of_before_the_index_are_found(app: TestApp) {
        let api = app.owner().await;
        put(&api, &JAN).await;
        let at = Migrator::migrations().iter().position(|one| one.name().ends_with("client_search")).unwrap();
        let steps = u32::try_from(Migrator::migrations().len() - at).unwrap();
        Migrator::down(app.connection(), Some(steps)).await.unwrap();
        Migrator::up(app.connection(), None).await.unwrap();
        for text in ["żółk", "kiewski", "100200", "5260", "zolkeiwski"] {
            assert_eq!(names(&api, text).await, ["Jan Żółkiewski"], "{text}");
        }
    }

    async fn no_quick_search_reads_every_card(app: TestApp) {
        let connection = app.connection();
        let backend = connection.get_database_backend();
        let copy = match backend {
            DbBackend::Postgres => "insert into clients (id, version, kind, name, email_norm, phone, created_at, updated_at) select gen_random_uuid(), 1, 'person', md5(n::text), md5('e' || n) || '@example.com', (600000000 + n)::text, now(), now() from generate_series(1, 20000) n",
            _ => "with recursive c(n) as (select 1 union all select n + 1 from c where n < 20000) insert into clients (id, version, kind, name, email_norm, phone, created_at, updated_at) select randomblob(16), 1, 'person', hex(randomblob(16)), hex(randomblob(16)) || '@example.com', 600000000 + n, '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00' from c",
        };
        connection.execute_unprepared(copy).await.unwrap();
        quick_search::take_over(&app.ctx).await.unwrap();
        if backend == DbBackend::Postgres {
            connection.execute_unprepared("vacuum analyze clients").await.unwrap();
        } else {
            app.ctx.db.analyze().await.unwrap();
        }
        for text in ["ko", "kowalska", "jan kowalski", "kowalski@example.org", "600100200", "5260001246"] {
            let needle = Needle::parse(text).unwrap();
            let visible = Visible::everything();
            let search = Search { visible: &visible, fields: &SEARCHED, needle: &needle };
            for statement in Step::ALL.into_iter().flat_map(|step| step.statements(backend, search)) {
                let plan = explain(&app, statement, advice(search)).await;
                let bad = ["Seq Scan", "SCAN clients\n", "SCAN client_terms\n", "SCAN client_words\n", "Sort "].into_iter().find(|sign| plan.contains(sign));
                assert_eq!(bad, None, "{text}\n{plan}");
            }
        }
    }
}

/// The bytes of SQLite's index.
async fn indexed(app: &TestApp) -> Vec<u8> {
    let sql = "select block from client_search_data union all select term from client_search_idx";
    let rows = app.connection().query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
    rows.iter().flat_map(|row| row.try_get::<Vec<u8>>("", "block").unwrap()).collect()
}

async fn explain(app: &TestApp, statement: Statement, advice: &[&str]) -> String {
    let planned = app.connection().begin().await.unwrap();
    let (prefix, column) = match planned.get_database_backend() {
        DbBackend::Postgres => {
            planned.execute_unprepared(&advice.join("; ")).await.unwrap();
            ("explain ", "QUERY PLAN")
        }
        _ => ("explain query plan ", "detail"),
    };
    let statement = Statement { sql: format!("{prefix}{}", statement.sql), ..statement };
    let rows = planned.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", column).unwrap() + "\n").collect()
}
