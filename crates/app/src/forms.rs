//! Forms: drafts, publishing, closing.

use crate::{AppError, Ctx, clients::seen_before};
use zgoda_domain::{
    access::{EditForms, Permit, ViewForms},
    audit::{Action, RecordKind},
    consent::Language,
    form::{FormContext, FormDefinition, Mapping},
    form_templates::FormTemplate,
    id::{FormId, FormVersionId},
    message::MessageKind,
    rule::{Invalids, Rule},
    text::ShortText,
};
use zgoda_persistence::{
    Tx, custom_fields,
    forms::{self, FormRecord, VersionRecord},
    idempotency::{self, Idempotency},
    purposes, signups, wordings,
};

/// Characters of a public id: no vowels, so that it spells nothing; no look-alikes.
const ALPHABET: &[u8; 32] = b"bcdfghjkmnpqrstvwxyz23456789BCDF";

/// Characters in a public id.
const PUBLIC_ID: usize = 14;

/// A form with the version visitors see.
#[derive(Clone, Debug)]
pub struct FormWithLive {
    pub form: FormRecord,
    pub live: Option<VersionRecord>,
}

/// All forms, each with how many submissions it has and how many sign-ups wait for their confirmation.
pub async fn all(ctx: &Ctx, _permit: &Permit<ViewForms>) -> Result<Vec<(FormWithLive, u64, u64)>, AppError> {
    let reader = ctx.db.read();
    let counts = forms::submission_counts(&reader).await?;
    let waiting = signups::waiting_counts(&reader, ctx.now()).await?;
    let mut result = Vec::new();
    for form in forms::all(&reader).await? {
        let count = counts.get(&form.id).copied().unwrap_or_default();
        let live = live_version(ctx, &form).await?;
        let waits = waiting.get(&form.id).copied().unwrap_or_default();
        result.push((FormWithLive { form, live }, count, waits));
    }
    Ok(result)
}

pub async fn open(ctx: &Ctx, _permit: &Permit<ViewForms>, id: FormId) -> Result<FormWithLive, AppError> {
    let form = forms::load(&ctx.db.read(), id).await?.ok_or(AppError::NotFound)?;
    let live = live_version(ctx, &form).await?;
    Ok(FormWithLive { form, live })
}

/// A published version, and whether it is the one that visitors see.
#[derive(Clone, Debug)]
pub struct PublishedVersion {
    pub version: VersionRecord,
    pub is_live: bool,
}

/// What was published of a form, newest first.
pub async fn versions(ctx: &Ctx, _permit: &Permit<ViewForms>, id: FormId) -> Result<Vec<PublishedVersion>, AppError> {
    let reader = ctx.db.read();
    let form = forms::load(&reader, id).await?.ok_or(AppError::NotFound)?;
    let versions = forms::versions(&reader, id).await?;
    Ok(versions.into_iter().map(|version| of_form(&form, version)).collect())
}

/// One of them.
pub async fn version(
    ctx: &Ctx,
    _permit: &Permit<ViewForms>,
    id: FormId,
    number: i32,
) -> Result<PublishedVersion, AppError> {
    let reader = ctx.db.read();
    let form = forms::load(&reader, id).await?.ok_or(AppError::NotFound)?;
    let version = forms::numbered(&reader, id, number).await?.ok_or(AppError::NotFound)?;
    Ok(of_form(&form, version))
}

fn of_form(form: &FormRecord, version: VersionRecord) -> PublishedVersion {
    PublishedVersion { is_live: form.closed_at.is_none() && form.live_version == Some(version.id), version }
}

async fn live_version(ctx: &Ctx, form: &FormRecord) -> Result<Option<VersionRecord>, AppError> {
    match form.live_version {
        Some(id) => Ok(forms::version(&ctx.db.read(), id).await?),
        None => Ok(None),
    }
}

/// Makes a form from a template.
pub async fn create(
    ctx: &Ctx,
    permit: &Permit<EditForms>,
    name: &str,
    template: FormTemplate,
    language: Language,
    repeat: Option<&Idempotency>,
) -> Result<FormId, AppError> {
    let name = ShortText::parse(name).map_err(|rule| Invalids::one("/name", rule))?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        return Ok(FormId::from_uuid(id));
    }
    let id = FormId::generate(now, ctx.entropy());
    let definition = template.definition(name.as_str(), language);
    forms::insert(&tx, id, &public_id(ctx), name.as_str(), &definition, now).await?;
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    tx.commit(now, ctx.event(permit, Action::FormCreated, RecordKind::Form, Some(id.as_uuid()))).await?;
    Ok(id)
}

/// Whether a text has the shape of a public id.
pub(crate) fn is_public_id(text: &str) -> bool {
    text.len() == PUBLIC_ID && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

fn public_id(ctx: &Ctx) -> String {
    let bytes: [u8; PUBLIC_ID] = ctx.vault.entropy.bytes();
    bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32))).copied().map(char::from).collect()
}

/// Saves the draft; visitors see nothing of it yet.
pub async fn save(
    ctx: &Ctx,
    permit: &Permit<EditForms>,
    id: FormId,
    seen: i32,
    name: &str,
    definition: &FormDefinition,
) -> Result<FormWithLive, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let form = forms::load(&tx, id).await?.ok_or(AppError::NotFound)?;
    if form.version != seen {
        return Err(AppError::Outdated);
    }
    let mut invalids = Invalids::default();
    let name = invalids.take("/name", ShortText::parse(name));
    if let Err(inner) = checked(ctx, &tx, definition, Completeness::Draft).await? {
        invalids.nest("/definition", inner);
    }
    let name = invalids.or(name)?;
    forms::update(&tx, id, seen, name.as_str(), &definition.clone().normalised(), now).await?;
    tx.commit(now, ctx.event(permit, Action::FormChanged, RecordKind::Form, Some(id.as_uuid()))).await?;
    let form = forms::load(&ctx.db.read(), id).await?.ok_or(AppError::NotFound)?;
    let live = live_version(ctx, &form).await?;
    Ok(FormWithLive { form, live })
}

/// Makes the draft the version that visitors see; the one before is retired.
pub async fn publish(ctx: &Ctx, permit: &Permit<EditForms>, id: FormId, seen: i32) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let form = forms::load(&tx, id).await?.ok_or(AppError::NotFound)?;
    if form.version != seen {
        return Err(AppError::Outdated);
    }
    if let Err(inner) = checked(ctx, &tx, &form.definition, Completeness::Published).await? {
        let mut invalids = Invalids::default();
        invalids.nest("/definition", inner);
        return Err(invalids.into());
    }
    let version = FormVersionId::generate(now, ctx.entropy());
    forms::publish(&tx, &form, version, now).await?;
    tx.commit(now, ctx.event(permit, Action::FormPublished, RecordKind::Form, Some(id.as_uuid()))).await?;
    ctx.published.forget_doors();
    Ok(())
}

/// Takes the form away from visitors; publishing opens it again.
pub async fn close(ctx: &Ctx, permit: &Permit<EditForms>, id: FormId) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    forms::close(&tx, id, now).await?;
    tx.commit(now, ctx.event(permit, Action::FormClosed, RecordKind::Form, Some(id.as_uuid()))).await?;
    ctx.published.forget_doors();
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Completeness {
    Draft,
    Published,
}

async fn checked(
    ctx: &Ctx,
    tx: &Tx,
    definition: &FormDefinition,
    completeness: Completeness,
) -> Result<Result<(), Invalids>, AppError> {
    let custom_fields = custom_fields::live(tx).await?;
    let purposes = purposes::all(tx).await?;
    let wordings = wordings::all(tx).await?;
    let context = FormContext { custom_fields: &custom_fields, purposes: &purposes, wordings: &wordings };
    Ok(match completeness {
        Completeness::Draft => definition.check(&context),
        Completeness::Published => definition.check_complete(&context).and_then(|()| {
            // No page may promise a mail that cannot come.
            let mut invalids = Invalids::default();
            if !ctx.channels.has(MessageKind::Email) {
                if definition.mapping == Mapping::Email {
                    invalids.add("/mapping", Rule::MailNeeded);
                }
                for place in definition.confirms_by_mail(&purposes) {
                    invalids.add(place, Rule::MailNeeded);
                }
            }
            invalids.or(Some(()))
        }),
    })
}
