//! Exporting a large list, beside writing the same cells alone, and beside reading the same rows and writing them.

use super::{Plan, Store, imports::Peak, median, serving, sign_in};
use anyhow::{Context, ensure};
use futures::TryStreamExt;
use rust_xlsxwriter::Workbook;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, Statement};
use serde_json::Value;
use sqlx::postgres::PgPoolCopyExt;
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use zgoda_api_types::jobs::{ExportMany, Job, MatchingClients, SomeClients};
use zgoda_client::Api;
use zgoda_domain::{
    client::BuiltinField,
    consent::Language,
    custom_field::FieldKind,
    export::{Cell, ExportFormat},
    field_ref::FieldRef,
    id::JobId,
    job::JobState,
    list::ListColumn,
    sheet::Delimiter,
};
use zgoda_sheets::write::{Layout, Writer};

/// Of each format; an account may ask for five exports an hour.
const ROUNDS: usize = 2;

const BUILTIN: [BuiltinField; 14] = [
    BuiltinField::Name,
    BuiltinField::FirstName,
    BuiltinField::LastName,
    BuiltinField::Email,
    BuiltinField::Phone,
    BuiltinField::City,
    BuiltinField::Country,
    BuiltinField::CreatedAt,
    BuiltinField::UpdatedAt,
    BuiltinField::Street,
    BuiltinField::PostCode,
    BuiltinField::Nip,
    BuiltinField::Position,
    BuiltinField::ExternalId,
];

/// Both formats, twenty columns; the last five built-in ones are empty.
pub async fn measure(plan: &Plan, store: &Store) -> anyhow::Result<()> {
    let (installation, server) = serving(store)?;
    let api = sign_in(&installation.origin()).await?;
    let fields = api.custom_fields().await?;
    let mut columns: Vec<(ListColumn, FieldKind)> = BUILTIN
        .into_iter()
        .map(|field| {
            let kind = if field.is_system() { FieldKind::Datetime } else { FieldKind::ShortText };
            (ListColumn::Field(FieldRef::Builtin(field)), kind)
        })
        .collect();
    columns.extend(fields.iter().map(|field| (ListColumn::Field(FieldRef::Custom(field.id)), field.kind)));
    columns.truncate(20);
    let kinds: Vec<FieldKind> = columns.iter().map(|(_, kind)| *kind).collect();
    println!("(r) export of {} clients x {} columns", plan.clients, columns.len());

    let connection = store.connection().await?;
    let mut rows = Vec::new();
    for format in [ExportFormat::Csv, ExportFormat::Xlsx] {
        let (mut whole, mut fetched) = (Vec::new(), Vec::new());
        let peak = Peak::watch(server.pid());
        for _ in 0..ROUNDS {
            let body = ExportMany {
                clients: SomeClients::Matching(MatchingClients::default()),
                sort: None,
                columns: columns.iter().map(|(column, _)| *column).collect(),
                format,
                delimiter: Some(Delimiter::Comma),
                language: Some(Language::Pl),
                reason: Some("Pomiar".to_owned()),
            };
            let (id, seconds) = export(&api, &body, plan.clients).await?;
            whole.push(seconds);
            let started = Instant::now();
            let bytes = api.job_file(id).await?.bytes;
            fetched.push(started.elapsed().as_secs_f64());
            if format == ExportFormat::Csv {
                rows = parse(&bytes)?;
            }
        }
        let peak = peak.mebibytes();
        let folder = tempfile::tempdir_in(&plan.cache)?;
        let (mut alone, mut libraries, mut bare) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS + 1 {
            alone.push(ours(format, &kinds, &rows, &folder.path().join("ours"))?);
            libraries.push(theirs(format, &kinds, &rows, &folder.path().join("theirs"))?);
            let started = Instant::now();
            let read = read_alone(&connection, &columns).await?;
            ensure!(read.len() as u64 == plan.clients, "{} rows", read.len());
            theirs(format, &kinds, &read, &folder.path().join("bare"))?;
            bare.push(started.elapsed().as_secs_f64());
        }
        let (whole, alone, theirs) = (median(&mut whole), median(&mut alone), median(&mut libraries));
        let bare = median(&mut bare);
        println!(
            "    {:<5} {whole:>6.2} s, downloaded in {:.2} s; most memory of the server {peak:.0} MiB (aim: at most 150)\n          \
             the same cells alone by {} {theirs:.2} s: {:.2} times (aim: at most 3); by our writer {alone:.2} s: {:.2} times\n          \
             the same rows read by the bare SQL, and those cells written alone {bare:.2} s: {:.2} times (aim: at most 3)",
            format.code(),
            median(&mut fetched),
            if format == ExportFormat::Csv { "csv" } else { "rust_xlsxwriter" },
            whole / theirs,
            whole / alone,
            whole / bare,
        );
        if format == ExportFormat::Csv && connection.get_database_backend() == DbBackend::Postgres {
            let mut copies = Vec::new();
            for _ in 0..=ROUNDS {
                copies.push(copied(&connection, &columns, &folder.path().join("copied")).await?);
            }
            let copied = median(&mut copies);
            println!("          by the database's own copy {copied:.2} s: {:.2} times `csv` alone", copied / theirs);
        }
    }
    connection.close().await?;
    server.stop()
}

/// The same cells in the same order by PostgreSQL's `copy`, into a file on the disk: the least that anybody could do.
async fn copied(
    connection: &DatabaseConnection,
    columns: &[(ListColumn, FieldKind)],
    path: &Path,
) -> anyhow::Result<f64> {
    let started = Instant::now();
    let columns: Vec<String> = columns
        .iter()
        .filter_map(|(column, _)| match column {
            ListColumn::Field(FieldRef::Builtin(field)) => Some(field.key().to_owned()),
            ListColumn::Field(FieldRef::Custom(id)) => Some(format!("custom->>'{id}'")),
            _ => None,
        })
        .collect();
    let columns = columns.join(", ");
    let sql = format!("copy (select {columns} from clients order by name, id) to stdout (format csv, force_quote *)");
    let mut file = BufWriter::new(File::create(path)?);
    let mut pieces = connection.get_postgres_connection_pool().copy_out_raw(&sql).await?;
    while let Some(piece) = pieces.try_next().await? {
        file.write_all(&piece)?;
    }
    file.into_inner()?.sync_all()?;
    Ok(started.elapsed().as_secs_f64())
}

/// The same rows in the same order by one statement through the driver, as texts.
async fn read_alone(
    connection: &DatabaseConnection,
    columns: &[(ListColumn, FieldKind)],
) -> anyhow::Result<Vec<Vec<String>>> {
    let builtin: Vec<&str> = columns
        .iter()
        .filter_map(|(column, _)| match column {
            ListColumn::Field(FieldRef::Builtin(field)) => Some(field.key()),
            _ => None,
        })
        .collect();
    let sql = format!("select custom, {} from clients order by name, id", builtin.join(", "));
    let found = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await?;
    found.iter().map(|row| decoded(row, columns)).collect()
}

fn decoded(row: &QueryResult, columns: &[(ListColumn, FieldKind)]) -> anyhow::Result<Vec<String>> {
    let custom: Value = row.try_get_by_index(0)?;
    let mut at = 0;
    let texts = columns.iter().map(|(column, kind)| match column {
        ListColumn::Field(FieldRef::Custom(id)) => Ok(match custom.get(id.to_string()) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }),
        _ => {
            at += 1;
            match kind {
                FieldKind::Datetime => {
                    let at: chrono::DateTime<chrono::Utc> = row.try_get_by_index(at)?;
                    Ok(at.format("%Y-%m-%d %H:%M:%S").to_string())
                }
                _ => Ok(row.try_get_by_index(at)?),
            }
        }
    });
    texts.collect()
}

/// From the first step to the last, by the server's clock.
async fn export(api: &Api, body: &ExportMany, clients: u64) -> anyhow::Result<(JobId, f64)> {
    let id = JobId::from_uuid(api.export_clients(body, None).await?.id);
    let done: Job = loop {
        let job = api.job(id).await?;
        if job.state.is_over() {
            break job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    ensure!(done.state == JobState::Done && done.done == clients, "{done:?}");
    let (from, to) = done.started_at.zip(done.finished_at).context("no moments")?;
    Ok((id, (to - from).as_seconds_f64()))
}

/// The rows of delimited text, without their head.
fn parse(bytes: &[u8]) -> anyhow::Result<Vec<Vec<String>>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let rows = reader.records().map(|record| Ok(record?.iter().map(str::to_owned).collect()));
    rows.collect()
}

fn cells<'a>(kinds: &'a [FieldKind], row: &'a [String]) -> impl Iterator<Item = Cell<'a>> {
    kinds.iter().zip(row).map(|(kind, text)| match kind {
        _ if text.is_empty() => Cell::Empty,
        FieldKind::Integer | FieldKind::Decimal => Cell::Number(text.as_str().into()),
        FieldKind::Date => text.parse().map_or(Cell::Empty, Cell::Day),
        FieldKind::Datetime => text.replace(' ', "T").parse().map_or(Cell::Empty, Cell::Moment),
        _ => Cell::text(text.as_str()),
    })
}

/// The product's writer, into a file on the disk.
fn ours(format: ExportFormat, kinds: &[FieldKind], rows: &[Vec<String>], path: &Path) -> anyhow::Result<f64> {
    let started = Instant::now();
    let layout = Arc::new(Layout {
        format,
        delimiter: Delimiter::Comma,
        sheet: "Klienci".to_owned(),
        heads: kinds.iter().map(|kind| kind.code().to_owned()).collect(),
    });
    let mut file = File::create(path)?;
    let mut writer = Writer::begin(&layout)?;
    for some in rows.chunks(5_000) {
        for row in some {
            writer.row(cells(kinds, row))?;
        }
        let (bytes, progress) = writer.pause()?;
        file.write_all(&bytes)?;
        writer = Writer::resume(&layout, progress);
    }
    file.write_all(&writer.finish()?)?;
    file.sync_all()?;
    Ok(started.elapsed().as_secs_f64())
}

/// The library that others would take, into a file on the disk.
fn theirs(format: ExportFormat, kinds: &[FieldKind], rows: &[Vec<String>], path: &Path) -> anyhow::Result<f64> {
    let started = Instant::now();
    match format {
        ExportFormat::Csv => {
            let file = BufWriter::new(File::create(path)?);
            let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(file);
            for row in rows {
                writer.write_record(row)?;
            }
            writer.into_inner().map_err(|error| error.into_error())?.into_inner()?.sync_all()?;
        }
        ExportFormat::Xlsx => {
            let mut workbook = Workbook::new();
            let sheet = workbook.add_worksheet_with_constant_memory()?;
            for (at, row) in (0_u32..).zip(rows) {
                for (column, (kind, text)) in (0_u16..).zip(kinds.iter().zip(row)) {
                    match kind {
                        _ if text.is_empty() => {}
                        FieldKind::Integer | FieldKind::Decimal => {
                            sheet.write_number(at, column, text.parse::<f64>()?)?;
                        }
                        _ => {
                            sheet.write_string(at, column, text)?;
                        }
                    }
                }
            }
            workbook.save(path)?;
            File::open(path)?.sync_all()?;
        }
    }
    Ok(started.elapsed().as_secs_f64())
}
