//! Double opt-in: sign-ups that wait for the click in a mail. Before the click there is no client, no consent and, where the
//! whole submission waits, no submission; only a sealed row that is deleted after a week.
//!
//! The token in the link is the authority: no cookie, no account. Looking changes nothing, so that programs that open every
//! link of a mail confirm nothing; pressing the button does.

use crate::{
    AppError, Ctx, clients::check, confirmation, form_mails, letters, organisation, published_forms,
    published_forms::PublishedForm, receipts, submissions::consent_entry,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use zgoda_domain::{
    access::{Actor, Assignment, Origin},
    audit::{Action, AuditEvent, RecordKind},
    consent::{ConsentEventKind, ConsentMethod, ConsentRefusal, EvidenceGrade, Language, Purpose},
    custom_field::{CustomField, CustomValues},
    email::EmailAddress,
    form::{FormDefinition, FormField, Mapping},
    id::{ClientId, ConsentEventId, MessageId, SignupId, SubmissionId},
    mapping::{MappedClient, map_answers},
    message::{Message, MessageKind},
    rule::{Invalids, Rule},
    submission::{self, Answers, SIGNUP_WAITS, SubmissionStatus, waiting_consents},
};
use zgoda_persistence::{
    Adds, DbError, Source, Tx, audit, clients,
    consents::{self, LedgerError, NewConsentEvent, id_after},
    files, forms, outbox, purposes,
    signups::{self, NewSignup, SignupContent, SignupRecord},
    submissions::{self, NewSubmission, Sender, SubmissionContent},
};
use zgoda_vault::{SecretToken, TokenHash};

/// A mail that cannot be sent for this long is of no use any more.
const MAIL_USEFUL: TimeDelta = TimeDelta::days(3);

/// What has to be confirmed of a submission, with the mail that asks for it.
pub(crate) struct Confirmation {
    normalised: String,
    address: EmailAddress,
    /// Keys of the consent fields that wait.
    consents: Vec<String>,
    token: TokenHash,
    letter: Message,
}

/// What of a submission has to be confirmed by mail, if anything. That depends on form and ticks alone, never on whose
/// address it is.
pub(crate) async fn needed(
    ctx: &Ctx,
    form: &PublishedForm,
    purposes: &[Purpose],
    answers: &Answers,
    email: Option<&str>,
    page: Option<&str>,
) -> Result<Option<Confirmation>, AppError> {
    let definition = &form.version.definition;
    let Some(field) = definition.address_field().filter(|_| is_asked(ctx, definition, purposes, answers)) else {
        // Such a consent is not given, and nobody is promised a mail.
        return if definition.confirm_first { Err(AppError::FormClosed) } else { Ok(None) };
    };
    let Some(address) = email.and_then(|email| EmailAddress::parse(email).ok()) else {
        return Err(Invalids::one(format!("/answers/{}", field.key), Rule::Required).into());
    };
    let token = SecretToken::generate(ctx.vault.entropy.as_ref());
    let waiting: Vec<&FormField> = waiting_consents(definition, purposes, answers).collect();
    let mut names: Vec<&str> = Vec::new();
    for name in waiting.iter().filter_map(|field| purpose_name(field, purposes)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let letter = letters::confirmation(
        ctx,
        &address,
        letters::Asked {
            language: definition.language,
            asker: &Asker::current(ctx).await?,
            site: page.map_or_else(|| host(&ctx.public_url), host),
            form: &definition.title,
            whole: definition.confirm_first,
            purposes: &names,
            at: ctx.now(),
            token: &token,
        },
    );
    Ok(Some(Confirmation {
        normalised: address.normalised(),
        address,
        consents: waiting.into_iter().map(|field| field.key.clone()).collect(),
        token: token.hash(),
        letter,
    }))
}

/// Whether a mail asks for a confirmation. One that cannot be sent is not promised.
fn is_asked(ctx: &Ctx, definition: &FormDefinition, purposes: &[Purpose], answers: &Answers) -> bool {
    let single =
        definition.mapping == Mapping::Client && waiting_consents(definition, purposes, answers).next().is_some();
    ctx.channels.has(MessageKind::Email) && (definition.confirm_first || single)
}

/// What is said of that when a request is repeated, whose answers were checked the first time; and which consents wait.
pub(crate) fn asked_before(
    ctx: &Ctx,
    form: &PublishedForm,
    purposes: &[Purpose],
    raw: &BTreeMap<String, String>,
) -> (bool, Vec<String>) {
    let definition = &form.version.definition;
    let answers = submission::check(definition, raw).unwrap_or_default();
    let waiting = waiting_consents(definition, purposes, &answers).map(|field| field.key.clone()).collect();
    (definition.address_field().is_some() && is_asked(ctx, definition, purposes, &answers), waiting)
}

fn purpose_name<'a>(field: &FormField, purposes: &'a [Purpose]) -> Option<&'a str> {
    let item = field.consent?;
    purposes.iter().find(|purpose| purpose.id == item.purpose_id).map(|purpose| purpose.name.as_str())
}

/// Who asks for a confirmation.
#[derive(Clone, Debug)]
pub struct Asker {
    /// This server's host until somebody said whose product it is.
    pub name: String,
    pub email: Option<String>,
    /// Address of the privacy notice.
    pub privacy_notice: Option<String>,
}

impl Asker {
    pub(crate) async fn current(ctx: &Ctx) -> Result<Self, AppError> {
        Ok(match organisation::current(ctx).await? {
            Some(known) => Self {
                name: known.name.as_str().to_owned(),
                email: Some(known.email.as_str().to_owned()),
                privacy_notice: Some(known.privacy_notice.as_str().to_owned()),
            },
            None => Self { name: host(&ctx.public_url).to_owned(), email: None, privacy_notice: None },
        })
    }
}

/// Of an origin.
fn host(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, rest)| rest)
}

/// Stores what waits and, within the caps, the mail that asks for its confirmation, in a transaction that has claimed the
/// address. Where the whole submission waits it keeps the id that the visitor is told.
#[expect(clippy::too_many_arguments, reason = "all of it is kept")]
pub(crate) async fn hold(
    ctx: &Ctx,
    tx: &impl Adds,
    form: &PublishedForm,
    confirmation: Confirmation,
    submission: SubmissionId,
    content: &SubmissionContent,
    received_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<SignupId, AppError> {
    let Confirmation { normalised, address, consents, token, letter } = confirmation;
    let form_id = form.version.form_id;
    let whole = form.version.definition.confirm_first;
    let message = if confirmation::may_mail(tx, &normalised, form_id, now).await? {
        let id = MessageId::generate(now, ctx.entropy());
        outbox::insert(tx, id, outbox::Recipient::NoClient, &letter, now + MAIL_USEFUL, now)?;
        confirmation::count_mail(tx, &normalised, form_id, now);
        Some(id)
    } else {
        None
    };
    let mut submission_content = content.clone();
    if !whole {
        // The submission has the rest.
        submission_content.answers.retain(|key, _| consents.contains(key));
    }
    let content =
        SignupContent { address: address.as_str().to_owned(), consents, message, submission: submission_content };
    let id = if whole { SignupId::from_uuid(submission.as_uuid()) } else { SignupId::generate(now, ctx.entropy()) };
    let new = NewSignup {
        id,
        form_id,
        form_version_id: form.version.id,
        submission_id: (!whole).then_some(submission),
        normalised: &normalised,
        token: &token,
        content: &content,
        expires_at: now + SIGNUP_WAITS,
    };
    signups::insert(tx, new, received_at)?;
    Ok(id)
}

/// What the page behind the link shows.
#[derive(Clone, Debug)]
pub struct SignupPage {
    pub language: Language,
    pub asker: Asker,
    /// The form's.
    pub title: String,
    pub received_at: DateTime<Utc>,
    pub consents: Vec<WaitingConsent>,
    /// The whole submission waits, not only its consents.
    pub whole: bool,
}

/// A consent that the person ticked and can confirm.
#[derive(Clone, Debug)]
pub struct WaitingConsent {
    pub key: String,
    pub label: String,
    /// In full, as it was shown beside the tick.
    pub wording: String,
    /// The form does not go without it.
    pub required: bool,
}

/// What a link asks to confirm. Changes nothing.
pub async fn look(ctx: &Ctx, token: &SecretToken) -> Result<SignupPage, AppError> {
    let (found, form) = find(ctx, token).await?;
    Ok(page(Asker::current(ctx).await?, &found, &form))
}

fn page(asker: Asker, found: &SignupRecord, form: &PublishedForm) -> SignupPage {
    let definition = &form.version.definition;
    let consents = waiting_fields(definition, found).map(|field| WaitingConsent {
        key: field.key.clone(),
        label: field.label.clone(),
        wording: field.consent.and_then(|item| form.wordings.get(&item.wording_id).cloned()).unwrap_or_default(),
        required: definition.confirm_first && field.required,
    });
    SignupPage {
        language: definition.language,
        asker,
        title: definition.title.clone(),
        received_at: found.created_at,
        consents: consents.collect(),
        whole: definition.confirm_first,
    }
}

fn waiting_fields<'a>(definition: &'a FormDefinition, found: &'a SignupRecord) -> impl Iterator<Item = &'a FormField> {
    definition.fields.iter().filter(|field| found.content.consents.contains(&field.key))
}

async fn find(ctx: &Ctx, token: &SecretToken) -> Result<(SignupRecord, Arc<PublishedForm>), AppError> {
    let found = signups::find(&ctx.db.read(), &token.hash(), ctx.now()).await?.ok_or(AppError::LinkSpent)?;
    let form = published_forms::of_version(ctx, found.form_version_id).await?;
    Ok((found, form))
}

/// What became of a click.
#[derive(Clone, Debug)]
pub struct Confirmed {
    pub language: Language,
    pub asker: Asker,
    pub title: String,
    /// Labels of the consents that are given now.
    pub given: Vec<String>,
    /// Labels of those that the person withdrew or refused after signing up: that stands.
    pub refused: Vec<String>,
    /// What the receipt of the consents that are given now is asked for with, at the form with this public id.
    pub receipt: Option<(String, String)>,
    pub redirect_url: Option<String>,
}

/// Confirms a sign-up with the consents that the person chose of those that waited: makes the submission if it waited
/// whole, and gives the consents with the best proof there is. Of several that press the button at once, one does it.
pub async fn confirm(
    ctx: &Ctx,
    token: &SecretToken,
    chosen: &BTreeSet<String>,
    origin: &Origin,
) -> Result<Confirmed, AppError> {
    let (found, form) = find(ctx, token).await?;
    let definition = &form.version.definition;
    let (chosen, left): (Vec<&FormField>, Vec<&FormField>) =
        waiting_fields(definition, &found).partition(|field| chosen.contains(&field.key));
    let mut invalids = Invalids::default();
    for field in left.iter().filter(|field| definition.confirm_first && field.required) {
        invalids.add(format!("/{}", field.key), Rule::Required);
    }
    if chosen.is_empty() && !definition.confirm_first {
        invalids.add("", Rule::Required);
    }
    invalids.or(Some(()))?;
    let address = EmailAddress::parse(&found.content.address).map_err(|_| AppError::LinkSpent)?;
    let asker = Asker::current(ctx).await?;
    let public_id = forms::load(&ctx.db.read(), found.form_id).await?.map(|record| record.public_id);
    let fields = crate::custom_fields::live(ctx).await?;
    let purposes: Vec<Purpose> = purposes::all(&ctx.db.read()).await?;
    let mut content = found.content.submission.clone();
    content.answers.retain(|key, _| !left.iter().any(|field| field.key == *key));
    // The mailbox is claimed, so a reply to another one is not sent.
    let reply = form_mails::reply(ctx, &form, &content.answers).await?;
    let reply = reply.filter(|reply| reply.normalised == address.normalised());

    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    confirmation::claim(&tx, &address).await?;
    let known = match definition.mapping {
        Mapping::Nothing | Mapping::Email => None,
        Mapping::Client => addressee(&tx, &found, &address).await?,
    };
    // The client before the sign-up, as in deleting a client: neither waits for the other in a circle.
    if let Some(client) = known {
        let card = clients::load_locked(&tx, client).await?.ok_or(AppError::LinkSpent)?;
        // Its address may have been changed before it was locked.
        if card.input.email.is_none_or(|email| email.to_lowercase() != address.normalised()) {
            return Err(AppError::LinkSpent);
        }
    }
    if !signups::take(&tx, found.id).await? {
        return Err(AppError::LinkSpent);
    }
    signups::forget_mail(&tx, &found.content).await?;

    let submission = found.submission_id.unwrap_or(SubmissionId::from_uuid(found.id.as_uuid()));
    let click = if definition.anonymous { Origin::default() } else { origin.clone() };
    let entries = |client: ClientId| entries(ctx, &form, &found, &chosen, submission, client, &click, now);
    let insert = |sender| {
        let (form_id, form_version_id) = (found.form_id, found.form_version_id);
        let new = NewSubmission { id: submission, form_id, form_version_id, sender, content: &content };
        submissions::insert(&tx, new, found.created_at)
    };
    let mut refused: Vec<&FormField> = Vec::new();
    let client = match (definition.mapping, known) {
        (Mapping::Nothing | Mapping::Email, _) => {
            insert(Sender::Nobody)?;
            None
        }
        (Mapping::Client, Some(client)) => {
            if definition.confirm_first {
                // The card is not overwritten: staff look at what was sent. The consents are the mailbox's owner's own.
                insert(Sender::Claimed(client))?;
            }
            for (field, (given, confirmed)) in chosen.iter().zip(entries(client)) {
                match consents::record(&tx, &given, now).await {
                    // Where a later yes stands the tick adds nothing to it, and the click does.
                    Ok(_) | Err(LedgerError::Refused(ConsentRefusal::AlreadyAnswered)) => {
                        consents::record(&tx, &confirmed, now).await?;
                    }
                    Err(LedgerError::Refused(ConsentRefusal::Superseded)) => refused.push(*field),
                    Err(error) => return Err(error.into()),
                }
            }
            Some(client)
        }
        // The card that the submission made is gone, or has another address by now.
        (Mapping::Client, None) if !definition.confirm_first => return Err(AppError::LinkSpent),
        (Mapping::Client, None) => {
            let mapped = map_what_fits(definition, &fields, &content.answers);
            let mut card = check(fields, &mapped.input, &mapped.custom, &CustomValues::new())?;
            let client_id = ClientId::generate(now, ctx.entropy());
            let entries: Vec<NewConsentEvent> =
                entries(client_id).into_iter().flat_map(|(given, confirmed)| [given, confirmed]).collect();
            let states = consents::first_states(&entries, &purposes)?;
            card.show_consents(&states);
            let client = clients::insert(&tx, client_id, card.content(), &card.fields, Assignment::default(), now)?;
            insert(Sender::New(&client))?;
            consents::record_first(&tx, &client, &entries, &states, &purposes, now)?;
            Some(client_id)
        }
    };
    let given: Vec<&FormField> = chosen
        .iter()
        .copied()
        .filter(|field| client.is_some() && !refused.iter().any(|no| no.key == field.key))
        .collect();
    let mut event = match (given.is_empty(), client) {
        // The submission is there already: what changes is the card.
        (false, Some(client)) if !definition.confirm_first => {
            visitor_event(Action::ConsentConfirmed, RecordKind::Client, client.as_uuid())
        }
        (false, _) => visitor_event(Action::ConsentConfirmed, RecordKind::Submission, submission.as_uuid()),
        (true, _) if definition.confirm_first => {
            visitor_event(Action::SubmissionReceived, RecordKind::Submission, submission.as_uuid())
        }
        // Every one of them was withdrawn meanwhile: nothing comes of it.
        (true, _) => visitor_event(Action::SignupCancelled, RecordKind::Signup, found.id.as_uuid()),
    };
    event = event.fields(named(&given));
    if let Some(client) = client {
        event = event.about(client);
    }
    if definition.confirm_first {
        // Its place was kept for it.
        form_mails::send(ctx, &tx, &form, submission, reply, now).await?;
    }
    tx.commit(now, event).await?;
    let receipt = receipts::claim_confirmed(ctx, &form, submission, &given, now);
    Ok(Confirmed {
        language: definition.language,
        asker,
        title: definition.title.clone(),
        given: given.into_iter().map(|field| field.label.clone()).collect(),
        refused: refused.into_iter().map(|field| field.label.clone()).collect(),
        receipt: public_id.zip(receipt),
        redirect_url: definition.ending(&content.answers).1.map(str::to_owned),
    })
}

/// Deletes what waits, and leaves unused what was sent with it and waits for staff: the mailbox's owner did not send it.
/// Says in which language the form was.
pub async fn cancel(ctx: &Ctx, token: &SecretToken) -> Result<Language, AppError> {
    let (found, form) = find(ctx, token).await?;
    let tx = ctx.db.begin().await?;
    if !signups::take(&tx, found.id).await? {
        return Err(AppError::LinkSpent);
    }
    signups::forget_mail(&tx, &found.content).await?;
    let now = ctx.now();
    if let Some(submission) = found.submission_id {
        match submissions::decide(&tx, submission, SubmissionStatus::Dismissed, None, now).await {
            Ok(()) => {
                files::delete_of_record(&tx, submission.as_uuid()).await?;
                let event = visitor_event(Action::SubmissionDismissed, RecordKind::Submission, submission.as_uuid());
                audit::insert_many(&tx, now, vec![event]).await?;
            }
            // Staff decided already, or it made a card of its own.
            Err(DbError::Outdated | DbError::Missing) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let event = visitor_event(Action::SignupCancelled, RecordKind::Signup, found.id.as_uuid());
    tx.commit(now, event).await?;
    Ok(form.version.definition.language)
}

/// Forgets what nobody confirmed in time.
pub(crate) async fn tidy(tx: &Tx, now: DateTime<Utc>) -> Result<(), AppError> {
    signups::forget_expired(tx, now).await?;
    Ok(())
}

/// What a visitor did. Where they came from is part of the sealed evidence, and goes with it.
pub(crate) fn visitor_event(action: Action, record: RecordKind, id: uuid::Uuid) -> AuditEvent {
    AuditEvent::new(Actor::Visitor, &Origin::default(), action, record, Some(id))
}

fn named(fields: &[&FormField]) -> Vec<String> {
    let items = fields.iter().filter_map(|field| field.consent);
    items
        .flat_map(|item| [format!("purpose:{}", item.purpose_id), format!("channel:{}", item.channel.code())])
        .collect()
}

/// The card whose consents the mailbox can give: one that has its address now. That of the submission, if it has, else the
/// first.
async fn addressee(
    source: &impl Source,
    found: &SignupRecord,
    address: &EmailAddress,
) -> Result<Option<ClientId>, AppError> {
    let normalised = address.normalised();
    if let Some(submission) = found.submission_id
        && let Some((record, _)) = submissions::load(source, submission).await?
        && let Some(client) = record.client_id
        && let Some(card) = clients::load(source, client).await?
        && card.input.email.as_deref().is_some_and(|email| email.to_lowercase() == normalised)
    {
        return Ok(Some(client));
    }
    Ok(clients::find_by_email(source, &normalised).await?)
}

/// For each consent the entry of the tick, of the time when it was sent, and that of the click. Their ids are in this
/// order.
#[expect(clippy::too_many_arguments, reason = "all of it is evidence")]
fn entries(
    ctx: &Ctx,
    form: &PublishedForm,
    found: &SignupRecord,
    chosen: &[&FormField],
    submission: SubmissionId,
    client: ClientId,
    click: &Origin,
    now: DateTime<Utc>,
) -> Vec<(NewConsentEvent, NewConsentEvent)> {
    let mut last = ConsentEventId::generate(now, ctx.entropy());
    let mut id = || {
        last = id_after(last);
        last
    };
    let mut pairs = Vec::with_capacity(chosen.len());
    for field in chosen {
        let sent = &found.content.submission;
        let Some(given) = consent_entry(field, &form.version, submission, client, sent, found.created_at) else {
            continue;
        };
        let given = NewConsentEvent { id: id(), grade: Some(EvidenceGrade::A), ..given };
        let confirmed = NewConsentEvent {
            id: id(),
            kind: ConsentEventKind::Confirmed,
            method: ConsentMethod::DoiClick,
            occurred_at: now,
            evidence: json!({ "ip": click.ip, "user_agent": click.user_agent, "field_label": field.label }),
            ..given.clone()
        };
        pairs.push((given, confirmed));
    }
    pairs
}

/// Fields may have changed since the form was sent; an answer that its field cannot hold any more stays in the submission.
fn map_what_fits(definition: &FormDefinition, fields: &[CustomField], answers: &Answers) -> MappedClient {
    map_answers(definition, fields, answers).unwrap_or_else(|invalids| {
        let mut rest = answers.clone();
        for complaint in invalids.as_slice() {
            rest.remove(complaint.pointer.trim_start_matches("/answers/"));
        }
        map_answers(definition, fields, &rest).unwrap_or_default()
    })
}
