//! What a visitor sends: JSON, or a form in parts (RFC 7578) with files.

use crate::{
    Api,
    extract::{BODY_MAX, Body},
    limits::UploadPlace,
    problem::Failure,
};
use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, error::PayloadError, http::header};
use futures::StreamExt;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, time::Duration};
use zgoda_api_types::{forms::Submit, problem::ProblemCode};
use zgoda_app::published_forms::PublishedForm;
use zgoda_domain::{
    Invalid, Rule,
    file::FILE_MAX,
    form::{FormFieldKind, MAX_FIELDS, MAX_FILES},
    id::FormVersionId,
    visitor_files::SentFile,
};

/// Largest request with files, in bytes.
const REQUEST_MAX: usize = 25 * 1024 * 1024;
/// Most parts that are read: an answer for every field, and some of our own.
const PARTS_MAX: usize = MAX_FIELDS + 20;
/// Files that take longer to arrive are cut. Within the deadline of a whole request.
const UPLOAD_TIME: Duration = Duration::from_secs(25);
/// The part with the whole of [`Submit`] as JSON.
const WHOLE: &str = "_submission";
/// The part with the form's version, where each answer is a part of its own.
const VERSION: &str = "_version";
/// The part with the proof of work.
const PROOF: &str = "_proof";

/// A submission as it came.
pub struct SubmissionBody {
    pub submit: Submit,
    pub files: Vec<SentFile>,
    /// What idempotency compares.
    pub fingerprint: Vec<u8>,
    /// Held as long as the files are.
    pub _place: Option<UploadPlace>,
}

/// The parts of a form, as browsers send it.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the request; it is read part by part")]
pub struct SubmitParts {
    /// The answers and the form's version as JSON, as they would be sent without files. Instead, `_version` and each answer
    /// can be a part of its own.
    #[schema(value_type = Submit)]
    _submission: Submit,
    /// A file, in the part named after its field. At most three, 10 MiB each, 25 MiB in all.
    #[schema(value_type = String, format = Binary)]
    field_key: Vec<u8>,
}

/// Reads either kind. `network` is what uploads are counted by, if they are.
pub async fn read(
    api: &Api,
    request: &HttpRequest,
    mut payload: Payload,
    form: &PublishedForm,
    network: Option<&str>,
) -> Result<SubmissionBody, Failure> {
    if !is_in_parts(request) {
        let Body { value, fingerprint } = Body::<Submit>::from_request(request, &mut payload).await?;
        return Ok(SubmissionBody { submit: value, files: Vec::new(), fingerprint, _place: None });
    }
    let Parts { mut texts, files, place } = read_parts(api, request, payload, form, network).await?;
    let submit = match texts.remove(WHOLE) {
        Some(json) if texts.is_empty() => serde_json::from_str(&json).map_err(|_| malformed("", Rule::Malformed))?,
        // Nothing is taken from two places.
        Some(_) => return Err(malformed("", Rule::Contradiction)),
        None => {
            let version = texts.remove(VERSION).ok_or_else(|| malformed("/form_version", Rule::Required))?;
            let form_version = version.parse().map_err(|_| malformed("/form_version", Rule::Malformed))?;
            let proof = texts.remove(PROOF);
            Submit { form_version, answers: texts, proof }
        }
    };
    let fingerprint = fingerprint(&submit.form_version, &submit.answers, &files);
    Ok(SubmissionBody { submit, files, fingerprint, _place: place })
}

/// Whether the request is a form in parts.
pub fn is_in_parts(request: &HttpRequest) -> bool {
    request.content_type().eq_ignore_ascii_case("multipart/form-data")
}

/// What a form in parts holds. A repeated text keeps its first value.
#[derive(Default)]
pub struct Parts {
    pub texts: BTreeMap<String, String>,
    pub files: Vec<SentFile>,
    /// Held as long as the files are.
    pub place: Option<UploadPlace>,
}

/// Reads a form in parts, of bounded size and time, for a form that asks for files.
pub async fn read_parts(
    api: &Api,
    request: &HttpRequest,
    payload: Payload,
    form: &PublishedForm,
    network: Option<&str>,
) -> Result<Parts, Failure> {
    if !form.version.definition.fields.iter().any(|field| field.kind == FormFieldKind::File) {
        return Err(ProblemCode::UnsupportedMediaType.into());
    }
    let length: Option<usize> =
        request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length| length > REQUEST_MAX) {
        return Err(ProblemCode::BodyTooLarge.into());
    }
    // Files are held in memory whole.
    let place = api.limits.visitor_place(network).ok_or(ProblemCode::Busy)?;
    // What does not say how long it is counts as the longest.
    if network.is_some_and(|network| !api.limits.allows_upload(network, length.unwrap_or(REQUEST_MAX))) {
        return Err(ProblemCode::TooManyRequests.into());
    }
    let mut room = REQUEST_MAX;
    let bounded = payload.map(move |chunk| {
        let chunk = chunk?;
        room = room.checked_sub(chunk.len()).ok_or(PayloadError::Overflow)?;
        Ok(chunk)
    });
    let reading = collect(Multipart::new(request.headers(), bounded));
    let read = tokio::time::timeout(UPLOAD_TIME, reading).await;
    let found = read.unwrap_or_else(|_| Err(ProblemCode::BodyTimeout.into()))?;
    Ok(Parts { place: Some(place), ..found })
}

async fn collect(mut parts: Multipart) -> Result<Parts, Failure> {
    let mut found = Parts::default();
    // For texts and all names.
    let mut room = BODY_MAX;
    let mut count = 0;
    while let Some(part) = parts.next().await {
        let part = part.map_err(unreadable)?;
        let key = part.name().ok_or(ProblemCode::Malformed)?.to_owned();
        count += 1;
        room = match count {
            ..=PARTS_MAX => less(room, key.len())?,
            _ => return Err(ProblemCode::BodyTooLarge.into()),
        };
        match file_name(&part) {
            Some(name) => {
                room = less(room, name.len())?;
                let content = read_within(part, FILE_MAX).await?;
                // A field without a file is sent as one without a name.
                if !(name.is_empty() && content.as_ref().is_some_and(Vec::is_empty)) {
                    found.files.push(SentFile { field: key, name, content });
                }
                if found.files.len() > MAX_FILES {
                    return Err(malformed("", Rule::TooMany { max: MAX_FILES }));
                }
            }
            None => {
                let bytes = read_within(part, room).await?.ok_or(ProblemCode::BodyTooLarge)?;
                room = less(room, bytes.len())?;
                let text = String::from_utf8(bytes).map_err(|_| ProblemCode::Malformed)?;
                found.texts.entry(key).or_insert(text);
            }
        }
    }
    Ok(found)
}

fn less(room: usize, taken: usize) -> Result<usize, Failure> {
    room.checked_sub(taken).ok_or_else(|| ProblemCode::BodyTooLarge.into())
}

/// The name of the part's file; `None` for a part that is no file.
fn file_name(part: &Field) -> Option<String> {
    let disposition = part.content_disposition()?;
    // RFC 7578 forbids `filename*`, and some programs send it all the same.
    let exact = disposition.get_filename_ext().map(|name| String::from_utf8_lossy(&name.value).into_owned());
    exact.or_else(|| disposition.get_filename().map(str::to_owned))
}

/// The content of a part; `None` when there is more than `max` bytes of it. That is read on and not kept: who is still
/// sending does not hear an answer.
async fn read_within(mut part: Field, max: usize) -> Result<Option<Vec<u8>>, Failure> {
    let mut content = Some(Vec::new());
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(unreadable)?;
        content = content.filter(|kept| kept.len() + chunk.len() <= max);
        if let Some(kept) = &mut content {
            kept.extend_from_slice(&chunk);
        }
    }
    Ok(content)
}

/// SHA-256 over the whole submission.
pub fn fingerprint(version: &FormVersionId, answers: &BTreeMap<String, String>, files: &[SentFile]) -> Vec<u8> {
    let mut all = Sha256::new();
    let mut add = |bytes: &[u8]| all.update(Sha256::digest(bytes));
    add(version.to_string().as_bytes());
    for text in answers.iter().flat_map(|(key, text)| [key, text]) {
        add(text.as_bytes());
    }
    for file in files {
        add(file.field.as_bytes());
        add(file.name.as_bytes());
        add(file.content.as_deref().unwrap_or_default());
    }
    all.finalize().to_vec()
}

fn malformed(pointer: &str, rule: Rule) -> Failure {
    Failure::malformed(vec![Invalid { pointer: pointer.to_owned(), rule }])
}

fn unreadable(error: MultipartError) -> Failure {
    match error {
        MultipartError::Payload(PayloadError::Overflow) => ProblemCode::BodyTooLarge.into(),
        _ => ProblemCode::Malformed.into(),
    }
}
