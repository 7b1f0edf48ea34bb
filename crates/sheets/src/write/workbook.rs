//! Workbooks (ISO/IEC 29500) in constant memory: the sheet's rows go straight into the archive.
//!
//! A piece ends its part of the sheet on a whole byte (a flush of RFC 1951), and the next begins with a compressor that
//! remembers nothing: put together they are one stream. Its checksum and its sizes follow it, as an archive that is written
//! without going back has them (APPNOTE 4.3.9). Text stands in the cells and is typed as text, so that no formula arises.

use super::Layout;
use chrono::{NaiveDate, Timelike};
use crc32fast::Hasher;
use flate2::{Compression, write::DeflateEncoder};
use serde::{Deserialize, Serialize};
use std::{
    fmt::Write as _,
    io::{self, Write as _},
    sync::Arc,
};
use zgoda_domain::{export::Cell, spreadsheet::looks_like_formula};

/// Most rows of a sheet, its head among them.
const SHEET_ROWS: u32 = 1_048_576;
/// Unpacked bytes after which another sheet begins: well below what the archive's format can tell.
const SHEET_BYTES: u64 = 3 << 30;
/// Most characters of a cell, counted as UTF-16 does.
const CELL_MAX: usize = 32_767;
/// Digits that spreadsheets keep of a number.
const DIGITS: usize = 15;

/// How far a workbook is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Bytes of all pieces.
    written: u64,
    /// The last one is open.
    sheets: Vec<Sheet>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sheet {
    /// Where its entry begins in the archive.
    at: u64,
    crc: u32,
    packed: u64,
    unpacked: u64,
    rows: u32,
}

#[derive(Debug)]
pub(super) struct Workbook {
    layout: Arc<Layout>,
    progress: Progress,
    /// This piece, but for what the open sheet still packs.
    out: Vec<u8>,
    sheet: Sheet,
    packing: DeflateEncoder<Vec<u8>>,
    crc: Hasher,
    row: String,
    /// `A`, `B`, …
    letters: Vec<String>,
}

impl Workbook {
    pub(super) fn begin(layout: &Arc<Layout>) -> io::Result<Self> {
        let mut workbook = Self::resume(layout, Progress::default());
        workbook.begin_sheet()?;
        Ok(workbook)
    }

    pub(super) fn resume(layout: &Arc<Layout>, mut progress: Progress) -> Self {
        let sheet = progress.sheets.pop().unwrap_or_default();
        Self {
            layout: Arc::clone(layout),
            progress,
            out: Vec::new(),
            sheet,
            packing: packer(),
            crc: Hasher::new_with_initial(sheet.crc),
            row: String::new(),
            letters: (0..layout.heads.len()).map(letters).collect(),
        }
    }

    pub(super) fn written(&self) -> usize {
        self.out.len() + self.packing.get_ref().len()
    }

    fn begin_sheet(&mut self) -> io::Result<()> {
        let number = self.progress.sheets.len() + 1;
        self.sheet = Sheet { at: self.progress.written + self.out.len() as u64, ..Sheet::default() };
        self.packing = packer();
        self.crc = Hasher::new();
        Entry { name: &part(number), packed: true, crc: 0, sizes: None }.header(&mut self.out);
        let selected = if number == 1 { " tabSelected=\"1\"" } else { "" };
        let mut head = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
             <worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetViews>\
             <sheetView{selected} workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" \
             state=\"frozen\"/></sheetView></sheetViews>"
        );
        if !self.letters.is_empty() {
            let _ = write!(
                head,
                "<cols><col min=\"1\" max=\"{}\" width=\"20\" customWidth=\"1\"/></cols>",
                self.letters.len()
            );
        }
        head.push_str("<sheetData>");
        self.pack(&head)?;
        let layout = Arc::clone(&self.layout);
        self.write_row(layout.heads.iter().map(|head| Cell::text(head.as_str())), Styles::HEAD)
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        self.pack("</sheetData></worksheet>")?;
        let bytes = std::mem::replace(&mut self.packing, packer()).finish()?;
        self.sheet.packed += bytes.len() as u64;
        self.sheet.crc = self.crc.clone().finalize();
        self.out.extend_from_slice(&bytes);
        for number in [0x0807_4b50, self.sheet.crc, narrow(self.sheet.packed)?, narrow(self.sheet.unpacked)?] {
            self.out.extend_from_slice(&number.to_le_bytes());
        }
        self.progress.sheets.push(self.sheet);
        Ok(())
    }

    fn pack(&mut self, text: &str) -> io::Result<()> {
        self.sheet.unpacked += text.len() as u64;
        self.crc.update(text.as_bytes());
        self.packing.write_all(text.as_bytes())
    }

    pub(super) fn row<'c>(&mut self, cells: impl IntoIterator<Item = Cell<'c>>) -> io::Result<()> {
        if self.sheet.rows >= SHEET_ROWS || self.sheet.unpacked >= SHEET_BYTES {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        self.write_row(cells, Styles::BODY)
    }

    fn write_row<'c>(&mut self, cells: impl IntoIterator<Item = Cell<'c>>, styles: Styles) -> io::Result<()> {
        self.sheet.rows += 1;
        let number = self.sheet.rows;
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        let _ = write!(row, "<row r=\"{number}\">");
        for (letter, cell) in self.letters.iter().zip(cells) {
            write_cell(&mut row, letter, number, &cell, styles);
        }
        row.push_str("</row>");
        self.pack(&row)?;
        self.row = row;
        Ok(())
    }

    pub(super) fn pause(mut self) -> io::Result<(Vec<u8>, Progress)> {
        self.packing.flush()?;
        let bytes = std::mem::take(self.packing.get_mut());
        self.sheet.packed += bytes.len() as u64;
        self.sheet.crc = self.crc.finalize();
        self.out.extend_from_slice(&bytes);
        self.progress.written += self.out.len() as u64;
        self.progress.sheets.push(self.sheet);
        Ok((self.out, self.progress))
    }

    pub(super) fn finish(mut self) -> io::Result<Vec<u8>> {
        self.end_sheet()?;
        let mut directory = Vec::new();
        let mut entries = 0_u16;
        for (number, sheet) in (1..).zip(&self.progress.sheets) {
            let name = part(number);
            let sizes = Some((narrow(sheet.packed)?, narrow(sheet.unpacked)?));
            Entry { name: &name, packed: true, crc: sheet.crc, sizes }.listed(&mut directory, narrow(sheet.at)?);
            entries += 1;
        }
        for (name, content) in self.small_parts() {
            let at = narrow(self.progress.written + self.out.len() as u64)?;
            let size = narrow(content.len() as u64)?;
            let entry =
                Entry { name, packed: false, crc: crc32fast::hash(content.as_bytes()), sizes: Some((size, size)) };
            entry.header(&mut self.out);
            self.out.extend_from_slice(content.as_bytes());
            entry.listed(&mut directory, at);
            entries += 1;
        }
        let at = narrow(self.progress.written + self.out.len() as u64)?;
        let size = narrow(directory.len() as u64)?;
        self.out.extend_from_slice(&directory);
        // The end of the central directory (APPNOTE 4.3.16).
        self.out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        for count in [entries, entries] {
            self.out.extend_from_slice(&count.to_le_bytes());
        }
        for number in [size, at] {
            self.out.extend_from_slice(&number.to_le_bytes());
        }
        self.out.extend_from_slice(&[0, 0]);
        Ok(self.out)
    }

    /// All but the sheets.
    fn small_parts(&self) -> [(&'static str, String); 5] {
        const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
        const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
        const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";
        let (mut types, mut sheets, mut relations) = (String::new(), String::new(), String::new());
        for number in 1..=self.progress.sheets.len() {
            let _ = write!(types, "<Override PartName=\"/{}\" ContentType=\"{KIND}.worksheet+xml\"/>", part(number));
            let mut name = String::new();
            escape(&mut name, &self.layout.sheet);
            if number > 1 {
                let _ = write!(name, " {number}");
            }
            let _ = write!(sheets, "<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"rId{number}\"/>");
            let _ = write!(
                relations,
                "<Relationship Id=\"rId{number}\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
            );
        }
        let styles = self.progress.sheets.len() + 1;
        [
            (
                "[Content_Types].xml",
                format!(
                    "{HEAD}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" \
                     ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" \
                     ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" \
                     ContentType=\"{KIND}.sheet.main+xml\"/>{types}<Override PartName=\"/xl/styles.xml\" \
                     ContentType=\"{KIND}.styles+xml\"/></Types>"
                ),
            ),
            (
                "_rels/.rels",
                format!(
                    "{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" \
                     Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "{HEAD}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><bookViews><workbookView/></bookViews>\
                     <sheets>{sheets}</sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">{relations}<Relationship Id=\"rId{styles}\" \
                     Type=\"{OFFICE}/styles\" Target=\"styles.xml\"/></Relationships>"
                ),
            ),
            ("xl/styles.xml", format!("{HEAD}<styleSheet xmlns=\"{MAIN}\">{STYLES}</styleSheet>")),
        ]
    }
}

/// Which of [`STYLES`] cells have.
#[derive(Clone, Copy)]
struct Styles {
    plain: &'static str,
    /// Of text that looks like a formula: it stays text, also after somebody edited it.
    guarded: &'static str,
}

impl Styles {
    const BODY: Self = Self { plain: "", guarded: " s=\"2\"" };
    const HEAD: Self = Self { plain: " s=\"1\"", guarded: " s=\"5\"" };
}

/// 1 and 5 are heads, 2 and 5 are text whatever it looks like, 3 is a day and 4 a moment.
const STYLES: &str = concat!(
    "<numFmts count=\"2\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/>",
    "<numFmt numFmtId=\"165\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/></numFmts>",
    "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>",
    "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>",
    "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>",
    "<fill><patternFill patternType=\"gray125\"/></fill></fills>",
    "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>",
    "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>",
    "<cellXfs count=\"6\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>",
    "<xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/>",
    "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" quotePrefix=\"1\"/>",
    "<xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>",
    "<xf numFmtId=\"165\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>",
    "<xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\" quotePrefix=\"1\"/></cellXfs>",
    "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>"
);

fn write_cell(row: &mut String, letter: &str, number: u32, cell: &Cell<'_>, styles: Styles) {
    let value = match cell {
        Cell::Empty => return,
        Cell::Text(text) => return write_text(row, letter, number, text, styles),
        Cell::Number(digits) => match digits.bytes().filter(u8::is_ascii_digit).count() {
            // Spreadsheets would round it.
            count if count > DIGITS => return write_text(row, letter, number, digits, styles),
            _ => (styles.plain, digits.to_string()),
        },
        Cell::Day(day) => match serial(*day) {
            Some(days) => (" s=\"3\"", days.to_string()),
            None => return write_text(row, letter, number, &day.to_string(), styles),
        },
        Cell::Moment(at) => match serial(at.date()) {
            Some(days) => {
                let part = f64::from(at.time().num_seconds_from_midnight()) / 86_400.0;
                (" s=\"4\"", (f64::from(days) + part).to_string())
            }
            None => return write_text(row, letter, number, &at.format("%Y-%m-%d %H:%M:%S").to_string(), styles),
        },
    };
    let (style, value) = value;
    let _ = write!(row, "<c r=\"{letter}{number}\"{style}><v>{value}</v></c>");
}

fn write_text(row: &mut String, letter: &str, number: u32, text: &str, styles: Styles) {
    let style = if looks_like_formula(text) { styles.guarded } else { styles.plain };
    let _ = write!(row, "<c r=\"{letter}{number}\"{style} t=\"inlineStr\"><is>");
    // Blanks at the ends are part of the text.
    let bare = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
    row.push_str(if bare { "<t xml:space=\"preserve\">" } else { "<t>" });
    match cell_end(text) {
        None => escape(row, text),
        Some(end) => {
            escape(row, text.get(..end).unwrap_or_default());
            row.push('…');
        }
    }
    row.push_str("</t></is></c>");
}

/// Where a text that no cell can hold is cut, so that there is room for the mark of it.
fn cell_end(text: &str) -> Option<usize> {
    // No text has more of these units than bytes.
    if text.len() <= CELL_MAX {
        return None;
    }
    let (mut length, mut last) = (0, 0);
    for (at, char) in text.char_indices() {
        if length < CELL_MAX {
            last = at;
        }
        length += char.len_utf16();
    }
    (length > CELL_MAX).then_some(last)
}

/// Days as spreadsheets count them; `None` before their calendar is right (they have a 29 February 1900) and after its end.
fn serial(day: NaiveDate) -> Option<i32> {
    let first = NaiveDate::from_ymd_opt(1900, 3, 1)?;
    let last = NaiveDate::from_ymd_opt(9999, 12, 31)?;
    let days = i32::try_from(day.signed_duration_since(first).num_days()).ok()?;
    (day >= first && day <= last).then_some(days + 61)
}

/// Text of XML, with what XML cannot hold written as workbooks write it (ISO/IEC 29500-1, 22.9.2.19).
fn escape(out: &mut String, text: &str) {
    let special = |c: char| {
        matches!(c, '&' | '<' | '>' | '"' | '_' | '\u{fffe}' | '\u{ffff}') || (c < ' ' && !matches!(c, '\t' | '\n'))
    };
    let mut rest = text;
    while let Some(at) = rest.find(special) {
        let (plain, from) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = from.chars();
        match chars.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('"') => out.push_str("&quot;"),
            // What looks like such a code is none.
            Some('_') if is_code(from) => out.push_str("_x005F_"),
            Some('_') => out.push('_'),
            Some(other) => {
                let _ = write!(out, "_x{:04X}_", u32::from(other));
            }
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

fn is_code(text: &str) -> bool {
    matches!(text.as_bytes(), [b'_', b'x', digits @ ..] if digits.get(4) == Some(&b'_')
        && digits.iter().take(4).all(u8::is_ascii_hexdigit))
}

fn packer() -> DeflateEncoder<Vec<u8>> {
    DeflateEncoder::new(Vec::new(), Compression::fast())
}

fn part(number: usize) -> String {
    format!("xl/worksheets/sheet{number}.xml")
}

/// The letters of a column, from 0.
fn letters(column: usize) -> String {
    let mut text = String::new();
    let mut left = column + 1;
    while left > 0 {
        let digit = u8::try_from((left - 1) % 26).unwrap_or_default();
        text.insert(0, char::from(b'A' + digit));
        left = (left - 1) / 26;
    }
    text
}

/// What the archive has four bytes for.
fn narrow(number: u64) -> io::Result<u32> {
    u32::try_from(number).map_err(|_| io::ErrorKind::FileTooLarge.into())
}

/// An entry of the archive.
struct Entry<'a> {
    name: &'a str,
    packed: bool,
    crc: u32,
    /// Packed and unpacked; absent when they follow the content.
    sizes: Option<(u32, u32)>,
}

impl Entry<'_> {
    /// Before the content (APPNOTE 4.3.7).
    fn header(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"PK\x03\x04");
        self.common(out, self.sizes.is_none());
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(self.name.as_bytes());
    }

    /// In the directory at the end (APPNOTE 4.3.12).
    fn listed(&self, out: &mut Vec<u8>, at: u32) {
        out.extend_from_slice(b"PK\x01\x02\x14\0");
        self.common(out, self.packed);
        out.extend_from_slice(&[0; 2 + 2 + 2 + 2 + 4]);
        out.extend_from_slice(&at.to_le_bytes());
        out.extend_from_slice(self.name.as_bytes());
    }

    fn common(&self, out: &mut Vec<u8>, sizes_follow: bool) {
        let (packed, unpacked) = self.sizes.unwrap_or_default();
        let flags = if sizes_follow { 0x0008_u16 } else { 0 };
        let method = if self.packed { 8_u16 } else { 0 };
        // No moment is told: the first day that the format knows.
        for number in [20, flags, method, 0, 0x0021] {
            out.extend_from_slice(&u16::to_le_bytes(number));
        }
        for number in [self.crc, packed, unpacked] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        let length = u16::try_from(self.name.len()).unwrap_or_default();
        out.extend_from_slice(&length.to_le_bytes());
    }
}
