//! Forms as visitors meet them.

use crate::{AppError, Ctx, forms::is_public_id, recent::Recent};
use moka::sync::Cache;
use std::{collections::HashMap, sync::Arc};
use zgoda_domain::{
    consent::Purpose,
    id::{FormId, FormVersionId, WordingId},
    message::MessageKind,
};
use zgoda_persistence::{
    forms::{self, Door, VersionRecord},
    purposes, wordings,
};

/// A published form with the texts its consents show.
#[derive(Clone, Debug)]
pub struct PublishedForm {
    pub version: VersionRecord,
    pub wordings: HashMap<WordingId, String>,
}

impl PublishedForm {
    /// The purposes, if this form asks for any consent.
    pub(crate) async fn purposes(&self, ctx: &Ctx) -> Result<Arc<[Purpose]>, AppError> {
        if self.wordings.is_empty() {
            return Ok(Arc::default());
        }
        purposes(ctx).await
    }
}

/// All purposes.
pub(crate) async fn purposes(ctx: &Ctx) -> Result<Arc<[Purpose]>, AppError> {
    let read = async || Ok(purposes::all(&ctx.db.read()).await?.into());
    ctx.purposes.get_or((), read).await
}

/// What was looked up before.
#[derive(Clone)]
pub(crate) struct PublishedForms {
    doors: Recent<String, Door>,
    /// Whether a form has as many submissions as its quota.
    pub(crate) full: Recent<(FormId, u32), bool>,
    /// Published versions and wordings never change, so they are kept as long as there is room.
    versions: Cache<FormVersionId, Arc<PublishedForm>>,
}

impl PublishedForms {
    /// To be called when a form was published or closed.
    pub(crate) fn forget_doors(&self) {
        self.doors.forget_all();
    }
}

impl Default for PublishedForms {
    fn default() -> Self {
        Self { doors: Recent::default(), full: Recent::default(), versions: Cache::builder().max_capacity(200).build() }
    }
}

async fn door(ctx: &Ctx, public_id: &str) -> Result<Door, AppError> {
    // What cannot be an id is not worth a look, nor a place among what was looked up.
    if !is_public_id(public_id) {
        return Ok(Door::None);
    }
    let read = async || Ok::<_, AppError>(forms::door(&ctx.db.read(), public_id).await?);
    ctx.published.doors.get_or(public_id.to_owned(), read).await
}

/// The form behind a public id, whether visitors may still answer it or not: those who did may ask for their receipts.
pub async fn known(ctx: &Ctx, public_id: &str) -> Result<Arc<PublishedForm>, AppError> {
    match door(ctx, public_id).await? {
        Door::None => Err(AppError::NotFound),
        Door::Closed(last) | Door::Open(last) => of_version(ctx, last).await,
    }
}

/// The form behind a public id, if visitors may answer it now.
pub async fn open(ctx: &Ctx, public_id: &str) -> Result<Arc<PublishedForm>, AppError> {
    let live = match door(ctx, public_id).await? {
        Door::None => return Err(AppError::NotFound),
        Door::Closed(_) => return Err(AppError::FormClosed),
        Door::Open(live) => live,
    };
    let form = of_version(ctx, live).await?;
    if form.version.definition.confirm_first && !ctx.channels.has(MessageKind::Email) {
        // Nobody could confirm anything.
        return Err(AppError::FormClosed);
    }
    Ok(form)
}

/// A published version, live or not.
pub(crate) async fn of_version(ctx: &Ctx, id: FormVersionId) -> Result<Arc<PublishedForm>, AppError> {
    if let Some(form) = ctx.published.versions.get(&id) {
        return Ok(form);
    }
    let version = forms::version(&ctx.db.read(), id).await?.ok_or(AppError::NotFound)?;
    let shown: Vec<WordingId> =
        version.definition.fields.iter().filter_map(|field| field.consent.map(|item| item.wording_id)).collect();
    let wordings = if shown.is_empty() { Vec::new() } else { wordings::all(&ctx.db.read()).await? };
    let wordings = wordings
        .into_iter()
        .filter(|wording| shown.contains(&wording.id))
        .map(|wording| (wording.id, wording.text.into_string()))
        .collect();
    let form = Arc::new(PublishedForm { version, wordings });
    ctx.published.versions.insert(id, Arc::clone(&form));
    Ok(form)
}
