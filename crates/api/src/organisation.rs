//! Whose product this is.

use crate::{
    Api,
    extract::{Body, IfMatch, Needs, NeedsRecent},
    openapi::AnyProblem,
    problem::Failure,
    wire,
};
use actix_web::{HttpResponse, get, put, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_app::organisation;
use zgoda_domain::{
    access::{ConfigureSecurity, UseOwnAccount},
    organisation::OrganisationInput,
};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(show).service(change);
}

/// The organisation: the controller of the data, as mails, receipts and forms name it. All texts are empty, and the
/// version is 0, until it was filled in.
#[utoipa::path(operation_id = "get_organisation", tag = "organisation",
    responses((status = 200, description = "The organisation; `ETag` is its version", body = OrganisationInput), AnyProblem))]
#[get("/organisation")]
async fn show(api: web::Data<Api>, Needs(permit): Needs<UseOwnAccount>) -> Result<HttpResponse, Failure> {
    let (version, organisation) = organisation::show(&api.ctx, &permit).await?;
    Ok(wire::versioned(version, &organisation))
}

/// Fill in or change the organisation. What was written to people before stays as it was.
#[utoipa::path(operation_id = "change_organisation", tag = "organisation", request_body = OrganisationInput,
    params(("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 204, description = "Changed"), AnyProblem))]
#[put("/organisation")]
async fn change(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<ConfigureSecurity>,
    IfMatch(seen): IfMatch,
    body: Body<OrganisationInput>,
) -> Result<HttpResponse, Failure> {
    organisation::change(&api.ctx, &permit, seen, &body.value).await?;
    Ok(HttpResponse::NoContent().finish())
}
