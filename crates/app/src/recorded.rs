//! Consents that staff record from the card, and the files that prove them.

use crate::{
    AppError, Ctx,
    clients::{self as cards, seen_before},
    consents::rights,
    files::OpenedFile,
};
use serde_json::json;
use zgoda_domain::{
    access::{EditClients, FieldRestriction, Permit, ViewClients},
    audit::{Action, RecordKind},
    consent::{Channel, ConsentEventKind, ConsentRefusal, ConsentStatus, EvidenceGrade},
    file::{CLIENT_FILES_MAX, FileKind, FileName, FileType},
    id::{ClientId, ConsentEventId, FileId, PurposeId, WordingId},
    recorded::{ActMoment, Decision, RecordMethod, parse_note},
    rule::{Invalids, Rule},
    text::LongText,
};
use zgoda_persistence::{
    Tx,
    consents::{self, LedgerError, NewConsentEvent},
    custom_fields,
    files::{self, FileMeta, NewFile},
    idempotency::{self, Idempotency},
    merges, purposes, wordings,
};

/// What staff record.
#[derive(Clone, Copy, Debug)]
pub struct Recording<'a> {
    pub purpose_id: PurposeId,
    pub channel: Channel,
    pub decision: Decision,
    pub method: RecordMethod,
    /// The day or the moment of the act; see [`ActMoment::parse`].
    pub given_on: &'a str,
    /// The text that the person agreed to.
    pub wording_id: Option<WordingId>,
    pub note: Option<&'a str>,
    /// A file of this client that proves nothing else yet.
    pub file_id: Option<FileId>,
}

/// Records a person's answer with its proof. A no to what stands is kept as its withdrawal, with the purposes below it.
/// Whoever may not write the consent's column may not record it; a hidden one is answered like one of no purpose.
pub async fn record(
    ctx: &Ctx,
    permit: &Permit<EditClients>,
    client: ClientId,
    recording: &Recording<'_>,
    repeat: Option<&Idempotency>,
) -> Result<ConsentEventId, AppError> {
    let Recording { purpose_id, channel, decision, .. } = *recording;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        return Ok(ConsentEventId::from_uuid(id));
    }
    cards::load_to_change(ctx, &tx, permit, client).await?;
    match permit.fields().of_consents(&custom_fields::live(&tx).await?).of(purpose_id, channel) {
        FieldRestriction::Open => {}
        FieldRestriction::Hidden => return Err(AppError::NotFound),
        FieldRestriction::Masked | FieldRestriction::ReadOnly => {
            return Err(Invalids::one("/purpose_id", Rule::ReadOnly).into());
        }
    }
    let checked = check(&tx, client, recording, now).await?;
    let kind = match (decision, checked.stands) {
        (Decision::Given, _) => ConsentEventKind::RecordedByStaff,
        // Saying no to what one agreed to before is taking it back.
        (Decision::Refused, Some(ConsentStatus::Given | ConsentStatus::Expired)) => ConsentEventKind::Withdrawn,
        (Decision::Refused, _) => ConsentEventKind::Refused,
    };
    let file = checked.file.as_ref();
    let event = NewConsentEvent {
        id: ConsentEventId::generate(now, ctx.entropy()),
        client_id: client,
        purpose_id,
        channel,
        kind,
        method: recording.method.in_ledger(),
        wording_id: recording.wording_id,
        form_version_id: None,
        submission_id: None,
        actor: permit.actor(),
        occurred_at: checked.act.at,
        grade: (decision == Decision::Given).then_some(EvidenceGrade::C),
        file_id: recording.file_id,
        caused_by: None,
        evidence: json!({
            "note": checked.note.as_ref().map(LongText::as_str),
            "day": checked.act.day,
            // The ledger commits to the scan by its hash.
            "file": file.map(|(meta, size)| json!({ "name": meta.name, "sha256": meta.sha256, "size": size })),
        }),
    };
    // The ledger may have moved the entry behind the one before.
    let id = consents::record(&tx, &event, now).await.map_err(refusal)?.last_event;
    if let Some(file) = recording.file_id
        && !files::attach(&tx, file, client, FileKind::ConsentProof, id.as_uuid()).await?
    {
        return Err(Invalids::one("/file_id", Rule::Unknown).into());
    }
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    let action = match kind {
        ConsentEventKind::Withdrawn => Action::ConsentWithdrawn,
        _ => Action::ConsentRecorded,
    };
    let event = ctx
        .event(permit, action, RecordKind::Client, Some(client.as_uuid()))
        .about(client)
        .fields(named(purpose_id, channel));
    tx.commit(now, event).await?;
    Ok(id)
}

fn named(purpose: PurposeId, channel: Channel) -> Vec<String> {
    vec![format!("purpose:{purpose}"), format!("channel:{}", channel.code())]
}

/// A recording that keeps every rule.
struct Checked {
    act: ActMoment,
    note: Option<LongText>,
    /// What the file is, and its size in bytes.
    file: Option<(FileMeta, i32)>,
    stands: Option<ConsentStatus>,
}

async fn check(
    tx: &Tx,
    client: ClientId,
    recording: &Recording<'_>,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Checked, AppError> {
    let Recording { purpose_id, channel, decision, .. } = *recording;
    let purpose = purposes::find(tx, purpose_id).await?.ok_or(AppError::NotFound)?;
    let mut invalids = Invalids::default();
    if !purpose.channels.contains(&channel) {
        invalids.add("/channel", Rule::Unknown);
    }
    if let Some(id) = recording.wording_id {
        let known = wordings::all(tx).await?.into_iter().find(|wording| wording.id == id);
        let fits = known.is_some_and(|wording| {
            wording.purpose_id == purpose_id && wording.channel.is_none_or(|own| own == channel)
        });
        if !fits {
            invalids.add("/wording_id", Rule::Unknown);
        }
    }
    let act = invalids.take("/given_on", ActMoment::parse(recording.given_on, recording.decision, now));
    let note = invalids.take("/note", parse_note(decision, recording.note, recording.file_id.is_some()));
    let file = match recording.file_id {
        Some(id) => {
            // A stranger's file, one that proves something already, and none at all are answered alike.
            let found = files::find(tx, id).await?.filter(|file| {
                file.client_id == Some(client) && file.kind == FileKind::ConsentProof && file.record_id.is_none()
            });
            let meta = found.and_then(|file| file.meta.map(|meta| (meta, file.size)));
            if meta.is_none() {
                invalids.add("/file_id", Rule::Unknown);
            }
            meta
        }
        None => None,
    };
    let state = consents::state(tx, client, purpose_id, channel).await?;
    if let Some(act) = act {
        if decision == Decision::Given && purpose.retired_at.is_some_and(|end| act.at >= end) {
            // Nothing was asked for under it any more.
            invalids.add("/given_on", Rule::OutOfRange);
        }
        // Whatever the answer is, a later one stands.
        let answered = state.filter(|state| state.status != ConsentStatus::Requested);
        if answered.is_some_and(|state| state.status != ConsentStatus::Expired && state.since > act.at) {
            invalids.add("/given_on", Rule::Superseded);
        }
    }
    let stands = state.map(|state| state.status);
    invalids.or(act.zip(note).map(|(act, note)| Checked { act, note, file, stands })).map_err(AppError::from)
}

/// The ledger's refusals where staff can do something about them.
fn refusal(error: LedgerError) -> AppError {
    match error {
        LedgerError::Refused(ConsentRefusal::Superseded) => Invalids::one("/given_on", Rule::Superseded).into(),
        LedgerError::Refused(ConsentRefusal::TooLittleProof) => Invalids::one("/note", Rule::ProofNeeded).into(),
        error => error.into(),
    }
}

/// Stores a file that is to prove a consent; a day later it is deleted, unless it does. Sealed under the client's key.
pub async fn upload(
    ctx: &Ctx,
    permit: &Permit<EditClients>,
    client: ClientId,
    name: &str,
    content: &[u8],
    repeat: Option<&Idempotency>,
) -> Result<FileId, AppError> {
    let name = FileName::normalise(name);
    let kind = FileType::check(&name, content).map_err(|rule| Invalids::one("/file", rule))?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        return Ok(FileId::from_uuid(id));
    }
    cards::load_to_change(ctx, &tx, permit, client).await?;
    let taken = files::size_of_client(&tx, client).await?;
    if taken.saturating_add(content.len() as u64) > CLIENT_FILES_MAX {
        return Err(Invalids::one("/file", Rule::NoRoom { max: CLIENT_FILES_MAX }).into());
    }
    let meta = FileMeta {
        name: name.into_string(),
        media_type: kind.media_type().to_owned(),
        sha256: zgoda_vault::sha256_hex(content),
    };
    let id = FileId::generate(now, ctx.entropy());
    let new = NewFile { id, kind: FileKind::ConsentProof, record_id: None, meta: &meta, content };
    files::insert_for(&tx, client, &new, now).await?;
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    tx.commit_unaudited("a file that proves nothing yet; the consent it proves is recorded").await?;
    Ok(id)
}

/// Hands out the proof of a consent. It is as visible as the consent's column, and looking is recorded.
pub async fn open_file(
    ctx: &Ctx,
    permit: &Permit<ViewClients>,
    client: ClientId,
    id: FileId,
) -> Result<OpenedFile, AppError> {
    let reader = ctx.db.read();
    cards::load_for(ctx, &reader, permit, client).await?;
    let found = files::find(&reader, id).await?;
    let file = found.filter(|file| file.client_id == Some(client) && file.kind == FileKind::ConsentProof);
    let event = file.and_then(|file| file.record_id).map(ConsentEventId::from_uuid).ok_or(AppError::NotFound)?;
    let (owner, purpose, channel) = consents::place_of(&reader, event).await?.ok_or(AppError::NotFound)?;
    // The entry may be of a card that was merged into this one.
    if merges::holder(&reader, owner).await? != client || !rights(ctx, permit.fields()).await?.shows(purpose, channel) {
        return Err(AppError::NotFound);
    }
    let (file, content) = files::load(&reader, id).await?.ok_or(AppError::NotFound)?;
    let meta = file.meta.ok_or(AppError::NotFound)?;
    let event = ctx
        .event(permit, Action::FileOpened, RecordKind::File, Some(id.as_uuid()))
        .about(client)
        .fields(named(purpose, channel));
    ctx.db.record(ctx.now(), event).await?;
    Ok(OpenedFile { name: meta.name, media_type: meta.media_type, content })
}
