//! Background jobs and what they changed.
//!
//! `leased_until` is the lease and its token: whoever claims a job's next step writes it, and what the step did is kept
//! only while it still stands there. So no step is done twice, and one that was cut off is done again when the lease ends.

use crate::{
    clients::ClientRecord,
    entity::{client, job, job_change, job_kept},
    error::DbError,
    keys,
    tx::{Adds, Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::RangeInclusive};
use uuid::Uuid;
use zgoda_domain::{
    access::Assignment,
    bulk::BulkAbout,
    client::ClientInput,
    custom_field::CustomValues,
    id::{AccountId, ApiKeyId, ClientId, FileId, JobId, TagId},
    job::{JobFailure, JobFailures, JobKind, JobProblem, JobState},
};
use zgoda_vault::Place;

/// A job as it stands.
#[derive(Clone, Debug)]
pub struct JobRecord {
    pub id: JobId,
    pub kind: JobKind,
    pub account_id: AccountId,
    /// The key by which it was asked for.
    pub api_key_id: Option<ApiKeyId>,
    pub state: JobState,
    /// Where it goes on: only its kind knows what that means. Ids and numbers, no values.
    pub position: Option<String>,
    /// Clients or rows it is about.
    pub total: u64,
    pub done: u64,
    pub failures: JobFailures,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub cancel_asked_at: Option<DateTime<Utc>>,
    pub file_id: Option<FileId>,
    pub problem: Option<JobProblem>,
    /// The job that this one takes back.
    pub undo_of: Option<JobId>,
    pub undo_until: Option<DateTime<Utc>>,
    pub undone_at: Option<DateTime<Utc>>,
    /// Of an action on many clients, and of its undoing.
    pub about: Option<BulkAbout>,
}

/// A job about to be stored.
#[derive(Debug)]
pub struct NewJob<'a> {
    pub id: JobId,
    pub kind: JobKind,
    pub account_id: AccountId,
    pub api_key_id: Option<ApiKeyId>,
    /// What is to be done; sealed, and deleted with the job's end.
    pub payload: &'a [u8],
    pub total: u64,
    pub undo_of: Option<JobId>,
    pub about: Option<BulkAbout>,
}

/// A job whose next step is the claimant's alone until the lease ends.
#[derive(Debug)]
pub struct ClaimedJob {
    pub record: JobRecord,
    /// Times that a step was begun since one was last finished, this one included.
    pub tries: u32,
    lease: DateTime<Utc>,
    payload: Option<Vec<u8>>,
}

/// How far a step came.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Clients or rows dealt with in this step.
    pub done: u64,
    /// Those of this step that were left as they are; not among `done`.
    pub failures: JobFailures,
    /// Where the next step goes on.
    pub position: Option<String>,
    /// Corrects how many there are.
    pub total: Option<u64>,
    /// What earlier steps did counts no more: the job begins anew.
    pub anew: bool,
}

/// How a job ends.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    pub state: JobState,
    pub problem: Option<JobProblem>,
    pub file_id: Option<FileId>,
    pub undo_until: Option<DateTime<Utc>>,
}

/// Stores a job, at the transaction's end.
pub fn insert(tx: &impl Adds, new: &NewJob<'_>, now: DateTime<Utc>) -> Result<(), DbError> {
    let id = new.id.as_uuid();
    let about = new.about.map(|about| serde_json::to_string(&about)).transpose();
    let row = job::ActiveModel {
        id: Set(id),
        kind: Set(new.kind.code().to_owned()),
        account_id: Set(new.account_id.as_uuid()),
        api_key_id: Set(new.api_key_id.map(ApiKeyId::as_uuid)),
        state: Set(JobState::Waiting.code().to_owned()),
        payload: Set(Some(keys::seal_for_organisation(tx, payload_place(id), new.payload)?)),
        position: Set(None),
        total: Set(i64::try_from(new.total).unwrap_or(i64::MAX)),
        done: Set(0),
        failures: Set("{}".to_owned()),
        tries: Set(0),
        created_at: Set(now),
        started_at: Set(None),
        stepped_at: Set(now),
        finished_at: Set(None),
        leased_until: Set(None),
        cancel_asked_at: Set(None),
        file_id: Set(None),
        problem: Set(None),
        undo_of: Set(new.undo_of.map(JobId::as_uuid)),
        undo_until: Set(None),
        undone_at: Set(None),
        about: Set(about.map_err(|_| DbError::corrupt("jobs"))?),
    };
    tx.add(&job::Entity::insert(row));
    Ok(())
}

pub async fn load(source: &impl Source, id: JobId) -> Result<Option<JobRecord>, DbError> {
    job::Entity::find_by_id(id.as_uuid()).one(source.connection()).await?.map(to_record).transpose()
}

/// Loads a job to change it: until the transaction ends nobody else can.
pub async fn load_locked(tx: &Tx, id: JobId) -> Result<Option<JobRecord>, DbError> {
    job::Entity::find_by_id(id.as_uuid()).lock_exclusive().one(tx.connection()).await?.map(to_record).transpose()
}

/// An account's jobs, newest first, and the id to go on from.
pub async fn of_account(
    source: &impl Source,
    account: AccountId,
    after: Option<JobId>,
    limit: u64,
) -> Result<(Vec<JobRecord>, Option<JobId>), DbError> {
    let mut query = job::Entity::find().filter(job::Column::AccountId.eq(account.as_uuid()));
    if let Some(after) = after {
        query = query.filter(job::Column::Id.lt(after.as_uuid()));
    }
    let mut rows = query.order_by_desc(job::Column::Id).limit(limit + 1).all(source.connection()).await?;
    let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let records = rows.into_iter().map(to_record).collect::<Result<Vec<_>, _>>()?;
    let next = records.last().filter(|_| more).map(|record| record.id);
    Ok((records, next))
}

/// Of these jobs those that are still known: where they stand, and whether they were undone.
pub async fn standings(source: &impl Source, ids: &[JobId]) -> Result<BTreeMap<JobId, (JobState, bool)>, DbError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(Uuid, String, Option<DateTime<Utc>>)> = job::Entity::find()
        .select_only()
        .columns([job::Column::Id, job::Column::State, job::Column::UndoneAt])
        .filter(job::Column::Id.is_in(ids.iter().map(|id| id.as_uuid())))
        .into_tuple()
        .all(source.connection())
        .await?;
    rows.into_iter()
        .map(|(id, state, undone)| {
            let state = JobState::from_code(&state).ok_or_else(|| DbError::corrupt("jobs"))?;
            Ok((JobId::from_uuid(id), (state, undone.is_some())))
        })
        .collect()
}

/// How many of an account's jobs have not ended.
pub async fn unfinished(source: &impl Source, account: AccountId) -> Result<u64, DbError> {
    Ok(job::Entity::find()
        .filter(job::Column::AccountId.eq(account.as_uuid()))
        .filter(job::Column::FinishedAt.is_null())
        .count(source.connection())
        .await?)
}

/// How many jobs of a kind an account has asked for since.
pub async fn asked_since(
    source: &impl Source,
    account: AccountId,
    kind: JobKind,
    since: DateTime<Utc>,
) -> Result<u64, DbError> {
    Ok(job::Entity::find()
        .filter(job::Column::AccountId.eq(account.as_uuid()))
        .filter(job::Column::Kind.eq(kind.code()))
        .filter(job::Column::CreatedAt.gt(since))
        .count(source.connection())
        .await?)
}

/// How much each of an account's jobs of a kind is about that were asked for since, earliest first; without those that
/// were broken off.
pub async fn totals_since(
    source: &impl Source,
    account: AccountId,
    kind: JobKind,
    since: DateTime<Utc>,
) -> Result<Vec<(DateTime<Utc>, u64)>, DbError> {
    let rows: Vec<(DateTime<Utc>, i64)> = job::Entity::find()
        .select_only()
        .columns([job::Column::CreatedAt, job::Column::Total])
        .filter(job::Column::AccountId.eq(account.as_uuid()))
        .filter(job::Column::Kind.eq(kind.code()))
        .filter(job::Column::CreatedAt.gt(since))
        .filter(job::Column::State.is_not_in([JobState::Failed.code(), JobState::Cancelled.code()]))
        .order_by_asc(job::Column::CreatedAt)
        .into_tuple()
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(|(at, total)| (at, u64::try_from(total).unwrap_or_default())).collect())
}

/// A job that has not ended and whose step nobody has taken.
fn free(now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(job::Column::FinishedAt.is_null())
        .add(Condition::any().add(job::Column::LeasedUntil.is_null()).add(job::Column::LeasedUntil.lte(now)))
}

/// Whether a job waits for its next step.
pub async fn any_due(source: &impl Source, now: DateTime<Utc>) -> Result<bool, DbError> {
    Ok(job::Entity::find().filter(free(now)).limit(1).count(source.connection()).await? > 0)
}

/// Takes the job whose turn it is, if any, until `lease`: the one whose last step is longest ago, so that a long job
/// holds up no short one.
pub async fn claim_next(tx: &Tx, now: DateTime<Utc>, lease: DateTime<Utc>) -> Result<Option<ClaimedJob>, DbError> {
    let row = job::Entity::find()
        .filter(free(now))
        .order_by_asc(job::Column::SteppedAt)
        .order_by_asc(job::Column::Id)
        .one(tx.connection())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let result = job::Entity::update_many()
        .col_expr(job::Column::LeasedUntil, Expr::value(lease))
        .col_expr(job::Column::SteppedAt, Expr::value(now))
        .col_expr(job::Column::StartedAt, Expr::value(row.started_at.unwrap_or(now)))
        .col_expr(job::Column::State, Expr::value(JobState::Running.code()))
        .col_expr(job::Column::Tries, Expr::col(job::Column::Tries).add(1))
        .filter(job::Column::Id.eq(row.id))
        .filter(free(now))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 {
        return Ok(None);
    }
    // Read again: somebody may have asked to stop it since.
    let row = job::Entity::find_by_id(row.id).one(tx.connection()).await?.ok_or(DbError::Missing)?;
    let payload =
        row.payload.clone().map(|sealed| keys::open_for_organisation(tx, payload_place(row.id), sealed)).transpose()?;
    let tries = u32::try_from(row.tries).map_err(|_| DbError::corrupt("jobs"))?;
    Ok(Some(ClaimedJob { record: to_record(row)?, tries, lease, payload }))
}

impl ClaimedJob {
    /// What is to be done, as it was handed to [`insert`].
    pub fn payload(&self) -> &[u8] {
        self.payload.as_deref().unwrap_or_default()
    }

    /// Notes how far the step came, and gives the lease back.
    ///
    /// # Errors
    /// [`DbError::Outdated`] when the lease was lost: somebody else does the step, and this transaction must be dropped.
    pub async fn keep(&self, tx: &Tx, progress: &Progress) -> Result<(), DbError> {
        self.write(tx, self.moved(progress)?).await
    }

    /// The same for the last step; nothing is left of what was to be done.
    ///
    /// # Errors
    /// As [`ClaimedJob::keep`].
    pub async fn end(&self, tx: &Tx, progress: &Progress, ending: Ending, now: DateTime<Utc>) -> Result<(), DbError> {
        let change = job::ActiveModel {
            state: Set(ending.state.code().to_owned()),
            problem: Set(ending.problem.map(|problem| problem.code().to_owned())),
            file_id: Set(ending.file_id.map(FileId::as_uuid)),
            undo_until: Set(ending.undo_until),
            finished_at: Set(Some(now)),
            payload: Set(None),
            position: Set(None),
            ..self.moved(progress)?
        };
        self.write(tx, change).await
    }

    /// Gives the lease back after a step that failed: it is tried again then.
    ///
    /// # Errors
    /// As [`ClaimedJob::keep`].
    pub async fn put_off(&self, tx: &Tx, until: DateTime<Utc>) -> Result<(), DbError> {
        self.write(tx, job::ActiveModel { leased_until: Set(Some(until)), ..Default::default() }).await
    }

    fn moved(&self, progress: &Progress) -> Result<job::ActiveModel, DbError> {
        let record = &self.record;
        let (mut failures, before) = match progress.anew {
            true => (JobFailures::default(), 0),
            false => (record.failures.clone(), record.done),
        };
        failures.merge(&progress.failures);
        let number = |number: u64| i64::try_from(number).map_err(|_| DbError::corrupt("jobs"));
        Ok(job::ActiveModel {
            done: Set(number(before + progress.done)?),
            failures: Set(serde_json::to_string(&failures).map_err(|_| DbError::corrupt("jobs"))?),
            position: Set(progress.position.clone()),
            total: Set(number(progress.total.unwrap_or(record.total))?),
            tries: Set(0),
            leased_until: Set(None),
            ..Default::default()
        })
    }

    async fn write(&self, tx: &Tx, change: job::ActiveModel) -> Result<(), DbError> {
        let result = job::Entity::update_many()
            .set(change)
            .filter(job::Column::Id.eq(self.record.id.as_uuid()))
            .filter(job::Column::LeasedUntil.eq(self.lease))
            .filter(job::Column::FinishedAt.is_null())
            .exec(tx.connection())
            .await?;
        if result.rows_affected == 1 { Ok(()) } else { Err(DbError::Outdated) }
    }
}

/// Notes that a job is to stop before its next step.
pub async fn ask_cancel(tx: &Tx, id: JobId, now: DateTime<Utc>) -> Result<(), DbError> {
    job::Entity::update_many()
        .col_expr(job::Column::CancelAskedAt, Expr::value(now))
        .filter(job::Column::Id.eq(id.as_uuid()))
        .filter(job::Column::FinishedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Notes when a job was undone, or that it was not after all.
pub async fn set_undone(tx: &Tx, id: JobId, at: Option<DateTime<Utc>>) -> Result<(), DbError> {
    job::Entity::update_many()
        .col_expr(job::Column::UndoneAt, Expr::value(at))
        .filter(job::Column::Id.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// A card as it was before a job changed it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardImage {
    pub details: ClientInput,
    pub custom: CustomValues,
    pub assignment: Assignment,
    pub tags: Vec<TagId>,
}

impl CardImage {
    pub fn of(record: &ClientRecord, tags: Vec<TagId>) -> Self {
        Self { details: record.input.clone(), custom: record.custom.clone(), assignment: record.assignment, tags }
    }
}

impl std::fmt::Debug for CardImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CardImage(…)")
    }
}

/// What a job did to one client.
#[derive(Clone, Debug)]
pub struct JobChange {
    pub client_id: ClientId,
    /// The card's version when the job had changed it.
    pub version_after: i32,
    /// As it was before; `None` when the job made the card.
    pub before: Option<CardImage>,
}

/// A change of a card by a job, from one version to another.
#[derive(Clone, Debug)]
pub struct NewChange {
    pub client_id: ClientId,
    /// As it was before.
    pub before: CardImage,
    pub versions: RangeInclusive<i32>,
}

/// Rows stored by one statement.
const CHANGES: usize = 500;

/// Notes changes of a job, none of them of the same card as another, so that they can be undone. Of several changes of a
/// card the image before the first counts; what somebody else did between them is not undone with them.
pub async fn record_changes(tx: &Tx, job: JobId, changes: &[NewChange]) -> Result<(), DbError> {
    let mut by_steps: BTreeMap<i32, Vec<job_change::ActiveModel>> = BTreeMap::new();
    for change in changes {
        let (from, to) = (*change.versions.start(), *change.versions.end());
        let client = change.client_id;
        let keyed = keys::of_client(tx, client).await?.ok_or(DbError::Missing)?;
        let clear = serde_json::to_vec(&change.before).map_err(|_| DbError::corrupt("job_changes"))?;
        by_steps.entry(to - from).or_default().push(job_change::ActiveModel {
            job_id: Set(job.as_uuid()),
            client_id: Set(client.as_uuid()),
            made: Set(false),
            version_after: Set(to),
            before: Set(Some(keyed.seal(tx, image_place(job.as_uuid(), client.as_uuid()), &clear)?)),
        });
    }
    for (steps, rows) in by_steps {
        let known = Expr::col((job_change::Entity, job_change::Column::VersionAfter));
        let from = Expr::cust("excluded.version_after").sub(steps);
        let again = OnConflict::columns([job_change::Column::JobId, job_change::Column::ClientId])
            .update_column(job_change::Column::VersionAfter)
            .action_and_where(known.eq(from))
            .to_owned();
        for some in rows.chunks(CHANGES) {
            job_change::Entity::insert_many(some.to_vec())
                .on_conflict(again.clone())
                .exec_without_returning(tx.connection())
                .await?;
        }
    }
    Ok(())
}

/// How many changes of a job can be taken back, and whether it made cards.
pub async fn count_changes(source: &impl Source, job: JobId) -> Result<(u64, bool), DbError> {
    let changes = || job_change::Entity::find().filter(job_change::Column::JobId.eq(job.as_uuid()));
    let count = changes().count(source.connection()).await?;
    let made = changes().filter(job_change::Column::Made.eq(true)).limit(1).count(source.connection()).await? > 0;
    Ok((count, made))
}

/// Some of a job's changes, by client.
pub async fn changes(source: &impl Source, job: JobId, limit: u64) -> Result<Vec<JobChange>, DbError> {
    let rows = job_change::Entity::find()
        .filter(job_change::Column::JobId.eq(job.as_uuid()))
        .order_by_asc(job_change::Column::ClientId)
        .limit(limit)
        .all(source.connection())
        .await?;
    let keyed = keys::of_clients(source, rows.iter().map(|row| ClientId::from_uuid(row.client_id))).await?;
    let opened = rows.into_iter().map(|row| {
        let client_id = ClientId::from_uuid(row.client_id);
        let before = match row.before {
            None => None,
            Some(sealed) => {
                let client = keyed.get(&client_id).ok_or(DbError::corrupt("job_changes"))?;
                let clear = client.open(image_place(row.job_id, row.client_id), sealed)?;
                Some(serde_json::from_slice(&clear).map_err(|_| DbError::corrupt("job_changes"))?)
            }
        };
        Ok(JobChange { client_id, version_after: row.version_after, before })
    });
    opened.collect()
}

/// Forgets changes that were dealt with.
pub async fn forget_changes(tx: &Tx, job: JobId, clients: &[ClientId]) -> Result<(), DbError> {
    job_change::Entity::delete_many()
        .filter(job_change::Column::JobId.eq(job.as_uuid()))
        .filter(job_change::Column::ClientId.is_in(clients.iter().map(|id| id.as_uuid())))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Notes that an undoing left clients as they are, and why.
pub async fn record_kept(tx: &Tx, job: JobId, kept: &[(ClientId, JobFailure)]) -> Result<(), DbError> {
    if kept.is_empty() {
        return Ok(());
    }
    // Of those that are gone there is nothing to be told.
    let there: Vec<Uuid> = client::Entity::find()
        .select_only()
        .column(client::Column::Id)
        .filter(client::Column::Id.is_in(kept.iter().map(|(id, _)| id.as_uuid())))
        .into_tuple()
        .all(tx.connection())
        .await?;
    let rows: Vec<_> = kept
        .iter()
        .filter(|(id, _)| there.contains(&id.as_uuid()))
        .map(|(id, reason)| job_kept::ActiveModel {
            job_id: Set(job.as_uuid()),
            client_id: Set(id.as_uuid()),
            reason: Set(reason.code().to_owned()),
        })
        .collect();
    if !rows.is_empty() {
        job_kept::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// Some of the clients that an undoing left as they are, in the order of their ids.
pub async fn kept(
    source: &impl Source,
    job: JobId,
    after: Option<ClientId>,
    limit: u64,
) -> Result<Vec<(ClientId, JobFailure)>, DbError> {
    let mut query = job_kept::Entity::find().filter(job_kept::Column::JobId.eq(job.as_uuid()));
    if let Some(after) = after {
        query = query.filter(job_kept::Column::ClientId.gt(after.as_uuid()));
    }
    let rows = query.order_by_asc(job_kept::Column::ClientId).limit(limit).all(source.connection()).await?;
    let read = |row: job_kept::Model| {
        let reason = JobFailure::from_code(&row.reason).ok_or(DbError::corrupt("job_kept"))?;
        Ok((ClientId::from_uuid(row.client_id), reason))
    };
    rows.into_iter().map(read).collect()
}

/// Forgets what nobody can undo any more, and jobs that ended before `limit`.
pub async fn tidy(tx: &Tx, now: DateTime<Utc>, limit: DateTime<Utc>) -> Result<(), DbError> {
    let late = job::Entity::find().select_only().column(job::Column::Id).filter(job::Column::UndoUntil.lte(now));
    job_change::Entity::delete_many()
        .filter(job_change::Column::JobId.in_subquery(sea_orm::QueryTrait::into_query(late)))
        .exec(tx.connection())
        .await?;
    job::Entity::delete_many().filter(job::Column::FinishedAt.lt(limit)).exec(tx.connection()).await?;
    Ok(())
}

const fn payload_place(id: Uuid) -> Place<'static> {
    Place { table: "jobs", column: "payload", row: id }
}

/// One row of two ids: no image passes for one of another job, or of another client.
const fn image_place(job: Uuid, client: Uuid) -> Place<'static> {
    Place { table: "job_changes", column: "before", row: Uuid::from_u128(job.as_u128() ^ client.as_u128()) }
}

fn to_record(row: job::Model) -> Result<JobRecord, DbError> {
    let corrupt = || DbError::corrupt("jobs");
    let number = |number: i64| u64::try_from(number).map_err(|_| corrupt());
    Ok(JobRecord {
        id: JobId::from_uuid(row.id),
        kind: JobKind::from_code(&row.kind).ok_or_else(corrupt)?,
        account_id: AccountId::from_uuid(row.account_id),
        api_key_id: row.api_key_id.map(ApiKeyId::from_uuid),
        state: JobState::from_code(&row.state).ok_or_else(corrupt)?,
        position: row.position,
        total: number(row.total)?,
        done: number(row.done)?,
        failures: serde_json::from_str(&row.failures).map_err(|_| corrupt())?,
        created_at: row.created_at,
        started_at: row.started_at,
        finished_at: row.finished_at,
        cancel_asked_at: row.cancel_asked_at,
        file_id: row.file_id.map(FileId::from_uuid),
        problem: match row.problem {
            Some(code) => Some(JobProblem::from_code(&code).ok_or_else(corrupt)?),
            None => None,
        },
        undo_of: row.undo_of.map(JobId::from_uuid),
        undo_until: row.undo_until,
        undone_at: row.undone_at,
        about: row.about.map(|about| serde_json::from_str(&about)).transpose().map_err(|_| corrupt())?,
    })
}
