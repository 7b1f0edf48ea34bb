//! The data set: many invented clients, written straight into the tables, because through the API it would take hours.

use super::store::Store;
use anyhow::Context;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait};
use serde_json::{Value, json};
use std::time::Instant;
use uuid::Uuid;
use zgoda_api_types::custom_fields::CreateCustomField;
use zgoda_app::{Clock, SystemClock};
use zgoda_bench::{
    random,
    visitors::{make_form, make_owner},
};
use zgoda_client::Api;
use zgoda_domain::{
    custom_field::FieldKind,
    id::{ClientId, ConsentEventId, FieldId, PurposeId, WordingId},
};
use zgoda_persistence::{
    Vault, duplicates, ledger,
    quick_search::{any_waiting, take_over},
};
use zgoda_vault::{DataKey, Place};

const FIRST: [&str; 24] = [
    "Agnieszka",
    "Anna",
    "Bartosz",
    "Celina",
    "Dorota",
    "Ewa",
    "Filip",
    "Grażyna",
    "Hubert",
    "Irena",
    "Jan",
    "Kinga",
    "Łukasz",
    "Maria",
    "Norbert",
    "Olga",
    "Paweł",
    "Renata",
    "Ścibor",
    "Tomasz",
    "Urszula",
    "Wanda",
    "Zofia",
    "Żaneta",
];
/// Short surnames, and the parts of long ones: as many differ as among a million people, and as many sound alike.
const LAST: [&str; 8] = ["Adamczyk", "Bąk", "Ćwik", "Łoś", "Mróz", "Ślaz", "Zając", "Żuraw"];
const STEM: [&str; 30] = [
    "Kow", "Now", "Wiś", "Wojcie", "Lewan", "Ziel", "Szym", "Woźn", "Dąbr", "Kozł", "Jank", "Maz", "Krawc", "Piotr",
    "Grab", "Pawł", "Mich", "Zaj", "Król", "Wiecz", "Jabł", "Wróbl", "Majew", "Olsz", "Stęp", "Malin", "Jawor", "Dud",
    "Święt", "Łab",
];
const MIDDLE: [&str; 14] = ["al", "ow", "in", "ar", "el", "an", "icz", "ek", "or", "ul", "ym", "iń", "asz", "och"];
const END: [&str; 16] = [
    "ski", "ska", "wicz", "czyk", "ak", "ek", "owski", "owska", "a", "ik", "iak", "ewski", "ewska", "as", "ysz", "arz",
];
const CITY: [&str; 6] = ["Gdańsk", "Kraków", "Łódź", "Poznań", "Warszawa", "Wrocław"];
const SEGMENT: [&str; 4] = ["Detal", "Hurt", "Partner", "Urząd"];
const BATCH: u64 = 2_000;

/// The five custom fields.
struct Fields {
    contract: FieldId,
    segment: FieldId,
    value: FieldId,
    since: FieldId,
    points: FieldId,
    consent: FieldId,
}

/// Makes owner, form and custom fields through the API, then so many clients by SQL. Every client has a data key and a
/// consent in the ledger, unless only lists are to be measured.
pub async fn fill(store: &Store, count: u64, with_cards: bool) -> anyhow::Result<()> {
    let server = store.installation.start()?;
    let api = make_owner(&store.installation.origin(), server.setup_token()?).await?;
    let form = make_form(&api).await?;
    let fields = Fields {
        contract: make_field(&api, "Umowa", FieldKind::Checkbox, &[]).await?,
        segment: make_field(&api, "Segment", FieldKind::Select, &SEGMENT).await?,
        value: make_field(&api, "Wartość", FieldKind::Decimal, &[]).await?,
        since: make_field(&api, "Klient od", FieldKind::Date, &[]).await?,
        points: make_field(&api, "Punkty", FieldKind::Integer, &[]).await?,
        consent: api
            .custom_fields()
            .await?
            .iter()
            .find_map(|field| field.purpose_id.map(|_| field.id))
            .context("no consent column")?,
    };
    let purpose = api.purposes().await?.into_iter().find(|purpose| purpose.id == form.purpose).context("no purpose")?;
    let wording = purpose.wordings.first().context("no wording")?.id;
    server.stop()?;

    let connection = store.connection_for_filling().await?;
    let indexes = indexes(&connection).await?;
    for (name, _) in &indexes {
        connection.execute_unprepared(&format!("drop index {name}")).await?;
    }
    let vault = store.vault()?;
    let start = DateTime::from_timestamp(1_700_000_000, 0).context("no time")?;
    let mut done = 0;
    while done < count {
        let tx = connection.begin().await?;
        for _ in 0..10 {
            let rows = (done..(done + BATCH).min(count))
                .map(|n| row(n, start, &fields, with_cards.then_some((&vault, purpose.id, wording))))
                .collect::<anyhow::Result<Vec<_>>>()?;
            done += u64::try_from(rows.len())?;
            insert(&tx, &Value::Array(rows).to_string(), with_cards).await?;
        }
        tx.commit().await?;
    }
    for (_, sql) in &indexes {
        connection.execute_unprepared(sql).await?;
    }
    let settle = match connection.get_database_backend() {
        DbBackend::Sqlite => "pragma wal_checkpoint(truncate)",
        _ => "vacuum analyze",
    };
    connection.execute_unprepared(settle).await?;
    connection.close().await?;
    // As the product does after bulk changes, and so that no measurement shares the machine with the sequencer.
    let db = store.db().await?;
    while ledger::any_pending(&db.read()).await? {
        ledger::link_pending(db.begin().await?).await?;
    }
    db.analyze().await?;
    db.close().await;
    Ok(())
}

/// Everything that the server would else do beside the measurements: every card is in the index of quick search, and passes
/// for compared with all others.
pub async fn settle(store: &Store) -> anyhow::Result<()> {
    let db = store.db().await?;
    let started = Instant::now();
    if any_waiting(db.read()).await? {
        while any_waiting(db.read()).await? {
            let tx = db.begin().await?;
            take_over(&tx).await?;
            tx.commit_unaudited("a measurement").await?;
        }
        db.analyze().await?;
        println!("(l) quick search: the index caught up in {:.0} s", started.elapsed().as_secs_f64());
    }
    let tx = db.begin().await?;
    duplicates::compared(&tx, ClientId::from_uuid(Uuid::nil()), SystemClock.now()).await?;
    tx.commit_unaudited("a measurement").await?;
    db.close().await;
    Ok(())
}

/// Nine more entries for each one of the consent ledger, beside it in time, with evidence as long and as sealed. The
/// states are left behind.
pub async fn lengthen_ledger(store: &Store) -> anyhow::Result<()> {
    const REST: &str = "client_id, purpose_id, channel, kind, method, wording_id, actor_kind, occurred_at, recorded_at, evidence, grade";
    let connection = store.connection_for_filling().await?;
    connection.execute_unprepared("create table first_events as select * from consent_events").await?;
    // Twelve digits of an id are its moment; after them chance gives way to a mark (RFC 9562 §5.7).
    let id = match connection.get_database_backend() {
        DbBackend::Sqlite => "unhex(substr(hex(id), 1, 12) || printf('7%03x8fff', $1) || substr(hex(id), 21))",
        _ => {
            "(substr(id::text, 1, 14) || '7' || lpad(to_hex($1::integer), 3, '0') || '-8fff' || substr(id::text, 24))::uuid"
        }
    };
    let sql = format!("insert into consent_events (id, {REST}) select {id}, {REST} from first_events");
    for copy in 1..10 {
        let backend = connection.get_database_backend();
        connection.execute_raw(Statement::from_sql_and_values(backend, &sql, [copy.into()])).await?;
    }
    connection.execute_unprepared("drop table first_events").await?;
    connection.close().await?;
    let db = store.db().await?;
    while ledger::any_pending(&db.read()).await? {
        ledger::link_pending(db.begin().await?).await?;
    }
    db.analyze().await?;
    db.close().await;
    Ok(())
}

async fn make_field(api: &Api, name: &str, kind: FieldKind, options: &[&str]) -> anyhow::Result<FieldId> {
    let options = options.iter().map(|text| (*text).to_owned()).collect();
    let create = CreateCustomField { name: name.to_owned(), kind, options, sensitive: false };
    Ok(FieldId::from_uuid(api.create_custom_field(&create, None).await?.id))
}

/// The indexes of the clients' table: quicker made anew than kept while filling.
async fn indexes(connection: &DatabaseConnection) -> anyhow::Result<Vec<(String, String)>> {
    let backend = connection.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => {
            "select name, sql from sqlite_master where type = 'index' and tbl_name = 'clients' and sql is not null"
        }
        _ => {
            "select indexname as name, indexdef as sql from pg_indexes where tablename = 'clients' and indexname <> 'clients_pk'"
        }
    };
    let rows = connection.query_all_raw(Statement::from_string(backend, sql)).await?;
    rows.iter().map(|row| Ok((row.try_get("", "name")?, row.try_get("", "sql")?))).collect()
}

type Sealing<'a> = (&'a Vault, PurposeId, WordingId);

fn row(n: u64, start: DateTime<Utc>, fields: &Fields, sealing: Option<Sealing<'_>>) -> anyhow::Result<Value> {
    let chance = random(0, u64::MAX);
    let pick = |from: &[&'static str], by: u64| -> &'static str {
        usize::try_from(by).ok().and_then(|by| from.get(by % from.len())).copied().unwrap_or_default()
    };
    let first = pick(&FIRST, chance);
    let last = match chance >> 8 & 7 {
        0 => pick(&LAST, chance >> 11).to_owned(),
        _ => [pick(&STEM, chance >> 11), pick(&MIDDLE, chance >> 24), pick(&END, chance >> 52)].concat(),
    };
    let at = start + TimeDelta::seconds(i64::try_from(n * 60)?);
    let moment = at.to_rfc3339_opts(SecondsFormat::Micros, false);
    let entropy: &dyn zgoda_vault::Entropy = &zgoda_vault::SystemEntropy;
    let id = ClientId::generate(at, entropy.bytes());
    let mut value = json!({
        "id": id.as_uuid().simple().to_string(),
        "name": format!("{first} {last}"),
        "first": first,
        "last": last,
        "email": format!("client{n}@example.com"),
        "phone": format!("+48500{:06}", n % 1_000_000),
        "city": pick(&CITY, chance >> 32),
        "at": moment,
        "custom": {
            fields.contract.to_string(): chance >> 40 & 1 == 1,
            fields.segment.to_string(): pick(&SEGMENT, chance >> 41),
            fields.value.to_string(): format!("{}.{:02}", chance >> 43 & 0xffff, n % 100),
            fields.since.to_string(): at.format("%Y-%m-%d").to_string(),
            fields.points.to_string(): chance >> 20 & 0xfff,
        },
    });
    if let Some((vault, purpose, wording)) = sealing
        && let Some(map) = value.as_object_mut()
    {
        let key = DataKey::generate(entropy);
        let event = ConsentEventId::generate(at, entropy.bytes());
        let place = Place { table: "consent_events", column: "evidence", row: event.as_uuid() };
        let evidence = json!({ "ip": "192.0.2.7", "page": "https://www.example.com", "field_label": "Newsletter" });
        map.insert("key".into(), hex(&vault.master.wrap(entropy, id.as_uuid(), &key)?.0).into());
        map.insert("evidence".into(), hex(&key.seal(entropy, place, evidence.to_string().as_bytes())?.0).into());
        map.insert("event".into(), event.as_uuid().simple().to_string().into());
        map.insert("purpose".into(), purpose.as_uuid().simple().to_string().into());
        map.insert("wording".into(), wording.as_uuid().simple().to_string().into());
        if let Some(custom) = map.get_mut("custom").and_then(Value::as_object_mut) {
            custom.insert(fields.consent.to_string(), "given".into());
        }
    }
    Ok(value)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn insert(connection: &impl ConnectionTrait, rows: &str, with_cards: bool) -> anyhow::Result<()> {
    const CLIENTS: &str = "insert into clients (id, version, kind, name, first_name, last_name, email, email_norm, phone, \
         city, country, custom, created_at, updated_at) \
         select {id}, 1, 'person', v->>'name', v->>'first', v->>'last', v->>'email', v->>'email', v->>'phone', \
         v->>'city', 'PL', v->'custom', {at}, {at} from {rows}";
    const KEYS: &str = "insert into client_keys (client_id, wrapped, created_at) select {id}, {key}, {at} from {rows}";
    const EVENTS: &str = "insert into consent_events (id, client_id, purpose_id, channel, kind, method, wording_id, \
         actor_kind, occurred_at, recorded_at, evidence, grade) select {event}, {id}, {purpose}, 'email', 'given', \
         'form_checkbox', {wording}, 'visitor', {at}, {at}, {evidence}, 'b' from {rows}";
    const STATES: &str = "insert into consent_states (client_id, purpose_id, channel, status, since, last_event_id, \
         grade, wording_id) select {id}, {purpose}, 'email', 'given', {at}, {event}, 'b', {wording} from {rows}";
    let backend = connection.get_database_backend();
    let statements = if with_cards { &[CLIENTS, KEYS, EVENTS, STATES][..] } else { &[CLIENTS][..] };
    for statement in statements {
        let mut sql = (*statement).to_owned();
        for name in ["id", "event", "purpose", "wording"] {
            let read = match backend {
                DbBackend::Sqlite => format!("unhex(v->>'{name}')"),
                _ => format!("(v->>'{name}')::uuid"),
            };
            sql = sql.replace(&format!("{{{name}}}"), &read);
        }
        for name in ["key", "evidence"] {
            let read = match backend {
                DbBackend::Sqlite => format!("unhex(v->>'{name}')"),
                _ => format!("decode(v->>'{name}', 'hex')"),
            };
            sql = sql.replace(&format!("{{{name}}}"), &read);
        }
        sql = match backend {
            DbBackend::Sqlite => {
                sql.replace("{at}", "v->>'at'").replace("{rows}", "(select value as v from json_each($1))")
            }
            _ => sql
                .replace("{at}", "(v->>'at')::timestamptz")
                .replace("{rows}", "jsonb_array_elements($1::text::jsonb) as v"),
        };
        connection.execute_raw(Statement::from_sql_and_values(backend, sql, [rows.into()])).await?;
    }
    Ok(())
}
