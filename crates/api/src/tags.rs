//! Tags, and which clients have them.

use crate::{
    Api,
    extract::{Body, IfMatch, Needs, RepeatKey},
    openapi::AnyProblem,
    problem::Failure,
    wire,
};
use actix_web::{HttpResponse, delete, get, post, put, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    Created,
    tags::{ClientTags, Tag, TagBody, TagUse},
};
use zgoda_app::tags;
use zgoda_domain::{
    access::{ConfigureFields, EditClients, ViewClients},
    id::{ClientId, TagId},
    tag::NewTag,
};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(uses).service(create).service(change).service(remove).service(set);
}

/// Every tag, by name.
#[utoipa::path(operation_id = "list_tags", tag = "tags",
    responses((status = 200, description = "Tags", body = Vec<Tag>), AnyProblem))]
#[get("/tags")]
async fn list(api: web::Data<Api>, Needs(permit): Needs<ViewClients>) -> Result<HttpResponse, Failure> {
    let tags = tags::all(&api.ctx, &permit).await?;
    let shown =
        tags.into_iter().map(|tag| Tag { id: tag.id, version: tag.version, name: tag.name, colour: tag.colour });
    Ok(HttpResponse::Ok().json(shown.collect::<Vec<_>>()))
}

/// How many clients have each tag; one that nobody has is not among them.
#[utoipa::path(operation_id = "list_tag_uses", tag = "tags",
    responses((status = 200, description = "Tags that somebody has", body = Vec<TagUse>), AnyProblem))]
#[get("/tags/uses")]
async fn uses(api: web::Data<Api>, Needs(permit): Needs<ConfigureFields>) -> Result<HttpResponse, Failure> {
    let uses = tags::uses(&api.ctx, &permit).await?;
    let shown = uses.into_iter().map(|(tag_id, clients)| TagUse { tag_id, clients });
    Ok(HttpResponse::Ok().json(shown.collect::<Vec<_>>()))
}

/// Make a tag.
#[utoipa::path(operation_id = "create_tag", tag = "tags", request_body = TagBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 201, description = "The tag was made", body = Created), AnyProblem))]
#[post("/tags")]
async fn create(
    api: web::Data<Api>,
    Needs(permit): Needs<ConfigureFields>,
    repeat: RepeatKey,
    body: Body<TagBody>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let new = NewTag::parse(&body.value.name, body.value.colour)?;
    let id = tags::create(&api.ctx, &permit, &new, repeat.as_ref()).await?;
    Ok(HttpResponse::Created().json(Created { id: id.as_uuid() }))
}

/// Change a tag, if nobody else did since it was read.
#[utoipa::path(operation_id = "change_tag", tag = "tags", request_body = TagBody,
    params(("id" = TagId, Path, description = "The tag"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 204, description = "Changed"), AnyProblem))]
#[put("/tags/{id}")]
async fn change(
    api: web::Data<Api>,
    Needs(permit): Needs<ConfigureFields>,
    id: web::Path<TagId>,
    IfMatch(seen): IfMatch,
    body: Body<TagBody>,
) -> Result<HttpResponse, Failure> {
    let new = NewTag::parse(&body.value.name, body.value.colour)?;
    tags::change(&api.ctx, &permit, *id, seen, &new).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take a tag away, from every client that has it too.
#[utoipa::path(operation_id = "delete_tag", tag = "tags",
    params(("id" = TagId, Path, description = "The tag"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 204, description = "Deleted"), AnyProblem))]
#[delete("/tags/{id}")]
async fn remove(
    api: web::Data<Api>,
    Needs(permit): Needs<ConfigureFields>,
    id: web::Path<TagId>,
    IfMatch(seen): IfMatch,
) -> Result<HttpResponse, Failure> {
    tags::delete(&api.ctx, &permit, *id, seen).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Put exactly these tags on a client, if nobody changed the card since it was read.
#[utoipa::path(operation_id = "set_client_tags", tag = "tags", request_body = ClientTags,
    params(("id" = ClientId, Path, description = "The client"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 200, description = "The tags; `ETag` is the card's new version", body = ClientTags), AnyProblem))]
#[put("/clients/{id}/tags")]
async fn set(
    api: web::Data<Api>,
    Needs(permit): Needs<EditClients>,
    id: web::Path<ClientId>,
    IfMatch(seen): IfMatch,
    body: Body<ClientTags>,
) -> Result<HttpResponse, Failure> {
    let version = tags::set(&api.ctx, &permit, *id, seen, &body.value.tags).await?;
    Ok(wire::versioned(version, &body.value))
}
