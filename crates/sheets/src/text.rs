//! Delimited text (RFC 4180 and what programs make of it).

use crate::{Rows, Stop};
use encoding_rs::{ISO_8859_2, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250};
use std::{borrow::Cow, io::Write};
use zgoda_domain::sheet::{Book, Delimiter, Encoding, SheetRefusal};

/// How much is looked at to find the delimiter out.
const SAMPLE: usize = 64 * 1024;

/// How files begin that hold no rows and may look like text: PNG, JPEG, GIF, PDF.
const NO_TABLES: [&[u8]; 4] = [b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF"];

/// The text without its byte order mark, and how it was encoded.
pub(crate) fn decode(content: &[u8], asked: Option<Encoding>) -> Result<(Cow<'_, str>, Encoding), Stop> {
    let encoding = asked.unwrap_or_else(|| detect(content));
    let reader = match encoding {
        Encoding::Utf8 => UTF_8,
        Encoding::Utf16Le => UTF_16LE,
        Encoding::Utf16Be => UTF_16BE,
        Encoding::Windows1250 => WINDOWS_1250,
        Encoding::Iso88592 => ISO_8859_2,
    };
    let (text, _) = reader.decode_with_bom_removal(content);
    // No text at all, such as a picture or a document.
    let is_binary = |sign: char| matches!(sign, '\0'..='\u{8}' | '\u{e}'..='\u{19}' | '\u{1b}'..='\u{1f}');
    if NO_TABLES.iter().any(|start| content.starts_with(start)) || text.contains(is_binary) {
        return Err(SheetRefusal::Unreadable.into());
    }
    Ok((text, encoding))
}

/// By the mark at the beginning, by the zeros of UTF-16, by being valid UTF-8, or by the letters that Poland's two old code
/// pages have at different places.
fn detect(content: &[u8]) -> Encoding {
    match content {
        [0xef, 0xbb, 0xbf, ..] => return Encoding::Utf8,
        [0xff, 0xfe, ..] => return Encoding::Utf16Le,
        [0xfe, 0xff, ..] => return Encoding::Utf16Be,
        _ => {}
    }
    let sample = content.get(..SAMPLE).unwrap_or(content);
    let zeros = |parity: usize| sample.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if content.len().is_multiple_of(2) && (even + odd) * 4 > sample.len() {
        return if odd > even { Encoding::Utf16Le } else { Encoding::Utf16Be };
    }
    if std::str::from_utf8(content).is_ok() {
        return Encoding::Utf8;
    }
    // ą Ą ś Ś ź Ź; where one of the two has a letter of Polish, the other has a sign.
    let windows = content.iter().filter(|byte| matches!(byte, 0xb9 | 0xa5 | 0x80..=0x9f)).count();
    let iso = content.iter().filter(|byte| matches!(byte, 0xb1 | 0xb6 | 0xbc | 0xa1 | 0xa6 | 0xac)).count();
    if iso > windows { Encoding::Iso88592 } else { Encoding::Windows1250 }
}

pub(crate) fn read<W: Write>(text: &str, book: Book, asked: Option<Delimiter>, rows: &mut Rows<W>) -> Result<(), Stop> {
    // What Excel writes and reads as the name of the delimiter.
    let (text, named) = match text.get(..5).and_then(|start| start.strip_prefix("sep=")) {
        Some(sign) => (
            text.get(5..).unwrap_or_default().trim_start_matches('\r').trim_start_matches('\n'),
            Delimiter::ALL.iter().copied().find(|it| sign.as_bytes() == [it.byte()]),
        ),
        None => (text, None),
    };
    let delimiter = asked.or(named).unwrap_or_else(|| detect_delimiter(text));
    rows.book(Book { delimiter: Some(delimiter), ..book })?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter.byte())
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => rows.row(record.iter().map(str::to_owned))?,
            Ok(false) => return Ok(()),
            Err(_) => return Err(SheetRefusal::Unreadable.into()),
        }
    }
}

/// The delimiter that parts the first rows into the same number of cells, and into the most.
fn detect_delimiter(text: &str) -> Delimiter {
    let mut end = text.len().min(SAMPLE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let sample = text.get(..end).unwrap_or(text);
    let score = |delimiter: &Delimiter| {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter.byte())
            .from_reader(sample.as_bytes());
        // The last row of a sample may be cut.
        let counts: Vec<usize> = reader.records().take(50).map_while(Result::ok).map(|record| record.len()).collect();
        let first = counts.first().copied().unwrap_or_default();
        let same = counts.iter().filter(|count| **count == first).count();
        if first < 2 { (0, 0) } else { (same * 100 / counts.len().max(1), first) }
    };
    let best = Delimiter::ALL.iter().rev().max_by_key(|delimiter| score(delimiter));
    best.copied().unwrap_or(Delimiter::Comma)
}
