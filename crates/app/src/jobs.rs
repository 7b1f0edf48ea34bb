//! What runs by itself: linking the audit log, forgetting old idempotency keys, fresh statistics for SQLite's planner.

use crate::{AppError, Ctx};
use std::time::Duration;
use zgoda_persistence::{audit, idempotency};

/// Events become links of the chain within about this time.
const LINK_EVERY: Duration = Duration::from_millis(500);
const TIDY_EVERY: Duration = Duration::from_secs(3600);

/// Runs until the future is dropped.
pub async fn run(ctx: Ctx) {
    let mut link = tokio::time::interval(LINK_EVERY);
    link.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut tidying = tokio::time::interval(TIDY_EVERY);
    loop {
        let done = tokio::select! {
            _ = link.tick() => link_all(&ctx).await,
            _ = tidying.tick() => tidy(&ctx).await,
        };
        if let Err(error) = done {
            tracing::error!(%error, "a background job failed");
        }
    }
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
