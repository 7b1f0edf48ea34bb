//! What visitors' browsers call from the pages that carry a form. The only routes with cross-origin answers, and only
//! for the exact origins on the form's list.

use crate::{
    Api,
    extract::{Body, From, RepeatKey},
    openapi::AnyProblem,
    problem::Failure,
    request_origin,
    same_time::Arrival,
    submission_body::{self, SubmitParts},
    wire,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError, get, http::header, options, post, web};
use std::sync::Arc;
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    forms::{Challenge, PublicField, PublicFile, PublicForm, PublicLook, Submit, Submitted},
    problem::ProblemCode,
    receipts::ClaimReceipt,
};
use zgoda_app::{
    AppError, api_keys, gate, places,
    published_forms::{self, PublishedForm},
    receipts,
    submissions::{self, Visit},
};
use zgoda_domain::{
    access::{CreateClients, Origin, Permit},
    form::{Appearance, FormFont},
};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(show).service(challenge).service(submit).service(claim_receipt);
    config.service(preflight_form).service(preflight_submission).service(preflight_receipt);
}

/// The published form, as a visitor's browser gets it.
#[utoipa::path(operation_id = "get_public_form", tag = "public", params(("public_id" = String, Path, description = "The form's public id")),
    responses((status = 200, description = "The form", body = PublicForm), AnyProblem))]
#[get("/public/forms/{public_id}")]
async fn show(api: web::Data<Api>, request: HttpRequest, public_id: web::Path<String>) -> HttpResponse {
    with_form(&api, &request, &public_id, async |form| {
        check_origin(&api, &request, form)?;
        places::check(&api.ctx, form).await?;
        Ok(HttpResponse::Ok().json(describe(form)))
    })
    .await
}

/// A challenge for whoever is about to answer: some computing, for one submission within ten minutes.
///
/// For each part of 0 to `parts` - 1 find a number, counting from 0, for which the first 32 bits of SHA-256 over the text
/// `salt.part.number` are below 2^32 / `difficulty`. The proof is the token and the numbers, joined by full stops. Ask from
/// the page that will send it.
#[utoipa::path(operation_id = "get_form_challenge", tag = "public", params(("public_id" = String, Path, description = "The form's public id")),
    responses((status = 200, description = "The challenge", body = Challenge), AnyProblem))]
#[get("/public/forms/{public_id}/challenge")]
async fn challenge(api: web::Data<Api>, request: HttpRequest, public_id: web::Path<String>) -> HttpResponse {
    with_form(&api, &request, &public_id, async |form| {
        check_origin(&api, &request, form)?;
        let new = gate::challenge(&api.ctx, form, page_of(&request));
        Ok(HttpResponse::Ok().json(Challenge {
            token: new.token,
            salt: new.salt,
            parts: new.parts,
            difficulty: new.difficulty,
            expires_at: new.expires_at,
            min_seconds: new.min_seconds,
        }))
    })
    .await
}

/// Answer a form: with JSON, or, where it asks for files, with a form in parts. A program with an API key that may make
/// clients needs no proof.
#[utoipa::path(operation_id = "submit_form", tag = "public",
    request_body(content((Submit = "application/json"), (SubmitParts = "multipart/form-data"))),
    params(("public_id" = String, Path, description = "The form's public id"), ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless"), ("Authorization" = Option<String>, Header, description = "`Bearer` and an API key; not from a page")),
    responses((status = 201, description = "Received; the same answer for everyone", body = Submitted), AnyProblem))]
#[post("/public/forms/{public_id}/submissions")]
async fn submit(
    api: web::Data<Api>,
    request: HttpRequest,
    From(origin): From,
    public_id: web::Path<String>,
    repeat: Result<RepeatKey, Failure>,
    payload: web::Payload,
) -> HttpResponse {
    let mut arrival = Arrival::now();
    let answer = with_form(&api, &request, &public_id, async |form| {
        let network = request_origin::network_of(&origin);
        let trusted = integrator(&api, &request, &origin).await?;
        if trusted.is_none() && !api.limits.allows_submission(&network) {
            return Err(ProblemCode::TooManyRequests.into());
        }
        let body =
            submission_body::read(&api, &request, payload.into_inner(), form, trusted.is_none().then_some(&*network))
                .await;
        arrival = Arrival::now();
        let body = body?;
        let repeat = repeat?;
        let repeat = match &trusted {
            Some(permit) => repeat.of(&permit.actor()),
            None => repeat,
        };
        let repeat = repeat.with(body.fingerprint);
        let visit = Visit {
            version: body.submit.form_version,
            answers: &body.submit.answers,
            files: &body.files,
            origin,
            page: page_of(&request),
            repeat: repeat.as_ref(),
            proof: body.submit.proof.as_deref(),
            network: &network,
            trusted: trusted.as_ref(),
        };
        let receipt = submissions::submit(&api.ctx, form, visit).await?;
        Ok(HttpResponse::Created().json(Submitted {
            id: receipt.id.as_uuid(),
            receipt: receipts::claim(
                &api.ctx,
                form,
                body.submit.form_version,
                &receipt.waiting,
                receipt.id,
                &body.submit.answers,
            ),
            thank_you: receipt.thank_you,
            redirect_url: receipt.redirect_url,
            confirm_by_mail: receipt.confirm_by_mail,
        }))
    })
    .await;
    arrival.step().await;
    answer
}

/// The permit of a program with a key. A page cannot keep a key to itself, so none may use one.
async fn integrator(
    api: &Api,
    request: &HttpRequest,
    origin: &Origin,
) -> Result<Option<Permit<CreateClients>>, Failure> {
    let Some(authorization) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    if page_of(request).is_some_and(|page| page != &*api.ctx.public_url) {
        return Err(ProblemCode::ForeignOrigin.into());
    }
    let key = authorization.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
    let caller = api_keys::authenticate(&api.ctx, key.unwrap_or_default(), origin.clone()).await?;
    Ok(Some(caller.permit().ok_or(ProblemCode::NotAllowed)?))
}

/// The receipt of the consents that were just ticked, as a page that carries the signed text. It says what was stated, the
/// same for everyone.
#[utoipa::path(operation_id = "claim_receipt", tag = "public", request_body = ClaimReceipt,
    params(("public_id" = String, Path, description = "The form's public id")),
    responses((status = 200, description = "The receipt as a page", content_type = "text/html"), AnyProblem))]
#[post("/public/forms/{public_id}/receipts")]
async fn claim_receipt(
    api: web::Data<Api>,
    request: HttpRequest,
    public_id: web::Path<String>,
    body: Result<Body<ClaimReceipt>, Failure>,
) -> HttpResponse {
    // The form may have closed since.
    let form = published_forms::known(&api.ctx, &public_id).await;
    with(&api, &request, form, async |form| {
        check_origin(&api, &request, form)?;
        let file = receipts::claimed(&api.ctx, form, &body?.value.receipt).await?.file()?;
        Ok(wire::file(&file.name, "text/html; charset=utf-8", file.html.into_bytes()))
    })
    .await
}

/// Cross-origin preflight of the form.
#[utoipa::path(operation_id = "preflight_public_form", tag = "public", params(("public_id" = String, Path, description = "The form's public id")),
    responses((status = 204, description = "Allowed for the form's origins")))]
#[options("/public/forms/{public_id}")]
async fn preflight_form(api: web::Data<Api>, request: HttpRequest, public_id: web::Path<String>) -> HttpResponse {
    preflight(&api, &request, &public_id).await
}

/// Cross-origin preflight of a submission.
#[utoipa::path(operation_id = "preflight_submission", tag = "public", params(("public_id" = String, Path, description = "The form's public id")),
    responses((status = 204, description = "Allowed for the form's origins")))]
#[options("/public/forms/{public_id}/submissions")]
async fn preflight_submission(api: web::Data<Api>, request: HttpRequest, public_id: web::Path<String>) -> HttpResponse {
    preflight(&api, &request, &public_id).await
}

/// Cross-origin preflight of a receipt.
#[utoipa::path(operation_id = "preflight_receipt", tag = "public", params(("public_id" = String, Path, description = "The form's public id")),
    responses((status = 204, description = "Allowed for the form's origins")))]
#[options("/public/forms/{public_id}/receipts")]
async fn preflight_receipt(api: web::Data<Api>, request: HttpRequest, public_id: web::Path<String>) -> HttpResponse {
    let form = published_forms::known(&api.ctx, &public_id).await;
    allow(&api, &request, form.ok().as_deref())
}

async fn preflight(api: &Api, request: &HttpRequest, public_id: &str) -> HttpResponse {
    let form = published_forms::open(&api.ctx, public_id).await;
    allow(api, request, form.ok().as_deref())
}

fn allow(api: &Api, request: &HttpRequest, form: Option<&PublishedForm>) -> HttpResponse {
    let mut answer: HttpResponseBuilder = HttpResponse::NoContent();
    answer
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type, idempotency-key"))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"));
    cross_origin(api, request, form, answer.finish())
}

/// Answers from the published form, or with why there is none, so that the page that asked can read the answer.
async fn with_form(
    api: &Api,
    request: &HttpRequest,
    public_id: &str,
    work: impl AsyncFnOnce(&PublishedForm) -> Result<HttpResponse, Failure>,
) -> HttpResponse {
    with(api, request, published_forms::open(&api.ctx, public_id).await, work).await
}

async fn with(
    api: &Api,
    request: &HttpRequest,
    form: Result<Arc<PublishedForm>, AppError>,
    work: impl AsyncFnOnce(&PublishedForm) -> Result<HttpResponse, Failure>,
) -> HttpResponse {
    let (form, answer) = match form {
        Ok(form) => {
            let answer = work(&form).await;
            (Some(form), answer)
        }
        Err(error) => (None, Err(error.into())),
    };
    let answer = answer.unwrap_or_else(|failure| failure.error_response());
    cross_origin(api, request, form.as_deref(), answer)
}

/// The `Origin` header: where the page that carries the form comes from.
pub fn page_of(request: &HttpRequest) -> Option<&str> {
    request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok())
}

fn check_origin(api: &Api, request: &HttpRequest, form: &PublishedForm) -> Result<(), Failure> {
    match page_of(request) {
        Some(page) if !submissions::is_allowed_origin(&api.ctx, &form.version.definition, page) => {
            Err(ProblemCode::ForeignOrigin.into())
        }
        _ => Ok(()),
    }
}

/// Lets the page read the answer if its exact origin is on the form's list, never with credentials. That there is no such
/// form, or none any more, any page may read: it says so to its visitor.
fn cross_origin(
    api: &Api,
    request: &HttpRequest,
    form: Option<&PublishedForm>,
    mut answer: HttpResponse,
) -> HttpResponse {
    let headers = answer.headers_mut();
    headers.insert(header::VARY, header::HeaderValue::from_static("Origin"));
    match (form, page_of(request)) {
        (None, _) => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
        }
        (Some(form), Some(page)) if submissions::is_allowed_origin(&api.ctx, &form.version.definition, page) => {
            if let Ok(value) = header::HeaderValue::from_str(page) {
                headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
            }
        }
        _ => {}
    }
    answer
}

/// What a visitor may know of a form: nothing about mapping.
pub fn describe(form: &PublishedForm) -> PublicForm {
    let definition = &form.version.definition;
    PublicForm {
        form_version: form.version.id,
        title: definition.title.clone(),
        language: definition.language,
        fields: definition
            .fields
            .iter()
            .map(|field| PublicField {
                key: field.key.clone(),
                kind: field.kind,
                label: field.label.clone(),
                hint: field.hint.clone(),
                required: field.required,
                options: field.options.clone(),
                wording: field.consent.and_then(|item| form.wordings.get(&item.wording_id).cloned()),
                channel: field.consent.map(|item| item.channel),
                file: field
                    .file
                    .as_ref()
                    .map(|rules| PublicFile { accept: rules.accept(), max_bytes: rules.max_bytes }),
            })
            .collect(),
        submit_label: definition.submit_label.clone(),
        look: look(&definition.appearance),
        decoy: gate::decoy(form),
        proof_required: definition.strict,
    }
}

/// `None` for a form that looks like the page around it.
pub(crate) fn look(appearance: &Appearance) -> Option<PublicLook> {
    let accent = appearance.accent();
    (accent.is_some() || appearance.font != FormFont::Host).then(|| PublicLook {
        font: appearance.font,
        accent: accent.map(|(colour, _)| colour.to_owned()),
        on_accent: accent.map(|(_, on)| on.css().to_owned()),
    })
}
