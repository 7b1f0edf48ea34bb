//! API keys.

use crate::{
    Api,
    extract::{Body, Needs, NeedsRecent},
    openapi::AnyProblem,
    problem::Failure,
};
use actix_web::{HttpResponse, delete, get, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::api_keys::{ApiKey, CreateApiKey, CreatedApiKey};
use zgoda_app::api_keys::{self, NewKey};
use zgoda_domain::{
    access::{ManageApiKeys, UseOwnAccount, ViewStaff},
    id::ApiKeyId,
};
use zgoda_persistence::api_keys::ApiKeyRecord;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_all).service(list).service(create).service(revoke);
}

fn shown(record: ApiKeyRecord) -> ApiKey {
    ApiKey {
        id: record.id,
        account_id: record.account_id,
        name: record.name,
        definition: record.definition,
        created_at: record.created_at,
        expires_at: record.expires_at,
        revoked: record.revoked,
        last_used_at: record.last_used_at,
        last_used_ip: record.last_used_ip,
        uses: record.uses,
    }
}

/// The caller's keys, newest first.
#[utoipa::path(operation_id = "list_api_keys", tag = "api keys",
    responses((status = 200, description = "Keys", body = Vec<ApiKey>), AnyProblem))]
#[get("/api-keys")]
async fn list(api: web::Data<Api>, Needs(permit): Needs<UseOwnAccount>) -> Result<HttpResponse, Failure> {
    let keys = api_keys::own(&api.ctx, &permit).await?;
    Ok(HttpResponse::Ok().json(keys.into_iter().map(shown).collect::<Vec<_>>()))
}

/// Everybody's keys, newest first.
#[utoipa::path(operation_id = "list_all_api_keys", tag = "api keys",
    responses((status = 200, description = "Keys", body = Vec<ApiKey>), AnyProblem))]
#[get("/api-keys/all")]
async fn list_all(api: web::Data<Api>, Needs(permit): Needs<ViewStaff>) -> Result<HttpResponse, Failure> {
    let keys = api_keys::all(&api.ctx, &permit).await?;
    Ok(HttpResponse::Ok().json(keys.into_iter().map(shown).collect::<Vec<_>>()))
}

/// Cut a key. Its text is in this answer and nowhere else.
#[utoipa::path(operation_id = "create_api_key", tag = "api keys", request_body = CreateApiKey,
    responses((status = 201, description = "The key", body = CreatedApiKey), AnyProblem))]
#[post("/api-keys")]
async fn create(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<ManageApiKeys>,
    body: Body<CreateApiKey>,
) -> Result<HttpResponse, Failure> {
    let CreateApiKey { name, definition, expires_at } = &body.value;
    let new = NewKey { name, definition, expires_at: *expires_at };
    let (id, secret) = api_keys::create(&api.ctx, &permit, new).await?;
    Ok(HttpResponse::Created().json(CreatedApiKey { id, key: secret.reveal().to_owned() }))
}

/// Make a key useless, at once: one's own, or one of an account that the caller may manage.
#[utoipa::path(operation_id = "revoke_api_key", tag = "api keys", params(("id" = ApiKeyId, Path, description = "The key")),
    responses((status = 204, description = "Revoked"), AnyProblem))]
#[delete("/api-keys/{id}")]
async fn revoke(
    api: web::Data<Api>,
    Needs(permit): Needs<UseOwnAccount>,
    id: web::Path<ApiKeyId>,
) -> Result<HttpResponse, Failure> {
    api_keys::revoke(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
