//! What happens to every request: an id, a deadline, the session, the check for foreign sites, the headers, one log line.

use crate::{Api, problem, request_origin};
use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    cookie::Cookie,
    dev::{ServiceRequest, ServiceResponse},
    get,
    http::{Method, header},
    middleware::Next,
    web,
};
use std::time::{Duration, Instant};
use zgoda_api_types::problem::ProblemCode;
use zgoda_app::{
    AppError, api_keys,
    sessions::{self, Authenticated, Presence},
};

/// Names of the session's cookies. `__Host-`: this host only, over TLS or on this machine, for every path.
pub(crate) const ACCESS_COOKIE: &str = "__Host-zgoda-access";
pub(crate) const REFRESH_COOKIE: &str = "__Host-zgoda-refresh";
/// A browser that is not asked for a second factor.
pub(crate) const DEVICE_COOKIE: &str = "__Host-zgoda-device";

/// A whole request, with its body, takes no longer than this.
const DEADLINE: Duration = Duration::from_secs(30);

/// Wraps every route.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let method = request.method().clone();
    let api_route = routed_path(&request).starts_with("/api/");
    let Some(api) = request.app_data::<web::Data<Api>>().cloned() else {
        return Ok(refuse(request, ProblemCode::Internal));
    };
    let id = hex_id(api.ctx.entropy());
    let response = match admit(&api, &request).await {
        // The routing owns the request now (a second handle to it would make actix panic), so a request that takes too
        // long can only be answered as an error.
        Ok(()) => match tokio::time::timeout(DEADLINE, next.call(request)).await {
            Ok(response) => response?.map_into_boxed_body(),
            Err(_) => return Err(problem::Failure::from(ProblemCode::BodyTimeout).into()),
        },
        Err(code) => refuse(request, code),
    };
    let route = response.request().match_pattern().unwrap_or_else(|| "-".to_owned());
    let status = response.status();
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    // The route's pattern, never the path or the query: they may name a person's record.
    tracing::info!(request = id, %method, route, status = status.as_u16(), micros, "request");
    Ok(with_headers(response, api_route, api.ctx.public_url.starts_with("https://"), &id))
}

/// The path as the routes compare it: `%61` for an `a` leads to the same route, and must meet the same checks.
fn routed_path(request: &ServiceRequest) -> &str {
    request.match_info().as_str()
}

fn hex_id(bytes: [u8; 10]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn refuse(request: ServiceRequest, code: ProblemCode) -> ServiceResponse<BoxBody> {
    request.into_response(problem::answer(code))
}

/// Settles who asks, and turns away what must not get further.
async fn admit(api: &Api, request: &ServiceRequest) -> Result<(), ProblemCode> {
    if request
        .headers()
        .get_all(header::CONTENT_ENCODING)
        .any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        // A small compressed body can unpack to a gigabyte.
        return Err(ProblemCode::UnsupportedMediaType);
    }
    let path = routed_path(request);
    if !path.starts_with("/api/") || path.starts_with("/api/v1/public/") {
        return Ok(());
    }
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !safe && is_cross_site(request.request()) {
        return Err(ProblemCode::CrossSite);
    }
    let access = request.cookie(ACCESS_COOKIE);
    let origin = || request_origin::of(request.request(), &api.proxies);
    if let Some(authorization) = request.headers().get(header::AUTHORIZATION) {
        // Keys for integrators come in this header; a browser's session never does.
        if access.is_some() || request.cookie(REFRESH_COOKIE).is_some() {
            return Err(ProblemCode::AmbiguousCredentials);
        }
        let key = authorization.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        let caller = api_keys::authenticate(&api.ctx, key.unwrap_or_default(), origin()).await;
        request.extensions_mut().insert(caller.map_err(refusal)?);
    } else if let Some(cookie) = access {
        match sessions::authenticate(&api.ctx, cookie.value(), origin(), presence(request)).await {
            Ok(Authenticated::Caller(caller)) => {
                request.extensions_mut().insert(caller);
            }
            Ok(Authenticated::Locked(session)) => {
                if !WHILE_LOCKED.contains(&(request.method().as_str(), path)) {
                    return Err(ProblemCode::SessionLocked);
                }
                request.extensions_mut().insert(session);
            }
            // Some routes need nobody to be signed in.
            Err(AppError::SignInNeeded) => {}
            Err(error) => return Err(refusal(error)),
        }
    }
    Ok(())
}

/// All that a locked session can do.
const WHILE_LOCKED: [(&str, &str); 13] = [
    ("POST", "/api/v1/session/unlock"),
    ("GET", "/api/v1/session/unlock"),
    ("POST", "/api/v1/session/unlock/passkey"),
    ("POST", "/api/v1/session/unlock/passkey/answer"),
    ("DELETE", "/api/v1/session"),
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/session/refresh"),
    ("POST", "/api/v1/session/second-factor"),
    ("POST", "/api/v1/session/second-factor/code"),
    ("POST", "/api/v1/session/second-factor/passkey"),
    ("POST", "/api/v1/session/passkey"),
    ("POST", "/api/v1/session/passkey/answer"),
    ("GET", "/api/v1/installation"),
];

/// What the app asks by itself says so, and asking who is signed in is no work: neither keeps a session awake.
fn presence(request: &ServiceRequest) -> Presence {
    let asks_who = *request.method() == Method::GET && routed_path(request) == "/api/v1/session";
    if asks_who || request.headers().contains_key("X-Background") { Presence::Background } else { Presence::Person }
}

fn refusal(error: AppError) -> ProblemCode {
    match error {
        AppError::SignInNeeded => ProblemCode::SignInNeeded,
        AppError::Busy => ProblemCode::Busy,
        error => {
            tracing::error!(%error, "a caller could not be checked");
            ProblemCode::Internal
        }
    }
}

/// Whether another site made the browser send this (cross-site request forgery).
fn is_cross_site(request: &HttpRequest) -> bool {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("Sec-Fetch-Site") {
        return site != "same-origin";
    }
    match text("Origin") {
        Some(origin) => {
            let host = text("Host").unwrap_or_default();
            let own = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            own != Some(host) || host.is_empty()
        }
        // Every browser says one or the other with a state-changing request. Who has cookies and says neither is none.
        None => request.cookie(ACCESS_COOKIE).is_some() || request.cookie(REFRESH_COOKIE).is_some(),
    }
}

/// Content security for the app's pages. Hosted forms set their own, with the origins that may frame them.
pub(crate) const APP_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'; frame-src 'self'";

fn with_headers(
    mut response: ServiceResponse<BoxBody>,
    api_route: bool,
    encrypted: bool,
    id: &str,
) -> ServiceResponse<BoxBody> {
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        let name = header::HeaderName::from_static(name);
        if !headers.contains_key(&name)
            && let Ok(value) = header::HeaderValue::from_str(value)
        {
            headers.insert(name, value);
        }
    };
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "same-origin");
    set("content-security-policy", APP_POLICY);
    set("cross-origin-opener-policy", "same-origin");
    set("permissions-policy", "camera=(), microphone=(), geolocation=()");
    set("x-request-id", id);
    if encrypted {
        // A year, as ASVS 5.0 asks for in 3.4.1; the proxy that ends TLS passes it on.
        set("strict-transport-security", "max-age=31536000; includeSubDomains");
    }
    if api_route {
        set("cache-control", "no-store");
    }
    response
}

/// A session cookie: out of scripts' reach, for this host alone, never sent by another site's pages.
pub(crate) fn session_cookie(
    name: &'static str,
    value: String,
    life: actix_web::cookie::time::Duration,
) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(actix_web::cookie::SameSite::Strict)
        .max_age(life)
        .finish()
}

/// The process is there.
#[get("/health")]
pub async fn health() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// The database answers.
#[get("/ready")]
pub async fn ready(api: web::Data<Api>) -> HttpResponse {
    match zgoda_app::accounts::needs_owner(&api.ctx).await {
        Ok(_) => HttpResponse::Ok().content_type("text/plain").body("ready\n"),
        Err(_) => problem::answer(ProblemCode::Busy),
    }
}
