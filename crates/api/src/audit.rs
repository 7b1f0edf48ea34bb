//! System activities.

use crate::{
    Api,
    extract::Needs,
    openapi::AnyProblem,
    problem::Failure,
    wire::{self, PageQuery},
};
use actix_web::{HttpResponse, get, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{Page, audit::AuditEntry};
use zgoda_domain::{access::ViewAudit, id::AuditEventId};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list);
}

/// System activities, newest first.
#[utoipa::path(operation_id = "list_audit_events", tag = "audit", params(PageQuery),
    responses((status = 200, description = "A page", body = Page<AuditEntry>), AnyProblem))]
#[get("/audit-events")]
async fn list(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewAudit>,
    page: web::Query<PageQuery>,
) -> Result<HttpResponse, Failure> {
    let after = page.after.map(AuditEventId::from_uuid);
    let (rows, next) = zgoda_app::audit::page(&api.ctx, &permit, after, wire::limit(page.limit)?).await?;
    let items: Vec<AuditEntry> = rows.into_iter().map(wire::audit_entry).collect();
    Ok(HttpResponse::Ok().json(Page { items, next: next.map(AuditEventId::as_uuid), total: None }))
}
