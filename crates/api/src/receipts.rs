//! Consent receipts of clients, and the public keys to check any receipt with. Visitors get theirs from `public`.

use crate::{
    Api,
    extract::{Body, Needs},
    openapi::AnyProblem,
    problem::Failure,
    wire,
};
use actix_web::{HttpResponse, get, http::header, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::receipts::{KeySet, SignedReceipt, WhichConsent};
use zgoda_app::receipts;
use zgoda_domain::{
    access::{EditClients, ViewClients},
    id::ClientId,
};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(show).service(show_html).service(send).service(public_keys);
}

/// The signed receipt of a client's consent, with its history. Making one is recorded; none is stored.
#[utoipa::path(operation_id = "get_consent_receipt", tag = "clients",
    params(("id" = ClientId, Path, description = "The client"), WhichConsent),
    responses((status = 200, description = "The receipt", body = SignedReceipt), AnyProblem))]
#[get("/clients/{id}/consents/receipt")]
async fn show(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewClients>,
    id: web::Path<ClientId>,
    which: web::Query<WhichConsent>,
) -> Result<HttpResponse, Failure> {
    let WhichConsent { purpose_id, channel } = *which;
    let signed = receipts::of_consent(&api.ctx, &permit, *id, purpose_id, channel).await?;
    Ok(HttpResponse::Ok().json(signed))
}

/// The same as a page that a person can open, print and keep; it carries the signed text.
#[utoipa::path(operation_id = "get_consent_receipt_html", tag = "clients",
    params(("id" = ClientId, Path, description = "The client"), WhichConsent),
    responses((status = 200, description = "The receipt as a page", content_type = "text/html"), AnyProblem))]
#[get("/clients/{id}/consents/receipt.html")]
async fn show_html(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewClients>,
    id: web::Path<ClientId>,
    which: web::Query<WhichConsent>,
) -> Result<HttpResponse, Failure> {
    let WhichConsent { purpose_id, channel } = *which;
    let signed = receipts::of_consent(&api.ctx, &permit, *id, purpose_id, channel).await?;
    let file = signed.file()?;
    Ok(wire::file(&file.name, "text/html; charset=utf-8", file.html.into_bytes()))
}

/// Mail the receipt of a consent to the client's own address.
#[utoipa::path(operation_id = "send_consent_receipt", tag = "clients", request_body = WhichConsent,
    params(("id" = ClientId, Path, description = "The client")),
    responses((status = 202, description = "It will be sent"), AnyProblem))]
#[post("/clients/{id}/consents/receipt/send")]
async fn send(
    api: web::Data<Api>,
    Needs(permit): Needs<EditClients>,
    id: web::Path<ClientId>,
    body: Body<WhichConsent>,
) -> Result<HttpResponse, Failure> {
    let WhichConsent { purpose_id, channel } = body.value;
    receipts::send(&api.ctx, &permit, *id, purpose_id, channel).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// The public keys that receipts of this installation are checked with (JWKS, RFC 7517).
#[utoipa::path(operation_id = "get_public_keys", tag = "public",
    responses((status = 200, description = "The keys", body = KeySet)))]
#[get("/public/keys")]
async fn public_keys(api: web::Data<Api>) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "public, max-age=3600")).json(receipts::keys(&api.ctx))
}
