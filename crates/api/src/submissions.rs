//! Submissions as staff see them.

use crate::{Api, extract::Needs, openapi::AnyProblem, problem::Failure, wire};
use actix_web::{HttpResponse, delete, get, post, web};
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    Page,
    submissions::{Answer, Submission, SubmissionSummary},
};
use zgoda_app::{spam, submission_files, submissions};
use zgoda_domain::{
    access::{DecideSubmissions, EditClients, ViewSubmissions},
    id::{FileId, FormId, SubmissionId},
    submission::SubmissionStatus,
};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(open)
        .service(download)
        .service(accept)
        .service(dismiss)
        .service(release)
        .service(delete);
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only submissions of this form.
    form: Option<FormId>,
    /// Only submissions with this status; without it all but spam.
    status: Option<SubmissionStatus>,
    /// `next` of the page before.
    after: Option<SubmissionId>,
    /// 1 to 200; 50 when absent.
    limit: Option<u64>,
}

/// Submissions, newest first; spam only when asked for.
#[utoipa::path(operation_id = "list_submissions", tag = "forms", params(ListQuery),
    responses((status = 200, description = "A page", body = Page<SubmissionSummary>), AnyProblem))]
#[get("/submissions")]
async fn list(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewSubmissions>,
    query: web::Query<ListQuery>,
) -> Result<HttpResponse, Failure> {
    let ListQuery { form, status, after, limit } = query.into_inner();
    let (rows, next) = submissions::page(&api.ctx, &permit, form, status, after, wire::limit(limit)?).await?;
    let items: Vec<SubmissionSummary> = rows.into_iter().map(wire::submission).collect();
    Ok(HttpResponse::Ok().json(Page { items, next: next.map(SubmissionId::as_uuid), total: None }))
}

/// A submission with its answers. Looking is recorded.
#[utoipa::path(operation_id = "get_submission", tag = "forms", params(("id" = SubmissionId, Path, description = "The submission")),
    responses((status = 200, description = "The submission", body = Submission), AnyProblem))]
#[get("/submissions/{id}")]
async fn open(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewSubmissions>,
    id: web::Path<SubmissionId>,
) -> Result<HttpResponse, Failure> {
    let opened = submissions::open(&api.ctx, &permit, *id).await?;
    let answers = opened.answers.into_iter().map(|(key, label, text)| Answer { key, label, text }).collect();
    let (summary, consents_by_mail) = (wire::submission(opened.summary), opened.consents_by_mail);
    let files = opened.files.into_iter().filter_map(wire::submission_file).collect();
    Ok(HttpResponse::Ok().json(Submission { summary, answers, files, consents_by_mail }))
}

#[derive(Deserialize)]
struct FilePath {
    id: SubmissionId,
    file: FileId,
}

/// Download a file that the visitor attached. Looking is recorded.
#[utoipa::path(operation_id = "get_submission_file", tag = "forms",
    params(("id" = SubmissionId, Path, description = "The submission"), ("file" = FileId, Path, description = "The file, as the submission names it")),
    responses((status = 200, description = "The file, to be saved", content_type = "application/octet-stream"), AnyProblem))]
#[get("/submissions/{id}/files/{file}")]
async fn download(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewSubmissions>,
    path: web::Path<FilePath>,
) -> Result<HttpResponse, Failure> {
    Ok(wire::uploaded(submission_files::open(&api.ctx, &permit, path.id, path.file).await?))
}

/// Accept a submission that names a known client: fill empty fields, write consents. Needs the right to change the card.
#[utoipa::path(operation_id = "accept_submission", tag = "forms", params(("id" = SubmissionId, Path, description = "The submission")),
    responses((status = 204, description = "Accepted"), AnyProblem))]
#[post("/submissions/{id}/accept")]
async fn accept(
    api: web::Data<Api>,
    Needs(permit): Needs<DecideSubmissions>,
    Needs(edit): Needs<EditClients>,
    id: web::Path<SubmissionId>,
) -> Result<HttpResponse, Failure> {
    submissions::accept(&api.ctx, &permit, &edit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Leave a submission unused. The card stays as it is.
#[utoipa::path(operation_id = "dismiss_submission", tag = "forms", params(("id" = SubmissionId, Path, description = "The submission")),
    responses((status = 204, description = "Dismissed"), AnyProblem))]
#[post("/submissions/{id}/dismiss")]
async fn dismiss(
    api: web::Data<Api>,
    Needs(permit): Needs<DecideSubmissions>,
    id: web::Path<SubmissionId>,
) -> Result<HttpResponse, Failure> {
    submissions::dismiss(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take a submission out of the spam: it becomes what it would have become when it was received. Needs the right to change
/// cards.
#[utoipa::path(operation_id = "release_submission", tag = "forms", params(("id" = SubmissionId, Path, description = "The submission")),
    responses((status = 204, description = "Released"), AnyProblem))]
#[post("/submissions/{id}/release")]
async fn release(
    api: web::Data<Api>,
    Needs(permit): Needs<DecideSubmissions>,
    Needs(edit): Needs<EditClients>,
    id: web::Path<SubmissionId>,
) -> Result<HttpResponse, Failure> {
    spam::release(&api.ctx, &permit, &edit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Delete spam. Other submissions go with their client.
#[utoipa::path(operation_id = "delete_submission", tag = "forms", params(("id" = SubmissionId, Path, description = "The submission")),
    responses((status = 204, description = "Deleted"), AnyProblem))]
#[delete("/submissions/{id}")]
async fn delete(
    api: web::Data<Api>,
    Needs(permit): Needs<DecideSubmissions>,
    id: web::Path<SubmissionId>,
) -> Result<HttpResponse, Failure> {
    spam::delete(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
