//! What finding costs beside the bare SQL: the same statements through the driver, over a connection like the server's,
//! with their rows read out, and the API's answers over HTTP. Half of all answers come at least as fast as the figure.

use super::{
    Plan, Store,
    http::{Make, request, times},
    serving, sign_in,
};
use anyhow::Context;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, FromQueryResult, Statement};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use zgoda_api_types::clients::{Cursor, SearchClients, Sort};
use zgoda_client::Api;
use zgoda_domain::{
    access::Visible,
    client::BuiltinField,
    custom_field::CustomField,
    field_ref::FieldRef,
    list::{Condition, Direction, ListQuery, Operator, Order, narrowed},
    quick_search::Needle,
    search::Resolved,
};
use zgoda_persistence::{
    Db, client_list, custom_fields,
    quick_search::{SEARCHED, Search, Step},
};

/// Matches are counted so far and no further.
const COUNTED: u64 = 100_001;

/// One question: as the API is asked, and as the database is.
struct Shape {
    name: &'static str,
    path: &'static str,
    body: Value,
    statements: Vec<Statement>,
}

/// Both sides of every shape, in turn.
pub async fn measure(plan: &Plan, store: &Store, count: u64) -> anyhow::Result<()> {
    let db = store.db().await?;
    let (installation, server) = serving(store)?;
    let api = sign_in(&installation.origin()).await?;
    api.me().await?;
    let cookie = format!("__Host-zgoda-access={}", api.cookie("__Host-zgoda-access").context("no session")?);
    let connection = store.connection().await?;
    println!("{:<40} {:>10} {:>10} {:>7}", "(s) median, 1 connection", "API ms", "SQL ms", "ratio");
    for shape in shapes(&db, connection.get_database_backend(), &api, count).await? {
        let path = format!("/api/v1/clients/{}", shape.path);
        let bytes = request("POST", installation.port, &path, Some(&cookie), Some(&shape.body.to_string()));
        let make: Make = Arc::new(move |_| bytes.clone());
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..super::ROUNDS {
            ours.extend(times(installation.port, plan.time(), &make).await?);
            theirs.extend(alone(&connection, plan.time(), &shape.statements).await?);
        }
        let (ours, theirs) = (median(&mut ours), median(&mut theirs));
        println!("{:<40} {ours:>10.2} {theirs:>10.2} {:>7.2} (aim: at most 2)", shape.name, ours / theirs);
    }
    connection.close().await?;
    db.close().await;
    server.stop()
}

async fn shapes(db: &Db, backend: DbBackend, api: &Api, count: u64) -> anyhow::Result<Vec<Shape>> {
    let everyone = Visible::everything();
    let fields = custom_fields::live(&db.read()).await?;
    let field = |name: &str| {
        let found = fields.iter().find(|field| field.name.as_str() == name);
        found.map(|field| FieldRef::Custom(field.id)).with_context(|| format!("no field {name}"))
    };
    let (by_value, by_name) = (field("Wartość")?, FieldRef::Builtin(BuiltinField::Name));
    let three = [
        (field("Umowa")?, Operator::Eq, json!(true)),
        (field("Segment")?, Operator::Eq, json!("Hurt")),
        (field("Punkty")?, Operator::Lt, json!(1000)),
    ];
    let conditions = three.iter().map(|(field, operator, value)| {
        Condition::parse(&fields, *field, *operator, value).map_err(|_| anyhow::anyhow!("a wrong condition"))
    });
    let conditions = conditions.collect::<anyhow::Result<Vec<_>>>()?;
    let filter: Vec<Value> = three
        .iter()
        .map(|(field, operator, value)| json!({ "field": field, "operator": operator, "value": value }))
        .collect();
    let as_text = "\"Umowa\" = 1 and Segment = Hurt and Punkty < 1000";

    let plain = list(&fields, by_value, Vec::new())?;
    let fewer = list(&fields, by_name, conditions.clone())?;
    let page = async |query: &ListQuery, after: Option<&client_list::Mark>| {
        anyhow::Ok(vec![client_list::plain_page_statement(db.read(), &everyone, query, after).await?])
    };
    let to_middle = ListQuery { columns: Some(Vec::new()), limit: count / 2, ..plain.clone() };
    let (_, middle) = client_list::page(db.read(), &everyone, &to_middle, None).await?;
    let sort = Sort { field: by_value, direction: Direction::Asc };
    let cursor = cursor_after(api, sort, count / 2).await?;

    let row = api.search_clients(&SearchClients { limit: 1, ..SearchClients::default() }).await?.items.pop();
    let name = row.context("no clients")?.name;
    let needle = Needle::parse(&name).map_err(|_| anyhow::anyhow!("a wrong text"))?;
    let search = Search { visible: &everyone, fields: &SEARCHED, needle: &needle };
    let counting = async |conditions: &[Condition]| {
        let search = narrowed(conditions, &Resolved::default());
        anyhow::Ok(vec![client_list::count_statement(db.read(), &everyone, &search, COUNTED).await?])
    };

    let by_value = json!({ "sort": sort, "limit": 50 });
    let deep = json!({ "sort": sort, "limit": 50, "after": cursor });
    let shape = |name, body, statements| Shape { name, path: "search", body, statements };
    Ok(vec![
        shape("list by a custom field", by_value, page(&plain, None).await?),
        shape("a page in the middle", deep, page(&plain, middle.as_ref()).await?),
        shape("three conditions", json!({ "filter": filter, "limit": 50 }), page(&fewer, None).await?),
        shape("three conditions, as text", json!({ "query": as_text, "limit": 50 }), page(&fewer, None).await?),
        Shape {
            name: "quick search",
            path: "quick-search",
            body: json!({ "text": name, "limit": 10 }),
            // More carry the name than are asked for, so that the first step is enough.
            statements: Step::Names.statements(backend, search),
        },
        shape("count of all", json!({ "columns": [], "limit": 1, "with_total": true }), counting(&[]).await?),
        shape(
            "count of three conditions",
            json!({ "filter": filter, "columns": [], "limit": 1, "with_total": true }),
            counting(&conditions).await?,
        ),
    ])
}

fn list(fields: &[CustomField], by: FieldRef, conditions: Vec<Condition>) -> anyhow::Result<ListQuery> {
    let order = Order::parse(fields, by, Direction::Asc).map_err(|_| anyhow::anyhow!("a wrong order"))?;
    Ok(ListQuery { order, conditions, search: Resolved::default(), columns: None, limit: 50 })
}

/// The place after so many rows, as the API tells it.
async fn cursor_after(api: &Api, sort: Sort, rows: u64) -> anyhow::Result<Cursor> {
    let mut search =
        SearchClients { sort: Some(sort), columns: Some(Vec::new()), limit: 200, ..SearchClients::default() };
    for _ in 0..rows.div_ceil(200) {
        search.after = api.search_clients(&search).await?.next;
    }
    search.after.context("the list is too short")
}

async fn alone(
    connection: &DatabaseConnection,
    time: Duration,
    statements: &[Statement],
) -> anyhow::Result<Vec<Duration>> {
    let (started, mut times) = (Instant::now(), Vec::new());
    while started.elapsed() < time {
        let asked = Instant::now();
        for statement in statements {
            // To values that something could be done with, as the API has to do.
            let rows = connection.query_all_raw(statement.clone()).await?;
            let values = rows.iter().map(|row| Value::from_query_result(row, "")).collect::<Result<Vec<_>, _>>()?;
            std::hint::black_box(values);
        }
        times.push(asked.elapsed());
    }
    Ok(times)
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1000.0
}
