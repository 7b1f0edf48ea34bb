//! What the API is compared with: the same framework, the same SQL, the same JSON, and nothing else. No session, no
//! permission, no audit, no headers, no log.

use super::store::Store;
use actix_web::{
    App, HttpResponse, HttpServer, error, get, post,
    web::{Data, Json, Path},
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::OnceCell;
use uuid::Uuid;
use zgoda_api_types::{
    clients::{ClientCard, ClientPage, ClientRow, Cursor},
    consents::{Consent, ConsentEvent, Wording},
    forms::{Submit, Submitted},
};
use zgoda_app::{Clock, Ctx, SystemClock, consents::ClientConsent};
use zgoda_domain::{
    access::{Actor, Assignment, Origin},
    audit::{Action, AuditEvent, RecordKind},
    client::{BuiltinField, ClientDetails, ClientInput, ClientKind},
    consent::{ConsentEventKind, ConsentMethod, EvidenceGrade, Purpose},
    custom_field::{CustomField, CustomValues},
    field_ref::FieldRef,
    id::{ClientId, ConsentEventId, SubmissionId},
    list::{Condition, Direction, ListQuery, Operator, Order},
};
use zgoda_persistence::{
    Db, DbError, client_list,
    clients::{self, CardContent},
    consents::{self, NewConsentEvent},
    custom_fields,
    forms::{self, VersionRecord},
    idempotency::{self, Idempotency},
    purposes,
    submissions::{self, NewSubmission, Sender, SubmissionContent},
};
use zgoda_vault::{Entropy, SystemEntropy};

struct Bare {
    connection: DatabaseConnection,
    by_name: Statement,
    by_value: Statement,
    ctx: Ctx,
    fields: Arc<[CustomField]>,
    purposes: Vec<Purpose>,
    form: OnceCell<VersionRecord>,
}

/// Serves until killed. Statements are made once: what making them costs is the product's business.
pub async fn serve(store: &Store) -> anyhow::Result<()> {
    let db = store.db().await?;
    let fields = custom_fields::live(&db.read()).await?;
    let field = |name: &str| {
        let found = fields.iter().find(|field| field.name.as_str() == name);
        found.map(|field| FieldRef::Custom(field.id)).ok_or_else(|| anyhow::anyhow!("no field {name}"))
    };
    let wrong = |_| anyhow::anyhow!("a wrong query");
    let query = |field, conditions| {
        let order = Order::parse(&fields, field, Direction::Asc).map_err(wrong)?;
        anyhow::Ok(ListQuery {
            order,
            conditions,
            search: zgoda_domain::search::Resolved::default(),
            columns: None,
            limit: 50,
        })
    };
    let ticked = Condition::parse(&fields, field("Umowa")?, Operator::Eq, &true.into())
        .map_err(|_| anyhow::anyhow!("a wrong condition"))?;
    let by_name = query(FieldRef::Builtin(BuiltinField::Name), Vec::new())?;
    let by_value = query(field("Wartość")?, vec![ticked])?;
    let vault = Arc::clone(db.vault());
    let bare = Data::new(Bare {
        connection: store.connection().await?,
        by_name: client_list::plain_page_statement(
            db.read(),
            &zgoda_domain::access::Visible::everything(),
            &by_name,
            None,
        )
        .await?,
        by_value: client_list::plain_page_statement(
            db.read(),
            &zgoda_domain::access::Visible::everything(),
            &by_value,
            None,
        )
        .await?,
        purposes: purposes::all(&db.read()).await?,
        fields: fields.into(),
        form: OnceCell::new(),
        ctx: Ctx::new(db, Arc::new(SystemClock), vault, &store.installation.origin()),
    });
    let workers = std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(1, 8));
    HttpServer::new(move || {
        let app = App::new().app_data(bare.clone()).service(health).service(page_by_name).service(page_by_value);
        app.service(card).service(submit)
    })
    .workers(workers)
    .bind(("127.0.0.1", store.installation.port))?
    .run()
    .await?;
    Ok(())
}

#[get("/health")]
async fn health() -> &'static str {
    "ok\n"
}

#[get("/by-name")]
async fn page_by_name(bare: Data<Bare>) -> actix_web::Result<HttpResponse> {
    page(&bare.connection, bare.by_name.clone()).await
}

#[get("/by-value")]
async fn page_by_value(bare: Data<Bare>) -> actix_web::Result<HttpResponse> {
    page(&bare.connection, bare.by_value.clone()).await
}

async fn page(connection: &DatabaseConnection, statement: Statement) -> actix_web::Result<HttpResponse> {
    let rows = connection.query_all_raw(statement).await.map_err(error::ErrorInternalServerError)?;
    let mut items =
        rows.iter().map(row).collect::<anyhow::Result<Vec<_>>>().map_err(error::ErrorInternalServerError)?;
    let more = items.len() > 50;
    items.truncate(50);
    let next = items.last().filter(|_| more).map(|row| Cursor(row.id.to_string()));
    Ok(HttpResponse::Ok().json(ClientPage { items, next, total: None }))
}

fn row(row: &QueryResult) -> anyhow::Result<ClientRow> {
    let text = |name| row.try_get::<String>("", name).map(|text| Some(text).filter(|text| !text.is_empty()));
    Ok(ClientRow {
        tags: Vec::new(),
        assignment: zgoda_domain::access::Assignment::default(),
        masked: Vec::new(),
        id: ClientId::from_uuid(row.try_get("", "id")?),
        kind: ClientKind::from_code(&row.try_get::<String>("", "kind")?).unwrap_or_default(),
        name: row.try_get("", "name")?,
        version: row.try_get("", "version")?,
        first_name: None,
        last_name: None,
        position: None,
        mobile_phone: None,
        website: None,
        regon: None,
        street: None,
        post_code: None,
        country: None,
        external_id: None,
        email: text("email")?,
        phone: text("phone")?,
        city: text("city")?,
        nip: text("nip")?,
        custom: serde_json::from_value(row.try_get("", "custom")?)?,
        created_at: row.try_get("", "created_at")?,
        updated_at: row.try_get("", "updated_at")?,
    })
}

/// Writes what a submission writes.
#[post("/submit")]
async fn submit(bare: Data<Bare>, body: Json<Submit>) -> actix_web::Result<HttpResponse> {
    let id = keep(&bare, body.into_inner()).await.map_err(error::ErrorInternalServerError)?;
    Ok(HttpResponse::Created().json(Submitted {
        id,
        thank_you: "Dziękujemy.".to_owned(),
        redirect_url: None,
        confirm_by_mail: false,
        receipt: None,
    }))
}

async fn keep(bare: &Bare, body: Submit) -> anyhow::Result<Uuid> {
    let version = bare.form.get_or_try_init(async || {
        let version = forms::version(&bare.ctx.db.read(), body.form_version).await?;
        version.ok_or_else(|| anyhow::anyhow!("no such form"))
    });
    let (version, now) = (version.await?, SystemClock.now());
    let (client_id, id) = (ClientId::generate(now, random()), SubmissionId::generate(now, random()));
    let text = |key: &str| body.answers.get(key).cloned();
    let input =
        ClientInput { name: text("name"), email: text("email"), note: text("message"), ..ClientInput::default() };
    let details = ClientDetails::parse(&input).map_err(|_| anyhow::anyhow!("a wrong answer"))?;
    let asked = version.definition.fields.iter().filter_map(|field| field.consent);
    let events = asked.map(|item| NewConsentEvent {
        id: ConsentEventId::generate(now, random()),
        client_id,
        purpose_id: item.purpose_id,
        channel: item.channel,
        kind: ConsentEventKind::Given,
        method: ConsentMethod::FormCheckbox,
        wording_id: Some(item.wording_id),
        form_version_id: Some(version.id),
        submission_id: Some(id),
        actor: Actor::Visitor,
        occurred_at: now,
        grade: Some(EvidenceGrade::B),
        file_id: None,
        caused_by: None,
        evidence: json!({ "ip": "127.0.0.1", "field_label": "Newsletter" }),
    });
    let events: Vec<_> = events.collect();
    let states = consents::first_states(&events, &bare.purposes)?;
    let shown = bare.fields.iter().filter_map(|field| {
        let state = field.consent.and_then(|place| states.get(&place))?;
        Some((field.id, state.status.code().into()))
    });
    let custom: CustomValues = shown.collect();
    let content = SubmissionContent { answers: body.answers, ip: Some("127.0.0.1".to_owned()), ..Default::default() };
    let email = input.email.unwrap_or_default();
    let tx = bare.ctx.db.append(Some(&email)).await?;
    anyhow::ensure!(clients::find_by_email(&tx, &email).await?.is_none(), "each visitor has an address of their own");
    let written = CardContent { details: &details, custom: &custom };
    let client = clients::insert(&tx, client_id, written, &bare.fields, Assignment::default(), now)?;
    let (form_id, form_version_id) = (version.form_id, version.id);
    let new = NewSubmission { id, form_id, form_version_id, sender: Sender::New(&client), content: &content };
    submissions::insert(&tx, new, now)?;
    consents::record_first(&tx, &client, &events, &states, &bare.purposes, now)?;
    let (action, record) = (Action::SubmissionReceived, RecordKind::Submission);
    let event = AuditEvent::new(Actor::Visitor, &Origin::default(), action, record, Some(id.as_uuid()));
    tx.commit(now, event.about(client_id)).await?;
    Ok(id.as_uuid())
}

fn random() -> [u8; 10] {
    let entropy: &dyn Entropy = &SystemEntropy;
    entropy.bytes()
}

/// The least that can be kept: one row with two index entries.
pub async fn commit_one(db: &Db) -> Result<Uuid, DbError> {
    let now = SystemClock.now();
    let id = ClientId::generate(now, random()).as_uuid();
    let row = Idempotency { scope: "bench".to_owned(), key: id.to_string(), fingerprint: vec![0; 32] };
    let tx = db.begin().await?;
    idempotency::remember(&tx, &row, id, now);
    tx.commit_unaudited("a measurement").await?;
    Ok(id)
}

#[get("/card/{id}")]
async fn card(bare: Data<Bare>, id: Path<ClientId>) -> actix_web::Result<HttpResponse> {
    let record = clients::load(&bare.ctx.db.read(), *id).await.map_err(error::ErrorInternalServerError)?;
    let record = record.ok_or_else(|| error::ErrorNotFound(""))?;
    let given = zgoda_app::consents::of_client(&bare.ctx, *id).await.map_err(error::ErrorInternalServerError)?;
    let now = SystemClock.now();
    Ok(HttpResponse::Ok().json(ClientCard {
        assignment: zgoda_domain::access::Assignment::default(),
        masked: Vec::new(),
        tags: Vec::new(),
        id: record.id,
        version: record.version,
        details: record.input,
        custom: record.custom,
        consents: given.into_iter().map(|one| consent(one, now)).collect(),
        created_at: record.created_at,
        updated_at: record.updated_at,
    }))
}

fn consent(consent: ClientConsent, now: DateTime<Utc>) -> Consent {
    Consent {
        purpose_id: consent.purpose.id,
        purpose_name: consent.purpose.name.into_string(),
        channel: consent.channel,
        status: consent.state.status_at(now),
        since: consent.state.since,
        expires_at: consent.state.expires_at,
        grade: consent.state.grade,
        events: consent
            .events
            .into_iter()
            .map(|(event, wording)| ConsentEvent {
                id: event.id,
                kind: event.kind,
                method: event.method,
                occurred_at: event.occurred_at,
                recorded_at: event.recorded_at,
                wording: wording.map(|wording| Wording {
                    id: wording.id,
                    language: wording.language,
                    channel: wording.channel,
                    version: wording.version,
                    text: wording.text.into_string(),
                    sha256: wording.sha256,
                    live_consents: None,
                    created_at: wording.created_at,
                }),
                form_version_id: event.form_version_id,
                submission_id: event.submission_id,
                recorded_by: event.recorded_by,
                grade: event.grade,
                expires_at: event.expires_at,
                file_id: event.file_id,
                caused_by: event.caused_by,
                evidence: serde_json::from_value(event.evidence).unwrap_or_default(),
            })
            .collect(),
    }
}
