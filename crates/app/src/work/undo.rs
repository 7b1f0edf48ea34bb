//! Taking back what a job did.

use super::{Run, Stop, failure};
use crate::{AppError, Ctx, clients as cards, tags};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use zgoda_domain::{
    access::{AssignClients, DeleteClients, EditClients, Permit},
    audit::{Action, AuditEvent, RecordKind},
    custom_field::{CustomField, FieldKind},
    id::{ClientId, TagId},
    job::JobProblem,
    rule::{Invalids, Rule},
};
use zgoda_persistence::{
    Tx, accounts, audit,
    clients::{self, ClientRecord},
    custom_fields::{self, FieldRecord},
    import_cards,
    jobs::{self, CardImage, JobChange, Progress},
    origins,
    tags::{self as stored_tags, TagRecord},
};

/// Changes taken back in one step: as many as an import makes in one.
const CHANGES: u64 = 500;

/// Takes back some of the changes; each is forgotten with it.
pub(super) async fn step(ctx: &Ctx, run: &Run) -> Result<(), Stop> {
    let undone = run.job().undo_of.ok_or(Stop::Problem(JobProblem::TargetGone))?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let changes = jobs::changes(&tx, undone, CHANGES).await?;
    let mut progress = Progress::default();
    if changes.is_empty() {
        // What was erased meanwhile took its changes along.
        let left = run.job().total.saturating_sub(run.job().done + run.job().failures.total());
        progress.failures.add(zgoda_domain::job::JobFailure::NotFound, left);
        return run.end(ctx, tx, &progress, None).await;
    }
    let permit = run.permit::<EditClients>()?;
    let ids: Vec<ClientId> = changes.iter().map(|change| change.client_id).collect();
    let made: Vec<ClientId> =
        changes.iter().filter(|change| change.before.is_none()).map(|change| change.client_id).collect();
    if !made.is_empty() {
        // Addresses before cards, as everywhere.
        run.permit::<DeleteClients>()?;
        cards::claim_addresses(&tx, &made).await?;
    }
    hold_owners(&tx, &changes).await?;
    let keyed = import_cards::have_keys(&tx, &ids).await?;
    let records = clients::load_many_locked(&tx, &ids).await?;
    let mut records: HashMap<ClientId, ClientRecord> = records.into_iter().map(|record| (record.id, record)).collect();
    let mut on_cards = stored_tags::of_clients(&tx, &ids).await?;
    let all = custom_fields::all(&tx).await?;
    let live = all.iter().filter(|record| record.deleted_at.is_none()).map(|record| record.field.clone());
    let taking = Taking {
        ctx,
        tx: &tx,
        run,
        permit: &permit,
        fields: live.collect(),
        all: &all,
        tags: stored_tags::all(&tx).await?,
        grown: import_cards::grown(&tx, &made).await?,
        now,
    };
    let (mut events, mut kept) = (Vec::new(), Vec::new());
    let (mut deleted, mut restored) = (Vec::new(), Vec::new());
    for change in &changes {
        let id = change.client_id;
        let (record, tags) = (records.remove(&id), on_cards.remove(&id).unwrap_or_default());
        let taken = match &change.before {
            None => taking.may_delete(record, change.version_after).await.map(|event| vec![event]),
            Some(before) => taking.take_back(record, before, tags, change.version_after).await,
        };
        match taken {
            Ok(of_card) => {
                progress.done += 1;
                events.extend(of_card);
                if change.before.is_none() { deleted.push(id) } else { restored.push(id) }
            }
            Err(Stop::Error(error)) => match failure(&error) {
                Some(reason) => {
                    progress.failures.add(reason, 1);
                    kept.push((id, reason));
                }
                None => return Err(error.into()),
            },
            Err(problem) => return Err(problem),
        }
    }
    clients::delete_many(&tx, &deleted, now).await?;
    // Nothing of an import is left on these cards.
    origins::remove(&tx, undone, &restored).await?;
    jobs::forget_changes(&tx, undone, &ids).await?;
    jobs::record_kept(&tx, run.job().id, &kept).await?;
    audit::insert_about(&tx, now, events, &keyed).await?;
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

/// Everything that the cards of one step need.
struct Taking<'a> {
    ctx: &'a Ctx,
    tx: &'a Tx,
    run: &'a Run,
    permit: &'a Permit<EditClients>,
    /// Those in use.
    fields: Arc<[CustomField]>,
    all: &'a [FieldRecord],
    tags: Vec<TagRecord>,
    /// Cards that the job made, and on which more hangs by now.
    grown: HashSet<ClientId>,
    now: DateTime<Utc>,
}

impl Taking<'_> {
    /// Whether a card that the job made is to go; the event of that.
    async fn may_delete(&self, record: Option<ClientRecord>, version: i32) -> Result<AuditEvent, Stop> {
        let permit = self.run.permit::<DeleteClients>()?;
        let record = cards::held(self.ctx, self.tx, &permit, record).await?;
        if record.version != version || self.grown.contains(&record.id) {
            return Err(AppError::Outdated.into());
        }
        let event = self.ctx.event(&permit, Action::ClientDeleted, RecordKind::Client, Some(record.id.as_uuid()));
        Ok(event.about(record.id))
    }

    /// Makes one card what it was. Everything is checked before anything is written: what is refused is left whole.
    async fn take_back(
        &self,
        record: Option<ClientRecord>,
        before: &CardImage,
        present: Vec<TagId>,
        version: i32,
    ) -> Result<Vec<AuditEvent>, Stop> {
        let Self { ctx, tx, run, permit, now, .. } = *self;
        let record = cards::held(ctx, tx, permit, record).await?;
        let id = record.id;
        if record.version != version {
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
        let wanted = content(&self.fields, before, &record);
        if let Some(told) = cards::put_back(tx, permit, (&self.fields, self.all), &record, &wanted, now).await? {
            version += 1;
            let mut values = told.values;
            merge(&mut values, &undo);
            let event = ctx.event(permit, Action::ClientChanged, RecordKind::Client, Some(id.as_uuid())).about(id);
            events.push(event.fields(told.fields).values(values));
        }
        let known = |id: &TagId| self.tags.iter().any(|tag| tag.id == *id);
        let wanted: Vec<_> = before.tags.iter().copied().filter(known).collect();
        if present != wanted {
            version = stored_tags::set(tx, id, version, &wanted, now).await?;
            events.push(tags::event(ctx, permit, id, &self.tags, &present, &wanted, &undo));
        }
        if let Some(assigning) = assigning {
            clients::assign(tx, id, version, before.assignment, now).await?;
            let event = ctx.event(&assigning, Action::ClientAssigned, RecordKind::Client, Some(id.as_uuid())).about(id);
            let values = json!({ "before": record.assignment, "after": before.assignment });
            events.push(event.fields(vec!["owner".to_owned(), "department".to_owned()]).values(values));
        }
        Ok(events)
    }
}

/// The card's content as it was, but for what the system keeps and what is of fields that are gone: that stays.
fn content(fields: &[CustomField], before: &CardImage, current: &ClientRecord) -> CardImage {
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
