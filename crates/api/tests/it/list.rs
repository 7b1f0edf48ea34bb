//! The list: order, filters, pages, and an index behind each.

use crate::{code, complaint};
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use serde_json::{Value, json};
use zgoda_api_types::{
    clients::{ClientBody, Cursor, FilterCondition, PatchClient, SearchClients, Sort, Total},
    custom_fields::CreateCustomField,
    problem::ProblemCode,
};
use zgoda_client::Api;
use zgoda_domain::{
    Rule,
    access::Visible,
    client::{BuiltinField, ClientInput},
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::{ClientId, FieldId, TagId},
    list::{Condition, Direction, ListColumn, ListQuery, Operator, Order, narrowed},
    search::Resolved,
};
use zgoda_persistence::{client_estimate, client_list, custom_fields};
use zgoda_test_support::{TestApp, on_both_databases};

async fn field(api: &Api, name: &str, kind: FieldKind, sensitive: bool) -> FieldId {
    let options = if kind.has_options() { vec!["a".into(), "ą".into(), "b".into()] } else { vec![] };
    let body = CreateCustomField { name: name.into(), kind, options, sensitive };
    FieldId::from_uuid(api.create_custom_field(&body, None).await.unwrap().id)
}

async fn client(api: &Api, name: &str, custom: &[(FieldId, Value)]) {
    let details = ClientInput { name: Some(name.into()), ..ClientInput::default() };
    api.create_client(&ClientBody { details, custom: custom.iter().cloned().collect() }, None).await.unwrap();
}

fn sorted(field: FieldRef, direction: Direction) -> SearchClients {
    SearchClients { sort: Some(Sort { field, direction }), ..SearchClients::default() }
}

fn filtered(field: FieldId, operator: Operator, value: Value) -> SearchClients {
    SearchClients {
        filter: vec![FilterCondition { field: FieldRef::Custom(field), operator, value }],
        ..SearchClients::default()
    }
}

async fn names(api: &Api, search: &SearchClients) -> Vec<String> {
    api.search_clients(search).await.unwrap().items.into_iter().map(|row| row.name).collect()
}

on_both_databases! {
    async fn names_stand_in_polish_order(app: TestApp) {
        let api = app.owner().await;
        for name in ["Żak", "Zając", "Łoś", "Lis", "ćma", "Cz", "Dom"] {
            client(&api, name, &[]).await;
        }
        assert_eq!(names(&api, &SearchClients::default()).await, ["Cz", "ćma", "Dom", "Lis", "Łoś", "Zając", "Żak"]);
    }

    async fn a_part_of_a_text_is_found_wherever_it_stands(app: TestApp) {
        let api = app.owner().await;
        for name in ["Jan Kowalski", "KOWALCZYK Łucja", "Anna Nowak"] {
            client(&api, name, &[]).await;
        }
        let contains = |field, parts: &[&str]| SearchClients {
            filter: parts.iter().map(|part| FilterCondition { field, operator: Operator::Contains, value: json!(part) }).collect(),
            ..SearchClients::default()
        };
        let name = FieldRef::Builtin(BuiltinField::Name);
        assert_eq!(names(&api, &contains(name, &["kowal"])).await, ["Jan Kowalski", "KOWALCZYK Łucja"]);
        assert_eq!(names(&api, &contains(name, &["łucja", "kowal"])).await, ["KOWALCZYK Łucja"]);
        assert_eq!(names(&api, &contains(name, &["n"])).await, ["Anna Nowak", "Jan Kowalski"]);
        let wrong = api.search_clients(&contains(FieldRef::Builtin(BuiltinField::CreatedAt), &["2026"])).await;
        assert_eq!(complaint(wrong), ("/filter/0/operator".to_owned(), Rule::WrongKind));
        let wrong = api.search_clients(&contains(FieldRef::Builtin(BuiltinField::Pesel), &["44"])).await;
        assert_eq!(complaint(wrong), ("/filter/0/operator".to_owned(), Rule::WrongKind));
    }

    async fn never_touched_counts_as_not_ticked(app: TestApp) {
        let api = app.owner().await;
        let umowa = field(&api, "Umowa", FieldKind::Checkbox, false).await;
        client(&api, "A tak", &[(umowa, json!(true))]).await;
        client(&api, "B nie", &[(umowa, json!(false))]).await;
        client(&api, "C nietknięte", &[]).await;
        assert_eq!(names(&api, &sorted(FieldRef::Custom(umowa), Direction::Desc)).await[0], "A tak");
        assert_eq!(names(&api, &sorted(FieldRef::Custom(umowa), Direction::Asc)).await[2], "A tak");
        assert_eq!(names(&api, &filtered(umowa, Operator::Lt, json!(1))).await, ["B nie", "C nietknięte"]);
        assert_eq!(names(&api, &filtered(umowa, Operator::Eq, json!(false))).await, ["B nie", "C nietknięte"]);
        assert_eq!(names(&api, &filtered(umowa, Operator::Eq, json!(true))).await, ["A tak"]);
    }

    async fn numbers_dates_and_texts_compare_as_what_they_are(app: TestApp) {
        let api = app.owner().await;
        let (whole, price, since, note) = (
            field(&api, "Liczba", FieldKind::Integer, false).await,
            field(&api, "Cena", FieldKind::Decimal, false).await,
            field(&api, "Od", FieldKind::Date, false).await,
            field(&api, "Tekst", FieldKind::ShortText, false).await,
        );
        client(&api, "1", &[(whole, json!(9)), (price, json!("9.50")), (since, json!("2026-01-02")), (note, json!("ą"))]).await;
        client(&api, "2", &[(whole, json!(10)), (price, json!("10")), (since, json!("2025-12-31")), (note, json!("b"))]).await;
        client(&api, "3", &[(whole, json!(-5)), (price, json!("-0.01")), (since, json!("2026-01-01")), (note, json!("a"))]).await;
        client(&api, "4", &[]).await;
        let order = async |id| names(&api, &sorted(FieldRef::Custom(id), Direction::Asc)).await.concat();
        assert_eq!(order(whole).await, "4312");
        assert_eq!(order(price).await, "4312");
        assert_eq!(order(since).await, "4231");
        assert_eq!(order(note).await, "4312");
        assert_eq!(names(&api, &filtered(price, Operator::Gt, json!("9.49"))).await, ["1", "2"]);
        assert_eq!(names(&api, &filtered(whole, Operator::Lte, json!(9))).await, ["1", "3"]);
        assert_eq!(names(&api, &filtered(since, Operator::IsEmpty, json!(null))).await, ["4"]);
        assert_eq!(names(&api, &filtered(note, Operator::Ne, json!("b"))).await, ["1", "3", "4"]);
    }

    async fn pages_follow_each_other_without_gaps_or_doubles(app: TestApp) {
        let api = app.owner().await;
        let umowa = field(&api, "Umowa", FieldKind::Checkbox, false).await;
        let price = field(&api, "Cena", FieldKind::Decimal, false).await;
        for n in 0..23 {
            let ticked = (umowa, json!(n % 3 == 0));
            let price = (price, json!(format!("{}.5", n % 4)));
            client(&api, &format!("Klient {}", n % 5), &[ticked, price]).await;
        }
        for order in [FieldRef::Builtin(BuiltinField::Name), FieldRef::Builtin(BuiltinField::CreatedAt), FieldRef::Custom(umowa), FieldRef::Custom(price)] {
            for direction in [Direction::Asc, Direction::Desc] {
                let mut seen = Vec::new();
                let mut search = SearchClients { limit: 4, with_total: true, ..sorted(order, direction) };
                loop {
                    let page = api.search_clients(&search).await.unwrap();
                    assert_eq!(page.total, Some(Total::exactly(23)));
                    seen.extend(page.items.iter().map(|row| row.id));
                    match page.next {
                        Some(next) => search.after = Some(next),
                        None => break,
                    }
                }
                let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
                assert_eq!((seen.len(), distinct.len()), (23, 23), "{order} {direction:?}");
            }
        }
    }

    async fn sealed_values_are_found_by_exact_value_only(app: TestApp) {
        let api = app.owner().await;
        let secret = field(&api, "Dowód", FieldKind::ShortText, true).await;
        let body = ClientBody {
            details: ClientInput { name: Some("Jan".into()), pesel: Some("44051401359".into()), ..ClientInput::default() },
            custom: [(secret, json!("ABC123456"))].into(),
        };
        api.create_client(&body, None).await.unwrap();
        client(&api, "Ewa", &[]).await;
        let pesel = |value: &str, operator| SearchClients {
            filter: vec![FilterCondition { field: FieldRef::Builtin(BuiltinField::Pesel), operator, value: json!(value) }],
            ..SearchClients::default()
        };
        let found = api.search_clients(&pesel("44051401359", Operator::Eq)).await.unwrap();
        assert_eq!(found.items.len(), 1);
        assert!(found.items[0].custom.is_empty(), "a sealed value must not stand in the list");
        assert_eq!(names(&api, &filtered(secret, Operator::Eq, json!("ABC123456"))).await, ["Jan"]);
        assert_eq!(complaint(api.search_clients(&pesel("44051401359", Operator::Gt)).await).0, "/filter/0/operator");
        assert_eq!(complaint(api.search_clients(&sorted(FieldRef::Custom(secret), Direction::Asc)).await), ("/sort/field".into(), Rule::WrongKind));
    }

    async fn a_page_that_starts_nowhere_says_so(app: TestApp) {
        let api = app.owner().await;
        for cursor in ["", "=", "AAAA"] {
            let search = SearchClients { after: Some(Cursor(cursor.into())), ..SearchClients::default() };
            assert_eq!(complaint(api.search_clients(&search).await), ("/after".into(), Rule::Malformed));
        }
        for limit in [0, 201] {
            let search = SearchClients { limit, ..SearchClients::default() };
            assert_eq!(complaint(api.search_clients(&search).await), ("/limit".into(), Rule::OutOfRange));
        }
    }

    async fn a_page_goes_on_where_the_last_one_ended_though_its_last_row_is_gone(app: TestApp) {
        let api = app.owner().await;
        for name in ["A", "B", "C", "D", "E"] {
            client(&api, name, &[]).await;
        }
        let first = api.search_clients(&SearchClients { limit: 2, ..SearchClients::default() }).await.unwrap();
        let next = SearchClients { limit: 2, after: first.next.clone(), ..SearchClients::default() };
        assert_eq!(names(&api, &next).await, ["C", "D"]);
        // The last row moves to the list's end: nothing between is lost, and nothing is told twice.
        let moved = PatchClient { details: [("name".to_owned(), json!("Z"))].into(), ..PatchClient::default() };
        api.patch_client(first.items[1].id, first.items[1].version, &moved).await.unwrap();
        assert_eq!(names(&api, &next).await, ["C", "D"]);
        api.delete_client(first.items[1].id, 2).await.unwrap();
        assert_eq!(names(&api, &next).await, ["C", "D"]);
        // A place of one order is none of another, and nobody reads it.
        let other = SearchClients { after: first.next.clone(), ..sorted(FieldRef::Builtin(BuiltinField::City), Direction::Asc) };
        assert_eq!(complaint(api.search_clients(&other).await), ("/after".into(), Rule::Malformed));
    }

    async fn rows_tell_the_columns_that_were_asked_for(app: TestApp) {
        let api = app.owner().await;
        let note = field(&api, "Uwaga", FieldKind::LongText, false).await;
        let secret = field(&api, "Dowód", FieldKind::ShortText, true).await;
        let tag = zgoda_api_types::tags::TagBody { name: "VIP".into(), colour: zgoda_domain::tag::TagColour::Red };
        let tag = TagId::from_uuid(api.create_tag(&tag, None).await.unwrap().id);
        let details = ClientInput {
            first_name: Some("Ewa".into()),
            last_name: Some("Żak".into()),
            email: Some("ewa@example.com".into()),
            street: Some("Polna 1".into()),
            post_code: Some("00-950".into()),
            ..ClientInput::default()
        };
        api.create_client(&ClientBody { details, custom: [(note, json!("x"))].into() }, None).await.unwrap();
        let id = api.search_clients(&SearchClients::default()).await.unwrap().items[0].id;
        api.set_client_tags(id, 1, &zgoda_api_types::tags::ClientTags { tags: vec![tag] }).await.unwrap();
        let columns = |columns: &[ListColumn]| SearchClients { columns: Some(columns.to_vec()), ..SearchClients::default() };
        let builtin = |field| ListColumn::Field(FieldRef::Builtin(field));
        let row = async |asked: &[ListColumn]| api.search_clients(&columns(asked)).await.unwrap().items.remove(0);

        let usual = api.search_clients(&SearchClients::default()).await.unwrap().items.remove(0);
        assert_eq!((usual.email.as_deref(), usual.street, usual.custom.len(), usual.version), (Some("ewa@example.com"), None, 1, 2));
        assert!(usual.assignment.owner_id.is_some() && usual.tags.is_empty());
        let none = row(&[]).await;
        assert_eq!((none.name.as_str(), none.email, none.custom.len(), none.assignment.owner_id), ("Ewa Żak", None, 0, None));
        let asked = row(&[builtin(BuiltinField::LastName), builtin(BuiltinField::Street), ListColumn::Tags, ListColumn::Owner]).await;
        assert_eq!((asked.last_name.as_deref(), asked.street.as_deref(), asked.first_name), (Some("Żak"), Some("Polna 1"), None));
        assert_eq!((asked.tags, asked.assignment.owner_id), (vec![tag], usual.assignment.owner_id));
        assert_eq!(row(&[ListColumn::Field(FieldRef::Custom(note))]).await.custom, [(note, json!("x"))].into());
        for (column, rule) in [
            (builtin(BuiltinField::Pesel), Rule::WrongKind),
            (builtin(BuiltinField::Note), Rule::WrongKind),
            (ListColumn::Field(FieldRef::Custom(secret)), Rule::WrongKind),
            (ListColumn::Field(FieldRef::Custom(FieldId::from_uuid(uuid::Uuid::nil()))), Rule::Unknown),
        ] {
            assert_eq!(complaint(api.search_clients(&columns(&[column])).await), ("/columns/0".into(), rule), "{column}");
        }
    }

    async fn more_than_is_counted_is_estimated_by_a_part(app: TestApp) {
        twenty_thousand(&app).await;
        let every_fourth = "update clients set city = 'Ustka' where cast(substr(name, 3) as integer) % 4 = 0";
        app.connection().execute_unprepared(every_fourth).await.unwrap();
        let is = |field: &str, value: &str| Condition::parse(&[], field.parse().unwrap(), Operator::Eq, &json!(value)).unwrap();
        let everybody = Resolved::All(Vec::new());
        let all = Visible::everything();
        let about = async |conditions: &[Condition], visible: &Visible, look_at| {
            client_estimate::about(app.ctx.db.read(), visible, &narrowed(conditions, &everybody), look_at).await.unwrap()
        };
        // All are looked at: nothing is left to guess.
        assert_eq!(about(&[], &all, 100_000).await, 20_000);
        assert_eq!(about(&[is("city", "Ustka")], &all, 100_000).await, 5_000);
        assert_eq!(about(&[is("city", "Nigdzie")], &all, 1_000).await, 0);
        // A tenth is looked at.
        for (conditions, truth) in [(vec![], 20_000), (vec![is("city", "Ustka")], 5_000)] {
            let guess = about(&conditions, &all, 2_000).await;
            assert!((truth * 7 / 10..truth * 13 / 10).contains(&guess), "{guess} for {truth}");
        }
        // Whoever reaches nobody is told of nobody.
        assert_eq!(about(&[], &Visible::nothing(), 2_000).await, 0);
    }

    async fn last_names_stand_in_polish_order(app: TestApp) {
        let api = app.owner().await;
        for last in ["Żak", "Zając", "Łoś", "Lis"] {
            let details = ClientInput { first_name: Some("A".into()), last_name: Some(last.into()), ..ClientInput::default() };
            api.create_client(&ClientBody { details, ..ClientBody::default() }, None).await.unwrap();
        }
        let mut search = SearchClients { limit: 1, ..sorted(FieldRef::Builtin(BuiltinField::LastName), Direction::Desc) };
        let mut seen = Vec::new();
        loop {
            let page = api.search_clients(&search).await.unwrap();
            seen.extend(page.items.into_iter().map(|row| row.name));
            search.after = page.next;
            if search.after.is_none() {
                break;
            }
        }
        assert_eq!(seen, ["A Żak", "A Zając", "A Łoś", "A Lis"]);
    }

    async fn neighbours_stand_next_to_each_other_in_the_list(app: TestApp) {
        let api = app.owner().await;
        let umowa = field(&api, "Umowa", FieldKind::Checkbox, false).await;
        for n in 0..9 {
            client(&api, &format!("Klient {}", n % 4), &[(umowa, json!(n % 3 == 0))]).await;
        }
        let ticked = vec![FilterCondition { field: FieldRef::Custom(umowa), operator: Operator::Eq, value: json!(true) }];
        for order in [FieldRef::Builtin(BuiltinField::Name), FieldRef::Custom(umowa), FieldRef::Builtin(BuiltinField::CreatedAt)] {
            for direction in [Direction::Asc, Direction::Desc] {
                for filter in [vec![], ticked.clone()] {
                    let search = SearchClients { filter, ..sorted(order, direction) };
                    let ids: Vec<ClientId> = api.search_clients(&search).await.unwrap().items.into_iter().map(|row| row.id).collect();
                    for (at, id) in ids.iter().enumerate() {
                        let found = api.client_neighbours(*id, &search).await.unwrap();
                        let before = at.checked_sub(1).and_then(|at| ids.get(at)).copied();
                        assert_eq!((found.previous, found.next), (before, ids.get(at + 1).copied()), "{order} {direction:?}");
                    }
                }
            }
        }
        let nobody = ClientId::from_uuid(uuid::Uuid::nil());
        assert_eq!(code(api.client_neighbours(nobody, &SearchClients::default()).await), ProblemCode::NotFound);
    }

    async fn one_field_is_changed_and_the_others_stay(app: TestApp) {
        let api = app.owner().await;
        let price = field(&api, "Cena", FieldKind::Decimal, false).await;
        client(&api, "Ada", &[(price, json!("1.5"))]).await;
        let id = api.search_clients(&SearchClients::default()).await.unwrap().items[0].id;
        let patch = |details: &[(&str, Value)], custom: &[(FieldId, Value)]| PatchClient {
            details: details.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
            custom: custom.iter().cloned().collect(),
        };
        let city = api.patch_client(id, 1, &patch(&[("city", json!("Łódź"))], &[])).await.unwrap();
        assert_eq!((city.version, city.value.details.city.as_deref()), (2, Some("Łódź")));
        assert_eq!(city.value.custom, [(price, json!("1.5"))].into());
        assert_eq!(code(api.patch_client(id, 1, &patch(&[("city", json!("Kutno"))], &[])).await), ProblemCode::Outdated);
        // What changes nothing makes no new version.
        assert_eq!(api.patch_client(id, 2, &patch(&[("city", json!(" Łódź "))], &[])).await.unwrap().version, 2);
        let emptied = api.patch_client(id, 2, &patch(&[("city", json!(null))], &[(price, json!(null))])).await.unwrap();
        assert_eq!((emptied.value.details.city, emptied.value.custom.len()), (None, 0));
        for (wrong, expected) in [
            (patch(&[("email", json!("nikt"))], &[]), ("/details/email", Rule::Malformed)),
            (patch(&[("city", json!(7))], &[]), ("/details/city", Rule::WrongKind)),
            (patch(&[("created_at", json!("2026-01-01T00:00:00Z"))], &[]), ("/details/created_at", Rule::ReadOnly)),
            (patch(&[("nonsense", json!("x"))], &[]), ("/details", Rule::Unknown)),
            (patch(&[("name", json!(null))], &[]), ("/details/name", Rule::Required)),
        ] {
            assert_eq!(complaint(api.patch_client(id, 3, &wrong).await), (expected.0.to_owned(), expected.1));
        }
        let wrong = api.patch_client(id, 3, &patch(&[], &[(price, json!("dużo"))])).await;
        assert_eq!(complaint(wrong), (format!("/custom/{price}"), Rule::Malformed));
    }

    async fn no_shape_of_the_list_scans_or_sorts_the_whole_table(app: TestApp) {
        let api = app.owner().await;
        for kind in FieldKind::ALL.into_iter().filter(|kind| kind.is_sortable() && *kind != FieldKind::Consent) {
            field(&api, kind.code(), kind, false).await;
        }
        app.purpose(&api).await;
        let flag = field(&api, "flaga", FieldKind::Checkbox, false).await;
        let everything = Visible::everything();
        app.client(&api, "Klient").await;
        twenty_thousand(&app).await;
        app.ctx.db.analyze().await.unwrap();
        let fields = custom_fields::live(&app.ctx.db.read()).await.unwrap();
        let mut shapes: Vec<FieldRef> = BuiltinField::ALL.into_iter().filter(|f| f.is_sortable()).map(FieldRef::Builtin).collect();
        shapes.extend(fields.iter().filter(|field| field.is_sortable()).map(|field| FieldRef::Custom(field.id)));
        let ticked = Condition::parse(&fields, FieldRef::Custom(flag), Operator::Eq, &json!(false)).unwrap();
        for shape in shapes {
            for direction in [Direction::Asc, Direction::Desc] {
                let order = Order::parse(&fields, shape, direction).unwrap();
                let first = ListQuery { order, conditions: vec![], search: Default::default(), columns: Some(vec![]), limit: 1 };
                let (_, mark) = client_list::page(app.ctx.db.read(), &everything, &first, None).await.unwrap();
                for (after, conditions) in [(None, vec![]), (mark.as_ref(), vec![]), (mark.as_ref(), vec![ticked.clone()])] {
                    let query = ListQuery { order, conditions, search: Default::default(), columns: None, limit: 50 };
                    let statement = client_list::page_statement(app.ctx.db.read(), &everything, &query, after).await.unwrap();
                    let plan = explain(&app, statement).await;
                    let bad = ["Seq Scan", "SCAN clients\n", "TEMP B-TREE", "Sort "].into_iter().find(|sign| plan.contains(sign));
                    assert_eq!(bad, None, "{shape} {direction:?}\n{plan}");
                }
            }
        }
    }
}

/// Enough rows that a planner would rather use an index than read everything.
pub async fn twenty_thousand(app: &TestApp) {
    let connection = app.connection();
    let copy = match connection.get_database_backend() {
        DbBackend::Postgres => {
            "insert into clients (id, version, kind, name, custom, created_at, updated_at) \
             select gen_random_uuid(), 1, 'person', 'K ' || n, jsonb_build_object('x', n), '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z' \
             from generate_series(1, 20000) n"
        }
        _ => {
            "with recursive c(n) as (select 1 union all select n + 1 from c where n < 20000) \
             insert into clients (id, version, kind, name, created_at, updated_at) \
             select randomblob(16), 1, 'person', 'K ' || n, '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00' from c"
        }
    };
    connection.execute_unprepared(copy).await.unwrap();
}

async fn explain(app: &TestApp, statement: Statement) -> String {
    explain_all(app, &[], statement).await
}

/// The plan of a statement after others of its transaction, which are PostgreSQL's alone.
pub async fn explain_all(app: &TestApp, before: &[&str], statement: Statement) -> String {
    let connection = app.connection().begin().await.unwrap();
    if connection.get_database_backend() == DbBackend::Postgres {
        for sql in before {
            connection.execute_unprepared(sql).await.unwrap();
        }
    }
    let (prefix, column) = match connection.get_database_backend() {
        DbBackend::Postgres => ("explain ", "QUERY PLAN"),
        _ => ("explain query plan ", "detail"),
    };
    let statement = Statement { sql: format!("{prefix}{}", statement.sql), ..statement };
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", column).unwrap() + "\n").collect()
}
