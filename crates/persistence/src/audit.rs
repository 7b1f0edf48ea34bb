//! System activities and their chain.
//!
//! An event is stored in the transaction it accounts for. A sequencer links stored events into a keyed hash chain
//! shortly after, in one place at a time, so that no two writers wait for each other's link.

use crate::{
    entity::{account, audit_event, audit_head, audit_link, audit_pending},
    error::DbError,
    keys::{self, KeyedClient},
    merges,
    sequencer::{self, BATCH, Linking, Log},
    tx::{Adds, Reader, Source, Tx},
};
use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;
use zgoda_domain::{
    access::Actor,
    audit::{Action, AuditEvent, RecordKind},
    id::{AccountId, AuditEventId, ClientId},
};
use zgoda_vault::{ChainHash, Checkpoint, Place, chain};

const FIRST_LINK: ChainHash = [0; 32];
/// Events stored by one statement; SQLite takes 32766 values in one.
const ROWS: usize = 500;

pub(crate) async fn insert(tx: &impl Adds, now: DateTime<Utc>, event: AuditEvent) -> Result<(), DbError> {
    let keyed = match event.client_id.filter(|_| event.values.is_some()) {
        Some(client) => keys::of_client(tx, client).await?,
        None => None,
    };
    // A trigger queues it for the sequencer: nothing stands in the log that is not on its way into the chain.
    tx.add(&audit_event::Entity::insert(to_stored(tx, now, event, keyed.as_ref())?));
    Ok(())
}

/// Stores events beside the one that the transaction is kept with: for a step that touches many clients, so that each
/// card's history tells it. At once, some hundreds by one statement.
pub async fn insert_many(tx: &Tx, now: DateTime<Utc>, events: Vec<AuditEvent>) -> Result<(), DbError> {
    let keyed = keys::of_clients(tx, events.iter().filter_map(|event| event.client_id)).await?;
    insert_about(tx, now, events, &keyed).await
}

/// The same where the clients' keys are at hand.
pub async fn insert_about(
    tx: &Tx,
    now: DateTime<Utc>,
    events: Vec<AuditEvent>,
    keyed: &HashMap<ClientId, KeyedClient>,
) -> Result<(), DbError> {
    let mut events = events.into_iter().peekable();
    while events.peek().is_some() {
        let some: Vec<AuditEvent> = events.by_ref().take(ROWS).collect();
        let rows = some.into_iter().map(|event| {
            let key = event.client_id.and_then(|client| keyed.get(&client));
            to_stored(tx, now, event, key)
        });
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        audit_event::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// Values about a client are sealed under the client's key: where it was destroyed, there are none.
fn to_stored(
    source: &impl Source,
    now: DateTime<Utc>,
    event: AuditEvent,
    keyed: Option<&KeyedClient>,
) -> Result<audit_event::ActiveModel, DbError> {
    let id = AuditEventId::generate(now, source.vault().entropy.bytes()).as_uuid();
    let place = Place { table: "audit_events", column: "values_sealed", row: id };
    let clear = event.values.as_ref().map(Value::to_string);
    let values_sealed = match (clear, event.client_id, keyed) {
        (Some(clear), Some(_), Some(keyed)) => Some(keyed.seal(source, place, clear.as_bytes())?),
        (Some(clear), None, _) => Some(keys::seal_for_organisation(source, place, clear.as_bytes())?),
        (Some(_), Some(_), None) | (None, _, _) => None,
    };
    Ok(audit_event::ActiveModel {
        id: Set(id),
        at: Set(now),
        actor_kind: Set(event.actor.kind_code().to_owned()),
        actor_id: Set(event.actor.account().map(|id| id.as_uuid())),
        actor_job: Set(match event.actor {
            Actor::System { job } => Some(job.to_owned()),
            Actor::ApiKey { key, .. } => Some(key.to_string()),
            _ => None,
        }),
        action: Set(event.action.code().to_owned()),
        record_kind: Set(event.record.code().to_owned()),
        record_id: Set(event.record_id),
        client_id: Set(event.client_id.map(ClientId::as_uuid)),
        fields: Set(serde_json::to_string(&event.fields).unwrap_or_default()),
        values_sealed: Set(values_sealed),
        ip: Set(event.origin.ip),
        user_agent: Set(event.origin.user_agent.map(|agent| agent.chars().take(300).collect())),
    })
}

/// A stored event, for people to read.
#[derive(Debug)]
pub struct AuditRow {
    pub id: AuditEventId,
    pub at: DateTime<Utc>,
    pub actor_kind: String,
    pub actor_name: Option<String>,
    pub action: Action,
    pub record: RecordKind,
    pub record_id: Option<Uuid>,
    pub client_id: Option<ClientId>,
    pub fields: Vec<String>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

/// Which events are asked for; everything that is given must hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuditFilter {
    pub client: Option<ClientId>,
    pub actor: Option<AccountId>,
    pub action: Option<Action>,
    /// Or one of these, where an action is asked for.
    pub or_actions: &'static [Action],
    pub record: Option<RecordKind>,
    /// Not before this moment.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub until: Option<DateTime<Utc>>,
}

/// One page, newest first, with the id to go on from.
pub async fn page(
    reader: Reader<'_>,
    filter: AuditFilter,
    after: Option<AuditEventId>,
    limit: u64,
) -> Result<(Vec<AuditRow>, Option<AuditEventId>), DbError> {
    let mut query = audit_event::Entity::find().order_by_desc(audit_event::Column::Id).limit(limit + 1);
    if let Some(client) = filter.client {
        // With what was done to cards that were merged into the client's.
        let lineage = merges::lineage(&reader, client).await?;
        query = query.filter(audit_event::Column::ClientId.is_in(lineage.into_iter().map(ClientId::as_uuid)));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(audit_event::Column::ActorId.eq(actor.as_uuid()));
    }
    if let Some(action) = filter.action {
        let wanted = filter.or_actions.iter().copied().chain([action]).map(Action::code);
        query = query.filter(audit_event::Column::Action.is_in(wanted));
    }
    if let Some(record) = filter.record {
        query = query.filter(audit_event::Column::RecordKind.eq(record.code()));
    }
    // An id begins with its moment (RFC 9562 §5.7), so the log's own order serves.
    if let Some(from) = filter.from {
        query = query.filter(audit_event::Column::Id.gte(AuditEventId::generate(from, [0; 10]).as_uuid()));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_event::Column::Id.lt(AuditEventId::generate(until, [0; 10]).as_uuid()));
    }
    if let Some(after) = after {
        query = query.filter(audit_event::Column::Id.lt(after.as_uuid()));
    }
    let mut rows = query.all(reader.connection()).await?;
    let more = u64::try_from(rows.len()).unwrap_or(0) > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let actors: Vec<Uuid> = rows.iter().filter_map(|row| row.actor_id).collect();
    let names = actor_names(reader, actors).await?;
    let next = rows.last().filter(|_| more).map(|row| AuditEventId::from_uuid(row.id));
    let items = rows.into_iter().map(|row| to_row(row, &names)).collect::<Result<_, _>>()?;
    Ok((items, next))
}

async fn actor_names(reader: Reader<'_>, actors: Vec<Uuid>) -> Result<HashMap<Uuid, String>, DbError> {
    let accounts = account::Entity::find().filter(account::Column::Id.is_in(actors)).all(reader.connection()).await?;
    Ok(accounts.into_iter().map(|account| (account.id, account.name)).collect())
}

fn to_row(row: audit_event::Model, names: &HashMap<Uuid, String>) -> Result<AuditRow, DbError> {
    let corrupt = || DbError::corrupt("audit_events");
    Ok(AuditRow {
        id: AuditEventId::from_uuid(row.id),
        at: row.at,
        actor_name: row.actor_id.and_then(|id| names.get(&id).cloned()).or(row.actor_job),
        actor_kind: row.actor_kind,
        action: Action::from_code(&row.action).ok_or_else(corrupt)?,
        record: RecordKind::from_code(&row.record_kind).ok_or_else(corrupt)?,
        record_id: row.record_id,
        client_id: row.client_id.map(ClientId::from_uuid),
        fields: serde_json::from_str(&row.fields).map_err(|_| corrupt())?,
        ip: row.ip,
        user_agent: row.user_agent,
    })
}

/// One event with its values opened; no values when there were none, or when the client's key was destroyed.
pub async fn load(reader: Reader<'_>, id: AuditEventId) -> Result<Option<(AuditRow, Option<Value>)>, DbError> {
    let Some(row) = audit_event::Entity::find_by_id(id.as_uuid()).one(reader.connection()).await? else {
        return Ok(None);
    };
    let place = Place { table: "audit_events", column: "values_sealed", row: row.id };
    let clear = match (row.values_sealed.clone(), row.client_id) {
        (None, _) => None,
        (Some(sealed), None) => Some(keys::open_for_organisation(&reader, place, sealed)?),
        (Some(sealed), Some(client)) => match keys::of_client(&reader, ClientId::from_uuid(client)).await? {
            Some(keyed) => Some(keyed.open(place, sealed)?),
            None => None,
        },
    };
    let values = clear.map(|clear| serde_json::from_slice(&clear).map_err(|_| DbError::corrupt("audit_events")));
    let names = actor_names(reader, row.actor_id.into_iter().collect()).await?;
    Ok(Some((to_row(row, &names)?, values.transpose()?)))
}

/// Links events that are not yet part of the chain. Safe to call from several replicas.
pub async fn link_pending(tx: Tx) -> Result<Linking, DbError> {
    sequencer::take_turn(&tx, Log::Audit).await?;
    let pending = audit_pending::Entity::find()
        .order_by_asc(audit_pending::Column::EventId)
        .limit(BATCH)
        .all(tx.connection())
        .await?;
    if pending.is_empty() {
        return Ok(Linking::Linked(0));
    }
    let last = audit_link::Entity::find().order_by_desc(audit_link::Column::Seq).one(tx.connection()).await?;
    let (mut seq, mut hash) = match last {
        Some(link) => (link.seq, to_hash(&link.hash)?),
        None => (0, FIRST_LINK),
    };
    let key = tx.vault().master.chain_key();
    let head = audit_head::Entity::find_by_id(HEAD).one(tx.connection()).await?;
    let fits = head.is_some_and(|head| head.seq == seq && head.mac == head_mac(&key, seq, &hash));
    if !fits {
        return Ok(Linking::Refused);
    }
    let ids: Vec<Uuid> = pending.iter().map(|row| row.event_id).collect();
    let events = audit_event::Entity::find()
        .filter(audit_event::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(audit_event::Column::Id)
        .all(tx.connection())
        .await?;
    let mut links = Vec::with_capacity(events.len());
    for event in &events {
        seq += 1;
        hash = link_hash(&key, &hash, event);
        links.push(audit_link::ActiveModel { seq: Set(seq), event_id: Set(event.id), hash: Set(hash.to_vec()) });
    }
    audit_link::Entity::insert_many(links).exec_without_returning(tx.connection()).await?;
    write_head(&tx, seq, &hash).await?;
    audit_pending::Entity::delete_many()
        .filter(audit_pending::Column::EventId.is_in(ids))
        .exec(tx.connection())
        .await?;
    let linked = events.len();
    tx.commit_unaudited("links account for themselves").await?;
    Ok(Linking::Linked(linked))
}

const HEAD: i32 = 1;

fn head_mac(key: &zgoda_vault::ChainKey, seq: i64, hash: &ChainHash) -> Vec<u8> {
    chain(key, hash, [b"head".as_slice(), &seq.to_be_bytes()]).to_vec()
}

/// Notes where the log ends, so that its end cannot be cut off without the key.
async fn write_head(tx: &Tx, seq: i64, hash: &ChainHash) -> Result<(), DbError> {
    let mac = head_mac(&tx.vault().master.chain_key(), seq, hash);
    let row = audit_head::ActiveModel { id: Set(HEAD), seq: Set(seq), mac: Set(mac) };
    audit_head::Entity::insert(row)
        .on_conflict(
            OnConflict::column(audit_head::Column::Id)
                .update_columns([audit_head::Column::Seq, audit_head::Column::Mac])
                .to_owned(),
        )
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// A log of before its end was noted gets its head, an empty one too. Only where there is none: a wrong one is never mended.
/// To be called only while the schema is brought beyond such logs: later a missing head is one that was taken away.
pub async fn note_head(tx: &Tx) -> Result<bool, DbError> {
    if audit_head::Entity::find_by_id(HEAD).one(tx.connection()).await?.is_some() {
        return Ok(false);
    }
    let last = audit_link::Entity::find().order_by_desc(audit_link::Column::Seq).one(tx.connection()).await?;
    let (seq, hash) = match last {
        Some(last) => (last.seq, to_hash(&last.hash)?),
        None => (0, FIRST_LINK),
    };
    write_head(tx, seq, &hash).await.map(|()| true)
}

/// A signed statement of how far the log goes; `None` for an empty one.
pub async fn checkpoint(reader: Reader<'_>, now: DateTime<Utc>) -> Result<Option<Checkpoint>, DbError> {
    let last = audit_link::Entity::find().order_by_desc(audit_link::Column::Seq).one(reader.connection()).await?;
    last.map(|last| {
        let at = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        Ok(reader.vault().master.checkpoint_key().sign(last.seq, &to_hash(&last.hash)?, at))
    })
    .transpose()
}

/// What checking the chain found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every link holds; `pending` events wait to be linked.
    Intact { links: i64, pending: u64 },
    /// The first link that does not hold: its event was changed, removed, or put elsewhere.
    Broken { seq: i64 },
    /// The log ends at `seq`, but went further once: its end was cut off.
    Cut { seq: i64 },
    /// A checkpoint was not signed with this installation's key.
    ForeignCheckpoint { seq: i64 },
    /// An event stands in the log that is neither linked nor waiting: something was cut away.
    Unlinked { event: AuditEventId },
}

/// Recomputes the whole chain from the stored events, and compares it with where the log says it ends and with
/// checkpoints that were kept outside.
pub async fn verify(reader: Reader<'_>, checkpoints: &[Checkpoint]) -> Result<Verdict, DbError> {
    let connection = reader.connection();
    let key = reader.vault().master.chain_key();
    let signer = reader.vault().master.checkpoint_key();
    if let Some(foreign) = checkpoints.iter().find(|checkpoint| !signer.signed(checkpoint)) {
        return Ok(Verdict::ForeignCheckpoint { seq: foreign.seq });
    }
    let mut kept: HashMap<i64, &str> = HashMap::new();
    for checkpoint in checkpoints {
        let hash = checkpoint.hash.as_str();
        if kept.insert(checkpoint.seq, hash).is_some_and(|other| other != hash) {
            // The log told two stories about the same place.
            return Ok(Verdict::Broken { seq: checkpoint.seq });
        }
    }
    let head = audit_head::Entity::find_by_id(HEAD).one(connection).await?;
    let (mut seq, mut hash) = (0_i64, FIRST_LINK);
    loop {
        let links = audit_link::Entity::find()
            .filter(audit_link::Column::Seq.gt(seq))
            .order_by_asc(audit_link::Column::Seq)
            .limit(BATCH)
            .all(connection)
            .await?;
        if links.is_empty() {
            break;
        }
        let events: HashMap<Uuid, audit_event::Model> = audit_event::Entity::find()
            .filter(audit_event::Column::Id.is_in(links.iter().map(|link| link.event_id)))
            .all(connection)
            .await?
            .into_iter()
            .map(|event| (event.id, event))
            .collect();
        for link in links {
            seq += 1;
            let Some(event) = events.get(&link.event_id).filter(|_| link.seq == seq) else {
                return Ok(Verdict::Broken { seq });
            };
            hash = link_hash(&key, &hash, event);
            let outside = kept.remove(&seq).is_none_or(|outside| outside == hex::encode(hash));
            let head_fits = head.as_ref().is_none_or(|head| head.seq != seq || head.mac == head_mac(&key, seq, &hash));
            if link.hash != hash || !outside || !head_fits {
                return Ok(Verdict::Broken { seq });
            }
        }
    }
    // The log may have grown while it was read; it never shrinks, and its head is written with its links.
    let reached = head.as_ref().is_some_and(|head| seq >= head.seq);
    if !reached || !kept.is_empty() {
        return Ok(Verdict::Cut { seq });
    }
    match audit_head::Entity::find_by_id(HEAD).one(connection).await? {
        None => return Ok(Verdict::Cut { seq }),
        Some(now) if now.seq < seq => return Ok(Verdict::Broken { seq: now.seq + 1 }),
        Some(now) if now.seq == seq && now.mac != head_mac(&key, seq, &hash) => return Ok(Verdict::Broken { seq }),
        Some(_) => {}
    }
    let pending = sea_orm::PaginatorTrait::count(audit_pending::Entity::find(), connection).await?;
    let strays = audit_event::Entity::find()
        .filter(sea_orm::sea_query::Expr::cust(
            "not exists (select 1 from audit_links l where l.event_id = audit_events.id) \
                 and not exists (select 1 from audit_pending p where p.event_id = audit_events.id)",
        ))
        .order_by_asc(audit_event::Column::Id)
        .one(connection)
        .await?;
    Ok(match strays {
        Some(stray) => Verdict::Unlinked { event: AuditEventId::from_uuid(stray.id) },
        None => Verdict::Intact { links: seq, pending },
    })
}

fn to_hash(bytes: &[u8]) -> Result<ChainHash, DbError> {
    bytes.try_into().map_err(|_| DbError::corrupt("audit_links"))
}

fn link_hash(key: &zgoda_vault::ChainKey, previous: &ChainHash, event: &audit_event::Model) -> ChainHash {
    let at = event.at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let uuid = |id: Option<Uuid>| id.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default().into_bytes();
    let parts: [Vec<u8>; 13] = [
        event.id.as_bytes().to_vec(),
        at.into_bytes(),
        event.actor_kind.clone().into_bytes(),
        uuid(event.actor_id),
        text(&event.actor_job),
        event.action.clone().into_bytes(),
        event.record_kind.clone().into_bytes(),
        uuid(event.record_id),
        uuid(event.client_id),
        event.fields.clone().into_bytes(),
        event.values_sealed.clone().unwrap_or_default(),
        text(&event.ip),
        text(&event.user_agent),
    ];
    chain(key, previous, parts.iter().map(Vec::as_slice))
}

/// Whether events wait to be linked.
pub async fn any_pending(source: &impl Source) -> Result<bool, DbError> {
    Ok(audit_pending::Entity::find().one(source.connection()).await?.is_some())
}
