//! Files of a client: scans that prove a consent.

use crate::{
    Api,
    extract::{Needs, RepeatKey},
    openapi::AnyProblem,
    problem::Failure,
    wire,
};
use actix_multipart::{Field, Multipart};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, dev::Payload, get, http::header, post, web};
use futures::StreamExt;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::time::Duration;
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{Created, problem::ProblemCode};
use zgoda_app::recorded;
use zgoda_domain::{
    Invalid, Rule,
    access::{EditClients, ViewClients},
    file::FILE_MAX,
    id::{ClientId, FileId},
};

/// Boundaries and headers of the parts beside the file.
const AROUND_MAX: usize = 16 * 1024;
/// A file that takes longer to arrive is cut. Within the deadline of a whole request.
const UPLOAD_TIME: Duration = Duration::from_secs(25);

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(upload).service(download);
}

/// The file, as browsers and `curl -F file=@scan.pdf` send it.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the request; it is read part by part")]
struct FileForm {
    /// PDF, PNG, JPEG, WebP or plain text in UTF-8, at most 10 MiB. Extension and content have to agree.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Upload a file that is to prove a consent: name its id when the consent is recorded, within a day, or it is deleted.
#[utoipa::path(operation_id = "upload_client_file", tag = "clients",
    request_body(content = FileForm, content_type = "multipart/form-data"),
    params(("id" = ClientId, Path, description = "The client"), ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 201, description = "Stored, sealed under the client's key", body = Created), AnyProblem))]
#[post("/clients/{id}/files")]
async fn upload(
    api: web::Data<Api>,
    Needs(permit): Needs<EditClients>,
    id: web::Path<ClientId>,
    repeat: RepeatKey,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Failure> {
    let _place = api.limits.staff_place().ok_or(ProblemCode::Busy)?;
    let reading = read(&request, payload.into_inner());
    let sent =
        tokio::time::timeout(UPLOAD_TIME, reading).await.unwrap_or_else(|_| Err(ProblemCode::BodyTimeout.into()))?;
    let mut fingerprint = Sha256::new();
    fingerprint.update(Sha256::digest(&sent.content));
    fingerprint.update(sent.name.as_bytes());
    let repeat = repeat.with(fingerprint.finalize().to_vec());
    let file = recorded::upload(&api.ctx, &permit, *id, &sent.name, &sent.content, repeat.as_ref()).await?;
    Ok(HttpResponse::Created().json(Created { id: file.as_uuid() }))
}

/// The file that came.
struct Sent {
    name: String,
    content: Vec<u8>,
}

/// Reads the one part `file`; nothing else may be sent, so that nobody believes that it was taken.
async fn read(request: &HttpRequest, payload: Payload) -> Result<Sent, Failure> {
    if !request.content_type().eq_ignore_ascii_case("multipart/form-data") {
        return Err(ProblemCode::UnsupportedMediaType.into());
    }
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > 2 * FILE_MAX) {
        return Err(ProblemCode::BodyTooLarge.into());
    }
    let mut around = AROUND_MAX + 2 * FILE_MAX;
    let bounded = payload.map(move |chunk| {
        let chunk = chunk?;
        around = around.checked_sub(chunk.len()).ok_or(actix_web::error::PayloadError::Overflow)?;
        Ok(chunk)
    });
    let mut parts = Multipart::new(request.headers(), bounded);
    let mut found = None;
    while let Some(part) = parts.next().await {
        let part = part.map_err(unreadable)?;
        match part.name() {
            Some("file") if found.is_none() => found = Some(read_file(part).await?),
            Some("file") => return Err(Failure::malformed(vec![complaint("/file", Rule::Duplicate)])),
            // The name is the caller's own and short; like an unknown member of JSON it is told back.
            Some(name) => return Err(Failure::malformed(vec![complaint(&format!("/{name}"), Rule::Unknown)])),
            None => return Err(ProblemCode::Malformed.into()),
        }
    }
    found.ok_or_else(|| Failure::malformed(vec![complaint("/file", Rule::Required)]))
}

async fn read_file(mut part: Field) -> Result<Sent, Failure> {
    let disposition = part.content_disposition();
    let exact = disposition.and_then(|it| it.get_filename_ext()).map(|name| {
        // RFC 7578 forbids `filename*`, and some programs send it all the same.
        String::from_utf8_lossy(&name.value).into_owned()
    });
    let plain = || disposition.and_then(|it| it.get_filename()).map(str::to_owned);
    let name = exact.or_else(plain).unwrap_or_default();
    let mut content = Vec::new();
    let mut too_large = false;
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(unreadable)?;
        // Read on and kept no more: who is still sending does not hear an answer.
        too_large |= content.len() + chunk.len() > FILE_MAX;
        if too_large {
            content = Vec::new();
        } else {
            content.extend_from_slice(&chunk);
        }
    }
    if too_large { Err(ProblemCode::BodyTooLarge.into()) } else { Ok(Sent { name, content }) }
}

fn complaint(pointer: &str, rule: Rule) -> Invalid {
    Invalid { pointer: pointer.chars().take(100).collect(), rule }
}

fn unreadable(error: actix_multipart::MultipartError) -> Failure {
    match error {
        actix_multipart::MultipartError::Payload(actix_web::error::PayloadError::Overflow) => {
            ProblemCode::BodyTooLarge.into()
        }
        _ => ProblemCode::Malformed.into(),
    }
}

#[derive(Deserialize)]
struct FilePath {
    id: ClientId,
    file: FileId,
}

/// Download the proof of a consent. As visible as the consent; looking is recorded.
#[utoipa::path(operation_id = "get_client_file", tag = "clients",
    params(("id" = ClientId, Path, description = "The client"), ("file" = FileId, Path, description = "The file, as the ledger's entry names it")),
    responses((status = 200, description = "The file, to be saved", content_type = "application/octet-stream"), AnyProblem))]
#[get("/clients/{id}/files/{file}")]
async fn download(
    api: web::Data<Api>,
    Needs(permit): Needs<ViewClients>,
    path: web::Path<FilePath>,
) -> Result<HttpResponse, Failure> {
    Ok(wire::uploaded(recorded::open_file(&api.ctx, &permit, path.id, path.file).await?))
}
