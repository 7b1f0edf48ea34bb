use super::*;
use encoding_rs::{ISO_8859_2, WINDOWS_1250};
use proptest::prelude::*;
use rust_xlsxwriter::{Format, Formula, Workbook};
use zgoda_domain::sheet::Delimiter;

fn lines(content: &[u8], read_as: ReadAs) -> Vec<SheetLine> {
    let mut out = Vec::new();
    read(content, read_as, &mut out).unwrap();
    out.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

fn rows(content: &[u8]) -> (Book, Vec<Vec<String>>) {
    let mut lines = lines(content, ReadAs::default()).into_iter();
    let Some(SheetLine::Book(book)) = lines.next() else { panic!("no book") };
    let mut rows = Vec::new();
    for line in lines {
        match line {
            SheetLine::Row(row) => rows.push(row),
            SheetLine::End => return (book, rows),
            other => panic!("{other:?}"),
        }
    }
    panic!("no end")
}

fn refusal(content: &[u8]) -> Option<SheetRefusal> {
    match lines(content, ReadAs::default()).pop() {
        Some(SheetLine::Refused(refusal)) => Some(refusal),
        _ => None,
    }
}

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    mark.then_some(0xfeff).into_iter().chain(text.encode_utf16()).flat_map(bytes).collect()
}

fn encode(text: &str, encoding: Encoding, mark: bool) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 if mark => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf16Le => utf_16(text, u16::to_le_bytes, mark),
        Encoding::Utf16Be => utf_16(text, u16::to_be_bytes, mark),
        Encoding::Windows1250 => WINDOWS_1250.encode(text).0.into_owned(),
        Encoding::Iso88592 => ISO_8859_2.encode(text).0.into_owned(),
    }
}

proptest! {
    /// What was written in any encoding with any delimiter is read back, cell by cell, and both are found out.
    #[test]
    fn delimited_text_reads_back(
        cells in prop::collection::vec(prop::collection::vec("[a-zA-Z0-9 ąćęłńóśźżĄŚŹ@.\"\n=+-]{0,12}", 3), 1..8),
        encoding in prop::sample::select(Encoding::ALL.to_vec()),
        delimiter in prop::sample::select(Delimiter::ALL.to_vec()),
        mark in any::<bool>(),
    ) {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter.byte()).from_writer(Vec::new());
        writer.write_record(["Imię", "Nazwisko i źródło", "Miejscowość"]).unwrap();
        for row in &cells {
            writer.write_record(row).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let (book, read) = rows(&encode(&text, encoding, mark));
        prop_assert_eq!(book.encoding, Some(encoding));
        prop_assert_eq!(book.delimiter, Some(delimiter));
        let expected: Vec<Vec<String>> = cells.iter().map(|row| {
            let mut row = row.clone();
            while row.last().is_some_and(|cell| cell.trim().is_empty()) {
                row.pop();
            }
            row
        }).collect();
        prop_assert_eq!(&read[1..], expected.as_slice());
    }

    /// No bytes break the reader: it tells rows or refuses.
    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..400), start in prop::sample::select(vec!["", "PK\u{3}\u{4}", "[{", "BEGIN:VCARD\n", "{\"a\":"])) {
        let content = [start.as_bytes(), &bytes].concat();
        let last = lines(&content, ReadAs::default()).pop();
        prop_assert!(matches!(last, Some(SheetLine::End | SheetLine::Refused(_))));
    }
}

#[test]
fn numbers_days_and_formulas_are_what_the_sheet_shows() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "NIP").unwrap();
    sheet.write_number(1, 0, 5_261_040_828.0).unwrap();
    sheet.write_number(2, 0, 48_601_234_567.0).unwrap();
    sheet.write_number(3, 0, 12.5).unwrap();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    sheet
        .write_datetime_with_format(4, 0, rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 11, 25).unwrap(), &day)
        .unwrap();
    sheet.write_formula(5, 0, Formula::new("=1+1").set_result("7")).unwrap();
    sheet.write_string(6, 0, "=HYPERLINK(\"http://example.com\")").unwrap();
    sheet.merge_range(8, 0, 9, 1, "razem", &Format::new()).unwrap();
    sheet.write_string(10, 1, "koniec").unwrap();
    let (book, rows) = rows(&book.save_to_buffer().unwrap());
    assert_eq!((book.format, book.sheets.as_slice()), (SheetFormat::Xlsx, ["Sheet1".to_owned()].as_slice()));
    let first: Vec<&str> = rows.iter().map(|row| row.first().map_or("", String::as_str)).collect();
    assert_eq!(
        first,
        [
            "NIP",
            "5261040828",
            "48601234567",
            "12.5",
            "2026-11-25",
            "7",
            "=HYPERLINK(\"http://example.com\")",
            "",
            "razem",
            "",
            ""
        ]
    );
    assert_eq!(rows[10], ["", "koniec"]);
}

#[test]
fn fifty_thousand_rows_with_merged_cells_are_read() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory().unwrap();
    for row in 0..50_000 {
        sheet.write_string(row, 0, format!("Osoba {row}")).unwrap();
        sheet.write_number(row, 1, row).unwrap();
    }
    for row in (0..1000).step_by(2) {
        sheet.merge_range(row, 3, row + 1, 4, "", &Format::new()).unwrap();
    }
    let (_, rows) = rows(&book.save_to_buffer().unwrap());
    assert_eq!(rows.len(), 50_000);
    assert_eq!(rows[49_999], ["Osoba 49999", "49999"]);
}

/// An archive with a part of zeros; `lies` makes the archive say that it is small.
fn bomb(size: usize, lies: bool) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    archive.start_file("xl/workbook.xml", options).unwrap();
    let zeros = vec![0; 1024 * 1024];
    for _ in 0..size {
        archive.write_all(&zeros).unwrap();
    }
    let mut bytes = archive.finish().unwrap().into_inner();
    if lies {
        // In the list at the end: the size after the packed one, 24 bytes after its mark.
        let entry = bytes.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
        bytes[entry + 24..entry + 28].copy_from_slice(&1000_u32.to_le_bytes());
    }
    bytes
}

#[test]
fn bombs_are_refused_whatever_they_say_of_themselves() {
    assert_eq!(refusal(&bomb(300, false)), Some(SheetRefusal::Bomb));
    assert!(matches!(refusal(&bomb(300, true)), Some(SheetRefusal::Bomb | SheetRefusal::Unreadable)));
}

#[test]
fn what_is_too_much_or_nothing_is_refused() {
    assert_eq!(refusal(b""), Some(SheetRefusal::Empty));
    assert_eq!(refusal(b"\n\n;;\n"), Some(SheetRefusal::Empty));
    assert_eq!(refusal(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Some(SheetRefusal::Unreadable));
    assert_eq!(refusal(b"\x89PNG\r\n"), Some(SheetRefusal::Unreadable));
    assert_eq!(refusal(b"name;city\n\x01\x02;x\n"), Some(SheetRefusal::Unreadable));
    assert_eq!(refusal(b"PK\x03\x04rest"), Some(SheetRefusal::Unreadable));
    assert_eq!(refusal("a\n".repeat(MAX_ROWS + 1).as_bytes()), Some(SheetRefusal::TooManyRows));
    assert_eq!(refusal(vec!["a"; MAX_COLUMNS + 1].join(",").as_bytes()), Some(SheetRefusal::TooManyColumns));
    assert_eq!(refusal("a".repeat(MAX_CELL + 1).as_bytes()), Some(SheetRefusal::CellTooLong));
}

#[test]
fn vcards_of_all_versions_are_read() {
    let cards = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Żaneta Łoś\r\nN:Łoś;Żaneta;;;\r\nORG:Łoś i Spółka\\, sp. j.\r\nEMAIL;TYPE=work:za\r\n neta@example.com\r\n\
                 TEL;TYPE=CELL:+48 601 234 567\r\nADR;TYPE=work:;;Prosta 5;Łódź;;90-001;Polska\r\nNOTE:wiersz\\ndrugi\r\nEND:VCARD\r\n\
                 BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Jan Kos\r\nitem1.TEL;VALUE=uri:tel:+48221234567\r\nCATEGORIES:vip,targi\r\nEND:VCARD\r\n\
                 BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=B3zef =C5=BBa=\r\nba\r\n\
                 ADR;WORK;CHARSET=ISO-8859-2;ENCODING=QUOTED-PRINTABLE:;;Prosta 5;=A3=F3d=BC;;90-001;Polska\r\nEND:VCARD\r\n";
    let (book, rows) = rows(cards.as_bytes());
    assert_eq!(book.format, SheetFormat::Vcard);
    let cell = |row: usize, name: &str| {
        let at = rows[0].iter().position(|column| column == name).unwrap();
        rows[row].get(at).cloned().unwrap_or_default()
    };
    assert_eq!(cell(1, "email"), "zaneta@example.com");
    assert_eq!(cell(1, "company_name"), "Łoś i Spółka, sp. j.");
    assert_eq!(
        (cell(1, "mobile_phone"), cell(1, "city"), cell(1, "note")),
        ("+48 601 234 567".into(), "Łódź".into(), "wiersz\ndrugi".into())
    );
    assert_eq!((cell(2, "phone"), cell(2, "tags")), ("+48221234567".into(), "vip, targi".into()));
    assert_eq!((cell(3, "name"), cell(3, "city")), ("Józef Żaba".into(), "Łódź".into()));
}

#[test]
fn sugesters_answer_is_read_with_all_its_slots() {
    let slots: Vec<String> = ["string", "integer", "decimal", "checkbox", "date", "text", "datetime"]
        .iter()
        .flat_map(|kind| (1..=10).map(move |number| format!("{kind}{number}")))
        .collect();
    let members: Vec<String> = slots.iter().map(|slot| format!("\"{slot}\": \"{slot}-v\"")).collect();
    let json = format!(
        "[{{\"id\": 9007199254740993, \"name\": \"Łoś\", \"company\": true, \"tax_no\": null, \"paid_total\": 12.50, \
         \"external_ids\": {{\"sklep\": \"7\"}}, \"tags\": [\"vip\", \"targi\"], {}}}]",
        members.join(", ")
    );
    let (book, rows) = rows(json.as_bytes());
    assert_eq!(book.format, SheetFormat::Json);
    let cell = |name: &str| rows[1][rows[0].iter().position(|column| column == name).unwrap()].clone();
    assert_eq!(
        (cell("id"), cell("paid_total"), cell("company")),
        ("9007199254740993".into(), "12.50".into(), "true".into())
    );
    assert_eq!(
        (cell("external_ids.sklep"), cell("tags"), cell("tax_no")),
        ("7".into(), "vip, targi".into(), String::new())
    );
    assert!(slots.iter().all(|slot| cell(slot) == format!("{slot}-v")));
}
