//! Cards: making, changing, opening.

use crate::{
    AppError, Ctx, audit as log,
    consents::{self, ClientConsent},
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};
use zgoda_domain::{
    access::{
        AssignClients, Assignment, CreateClients, Credential, DeleteClients, EditClients, Permit, RightType, ViewAudit,
        ViewClients,
    },
    audit::{Action, RecordKind},
    client::{ClientDetails, ClientInput},
    custom_field::{CustomField, CustomValues, FieldKind, parse_values},
    email::EmailAddress,
    field_ref::FieldRef,
    id::{AccountId, AuditEventId, ClientId, TagId},
    rule::{Invalids, Rule},
    text::LongText,
};
use zgoda_persistence::{
    Source, Tx, accounts,
    audit::{AuditFilter, AuditRow},
    clients::{self, CardContent, ClientRecord},
    consents::States,
    custom_fields::{self, FieldRecord},
    idempotency::{self, Idempotency, Seen},
    import_cards, imports,
    jobs::CardImage,
    origins, roles, security, tags,
};

/// A checked card, ready to be stored.
#[derive(Clone, Debug)]
pub struct CheckedCard {
    pub details: ClientDetails,
    pub custom: CustomValues,
    pub fields: Arc<[CustomField]>,
}

impl CheckedCard {
    /// Fills the columns that show where the consents of a new card stand.
    pub(crate) fn show_consents(&mut self, states: &States) {
        for field in self.fields.iter() {
            if let Some(state) = field.consent.and_then(|place| states.get(&place)) {
                self.custom.insert(field.id, state.status.code().into());
            }
        }
    }

    pub(crate) fn content(&self) -> CardContent<'_> {
        CardContent { details: &self.details, custom: &self.custom }
    }
}

/// Checks both parts of a card and gathers all complaints. Values that the system keeps (consent states) and those of
/// deleted fields stay as they are in `before`. Sending a stored value back unchanged is no offence, whatever became of
/// the field's options since.
pub(crate) fn check(
    fields: Arc<[CustomField]>,
    input: &ClientInput,
    raw: &CustomValues,
    before: &CustomValues,
) -> Result<CheckedCard, Invalids> {
    let mut invalids = Invalids::default();
    let details = ClientDetails::parse(input).map_err(|inner| invalids.nest("/details", inner)).ok();
    let kept: CustomValues = before
        .iter()
        .filter(|(id, _)| fields.iter().all(|field| field.id != **id || field.kind == FieldKind::Consent))
        .map(|(id, value)| (*id, value.clone()))
        .collect();
    let (same, typed): (CustomValues, CustomValues) =
        raw.iter().map(|(id, value)| (*id, value.clone())).partition(|(id, value)| before.get(id) == Some(value));
    let custom = parse_values(&fields, &typed).map_err(|inner| invalids.nest("", inner)).ok();
    let card = details.zip(custom).map(|(details, mut custom)| {
        custom.extend(same);
        custom.extend(kept);
        CheckedCard { details, custom, fields }
    });
    invalids.or(card)
}

/// A card as its reader may see it.
#[derive(Debug)]
pub struct ShownCard {
    pub record: ClientRecord,
    pub consents: Vec<ClientConsent>,
    pub tags: Vec<TagId>,
    /// Fields that have a value which the reader may not see.
    pub masked: BTreeSet<FieldRef>,
}

/// A reason opens a card for this long.
pub const REASON_HOLDS: TimeDelta = TimeDelta::minutes(30);

/// Every card is loaded for someone through here: only if their right reaches it, and, where their role demands a
/// reason, only after one was given.
pub(crate) async fn load_for<R: RightType>(
    ctx: &Ctx,
    source: &impl Source,
    permit: &Permit<R>,
    id: ClientId,
) -> Result<ClientRecord, AppError> {
    let record = clients::load_visible(source, permit.visible(), id).await?.ok_or(AppError::NotFound)?;
    require_reason(ctx, source, permit, id).await?;
    Ok(record)
}

/// As [`load_for`], to change the card: until the transaction ends nobody else can.
pub(crate) async fn load_to_change<R: RightType>(
    ctx: &Ctx,
    tx: &Tx,
    permit: &Permit<R>,
    id: ClientId,
) -> Result<ClientRecord, AppError> {
    held(ctx, tx, permit, clients::load_locked(tx, id).await?).await
}

/// The same of a card that was loaded with many others, and that the transaction holds.
pub(crate) async fn held<R: RightType>(
    ctx: &Ctx,
    tx: &Tx,
    permit: &Permit<R>,
    record: Option<ClientRecord>,
) -> Result<ClientRecord, AppError> {
    let record = record.filter(|record| permit.visible().covers(record.assignment)).ok_or(AppError::NotFound)?;
    require_reason(ctx, tx, permit, record.id).await?;
    Ok(record)
}

async fn require_reason<R: RightType>(
    ctx: &Ctx,
    source: &impl Source,
    permit: &Permit<R>,
    id: ClientId,
) -> Result<(), AppError> {
    if !permit.needs_reason() {
        return Ok(());
    }
    match permit.credential() {
        Some(credential) if security::has_reason(source, credential_id(credential), id, ctx.now()).await? => Ok(()),
        _ => Err(AppError::ReasonNeeded),
    }
}

pub(crate) fn credential_id(credential: Credential) -> uuid::Uuid {
    match credential {
        Credential::Session(id) => id.as_uuid(),
        Credential::ApiKey(id) => id.as_uuid(),
        Credential::Job { job, .. } => job.as_uuid(),
    }
}

/// Says why a card has to be opened, and opens it to the caller's session for [`REASON_HOLDS`]. The reason is kept
/// sealed in the log.
pub async fn give_reason(ctx: &Ctx, permit: &Permit<ViewClients>, id: ClientId, reason: &str) -> Result<(), AppError> {
    let reason = LongText::parse(reason).map_err(|rule| Invalids::one("/reason", rule))?;
    let credential = permit.credential().ok_or(AppError::WrongState)?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    clients::load_visible(&tx, permit.visible(), id).await?.ok_or(AppError::NotFound)?;
    security::forget_reasons(&tx, now).await?;
    security::grant_card(&tx, credential_id(credential), id, now + REASON_HOLDS).await?;
    let event = ctx
        .event(permit, Action::ReasonGiven, RecordKind::Client, Some(id.as_uuid()))
        .about(id)
        .values(json!({ "reason": reason.as_str() }));
    tx.commit(now, event).await?;
    Ok(())
}

/// Makes a card. It is its maker's, and their department's.
pub async fn create(
    ctx: &Ctx,
    permit: &Permit<CreateClients>,
    input: &ClientInput,
    custom: &CustomValues,
    repeat: Option<&Idempotency>,
) -> Result<ClientId, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        return Ok(ClientId::from_uuid(id));
    }
    let (input, custom) = permit.fields().keep((&ClientInput::default(), &CustomValues::new()), (input, custom))?;
    let card = check(custom_fields::live(&tx).await?.into(), &input, &custom, &CustomValues::new())?;
    let id = ClientId::generate(now, ctx.entropy());
    clients::insert(&tx, id, card.content(), &card.fields, permit.visible().of_new_record(), now)?;
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    let event = ctx
        .event(permit, Action::ClientCreated, RecordKind::Client, Some(id.as_uuid()))
        .about(id)
        .values(json!({ "after": values(&card.details, &card.custom) }));
    tx.commit(now, event).await?;
    Ok(id)
}

/// Overwrites a card's editable part if nobody changed it since the caller looked.
pub async fn change(
    ctx: &Ctx,
    permit: &Permit<EditClients>,
    id: ClientId,
    seen: i32,
    input: &ClientInput,
    custom: &CustomValues,
) -> Result<ShownCard, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let before = load_to_change(ctx, &tx, permit, id).await?;
    if before.version != seen {
        return Err(AppError::Outdated);
    }
    let (input, custom) = permit.fields().keep((&before.input, &before.custom), (input, custom))?;
    let card = check(custom_fields::live(&tx).await?.into(), &input, &custom, &before.custom)?;
    let change = update(&tx, &before, &card, now).await?;
    let event = ctx
        .event(permit, Action::ClientChanged, RecordKind::Client, Some(id.as_uuid()))
        .about(id)
        .fields(change.fields)
        .values(change.values);
    tx.commit(now, event).await?;
    let record = clients::load(&ctx.db.read(), id).await?.ok_or(AppError::NotFound)?;
    let consents = consents::of_client(ctx, id).await?;
    show(ctx, permit, record, consents).await
}

/// Sets some fields of a card that the transaction holds, by the rules of [`change`]; `null` empties one. `None` when
/// that changes nothing. The caller commits.
pub(crate) async fn set_fields(
    tx: &Tx,
    permit: &Permit<EditClients>,
    before: &ClientRecord,
    changes: &[(FieldRef, Value)],
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Option<CardChange>, AppError> {
    let fields = custom_fields::live(tx).await?;
    let (mut input, mut custom) = log::writable(permit, before.input.clone(), before.custom.clone());
    custom.retain(|id, _| fields.iter().any(|field| field.id == *id));
    let mut invalids = Invalids::default();
    for (field, value) in changes {
        match field {
            FieldRef::Builtin(builtin) if builtin.is_system() => {
                invalids.add(format!("/details/{builtin}", builtin = builtin.key()), Rule::ReadOnly);
            }
            FieldRef::Builtin(builtin) => match value {
                Value::Null => input.set(*builtin, None),
                Value::String(text) => input.set(*builtin, Some(text.clone())),
                _ => invalids.add(format!("/details/{}", builtin.key()), Rule::WrongKind),
            },
            FieldRef::Custom(id) => {
                custom.insert(*id, value.clone());
            }
        }
    }
    invalids.or(Some(()))?;
    let (input, custom) = permit.fields().keep((&before.input, &before.custom), (&input, &custom))?;
    let card = check(fields.into(), &input, &custom, &before.custom)?;
    if *card.details.as_input() == before.input && card.custom == before.custom {
        return Ok(None);
    }
    update(tx, before, &card, now).await.map(Some)
}

/// Makes a card's content what it was, as far as the holder may write it. `None` when that changes nothing. `fields` are
/// those in use, and all. The caller commits.
pub(crate) async fn put_back(
    tx: &Tx,
    permit: &Permit<EditClients>,
    fields: (&Arc<[CustomField]>, &[FieldRecord]),
    current: &ClientRecord,
    wanted: &CardImage,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Option<CardChange>, AppError> {
    let (input, custom) = log::writable(permit, wanted.details.clone(), wanted.custom.clone());
    let (input, custom) = permit.fields().keep((&current.input, &current.custom), (&input, &custom))?;
    let card = check(Arc::clone(fields.0), &input, &custom, &current.custom)?;
    if *card.details.as_input() == current.input && card.custom == current.custom {
        return Ok(None);
    }
    update_among(tx, current, &card, fields.1, now).await.map(Some)
}

/// Claims the e-mail addresses of these clients before their cards are held to be deleted, as whoever sends a form takes
/// them: what names such a client either is here by then and goes with it, or finds no card.
pub(crate) async fn claim_addresses(tx: &Tx, ids: &[ClientId]) -> Result<(), AppError> {
    let mut claimed = BTreeSet::new();
    for (_, address) in clients::addresses(tx, ids).await?.into_iter().filter(|(_, address)| !address.is_empty()) {
        // Replies are counted and found by the mailbox.
        claimed.extend(EmailAddress::parse(&address).map(|address| address.mailbox()));
        claimed.insert(address);
    }
    Ok(import_cards::claim(tx, &claimed).await?)
}

/// Takes away what the caller must not see.
async fn show<R: RightType>(
    ctx: &Ctx,
    permit: &Permit<R>,
    mut record: ClientRecord,
    mut consents: Vec<ClientConsent>,
) -> Result<ShownCard, AppError> {
    let rights = permit.fields();
    let masked = rights.cover(&mut record.input, &mut record.custom);
    if !rights.show_everything() {
        // A consent is as visible as its column.
        let shown = consents::rights(ctx, rights).await?;
        consents.retain(|consent| shown.shows(consent.purpose.id, consent.channel));
    }
    let tags = tags::of_client(&ctx.db.read(), record.id).await?;
    Ok(ShownCard { record, consents, tags, masked })
}

/// Says whose the client is, and which department's.
pub async fn assign(
    ctx: &Ctx,
    permit: &Permit<AssignClients>,
    id: ClientId,
    seen: i32,
    assignment: Assignment,
) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    // The account is held before the card, as it is when somebody leaves and their cards are handed over.
    let owner = match assignment.owner_id {
        Some(owner) => accounts::load_locked(&tx, owner).await?,
        None => None,
    };
    let before = load_to_change(ctx, &tx, permit, id).await?;
    if before.version != seen {
        return Err(AppError::Outdated);
    }
    let mut invalids = Invalids::default();
    if assignment.owner_id.is_some() && owner.is_none_or(|account| account.disabled) {
        invalids.add("/owner_id", Rule::Unknown);
    }
    if let Some(department) = assignment.department_id
        && !roles::departments(&tx).await?.iter().any(|known| known.id == department)
    {
        invalids.add("/department_id", Rule::Unknown);
    }
    if !permit.visible().covers(assignment) {
        // Nobody gives away what they could not take back.
        invalids.add("", Rule::BeyondOwnRights);
    }
    invalids.or(Some(()))?;
    clients::assign(&tx, id, seen, assignment, now).await?;
    let event = ctx
        .event(permit, Action::ClientAssigned, RecordKind::Client, Some(id.as_uuid()))
        .about(id)
        .fields(vec!["owner".to_owned(), "department".to_owned()])
        .values(json!({ "before": before.assignment, "after": assignment }));
    tx.commit(now, event).await?;
    Ok(())
}

/// Takes a card away for good, with everything that is the client's alone; the client's key is destroyed.
pub async fn delete(ctx: &Ctx, permit: &Permit<DeleteClients>, id: ClientId, seen: i32) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    claim_addresses(&tx, &[id]).await?;
    let before = load_to_change(ctx, &tx, permit, id).await?;
    if before.version != seen {
        return Err(AppError::Outdated);
    }
    origins::remember_erased(&tx, id, now).await?;
    imports::forget_clients(&tx, &[id].into()).await?;
    clients::delete(&tx, id, now).await?;
    // No values: what was deleted must not live on in the log.
    tx.commit(now, ctx.event(permit, Action::ClientDeleted, RecordKind::Client, Some(id.as_uuid())).about(id)).await?;
    Ok(())
}

/// Members of staff by name, for choosing whose a client is.
pub async fn possible_owners(ctx: &Ctx, _permit: &Permit<ViewClients>) -> Result<Vec<(AccountId, String)>, AppError> {
    let accounts = accounts::all(&ctx.db.read()).await?;
    Ok(accounts.into_iter().filter(|account| !account.disabled).map(|account| (account.id, account.name)).collect())
}

/// What a change touched, for its audit event.
pub(crate) struct CardChange {
    pub fields: Vec<String>,
    pub values: Value,
}

/// Writes a changed card; the caller commits.
pub(crate) async fn update(
    tx: &Tx,
    before: &ClientRecord,
    card: &CheckedCard,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<CardChange, AppError> {
    update_among(tx, before, card, &custom_fields::all(tx).await?, now).await
}

/// The same where all fields, deleted ones too, are at hand.
pub(crate) async fn update_among(
    tx: &Tx,
    before: &ClientRecord,
    card: &CheckedCard,
    all: &[FieldRecord],
    now: chrono::DateTime<chrono::Utc>,
) -> Result<CardChange, AppError> {
    clients::update_among(tx, before, card.content(), all, now).await?;
    let mut fields: Vec<String> =
        before.input.changed_fields(card.details.as_input()).into_iter().map(|field| field.key().to_owned()).collect();
    if before.input.kind != card.details.kind() {
        fields.push("kind".to_owned());
    }
    let ids: BTreeSet<_> = before.custom.keys().chain(card.custom.keys()).collect();
    let changed = ids.into_iter().filter(|id| before.custom.get(id) != card.custom.get(id));
    fields.extend(changed.map(|id| format!("custom:{id}")));
    let old = before.details()?;
    let values = json!({
        "before": values(&old, &before.custom),
        "after": values(&card.details, &card.custom),
    });
    Ok(CardChange { fields, values })
}

fn values(details: &ClientDetails, custom: &CustomValues) -> Value {
    json!({ "details": details.as_input(), "custom": custom })
}

/// Opens a card with its consents. Looking is recorded: while the consents are read, and durably before anything is shown.
pub async fn open(ctx: &Ctx, permit: &Permit<ViewClients>, id: ClientId) -> Result<ShownCard, AppError> {
    let record = load_for(ctx, &ctx.db.read(), permit, id).await?;
    let event = ctx.event(permit, Action::ClientOpened, RecordKind::Client, Some(id.as_uuid())).about(id);
    let (recorded, consents) = futures::join!(ctx.db.record(ctx.now(), event), consents::of_client(ctx, id));
    recorded?;
    show(ctx, permit, record, consents?).await
}

/// A client's name as the list shows it, for pages that speak of the client: that is no look at the card. No role hides
/// names.
pub async fn name(ctx: &Ctx, permit: &Permit<ViewClients>, id: ClientId) -> Result<String, AppError> {
    let record = clients::load_visible(&ctx.db.read(), permit.visible(), id).await?.ok_or(AppError::NotFound)?;
    Ok(record.details()?.name().to_owned())
}

/// Changes some fields of a card if nobody changed it since the caller looked; by the rules of [`change`]. `null` empties
/// a field.
pub async fn patch(
    ctx: &Ctx,
    permit: &Permit<EditClients>,
    id: ClientId,
    seen: i32,
    changes: &[(FieldRef, Value)],
) -> Result<ShownCard, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let before = load_to_change(ctx, &tx, permit, id).await?;
    if before.version != seen {
        return Err(AppError::Outdated);
    }
    if let Some(change) = set_fields(&tx, permit, &before, changes, now).await? {
        let event = ctx
            .event(permit, Action::ClientChanged, RecordKind::Client, Some(id.as_uuid()))
            .about(id)
            .fields(change.fields)
            .values(change.values);
        tx.commit(now, event).await?;
    }
    let record = clients::load(&ctx.db.read(), id).await?.ok_or(AppError::NotFound)?;
    let consents = consents::of_client(ctx, id).await?;
    show(ctx, permit, record, consents).await
}

/// Who changed and who looked at a card. From where, is told only to those who may read the log.
pub async fn history(
    ctx: &Ctx,
    permit: &Permit<ViewClients>,
    id: ClientId,
    after: Option<AuditEventId>,
    limit: u64,
) -> Result<(Vec<AuditRow>, Option<AuditEventId>), AppError> {
    load_for(ctx, &ctx.db.read(), permit, id).await?;
    let filter = AuditFilter { client: Some(id), ..AuditFilter::default() };
    let (mut rows, next) = log::page_for(ctx, permit.fields(), filter, after, limit).await?;
    if permit.and::<ViewAudit>().is_none() {
        for row in &mut rows {
            (row.ip, row.user_agent) = (None, None);
        }
    }
    Ok((rows, next))
}

/// The record a repeated request made before.
pub(crate) async fn seen_before(
    source: &impl Source,
    repeat: Option<&Idempotency>,
) -> Result<Option<uuid::Uuid>, AppError> {
    match repeat {
        None => Ok(None),
        Some(repeat) => match idempotency::look_up(source, repeat).await? {
            Seen::No => Ok(None),
            Seen::Same(id) => Ok(Some(id)),
            Seen::Other => Err(AppError::KeyReused),
        },
    }
}
