//! Importing a large file: from the first byte sent to the last card made.

use super::Store;
use anyhow::{Context, ensure};
use chrono::NaiveDate;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use zgoda_api_types::{
    imports::{RunImport, StartImport},
    second_factors::FactorProof,
};
use zgoda_bench::visitors::{PASSWORD, make_owner};
use zgoda_client::Api;
use zgoda_domain::{
    client::ClientKind,
    id::{ImportId, JobId},
    import::{DuplicateStrategy, ImportSettings, MatchBy, PART_BYTES},
    job::JobState,
    sheet::ReadAs,
};

const ROWS: usize = 100_000;

/// Ten columns of invented people.
fn file() -> String {
    let mut text = "Imię;Nazwisko;E-mail;Telefon;Ulica;Kod pocztowy;Miasto;Kraj;Uwagi;Id\n".to_owned();
    for n in 0..ROWS {
        text += &format!(
            "Żaneta{};Łoś-{n};osoba{n}@example.com;+48 600 {:03} {:03};Prosta {n};00-{:03};Łódź;Polska;Poznana na targach {};{n}\n",
            n % 50,
            n / 1000 % 1000,
            n % 1000,
            n % 1000,
            n % 7
        );
    }
    text
}

/// Imports into an empty database, takes the cards back and makes them again; then the same file again as changes, which are
/// taken back too.
pub async fn measure(store: &Store) -> anyhow::Result<()> {
    let installation = &store.installation;
    let server = installation.start()?;
    let api = make_owner(&installation.origin(), server.setup_token()?).await?;
    let text = file();
    println!("(q) import of {ROWS} rows, {:.1} MiB of CSV", text.len() as f64 / 1024.0 / 1024.0);
    let peak = Peak::watch(server.pid());
    let made = once(&api, &text, DuplicateStrategy::Skip).await?;
    println!("    most memory of server and reader together {:>8.0} MiB (aim: under 300)", peak.mebibytes());
    undo(&api, made).await?;
    once(&api, &text, DuplicateStrategy::Skip).await?;
    let changed = once(&api, &text.replace("Prosta", "Krzywa"), DuplicateStrategy::Update).await?;
    undo(&api, changed).await?;
    println!("    most memory after all this {:>23.0} MiB", peak.mebibytes());
    drop(peak);
    server.stop()
}

async fn undo(api: &Api, job: JobId) -> anyhow::Result<()> {
    // What made cards is taken back by somebody who proved themselves just now.
    api.step_up(&FactorProof::Password { password: PASSWORD.to_owned() }).await?;
    let started = Instant::now();
    let undoing = JobId::from_uuid(api.undo_job(job).await?.id);
    ended(api, undoing).await?;
    println!("    undo of it: {:.1} s (aim: at most twice the import)", started.elapsed().as_secs_f64());
    Ok(())
}

/// Waits until a job has dealt with every row.
async fn ended(api: &Api, job: JobId) -> anyhow::Result<()> {
    let done = loop {
        let job = api.job(job).await?;
        if job.state.is_over() {
            break job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    ensure!(done.state == JobState::Done && done.done == ROWS as u64, "{done:?}");
    Ok(())
}

/// Imports the file; the job that did.
async fn once(api: &Api, text: &str, strategy: DuplicateStrategy) -> anyhow::Result<JobId> {
    let started = Instant::now();
    let body = StartImport { file_name: "klienci.csv".into(), size: text.len() as u64 };
    let id = ImportId::from_uuid(api.start_import(&body, None).await?.id);
    for (number, part) in (0..).zip(text.as_bytes().chunks(PART_BYTES)) {
        api.send_import_part(id, number, part.to_vec()).await?;
    }
    let sent = started.elapsed();
    let read = api.read_import(id, &ReadAs::default()).await?;
    let was_read = started.elapsed();
    let settings = ImportSettings {
        header_row: read.value.header_row,
        columns: read.value.columns.iter().map(|column| column.target).collect(),
        strategy,
        match_by: Some(MatchBy::Email),
        kind: ClientKind::Person,
        owner_id: None,
        department_id: None,
        tags: vec![],
        source: "Dane wymyślone do pomiaru".into(),
        obtained_on: NaiveDate::from_ymd_opt(2026, 1, 2).context("no day")?,
        lawful_basis: "Nie dotyczy danych wymyślonych".into(),
    };
    let saved = api.save_import_settings(id, read.version, &settings).await?;
    let checked = started.elapsed();
    let job = JobId::from_uuid(api.run_import(id, saved.version, &RunImport::default()).await?.id);
    ended(api, job).await?;
    let seconds = |from: Duration, to: Duration| (to.saturating_sub(from)).as_secs_f64();
    println!(
        "    {strategy:?}: sent {:.1} s, read {:.1} s, checked {:.1} s, run {:.1} s; in all {:.1} s (aim: under 60)",
        sent.as_secs_f64(),
        seconds(sent, was_read),
        seconds(was_read, checked),
        seconds(checked, started.elapsed()),
        started.elapsed().as_secs_f64()
    );
    Ok(job)
}

/// The most that a process and its children took of memory at one moment.
pub(super) struct Peak {
    bytes: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Peak {
    pub(super) fn watch(pid: u32) -> Self {
        let (bytes, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (most, ended) = (Arc::clone(&bytes), Arc::clone(&stop));
        std::thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                most.fetch_max(resident_with_children(pid), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        Self { bytes, stop }
    }

    pub(super) fn mebibytes(&self) -> f64 {
        self.bytes.load(Ordering::Relaxed) as f64 / 1024.0 / 1024.0
    }
}

impl Drop for Peak {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn resident_with_children(pid: u32) -> u64 {
    let children = std::fs::read_dir("/proc").into_iter().flatten().filter_map(|entry| {
        let child: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let status = std::fs::read_to_string(format!("/proc/{child}/status")).ok()?;
        let parent: u32 = status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()?;
        (parent == pid).then_some(child)
    });
    children.chain([pid]).filter_map(resident).sum()
}

fn resident(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}
