//! Unlocking a session with a passkey.

use crate::{
    Api,
    extract::{AnySession, Body, Locked},
    openapi::AnyProblem,
    problem::Failure,
    request_origin,
};
use actix_web::{HttpResponse, get, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    accounts::UnlockWays,
    problem::ProblemCode,
    second_factors::{PasskeyAnswer, PasskeyQuestion},
};
use zgoda_app::{locks, sessions::LockedSession};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(ways).service(ask).service(answer);
}

/// Questions and answers count as those of second factors do.
fn slow_down(api: &Api, session: &LockedSession) -> Result<(), Failure> {
    if api.limits.allows_code(&request_origin::network_of(&session.origin)) {
        Ok(())
    } else {
        Err(ProblemCode::TooManyRequests.into())
    }
}

/// What unlocks the session besides the password.
#[utoipa::path(operation_id = "get_unlock_ways", tag = "accounts",
    responses((status = 200, description = "Ways; the password always is one", body = UnlockWays), AnyProblem))]
#[get("/session/unlock")]
async fn ways(api: web::Data<Api>, AnySession(session): AnySession) -> Result<HttpResponse, Failure> {
    let passkey = locks::takes_passkey(&api.ctx, session.account_id).await?;
    Ok(HttpResponse::Ok().json(UnlockWays { passkey }))
}

/// What the browser is to be asked to unlock the session with a passkey. Only of a locked one.
#[utoipa::path(operation_id = "ask_unlock_passkey", tag = "accounts",
    responses((status = 200, description = "The question, for one answer in this session", body = PasskeyQuestion), AnyProblem))]
#[post("/session/unlock/passkey")]
async fn ask(api: web::Data<Api>, Locked(session): Locked) -> Result<HttpResponse, Failure> {
    let session = session.ok_or(ProblemCode::WrongState)?;
    slow_down(&api, &session)?;
    let options = locks::ask_passkey(&api.ctx, &session).await?;
    Ok(HttpResponse::Ok().json(PasskeyQuestion { attempt: None, options }))
}

/// Unlock the session with a passkey. Does nothing when it is not locked.
#[utoipa::path(operation_id = "unlock_with_passkey", tag = "accounts", request_body = PasskeyAnswer,
    responses((status = 204, description = "Unlocked"), AnyProblem))]
#[post("/session/unlock/passkey/answer")]
async fn answer(
    api: web::Data<Api>,
    Locked(session): Locked,
    body: Body<PasskeyAnswer>,
) -> Result<HttpResponse, Failure> {
    if let Some(session) = session {
        slow_down(&api, &session)?;
        locks::with_passkey(&api.ctx, &session, body.value.credential).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}
