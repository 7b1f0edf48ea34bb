//! Cards that look like one person's, merging and undoing it.

use crate::{
    Api,
    extract::{Body, IfMatch, Needs},
    openapi::AnyProblem,
    problem::Failure,
    wire::{self, PageQuery},
};
use actix_web::{HttpResponse, delete, get, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    Page,
    duplicates::{ClientsMerged, DuplicateCard, DuplicatePair, MergeClients, MergeUndone, MergedCard, StricterConsent},
};
use zgoda_app::{custom_fields, duplicates, merges};
use zgoda_domain::{
    access::{DeleteClients, ViewClients},
    id::{ClientId, DuplicateId, MergeId},
};
use zgoda_persistence::clients::ClientRecord;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(dismiss).service(restore).service(merge).service(merged).service(undo);
}

/// Pairs of cards that look like one person's, the surest first. They are found in the background.
#[utoipa::path(operation_id = "list_duplicates", tag = "clients", params(PageQuery),
    responses((status = 200, description = "A page; what the caller may not see is left out, so it may be short", body = Page<DuplicatePair>), AnyProblem))]
#[get("/duplicates")]
async fn list(
    api: web::Data<Api>,
    Needs(permit): Needs<DeleteClients>,
    page: web::Query<PageQuery>,
) -> Result<HttpResponse, Failure> {
    let fields = custom_fields::live(&api.ctx).await?;
    let after = page.after.map(DuplicateId::from_uuid);
    let (found, next) = duplicates::page(&api.ctx, &permit, &fields, after, wire::limit(page.limit)?).await?;
    let mut items = Vec::with_capacity(found.len());
    for proposal in found {
        items.push(DuplicatePair {
            id: proposal.pair.id,
            reasons: proposal.pair.reasons,
            score: proposal.pair.score,
            first: card(proposal.first),
            second: card(proposal.second),
        });
    }
    Ok(HttpResponse::Ok().json(Page { items, next: next.map(DuplicateId::as_uuid), total: None }))
}

fn card(record: ClientRecord) -> DuplicateCard {
    let input = record.input;
    DuplicateCard {
        id: record.id,
        kind: input.kind,
        // Stored cards have one.
        name: input.name.unwrap_or_default(),
        email: input.email,
        phone: input.phone.or(input.mobile_phone),
        city: input.city,
        nip: input.nip,
        created_at: record.created_at,
        updated_at: record.updated_at,
    }
}

/// Say that two cards are of two persons. Remembered.
#[utoipa::path(operation_id = "dismiss_duplicate", tag = "clients", params(("id" = DuplicateId, Path, description = "The pair")),
    responses((status = 204, description = "Remembered"), AnyProblem))]
#[post("/duplicates/{id}/dismiss")]
async fn dismiss(
    api: web::Data<Api>,
    Needs(permit): Needs<DeleteClients>,
    id: web::Path<DuplicateId>,
) -> Result<HttpResponse, Failure> {
    duplicates::dismiss(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take back that two cards are of two persons.
#[utoipa::path(operation_id = "restore_duplicate", tag = "clients", params(("id" = DuplicateId, Path, description = "The pair")),
    responses((status = 204, description = "It is proposed again"), AnyProblem))]
#[delete("/duplicates/{id}/dismiss")]
async fn restore(
    api: web::Data<Api>,
    Needs(permit): Needs<DeleteClients>,
    id: web::Path<DuplicateId>,
) -> Result<HttpResponse, Failure> {
    duplicates::restore(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Merge another card into this one. Needs the rights to delete and to change both. Consents: the stricter one stands.
#[utoipa::path(operation_id = "merge_clients", tag = "clients", request_body = MergeClients,
    params(("id" = ClientId, Path, description = "The card that is kept"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 200, description = "Merged; can be undone for 30 days", body = ClientsMerged), AnyProblem))]
#[post("/clients/{id}/merge")]
async fn merge(
    api: web::Data<Api>,
    Needs(permit): Needs<DeleteClients>,
    id: web::Path<ClientId>,
    IfMatch(seen): IfMatch,
    body: Body<MergeClients>,
) -> Result<HttpResponse, Failure> {
    let MergeClients { other_id: other, other_version: other_seen, details, custom } = body.value;
    let request = merges::Request { other, other_seen, input: &details, custom: &custom };
    let done = merges::merge(&api.ctx, &permit, *id, seen, request).await?;
    let stricter = done.stricter.into_iter();
    Ok(HttpResponse::Ok().json(ClientsMerged {
        merge_id: done.id,
        version: done.version,
        stricter: stricter.map(|(purpose_id, channel)| StricterConsent { purpose_id, channel }).collect(),
    }))
}

/// The cards that were merged into this one, newest first.
#[utoipa::path(operation_id = "list_client_merges", tag = "clients", params(("id" = ClientId, Path, description = "The client")),
    responses((status = 200, description = "Merged cards", body = Vec<MergedCard>), AnyProblem))]
#[get("/clients/{id}/merges")]
async fn merged(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewClients>,
    id: web::Path<ClientId>,
) -> Result<HttpResponse, Failure> {
    let cards = merges::into_client(&api.ctx, &permit, *id).await?.into_iter().map(|card| MergedCard {
        merge_id: card.id,
        name: card.name,
        merged_at: card.merged_at,
        undo_until: card.undo_until,
        undone_at: card.undone_at,
        can_undo: card.can_undo,
    });
    Ok(HttpResponse::Ok().json(cards.collect::<Vec<_>>()))
}

/// Undo a merge, if the kept card was not changed since; 30 days long.
#[utoipa::path(operation_id = "undo_merge", tag = "clients", params(("id" = MergeId, Path, description = "The merge")),
    responses((status = 200, description = "Both cards are as they were", body = MergeUndone), AnyProblem))]
#[post("/merges/{id}/undo")]
async fn undo(
    api: web::Data<Api>,
    Needs(permit): Needs<DeleteClients>,
    id: web::Path<MergeId>,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(MergeUndone { client_id: merges::undo(&api.ctx, &permit, *id).await? }))
}
