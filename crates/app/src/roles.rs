//! Roles and departments: nobody grants more than they hold.

use crate::{AppError, Ctx, clients::seen_before, role_book::RoleBook};
use serde_json::json;
use std::sync::Arc;
use zgoda_domain::{
    access::{Access, EditStaff, Permit, UseOwnAccount, ViewStaff, role::RoleDefinition},
    audit::{Action, RecordKind},
    id::{DepartmentId, FieldId, RoleId},
    rule::{Invalids, Rule},
    text::ShortText,
};
use zgoda_persistence::{
    Source, Tx, custom_fields,
    idempotency::{self, Idempotency},
    roles::{self, DepartmentRecord, RoleRecord},
};

/// What a role is made of.
#[derive(Clone, Copy, Debug)]
pub struct RoleContent<'a> {
    pub name: &'a str,
    pub parent: Option<RoleId>,
    pub definition: &'a RoleDefinition,
}

/// All roles with what they allow in the end.
pub async fn all(ctx: &Ctx, _permit: &Permit<ViewStaff>) -> Result<Arc<RoleBook>, AppError> {
    book(ctx).await
}

/// All roles, for what everyone may know of their own.
pub async fn of_everyone(ctx: &Ctx) -> Result<Arc<RoleBook>, AppError> {
    book(ctx).await
}

/// The roles of a moment ago; a change made here is seen at once.
pub(crate) async fn book(ctx: &Ctx) -> Result<Arc<RoleBook>, AppError> {
    ctx.roles.get_or((), async || Ok(Arc::new(RoleBook::new(roles::all(&ctx.db.read()).await?)?))).await
}

/// The roles as they stand, and stay until the transaction ends.
pub(crate) async fn book_to_change(tx: &Tx) -> Result<RoleBook, AppError> {
    roles::lock_changes(tx).await?;
    Ok(RoleBook::new(roles::all(tx).await?)?)
}

/// Makes a role.
pub async fn create(
    ctx: &Ctx,
    permit: &Permit<EditStaff>,
    content: RoleContent<'_>,
    repeat: Option<&Idempotency>,
) -> Result<RoleId, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        return Ok(RoleId::from_uuid(id));
    }
    let book = book_to_change(&tx).await?;
    let role = RoleRecord {
        id: RoleId::generate(now, ctx.entropy()),
        version: 1,
        name: String::new(),
        template: None,
        parent_id: content.parent,
        definition: content.definition.clone(),
    };
    let id = role.id;
    let name = check(&tx, permit, &book, content, role).await?;
    roles::insert(&tx, id, &name, content.parent, content.definition, now).await?;
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    let event = ctx
        .event(permit, Action::RoleCreated, RecordKind::Role, Some(id.as_uuid()))
        .values(json!({ "after": content.definition }));
    tx.commit(now, event).await?;
    ctx.forget_access();
    Ok(id)
}

/// Overwrites a role. It acts on its holders' next request.
pub async fn change(
    ctx: &Ctx,
    permit: &Permit<EditStaff>,
    id: RoleId,
    seen: i32,
    content: RoleContent<'_>,
) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let book = book_to_change(&tx).await?;
    let before = own_role(&book, id)?.clone();
    let role = RoleRecord { parent_id: content.parent, definition: content.definition.clone(), ..before.clone() };
    let name = check(&tx, permit, &book, content, role).await?;
    roles::update(&tx, id, seen, &name, content.parent, content.definition).await?;
    let event = ctx
        .event(permit, Action::RoleChanged, RecordKind::Role, Some(id.as_uuid()))
        .values(json!({ "before": before.definition, "after": content.definition }));
    tx.commit(now, event).await?;
    ctx.forget_access();
    Ok(())
}

/// Takes a role away that nobody has and no other is based on.
pub async fn delete(ctx: &Ctx, permit: &Permit<EditStaff>, id: RoleId) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let book = book_to_change(&tx).await?;
    own_role(&book, id)?;
    may_manage(permit, book.access(id).map(Arc::as_ref), "")?;
    let is_base = book.roles().iter().any(|role| role.parent_id == Some(id));
    if is_base || roles::holders(&tx, id).await? > 0 {
        return Err(AppError::WrongState);
    }
    roles::delete(&tx, id).await?;
    tx.commit(now, ctx.event(permit, Action::RoleDeleted, RecordKind::Role, Some(id.as_uuid()))).await?;
    ctx.forget_access();
    Ok(())
}

/// A role that may be changed: not one that comes with the product.
fn own_role(book: &RoleBook, id: RoleId) -> Result<&RoleRecord, AppError> {
    let role = book.role(id).ok_or(AppError::NotFound)?;
    if role.template.is_some() { Err(AppError::WrongState) } else { Ok(role) }
}

async fn check(
    source: &impl Source,
    permit: &Permit<EditStaff>,
    book: &RoleBook,
    content: RoleContent<'_>,
    role: RoleRecord,
) -> Result<ShortText, AppError> {
    let mut invalids = Invalids::default();
    let name = invalids.take("/name", ShortText::parse(content.name));
    let fields = custom_fields::all(source).await?;
    let known = |id: FieldId| fields.iter().any(|record| record.field.id == id);
    if let Err(inner) = content.definition.check(known) {
        invalids.nest("/definition", inner);
    }
    let name = invalids.or(name)?;
    let changed = book.with(role)?;
    // Roles based on this one change with it: for each, neither what was taken nor what is given may exceed the giver.
    for (before, now) in changed.differences(book) {
        may_manage(permit, before, "/definition")?;
        may_manage(permit, Some(now), "/definition")?;
    }
    Ok(name)
}

/// Refuses to give or take what the holder of the permit does not have.
pub(crate) fn may_manage(permit: &Permit<EditStaff>, access: Option<&Access>, pointer: &str) -> Result<(), Invalids> {
    match access {
        Some(access) if !permit.may_grant(access) => Err(Invalids::one(pointer, Rule::BeyondOwnRights)),
        _ => Ok(()),
    }
}

/// All departments by name.
pub async fn departments(ctx: &Ctx, _permit: &Permit<UseOwnAccount>) -> Result<Vec<DepartmentRecord>, AppError> {
    Ok(roles::departments(&ctx.db.read()).await?)
}

pub async fn create_department(
    ctx: &Ctx,
    permit: &Permit<EditStaff>,
    name: &str,
    repeat: Option<&Idempotency>,
) -> Result<DepartmentId, AppError> {
    let name = ShortText::parse(name).map_err(|rule| Invalids::one("/name", rule))?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        return Ok(DepartmentId::from_uuid(id));
    }
    let id = DepartmentId::generate(now, ctx.entropy());
    roles::insert_department(&tx, id, &name, now).await?;
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    tx.commit(now, ctx.event(permit, Action::DepartmentCreated, RecordKind::Department, Some(id.as_uuid()))).await?;
    Ok(id)
}

pub async fn rename_department(
    ctx: &Ctx,
    permit: &Permit<EditStaff>,
    id: DepartmentId,
    name: &str,
) -> Result<(), AppError> {
    let name = ShortText::parse(name).map_err(|rule| Invalids::one("/name", rule))?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if !roles::rename_department(&tx, id, &name).await? {
        return Err(AppError::NotFound);
    }
    tx.commit(now, ctx.event(permit, Action::DepartmentChanged, RecordKind::Department, Some(id.as_uuid()))).await?;
    Ok(())
}

/// Takes a department away that no client belongs to.
pub async fn delete_department(ctx: &Ctx, permit: &Permit<EditStaff>, id: DepartmentId) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if !roles::departments(&tx).await?.iter().any(|known| known.id == id) {
        return Err(AppError::NotFound);
    }
    if !roles::delete_department(&tx, id).await? {
        return Err(AppError::WrongState);
    }
    tx.commit(now, ctx.event(permit, Action::DepartmentDeleted, RecordKind::Department, Some(id.as_uuid()))).await?;
    ctx.forget_access();
    Ok(())
}
