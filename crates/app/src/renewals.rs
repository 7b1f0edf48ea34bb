//! Consents that run out, and asking by mail to renew them.

use crate::{AppError, Ctx, consents::rights, letters, organisation, outbox, signups::visitor_event};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};
use zgoda_domain::{
    access::{Actor, ConsentRights, Credential, EditClients, Origin, Permit, RightType, ViewClients},
    audit::{Action, RecordKind},
    client::BuiltinField,
    consent::{
        Channel, ConsentEventKind, ConsentMethod, ConsentState, ConsentStatus, EvidenceGrade, Language, Purpose,
        Wording,
    },
    email::EmailAddress,
    field_ref::FieldRef,
    id::{ClientId, ConsentEventId, PurposeId, RenewalId, WordingId},
    message::MessageKind,
    renewal::{ASK_MAX, ASKED_AGAIN_AFTER, Candidate, NotAsked, wording_to_show},
    rule::{Invalids, Rule},
};
use zgoda_persistence::{
    Source, Tx, audit, clients, consents,
    outbox::Recipient,
    purposes,
    renewals::{self, Addressee, ExpiringQuery, Place, Renewal},
    security, wordings,
};
use zgoda_vault::SecretToken;

/// People asked in one transaction: others wait for the writer meanwhile.
const AT_ONCE: usize = 50;
/// A letter that could not be sent for so long is of no use any more.
const LETTER_HOLDS: TimeDelta = TimeDelta::days(3);

/// A consent that ran out or will.
#[derive(Clone, Debug)]
pub struct ExpiringConsent {
    pub client_id: ClientId,
    pub client_name: String,
    pub purpose: Purpose,
    pub channel: Channel,
    pub state: ConsentState,
    /// When this person was asked last.
    pub asked_at: Option<DateTime<Utc>>,
    /// Why the caller cannot ask; `None` when they can.
    pub not_asked: Option<NotAsked>,
}

/// Which of them are asked for.
#[derive(Clone, Copy, Debug)]
pub struct ExpiringFilter {
    pub within: TimeDelta,
    pub purpose: Option<PurposeId>,
    pub channel: Option<Channel>,
    pub after: Option<ConsentEventId>,
    pub limit: u64,
}

/// What became of a request to ask.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub asked: u64,
    pub not_asked: BTreeMap<NotAsked, u64>,
}

/// What the page behind a link shows.
#[derive(Clone, Debug)]
pub struct Question {
    pub purpose: Purpose,
    pub channel: Channel,
    pub wording: Wording,
    /// The organisation's name, or where this installation is found.
    pub asked_by: String,
    /// When the consent runs out, or ran out.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The button that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With the wording that the page showed.
    Renew(WordingId),
    Withdraw,
}

/// One page of the consents that ran out or will within that time, first what ran out longest ago. A consent is as
/// visible as its column; whoever opens cards for a reason sees those that they may open.
pub async fn expiring(
    ctx: &Ctx,
    permit: &Permit<ViewClients>,
    filter: &ExpiringFilter,
) -> Result<(Vec<ExpiringConsent>, Option<ConsentEventId>), AppError> {
    let now = ctx.now();
    let reader = ctx.db.read();
    let rights = rights(ctx, permit.fields()).await?;
    let purposes = known_purposes(&reader).await?;
    let places =
        purposes.values().flat_map(|(purpose, _)| purpose.channels.iter().map(|channel| (purpose.id, *channel)));
    let unshown: Vec<_> = places.filter(|(purpose, channel)| !rights.shows(*purpose, *channel)).collect();
    let reasoned = openable(ctx, permit).await?.map(|ids| ids.into_iter().collect::<Vec<_>>());
    let query = ExpiringQuery {
        until: now + filter.within,
        purpose: filter.purpose,
        channel: filter.channel,
        unshown: &unshown,
        clients: reasoned.as_deref(),
        after: filter.after,
        limit: filter.limit,
    };
    let page = renewals::expiring(reader, permit.visible(), &query).await?;
    let (rows, next) = page.ok_or(AppError::CursorGone)?;
    let known = Known::read(&reader, rows.iter().map(|(place, _)| place.0)).await?;
    let asking = permit.and::<EditClients>();
    let rows = rows.into_iter().filter_map(|(place, state)| {
        let (client_id, purpose_id, channel) = place;
        let (purpose, wordings) = purposes.get(&purpose_id)?;
        let asked = match &asking {
            Some(permit) => known.check(ctx, permit, &rights, place, purpose, wordings, now).map(|_| ()),
            None => Err(NotAsked::NotAllowed),
        };
        Some(ExpiringConsent {
            client_id,
            client_name: known.addressees.get(&client_id)?.name.clone(),
            purpose: purpose.clone(),
            channel,
            state,
            asked_at: known.last_asked(place),
            not_asked: asked.err(),
        })
    });
    Ok((rows.collect(), next))
}

/// The cards that someone who opens cards for a reason may open; `None` for everyone else.
async fn openable<R: RightType>(ctx: &Ctx, permit: &Permit<R>) -> Result<Option<HashSet<ClientId>>, AppError> {
    let credential = match permit.credential().filter(|_| permit.needs_reason()) {
        Some(Credential::Session(id)) => id.as_uuid(),
        Some(Credential::ApiKey(id)) => id.as_uuid(),
        Some(Credential::Job { job, .. }) => job.as_uuid(),
        None => return Ok(None),
    };
    Ok(Some(security::cards_with_reason(&ctx.db.read(), credential, ctx.now()).await?))
}

type Purposes = HashMap<PurposeId, (Purpose, Vec<Wording>)>;

async fn known_purposes(source: &impl Source) -> Result<Purposes, AppError> {
    let purposes = purposes::all(source).await?;
    let mut known: Purposes = purposes.into_iter().map(|purpose| (purpose.id, (purpose, Vec::new()))).collect();
    for wording in wordings::all(source).await? {
        if let Some((_, wordings)) = known.get_mut(&wording.purpose_id) {
            wordings.push(wording);
        }
    }
    Ok(known)
}

/// What is known of the people on a list.
struct Known {
    addressees: HashMap<ClientId, Addressee>,
    states: HashMap<Place, ConsentState>,
    asked: Vec<Renewal>,
}

impl Known {
    async fn read(source: &impl Source, clients: impl IntoIterator<Item = ClientId>) -> Result<Self, AppError> {
        let ids: HashSet<ClientId> = clients.into_iter().collect();
        let ids: Vec<ClientId> = ids.into_iter().collect();
        Ok(Self {
            addressees: renewals::addressees(source, &ids).await?,
            states: renewals::states_of(source, &ids).await?,
            asked: renewals::of_clients(source, &ids).await?,
        })
    }

    fn last_asked(&self, place: Place) -> Option<DateTime<Utc>> {
        self.asked.iter().rev().find(|renewal| renewal.place == place).map(|renewal| renewal.asked_at)
    }

    /// Where to and until when someone is asked, or why not. What the caller's role does not show is not told by way of a
    /// reason either.
    #[expect(clippy::too_many_arguments, reason = "everything that the decision depends on")]
    fn check(
        &self,
        ctx: &Ctx,
        permit: &Permit<EditClients>,
        rights: &ConsentRights,
        place: Place,
        purpose: &Purpose,
        wordings: &[Wording],
        now: DateTime<Utc>,
    ) -> Result<(EmailAddress, DateTime<Utc>), NotAsked> {
        let (client, purpose_id, channel) = place;
        let addressee = self.addressees.get(&client).ok_or(NotAsked::NotFound)?;
        if !permit.visible().covers(addressee.assignment) || !rights.shows(purpose_id, channel) {
            return Err(NotAsked::NotFound);
        }
        let by_email = (client, purpose_id, Channel::Email);
        if !rights.writes(purpose_id, channel)
            || !rights.shows(purpose_id, Channel::Email)
            || permit.fields().hides(FieldRef::Builtin(BuiltinField::Email))
        {
            return Err(NotAsked::NotAllowed);
        }
        let address = EmailAddress::parse(&addressee.email).ok();
        let open = self.asked.iter().filter(|renewal| renewal.place == place && renewal.is_open(now));
        let candidate = Candidate {
            state: self.states.get(&place),
            by_email: self.states.get(&by_email),
            has_address: address.is_some(),
            retired: purpose.retired_at.is_some(),
            has_wording: wording_to_show(wordings, channel, Language::Pl).is_some(),
            asked_at: self.last_asked(place),
            open_until: open.map(|renewal| renewal.expires_at).max(),
        };
        let until = candidate.may_be_asked(now)?;
        if !ctx.channels.has(MessageKind::Email) {
            return Err(NotAsked::NoMailServer);
        }
        Ok((address.ok_or(NotAsked::NoAddress)?, until))
    }
}

/// Asks those who may be asked, each by a letter with a link, and counts the others by the reason. Harmless to repeat:
/// whoever was asked is not asked again.
pub async fn ask(ctx: &Ctx, permit: &Permit<EditClients>, places: &[Place]) -> Result<Asked, AppError> {
    let mut invalids = Invalids::default();
    if places.is_empty() {
        invalids.add("/items", Rule::Required);
    }
    if places.len() > ASK_MAX {
        invalids.add("/items", Rule::TooMany { max: ASK_MAX });
    }
    invalids.or(Some(()))?;
    let mut result = Asked::default();
    for some in places.chunks(AT_ONCE) {
        ask_some(ctx, permit, some, &mut result).await?;
    }
    Ok(result)
}

async fn ask_some(
    ctx: &Ctx,
    permit: &Permit<EditClients>,
    places: &[Place],
    result: &mut Asked,
) -> Result<(), AppError> {
    let now = ctx.now();
    let rights = rights(ctx, permit.fields()).await?;
    let reasoned = openable(ctx, permit).await?;
    let sender = asked_by(ctx, true).await?;
    let tx = ctx.db.begin().await?;
    let purposes = known_purposes(&tx).await?;
    // In one order, so that two who ask the same people cannot wait for each other.
    let mut ids: Vec<ClientId> = places.iter().map(|place| place.0).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in &ids {
        clients::load_locked(&tx, *id).await?;
    }
    let mut known = Known::read(&tx, ids).await?;
    let mut events = Vec::new();
    for place in places {
        let (client, purpose_id, channel) = *place;
        let within_reach = reasoned.as_ref().is_none_or(|ids| ids.contains(&client));
        let outcome = match purposes.get(&purpose_id).filter(|_| within_reach) {
            Some((purpose, wordings)) => known
                .check(ctx, permit, &rights, *place, purpose, wordings, now)
                .map(|(address, until)| (purpose, address, until)),
            None => Err(NotAsked::NotFound),
        };
        let (purpose, address, until) = match outcome {
            Ok(asked) => asked,
            Err(why) => {
                *result.not_asked.entry(why).or_default() += 1;
                continue;
            }
        };
        let token = SecretToken::generate(ctx.vault.entropy.as_ref());
        let id = RenewalId::generate(now, ctx.entropy());
        let address_tag = Some(renewals::address_tag(&tx, &address));
        let renewal = Renewal { id, place: *place, asked_at: now, expires_at: until, answered_at: None, address_tag };
        renewals::insert(&tx, &renewal, &token.hash());
        known.asked.push(renewal);
        let language = language_of(&tx, client, &purposes).await?;
        let letter = letters::renewal(ctx, address, language, purpose, channel, until, &sender, &token);
        outbox::enqueue_to(ctx, &tx, Recipient::Client(client), &letter, LETTER_HOLDS.min(until - now), now)?;
        let event = ctx.event(permit, Action::RenewalsAsked, RecordKind::Client, Some(client.as_uuid()));
        events.push(event.about(client).fields(named(purpose_id, channel)));
        result.asked += 1;
    }
    // Each card's history tells it; the last event keeps the transaction.
    match events.pop() {
        Some(last) => {
            audit::insert_many(&tx, now, events).await?;
            tx.commit(now, last).await?;
        }
        None => drop(tx),
    }
    Ok(())
}

fn named(purpose: PurposeId, channel: Channel) -> Vec<String> {
    vec![format!("purpose:{purpose}"), format!("channel:{}", channel.code())]
}

/// The language of the last text that the person answered; Polish where none is known.
async fn language_of(source: &impl Source, client: ClientId, purposes: &Purposes) -> Result<Language, AppError> {
    let shown = consents::shown_wordings(source, client).await?;
    let language = |id: &WordingId| {
        let wordings = purposes.values().flat_map(|(_, wordings)| wordings);
        wordings.into_iter().find(|wording| wording.id == *id).map(|wording| wording.language)
    };
    Ok(shown.iter().find_map(language).unwrap_or(Language::Pl))
}

/// Who asks: the organisation, in letters with where it can be written to; its address on the web until it is known.
async fn asked_by(ctx: &Ctx, with_contact: bool) -> Result<String, AppError> {
    Ok(match organisation::current(ctx).await? {
        Some(known) if with_contact => format!("{}, {}", known.name.as_str(), known.email.as_str()),
        Some(known) => known.name.as_str().to_owned(),
        None => ctx.public_url.trim_start_matches("https://").to_owned(),
    })
}

/// What a link asks. Looking changes nothing, whoever looks.
pub async fn question(ctx: &Ctx, token: &SecretToken) -> Result<Question, AppError> {
    let reader = ctx.db.read();
    let renewal = open_request(ctx, &reader, token).await?;
    read_question(ctx, &reader, &renewal).await
}

async fn open_request(ctx: &Ctx, source: &impl Source, token: &SecretToken) -> Result<Renewal, AppError> {
    let found = renewals::by_token(source, &token.hash()).await?;
    found.filter(|renewal| renewal.is_open(ctx.now())).ok_or(AppError::LinkSpent)
}

async fn read_question(ctx: &Ctx, source: &impl Source, renewal: &Renewal) -> Result<Question, AppError> {
    let (client, purpose_id, channel) = renewal.place;
    // Whoever reads the mailbox of before speaks for this person no more.
    let card = clients::load(source, client).await?.ok_or(AppError::LinkSpent)?;
    let address = card.input.email.and_then(|email| EmailAddress::parse(&email).ok()).ok_or(AppError::LinkSpent)?;
    if renewal.address_tag != Some(renewals::address_tag(source, &address)) {
        return Err(AppError::LinkSpent);
    }
    let purposes = known_purposes(source).await?;
    let (purpose, wordings) = purposes.get(&purpose_id).ok_or(AppError::LinkSpent)?;
    let state = consents::state(source, client, purpose_id, channel).await?.ok_or(AppError::LinkSpent)?;
    // What was refused or withdrawn meanwhile is asked for no more.
    if !matches!(state.status, ConsentStatus::Given | ConsentStatus::Expired) {
        return Err(AppError::LinkSpent);
    }
    let language = language_of(source, client, &purposes).await?;
    let wording = wording_to_show(wordings, channel, language).ok_or(AppError::LinkSpent)?;
    let asked_by = asked_by(ctx, false).await?;
    Ok(Question { purpose: purpose.clone(), channel, wording: wording.clone(), asked_by, expires_at: state.expires_at })
}

/// Renews or withdraws, once. [`AppError::Outdated`] when the wording is another one by now: to be shown again.
pub async fn answer(ctx: &Ctx, token: &SecretToken, origin: &Origin, answer: Answer) -> Result<Question, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let renewal = open_request(ctx, &tx, token).await?;
    let (client, purpose_id, channel) = renewal.place;
    clients::load_locked(&tx, client).await?.ok_or(AppError::LinkSpent)?;
    let question = read_question(ctx, &tx, &renewal).await?;
    let renews = match answer {
        Answer::Renew(shown) if shown != question.wording.id => return Err(AppError::Outdated),
        Answer::Renew(_) => true,
        Answer::Withdraw => false,
    };
    if !renewals::answer(&tx, renewal.id, now).await? {
        return Err(AppError::LinkSpent);
    }
    let event = NewAnswer { client, purpose_id, channel, wording: question.wording.id, renews };
    write(ctx, &tx, &event, origin, now).await?;
    let action = if renews { Action::ConsentRenewed } else { Action::ConsentWithdrawn };
    let event =
        visitor_event(action, RecordKind::Client, client.as_uuid()).about(client).fields(named(purpose_id, channel));
    tx.commit(now, event).await?;
    Ok(question)
}

struct NewAnswer {
    client: ClientId,
    purpose_id: PurposeId,
    channel: Channel,
    wording: WordingId,
    renews: bool,
}

async fn write(ctx: &Ctx, tx: &Tx, new: &NewAnswer, origin: &Origin, now: DateTime<Utc>) -> Result<(), AppError> {
    let event = consents::NewConsentEvent {
        id: ConsentEventId::generate(now, ctx.entropy()),
        client_id: new.client,
        purpose_id: new.purpose_id,
        channel: new.channel,
        kind: if new.renews { ConsentEventKind::Renewed } else { ConsentEventKind::Withdrawn },
        method: ConsentMethod::RenewalClick,
        wording_id: Some(new.wording).filter(|_| new.renews),
        form_version_id: None,
        submission_id: None,
        actor: Actor::Visitor,
        occurred_at: now,
        // The link came to the mailbox itself.
        grade: new.renews.then_some(EvidenceGrade::A),
        file_id: None,
        caused_by: None,
        evidence: json!({ "ip": origin.ip, "user_agent": origin.user_agent }),
    };
    match consents::record(tx, &event, now).await {
        Ok(_) => Ok(()),
        Err(consents::LedgerError::Refused(_)) => Err(AppError::LinkSpent),
        Err(error) => Err(error.into()),
    }
}

/// Forgets whom nobody needs to be spared any more.
pub(crate) async fn tidy(tx: &Tx, now: DateTime<Utc>) -> Result<(), AppError> {
    Ok(renewals::forget_asked_before(tx, now - ASKED_AGAIN_AFTER).await?)
}
