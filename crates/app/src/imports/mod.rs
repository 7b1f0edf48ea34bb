//! Imports: a file comes in parts, is read into rows, its columns are mapped, every row is checked, and a job makes and
//! changes cards. Until then nothing of it is a client's; a day after the run it is forgotten.
//!
//! An import is its account's alone, in its sessions; one that a program began, its key's alone.

mod checking;
mod fixing;
mod lookup;
mod reading;
mod report;
mod running;

pub use checking::save_settings;
pub use fixing::{ShownRow, fix_row, rows};
pub use reading::read;
pub use report::{Report, report};
pub use running::run;
pub(crate) use running::step;

use crate::{AppError, Ctx, clients::seen_before};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use zgoda_domain::{
    access::{FieldRights, ImportClients, Permit, ViewClients},
    audit::{Action, RecordKind},
    consent::Purpose,
    custom_field::{CustomField, FieldKind},
    field_ref::FieldRef,
    file::FileName,
    id::{AccountId, ClientId, ImportId, JobId},
    import::{
        ColumnTarget, IMPORT_KEPT, ImportState, MAX_OPEN, Mapping, PART_BYTES, RowOutcome, UPLOAD_KEPT, guess,
        guess_header_row, heads_key, propose_field, samples,
    },
    job::{JobState, UNDO_FOR},
    rule::{Invalids, Rule},
    sheet::SHEET_FILE_MAX,
};
use zgoda_persistence::{
    Source, Tx,
    idempotency::{self, Idempotency},
    imports::{self, Forget, ImportContent, Outcome},
    origins, purposes,
};

pub use zgoda_persistence::{
    imports::{Chunk, ImportRecord, Wanted},
    origins::OriginRecord,
};

/// A mapping that nobody used for this long is forgotten.
const MAPPINGS_KEPT: TimeDelta = TimeDelta::days(730);

/// A column as it is shown for mapping.
#[derive(Clone, Debug)]
pub struct Column {
    pub header: String,
    /// Some texts that differ.
    pub samples: Vec<String>,
    /// Cells with something in them, of the first rows.
    pub filled: u32,
    /// What it probably becomes.
    pub target: ColumnTarget,
    /// The custom field that would hold it.
    pub kind: FieldKind,
    pub options: Vec<String>,
}

/// An import as its account sees it.
#[derive(Clone, Debug)]
pub struct OpenedImport {
    pub record: ImportRecord,
    /// Parts of the file that have come.
    pub parts: u32,
    pub header_row: u32,
    pub columns: Vec<Column>,
    /// How a file with these columns was mapped before.
    pub remembered: Option<Mapping>,
}

/// Until when an import is kept as it stands; `None` while it runs and for a day after that.
pub fn expires_at(record: &ImportRecord) -> Option<DateTime<Utc>> {
    match record.state {
        ImportState::Reading => Some(record.changed_at + UPLOAD_KEPT),
        ImportState::Open => Some(record.changed_at + IMPORT_KEPT),
        ImportState::Run => None,
    }
}

/// Begins an import: the file is to come in parts.
///
/// # Errors
/// [`Rule::TooManyOpen`] when too many imports of the caller were not run.
pub async fn start(
    ctx: &Ctx,
    permit: &Permit<ImportClients>,
    file_name: &str,
    size: u64,
    repeat: Option<&Idempotency>,
) -> Result<ImportId, AppError> {
    let max = u32::try_from(SHEET_FILE_MAX).unwrap_or(u32::MAX);
    let size = match u32::try_from(size) {
        Ok(0) => return Err(Invalids::one("/size", Rule::Required).into()),
        Ok(size) if size <= max => size,
        _ => return Err(Invalids::one("/size", Rule::FileTooLarge { max }).into()),
    };
    let (account, key) = (account(permit)?, permit.actor().api_key());
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        return Ok(ImportId::from_uuid(id));
    }
    if imports::open_begun_by(&tx, account, key).await? >= MAX_OPEN {
        return Err(Invalids::one("/file_name", Rule::TooManyOpen { max: MAX_OPEN }).into());
    }
    let id = ImportId::generate(now, ctx.entropy());
    let file_name = FileName::normalise(file_name).into_string();
    let content = ImportContent { file_name, book: None, settings: None, missing_tags: Vec::new() };
    imports::insert(&tx, id, account, key, &content, size, now)?;
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    tx.commit_unaudited("a file that is to come; that it was read is recorded").await?;
    Ok(id)
}

fn account(permit: &Permit<ImportClients>) -> Result<AccountId, AppError> {
    // The program itself has no files.
    permit.actor().account().ok_or(AppError::WrongState)
}

/// Whether an import is the caller's: a session's and a key's are not each other's, because a key may less.
fn is_own(record: &ImportRecord, permit: &Permit<ImportClients>) -> bool {
    let actor = permit.actor();
    actor.account() == Some(record.account_id) && actor.api_key() == record.api_key_id
}

/// The import, if it is the caller's.
async fn own(source: &impl Source, permit: &Permit<ImportClients>, id: ImportId) -> Result<ImportRecord, AppError> {
    let record = imports::load(source, id).await?;
    record.filter(|record| is_own(record, permit)).ok_or(AppError::NotFound)
}

/// As [`own`], to change it: until the transaction ends nobody else can.
async fn own_locked(tx: &Tx, permit: &Permit<ImportClients>, id: ImportId) -> Result<ImportRecord, AppError> {
    let record = imports::load_locked(tx, id).await?;
    record.filter(|record| is_own(record, permit)).ok_or(AppError::NotFound)
}

/// Takes a part of the file; each but the last has [`PART_BYTES`].
pub async fn put_part(
    ctx: &Ctx,
    permit: &Permit<ImportClients>,
    id: ImportId,
    number: u32,
    content: &[u8],
) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let record = own_locked(&tx, permit, id).await?;
    if record.state != ImportState::Reading {
        return Err(AppError::WrongState);
    }
    let size = usize::try_from(record.size).unwrap_or_default();
    let from = usize::try_from(number).unwrap_or(usize::MAX).saturating_mul(PART_BYTES);
    let expected = size.saturating_sub(from).min(PART_BYTES);
    if expected == 0 || content.len() != expected {
        return Err(Invalids::one("", Rule::OutOfRange).into());
    }
    imports::put_part(&tx, id, number, content).await?;
    imports::touch(&tx, id, now).await?;
    tx.commit_unaudited("a part of a file; that it was read is recorded").await?;
    Ok(())
}

/// The import with its columns. `header_row` looks at them as if that row named them.
pub async fn open(
    ctx: &Ctx,
    permit: &Permit<ImportClients>,
    id: ImportId,
    header_row: Option<u32>,
) -> Result<OpenedImport, AppError> {
    let record = own(&ctx.db.read(), permit, id).await?;
    shown(ctx, permit, record, header_row).await
}

async fn shown(
    ctx: &Ctx,
    permit: &Permit<ImportClients>,
    record: ImportRecord,
    header_row: Option<u32>,
) -> Result<OpenedImport, AppError> {
    let reader = ctx.db.read();
    let parts = u32::try_from(imports::parts(&reader, record.id).await?.len()).unwrap_or(u32::MAX);
    let chunk = match record.state {
        ImportState::Reading => None,
        ImportState::Open | ImportState::Run => imports::chunk(&reader, record.id, 0).await?,
    };
    let Some(chunk) = chunk else {
        return Ok(OpenedImport { record, parts, header_row: 0, columns: Vec::new(), remembered: None });
    };
    let settings = record.content.settings.as_ref();
    let header_row = header_row
        .or_else(|| settings.map(|settings| settings.header_row))
        .unwrap_or_else(|| guess_header_row(&chunk.rows));
    let headers = headers(&record, &chunk, header_row);
    let known = Known::load(ctx, permit).await?;
    let remembered = imports::mapping(&reader, &heads_key(&headers)).await?.filter(|_| header_row > 0);
    let remembered = remembered.filter(|mapping| mapping.columns.len() == headers.len());
    let guessed = match &remembered {
        Some(mapping) => mapping.columns.iter().map(|target| known.usable(permit.fields(), *target)).collect(),
        None => guess(&headers, &known.fields, &known.purposes),
    };
    let below = chunk.rows.get(usize::try_from(header_row).unwrap_or(0)..).unwrap_or_default();
    let columns = headers.into_iter().zip(guessed).enumerate().map(|(at, (header, target))| {
        let cells = || below.iter().filter_map(move |row| row.get(at).map(String::as_str));
        let (kind, options) = propose_field(&header, cells());
        let filled = cells().filter(|cell| !cell.trim().is_empty()).count();
        Column {
            samples: samples(cells()),
            filled: u32::try_from(filled).unwrap_or(u32::MAX),
            target,
            kind,
            options,
            header,
        }
    });
    let columns = columns.collect();
    Ok(OpenedImport { record, parts, header_row, columns, remembered })
}

/// The names of the columns; empty where none names them.
fn headers(record: &ImportRecord, first: &Chunk, header_row: u32) -> Vec<String> {
    let head = header_row.checked_sub(1).and_then(|at| first.rows.get(usize::try_from(at).ok()?));
    let width = usize::try_from(record.width).unwrap_or_default();
    let name = |at: usize| {
        let text = head.and_then(|row| row.get(at)).map(|cell| cell.trim()).unwrap_or_default();
        text.chars().take(200).collect()
    };
    (0..width).map(name).collect()
}

/// What columns can become.
struct Known {
    /// Fields that are there for the caller.
    fields: Vec<CustomField>,
    purposes: Vec<Purpose>,
}

impl Known {
    async fn load(ctx: &Ctx, permit: &Permit<ImportClients>) -> Result<Self, AppError> {
        let fields = permit.fields().existing(&crate::custom_fields::live(ctx).await?);
        let purposes = purposes::all(&ctx.db.read()).await?;
        Ok(Self { fields, purposes })
    }

    /// A remembered target, unless it is gone or not the caller's to write.
    fn usable(&self, rights: &FieldRights, target: ColumnTarget) -> ColumnTarget {
        let usable = match target {
            ColumnTarget::Field(field) => match field {
                FieldRef::Builtin(_) => rights.writes(field),
                FieldRef::Custom(id) => rights.writes(field) && self.fields.iter().any(|known| known.id == id),
            },
            ColumnTarget::Consent(consent) => self.purposes.iter().any(|purpose| {
                purpose.id == consent.purpose_id
                    && purpose.channels.contains(&consent.channel)
                    && purpose.retired_at.is_none()
            }),
            ColumnTarget::Ignore | ColumnTarget::Kind | ColumnTarget::Tags => true,
        };
        if usable { target } else { ColumnTarget::Ignore }
    }
}

/// The caller's imports, newest first, each with where its job stands and whether that was undone.
pub async fn list(
    ctx: &Ctx,
    permit: &Permit<ImportClients>,
    after: Option<ImportId>,
    limit: u64,
) -> Result<(Vec<(ImportRecord, Option<(JobState, bool)>)>, Option<ImportId>), AppError> {
    let (reader, key) = (ctx.db.read(), permit.actor().api_key());
    let (found, next) = imports::page_begun_by(&reader, account(permit)?, key, after, limit).await?;
    let ids: Vec<JobId> = found.iter().filter_map(|record| record.job_id).collect();
    let standings = zgoda_persistence::jobs::standings(&reader, &ids).await?;
    let with_run = |record: ImportRecord| {
        let run = record.job_id.and_then(|job| standings.get(&job).copied());
        (record, run)
    };
    Ok((found.into_iter().map(with_run).collect(), next))
}

/// Forgets an import with everything that was sent. One that runs has to be stopped first; what it made stays.
pub async fn discard(ctx: &Ctx, permit: &Permit<ImportClients>, id: ImportId) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let record = own_locked(&tx, permit, id).await?;
    if let Some(job) = record.job_id
        && zgoda_persistence::jobs::load(&tx, job).await?.is_some_and(|job| !job.state.is_over())
    {
        return Err(AppError::WrongState);
    }
    imports::delete(&tx, id).await?;
    let event = ctx
        .event(permit, Action::ImportDiscarded, RecordKind::Import, Some(id.as_uuid()))
        .values(json!({ "after": { "file": record.content.file_name } }));
    tx.commit(now, event).await?;
    Ok(())
}

/// The card that a row made or met, unless it stayed out of reach: what is kept of that serves an erasure alone.
fn told_client(outcome: &Outcome) -> Option<ClientId> {
    outcome.client.filter(|_| outcome.outcome != RowOutcome::NotReached)
}

/// Where a client's data came from, earliest first.
pub async fn origins_of(
    ctx: &Ctx,
    permit: &Permit<ViewClients>,
    client: ClientId,
) -> Result<Vec<OriginRecord>, AppError> {
    crate::clients::load_for(ctx, &ctx.db.read(), permit, client).await?;
    Ok(origins::of_client(&ctx.db.read(), client).await?)
}

/// Forgets what is old.
pub(crate) async fn tidy(tx: &Tx, now: DateTime<Utc>) -> Result<(), AppError> {
    let forget = Forget {
        unread: now - UPLOAD_KEPT,
        open: now - IMPORT_KEPT,
        run: now - UNDO_FOR,
        mappings: now - MAPPINGS_KEPT,
    };
    imports::tidy(tx, forget).await?;
    origins::tidy(tx, now - UNDO_FOR - UNDO_FOR).await?;
    Ok(())
}
