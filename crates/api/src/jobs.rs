//! Background jobs: the caller's own.

use crate::{
    Api,
    extract::SignedInCaller,
    openapi::AnyProblem,
    problem::Failure,
    wire::{self, PageQuery},
};
use actix_web::{HttpResponse, get, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    Created, Page,
    imports::KeptClient,
    jobs::{Job, JobAbout},
};
use zgoda_app::work;
use zgoda_domain::{
    access::Caller,
    bulk::BulkAbout,
    id::{ClientId, JobId},
};
use zgoda_persistence::jobs::JobRecord;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(open).service(cancel).service(undo).service(kept).service(file);
}

/// The caller's background jobs, newest first.
#[utoipa::path(operation_id = "list_jobs", tag = "jobs", params(PageQuery),
    responses((status = 200, description = "A page", body = Page<Job>), AnyProblem))]
#[get("/jobs")]
async fn list(
    api: web::Data<Api>,
    SignedInCaller(caller): SignedInCaller,
    page: web::Query<PageQuery>,
) -> Result<HttpResponse, Failure> {
    let after = page.after.map(JobId::from_uuid);
    let (jobs, next) = work::list(&api.ctx, &caller, after, wire::limit(page.limit)?).await?;
    let abouts = work::abouts(&api.ctx, &caller, &jobs).await?;
    let mut items = Vec::with_capacity(jobs.len());
    for (job, about) in jobs.into_iter().zip(abouts) {
        items.push(shown(&api, &caller, job, about).await?);
    }
    Ok(HttpResponse::Ok().json(Page { items, next: next.map(JobId::as_uuid), total: None }))
}

/// How far a background job is.
#[utoipa::path(operation_id = "get_job", tag = "jobs", params(("id" = JobId, Path, description = "The job")),
    responses((status = 200, description = "The job", body = Job), AnyProblem))]
#[get("/jobs/{id}")]
async fn open(
    api: web::Data<Api>,
    SignedInCaller(caller): SignedInCaller,
    id: web::Path<JobId>,
) -> Result<HttpResponse, Failure> {
    let job = work::open(&api.ctx, &caller, *id).await?;
    let about = work::abouts(&api.ctx, &caller, std::slice::from_ref(&job)).await?.pop().flatten();
    Ok(HttpResponse::Ok().json(shown(&api, &caller, job, about).await?))
}

/// Stop a background job before its next step. What it did until then stays, and can be undone.
#[utoipa::path(operation_id = "cancel_job", tag = "jobs", params(("id" = JobId, Path, description = "The job")),
    responses((status = 204, description = "It will stop"), AnyProblem))]
#[post("/jobs/{id}/cancel")]
async fn cancel(
    api: web::Data<Api>,
    SignedInCaller(caller): SignedInCaller,
    id: web::Path<JobId>,
) -> Result<HttpResponse, Failure> {
    work::cancel(&api.ctx, &caller, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take back what a background job did, by a job of its own. Clients that somebody changed since are left as they are,
/// and counted. Of a job that made cards only for a person who proved themselves in the last five minutes.
#[utoipa::path(operation_id = "undo_job", tag = "jobs", params(("id" = JobId, Path, description = "The job")),
    responses((status = 202, description = "The job that undoes it", body = Created), AnyProblem))]
#[post("/jobs/{id}/undo")]
async fn undo(
    api: web::Data<Api>,
    SignedInCaller(caller): SignedInCaller,
    id: web::Path<JobId>,
) -> Result<HttpResponse, Failure> {
    let id = work::undo(&api.ctx, &caller, *id).await?;
    Ok(HttpResponse::Accepted().json(Created { id: id.as_uuid() }))
}

/// The clients that an undoing left as they are, and why; those within the caller's reach.
#[utoipa::path(operation_id = "list_kept_clients", tag = "jobs", params(("id" = JobId, Path, description = "The job that undoes another one"), PageQuery),
    responses((status = 200, description = "A page; what the caller may not see is left out, so it may be short", body = Page<KeptClient>), AnyProblem))]
#[get("/jobs/{id}/kept")]
async fn kept(
    api: web::Data<Api>,
    SignedInCaller(caller): SignedInCaller,
    id: web::Path<JobId>,
    page: web::Query<PageQuery>,
) -> Result<HttpResponse, Failure> {
    let after = page.after.map(ClientId::from_uuid);
    let (found, next) = work::kept(&api.ctx, &caller, *id, after, wire::limit(page.limit)?).await?;
    let items: Vec<KeptClient> =
        found.into_iter().map(|(client_id, name, reason)| KeptClient { client_id, name, reason }).collect();
    Ok(HttpResponse::Ok().json(Page { items, next: next.map(ClientId::as_uuid), total: None }))
}

/// What a background job made, such as an export. Kept for a day; to be had by whoever asked for the job, while they may still
/// do what it did. Recorded.
#[utoipa::path(operation_id = "get_job_file", tag = "jobs", params(("id" = JobId, Path, description = "The job")),
    responses((status = 200, description = "The file", content_type = "application/octet-stream"), AnyProblem))]
#[get("/jobs/{id}/file")]
async fn file(
    api: web::Data<Api>,
    SignedInCaller(caller): SignedInCaller,
    id: web::Path<JobId>,
) -> Result<HttpResponse, Failure> {
    Ok(wire::pieces(&api.ctx, work::file(&api.ctx, &caller, *id).await?))
}

async fn shown(
    api: &Api,
    caller: &Caller,
    job: JobRecord,
    about: Option<(BulkAbout, Option<String>)>,
) -> Result<Job, Failure> {
    let now = api.ctx.now();
    let (file_until, file_loss) = match work::made_until(&api.ctx, caller, &job).await? {
        Some(Ok(until)) => (Some(until), None),
        Some(Err(loss)) => (None, Some(loss)),
        None => (None, None),
    };
    Ok(Job {
        id: job.id,
        kind: job.kind,
        state: job.state,
        total: job.total,
        done: job.done,
        failed: job.failures.total(),
        failures: job.failures.as_map().clone(),
        created_at: job.created_at,
        started_at: job.started_at,
        finished_at: job.finished_at,
        cancelling: job.cancel_asked_at.is_some() && !job.state.is_over(),
        problem: job.problem,
        file_until,
        file_loss,
        undo_until: job.undo_until.filter(|until| now < *until && job.undone_at.is_none()),
        undone_at: job.undone_at,
        undo_of: job.undo_of,
        about: about.map(|(action, name)| JobAbout { action, name }),
    })
}
