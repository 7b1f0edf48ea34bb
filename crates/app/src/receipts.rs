//! Consent receipts: what somebody agreed to, signed, for them to keep (ISO/IEC TS 27560).
//!
//! None is stored: a receipt is made of the ledger, or of what a form was just sent with, whenever somebody asks.

use crate::{
    AppError, Ctx, clients as cards,
    consents::{self, ClientConsent},
    gate, letters, organisation, outbox,
    published_forms::{self, PublishedForm},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;
use zgoda_domain::{
    access::{EditClients, FieldRestriction, Permit, RightType, ViewClients},
    audit::{Action, RecordKind},
    client::BuiltinField,
    consent::{Channel, ConsentEventKind, ConsentMethod, ConsentStatus, EvidenceGrade, Language, Purpose, Wording},
    email::EmailAddress,
    field_ref::FieldRef,
    form::{FormField, Mapping},
    id::{ClientId, FormVersionId, PurposeId, SubmissionId},
    message::{Attachment, Attachments, MessageKind},
    organisation::Organisation,
    receipt::{EventState, Header, Receipt, ShownWording, ToldConsent, ToldEvent},
    rule::{Invalids, Rule},
    submission,
};
use zgoda_persistence::{clients, outbox::Recipient};
use zgoda_vault::{Jwks, JwsError};

mod page;

/// A visitor may ask for the receipt of what they sent for this long.
pub const CLAIM_HOLDS: TimeDelta = TimeDelta::hours(1);
/// A claim's fields follow this; claims of before have none, and said nothing of what waits.
const MARKED: u8 = 0xff;
/// Beside a field's number, of which there are fewer than 128: its consent waits for the click in a mail.
const WAITS: u8 = 0x80;

/// A mail with a receipt is of use for this long.
const LETTER_HOLDS: TimeDelta = TimeDelta::days(3);

/// A receipt and the same as signed text (JWS, compact).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignedReceipt {
    pub receipt: Receipt,
    pub jws: String,
}

/// A receipt as a file that a person can open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptFile {
    /// Names the day, and nobody.
    pub name: String,
    pub html: String,
}

/// What came of looking at a receipt that somebody presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// The bare signed text is ours.
    Text(Box<Receipt>),
    /// A page that is ours to the last letter.
    Page(Box<Receipt>),
    /// The signed text in the page is ours; what stands around it is not what this program would write.
    ForeignPage(Box<Receipt>),
}

impl SignedReceipt {
    /// Of the texts in it.
    fn language(&self) -> Language {
        self.receipt.records.first().map_or(Language::Pl, |record| record.processing.language)
    }

    /// The receipt as a page.
    pub fn file(&self) -> Result<ReceiptFile, AppError> {
        // Longer names are cut into pieces in a mail (RFC 2231, section 3), which not every mail program puts together.
        let name = match self.language() {
            Language::Pl => "potwierdzenie",
            Language::En => "consent-receipt",
        };
        let day = self.receipt.issued_at.format("%Y-%m-%d");
        Ok(ReceiptFile { name: format!("{name}-{day}.html"), html: page::render(self)? })
    }
}

/// The public keys that receipts of this installation can be checked with.
pub fn keys(ctx: &Ctx) -> Jwks {
    Jwks { keys: vec![ctx.vault.master.receipt_key().public()] }
}

/// Checks a receipt: a signed text, or a page that carries one. Needs nothing but the keys.
pub fn verify(text: &str, keys: &Jwks) -> Result<Verified, JwsError> {
    let text = text.trim();
    let carried = text.split_once("<pre id=\"receipt\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let jws = carried.map_or(text, |(jws, _)| jws).trim();
    let payload = keys.verify(jws)?;
    let receipt: Receipt = serde_json::from_slice(&payload).map_err(|_| JwsError::Malformed)?;
    if carried.is_none() {
        return Ok(Verified::Text(Box::new(receipt)));
    }
    let signed = SignedReceipt { receipt, jws: jws.to_owned() };
    let same = page::render(&signed).is_ok_and(|page| page.trim() == text);
    let receipt = Box::new(signed.receipt);
    Ok(if same { Verified::Page(receipt) } else { Verified::ForeignPage(receipt) })
}

/// The receipt of one consent of a client, with its whole history. A consent is as visible as its column.
pub async fn of_consent(
    ctx: &Ctx,
    permit: &Permit<ViewClients>,
    client: ClientId,
    purpose: PurposeId,
    channel: Channel,
) -> Result<SignedReceipt, AppError> {
    cards::load_for(ctx, &ctx.db.read(), permit, client).await?;
    let signed = made_for(ctx, permit, client, purpose, channel).await?;
    let event = ctx
        .event(permit, Action::ReceiptMade, RecordKind::Client, Some(client.as_uuid()))
        .about(client)
        .fields(vec![format!("purpose:{purpose}"), format!("channel:{}", channel.code())]);
    ctx.db.record(ctx.now(), event).await?;
    Ok(signed)
}

/// Mails the receipt of a consent to the client's own address. Whoever does not see the address cannot: what they sent would
/// go to somebody unknown to them.
pub async fn send(
    ctx: &Ctx,
    permit: &Permit<EditClients>,
    client: ClientId,
    purpose: PurposeId,
    channel: Channel,
) -> Result<(), AppError> {
    let record = cards::load_for(ctx, &ctx.db.read(), permit, client).await?;
    let signed = made_for(ctx, permit, client, purpose, channel).await?;
    if !ctx.channels.has(MessageKind::Email) {
        return Err(AppError::WrongState);
    }
    let unsendable = |rule| AppError::from(Invalids::one("/email", rule));
    if !permit.fields().shows(FieldRef::Builtin(BuiltinField::Email)) {
        return Err(unsendable(Rule::NotShown));
    }
    let to = record.input.email.as_deref().ok_or_else(|| unsendable(Rule::Required))?;
    let to = EmailAddress::parse(to).map_err(unsendable)?;
    let file = signed.file()?;
    let attachment = Attachment::new(&file.name, "text/html", file.html.into_bytes());
    let attachments = attachment.and_then(|file| Attachments::new(vec![file])).map_err(unsendable)?;
    let controller = organisation::current(ctx).await?;
    let letter = letters::receipt(to, signed.language(), controller.as_deref(), attachments);
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    // Whoever deletes the card meanwhile is waited for, or waits.
    clients::load_locked(&tx, client).await?.ok_or(AppError::NotFound)?;
    outbox::enqueue_to(ctx, &tx, Recipient::Client(client), &letter, LETTER_HOLDS, now)?;
    let event = ctx
        .event(permit, Action::ReceiptSent, RecordKind::Client, Some(client.as_uuid()))
        .about(client)
        .fields(vec![format!("purpose:{purpose}"), format!("channel:{}", channel.code())]);
    tx.commit(now, event).await?;
    Ok(())
}

/// One consent of a card that was loaded for the caller.
async fn made_for<R: RightType>(
    ctx: &Ctx,
    permit: &Permit<R>,
    client: ClientId,
    purpose: PurposeId,
    channel: Channel,
) -> Result<SignedReceipt, AppError> {
    match consents::rights(ctx, permit.fields()).await?.of(purpose, channel) {
        FieldRestriction::Open | FieldRestriction::ReadOnly => {}
        FieldRestriction::Hidden => return Err(AppError::NotFound),
        FieldRestriction::Masked => return Err(Invalids::one("/purpose_id", Rule::NotShown).into()),
    }
    let all = consents::of_client(ctx, client).await?;
    let found = all.iter().find(|consent| consent.purpose.id == purpose && consent.channel == channel);
    let controller = organisation::current(ctx).await?;
    signed_for(ctx, client, found.ok_or(AppError::NotFound)?, controller.as_deref(), ctx.now())
}

/// The receipts of all consents of a client, for handing over the client's data.
pub(crate) async fn of_all(
    ctx: &Ctx,
    client: ClientId,
    consents: &[ClientConsent],
    now: DateTime<Utc>,
) -> Result<Vec<SignedReceipt>, AppError> {
    let controller = organisation::current(ctx).await?;
    consents.iter().map(|consent| signed_for(ctx, client, consent, controller.as_deref(), now)).collect()
}

fn signed_for(
    ctx: &Ctx,
    client: ClientId,
    consent: &ClientConsent,
    organisation: Option<&Organisation>,
    now: DateTime<Utc>,
) -> Result<SignedReceipt, AppError> {
    let events = consent.events.iter().rev().map(|(entry, wording)| ToldEvent {
        at: entry.occurred_at,
        kind: entry.kind,
        method: entry.method,
        grade: entry.grade,
        expires_at: entry.expires_at,
        wording: wording.as_ref().map(shown),
    });
    let language = consent.events.iter().find_map(|(_, wording)| Some(wording.as_ref()?.language));
    let last = consent.events.first();
    let status = match consent.state.status_at(now) {
        ConsentStatus::Requested => EventState::Requested,
        ConsentStatus::Given if last.is_some_and(|(entry, _)| entry.kind == ConsentEventKind::Renewed) => {
            EventState::Renewed
        }
        ConsentStatus::Given => EventState::Given,
        ConsentStatus::Refused => EventState::Refused,
        ConsentStatus::Withdrawn => EventState::Withdrawn,
        ConsentStatus::Expired => EventState::Expired,
    };
    let told = ToldConsent {
        record_id: consent.state.last_event.as_uuid(),
        purpose: &consent.purpose,
        channel: consent.channel,
        language: language.unwrap_or(Language::Pl),
        status,
        events: events.collect(),
    };
    sign(ctx, organisation, client.as_uuid(), now, vec![told])
}

fn shown(wording: &Wording) -> ShownWording {
    ShownWording {
        wording_id: wording.id.as_uuid(),
        language: wording.language,
        text: wording.text.as_str().to_owned(),
        sha256: wording.sha256.clone(),
    }
}

fn sign(
    ctx: &Ctx,
    organisation: Option<&Organisation>,
    person: Uuid,
    now: DateTime<Utc>,
    consents: Vec<ToldConsent<'_>>,
) -> Result<SignedReceipt, AppError> {
    let header = Header {
        // Time-ordered like every id here, and of no record: receipts are not stored.
        receipt_id: SubmissionId::generate(now, ctx.entropy()).as_uuid(),
        issued_at: now,
        pii_principal_id: person,
        installation: &ctx.public_url,
        organisation,
    };
    let receipt = Receipt::new(header, consents);
    let payload = serde_json::to_vec(&receipt).map_err(|error| AppError::Unexpected(Box::new(error)))?;
    Ok(SignedReceipt { jws: ctx.vault.master.receipt_key().sign(&payload), receipt })
}

/// What a visitor holds to get the receipt of what they have just sent: which consents of which version of the form were
/// ticked, in which submission, under a MAC. `None` where no consent was ticked, where none comes of the form, and where
/// the form was published anew since it was `shown`: nobody saw the wordings that it has now. Which of them are `waiting` for a
/// click is as it was on arrival, however the purposes change until the receipt is fetched. Costs next to nothing, and is the same
/// whoever the visitor is: it depends on the form and the ticks alone.
pub fn claim(
    ctx: &Ctx,
    form: &PublishedForm,
    shown: FormVersionId,
    waiting: &[String],
    submission: SubmissionId,
    answers: &BTreeMap<String, String>,
) -> Option<String> {
    let definition = &form.version.definition;
    if shown != form.version.id || (definition.mapping != Mapping::Client && !definition.confirm_first) {
        return None;
    }
    let answers = submission::check(definition, &gate::without_decoy(form, answers)).ok()?;
    let ticked = (0u8..).zip(&definition.fields).filter(|(_, field)| {
        field.consent.is_some() && submission::ticked_consents(definition, &answers).any(|it| it.key == field.key)
    });
    let marked = |(at, field): (u8, &FormField)| if waiting.contains(&field.key) { at | WAITS } else { at };
    let ticked: Vec<u8> = ticked.map(marked).collect();
    if ticked.is_empty() {
        return None;
    }
    Some(seal(ctx, form, submission, None, &ticked))
}

/// The same for the consents that a click in a mail has just confirmed, at that moment.
pub(crate) fn claim_confirmed(
    ctx: &Ctx,
    form: &PublishedForm,
    submission: SubmissionId,
    given: &[&FormField],
    at: DateTime<Utc>,
) -> Option<String> {
    let fields = (0u8..).zip(&form.version.definition.fields);
    let given: Vec<u8> =
        fields.filter(|(_, field)| given.iter().any(|it| it.key == field.key)).map(|(at, _)| at | WAITS).collect();
    (!given.is_empty()).then(|| seal(ctx, form, submission, Some(at), &given))
}

fn seal(
    ctx: &Ctx,
    form: &PublishedForm,
    submission: SubmissionId,
    confirmed: Option<DateTime<Utc>>,
    fields: &[u8],
) -> String {
    let mut claim = Vec::with_capacity(40 + fields.len());
    claim.extend_from_slice(form.version.id.as_uuid().as_bytes());
    claim.extend_from_slice(submission.as_uuid().as_bytes());
    // Zero: by no click.
    claim.extend_from_slice(&confirmed.map_or(0, |at| at.timestamp_millis()).to_be_bytes());
    claim.push(MARKED);
    claim.extend_from_slice(fields);
    ctx.vault.master.receipt_claims().seal(&claim)
}

/// The receipt that a visitor claims, within the hour after sending, or after the click that confirmed. It says what was
/// stated then, in the version that was shown, even if the form takes no answers any more; whether a card came of it, it
/// does not.
pub async fn claimed(ctx: &Ctx, form: &PublishedForm, claim: &str) -> Result<SignedReceipt, AppError> {
    let claim = ctx.vault.master.receipt_claims().open(claim).ok_or(AppError::LinkSpent)?;
    let read = || {
        let (version, rest) = claim.split_first_chunk::<16>()?;
        let (submission, rest) = rest.split_first_chunk::<16>()?;
        let (confirmed, fields) = rest.split_first_chunk::<8>()?;
        let version = FormVersionId::from_uuid(Uuid::from_bytes(*version));
        let confirmed = match i64::from_be_bytes(*confirmed) {
            0 => None,
            at => Some(DateTime::from_timestamp_millis(at)?),
        };
        let (MARKED, fields) = fields.split_first().map(|(mark, fields)| (*mark, fields))? else { return None };
        Some((version, SubmissionId::from_uuid(Uuid::from_bytes(*submission)), confirmed, fields))
    };
    let (version, submission, confirmed, fields) = read().ok_or(AppError::LinkSpent)?;
    let from = confirmed.or_else(|| sent_at(submission)).ok_or(AppError::LinkSpent)?;
    if ctx.now() - from > CLAIM_HOLDS {
        return Err(AppError::LinkSpent);
    }
    let shown = published_forms::of_version(ctx, version).await?;
    if shown.version.form_id != form.version.form_id {
        return Err(AppError::LinkSpent);
    }
    of_submission(ctx, &shown, submission, &chosen(&shown, fields), confirmed).await
}

/// The fields that were ticked, and whether each waited for the click.
fn chosen<'a>(form: &'a PublishedForm, ticked: &[u8]) -> Vec<(&'a FormField, bool)> {
    let field = |at: &u8| Some((form.version.definition.fields.get(usize::from(at & !WAITS))?, at & WAITS != 0));
    ticked.iter().filter_map(field).collect()
}

/// When a submission came: its id says so, to the millisecond.
fn sent_at(submission: SubmissionId) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = submission.as_uuid().get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}

/// The receipt of the consents that were ticked in a submission. Those that waited are only asked for by the tick; they are given from `confirmed` on, the moment of the click that the
/// mail led to.
async fn of_submission(
    ctx: &Ctx,
    form: &PublishedForm,
    submission: SubmissionId,
    ticked: &[(&FormField, bool)],
    confirmed: Option<DateTime<Utc>>,
) -> Result<SignedReceipt, AppError> {
    let purposes: Arc<[Purpose]> = form.purposes(ctx).await?;
    let sent = sent_at(submission).ok_or(AppError::NotFound)?;
    let language = form.version.definition.language;
    let mut told = Vec::with_capacity(ticked.len());
    for (field, waited) in ticked {
        let Some(item) = field.consent else { continue };
        let purpose = purposes.iter().find(|purpose| purpose.id == item.purpose_id).ok_or(AppError::NotFound)?;
        let wording = form.wordings.get(&item.wording_id).map(|text| ShownWording {
            wording_id: item.wording_id.as_uuid(),
            language,
            sha256: zgoda_vault::sha256_hex(text.as_bytes()),
            text: text.clone(),
        });
        let until = |from: DateTime<Utc>| {
            purpose.validity_days.and_then(|days| from.checked_add_signed(TimeDelta::days(days.into())))
        };
        let tick = |kind, grade| ToldEvent {
            at: sent,
            kind,
            method: ConsentMethod::FormCheckbox,
            grade,
            expires_at: until(sent),
            wording: wording.clone(),
        };
        let events = match (*waited, confirmed) {
            (false, _) => vec![tick(ConsentEventKind::Given, Some(EvidenceGrade::B))],
            (true, None) => vec![tick(ConsentEventKind::Requested, None)],
            (true, Some(at)) => vec![
                tick(ConsentEventKind::Requested, None),
                ToldEvent {
                    at,
                    method: ConsentMethod::DoiClick,
                    expires_at: until(at),
                    ..tick(ConsentEventKind::Confirmed, Some(EvidenceGrade::A))
                },
            ],
        };
        let status = events.last().map_or(EventState::Unknown, |event| event.kind.into());
        let channel = item.channel;
        told.push(ToldConsent { record_id: submission.as_uuid(), purpose, channel, language, status, events });
    }
    let controller = organisation::current(ctx).await?;
    sign(ctx, controller.as_deref(), submission.as_uuid(), ctx.now(), told)
}
