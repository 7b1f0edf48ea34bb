//! Setting up, signing in, sessions, preferences.

use crate::{
    Api,
    extract::{AnySession, Body, From, Locked, Needs, SignedInCaller},
    middleware::{ACCESS_COOKIE, DEVICE_COOKIE, REFRESH_COOKIE, session_cookie},
    openapi::AnyProblem,
    problem::Failure,
    request_origin, second_factors,
};
use actix_web::{HttpRequest, HttpResponse, cookie::time::Duration, delete, get, post, put, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    accounts::{Installation, Me, Preferences, RoleName, Session, SetUp, SignIn, Unlock},
    problem::ProblemCode,
    second_factors::SecondFactorNeeded,
};
use zgoda_app::{
    accounts, locks, passwords, roles, security,
    sessions::{self, Authenticated, Browser, Presence, SignedIn},
    signing_in::{self, SignInOutcome},
};
use zgoda_domain::{
    access::{Caller, Origin, UseOwnAccount},
    account::NewAccount,
    id::SessionId,
};
use zgoda_vault::SecretToken;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(installation)
        .service(set_up)
        .service(sign_in)
        .service(refresh)
        .service(me)
        .service(sign_out)
        .service(note_activity)
        .service(lock)
        .service(unlock)
        .service(list_sessions)
        .service(revoke_session)
        .service(save_preferences);
}

/// What can be known of this installation before signing in.
#[utoipa::path(operation_id = "get_installation", tag = "accounts",
    responses((status = 200, description = "The installation's state", body = Installation), AnyProblem))]
#[get("/installation")]
async fn installation(api: web::Data<Api>) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(Installation {
        needs_owner: accounts::needs_owner(&api.ctx).await?,
        resets_passwords: passwords::can_reset(&api.ctx),
    }))
}

/// Make the first owner, once, with the printed token.
#[utoipa::path(operation_id = "set_up", tag = "accounts", request_body = SetUp,
    responses((status = 201, description = "The owner is made and signed in", body = Me), AnyProblem))]
#[post("/setup")]
async fn set_up(
    api: web::Data<Api>,
    request: HttpRequest,
    From(origin): From,
    body: Body<SetUp>,
) -> Result<HttpResponse, Failure> {
    if !api.limits.allows_sign_in("setup", &request_origin::network_of(&origin)) {
        return Err(ProblemCode::TooManyRequests.into());
    }
    let body = body.value;
    let new = NewAccount::parse(&body.email, &body.name, &body.password)?;
    let (token, presented) = (SecretToken::presented(&body.token), Presented::by(&request));
    let signed_in = accounts::set_up(&api.ctx, &token, new, presented.browser(), &origin).await?;
    welcome(&api, HttpResponse::Created(), signed_in, origin).await
}

/// Sign in with address and password.
#[utoipa::path(operation_id = "sign_in", tag = "accounts", request_body = SignIn,
    responses((status = 200, description = "Signed in; the session is in cookies", body = Me),
        (status = 202, description = "Right so far; a second factor is asked for", body = SecondFactorNeeded), AnyProblem))]
#[post("/session")]
async fn sign_in(
    api: web::Data<Api>,
    request: HttpRequest,
    From(origin): From,
    body: Body<SignIn>,
) -> Result<HttpResponse, Failure> {
    let SignIn { email, password } = body.value;
    if !api.limits.allows_sign_in(&email, &request_origin::network_of(&origin)) {
        return Err(ProblemCode::TooManyRequests.into());
    }
    match signing_in::with_password(&api.ctx, &email, &password, Presented::by(&request).browser(), &origin).await? {
        SignInOutcome::SignedIn(signed_in) => welcome(&api, HttpResponse::Ok(), signed_in, origin).await,
        SignInOutcome::SecondFactor { attempt, offers } => {
            let offers = second_factors::offers(offers);
            let needed = SecondFactorNeeded { attempt: attempt.reveal().to_owned(), offers };
            Ok(HttpResponse::Accepted().json(needed))
        }
    }
}

/// Exchange the refresh cookie for the next pair of tokens.
#[utoipa::path(operation_id = "refresh_session", tag = "accounts",
    responses((status = 204, description = "The session goes on"), AnyProblem))]
#[post("/session/refresh")]
async fn refresh(api: web::Data<Api>, request: HttpRequest, From(origin): From) -> Result<HttpResponse, Failure> {
    let cookie = request.cookie(REFRESH_COOKIE).ok_or(ProblemCode::SignInNeeded)?;
    let signed_in = sessions::refresh(&api.ctx, &SecretToken::presented(cookie.value()), &origin).await?;
    Ok(go_on(&api, &signed_in))
}

/// Who is signed in, and what they may do.
#[utoipa::path(operation_id = "get_session", tag = "accounts",
    responses((status = 200, description = "The caller", body = Me), AnyProblem))]
#[get("/session")]
async fn me(api: web::Data<Api>, SignedInCaller(caller): SignedInCaller) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(describe(&api, &caller).await?))
}

/// Sign out: the session ends at once, everywhere.
#[utoipa::path(operation_id = "sign_out", tag = "accounts",
    responses((status = 204, description = "Signed out"), AnyProblem))]
#[delete("/session")]
async fn sign_out(api: web::Data<Api>, AnySession(session): AnySession) -> Result<HttpResponse, Failure> {
    sessions::sign_out(&api.ctx, session.account_id, session.session_id, &session.origin).await?;
    Ok(HttpResponse::NoContent()
        .cookie(session_cookie(ACCESS_COOKIE, String::new(), Duration::ZERO))
        .cookie(session_cookie(REFRESH_COOKIE, String::new(), Duration::ZERO))
        .insert_header(("Clear-Site-Data", "\"cache\", \"storage\""))
        .finish())
}

/// Say that someone is at work, so that the session is not locked: for an app that has nothing else to ask.
#[utoipa::path(operation_id = "note_activity", tag = "accounts",
    responses((status = 204, description = "Noted"), AnyProblem))]
#[post("/session/activity")]
async fn note_activity(SignedInCaller(_caller): SignedInCaller) -> HttpResponse {
    // Settling who asks has noted it already.
    HttpResponse::NoContent().finish()
}

/// Lock the session, as when leaving one's desk.
#[utoipa::path(operation_id = "lock_session", tag = "accounts",
    responses((status = 204, description = "Locked"), AnyProblem))]
#[post("/session/lock")]
async fn lock(api: web::Data<Api>, Needs(permit): Needs<UseOwnAccount>) -> Result<HttpResponse, Failure> {
    locks::lock_own(&api.ctx, &permit).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Unlock the session with the password. Does nothing when it is not locked.
#[utoipa::path(operation_id = "unlock_session", tag = "accounts", request_body = Unlock,
    responses((status = 204, description = "Unlocked"), AnyProblem))]
#[post("/session/unlock")]
async fn unlock(api: web::Data<Api>, Locked(session): Locked, body: Body<Unlock>) -> Result<HttpResponse, Failure> {
    let Some(session) = session else { return Ok(HttpResponse::NoContent().finish()) };
    let email = locks::account_of(&api.ctx, &session).await?;
    if !api.limits.allows_sign_in(&email, &request_origin::network_of(&session.origin)) {
        return Err(ProblemCode::TooManyRequests.into());
    }
    locks::with_password(&api.ctx, &session, &body.value.password).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The account's live sessions, newest first.
#[utoipa::path(operation_id = "list_sessions", tag = "accounts",
    responses((status = 200, description = "Sessions", body = Vec<Session>), AnyProblem))]
#[get("/sessions")]
async fn list_sessions(api: web::Data<Api>, Needs(permit): Needs<UseOwnAccount>) -> Result<HttpResponse, Failure> {
    let sessions: Vec<Session> = sessions::own_sessions(&api.ctx, &permit)
        .await?
        .into_iter()
        .map(|session| Session {
            current: permit.session() == Some(session.id),
            id: session.id,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
            ip: session.ip,
            user_agent: session.user_agent,
        })
        .collect();
    Ok(HttpResponse::Ok().json(sessions))
}

/// End one of the account's sessions.
#[utoipa::path(operation_id = "revoke_session", tag = "accounts", params(("id" = SessionId, Path, description = "The session")),
    responses((status = 204, description = "Ended"), AnyProblem))]
#[delete("/sessions/{id}")]
async fn revoke_session(
    api: web::Data<Api>,
    Needs(permit): Needs<UseOwnAccount>,
    id: web::Path<SessionId>,
) -> Result<HttpResponse, Failure> {
    sessions::revoke(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Keep what the user interface remembers.
#[utoipa::path(operation_id = "save_preferences", tag = "accounts", request_body = Preferences,
    responses((status = 204, description = "Kept"), AnyProblem))]
#[put("/preferences")]
async fn save_preferences(
    api: web::Data<Api>,
    Needs(permit): Needs<UseOwnAccount>,
    body: Body<Preferences>,
) -> Result<HttpResponse, Failure> {
    let json = serde_json::to_string(&body.value).map_err(|_| ProblemCode::Malformed)?;
    accounts::save_preferences(&api.ctx, &permit, &json).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(crate) async fn welcome(
    api: &Api,
    mut response: actix_web::HttpResponseBuilder,
    signed_in: SignedIn,
    origin: Origin,
) -> Result<HttpResponse, Failure> {
    let authenticated = sessions::authenticate(&api.ctx, &signed_in.access, origin, Presence::Person).await?;
    let Authenticated::Caller(caller) = authenticated else { return Err(ProblemCode::SessionLocked.into()) };
    for cookie in cookies(api, &signed_in) {
        response.cookie(cookie);
    }
    Ok(response.json(describe(api, &caller).await?))
}

/// The cookies that matter at signing in.
pub(crate) struct Presented {
    device: Option<SecretToken>,
    session: Option<SecretToken>,
}

impl Presented {
    pub(crate) fn by(request: &HttpRequest) -> Self {
        let cookie = |name| request.cookie(name).map(|cookie| SecretToken::presented(cookie.value()));
        Self { device: cookie(DEVICE_COOKIE), session: cookie(REFRESH_COOKIE) }
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { device: self.device.as_ref(), session: self.session.as_ref() }
    }
}

/// Says nothing but that the session goes on, with these tokens.
pub(crate) fn go_on(api: &Api, signed_in: &SignedIn) -> HttpResponse {
    let mut response = HttpResponse::NoContent();
    for cookie in cookies(api, signed_in) {
        response.cookie(cookie);
    }
    response.finish()
}

/// The token of a browser that is not asked for a second factor.
pub(crate) fn device_cookie(token: &SecretToken) -> actix_web::cookie::Cookie<'static> {
    let life = Duration::seconds(zgoda_app::second_factors::DEVICE_LIFE.num_seconds());
    session_cookie(DEVICE_COOKIE, token.reveal().to_owned(), life)
}

fn cookies(api: &Api, signed_in: &SignedIn) -> [actix_web::cookie::Cookie<'static>; 2] {
    let left = Duration::seconds((signed_in.session_expires_at - api.ctx.now()).num_seconds().max(0));
    [
        session_cookie(ACCESS_COOKIE, signed_in.access.clone(), left),
        session_cookie(REFRESH_COOKIE, signed_in.refresh.reveal().to_owned(), left),
    ]
}

async fn describe(api: &Api, caller: &Caller) -> Result<Me, Failure> {
    let account = accounts::own(&api.ctx, caller).await?;
    let book = roles::of_everyone(&api.ctx).await?;
    let role = book.role(account.role_id).ok_or(ProblemCode::SignInNeeded)?;
    let role = RoleName { id: role.id, name: role.name.clone(), template: role.template };
    Ok(Me {
        account_id: account.id,
        session_id: caller.session(),
        name: account.name,
        email: account.email,
        role,
        rights: caller.access.rights(),
        fields: caller.access.fields().iter().collect(),
        needs_reason: caller.access.needs_reason(),
        must_prove: caller.must_prove,
        idle_minutes: security::idle_minutes(&api.ctx).await?,
        // Preferences of an older version that no longer fit are forgotten, not an error.
        preferences: serde_json::from_str(&account.preferences).unwrap_or_default(),
    })
}
