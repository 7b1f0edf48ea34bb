//! System activities, for those who may read them.

use crate::{AppError, Ctx, clients as cards, consents, letters, outbox};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::sync::Arc;
use zgoda_domain::{
    access::{ConsentRights, EditClients, ExportAudit, FieldRights, Permit, RightType, ViewAudit, ViewClients},
    audit::{Action, REVERTIBLE, RecordKind},
    client::{BuiltinField, ClientInput},
    custom_field::CustomValues,
    email::EmailAddress,
    field_ref::FieldRef,
    id::{AuditEventId, ClientId},
    message::Message,
    sheet::Delimiter,
    spreadsheet::line,
};
use zgoda_persistence::{
    Db,
    audit::{self, AuditFilter, AuditRow, Verdict},
    merges,
};
use zgoda_vault::Checkpoint;

/// Rows of one file, at most.
pub const EXPORT_MAX: u64 = 100_000;
const BATCH: u64 = 500;

/// One value before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueChange {
    /// A field's name as in [`FieldRef`], or a member of the record.
    pub field: String,
    pub before: Value,
    pub after: Value,
}

/// One page, newest first, without names of fields that are hidden from the reader.
pub async fn page(
    ctx: &Ctx,
    permit: &Permit<ViewAudit>,
    filter: AuditFilter,
    after: Option<AuditEventId>,
    limit: u64,
) -> Result<(Vec<AuditRow>, Option<AuditEventId>), AppError> {
    page_for(ctx, permit.fields(), filter, after, limit).await
}

/// The same for whoever has these rights to fields.
pub(crate) async fn page_for(
    ctx: &Ctx,
    rights: &FieldRights,
    filter: AuditFilter,
    after: Option<AuditEventId>,
    limit: u64,
) -> Result<(Vec<AuditRow>, Option<AuditEventId>), AppError> {
    let consents = consents::rights(ctx, rights).await?;
    let (wanted, mut kept, mut cursor) = (usize::try_from(limit).unwrap_or(usize::MAX), Vec::new(), after);
    // What is left out must not show in where the next page begins, nor in whether there is one.
    loop {
        let (mut rows, next) = audit::page(ctx.db.read(), widened(filter, &consents), cursor, limit + 1).await?;
        cover(&consents, rights, &mut rows, filter);
        kept.extend(rows);
        cursor = next;
        if kept.len() > wanted || cursor.is_none() {
            break;
        }
    }
    let more = kept.len() > wanted;
    kept.truncate(wanted);
    let next = kept.last().filter(|_| more).map(|row| row.id);
    Ok((kept, next))
}

/// What goes by the name of a change for this reader has to be looked at where changes are asked for: see [`cover`].
fn widened(filter: AuditFilter, consents: &ConsentRights) -> AuditFilter {
    let or_actions = match filter.action {
        _ if consents.show_everything() => &[],
        Some(Action::ClientChanged) => CONSENT_CHANGES,
        Some(Action::SubmissionReceived) => &[Action::ConsentConfirmed],
        _ => &[],
    };
    AuditFilter { or_actions, ..filter }
}

/// What changes where a consent stands.
const CONSENT_CHANGES: &[Action] =
    &[Action::ConsentWithdrawn, Action::ConsentRecorded, Action::ConsentRenewed, Action::ConsentConfirmed];

/// Takes out of entries what tells of fields that the reader does not see. What was done with a consent says where it
/// stands, or that it is there at all: of one whose column is not shown the log says no more than that the card was changed,
/// or that a submission came. What changes no card, such as making a receipt, goes unmentioned.
fn cover(consents: &ConsentRights, rights: &FieldRights, rows: &mut Vec<AuditRow>, filter: AuditFilter) {
    if rights.show_everything() {
        return;
    }
    // Nobody did what ran out by itself, so there is nothing else it could be told as either.
    rows.retain(|row| CONSENT_CHANGES.contains(&row.action) || consents.show_names(&row.fields));
    for row in rows.iter_mut() {
        if !consents.show_names(&row.fields) {
            row.action = match row.record {
                // It came by the click.
                RecordKind::Submission => Action::SubmissionReceived,
                _ => Action::ClientChanged,
            };
            row.fields.clear();
        }
        rights.cover_names(&mut row.fields);
    }
    // What was asked for by a name it does not go by any more is not found.
    rows.retain(|row| filter.action.is_none_or(|action| action == row.action));
}

/// One event with its values before and after. Values of a client are shown like the card itself: to whom it may be
/// shown, without fields that are hidden from them, and, where their role demands it, for a reason. Looking at them is
/// looking at the client, and recorded as that.
pub async fn open(
    ctx: &Ctx,
    permit: &Permit<ViewAudit>,
    id: AuditEventId,
) -> Result<(AuditRow, Vec<ValueChange>), AppError> {
    let (row, values) = audit::load(ctx.db.read(), id).await?.ok_or(AppError::NotFound)?;
    let mut rows = vec![row];
    let consents = consents::rights(ctx, permit.fields()).await?;
    cover(&consents, permit.fields(), &mut rows, AuditFilter::default());
    let row = rows.pop().ok_or(AppError::NotFound)?;
    let Some(values) = values else { return Ok((row, Vec::new())) };
    if let Some(client) = row.client_id {
        let Some(clients) = permit.and::<ViewClients>() else { return Ok((row, Vec::new())) };
        // What was done to a card that was merged into another one is shown like that one.
        let holder = merges::holder(&ctx.db.read(), client).await?;
        match cards::load_for(ctx, &ctx.db.read(), &clients, holder).await {
            Ok(_) => {}
            Err(AppError::NotFound) => return Ok((row, Vec::new())),
            Err(error) => return Err(error),
        }
    }
    let mut changes = changes(&values);
    changes.retain(|change| change.field.parse().map_or(true, |field| permit.fields().shows(field)));
    if let Some(client) = row.client_id.filter(|_| !changes.is_empty()) {
        let event = ctx.event(permit, Action::ClientOpened, RecordKind::Client, Some(client.as_uuid())).about(client);
        ctx.db.record(ctx.now(), event).await?;
    }
    Ok((row, changes))
}

/// What differs between `before` and `after`, member by member; of a card, field by field.
fn changes(values: &Value) -> Vec<ValueChange> {
    let flat = |side: &str| {
        let mut members = std::collections::BTreeMap::new();
        match values.get(side).and_then(Value::as_object) {
            None => {}
            Some(object) => {
                for (name, value) in object {
                    match (name.as_str(), value) {
                        ("details", Value::Object(details)) => members.extend(details.clone()),
                        ("custom", Value::Object(custom)) => {
                            members.extend(custom.iter().map(|(id, value)| (format!("custom:{id}"), value.clone())));
                        }
                        _ => {
                            members.insert(name.clone(), value.clone());
                        }
                    }
                }
            }
        }
        members
    };
    let (before, after) = (flat("before"), flat("after"));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let of = |side: &std::collections::BTreeMap<String, Value>, name| side.get(name).cloned().unwrap_or_default();
    let differing = names.into_iter().filter(|name| before.get(*name) != after.get(*name)).map(|name| ValueChange {
        field: name.clone(),
        before: of(&before, name),
        after: of(&after, name),
    });
    let mut found: Vec<ValueChange> = differing.collect();
    // What stands beside them, such as a reason or a count.
    let rest = values.as_object().into_iter().flatten().filter(|(name, _)| *name != "before" && *name != "after");
    found.extend(rest.map(|(name, value)| ValueChange {
        field: name.clone(),
        before: Value::Null,
        after: value.clone(),
    }));
    found
}

/// Takes a change of a card back: every field it touched gets its former value, if none of them was changed since.
pub async fn revert(
    ctx: &Ctx,
    permit: &Permit<EditClients>,
    client: ClientId,
    id: AuditEventId,
) -> Result<(), AppError> {
    let (row, values) = audit::load(ctx.db.read(), id).await?.ok_or(AppError::NotFound)?;
    let stored = row.action;
    let mut row = vec![row];
    let consents = consents::rights(ctx, permit.fields()).await?;
    cover(&consents, permit.fields(), &mut row, AuditFilter::default());
    let row = row.pop().ok_or(AppError::NotFound)?;
    if row.client_id != Some(client) || row.action != Action::ClientChanged {
        return Err(AppError::NotFound);
    }
    let current = cards::load_for(ctx, &ctx.db.read(), permit, client).await?;
    // What goes by the name of a change, as all changes of fields that are not shown, is none to take back.
    if stored != Action::ClientChanged || ctx.now() - row.at > REVERTIBLE {
        return Err(AppError::WrongState);
    }
    let (mut input, mut custom) = (current.input.clone(), current.custom.clone());
    // What the caller may not see or write stays as it is, is not even compared, and is no reason to refuse the rest.
    let mut told = changes(&values.unwrap_or_default());
    told.retain(|change| change.field.parse().map_or(true, |field| permit.fields().writes(field)));
    for change in told {
        take_back(&change, &mut input, &mut custom)?;
    }
    if input == current.input && custom == current.custom {
        return Err(AppError::WrongState);
    }
    let (input, custom) = writable(permit, input, custom);
    cards::change(ctx, permit, client, current.version, &input, &custom).await?;
    Ok(())
}

fn take_back(change: &ValueChange, input: &mut ClientInput, custom: &mut CustomValues) -> Result<(), AppError> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match change.field.parse::<FieldRef>() {
        Ok(FieldRef::Builtin(field)) => {
            if input.get(field).map(str::to_owned) != text(&change.after) {
                return Err(AppError::Outdated);
            }
            input.set(field, text(&change.before));
        }
        Ok(FieldRef::Custom(id)) => {
            if custom.get(&id).cloned().unwrap_or_default() != change.after {
                return Err(AppError::Outdated);
            }
            match &change.before {
                Value::Null => custom.remove(&id),
                before => custom.insert(id, before.clone()),
            };
        }
        // The kind of client decides what its name is made of: that is not one field's change.
        Err(_) if change.field == "kind" => return Err(AppError::WrongState),
        Err(_) => {}
    }
    Ok(())
}

/// Without what the holder may not write; that stays as it is stored.
pub(crate) fn writable<R: RightType>(
    permit: &Permit<R>,
    mut input: ClientInput,
    mut custom: CustomValues,
) -> (ClientInput, CustomValues) {
    for (field, _) in permit.fields().iter() {
        match field {
            FieldRef::Builtin(BuiltinField::CreatedAt | BuiltinField::UpdatedAt) => {}
            FieldRef::Builtin(field) => input.set(field, None),
            FieldRef::Custom(id) => {
                custom.remove(&id);
            }
        }
    }
    (input, custom)
}

/// The events as comma-separated values (RFC 4180), newest first, without values before and after. Recorded.
pub async fn csv(ctx: &Ctx, permit: &Permit<ExportAudit>, filter: AuditFilter) -> Result<Vec<u8>, AppError> {
    let event = ctx.event(permit, Action::AuditExported, RecordKind::Organisation, None);
    ctx.db.record(ctx.now(), event).await?;
    let head =
        ["at", "actor_kind", "actor", "action", "record", "record_id", "client_id", "fields", "ip", "user_agent"];
    let mut text = line(Delimiter::Comma, head);
    let consents = consents::rights(ctx, permit.fields()).await?;
    let (mut after, mut rows) = (None, 0);
    while rows < EXPORT_MAX {
        let (mut page, next) = audit::page(ctx.db.read(), widened(filter, &consents), after, BATCH).await?;
        cover(&consents, permit.fields(), &mut page, filter);
        for row in page {
            rows += 1;
            let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
            text.push_str(&line(
                Delimiter::Comma,
                &[
                    row.at.to_rfc3339(),
                    row.actor_kind,
                    row.actor_name.unwrap_or_default(),
                    row.action.code().to_owned(),
                    row.record.code().to_owned(),
                    id(row.record_id),
                    id(row.client_id.map(ClientId::as_uuid)),
                    row.fields.join(" "),
                    row.ip.unwrap_or_default(),
                    row.user_agent.unwrap_or_default(),
                ],
            ));
        }
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    Ok(text.into_bytes())
}

/// Checks the whole chain, also against checkpoints that were kept outside.
pub async fn verify(ctx: &Ctx, checkpoints: &[Checkpoint]) -> Result<Verdict, AppError> {
    Ok(audit::verify(ctx.db.read(), checkpoints).await?)
}

/// Where checkpoints go, out of the reach of whoever can change the database.
pub trait CheckpointSink: Send + Sync + 'static {
    /// Keeps one line of JSON.
    fn keep(&self, line: String) -> futures::future::BoxFuture<'static, Result<(), std::io::Error>>;
}

/// A mailbox gets a checkpoint this often at most.
const MAIL_EVERY: chrono::TimeDelta = chrono::TimeDelta::hours(1);
/// A checkpoint that could not be mailed by then is not worth sending: newer ones were.
const MAIL_USEFUL: chrono::TimeDelta = chrono::TimeDelta::days(1);

/// Sends checkpoints of one log outside, and remembers how far the last ones went.
#[derive(Debug, Default)]
pub struct Checkpoints {
    sent: i64,
    mailed: i64,
    mailed_at: Option<DateTime<Utc>>,
}

/// Whose checkpoint it is, for the server's own log.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Audit,
    Ledger,
}

impl Checkpoints {
    /// Sends one if the log went on since the last: at once to the sinks, once an hour by mail.
    pub async fn send(&mut self, ctx: &Ctx) -> Result<(), AppError> {
        if ctx.checkpoint_sinks.is_empty() && ctx.checkpoint_mail.is_none() {
            return Ok(());
        }
        let Some(checkpoint) = audit::checkpoint(ctx.db.read(), ctx.now()).await? else { return Ok(()) };
        let text = serde_json::to_string(&checkpoint).map_err(|error| AppError::Unexpected(Box::new(error)))?;
        self.send_outside(ctx, Kind::Audit, checkpoint.seq, &text, letters::checkpoint).await
    }

    /// Sends a line that says how far a log went, if it went on since the last: at once to the sinks, once an hour by
    /// mail.
    pub(crate) async fn send_outside(
        &mut self,
        ctx: &Ctx,
        kind: Kind,
        reached: i64,
        text: &str,
        letter: impl Fn(&Ctx, &EmailAddress, &str) -> Message,
    ) -> Result<(), AppError> {
        let now = ctx.now();
        if reached > self.sent {
            for sink in ctx.checkpoint_sinks.iter().map(Arc::clone) {
                if let Err(error) = sink.keep(text.to_owned()).await {
                    tracing::error!(%error, log = ?kind, "a checkpoint was not kept");
                }
            }
            self.sent = reached;
        }
        let due = self.mailed_at.is_none_or(|at| now - at >= MAIL_EVERY);
        if let Some(to) = ctx.checkpoint_mail.as_ref().filter(|_| due && reached > self.mailed) {
            let tx = ctx.db.begin().await?;
            outbox::enqueue(ctx, &tx, &letter(ctx, to, text), MAIL_USEFUL, now)?;
            tx.commit_unaudited("a statement about the log itself").await?;
            (self.mailed, self.mailed_at) = (reached, Some(now));
        }
        Ok(())
    }
}

/// Gives a log of before its end was noted its head, while the schema is brought up to date.
pub async fn note_head(db: &Db) -> Result<(), AppError> {
    let tx = db.begin().await?;
    if audit::note_head(&tx).await? {
        tx.commit_unaudited("where the log ends").await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_are_told_field_by_field() {
        let values = json!({
            "before": { "details": { "name": "A", "city": "Łódź" }, "custom": { "x": 1 } },
            "after": { "details": { "name": "A", "phone": "1" }, "custom": { "x": 2 } },
            "reason": "R",
        });
        let told: Vec<_> =
            changes(&values).into_iter().map(|change| (change.field, change.before, change.after)).collect();
        assert_eq!(
            told,
            [
                ("city".to_owned(), json!("Łódź"), Value::Null),
                ("custom:x".to_owned(), json!(1), json!(2)),
                ("phone".to_owned(), Value::Null, json!("1")),
                ("reason".to_owned(), Value::Null, json!("R")),
            ]
        );
    }
}
