//! Actions on many clients. Each is a background job.

use crate::{
    Api,
    extract::{Body, Needs, NeedsRecent, RepeatKey},
    openapi::AnyProblem,
    problem::Failure,
};
use actix_web::{HttpResponse, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    Created,
    clients::FilterCondition,
    jobs::{AssignMany, BulkPreview, BulkRight, DeleteMany, EditMany, PreviewBulk, SomeClients},
    problem::ProblemCode,
};
use zgoda_app::bulk;
use zgoda_domain::{
    access::{AssignClients, DeleteClients, EditClients, ExportClients, Permit, RightType, ViewClients},
    bulk::{BulkTargets, RawCondition},
};

/// Room for ten thousand ids.
pub(crate) const MANY: usize = 512 * 1024;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(preview).service(edit).service(assign).service(delete);
}

/// How many clients an action on many would be for: the count to confirm.
#[utoipa::path(operation_id = "preview_bulk_action", tag = "clients", request_body = PreviewBulk,
    responses((status = 200, description = "The count", body = BulkPreview), AnyProblem))]
#[post("/clients/bulk/preview")]
async fn preview(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewClients>,
    body: Body<PreviewBulk, MANY>,
) -> Result<HttpResponse, Failure> {
    let PreviewBulk { right, clients } = body.value;
    let refused = || Failure::from(ProblemCode::NotAllowed);
    let count = match right {
        BulkRight::Edit => count(&api, &permit.and::<EditClients>().ok_or_else(refused)?, clients).await?,
        BulkRight::Assign => count(&api, &permit.and::<AssignClients>().ok_or_else(refused)?, clients).await?,
        BulkRight::Delete => count(&api, &permit.and::<DeleteClients>().ok_or_else(refused)?, clients).await?,
        BulkRight::Export => count(&api, &permit.and::<ExportClients>().ok_or_else(refused)?, clients).await?,
    };
    Ok(HttpResponse::Ok().json(BulkPreview { count, undoable: matches!(right, BulkRight::Edit | BulkRight::Assign) }))
}

/// Change many cards by one edit. Runs as a background job, and can be undone.
#[utoipa::path(operation_id = "edit_many_clients", tag = "clients", request_body = EditMany,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 202, description = "The job", body = Created), AnyProblem))]
#[post("/clients/bulk/edit")]
async fn edit(
    api: web::Data<Api>,
    Needs(permit): Needs<EditClients>,
    repeat: RepeatKey,
    body: Body<EditMany, MANY>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let EditMany { edit, clients, confirmed } = body.value;
    let id =
        bulk::edit(&api.ctx, &permit, edit, targets(&api, &permit, clients).await?, confirmed, repeat.as_ref()).await?;
    Ok(HttpResponse::Accepted().json(Created { id: id.as_uuid() }))
}

/// Say whose many clients are. Runs as a background job, and can be undone.
#[utoipa::path(operation_id = "assign_many_clients", tag = "clients", request_body = AssignMany,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 202, description = "The job", body = Created), AnyProblem))]
#[post("/clients/bulk/assign")]
async fn assign(
    api: web::Data<Api>,
    Needs(permit): Needs<AssignClients>,
    repeat: RepeatKey,
    body: Body<AssignMany, MANY>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let AssignMany { assign, clients, confirmed } = body.value;
    let id =
        bulk::assign(&api.ctx, &permit, assign, targets(&api, &permit, clients).await?, confirmed, repeat.as_ref())
            .await?;
    Ok(HttpResponse::Accepted().json(Created { id: id.as_uuid() }))
}

/// Delete many clients for good. Runs as a background job, and cannot be undone.
#[utoipa::path(operation_id = "delete_many_clients", tag = "clients", request_body = DeleteMany,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 202, description = "The job", body = Created), AnyProblem))]
#[post("/clients/bulk/delete")]
async fn delete(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<DeleteClients>,
    repeat: RepeatKey,
    body: Body<DeleteMany, MANY>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let DeleteMany { clients, confirmed } = body.value;
    let id =
        bulk::delete(&api.ctx, &permit, targets(&api, &permit, clients).await?, confirmed, repeat.as_ref()).await?;
    Ok(HttpResponse::Accepted().json(Created { id: id.as_uuid() }))
}

async fn count<R: RightType>(api: &Api, permit: &Permit<R>, clients: SomeClients) -> Result<u64, Failure> {
    Ok(bulk::count(&api.ctx, permit, &targets(api, permit, clients).await?).await?)
}

/// The clients that a request speaks of.
pub(crate) async fn targets<R: RightType>(
    api: &Api,
    permit: &Permit<R>,
    clients: SomeClients,
) -> Result<BulkTargets, Failure> {
    match clients {
        SomeClients::Ids(ids) => Ok(bulk::in_order(ids)?),
        SomeClients::Matching(matching) => {
            let raw = |condition: FilterCondition| RawCondition {
                field: condition.field,
                operator: condition.operator,
                value: condition.value,
            };
            let filter = matching.filter.into_iter().map(raw).collect();
            Ok(bulk::matching(&api.ctx, permit, filter, matching.query.as_deref()).await?)
        }
    }
}
