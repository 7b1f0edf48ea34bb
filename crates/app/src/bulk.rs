//! One action on many clients, as a job: each client is checked against the rights of whoever asked when its turn comes.

use crate::{
    AppError, Ctx,
    clients::{self as cards, seen_before},
    custom_fields as fields_in_use, listing, search_language, tags,
    work::{self, Asked, Progress, Run, STEP, Stop, failure},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashSet;
use zgoda_domain::{
    access::{AssignClients, Assignment, DeleteClients, EditClients, Permit, RightType},
    audit::{Action, AuditEvent, RecordKind},
    bulk::{BulkAction, BulkAssign, BulkEdit, BulkTargets, MAX_IDS, Matching, RawCondition},
    custom_field::CustomField,
    field_ref::FieldRef,
    id::{ClientId, JobId, TagId},
    job::{JobFailure, JobKind, JobProblem},
    list::{Condition, MAX_CONDITIONS, narrowed},
    rule::{Invalids, Rule},
    search::{Fault, Query, Resolved, parse},
    tag::MAX_TAGS_OF_CLIENT,
};
use zgoda_persistence::{
    Tx, accounts, audit,
    client_list::{self, Window},
    clients,
    idempotency::{self, Idempotency},
    imports, origins, roles,
    tags::{self as stored_tags, TagRecord},
};

/// What is to be done, and to whom.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    action: BulkAction,
    targets: BulkTargets,
}

/// Names each client once, in the order in which cards are held everywhere.
pub fn in_order(mut ids: Vec<ClientId>) -> Result<BulkTargets, Invalids> {
    ids.sort_unstable();
    ids.dedup();
    match ids.len() {
        0 => Err(Invalids::one("/clients/ids", Rule::Required)),
        count if count > MAX_IDS => Err(Invalids::one("/clients/ids", Rule::TooMany { max: MAX_IDS })),
        _ => Ok(BulkTargets::Ids(ids)),
    }
}

/// Clients by conditions and a query as it was typed.
pub async fn matching<R: RightType>(
    ctx: &Ctx,
    permit: &Permit<R>,
    filter: Vec<RawCondition>,
    query: Option<&str>,
) -> Result<BulkTargets, AppError> {
    let query = match query {
        None => Query::everything(),
        Some(text) => {
            let fields = permit.fields().existing(&fields_in_use::live(ctx).await?);
            let catalogue = search_language::catalogue(ctx, permit, &fields).await?;
            parse(text, &catalogue).map_err(|problem| nested(problem.at("/query")))?
        }
    };
    Ok(BulkTargets::Matching(Matching { filter, query }))
}

/// How many of the clients the right reaches.
pub async fn count<R: RightType>(ctx: &Ctx, permit: &Permit<R>, targets: &BulkTargets) -> Result<u64, AppError> {
    match targets {
        BulkTargets::Ids(ids) => Ok(client_list::count_of(ctx.db.read(), permit.visible(), ids).await?),
        BulkTargets::Matching(Matching { filter, query }) => {
            let fields = permit.fields().existing(&fields_in_use::live(ctx).await?);
            let conditions = conditions(&fields, filter).map_err(nested)?;
            listing::check_conditions(&listing::list_rights(permit, &fields), &conditions).map_err(nested)?;
            let search = search_language::resolve(ctx, permit, &fields, query, ctx.now()).await?;
            let search = search.map_err(|problem| nested(problem.at("/query")))?;
            Ok(client_list::count(
                ctx.db.search(permit.visible().account()).await.reader(),
                permit.visible(),
                &narrowed(&conditions, &search),
            )
            .await?)
        }
    }
}

fn nested(inner: Invalids) -> AppError {
    let mut invalids = Invalids::default();
    invalids.nest("/clients/matching", inner);
    invalids.into()
}

fn conditions(fields: &[CustomField], raw: &[RawCondition]) -> Result<Vec<Condition>, Invalids> {
    if raw.len() > MAX_CONDITIONS {
        return Err(Invalids::one("/filter", Rule::TooMany { max: MAX_CONDITIONS }));
    }
    let mut invalids = Invalids::default();
    let mut checked = Vec::with_capacity(raw.len());
    for (at, one) in raw.iter().enumerate() {
        match Condition::parse(fields, one.field, one.operator, &one.value) {
            Ok(condition) => checked.push(condition),
            Err(inner) => invalids.nest(&format!("/filter/{at}"), inner),
        }
    }
    invalids.or(Some(checked))
}

/// Changes many cards. `confirmed`: how many the person was told that it would be.
///
/// # Errors
/// [`Rule::Superseded`] at `/confirmed` when it would be more by now.
pub async fn edit(
    ctx: &Ctx,
    permit: &Permit<EditClients>,
    edit: BulkEdit,
    targets: BulkTargets,
    confirmed: u64,
    repeat: Option<&Idempotency>,
) -> Result<JobId, AppError> {
    if let BulkEdit::SetField { field, value } = &edit {
        let fields = permit.fields().existing(&fields_in_use::live(ctx).await?);
        check_field(permit, &fields, *field, value)?;
    }
    start(ctx, permit, BulkAction::Edit(edit), targets, confirmed, repeat).await
}

/// Says whose many clients are.
///
/// # Errors
/// As [`edit`].
pub async fn assign(
    ctx: &Ctx,
    permit: &Permit<AssignClients>,
    assign: BulkAssign,
    targets: BulkTargets,
    confirmed: u64,
    repeat: Option<&Idempotency>,
) -> Result<JobId, AppError> {
    start(ctx, permit, BulkAction::Assign(assign), targets, confirmed, repeat).await
}

/// Deletes many clients. Cannot be undone.
///
/// # Errors
/// As [`edit`].
pub async fn delete(
    ctx: &Ctx,
    permit: &Permit<DeleteClients>,
    targets: BulkTargets,
    confirmed: u64,
    repeat: Option<&Idempotency>,
) -> Result<JobId, AppError> {
    start(ctx, permit, BulkAction::Delete, targets, confirmed, repeat).await
}

/// What one value can be for every card. A name is a person's own.
fn check_field(
    permit: &Permit<EditClients>,
    fields: &[CustomField],
    field: FieldRef,
    value: &serde_json::Value,
) -> Result<(), Invalids> {
    let at_field = |rule| Err(Invalids::one("/edit/field", rule));
    let rights = permit.fields();
    if rights.hides(field) {
        return at_field(Rule::Unknown);
    }
    let checked = match field {
        FieldRef::Builtin(field) if field.is_system() => return at_field(Rule::ReadOnly),
        FieldRef::Builtin(field) => match value {
            serde_json::Value::Null => Ok(()),
            serde_json::Value::String(text) => zgoda_domain::client::normalise(field, text).map(|_| ()),
            _ => Err(Rule::WrongKind),
        },
        FieldRef::Custom(id) => match fields.iter().find(|field| field.id == id) {
            None => return at_field(Rule::Unknown),
            Some(field) => zgoda_domain::custom_field::CustomValue::parse(field, value).map(|_| ()),
        },
    };
    if !rights.writes(field) {
        return at_field(Rule::ReadOnly);
    }
    checked.map_err(|rule| Invalids::one("/edit/value", rule))
}

async fn start<R: RightType>(
    ctx: &Ctx,
    permit: &Permit<R>,
    action: BulkAction,
    targets: BulkTargets,
    confirmed: u64,
    repeat: Option<&Idempotency>,
) -> Result<JobId, AppError> {
    let total = count(ctx, permit, &targets).await?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        return Ok(JobId::from_uuid(id));
    }
    if total > confirmed {
        return Err(Invalids::one("/confirmed", Rule::Superseded).into());
    }
    match &action {
        BulkAction::Edit(BulkEdit::AddTag { tag_id } | BulkEdit::RemoveTag { tag_id }) => {
            if tags::hold(&tx, &[*tag_id]).await?.is_empty() {
                return Err(Invalids::one("/edit/tag_id", Rule::Unknown).into());
            }
        }
        BulkAction::Assign(assign) => check_target(&tx, *assign).await?,
        BulkAction::Edit(BulkEdit::SetField { .. }) | BulkAction::Delete => {}
    }
    // Named one by one, those out of reach are told as such.
    let total = match &targets {
        BulkTargets::Ids(ids) => ids.len() as u64,
        BulkTargets::Matching(_) => total,
    };
    let asked = Asked { about: Some(action.about()), ..Asked::new(JobKind::Bulk, total) };
    let id = work::enqueue(ctx, &tx, permit, asked, &Payload { action, targets }).await?;
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    tx.commit(now, work::started(ctx, permit, id, JobKind::Bulk, total)).await?;
    Ok(id)
}

/// Holds whom the clients are given to.
async fn check_target(tx: &Tx, assign: BulkAssign) -> Result<(), AppError> {
    match assign {
        BulkAssign::SetOwner { owner_id: Some(owner) } => {
            if accounts::load_locked(tx, owner).await?.is_none_or(|account| account.disabled) {
                return Err(Invalids::one("/assign/owner_id", Rule::Unknown).into());
            }
        }
        BulkAssign::SetDepartment { department_id: Some(department) } => {
            if !roles::departments(tx).await?.iter().any(|known| known.id == department) {
                return Err(Invalids::one("/assign/department_id", Rule::Unknown).into());
            }
        }
        BulkAssign::SetOwner { owner_id: None } | BulkAssign::SetDepartment { department_id: None } => {}
    }
    Ok(())
}

/// The next clients of the job, and where to go on after them; `None` at the end.
struct Batch {
    ids: Vec<ClientId>,
    position: Option<String>,
}

async fn next<R: RightType>(ctx: &Ctx, run: &Run, permit: &Permit<R>, targets: &BulkTargets) -> Result<Batch, Stop> {
    let after = run.job().position.as_deref();
    match targets {
        BulkTargets::Ids(ids) => {
            let from: usize = after.and_then(|text| text.parse().ok()).unwrap_or_default();
            let some: Vec<_> = ids.iter().skip(from).take(usize::try_from(STEP).unwrap_or(1)).copied().collect();
            let reached = from + some.len();
            Ok(Batch { ids: some, position: (reached < ids.len()).then(|| reached.to_string()) })
        }
        BulkTargets::Matching(matching) => {
            let fields = permit.fields().existing(&fields_in_use::live(ctx).await?);
            let (conditions, search) = resolved(ctx, run, permit, &fields, matching).await?;
            let window = Window {
                after: after.and_then(|text| text.parse().ok()),
                unchanged_since: run.job().created_at,
                limit: STEP,
            };
            let narrowed = narrowed(&conditions, &search);
            let ids = client_list::ids(ctx.db.read(), permit.visible(), &narrowed, window).await?;
            let more = ids.len() as u64 == STEP;
            let position = ids.last().filter(|_| more).map(ToString::to_string);
            Ok(Batch { ids, position })
        }
    }
}

/// What a job's filter asks for when its step begins, for whoever asked.
pub(crate) async fn resolved<R: RightType>(
    ctx: &Ctx,
    run: &Run,
    permit: &Permit<R>,
    fields: &[CustomField],
    Matching { filter, query }: &Matching,
) -> Result<(Vec<Condition>, Resolved), Stop> {
    let conditions = conditions(fields, filter).map_err(|_| Stop::Problem(JobProblem::TargetGone))?;
    listing::check_conditions(&listing::list_rights(permit, fields), &conditions)
        .map_err(|_| Stop::Problem(JobProblem::RightsGone))?;
    // "Today" stays the day on which the person saw how many it would be.
    let search = search_language::resolve(ctx, permit, fields, query, run.job().created_at).await?;
    let search = search.map_err(|problem| {
        let masked = problem.fault == Fault::NotShown;
        Stop::Problem(if masked { JobProblem::RightsGone } else { JobProblem::TargetGone })
    })?;
    Ok((conditions, search))
}

/// The next step of a bulk action.
pub(crate) async fn step(ctx: &Ctx, run: &Run) -> Result<(), Stop> {
    let Payload { action, targets } = run.payload()?;
    match action {
        BulkAction::Edit(edit) => edit_some(ctx, run, &edit, &targets).await,
        BulkAction::Assign(assign) => assign_some(ctx, run, assign, &targets).await,
        BulkAction::Delete => delete_some(ctx, run, &targets).await,
    }
}

async fn edit_some(ctx: &Ctx, run: &Run, edit: &BulkEdit, targets: &BulkTargets) -> Result<(), Stop> {
    let permit = run.permit::<EditClients>()?;
    let batch = next(ctx, run, &permit, targets).await?;
    let tx = ctx.db.begin().await?;
    let gone = || Stop::Problem(JobProblem::TargetGone);
    let known = match edit {
        BulkEdit::AddTag { tag_id } | BulkEdit::RemoveTag { tag_id } => {
            if tags::hold(&tx, &[*tag_id]).await?.is_empty() {
                return Err(gone());
            }
            stored_tags::all(&tx).await?
        }
        BulkEdit::SetField { field, value } => {
            let fields = permit.fields().existing(&zgoda_persistence::custom_fields::live(&tx).await?);
            check_field(&permit, &fields, *field, value).map_err(|_| match permit.fields().writes(*field) {
                true => gone(),
                false => Stop::Problem(JobProblem::RightsGone),
            })?;
            Vec::new()
        }
    };
    let mut tally = Tally::default();
    for id in &batch.ids {
        tally.note(edit_one(ctx, &tx, run, &permit, edit, targets, &known, *id).await)?;
    }
    tally.close(ctx, run, tx, batch.position).await
}

#[expect(clippy::too_many_arguments, reason = "what one client of a step is changed by")]
async fn edit_one(
    ctx: &Ctx,
    tx: &Tx,
    run: &Run,
    permit: &Permit<EditClients>,
    edit: &BulkEdit,
    targets: &BulkTargets,
    known: &[TagRecord],
    id: ClientId,
) -> Result<Option<AuditEvent>, AppError> {
    let now = ctx.now();
    let before = cards::load_to_change(ctx, tx, permit, id).await?;
    unchanged(run, targets, &before)?;
    let tags_before = stored_tags::of_client(tx, id).await?;
    let event = match edit {
        BulkEdit::SetField { field, value } => {
            let changes = [(*field, value.clone())];
            let Some(told) = cards::set_fields(tx, permit, &before, &changes, now).await? else { return Ok(None) };
            let mut values = told.values;
            if let Some(values) = values.as_object_mut() {
                values.insert("job".to_owned(), json!(run.job().id));
            }
            ctx.event(permit, Action::ClientChanged, RecordKind::Client, Some(id.as_uuid()))
                .about(id)
                .fields(told.fields)
                .values(values)
        }
        BulkEdit::AddTag { tag_id } | BulkEdit::RemoveTag { tag_id } => {
            let adds = matches!(edit, BulkEdit::AddTag { .. });
            if tags_before.contains(tag_id) == adds {
                return Ok(None);
            }
            let mut after: Vec<TagId> = tags_before.iter().copied().filter(|tag| tag != tag_id).collect();
            if adds {
                after.push(*tag_id);
                after.sort_unstable();
            }
            if after.len() > MAX_TAGS_OF_CLIENT {
                return Err(Invalids::one("/tags", Rule::TooMany { max: MAX_TAGS_OF_CLIENT }).into());
            }
            stored_tags::set(tx, id, before.version, &after, now).await?;
            tags::event(ctx, permit, id, known, &tags_before, &after, &json!({ "job": run.job().id }))
        }
    };
    work::record_change(tx, run.job().id, &before, tags_before, before.version + 1).await?;
    Ok(Some(event))
}

async fn assign_some(ctx: &Ctx, run: &Run, assign: BulkAssign, targets: &BulkTargets) -> Result<(), Stop> {
    let permit = run.permit::<AssignClients>()?;
    let batch = next(ctx, run, &permit, targets).await?;
    let tx = ctx.db.begin().await?;
    // The account is held before the cards, as it is when somebody leaves.
    match check_target(&tx, assign).await {
        Err(AppError::Invalid(_)) => return Err(Stop::Problem(JobProblem::TargetGone)),
        other => other?,
    }
    let mut tally = Tally::default();
    for id in &batch.ids {
        tally.note(assign_one(ctx, &tx, run, &permit, assign, targets, *id).await)?;
    }
    tally.close(ctx, run, tx, batch.position).await
}

async fn assign_one(
    ctx: &Ctx,
    tx: &Tx,
    run: &Run,
    permit: &Permit<AssignClients>,
    assign: BulkAssign,
    targets: &BulkTargets,
    id: ClientId,
) -> Result<Option<AuditEvent>, AppError> {
    let now = ctx.now();
    let before = cards::load_to_change(ctx, tx, permit, id).await?;
    unchanged(run, targets, &before)?;
    let assignment = match assign {
        BulkAssign::SetOwner { owner_id } => Assignment { owner_id, ..before.assignment },
        BulkAssign::SetDepartment { department_id } => Assignment { department_id, ..before.assignment },
    };
    if assignment == before.assignment {
        return Ok(None);
    }
    if !permit.visible().covers(assignment) {
        // Nobody gives away what they could not take back.
        return Err(Invalids::one("", Rule::BeyondOwnRights).into());
    }
    clients::assign(tx, id, before.version, assignment, now).await?;
    let tags_before = stored_tags::of_client(tx, id).await?;
    work::record_change(tx, run.job().id, &before, tags_before, before.version + 1).await?;
    let event = ctx
        .event(permit, Action::ClientAssigned, RecordKind::Client, Some(id.as_uuid()))
        .about(id)
        .fields(vec!["owner".to_owned(), "department".to_owned()])
        .values(json!({ "before": before.assignment, "after": assignment, "job": run.job().id }));
    Ok(Some(event))
}

async fn delete_some(ctx: &Ctx, run: &Run, targets: &BulkTargets) -> Result<(), Stop> {
    let permit = run.permit::<DeleteClients>()?;
    let batch = next(ctx, run, &permit, targets).await?;
    let tx = ctx.db.begin().await?;
    cards::claim_addresses(&tx, &batch.ids).await?;
    let mut tally = Tally::default();
    let mut deleted = HashSet::new();
    for id in &batch.ids {
        let result = delete_one(ctx, &tx, run, &permit, targets, *id).await;
        deleted.extend(result.is_ok().then_some(*id));
        tally.note(result)?;
    }
    imports::forget_clients(&tx, &deleted).await?;
    tally.close(ctx, run, tx, batch.position).await
}

async fn delete_one(
    ctx: &Ctx,
    tx: &Tx,
    run: &Run,
    permit: &Permit<DeleteClients>,
    targets: &BulkTargets,
    id: ClientId,
) -> Result<Option<AuditEvent>, AppError> {
    let before = cards::load_to_change(ctx, tx, permit, id).await?;
    unchanged(run, targets, &before)?;
    origins::remember_erased(tx, id, ctx.now()).await?;
    clients::delete(tx, id, ctx.now()).await?;
    // No values: what was deleted must not live on in the log.
    Ok(Some(ctx.event(permit, Action::ClientDeleted, RecordKind::Client, Some(id.as_uuid())).about(id)))
}

/// A card that was changed after the action was asked for is not the one that the person saw in the filter's list.
fn unchanged(run: &Run, targets: &BulkTargets, card: &clients::ClientRecord) -> Result<(), AppError> {
    match targets {
        BulkTargets::Matching(_) if card.updated_at > run.job().created_at => Err(AppError::Outdated),
        BulkTargets::Matching(_) | BulkTargets::Ids(_) => Ok(()),
    }
}

/// What a step did.
#[derive(Default)]
struct Tally {
    progress: Progress,
    events: Vec<AuditEvent>,
}

impl Tally {
    fn note(&mut self, outcome: Result<Option<AuditEvent>, AppError>) -> Result<(), Stop> {
        match outcome {
            Ok(event) => {
                self.progress.done += 1;
                self.events.extend(event);
            }
            Err(error) => match failure(&error) {
                Some(reason) => self.progress.failures.add(reason, 1),
                None => return Err(error.into()),
            },
        }
        Ok(())
    }

    async fn close(mut self, ctx: &Ctx, run: &Run, tx: Tx, position: Option<String>) -> Result<(), Stop> {
        audit::insert_many(&tx, ctx.now(), self.events).await?;
        if position.is_some() {
            self.progress.position = position;
            return run.keep(tx, &self.progress).await;
        }
        let job = run.job();
        let dealt = job.done + job.failures.total() + self.progress.done + self.progress.failures.total();
        // Those that met the filter when it was confirmed and were changed, moved or deleted since.
        self.progress.failures.add(JobFailure::Changed, job.total.saturating_sub(dealt));
        run.end(ctx, tx, &self.progress, None).await
    }
}
