//! Cards: making, changing, opening, listing.

use crate::{
    AppError, Ctx,
    consents::{self, ClientConsent},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};
use zgoda_domain::{
    access::{EditClients, Permit, ViewClients},
    audit::{Action, RecordKind},
    client::{ClientDetails, ClientInput},
    custom_field::{CustomField, CustomValues, FieldKind, parse_values},
    id::{AuditEventId, ClientId},
    list::{Condition, ListQuery},
    rule::Invalids,
};
use zgoda_persistence::{
    Source, Tx,
    audit::{self, AuditRow},
    client_list::{self, ListRow},
    clients::{self, CardContent, ClientRecord},
    consents::States,
    custom_fields,
    idempotency::{self, Idempotency, Seen},
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
        CardContent { details: &self.details, custom: &self.custom, fields: &self.fields }
    }
}

/// Checks both parts of a card and gathers all complaints. Values that the system keeps (consent states) stay as they
/// are in `before`: sending them back unchanged is no offence.
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
    let typed =
        raw.iter().filter(|(id, value)| kept.get(id) != Some(value)).map(|(id, value)| (*id, value.clone())).collect();
    let custom = parse_values(&fields, &typed).map_err(|inner| invalids.nest("", inner)).ok();
    let card = details.zip(custom).map(|(details, mut custom)| {
        custom.extend(kept);
        CheckedCard { details, custom, fields }
    });
    invalids.or(card)
}

/// Makes a card.
pub async fn create(
    ctx: &Ctx,
    permit: &Permit<EditClients>,
    input: &ClientInput,
    custom: &CustomValues,
    repeat: Option<&Idempotency>,
) -> Result<ClientId, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        return Ok(ClientId::from_uuid(id));
    }
    let card = check(custom_fields::live(&tx).await?.into(), input, custom, &CustomValues::new())?;
    let id = ClientId::generate(now, ctx.entropy());
    clients::insert(&tx, id, card.content(), now)?;
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
) -> Result<ClientRecord, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let before = clients::load_locked(&tx, id).await?.ok_or(AppError::NotFound)?;
    if before.version != seen {
        return Err(AppError::Outdated);
    }
    let card = check(custom_fields::live(&tx).await?.into(), input, custom, &before.custom)?;
    let change = update(&tx, &before, &card, now).await?;
    let event = ctx
        .event(permit, Action::ClientChanged, RecordKind::Client, Some(id.as_uuid()))
        .about(id)
        .fields(change.fields)
        .values(change.values);
    tx.commit(now, event).await?;
    clients::load(&ctx.db.read(), id).await?.ok_or(AppError::NotFound)
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
    clients::update(tx, before.id, before.version, card.content(), now).await?;
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
pub async fn open(
    ctx: &Ctx,
    permit: &Permit<ViewClients>,
    id: ClientId,
) -> Result<(ClientRecord, Vec<ClientConsent>), AppError> {
    let record = clients::load(&ctx.db.read(), id).await?.ok_or(AppError::NotFound)?;
    let event = ctx.event(permit, Action::ClientOpened, RecordKind::Client, Some(id.as_uuid())).about(id);
    let (recorded, consents) = futures::join!(ctx.db.record(ctx.now(), event), consents::of_client(ctx, id));
    recorded?;
    Ok((record, consents?))
}

/// One page of the list, with the values of the fields in use.
pub async fn list(
    ctx: &Ctx,
    _permit: &Permit<ViewClients>,
    fields: &[CustomField],
    query: &ListQuery,
) -> Result<(Vec<ListRow>, Option<ClientId>), AppError> {
    let (mut rows, next) = client_list::page(ctx.db.read(), query).await?;
    for row in &mut rows {
        row.custom.retain(|id, _| fields.iter().any(|field| field.id == *id));
    }
    Ok((rows, next))
}

/// How many cards meet the conditions.
pub async fn count(ctx: &Ctx, _permit: &Permit<ViewClients>, conditions: &[Condition]) -> Result<u64, AppError> {
    Ok(client_list::count(ctx.db.read(), conditions).await?)
}

/// Who changed and who looked at a card.
pub async fn history(
    ctx: &Ctx,
    _permit: &Permit<ViewClients>,
    id: ClientId,
    after: Option<AuditEventId>,
    limit: u64,
) -> Result<(Vec<AuditRow>, Option<AuditEventId>), AppError> {
    Ok(audit::page(ctx.db.read(), Some(id), after, limit).await?)
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
