//! The consent ledger, to which entries are appended, and the state projected from it.

mod expiry;
mod history;

pub use expiry::{EXPIRY, Expired, due_statement, expire_due};
pub use history::{LedgerEntry, ledger, place_of, shown_wordings};

use crate::{
    clients,
    entity::{consent_event, consent_state, custom_field},
    error::DbError,
    keys::{self, KeyedClient},
    purposes,
    tx::{Adds, Source, Tx},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, InsertMany, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;
use zgoda_domain::{
    access::Actor,
    consent::{
        Channel, ConsentEventKind, ConsentMethod, ConsentRefusal, ConsentState, ConsentStatus, EvidenceGrade, Purpose,
        StateEvent, apply, descendants,
    },
    id::{ClientId, ConsentEventId, FieldId, FileId, FormVersionId, PurposeId, SubmissionId, WordingId},
};
use zgoda_vault::Place;

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

/// Appends an entry and brings the state up to date, both in this transaction. A withdrawal takes the purposes below with
/// it; returns the state of the entry's own purpose.
pub async fn record(tx: &Tx, event: &NewConsentEvent, now: DateTime<Utc>) -> Result<ConsentState, LedgerError> {
    let purposes = purposes::all(tx).await?;
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
    for entry in history::entries(tx, &[client]).await? {
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
