//! Client cards and the client list.

use crate::{
    Api,
    extract::{Body, IfMatch, Needs, NeedsRecent, RepeatKey},
    openapi::AnyProblem,
    problem::Failure,
    wire::{self, PageQuery},
};
use actix_web::{HttpResponse, delete, get, patch, post, put, web};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    Created, Page,
    audit::AuditEntry,
    clients::{
        ClientBody, ClientCard, ClientName, ClientPage, ClientRow, Cursor, Neighbours, PatchClient, Reason,
        SearchClients, Sort, Total,
    },
    consents::WithdrawConsent,
    submissions::SubmissionSummary,
};
use zgoda_app::{
    clients, consents, custom_fields,
    listing::{self, Count},
    search_language, subject_data, submissions,
};
use zgoda_domain::{
    Invalids, Rule,
    access::{
        AssignClients, Assignment, CreateClients, DeleteClients, EditClients, ExportClients, Permit, ViewClients,
        ViewSubmissions,
    },
    client::BuiltinField,
    consent::Language,
    custom_field::CustomField,
    field_ref::FieldRef,
    id::{AuditEventId, ClientId},
    list::{Condition, Direction, ListQuery, MAX_CONDITIONS, Order, check_columns},
    search::Resolved,
};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(create)
        .service(search)
        .service(open)
        .service(name)
        .service(change)
        .service(patch)
        .service(neighbours)
        .service(delete)
        .service(assign)
        .service(give_reason)
        .service(withdraw)
        .service(list_submissions)
        .service(history)
        .service(subject_data_xlsx)
        .service(subject_data_json);
}

/// Make a client.
#[utoipa::path(operation_id = "create_client", tag = "clients", request_body = ClientBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 201, description = "The card was made", body = Created), AnyProblem))]
#[post("/clients")]
async fn create(
    api: web::Data<Api>,
    Needs(permit): Needs<CreateClients>,
    repeat: RepeatKey,
    body: Body<ClientBody>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let ClientBody { details, custom } = body.value;
    let id = clients::create(&api.ctx, &permit, &details, &custom, repeat.as_ref()).await?;
    Ok(HttpResponse::Created().json(Created { id: id.as_uuid() }))
}

/// One page of clients, ordered and filtered.
#[utoipa::path(operation_id = "search_clients", tag = "clients", request_body = SearchClients,
    responses((status = 200, description = "A page", body = ClientPage), AnyProblem))]
#[post("/clients/search")]
async fn search(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewClients>,
    body: Body<SearchClients>,
) -> Result<HttpResponse, Failure> {
    // A hidden field does not exist for the caller.
    let fields = permit.fields().existing(&custom_fields::live(&api.ctx).await?);
    let query = read_search(&api, &permit, &fields, &body.value).await?;
    let after = match &body.value.after {
        Some(Cursor(text)) => {
            Some(BASE64.decode(text).map_err(|_| Failure::from(Invalids::one("/after", Rule::Malformed)))?)
        }
        None => None,
    };
    let total = match body.value.with_total {
        true => Some(listing::count(&api.ctx, &permit, &fields, &query.conditions, &query.search).await?),
        false => None,
    };
    let (rows, next) = listing::page(&api.ctx, &permit, &fields, &query, after.as_deref()).await?;
    let items: Vec<ClientRow> = rows.into_iter().map(wire::row).collect();
    let next = next.map(|sealed| Cursor(BASE64.encode(sealed)));
    let total = total.map(|Count { number, exact }| Total { count: number, exact });
    Ok(HttpResponse::Ok().json(ClientPage { items, next, total }))
}

/// The clients before and after one in a list: with the order and the conditions of the search that showed it.
#[utoipa::path(operation_id = "get_client_neighbours", tag = "clients", request_body = SearchClients,
    params(("id" = ClientId, Path, description = "The client")),
    responses((status = 200, description = "The neighbours", body = Neighbours), AnyProblem))]
#[post("/clients/{id}/neighbours")]
async fn neighbours(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewClients>,
    id: web::Path<ClientId>,
    body: Body<SearchClients>,
) -> Result<HttpResponse, Failure> {
    let fields = permit.fields().existing(&custom_fields::live(&api.ctx).await?);
    let query = read_search(&api, &permit, &fields, &body.value).await?;
    let (previous, next) = listing::neighbours(&api.ctx, &permit, &fields, &query, *id).await?;
    Ok(HttpResponse::Ok().json(Neighbours { previous, next }))
}

async fn read_search(
    api: &Api,
    permit: &Permit<ViewClients>,
    fields: &[CustomField],
    body: &SearchClients,
) -> Result<ListQuery, Failure> {
    let mut query = read_query(fields, body)?;
    if let Some(text) = &body.query {
        query.search = search_language::read(&api.ctx, permit, fields, text).await?;
    }
    Ok(query)
}

fn read_query(fields: &[CustomField], body: &SearchClients) -> Result<ListQuery, Failure> {
    let mut invalids = Invalids::default();
    let sort = body.sort.unwrap_or(Sort { field: FieldRef::Builtin(BuiltinField::Name), direction: Direction::Asc });
    let order = invalids.take("/sort/field", Order::parse(fields, sort.field, sort.direction));
    if body.filter.len() > MAX_CONDITIONS {
        invalids.add("/filter", Rule::TooMany { max: MAX_CONDITIONS });
    }
    let mut conditions = Vec::with_capacity(body.filter.len());
    for (at, raw) in body.filter.iter().take(MAX_CONDITIONS).enumerate() {
        match Condition::parse(fields, raw.field, raw.operator, &raw.value) {
            Ok(condition) => conditions.push(condition),
            Err(inner) => invalids.nest(&format!("/filter/{at}"), inner),
        }
    }
    let limit = invalids.take(
        "/limit",
        if (1..=zgoda_domain::list::MAX_PAGE).contains(&body.limit) { Ok(body.limit) } else { Err(Rule::OutOfRange) },
    );
    if let Some(columns) = &body.columns
        && let Err(inner) = check_columns(fields, columns)
    {
        invalids.nest("/columns", inner);
    }
    let columns = body.columns.clone();
    let query = order.zip(limit).map(|(order, limit)| ListQuery {
        order,
        conditions,
        search: Resolved::default(),
        columns,
        limit,
    });
    Ok(invalids.or(query)?)
}

/// Open a client's card. Looking is recorded.
#[utoipa::path(operation_id = "get_client", tag = "clients", params(("id" = ClientId, Path, description = "The client")),
    responses((status = 200, description = "The card; `ETag` is its version", body = ClientCard), AnyProblem))]
#[get("/clients/{id}")]
async fn open(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewClients>,
    id: web::Path<ClientId>,
) -> Result<HttpResponse, Failure> {
    let shown = clients::open(&api.ctx, &permit, *id).await?;
    Ok(wire::versioned(shown.record.version, &wire::card(shown, api.ctx.now())))
}

/// A client's name as the list shows it. Not recorded as a look at the card.
#[utoipa::path(operation_id = "get_client_name", tag = "clients", params(("id" = ClientId, Path, description = "The client")),
    responses((status = 200, description = "The name", body = ClientName), AnyProblem))]
#[get("/clients/{id}/name")]
async fn name(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewClients>,
    id: web::Path<ClientId>,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(ClientName { name: clients::name(&api.ctx, &permit, *id).await? }))
}

/// Change a card, if nobody else did since it was read.
#[utoipa::path(operation_id = "change_client", tag = "clients", request_body = ClientBody,
    params(("id" = ClientId, Path, description = "The client"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 200, description = "The changed card", body = ClientCard), AnyProblem))]
#[put("/clients/{id}")]
async fn change(
    api: web::Data<Api>,
    Needs(permit): Needs<EditClients>,
    id: web::Path<ClientId>,
    IfMatch(seen): IfMatch,
    body: Body<ClientBody>,
) -> Result<HttpResponse, Failure> {
    let ClientBody { details, custom } = body.value;
    let shown = clients::change(&api.ctx, &permit, *id, seen, &details, &custom).await?;
    Ok(wire::versioned(shown.record.version, &wire::card(shown, api.ctx.now())))
}

/// Change some fields of a card, if nobody changed it since it was read.
#[utoipa::path(operation_id = "patch_client", tag = "clients", request_body = PatchClient,
    params(("id" = ClientId, Path, description = "The client"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 200, description = "The changed card", body = ClientCard), AnyProblem))]
#[patch("/clients/{id}")]
async fn patch(
    api: web::Data<Api>,
    Needs(permit): Needs<EditClients>,
    id: web::Path<ClientId>,
    IfMatch(seen): IfMatch,
    body: Body<PatchClient>,
) -> Result<HttpResponse, Failure> {
    let PatchClient { details, custom } = body.value;
    let mut invalids = Invalids::default();
    let mut changes = Vec::with_capacity(details.len() + custom.len());
    for (key, value) in details {
        match BuiltinField::from_key(&key) {
            Some(field) => changes.push((FieldRef::Builtin(field), value)),
            // The key may be anything that somebody typed: only its place is told.
            None => invalids.add("/details", Rule::Unknown),
        }
    }
    changes.extend(custom.into_iter().map(|(id, value)| (FieldRef::Custom(id), value)));
    let changes = invalids.or(Some(changes))?;
    let shown = clients::patch(&api.ctx, &permit, *id, seen, &changes).await?;
    Ok(wire::versioned(shown.record.version, &wire::card(shown, api.ctx.now())))
}

/// Take a card away for good, with everything that is the client's alone.
#[utoipa::path(operation_id = "delete_client", tag = "clients",
    params(("id" = ClientId, Path, description = "The client"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 204, description = "Deleted; what the append-only logs hold about the client cannot be read any more"), AnyProblem))]
#[delete("/clients/{id}")]
async fn delete(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<DeleteClients>,
    id: web::Path<ClientId>,
    IfMatch(seen): IfMatch,
) -> Result<HttpResponse, Failure> {
    clients::delete(&api.ctx, &permit, *id, seen).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Say whose client this is, and which department's.
#[utoipa::path(operation_id = "assign_client", tag = "clients", request_body = Assignment,
    params(("id" = ClientId, Path, description = "The client"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 204, description = "Assigned"), AnyProblem))]
#[put("/clients/{id}/assignment")]
async fn assign(
    api: web::Data<Api>,
    Needs(permit): Needs<AssignClients>,
    id: web::Path<ClientId>,
    IfMatch(seen): IfMatch,
    body: Body<Assignment>,
) -> Result<HttpResponse, Failure> {
    clients::assign(&api.ctx, &permit, *id, seen, body.value).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Say why a card has to be opened: for roles that may open one only then. Opens it to the caller for half an hour.
#[utoipa::path(operation_id = "give_reason", tag = "clients", request_body = Reason,
    params(("id" = ClientId, Path, description = "The client")),
    responses((status = 204, description = "Recorded"), AnyProblem))]
#[post("/clients/{id}/reasons")]
async fn give_reason(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewClients>,
    id: web::Path<ClientId>,
    body: Body<Reason>,
) -> Result<HttpResponse, Failure> {
    clients::give_reason(&api.ctx, &permit, *id, &body.value.reason).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Withdraw a consent on the client's word. Appends to the ledger.
#[utoipa::path(operation_id = "withdraw_consent", tag = "clients", request_body = WithdrawConsent,
    params(("id" = ClientId, Path, description = "The client")),
    responses((status = 204, description = "Withdrawn"), AnyProblem))]
#[post("/clients/{id}/withdraw-consent")]
async fn withdraw(
    api: web::Data<Api>,
    Needs(permit): Needs<EditClients>,
    id: web::Path<ClientId>,
    body: Body<WithdrawConsent>,
) -> Result<HttpResponse, Failure> {
    let WithdrawConsent { purpose_id, channel, note } = body.value;
    consents::withdraw(&api.ctx, &permit, *id, purpose_id, channel, note.as_deref()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What a client sent through forms, newest first.
#[utoipa::path(operation_id = "list_client_submissions", tag = "clients", params(("id" = ClientId, Path, description = "The client")),
    responses((status = 200, description = "Submissions", body = Vec<SubmissionSummary>), AnyProblem))]
#[get("/clients/{id}/submissions")]
async fn list_submissions(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewSubmissions>,
    id: web::Path<ClientId>,
) -> Result<HttpResponse, Failure> {
    let rows = submissions::of_client(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::Ok().json(rows.into_iter().map(wire::submission).collect::<Vec<_>>()))
}

/// Who changed and who looked at a card, newest first.
#[utoipa::path(operation_id = "list_client_history", tag = "clients",
    params(("id" = ClientId, Path, description = "The client"), PageQuery),
    responses((status = 200, description = "A page", body = Page<AuditEntry>), AnyProblem))]
#[get("/clients/{id}/history")]
async fn history(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewClients>,
    id: web::Path<ClientId>,
    page: web::Query<PageQuery>,
) -> Result<HttpResponse, Failure> {
    let after = page.after.map(AuditEventId::from_uuid);
    let (rows, next) = clients::history(&api.ctx, &permit, *id, after, wire::limit(page.limit)?).await?;
    let items: Vec<AuditEntry> = rows.into_iter().map(wire::audit_entry).collect();
    Ok(HttpResponse::Ok().json(Page { items, next: next.map(AuditEventId::as_uuid), total: None }))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FileQuery {
    /// Language of headings; Polish when absent.
    language: Option<Language>,
}

/// Everything held on a client, as a workbook. The hand-over is recorded.
#[utoipa::path(operation_id = "get_subject_data_xlsx", tag = "clients",
    params(("id" = ClientId, Path, description = "The client"), FileQuery),
    responses((status = 200, description = "An XLSX workbook", content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), AnyProblem))]
#[get("/clients/{id}/subject-data.xlsx")]
async fn subject_data_xlsx(
    api: web::Data<Api>,
    Needs(permit): Needs<ExportClients>,
    id: web::Path<ClientId>,
    query: web::Query<FileQuery>,
) -> Result<HttpResponse, Failure> {
    let bytes = subject_data::xlsx(&api.ctx, &permit, *id, query.language.unwrap_or(Language::Pl)).await?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(wire::file(&format!("dane-klienta-{id}.xlsx"), kind, bytes))
}

/// Everything held on a client, as JSON. The hand-over is recorded.
#[utoipa::path(operation_id = "get_subject_data_json", tag = "clients", params(("id" = ClientId, Path, description = "The client")),
    responses((status = 200, description = "`data.json`", content_type = "application/json"), AnyProblem))]
#[get("/clients/{id}/subject-data.json")]
async fn subject_data_json(
    api: web::Data<Api>,
    Needs(permit): Needs<ExportClients>,
    id: web::Path<ClientId>,
) -> Result<HttpResponse, Failure> {
    let bytes = subject_data::json(&api.ctx, &permit, *id).await?;
    Ok(wire::file("data.json", "application/json", bytes))
}
