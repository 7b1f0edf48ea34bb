//! Cards of an import: whom rows are about, and many cards by one statement for each table.

use crate::{
    clients::{self, CardContent},
    consents::{self, NewConsentEvent, States},
    entity::{blind_index, client, client_key, client_tag, consent_event, consent_state, file, job_change, submission},
    error::DbError,
    keys::{self, KeyedClient},
    origins,
    tx::{Adds, Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect, Statement,
};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;
use zgoda_domain::{
    access::Assignment,
    client::ClientDetails,
    consent::{Channel, ConsentEventKind, ConsentStatus},
    custom_field::{CustomField, CustomValues},
    id::{AccountId, ClientId, DepartmentId, JobId, PurposeId, TagId},
    import::MatchBy,
};

/// Rows stored by one statement: SQLite takes 32766 values in one, and a card has 27.
const ROWS: usize = 500;

/// A card about to be made. Nothing is known of the client yet.
#[derive(Debug)]
pub struct NewCard {
    pub id: ClientId,
    pub details: ClientDetails,
    pub custom: CustomValues,
    pub assignment: Assignment,
    pub tags: BTreeSet<TagId>,
    pub consents: Vec<NewConsentEvent>,
    /// What the consents lead to.
    pub states: States,
}

/// Makes cards, with everything that hangs on them, at once; notes that the job made them.
pub async fn insert(
    tx: &Tx,
    job: JobId,
    cards: &[NewCard],
    fields: &[CustomField],
    now: DateTime<Utc>,
) -> Result<HashMap<ClientId, KeyedClient>, DbError> {
    let mut keyed = HashMap::with_capacity(cards.len());
    let (mut keys, mut rows, mut blind) =
        (Vec::with_capacity(cards.len()), Vec::with_capacity(cards.len()), Vec::new());
    let (mut tags, mut events, mut states) = (Vec::new(), Vec::new(), Vec::new());
    for card in cards {
        let (client, key) = keys::make(tx, card.id, now)?;
        let content = CardContent { details: &card.details, custom: &card.custom };
        let (row, secret) = clients::new_row(tx, &client, content, fields, card.assignment, now)?;
        keys.push(key);
        rows.push(row);
        blind.extend(clients::blind_rows(tx, card.id, &secret));
        tags.extend(
            card.tags
                .iter()
                .map(|tag| client_tag::ActiveModel { tag_id: Set(tag.as_uuid()), client_id: Set(card.id.as_uuid()) }),
        );
        for event in &card.consents {
            events.push(consents::event_row(tx, &client, event, None, now)?);
        }
        states.extend(card.states.iter().map(|(place, state)| consents::state_row(card.id, *place, state)));
        keyed.insert(card.id, client);
    }
    let changes = cards.iter().map(|card| job_change::ActiveModel {
        job_id: Set(job.as_uuid()),
        client_id: Set(card.id.as_uuid()),
        made: Set(true),
        version_after: Set(1),
        before: Set(None),
    });
    let changes = changes.collect();
    insert_all::<client_key::Entity, _>(tx, keys).await?;
    insert_all::<client::Entity, _>(tx, rows).await?;
    insert_all::<blind_index::Entity, _>(tx, blind).await?;
    insert_all::<client_tag::Entity, _>(tx, tags).await?;
    insert_all::<consent_event::Entity, _>(tx, events).await?;
    insert_all::<consent_state::Entity, _>(tx, states).await?;
    insert_all::<job_change::Entity, _>(tx, changes).await?;
    let ids: Vec<ClientId> = cards.iter().map(|card| card.id).collect();
    origins::add(tx, job, &ids, true).await?;
    Ok(keyed)
}

async fn insert_all<E, A>(tx: &Tx, rows: Vec<A>) -> Result<(), DbError>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + ActiveModelBehavior + Send,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let some: Vec<A> = rows.by_ref().take(ROWS).collect();
        E::insert_many(some).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// Tells PostgreSQL's planner how large the tables are, whenever cards take twice the room that it knows of: what it planned
/// while they were empty, checks of references above all, would go on to read them from end to end.
pub async fn tell_planner(tx: &Tx) -> Result<(), DbError> {
    let connection = tx.connection();
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let sql = "select 1 from pg_class where oid = 'clients'::regclass and pg_relation_size(oid) > 0 \
               and pg_relation_size(oid) >= 2 * relpages * current_setting('block_size')::bigint";
    let outdated = Statement::from_string(DbBackend::Postgres, sql);
    if connection.query_one_raw(outdated).await?.is_some() {
        connection
            .execute_unprepared(
                // That one is left out, because it is looked at already, is no news for a log.
                "set local client_min_messages = error; \
                 analyze (skip_locked) clients, client_keys, blind_index, client_tags, consent_events, consent_states, \
                 job_changes",
            )
            .await?;
    }
    Ok(())
}

/// Claims addresses as [`Tx::claim`] does, all at once and in the order in which everybody claims them.
pub async fn claim(tx: &Tx, addresses: &BTreeSet<String>) -> Result<(), DbError> {
    let connection = tx.connection();
    if connection.get_database_backend() != DbBackend::Postgres || addresses.is_empty() {
        // On SQLite the writer's turn is claim enough.
        return Ok(());
    }
    let text = serde_json::to_string(addresses).map_err(|_| DbError::corrupt("clients"))?;
    let sql = "select pg_advisory_xact_lock(hashtextextended(address, 0)) from \
               (select value as address from json_array_elements_text($1::json) with ordinality as a(value, n) order by n) as ordered";
    connection.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [text.into()])).await?;
    Ok(())
}

/// A card that somebody is recognised by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub id: ClientId,
    pub assignment: Assignment,
}

/// Cards by what clients are recognised by, in the form of [`MatchBy::key`]; of several the earliest first.
pub async fn known(source: &impl Source, by: MatchBy, keys: &[&str]) -> Result<HashMap<String, Vec<Known>>, DbError> {
    let column = match by {
        MatchBy::Email => client::Column::EmailNorm,
        MatchBy::Nip => client::Column::Nip,
        MatchBy::ExternalId => client::Column::ExternalId,
    };
    let mut found: HashMap<String, Vec<Known>> = HashMap::new();
    for some in keys.chunks(1000) {
        let rows: Vec<(String, Uuid, Option<Uuid>, Option<Uuid>)> = client::Entity::find()
            .select_only()
            .column(column)
            .column(client::Column::Id)
            .column(client::Column::OwnerId)
            .column(client::Column::DepartmentId)
            .filter(column.is_in(some.iter().copied()))
            .order_by_asc(client::Column::Id)
            .into_tuple()
            .all(source.connection())
            .await?;
        for (key, id, owner, department) in rows {
            let assignment = Assignment {
                owner_id: owner.map(AccountId::from_uuid),
                department_id: department.map(DepartmentId::from_uuid),
            };
            found.entry(key).or_default().push(Known { id: ClientId::from_uuid(id), assignment });
        }
    }
    Ok(found)
}

/// The consents that these clients refused or withdrew.
pub async fn refusals(
    source: &impl Source,
    clients: &[ClientId],
) -> Result<HashMap<ClientId, HashSet<(PurposeId, Channel)>>, DbError> {
    let mut found: HashMap<ClientId, HashSet<(PurposeId, Channel)>> = HashMap::new();
    for some in clients.chunks(1000) {
        let rows: Vec<(Uuid, Uuid, String)> = consent_state::Entity::find()
            .select_only()
            .columns([
                consent_state::Column::ClientId,
                consent_state::Column::PurposeId,
                consent_state::Column::Channel,
            ])
            .filter(consent_state::Column::ClientId.is_in(some.iter().map(|id| id.as_uuid())))
            .filter(
                consent_state::Column::Status.is_in([ConsentStatus::Refused.code(), ConsentStatus::Withdrawn.code()]),
            )
            .into_tuple()
            .all(source.connection())
            .await?;
        for (client, purpose, channel) in rows {
            let channel = Channel::from_code(&channel).ok_or(DbError::corrupt("consent_states"))?;
            found.entry(ClientId::from_uuid(client)).or_default().insert((PurposeId::from_uuid(purpose), channel));
        }
    }
    Ok(found)
}

/// Has the keys of these clients at hand until the transaction ends: what is sealed for one of them asks for none.
pub async fn have_keys(tx: &Tx, clients: &[ClientId]) -> Result<HashMap<ClientId, KeyedClient>, DbError> {
    let mut all = HashMap::with_capacity(clients.len());
    for some in clients.chunks(1000) {
        all.extend(keys::of_clients(tx, some.iter().copied()).await?);
    }
    all.values().for_each(|keyed| tx.makes(keyed));
    Ok(all)
}

/// Those of these cards on which more hangs than an import put there: an answer, a file, something the client sent.
pub async fn grown(source: &impl Source, clients: &[ClientId]) -> Result<HashSet<ClientId>, DbError> {
    let ids = || clients.iter().map(|id| id.as_uuid());
    let answers = consent_event::Entity::find()
        .select_only()
        .column(consent_event::Column::ClientId)
        .distinct()
        .filter(consent_event::Column::ClientId.is_in(ids()))
        .filter(consent_event::Column::Kind.ne(ConsentEventKind::Imported.code()));
    let files = file::Entity::find()
        .select_only()
        .column(file::Column::ClientId)
        .distinct()
        .filter(file::Column::ClientId.is_in(ids()));
    let sent = submission::Entity::find()
        .select_only()
        .column(submission::Column::ClientId)
        .distinct()
        .filter(submission::Column::ClientId.is_in(ids()));
    let mut grown: HashSet<Uuid> = answers.into_tuple::<Uuid>().all(source.connection()).await?.into_iter().collect();
    grown.extend(files.into_tuple::<Uuid>().all(source.connection()).await?);
    grown.extend(sent.into_tuple::<Uuid>().all(source.connection()).await?);
    Ok(grown.into_iter().map(ClientId::from_uuid).collect())
}
