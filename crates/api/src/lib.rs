//! HTTP: routes, extractors, problems, the OpenAPI document, and the pages visitors see.
//!
//! Handlers extract, make one call, and answer. Who is asking was settled by the time a handler runs: each names the
//! right it needs in its signature as [`extract::Needs`] and does not compile without one.

pub mod openapi;

mod extract;
mod limits;
mod middleware;
mod problem;
mod request_origin;

mod accounts;
mod api_keys;
mod audit;
mod bulk;
mod client_files;
mod clients;
mod confirmation;
mod consents;
mod custom_fields;
mod duplicates;
mod embed;
mod exports;
mod forms;
mod hosted_form;
mod imports;
mod jobs;
mod ledger;
mod organisation;
mod passwords;
mod public;
mod purposes;
mod queries;
mod quick_search;
mod receipts;
mod renewal;
mod same_time;
mod saved_filters;
mod second_factors;
mod security;
mod staff;
mod submission_body;
mod submissions;
mod tags;
mod told_time;
mod unlock;
mod wire;

use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_app::Ctx;

pub use limits::Limits;
pub use middleware::guard;
pub use request_origin::TrustedProxies;

/// What every handler can reach.
#[derive(Clone)]
pub struct Api {
    pub ctx: Ctx,
    pub limits: Limits,
    pub proxies: TrustedProxies,
}

/// All routes of the API, each with its documentation.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(
        utoipa_actix_web::scope("/api/v1")
            .configure(accounts::routes)
            .configure(passwords::routes)
            .configure(second_factors::routes)
            .configure(unlock::routes)
            .configure(clients::routes)
            .configure(quick_search::routes)
            .configure(queries::routes)
            .configure(duplicates::routes)
            .configure(client_files::routes)
            .configure(bulk::routes)
            .configure(exports::routes)
            .configure(tags::routes)
            .configure(saved_filters::routes)
            .configure(jobs::routes)
            .configure(imports::routes)
            .configure(consents::routes)
            .configure(receipts::routes)
            .configure(custom_fields::routes)
            .configure(purposes::routes)
            .configure(forms::routes)
            .configure(submissions::routes)
            .configure(audit::routes)
            .configure(ledger::routes)
            .configure(staff::routes)
            .configure(organisation::routes)
            .configure(security::routes)
            .configure(api_keys::routes)
            .configure(public::routes)
            .service(openapi::document),
    );
}

/// Pages and probes outside the documented API: hosted forms, the embed script, health.
pub fn pages(config: &mut web::ServiceConfig) {
    config
        // Before the forms: its name would pass for a form's id.
        .service(hosted_form::stylesheet)
        .service(embed::page_script)
        .service(hosted_form::look)
        .service(hosted_form::show)
        .service(hosted_form::send)
        .service(confirmation::show)
        .service(confirmation::confirm)
        .service(confirmation::show_cancel)
        .service(confirmation::cancel)
        .service(hosted_form::hand_receipt)
        .service(embed::script)
        .service(embed::pinned_script)
        .service(hosted_form::no_icon)
        .service(renewal::show)
        .service(renewal::answer)
        .service(middleware::health)
        .service(middleware::ready);
}

/// How framework errors become problem documents.
pub fn framework(config: &mut web::ServiceConfig) {
    problem::framework(config);
}

/// Answers what no route takes.
pub async fn nothing_here() -> actix_web::HttpResponse {
    problem::answer(zgoda_api_types::problem::ProblemCode::NotFound)
}
