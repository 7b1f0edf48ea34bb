//! Purposes as staff look after them: all of them with what rests on each, changing, retiring, comparing wordings.

use crate::{
    AppError, Ctx,
    consents::{column_name, make_column},
    wording_diff::{self, Segment},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use zgoda_domain::{
    access::{EditPurposes, Permit, ViewPurposes},
    audit::{Action, RecordKind},
    consent::{NewPurpose, Purpose, Wording},
    custom_field::CustomField,
    id::{FormId, PurposeId, WordingId},
};
use zgoda_persistence::{Reader, Tx, custom_fields, purposes, wordings};

/// A purpose with what rests on it.
#[derive(Clone, Debug)]
pub struct PurposeOverview {
    pub purpose: Purpose,
    pub created_at: DateTime<Utc>,
    /// Newest first, each with how many live consents rest on it.
    pub wordings: Vec<(Wording, u64)>,
    /// Consents that allow something now, whatever they rest on.
    pub live_consents: u64,
    /// Forms that visitors can answer now and that ask for it: id and name.
    pub asked_by: Vec<(FormId, String)>,
}

/// All purposes by name.
pub async fn all(ctx: &Ctx, _permit: &Permit<ViewPurposes>) -> Result<Vec<PurposeOverview>, AppError> {
    overviews(&ctx.db.read(), ctx.now()).await
}

async fn overviews(reader: &Reader<'_>, now: DateTime<Utc>) -> Result<Vec<PurposeOverview>, AppError> {
    let live = purposes::live_consents(reader, now).await?;
    let forms = purposes::open_forms(reader).await?;
    let mut wordings = wordings::all(reader).await?;
    let overviews = purposes::dated(reader).await?.into_iter().map(|(purpose, created_at)| {
        let id = purpose.id;
        let own = wordings.extract_if(.., |wording| wording.purpose_id == id);
        let count = |wording: &Wording| live.get(&(id, Some(wording.id))).copied().unwrap_or_default();
        let asks = |form: &&purposes::OpenForm| {
            form.definition.fields.iter().any(|field| field.consent.is_some_and(|item| item.purpose_id == id))
        };
        PurposeOverview {
            wordings: own.map(|wording| (count(&wording), wording)).map(|(n, wording)| (wording, n)).collect(),
            live_consents: live.iter().filter(|((of, _), _)| *of == id).map(|(_, n)| n).sum(),
            asked_by: forms.iter().filter(asks).map(|form| (form.id, form.name.clone())).collect(),
            purpose,
            created_at,
        }
    });
    Ok(overviews.collect())
}

async fn overview(ctx: &Ctx, id: PurposeId) -> Result<PurposeOverview, AppError> {
    let all = overviews(&ctx.db.read(), ctx.now()).await?;
    all.into_iter().find(|overview| overview.purpose.id == id).ok_or(AppError::NotFound)
}

/// Changes a purpose (see [`Purpose::changed`]). A new channel makes its column; a new name renames the columns that still
/// have the name they were made with.
pub async fn change(
    ctx: &Ctx,
    permit: &Permit<EditPurposes>,
    id: PurposeId,
    seen: i32,
    new: NewPurpose,
) -> Result<PurposeOverview, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let all = all_held(&tx, id).await?;
    let before = all.iter().find(|purpose| purpose.id == id).ok_or(AppError::NotFound)?;
    if before.version != seen {
        return Err(AppError::Outdated);
    }
    let after = before.changed(new, purposes::is_used(&tx, id).await?, &all)?;
    purposes::update(&tx, &after, seen).await?;
    keep_columns(ctx, &tx, before, &after, now).await?;
    let differences = after.differences(before);
    let event = ctx
        .event(permit, Action::PurposeChanged, RecordKind::Purpose, Some(id.as_uuid()))
        .values(json!({ "before": told(before, &differences), "after": told(&after, &differences) }))
        .fields(differences.into_iter().map(str::to_owned).collect());
    tx.commit(now, event).await?;
    forget(ctx);
    overview(ctx, id).await
}

/// Asks for a purpose no more: no form that asks for it can be published from now on. Consents stand, and so do forms
/// that are open already; the answer names those.
pub async fn retire(ctx: &Ctx, permit: &Permit<EditPurposes>, id: PurposeId) -> Result<PurposeOverview, AppError> {
    set_retired(ctx, permit, id, true).await
}

/// Lets a retired purpose be asked for again.
pub async fn restore(ctx: &Ctx, permit: &Permit<EditPurposes>, id: PurposeId) -> Result<PurposeOverview, AppError> {
    set_retired(ctx, permit, id, false).await
}

async fn set_retired(
    ctx: &Ctx,
    permit: &Permit<EditPurposes>,
    id: PurposeId,
    retired: bool,
) -> Result<PurposeOverview, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let all = all_held(&tx, id).await?;
    let before = all.into_iter().find(|purpose| purpose.id == id).ok_or(AppError::NotFound)?;
    if before.retired_at.is_some() == retired {
        return Err(AppError::WrongState);
    }
    let seen = before.version;
    let after = Purpose { retired_at: retired.then_some(now), version: seen.saturating_add(1), ..before };
    purposes::update(&tx, &after, seen).await?;
    let action = if retired { Action::PurposeRetired } else { Action::PurposeRestored };
    tx.commit(now, ctx.event(permit, action, RecordKind::Purpose, Some(id.as_uuid()))).await?;
    forget(ctx);
    overview(ctx, id).await
}

/// All purposes, before one of them changes: nobody else changes one meanwhile, nor names this one anew.
async fn all_held(tx: &Tx, id: PurposeId) -> Result<Vec<Purpose>, AppError> {
    purposes::lock_changes(tx).await?;
    purposes::hold(tx, id).await?;
    Ok(purposes::all(tx).await?)
}

/// Makes missing columns, and renames those that nobody renamed by hand.
async fn keep_columns(
    ctx: &Ctx,
    tx: &Tx,
    before: &Purpose,
    after: &Purpose,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let columns = custom_fields::all(tx).await?;
    for channel in after.channels.iter().copied() {
        match columns.iter().find(|record| record.field.consent == Some((after.id, channel))) {
            None => make_column(ctx, tx, after, channel, now).await?,
            Some(record) => {
                let name = column_name(after, channel)?;
                if record.field.name == column_name(before, channel)? && record.field.name != name {
                    custom_fields::update(tx, &CustomField { name, ..record.field.clone() }, record.version).await?;
                }
            }
        }
    }
    Ok(())
}

fn forget(ctx: &Ctx) {
    ctx.purposes.forget_all();
    // Its columns are fields.
    ctx.fields.forget_all();
}

/// The members of a purpose that changed, as the log tells them.
fn told(purpose: &Purpose, members: &[&str]) -> Value {
    let all = json!({
        "name": purpose.name.as_str(),
        "basis": purpose.basis.code(),
        "is_marketing": purpose.is_marketing,
        "channels": purpose.channels.iter().map(|channel| channel.code()).collect::<Vec<_>>(),
        "validity_days": purpose.validity_days,
        "parent": purpose.parent_id.map(|id| format!("purpose:{id}")),
        "double_opt_in": purpose.double_opt_in,
    });
    members.iter().filter_map(|member| Some(((*member).to_owned(), all.get(member)?.clone()))).collect()
}

/// Two wordings of one purpose with what differs, word by word.
pub async fn compare(
    ctx: &Ctx,
    _permit: &Permit<ViewPurposes>,
    purpose: PurposeId,
    from: WordingId,
    to: WordingId,
) -> Result<(Wording, Wording, Vec<Segment>), AppError> {
    let wordings = wordings::all(&ctx.db.read()).await?;
    let find = |id| wordings.iter().find(|it| it.purpose_id == purpose && it.id == id).ok_or(AppError::NotFound);
    let (from, to) = (find(from)?.clone(), find(to)?.clone());
    // A few milliseconds of pure work: away from the threads that serve requests.
    let work = move || {
        let segments = wording_diff::compare(&from.text, &to.text);
        (from, to, segments)
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| AppError::Unexpected(Box::new(error)))
}
