//! Custom fields: making, changing, deleting with a way back.

use crate::{AppError, Ctx, clients::seen_before};
use std::sync::Arc;
use zgoda_domain::{
    access::{ConfigureFields, Permit, ViewClients},
    audit::{Action, RecordKind},
    custom_field::{CustomField, FieldKind, parse_options},
    field_ref::FieldRef,
    id::FieldId,
    rule::{Invalids, Rule},
    text::ShortText,
};
use zgoda_persistence::{
    custom_fields::{self, FieldRecord, RESTORABLE},
    idempotency::{self, Idempotency},
};

/// What a new field is made of.
#[derive(Clone, Copy, Debug)]
pub struct NewField<'a> {
    pub name: &'a str,
    pub kind: FieldKind,
    pub options: &'a [String],
    pub sensitive: bool,
}

/// What of a field may change.
#[derive(Clone, Copy, Debug)]
pub struct FieldChange<'a> {
    pub name: &'a str,
    pub options: &'a [String],
    pub position: i32,
}

/// Live fields, then deleted ones that can still be restored.
pub async fn all(ctx: &Ctx, permit: &Permit<ViewClients>) -> Result<Vec<FieldRecord>, AppError> {
    let now = ctx.now();
    let mut fields = custom_fields::all(&ctx.db.read()).await?;
    fields.retain(|record| record.deleted_at.is_none_or(|at| now - at < RESTORABLE));
    fields.retain(|record| !permit.fields().hides(FieldRef::Custom(record.field.id)));
    Ok(fields)
}

/// The fields in use, to check input against. What they hold is protected where it is read.
pub async fn live(ctx: &Ctx) -> Result<Arc<[CustomField]>, AppError> {
    ctx.fields.get_or((), async || Ok(custom_fields::live(&ctx.db.read()).await?.into())).await
}

/// Makes a field at the end of the list, with its index.
pub async fn create(
    ctx: &Ctx,
    permit: &Permit<ConfigureFields>,
    new: NewField<'_>,
    repeat: Option<&Idempotency>,
) -> Result<FieldId, AppError> {
    let mut invalids = Invalids::default();
    let name = invalids.take("/name", ShortText::parse(new.name));
    let options = parse_options(new.kind, new.options).map_err(|inner| invalids.nest("", inner)).ok();
    if new.kind == FieldKind::Consent {
        // Consent columns are made with their purpose.
        invalids.add("/kind", Rule::ReadOnly);
    }
    let (name, options) = invalids.or(name.zip(options))?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        return Ok(FieldId::from_uuid(id));
    }
    let field = CustomField {
        id: FieldId::generate(now, ctx.entropy()),
        name,
        kind: new.kind,
        options,
        sensitive: new.sensitive,
        consent: None,
        position: 0,
    };
    let id = field.id;
    custom_fields::insert(&tx, field, now).await?;
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    tx.commit(now, ctx.event(permit, Action::FieldCreated, RecordKind::CustomField, Some(id.as_uuid()))).await?;
    ctx.fields.forget_all();
    Ok(id)
}

/// Renames, reorders, changes options. Values are never touched.
pub async fn change(
    ctx: &Ctx,
    permit: &Permit<ConfigureFields>,
    id: FieldId,
    seen: i32,
    change: FieldChange<'_>,
) -> Result<FieldRecord, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let record =
        custom_fields::load(&tx, id).await?.filter(|record| record.deleted_at.is_none()).ok_or(AppError::NotFound)?;
    let mut invalids = Invalids::default();
    let name = invalids.take("/name", ShortText::parse(change.name));
    let options = parse_options(record.field.kind, change.options).map_err(|inner| invalids.nest("", inner)).ok();
    if change.position < 0 {
        invalids.add("/position", Rule::OutOfRange);
    }
    let (name, options) = invalids.or(name.zip(options))?;
    let field = CustomField { name, options, position: change.position, ..record.field };
    custom_fields::update(&tx, &field, seen).await?;
    tx.commit(now, ctx.event(permit, Action::FieldChanged, RecordKind::CustomField, Some(id.as_uuid()))).await?;
    ctx.fields.forget_all();
    custom_fields::load(&ctx.db.read(), id).await?.ok_or(AppError::NotFound)
}

/// Hides a field with its values for 30 days. Consent columns stay: they show the ledger.
pub async fn delete(ctx: &Ctx, permit: &Permit<ConfigureFields>, id: FieldId) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let record = custom_fields::load(&tx, id).await?.ok_or(AppError::NotFound)?;
    if record.field.kind == FieldKind::Consent {
        return Err(AppError::WrongState);
    }
    custom_fields::delete(&tx, id, now).await?;
    tx.commit(now, ctx.event(permit, Action::FieldDeleted, RecordKind::CustomField, Some(id.as_uuid()))).await?;
    ctx.fields.forget_all();
    Ok(())
}

/// Brings a deleted field back with its values.
pub async fn restore(ctx: &Ctx, permit: &Permit<ConfigureFields>, id: FieldId) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let record = custom_fields::load(&tx, id).await?.ok_or(AppError::NotFound)?;
    match record.deleted_at {
        Some(at) if now - at < RESTORABLE => {}
        Some(_) => return Err(AppError::NotFound),
        None => return Err(AppError::WrongState),
    }
    custom_fields::restore(&tx, &record.field).await?;
    tx.commit(now, ctx.event(permit, Action::FieldRestored, RecordKind::CustomField, Some(id.as_uuid()))).await?;
    ctx.fields.forget_all();
    Ok(())
}
