//! Measurements: the server beside the least that could do the same, in one run on one machine.

pub mod bare;
mod data;
mod exports;
mod find;
mod http;
mod imports;
mod proofs;
mod quick;
mod store;

pub use store::Store;

use anyhow::{Context, ensure};
use http::{Make, rate, request};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use zgoda_api_types::{accounts::SignIn, clients::SearchClients, forms::Submit};
use zgoda_bench::{
    random,
    server::{Installation, is_healthy},
    visitors::{PASSWORD, answers},
};
use zgoda_client::Api;
use zgoda_domain::{
    client::BuiltinField,
    custom_field::FieldKind,
    field_ref::FieldRef,
    id::ClientId,
    list::{Direction, ListQuery, Order},
};
use zgoda_persistence::{Db, client_list};

const ROUNDS: usize = 3;
/// Visitors who send at the same time. Each answer waits for a step of 20 ms, so eight would not keep a server busy.
const SUBMITTERS: usize = 128;

/// What to measure with.
#[derive(Clone, Debug)]
pub struct Plan {
    pub binary: PathBuf,
    pub cache: PathBuf,
    pub clients: u64,
    /// Of the larger data set; 0 leaves it out.
    pub many: u64,
    pub seconds: f64,
    pub postgres: Option<String>,
    /// Letters of the measurements to make.
    pub only: String,
}

pub async fn run(plan: &Plan) -> anyhow::Result<()> {
    println!("{} clients with five custom fields; {ROUNDS} rounds of {} s each, median", plan.clients, plan.seconds);
    if plan.wants("q") {
        importing(plan).await?;
        if plan.only == "q" {
            return Ok(());
        }
    }
    println!("\n== SQLite");
    let cached = sqlite_store(plan, plan.clients, true).await?;
    // Measuring writes: a copy, so that the next run starts from the same data.
    let folder = plan.cache.join("run");
    copy(&cached.installation.data_dir, &folder)?;
    let store = Store { installation: Installation::new(&plan.binary, &folder)? };
    one_database(plan, &store).await?;
    if plan.wants("i") {
        encryption(plan, &store).await?;
    }
    std::fs::remove_dir_all(&folder)?;
    if plan.wants("r") {
        let folder = plan.cache.join("export");
        copy(&cached.installation.data_dir, &folder)?;
        exports::measure(plan, &Store { installation: Installation::new(&plan.binary, &folder)? }).await?;
        std::fs::remove_dir_all(&folder)?;
    }
    if plan.wants("j") || plan.wants("k") {
        let folder = plan.cache.join("ledger");
        copy(&cached.installation.data_dir, &folder)?;
        ledger(plan, &Store { installation: Installation::new(&plan.binary, &folder)? }).await?;
        std::fs::remove_dir_all(&folder)?;
    }
    if plan.wants("d") && plan.many > 0 {
        let many = sqlite_store(plan, plan.many, false).await?;
        scaling(plan, &cached, &many).await?;
    }
    for count in plan.sizes() {
        if plan.wants("l") || plan.wants("s") {
            finding(plan, &sqlite_store(plan, count, count == plan.clients).await?, count).await?;
        }
    }
    let Some(url) = &plan.postgres else {
        println!("\n== PostgreSQL: not measured, TEST_POSTGRES_URL is not set");
        return Ok(());
    };
    println!("\n== PostgreSQL");
    let keys = tempfile::tempdir()?;
    let fewer = postgres_store(plan, url, keys.path(), plan.clients, true).await?;
    one_database(plan, &fewer).await?;
    if plan.wants("r") {
        exports::measure(plan, &fewer).await?;
    }
    ledger(plan, &fewer).await?;
    if plan.wants("l") || plan.wants("s") {
        finding(plan, &fewer, plan.clients).await?;
    }
    if plan.many > 0 && ["d", "l", "s"].into_iter().any(|letter| plan.wants(letter)) {
        let many = postgres_store(plan, url, keys.path(), plan.many, false).await?;
        if plan.wants("d") {
            scaling(plan, &fewer, &many).await?;
        }
        if plan.wants("l") || plan.wants("s") {
            finding(plan, &many, plan.many).await?;
        }
    }
    Ok(())
}

/// Into empty databases.
async fn importing(plan: &Plan) -> anyhow::Result<()> {
    let folder = plan.cache.join("import");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    println!("\n== SQLite, empty");
    imports::measure(&Store { installation: Installation::new(&plan.binary, &folder)? }).await?;
    std::fs::remove_dir_all(&folder)?;
    if let Some(url) = &plan.postgres {
        println!("\n== PostgreSQL, empty");
        let keys = tempfile::tempdir()?;
        imports::measure(&empty_postgres(plan, url, keys.path(), "bench_import").await?).await?;
    }
    Ok(())
}

async fn finding(plan: &Plan, store: &Store, count: u64) -> anyhow::Result<()> {
    println!("-- {count} clients");
    if plan.wants("s") {
        find::measure(plan, store, count).await?;
    }
    if plan.wants("l") {
        quick::measure(plan, store).await?;
    }
    Ok(())
}

async fn sqlite_store(plan: &Plan, count: u64, with_cards: bool) -> anyhow::Result<Store> {
    let folder = plan.cache.join(format!("sqlite-{count}"));
    let store = Store { installation: Installation::new(&plan.binary, &folder)? };
    let mark = folder.join("filled-3");
    if !mark.exists() {
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        let started = Instant::now();
        data::fill(&store, count, with_cards).await?;
        std::fs::write(&mark, "")?;
        println!("filled {count} clients in {:.0} s", started.elapsed().as_secs_f64());
    }
    data::settle(&store).await?;
    Ok(store)
}

async fn postgres_store(plan: &Plan, url: &str, keys: &Path, count: u64, with_cards: bool) -> anyhow::Result<Store> {
    let store = empty_postgres(plan, url, keys, &format!("bench_{count}")).await?;
    let started = Instant::now();
    data::fill(&store, count, with_cards).await?;
    println!("filled {count} clients in {:.0} s", started.elapsed().as_secs_f64());
    data::settle(&store).await?;
    Ok(store)
}

async fn empty_postgres(plan: &Plan, url: &str, keys: &Path, name: &str) -> anyhow::Result<Store> {
    let server = sea_orm::Database::connect(url).await?;
    server.execute_unprepared(&format!("create database {name}")).await?;
    server.close().await?;
    let mut installation = Installation::new(&plan.binary, &keys.join(name))?;
    let (base, _) = url.rsplit_once('/').context("TEST_POSTGRES_URL names no database")?;
    installation.database_url = Some(format!("{base}/{name}"));
    Ok(Store { installation })
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status()?;
    ensure!(status.success(), "cp failed");
    Ok(())
}

/// The server to measure, with the log it normally writes.
fn serving(store: &Store) -> anyhow::Result<(Installation, zgoda_bench::server::Server)> {
    let mut installation = store.installation.clone();
    installation.env.push(("ZGODA_LOG", "info,sqlx=warn,sea_orm=warn".to_owned()));
    let server = installation.start_with(Stdio::null())?;
    Ok((installation, server))
}

async fn sign_in(origin: &str) -> anyhow::Result<Api> {
    let api = Api::new(origin);
    let (email, password) = ("owner@example.com".to_owned(), PASSWORD.to_owned());
    api.sign_in(&SignIn { email, password }).await?;
    Ok(api)
}

async fn one_database(plan: &Plan, store: &Store) -> anyhow::Result<()> {
    if plan.wants("g") {
        start_time(store)?;
    }
    let (installation, server) = serving(store)?;
    if plan.wants("f") {
        std::thread::sleep(Duration::from_secs(3));
        println!("(f) idle memory {:>26.1} MiB (aim: under 60)", mebibytes(server.resident_bytes()?));
    }
    let api = sign_in(&installation.origin()).await?;
    let bare = BareServer::start(store)?;
    println!("{:<28} {:>5} {:>12} {:>12} {:>7}", "requests per second", "conn.", "API", "bare", "ratio");
    for (name, real, plain) in compared(&api, installation.port, bare.port).await? {
        if !plan.wants(name.get(1..2).unwrap_or_default()) {
            continue;
        }
        for connections in [1, 8] {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                ours.push(rate(installation.port, connections, plan.time(), Arc::clone(&real)).await?);
                theirs.push(rate(bare.port, connections, plan.time(), Arc::clone(&plain)).await?);
            }
            line(name, connections, median(&mut ours), median(&mut theirs));
        }
    }
    if plan.wants("e") {
        submissions(plan, store, &api, installation.port, bare.port).await?;
    }
    if plan.wants("p") {
        proofs::measure(plan, store, &api, installation.port).await?;
    }
    drop(bare);
    println!("memory after all this {:>20.1} MiB", mebibytes(server.resident_bytes()?));
    server.stop()
}

fn line(name: &str, connections: usize, ours: f64, theirs: f64) {
    println!("{name:<28} {connections:>5} {ours:>12.0} {theirs:>12.0} {:>7.2}", ours / theirs);
}

type Compared = (&'static str, Make, Make);

/// The requests to compare: the API's and the bare server's.
async fn compared(api: &Api, port: u16, bare: u16) -> anyhow::Result<Vec<Compared>> {
    api.me().await?;
    let cookie = format!("__Host-zgoda-access={}", api.cookie("__Host-zgoda-access").context("no session")?);
    let fields = api.custom_fields().await?;
    let field = |kind| fields.iter().find(|field| field.kind == kind).map(|field| format!("custom:{}", field.id));
    let by_name = json!({ "sort": { "field": "name", "direction": "asc" }, "limit": 50 });
    let by_value = json!({
        "sort": { "field": field(FieldKind::Decimal), "direction": "asc" },
        "filter": [{ "field": field(FieldKind::Checkbox), "operator": "eq", "value": true }],
        "limit": 50,
    });
    let search = |body: serde_json::Value| -> Make {
        let bytes = request("POST", port, "/api/v1/clients/search", Some(&cookie), Some(&body.to_string()));
        Arc::new(move |_| bytes.clone())
    };
    let plain = |path: &str| -> Make {
        let bytes = request("GET", bare, path, None, None);
        Arc::new(move |_| bytes.clone())
    };
    let ids = some_clients(api).await?;
    let (theirs, cookie) = (ids.clone(), cookie.clone());
    let nth = |ids: &[ClientId], n: u64| usize::try_from(n).ok().and_then(|n| ids.get(n % ids.len()).copied());
    let card = move |n| {
        let path = nth(&ids, n).map(|id| format!("/api/v1/clients/{id}")).unwrap_or_default();
        request("GET", port, &path, Some(&cookie), None)
    };
    let plain_card = move |n| {
        let path = nth(&theirs, n).map(|id| format!("/card/{id}")).unwrap_or_default();
        request("GET", bare, &path, None, None)
    };
    Ok(vec![
        ("(a) page by name", search(by_name), plain("/by-name")),
        ("(b) page by field, filtered", search(by_value), plain("/by-value")),
        ("(c) card (API: audited)", Arc::new(card), Arc::new(plain_card)),
    ])
}

/// Clients from all over the list.
async fn some_clients(api: &Api) -> anyhow::Result<Vec<ClientId>> {
    let mut search = SearchClients { limit: 200, ..SearchClients::default() };
    let mut ids = Vec::new();
    for _ in 0..10 {
        let page = api.search_clients(&search).await?;
        ids.extend(page.items.iter().map(|row| row.id));
        search.after = page.next;
    }
    ensure!(!ids.is_empty(), "no clients");
    Ok(ids)
}

/// Form submissions beside a bare handler that keeps the same rows, just as durably, and beside one-row transactions
/// without any server.
async fn submissions(plan: &Plan, store: &Store, api: &Api, port: u16, bare: u16) -> anyhow::Result<()> {
    let form = api.forms().await?.into_iter().next().context("no form")?;
    let version = api.public_form(&form.public_id).await?.form_version;
    let path = format!("/api/v1/public/forms/{}/submissions", form.public_id);
    let submit = |port: u16, path: String| -> Make {
        let base = random(1 << 40, 1 << 50);
        Arc::new(move |n| {
            let body = Submit { form_version: version, answers: answers(base + n), proof: None };
            request("POST", port, &path, None, Some(&json!(body).to_string()))
        })
    };
    let db = store.db().await?;
    let (mut ours, mut handled, mut alone) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(rate(port, SUBMITTERS, plan.time(), submit(port, path.clone())).await?);
        // The log's chain is brought up to date in the background.
        while zgoda_persistence::audit::any_pending(&db.read()).await? {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        handled.push(rate(bare, SUBMITTERS, plan.time(), submit(bare, "/submit".to_owned())).await?);
        alone.push(commits(&db, plan.time()).await?);
    }
    let ours = median(&mut ours);
    line("(e) submissions/bare handler", SUBMITTERS, ours, median(&mut handled));
    line("    submissions/one-row commits", 8, ours, median(&mut alone));
    Ok(())
}

/// Durable one-row transactions per second from eight tasks.
async fn commits(db: &Db, time: Duration) -> anyhow::Result<f64> {
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let db = db.clone();
        tasks.spawn(async move {
            let mut done = 0_u32;
            while started.elapsed() < time {
                bare::commit_one(&db).await?;
                done += 1;
            }
            anyhow::Ok(done)
        });
    }
    let mut done = 0;
    while let Some(one) = tasks.join_next().await {
        done += one??;
    }
    Ok(f64::from(done) / started.elapsed().as_secs_f64())
}

/// The whole ledger recomputed, and folded: by the operator's commands, from the start of the process to its end.
async fn ledger(plan: &Plan, store: &Store) -> anyhow::Result<()> {
    let time = |arguments: &[&str]| -> anyhow::Result<(f64, String)> {
        let mut times = Vec::new();
        let mut said = String::new();
        for _ in 0..ROUNDS {
            let started = Instant::now();
            said = store.installation.run(arguments)?;
            times.push(started.elapsed().as_secs_f64());
        }
        Ok((median(&mut times), said))
    };
    if plan.wants("k") {
        let (seconds, said) = time(&["consents", "check"])?;
        println!("(k) consents check {seconds:>24.2} s (aim: under 5 for 100,000 clients): {}", said.trim_end());
    }
    if plan.wants("j") {
        let started = Instant::now();
        data::lengthen_ledger(store).await?;
        println!("    lengthened the ledger in {:.0} s", started.elapsed().as_secs_f64());
        let (seconds, said) = time(&["ledger", "verify"])?;
        println!("(j) ledger verify {seconds:>25.2} s (aim: under 10 for 1,000,000 events): {}", said.trim_end());
    }
    Ok(())
}

/// From the start of the process until it answers, with the data set in place.
fn start_time(store: &Store) -> anyhow::Result<()> {
    let mut times = Vec::new();
    for _ in 0..10 {
        let started = Instant::now();
        let server = store.installation.start_with(Stdio::null())?;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
        server.stop()?;
    }
    let slowest = times.iter().copied().fold(0.0, f64::max);
    println!("(g) start until /health answers {:>10.0} ms, slowest {slowest:.0} (aim: under 500)", median(&mut times));
    Ok(())
}

/// The same pages of a small and a large data set, one after the other over one connection.
async fn scaling(plan: &Plan, fewer: &Store, many: &Store) -> anyhow::Result<()> {
    println!("(d) a page's time, {} clients against {}", plan.many, plan.clients);
    let mut costs = Vec::new();
    for store in [fewer, many] {
        let (installation, server) = serving(store)?;
        let api = sign_in(&installation.origin()).await?;
        for (name, real, _) in compared(&api, installation.port, 0).await?.into_iter().take(2) {
            let mut rates = Vec::new();
            for _ in 0..ROUNDS {
                rates.push(rate(installation.port, 1, plan.time(), Arc::clone(&real)).await?);
            }
            costs.push((name, 1000.0 / median(&mut rates)));
        }
        server.stop()?;
    }
    for (name, small) in costs.iter().take(2) {
        let large = costs.iter().skip(2).find(|(other, _)| other == name).map_or(f64::NAN, |(_, cost)| *cost);
        println!("{name:<28} {large:>10.2} ms {small:>10.2} ms, ratio {:.2} (aim: at most 1.5)", large / small);
    }
    Ok(())
}

/// The encrypted file beside a plain one with the same content.
async fn encryption(plan: &Plan, store: &Store) -> anyhow::Result<()> {
    let plain = store.installation.data_dir.join("plain.db");
    let vault = store.vault()?;
    let sealed = store::sqlite(store::sqlite_options(&store.file(), Some(&vault)).create_if_missing(true), 1).await?;
    sealed.execute_unprepared(&format!("attach '{}' as plain key ''", plain.display())).await?;
    sealed.execute_unprepared("select sqlcipher_export('plain')").await?;
    sealed.execute_unprepared("detach plain").await?;
    let open = store::sqlite(store::sqlite_options(&plain, None).create_if_missing(false), 1).await?;
    let db = store.db().await?;
    let by_name =
        client_list::plain_page_statement(db.read(), &zgoda_domain::access::Visible::everything(), &by_name()?, None)
            .await?;
    let (mut reads, mut writes) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for _ in 0..ROUNDS {
        for (at, connection) in [&sealed, &open].into_iter().enumerate() {
            if let (Some(reads), Some(writes)) = (reads.get_mut(at), writes.get_mut(at)) {
                reads.push(statements(connection, plan.time(), |_| by_name.clone()).await?);
                writes.push(statements(connection, plan.time(), one_row).await?);
            }
        }
    }
    for (name, [mut sealed, mut open]) in
        [("(i) reads: encrypted/plain", reads), ("(i) writes: encrypted/plain", writes)]
    {
        line(name, 1, median(&mut sealed), median(&mut open));
    }
    Ok(())
}

fn by_name() -> anyhow::Result<ListQuery> {
    let order = Order::parse(&[], FieldRef::Builtin(BuiltinField::Name), Direction::Asc)
        .map_err(|_| anyhow::anyhow!("a wrong order"))?;
    Ok(ListQuery {
        order,
        conditions: Vec::new(),
        search: zgoda_domain::search::Resolved::default(),
        columns: None,
        limit: 50,
    })
}

fn one_row(_: u64) -> Statement {
    let sql = "insert into idempotency_keys (scope, idempotency_key, fingerprint, record_id, created_at) \
        values ('bench', $1, zeroblob(32), zeroblob(16), '2026-01-01T00:00:00+00:00')";
    Statement::from_sql_and_values(sea_orm::DbBackend::Sqlite, sql, [random(0, u64::MAX).to_string().into()])
}

/// Statements per second over one connection.
async fn statements(
    connection: &DatabaseConnection,
    time: Duration,
    make: impl Fn(u64) -> Statement,
) -> anyhow::Result<f64> {
    let started = Instant::now();
    let mut done = 0_u32;
    while started.elapsed() < time {
        connection.query_all_raw(make(done.into())).await?;
        done += 1;
    }
    Ok(f64::from(done) / started.elapsed().as_secs_f64())
}

impl Plan {
    /// Of the data sets, smallest first.
    fn sizes(&self) -> impl Iterator<Item = u64> {
        [self.clients, self.many].into_iter().filter(|count| *count > 0)
    }

    fn wants(&self, letter: &str) -> bool {
        self.only.contains(letter)
    }

    fn time(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

/// This program's own bare server, as a process like the one it is compared with.
struct BareServer {
    child: Child,
    port: u16,
}

impl BareServer {
    fn start(store: &Store) -> anyhow::Result<Self> {
        let port = Installation::new(&store.installation.binary, &store.installation.data_dir)?.port;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare").arg("--data-dir").arg(&store.installation.data_dir).args(["--port", &port.to_string()]);
        if let Some(url) = &store.installation.database_url {
            command.args(["--database-url", url]);
        }
        let server = Self { child: command.stdin(Stdio::null()).spawn()?, port };
        let started = Instant::now();
        while !is_healthy(port) {
            ensure!(started.elapsed() < Duration::from_secs(30), "the bare server does not start");
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(server)
    }
}

impl Drop for BareServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
