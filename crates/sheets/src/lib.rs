//! Reads files with rows: workbooks, delimited text, vCards, JSON. Everything is rendered as text, formulas as the value
//! that was stored with them; nothing is evaluated.
//!
//! What is read is hostile until the opposite is shown. Limits on what comes out are kept here; those on memory and time are
//! the caller's, who has to run this in a process of its own.

mod json;
mod text;
mod vcard;
mod workbook;
pub mod write;

use std::io::Write;
use zgoda_domain::sheet::{
    Book, Encoding, MAX_CELL, MAX_COLUMNS, MAX_READ, MAX_ROWS, ReadAs, SheetFormat, SheetLine, SheetRefusal,
};

/// Reads a file and writes what it holds as lines of JSON ([`SheetLine`]). A refusal is a line too.
///
/// # Errors
/// Only when `out` cannot be written.
pub fn read(content: &[u8], read_as: ReadAs, out: impl Write) -> std::io::Result<()> {
    let mut rows = Rows { out, written: 0, rows: 0, any: false };
    let last = match read_into(content, read_as, &mut rows) {
        Ok(()) if rows.any => SheetLine::End,
        Ok(()) => SheetLine::Refused(SheetRefusal::Empty),
        Err(Stop::Refused(refusal)) => SheetLine::Refused(refusal),
        Err(Stop::Io(error)) => return Err(error),
    };
    rows.line(&last)?;
    rows.out.flush()
}

/// Why reading ended early.
pub(crate) enum Stop {
    Refused(SheetRefusal),
    Io(std::io::Error),
}

impl From<SheetRefusal> for Stop {
    fn from(refusal: SheetRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// Where rows go; keeps the limits.
pub(crate) struct Rows<W> {
    out: W,
    written: usize,
    rows: usize,
    any: bool,
}

impl<W: Write> Rows<W> {
    fn line(&mut self, line: &SheetLine) -> std::io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.written += text.len();
        self.out.write_all(&text)
    }

    pub(crate) fn book(&mut self, book: Book) -> Result<(), Stop> {
        Ok(self.line(&SheetLine::Book(book))?)
    }

    /// Cells without control characters but line breaks and tabs; blanks at the row's end are left out.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) -> Result<(), Stop> {
        self.rows += 1;
        if self.rows > MAX_ROWS {
            return Err(SheetRefusal::TooManyRows.into());
        }
        let mut row: Vec<String> = Vec::new();
        for cell in cells {
            if cell.len() > MAX_CELL {
                return Err(SheetRefusal::CellTooLong.into());
            }
            let bad = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
            row.push(if cell.contains(bad) {
                cell.replace("\r\n", "\n").replace('\r', "\n").replace(bad, "")
            } else {
                cell
            });
        }
        while row.last().is_some_and(|cell| cell.trim().is_empty()) {
            row.pop();
        }
        if row.len() > MAX_COLUMNS {
            return Err(SheetRefusal::TooManyColumns.into());
        }
        self.any |= !row.is_empty();
        if self.written > MAX_READ {
            return Err(SheetRefusal::TooMuch.into());
        }
        Ok(self.line(&SheetLine::Row(row))?)
    }

    /// Rows that hold nothing, up to this many in all.
    pub(crate) fn blank_until(&mut self, rows: usize) -> Result<(), Stop> {
        if rows > MAX_ROWS {
            return Err(SheetRefusal::TooManyRows.into());
        }
        while self.rows < rows {
            self.row([])?;
        }
        Ok(())
    }
}

fn read_into<W: Write>(content: &[u8], read_as: ReadAs, rows: &mut Rows<W>) -> Result<(), Stop> {
    if content.starts_with(b"PK\x03\x04") {
        return workbook::read_zipped(content, read_as, rows);
    }
    // The container of old workbooks, and of new ones that are protected by a password.
    if content.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return workbook::read_xls(content, read_as, rows);
    }
    let (text, encoding) = text::decode(content, read_as.encoding)?;
    let start = text.trim_start();
    let book = |format| Book { format, encoding: Some(encoding), delimiter: None, sheets: Vec::new(), sheet: 0 };
    if start.get(..11).is_some_and(|start| start.eq_ignore_ascii_case("BEGIN:VCARD")) {
        rows.book(book(SheetFormat::Vcard))?;
        return vcard::read(&text, rows);
    }
    if start.starts_with('{') || start.starts_with('[') {
        match json::parse(&text) {
            Some(objects) => {
                rows.book(book(SheetFormat::Json))?;
                return json::read(&objects, rows);
            }
            None if encoding == Encoding::Utf8 && !start.contains([',', ';', '\t', '|']) => {
                return Err(SheetRefusal::Unreadable.into());
            }
            None => {}
        }
    }
    text::read(&text, book(SheetFormat::Csv), read_as.delimiter, rows)
}

#[cfg(test)]
mod tests;
