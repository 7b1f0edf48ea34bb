//! The outbox: a message is stored in the transaction that causes it and sent by a background job, so that none is sent
//! for what was undone, and none forgotten.

use crate::{
    AppError, Ctx,
    delivery::{Outgoing, Undelivered},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use std::time::Duration;
use zgoda_domain::{id::MessageId, message::Message};
use zgoda_persistence::{
    Adds, Tx,
    outbox::{self, Claimed, Outcome, Recipient},
};

/// Messages sent at the same time by one process.
const AT_ONCE: u64 = 4;
/// A single attempt is cut then.
const SEND_TIME: Duration = Duration::from_secs(20);
/// A claimed message is nobody else's for this long: well beyond [`SEND_TIME`] and the time a commit may take.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// Waited after each failed attempt; after the one that follows the last, the message is given up.
const DELAYS: [TimeDelta; 5] =
    [TimeDelta::minutes(1), TimeDelta::minutes(5), TimeDelta::minutes(30), TimeDelta::hours(2), TimeDelta::hours(12)];
/// It is remembered for this long that there was a message; never what it said.
const REMEMBERED: TimeDelta = TimeDelta::days(90);

/// Stores a message that is for no client in the transaction that causes it; of no use to anybody after `useful_for`. Where
/// such messages cannot be sent at all nothing is stored.
pub fn enqueue(
    ctx: &Ctx,
    tx: &impl Adds,
    message: &Message,
    useful_for: TimeDelta,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    enqueue_to(ctx, tx, Recipient::NoClient, message, useful_for, now)
}

/// The same for one that goes with its recipient, should they be erased while it waits.
pub fn enqueue_to(
    ctx: &Ctx,
    tx: &impl Adds,
    to: Recipient<'_>,
    message: &Message,
    useful_for: TimeDelta,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    if ctx.channels.has(message.kind()) {
        outbox::insert(tx, MessageId::generate(now, ctx.entropy()), to, message, now + useful_for, now)?;
    }
    Ok(())
}

/// Tries some of the messages that are due; says how many were found.
pub async fn deliver_due(ctx: &Ctx) -> Result<usize, AppError> {
    let ids = outbox::due(ctx.db.read(), &ctx.channels.kinds(), ctx.now(), AT_ONCE).await?;
    let found = ids.len();
    join_all(ids.into_iter().map(|id| deliver(ctx, id))).await.into_iter().collect::<Result<(), _>>()?;
    Ok(found)
}

async fn deliver(ctx: &Ctx, id: MessageId) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let Some(claimed) = outbox::claim(&tx, id, now, now + LEASE).await? else { return Ok(()) };
    tx.commit_unaudited("a message taken to be sent; what caused it was recorded").await?;
    let outcome = match &claimed.message {
        _ if claimed.expires_at <= now => Outcome::GivenUp,
        None => {
            tracing::error!(%id, "a waiting message cannot be opened");
            Outcome::GivenUp
        }
        Some(message) => match attempt(ctx, &claimed, message).await {
            Ok(()) => Outcome::Sent,
            Err(why) => after(&claimed, why, ctx.now()),
        },
    };
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if outbox::settle(&tx, &claimed, outcome, now).await? {
        tx.commit_unaudited("what became of a message; what caused it was recorded").await?;
    }
    Ok(())
}

async fn attempt(ctx: &Ctx, claimed: &Claimed, message: &Message) -> Result<(), Undelivered> {
    let (id, written_at) = (claimed.id, claimed.written_at);
    let sending = async {
        match (message, &ctx.channels.email, &ctx.channels.sms) {
            (Message::Email(message), Some(email), _) => email.send(Outgoing { id, written_at, message }).await,
            (Message::Sms(message), _, Some(sms)) => sms.send(Outgoing { id, written_at, message }).await,
            _ => Err(Undelivered::Unreachable),
        }
    };
    tokio::time::timeout(SEND_TIME, sending).await.unwrap_or(Err(Undelivered::Unreachable))
}

/// What follows a failed attempt.
fn after(claimed: &Claimed, why: Undelivered, now: DateTime<Utc>) -> Outcome {
    let tried = usize::try_from(claimed.attempts).unwrap_or(usize::MAX);
    let delay = DELAYS.get(tried.saturating_sub(1)).filter(|_| !why.is_final());
    match delay.map(|delay| now + *delay) {
        Some(again) if again < claimed.expires_at => {
            tracing::warn!(id = %claimed.id, attempts = claimed.attempts, %why, "a message will be tried again");
            Outcome::Later(again)
        }
        _ => {
            tracing::error!(id = %claimed.id, attempts = claimed.attempts, %why, "a message was given up");
            Outcome::GivenUp
        }
    }
}

/// Gives up what nobody needs any more, and forgets what was settled long ago.
pub(crate) async fn tidy(tx: &Tx, now: DateTime<Utc>) -> Result<(), AppError> {
    outbox::give_up_expired(tx, now).await?;
    outbox::forget_settled(tx, now - REMEMBERED).await?;
    Ok(())
}
