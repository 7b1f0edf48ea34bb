//! One step of an export: some rows read and written, and a piece added to the file.

use super::{Wanted, cells::Columns, sight};
use crate::{
    AppError, Ctx, bulk, custom_fields as fields_in_use,
    listing::{self, RowSight},
    work::{Progress, Run, Stop},
};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    collections::{HashMap, HashSet},
    io,
    sync::Arc,
};
use zgoda_domain::{
    access::{ExportClients, Permit},
    audit::{Action, RecordKind},
    bulk::BulkTargets,
    custom_field::{CustomField, FieldKind},
    export::ExportWords,
    id::{ClientId, FileId, TagId},
    job::JobProblem,
    list::{ListColumn, ListQuery},
};
use zgoda_persistence::{
    audit,
    client_list::Mark,
    client_windows::{self, Most, Window},
    file_chunks::{self, ChunkedMeta, NewChunk},
    files, tags,
};
use zgoda_sheets::write::{self, Layout, Writer};

/// Read at once. The more, the fewer parts of the database are read twice; however long the texts are, it fits in the
/// memory.
const AT_ONCE: Most = Most { rows: 12_500, bytes: 6 * 1024 * 1024, page: 1_000 };
/// Rows of one step: reading them holds up nobody, and whoever stops it waits for no more.
const ROWS: usize = 25_000;
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
        listing::check_query(&listing::list_rights(permit, &fields), &query)
            .map_err(|_| Stop::Problem(JobProblem::RightsGone))?;
        Ok(Self { ctx, permit, fields, query, only })
    }

    async fn window(&self, after: Option<&Mark>) -> Result<Read, AppError> {
        let reader = self.ctx.db.read();
        let visible = self.permit.visible();
        // Of long texts few are read by one statement.
        let long = self.fields.iter().filter(|field| field.kind == FieldKind::LongText).count();
        let most = Most { page: (AT_ONCE.page / (1 + 4 * long)).max(10), ..AT_ONCE };
        let window = client_windows::read(reader, visible, &self.query, self.only, after, most).await?;
        let tagged = self.query.columns.as_ref().is_some_and(|columns| columns.contains(&ListColumn::Tags));
        let tags = if tagged { tags::of_clients(&reader, &window.ids()).await? } else { HashMap::new() };
        Ok(Read { window, tags })
    }
}

/// Rows as they were read, and the tags of those that have some.
struct Read {
    window: Window,
    tags: HashMap<ClientId, Vec<TagId>>,
}

/// What a step made.
struct Made {
    pieces: Vec<Piece>,
    /// Where the rest begins; `None` at the end.
    rest: Option<(Mark, write::Progress)>,
}

struct Piece {
    bytes: Vec<u8>,
    clients: Vec<ClientId>,
}

impl Made {
    fn clients(&self) -> impl Iterator<Item = &ClientId> {
        self.pieces.iter().flat_map(|piece| &piece.clients)
    }
}

/// The pieces of a step, on their way.
struct Pieces {
    layout: Arc<Layout>,
    columns: Columns,
    sight: RowSight<'static>,
    whole: Vec<Piece>,
    /// The piece that rows are added to.
    writer: Writer,
    clients: Vec<ClientId>,
    rows: usize,
}

impl Pieces {
    fn add(mut self, Read { window, mut tags }: Read) -> Result<Self, Stop> {
        for row in window.rows() {
            if self.writer.written() >= BYTES {
                let (bytes, progress) = self.writer.pause().map_err(unwritable)?;
                self.writer = Writer::resume(&self.layout, progress);
                self.whole.push(Piece { bytes, clients: std::mem::take(&mut self.clients) });
            }
            let mut row = row?;
            row.tags = tags.remove(&row.id).unwrap_or_default();
            let tags_masked = !row.tags.is_empty() && self.sight.masks_tags(row.id);
            let (row, masked) = self.sight.show(row);
            self.writer.row(self.columns.cells(&row, &masked, tags_masked)).map_err(unwritable)?;
            self.clients.push(row.id);
            self.rows += 1;
        }
        Ok(self)
    }

    /// Ends the last piece; with `rest` the file goes on.
    fn end(self, rest: Option<Mark>) -> io::Result<Made> {
        let (bytes, rest) = match rest {
            Some(mark) => {
                let (bytes, progress) = self.writer.pause()?;
                (bytes, Some((mark, progress)))
            }
            None => (self.writer.finish()?, None),
        };
        let mut pieces = self.whole;
        pieces.push(Piece { bytes, clients: self.clients });
        Ok(Made { pieces, rest })
    }
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
    let columns = Columns::load(ctx, &wanted.look, &plan.fields).await?;
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
    let shown = RowSight::of(ctx, &permit, &plan.fields).await?.into_owned();
    let pieces = Pieces { layout, columns, sight: shown, whole: Vec::new(), writer, clients: Vec::new(), rows: 0 };
    let made = write_some(&plan, pieces, mark).await?;

    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let erased = file_chunks::erased_since(&tx, run.job().created_at).await?;
    let told: HashSet<&ClientId> = if erased.is_empty() { HashSet::new() } else { made.clients().collect() };
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
    let done = made.clients().count() as u64;
    let (mut chunks, mut size, rows) = position.map_or((0, 0, 0), |it| (it.chunks, it.size, it.rows));
    let rows = rows + done;
    let count = made.pieces.len();
    for (at, Piece { bytes, clients }) in (1..).zip(&made.pieces) {
        let last = at == count && made.rest.is_none();
        file_chunks::append(&tx, file, &NewChunk { number: chunks, last, content: bytes, clients }).await?;
        chunks += 1;
        size += bytes.len() as u64;
    }
    let mut progress = Progress { done, ..Progress::default() };
    match made.rest {
        Some((mark, written)) => {
            let mark = BASE64.encode(mark.seal(&tx, account)?);
            let position = Position { file, chunks, size, rows, written, mark, sight };
            let text = serde_json::to_string(&position).map_err(|error| AppError::Unexpected(Box::new(error)))?;
            progress.position = Some(text);
            run.keep(tx, &progress).await
        }
        None => {
            let day = now.with_timezone(&ctx.time_zone).format("%Y-%m-%d");
            let name = format!("{}-{day}.{}", words.clients, wanted.look.format.code());
            let media_type = wanted.look.format.media_type();
            file_chunks::complete(&tx, file, &ChunkedMeta::new(name, media_type, size, chunks, sight), now).await?;
            let mut values = json!({ "after": wanted.told(), "reason": wanted.reason });
            if let Some(after) = values.get_mut("after").and_then(|after| after.as_object_mut()) {
                after.insert("count".to_owned(), rows.into());
            }
            let event = ctx
                .event(&permit, Action::ClientsExported, RecordKind::Job, Some(run.job().id.as_uuid()))
                .asked_from(wanted.origin.clone())
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

/// Reads and writes until the step is full or nobody is left. While rows are written the next are read.
async fn write_some(plan: &Plan<'_>, mut pieces: Pieces, mark: Option<Mark>) -> Result<Made, Stop> {
    let mut read = plan.window(mark.as_ref()).await?;
    loop {
        let next = read.window.next.take();
        let rows = read.window.len();
        // A window that had no room for as many rows as it might have is a step of its own.
        let full = pieces.rows + rows >= ROWS || rows < AT_ONCE.rows;
        let writing = tokio::task::spawn_blocking(move || pieces.add(read));
        match next {
            Some(mark) if !full => {
                let (written, more) = futures::join!(writing, plan.window(Some(&mark)));
                pieces = wrote(written)?;
                read = more?;
            }
            rest => return wrote(writing.await)?.end(rest).map_err(unwritable),
        }
    }
}

fn wrote(result: Result<Result<Pieces, Stop>, tokio::task::JoinError>) -> Result<Pieces, Stop> {
    result.map_err(|error| AppError::Unexpected(Box::new(error)))?
}

fn unwritable(error: io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::FileTooLarge => Stop::Problem(JobProblem::TooLarge),
        _ => Stop::Error(AppError::Unexpected(Box::new(error))),
    }
}
