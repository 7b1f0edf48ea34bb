use super::*;
use crate::read;
use proptest::prelude::*;
use zgoda_domain::{
    sheet::{ReadAs, SheetLine},
    spreadsheet::{from_text, looks_like_formula},
};

fn layout(format: ExportFormat, heads: &[&str]) -> Arc<Layout> {
    Arc::new(Layout {
        format,
        delimiter: Delimiter::Semicolon,
        sheet: "Klienci & inni".to_owned(),
        heads: heads.iter().map(|head| (*head).to_owned()).collect(),
    })
}

/// Writes rows in pieces of so many, through the numbers between them as they are stored.
fn written(layout: &Arc<Layout>, rows: &[Vec<Cell<'_>>], piece: usize) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = Writer::begin(layout).unwrap();
    for some in rows.chunks(piece.max(1)) {
        for row in some {
            writer.row(row.iter().cloned()).unwrap();
        }
        let (bytes, progress) = writer.pause().unwrap();
        file.extend_from_slice(&bytes);
        let stored = serde_json::to_string(&progress).unwrap();
        writer = Writer::resume(layout, serde_json::from_str(&stored).unwrap());
    }
    file.extend_from_slice(&writer.finish().unwrap());
    file
}

/// What the reader of imports makes of a file.
fn rows_of(file: &[u8]) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    read(file, ReadAs::default(), &mut out).unwrap();
    let lines = out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .filter_map(|line| match serde_json::from_slice(line).unwrap() {
            SheetLine::Row(row) => Some(row),
            SheetLine::Refused(refusal) => panic!("{refusal:?}"),
            SheetLine::Book(_) | SheetLine::End => None,
        })
        .collect()
}

fn texts(row: &[&str]) -> Vec<Cell<'static>> {
    row.iter().map(|text| Cell::text((*text).to_owned())).collect()
}

#[test]
fn text_is_quoted_marked_and_typed() {
    let rows = [vec![
        Cell::text("=1+1"),
        Cell::text("a\"b;c\nd"),
        Cell::Number("-12.5".into()),
        Cell::Day("2026-05-01".parse().unwrap()),
        Cell::Moment("2026-05-01T14:05:09".parse().unwrap()),
        Cell::Empty,
        Cell::text("+48 600 100 200"),
    ]];
    let heads = ["-A", "B", "C", "D", "E", "F", "G"];
    let file = written(&layout(ExportFormat::Csv, &heads), &rows, 1);
    let expected = "\u{feff}\"'-A\";\"B\";\"C\";\"D\";\"E\";\"F\";\"G\"\r\n\
                    \"'=1+1\";\"a\"\"b;c\nd\";\"-12,5\";\"2026-05-01\";\"2026-05-01 14:05:09\";\"\";\"'+48 600 100 200\"\r\n";
    assert_eq!(String::from_utf8(file).unwrap(), expected);
    let commas = Layout { delimiter: Delimiter::Comma, ..Layout::clone(&layout(ExportFormat::Csv, &["A"])) };
    let file = written(&Arc::new(commas), &[vec![Cell::Number("-12.5".into())]], 1);
    assert_eq!(String::from_utf8(file).unwrap(), "\u{feff}\"A\"\r\n\"-12.5\"\r\n");
}

#[test]
fn a_workbook_is_read_back_with_its_types() {
    let long = "ż".repeat(40_000);
    let rows = [vec![
        Cell::text("=1+1"),
        Cell::text(" <a & b> _x0041_ "),
        Cell::Number("-12.5".into()),
        Cell::Number("1234567890123456".into()),
        Cell::Day("2026-05-01".parse().unwrap()),
        Cell::Day("1899-05-01".parse().unwrap()),
        Cell::Moment("2026-05-01T14:05:09".parse().unwrap()),
        Cell::Empty,
        Cell::text(long.as_str()),
    ]];
    let heads = ["A", "B", "C", "D", "E", "F", "G", "H", "I"];
    let file = written(&layout(ExportFormat::Xlsx, &heads), &rows, 1);
    use calamine::{Data, Reader, Xlsx};
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(&file)).unwrap();
    assert_eq!(book.sheet_names(), ["Klienci & inni"]);
    assert!(book.worksheet_formula("Klienci & inni").unwrap().used_cells().next().is_none());
    let range = book.worksheet_range("Klienci & inni").unwrap();
    let cell = |column| range.get((1, column)).cloned().unwrap_or_default();
    assert_eq!(cell(0), Data::String("=1+1".into()));
    assert!(matches!(cell(1), Data::String(text) if text.starts_with(" <a & b> ") && text.ends_with(' ')));
    assert_eq!(cell(2), Data::Float(-12.5));
    assert_eq!(cell(3), Data::String("1234567890123456".into()), "no digit is rounded away");
    let moment = |column| match cell(column) {
        Data::DateTime(at) => at.as_datetime().unwrap().to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(moment(4), "2026-05-01 00:00:00");
    assert_eq!(cell(5), Data::String("1899-05-01".into()));
    assert_eq!(moment(6), "2026-05-01 14:05:09");
    assert_eq!(cell(7), Data::Empty);
    assert!(matches!(cell(8), Data::String(text) if text.chars().count() == 32_767 && text.ends_with('…')));
}

#[test]
fn pieces_make_one_archive_that_others_open() {
    let rows: Vec<_> = (0..500).map(|n| texts(&["Żaneta", &format!("wiersz {n}"), "Łódź"])).collect();
    let layout = layout(ExportFormat::Xlsx, &["A", "B", "C"]);
    let whole = written(&layout, &rows, 500);
    for piece in [1, 7, 499] {
        let file = written(&layout, &rows, piece);
        assert_eq!(rows_of(&file), rows_of(&whole), "{piece}");
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&file)).unwrap();
        for at in 0..archive.len() {
            // Checks sizes and checksums.
            std::io::copy(&mut archive.by_index(at).unwrap(), &mut std::io::sink()).unwrap();
        }
        assert_eq!(archive.len(), 6);
    }
    assert_eq!(rows_of(&whole).len(), 501);
}

#[test]
fn a_sheet_that_is_full_is_followed_by_another() {
    let layout = layout(ExportFormat::Xlsx, &["A"]);
    let progress = {
        let (bytes, progress) = Writer::begin(&layout).unwrap().pause().unwrap();
        let mut stored = serde_json::to_value(&progress).unwrap();
        stored["workbook"]["sheets"][0]["rows"] = (1_048_575).into();
        (bytes, serde_json::from_value::<Progress>(stored).unwrap())
    };
    let (mut file, progress) = progress;
    let mut writer = Writer::resume(&layout, progress);
    for text in ["ostatni", "pierwszy"] {
        writer.row(texts(&[text])).unwrap();
    }
    file.extend_from_slice(&writer.finish().unwrap());
    use calamine::{Reader, Xlsx};
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(&file)).unwrap();
    assert_eq!(book.sheet_names(), ["Klienci & inni", "Klienci & inni 2"]);
    let second = book.worksheet_range("Klienci & inni 2").unwrap();
    let cells: Vec<_> = second.rows().map(|row| row[0].to_string()).collect();
    assert_eq!(cells, ["A", "pierwszy"]);
}

#[test]
fn a_workbook_that_is_too_large_is_refused() {
    let layout = layout(ExportFormat::Xlsx, &["A"]);
    let (_, progress) = Writer::begin(&layout).unwrap().pause().unwrap();
    let mut stored = serde_json::to_value(&progress).unwrap();
    stored["workbook"]["written"] = (5_u64 << 30).into();
    let writer = Writer::resume(&layout, serde_json::from_value(stored).unwrap());
    assert_eq!(writer.finish().unwrap_err().kind(), io::ErrorKind::FileTooLarge);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever text is exported: no cell is a formula, and an import reads what was there.
    #[test]
    fn text_comes_back_from_both_formats(
        rows in prop::collection::vec(prop::collection::vec("['=+@\\-; \"]{0,2}[\\PC\\n\t]{0,20}", 3), 1..20),
        piece in 1_usize..7,
    ) {
        let cells: Vec<Vec<Cell<'_>>> = rows.iter().map(|row| row.iter().map(|text| Cell::text(text.as_str())).collect()).collect();
        for format in [ExportFormat::Csv, ExportFormat::Xlsx] {
            let file = written(&layout(format, &["A", "B", "C"]), &cells, piece);
            let found = rows_of(&file);
            for (row, found) in rows.iter().zip(found.iter().skip(1)) {
                for (at, text) in row.iter().enumerate() {
                    let cell = found.get(at).map(String::as_str).unwrap_or_default();
                    if format == ExportFormat::Csv {
                        prop_assert!(!looks_like_formula(cell));
                        prop_assert_eq!(from_text(cell).trim(), text.trim());
                    } else {
                        prop_assert_eq!(cell.trim(), text.trim());
                    }
                }
            }
        }
    }
}
