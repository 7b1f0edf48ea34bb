//! Sending requests: cookies, renewal of the session, proofs of who is there, problems.

use futures::channel::oneshot;
use reqwest::{Method, Response, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;
use zgoda_api_types::problem::{Problem, ProblemCode};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The server refused, and says why.
    #[error("{}", .0.title)]
    Problem(Box<Problem>),
    /// No answer, or one that is not ours.
    #[error("the server could not be reached")]
    Transport(#[from] reqwest::Error),
    /// An answer that does not fit this client's version.
    #[error("the server's answer was not understood")]
    Unexpected,
}

impl ApiError {
    pub fn code(&self) -> Option<ProblemCode> {
        match self {
            Self::Problem(problem) => Some(problem.code),
            Self::Transport(_) | Self::Unexpected => None,
        }
    }
}

/// A record with the version to send back when changing it.
#[derive(Clone, Debug, PartialEq)]
pub struct Versioned<T> {
    pub value: T,
    pub version: i32,
}

/// A file.
#[derive(Clone, Debug)]
pub struct Download {
    pub file_name: String,
    pub bytes: Vec<u8>,
}

/// A request that the server refused for want of a recent proof of who is there. It is sent again when told to, and
/// stays refused when this is dropped.
#[derive(Debug)]
pub struct AwaitsProof(oneshot::Sender<()>);

impl AwaitsProof {
    /// The proof was shown.
    pub fn go_on(self) {
        // Whoever asked may have gone meanwhile.
        let _ = self.0.send(());
    }
}

type Prover = Arc<dyn Fn(AwaitsProof) + Send + Sync>;

/// A connection to one server, as one person.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
    session: Arc<Session>,
    /// A program's key, sent instead of a session.
    key: Option<Arc<str>>,
    prover: Option<Prover>,
}

#[derive(Default)]
struct Session {
    #[cfg(not(target_arch = "wasm32"))]
    cookies: std::sync::Mutex<std::collections::BTreeMap<String, String>>,
    /// One renewal at a time: parallel requests that meet an expired token wait for the same new one.
    renewal: futures::lock::Mutex<u64>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("base", &self.base).finish_non_exhaustive()
    }
}

/// One of two answers.
pub(crate) enum Either<T, U> {
    First(T),
    Second(U),
}

/// A request's extra headers.
#[derive(Clone, Copy, Default)]
pub(crate) struct Extra<'a> {
    pub if_match: Option<i32>,
    pub idempotency_key: Option<&'a str>,
    /// Asked by the program itself, not by a person at work: it does not keep a session awake.
    pub background: bool,
    #[cfg_attr(target_arch = "wasm32", expect(dead_code, reason = "a browser says the origin itself"))]
    pub origin: Option<&'a str>,
}

impl Api {
    /// `origin` is the server's scheme, host and port, for example `http://127.0.0.1:8080`.
    pub fn new(origin: &str) -> Self {
        Self {
            http: reqwest::Client::new(),
            base: origin.trim_end_matches('/').to_owned(),
            session: Arc::default(),
            key: None,
            prover: None,
        }
    }

    /// A program's connection, by its API key.
    pub fn with_key(origin: &str, key: &str) -> Self {
        Self { key: Some(key.into()), ..Self::new(origin) }
    }

    /// The same connection with somebody to ask for a proof of who is there, whenever the server wants one.
    #[must_use]
    pub fn proven_by(self, ask: impl Fn(AwaitsProof) + Send + Sync + 'static) -> Self {
        Self { prover: Some(Arc::new(ask)), ..self }
    }

    /// The same server with no session.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        Self { http: self.http.clone(), base: self.base.clone(), session: Arc::default(), key: None, prover: None }
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    /// A session cookie's value; for tests that replay old tokens.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.session.cookies.lock().ok()?.get(name).cloned()
    }

    /// Plants a cookie; for tests that replay old tokens.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn set_cookie(&self, name: &str, value: &str) {
        if let Ok(mut cookies) = self.session.cookies.lock() {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        read(self.send::<()>(Method::GET, path, None, Extra::default()).await?).await
    }

    pub(crate) async fn get_with<T: DeserializeOwned>(&self, path: &str, extra: Extra<'_>) -> Result<T, ApiError> {
        read(self.send::<()>(Method::GET, path, None, extra).await?).await
    }

    pub(crate) async fn get_versioned<T: DeserializeOwned>(&self, path: &str) -> Result<Versioned<T>, ApiError> {
        read_versioned(self.send::<()>(Method::GET, path, None, Extra::default()).await?).await
    }

    pub(crate) async fn post<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, ApiError> {
        read(self.send(Method::POST, path, Some(body), Extra::default()).await?).await
    }

    pub(crate) async fn post_with<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
        extra: Extra<'_>,
    ) -> Result<T, ApiError> {
        read(self.send(Method::POST, path, Some(body), extra).await?).await
    }

    /// A request that is answered in one of two ways: at once (200), or not yet (202).
    pub(crate) async fn post_either<B: Serialize + ?Sized, T: DeserializeOwned, U: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<Either<T, U>, ApiError> {
        let response = self.send(Method::POST, path, Some(body), Extra::default()).await?;
        match response.status() {
            StatusCode::ACCEPTED => read(response).await.map(Either::Second),
            _ => read(response).await.map(Either::First),
        }
    }

    /// A request whose answer has no body.
    pub(crate) async fn act<B: Serialize + ?Sized>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
        extra: Extra<'_>,
    ) -> Result<(), ApiError> {
        self.send(method, path, body, extra).await.map(|_| ())
    }

    pub(crate) async fn put_versioned<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        path: &str,
        version: i32,
        body: &B,
    ) -> Result<Versioned<T>, ApiError> {
        let extra = Extra { if_match: Some(version), ..Extra::default() };
        read_versioned(self.send(Method::PUT, path, Some(body), extra).await?).await
    }

    pub(crate) async fn post_versioned<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<Versioned<T>, ApiError> {
        read_versioned(self.send(Method::POST, path, Some(body), Extra::default()).await?).await
    }

    /// Sends bytes as they are.
    pub(crate) async fn put_bytes(&self, path: &str, bytes: Vec<u8>) -> Result<(), ApiError> {
        let body = Some(("application/octet-stream", bytes));
        self.send_bytes(Method::PUT, path, body, Extra::default()).await.map(|_| ())
    }

    pub(crate) async fn patch_versioned<B: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        path: &str,
        version: i32,
        body: &B,
    ) -> Result<Versioned<T>, ApiError> {
        let extra = Extra { if_match: Some(version), ..Extra::default() };
        read_versioned(self.send(Method::PATCH, path, Some(body), extra).await?).await
    }

    pub(crate) async fn download(&self, path: &str) -> Result<Download, ApiError> {
        let response = self.send::<()>(Method::GET, path, None, Extra::default()).await?;
        let file_name = response
            .headers()
            .get(header::CONTENT_DISPOSITION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split("filename=\"").nth(1)?.split('"').next())
            .unwrap_or("zgoda")
            .to_owned();
        Ok(Download { file_name, bytes: response.bytes().await?.to_vec() })
    }

    /// Sends a file as a browser's form would, in the part `file`.
    pub(crate) async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        name: &str,
        content: &[u8],
        idempotency_key: Option<&str>,
    ) -> Result<T, ApiError> {
        let (kind, bytes) = form_with_file(name, content);
        let extra = Extra { idempotency_key, ..Extra::default() };
        read(self.send_bytes(Method::POST, path, Some((&kind, bytes)), extra).await?).await
    }

    async fn send<B: Serialize + ?Sized>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
        extra: Extra<'_>,
    ) -> Result<Response, ApiError> {
        let body = body.map(serde_json::to_vec).transpose().map_err(|_| ApiError::Unexpected)?;
        self.send_bytes(method, path, body.map(|bytes| ("application/json", bytes)), extra).await
    }

    /// `body` is a media type and the bytes.
    async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
        extra: Extra<'_>,
    ) -> Result<Response, ApiError> {
        let refused = match self.send_renewed(method.clone(), path, body.clone(), extra).await {
            Err(error) if error.code() == Some(ProblemCode::StepUpNeeded) => error,
            answer => return answer,
        };
        if !self.is_proven().await {
            return Err(refused);
        }
        self.send_renewed(method, path, body, extra).await
    }

    /// Asks for a proof; whether it was shown.
    async fn is_proven(&self) -> bool {
        let Some(ask) = &self.prover else { return false };
        let (waits, shown) = oneshot::channel();
        ask(AwaitsProof(waits));
        shown.await.is_ok()
    }

    /// Sends, once more with a new session where that takes it.
    async fn send_renewed(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
        extra: Extra<'_>,
    ) -> Result<Response, ApiError> {
        let seen = *self.session.renewal.lock().await;
        let refused = match accept(self.send_once(method.clone(), path, body.clone(), extra).await?).await {
            Err(error) if error.code() == Some(ProblemCode::SignInNeeded) => error,
            answer => return answer,
        };
        // A program has no session to renew, and a renewal that was refused is not to be renewed.
        if self.key.is_some() || path == "/session/refresh" || !self.renew(seen).await {
            return Err(refused);
        }
        accept(self.send_once(method, path, body, extra).await?).await
    }

    /// Renews the session unless another request did so since `seen`.
    async fn renew(&self, seen: u64) -> bool {
        let mut count = self.session.renewal.lock().await;
        if *count != seen {
            return true;
        }
        match self.send_once(Method::POST, "/session/refresh", None, Extra::default()).await {
            Ok(response) if response.status().is_success() => {
                *count += 1;
                true
            }
            _ => false,
        }
    }

    async fn send_once(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
        extra: Extra<'_>,
    ) -> Result<Response, ApiError> {
        let mut request = self.http.request(method, format!("{}/api/v1{path}", self.base));
        if let Some((kind, bytes)) = body {
            request = request.header(header::CONTENT_TYPE, kind).body(bytes);
        }
        if let Some(version) = extra.if_match {
            request = request.header(header::IF_MATCH, format!("\"{version}\""));
        }
        if extra.background {
            request = request.header("X-Background", "1");
        }
        if let Some(key) = extra.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        self.exchange(request, extra).await
    }

    #[cfg(target_arch = "wasm32")]
    async fn exchange(&self, request: reqwest::RequestBuilder, _extra: Extra<'_>) -> Result<Response, ApiError> {
        Ok(request.fetch_credentials_same_origin().send().await?)
    }

    #[cfg(not(target_arch = "wasm32"))]
    async fn exchange(&self, mut request: reqwest::RequestBuilder, extra: Extra<'_>) -> Result<Response, ApiError> {
        let cookies = match self.session.cookies.lock() {
            Ok(cookies) => cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; "),
            Err(_) => String::new(),
        };
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies);
        }
        // What a browser would say of a request made by the app's own page, or by the embedding page.
        request = request.header(header::ORIGIN, extra.origin.unwrap_or(&self.base));
        let response = request.send().await?;
        if let Ok(mut jar) = self.session.cookies.lock() {
            for cookie in response.headers().get_all(header::SET_COOKIE) {
                let Some((name, value)) = cookie.to_str().ok().and_then(|text| text.split(';').next()?.split_once('='))
                else {
                    continue;
                };
                if value.is_empty() {
                    jar.remove(name);
                } else {
                    jar.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        Ok(response)
    }
}

/// The media type and the bytes of a form with one file (RFC 7578).
fn form_with_file(name: &str, content: &[u8]) -> (String, Vec<u8>) {
    // A boundary is what does not occur in the content; a file that has them all is not to be met.
    let occurs = |boundary: &String| content.windows(boundary.len()).any(|part| part == boundary.as_bytes());
    let boundary = (0..=u8::MAX).map(|n| format!("--zgoda-file-{n:02x}")).find(|it| !occurs(it)).unwrap_or_default();
    // As browsers escape it.
    let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let mut bytes = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    bytes.extend_from_slice(content);
    bytes.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), bytes)
}

async fn accept(response: Response) -> Result<Response, ApiError> {
    if response.status().is_success() {
        return Ok(response);
    }
    match response.json::<Problem>().await {
        Ok(problem) => Err(ApiError::Problem(Box::new(problem))),
        Err(_) => Err(ApiError::Unexpected),
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ApiError> {
    response.json().await.map_err(|_| ApiError::Unexpected)
}

async fn read_versioned<T: DeserializeOwned>(response: Response) -> Result<Versioned<T>, ApiError> {
    let version = response
        .headers()
        .get(header::ETAG)
        .and_then(|tag| tag.to_str().ok()?.trim_matches('"').parse().ok())
        .ok_or(ApiError::Unexpected)?;
    Ok(Versioned { value: read(response).await?, version })
}
