//! Workbooks: XLSX, ODS and the old XLS.

use crate::{Rows, Stop};
use calamine::{Data, DataRef, ExcelDateTime, Ods, Range, Reader, Xls, Xlsx};
use std::io::{Cursor, Read, Write};
use zgoda_domain::sheet::{Book, MAX_COLUMNS, MAX_ROWS, MAX_SHEETS, ReadAs, SheetFormat, SheetRefusal};

/// Most a workbook may be unpacked, in bytes.
const UNPACKED_MAX: u64 = 256 * 1024 * 1024;
/// Most parts in one.
const PARTS_MAX: usize = 2000;

/// Whatever the reader complains about: the file is broken.
fn broken<E>(_: E) -> Stop {
    SheetRefusal::Unreadable.into()
}

/// Refuses what would be too large unpacked: by what the archive says of itself first, then by unpacking it to nowhere.
fn check_sizes(content: &[u8]) -> Result<SheetFormat, Stop> {
    let mut archive = zip::ZipArchive::new(Cursor::new(content)).map_err(broken)?;
    if archive.len() > PARTS_MAX {
        return Err(SheetRefusal::Bomb.into());
    }
    let (mut declared, mut format) = (0_u64, None);
    for at in 0..archive.len() {
        let part = archive.by_index_raw(at).map_err(broken)?;
        declared = declared.saturating_add(part.size());
        match part.name() {
            "xl/workbook.xml" => format = Some(SheetFormat::Xlsx),
            "content.xml" => format = Some(SheetFormat::Ods),
            _ => {}
        }
    }
    if declared > UNPACKED_MAX {
        return Err(SheetRefusal::Bomb.into());
    }
    let mut left = UNPACKED_MAX;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|error| match error {
            zip::result::ZipError::UnsupportedArchive(zip::result::ZipError::PASSWORD_REQUIRED) => {
                SheetRefusal::Encrypted.into()
            }
            other => broken(other),
        })?;
        let unpacked = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(broken)?;
        left = left.checked_sub(unpacked).ok_or(SheetRefusal::Bomb)?;
    }
    format.ok_or_else(|| SheetRefusal::Unreadable.into())
}

pub(crate) fn read_zipped<W: Write>(content: &[u8], read_as: ReadAs, rows: &mut Rows<W>) -> Result<(), Stop> {
    match check_sizes(content)? {
        SheetFormat::Ods => {
            let book: Ods<_> = calamine::open_workbook_from_rs(Cursor::new(content)).map_err(broken)?;
            read_whole(book, SheetFormat::Ods, read_as, rows)
        }
        _ => read_xlsx(content, read_as, rows),
    }
}

pub(crate) fn read_xls<W: Write>(content: &[u8], read_as: ReadAs, rows: &mut Rows<W>) -> Result<(), Stop> {
    let found = calamine::open_workbook_from_rs::<Xls<_>, _>(Cursor::new(content));
    let book = found.map_err(|error| match error {
        calamine::XlsError::Password => SheetRefusal::Encrypted,
        _ => SheetRefusal::Unreadable,
    })?;
    read_whole(book, SheetFormat::Xls, read_as, rows)
}

/// The sheet that is asked for, and the book it is in.
fn choose(names: Vec<String>, format: SheetFormat, read_as: ReadAs) -> Result<(String, Book), Stop> {
    let sheet = read_as.sheet.unwrap_or_default();
    let at = usize::try_from(sheet).map_err(broken)?;
    let name = names.get(at).filter(|_| at < MAX_SHEETS).cloned().ok_or(SheetRefusal::NoSuchSheet)?;
    let sheets = names.into_iter().take(MAX_SHEETS).map(|name| name.chars().take(100).collect()).collect();
    Ok((name, Book { format, encoding: None, delimiter: None, sheets, sheet }))
}

/// Cell by cell, as they come: a sheet that says it is large costs nothing but what it holds. Of merged cells the first
/// has the value.
fn read_xlsx<W: Write>(content: &[u8], read_as: ReadAs, rows: &mut Rows<W>) -> Result<(), Stop> {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(content)).map_err(broken)?;
    let (name, chosen) = choose(book.sheet_names(), SheetFormat::Xlsx, read_as)?;
    rows.book(chosen)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(broken)?;
    let (mut at, mut row) = (0_usize, Vec::<String>::new());
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let text = of_ref(cell.get_value());
        if text.is_empty() {
            continue;
        }
        let (y, x) = cell.get_position();
        let (y, x) = (usize::try_from(y).map_err(broken)?, usize::try_from(x).map_err(broken)?);
        if x >= MAX_COLUMNS {
            return Err(SheetRefusal::TooManyColumns.into());
        }
        if y >= MAX_ROWS {
            return Err(SheetRefusal::TooManyRows.into());
        }
        if y < at {
            return Err(SheetRefusal::Unreadable.into());
        }
        if y > at {
            rows.row(std::mem::take(&mut row))?;
            rows.blank_until(y)?;
            at = y;
        }
        if row.len() <= x {
            row.resize(x + 1, String::new());
        }
        if let Some(place) = row.get_mut(x) {
            *place = text;
        }
    }
    rows.row(row)
}

fn read_whole<'a, B, W: Write>(
    mut book: B,
    format: SheetFormat,
    read_as: ReadAs,
    rows: &mut Rows<W>,
) -> Result<(), Stop>
where
    B: Reader<Cursor<&'a [u8]>>,
{
    let (name, chosen) = choose(book.sheet_names(), format, read_as)?;
    rows.book(chosen)?;
    let range: Range<Data> = book.worksheet_range(&name).map_err(broken)?;
    let (top, left) = range.start().unwrap_or_default();
    let (top, left) = (usize::try_from(top).map_err(broken)?, usize::try_from(left).map_err(broken)?);
    if range.height() + top > MAX_ROWS {
        return Err(SheetRefusal::TooManyRows.into());
    }
    if range.width() + left > MAX_COLUMNS {
        return Err(SheetRefusal::TooManyColumns.into());
    }
    rows.blank_until(top)?;
    for row in range.rows() {
        rows.row(std::iter::repeat_n(String::new(), left).chain(row.iter().map(of_data)))?;
    }
    Ok(())
}

fn of_data(data: &Data) -> String {
    match data {
        Data::Int(number) => number.to_string(),
        Data::Float(number) => of_number(*number),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(truth) => truth.to_string(),
        Data::DateTime(at) => of_moment(at),
        Data::Error(error) => error.to_string(),
        Data::Empty => String::new(),
    }
}

fn of_ref(data: &DataRef<'_>) -> String {
    match data {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => of_number(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(at) => of_moment(at),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// The shortest text that means this number, never in powers of ten: a NIP or a phone that was typed as a number keeps its
/// digits.
fn of_number(number: f64) -> String {
    format!("{number}")
}

fn of_moment(at: &ExcelDateTime) -> String {
    if at.is_duration() {
        return of_number(at.as_f64());
    }
    let Some(moment) = at.as_datetime() else { return of_number(at.as_f64()) };
    match at.as_f64() {
        day if day.fract() == 0.0 => moment.format("%Y-%m-%d").to_string(),
        time if time < 1.0 => moment.format("%H:%M:%S").to_string(),
        _ => moment.format("%Y-%m-%dT%H:%M:%S").to_string(),
    }
}
