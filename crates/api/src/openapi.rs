//! The OpenAPI 3.1 document, made of the routes themselves: what is registered is documented.

use actix_web::{App, HttpResponse, get};
use utoipa::{
    IntoResponses, OpenApi,
    openapi::{
        OpenApi as Document,
        path::Operation,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_actix_web::AppExt;
use zgoda_api_types::problem::{Problem, ProblemCode};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Zgoda",
        description = "The CRM that handles personal data lawfully by construction. Every refusal is a problem document \
                       (RFC 9457) with a stable `code`. Lists are paged by `after`. Creating requests take an \
                       `Idempotency-Key`, changes an `If-Match`.",
        license(name = "EUPL-1.2", identifier = "EUPL-1.2")
    ),
    components(schemas(Problem, ProblemCode)),
    tags(
        (name = "accounts", description = "Setting up, signing in, sessions"),
        (name = "clients", description = "Client cards and the client list"),
        (name = "filters", description = "Saved ways of looking at the client list"),
        (name = "tags", description = "Tagi: short names in colours on clients"),
        (name = "imports", description = "Clients from files"),
        (name = "jobs", description = "Background jobs: what takes too long for one request"),
        (name = "custom fields", description = "Pola własne"),
        (name = "purposes", description = "Purposes and wordings of consents"),
        (name = "forms", description = "Forms and their submissions"),
        (name = "staff", description = "Accounts, roles, departments"),
        (name = "organisation", description = "Whose product this is: the controller of the data"),
        (name = "security", description = "What the organisation demands of everyone who signs in"),
        (name = "api keys", description = "What programs present instead of a session"),
        (name = "audit", description = "System activities"),
        (name = "public", description = "What visitors' browsers call, from the pages a form allows")
    )
)]
struct Skeleton;

/// Any problem; `code` says which.
#[derive(IntoResponses)]
pub enum AnyProblem {
    #[response(status = "4XX", description = "Refused; `code` says why", content_type = "application/problem+json")]
    Refused(#[to_schema] Problem),
    #[response(status = "5XX", description = "Our fault", content_type = "application/problem+json")]
    Failed(#[to_schema] Problem),
}

/// The whole document.
pub fn build() -> Document {
    let (_, mut built) =
        App::new().into_utoipa_app().openapi(Skeleton::openapi()).configure(crate::routes).split_for_parts();
    let session = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(crate::middleware::ACCESS_COOKIE)));
    if let Some(components) = built.components.as_mut() {
        components.add_security_scheme("session", session);
        components.add_security_scheme("api_key", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
    // Either of them, unless an operation says otherwise.
    let scheme = |name: &str| SecurityRequirement::new(name, std::iter::empty::<String>());
    built.security = Some(vec![scheme("session"), scheme("api_key")]);
    for operation in operations(&mut built) {
        if operation.operation_id.as_deref().is_some_and(|id| PUBLIC.contains(&id)) {
            operation.security = Some(Vec::new());
        }
    }
    built
}

/// Operations that need nobody to be signed in.
const PUBLIC: [&str; 21] = [
    "get_installation",
    "set_up",
    "sign_in",
    "refresh_session",
    "send_sign_in_code",
    "ask_sign_in_passkey",
    "complete_sign_in",
    "ask_passkey",
    "sign_in_with_passkey",
    "accept_invitation",
    "request_password_reset",
    "reset_password",
    "get_public_form",
    "get_form_challenge",
    "submit_form",
    "preflight_public_form",
    "preflight_submission",
    "claim_receipt",
    "preflight_receipt",
    "get_public_keys",
    "get_openapi",
];

fn operations(built: &mut Document) -> impl Iterator<Item = &mut Operation> {
    built.paths.paths.values_mut().flat_map(|item| {
        let all = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.options, &mut item.patch];
        all.into_iter().flatten()
    })
}

/// The document as it is committed.
pub fn text() -> Result<String, serde_json::Error> {
    build().to_pretty_json().map(|mut text| {
        text.push('\n');
        text
    })
}

/// This document.
#[utoipa::path(operation_id = "get_openapi", tag = "public", responses((status = 200, description = "The OpenAPI 3.1 document", body = Object)))]
#[get("/openapi.json")]
pub async fn document() -> HttpResponse {
    match text() {
        Ok(text) => HttpResponse::Ok().content_type("application/json").body(text),
        Err(_) => crate::problem::answer(ProblemCode::Internal),
    }
}
