//! Reading queries of the client list for whoever asks.

use crate::{AppError, Ctx, letters::language_of, listing::list_rights};
use chrono::{DateTime, Utc};
use zgoda_domain::{
    access::{Permit, RightType},
    consent::Language,
    custom_field::CustomField,
    search::{Asking, Catalogue, Named, Problem, Query, Resolved, day_of, parse},
};
use zgoda_persistence::{accounts, purposes, roles, tags};

/// What the caller may use in a query, in the language of their account. `fields` are the custom fields that exist for them. Whoever opens cards for a reason
/// only finds them by what the list shows of them.
pub async fn catalogue<R: RightType>(
    ctx: &Ctx,
    permit: &Permit<R>,
    fields: &[CustomField],
) -> Result<Catalogue, AppError> {
    let reader = ctx.db.read();
    let accounts = accounts::all(&reader).await?;
    let former = accounts.iter().filter(|it| it.disabled).map(|it| it.id).collect();
    let people = accounts.into_iter().map(|it| Named { id: it.id, name: it.name });
    let departments = roles::departments(&reader).await?.into_iter().map(|it| Named { id: it.id, name: it.name });
    let tags = tags::all(&reader).await?.into_iter().map(|it| Named { id: it.id, name: it.name });
    let purposes = purposes::all(&reader).await?.into_iter().map(|it| Named { id: it.id, name: it.name.into_string() });
    Ok(Catalogue::new(fields, &list_rights(permit, fields))
        .in_language(language(ctx, permit).await?)
        .with_people(people.collect())
        .with_former(former)
        .with_departments(departments.collect())
        .with_tags(tags.collect(), !permit.needs_reason())
        .with_purposes(purposes.collect()))
}

async fn language<R: RightType>(ctx: &Ctx, permit: &Permit<R>) -> Result<Language, AppError> {
    let Some(id) = permit.actor().account() else { return Ok(Language::Pl) };
    Ok(accounts::load(&ctx.db.read(), id).await?.as_ref().map_or(Language::Pl, language_of))
}

fn asking<R: RightType>(permit: &Permit<R>, at: DateTime<Utc>) -> Asking {
    Asking { today: day_of(at), me: permit.actor().account() }
}

/// What a query that was read before asks for, as if at that moment.
pub async fn resolve<R: RightType>(
    ctx: &Ctx,
    permit: &Permit<R>,
    fields: &[CustomField],
    query: &Query,
    at: DateTime<Utc>,
) -> Result<Result<Resolved, Problem>, AppError> {
    if query.is_everything() {
        return Ok(Ok(Resolved::default()));
    }
    Ok(query.resolve(&catalogue(ctx, permit, fields).await?, asking(permit, at)))
}

/// Reads a query. Complaints are about the member `/query`, with the place in the text.
pub async fn read<R: RightType>(
    ctx: &Ctx,
    permit: &Permit<R>,
    fields: &[CustomField],
    text: &str,
) -> Result<Resolved, AppError> {
    let catalogue = catalogue(ctx, permit, fields).await?;
    let asking = asking(permit, ctx.now());
    let resolved = parse(text, &catalogue).and_then(|query| query.resolve(&catalogue, asking));
    Ok(resolved.map_err(|problem| problem.at("/query"))?)
}
