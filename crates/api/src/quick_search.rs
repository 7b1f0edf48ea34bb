//! Quick search.

use crate::{
    Api,
    extract::{Body, Needs},
    openapi::AnyProblem,
    problem::Failure,
};
use actix_web::{HttpResponse, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::clients::{QuickHit, QuickSearch};
use zgoda_app::{custom_fields, quick_search};
use zgoda_domain::access::ViewClients;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(quick);
}

/// Find clients by name, e-mail address, phone number or NIP, forgiving a typing mistake; by PESEL and sensitive custom
/// fields if the whole value is given.
#[utoipa::path(operation_id = "quick_search_clients", tag = "clients", request_body = QuickSearch,
    responses((status = 200, description = "The best answers, best first", body = Vec<QuickHit>), AnyProblem))]
#[post("/clients/quick-search")]
async fn quick(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewClients>,
    body: Body<QuickSearch>,
) -> Result<HttpResponse, Failure> {
    let fields = permit.fields().existing(&custom_fields::live(&api.ctx).await?);
    let found = quick_search::search(&api.ctx, &permit, &fields, &body.value.text, body.value.limit).await?;
    let hits = found.into_iter().map(|found| {
        let (text, candidate) = (|text: String| Some(text).filter(|text| !text.is_empty()), found.candidate);
        QuickHit {
            id: candidate.id,
            kind: candidate.kind,
            name: candidate.name,
            email: text(candidate.email),
            phone: text(candidate.phone),
            mobile_phone: text(candidate.mobile_phone),
            nip: text(candidate.nip),
            city: text(candidate.city),
            matched: found.matched,
        }
    });
    Ok(HttpResponse::Ok().json(hits.collect::<Vec<_>>()))
}
