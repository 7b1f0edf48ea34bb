//! The organisation's security settings.

use crate::{
    Api,
    extract::{Body, IfMatch, Needs, NeedsRecent},
    openapi::AnyProblem,
    problem::Failure,
    wire,
};
use actix_web::{HttpResponse, get, put, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_app::security;
use zgoda_domain::{access::ConfigureSecurity, security::SecuritySettings};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(show).service(change);
}

/// What the organisation demands of everyone who signs in.
#[utoipa::path(operation_id = "get_security_settings", tag = "security",
    responses((status = 200, description = "The settings; `ETag` is their version", body = SecuritySettings), AnyProblem))]
#[get("/security-settings")]
async fn show(api: web::Data<Api>, Needs(permit): Needs<ConfigureSecurity>) -> Result<HttpResponse, Failure> {
    let (version, settings) = security::settings(&api.ctx, &permit).await?;
    Ok(wire::versioned(version, &settings))
}

/// Change the settings. They act on the next request of every session; networks that would shut the caller out are
/// refused.
#[utoipa::path(operation_id = "change_security_settings", tag = "security", request_body = SecuritySettings,
    params(("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 204, description = "Changed"), AnyProblem))]
#[put("/security-settings")]
async fn change(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<ConfigureSecurity>,
    IfMatch(seen): IfMatch,
    body: Body<SecuritySettings>,
) -> Result<HttpResponse, Failure> {
    security::change(&api.ctx, &permit, seen, &body.value).await?;
    Ok(HttpResponse::NoContent().finish())
}
