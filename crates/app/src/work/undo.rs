//! Taking back what a job did.

use super::{Run, STEP, Stop, failure};
use crate::{AppError, Ctx, clients as cards, tags};
use serde_json::json;
use zgoda_domain::{
    access::{AssignClients, DeleteClients, EditClients, Permit},
    audit::{Action, AuditEvent, RecordKind},
    custom_field::{CustomField, FieldKind},
    job::JobProblem,
    rule::{Invalids, Rule},
};
use zgoda_persistence::{
    Tx, accounts, audit, clients, custom_fields, import_cards,
    jobs::{self, CardImage, JobChange, Progress},
    origins, tags as stored_tags,
};

/// Takes back some of the changes; each is forgotten with it.
pub(super) async fn step(ctx: &Ctx, run: &Run) -> Result<(), Stop> {
    let undone = run.job().undo_of.ok_or(Stop::Problem(JobProblem::TargetGone))?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let changes = jobs::changes(&tx, undone, STEP).await?;
    let mut progress = Progress::default();
    if changes.is_empty() {
        // What was erased meanwhile took its changes along.
        let left = run.job().total.saturating_sub(run.job().done + run.job().failures.total());
        progress.failures.add(zgoda_domain::job::JobFailure::NotFound, left);
        return run.end(ctx, tx, &progress, None).await;
    }
    let permit = run.permit::<EditClients>()?;
    if changes.iter().any(|change| change.before.is_none()) {
        // Addresses before cards, as everywhere.
        run.permit::<DeleteClients>()?;
        let made: Vec<_> =
            changes.iter().filter(|change| change.before.is_none()).map(|change| change.client_id).collect();
        cards::claim_addresses(&tx, &made).await?;
    }
    hold_owners(&tx, &changes).await?;
    let fields = custom_fields::live(&tx).await?;
    let mut events = Vec::new();
    let mut kept = Vec::new();
    for change in &changes {
        match take_back(ctx, &tx, run, &permit, &fields, change).await {
            Ok(of_card) => {
                progress.done += 1;
                events.extend(of_card);
            }
            Err(Stop::Error(error)) => match failure(&error) {
                Some(reason) => {
                    progress.failures.add(reason, 1);
                    kept.push((change.client_id, reason));
                }
                None => return Err(error.into()),
            },
            Err(problem) => return Err(problem),
        }
    }
    let dealt: Vec<_> = changes.iter().map(|change| change.client_id).collect();
    jobs::forget_changes(&tx, undone, &dealt).await?;
    jobs::record_kept(&tx, run.job().id, &kept).await?;
    audit::insert_many(&tx, now, events).await?;
    run.keep(tx, &progress).await
}

/// Accounts are held before cards, as they are when somebody leaves.
async fn hold_owners(tx: &Tx, changes: &[JobChange]) -> Result<(), AppError> {
    let mut owners: Vec<_> = changes.iter().filter_map(|change| change.before.as_ref()?.assignment.owner_id).collect();
    owners.sort_unstable();
    owners.dedup();
    for owner in owners {
        accounts::load_locked(tx, owner).await?;
    }
    Ok(())
}

/// Makes one card what it was. Everything is checked before anything is written: what is refused is left whole.
async fn take_back(
    ctx: &Ctx,
    tx: &Tx,
    run: &Run,
    permit: &Permit<EditClients>,
    fields: &[CustomField],
    change: &JobChange,
) -> Result<Vec<AuditEvent>, Stop> {
    let now = ctx.now();
    let id = change.client_id;
    let Some(before) = &change.before else {
        let permit = run.permit::<DeleteClients>()?;
        let record = cards::load_to_change(ctx, tx, &permit, id).await?;
        if record.version != change.version_after || import_cards::has_grown(tx, id).await? {
            return Err(AppError::Outdated.into());
        }
        clients::delete(tx, id, now).await?;
        return Ok(vec![ctx.event(&permit, Action::ClientDeleted, RecordKind::Client, Some(id.as_uuid())).about(id)]);
    };
    let record = cards::load_to_change(ctx, tx, permit, id).await?;
    if record.version != change.version_after {
        return Err(AppError::Outdated.into());
    }
    let moved = record.assignment != before.assignment;
    let assigning = moved.then(|| run.permit::<AssignClients>()).transpose()?;
    if let Some(assigning) = &assigning {
        check_assignment(tx, assigning, before).await?;
    }
    let mut events = Vec::new();
    let mut version = record.version;
    let undo = json!({ "undo_of": run.job().undo_of });
    let wanted = content(fields, before, &record);
    if let Some(told) = cards::put_back(tx, permit, fields, &record, &wanted, now).await? {
        version += 1;
        let mut values = told.values;
        merge(&mut values, &undo);
        let event = ctx.event(permit, Action::ClientChanged, RecordKind::Client, Some(id.as_uuid())).about(id);
        events.push(event.fields(told.fields).values(values));
    }
    let known: Vec<_> = stored_tags::all(tx).await?;
    let wanted: Vec<_> = before.tags.iter().copied().filter(|id| known.iter().any(|tag| tag.id == *id)).collect();
    let present = stored_tags::of_client(tx, id).await?;
    if present != wanted {
        version = stored_tags::set(tx, id, version, &wanted, now).await?;
        events.push(tags::event(ctx, permit, id, &known, &present, &wanted, &undo));
    }
    if let Some(assigning) = assigning {
        clients::assign(tx, id, version, before.assignment, now).await?;
        let event = ctx.event(&assigning, Action::ClientAssigned, RecordKind::Client, Some(id.as_uuid())).about(id);
        let values = json!({ "before": record.assignment, "after": before.assignment });
        events.push(event.fields(vec!["owner".to_owned(), "department".to_owned()]).values(values));
    }
    if let Some(undone) = run.job().undo_of {
        // Nothing of an import is left on the card.
        origins::remove(tx, undone, id).await?;
    }
    Ok(events)
}

/// The card's content as it was, but for what the system keeps and what is of fields that are gone: that stays.
fn content(fields: &[CustomField], before: &CardImage, current: &clients::ClientRecord) -> CardImage {
    let mut wanted = before.clone();
    wanted.custom.retain(|id, _| fields.iter().any(|field| field.id == *id && field.kind != FieldKind::Consent));
    wanted.custom.extend(
        current
            .custom
            .iter()
            .filter(|(id, _)| fields.iter().all(|field| field.id != **id || field.kind == FieldKind::Consent))
            .map(|(id, value)| (*id, value.clone())),
    );
    wanted
}

async fn check_assignment(tx: &Tx, permit: &Permit<AssignClients>, before: &CardImage) -> Result<(), AppError> {
    let mut invalids = Invalids::default();
    if !permit.visible().covers(before.assignment) {
        invalids.add("", Rule::BeyondOwnRights);
    }
    if let Some(owner) = before.assignment.owner_id
        && accounts::load(tx, owner).await?.is_none_or(|account| account.disabled)
    {
        invalids.add("/owner_id", Rule::Unknown);
    }
    if let Some(department) = before.assignment.department_id
        && !zgoda_persistence::roles::departments(tx).await?.iter().any(|known| known.id == department)
    {
        invalids.add("/department_id", Rule::Unknown);
    }
    Ok(invalids.or(Some(()))?)
}

fn merge(values: &mut serde_json::Value, more: &serde_json::Value) {
    if let (Some(values), Some(more)) = (values.as_object_mut(), more.as_object()) {
        values.extend(more.clone());
    }
}
