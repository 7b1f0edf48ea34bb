//! Purposes and their wordings.

use crate::{
    Api,
    extract::{Body, Needs, RepeatKey},
    openapi::AnyProblem,
    problem::Failure,
    wire,
};
use actix_web::{HttpResponse, get, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    Created,
    consents::{CreatePurpose, CreateWording, Purpose},
};
use zgoda_app::consents;
use zgoda_domain::{
    access::{EditPurposes, ViewPurposes},
    consent::{NewPurpose, PurposeInput},
    id::PurposeId,
};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(create_wording);
}

/// All purposes with their wordings, newest first.
#[utoipa::path(operation_id = "list_purposes", tag = "purposes",
    responses((status = 200, description = "Purposes", body = Vec<Purpose>), AnyProblem))]
#[get("/purposes")]
async fn list(api: web::Data<Api>, Needs(permit): Needs<ViewPurposes>) -> Result<HttpResponse, Failure> {
    let (purposes, wordings) = consents::purposes(&api.ctx, &permit).await?;
    let purposes: Vec<Purpose> = purposes
        .into_iter()
        .map(|(purpose, created_at)| Purpose {
            wordings: wordings.iter().filter(|w| w.purpose_id == purpose.id).cloned().map(wire::wording).collect(),
            id: purpose.id,
            version: purpose.version,
            name: purpose.name.into_string(),
            basis: purpose.basis,
            is_marketing: purpose.is_marketing,
            channels: purpose.channels,
            validity_days: purpose.validity_days,
            parent_id: purpose.parent_id,
            double_opt_in: purpose.double_opt_in,
            retired_at: purpose.retired_at,
            created_at,
        })
        .collect();
    Ok(HttpResponse::Ok().json(purposes))
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
