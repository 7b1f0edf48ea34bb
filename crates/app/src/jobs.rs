//! What runs by itself: linking the audit log, counting uses of keys, forgetting old idempotency keys, fresh statistics for SQLite's planner.

use crate::{AppError, Ctx, api_keys};
use std::time::Duration;
use tokio::sync::oneshot;
use zgoda_persistence::{audit, idempotency};

/// Events become links of the chain within about this time.
const LINK_EVERY: Duration = Duration::from_millis(500);
/// Uses of API keys are written down this often.
const COUNT_EVERY: Duration = Duration::from_secs(15);
const TIDY_EVERY: Duration = Duration::from_secs(3600);

/// Runs until `stop` is dropped or sent, finishes what it is at, and links what is left. Never to be aborted: a
/// transaction cut off in the middle leaves a connection that nobody else can use.
pub async fn run(ctx: Ctx, mut stop: oneshot::Receiver<()>) {
    let mut link = tokio::time::interval(LINK_EVERY);
    link.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut counting = tokio::time::interval(COUNT_EVERY);
    let mut tidying = tokio::time::interval(TIDY_EVERY);
    loop {
        let due = tokio::select! {
            _ = &mut stop => break,
            _ = link.tick() => Due::Link,
            _ = counting.tick() => Due::Count,
            _ = tidying.tick() => Due::Tidy,
        };
        let done = match due {
            Due::Link => link_all(&ctx).await,
            Due::Count => api_keys::write_uses(&ctx).await,
            Due::Tidy => tidy(&ctx).await,
        };
        if let Err(error) = done {
            tracing::error!(%error, "a background job failed");
        }
    }
    if let Err(error) = api_keys::write_uses(&ctx).await {
        tracing::warn!(%error, "uses of keys were not counted");
    }
    if let Err(error) = link_all(&ctx).await {
        tracing::warn!(%error, "the rest of the log will be linked at the next start");
    }
}

enum Due {
    Link,
    Count,
    Tidy,
}

/// Links everything that waits.
pub async fn link_all(ctx: &Ctx) -> Result<(), AppError> {
    while audit::any_pending(&ctx.db.read()).await? {
        if audit::link_pending(ctx.db.begin().await?).await? == 0 {
            break;
        }
    }
    Ok(())
}

async fn tidy(ctx: &Ctx) -> Result<(), AppError> {
    let tx = ctx.db.begin().await?;
    idempotency::forget_old(&tx, ctx.now()).await?;
    tx.commit_unaudited("answers nobody will ask for again").await?;
    if ctx.db.is_sqlite() {
        // PostgreSQL keeps its planner's statistics fresh by itself.
        ctx.db.analyze().await?;
    }
    Ok(())
}
