//! Custom fields of clients.

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
    custom_fields::{ChangeCustomField, CreateCustomField, CustomField},
};
use zgoda_app::custom_fields::{self, FieldChange, NewField};
use zgoda_domain::{
    access::{ConfigureFields, ViewClients},
    id::FieldId,
};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(change).service(remove).service(restore);
}

/// All custom fields in their order; deleted but restorable ones last.
#[utoipa::path(operation_id = "list_custom_fields", tag = "custom fields",
    responses((status = 200, description = "Fields", body = Vec<CustomField>), AnyProblem))]
#[get("/custom-fields")]
async fn list(api: web::Data<Api>, Needs(permit): Needs<ViewClients>) -> Result<HttpResponse, Failure> {
    let fields = custom_fields::all(&api.ctx, &permit).await?;
    Ok(HttpResponse::Ok().json(fields.into_iter().map(wire::field).collect::<Vec<_>>()))
}

/// Make a custom field.
#[utoipa::path(operation_id = "create_custom_field", tag = "custom fields", request_body = CreateCustomField,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 201, description = "The field was made", body = Created), AnyProblem))]
#[post("/custom-fields")]
async fn create(
    api: web::Data<Api>,
    Needs(permit): Needs<ConfigureFields>,
    repeat: RepeatKey,
    body: Body<CreateCustomField>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let CreateCustomField { name, kind, options, sensitive } = &body.value;
    let new = NewField { name, kind: *kind, options, sensitive: *sensitive };
    let id = custom_fields::create(&api.ctx, &permit, new, repeat.as_ref()).await?;
    Ok(HttpResponse::Created().json(Created { id: id.as_uuid() }))
}

/// Rename, reorder or change options. Values stay as they are.
#[utoipa::path(operation_id = "change_custom_field", tag = "custom fields", request_body = ChangeCustomField,
    params(("id" = FieldId, Path, description = "The field"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 200, description = "The changed field", body = CustomField), AnyProblem))]
#[put("/custom-fields/{id}")]
async fn change(
    api: web::Data<Api>,
    Needs(permit): Needs<ConfigureFields>,
    id: web::Path<FieldId>,
    IfMatch(seen): IfMatch,
    body: Body<ChangeCustomField>,
) -> Result<HttpResponse, Failure> {
    let ChangeCustomField { name, options, position } = &body.value;
    let change = FieldChange { name, options, position: *position };
    let record = custom_fields::change(&api.ctx, &permit, *id, seen, change).await?;
    Ok(wire::versioned(record.version, &wire::field(record)))
}

/// Delete a field with its values. Restorable for 30 days.
#[utoipa::path(operation_id = "delete_custom_field", tag = "custom fields", params(("id" = FieldId, Path, description = "The field")),
    responses((status = 204, description = "Deleted"), AnyProblem))]
#[delete("/custom-fields/{id}")]
async fn remove(
    api: web::Data<Api>,
    Needs(permit): Needs<ConfigureFields>,
    id: web::Path<FieldId>,
) -> Result<HttpResponse, Failure> {
    custom_fields::delete(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Bring a deleted field back with its values.
#[utoipa::path(operation_id = "restore_custom_field", tag = "custom fields", params(("id" = FieldId, Path, description = "The field")),
    responses((status = 204, description = "Restored"), AnyProblem))]
#[post("/custom-fields/{id}/restore")]
async fn restore(
    api: web::Data<Api>,
    Needs(permit): Needs<ConfigureFields>,
    id: web::Path<FieldId>,
) -> Result<HttpResponse, Failure> {
    custom_fields::restore(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
