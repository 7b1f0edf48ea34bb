//! From a file to rows.

use super::{OpenedImport, own_locked, shown};
use crate::{AppError, Ctx};
use serde_json::json;
use tokio::sync::mpsc;
use zgoda_domain::{
    access::{ImportClients, Permit},
    audit::{Action, RecordKind},
    id::ImportId,
    import::{CHUNK_BYTES, CHUNK_ROWS, ImportState},
    rule::{Invalids, Rule},
    sheet::{Book, ReadAs, SheetLine, SheetRefusal},
};
use zgoda_persistence::imports::{self, ImportRecord};

/// Chunks of rows that are kept by one transaction.
const TOGETHER: usize = 8;
/// Pieces of the file, and lines of what was read, that wait to be taken.
const PIECES: usize = 2;
const LINES: usize = 256;

/// Reads the file that was sent, or reads it again another way.
///
/// # Errors
/// [`AppError::Busy`] while another file is read; the problem `sheet_refused` at `/file`.
pub async fn read(
    ctx: &Ctx,
    permit: &Permit<ImportClients>,
    id: ImportId,
    read_as: ReadAs,
) -> Result<OpenedImport, AppError> {
    let reader = ctx.sheets.clone().ok_or(AppError::Unexpected("nobody reads sheets here".into()))?;
    // One at a time: what a file takes of memory is bounded, and so is what all take.
    let _place = ctx.reading.try_acquire().map_err(|_| AppError::Busy)?;
    let parts = begin(ctx, permit, id).await?;
    let (pieces, content) = mpsc::channel(PIECES);
    let (lines, told) = mpsc::channel(LINES);
    let feed = async {
        for number in 0..parts {
            let part = imports::part(&ctx.db.read(), id, number).await?.ok_or(AppError::NotFound)?;
            if pieces.send(part).await.is_err() {
                break;
            }
        }
        drop(pieces);
        Ok::<_, AppError>(())
    };
    let (fed, read, kept) = futures::join!(feed, reader.read(content, read_as, lines), keep(ctx, id, told));
    let refusal = match (fed?, read, kept?) {
        ((), _, Kept::All(sheet)) => return end(ctx, permit, id, sheet).await,
        ((), _, Kept::Refused(refusal)) => refusal,
        ((), Ok(()), Kept::CutOff) => SheetRefusal::TooMuch,
        ((), Err(error), Kept::CutOff) => return Err(AppError::Unexpected(Box::new(error))),
    };
    let tx = ctx.db.begin().await?;
    imports::delete_chunks(&tx, id).await?;
    tx.commit_unaudited("rows of a file that is refused").await?;
    Err(Invalids::one("/file", Rule::SheetRefused { refusal }).into())
}

/// Forgets what was read before; how many parts there are.
async fn begin(ctx: &Ctx, permit: &Permit<ImportClients>, id: ImportId) -> Result<u32, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let mut record = own_locked(&tx, permit, id).await?;
    if record.state == ImportState::Run {
        return Err(AppError::WrongState);
    }
    let parts = imports::parts(&tx, id).await?;
    let in_order = parts.iter().enumerate().all(|(at, (number, _))| u32::try_from(at) == Ok(*number));
    if !in_order || parts.iter().map(|(_, size)| size).sum::<u32>() != record.size {
        return Err(Invalids::one("/file", Rule::Required).into());
    }
    imports::delete_chunks(&tx, id).await?;
    record.state = ImportState::Reading;
    record.content.book = None;
    record.content.settings = None;
    (record.check, record.rows, record.width) = (None, 0, 0);
    imports::write(&tx, &record, now).await?;
    tx.commit_unaudited("a file about to be read; that it was is recorded").await?;
    Ok(u32::try_from(parts.len()).unwrap_or(u32::MAX))
}

/// A sheet whose rows are kept.
struct Sheet {
    book: Book,
    rows: usize,
    width: usize,
}

enum Kept {
    All(Sheet),
    Refused(SheetRefusal),
    /// The reader ended without an end.
    CutOff,
}

/// Keeps the rows as they are told.
async fn keep(ctx: &Ctx, id: ImportId, mut told: mpsc::Receiver<SheetLine>) -> Result<Kept, AppError> {
    let book = match told.recv().await {
        Some(SheetLine::Book(book)) => book,
        Some(SheetLine::Refused(refusal)) => return Ok(Kept::Refused(refusal)),
        _ => return Ok(Kept::CutOff),
    };
    let mut sheet = Sheet { book, rows: 0, width: 0 };
    let (mut chunks, mut next): (Vec<Vec<Vec<String>>>, u32) = (Vec::new(), 0);
    let mut chunk: Vec<Vec<String>> = Vec::with_capacity(CHUNK_ROWS);
    // Of the chunk, and of those that wait with it.
    let (mut bytes, mut waiting) = (0, 0);
    while let Some(line) = told.recv().await {
        match line {
            SheetLine::Row(row) => {
                sheet.rows += 1;
                sheet.width = sheet.width.max(row.len());
                bytes += row.iter().map(String::len).sum::<usize>();
                if bytes > CHUNK_BYTES {
                    return Ok(Kept::Refused(SheetRefusal::TooMuch));
                }
                chunk.push(row);
                if chunk.len() == CHUNK_ROWS {
                    chunks.push(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK_ROWS)));
                    waiting += std::mem::take(&mut bytes);
                }
                if chunks.len() == TOGETHER || waiting > CHUNK_BYTES {
                    store(ctx, id, &mut next, std::mem::take(&mut chunks)).await?;
                    waiting = 0;
                }
            }
            SheetLine::End => {
                if !chunk.is_empty() {
                    chunks.push(chunk);
                }
                store(ctx, id, &mut next, chunks).await?;
                return Ok(Kept::All(sheet));
            }
            SheetLine::Refused(refusal) => return Ok(Kept::Refused(refusal)),
            SheetLine::Book(_) => break,
        }
    }
    Ok(Kept::CutOff)
}

async fn store(ctx: &Ctx, id: ImportId, next: &mut u32, chunks: Vec<Vec<Vec<String>>>) -> Result<(), AppError> {
    if chunks.is_empty() {
        return Ok(());
    }
    let tx = ctx.db.begin().await?;
    for rows in &chunks {
        imports::insert_chunk(&tx, id, *next, rows)?;
        *next += 1;
    }
    tx.commit_unaudited("rows of a file; that it was read is recorded").await?;
    Ok(())
}

async fn end(ctx: &Ctx, permit: &Permit<ImportClients>, id: ImportId, sheet: Sheet) -> Result<OpenedImport, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let mut record = own_locked(&tx, permit, id).await?;
    if record.state != ImportState::Reading {
        return Err(AppError::Outdated);
    }
    record.state = ImportState::Open;
    record.rows = u32::try_from(sheet.rows).unwrap_or(u32::MAX);
    record.width = u32::try_from(sheet.width).unwrap_or(u32::MAX);
    let format = sheet.book.format;
    record.content.book = Some(sheet.book);
    imports::write(&tx, &record, now).await?;
    let event = ctx
        .event(permit, Action::ImportRead, RecordKind::Import, Some(id.as_uuid()))
        .values(json!({ "after": { "file": record.content.file_name, "format": format, "rows": record.rows } }));
    tx.commit(now, event).await?;
    let record = ImportRecord { version: record.version + 1, changed_at: now, ..record };
    shown(ctx, permit, record, None).await
}
