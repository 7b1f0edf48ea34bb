//! One step of an export: some rows read and written, and a piece added to the file.

use super::{Wanted, cells::Columns, sight};
use crate::{
    AppError, Ctx, bulk, clients as cards,
    clients::ShownRow,
    custom_fields as fields_in_use,
    work::{Progress, Run, Stop},
};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::HashSet, io, sync::Arc};
use zgoda_domain::{
    access::{ExportClients, Permit},
    audit::{Action, RecordKind},
    bulk::BulkTargets,
    custom_field::{CustomField, FieldKind},
    export::ExportWords,
    id::{ClientId, FileId},
    job::JobProblem,
    list::ListQuery,
};
use zgoda_persistence::{
    audit,
    client_list::Mark,
    file_chunks::{self, ChunkedMeta, NewChunk},
    files,
};
use zgoda_sheets::write::{self, Layout, Writer};

/// Rows read at once, where no field holds long texts.
const PAGE: u64 = 1_000;
/// Rows of one step: reading them holds up nobody.
const ROWS: usize = 5_000;
/// Bytes of one piece, about.
const BYTES: usize = 1024 * 1024;

/// Where the next step goes on. Numbers and ids; the mark, which holds a person's data, is sealed.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    file: FileId,
    chunks: u32,
    size: u64,
    rows: u64,
    written: write::Progress,
    mark: String,
    /// What whoever asked saw when the file was begun.
    sight: String,
}

/// All that is read and written by.
struct Plan<'a> {
    ctx: &'a Ctx,
    permit: &'a Permit<ExportClients>,
    fields: Vec<CustomField>,
    query: ListQuery,
    only: Option<&'a [ClientId]>,
}

type Page = (Vec<ShownRow>, Option<Mark>);

impl<'a> Plan<'a> {
    async fn make(
        ctx: &'a Ctx,
        run: &Run,
        permit: &'a Permit<ExportClients>,
        wanted: &'a Wanted,
    ) -> Result<Self, Stop> {
        let fields = permit.fields().existing(&fields_in_use::live(ctx).await?);
        let mut query = wanted.query(&fields).map_err(|_| Stop::Problem(JobProblem::TargetGone))?;
        let mut only = None;
        match &wanted.targets {
            BulkTargets::Ids(ids) => only = Some(ids.as_slice()),
            BulkTargets::Matching(matching) => {
                (query.conditions, query.search) = bulk::resolved(ctx, run, permit, &fields, matching).await?;
            }
        }
        cards::check_query(&cards::list_rights(permit, &fields), &query)
            .map_err(|_| Stop::Problem(JobProblem::RightsGone))?;
        // However long the texts are, a page fits in the memory.
        let long = fields.iter().filter(|field| field.kind == FieldKind::LongText).count() as u64;
        query.limit = (PAGE / (1 + 4 * long)).max(10);
        Ok(Self { ctx, permit, fields, query, only })
    }

    async fn page(&self, after: Option<&Mark>) -> Result<Page, AppError> {
        cards::rows(self.ctx, self.permit, &self.fields, &self.query, self.only, after).await
    }
}

/// What a step made.
struct Piece {
    bytes: Vec<u8>,
    clients: Vec<ClientId>,
    /// Where the rest begins; `None` at the end.
    rest: Option<(Mark, write::Progress)>,
}

/// The next step of an export.
pub(crate) async fn step(ctx: &Ctx, run: &Run) -> Result<(), Stop> {
    let wanted: Wanted = run.payload()?;
    let permit = run.permit::<ExportClients>()?;
    let plan = Plan::make(ctx, run, &permit, &wanted).await?;
    let sight = sight(&permit);
    let position = match run.job().position.as_deref() {
        None => None,
        Some(text) => {
            let read: Result<Position, _> = serde_json::from_str(text);
            Some(read.map_err(|_| AppError::Unexpected("a job's position cannot be read".into()))?)
        }
    };
    // What a file holds was seen by one set of rights.
    if position.as_ref().is_some_and(|position| position.sight != sight) {
        return begin_anew(ctx, run).await;
    }
    let columns = Arc::new(Columns::load(ctx, &wanted.look, &plan.fields).await?);
    let words = ExportWords::of(wanted.look.language);
    let layout = Arc::new(Layout {
        format: wanted.look.format,
        delimiter: wanted.look.delimiter,
        sheet: words.sheet.to_owned(),
        heads: columns.heads.clone(),
    });
    let account = permit.visible().account();
    let (writer, mark) = match &position {
        None => (Writer::begin(&layout).map_err(unwritable)?, None),
        Some(position) => {
            let sealed = BASE64.decode(&position.mark).ok();
            let mark = sealed.and_then(|sealed| Mark::open(&ctx.db.read(), account, sealed));
            let mark = mark.ok_or_else(|| AppError::Unexpected("a job's place in the list cannot be read".into()))?;
            (Writer::resume(&layout, position.written.clone()), Some(mark))
        }
    };
    let piece = write_some(&plan, columns, writer, mark).await?;

    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let erased = file_chunks::erased_since(&tx, run.job().created_at).await?;
    let told: HashSet<&ClientId> = piece.clients.iter().collect();
    let file = match &position {
        Some(position) if !file_chunks::hold(&tx, position.file).await? => None,
        Some(position) => Some(position.file),
        None => {
            let id = FileId::generate(now, ctx.entropy());
            file_chunks::begin(&tx, id, run.job().id, now).await?;
            Some(id)
        }
    };
    let Some(file) = file.filter(|_| !erased.iter().any(|id| told.contains(id))) else {
        // Somebody whom it tells of was erased.
        drop(tx);
        return begin_anew(ctx, run).await;
    };
    let (number, size, rows) = position.map_or((0, 0, 0), |it| (it.chunks, it.size, it.rows));
    let size = size + piece.bytes.len() as u64;
    let rows = rows + piece.clients.len() as u64;
    let last = piece.rest.is_none();
    file_chunks::append(&tx, file, &NewChunk { number, last, content: &piece.bytes, clients: &piece.clients }).await?;
    let mut progress = Progress { done: piece.clients.len() as u64, ..Progress::default() };
    match piece.rest {
        Some((mark, written)) => {
            let mark = BASE64.encode(mark.seal(&tx, account)?);
            let position = Position { file, chunks: number + 1, size, rows, written, mark, sight };
            let text = serde_json::to_string(&position).map_err(|error| AppError::Unexpected(Box::new(error)))?;
            progress.position = Some(text);
            run.keep(tx, &progress).await
        }
        None => {
            let day = now.with_timezone(&ctx.time_zone).format("%Y-%m-%d");
            let name = format!("{}-{day}.{}", words.clients, wanted.look.format.code());
            let media_type = wanted.look.format.media_type();
            file_chunks::complete(&tx, file, &ChunkedMeta::new(name, media_type, size, number + 1, sight), now).await?;
            let mut values = json!({ "after": wanted.told(), "reason": wanted.reason });
            if let Some(after) = values.get_mut("after").and_then(|after| after.as_object_mut()) {
                after.insert("count".to_owned(), rows.into());
            }
            let event = ctx
                .event(&permit, Action::ClientsExported, RecordKind::Job, Some(run.job().id.as_uuid()))
                .fields(wanted.column_names())
                .values(values);
            audit::insert_many(&tx, now, vec![event]).await?;
            progress.total = Some(rows);
            run.end(ctx, tx, &progress, Some(file)).await
        }
    }
}

/// Forgets what earlier steps wrote.
async fn begin_anew(ctx: &Ctx, run: &Run) -> Result<(), Stop> {
    let tx = ctx.db.begin().await?;
    files::delete_of_record(&tx, run.job().id.as_uuid()).await?;
    run.keep(tx, &Progress { anew: true, ..Progress::default() }).await
}

/// Reads and writes until the piece is full or nobody is left. While rows are written the next are read.
async fn write_some(
    plan: &Plan<'_>,
    columns: Arc<Columns>,
    mut writer: Writer,
    mark: Option<Mark>,
) -> Result<Piece, Stop> {
    let mut clients = Vec::new();
    let (mut rows, mut after) = plan.page(mark.as_ref()).await?;
    loop {
        clients.extend(rows.iter().map(|(row, _)| row.id));
        let full = clients.len() >= ROWS || writer.written() >= BYTES;
        let columns = Arc::clone(&columns);
        let writing = tokio::task::spawn_blocking(move || write_rows(writer, &columns, &rows));
        match after.take() {
            Some(mark) if !full => {
                let (written, page) = futures::join!(writing, plan.page(Some(&mark)));
                writer = wrote(written)?;
                (rows, after) = page?;
            }
            Some(mark) => {
                let (bytes, progress) = wrote(writing.await)?.pause().map_err(unwritable)?;
                return Ok(Piece { bytes, clients, rest: Some((mark, progress)) });
            }
            None => {
                let bytes = wrote(writing.await)?.finish().map_err(unwritable)?;
                return Ok(Piece { bytes, clients, rest: None });
            }
        }
    }
}

fn write_rows(mut writer: Writer, columns: &Columns, rows: &[ShownRow]) -> io::Result<Writer> {
    for (row, masked) in rows {
        writer.row(columns.cells(row, masked))?;
    }
    Ok(writer)
}

fn wrote(result: Result<io::Result<Writer>, tokio::task::JoinError>) -> Result<Writer, Stop> {
    result.map_err(|error| AppError::Unexpected(Box::new(error)))?.map_err(unwritable)
}

fn unwritable(error: io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::FileTooLarge => Stop::Problem(JobProblem::TooLarge),
        _ => Stop::Error(AppError::Unexpected(Box::new(error))),
    }
}
