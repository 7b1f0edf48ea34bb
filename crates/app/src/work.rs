//! Background jobs: what takes too long for one request. A job is stored by the request that asks for it, and done in
//! steps: each is one short transaction that also notes how far the job came, so that a process that ends in the middle
//! loses nothing, nothing is done twice, and nobody waits long for the database's writer.
//!
//! A job acts for the account that asked, with the rights that account has when a step begins.

mod undo;

use crate::{AppError, Ctx, bulk, exports, exports::PiecedFile, imports, roles, second_factors::PROOF_HOLDS};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use zgoda_domain::{
    access::{Access, Caller, Credential, Origin, Permit, RightType, UseOwnAccount, ViewClients},
    audit::{Action, AuditEvent, RecordKind},
    bulk::BulkAbout,
    field_ref::FieldRef,
    file::FileKind,
    id::{AccountId, ClientId, FileId, JobId, TagId},
    job::{FILE_KEPT, FileLoss, JOB_KEPT, JobFailure, JobKind, JobProblem, JobState, MAX_UNFINISHED, UNDO_FOR},
};
use zgoda_persistence::{
    DbError, Source, Tx, accounts, api_keys,
    clients::ClientRecord,
    custom_fields, files,
    jobs::{self, CardImage, ClaimedJob, Ending, JobRecord, NewChange, NewJob},
    roles as stored_roles, tags,
};

pub use zgoda_persistence::jobs::Progress;

/// Clients or rows of one step: few enough that whoever waits for SQLite's writer hardly notices.
pub const STEP: u64 = 100;
/// A step is its claimant's alone for this long: well beyond what one takes.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// Waited after each failed try of a step; after the one that follows the last, the job has failed.
const DELAYS: [TimeDelta; 4] =
    [TimeDelta::seconds(5), TimeDelta::seconds(30), TimeDelta::minutes(2), TimeDelta::minutes(10)];

/// Why a step was not finished.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The job can never go on.
    Problem(JobProblem),
    /// Perhaps the next try does better.
    Error(AppError),
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Self::Error(error)
    }
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Self {
        Self::Error(error.into())
    }
}

/// One step of a job at work.
#[derive(Debug)]
pub(crate) struct Run {
    claimed: ClaimedJob,
    caller: Caller,
}

impl Run {
    pub(crate) const fn job(&self) -> &JobRecord {
        &self.claimed.record
    }

    /// What was handed to [`enqueue`].
    pub(crate) fn payload<T: DeserializeOwned>(&self) -> Result<T, Stop> {
        let read = serde_json::from_slice(self.claimed.payload());
        read.map_err(|_| Stop::Error(AppError::Unexpected("a job's payload cannot be read".into())))
    }

    /// Proof that whoever asked for the job still has this right.
    pub(crate) fn permit<R: RightType>(&self) -> Result<Permit<R>, Stop> {
        self.caller.permit().ok_or(Stop::Problem(JobProblem::RightsGone))
    }

    /// Keeps a step with how far it came; the job goes on. Each change has its own event by now.
    pub(crate) async fn keep(&self, tx: Tx, progress: &Progress) -> Result<(), Stop> {
        self.claimed.keep(&tx, progress).await?;
        tx.commit_unaudited("how far a job came; what it changed is recorded").await?;
        Ok(())
    }

    /// Keeps the last step. `file` is what the job made, if it makes one.
    pub(crate) async fn end(&self, ctx: &Ctx, tx: Tx, progress: &Progress, file: Option<FileId>) -> Result<(), Stop> {
        finish(ctx, tx, &self.claimed, progress, JobState::Done, None, file).await.map_err(Stop::Error)
    }
}

/// A job that is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub kind: JobKind,
    pub total: u64,
    /// The job that it takes back.
    pub undo_of: Option<JobId>,
    /// Of an action on many clients, and of its undoing.
    pub about: Option<BulkAbout>,
}

impl Asked {
    pub(crate) const fn new(kind: JobKind, total: u64) -> Self {
        Self { kind, total, undo_of: None, about: None }
    }
}

/// Asks for a job, in a transaction that the caller commits with [`started`].
///
/// # Errors
/// [`AppError::TooOften`] when too many jobs of the account have not ended.
pub(crate) async fn enqueue<R: RightType>(
    ctx: &Ctx,
    tx: &Tx,
    permit: &Permit<R>,
    asked: Asked,
    payload: &impl Serialize,
) -> Result<JobId, AppError> {
    let Asked { kind, total, undo_of, about } = asked;
    let now = ctx.now();
    // The program itself does at once what it has to do.
    let account_id = permit.actor().account().ok_or(AppError::WrongState)?;
    if jobs::unfinished(tx, account_id).await? >= MAX_UNFINISHED {
        return Err(AppError::TooOften);
    }
    let api_key_id = permit.actor().api_key();
    let payload = serde_json::to_vec(payload).map_err(|error| AppError::Unexpected(Box::new(error)))?;
    let id = JobId::generate(now, ctx.entropy());
    jobs::insert(tx, &NewJob { id, kind, account_id, api_key_id, payload: &payload, total, undo_of, about }, now)?;
    Ok(id)
}

/// The event of a job that was asked for.
pub(crate) fn started<R: RightType>(ctx: &Ctx, permit: &Permit<R>, id: JobId, kind: JobKind, total: u64) -> AuditEvent {
    ctx.event(permit, Action::JobStarted, RecordKind::Job, Some(id.as_uuid()))
        .values(json!({ "after": { "kind": kind, "total": total } }))
}

/// Notes what a job is about to change of a card, or has changed, so that it can be undone. `before` is the card as the
/// step found it; `version_after` its version then.
pub(crate) async fn record_change(
    tx: &Tx,
    job: JobId,
    before: &ClientRecord,
    tags_before: Vec<TagId>,
    version_after: i32,
) -> Result<(), AppError> {
    Ok(jobs::record_changes(tx, job, &[change_of(before, tags_before, version_after)]).await?)
}

/// The same change, for several to be noted at once.
pub(crate) fn change_of(before: &ClientRecord, tags_before: Vec<TagId>, version_after: i32) -> NewChange {
    let image = CardImage::of(before, tags_before);
    NewChange { client_id: before.id, before: image, versions: before.version..=version_after }
}

/// Why a client was left as it is, for those refusals that are not the job's end.
pub(crate) const fn failure(error: &AppError) -> Option<JobFailure> {
    match error {
        AppError::NotFound => Some(JobFailure::NotFound),
        AppError::Outdated => Some(JobFailure::Changed),
        AppError::ReasonNeeded => Some(JobFailure::ReasonNeeded),
        AppError::Invalid(_) => Some(JobFailure::Invalid),
        _ => None,
    }
}

/// Does the next step of the job whose turn it is; `false` when none waits.
pub async fn step(ctx: &Ctx) -> Result<bool, AppError> {
    let now = ctx.now();
    if !jobs::any_due(&ctx.db.read(), now).await? {
        return Ok(false);
    }
    let tx = ctx.db.begin().await?;
    let Some(claimed) = jobs::claim_next(&tx, now, now + LEASE).await? else { return Ok(false) };
    tx.commit_unaudited("a job's step taken; what it changes is recorded").await?;
    if claimed.record.cancel_asked_at.is_some() {
        stop(ctx, &claimed, JobState::Cancelled, None).await?;
        return Ok(true);
    }
    let tries = usize::try_from(claimed.tries).unwrap_or(usize::MAX);
    if tries > DELAYS.len() + 1 {
        // A process that did not come back from it may have been the job's fault.
        stop(ctx, &claimed, JobState::Failed, Some(JobProblem::Internal)).await?;
        return Ok(true);
    }
    let caller = match caller(ctx, &claimed.record).await {
        Ok(caller) => caller,
        Err(Stop::Problem(problem)) => {
            stop(ctx, &claimed, JobState::Failed, Some(problem)).await?;
            return Ok(true);
        }
        Err(Stop::Error(error)) => return Err(error),
    };
    let run = Run { claimed, caller };
    match act(ctx, &run).await {
        // Whoever lost the lease has done nothing, and another goes on.
        Ok(()) | Err(Stop::Error(AppError::Outdated)) => {}
        Err(Stop::Problem(problem)) => stop(ctx, &run.claimed, JobState::Failed, Some(problem)).await?,
        Err(Stop::Error(error)) => {
            tracing::error!(%error, job = %run.job().id, "a job's step failed");
            match DELAYS.get(tries.saturating_sub(1)) {
                Some(delay) => {
                    let tx = ctx.db.begin().await?;
                    run.claimed.put_off(&tx, ctx.now() + *delay).await?;
                    tx.commit_unaudited("a job's step to be tried again").await?;
                }
                None => stop(ctx, &run.claimed, JobState::Failed, Some(JobProblem::Internal)).await?,
            }
        }
    }
    Ok(true)
}

async fn act(ctx: &Ctx, run: &Run) -> Result<(), Stop> {
    match run.job().kind {
        JobKind::Bulk => bulk::step(ctx, run).await,
        JobKind::Undo => undo::step(ctx, run).await,
        JobKind::Import => imports::step(ctx, run).await,
        JobKind::Export => exports::step(ctx, run).await,
    }
}

/// Who asked for the job, with what they may now.
async fn caller(ctx: &Ctx, job: &JobRecord) -> Result<Caller, Stop> {
    let gone = || Stop::Problem(JobProblem::AccountGone);
    let reader = ctx.db.read();
    let account =
        accounts::load(&reader, job.account_id).await?.filter(|account| !account.disabled).ok_or_else(gone)?;
    let book = roles::book(ctx).await?;
    let own = book.access(account.role_id).ok_or_else(gone)?;
    let access = match job.api_key_id {
        None => std::sync::Arc::clone(own),
        Some(key) => {
            let key = api_keys::load(&reader, key).await?.filter(|key| !key.revoked && key.expires_at > ctx.now());
            std::sync::Arc::new(Access::resolve([&key.ok_or_else(gone)?.definition]).meet(own))
        }
    };
    Ok(Caller {
        account_id: account.id,
        credential: Credential::Job { job: job.id, key: job.api_key_id },
        access,
        departments: stored_roles::departments_of(&reader, account.id).await?.into(),
        // The request that asked for the job is in the log with its address.
        origin: Origin::default(),
        proved_at: None,
        must_prove: false,
    })
}

/// Ends a job before it is done.
async fn stop(ctx: &Ctx, claimed: &ClaimedJob, state: JobState, problem: Option<JobProblem>) -> Result<(), AppError> {
    let tx = ctx.db.begin().await?;
    match finish(ctx, tx, claimed, &Progress::default(), state, problem, None).await {
        Err(AppError::Outdated) => Ok(()),
        other => other,
    }
}

async fn finish(
    ctx: &Ctx,
    tx: Tx,
    claimed: &ClaimedJob,
    progress: &Progress,
    state: JobState,
    problem: Option<JobProblem>,
    file_id: Option<FileId>,
) -> Result<(), AppError> {
    let now = ctx.now();
    let job = &claimed.record;
    let (changes, _) = jobs::count_changes(&tx, job.id).await?;
    let undo_until = (changes > 0).then_some(now + UNDO_FOR);
    claimed.end(&tx, progress, Ending { state, problem, file_id, undo_until }, now).await?;
    if file_id.is_none() {
        // What a job made before it was broken off is of no use to anybody.
        files::delete_of_record(&tx, job.id.as_uuid()).await?;
    }
    if let Some(undone) = job.undo_of.filter(|_| state != JobState::Done) {
        // What is left can still be undone.
        jobs::set_undone(&tx, undone, None).await?;
    }
    let mut failures = job.failures.clone();
    failures.merge(&progress.failures);
    let outcome = json!({
        "kind": job.kind,
        "state": state,
        "problem": problem,
        "done": job.done + progress.done,
        "failures": failures,
    });
    let (actor, action) = (actor(job), if job.undo_of.is_some() { Action::JobUndone } else { Action::JobFinished });
    let record = Some(job.undo_of.unwrap_or(job.id).as_uuid());
    let event = AuditEvent::new(actor, &Origin::default(), action, RecordKind::Job, record);
    tx.commit(now, event.values(json!({ "after": outcome }))).await?;
    Ok(())
}

fn actor(job: &JobRecord) -> zgoda_domain::access::Actor {
    use zgoda_domain::access::Actor;
    match job.api_key_id {
        Some(key) => Actor::ApiKey { key, account: job.account_id },
        None => Actor::Account(job.account_id),
    }
}

/// Whether a caller sees a job: its account by a session, a program those that it asked for by the same key.
fn is_own(job: &JobRecord, caller: &Caller) -> bool {
    let key = caller.actor().api_key();
    job.account_id == caller.account_id && (key.is_none() || key == job.api_key_id)
}

async fn own(source: &impl Source, caller: &Caller, id: JobId) -> Result<JobRecord, AppError> {
    jobs::load(source, id).await?.filter(|job| is_own(job, caller)).ok_or(AppError::NotFound)
}

/// The caller's jobs, newest first.
pub async fn list(
    ctx: &Ctx,
    caller: &Caller,
    after: Option<JobId>,
    limit: u64,
) -> Result<(Vec<JobRecord>, Option<JobId>), AppError> {
    let account: AccountId = caller.account_id;
    let (mut found, next) = jobs::of_account(&ctx.db.read(), account, after, limit).await?;
    found.retain(|job| is_own(job, caller));
    Ok((found, next))
}

/// What each job is about, with what its field or tag is called today; nothing of a field that is hidden from the caller.
pub async fn abouts(
    ctx: &Ctx,
    caller: &Caller,
    jobs: &[JobRecord],
) -> Result<Vec<Option<(BulkAbout, Option<String>)>>, AppError> {
    let Some(permit) = caller.permit::<ViewClients>() else { return Ok(vec![None; jobs.len()]) };
    let any = |is: fn(BulkAbout) -> bool| jobs.iter().filter_map(|job| job.about).any(is);
    let reader = ctx.db.read();
    let fields = match any(|about| matches!(about, BulkAbout::SetField { .. })) {
        true => custom_fields::all(&reader).await?,
        false => Vec::new(),
    };
    let tags = match any(|about| matches!(about, BulkAbout::AddTag { .. } | BulkAbout::RemoveTag { .. })) {
        true => tags::all(&reader).await?,
        false => Vec::new(),
    };
    let shown = jobs.iter().map(|job| {
        let about = job.about?;
        let name = match about {
            BulkAbout::SetField { field } if permit.fields().hides(field) => return None,
            BulkAbout::SetField { field: FieldRef::Custom(id) } => {
                let known = fields.iter().find(|known| known.field.id == id)?;
                Some(known.field.name.as_str().to_owned())
            }
            BulkAbout::AddTag { tag_id } | BulkAbout::RemoveTag { tag_id } => {
                Some(tags.iter().find(|tag| tag.id == tag_id)?.name.clone())
            }
            BulkAbout::SetField { field: FieldRef::Builtin(_) }
            | BulkAbout::SetOwner
            | BulkAbout::SetDepartment
            | BulkAbout::Delete => None,
        };
        Some((about, name))
    });
    Ok(shown.collect())
}

/// Some of the clients that an undoing left as they are, with their names and why; those within the caller's reach.
pub async fn kept(
    ctx: &Ctx,
    caller: &Caller,
    id: JobId,
    after: Option<ClientId>,
    limit: u64,
) -> Result<(Vec<(ClientId, String, JobFailure)>, Option<ClientId>), AppError> {
    let reader = ctx.db.read();
    own(&reader, caller, id).await?;
    let mut kept = jobs::kept(&reader, id, after, limit + 1).await?;
    let more = kept.len() as u64 > limit;
    kept.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = kept.last().filter(|_| more).map(|(client, _)| *client);
    let visible = caller.permit::<ViewClients>().map(|permit| permit.visible().clone());
    let mut named = Vec::with_capacity(kept.len());
    for (client, reason) in kept {
        let Some(visible) = &visible else { break };
        if let Some(record) = zgoda_persistence::clients::load_visible(&reader, visible, client).await? {
            named.push((client, record.details()?.name().to_owned(), reason));
        }
    }
    Ok((named, next))
}

/// How far a job is.
pub async fn open(ctx: &Ctx, caller: &Caller, id: JobId) -> Result<JobRecord, AppError> {
    own(&ctx.db.read(), caller, id).await
}

/// Stops a job before its next step. What it did until then stays, and can be undone.
pub async fn cancel(ctx: &Ctx, caller: &Caller, id: JobId) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let job = own(&tx, caller, id).await?;
    if job.state.is_over() {
        return Err(AppError::WrongState);
    }
    jobs::ask_cancel(&tx, id, now).await?;
    tx.commit_unaudited("a job is to stop; that it did is recorded").await?;
    Ok(())
}

/// Takes back what a job did, by a job of its own: each client whom nobody changed since becomes what it was. Cards that
/// the job made are deleted, so that a person has to have proved themselves just now.
///
/// # Errors
/// [`AppError::WrongState`] when there is nothing to undo, or too late; [`AppError::StepUpNeeded`].
pub async fn undo(ctx: &Ctx, caller: &Caller, id: JobId) -> Result<JobId, AppError> {
    let permit = caller.permit::<UseOwnAccount>().ok_or(AppError::NotFound)?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let job = jobs::load_locked(&tx, id).await?.filter(|job| is_own(job, caller)).ok_or(AppError::NotFound)?;
    let open = job.state.is_over() && job.undone_at.is_none() && job.undo_until.is_some_and(|until| now < until);
    if !open {
        return Err(AppError::WrongState);
    }
    let (total, made) = jobs::count_changes(&tx, id).await?;
    if total == 0 {
        return Err(AppError::WrongState);
    }
    if made && caller.session().is_some() && caller.proved_at.is_none_or(|at| now - at >= PROOF_HOLDS) {
        return Err(AppError::StepUpNeeded);
    }
    let asked = Asked { undo_of: Some(id), about: job.about, ..Asked::new(JobKind::Undo, total) };
    let undoing = enqueue(ctx, &tx, &permit, asked, &json!({})).await?;
    jobs::set_undone(&tx, id, Some(now)).await?;
    tx.commit(now, started(ctx, &permit, undoing, JobKind::Undo, total)).await?;
    Ok(undoing)
}

/// What a job made. Only to whoever may still do what the job did.
pub async fn file(ctx: &Ctx, caller: &Caller, id: JobId) -> Result<PiecedFile, AppError> {
    let reader = ctx.db.read();
    let job = own(&reader, caller, id).await?;
    let Some(Ok(found)) = made(ctx, caller, &job).await? else { return Err(AppError::NotFound) };
    let permit = caller.permit::<UseOwnAccount>().ok_or(AppError::NotFound)?;
    let event = ctx
        .event(&permit, Action::FileOpened, RecordKind::File, job.file_id.map(FileId::as_uuid))
        .values(json!({ "after": { "job": job.id, "kind": job.kind } }));
    ctx.db.record(ctx.now(), event).await?;
    Ok(found)
}

/// Until when what a job made can be had, or why it cannot; `None` of one that made nothing.
pub async fn made_until(
    ctx: &Ctx,
    caller: &Caller,
    job: &JobRecord,
) -> Result<Option<Result<DateTime<Utc>, FileLoss>>, AppError> {
    let made = made(ctx, caller, job).await?;
    Ok(made.zip(job.finished_at).map(|(made, at)| made.map(|_| at + FILE_KEPT)))
}

async fn made(ctx: &Ctx, caller: &Caller, job: &JobRecord) -> Result<Option<Result<PiecedFile, FileLoss>>, AppError> {
    // Others make no files. What became of an import's rows is told with the import.
    if job.kind != JobKind::Export || job.state != JobState::Done {
        return Ok(None);
    }
    if job.finished_at.is_none_or(|at| ctx.now() - at >= FILE_KEPT) {
        return Ok(Some(Err(FileLoss::Expired)));
    }
    // An erasure takes the file from its job.
    let Some(file) = job.file_id else { return Ok(Some(Err(FileLoss::ClientErased))) };
    Ok(Some(exports::open(ctx, caller, job, file).await?))
}

/// Forgets what is old: files, what nobody can undo any more, jobs of long ago.
pub(crate) async fn tidy(tx: &Tx, now: DateTime<Utc>) -> Result<(), AppError> {
    imports::tidy(tx, now).await?;
    files::forget_older(tx, FileKind::Export, now - FILE_KEPT).await?;
    jobs::tidy(tx, now, now - JOB_KEPT).await?;
    Ok(())
}
