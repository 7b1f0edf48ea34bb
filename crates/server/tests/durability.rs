//! What was acknowledged survives `kill -9`, and nothing is left half-done. (That it also survives a power loss is what
//! `make drill` shows: no kill can, because the system keeps what the process wrote.)
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(clippy::print_stderr, reason = "what was killed and kept is worth reading")]

use sea_orm_migration::sea_orm::{ConnectionTrait, Database};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use zgoda_bench::{
    found::{Found, check_closely},
    random,
    server::Installation,
    visitors::{Acknowledged, Visitors, make_form, make_owner},
};

/// Visitors at the same time.
const AT_A_TIME: usize = 8;
/// A cycle in which less was acknowledged shows nothing.
const FLOOR: usize = 5;
/// A cycle that does not reach its floor in this time is given up.
const PATIENCE: Duration = Duration::from_secs(5);
/// Cards opened at the end; of all others the lists are read.
const CLOSELY: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_hundred_kills() {
    let folder = tempfile::tempdir().unwrap();
    let installation = Installation::new(Path::new(env!("CARGO_BIN_EXE_zgoda")), &folder.path().join("data")).unwrap();
    survive(&installation, 100).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kills_on_postgresql() {
    // The tests never skip: without a server they say how to get one.
    let url = std::env::var("TEST_POSTGRES_URL")
        .expect("TEST_POSTGRES_URL is not set: run `make test`, or scripts/with-postgres cargo nextest run");
    let folder = tempfile::tempdir().unwrap();
    let mut installation =
        Installation::new(Path::new(env!("CARGO_BIN_EXE_zgoda")), &folder.path().join("data")).unwrap();
    let name = format!("zgoda_durability_{}", random(0, u64::from(u32::MAX)));
    let server = Database::connect(&url).await.unwrap();
    server.execute_unprepared(&format!("create database {name}")).await.unwrap();
    installation.database_url = Some(format!("{}/{name}", url.rsplit_once('/').unwrap().0));
    survive(&installation, 20).await;
    server.execute_unprepared(&format!("drop database {name} with (force)")).await.unwrap();
}

async fn survive(installation: &Installation, cycles: usize) {
    let mut server = installation.start().unwrap();
    let owner = make_owner(&installation.origin(), server.setup_token().unwrap()).await.unwrap();
    let form = make_form(&owner).await.unwrap();
    let visitors = Visitors::new(form.clone());
    let (mut valid, mut repeated, mut slowest) = (0, 0, Duration::ZERO);
    for _ in 0..cycles {
        let before = visitors.count();
        let tasks = visitors.come(&owner, AT_A_TIME);
        tokio::time::sleep(Duration::from_millis(random(30, 200))).await;
        let waiting = Instant::now();
        while visitors.count() < before + FLOOR && waiting.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        server.kill().unwrap();
        valid += usize::from(visitors.count() >= before + FLOOR);
        tasks.join_all().await;
        visitors.check_nobody_was_refused().unwrap();

        let starting = Instant::now();
        server = installation.start().unwrap();
        slowest = slowest.max(starting.elapsed());
        // Whoever got no answer asks again with the same key, and is there once all the same.
        repeated += visitors.ask_again(&owner).await.unwrap();
    }
    assert!(valid * 10 >= cycles * 9, "only {valid} of {cycles} cycles reached {FLOOR} acknowledged submissions");
    assert!(repeated > 0, "no request was ever cut off: the kills came too late");

    let acknowledged = visitors.acknowledged();
    let found = Found::read(&owner, &form).await.unwrap();
    let lost = found.lost(&acknowledged);
    // The check itself can fail: what was never sent is reported missing.
    assert_eq!(found.lost(&[Acknowledged { visitor: 0, submission: form.id.as_uuid() }]).len(), 1);
    assert!(lost.is_empty(), "{} of {} acknowledged submissions are lost", lost.len(), acknowledged.len());
    found.check_all_lead_to_their_cards(&acknowledged).unwrap();
    found.check_nothing_is_half_done().unwrap();
    for ack in acknowledged.iter().step_by((acknowledged.len() / CLOSELY).max(1)) {
        check_closely(&owner, &form, ack).await.unwrap();
    }
    server.stop().unwrap();
    let verdict = installation.run(&["audit", "verify"]).unwrap();
    assert!(verdict.starts_with("The log is intact"), "{verdict}");
    eprintln!(
        "{valid} kills, {} acknowledged, none lost; {repeated} cut off and repeated; slowest start {slowest:?}; {}",
        acknowledged.len(),
        verdict.trim()
    );
}
