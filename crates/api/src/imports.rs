//! Imports of clients from files.

use crate::{
    Api,
    extract::{Body, IfMatch, Needs, RepeatKey, read_bytes},
    openapi::AnyProblem,
    problem::Failure,
    wire::{self, PageQuery},
};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, delete, get, http::header, post, put, web};
use futures::TryStreamExt;
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    Created, Page,
    imports::{
        ClientOrigin, FixRow, FixedRow, Import, ImportColumn, ImportRow, ImportRows, ImportRun, ImportSummary,
        ProposedField, RememberedImport, RowsWanted, RunImport, StartImport,
    },
    problem::ProblemCode,
};
use zgoda_app::imports::{self, Column, ImportRecord, OpenedImport, ShownRow, Wanted};
use zgoda_domain::{
    access::{ImportClients, ViewClients},
    consent::Language,
    id::{ClientId, ImportId},
    import::{ImportSettings, PART_BYTES},
    job::JobState,
    sheet::ReadAs,
};

/// A row of two hundred long cells.
const ROW: usize = 2 * 1024 * 1024;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(start)
        .service(put_part)
        .service(read)
        .service(open)
        .service(save_settings)
        .service(rows)
        .service(fix_row)
        .service(run)
        .service(report)
        .service(discard)
        .service(origins);
}

/// The caller's imports, newest first.
#[utoipa::path(operation_id = "list_imports", tag = "imports", params(PageQuery),
    responses((status = 200, description = "A page", body = Page<ImportSummary>), AnyProblem))]
#[get("/imports")]
async fn list(
    api: web::Data<Api>,
    Needs(permit): Needs<ImportClients>,
    page: web::Query<PageQuery>,
) -> Result<HttpResponse, Failure> {
    let after = page.after.map(ImportId::from_uuid);
    let (found, next) = imports::list(&api.ctx, &permit, after, wire::limit(page.limit)?).await?;
    let items: Vec<ImportSummary> = found.into_iter().map(summary).collect();
    Ok(HttpResponse::Ok().json(Page { items, next: next.map(ImportId::as_uuid), total: None }))
}

fn summary((record, standing): (ImportRecord, Option<(JobState, bool)>)) -> ImportSummary {
    ImportSummary {
        run: standing.map(|(state, undone)| ImportRun { state, undone }),
        expires_at: imports::expires_at(&record),
        id: record.id,
        state: record.state,
        file_name: record.content.file_name,
        rows: record.rows,
        created_at: record.created_at,
        changed_at: record.changed_at,
        job_id: record.job_id,
    }
}

/// Begin an import of an XLSX, XLS, ODS, CSV or vCard file, or of JSON: its parts are to follow.
#[utoipa::path(operation_id = "start_import", tag = "imports", request_body = StartImport,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 201, description = "Begun", body = Created), AnyProblem))]
#[post("/imports")]
async fn start(
    api: web::Data<Api>,
    Needs(permit): Needs<ImportClients>,
    repeat: RepeatKey,
    body: Body<StartImport>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let StartImport { file_name, size } = body.value;
    let id = imports::start(&api.ctx, &permit, &file_name, size, repeat.as_ref()).await?;
    Ok(HttpResponse::Created().json(Created { id: id.as_uuid() }))
}

#[derive(Deserialize)]
struct Numbered {
    id: ImportId,
    number: u32,
}

/// Send a part of the file, from 0: each but the last has exactly 1 MiB. Can be repeated.
#[utoipa::path(operation_id = "send_import_part", tag = "imports",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    params(("id" = ImportId, Path, description = "The import"), ("number" = u32, Path, description = "Which part")),
    responses((status = 204, description = "Kept"), AnyProblem))]
#[put("/imports/{id}/parts/{number}")]
async fn put_part(
    api: web::Data<Api>,
    Needs(permit): Needs<ImportClients>,
    path: web::Path<Numbered>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Failure> {
    if !request.content_type().eq_ignore_ascii_case("application/octet-stream") {
        return Err(ProblemCode::UnsupportedMediaType.into());
    }
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let content = read_bytes(PART_BYTES, payload.into_inner(), declared).await?;
    imports::put_part(&api.ctx, &permit, path.id, path.number, &content).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Read the file that was sent, or read it again another way: another sheet, encoding or delimiter.
#[utoipa::path(operation_id = "read_import", tag = "imports", request_body = ReadAs,
    params(("id" = ImportId, Path, description = "The import")),
    responses((status = 200, description = "The import with its columns", body = Import), AnyProblem))]
#[post("/imports/{id}/read")]
async fn read(
    api: web::Data<Api>,
    Needs(permit): Needs<ImportClients>,
    id: web::Path<ImportId>,
    body: Body<ReadAs>,
) -> Result<HttpResponse, Failure> {
    let opened = imports::read(&api.ctx, &permit, *id, body.value).await?;
    Ok(wire::versioned(opened.record.version, &shown(opened)))
}

#[derive(Deserialize, utoipa::IntoParams)]
struct OpenQuery {
    /// Look at the columns as if this row named them; 0 for none.
    header_row: Option<u32>,
}

/// An import with its columns.
#[utoipa::path(operation_id = "get_import", tag = "imports", params(("id" = ImportId, Path, description = "The import"), OpenQuery),
    responses((status = 200, description = "The import", body = Import), AnyProblem))]
#[get("/imports/{id}")]
async fn open(
    api: web::Data<Api>,
    Needs(permit): Needs<ImportClients>,
    id: web::Path<ImportId>,
    query: web::Query<OpenQuery>,
) -> Result<HttpResponse, Failure> {
    let opened = imports::open(&api.ctx, &permit, *id, query.header_row).await?;
    Ok(wire::versioned(opened.record.version, &shown(opened)))
}

fn shown(opened: OpenedImport) -> Import {
    let OpenedImport { record, parts, header_row, columns, remembered } = opened;
    Import {
        expires_at: imports::expires_at(&record),
        id: record.id,
        version: record.version,
        state: record.state,
        file_name: record.content.file_name,
        size: record.size,
        parts,
        created_at: record.created_at,
        book: record.content.book,
        rows: record.rows,
        header_row,
        columns: columns.into_iter().map(column).collect(),
        remembered: remembered.map(|mapping| RememberedImport {
            strategy: mapping.strategy,
            match_by: mapping.match_by,
            kind: mapping.kind,
        }),
        settings: record.content.settings,
        check: record.check,
        missing_tags: record.content.missing_tags,
        job_id: record.job_id,
    }
}

fn column(column: Column) -> ImportColumn {
    ImportColumn {
        samples: column.samples,
        filled: column.filled,
        target: column.target,
        new_field: ProposedField { name: column.header.clone(), kind: column.kind, options: column.options },
        header: column.header,
    }
}

/// Say how the import is to be done, and check every row against it.
#[utoipa::path(operation_id = "save_import_settings", tag = "imports", request_body = ImportSettings,
    params(("id" = ImportId, Path, description = "The import"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 200, description = "What the check found stands in `check`", body = Import), AnyProblem))]
#[put("/imports/{id}/settings")]
async fn save_settings(
    api: web::Data<Api>,
    Needs(permit): Needs<ImportClients>,
    id: web::Path<ImportId>,
    IfMatch(seen): IfMatch,
    body: Body<ImportSettings>,
) -> Result<HttpResponse, Failure> {
    let opened = imports::save_settings(&api.ctx, &permit, *id, seen, body.value).await?;
    Ok(wire::versioned(opened.record.version, &shown(opened)))
}

#[derive(Deserialize, utoipa::IntoParams)]
struct RowsQuery {
    /// All when absent.
    #[param(inline)]
    only: Option<RowsWanted>,
    /// `next` of the page before.
    after: Option<u32>,
    /// 1 to 200; 50 when absent.
    limit: Option<u64>,
}

/// Rows below the head, with what is wrong with them, and what became of them.
#[utoipa::path(operation_id = "list_import_rows", tag = "imports", params(("id" = ImportId, Path, description = "The import"), RowsQuery),
    responses((status = 200, description = "A page", body = ImportRows), AnyProblem))]
#[get("/imports/{id}/rows")]
async fn rows(
    api: web::Data<Api>,
    Needs(permit): Needs<ImportClients>,
    id: web::Path<ImportId>,
    query: web::Query<RowsQuery>,
) -> Result<HttpResponse, Failure> {
    let wanted = match query.only.unwrap_or_default() {
        RowsWanted::All => Wanted::All,
        RowsWanted::Problems => Wanted::Faulty,
        RowsWanted::LeftOut => Wanted::LeftOut,
    };
    let (found, next) = imports::rows(&api.ctx, &permit, *id, wanted, query.after, wire::limit(query.limit)?).await?;
    Ok(HttpResponse::Ok().json(ImportRows { items: found.into_iter().map(row).collect(), next }))
}

fn row(shown: ShownRow) -> ImportRow {
    ImportRow {
        number: shown.number,
        cells: shown.cells,
        problems: shown.problems,
        left_out: shown.left_out,
        outcome: shown.outcome,
        client_id: shown.client_id,
    }
}

/// Correct a row in place, or leave it out.
#[utoipa::path(operation_id = "fix_import_row", tag = "imports", request_body = FixRow,
    params(("id" = ImportId, Path, description = "The import"), ("number" = u32, Path, description = "The row"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 200, description = "The row as it is then, and the counts", body = FixedRow), AnyProblem))]
#[put("/imports/{id}/rows/{number}")]
async fn fix_row(
    api: web::Data<Api>,
    Needs(permit): Needs<ImportClients>,
    path: web::Path<Numbered>,
    IfMatch(seen): IfMatch,
    body: Body<FixRow, ROW>,
) -> Result<HttpResponse, Failure> {
    let FixRow { cells, left_out } = body.value;
    let (fixed, check, version) =
        imports::fix_row(&api.ctx, &permit, path.id, seen, path.number, cells, left_out).await?;
    Ok(wire::versioned(version, &FixedRow { row: row(fixed), check }))
}

/// Run the import, as a background job that can be undone for a day.
#[utoipa::path(operation_id = "run_import", tag = "imports", request_body = RunImport,
    params(("id" = ImportId, Path, description = "The import"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 202, description = "The job", body = Created), AnyProblem))]
#[post("/imports/{id}/run")]
async fn run(
    api: web::Data<Api>,
    Needs(permit): Needs<ImportClients>,
    id: web::Path<ImportId>,
    IfMatch(seen): IfMatch,
    body: Body<RunImport>,
) -> Result<HttpResponse, Failure> {
    let job = imports::run(&api.ctx, &permit, *id, seen, body.value.leave_out_problems).await?;
    Ok(HttpResponse::Accepted().json(Created { id: job.as_uuid() }))
}

#[derive(Deserialize, utoipa::IntoParams)]
struct ReportQuery {
    /// Language of headings and reasons; Polish when absent.
    language: Option<Language>,
}

/// What became of each row, as delimited text: by semicolons in Polish, by commas in English; with the cells of rows that
/// were not taken. Recorded.
#[utoipa::path(operation_id = "get_import_report", tag = "imports", params(("id" = ImportId, Path, description = "The import"), ReportQuery),
    responses((status = 200, description = "A file (RFC 4180)", content_type = "text/csv"), AnyProblem))]
#[get("/imports/{id}/report")]
async fn report(
    api: web::Data<Api>,
    Needs(permit): Needs<ImportClients>,
    id: web::Path<ImportId>,
    query: web::Query<ReportQuery>,
) -> Result<HttpResponse, Failure> {
    let report = imports::report(&api.ctx, &permit, *id, query.language.unwrap_or(Language::Pl)).await?;
    let pieces = report.into_stream().map_ok(web::Bytes::from).map_err(|error| Failure::from(error).into());
    Ok(wire::streamed("import.csv", "text/csv; charset=utf-8", pieces))
}

/// Forget an import with everything that was sent. What it made stays.
#[utoipa::path(operation_id = "discard_import", tag = "imports", params(("id" = ImportId, Path, description = "The import")),
    responses((status = 204, description = "Forgotten"), AnyProblem))]
#[delete("/imports/{id}")]
async fn discard(
    api: web::Data<Api>,
    Needs(permit): Needs<ImportClients>,
    id: web::Path<ImportId>,
) -> Result<HttpResponse, Failure> {
    imports::discard(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Where a client's data came from, earliest first: the imports that made or changed the card.
#[utoipa::path(operation_id = "list_client_origins", tag = "clients", params(("id" = ClientId, Path, description = "The client")),
    responses((status = 200, description = "Origins", body = Vec<ClientOrigin>), AnyProblem))]
#[get("/clients/{id}/origins")]
async fn origins(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewClients>,
    id: web::Path<ClientId>,
) -> Result<HttpResponse, Failure> {
    let found = imports::origins_of(&api.ctx, &permit, *id).await?;
    let told = found.into_iter().map(|record| ClientOrigin {
        imported_at: record.imported_at,
        imported_by: record.imported_by,
        file_name: record.origin.file_name,
        source: record.origin.source,
        obtained_on: record.origin.obtained_on,
        lawful_basis: record.origin.lawful_basis,
        made: record.made,
    });
    Ok(HttpResponse::Ok().json(told.collect::<Vec<_>>()))
}
