//! Reading queries for an editor.

use crate::{
    Api,
    extract::{Body, Needs},
    openapi::AnyProblem,
    problem::Failure,
};
use actix_web::{HttpResponse, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::queries::{QueryProblem, QueryReading, ReadQuery};
use zgoda_app::{custom_fields, search_language};
use zgoda_domain::{
    Invalids, Rule,
    access::ViewClients,
    search::{Reading, complete},
};

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(read);
}

/// Read a query of the client list without asking it: what is wrong with it, its rows, its colours, what could be typed next.
#[utoipa::path(operation_id = "read_query", tag = "clients", request_body = ReadQuery,
    responses((status = 200, description = "The query as it was read", body = QueryReading), AnyProblem))]
#[post("/clients/query")]
async fn read(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewClients>,
    body: Body<ReadQuery>,
) -> Result<HttpResponse, Failure> {
    let ReadQuery { text, tree, caret, with_fields } = body.value;
    let fields = permit.fields().existing(&custom_fields::live(&api.ctx).await?);
    let catalogue = search_language::catalogue(&api.ctx, &permit, &fields).await?;
    let text = match (text, tree) {
        (Some(text), None) => text,
        (None, Some(tree)) => tree.print(&catalogue),
        (None, None) => return Err(Invalids::one("/text", Rule::Required).into()),
        (Some(_), Some(_)) => return Err(Invalids::one("/tree", Rule::Contradiction).into()),
    };
    if caret.is_some_and(|caret| !text.is_char_boundary(caret)) {
        return Err(Invalids::one("/caret", Rule::OutOfRange).into());
    }
    let completions = caret.map(|caret| complete(&text, caret, &catalogue));
    let Reading { text, tokens, problem, canonical, outline } = Reading::of(text, &catalogue);
    let problem = problem.map(|(problem, repairs)| QueryProblem { rule: problem.into_rule(), repairs });
    let fields = with_fields.then(|| catalogue.choices());
    Ok(HttpResponse::Ok().json(QueryReading { text, tokens, problem, canonical, tree: outline, completions, fields }))
}
