//! Purposes and their wordings.

use crate::{
    Api,
    extract::{Body, IfMatch, Needs, RepeatKey},
    openapi::AnyProblem,
    problem::Failure,
    wire,
};
use actix_web::{HttpResponse, get, post, put, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    Created,
    consents::{ChangePurpose, CreatePurpose, CreateWording, Purpose, TextSegment, WordingComparison},
};
use zgoda_app::{consents, purposes};
use zgoda_domain::{
    access::{EditPurposes, ViewPurposes},
    consent::{NewPurpose, PurposeInput},
    id::{PurposeId, WordingId},
};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(change)
        .service(retire)
        .service(restore)
        .service(compare)
        .service(create_wording);
}

/// All purposes with their wordings, newest first, and what rests on each.
#[utoipa::path(operation_id = "list_purposes", tag = "purposes",
    responses((status = 200, description = "Purposes", body = Vec<Purpose>), AnyProblem))]
#[get("/purposes")]
async fn list(api: web::Data<Api>, Needs(permit): Needs<ViewPurposes>) -> Result<HttpResponse, Failure> {
    let purposes = purposes::all(&api.ctx, &permit).await?;
    Ok(HttpResponse::Ok().json(purposes.into_iter().map(wire::purpose).collect::<Vec<_>>()))
}

/// Make a purpose, and a consent column of the client list for each of its channels.
#[utoipa::path(operation_id = "create_purpose", tag = "purposes", request_body = CreatePurpose,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 201, description = "The purpose was made", body = Created), AnyProblem))]
#[post("/purposes")]
async fn create(
    api: web::Data<Api>,
    Needs(permit): Needs<EditPurposes>,
    repeat: RepeatKey,
    body: Body<CreatePurpose>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let CreatePurpose { name, basis, is_marketing, channels, validity_days, parent_id, double_opt_in } = &body.value;
    let new = NewPurpose::parse(PurposeInput {
        name,
        basis: *basis,
        is_marketing: *is_marketing,
        channels,
        validity_days: *validity_days,
        parent_id: *parent_id,
        double_opt_in: *double_opt_in,
    })?;
    let id = consents::create_purpose(&api.ctx, &permit, new, repeat.as_ref()).await?;
    Ok(HttpResponse::Created().json(Created { id: id.as_uuid() }))
}

/// Change a purpose. Consents given before stay as they are, and expire when they would have.
#[utoipa::path(operation_id = "change_purpose", tag = "purposes", request_body = ChangePurpose,
    params(("id" = PurposeId, Path, description = "The purpose"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 200, description = "The changed purpose", body = Purpose), AnyProblem))]
#[put("/purposes/{id}")]
async fn change(
    api: web::Data<Api>,
    Needs(permit): Needs<EditPurposes>,
    id: web::Path<PurposeId>,
    IfMatch(seen): IfMatch,
    body: Body<ChangePurpose>,
) -> Result<HttpResponse, Failure> {
    let ChangePurpose { name, basis, is_marketing, channels, validity_days, parent_id, double_opt_in } = &body.value;
    let new = NewPurpose::parse(PurposeInput {
        name,
        basis: *basis,
        is_marketing: *is_marketing,
        channels,
        validity_days: *validity_days,
        parent_id: *parent_id,
        double_opt_in: *double_opt_in,
    })?;
    let purpose = wire::purpose(purposes::change(&api.ctx, &permit, *id, seen, new).await?);
    Ok(wire::versioned(purpose.version, &purpose))
}

/// Ask for a purpose no more. Consents stand; the answer names the open forms that still ask for it.
#[utoipa::path(operation_id = "retire_purpose", tag = "purposes", params(("id" = PurposeId, Path, description = "The purpose")),
    responses((status = 200, description = "The retired purpose", body = Purpose), AnyProblem))]
#[post("/purposes/{id}/retire")]
async fn retire(
    api: web::Data<Api>,
    Needs(permit): Needs<EditPurposes>,
    id: web::Path<PurposeId>,
) -> Result<HttpResponse, Failure> {
    let purpose = wire::purpose(purposes::retire(&api.ctx, &permit, *id).await?);
    Ok(wire::versioned(purpose.version, &purpose))
}

/// Let a retired purpose be asked for again.
#[utoipa::path(operation_id = "restore_purpose", tag = "purposes", params(("id" = PurposeId, Path, description = "The purpose")),
    responses((status = 200, description = "The restored purpose", body = Purpose), AnyProblem))]
#[post("/purposes/{id}/restore")]
async fn restore(
    api: web::Data<Api>,
    Needs(permit): Needs<EditPurposes>,
    id: web::Path<PurposeId>,
) -> Result<HttpResponse, Failure> {
    let purpose = wire::purpose(purposes::restore(&api.ctx, &permit, *id).await?);
    Ok(wire::versioned(purpose.version, &purpose))
}

/// The wordings to compare.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Compared {
    from: WordingId,
    to: WordingId,
}

/// What differs between two wordings of a purpose, word by word.
#[utoipa::path(operation_id = "compare_wordings", tag = "purposes", params(("id" = PurposeId, Path, description = "The purpose"), Compared),
    responses((status = 200, description = "Both wordings and the segments of their texts", body = WordingComparison), AnyProblem))]
#[get("/purposes/{id}/wordings/compare")]
async fn compare(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewPurposes>,
    id: web::Path<PurposeId>,
    query: web::Query<Compared>,
) -> Result<HttpResponse, Failure> {
    let (from, to, segments) = purposes::compare(&api.ctx, &permit, *id, query.from, query.to).await?;
    Ok(HttpResponse::Ok().json(WordingComparison {
        from: wire::wording(from),
        to: wire::wording(to),
        segments: segments.into_iter().map(|it| TextSegment { kind: it.kind, text: it.text }).collect(),
    }))
}

/// Add the next version of a purpose's text. Wordings are never changed.
#[utoipa::path(operation_id = "create_wording", tag = "purposes", request_body = CreateWording,
    params(("id" = PurposeId, Path, description = "The purpose"), ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 201, description = "The wording was added", body = Created), AnyProblem))]
#[post("/purposes/{id}/wordings")]
async fn create_wording(
    api: web::Data<Api>,
    Needs(permit): Needs<EditPurposes>,
    id: web::Path<PurposeId>,
    repeat: RepeatKey,
    body: Body<CreateWording>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let CreateWording { language, channel, text } = &body.value;
    let id = consents::create_wording(&api.ctx, &permit, *id, *language, *channel, text, repeat.as_ref()).await?;
    Ok(HttpResponse::Created().json(Created { id: id.as_uuid() }))
}
