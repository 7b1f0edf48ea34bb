//! What runs by itself: linking the two logs, consents that run out, sending messages, counting uses of keys, forgetting what is old, fresh
//! statistics for SQLite's planner.

use crate::{
    AppError, Ctx, api_keys, audit::Checkpoints, confirmation, duplicates, form_mails, ledger, outbox, quick_search,
    renewals, signups, work,
};
use chrono::TimeDelta;
use futures::FutureExt;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use tokio::sync::oneshot;
use zgoda_domain::file::FileKind;
use zgoda_persistence::{
    Linking, accounts, attempts, audit, files, idempotency, merges, one_time_tokens, second_factors, spent_proofs,
    submissions,
};

/// Events become links of the chain within about this time.
const LINK_EVERY: Duration = Duration::from_millis(500);
/// Cards are taken over into the index of quick search within about this time; until then it reads them beside it.
const INDEX_EVERY: Duration = Duration::from_secs(1);
/// It is looked this often whether changed cards are to be compared with all others.
const COMPARE_EVERY: Duration = Duration::from_secs(2);
/// Comparing cards asks this often whether the job it gives way to is done.
const GIVE_WAY: Duration = Duration::from_millis(100);
/// Uses of API keys are written down this often.
const COUNT_EVERY: Duration = Duration::from_secs(15);
/// Checkpoints of the log are sent outside this often, when it went on.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(600);
/// The consent ledger's checkpoints are signed, kept and sent outside this often, when it grew.
const SIGN_EVERY: Duration = Duration::from_secs(60);
/// Consents that ran out are recorded within about this time.
const EXPIRE_EVERY: Duration = Duration::from_secs(60);
/// It is asked this often whether the day's check of the ledger is due.
const CHECK_EVERY: Duration = Duration::from_secs(600);
/// A log that was tampered with is complained about this often.
const ALARM_EVERY: Duration = Duration::from_secs(60);
/// It is looked this often whether mailboxes of staff are to be told of submissions.
const TELL_EVERY: Duration = Duration::from_secs(10);
/// A job begins within about this time.
const WORK_EVERY: Duration = Duration::from_secs(1);
const TIDY_EVERY: Duration = Duration::from_secs(3600);
/// A session is remembered for this long after it expired, so that it can still be said where someone was signed in.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(7);
/// Tries are counted within a day at most.
const ATTEMPTS_KEPT: TimeDelta = TimeDelta::days(1);
/// A file that nobody recorded a consent with is deleted then.
const UNATTACHED_KEPT: TimeDelta = TimeDelta::days(1);
/// Spam is kept for this long, so that what was taken for it by mistake can be found.
pub const SPAM_KEPT: TimeDelta = TimeDelta::days(30);
/// A message leaves within about this time.
const SEND_EVERY: Duration = Duration::from_secs(1);

/// Runs until `stop` is dropped or sent, finishes what it is at, and links what is left. Never to be aborted: a
/// transaction cut off in the middle leaves a connection that nobody else can use.
pub async fn run(ctx: Ctx, stop: oneshot::Receiver<()>) {
    let stop = stop.map(|_| ()).shared();
    let ctx = &ctx;
    // What people asked for and wait for goes before comparing cards.
    let working = &AtomicBool::new(false);
    // Apart from each other, so that a slow mail server or a long check holds up nothing else. Steps of what people asked
    // for go one after another, and each leaves room for whoever waits for the writer.
    futures::join!(
        keep_books(ctx, stop.clone()),
        repeat("sending messages", SEND_EVERY, stop.clone(), || async { Ok(outbox::deliver_due(ctx).await? > 0) }),
        repeat("a step of a job", WORK_EVERY, stop.clone(), || async {
            working.store(true, Ordering::Relaxed);
            let more = work::step(ctx).await;
            working.store(matches!(more, Ok(true)), Ordering::Relaxed);
            more
        }),
        repeat("looking for cards of one person", COMPARE_EVERY, stop.clone(), || async {
            if working.load(Ordering::Relaxed) {
                tokio::time::sleep(GIVE_WAY).await;
                return Ok(true);
            }
            let began = Instant::now();
            let more = duplicates::scan(ctx).await?;
            if more {
                // A large import is worked off in a fifth of the time, so that others come first.
                tokio::time::sleep(began.elapsed() * 4).await;
            }
            Ok(more)
        }),
        repeat("checking the consent ledger", CHECK_EVERY, stop, || async {
            ledger::check_daily(ctx).await.map(|()| false)
        }),
    );
}

/// Takes steps until `stop`: one at a time, every so often, and the next at once after one that says there is more.
async fn repeat<Step: Future<Output = Result<bool, AppError>>>(
    what: &'static str,
    every: Duration,
    mut stop: impl Future<Output = ()> + Unpin,
    step: impl Fn() -> Step,
) {
    let mut every = tokio::time::interval(every);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut more = false;
    loop {
        let next = async {
            if !more {
                every.tick().await;
            }
        };
        tokio::select! {
            biased;
            () = &mut stop => break,
            () = next => {}
        }
        more = step().await.unwrap_or_else(|error| {
            tracing::error!(%error, "{what} failed");
            false
        });
    }
}

async fn keep_books(ctx: &Ctx, mut stop: impl Future<Output = ()> + Unpin) {
    let mut link = tokio::time::interval(LINK_EVERY);
    link.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut indexing = tokio::time::interval(INDEX_EVERY);
    let mut counting = tokio::time::interval(COUNT_EVERY);
    let mut telling = tokio::time::interval(TELL_EVERY);
    let mut tidying = tokio::time::interval(TIDY_EVERY);
    let mut checkpoints = tokio::time::interval(CHECKPOINT_EVERY);
    let mut expiring = tokio::time::interval(EXPIRE_EVERY);
    let mut signing = tokio::time::interval(SIGN_EVERY);
    let (mut sent, mut signed) = (Checkpoints::default(), Checkpoints::default());
    let mut alarmed: Option<Instant> = None;
    loop {
        let due = tokio::select! {
            () = &mut stop => break,
            _ = link.tick() => Due::Link,
            _ = indexing.tick() => Due::Index,
            _ = counting.tick() => Due::Count,
            _ = telling.tick() => Due::Tell,
            _ = tidying.tick() => Due::Tidy,
            _ = checkpoints.tick() => Due::Checkpoint,
            _ = expiring.tick() => Due::Expire,
            _ = signing.tick() => Due::Sign,
        };
        let done = match due {
            Due::Index => quick_search::take_over(ctx).await,
            Due::Link => link_both(ctx).await.map(|tampered| {
                if !tampered.is_empty() && alarmed.is_none_or(|at| at.elapsed() >= ALARM_EVERY) {
                    alarm(&tampered);
                    alarmed = Some(Instant::now());
                }
            }),
            Due::Count => api_keys::write_uses(ctx).await,
            Due::Tell => form_mails::tell_staff(ctx).await,
            Due::Tidy => tidy(ctx).await,
            Due::Checkpoint => sent.send(ctx).await,
            Due::Expire => ledger::expire_due(ctx).await.map(|_| ()),
            Due::Sign => ledger::send_checkpoint(ctx, &mut signed).await,
        };
        if let Err(error) = done {
            tracing::error!(%error, "a background job failed");
        }
    }
    if let Err(error) = api_keys::write_uses(ctx).await {
        tracing::warn!(%error, "uses of keys were not counted");
    }
    match link_both(ctx).await {
        Ok(tampered) => alarm(&tampered),
        Err(error) => tracing::warn!(%error, "the rest of the logs will be linked at the next start"),
    }
    if let Err(error) = sent.send(ctx).await {
        tracing::warn!(%error, "the last checkpoint was not sent");
    }
    if let Err(error) = ledger::send_checkpoint(ctx, &mut signed).await {
        tracing::warn!(%error, "the last checkpoint of the consent ledger was not sent");
    }
}

/// A log that was tampered with, by the name of its command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tampered {
    Audit,
    Ledger,
}

fn alarm(tampered: &[Tampered]) {
    for log in tampered {
        match log {
            Tampered::Audit => tracing::error!(
                "the audit log was tampered with: it does not end where it was noted, and is linked no further; \
                 see `zgoda audit verify`"
            ),
            Tampered::Ledger => tracing::error!(
                "the consent ledger was tampered with: it does not end where it was noted, and is continued no \
                 further; see `zgoda ledger verify`"
            ),
        }
    }
}

enum Due {
    Link,
    Index,
    Count,
    Tell,
    Tidy,
    Checkpoint,
    Expire,
    Sign,
}

/// Links everything that waits in both logs; those that were tampered with, so that nothing may follow.
async fn link_both(ctx: &Ctx) -> Result<Vec<Tampered>, AppError> {
    let whole = [(link_audit(ctx).await?, Tampered::Audit), (ledger::link_all(ctx).await?, Tampered::Ledger)];
    Ok(whole.into_iter().filter(|(whole, _)| !whole).map(|(_, log)| log).collect())
}

/// Links everything that waits in both logs; `false` when one was tampered with, so that nothing may be linked.
pub async fn link_all(ctx: &Ctx) -> Result<bool, AppError> {
    Ok(link_both(ctx).await?.is_empty())
}

async fn link_audit(ctx: &Ctx) -> Result<bool, AppError> {
    while audit::any_pending(&ctx.db.read()).await? {
        match audit::link_pending(ctx.db.begin().await?).await? {
            Linking::Refused => return Ok(false),
            Linking::Linked(0) => break,
            Linking::Linked(_) => {}
        }
    }
    Ok(true)
}

/// Forgets what is old.
pub async fn tidy(ctx: &Ctx) -> Result<(), AppError> {
    let tx = ctx.db.begin().await?;
    let now = ctx.now();
    idempotency::forget_old(&tx, now).await?;
    second_factors::forget_expired(&tx, now).await?;
    one_time_tokens::forget_expired(&tx, now).await?;
    accounts::forget_sessions(&tx, now - SESSIONS_KEPT).await?;
    attempts::forget_old(&tx, now - ATTEMPTS_KEPT).await?;
    spent_proofs::forget_expired(&tx, now).await?;
    submissions::forget_spam(&tx, now - SPAM_KEPT).await?;
    outbox::tidy(&tx, now).await?;
    files::forget_orphans(&tx).await?;
    signups::tidy(&tx, now).await?;
    confirmation::tidy(&tx, now).await?;
    renewals::tidy(&tx, now).await?;
    merges::tidy(&tx, now).await?;
    work::tidy(&tx, now).await?;
    files::forget_unattached(&tx, FileKind::ConsentProof, now - UNATTACHED_KEPT).await?;
    tx.commit_unaudited("answers, links, sign-ups, files, jobs, messages and spam nobody will ask for again").await?;
    if ctx.db.is_sqlite() {
        // PostgreSQL keeps its planner's statistics fresh by itself.
        ctx.db.analyze().await?;
    }
    Ok(())
}
