//! Saved filters.

use crate::{
    Api,
    extract::{Body, IfMatch, Needs, NeedsSession, RepeatKey},
    openapi::AnyProblem,
    problem::Failure,
};
use actix_web::{HttpResponse, delete, get, post, put, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    Created,
    clients::{FilterCondition, Sort},
    saved_filters::{FilterBody, FilterProblem, SavedFilter},
};
use zgoda_app::saved_filters::{self, NewView, ShownFilter};
use zgoda_domain::{
    Invalids,
    access::ViewClients,
    bulk::RawCondition,
    id::FilterId,
    saved_filter::{ListView, SharedWith, SortBy},
    search::Query,
};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(change).service(remove);
}

/// The caller's saved filters, and those that are shared with them.
#[utoipa::path(operation_id = "list_filters", tag = "filters",
    responses((status = 200, description = "Filters, the oldest first", body = Vec<SavedFilter>), AnyProblem))]
#[get("/filters")]
async fn list(api: web::Data<Api>, Needs(permit): Needs<ViewClients>) -> Result<HttpResponse, Failure> {
    let filters = saved_filters::all(&api.ctx, &permit).await?;
    Ok(HttpResponse::Ok().json(filters.into_iter().map(shown).collect::<Vec<_>>()))
}

/// Save a filter. Not for programs: a filter is a person's.
#[utoipa::path(operation_id = "create_filter", tag = "filters", request_body = FilterBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 201, description = "The filter was saved", body = Created), AnyProblem))]
#[post("/filters")]
async fn create(
    api: web::Data<Api>,
    NeedsSession(permit): NeedsSession<ViewClients>,
    repeat: RepeatKey,
    body: Body<FilterBody>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let (shared, new) = read(body.value)?;
    let id = saved_filters::create(&api.ctx, &permit, shared, new, repeat.as_ref()).await?;
    Ok(HttpResponse::Created().json(Created { id: id.as_uuid() }))
}

/// Change a saved filter, if nobody else did since it was read. Not for programs.
#[utoipa::path(operation_id = "change_filter", tag = "filters", request_body = FilterBody,
    params(("id" = FilterId, Path, description = "The filter"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 204, description = "Changed"), AnyProblem))]
#[put("/filters/{id}")]
async fn change(
    api: web::Data<Api>,
    NeedsSession(permit): NeedsSession<ViewClients>,
    id: web::Path<FilterId>,
    IfMatch(seen): IfMatch,
    body: Body<FilterBody>,
) -> Result<HttpResponse, Failure> {
    let (shared, new) = read(body.value)?;
    saved_filters::change(&api.ctx, &permit, *id, seen, shared, new).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Delete a saved filter, for everyone it is shared with. Not for programs.
#[utoipa::path(operation_id = "delete_filter", tag = "filters",
    params(("id" = FilterId, Path, description = "The filter"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 204, description = "Deleted"), AnyProblem))]
#[delete("/filters/{id}")]
async fn remove(
    api: web::Data<Api>,
    NeedsSession(permit): NeedsSession<ViewClients>,
    id: web::Path<FilterId>,
    IfMatch(seen): IfMatch,
) -> Result<HttpResponse, Failure> {
    saved_filters::delete(&api.ctx, &permit, *id, seen).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn read(body: FilterBody) -> Result<(SharedWith, NewView), Invalids> {
    let FilterBody { name, sharing, department_id, filter, query, columns, sort } = body;
    let raw = |condition: FilterCondition| RawCondition {
        field: condition.field,
        operator: condition.operator,
        value: condition.value,
    };
    let sort = sort.map(|Sort { field, direction }| SortBy { field, direction });
    let filter = filter.into_iter().map(raw).collect();
    let view = ListView { name, filter, query: Query::everything(), columns, sort };
    Ok((SharedWith::parse(sharing, department_id)?, NewView { view, query }))
}

fn shown(filter: ShownFilter) -> SavedFilter {
    let ShownFilter { record, query, problems, editable } = filter;
    let ListView { name, filter, query: _, columns, sort } = record.view;
    let condition = |raw: RawCondition| FilterCondition { field: raw.field, operator: raw.operator, value: raw.value };
    SavedFilter {
        id: record.id,
        version: record.version,
        owner_id: record.account_id,
        view: FilterBody {
            name,
            sharing: record.shared_with.sharing(),
            department_id: record.shared_with.department(),
            filter: filter.into_iter().map(condition).collect(),
            query,
            columns,
            sort: sort.map(|SortBy { field, direction }| Sort { field, direction }),
        },
        editable,
        problems: problems
            .into_iter()
            .map(|problem| FilterProblem { complaint: problem.complaint, field_name: problem.field_name })
            .collect(),
    }
}
