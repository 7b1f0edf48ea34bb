//! Whether a form takes answers now: its window, and how many it takes in all.

use crate::{AppError, Ctx, published_forms::PublishedForm};
use chrono::{DateTime, Utc};
use zgoda_domain::{form::FormDefinition, form_conduct::Window, id::FormId};
use zgoda_persistence::{Source, submissions};

/// Refuses outside the window.
pub(crate) fn check_window(definition: &FormDefinition, now: DateTime<Utc>) -> Result<(), AppError> {
    match definition.window(now) {
        Window::NotYet(opens_at) => Err(AppError::FormNotOpen(opens_at)),
        Window::Open => Ok(()),
        Window::Over => Err(AppError::FormClosed),
    }
}

/// For showing a form: refuses outside the window, and when a moment ago there was no place left.
pub async fn check(ctx: &Ctx, form: &PublishedForm) -> Result<(), AppError> {
    let (definition, form_id) = (&form.version.definition, form.version.form_id);
    check_window(definition, ctx.now())?;
    let Some(quota) = definition.quota else { return Ok(()) };
    let read = async || Ok::<_, AppError>(submissions::reach(&ctx.db.read(), form_id, quota, ctx.now()).await?);
    if ctx.published.full.get_or((form_id, quota), read).await? { Err(AppError::FormClosed) } else { Ok(()) }
}

/// The name that whoever takes a place has claimed; to be claimed after any address. `None` where places are not counted.
pub(crate) fn claim(form: &PublishedForm) -> Option<String> {
    form.version.definition.quota.map(|_| claim_of(form.version.form_id))
}

fn claim_of(form: FormId) -> String {
    format!("places of {form}")
}

/// Refuses when no place is left. Exact in a transaction that has [`claim`]ed them, however many processes ask at once.
pub(crate) async fn take(source: &impl Source, form: &PublishedForm, now: DateTime<Utc>) -> Result<(), AppError> {
    let Some(quota) = form.version.definition.quota else { return Ok(()) };
    if submissions::reach(source, form.version.form_id, quota, now).await? { Err(AppError::FormClosed) } else { Ok(()) }
}

/// To be called when a place was taken, so that this process shows the form as full at once.
pub(crate) fn taken(ctx: &Ctx, form: &PublishedForm) {
    if let Some(quota) = form.version.definition.quota {
        ctx.published.full.forget(&(form.version.form_id, quota));
    }
}
