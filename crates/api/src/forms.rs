//! Forms as staff edit them.

use crate::{
    Api, embed,
    extract::{Body, IfMatch, Needs, RepeatKey},
    openapi::AnyProblem,
    problem::Failure,
    wire,
};
use actix_web::{HttpResponse, get, post, put, web};
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    Created,
    forms::{CreateForm, Form, FormStatus, FormSummary, FormVersion, FormVersionSummary, SaveForm, VersionState},
};
use zgoda_app::forms::{self, FormWithLive, PublishedVersion};
use zgoda_domain::{
    access::{EditForms, ViewForms},
    id::FormId,
};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(open)
        .service(save)
        .service(publish)
        .service(close)
        .service(versions)
        .service(numbered);
}

fn status(form: &FormWithLive) -> FormStatus {
    match (&form.live, form.form.closed_at) {
        (None, _) => FormStatus::Draft,
        (Some(_), Some(_)) => FormStatus::Closed,
        (Some(_), None) => FormStatus::Live,
    }
}

fn describe(api: &Api, form: FormWithLive) -> Form {
    Form {
        status: status(&form),
        live_version: form.live.as_ref().map(|live| live.number),
        has_unpublished_changes: form.live.as_ref().is_none_or(|live| live.definition != form.form.definition),
        id: form.form.id,
        public_id: form.form.public_id,
        version: form.form.version,
        name: form.form.name,
        definition: form.form.definition,
        public_base_url: api.ctx.public_url.to_string(),
        embed_path: embed::pinned().path.clone(),
        embed_integrity: embed::pinned().integrity.clone(),
    }
}

/// All forms, last changed first.
#[utoipa::path(operation_id = "list_forms", tag = "forms",
    responses((status = 200, description = "Forms", body = Vec<FormSummary>), AnyProblem))]
#[get("/forms")]
async fn list(api: web::Data<Api>, Needs(permit): Needs<ViewForms>) -> Result<HttpResponse, Failure> {
    let forms: Vec<FormSummary> = forms::all(&api.ctx, &permit)
        .await?
        .into_iter()
        .map(|(form, submissions, waiting_signups)| FormSummary {
            status: status(&form),
            live_version: form.live.as_ref().map(|live| live.number),
            id: form.form.id,
            public_id: form.form.public_id,
            name: form.form.name,
            submissions,
            waiting_signups,
            updated_at: form.form.updated_at,
        })
        .collect();
    Ok(HttpResponse::Ok().json(forms))
}

/// Make a form from a template.
#[utoipa::path(operation_id = "create_form", tag = "forms", request_body = CreateForm,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 201, description = "The form was made", body = Created), AnyProblem))]
#[post("/forms")]
async fn create(
    api: web::Data<Api>,
    Needs(permit): Needs<EditForms>,
    repeat: RepeatKey,
    body: Body<CreateForm>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let CreateForm { name, template, language } = &body.value;
    let id = forms::create(&api.ctx, &permit, name, *template, *language, repeat.as_ref()).await?;
    Ok(HttpResponse::Created().json(Created { id: id.as_uuid() }))
}

/// A form with its draft.
#[utoipa::path(operation_id = "get_form", tag = "forms", params(("id" = FormId, Path, description = "The form")),
    responses((status = 200, description = "The form; `ETag` is the draft's version", body = Form), AnyProblem))]
#[get("/forms/{id}")]
async fn open(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewForms>,
    id: web::Path<FormId>,
) -> Result<HttpResponse, Failure> {
    let form = forms::open(&api.ctx, &permit, *id).await?;
    Ok(wire::versioned(form.form.version, &describe(&api, form)))
}

/// Save a form's draft. Visitors see it once it is published.
#[utoipa::path(operation_id = "save_form", tag = "forms", request_body = SaveForm,
    params(("id" = FormId, Path, description = "The form"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 200, description = "The saved form", body = Form), AnyProblem))]
#[put("/forms/{id}")]
async fn save(
    api: web::Data<Api>,
    Needs(permit): Needs<EditForms>,
    id: web::Path<FormId>,
    IfMatch(seen): IfMatch,
    body: Body<SaveForm>,
) -> Result<HttpResponse, Failure> {
    let SaveForm { name, definition } = &body.value;
    let form = forms::save(&api.ctx, &permit, *id, seen, name, definition).await?;
    Ok(wire::versioned(form.form.version, &describe(&api, form)))
}

/// Publish the draft. The version before is retired.
#[utoipa::path(operation_id = "publish_form", tag = "forms",
    params(("id" = FormId, Path, description = "The form"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 204, description = "Published"), AnyProblem))]
#[post("/forms/{id}/publish")]
async fn publish(
    api: web::Data<Api>,
    Needs(permit): Needs<EditForms>,
    id: web::Path<FormId>,
    IfMatch(seen): IfMatch,
) -> Result<HttpResponse, Failure> {
    forms::publish(&api.ctx, &permit, *id, seen).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take a form away from visitors. Publishing opens it again.
#[utoipa::path(operation_id = "close_form", tag = "forms", params(("id" = FormId, Path, description = "The form")),
    responses((status = 204, description = "Closed"), AnyProblem))]
#[post("/forms/{id}/close")]
async fn close(
    api: web::Data<Api>,
    Needs(permit): Needs<EditForms>,
    id: web::Path<FormId>,
) -> Result<HttpResponse, Failure> {
    forms::close(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn summary(published: &PublishedVersion) -> FormVersionSummary {
    let version = &published.version;
    FormVersionSummary {
        id: version.id,
        number: version.number,
        published_at: version.published_at,
        state: if published.is_live { VersionState::Published } else { VersionState::Retired },
        sha256: version.sha256.clone(),
        fields: u32::try_from(version.definition.fields.len()).unwrap_or(u32::MAX),
    }
}

/// What was published of a form, newest first.
#[utoipa::path(operation_id = "list_form_versions", tag = "forms", params(("id" = FormId, Path, description = "The form")),
    responses((status = 200, description = "Versions", body = Vec<FormVersionSummary>), AnyProblem))]
#[get("/forms/{id}/versions")]
async fn versions(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewForms>,
    id: web::Path<FormId>,
) -> Result<HttpResponse, Failure> {
    let versions = forms::versions(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::Ok().json(versions.iter().map(summary).collect::<Vec<_>>()))
}

#[derive(Deserialize)]
struct VersionPath {
    id: FormId,
    number: i32,
}

/// A published version with its definition.
#[utoipa::path(operation_id = "get_form_version", tag = "forms",
    params(("id" = FormId, Path, description = "The form"), ("number" = i32, Path, description = "The version's number within the form")),
    responses((status = 200, description = "The version", body = FormVersion), AnyProblem))]
#[get("/forms/{id}/versions/{number}")]
async fn numbered(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewForms>,
    path: web::Path<VersionPath>,
) -> Result<HttpResponse, Failure> {
    let published = forms::version(&api.ctx, &permit, path.id, path.number).await?;
    Ok(HttpResponse::Ok().json(FormVersion { summary: summary(&published), definition: published.version.definition }))
}
