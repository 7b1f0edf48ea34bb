//! What handlers take from a request: the right they need, the body, the version, the idempotency key.

use crate::{Api, problem::Failure, request_origin};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web};
use futures::{StreamExt, future::LocalBoxFuture};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::{
    future::{Ready, ready},
    time::Duration,
};
use zgoda_api_types::problem::ProblemCode;
use zgoda_app::{second_factors::PROOF_HOLDS, sessions::LockedSession};
use zgoda_domain::{
    Invalid, Rule,
    access::{Actor, Caller, Origin, Permit, RightType},
};
use zgoda_persistence::idempotency::Idempotency;

/// Largest request body in bytes.
pub const BODY_MAX: usize = 256 * 1024;
/// A body that takes longer to arrive is cut.
const BODY_TIME: Duration = Duration::from_secs(10);

/// A permit for right `R`. Ready at once: stands before the body, so that nobody without the right is read.
pub struct Needs<R>(pub Permit<R>);

impl<R: RightType> FromRequest for Needs<R> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let extensions = request.extensions();
        ready(match extensions.get::<Caller>() {
            None => Err(ProblemCode::SignInNeeded.into()),
            Some(caller) => caller.permit().map(Needs).ok_or_else(|| ProblemCode::NotAllowed.into()),
        })
    }
}

/// A permit for right `R` of a person in a session: for what is somebody's own, which no program changes.
pub struct NeedsSession<R>(pub Permit<R>);

impl<R: RightType> FromRequest for NeedsSession<R> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let permit = Needs::from_request(request, payload).into_inner();
        ready(permit.and_then(|Needs(permit)| match permit.session() {
            Some(_) => Ok(Self(permit)),
            None => Err(ProblemCode::NotAllowed.into()),
        }))
    }
}

/// A permit for right `R` of someone who proved who they are in the last minutes: for what cannot be undone. A program
/// cannot prove anything; its key was cut by someone who did.
pub struct NeedsRecent<R>(pub Permit<R>);

impl<R: RightType> FromRequest for NeedsRecent<R> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let permit = Needs::from_request(request, payload).into_inner();
        let now = request.app_data::<web::Data<Api>>().map(|api| api.ctx.now());
        let stale = request.extensions().get::<Caller>().is_some_and(|caller| {
            let recent = caller.proved_at.zip(now).is_some_and(|(at, now)| now - at < PROOF_HOLDS);
            caller.session().is_some() && !recent
        });
        ready(permit.and_then(|Needs(permit)| match stale {
            true => Err(ProblemCode::StepUpNeeded.into()),
            false => Ok(Self(permit)),
        }))
    }
}

/// Whoever is signed in, for their own session.
pub struct SignedInCaller(pub Caller);

impl FromRequest for SignedInCaller {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            request
                .extensions()
                .get::<Caller>()
                .cloned()
                .map(SignedInCaller)
                .ok_or_else(|| ProblemCode::SignInNeeded.into()),
        )
    }
}

/// A locked session, to be unlocked; or nobody, when it is not locked.
pub struct Locked(pub Option<LockedSession>);

impl FromRequest for Locked {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let extensions = request.extensions();
        ready(match (extensions.get::<LockedSession>(), extensions.get::<Caller>()) {
            (Some(session), _) => Ok(Self(Some(session.clone()))),
            (None, Some(_)) => Ok(Self(None)),
            (None, None) => Err(ProblemCode::SignInNeeded.into()),
        })
    }
}

/// The session of the request, locked or not.
pub struct AnySession(pub LockedSession);

impl FromRequest for AnySession {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let extensions = request.extensions();
        let unlocked = || {
            let caller = extensions.get::<Caller>()?;
            let (account_id, session_id) = (caller.account_id, caller.session()?);
            Some(LockedSession { account_id, session_id, origin: caller.origin.clone() })
        };
        let found = extensions.get::<LockedSession>().cloned().or_else(unlocked);
        ready(found.map(Self).ok_or_else(|| ProblemCode::SignInNeeded.into()))
    }
}

/// Address and browser of an anonymous request.
pub struct From(pub Origin);

impl FromRequest for From {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.app_data::<web::Data<Api>>() {
            Some(api) => Ok(Self(request_origin::of(request, &api.proxies))),
            None => Err(ProblemCode::Internal.into()),
        })
    }
}

/// A JSON body of at most `MAX` bytes, with the fingerprint that idempotency compares.
pub struct Body<T, const MAX: usize = BODY_MAX> {
    pub value: T,
    pub fingerprint: Vec<u8>,
}

impl<T: DeserializeOwned + 'static, const MAX: usize> FromRequest for Body<T, MAX> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json = request.content_type().eq_ignore_ascii_case("application/json");
        let declared =
            request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let payload = payload.take();
        Box::pin(async move {
            if !json {
                return Err(ProblemCode::UnsupportedMediaType.into());
            }
            let bytes = read_up_to(MAX, payload, declared).await?;
            Ok(Self { value: parse(&bytes)?, fingerprint: Sha256::digest(&bytes).to_vec() })
        })
    }
}

/// Reads a body of bounded size and time.
pub async fn read(payload: Payload, declared: Option<usize>) -> Result<Vec<u8>, Failure> {
    read_up_to(BODY_MAX, payload, declared).await
}

/// Reads bytes of bounded size and time.
pub async fn read_bytes(max: usize, payload: Payload, declared: Option<usize>) -> Result<Vec<u8>, Failure> {
    read_up_to(max, payload, declared).await
}

async fn read_up_to(max: usize, mut payload: Payload, declared: Option<usize>) -> Result<Vec<u8>, Failure> {
    if declared.is_some_and(|length| length > max) {
        return Err(ProblemCode::BodyTooLarge.into());
    }
    let reading = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Failure::from(ProblemCode::Malformed))?;
            if bytes.len() + chunk.len() > max {
                return Err(ProblemCode::BodyTooLarge.into());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    tokio::time::timeout(BODY_TIME, reading).await.unwrap_or_else(|_| Err(ProblemCode::BodyTimeout.into()))
}

/// Reads JSON; a complaint names the place and, for an unknown member, its name.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let mut pointer = String::new();
        for segment in error.path() {
            match segment {
                serde_path_to_error::Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
                serde_path_to_error::Segment::Map { key } => pointer.push_str(&format!("/{key}")),
                serde_path_to_error::Segment::Enum { .. } | serde_path_to_error::Segment::Unknown => {}
            }
        }
        let message = error.inner().to_string();
        let rule = match error.inner().classify() {
            serde_json::error::Category::Data if message.starts_with("unknown ") => Rule::Unknown,
            serde_json::error::Category::Data if message.starts_with("missing ") => Rule::Required,
            serde_json::error::Category::Data => Rule::WrongKind,
            _ => Rule::Malformed,
        };
        if message.starts_with("missing field")
            && let Some(name) = message.split('`').nth(1)
        {
            pointer.push('/');
            pointer.push_str(name);
        }
        Failure::malformed(vec![Invalid { pointer, rule }])
    })?;
    deserializer
        .end()
        .map_err(|_| Failure::malformed(vec![Invalid { pointer: String::new(), rule: Rule::Malformed }]))?;
    Ok(value)
}

/// The version a change is meant for: `If-Match: "7"`.
pub struct IfMatch(pub i32);

impl FromRequest for IfMatch {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.headers().get(header::IF_MATCH) {
            None => Err(ProblemCode::VersionNeeded.into()),
            Some(tag) => tag
                .to_str()
                .ok()
                .and_then(|tag| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok())
                .map(IfMatch)
                .ok_or_else(|| ProblemCode::Malformed.into()),
        })
    }
}

/// The caller's `Idempotency-Key`, if any: 1 to 255 visible ASCII characters.
pub struct RepeatKey {
    key: Option<String>,
    caller: String,
    route: String,
}

impl RepeatKey {
    /// The same key of a program that showed its own on a route for everybody.
    pub fn of(self, actor: &Actor) -> Self {
        Self { caller: actor.account().map_or(self.caller, |account| account.to_string()), ..self }
    }

    /// The key with what it stands for; keys of two callers or routes never meet.
    pub fn with(self, fingerprint: Vec<u8>) -> Option<Idempotency> {
        let Self { key, caller, route } = self;
        key.map(|key| Idempotency { scope: format!("{caller}|{route}"), key, fingerprint })
    }
}

impl FromRequest for RepeatKey {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller =
            request.extensions().get::<Caller>().map_or_else(|| "visitor".to_owned(), |c| c.account_id.to_string());
        // The path, not the pattern: the same key on two forms or two purposes is two keys.
        let route = request.path().to_owned();
        ready(match request.headers().get("Idempotency-Key") {
            None => Ok(Self { key: None, caller, route }),
            Some(value) => match value.to_str() {
                Ok(key) if (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()) => {
                    Ok(Self { key: Some(key.to_owned()), caller, route })
                }
                _ => Err(ProblemCode::Malformed.into()),
            },
        })
    }
}
