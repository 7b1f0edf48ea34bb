//! Handing a client's data back (zwrot danych): everything held on one client, as a workbook and as JSON.
//!
//! Right of access and portability, Art. 15 and 20 GDPR. Both files are made of one [`SubjectData`], so neither can
//! leave out what the other tells.

use crate::{
    AppError, Ctx, clients as cards,
    consents::{self, ClientConsent},
    receipts::{self, SignedReceipt},
    submissions,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use zgoda_domain::{
    access::{ConsentRights, ExportClients, FieldRights, Permit},
    audit::{Action, RecordKind},
    client::{BuiltinField, ClientInput},
    consent::{EvidenceGrade, Language},
    custom_field::CustomValues,
    id::{ClientId, FileId, FormVersionId},
};
use zgoda_persistence::{
    audit::{self, AuditFilter},
    custom_fields::{self, FieldRecord},
    files, forms, merges, origins, renewals, submissions as stored, tags,
};

mod workbook;

/// Everything held on one client. Serialises to `data.json`; the format's name and number stand in `schema`.
#[derive(Serialize)]
pub struct SubjectData {
    pub schema: &'static str,
    pub exported_at: DateTime<Utc>,
    pub client_id: ClientId,
    pub kind: &'static str,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub details: Vec<NamedValue>,
    pub additional_fields: Vec<NamedValue>,
    /// Short names that staff put on the card.
    pub tags: Vec<String>,
    pub consents: Vec<SubjectConsent>,
    /// The same consents as signed receipts (ISO/IEC TS 27560).
    pub receipts: Vec<SignedReceipt>,
    /// Requests by mail to renew a consent.
    pub renewals: Vec<SubjectRenewal>,
    pub submissions: Vec<SubjectSubmission>,
    pub files: Vec<SubjectFile>,
    /// Where the data came from, if they were imported.
    pub origins: Vec<SubjectOrigin>,
    /// Cards that were merged into this one, while they can be restored.
    pub merged_cards: Vec<SubjectMergedCard>,
    pub access_log: Vec<SubjectAccess>,
}

/// A field's name and value.
#[derive(Serialize)]
pub struct NamedValue {
    pub name: String,
    pub value: Value,
}

/// One consent with its history.
#[derive(Serialize)]
pub struct SubjectConsent {
    pub purpose: String,
    pub channel: &'static str,
    pub status: &'static str,
    pub since: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub events: Vec<SubjectConsentEvent>,
}

/// One entry of the consent ledger.
#[derive(Serialize)]
pub struct SubjectConsentEvent {
    pub kind: &'static str,
    pub method: &'static str,
    pub occurred_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    pub grade: Option<&'static str>,
    /// The scan that proves it, one of `files`.
    pub file: Option<FileId>,
    pub wording: Option<String>,
    pub wording_sha256: Option<String>,
    pub evidence: Value,
}

/// One request by mail to renew a consent.
#[derive(Serialize)]
pub struct SubjectRenewal {
    pub purpose: String,
    pub channel: &'static str,
    pub asked_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
}

/// One thing the client sent.
#[derive(Serialize)]
pub struct SubjectSubmission {
    pub form: String,
    pub form_version: i32,
    pub received_at: DateTime<Utc>,
    pub answers: Vec<NamedValue>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub page: Option<String>,
}

/// One file held on the client. What is in it is downloaded from the card: the workbook and the JSON have no place for it.
#[derive(Serialize)]
pub struct SubjectFile {
    pub id: FileId,
    pub name: String,
    pub media_type: String,
    /// Bytes.
    pub size: i32,
    /// Of the content; lower-case hexadecimal.
    pub sha256: String,
    pub received_at: DateTime<Utc>,
}

/// One file that data came from (Art. 15(1)(g) GDPR).
#[derive(Serialize)]
pub struct SubjectOrigin {
    pub imported_at: DateTime<Utc>,
    pub source: String,
    /// Since when the data are held.
    pub obtained_on: NaiveDate,
    pub lawful_basis: String,
}

/// A card that was merged into the client's: what it said.
#[derive(Serialize)]
pub struct SubjectMergedCard {
    pub merged_at: DateTime<Utc>,
    pub details: Vec<NamedValue>,
    pub additional_fields: Vec<NamedValue>,
}

/// One look at or change of the card. Staff are named by role, not by name.
#[derive(Serialize)]
pub struct SubjectAccess {
    pub at: DateTime<Utc>,
    pub action: &'static str,
    pub by: String,
}

/// Entries of the access log that are handed over at most.
const ACCESS_LOG_MAX: u64 = 10_000;

/// The data as JSON text. Recorded as an export.
pub async fn json(ctx: &Ctx, permit: &Permit<ExportClients>, client: ClientId) -> Result<Vec<u8>, AppError> {
    let data = gather(ctx, permit, client, "data.json").await?;
    serde_json::to_vec_pretty(&data).map_err(|error| AppError::Unexpected(Box::new(error)))
}

/// The data as an XLSX workbook. Recorded as an export.
pub async fn xlsx(
    ctx: &Ctx,
    permit: &Permit<ExportClients>,
    client: ClientId,
    language: Language,
) -> Result<Vec<u8>, AppError> {
    let data = gather(ctx, permit, client, "xlsx").await?;
    tokio::task::spawn_blocking(move || workbook::write(&data, language))
        .await
        .map_err(|error| AppError::Unexpected(Box::new(error)))?
        .map_err(|error| AppError::Unexpected(Box::new(error)))
}

async fn gather(
    ctx: &Ctx,
    permit: &Permit<ExportClients>,
    client: ClientId,
    format: &str,
) -> Result<SubjectData, AppError> {
    let now = ctx.now();
    let record = cards::load_for(ctx, &ctx.db.read(), permit, client).await?;
    if !permit.fields().show_everything() {
        // What is handed to a person must be whole (Art. 15 GDPR): who does not see all of it cannot hand it over.
        return Err(AppError::PartialView);
    }
    let event = ctx
        .event(permit, Action::ClientExported, RecordKind::Client, Some(client.as_uuid()))
        .about(client)
        .fields(vec![format.to_owned()]);
    ctx.db.record(now, event).await?;

    let details = details_of(&record.input);
    let fields = custom_fields::all(&ctx.db.read()).await?;
    let additional_fields = additional_of(&fields, &record.custom);
    let consents = consents::of_client(ctx, client).await?;
    Ok(SubjectData {
        schema: "zgoda/subject-data/1",
        exported_at: now,
        client_id: client,
        kind: record.input.kind.code(),
        created_at: record.created_at,
        updated_at: record.updated_at,
        details,
        additional_fields,
        tags: tags_of(ctx, client).await?,
        receipts: receipts::of_all(ctx, client, &consents, now).await?,
        renewals: renewals_of(ctx, client, &consents).await?,
        consents: consents_of(consents, now),
        submissions: submissions_of(ctx, client).await?,
        files: files_of(ctx, client).await?,
        origins: origins_of(ctx, client).await?,
        merged_cards: merged_cards_of(ctx, client, &fields).await?,
        access_log: access_log_of(ctx, client).await?,
    })
}

fn details_of(input: &ClientInput) -> Vec<NamedValue> {
    let named = BuiltinField::ALL.into_iter().filter_map(|field| {
        let value = input.get(field)?;
        Some(NamedValue { name: field.key().to_owned(), value: Value::from(value) })
    });
    named.collect()
}

fn additional_of(fields: &[FieldRecord], custom: &CustomValues) -> Vec<NamedValue> {
    let named = fields.iter().filter_map(|stored| {
        let value = custom.get(&stored.field.id)?;
        Some(NamedValue { name: stored.field.name.as_str().to_owned(), value: value.clone() })
    });
    named.collect()
}

async fn merged_cards_of(
    ctx: &Ctx,
    client: ClientId,
    fields: &[FieldRecord],
) -> Result<Vec<SubjectMergedCard>, AppError> {
    let mut cards = Vec::new();
    // With those that were merged into the merged ones.
    let mut of = vec![client];
    while let Some(kept) = of.pop() {
        for record in merges::into_client(&ctx.db.read(), kept).await? {
            if record.undone_at.is_some() {
                continue;
            }
            of.push(record.merged_id);
            if let Some(snapshot) = record.snapshot {
                cards.push(SubjectMergedCard {
                    merged_at: record.merged_at,
                    details: details_of(&snapshot.merged.details),
                    additional_fields: additional_of(fields, &snapshot.merged.custom),
                });
            }
        }
    }
    Ok(cards)
}

async fn tags_of(ctx: &Ctx, client: ClientId) -> Result<Vec<String>, AppError> {
    let own = tags::of_client(&ctx.db.read(), client).await?;
    let known = tags::all(&ctx.db.read()).await?;
    Ok(known.into_iter().filter(|tag| own.contains(&tag.id)).map(|tag| tag.name).collect())
}

fn consents_of(consents: Vec<ClientConsent>, now: DateTime<Utc>) -> Vec<SubjectConsent> {
    consents
        .into_iter()
        .map(|consent| SubjectConsent {
            purpose: consent.purpose.name.as_str().to_owned(),
            channel: consent.channel.code(),
            status: consent.state.status_at(now).code(),
            since: consent.state.since,
            expires_at: consent.state.expires_at,
            events: consent
                .events
                .into_iter()
                .map(|(event, wording)| SubjectConsentEvent {
                    kind: event.kind.code(),
                    method: event.method.code(),
                    occurred_at: event.occurred_at,
                    recorded_at: event.recorded_at,
                    grade: event.grade.map(EvidenceGrade::code),
                    file: event.file_id,
                    wording: wording.as_ref().map(|wording| wording.text.as_str().to_owned()),
                    wording_sha256: wording.map(|wording| wording.sha256),
                    evidence: event.evidence,
                })
                .collect(),
        })
        .collect()
}

async fn renewals_of(ctx: &Ctx, client: ClientId, consents: &[ClientConsent]) -> Result<Vec<SubjectRenewal>, AppError> {
    let asked = renewals::of_clients(&ctx.db.read(), &[client]).await?;
    let told = asked.into_iter().map(|renewal| {
        let (_, purpose, channel) = renewal.place;
        // Only a consent that was given is asked to be renewed, so each is among them.
        let known = consents.iter().find(|consent| consent.purpose.id == purpose);
        SubjectRenewal {
            purpose: known.map_or_else(|| purpose.to_string(), |consent| consent.purpose.name.as_str().to_owned()),
            channel: channel.code(),
            asked_at: renewal.asked_at,
            answered_at: renewal.answered_at,
        }
    });
    Ok(told.collect())
}

async fn submissions_of(ctx: &Ctx, client: ClientId) -> Result<Vec<SubjectSubmission>, AppError> {
    let mut sent = stored::of_client(&ctx.db.read(), client).await?;
    // A claim by someone who only typed this address is not the client's data until staff accept it.
    sent.retain(|(record, _)| record.status == zgoda_domain::submission::SubmissionStatus::Accepted);
    let ids: Vec<FormVersionId> = sent.iter().map(|(record, _)| record.form_version_id).collect();
    let labels = forms::version_labels(&ctx.db.read(), &ids).await?;
    let mut versions = HashMap::new();
    let mut result = Vec::with_capacity(sent.len());
    for (record, content) in sent {
        let id = record.form_version_id;
        if let std::collections::hash_map::Entry::Vacant(slot) = versions.entry(id)
            && let Some(version) = forms::version(&ctx.db.read(), id).await?
        {
            slot.insert(version);
        }
        let answers = match versions.get(&id) {
            Some(version) => {
                let (fields, consents) = (FieldRights::default(), ConsentRights::default());
                submissions::labelled(&version.definition, &content.answers, &fields, &consents)
            }
            None => Vec::new(),
        };
        let (form, form_version) = labels.get(&id).cloned().unwrap_or_default();
        result.push(SubjectSubmission {
            form,
            form_version,
            received_at: record.received_at,
            answers: answers
                .into_iter()
                .map(|(_, label, text)| NamedValue { name: label, value: Value::from(text) })
                .collect(),
            ip: content.ip,
            user_agent: content.user_agent,
            page: content.page,
        });
    }
    Ok(result)
}

async fn files_of(ctx: &Ctx, client: ClientId) -> Result<Vec<SubjectFile>, AppError> {
    let files = files::of_client(&ctx.db.read(), client).await?;
    let listed = files.into_iter().filter_map(|file| {
        let meta = file.meta?;
        Some(SubjectFile {
            id: file.id,
            name: meta.name,
            media_type: meta.media_type,
            size: file.size,
            sha256: meta.sha256,
            received_at: file.created_at,
        })
    });
    Ok(listed.collect())
}

async fn origins_of(ctx: &Ctx, client: ClientId) -> Result<Vec<SubjectOrigin>, AppError> {
    let found = origins::of_client(&ctx.db.read(), client).await?;
    let told = found.into_iter().map(|record| SubjectOrigin {
        imported_at: record.imported_at,
        source: record.origin.source,
        obtained_on: record.origin.obtained_on,
        lawful_basis: record.origin.lawful_basis,
    });
    Ok(told.collect())
}

async fn access_log_of(ctx: &Ctx, client: ClientId) -> Result<Vec<SubjectAccess>, AppError> {
    let filter = AuditFilter { client: Some(client), ..AuditFilter::default() };
    let (rows, _) = audit::page(ctx.db.read(), filter, None, ACCESS_LOG_MAX).await?;
    Ok(rows
        .into_iter()
        .map(|row| SubjectAccess { at: row.at, action: row.action.code(), by: row.actor_kind })
        .collect())
}
