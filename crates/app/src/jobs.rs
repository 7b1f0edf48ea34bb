//! What runs by itself: linking the audit log, sending messages, counting uses of keys, forgetting what is old, fresh
//! statistics for SQLite's planner.

use crate::{AppError, Ctx, api_keys, audit::Checkpoints, outbox};
use chrono::TimeDelta;
use futures::FutureExt;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use zgoda_persistence::{
    accounts, attempts,
    audit::{self, Linking},
    idempotency, one_time_tokens, second_factors, spent_proofs, submissions,
};

/// Events become links of the chain within about this time.
const LINK_EVERY: Duration = Duration::from_millis(500);
/// Uses of API keys are written down this often.
const COUNT_EVERY: Duration = Duration::from_secs(15);
/// Checkpoints of the log are sent outside this often, when it went on.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(600);
/// A log that was tampered with is complained about this often.
const ALARM_EVERY: Duration = Duration::from_secs(60);
const TIDY_EVERY: Duration = Duration::from_secs(3600);
/// A session is remembered for this long after it expired, so that it can still be said where someone was signed in.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(7);
/// Tries are counted within a day at most.
const ATTEMPTS_KEPT: TimeDelta = TimeDelta::days(1);
/// Spam is kept for this long, so that what was taken for it by mistake can be found.
pub const SPAM_KEPT: TimeDelta = TimeDelta::days(30);
/// A message leaves within about this time.
const SEND_EVERY: Duration = Duration::from_secs(1);

/// Runs until `stop` is dropped or sent, finishes what it is at, and links what is left. Never to be aborted: a
/// transaction cut off in the middle leaves a connection that nobody else can use.
pub async fn run(ctx: Ctx, stop: oneshot::Receiver<()>) {
    let stop = stop.map(|_| ()).shared();
    // Apart from each other, so that a slow mail server holds up nothing else.
    futures::join!(keep_books(&ctx, stop.clone()), send_messages(&ctx, stop));
}

async fn send_messages(ctx: &Ctx, mut stop: impl Future<Output = ()> + Unpin) {
    let mut every = tokio::time::interval(SEND_EVERY);
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
        more = match outbox::deliver_due(ctx).await {
            Ok(found) => found > 0,
            Err(error) => {
                tracing::error!(%error, "sending messages failed");
                false
            }
        };
    }
}

async fn keep_books(ctx: &Ctx, mut stop: impl Future<Output = ()> + Unpin) {
    let mut link = tokio::time::interval(LINK_EVERY);
    link.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut counting = tokio::time::interval(COUNT_EVERY);
    let mut tidying = tokio::time::interval(TIDY_EVERY);
    let mut checkpoints = tokio::time::interval(CHECKPOINT_EVERY);
    let mut sent = Checkpoints::default();
    let mut alarmed: Option<Instant> = None;
    loop {
        let due = tokio::select! {
            () = &mut stop => break,
            _ = link.tick() => Due::Link,
            _ = counting.tick() => Due::Count,
            _ = tidying.tick() => Due::Tidy,
            _ = checkpoints.tick() => Due::Checkpoint,
        };
        let done = match due {
            Due::Link => link_all(ctx).await.map(|whole| {
                if !whole && alarmed.is_none_or(|at| at.elapsed() >= ALARM_EVERY) {
                    alarm();
                    alarmed = Some(Instant::now());
                }
            }),
            Due::Count => api_keys::write_uses(ctx).await,
            Due::Tidy => tidy(ctx).await,
            Due::Checkpoint => sent.send(ctx).await,
        };
        if let Err(error) = done {
            tracing::error!(%error, "a background job failed");
        }
    }
    if let Err(error) = api_keys::write_uses(ctx).await {
        tracing::warn!(%error, "uses of keys were not counted");
    }
    match link_all(ctx).await {
        Ok(true) => {}
        Ok(false) => alarm(),
        Err(error) => tracing::warn!(%error, "the rest of the log will be linked at the next start"),
    }
    if let Err(error) = sent.send(ctx).await {
        tracing::warn!(%error, "the last checkpoint was not sent");
    }
}

fn alarm() {
    tracing::error!(
        "the audit log was tampered with: it does not end where it was noted, and is linked no further; \
         see `zgoda audit verify`"
    );
}

enum Due {
    Link,
    Count,
    Tidy,
    Checkpoint,
}

/// Links everything that waits; `false` when the log was tampered with, so that nothing may be linked.
pub async fn link_all(ctx: &Ctx) -> Result<bool, AppError> {
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
    tx.commit_unaudited("answers, links, messages and spam nobody will ask for again").await?;
    if ctx.db.is_sqlite() {
        // PostgreSQL keeps its planner's statistics fresh by itself.
        ctx.db.analyze().await?;
    }
    Ok(())
}
