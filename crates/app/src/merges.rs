//! Making two cards one, and undoing it.
//!
//! Whoever merges may delete and change both cards. What they choose is what the kept card says from then on; consents are
//! not chosen: the stricter one stands (`zgoda_domain::merge`). A field that they do not see stays as it is on the kept card,
//! and where the other card has something else in it, they may not merge: they would throw away what they cannot look at.

use crate::{
    AppError, Ctx,
    clients::{self as cards, check, load_to_change},
};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::BTreeSet;
use zgoda_domain::{
    access::{DeleteClients, EditClients, FieldRights, Permit, ViewClients},
    audit::{Action, RecordKind},
    client::{ClientDetails, ClientInput},
    consent::Channel,
    custom_field::{CustomField, CustomValues, FieldKind},
    field_ref::FieldRef,
    id::{ClientId, MergeId, PurposeId},
    rule::{Invalids, Rule},
};
use zgoda_persistence::{
    audit,
    clients::{self, ClientRecord},
    custom_fields,
    jobs::CardImage,
    merges::{self, Merge, MergeRecord, Snapshot},
    tags,
};

/// What is asked of a merge.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The card that is merged away.
    pub other: ClientId,
    pub other_seen: i32,
    /// What the kept card says from now on.
    pub input: &'a ClientInput,
    pub custom: &'a CustomValues,
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Done {
    pub id: MergeId,
    /// The kept card's version.
    pub version: i32,
    /// Consents of the kept card that are stricter now, of those the caller sees.
    pub stricter: Vec<(PurposeId, Channel)>,
}

/// Merges a card into another one, if nobody changed either since the caller looked.
pub async fn merge(
    ctx: &Ctx,
    permit: &Permit<DeleteClients>,
    kept: ClientId,
    seen: i32,
    request: Request<'_>,
) -> Result<Done, AppError> {
    let Request { other, other_seen, input, custom } = request;
    if kept == other {
        return Err(Invalids::one("/other_id", Rule::Duplicate).into());
    }
    let edit = permit.and::<EditClients>().ok_or(AppError::NotFound)?;
    see_whole(permit.fields(), &custom_fields::live(&ctx.db.read()).await?)?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    // The addresses before the cards, as whoever sends a form takes them, and everything in one order.
    let mut addresses = BTreeSet::new();
    for id in [kept, other] {
        addresses
            .extend(clients::load(&tx, id).await?.and_then(|card| card.input.email).map(|email| email.to_lowercase()));
    }
    for address in &addresses {
        tx.claim(address).await?;
    }
    for id in [kept.min(other), kept.max(other)] {
        load_to_change(ctx, &tx, &edit, id).await?;
    }
    let kept = load_to_change(ctx, &tx, permit, kept).await?;
    let merged = load_to_change(ctx, &tx, permit, other).await?;
    if kept.version != seen || merged.version != other_seen {
        return Err(AppError::Outdated);
    }
    let (input, custom) = edit.fields().keep((&kept.input, &kept.custom), (input, custom))?;
    let fields = custom_fields::live(&tx).await?;
    let rights = permit.fields().of_consents(&fields);
    let card = check(fields.into(), &input, &custom, &kept.custom)?;
    let id = MergeId::generate(now, ctx.entropy());
    let (content, actor) = (card.content(), permit.actor());
    let done = merges::merge(&tx, Merge { id, kept: &kept, merged: &merged, content, actor, now }).await?;
    let after = clients::load(&tx, kept.id).await?.ok_or(AppError::NotFound)?;
    // Told on both histories, which are one from now on.
    let gone = ctx
        .event(permit, Action::ClientsMerged, RecordKind::Client, Some(merged.id.as_uuid()))
        .about(merged.id)
        .values(json!({ "before": { "details": merged.input, "custom": merged.custom }, "after": {} }));
    audit::insert_many(&tx, now, vec![gone]).await?;
    let event = ctx
        .event(permit, Action::ClientsMerged, RecordKind::Client, Some(kept.id.as_uuid()))
        .about(kept.id)
        .fields(changed(&kept, &after))
        .values(json!({
            "before": { "details": kept.input, "custom": kept.custom },
            "after": { "details": after.input, "custom": after.custom },
        }));
    tx.commit(now, event).await?;
    let stricter = done.consents.into_iter().filter(|(purpose, channel)| rights.shows(*purpose, *channel)).collect();
    Ok(Done { id, version: done.version, stricter })
}

/// Two cards become one, or two again, only by who sees all of them: whatever the values are, or the refusal would tell.
/// Consents are kept by the stricter rule, whoever sees them.
fn see_whole(rights: &FieldRights, fields: &[CustomField]) -> Result<(), AppError> {
    if rights.show_whole_cards(fields) { Ok(()) } else { Err(AppError::PartialView) }
}

/// Nothing is put back into a field that the caller may not write.
fn refuse_unwritable(rights: &FieldRights, current: &ClientRecord, before: &CardImage) -> Result<(), Invalids> {
    let mut invalids = Invalids::default();
    for (field, _) in rights.iter().filter(|(field, _)| !rights.writes(*field)) {
        match field {
            FieldRef::Builtin(field) if current.input.get(field) != before.details.get(field) => {
                invalids.add(format!("/details/{}", field.key()), Rule::ReadOnly);
            }
            FieldRef::Custom(id) if current.custom.get(&id) != before.custom.get(&id) => {
                invalids.add(format!("/custom/{id}"), Rule::ReadOnly);
            }
            _ => {}
        }
    }
    invalids.or(Some(()))
}

fn changed(before: &ClientRecord, after: &ClientRecord) -> Vec<String> {
    let builtin = before.input.changed_fields(&after.input).into_iter().map(|field| field.key().to_owned());
    let ids: BTreeSet<_> = before.custom.keys().chain(after.custom.keys()).collect();
    let custom = ids.into_iter().filter(|id| before.custom.get(id) != after.custom.get(id));
    builtin.chain(custom.map(|id| format!("custom:{id}"))).collect()
}

/// A card that was merged into another one.
#[derive(Clone, Debug)]
pub struct MergedCard {
    pub id: MergeId,
    /// `None` once it cannot be restored any more.
    pub name: Option<String>,
    pub merged_at: DateTime<Utc>,
    pub undo_until: DateTime<Utc>,
    pub undone_at: Option<DateTime<Utc>>,
    pub can_undo: bool,
}

/// The cards that were merged into one, newest first.
pub async fn into_client(
    ctx: &Ctx,
    permit: &Permit<ViewClients>,
    client: ClientId,
) -> Result<Vec<MergedCard>, AppError> {
    let reader = ctx.db.read();
    cards::load_for(ctx, &reader, permit, client).await?;
    let now = ctx.now();
    let told = merges::into_client(&reader, client).await?.into_iter().map(|record| {
        let name = record.snapshot.as_ref().and_then(|snapshot| {
            ClientDetails::parse(&snapshot.merged.details).ok().map(|details| details.name().to_owned())
        });
        MergedCard {
            id: record.id,
            name,
            merged_at: record.merged_at,
            undo_until: record.undo_until,
            undone_at: record.undone_at,
            can_undo: record.snapshot.is_some() && record.undo_until > now,
        }
    });
    Ok(told.collect())
}

/// Puts both cards back as they were before a merge, if the kept one was not changed since.
///
/// # Errors
/// [`AppError::WrongState`] when it was undone before, is too long ago, or the kept card was itself merged into another one
/// since. [`AppError::Invalid`] with every field that was changed since, of those the caller sees.
pub async fn undo(ctx: &Ctx, permit: &Permit<DeleteClients>, id: MergeId) -> Result<ClientId, AppError> {
    let edit = permit.and::<EditClients>().ok_or(AppError::NotFound)?;
    see_whole(permit.fields(), &custom_fields::live(&ctx.db.read()).await?)?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let found = merges::load(&tx, id).await?.ok_or(AppError::NotFound)?;
    if merges::holder(&tx, found.kept_id).await? != found.kept_id {
        return Err(AppError::WrongState);
    }
    load_to_change(ctx, &tx, &edit, found.kept_id).await?;
    let current = load_to_change(ctx, &tx, permit, found.kept_id).await?;
    // Again, now that the card is held.
    let record = merges::load(&tx, id).await?.ok_or(AppError::NotFound)?;
    let MergeRecord { snapshot: Some(snapshot), undone_at: None, .. } = &record else {
        return Err(AppError::WrongState);
    };
    if record.undo_until <= now {
        return Err(AppError::WrongState);
    }
    if !permit.visible().covers(snapshot.merged.assignment) || !edit.visible().covers(snapshot.merged.assignment) {
        return Err(AppError::NotFound);
    }
    let fields = custom_fields::live(&tx).await?;
    let current_tags = tags::of_client(&tx, current.id).await?;
    refuse_changed(permit.fields(), &fields, snapshot, &CardImage::of(&current, current_tags))?;
    refuse_unwritable(edit.fields(), &current, &snapshot.kept)?;
    merges::undo(&tx, &record, snapshot, &current, permit.actor(), now).await?;
    let after = clients::load(&tx, current.id).await?.ok_or(AppError::NotFound)?;
    let back = ctx
        .event(permit, Action::MergeUndone, RecordKind::Client, Some(record.merged_id.as_uuid()))
        .about(record.merged_id);
    audit::insert_many(&tx, now, vec![back]).await?;
    let event = ctx
        .event(permit, Action::MergeUndone, RecordKind::Client, Some(current.id.as_uuid()))
        .about(current.id)
        .fields(changed(&current, &after))
        .values(json!({
            "before": { "details": current.input, "custom": current.custom },
            "after": { "details": after.input, "custom": after.custom },
        }));
    tx.commit(now, event).await?;
    Ok(record.merged_id)
}

/// Nothing that somebody changed after a merge is written over.
fn refuse_changed(
    rights: &FieldRights,
    fields: &[CustomField],
    snapshot: &Snapshot,
    current: &CardImage,
) -> Result<(), AppError> {
    let after = &snapshot.after;
    let (mut invalids, mut unseen) = (Invalids::default(), false);
    let mut add = |field: Option<FieldRef>, pointer: String| match field {
        Some(field) if !rights.shows(field) => unseen = true,
        _ => invalids.add(pointer, Rule::ChangedSince),
    };
    for field in after.details.changed_fields(&current.details) {
        add(Some(FieldRef::Builtin(field)), format!("/details/{}", field.key()));
    }
    if after.details.kind != current.details.kind {
        add(None, "/details/kind".to_owned());
    }
    let consent = |id| fields.iter().any(|field| field.id == id && field.kind == FieldKind::Consent);
    let ids: BTreeSet<_> = after.custom.keys().chain(current.custom.keys()).copied().collect();
    for id in ids.into_iter().filter(|id| !consent(*id) && after.custom.get(id) != current.custom.get(id)) {
        add(Some(FieldRef::Custom(id)), format!("/custom/{id}"));
    }
    let set = |image: &CardImage| image.tags.iter().copied().collect::<BTreeSet<_>>();
    if set(after) != set(current) {
        add(None, "/tags".to_owned());
    }
    invalids.or(Some(()))?;
    if unseen { Err(AppError::Outdated) } else { Ok(()) }
}
