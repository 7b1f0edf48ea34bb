//! System activities.

use crate::{
    Api,
    extract::{Needs, NeedsRecent},
    openapi::AnyProblem,
    problem::Failure,
    wire,
};
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    Page,
    audit::{AuditDetail, AuditEntry, FieldChange},
};
use zgoda_domain::{
    access::{EditClients, ExportAudit, ViewAudit},
    audit::{Action, RecordKind},
    id::{AccountId, AuditEventId, ClientId},
};
use zgoda_persistence::audit::AuditFilter;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(csv).service(list).service(open).service(revert);
}

/// Ids, kinds and moments: nothing personal, so it may stand in an address.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Only about this client.
    client: Option<ClientId>,
    /// Only by this account.
    actor: Option<AccountId>,
    action: Option<Action>,
    /// Only about records of this kind.
    record: Option<RecordKind>,
    /// Not before this moment.
    from: Option<DateTime<Utc>>,
    /// Before this moment.
    until: Option<DateTime<Utc>>,
    /// `next` of the page before.
    after: Option<uuid::Uuid>,
    /// 1 to 200; 50 when absent.
    limit: Option<u64>,
}

impl AuditQuery {
    const fn filter(&self) -> AuditFilter {
        let Self { client, actor, action, record, from, until, .. } = *self;
        AuditFilter { client, actor, action, record, from, until, or_actions: &[] }
    }
}

/// System activities, newest first.
#[utoipa::path(operation_id = "list_audit_events", tag = "audit", params(AuditQuery),
    responses((status = 200, description = "A page", body = Page<AuditEntry>), AnyProblem))]
#[get("/audit-events")]
async fn list(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewAudit>,
    query: web::Query<AuditQuery>,
) -> Result<HttpResponse, Failure> {
    let after = query.after.map(AuditEventId::from_uuid);
    let limit = wire::limit(query.limit)?;
    let (rows, next) = zgoda_app::audit::page(&api.ctx, &permit, query.filter(), after, limit).await?;
    let items: Vec<AuditEntry> = rows.into_iter().map(wire::audit_entry).collect();
    Ok(HttpResponse::Ok().json(Page { items, next: next.map(AuditEventId::as_uuid), total: None }))
}

/// System activities as comma-separated values, 100,000 at most. Recorded.
#[utoipa::path(operation_id = "export_audit_events", tag = "audit", params(AuditQuery),
    responses((status = 200, description = "A file (RFC 4180)", content_type = "text/csv"), AnyProblem))]
#[get("/audit-events.csv")]
async fn csv(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<ExportAudit>,
    query: web::Query<AuditQuery>,
) -> Result<HttpResponse, Failure> {
    let bytes = zgoda_app::audit::csv(&api.ctx, &permit, query.filter()).await?;
    Ok(wire::file("aktywnosci-systemowe.csv", "text/csv; charset=utf-8", bytes))
}

/// One system activity with the values before and after, as far as the caller may see them.
#[utoipa::path(operation_id = "get_audit_event", tag = "audit", params(("id" = AuditEventId, Path, description = "The activity")),
    responses((status = 200, description = "The activity", body = AuditDetail), AnyProblem))]
#[get("/audit-events/{id}")]
async fn open(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewAudit>,
    id: web::Path<AuditEventId>,
) -> Result<HttpResponse, Failure> {
    let (row, changes) = zgoda_app::audit::open(&api.ctx, &permit, *id).await?;
    let changes = changes.into_iter().map(|change| FieldChange {
        field: change.field,
        before: change.before,
        after: change.after,
    });
    Ok(HttpResponse::Ok().json(AuditDetail { entry: wire::audit_entry(row), changes: changes.collect() }))
}

/// Take a change of a card back, if none of its fields was changed since.
#[utoipa::path(operation_id = "revert_change", tag = "clients",
    params(("id" = ClientId, Path, description = "The client"), ("event" = AuditEventId, Path, description = "The change")),
    responses((status = 204, description = "Taken back"), AnyProblem))]
#[post("/clients/{id}/history/{event}/revert")]
async fn revert(
    api: web::Data<Api>,
    Needs(permit): Needs<EditClients>,
    path: web::Path<(ClientId, AuditEventId)>,
) -> Result<HttpResponse, Failure> {
    let (id, event) = path.into_inner();
    zgoda_app::audit::revert(&api.ctx, &permit, id, event).await?;
    Ok(HttpResponse::NoContent().finish())
}
