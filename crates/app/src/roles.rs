//! Roles and departments: nobody grants more than they hold.

use crate::{AppError, Ctx, clients::seen_before, role_book::RoleBook, staff};
use serde_json::{Value, json};
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
        .values(json!({ "after": told(name.as_str(), content.parent, content.definition) }));
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
    let event = ctx.event(permit, Action::RoleChanged, RecordKind::Role, Some(id.as_uuid())).values(json!({
        "before": told(&before.name, before.parent_id, &before.definition),
        "after": told(name.as_str(), content.parent, content.definition),
    }));
    tx.commit(now, event).await?;
    ctx.forget_access();
    Ok(())
}

/// Takes a role away that nobody has and no other is based on.
pub async fn delete(ctx: &Ctx, permit: &Permit<EditStaff>, id: RoleId) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let book = book_to_change(&tx).await?;
    let before = own_role(&book, id)?;
    may_manage(permit, book.access(id).map(Arc::as_ref), "")?;
    let is_base = book.roles().iter().any(|role| role.parent_id == Some(id));
    if is_base || roles::holders(&tx, id).await? > 0 {
        return Err(AppError::WrongState);
    }
    roles::delete(&tx, id).await?;
    let event = ctx
        .event(permit, Action::RoleDeleted, RecordKind::Role, Some(id.as_uuid()))
        .values(json!({ "before": told(&before.name, before.parent_id, &before.definition) }));
    tx.commit(now, event).await?;
    ctx.forget_access();
    Ok(())
}

/// A role as the log tells it, member by member.
fn told(name: &str, parent: Option<RoleId>, definition: &RoleDefinition) -> Value {
    let RoleDefinition { rights, fields, departments, needs_reason, networks, needs_second_factor } = definition;
    json!({
        "name": name,
        "parent_id": parent,
        "rights": rights,
        "fields": fields,
        "departments": departments,
        "needs_reason": needs_reason,
        "networks": networks,
        "needs_second_factor": needs_second_factor,
    })
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
    let id = role.id;
    let changed = book.with(role)?;
    if let Some(whole) = changed.access(id)
        && let Err(inner) = content.definition.check_reach(whole)
    {
        let mut invalids = Invalids::default();
        invalids.nest("/definition", inner);
        return Err(invalids.into());
    }
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

/// Makes a department. Not for those who reach records by their own departments: it is none of theirs.
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
    may_shape(permit, id)?;
    roles::insert_department(&tx, id, &name, now).await?;
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    let event = ctx
        .event(permit, Action::DepartmentCreated, RecordKind::Department, Some(id.as_uuid()))
        .values(json!({ "after": { "name": name.as_str() } }));
    tx.commit(now, event).await?;
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
    book_to_change(&tx).await?;
    let before = department(&tx, id).await?;
    may_shape(permit, id)?;
    roles::rename_department(&tx, id, &name).await?;
    let event = ctx
        .event(permit, Action::DepartmentChanged, RecordKind::Department, Some(id.as_uuid()))
        .values(json!({ "before": { "name": before.name }, "after": { "name": name.as_str() } }));
    tx.commit(now, event).await?;
    Ok(())
}

/// Takes a department away that no client belongs to. Its staff lose it, so each of them must be within the caller's
/// reach.
pub async fn delete_department(ctx: &Ctx, permit: &Permit<EditStaff>, id: DepartmentId) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let book = book_to_change(&tx).await?;
    let before = department(&tx, id).await?;
    may_shape(permit, id)?;
    let members = roles::members(&tx, id).await?;
    for member in &members {
        staff::managed(&tx, permit, &book, *member).await?;
    }
    if !roles::delete_department(&tx, id).await? {
        return Err(AppError::WrongState);
    }
    let event = ctx
        .event(permit, Action::DepartmentDeleted, RecordKind::Department, Some(id.as_uuid()))
        .values(json!({ "before": { "name": before.name, "members": members } }));
    tx.commit(now, event).await?;
    ctx.forget_access();
    Ok(())
}

async fn department(tx: &Tx, id: DepartmentId) -> Result<DepartmentRecord, AppError> {
    roles::departments(tx).await?.into_iter().find(|known| known.id == id).ok_or(AppError::NotFound)
}

/// Whether a department is the caller's to make, rename or take away.
fn may_shape(permit: &Permit<EditStaff>, id: DepartmentId) -> Result<(), Invalids> {
    if permit.may_place_in(&[id]) { Ok(()) } else { Err(Invalids::one("", Rule::BeyondOwnRights)) }
}
