//! Reading queries of the client list for whoever asks.

use crate::{AppError, Ctx, clients::list_rights};
use zgoda_domain::{
    access::{Permit, ViewClients},
    custom_field::CustomField,
    search::{Asking, Catalogue, Named, Resolved, day_of, parse},
};
use zgoda_persistence::{accounts, consents, roles, tags};

/// What the caller may use in a query. `fields` are the custom fields that exist for them. Whoever opens cards for a reason
/// only finds them by what the list shows of them.
pub async fn catalogue(ctx: &Ctx, permit: &Permit<ViewClients>, fields: &[CustomField]) -> Result<Catalogue, AppError> {
    let reader = ctx.db.read();
    let people = accounts::all(&reader).await?.into_iter().map(|it| Named { id: it.id, name: it.name });
    let departments = roles::departments(&reader).await?.into_iter().map(|it| Named { id: it.id, name: it.name });
    let tags = tags::all(&reader).await?.into_iter().map(|it| Named { id: it.id, name: it.name });
    let purposes =
        consents::purposes(&reader).await?.into_iter().map(|(it, _)| Named { id: it.id, name: it.name.into_string() });
    Ok(Catalogue::new(fields, &list_rights(permit, fields))
        .with_people(people.collect())
        .with_departments(departments.collect())
        .with_tags(tags.collect(), !permit.needs_reason())
        .with_purposes(purposes.collect()))
}

/// Reads a query. Complaints are about the member `/query`, with the place in the text.
pub async fn read(
    ctx: &Ctx,
    permit: &Permit<ViewClients>,
    fields: &[CustomField],
    text: &str,
) -> Result<Resolved, AppError> {
    let catalogue = catalogue(ctx, permit, fields).await?;
    let asking = Asking { today: day_of(ctx.now()), me: permit.actor().account() };
    let resolved = parse(text, &catalogue).and_then(|query| query.resolve(&catalogue, asking));
    Ok(resolved.map_err(|problem| problem.at("/query"))?)
}
