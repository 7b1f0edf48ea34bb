//! From what use cases return to what goes over the wire.

use crate::problem::Failure;
use actix_web::{HttpResponse, HttpResponseBuilder, http::header, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use zgoda_api_types::{audit, clients, consents, custom_fields, submissions};
use zgoda_app::{
    Ctx, clients::ShownCard, consents::ClientConsent, exports::PiecedFile, files::OpenedFile, listing::ShownRow,
    purposes::PurposeOverview,
};
use zgoda_domain::consent::Wording;
use zgoda_persistence::{
    audit::AuditRow, custom_fields::FieldRecord, files::FileRecord, submissions::SubmissionRecord,
};

/// A record with its version as `ETag`.
pub fn versioned<T: Serialize>(version: i32, body: &T) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::ETAG, format!("\"{version}\""))).json(body)
}

/// A file to save. Never shown by the browser in our origin.
pub fn file(name: &str, content_type: &str, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .body(bytes)
}

/// A file to save that is made while it is sent.
pub fn streamed<S>(name: &str, content_type: &str, pieces: S) -> HttpResponse
where
    S: futures::Stream<Item = Result<actix_web::web::Bytes, actix_web::Error>> + 'static,
{
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .streaming(pieces)
}

/// A file that somebody uploaded, under the name it came with (RFC 6266, RFC 8187): to be saved, never to be shown or
/// used by another site's page. Its type is one of the few that are taken (ASVS 5.0, 5.4.1).
pub fn uploaded(file: OpenedFile) -> HttpResponse {
    saved(&file.name, &file.media_type).body(file.content)
}

/// A file that is read piece by piece as the reader takes it. Whoever reads is told its length: a file that breaks off, because
/// a piece is not what it should be, cannot be taken for a whole one.
pub fn pieces(ctx: &Ctx, file: PiecedFile) -> HttpResponse {
    let mut response = saved(file.name(), file.media_type());
    let size = file.size();
    let ctx = ctx.clone();
    let content = futures::stream::unfold((ctx, file, 0), |(ctx, file, number)| async move {
        if number >= file.pieces() {
            return None;
        }
        match file.piece(&ctx, number).await {
            Ok(piece) => Some((Ok(web::Bytes::from(piece)), (ctx, file, number + 1))),
            Err(error) => {
                tracing::error!(%error, "a file broke off");
                let end = file.pieces();
                Some((Err(std::io::Error::other("a file broke off")), (ctx, file, end)))
            }
        }
    });
    response.no_chunking(size).streaming(content)
}

fn saved(name: &str, media_type: &str) -> HttpResponseBuilder {
    // Quotes and backslashes do not occur in a normalised name.
    let plain: String = name.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    let exact = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}");
    let mut response = HttpResponse::Ok();
    response
        .content_type(media_type)
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header(("cross-origin-resource-policy", "same-origin"));
    response
}

/// `None` when its key was destroyed.
pub fn submission_file(file: FileRecord) -> Option<submissions::SubmissionFile> {
    let meta = file.meta?;
    Some(submissions::SubmissionFile {
        id: file.id,
        name: meta.name,
        media_type: meta.media_type,
        size: file.size,
        sha256: meta.sha256,
    })
}

pub fn card(shown: ShownCard, now: DateTime<Utc>) -> clients::ClientCard {
    let ShownCard { record, consents, tags, masked } = shown;
    clients::ClientCard {
        tags,
        masked: masked.into_iter().collect(),
        assignment: record.assignment,
        id: record.id,
        version: record.version,
        details: record.input,
        custom: record.custom,
        consents: consents.into_iter().map(|consent| self::consent(consent, now)).collect(),
        created_at: record.created_at,
        updated_at: record.updated_at,
    }
}

pub fn row((row, masked): ShownRow) -> clients::ClientRow {
    let details = row.details;
    clients::ClientRow {
        id: row.id,
        version: row.version,
        kind: details.kind,
        name: details.name.unwrap_or_default(),
        first_name: details.first_name,
        last_name: details.last_name,
        position: details.position,
        email: details.email,
        phone: details.phone,
        mobile_phone: details.mobile_phone,
        website: details.website,
        nip: details.nip,
        regon: details.regon,
        street: details.street,
        post_code: details.post_code,
        city: details.city,
        country: details.country,
        external_id: details.external_id,
        tags: row.tags,
        custom: row.custom,
        masked: masked.into_iter().collect(),
        assignment: row.assignment,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn consent(consent: ClientConsent, now: DateTime<Utc>) -> consents::Consent {
    consents::Consent {
        purpose_id: consent.purpose.id,
        purpose_name: consent.purpose.name.into_string(),
        channel: consent.channel,
        status: consent.state.status_at(now),
        since: consent.state.since,
        expires_at: consent.state.expires_at,
        grade: consent.state.grade,
        events: consent
            .events
            .into_iter()
            .map(|(event, shown)| consents::ConsentEvent {
                id: event.id,
                kind: event.kind,
                method: event.method,
                occurred_at: event.occurred_at,
                recorded_at: event.recorded_at,
                wording: shown.map(wording),
                form_version_id: event.form_version_id,
                submission_id: event.submission_id,
                recorded_by: event.recorded_by,
                grade: event.grade,
                expires_at: event.expires_at,
                file_id: event.file_id,
                caused_by: event.caused_by,
                evidence: serde_json::from_value(event.evidence).unwrap_or_default(),
            })
            .collect(),
    }
}

pub fn purpose(overview: PurposeOverview) -> consents::Purpose {
    let PurposeOverview { purpose, created_at, wordings, live_consents, asked_by } = overview;
    let counted = |(wording, n)| consents::Wording { live_consents: Some(n), ..self::wording(wording) };
    consents::Purpose {
        id: purpose.id,
        version: purpose.version,
        name: purpose.name.into_string(),
        basis: purpose.basis,
        is_marketing: purpose.is_marketing,
        channels: purpose.channels,
        validity_days: purpose.validity_days,
        parent_id: purpose.parent_id,
        double_opt_in: purpose.double_opt_in,
        retired_at: purpose.retired_at,
        wordings: wordings.into_iter().map(counted).collect(),
        live_consents,
        asked_by: asked_by.into_iter().map(|(id, name)| consents::AskingForm { id, name }).collect(),
        created_at,
    }
}

pub fn wording(wording: Wording) -> consents::Wording {
    consents::Wording {
        live_consents: None,
        id: wording.id,
        language: wording.language,
        channel: wording.channel,
        version: wording.version,
        text: wording.text.into_string(),
        sha256: wording.sha256,
        created_at: wording.created_at,
    }
}

pub fn field(record: FieldRecord) -> custom_fields::CustomField {
    custom_fields::CustomField {
        id: record.field.id,
        version: record.version,
        sortable: record.field.is_sortable(),
        name: record.field.name.into_string(),
        kind: record.field.kind,
        options: record.field.options,
        sensitive: record.field.sensitive,
        purpose_id: record.field.consent.map(|(purpose, _)| purpose),
        channel: record.field.consent.map(|(_, channel)| channel),
        position: record.field.position,
        deleted_at: record.deleted_at,
    }
}

pub fn submission(
    (record, form_name, form_version): (SubmissionRecord, String, i32),
) -> submissions::SubmissionSummary {
    submissions::SubmissionSummary {
        id: record.id,
        form_id: record.form_id,
        form_name,
        form_version,
        status: record.status,
        suspicion: record.suspicion,
        client_id: record.client_id,
        client_name: record.client_name,
        received_at: record.received_at,
    }
}

pub fn audit_entry(row: AuditRow) -> audit::AuditEntry {
    audit::AuditEntry {
        id: row.id,
        at: row.at,
        actor_kind: row.actor_kind,
        actor_name: row.actor_name,
        action: row.action,
        record: row.record,
        record_id: row.record_id,
        client_id: row.client_id,
        fields: row.fields,
        ip: row.ip,
        user_agent: row.user_agent,
    }
}

/// `after` and `limit` of a list in an address.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next` of the page before.
    pub after: Option<uuid::Uuid>,
    /// 1 to 200; 50 when absent.
    pub limit: Option<u64>,
}

/// A page's size within its bounds.
pub fn limit(asked: Option<u64>) -> Result<u64, Failure> {
    let limit = asked.unwrap_or(50);
    if (1..=zgoda_domain::list::MAX_PAGE).contains(&limit) {
        Ok(limit)
    } else {
        Err(zgoda_domain::Invalids::one("/limit", zgoda_domain::Rule::OutOfRange).into())
    }
}
