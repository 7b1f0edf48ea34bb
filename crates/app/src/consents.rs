//! Purposes, wordings, and consents on a card.

use crate::{
    AppError, Ctx,
    clients::{self as cards, seen_before},
};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::HashMap;
use zgoda_domain::{
    access::{ConsentRights, EditClients, EditPurposes, FieldRestriction, FieldRights, Permit},
    audit::{Action, RecordKind},
    consent::{Channel, ConsentEventKind, ConsentMethod, ConsentState, Language, NewPurpose, Purpose, Wording},
    custom_field::{CustomField, FieldKind},
    id::{ClientId, ConsentEventId, FieldId, PurposeId, WordingId},
    rule::{Invalids, Rule},
    text::{LongText, ShortText},
};
use zgoda_persistence::{
    Tx,
    consents::{self, LedgerEntry, NewConsentEvent},
    custom_fields,
    idempotency::{self, Idempotency},
    purposes, wordings,
};

/// One consent of a client with its whole history, newest first.
#[derive(Clone, Debug)]
pub struct ClientConsent {
    pub purpose: Purpose,
    pub channel: Channel,
    pub state: ConsentState,
    pub events: Vec<(LedgerEntry, Option<Wording>)>,
}

/// What the rights to fields mean for consents.
pub(crate) async fn rights(ctx: &Ctx, fields: &FieldRights) -> Result<ConsentRights, AppError> {
    Ok(fields.of_consents(&crate::custom_fields::live(ctx).await?))
}

/// Makes a purpose, and with it a list column per channel that shows the state of its consent.
pub async fn create_purpose(
    ctx: &Ctx,
    permit: &Permit<EditPurposes>,
    new: NewPurpose,
    repeat: Option<&Idempotency>,
) -> Result<PurposeId, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        return Ok(PurposeId::from_uuid(id));
    }
    // Nobody retires or moves the parent meanwhile.
    purposes::lock_changes(&tx).await?;
    let all = purposes::all(&tx).await?;
    new.check_place(&all)?;
    let id = PurposeId::generate(now, ctx.entropy());
    let purpose = Purpose {
        id,
        name: new.name,
        basis: new.basis,
        is_marketing: new.is_marketing,
        channels: new.channels,
        validity_days: new.validity_days,
        version: 1,
        parent_id: new.parent_id,
        double_opt_in: new.double_opt_in,
        retired_at: None,
    };
    purposes::insert(&tx, &purpose, now).await?;
    for channel in &purpose.channels {
        make_column(ctx, &tx, &purpose, *channel, now).await?;
    }
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    tx.commit(now, ctx.event(permit, Action::PurposeCreated, RecordKind::Purpose, Some(id.as_uuid()))).await?;
    // Its columns are fields.
    ctx.fields.forget_all();
    ctx.purposes.forget_all();
    Ok(id)
}

/// Makes the list column that shows a purpose's consents in one channel.
pub(crate) async fn make_column(
    ctx: &Ctx,
    tx: &Tx,
    purpose: &Purpose,
    channel: Channel,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let field = CustomField {
        id: FieldId::generate(now, ctx.entropy()),
        name: column_name(purpose, channel)?,
        kind: FieldKind::Consent,
        options: Vec::new(),
        sensitive: false,
        consent: Some((purpose.id, channel)),
        position: 0,
    };
    Ok(custom_fields::insert(tx, field, now).await?)
}

/// `Newsletter` for a single channel, `Newsletter (email)` where there are several.
pub(crate) fn column_name(purpose: &Purpose, channel: Channel) -> Result<ShortText, Invalids> {
    let name = if purpose.channels.len() == 1 {
        purpose.name.as_str().to_owned()
    } else {
        format!("{} ({})", purpose.name.as_str(), channel.code())
    };
    ShortText::parse(&name).map_err(|rule| Invalids::one("/name", rule))
}

/// Appends the next version of a purpose's text, unless it is asked for no more.
pub async fn create_wording(
    ctx: &Ctx,
    permit: &Permit<EditPurposes>,
    purpose: PurposeId,
    language: Language,
    channel: Option<Channel>,
    text: &str,
    repeat: Option<&Idempotency>,
) -> Result<WordingId, AppError> {
    let text = LongText::parse(text).map_err(|rule| Invalids::one("/text", rule))?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        return Ok(WordingId::from_uuid(id));
    }
    let found = purposes::find(&tx, purpose).await?.ok_or(AppError::NotFound)?;
    if channel.is_some_and(|channel| !found.channels.contains(&channel)) {
        return Err(Invalids::one("/channel", Rule::Unknown).into());
    }
    if found.retired_at.is_some() {
        return Err(AppError::WrongState);
    }
    let id = WordingId::generate(now, ctx.entropy());
    wordings::insert(&tx, id, purpose, language, channel, &text, now).await?;
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    tx.commit(now, ctx.event(permit, Action::WordingCreated, RecordKind::Wording, Some(id.as_uuid()))).await?;
    Ok(id)
}

/// The consents of a client, for its card. Opening the card is what is audited.
pub async fn of_client(ctx: &Ctx, client: ClientId) -> Result<Vec<ClientConsent>, AppError> {
    let reader = ctx.db.read();
    let states = consents::states(&reader, client).await?;
    if states.is_empty() {
        return Ok(Vec::new());
    }
    let entries = consents::ledger(&reader, client).await?;
    let purposes: HashMap<PurposeId, Purpose> =
        purposes::all(&reader).await?.into_iter().map(|purpose| (purpose.id, purpose)).collect();
    let wordings: HashMap<WordingId, Wording> =
        wordings::all(&reader).await?.into_iter().map(|wording| (wording.id, wording)).collect();
    let mut result = Vec::with_capacity(states.len());
    for (purpose_id, channel, state) in states {
        let Some(purpose) = purposes.get(&purpose_id) else { continue };
        let events = entries
            .iter()
            .rev()
            .filter(|entry| entry.purpose_id == purpose_id && entry.channel == channel)
            .map(|entry| (entry.clone(), entry.wording_id.and_then(|id| wordings.get(&id).cloned())))
            .collect();
        result.push(ClientConsent { purpose: purpose.clone(), channel, state, events });
    }
    result.sort_by(|a, b| (a.purpose.name.as_str(), a.channel).cmp(&(b.purpose.name.as_str(), b.channel)));
    Ok(result)
}

/// Withdraws a consent on the client's word. Appends to the ledger; deletes nothing. Whoever may not write the consent's
/// column may not withdraw it, wherever it stands; a hidden one is answered like one of no purpose.
pub async fn withdraw(
    ctx: &Ctx,
    permit: &Permit<EditClients>,
    client: ClientId,
    purpose: PurposeId,
    channel: Channel,
    note: Option<&str>,
) -> Result<(), AppError> {
    let note = note
        .filter(|note| !note.trim().is_empty())
        .map(LongText::parse)
        .transpose()
        .map_err(|rule| Invalids::one("/note", rule))?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    cards::load_to_change(ctx, &tx, permit, client).await?;
    match permit.fields().of_consents(&custom_fields::live(&tx).await?).of(purpose, channel) {
        FieldRestriction::Open => {}
        FieldRestriction::Hidden => return Err(AppError::NotFound),
        FieldRestriction::Masked | FieldRestriction::ReadOnly => {
            return Err(Invalids::one("/purpose_id", Rule::ReadOnly).into());
        }
    }
    let event = NewConsentEvent {
        id: ConsentEventId::generate(now, ctx.entropy()),
        client_id: client,
        purpose_id: purpose,
        channel,
        kind: ConsentEventKind::Withdrawn,
        method: ConsentMethod::StaffCard,
        wording_id: None,
        form_version_id: None,
        submission_id: None,
        actor: permit.actor(),
        occurred_at: now,
        grade: None,
        file_id: None,
        caused_by: None,
        evidence: json!({ "note": note.as_ref().map(LongText::as_str) }),
    };
    consents::record(&tx, &event, now).await?;
    let event = ctx
        .event(permit, Action::ConsentWithdrawn, RecordKind::Client, Some(client.as_uuid()))
        .about(client)
        .fields(vec![format!("purpose:{purpose}"), format!("channel:{}", channel.code())]);
    tx.commit(now, event).await?;
    Ok(())
}
