//! The consent ledger as a log: its checks, its checkpoints, and proofs for those who may read the activities.

use crate::{
    AppError, Ctx,
    audit::{Checkpoints, Kind},
    letters,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use zgoda_domain::{
    access::{Actor, Origin, Permit, ViewAudit},
    audit::{Action, AuditEvent, RecordKind},
    id::ConsentEventId,
};
use zgoda_persistence::{
    Db, Linking, audit as log,
    consent_check::{self, Checked, Difference},
    consents::{self, EXPIRY, Expired},
    ledger::{self, InclusionProof, LedgerCheckpoint, LedgerStatus, LedgerVerdict, Place, SelfCheck},
};

/// Clients whose consents run out in one transaction.
const EXPIRED_AT_ONCE: u64 = 200;
/// The ledger checks itself this often.
const CHECK_EVERY: TimeDelta = TimeDelta::days(1);

/// Makes leaves of all events that have none yet; `false` when the ledger was tampered with, so that nothing may follow.
pub async fn link_all(ctx: &Ctx) -> Result<bool, AppError> {
    while ledger::any_pending(&ctx.db.read()).await? {
        match ledger::link_pending(ctx.db.begin().await?).await? {
            Linking::Refused => return Ok(false),
            Linking::Linked(0) => break,
            Linking::Linked(_) => {}
        }
    }
    Ok(true)
}

/// Notes of a new ledger that it is empty, while the schema is brought up to date.
pub async fn note_head(db: &Db) -> Result<(), AppError> {
    let tx = db.begin().await?;
    if ledger::note_head(&tx).await? {
        tx.commit_unaudited("where the ledger ends").await?;
    }
    Ok(())
}

/// Recomputes the whole ledger and compares it with its head, with all stored checkpoints, and with notes kept outside.
pub async fn verify(ctx: &Ctx, notes: &[String]) -> Result<LedgerVerdict, AppError> {
    Ok(ledger::verify(ctx.db.read(), notes).await?)
}

/// Signs how far the ledger goes, if it grew since; `None` for an empty one and for one that was tampered with.
pub async fn checkpoint(ctx: &Ctx) -> Result<Option<LedgerCheckpoint>, AppError> {
    Ok(ledger::checkpoint(ctx.db.begin().await?, ctx.now()).await?)
}

/// Folds all events and compares what comes of it with the stored states and the columns of the cards.
pub async fn check_consents(ctx: &Ctx, tell: impl FnMut(Difference)) -> Result<Checked, AppError> {
    Ok(consent_check::check(ctx.db.read(), tell).await?)
}

/// A checkpoint as it is kept outside: one line of JSON among those of the log of system activities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerLine {
    /// The signed note.
    pub consent_ledger: String,
    /// When it was signed.
    pub at: DateTime<Utc>,
}

/// Signs a checkpoint of the ledger and sends it where those of the other log go, if the ledger grew.
pub async fn send_checkpoint(ctx: &Ctx, sent: &mut Checkpoints) -> Result<(), AppError> {
    let Some(checkpoint) = checkpoint(ctx).await? else { return Ok(()) };
    let size = i64::try_from(checkpoint.head.size).unwrap_or(i64::MAX);
    let line = LedgerLine { consent_ledger: checkpoint.note, at: checkpoint.made_at };
    let text = serde_json::to_string(&line).map_err(|error| AppError::Unexpected(Box::new(error)))?;
    sent.send_outside(ctx, Kind::Ledger, size, &text, letters::ledger_checkpoint).await
}

/// Records every consent that has run out; how many. Each card's history tells it: the activity is one per consent,
/// shaped like that of a withdrawal, so that whoever may not see the consent does not see it there either.
pub async fn expire_due(ctx: &Ctx) -> Result<usize, AppError> {
    let mut count = 0;
    loop {
        let now = ctx.now();
        let tx = ctx.db.begin().await?;
        let expired = consents::expire_due(&tx, now, EXPIRED_AT_ONCE).await?;
        count += expired.len();
        let mut events: Vec<AuditEvent> = expired.into_iter().map(ran_out).collect();
        let Some(last) = events.pop() else { return Ok(count) };
        log::insert_many(&tx, now, events).await?;
        tx.commit(now, last).await?;
    }
}

fn ran_out(expired: Expired) -> AuditEvent {
    let Expired { client_id, purpose_id, channel } = expired;
    let (actor, record) = (Actor::System { job: EXPIRY }, Some(client_id.as_uuid()));
    AuditEvent::new(actor, &Origin::default(), Action::ConsentExpired, RecordKind::Client, record)
        .about(client_id)
        .fields(vec![format!("purpose:{purpose_id}"), format!("channel:{}", channel.code())])
}

/// Checks ledger and states once a day, by one replica, and keeps what was found.
pub async fn check_daily(ctx: &Ctx) -> Result<(), AppError> {
    if !ledger::claim_check(ctx.db.begin().await?, ctx.now(), CHECK_EVERY).await? {
        return Ok(());
    }
    // What cannot even be read must not leave the finding of a better day.
    let finding = find(ctx).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the consent ledger cannot be checked");
        Some("unreadable")
    });
    if let Some(finding) = finding {
        tracing::error!(
            finding,
            "the consent ledger does not hold; see `zgoda ledger verify` and `zgoda consents check`"
        );
    }
    let check = SelfCheck { finished_at: ctx.now(), finding: finding.map(str::to_owned) };
    Ok(ledger::finish_check(ctx.db.begin().await?, check).await?)
}

async fn find(ctx: &Ctx) -> Result<Option<&'static str>, AppError> {
    Ok(match finding(verify(ctx, &[]).await?) {
        None if check_consents(ctx, |_| ()).await?.differences > 0 => Some("consents_differ"),
        found => found,
    })
}

/// A stable code of what is wrong; `None` where nothing is.
const fn finding(verdict: LedgerVerdict) -> Option<&'static str> {
    Some(match verdict {
        LedgerVerdict::Intact { .. } => return None,
        LedgerVerdict::Changed { .. } => "changed",
        LedgerVerdict::Missing { .. } => "missing",
        LedgerVerdict::Gap { .. } => "gap",
        LedgerVerdict::Cut { .. } => "cut",
        LedgerVerdict::Head { .. } => "head",
        LedgerVerdict::Rewritten { .. } => "rewritten",
        LedgerVerdict::ForeignCheckpoint { .. } => "foreign_checkpoint",
        LedgerVerdict::TwoStories { .. } => "two_stories",
        LedgerVerdict::Stray { .. } => "stray",
    })
}

/// What the data protection officer sees of the ledger.
#[derive(Clone, Debug)]
pub struct Overview {
    pub status: LedgerStatus,
    pub checkpoint: Option<LedgerCheckpoint>,
    pub check: Option<SelfCheck>,
    /// Name of the ledger and its public key, as tools for signed notes take them.
    pub verifier: String,
}

pub async fn overview(ctx: &Ctx, _permit: &Permit<ViewAudit>) -> Result<Overview, AppError> {
    let reader = ctx.db.read();
    Ok(Overview {
        status: ledger::status(reader).await?,
        checkpoint: ledger::latest_checkpoint(&reader).await?,
        check: ledger::last_check(&reader).await?,
        verifier: ctx.vault.master.ledger_key().verifier(),
    })
}

/// The last signed note.
pub async fn latest_note(ctx: &Ctx, _permit: &Permit<ViewAudit>) -> Result<String, AppError> {
    let checkpoint = ledger::latest_checkpoint(&ctx.db.read()).await?;
    checkpoint.map(|checkpoint| checkpoint.note).ok_or(AppError::NotFound)
}

/// Proves that an event is part of the ledger. It says nothing of what the event is.
pub async fn prove(ctx: &Ctx, _permit: &Permit<ViewAudit>, event: ConsentEventId) -> Result<InclusionProof, AppError> {
    match ledger::prove(ctx.db.read(), event).await? {
        Place::Unknown => Err(AppError::NotFound),
        Place::Uncovered => Err(AppError::WrongState),
        Place::Proven(proof) => Ok(*proof),
    }
}
