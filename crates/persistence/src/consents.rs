//! Purposes, wordings, the consent ledger and the state projected from it.

use crate::{
    clients,
    entity::{account, client, consent_event, consent_state, custom_field, purpose, wording},
    error::DbError,
    keys::{self, KeyedClient},
    merges,
    tx::{Adds, Source, Tx},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbBackend, EntityTrait, InsertMany, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    Statement,
    sea_query::{LockBehavior, LockType, OnConflict},
};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;
use zgoda_domain::{
    access::Actor,
    consent::{
        Channel, ConsentEventKind, ConsentMethod, ConsentRefusal, ConsentState, ConsentStatus, EvidenceGrade, Language,
        LawfulBasis, Purpose, StateEvent, Wording, apply, descendants,
    },
    id::{ClientId, ConsentEventId, FieldId, FileId, FormVersionId, PurposeId, SubmissionId, WordingId},
    text::{LongText, ShortText},
};
use zgoda_vault::Place;

/// Name of the job that records that consents ran out.
pub const EXPIRY: &str = "consent expiry";

/// A ledger entry about to be written.
#[derive(Clone, Debug)]
pub struct NewConsentEvent {
    pub id: ConsentEventId,
    pub client_id: ClientId,
    pub purpose_id: PurposeId,
    pub channel: Channel,
    pub kind: ConsentEventKind,
    pub method: ConsentMethod,
    pub wording_id: Option<WordingId>,
    pub form_version_id: Option<FormVersionId>,
    pub submission_id: Option<SubmissionId>,
    pub actor: Actor,
    pub occurred_at: DateTime<Utc>,
    /// Of what grants or claims.
    pub grade: Option<EvidenceGrade>,
    /// A scan that proves it.
    pub file_id: Option<FileId>,
    /// The withdrawal that this one follows from.
    pub caused_by: Option<ConsentEventId>,
    /// JSON, sealed under the client's key.
    pub evidence: Value,
}

impl NewConsentEvent {
    /// When what this entry grants runs out.
    fn expires_at(&self, purpose: &Purpose) -> Option<DateTime<Utc>> {
        use ConsentEventKind as Kind;
        let grants = matches!(self.kind, Kind::Given | Kind::Confirmed | Kind::Renewed | Kind::RecordedByStaff);
        let validity = purpose.validity_days.filter(|_| grants)?;
        self.occurred_at.checked_add_signed(TimeDelta::days(validity.into()))
    }

    /// The entry of an event that follows what stands: its id comes after, whatever the clock of another process said.
    fn after(&self, before: Option<&ConsentState>) -> Self {
        let last = before.map(|state| state.last_event.as_uuid());
        let id = match last {
            Some(last) if self.id.as_uuid() <= last => id_after(ConsentEventId::from_uuid(last)),
            _ => self.id,
        };
        Self { id, ..self.clone() }
    }

    /// The state after this entry.
    fn apply(&self, before: Option<&ConsentState>, purpose: &Purpose) -> Result<ConsentState, ConsentRefusal> {
        let event = StateEvent {
            id: self.id,
            kind: self.kind,
            occurred_at: self.occurred_at,
            expires_at: self.expires_at(purpose),
            grade: self.grade,
            wording_id: self.wording_id,
        };
        apply(before, event)
    }
}

/// The id that comes right after another one: entries are in the order of their ids.
pub fn id_after(id: ConsentEventId) -> ConsentEventId {
    ConsentEventId::from_uuid(Uuid::from_u128(id.as_uuid().as_u128() + 1))
}

/// Where a client's consents stand.
pub type States = BTreeMap<(PurposeId, Channel), ConsentState>;

/// A stored ledger entry with its evidence opened; after erasure the evidence is empty and `erased` says why.
#[derive(Clone, Debug)]
pub struct LedgerEntry {
    pub id: ConsentEventId,
    pub purpose_id: PurposeId,
    pub channel: Channel,
    pub kind: ConsentEventKind,
    pub method: ConsentMethod,
    pub wording_id: Option<WordingId>,
    pub form_version_id: Option<FormVersionId>,
    pub submission_id: Option<SubmissionId>,
    pub recorded_by: Option<String>,
    pub occurred_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub grade: Option<EvidenceGrade>,
    pub file_id: Option<FileId>,
    pub caused_by: Option<ConsentEventId>,
    pub evidence: Value,
    /// The client was erased: nobody can read the evidence any more, and the entry stands.
    pub erased: bool,
}

impl LedgerEntry {
    /// The part that decides the state.
    pub const fn state_event(&self) -> StateEvent {
        StateEvent {
            id: self.id,
            kind: self.kind,
            occurred_at: self.occurred_at,
            expires_at: self.expires_at,
            grade: self.grade,
            wording_id: self.wording_id,
        }
    }
}

/// Why an entry was not written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error(transparent)]
    Refused(#[from] ConsentRefusal),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sea_orm::DbErr> for LedgerError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Db(error.into())
    }
}

pub async fn insert_purpose(tx: &Tx, purpose: &Purpose, now: DateTime<Utc>) -> Result<(), DbError> {
    let row = purpose::ActiveModel {
        id: Set(purpose.id.as_uuid()),
        name: Set(purpose.name.as_str().to_owned()),
        basis: Set(purpose.basis.code().to_owned()),
        is_marketing: Set(purpose.is_marketing),
        channels: Set(channel_codes(purpose)),
        validity_days: Set(purpose.validity_days.map(i32::from)),
        created_at: Set(now),
        version: Set(purpose.version),
        parent_id: Set(purpose.parent_id.map(PurposeId::as_uuid)),
        double_opt_in: Set(purpose.double_opt_in),
        retired_at: Set(purpose.retired_at),
    };
    purpose::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The channels as they are stored.
pub(crate) fn channel_codes(purpose: &Purpose) -> String {
    purpose.channels.iter().map(|channel| channel.code()).collect::<Vec<_>>().join(",")
}

/// All purposes with the time they were made.
pub async fn purposes(source: &impl Source) -> Result<Vec<(Purpose, DateTime<Utc>)>, DbError> {
    let rows = purpose::Entity::find().order_by_asc(purpose::Column::Name).all(source.connection()).await?;
    rows.into_iter().map(to_purpose).collect()
}

pub async fn purpose(source: &impl Source, id: PurposeId) -> Result<Option<Purpose>, DbError> {
    let row = purpose::Entity::find_by_id(id.as_uuid()).one(source.connection()).await?;
    row.map(|row| to_purpose(row).map(|(purpose, _)| purpose)).transpose()
}

/// Appends the next version of a purpose's text in a language; returns its number.
pub async fn insert_wording(
    tx: &Tx,
    id: WordingId,
    purpose_id: PurposeId,
    language: Language,
    channel: Option<Channel>,
    text: &LongText,
    now: DateTime<Utc>,
) -> Result<i32, DbError> {
    let last = wording::Entity::find()
        .filter(wording::Column::PurposeId.eq(purpose_id.as_uuid()))
        .filter(wording::Column::Language.eq(language.code()))
        .order_by_desc(wording::Column::Version)
        .one(tx.connection())
        .await?;
    let version = last.map_or(1, |row| row.version + 1);
    let row = wording::ActiveModel {
        id: Set(id.as_uuid()),
        purpose_id: Set(purpose_id.as_uuid()),
        language: Set(language.code().to_owned()),
        version: Set(version),
        text: Set(text.as_str().to_owned()),
        sha256: Set(zgoda_vault::sha256_hex(text.as_str().as_bytes())),
        created_at: Set(now),
        channel: Set(channel.map(|channel| channel.code().to_owned())),
    };
    wording::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(version)
}

/// All wordings, newest first.
pub async fn wordings(source: &impl Source) -> Result<Vec<Wording>, DbError> {
    let rows = wording::Entity::find()
        .order_by_desc(wording::Column::CreatedAt)
        // Several may be added at the same moment.
        .order_by_desc(wording::Column::Version)
        .order_by_desc(wording::Column::Id)
        .all(source.connection())
        .await?;
    rows.into_iter().map(to_wording).collect()
}

/// Appends an entry and brings the state up to date, both in this transaction. A withdrawal takes the purposes below with
/// it; returns the state of the entry's own purpose.
pub async fn record(tx: &Tx, event: &NewConsentEvent, now: DateTime<Utc>) -> Result<ConsentState, LedgerError> {
    let purposes: Vec<Purpose> = purposes(tx).await?.into_iter().map(|(purpose, _)| purpose).collect();
    let before = locked_states(tx, event.client_id).await?;
    let mut states = States::new();
    let mut entries = Vec::new();
    let mut add = |event: &NewConsentEvent| {
        let place = (event.purpose_id, event.channel);
        let purpose = purposes.iter().find(|purpose| purpose.id == event.purpose_id).ok_or(DbError::Missing)?;
        let entry = event.after(before.get(&place));
        let state = entry.apply(before.get(&place), purpose)?;
        let id = entry.id;
        states.insert(place, state);
        entries.push(entry);
        Ok::<_, LedgerError>((id, state))
    };
    let (stored, state) = add(event)?;
    if event.kind == ConsentEventKind::Withdrawn {
        let below = descendants(&purposes, event.purpose_id);
        for (purpose_id, channel) in before.keys().copied() {
            let reached = event.channel == Channel::General || event.channel == channel;
            if !reached || !below.contains(&purpose_id) {
                continue;
            }
            let following = NewConsentEvent {
                id: ConsentEventId::generate(now, tx.vault().entropy.bytes()),
                purpose_id,
                channel,
                method: ConsentMethod::Cascade,
                wording_id: None,
                // The proof is of what was said, and that was not said of this one.
                file_id: None,
                caused_by: Some(stored),
                evidence: Value::Object(serde_json::Map::new()),
                ..event.clone()
            };
            match add(&following) {
                // Where nothing stands there is nothing to take back.
                Ok(_) | Err(LedgerError::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
    let client = keys::of_client(tx, event.client_id).await?.ok_or(DbError::Missing)?;
    insert_events(tx, &client, &entries, &purposes, now)?.exec_without_returning(tx.connection()).await?;
    write_states(event.client_id, &states).exec_without_returning(tx.connection()).await?;
    show_states(tx, event.client_id, &states).await?;
    Ok(state)
}

/// A consent that ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expired {
    pub client_id: ClientId,
    pub purpose_id: PurposeId,
    pub channel: Channel,
}

/// Clients with consents that stand and have run out. The status first: of what ran out and was recorded there is ever more.
fn due(now: DateTime<Utc>, clients: u64) -> Select<consent_state::Entity> {
    consent_state::Entity::find()
        .select_only()
        .column(consent_state::Column::ClientId)
        .filter(consent_state::Column::ExpiresAt.lte(now))
        .filter(consent_state::Column::Status.eq(ConsentStatus::Given.code()))
        .order_by_asc(consent_state::Column::ExpiresAt)
        .order_by_asc(consent_state::Column::ClientId)
        .limit(clients)
}

/// What [`expire_due`] asks first; public so that plan tests can run exactly the same.
pub fn due_statement(backend: DbBackend, now: DateTime<Utc>, clients: u64) -> Statement {
    due(now, clients).build(backend)
}

/// Records that consents have run out by `now`, those of at most so many clients, longest past first. Safe to call from
/// several replicas: what another one is at is passed over. Nothing is returned when nothing is left to do here.
pub async fn expire_due(tx: &Tx, now: DateTime<Utc>, clients: u64) -> Result<Vec<Expired>, LedgerError> {
    let connection = tx.connection();
    let due: Vec<Uuid> = due(now, clients).into_tuple().all(connection).await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    // The card before its consents, as everybody takes them.
    let held: Vec<Uuid> = client::Entity::find()
        .select_only()
        .column(client::Column::Id)
        .filter(client::Column::Id.is_in(due))
        .order_by_asc(client::Column::Id)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(connection)
        .await?;
    let purposes: Vec<Purpose> = purposes(tx).await?.into_iter().map(|(purpose, _)| purpose).collect();
    let keyed = keys::of_clients(tx, held.iter().copied().map(ClientId::from_uuid)).await?;
    let mut expired = Vec::new();
    for client in held.into_iter().map(ClientId::from_uuid) {
        let keyed = keyed.get(&client).ok_or(DbError::corrupt("client_keys"))?;
        let (mut entries, mut states) = (Vec::new(), States::new());
        for ((purpose_id, channel), before) in locked_states(tx, client).await? {
            let Some(at) = before.expires_at.filter(|_| before.status_at(now) != before.status) else { continue };
            let purpose = purposes.iter().find(|purpose| purpose.id == purpose_id).ok_or(DbError::Missing)?;
            let entry = ran_out(tx, client, (purpose_id, channel), at, now).after(Some(&before));
            states.insert((purpose_id, channel), entry.apply(Some(&before), purpose)?);
            entries.push(entry);
            expired.push(Expired { client_id: client, purpose_id, channel });
        }
        if !entries.is_empty() {
            insert_events(tx, keyed, &entries, &purposes, now)?.exec_without_returning(connection).await?;
            write_states(client, &states).exec_without_returning(connection).await?;
            show_states(tx, client, &states).await?;
        }
    }
    Ok(expired)
}

/// The entry of a consent that ran out at a moment, and is found to have now.
fn ran_out(
    tx: &Tx,
    client_id: ClientId,
    (purpose_id, channel): (PurposeId, Channel),
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> NewConsentEvent {
    NewConsentEvent {
        id: ConsentEventId::generate(now, tx.vault().entropy.bytes()),
        client_id,
        purpose_id,
        channel,
        kind: ConsentEventKind::Expired,
        method: ConsentMethod::Job,
        wording_id: None,
        form_version_id: None,
        submission_id: None,
        actor: Actor::System { job: EXPIRY },
        occurred_at: at,
        grade: None,
        file_id: None,
        caused_by: None,
        evidence: Value::Object(serde_json::Map::new()),
    }
}

/// Where a client's consents stand, held until this transaction ends.
async fn locked_states(tx: &Tx, client: ClientId) -> Result<States, DbError> {
    let rows = consent_state::Entity::find()
        .filter(consent_state::Column::ClientId.eq(client.as_uuid()))
        .order_by_asc(consent_state::Column::PurposeId)
        .order_by_asc(consent_state::Column::Channel)
        .lock_exclusive()
        .all(tx.connection())
        .await?;
    rows.iter().map(|row| to_placed_state(row).map(|(purpose, channel, state)| ((purpose, channel), state))).collect()
}

/// Brings the columns of the card up to date.
async fn show_states(tx: &Tx, client: ClientId, states: &States) -> Result<(), DbError> {
    for ((purpose, channel), state) in states {
        let field = custom_field::Entity::find()
            .filter(custom_field::Column::PurposeId.eq(purpose.as_uuid()))
            .filter(custom_field::Column::Channel.eq(channel.code()))
            .one(tx.connection())
            .await?;
        if let Some(field) = field {
            clients::set_custom_value(tx, client, FieldId::from_uuid(field.id), state.status.code()).await?;
        }
    }
    Ok(())
}

/// The states that the first entries of a client lead to; nothing stood before them.
pub fn first_states(events: &[NewConsentEvent], purposes: &[Purpose]) -> Result<States, LedgerError> {
    let mut states = States::new();
    for event in events {
        let purpose = purposes.iter().find(|purpose| purpose.id == event.purpose_id).ok_or(DbError::Missing)?;
        let place = (event.purpose_id, event.channel);
        states.insert(place, event.apply(states.get(&place), purpose)?);
    }
    Ok(states)
}

/// Appends the first entries of a client that this transaction makes, with the states they lead to (see
/// [`first_states`]), at the transaction's end. The card is inserted with the columns that show them.
pub fn record_first(
    tx: &impl Adds,
    client: &KeyedClient,
    events: &[NewConsentEvent],
    states: &States,
    purposes: &[Purpose],
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    if events.is_empty() {
        return Ok(());
    }
    tx.add(&insert_events(tx, client, events, purposes, now)?);
    tx.add(&write_states(client.id(), states));
    Ok(())
}

fn insert_events(
    tx: &impl Source,
    client: &KeyedClient,
    events: &[NewConsentEvent],
    purposes: &[Purpose],
    now: DateTime<Utc>,
) -> Result<InsertMany<consent_event::ActiveModel>, DbError> {
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        let purpose = purposes.iter().find(|purpose| purpose.id == event.purpose_id).ok_or(DbError::Missing)?;
        rows.push(event_row(tx, client, event, event.expires_at(purpose), now)?);
    }
    Ok(consent_event::Entity::insert_many(rows))
}

pub(crate) fn event_row(
    tx: &impl Source,
    client: &KeyedClient,
    event: &NewConsentEvent,
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<consent_event::ActiveModel, DbError> {
    let evidence = client.seal(tx, evidence_place(event.id), event.evidence.to_string().as_bytes())?;
    Ok(consent_event::ActiveModel {
        id: Set(event.id.as_uuid()),
        client_id: Set(client.id().as_uuid()),
        purpose_id: Set(event.purpose_id.as_uuid()),
        channel: Set(event.channel.code().to_owned()),
        kind: Set(event.kind.code().to_owned()),
        method: Set(event.method.code().to_owned()),
        wording_id: Set(event.wording_id.map(WordingId::as_uuid)),
        form_version_id: Set(event.form_version_id.map(FormVersionId::as_uuid)),
        submission_id: Set(event.submission_id.map(SubmissionId::as_uuid)),
        actor_kind: Set(event.actor.kind_code().to_owned()),
        actor_id: Set(event.actor.account().map(|id| id.as_uuid())),
        occurred_at: Set(event.occurred_at),
        recorded_at: Set(now),
        evidence: Set(Some(evidence)),
        grade: Set(event.grade.map(|grade| grade.code().to_owned())),
        expires_at: Set(expires_at),
        caused_by: Set(event.caused_by.map(ConsentEventId::as_uuid)),
        file_id: Set(event.file_id.map(FileId::as_uuid)),
    })
}

/// Appends an entry of a consent that runs out at a moment of its own and not when its purpose says, such as the stricter
/// one of two cards.
pub async fn record_until(
    tx: &Tx,
    event: &NewConsentEvent,
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<ConsentState, LedgerError> {
    let place = (event.purpose_id, event.channel);
    let before = locked_states(tx, event.client_id).await?;
    let entry = event.after(before.get(&place));
    let told = StateEvent {
        id: entry.id,
        kind: entry.kind,
        occurred_at: entry.occurred_at,
        expires_at,
        grade: entry.grade,
        wording_id: entry.wording_id,
    };
    let state = apply(before.get(&place), told)?;
    let client = keys::of_client(tx, event.client_id).await?.ok_or(DbError::Missing)?;
    let row = event_row(tx, &client, &entry, expires_at, now)?;
    consent_event::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    let states = States::from([(place, state)]);
    write_states(event.client_id, &states).exec_without_returning(tx.connection()).await?;
    show_states(tx, event.client_id, &states).await?;
    Ok(state)
}

/// Writes where a client's consents stand anew, from the client's own part of the ledger.
pub(crate) async fn rebuild(tx: &Tx, client: ClientId) -> Result<(), DbError> {
    let mut states = States::new();
    for entry in entries(tx, &[client]).await? {
        let place = (entry.purpose_id, entry.channel);
        // What the rules refuse changes nothing.
        if let Ok(state) = apply(states.get(&place), entry.state_event()) {
            states.insert(place, state);
        }
    }
    if !states.is_empty() {
        write_states(client, &states).exec_without_returning(tx.connection()).await?;
        show_states(tx, client, &states).await?;
    }
    Ok(())
}

/// Writes the projection.
fn write_states(client: ClientId, states: &States) -> InsertMany<consent_state::ActiveModel> {
    let rows = states.iter().map(|(place, state)| state_row(client, *place, state));
    let on_conflict = OnConflict::columns([
        consent_state::Column::ClientId,
        consent_state::Column::PurposeId,
        consent_state::Column::Channel,
    ])
    .update_columns([
        consent_state::Column::Status,
        consent_state::Column::Since,
        consent_state::Column::ExpiresAt,
        consent_state::Column::LastEventId,
        consent_state::Column::Grade,
        consent_state::Column::WordingId,
    ])
    .to_owned();
    consent_state::Entity::insert_many(rows).on_conflict(on_conflict)
}

pub(crate) fn state_row(
    client: ClientId,
    (purpose, channel): (PurposeId, Channel),
    state: &ConsentState,
) -> consent_state::ActiveModel {
    consent_state::ActiveModel {
        client_id: Set(client.as_uuid()),
        purpose_id: Set(purpose.as_uuid()),
        channel: Set(channel.code().to_owned()),
        status: Set(state.status.code().to_owned()),
        since: Set(state.since),
        expires_at: Set(state.expires_at),
        last_event_id: Set(state.last_event.as_uuid()),
        grade: Set(state.grade.map(|grade| grade.code().to_owned())),
        wording_id: Set(state.wording_id.map(WordingId::as_uuid)),
    }
}

/// The states of a client's consents.
pub async fn states(
    source: &impl Source,
    client: ClientId,
) -> Result<Vec<(PurposeId, Channel, ConsentState)>, DbError> {
    let rows = consent_state::Entity::find()
        .filter(consent_state::Column::ClientId.eq(client.as_uuid()))
        .all(source.connection())
        .await?;
    rows.iter().map(to_placed_state).collect()
}

/// Where one consent of a client stands.
pub async fn state(
    source: &impl Source,
    client: ClientId,
    purpose: PurposeId,
    channel: Channel,
) -> Result<Option<ConsentState>, DbError> {
    let place = (client.as_uuid(), purpose.as_uuid(), channel.code().to_owned());
    let row = consent_state::Entity::find_by_id(place).one(source.connection()).await?;
    row.as_ref().map(to_state).transpose()
}

/// Whose consent an entry is about, and to what.
pub async fn place_of(
    source: &impl Source,
    event: ConsentEventId,
) -> Result<Option<(ClientId, PurposeId, Channel)>, DbError> {
    let row = consent_event::Entity::find_by_id(event.as_uuid()).one(source.connection()).await?;
    let place = |row: consent_event::Model| {
        let channel = Channel::from_code(&row.channel).ok_or(DbError::corrupt("consent_events"))?;
        Ok((ClientId::from_uuid(row.client_id), PurposeId::from_uuid(row.purpose_id), channel))
    };
    row.map(place).transpose()
}

/// The wordings that a client answered, newest first.
pub async fn shown_wordings(source: &impl Source, client: ClientId) -> Result<Vec<WordingId>, DbError> {
    let ids: Vec<Uuid> = consent_event::Entity::find()
        .select_only()
        .column(consent_event::Column::WordingId)
        .filter(consent_event::Column::ClientId.eq(client.as_uuid()))
        .filter(consent_event::Column::WordingId.is_not_null())
        .order_by_desc(consent_event::Column::Id)
        .into_tuple()
        .all(source.connection())
        .await?;
    Ok(ids.into_iter().map(WordingId::from_uuid).collect())
}

/// Everything the ledger holds on a client, in order of recording; with what it holds on cards that were merged into the
/// client's.
pub async fn ledger(source: &impl Source, client: ClientId) -> Result<Vec<LedgerEntry>, DbError> {
    entries(source, &merges::lineage(source, client).await?).await
}

async fn entries(source: &impl Source, clients: &[ClientId]) -> Result<Vec<LedgerEntry>, DbError> {
    let rows = consent_event::Entity::find()
        .filter(consent_event::Column::ClientId.is_in(clients.iter().map(|id| id.as_uuid())))
        .order_by_asc(consent_event::Column::Id)
        .all(source.connection())
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let keys = keys::of_clients(source, clients.iter().copied()).await?;
    let actors: Vec<Uuid> = rows.iter().filter_map(|row| row.actor_id).collect();
    let names: HashMap<Uuid, String> = if actors.is_empty() {
        HashMap::new()
    } else {
        let accounts =
            account::Entity::find().filter(account::Column::Id.is_in(actors)).all(source.connection()).await?;
        accounts.into_iter().map(|account| (account.id, account.name)).collect()
    };
    let corrupt = || DbError::corrupt("consent_events");
    rows.into_iter()
        .map(|row| {
            let id = ConsentEventId::from_uuid(row.id);
            let key = keys.get(&ClientId::from_uuid(row.client_id));
            let evidence = match (key, row.evidence) {
                (Some(key), Some(sealed)) => {
                    let clear = key.open(evidence_place(id), sealed)?;
                    serde_json::from_slice(&clear).map_err(|_| corrupt())?
                }
                // The key was destroyed with the person's data: the entry stands, the evidence is gone.
                _ => Value::Object(serde_json::Map::new()),
            };
            Ok(LedgerEntry {
                id,
                purpose_id: PurposeId::from_uuid(row.purpose_id),
                channel: Channel::from_code(&row.channel).ok_or_else(corrupt)?,
                kind: ConsentEventKind::from_code(&row.kind).ok_or_else(corrupt)?,
                method: ConsentMethod::from_code(&row.method).ok_or_else(corrupt)?,
                wording_id: row.wording_id.map(WordingId::from_uuid),
                form_version_id: row.form_version_id.map(FormVersionId::from_uuid),
                submission_id: row.submission_id.map(SubmissionId::from_uuid),
                recorded_by: row.actor_id.and_then(|id| names.get(&id).cloned()),
                occurred_at: row.occurred_at,
                recorded_at: row.recorded_at,
                expires_at: row.expires_at,
                grade: to_grade(row.grade.as_deref(), "consent_events")?,
                file_id: row.file_id.map(FileId::from_uuid),
                caused_by: row.caused_by.map(ConsentEventId::from_uuid),
                evidence,
                erased: key.is_none(),
            })
        })
        .collect()
}

/// Where the evidence of an event is sealed for.
pub(crate) const fn evidence_place(id: ConsentEventId) -> Place<'static> {
    Place { table: "consent_events", column: "evidence", row: id.as_uuid() }
}

pub(crate) fn to_placed_state(row: &consent_state::Model) -> Result<(PurposeId, Channel, ConsentState), DbError> {
    let channel = Channel::from_code(&row.channel).ok_or(DbError::corrupt("consent_states"))?;
    Ok((PurposeId::from_uuid(row.purpose_id), channel, to_state(row)?))
}

/// A grade that is not known proves nothing.
pub(crate) fn to_grade(code: Option<&str>, table: &'static str) -> Result<Option<EvidenceGrade>, DbError> {
    code.map(|code| EvidenceGrade::from_code(code).ok_or(DbError::corrupt(table))).transpose()
}

fn to_state(row: &consent_state::Model) -> Result<ConsentState, DbError> {
    Ok(ConsentState {
        status: ConsentStatus::from_code(&row.status).ok_or(DbError::corrupt("consent_states"))?,
        since: row.since,
        expires_at: row.expires_at,
        last_event: ConsentEventId::from_uuid(row.last_event_id),
        grade: to_grade(row.grade.as_deref(), "consent_states")?,
        wording_id: row.wording_id.map(WordingId::from_uuid),
    })
}

fn to_purpose(row: purpose::Model) -> Result<(Purpose, DateTime<Utc>), DbError> {
    let corrupt = || DbError::corrupt("purposes");
    let channels: Option<Vec<Channel>> = row.channels.split(',').map(Channel::from_code).collect();
    let purpose = Purpose {
        id: PurposeId::from_uuid(row.id),
        name: ShortText::parse(&row.name).map_err(|_| corrupt())?,
        basis: LawfulBasis::from_code(&row.basis).ok_or_else(corrupt)?,
        is_marketing: row.is_marketing,
        channels: channels.ok_or_else(corrupt)?,
        validity_days: row.validity_days.map(u16::try_from).transpose().map_err(|_| corrupt())?,
        version: row.version,
        parent_id: row.parent_id.map(PurposeId::from_uuid),
        double_opt_in: row.double_opt_in,
        retired_at: row.retired_at,
    };
    Ok((purpose, row.created_at))
}

fn to_wording(row: wording::Model) -> Result<Wording, DbError> {
    let corrupt = || DbError::corrupt("wordings");
    Ok(Wording {
        id: WordingId::from_uuid(row.id),
        purpose_id: PurposeId::from_uuid(row.purpose_id),
        language: Language::from_code(&row.language).ok_or_else(corrupt)?,
        channel: row.channel.as_deref().map(|code| Channel::from_code(code).ok_or_else(corrupt)).transpose()?,
        version: row.version,
        text: LongText::parse(&row.text).map_err(|_| corrupt())?,
        sha256: row.sha256,
        created_at: row.created_at,
    })
}
