//! Whether what is shown of consents is what the ledger says: the fold of all events beside the stored states and the
//! columns of the cards. And whether an event was recorded by this installation: its evidence was sealed for its row under
//! its client's key, which nobody can who has the database alone.

use crate::{
    consents::{States, evidence_place, to_grade, to_placed_state},
    custom_fields,
    entity::{client, consent_event, consent_state},
    error::DbError,
    keys::{self, KeyedClient},
    tx::{Reader, Source},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, IsolationLevel, QueryFilter, QueryOrder,
    QuerySelect, TransactionTrait, sea_query::Expr,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;
use zgoda_domain::{
    consent::{Channel, ConsentEventKind, ConsentState, StateEvent, apply},
    id::{ClientId, ConsentEventId, FieldId, PurposeId, WordingId},
};

/// Clients looked at together, at one moment.
const PAGE: u64 = 2_000;

/// What differs from the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The stored state: another one, one too many, or none.
    State,
    /// The card's column.
    Column,
    /// This event has no evidence that was sealed for it, or is of a client that there never was.
    Evidence(ConsentEventId),
}

/// One consent that is shown otherwise than the ledger has it, or an event that nobody here recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    pub client_id: ClientId,
    pub purpose_id: PurposeId,
    pub channel: Channel,
    pub wrong: Wrong,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    pub clients: u64,
    pub events: u64,
    pub differences: u64,
}

type Columns = BTreeMap<(PurposeId, Channel), FieldId>;

/// Folds the whole ledger, client by client, and tells each difference. Holds one page of clients at a time. Events of
/// erased clients lead to nothing that is shown.
pub async fn check(reader: Reader<'_>, mut tell: impl FnMut(Difference)) -> Result<Checked, DbError> {
    let mut checked = Checked::default();
    let fields = custom_fields::all(&reader).await?;
    let columns: Columns =
        fields.into_iter().filter_map(|record| record.field.consent.map(|place| (place, record.field.id))).collect();
    let mut after = Uuid::nil();
    while let Some(last) = page(reader, after, &columns, &mut checked, &mut tell).await? {
        after = last;
    }
    of_nobody(reader, &mut checked, &mut tell).await?;
    Ok(checked)
}

/// Tells the events of clients that never had a key. One that was destroyed is still there as a mark.
async fn of_nobody(
    reader: Reader<'_>,
    checked: &mut Checked,
    tell: &mut impl FnMut(Difference),
) -> Result<(), DbError> {
    use consent_event::Column;
    let mut after = Uuid::nil();
    loop {
        let rows: Vec<(Uuid, Uuid, Uuid, String)> = consent_event::Entity::find()
            .select_only()
            .columns([Column::Id, Column::ClientId, Column::PurposeId, Column::Channel])
            .filter(Column::Id.gt(after))
            .filter(Expr::cust("not exists (select 1 from client_keys k where k.client_id = consent_events.client_id)"))
            .order_by_asc(Column::Id)
            .limit(PAGE)
            .into_tuple()
            .all(reader.connection())
            .await?;
        let Some((last, ..)) = rows.last() else { return Ok(()) };
        after = *last;
        for (id, client, purpose, channel) in rows {
            checked.differences += 1;
            tell(Difference {
                client_id: ClientId::from_uuid(client),
                purpose_id: PurposeId::from_uuid(purpose),
                channel: Channel::from_code(&channel).ok_or(DbError::corrupt("consent_events"))?,
                wrong: Wrong::Evidence(ConsentEventId::from_uuid(id)),
            });
        }
    }
}

/// Checks the clients after one; the id of the last of them.
async fn page(
    reader: Reader<'_>,
    after: Uuid,
    columns: &Columns,
    checked: &mut Checked,
    tell: &mut impl FnMut(Difference),
) -> Result<Option<Uuid>, DbError> {
    let at_one_moment = snapshot(reader).await?;
    let clients: Vec<(Uuid, Value)> = client::Entity::find()
        .select_only()
        .columns([client::Column::Id, client::Column::Custom])
        .filter(client::Column::Id.gt(after))
        .order_by_asc(client::Column::Id)
        .limit(PAGE)
        .into_tuple()
        .all(&at_one_moment)
        .await?;
    let Some((last, _)) = clients.last() else { return Ok(None) };
    let last = *last;
    let keyed =
        keys::of_clients_over(&at_one_moment, reader.vault(), clients.iter().map(|(id, _)| *id).collect()).await?;
    let mut folded = fold_range(&at_one_moment, after, last, &keyed, checked, tell).await?;
    let mut stored: BTreeMap<Uuid, States> = BTreeMap::new();
    let states = consent_state::Entity::find()
        .filter(consent_state::Column::ClientId.gt(after))
        .filter(consent_state::Column::ClientId.lte(last))
        .all(&at_one_moment)
        .await?;
    at_one_moment.commit().await?;
    for row in &states {
        let (purpose, channel, state) = to_placed_state(row)?;
        stored.entry(row.client_id).or_default().insert((purpose, channel), state);
    }
    for (id, custom) in clients {
        checked.clients += 1;
        let folded = folded.remove(&id).unwrap_or_default();
        let stored = stored.remove(&id).unwrap_or_default();
        let places: BTreeSet<(PurposeId, Channel)> =
            folded.keys().chain(stored.keys()).chain(columns.keys()).copied().collect();
        for place in places {
            let state = folded.get(&place);
            let differs =
                |wrong| Difference { client_id: ClientId::from_uuid(id), purpose_id: place.0, channel: place.1, wrong };
            if state != stored.get(&place) {
                checked.differences += 1;
                tell(differs(Wrong::State));
            }
            let Some(column) = columns.get(&place) else { continue };
            let shown = custom.get(column.to_string()).filter(|value| !value.is_null());
            if shown.and_then(Value::as_str) != state.map(|state| state.status.code()) {
                checked.differences += 1;
                tell(differs(Wrong::Column));
            }
        }
    }
    Ok(Some(last))
}

/// A transaction that reads, and sees the database as it was when it began.
async fn snapshot(reader: Reader<'_>) -> Result<DatabaseTransaction, DbError> {
    let connection = reader.connection();
    Ok(match connection.get_database_backend() {
        DbBackend::Postgres => connection.begin_with_config(Some(IsolationLevel::RepeatableRead), None).await?,
        _ => connection.begin().await?,
    })
}

type EventRow = (
    Uuid,
    Uuid,
    Uuid,
    String,
    String,
    DateTime<Utc>,
    Option<DateTime<Utc>>,
    Option<String>,
    Option<Uuid>,
    Option<Vec<u8>>,
);

/// The states that the events of clients after one up to another lead to. Tells those whose evidence does not open; that of
/// erased clients cannot be looked at any more.
async fn fold_range(
    connection: &impl ConnectionTrait,
    after: Uuid,
    last: Uuid,
    keyed: &HashMap<ClientId, KeyedClient>,
    checked: &mut Checked,
    tell: &mut impl FnMut(Difference),
) -> Result<BTreeMap<Uuid, States>, DbError> {
    use consent_event::Column;
    let events: Vec<EventRow> = consent_event::Entity::find()
        .select_only()
        .columns([
            Column::ClientId,
            Column::Id,
            Column::PurposeId,
            Column::Channel,
            Column::Kind,
            Column::OccurredAt,
            Column::ExpiresAt,
            Column::Grade,
            Column::WordingId,
            Column::Evidence,
        ])
        .filter(Column::ClientId.gt(after))
        .filter(Column::ClientId.lte(last))
        .order_by_asc(Column::ClientId)
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(connection)
        .await?;
    let corrupt = || DbError::corrupt("consent_events");
    let mut folded: BTreeMap<Uuid, States> = BTreeMap::new();
    for (client, id, purpose, channel, kind, occurred_at, expires_at, grade, wording, evidence) in events {
        checked.events += 1;
        let event = StateEvent {
            id: ConsentEventId::from_uuid(id),
            kind: ConsentEventKind::from_code(&kind).ok_or_else(corrupt)?,
            occurred_at,
            expires_at,
            grade: to_grade(grade.as_deref(), "consent_events")?,
            wording_id: wording.map(WordingId::from_uuid),
        };
        let place = (PurposeId::from_uuid(purpose), Channel::from_code(&channel).ok_or_else(corrupt)?);
        let owner = ClientId::from_uuid(client);
        let opens =
            |key: &KeyedClient| evidence.is_some_and(|sealed| key.open(evidence_place(event.id), sealed).is_ok());
        if keyed.get(&owner).is_some_and(|key| !opens(key)) {
            checked.differences += 1;
            let (purpose_id, channel) = place;
            tell(Difference { client_id: owner, purpose_id, channel, wrong: Wrong::Evidence(event.id) });
        }
        let states = folded.entry(client).or_default();
        let before: Option<&ConsentState> = states.get(&place);
        // What the rules refuse changes nothing, as in the domain's own fold.
        if let Ok(state) = apply(before, event) {
            states.insert(place, state);
        }
    }
    Ok(folded)
}
