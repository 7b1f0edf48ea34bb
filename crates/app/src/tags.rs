//! Tags: making and changing them, and putting them on clients.

use crate::{
    AppError, Ctx,
    clients::{self as cards, seen_before},
};
use serde_json::{Value, json};
use std::collections::HashMap;
use zgoda_domain::{
    access::{ConfigureFields, EditClients, Permit, RightType, ViewClients},
    audit::{Action, AuditEvent, RecordKind},
    id::{ClientId, TagId},
    rule::{Invalids, Rule},
    tag::{MAX_TAGS, MAX_TAGS_OF_CLIENT, NewTag},
};
use zgoda_persistence::{
    Tx,
    idempotency::{self, Idempotency},
    tags::{self, TagRecord},
};

/// Every tag, by name.
pub async fn all(ctx: &Ctx, _permit: &Permit<ViewClients>) -> Result<Vec<TagRecord>, AppError> {
    Ok(tags::all(&ctx.db.read()).await?)
}

/// How many clients have each tag; one that nobody has is not among them. Also those whom the caller does not reach: what
/// becomes of a tag becomes of it on all of them.
pub async fn uses(ctx: &Ctx, _permit: &Permit<ConfigureFields>) -> Result<HashMap<TagId, u64>, AppError> {
    Ok(tags::uses(&ctx.db.read()).await?)
}

/// Makes a tag. No two have names that differ in the case of letters only.
pub async fn create(
    ctx: &Ctx,
    permit: &Permit<ConfigureFields>,
    new: &NewTag,
    repeat: Option<&Idempotency>,
) -> Result<TagId, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        return Ok(TagId::from_uuid(id));
    }
    if tags::count(&tx).await? >= MAX_TAGS as u64 {
        return Err(Invalids::one("", Rule::TooMany { max: MAX_TAGS }).into());
    }
    let id = TagId::generate(now, ctx.entropy());
    tags::insert(&tx, id, new, now).await?;
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    let event = ctx
        .event(permit, Action::TagCreated, RecordKind::Tag, Some(id.as_uuid()))
        .values(json!({ "after": { "name": new.name.as_str(), "colour": new.colour } }));
    tx.commit(now, event).await?;
    Ok(id)
}

/// Overwrites a tag if nobody changed it since the caller looked.
pub async fn change(
    ctx: &Ctx,
    permit: &Permit<ConfigureFields>,
    id: TagId,
    seen: i32,
    new: &NewTag,
) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let before = tags::load_locked(&tx, id).await?.ok_or(AppError::NotFound)?;
    tags::update(&tx, id, seen, new).await?;
    let event = ctx.event(permit, Action::TagChanged, RecordKind::Tag, Some(id.as_uuid())).values(json!({
        "before": { "name": before.name, "colour": before.colour },
        "after": { "name": new.name.as_str(), "colour": new.colour },
    }));
    tx.commit(now, event).await?;
    Ok(())
}

/// Takes a tag away, from every client that has it too.
pub async fn delete(ctx: &Ctx, permit: &Permit<ConfigureFields>, id: TagId, seen: i32) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let before = tags::load_locked(&tx, id).await?.ok_or(AppError::NotFound)?;
    if before.version != seen {
        return Err(AppError::Outdated);
    }
    let clients = tags::uses_of(&tx, id).await?;
    tags::delete(&tx, id).await?;
    let event = ctx
        .event(permit, Action::TagDeleted, RecordKind::Tag, Some(id.as_uuid()))
        .values(json!({ "before": { "name": before.name, "colour": before.colour, "clients": clients } }));
    tx.commit(now, event).await?;
    Ok(())
}

/// Puts exactly these tags on a client if nobody changed the card since the caller looked; the card's new version.
pub async fn set(
    ctx: &Ctx,
    permit: &Permit<EditClients>,
    client: ClientId,
    seen: i32,
    wanted: &[TagId],
) -> Result<i32, AppError> {
    if wanted.len() > MAX_TAGS_OF_CLIENT {
        return Err(Invalids::one("/tags", Rule::TooMany { max: MAX_TAGS_OF_CLIENT }).into());
    }
    let mut sorted = wanted.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let known = hold(&tx, &sorted).await?;
    let mut invalids = Invalids::default();
    for (at, id) in wanted.iter().enumerate() {
        if known.iter().all(|tag| tag.id != *id) {
            invalids.add(format!("/tags/{at}"), Rule::Unknown);
        }
    }
    invalids.or(Some(()))?;
    let before = cards::load_to_change(ctx, &tx, permit, client).await?;
    if before.version != seen {
        return Err(AppError::Outdated);
    }
    let present = tags::of_client(&tx, client).await?;
    if present == sorted {
        return Ok(seen);
    }
    let version = tags::set(&tx, client, seen, &sorted, now).await?;
    let all = tags::all(&tx).await?;
    tx.commit(now, event(ctx, permit, client, &all, &present, &sorted, &Value::Null)).await?;
    Ok(version)
}

/// Those of these tags that exist; nobody takes them away until the transaction ends. In the order of their ids, before
/// any card is held.
pub(crate) async fn hold(tx: &Tx, sorted: &[TagId]) -> Result<Vec<TagRecord>, AppError> {
    let mut known = Vec::with_capacity(sorted.len());
    for id in sorted {
        known.extend(tags::load_locked(tx, *id).await?);
    }
    Ok(known)
}

/// The event of a client's changed tags, told by their names. `more`: further members of the values.
pub(crate) fn event<R: RightType>(
    ctx: &Ctx,
    permit: &Permit<R>,
    client: ClientId,
    known: &[TagRecord],
    before: &[TagId],
    after: &[TagId],
    more: &Value,
) -> AuditEvent {
    let names = |ids: &[TagId]| -> Vec<&str> {
        known.iter().filter(|tag| ids.contains(&tag.id)).map(|tag| tag.name.as_str()).collect()
    };
    let mut values = json!({ "before": { "tags": names(before) }, "after": { "tags": names(after) } });
    if let (Some(values), Some(more)) = (values.as_object_mut(), more.as_object()) {
        values.extend(more.clone());
    }
    ctx.event(permit, Action::ClientTagged, RecordKind::Client, Some(client.as_uuid()))
        .about(client)
        .fields(vec!["tags".to_owned()])
        .values(values)
}
