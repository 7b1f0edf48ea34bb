//! Whose product this is: the controller, as mails, receipts and forms name it.

use crate::{AppError, Ctx};
use std::sync::Arc;
use zgoda_domain::{
    access::{ConfigureSecurity, Permit, UseOwnAccount},
    audit::{Action, RecordKind},
    organisation::{Organisation, OrganisationInput},
};
use zgoda_persistence::organisation as stored;

/// What was filled in, with its version; empty texts with version 0 until then. Everyone who works here may know it.
pub async fn show(ctx: &Ctx, _permit: &Permit<UseOwnAccount>) -> Result<(i32, OrganisationInput), AppError> {
    let (version, found) = stored::load(&ctx.db.read()).await?;
    Ok((version, found.map(|found| found.input()).unwrap_or_default()))
}

/// Overwrites the whole of it. Mails and receipts made from now on name what stands here then.
pub async fn change(
    ctx: &Ctx,
    permit: &Permit<ConfigureSecurity>,
    seen: i32,
    input: &OrganisationInput,
) -> Result<(), AppError> {
    let organisation = Organisation::parse(input)?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let (_, before) = stored::load(&tx).await?;
    let before = before.map(|before| before.input()).unwrap_or_default();
    stored::save(&tx, seen, &organisation).await?;
    let event = ctx
        .event(permit, Action::OrganisationChanged, RecordKind::Organisation, None)
        .fields(organisation.input().changed(&before));
    tx.commit(now, event).await?;
    ctx.organisation.forget_all();
    Ok(())
}

/// What was filled in a moment ago; a change made here is seen at once. `None` until somebody filled it in: whoever
/// writes to people must do without it.
pub async fn current(ctx: &Ctx) -> Result<Option<Arc<Organisation>>, AppError> {
    ctx.organisation.get_or((), async || Ok(stored::load(&ctx.db.read()).await?.1.map(Arc::new))).await
}
