//! Two installations that differ only in values which someone may not see give them the same answers, byte for byte, on
//! every way to a card. Ids are random, so they are compared by the order in which they appear.

use reqwest::{Client, Method};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use zgoda_api_types::{
    clients::{ClientBody, SearchClients},
    custom_fields::CreateCustomField,
};
use zgoda_client::Api;
use zgoda_domain::{
    access::{
        FieldRestriction,
        role::{RoleDefinition, RoleTemplate},
    },
    client::{BuiltinField, ClientInput},
    custom_field::FieldKind,
    field_ref::FieldRef,
    form::{FormField, FormFieldKind},
    id::{ClientId, FieldId, SubmissionId},
    list::Operator,
};
use zgoda_test_support::{Backend, TestApp};

const SITE: &str = "https://www.example.com";

/// What is different in the other world, and nothing else.
struct Secrets {
    text: &'static str,
    tick: bool,
    rank: i64,
    sealed: &'static str,
    phone: &'static str,
    consent: &'static str,
}

const ONE: Secrets = Secrets {
    text: "Xq7Zbursztyn",
    tick: true,
    rank: 3,
    sealed: "Xq7Zrubin",
    phone: "+48 600 100 200",
    consent: "given",
};
const OTHER: Secrets = Secrets {
    text: "Xq7Zszmaragd",
    tick: false,
    rank: 7,
    sealed: "Xq7Zszafir",
    phone: "+48 601 999 888",
    consent: "refused",
};

async fn field(owner: &Api, name: &str, kind: FieldKind, sensitive: bool) -> FieldId {
    let body = CreateCustomField { name: name.into(), kind, options: vec![], sensitive };
    FieldId::from_uuid(owner.create_custom_field(&body, None).await.unwrap().id)
}

/// Every request of one person, and what came back.
struct Asking<'a> {
    app: &'a TestApp,
    cookie: String,
    heard: Vec<String>,
}

impl Asking<'_> {
    async fn ask(&mut self, method: Method, path: &str, version: Option<i32>, body: Value) -> String {
        // What is recorded in one moment stands in no order.
        self.app.clock.advance(chrono::TimeDelta::seconds(1));
        let mut request = Client::new()
            .request(method.clone(), format!("{}/api/v1{path}", self.app.base))
            .header("Cookie", &self.cookie)
            .header("Sec-Fetch-Site", "same-origin");
        if let Some(version) = version {
            request = request.header("If-Match", format!("\"{version}\""));
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, tag) = (answer.status(), answer.headers().get("etag").cloned());
        let text = answer.text().await.unwrap();
        self.heard.push(format!("{method} {path} {body} -> {status} {tag:?} {text}"));
        text
    }

    async fn get(&mut self, path: &str) -> String {
        self.ask(Method::GET, path, None, Value::Null).await
    }

    async fn search(&mut self, body: Value) {
        self.ask(Method::POST, "/clients/search", None, body).await;
    }
}

/// Ids as numbers, in the order in which they appear.
fn numbered(heard: &[String]) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let is_id = |text: &str| uuid::Uuid::try_parse(text).is_ok() && text.len() == 36;
    heard
        .iter()
        .map(|line| {
            let (mut rest, mut out) = (line.as_str(), String::new());
            while let Some(first) = rest.chars().next() {
                match rest.get(..36).filter(|text| is_id(text)) {
                    Some(id) => {
                        let next = seen.len();
                        out += &format!("#{}", seen.entry(id.to_owned()).or_insert(next));
                        rest = &rest[36..];
                    }
                    None => {
                        out.push(first);
                        rest = &rest[first.len_utf8()..];
                    }
                }
            }
            out
        })
        .collect()
}

/// Builds a world, and asks it everything that someone who must not see the secrets can ask.
async fn world(backend: Backend, restriction: FieldRestriction, secrets: &Secrets) -> Vec<String> {
    let app = TestApp::start(backend).await;
    let tick = || app.clock.advance(chrono::TimeDelta::seconds(1));
    let owner = app.owner().await;
    tick();
    let mut fields = Vec::new();
    for (name, kind, sensitive) in [
        ("Tekst", FieldKind::ShortText, false),
        ("Znacznik", FieldKind::Checkbox, false),
        ("Ranga", FieldKind::Integer, false),
        ("Tajne", FieldKind::ShortText, true),
    ] {
        fields.push(field(&owner, name, kind, sensitive).await);
        tick();
    }
    let [text, checkbox, rank, sealed] = fields[..] else { panic!("four fields") };
    let form = app.published_form(&owner, SITE).await;
    let mut definition = form.definition.clone();
    definition.fields.push(FormField {
        key: "segment".into(),
        kind: FormFieldKind::ShortText,
        label: "Segment".into(),
        hint: None,
        required: false,
        options: vec![],
        target: Some(FieldRef::Custom(text)),
        consent: None,
        file: None,
    });
    tick();
    app.publish(&owner, form.id, &definition).await;
    let version = app.visitor().public_form(&form.public_id).await.unwrap().form_version;
    let column =
        owner.custom_fields().await.unwrap().into_iter().find(|field| field.kind == FieldKind::Consent).unwrap().id;
    let hidden = [text, checkbox, rank, sealed, column].map(FieldRef::Custom);
    let phone = FieldRef::Builtin(BuiltinField::Phone);
    let restricted = hidden.iter().chain([&phone]).map(|field| (*field, restriction)).collect();
    let role = app
        .role(&owner, "bez tajemnic", RoleDefinition { fields: restricted, ..RoleTemplate::Administrator.definition() })
        .await;
    tick();
    let jan = app.member("Jan", role).await;
    tick();
    // Entries of one moment stand in no order: those before this one are left out.
    let from = zgoda_app::Clock::now(app.clock.as_ref());
    let submit = async |name: &str| {
        tick();
        let email = format!("{}@example.com", name.to_lowercase());
        let answers =
            form.answers(&[("name", name), ("email", &email), ("newsletter", "true"), ("segment", secrets.text)]);
        let answers = zgoda_api_types::forms::Submit { form_version: version, ..answers };
        let sent = app.visitor().submit(&form.public_id, &answers, None, Some(SITE)).await.unwrap();
        SubmissionId::from_uuid(sent.id)
    };
    let mut submissions = vec![submit("Ada").await, submit("Bob").await];
    // Every secret differs from what stood there before: that something changed is the same in both worlds.
    let before = [(text, json!("wspólny")), (rank, json!(5)), (sealed, json!("wspólny"))];
    let after = [
        (text, json!(secrets.text)),
        (checkbox, json!(secrets.tick)),
        (rank, json!(secrets.rank)),
        (sealed, json!(secrets.sealed)),
    ];
    let details = |city: &str, phone: &str| ClientInput {
        name: Some("Cyd".into()),
        email: Some("cyd@example.com".into()),
        city: Some(city.into()),
        phone: Some(phone.into()),
        ..ClientInput::default()
    };
    tick();
    let body = ClientBody { details: details("Gdynia", "+48 600 000 000"), custom: BTreeMap::from(before) };
    let cyd = ClientId::from_uuid(owner.create_client(&body, None).await.unwrap().id);
    tick();
    let body = ClientBody { details: details("Sopot", secrets.phone), custom: BTreeMap::from(after) };
    owner.change_client(cyd, 1, &body).await.unwrap();
    // Someone claims to be Cyd: that waits for a decision.
    submissions.push(submit("Cyd").await);
    // Where a consent stands, behind everybody's back: each way through the ledger leaves another number of entries.
    if secrets.consent != "given" {
        let quoted = |text: &str| format!("\"{text}\"");
        let (from, to) = (quoted("given"), quoted(secrets.consent));
        let connection = app.connection();
        let custom = match backend {
            Backend::Sqlite => format!("replace(custom, '{from}', '{to}')"),
            Backend::Postgres => format!("replace(custom::text, '{from}', '{to}')::jsonb"),
        };
        for sql in [
            format!("update clients set custom = {custom}"),
            format!("update consent_states set status = '{}'", secrets.consent),
        ] {
            connection.execute_unprepared(&sql).await.unwrap();
        }
    }
    tick();
    let change = owner
        .client_history(cyd, None)
        .await
        .unwrap()
        .items
        .into_iter()
        .find(|entry| !entry.fields.is_empty())
        .unwrap()
        .id;
    tick();

    let cookie = format!("__Host-zgoda-access={}", jan.cookie("__Host-zgoda-access").unwrap());
    let mut jan = Asking { app: &app, cookie, heard: Vec::new() };
    // The list: as it is, by every order, by every condition, with the count.
    jan.search(json!({ "with_total": true })).await;
    let guesses = [
        (hidden[0], json!(ONE.text)),
        (hidden[1], json!(ONE.tick)),
        (hidden[2], json!(ONE.rank)),
        (hidden[3], json!(ONE.sealed)),
        (hidden[4], json!(ONE.consent)),
        (phone, json!("+48 600 100 200")),
    ];
    for (field, guess) in &guesses {
        for direction in ["asc", "desc"] {
            jan.search(json!({ "sort": { "field": field, "direction": direction } })).await;
        }
        for operator in Operator::ALL {
            for value in [guess, &Value::Null] {
                let filter = json!([{ "field": field, "operator": operator, "value": value }]);
                jan.search(json!({ "filter": filter, "with_total": true })).await;
            }
        }
    }
    // Cards, their histories and what was sent.
    let all = owner.search_clients(&SearchClients::default()).await.unwrap().items;
    assert_eq!(all.len(), 3);
    for row in &all {
        for path in ["", "/history", "/submissions", "/subject-data.json"] {
            jan.get(&format!("/clients/{}{path}", row.id)).await;
        }
    }
    jan.get("/submissions").await;
    for id in &submissions {
        jan.get(&format!("/submissions/{id}")).await;
    }
    // The log: pages, every entry, the file.
    let since = format!("?from={}", from.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    for query in ["", "&action=client_changed", "&action=consent_withdrawn", "&record=client"] {
        jan.get(&format!("/audit-events{since}{query}")).await;
    }
    jan.get(&format!("/audit-events.csv{since}")).await;
    let search = zgoda_client::AuditSearch { from: Some(from), ..zgoda_client::AuditSearch::default() };
    let entries = owner.search_audit_events(search, None).await.unwrap().items;
    assert!(entries.len() > 5);
    for entry in entries {
        jan.get(&format!("/audit-events/{}", entry.id)).await;
    }
    // Writing: the very value, something else, nothing; and everything that writes in another way.
    let path = format!("/clients/{cyd}");
    for (field, guess) in &guesses {
        let mut body = json!({ "details": { "name": "Cyd", "city": "Sopot" }, "custom": {} });
        match field {
            FieldRef::Custom(id) => body["custom"][id.to_string()] = guess.clone(),
            FieldRef::Builtin(field) => body["details"][field.key()] = guess.clone(),
        }
        jan.ask(Method::PUT, &path, Some(2), body).await;
    }
    let withdrawal = json!({ "purpose_id": form.purpose_id, "channel": "email" });
    for row in &all {
        jan.ask(Method::POST, &format!("/clients/{}/withdraw-consent", row.id), None, withdrawal.clone()).await;
    }
    jan.ask(Method::POST, &format!("/submissions/{}/accept", submissions[2]), None, Value::Null).await;
    jan.ask(Method::POST, &format!("{path}/history/{change}/revert"), None, Value::Null).await;
    jan.ask(Method::PUT, &path, Some(3), json!({ "details": { "name": "Cyd", "city": "Reda" } })).await;
    jan.get(&path).await;
    jan.get(&format!("{path}/history")).await;

    if restriction != FieldRestriction::Open {
        // The questions must be able to reach something: the reversal and the last change were let through.
        let card = owner.client(cyd).await.unwrap();
        assert_eq!((card.version, card.value.details.city.as_deref()), (4, Some("Reda")));
        assert_eq!(card.value.custom.get(&text), Some(&json!(secrets.text)), "what is not shown was kept");
    }
    let heard = numbered(&jan.heard);
    let db = app.ctx.db.clone();
    app.stop().await;
    db.close().await;
    heard
}

async fn the_same_is_heard_in_both(backend: Backend, restriction: FieldRestriction) {
    let (one, other) = (world(backend, restriction, &ONE).await, world(backend, restriction, &OTHER).await);
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one, other);
    }
    // The comparison can fail: whoever sees the fields hears of the difference.
    let open = world(backend, FieldRestriction::Open, &ONE).await;
    assert!(open.iter().any(|line| line.split_once("->").is_some_and(|(_, answer)| answer.contains(ONE.text))));
    assert!(!one.iter().any(|line| line.split_once("->").is_some_and(|(_, answer)| answer.contains("Xq7Z"))));
}

macro_rules! worlds {
    ($($name:ident: $backend:ident $restriction:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            the_same_is_heard_in_both(Backend::$backend, FieldRestriction::$restriction).await;
        }
    )*};
}

worlds! {
    hidden_values_make_no_difference_on_sqlite: Sqlite Hidden;
    masked_values_make_no_difference_on_sqlite: Sqlite Masked;
    hidden_values_make_no_difference_on_postgresql: Postgres Hidden;
    masked_values_make_no_difference_on_postgresql: Postgres Masked;
}
