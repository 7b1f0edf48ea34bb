//! What the API is compared with: the same framework, the same SQL, the same JSON, and nothing else. No session, no
//! permission, no audit, no headers, no log.

use super::store::Store;
use actix_web::{
    App, HttpResponse, HttpServer, error, get,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement};
use std::sync::Arc;
use zgoda_api_types::{
    Page,
    clients::{ClientCard, ClientRow},
    consents,
};
use zgoda_app::{Clock, Ctx, SystemClock, consents::ClientConsent};
use zgoda_domain::{
    client::{BuiltinField, ClientKind},
    field_ref::FieldRef,
    id::ClientId,
    list::{Condition, Direction, ListQuery, Operator, Order},
};
use zgoda_persistence::{client_list, clients, custom_fields};

struct Bare {
    connection: DatabaseConnection,
    by_name: Statement,
    by_value: Statement,
    ctx: Ctx,
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
        anyhow::Ok(ListQuery { order, conditions, after: None, limit: 50 })
    };
    let ticked = Condition::parse(&fields, field("Umowa")?, Operator::Eq, &true.into())
        .map_err(|_| anyhow::anyhow!("a wrong condition"))?;
    let by_name = query(FieldRef::Builtin(BuiltinField::Name), Vec::new())?;
    let by_value = query(field("Wartość")?, vec![ticked])?;
    let vault = Arc::clone(db.vault());
    let bare = Data::new(Bare {
        connection: store.connection().await?,
        by_name: client_list::page_statement(db.read(), &zgoda_domain::access::Visible::everything(), &by_name).await?,
        by_value: client_list::page_statement(db.read(), &zgoda_domain::access::Visible::everything(), &by_value)
            .await?,
        ctx: Ctx::new(db, Arc::new(SystemClock), vault, &store.installation.origin()),
    });
    let workers = std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(1, 8));
    HttpServer::new(move || {
        App::new().app_data(bare.clone()).service(health).service(page_by_name).service(page_by_value).service(card)
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
    let next = items.last().filter(|_| more).map(|row| row.id.as_uuid());
    Ok(HttpResponse::Ok().json(Page { items, next, total: None }))
}

fn row(row: &QueryResult) -> anyhow::Result<ClientRow> {
    let text = |name| row.try_get::<String>("", name).map(|text| Some(text).filter(|text| !text.is_empty()));
    Ok(ClientRow {
        assignment: zgoda_domain::access::Assignment::default(),
        masked: Vec::new(),
        id: ClientId::from_uuid(row.try_get("", "id")?),
        kind: ClientKind::from_code(&row.try_get::<String>("", "kind")?).unwrap_or_default(),
        name: row.try_get("", "name")?,
        email: text("email")?,
        phone: text("phone")?,
        city: text("city")?,
        nip: text("nip")?,
        custom: serde_json::from_value(row.try_get("", "custom")?)?,
        created_at: row.try_get("", "created_at")?,
        updated_at: row.try_get("", "updated_at")?,
    })
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
        id: record.id,
        version: record.version,
        details: record.input,
        custom: record.custom,
        consents: given.into_iter().map(|one| consent(one, now)).collect(),
        created_at: record.created_at,
        updated_at: record.updated_at,
    }))
}

fn consent(consent: ClientConsent, now: DateTime<Utc>) -> consents::Consent {
    consents::Consent {
        purpose_id: consent.purpose.id,
        purpose_name: consent.purpose.name.into_string(),
        channel: consent.channel,
        status: consent.state.status_at(now),
        since: consent.state.since,
        expires_at: consent.state.expires_at,
        events: consent
            .events
            .into_iter()
            .map(|(event, wording)| consents::ConsentEvent {
                id: event.id,
                kind: event.kind,
                method: event.method,
                occurred_at: event.occurred_at,
                recorded_at: event.recorded_at,
                wording: wording.map(|wording| consents::Wording {
                    id: wording.id,
                    language: wording.language,
                    version: wording.version,
                    text: wording.text.into_string(),
                    sha256: wording.sha256,
                    created_at: wording.created_at,
                }),
                form_version_id: event.form_version_id,
                submission_id: event.submission_id,
                recorded_by: event.recorded_by,
                evidence: serde_json::from_value(event.evidence).unwrap_or_default(),
            })
            .collect(),
    }
}
