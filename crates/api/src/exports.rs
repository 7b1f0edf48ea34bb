//! Taking clients out, as a file that a background job makes.

use crate::{
    Api, bulk,
    extract::{Body, NeedsRecent, RepeatKey},
    openapi::AnyProblem,
    problem::Failure,
};
use actix_web::{HttpResponse, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{Created, jobs::ExportMany};
use zgoda_app::exports::{self, Wanted};
use zgoda_domain::{access::ExportClients, consent::Language, export::ExportLook, sheet::Delimiter};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(export);
}

/// Take clients out as a file of the columns that the list shows. Runs as a background job; its file can be had for a day by
/// whoever asked, with `GET /jobs/{id}/file`. Masked values are masked. At most five an hour.
#[utoipa::path(operation_id = "export_clients", tag = "clients", request_body = ExportMany,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 202, description = "The job", body = Created), AnyProblem))]
#[post("/clients/export")]
async fn export(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<ExportClients>,
    repeat: RepeatKey,
    body: Body<ExportMany, { bulk::MANY }>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let ExportMany { clients, sort, columns, format, delimiter, language, reason } = body.value;
    let look = ExportLook {
        columns,
        format,
        delimiter: delimiter.unwrap_or(Delimiter::Semicolon),
        language: language.unwrap_or(Language::Pl),
    };
    let sort = sort.map(|sort| (sort.field, sort.direction));
    let targets = bulk::targets(&api, &permit, clients).await?;
    let wanted = Wanted::new(look, targets, sort, reason);
    let id = exports::start(&api.ctx, &permit, wanted, repeat.as_ref()).await?;
    Ok(HttpResponse::Accepted().json(Created { id: id.as_uuid() }))
}
