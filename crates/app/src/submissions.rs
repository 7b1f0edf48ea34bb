//! Submissions: taking a visitor's answers, and deciding those that name a known client.
//!
//! A stranger who types a known address can neither read nor change the card behind it: such a submission waits for
//! staff, and the visitor gets the very same answer.

use crate::{
    AppError, Ctx,
    clients::{self as cards, CheckedCard, check, seen_before},
    form_mails, gate, places,
    published_forms::PublishedForm,
    signups, submission_files,
};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};
use zgoda_domain::{
    access::{
        Actor, Assignment, ConsentRights, CreateClients, DecideSubmissions, EditClients, FieldRights, Origin, Permit,
        RightType, ViewClients, ViewSubmissions, Visible,
    },
    audit::{Action, AuditEvent, RecordKind},
    consent::{ConsentEventKind, ConsentMethod, ConsentRefusal, EvidenceGrade, Purpose},
    custom_field::CustomValues,
    email::EmailAddress,
    form::{FormDefinition, FormField, Mapping, parse_origin},
    id::{ClientId, ConsentEventId, FormId, FormVersionId, SubmissionId},
    mapping::{fill_gaps, map_answers},
    submission::{self, Answers, SubmissionStatus, ticked_consents, waiting_consents},
    visitor_files::{self, SentFile},
};
use zgoda_persistence::{
    Append, DbError, Source, clients, consents,
    consents::{LedgerError, NewConsentEvent},
    custom_fields,
    files::{self, FileRecord},
    forms::{self, VersionRecord},
    idempotency::{self, Idempotency},
    purposes,
    submissions::{self, NewSubmission, Sender, SubmissionContent, SubmissionRecord},
};

/// One visitor's request.
#[derive(Clone, Debug)]
pub struct Visit<'a> {
    pub version: FormVersionId,
    pub answers: &'a BTreeMap<String, String>,
    pub files: &'a [SentFile],
    pub origin: Origin,
    /// The `Origin` header: where the page that carries the form comes from.
    pub page: Option<&'a str>,
    pub repeat: Option<&'a Idempotency>,
    /// What the browser computed: a challenge's token and the numbers found.
    pub proof: Option<&'a str>,
    /// What limits count the visitor by.
    pub network: &'a str,
    /// A program of the company's own needs no proof.
    pub trusted: Option<&'a Permit<CreateClients>>,
}

/// What the visitor is told; the same whoever they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub id: SubmissionId,
    pub thank_you: String,
    pub redirect_url: Option<String>,
    /// Something of it counts once the link in a mail was used.
    pub confirm_by_mail: bool,
    /// Keys of the consents that were ticked and wait for that.
    pub waiting: Vec<String>,
}

/// Origins a form may be used on: its own list, and this server's hosted page.
pub fn is_allowed_origin(ctx: &Ctx, definition: &FormDefinition, origin: &str) -> bool {
    definition.allowed_origins.iter().any(|allowed| allowed == origin)
        || parse_origin(&ctx.public_url).is_ok_and(|own| own == origin)
}

/// Takes a visitor's answers: the submission, the card it makes, the consents it gives and the audit event are one
/// durable transaction.
pub async fn submit(ctx: &Ctx, form: &PublishedForm, visit: Visit<'_>) -> Result<Receipt, AppError> {
    let definition = &form.version.definition;
    // A browser always says where a cross-site request comes from; without it the caller is no page.
    if let Some(page) = visit.page
        && !is_allowed_origin(ctx, definition, page)
    {
        return Err(AppError::ForeignOrigin);
    }
    let typed_in = gate::without_decoy(form, visit.answers);
    let checked = submission::check(definition, &typed_in);
    let (thank_you, redirect_url) = checked.as_ref().map_or_else(
        |_| (definition.thank_you.as_str(), definition.redirect_url.as_deref()),
        |answers| definition.ending(answers),
    );
    let receipt = |id, confirm_by_mail: bool, waiting| Receipt {
        id,
        thank_you: thank_you.to_owned(),
        // Whoever has to look into their mailbox is told so here, and not sent on.
        redirect_url: redirect_url.filter(|_| !confirm_by_mail).map(str::to_owned),
        confirm_by_mail,
        waiting,
    };
    let purposes = form.purposes(ctx).await?;
    // A repeated request whose answer was lost succeeds even if the form was published anew meanwhile.
    if let Some(id) = seen_before(&ctx.db.read(), visit.repeat).await? {
        let (confirms, waiting) = signups::asked_before(ctx, form, &purposes, &typed_in);
        return Ok(receipt(SubmissionId::from_uuid(id), confirms, waiting));
    }
    if visit.version != form.version.id {
        return Err(AppError::FormVersionRetired);
    }
    places::check_window(definition, ctx.now())?;
    let (answers, files) = submission_files::together(checked, visitor_files::check(definition, visit.files))?;
    let entry = gate::admit(ctx, form, &visit, &answers)?;
    let fields = crate::custom_fields::live(ctx).await?;
    let mapped = map_answers(definition, &fields, &answers)?;
    let typed = mapped.input.email.as_deref();
    let confirmation = signups::needed(ctx, form, &purposes, &answers, typed, visit.page).await?;
    let confirms = confirmation.is_some();

    let now = ctx.now();
    let id = SubmissionId::generate(now, ctx.entropy());
    // A program of the company's own sends for a visitor: its address and name are nobody's evidence.
    let integrator = visit.trusted.filter(|permit| permit.actor().account().is_some());
    let origin = match definition.anonymous || integrator.is_some() {
        true => Origin::default(),
        false => visit.origin.clone(),
    };
    let waited: Vec<String> =
        waiting_consents(definition, &purposes, &answers).map(|field| field.key.clone()).collect();
    let receipt = |id| receipt(id, confirms, waited.clone());
    let content = SubmissionContent {
        waited: waited.clone(),
        answers,
        ip: origin.ip.clone(),
        user_agent: origin.user_agent.clone(),
        page: visit.page.map(str::to_owned),
    };
    let email = match definition.mapping {
        Mapping::Nothing | Mapping::Email if confirmation.is_none() => None,
        _ => mapped.input.email.as_deref().and_then(|email| EmailAddress::parse(email).ok()),
    };
    // What mails are counted by is claimed as well.
    let mailbox = email.as_ref().map(EmailAddress::mailbox);
    let email = email.map(|email| email.normalised());
    // One mail to the visitor for one submission: the caps are asked once.
    let reply = form_mails::reply(ctx, form, &content.answers).await?.filter(|_| !confirms);
    let places = places::claim(form);
    let mut claims: Vec<&str> = [email.as_deref(), mailbox.as_deref()]
        .into_iter()
        .flatten()
        .chain(reply.iter().flat_map(form_mails::Reply::claims))
        .collect();
    claims.sort_unstable();
    claims.dedup();
    claims.extend(places.as_deref());
    // Everything that can be done beforehand was done: here begins the writer's turn, and others wait for theirs. Two
    // simultaneous submissions of one new address must not make two cards.
    let tx = ctx.db.append_claiming(&claims).await?;
    if let Some(id) = seen_before(&tx, visit.repeat).await? {
        return Ok(receipt(SubmissionId::from_uuid(id)));
    }
    entry.spend(&tx);
    let insert = |sender| {
        let version = &form.version;
        let new =
            NewSubmission { id, form_id: version.form_id, form_version_id: version.id, sender, content: &content };
        submissions::insert(&tx, new, now)?;
        submission_files::store(ctx, &tx, id, sender, &files, now)
    };
    if let Some(repeat) = visit.repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    let received = |action, record, id| match integrator {
        Some(permit) => ctx.event(permit, action, record, Some(id)),
        None => signups::visitor_event(action, record, id),
    };
    if let Some(suspicion) = entry.suspicion {
        // Kept apart: it takes no place, makes nothing, and nobody is written to.
        insert(Sender::Suspicious(suspicion))?;
        let event = received(Action::SubmissionReceived, RecordKind::Submission, id.as_uuid());
        return Ok(receipt(keep(ctx, tx, &entry, &visit, id, event).await?));
    }
    places::take(&tx, form, now).await?;
    if let Some(confirmation) = confirmation {
        let signup = signups::hold(ctx, &tx, form, confirmation, id, &content, now, now).await?;
        if definition.confirm_first {
            // Nothing else comes of it before the click, and nothing of what is known is even looked at.
            let event = received(Action::SignupReceived, RecordKind::Signup, signup.as_uuid());
            let id = keep(ctx, tx, &entry, &visit, id, event).await?;
            places::taken(ctx, form);
            return Ok(receipt(id));
        }
    }
    let known = match &email {
        Some(email) => clients::find_by_email(&tx, email).await?,
        None => None,
    };
    let received = received(Action::SubmissionReceived, RecordKind::Submission, id.as_uuid());
    let event = match (definition.mapping, known) {
        (Mapping::Nothing | Mapping::Email, _) => {
            insert(Sender::Nobody)?;
            received
        }
        (Mapping::Client, Some(known)) => {
            insert(Sender::Claimed(known))?;
            received
        }
        (Mapping::Client, None) => {
            let mut card = check(fields, &mapped.input, &mapped.custom, &CustomValues::new())?;
            let client_id = ClientId::generate(now, ctx.entropy());
            let entries = ticked(ctx, &form.version, &purposes, id, client_id, &content, now);
            let states = consents::first_states(&entries, &purposes)?;
            card.show_consents(&states);
            let client = clients::insert(&tx, client_id, card.content(), &card.fields, Assignment::default(), now)?;
            insert(Sender::New(&client))?;
            consents::record_first(&tx, &client, &entries, &states, &purposes, now)?;
            received.about(client_id)
        }
    };
    form_mails::send(ctx, &tx, form, id, reply, now).await?;
    let id = keep(ctx, tx, &entry, &visit, id, event).await?;
    places::taken(ctx, form);
    Ok(receipt(id))
}

/// Keeps what a submission came to. Of two that were sent at once the other one may have been kept: then it is that one.
async fn keep(
    ctx: &Ctx,
    tx: Append,
    entry: &gate::Entry,
    visit: &Visit<'_>,
    id: SubmissionId,
    event: AuditEvent,
) -> Result<SubmissionId, AppError> {
    match tx.commit(ctx.now(), event).await {
        Ok(()) => Ok(id),
        Err(DbError::Taken(_)) => match seen_before(&ctx.db.read(), visit.repeat).await? {
            Some(id) => Ok(SubmissionId::from_uuid(id)),
            None => Err(entry.taken()),
        },
        Err(error) => Err(error.into()),
    }
}

/// The ledger entries of the consents that are given by the tick, as of its moment. Those that wait for the click in a mail
/// are not among them.
pub(crate) fn ticked(
    ctx: &Ctx,
    version: &VersionRecord,
    purposes: &[Purpose],
    submission: SubmissionId,
    client: ClientId,
    content: &SubmissionContent,
    received_at: DateTime<Utc>,
) -> Vec<NewConsentEvent> {
    let now = ctx.now();
    let (definition, answers) = (&version.definition, &content.answers);
    let waiting: Vec<&str> = not_given(definition, purposes, content).map(|field| field.key.as_str()).collect();
    ticked_consents(definition, answers)
        .filter(|field| !waiting.contains(&field.key.as_str()))
        .filter_map(|field| consent_entry(field, version, submission, client, content, received_at))
        .map(|entry| NewConsentEvent { id: ConsentEventId::generate(now, ctx.entropy()), ..entry })
        .collect()
}

/// Consents that were ticked and that the tick does not give: those that wait for the click in a mail, or did on arrival.
fn not_given<'a>(
    definition: &'a FormDefinition,
    purposes: &'a [Purpose],
    content: &'a SubmissionContent,
) -> impl Iterator<Item = &'a FormField> {
    let waiting: Vec<&str> =
        waiting_consents(definition, purposes, &content.answers).map(|field| field.key.as_str()).collect();
    ticked_consents(definition, &content.answers)
        .filter(move |field| content.waited.contains(&field.key) || waiting.contains(&field.key.as_str()))
}

/// The ledger entry of one ticked consent; it still needs an id of its own.
pub(crate) fn consent_entry(
    field: &FormField,
    version: &VersionRecord,
    submission: SubmissionId,
    client: ClientId,
    content: &SubmissionContent,
    received_at: DateTime<Utc>,
) -> Option<NewConsentEvent> {
    let item = field.consent?;
    Some(NewConsentEvent {
        id: ConsentEventId::from_uuid(submission.as_uuid()),
        client_id: client,
        purpose_id: item.purpose_id,
        channel: item.channel,
        kind: ConsentEventKind::Given,
        method: ConsentMethod::FormCheckbox,
        wording_id: Some(item.wording_id),
        form_version_id: Some(version.id),
        submission_id: Some(submission),
        actor: Actor::Visitor,
        occurred_at: received_at,
        grade: Some(EvidenceGrade::B),
        file_id: None,
        caused_by: None,
        evidence: json!({
            "ip": content.ip,
            "user_agent": content.user_agent,
            "page": content.page,
            "field_label": field.label,
        }),
    })
}

/// The submissions someone may reach are those of the clients they may reach. Submissions of nobody are for those who
/// may reach everybody.
pub(crate) fn reach<R: RightType>(permit: &Permit<R>) -> Visible {
    permit.and::<ViewClients>().map_or_else(Visible::nothing, |clients| clients.visible().clone())
}

/// Loads a submission for someone.
pub(crate) async fn load_for<R: RightType>(
    ctx: &Ctx,
    source: &impl Source,
    permit: &Permit<R>,
    id: SubmissionId,
) -> Result<(SubmissionRecord, SubmissionContent), AppError> {
    let found = submissions::load(source, id).await?.ok_or(AppError::NotFound)?;
    match (found.0.client_id, permit.and::<ViewClients>()) {
        (Some(client), Some(clients)) => {
            cards::load_for(ctx, source, &clients, client).await?;
        }
        _ if reach(permit).is_everything() => {}
        _ => return Err(AppError::NotFound),
    }
    Ok(found)
}

/// One page of submissions, newest first, with form names and version numbers. Spam only where it is asked for.
pub async fn page(
    ctx: &Ctx,
    permit: &Permit<ViewSubmissions>,
    form: Option<FormId>,
    status: Option<SubmissionStatus>,
    after: Option<SubmissionId>,
    limit: u64,
) -> Result<(Vec<(SubmissionRecord, String, i32)>, Option<SubmissionId>), AppError> {
    let (rows, next) = submissions::page(ctx.db.read(), &reach(permit), form, status, after, limit).await?;
    Ok((with_labels(ctx, rows).await?, next))
}

/// What a client sent.
pub async fn of_client(
    ctx: &Ctx,
    permit: &Permit<ViewSubmissions>,
    client: ClientId,
) -> Result<Vec<(SubmissionRecord, String, i32)>, AppError> {
    let clients = permit.and::<ViewClients>().ok_or(AppError::NotFound)?;
    cards::load_for(ctx, &ctx.db.read(), &clients, client).await?;
    let rows = submissions::of_client(&ctx.db.read(), client).await?;
    with_labels(ctx, rows.into_iter().map(|(record, _)| record).collect()).await
}

pub(crate) async fn with_labels(
    ctx: &Ctx,
    rows: Vec<SubmissionRecord>,
) -> Result<Vec<(SubmissionRecord, String, i32)>, AppError> {
    let ids: Vec<FormVersionId> = rows.iter().map(|row| row.form_version_id).collect();
    let labels = forms::version_labels(&ctx.db.read(), &ids).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (name, number) = labels.get(&row.form_version_id).cloned().unwrap_or_default();
            (row, name, number)
        })
        .collect())
}

/// A submission that was opened.
#[derive(Clone, Debug)]
pub struct OpenedSubmission {
    /// With the form's name and its version's number.
    pub summary: (SubmissionRecord, String, i32),
    /// In the form's order: key, label, text.
    pub answers: Vec<(String, String, String)>,
    /// What was attached, without the content.
    pub files: Vec<FileRecord>,
    /// Consents were ticked that accepting does not give: the click in a mail does, or did.
    pub consents_by_mail: bool,
}

/// A submission with its answers. Looking is recorded.
pub async fn open(ctx: &Ctx, permit: &Permit<ViewSubmissions>, id: SubmissionId) -> Result<OpenedSubmission, AppError> {
    let (record, content) = load_for(ctx, &ctx.db.read(), permit, id).await?;
    let version = forms::version(&ctx.db.read(), record.form_version_id).await?.ok_or(AppError::NotFound)?;
    let consents = crate::consents::rights(ctx, permit.fields()).await?;
    let answers = labelled(&version.definition, &content.answers, permit.fields(), &consents);
    let event = ctx.event(permit, Action::SubmissionOpened, RecordKind::Submission, Some(id.as_uuid()));
    let event = match record.client_id {
        Some(client) => event.about(client),
        None => event,
    };
    ctx.db.record(ctx.now(), event).await?;
    let purposes: Vec<Purpose> = purposes::all(&ctx.db.read()).await?;
    let mut by_mail = not_given(&version.definition, &purposes, &content).filter_map(|it| it.consent);
    let consents_by_mail = by_mail.any(|item| consents.shows(item.purpose_id, item.channel));
    let summary = with_labels(ctx, vec![record]).await?.pop().ok_or(AppError::NotFound)?;
    let files = submission_files::of(&ctx.db.read(), id).await?;
    Ok(OpenedSubmission { summary, answers, files, consents_by_mail })
}

/// Answers as the reader may see them: an answer is as visible as the field it goes to, a consent as its column.
pub(crate) fn labelled(
    definition: &FormDefinition,
    answers: &Answers,
    rights: &FieldRights,
    consents: &ConsentRights,
) -> Vec<(String, String, String)> {
    definition
        .fields
        .iter()
        .filter(|field| field.target.is_none_or(|target| rights.shows(target)))
        .filter(|field| field.consent.is_none_or(|item| consents.shows(item.purpose_id, item.channel)))
        .filter_map(|field| answers.get(&field.key).map(|text| (field.key.clone(), field.label.clone(), text.clone())))
        .collect()
}

/// Accepts a submission that names a known client: empty fields are filled, consents written. That is a change of the
/// card, so the card must be within reach of the right to change it, and everything that the form can write must be
/// open to whoever accepts: what they could not write would be lost silently.
pub async fn accept(
    ctx: &Ctx,
    permit: &Permit<DecideSubmissions>,
    edit: &Permit<EditClients>,
    id: SubmissionId,
) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let (record, content) = load_for(ctx, &tx, permit, id).await?;
    let client = record.client_id.filter(|_| record.status == SubmissionStatus::Review).ok_or(AppError::WrongState)?;
    let before = cards::load_to_change(ctx, &tx, edit, client).await?;
    let version = forms::version(&tx, record.form_version_id).await?.ok_or(AppError::NotFound)?;
    let fields: Arc<[_]> = custom_fields::live(&tx).await?.into();
    if !may_write(&version.definition, edit.fields(), &edit.fields().of_consents(&fields)) {
        return Err(AppError::PartialView);
    }
    let mapped = map_answers(&version.definition, &fields, &content.answers)?;
    let (input, custom) = fill_gaps(&before.details()?, &before.custom, &mapped);
    let card: CheckedCard = check(fields, &input, &custom, &before.custom)?;
    let change = cards::update(&tx, &before, &card, now).await?;
    let purposes = purposes::all(&tx).await?;
    for entry in ticked(ctx, &version, &purposes, id, client, &content, record.received_at) {
        match consents::record(&tx, &entry, now).await {
            // A tick by somebody who may be a stranger does not turn a no into a yes, nor does it replace a later yes; the
            // rest is accepted.
            Ok(_)
            | Err(LedgerError::Refused(
                ConsentRefusal::TooLittleProof | ConsentRefusal::Superseded | ConsentRefusal::AlreadyAnswered,
            )) => {}
            Err(error) => return Err(error.into()),
        }
    }
    submissions::decide(&tx, id, SubmissionStatus::Accepted, permit.actor().account(), now)
        .await
        .map_err(as_wrong_state)?;
    files::give_to_client(&tx, id.as_uuid(), client).await?;
    let event = ctx
        .event(permit, Action::SubmissionAccepted, RecordKind::Submission, Some(id.as_uuid()))
        .about(client)
        .fields(change.fields)
        .values(change.values);
    tx.commit(now, event).await?;
    Ok(())
}

/// Whether everything that a form can write is open. That depends on the form alone, so that the answer tells nothing of
/// what was sent or stands on the card.
pub(crate) fn may_write(definition: &FormDefinition, rights: &FieldRights, consents: &ConsentRights) -> bool {
    definition.fields.iter().all(|field| {
        field.target.is_none_or(|target| rights.writes(target))
            && field.consent.is_none_or(|item| consents.writes(item.purpose_id, item.channel))
    })
}

/// Leaves a submission unused; the card stays as it is, and what was attached is deleted.
pub async fn dismiss(ctx: &Ctx, permit: &Permit<DecideSubmissions>, id: SubmissionId) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    load_for(ctx, &tx, permit, id).await?;
    submissions::decide(&tx, id, SubmissionStatus::Dismissed, permit.actor().account(), now)
        .await
        .map_err(as_wrong_state)?;
    files::delete_of_record(&tx, id.as_uuid()).await?;
    tx.commit(now, ctx.event(permit, Action::SubmissionDismissed, RecordKind::Submission, Some(id.as_uuid()))).await?;
    Ok(())
}

pub(crate) fn as_wrong_state(error: DbError) -> AppError {
    match error {
        DbError::Outdated => AppError::WrongState,
        other => other.into(),
    }
}
