//! Saved filters: ways of looking at the client list, kept under names and shared.

use crate::{AppError, Ctx, clients::seen_before, custom_fields as fields_in_use, listing, search_language};
use serde_json::json;
use std::collections::HashSet;
use zgoda_domain::{
    access::{Actor, ConfigureFields, FieldRights, Permit, ViewClients},
    audit::{Action, RecordKind},
    custom_field::CustomField,
    field_ref::FieldRef,
    id::{AccountId, FilterId},
    rule::{Invalid, Invalids, Rule},
    saved_filter::{ListView, MAX_FILTERS, SharedWith},
    search::{Catalogue, Fault, Field, parse},
};
use zgoda_persistence::{
    custom_fields,
    idempotency::{self, Idempotency},
    saved_filters::{self, FilterRecord},
};

/// What does not hold of a view any more.
#[derive(Debug)]
pub struct ViewProblem {
    /// Where and what; points into the view.
    pub complaint: Invalid,
    /// The name of the field that it speaks of, also of a deleted one.
    pub field_name: Option<String>,
}

/// A filter as its reader may see it.
#[derive(Debug)]
pub struct ShownFilter {
    pub record: FilterRecord,
    /// Its query in the language of the reader's account, with the names of today.
    pub query: Option<String>,
    /// Empty for a filter that can be used.
    pub problems: Vec<ViewProblem>,
    /// The reader may change it.
    pub editable: bool,
}

/// A view that is about to be saved; its query as it was typed.
#[derive(Debug)]
pub struct NewView {
    pub view: ListView,
    pub query: Option<String>,
}

/// The caller's filters and those that are shared with them. Of fields that are hidden from the caller nothing is told, and
/// of masked ones not what others look for in them.
pub async fn all(ctx: &Ctx, permit: &Permit<ViewClients>) -> Result<Vec<ShownFilter>, AppError> {
    let account = account(permit)?;
    let reader = ctx.db.read();
    let records = saved_filters::seen_by(&reader, account, permit.visible().departments()).await?;
    let every = custom_fields::all(&reader).await?;
    let fields = permit.fields().existing(&fields_in_use::live(ctx).await?);
    let rights = listing::list_rights(permit, &fields);
    let live = fields_in_use::live(ctx).await?;
    let catalogue = match records.iter().any(|record| !record.view.query.is_everything()) {
        true => search_language::catalogue(ctx, permit, &fields).await?,
        false => Catalogue::default(),
    };
    let shown = records.into_iter().map(|mut record| {
        let (conditions, asked) = (record.view.filter.len(), !record.view.query.is_everything());
        let whole = is_whole(permit, &rights, &live, &record);
        let editable = may_change(permit, account, &record) && whole;
        if !whole {
            record.view = record.view.without(&live, |field| permit.fields().hides(field));
            if !is_own(permit, &record) {
                record.view = record.view.without_asking(&live, |field| rights.check_use(field).is_err());
            }
        }
        let mut complaints = record.view.complaints(&fields);
        if record.view.filter.len() < conditions {
            // With a condition less it would find clients that it was not made for.
            complaints.add("/filter", Rule::NotShown);
        }
        for (pointer, field) in record.view.fields().filter(|(pointer, _)| !pointer.starts_with("/columns")) {
            if !complaints.as_slice().iter().any(|known| known.pointer == pointer) {
                complaints.take(pointer, rights.check_use(field));
            }
        }
        let query = (!record.view.query.is_everything()).then(|| record.view.query.print(&catalogue));
        match &query {
            Some(text) => {
                if let Err(problem) = parse(text, &catalogue) {
                    complaints.nest("", problem.at("/query"));
                }
            }
            None if asked => complaints.add("/query", Rule::NotShown),
            None => {}
        }
        let places: Vec<(String, FieldRef)> = record.view.fields().collect();
        let name = |complaint: &Invalid| {
            let field = match &complaint.rule {
                // A deleted field stands in the text by its id.
                Rule::Query { fault: Fault::DeletedField, start, end, .. } => {
                    let Ok(Field::Card(field)) = query.as_ref()?.get(*start..*end)?.parse() else { return None };
                    field
                }
                _ => {
                    let of = |(place, _): &&(String, FieldRef)| {
                        complaint.pointer.starts_with(place.trim_end_matches("field"))
                    };
                    places.iter().find(of)?.1
                }
            };
            let FieldRef::Custom(id) = field else { return None };
            let known = every.iter().find(|known| known.field.id == id)?;
            Some(known.field.name.as_str().to_owned())
        };
        let problems = complaints.into_vec().into_iter();
        let problems = problems.map(|complaint| ViewProblem { field_name: name(&complaint), complaint });
        let problems = problems.collect();
        ShownFilter { record, query, problems, editable }
    });
    Ok(shown.collect())
}

/// Saves a filter. To share with a department takes to belong to it, or what it takes to share with everyone: the right to
/// say which fields everyone has. Both shape everybody's list.
pub async fn create(
    ctx: &Ctx,
    permit: &Permit<ViewClients>,
    shared: SharedWith,
    new: NewView,
    repeat: Option<&Idempotency>,
) -> Result<FilterId, AppError> {
    let account = account(permit)?;
    let view = check(ctx, permit, new).await?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        return Ok(FilterId::from_uuid(id));
    }
    check_sharing(permit, shared, SharedWith::Nobody)?;
    if saved_filters::count_of(&tx, account).await? >= MAX_FILTERS {
        let max = usize::try_from(MAX_FILTERS).unwrap_or(usize::MAX);
        return Err(Invalids::one("", Rule::TooMany { max }).into());
    }
    let id = FilterId::generate(now, ctx.entropy());
    saved_filters::insert(&tx, id, account, shared, &view, now)?;
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    let event = ctx
        .event(permit, Action::FilterCreated, RecordKind::SavedFilter, Some(id.as_uuid()))
        .values(json!({ "after": { "name": view.name, "sharing": shared.sharing() } }));
    tx.commit(now, event).await?;
    Ok(id)
}

/// Overwrites a filter if nobody changed it since the caller looked: one's own, or a shared one by who may share with
/// everyone.
pub async fn change(
    ctx: &Ctx,
    permit: &Permit<ViewClients>,
    id: FilterId,
    seen: i32,
    shared: SharedWith,
    new: NewView,
) -> Result<(), AppError> {
    let view = check(ctx, permit, new).await?;
    let (now, live) = (ctx.now(), fields_in_use::live(ctx).await?);
    let tx = ctx.db.begin().await?;
    let before = to_change(permit, &live, saved_filters::load(&tx, id).await?)?;
    check_sharing(permit, shared, before.shared_with)?;
    saved_filters::update(&tx, id, seen, shared, &view).await?;
    let event = ctx.event(permit, Action::FilterChanged, RecordKind::SavedFilter, Some(id.as_uuid())).values(json!({
        "before": { "name": before.view.name, "sharing": before.shared_with.sharing() },
        "after": { "name": view.name, "sharing": shared.sharing() },
    }));
    tx.commit(now, event).await?;
    Ok(())
}

/// Deletes a filter, whoever looks at the list through it. By whom it may be changed.
pub async fn delete(ctx: &Ctx, permit: &Permit<ViewClients>, id: FilterId, seen: i32) -> Result<(), AppError> {
    let (now, live) = (ctx.now(), fields_in_use::live(ctx).await?);
    let tx = ctx.db.begin().await?;
    let before = to_change(permit, &live, saved_filters::load(&tx, id).await?)?;
    saved_filters::delete(&tx, id, seen).await?;
    let event = ctx
        .event(permit, Action::FilterDeleted, RecordKind::SavedFilter, Some(id.as_uuid()))
        .values(json!({ "before": { "name": before.view.name, "sharing": before.shared_with.sharing() } }));
    tx.commit(now, event).await?;
    Ok(())
}

fn account(permit: &Permit<ViewClients>) -> Result<AccountId, AppError> {
    permit.actor().account().ok_or(AppError::WrongState)
}

/// Whether the caller made it. A program makes none, and may see less than the account it works for.
fn is_own(permit: &Permit<ViewClients>, filter: &FilterRecord) -> bool {
    permit.actor() == Actor::Account(filter.account_id)
}

/// Whether the caller sees all of it: it tells of no field that is hidden from them, and, if somebody else made it, does not
/// tell what was looked for in fields that are masked.
fn is_whole(permit: &Permit<ViewClients>, rights: &FieldRights, live: &[CustomField], filter: &FilterRecord) -> bool {
    filter.view.is_without(live, |field| permit.fields().hides(field))
        && (is_own(permit, filter) || filter.view.asks_nothing_of(live, |field| rights.check_use(field).is_err()))
}

fn may_change(permit: &Permit<ViewClients>, account: AccountId, filter: &FilterRecord) -> bool {
    let shared = filter.shared_with != SharedWith::Nobody;
    permit.session().is_some()
        && (filter.account_id == account || (shared && permit.and::<ConfigureFields>().is_some()))
}

/// One that the caller does not see is answered as if it did not exist. Whoever sees a part of it would lose the rest.
fn to_change(
    permit: &Permit<ViewClients>,
    live: &[CustomField],
    found: Option<FilterRecord>,
) -> Result<FilterRecord, AppError> {
    let account = account(permit)?;
    let filter = found.filter(|filter| may_change(permit, account, filter)).ok_or(AppError::NotFound)?;
    let fields = permit.fields().existing(live);
    let whole = is_whole(permit, &listing::list_rights(permit, &fields), live, &filter);
    if whole { Ok(filter) } else { Err(AppError::PartialView) }
}

async fn check(ctx: &Ctx, permit: &Permit<ViewClients>, new: NewView) -> Result<ListView, AppError> {
    let fields = permit.fields().existing(&fields_in_use::live(ctx).await?);
    let rights = listing::list_rights(permit, &fields);
    let mut view = new.view.parse(&fields)?;
    let mut invalids = Invalids::default();
    if let Some(text) = &new.query {
        match parse(text, &search_language::catalogue(ctx, permit, &fields).await?) {
            Ok(query) => view.query = query,
            Err(problem) => invalids.nest("", problem.at("/query")),
        }
    }
    let mut told = HashSet::new();
    for (pointer, field) in view.fields() {
        // A masked column shows that there is a value; nothing is searched or ordered by it.
        let allowed = match pointer.starts_with("/columns") {
            true if permit.fields().hides(field) => Err(Rule::Unknown),
            true => Ok(()),
            false => rights.check_use(field),
        };
        if told.insert(pointer.clone()) {
            invalids.take(pointer, allowed);
        }
    }
    Ok(invalids.or(Some(view))?)
}

/// Sharing that stays as it is takes nothing.
fn check_sharing(permit: &Permit<ViewClients>, shared: SharedWith, before: SharedWith) -> Result<(), Invalids> {
    let administers = permit.and::<ConfigureFields>().is_some();
    match shared {
        _ if shared == before => Ok(()),
        SharedWith::Nobody => Ok(()),
        // Whoever may show it to everyone may show it to some.
        SharedWith::Department(id) if administers || permit.visible().departments().contains(&id) => Ok(()),
        SharedWith::Department(_) => Err(Invalids::one("/department_id", Rule::BeyondOwnRights)),
        SharedWith::Everyone if administers => Ok(()),
        SharedWith::Everyone => Err(Invalids::one("/sharing", Rule::BeyondOwnRights)),
    }
}
