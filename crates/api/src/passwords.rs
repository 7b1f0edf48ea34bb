//! Changing one's password, and replacing a forgotten one.

use crate::{
    Api,
    extract::{Body, From, Needs},
    openapi::AnyProblem,
    problem::Failure,
    request_origin,
};
use actix_web::{HttpResponse, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    accounts::{ChangePassword, RequestPasswordReset, ResetPassword},
    problem::ProblemCode,
};
use zgoda_app::passwords;
use zgoda_domain::{Invalids, access::UseOwnAccount, email::EmailAddress};
use zgoda_vault::SecretToken;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(change).service(request_reset).service(reset);
}

/// Change one's own password. The account's other sessions end.
#[utoipa::path(operation_id = "change_password", tag = "accounts", request_body = ChangePassword,
    responses((status = 204, description = "Changed"), AnyProblem))]
#[post("/password")]
async fn change(
    api: web::Data<Api>,
    Needs(permit): Needs<UseOwnAccount>,
    body: Body<ChangePassword>,
) -> Result<HttpResponse, Failure> {
    if !api.limits.allows_password_check(permit.actor().account()) {
        return Err(ProblemCode::TooManyRequests.into());
    }
    let ChangePassword { current, password } = body.value;
    passwords::change(&api.ctx, &permit, &current, &password).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ask for a link to choose a new password; it goes to the address if an account has it. The answer is the same for
/// every address.
#[utoipa::path(operation_id = "request_password_reset", tag = "accounts", request_body = RequestPasswordReset,
    responses((status = 202, description = "Taken note of"), AnyProblem))]
#[post("/password-reset")]
async fn request_reset(
    api: web::Data<Api>,
    From(origin): From,
    body: Body<RequestPasswordReset>,
) -> Result<HttpResponse, Failure> {
    let email = EmailAddress::parse(&body.value.email).map_err(|rule| Invalids::one("/email", rule))?;
    if !api.limits.allows_reset(&email.normalised(), &request_origin::network_of(&origin)) {
        return Err(ProblemCode::TooManyRequests.into());
    }
    passwords::request_reset(&api.ctx, &email, &origin).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Choose a new password with the token of a link, once. All sessions of the account end; nobody is signed in.
#[utoipa::path(operation_id = "reset_password", tag = "accounts", request_body = ResetPassword,
    responses((status = 204, description = "The new password works"), AnyProblem))]
#[post("/password-reset/confirm")]
async fn reset(api: web::Data<Api>, From(origin): From, body: Body<ResetPassword>) -> Result<HttpResponse, Failure> {
    if !api.limits.allows_link(&request_origin::network_of(&origin)) {
        return Err(ProblemCode::TooManyRequests.into());
    }
    let ResetPassword { token, password } = body.value;
    passwords::reset(&api.ctx, &SecretToken::presented(&token), &password, &origin).await?;
    Ok(HttpResponse::NoContent().finish())
}
