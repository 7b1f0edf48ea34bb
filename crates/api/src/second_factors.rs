//! Two-step login.

use crate::{
    Api,
    accounts::{Presented, device_cookie, go_on, welcome},
    extract::{Body, From, Needs, NeedsRecent},
    openapi::AnyProblem,
    problem::Failure,
    request_origin,
};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use qrcode::{QrCode, render::svg};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    accounts::Me,
    problem::ProblemCode,
    second_factors::{
        AddFactor, Attempt, CompleteSignIn, Factor, FactorOffer, FactorProof, NewFactor, PasskeyQuestion,
        PasskeySignIn, RecoveryCodes, SecondFactors, SendSignInCode, SendStepUpCode, TrustedDevice,
    },
};
use zgoda_app::{
    second_factors::{self, Offer, Proof},
    signing_in,
};
use zgoda_domain::{
    access::{Origin, UseOwnAccount},
    account::Password,
    id::{FactorId, TrustedDeviceId},
    second_factor::TypedCode,
};
use zgoda_vault::SecretToken;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(send_sign_in_code)
        .service(ask_sign_in_passkey)
        .service(complete_sign_in)
        .service(ask_passkey)
        .service(sign_in_with_passkey)
        .service(step_up_offers)
        .service(send_step_up_code)
        .service(ask_step_up_passkey)
        .service(step_up)
        .service(overview)
        .service(add)
        .service(confirm)
        .service(remove)
        .service(new_recovery_codes)
        .service(forget_device);
}

fn proof(proof: FactorProof) -> Proof {
    match proof {
        FactorProof::Code { kind, code } => Proof::Code(kind, TypedCode::new(&code)),
        FactorProof::Passkey { credential } => Proof::Passkey(credential),
        FactorProof::Password { password } => Proof::Password(Password::typed(&password)),
    }
}

pub(crate) fn offers(offers: Vec<Offer>) -> Vec<FactorOffer> {
    offers.into_iter().map(|offer| FactorOffer { kind: offer.kind, hint: offer.hint }).collect()
}

/// Attempts are counted by the network they come from too: a token costs a password, but not everybody's is good.
fn slow_down(api: &Api, origin: &Origin) -> Result<(), Failure> {
    if api.limits.allows_code(&request_origin::network_of(origin)) {
        Ok(())
    } else {
        Err(ProblemCode::TooManyRequests.into())
    }
}

/// Send a code for the second half of a sign-in.
#[utoipa::path(operation_id = "send_sign_in_code", tag = "accounts", request_body = SendSignInCode,
    responses((status = 204, description = "Sent; the former code works no longer"), AnyProblem))]
#[post("/session/second-factor/code")]
async fn send_sign_in_code(
    api: web::Data<Api>,
    From(origin): From,
    body: Body<SendSignInCode>,
) -> Result<HttpResponse, Failure> {
    slow_down(&api, &origin)?;
    let SendSignInCode { attempt, kind } = body.value;
    signing_in::send_code(&api.ctx, &SecretToken::presented(&attempt), kind, &origin).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What the browser is to be asked for the second half of a sign-in with a passkey.
#[utoipa::path(operation_id = "ask_sign_in_passkey", tag = "accounts", request_body = Attempt,
    responses((status = 200, description = "The question", body = PasskeyQuestion), AnyProblem))]
#[post("/session/second-factor/passkey")]
async fn ask_sign_in_passkey(
    api: web::Data<Api>,
    From(origin): From,
    body: Body<Attempt>,
) -> Result<HttpResponse, Failure> {
    slow_down(&api, &origin)?;
    let token = SecretToken::presented(&body.value.attempt);
    let options = signing_in::ask_passkey(&api.ctx, &token, &origin).await?;
    Ok(HttpResponse::Ok().json(PasskeyQuestion { attempt: Some(body.value.attempt), options }))
}

/// Complete a sign-in with a second factor.
#[utoipa::path(operation_id = "complete_sign_in", tag = "accounts", request_body = CompleteSignIn,
    responses((status = 200, description = "Signed in; the session is in cookies", body = Me), AnyProblem))]
#[post("/session/second-factor")]
async fn complete_sign_in(
    api: web::Data<Api>,
    request: HttpRequest,
    From(origin): From,
    body: Body<CompleteSignIn>,
) -> Result<HttpResponse, Failure> {
    slow_down(&api, &origin)?;
    let CompleteSignIn { attempt, proof: shown, remember_device } = body.value;
    let token = SecretToken::presented(&attempt);
    let presented = Presented::by(&request);
    let (signed_in, device) =
        signing_in::complete(&api.ctx, &token, proof(shown), remember_device, presented.browser(), &origin).await?;
    let mut response = HttpResponse::Ok();
    if let Some(device) = device {
        response.cookie(device_cookie(&device));
    }
    welcome(&api, response, signed_in, origin).await
}

/// Begin to sign in with a passkey alone.
#[utoipa::path(operation_id = "ask_passkey", tag = "accounts",
    responses((status = 200, description = "The question, and the attempt it belongs to", body = PasskeyQuestion), AnyProblem))]
#[post("/session/passkey")]
async fn ask_passkey(api: web::Data<Api>, From(origin): From) -> Result<HttpResponse, Failure> {
    slow_down(&api, &origin)?;
    let (attempt, options) = signing_in::ask_passkey_alone(&api.ctx).await?;
    Ok(HttpResponse::Ok().json(PasskeyQuestion { attempt: Some(attempt.reveal().to_owned()), options }))
}

/// Sign in with a passkey alone.
#[utoipa::path(operation_id = "sign_in_with_passkey", tag = "accounts", request_body = PasskeySignIn,
    responses((status = 200, description = "Signed in; the session is in cookies", body = Me), AnyProblem))]
#[post("/session/passkey/answer")]
async fn sign_in_with_passkey(
    api: web::Data<Api>,
    request: HttpRequest,
    From(origin): From,
    body: Body<PasskeySignIn>,
) -> Result<HttpResponse, Failure> {
    slow_down(&api, &origin)?;
    let PasskeySignIn { attempt, credential } = body.value;
    let (token, presented) = (SecretToken::presented(&attempt), Presented::by(&request));
    let signed_in = signing_in::with_passkey(&api.ctx, &token, credential, presented.browser(), &origin).await?;
    welcome(&api, HttpResponse::Ok(), signed_in, origin).await
}

/// What the caller can show to prove themselves again; nothing means the password.
#[utoipa::path(operation_id = "list_step_up_offers", tag = "accounts",
    responses((status = 200, description = "Factors, the strongest first", body = Vec<FactorOffer>), AnyProblem))]
#[get("/session/step-up")]
async fn step_up_offers(api: web::Data<Api>, Needs(permit): Needs<UseOwnAccount>) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(offers(second_factors::step_up_offers(&api.ctx, &permit).await?)))
}

/// Send a code to prove oneself again.
#[utoipa::path(operation_id = "send_step_up_code", tag = "accounts", request_body = SendStepUpCode,
    responses((status = 204, description = "Sent; the former code works no longer"), AnyProblem))]
#[post("/session/step-up/code")]
async fn send_step_up_code(
    api: web::Data<Api>,
    Needs(permit): Needs<UseOwnAccount>,
    body: Body<SendStepUpCode>,
) -> Result<HttpResponse, Failure> {
    slow_down(&api, permit.origin())?;
    second_factors::send_step_up(&api.ctx, &permit, body.value.kind).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What the browser is to be asked to prove oneself again with a passkey.
#[utoipa::path(operation_id = "ask_step_up_passkey", tag = "accounts",
    responses((status = 200, description = "The question", body = PasskeyQuestion), AnyProblem))]
#[post("/session/step-up/passkey")]
async fn ask_step_up_passkey(
    api: web::Data<Api>,
    Needs(permit): Needs<UseOwnAccount>,
) -> Result<HttpResponse, Failure> {
    slow_down(&api, permit.origin())?;
    let options = second_factors::ask_step_up(&api.ctx, &permit).await?;
    Ok(HttpResponse::Ok().json(PasskeyQuestion { attempt: None, options }))
}

/// Prove oneself again: what cannot be undone asks for a proof of the last five minutes.
#[utoipa::path(operation_id = "step_up", tag = "accounts", request_body = FactorProof,
    responses((status = 204, description = "Proved; the session goes on with new tokens"), AnyProblem))]
#[post("/session/step-up")]
async fn step_up(
    api: web::Data<Api>,
    Needs(permit): Needs<UseOwnAccount>,
    body: Body<FactorProof>,
) -> Result<HttpResponse, Failure> {
    slow_down(&api, permit.origin())?;
    let signed_in = second_factors::step_up(&api.ctx, &permit, proof(body.value)).await?;
    Ok(go_on(&api, &signed_in))
}

/// The caller's second factors, recovery codes left, and devices that are not asked.
#[utoipa::path(operation_id = "get_second_factors", tag = "accounts",
    responses((status = 200, description = "Factors", body = SecondFactors), AnyProblem))]
#[get("/second-factors")]
async fn overview(api: web::Data<Api>, Needs(permit): Needs<UseOwnAccount>) -> Result<HttpResponse, Failure> {
    let found = second_factors::overview(&api.ctx, &permit).await?;
    let factors = found.factors.into_iter().map(|factor| Factor {
        id: factor.id,
        kind: factor.kind,
        label: factor.label,
        created_at: factor.created_at,
        last_used_at: factor.last_used_at,
    });
    let devices = found.devices.into_iter().map(|device| TrustedDevice {
        id: device.id,
        user_agent: device.user_agent,
        created_at: device.created_at,
        last_used_at: device.last_used_at,
        expires_at: device.expires_at,
    });
    Ok(HttpResponse::Ok().json(SecondFactors {
        factors: factors.collect(),
        recovery_codes_left: found.recovery_codes_left,
        devices: devices.collect(),
        can_email: found.can_email,
        can_sms: found.can_sms,
        can_passkey: found.can_passkey,
        required: found.required,
    }))
}

/// Begin to set a factor up; it is asked for once it is confirmed.
#[utoipa::path(operation_id = "add_second_factor", tag = "accounts", request_body = AddFactor,
    responses((status = 201, description = "Waits for its confirmation", body = NewFactor), AnyProblem))]
#[post("/second-factors")]
async fn add(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<UseOwnAccount>,
    body: Body<AddFactor>,
) -> Result<HttpResponse, Failure> {
    slow_down(&api, permit.origin())?;
    let waiting = |id| NewFactor { id, secret: None, qr_svg: None, options: None };
    let new = match body.value {
        AddFactor::Totp { label } => {
            let new = second_factors::add_totp(&api.ctx, &permit, &label).await?;
            NewFactor { secret: Some(new.secret), qr_svg: picture(&new.url), ..waiting(new.id) }
        }
        AddFactor::Email {} => waiting(second_factors::add_email(&api.ctx, &permit).await?),
        AddFactor::Sms { number } => waiting(second_factors::add_sms(&api.ctx, &permit, &number).await?),
        AddFactor::Passkey { label } => {
            let (id, options) = second_factors::add_passkey(&api.ctx, &permit, &label).await?;
            NewFactor { options: Some(options), ..waiting(id) }
        }
    };
    Ok(HttpResponse::Created().json(new))
}

fn picture(text: &str) -> Option<String> {
    let code = QrCode::new(text.as_bytes()).ok()?;
    Some(code.render::<svg::Color<'_>>().min_dimensions(200, 200).quiet_zone(true).build())
}

/// Confirm a new factor with its first code or the browser's answer.
#[utoipa::path(operation_id = "confirm_second_factor", tag = "accounts", request_body = FactorProof,
    params(("id" = FactorId, Path, description = "The factor")),
    responses((status = 204, description = "In use; the session goes on with new tokens, the account's others end"), AnyProblem))]
#[post("/second-factors/{id}/confirm")]
async fn confirm(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<UseOwnAccount>,
    id: web::Path<FactorId>,
    body: Body<FactorProof>,
) -> Result<HttpResponse, Failure> {
    slow_down(&api, permit.origin())?;
    let signed_in = second_factors::confirm(&api.ctx, &permit, *id, proof(body.value)).await?;
    Ok(go_on(&api, &signed_in))
}

/// Take one of the caller's factors away. The last one stays where one is demanded.
#[utoipa::path(operation_id = "remove_second_factor", tag = "accounts", params(("id" = FactorId, Path, description = "The factor")),
    responses((status = 204, description = "Taken away"), AnyProblem))]
#[delete("/second-factors/{id}")]
async fn remove(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<UseOwnAccount>,
    id: web::Path<FactorId>,
) -> Result<HttpResponse, Failure> {
    second_factors::remove(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A fresh list of recovery codes, in this answer and nowhere else; the former list works no longer.
#[utoipa::path(operation_id = "make_recovery_codes", tag = "accounts",
    responses((status = 200, description = "The codes", body = RecoveryCodes), AnyProblem))]
#[post("/recovery-codes")]
async fn new_recovery_codes(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<UseOwnAccount>,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(RecoveryCodes { codes: second_factors::new_recovery_codes(&api.ctx, &permit).await? }))
}

/// Ask one of the caller's devices for a second factor again.
#[utoipa::path(operation_id = "forget_trusted_device", tag = "accounts", params(("id" = TrustedDeviceId, Path, description = "The device")),
    responses((status = 204, description = "Forgotten"), AnyProblem))]
#[delete("/trusted-devices/{id}")]
async fn forget_device(
    api: web::Data<Api>,
    Needs(permit): Needs<UseOwnAccount>,
    id: web::Path<TrustedDeviceId>,
) -> Result<HttpResponse, Failure> {
    second_factors::forget_device(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
