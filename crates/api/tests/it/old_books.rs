//! Workbooks as other programs write them, byte by byte: no crate at hand writes these formats.

use std::io::{Cursor, Write};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A cell.
#[derive(Clone, Copy)]
pub enum Cell {
    Text(&'static str),
    Number(f64),
}

/// An OpenDocument spreadsheet of one sheet.
pub fn ods(rows: &[&[Cell]]) -> Vec<u8> {
    let cell = |cell: &Cell| match cell {
        Cell::Text(text) => {
            format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
        }
        Cell::Number(number) => format!(
            "<table:table-cell office:value-type=\"float\" office:value=\"{number}\"><text:p>{number}</text:p></table:table-cell>"
        ),
    };
    let row =
        |row: &&[Cell]| format!("<table:table-row>{}</table:table-row>", row.iter().map(cell).collect::<String>());
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content \
         xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet>\
         <table:table table:name=\"Arkusz1\">{}</table:table></office:spreadsheet></office:body></office:document-content>",
        rows.iter().map(row).collect::<String>()
    );
    let manifest = "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\">\
        <manifest:file-entry manifest:full-path=\"content.xml\" manifest:media-type=\"text/xml\"/></manifest:manifest>";
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // The type comes first and as it is, so that programs tell the file by its first bytes.
    for (name, method, text) in [
        ("mimetype", CompressionMethod::Stored, "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", CompressionMethod::Deflated, manifest),
        ("content.xml", CompressionMethod::Deflated, &content),
    ] {
        archive.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A workbook of Excel 97 of one sheet: records of BIFF8 in a compound file.
pub fn xls(rows: &[&[Cell]]) -> Vec<u8> {
    let record = |kind: u16, data: &[u8]| {
        let length = u16::try_from(data.len()).unwrap();
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
    };
    let text = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let begin = |kind: u16| {
        let words: Vec<u8> =
            [0x0600, kind, 0x0dbb, 0x07cc, 0, 0, 6, 0].into_iter().flat_map(u16::to_le_bytes).collect();
        record(0x0809, &words)
    };
    let end = record(0x000a, &[]);
    let name = "Arkusz1";
    let sheet_entry = |place: u32| {
        let head = [&place.to_le_bytes()[..], &[0, 0, u8::try_from(name.len()).unwrap(), 1]].concat();
        record(0x0085, &[head, text(name)].concat())
    };
    let globals = begin(0x0005).len() + sheet_entry(0).len() + end.len();
    let mut stream = [begin(0x0005), sheet_entry(u32::try_from(globals).unwrap()), end.clone(), begin(0x0010)].concat();
    for (y, row) in (0_u16..).zip(rows) {
        for (x, cell) in (0_u16..).zip(*row) {
            let place: Vec<u8> = [y, x, 0].into_iter().flat_map(u16::to_le_bytes).collect();
            stream.extend(match cell {
                Cell::Number(number) => record(0x0203, &[&place[..], &number.to_le_bytes()].concat()),
                Cell::Text(content) => {
                    let length = u16::try_from(content.encode_utf16().count()).unwrap().to_le_bytes();
                    record(0x0204, &[&place[..], &length, &[1], &text(content)].concat())
                }
            });
        }
    }
    stream.extend(end);
    compound(stream)
}

const SECTOR: usize = 512;
const FREE: u32 = 0xffff_ffff;
const END_OF_CHAIN: u32 = 0xffff_fffe;
const TABLE: u32 = 0xffff_fffd;

/// A compound file with one stream: the table of sectors, the directory, and the stream.
fn compound(mut stream: Vec<u8>) -> Vec<u8> {
    // A shorter one would stand among the small streams.
    stream.resize(stream.len().max(4096).next_multiple_of(SECTOR), 0);
    let sectors = u32::try_from(stream.len() / SECTOR).unwrap();
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();

    let mut header = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    header.resize(24, 0);
    header.extend([0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0]);
    header.resize(40, 0);
    header.extend(words(&[0, 1, 1, 0, 4096, END_OF_CHAIN, 0, END_OF_CHAIN, 0, 0]));
    header.resize(SECTOR, 0xff);

    let chain = (2..sectors + 1).map(|sector| sector + 1).chain([END_OF_CHAIN]);
    let mut table = words(&[TABLE, END_OF_CHAIN].into_iter().chain(chain).collect::<Vec<u32>>());
    table.resize(SECTOR, 0xff);

    let entry = |name: &str, kind: u8, child: u32, first: u32, size: usize| {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry.resize(64, 0);
        let length = u16::try_from((name.len() + 1) * 2).unwrap();
        entry.extend(length.to_le_bytes());
        entry.extend([kind, 1]);
        entry.extend(words(&[FREE, FREE, child]));
        entry.resize(116, 0);
        entry.extend(words(&[first, u32::try_from(size).unwrap(), 0]));
        entry
    };
    let mut directory =
        [entry("Root Entry", 5, 1, END_OF_CHAIN, 0), entry("Workbook", 2, FREE, 2, stream.len())].concat();
    directory.resize(SECTOR, 0);
    [header, table, directory, stream].concat()
}
