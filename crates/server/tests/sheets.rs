//! The process that reads files with rows: what it tells, what it refuses, and that a hostile file harms nobody else.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};
use zgoda_api_types::imports::StartImport;
use zgoda_bench::{server::Installation, visitors::make_owner};
use zgoda_client::{Api, ApiError};
use zgoda_domain::{
    Rule,
    id::ImportId,
    import::PART_BYTES,
    sheet::{ReadAs, SheetLine, SheetRefusal},
};

/// Runs the child alone.
fn read(content: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_zgoda"))
        .args(["read-sheet", "{}"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = child.stdin.take().unwrap();
    let content = content.to_vec();
    let feeding = std::thread::spawn(move || to.write_all(&content));
    let output = child.wait_with_output().unwrap();
    let _ = feeding.join().unwrap();
    output
}

fn last_line(output: &Output) -> Option<SheetLine> {
    let line = output.stdout.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty())?;
    serde_json::from_slice(line).ok()
}

/// An archive whose one part is so many MiB of zeros.
fn bomb(size: usize) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    archive.start_file("xl/workbook.xml", options).unwrap();
    let zeros = vec![0; 1024 * 1024];
    (0..size).for_each(|_| archive.write_all(&zeros).unwrap());
    archive.finish().unwrap().into_inner()
}

#[test]
fn the_child_tells_rows_and_refuses_bombs() {
    let good = read(b"name,email\nAda,ada@example.com\n");
    assert!(good.status.success());
    assert_eq!(last_line(&good), Some(SheetLine::End));
    assert_eq!(last_line(&read(&bomb(400))), Some(SheetLine::Refused(SheetRefusal::Bomb)));
    assert_eq!(last_line(&read(b"")), Some(SheetLine::Refused(SheetRefusal::Empty)));
}

/// A file within the limits of what is read, whose shared texts take more memory than the child may have.
fn glutton() -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    let mut part = |name: &str, content: &str| {
        archive.start_file(name, options).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    };
    part(
        "[Content_Types].xml",
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>",
    );
    part(
        "xl/workbook.xml",
        "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>",
    );
    part(
        "xl/_rels/workbook.xml.rels",
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>",
    );
    // Each empty text costs many times what it takes in the file.
    let texts = "<si><t/></si>".repeat(18_000_000);
    part("xl/sharedStrings.xml", &format!("<sst>{texts}</sst>"));
    part("xl/worksheets/sheet1.xml", "<worksheet><sheetData/></worksheet>");
    archive.finish().unwrap().into_inner()
}

async fn try_to_import(api: &Api, content: &[u8]) -> Result<u32, ApiError> {
    let body = StartImport { file_name: "a.xlsx".into(), size: content.len() as u64 };
    let id = ImportId::from_uuid(api.start_import(&body, None).await?.id);
    for (number, part) in (0..).zip(content.chunks(PART_BYTES)) {
        api.send_import_part(id, number, part.to_vec()).await?;
    }
    let read = api.read_import(id, &ReadAs::default()).await;
    api.discard_import(id).await?;
    read.map(|read| read.value.rows)
}

fn refusal(result: Result<u32, ApiError>) -> SheetRefusal {
    match result {
        Err(ApiError::Problem(problem)) => match problem.errors.first().map(|error| &error.rule) {
            Some(Rule::SheetRefused { refusal }) => *refusal,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_reads_files_and_outlives_hostile_ones() {
    let folder = tempfile::tempdir().unwrap();
    let installation = Installation::new(Path::new(env!("CARGO_BIN_EXE_zgoda")), &folder.path().join("data")).unwrap();
    let server = installation.start().unwrap();
    let api = make_owner(&installation.origin(), server.setup_token().unwrap()).await.unwrap();
    let text = "name,email\n".to_owned() + &"Ada,ada@example.com\n".repeat(60_000);
    assert_eq!(try_to_import(&api, text.as_bytes()).await.unwrap(), 60_001);
    assert_eq!(refusal(try_to_import(&api, &bomb(400)).await), SheetRefusal::Bomb);
    let refused = refusal(try_to_import(&api, &glutton()).await);
    assert!(matches!(refused, SheetRefusal::TooMuch | SheetRefusal::Unreadable), "{refused:?}");
    // It is all there as before.
    assert_eq!(try_to_import(&api, b"name\nAda\n").await.unwrap(), 2);
    server.stop().unwrap();
}
