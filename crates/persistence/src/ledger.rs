//! The consent ledger as a Merkle log (RFC 9162 §2.1): its sequencer, its head, its checkpoints and its check.
//!
//! Leaf number n is the hash of the canonical bytes of the event that was recorded as the nth. Nothing of it is opened:
//! a client's erasure destroys the key of the evidence and leaves its ciphertext, so the log still verifies.

use crate::{
    entity::{client_key, consent_event, ledger_check, ledger_checkpoint, ledger_head, ledger_leaf, ledger_pending},
    error::DbError,
    sequencer::{self, BATCH, Linking, Log},
    tx::{Reader, Source, Tx},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, Statement, sea_query::OnConflict,
};
use std::collections::BTreeMap;
use uuid::Uuid;
use zgoda_domain::id::ConsentEventId;
use zgoda_vault::{
    TreeHead, chain,
    merkle::{self, MerkleHash, Peaks},
};

const HEAD: i32 = 1;
/// Entries read at once while the whole log is checked.
const PAGE: u64 = 5_000;
/// Changes with the columns that the bytes are made of.
const LABEL: &[u8] = b"zgoda consent event v1";

/// The stored columns of an event, each after its length, an absent one with a length that none has. What is sealed
/// goes in as it is stored.
fn canonical(event: &consent_event::Model, bytes: &mut Vec<u8>) {
    bytes.clear();
    let mut part = |part: Option<&[u8]>| {
        let length = part.map_or(u64::MAX, |part| u64::try_from(part.len()).unwrap_or(u64::MAX));
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(part.unwrap_or_default());
    };
    let moment = |at: DateTime<Utc>| at.timestamp_micros().to_be_bytes();
    part(Some(LABEL));
    for id in [event.id, event.client_id, event.purpose_id] {
        part(Some(id.as_bytes()));
    }
    for code in [&event.channel, &event.kind, &event.method] {
        part(Some(code.as_bytes()));
    }
    for id in [&event.wording_id, &event.form_version_id, &event.submission_id] {
        part(id.as_ref().map(|id| id.as_bytes().as_slice()));
    }
    part(Some(event.actor_kind.as_bytes()));
    part(event.actor_id.as_ref().map(|id| id.as_bytes().as_slice()));
    part(Some(&moment(event.occurred_at)));
    part(Some(&moment(event.recorded_at)));
    part(event.evidence.as_deref());
    part(event.grade.as_deref().map(str::as_bytes));
    part(event.expires_at.map(moment).as_ref().map(<[u8; 8]>::as_slice));
    for id in [&event.caused_by, &event.file_id] {
        part(id.as_ref().map(|id| id.as_bytes().as_slice()));
    }
}

fn to_hash(bytes: &[u8]) -> Result<MerkleHash, DbError> {
    bytes.try_into().map_err(|_| DbError::corrupt("ledger_leaves"))
}

fn to_size(seq: i64) -> Result<u64, DbError> {
    u64::try_from(seq).map_err(|_| DbError::corrupt("ledger_leaves"))
}

fn to_seq(size: u64) -> Result<i64, DbError> {
    i64::try_from(size).map_err(|_| DbError::corrupt("ledger_leaves"))
}

fn head_mac(source: &impl Source, size: i64, peaks: &[u8]) -> Vec<u8> {
    let key = source.vault().master.ledger_head_key();
    chain(&key, &[0; 32], [b"ledger head".as_slice(), &size.to_be_bytes(), peaks]).to_vec()
}

/// Where the log notes that it ends.
enum Head {
    /// The note was taken away: an empty log has one too.
    Absent,
    Noted(Peaks),
    /// The note was not made with this installation's key.
    Forged,
}

async fn head(source: &impl Source) -> Result<Head, DbError> {
    let Some(row) = ledger_head::Entity::find_by_id(HEAD).one(source.connection()).await? else {
        return Ok(Head::Absent);
    };
    let ours = row.mac == head_mac(source, row.size, &row.peaks);
    let peaks = u64::try_from(row.size).ok().and_then(|size| Peaks::from_bytes(size, &row.peaks));
    Ok(peaks.filter(|_| ours).map_or(Head::Forged, Head::Noted))
}

async fn last_checkpoint(source: &impl Source) -> Result<Option<ledger_checkpoint::Model>, DbError> {
    let query = ledger_checkpoint::Entity::find().order_by_desc(ledger_checkpoint::Column::Size);
    Ok(query.one(source.connection()).await?)
}

/// The tree to go on from, where the log ends as it notes and went as far as its last checkpoint says.
async fn sound_end(tx: &Tx) -> Result<Option<Peaks>, DbError> {
    let query = ledger_leaf::Entity::find().select_only().column(ledger_leaf::Column::Seq);
    let last: Option<i64> = query.order_by_desc(ledger_leaf::Column::Seq).into_tuple().one(tx.connection()).await?;
    let peaks = match head(tx).await? {
        Head::Noted(peaks) => peaks,
        Head::Absent | Head::Forged => return Ok(None),
    };
    let reached = last_checkpoint(tx).await?.map_or(0, |checkpoint| checkpoint.size);
    let size = to_seq(peaks.size())?;
    Ok(Some(peaks).filter(|_| size == last.unwrap_or(0) && size >= reached))
}

/// Makes leaves of events that have none yet. Safe to call from several replicas.
pub async fn link_pending(tx: Tx) -> Result<Linking, DbError> {
    sequencer::take_turn(&tx, Log::Consents).await?;
    let pending = ledger_pending::Entity::find()
        .order_by_asc(ledger_pending::Column::EventId)
        .limit(BATCH)
        .all(tx.connection())
        .await?;
    if pending.is_empty() {
        return Ok(Linking::Linked(0));
    }
    let Some(mut tree) = sound_end(&tx).await? else { return Ok(Linking::Refused) };
    let ids: Vec<Uuid> = pending.iter().map(|row| row.event_id).collect();
    let events = consent_event::Entity::find()
        .filter(consent_event::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(consent_event::Column::Id)
        .all(tx.connection())
        .await?;
    let mut bytes = Vec::new();
    let mut leaves = Vec::with_capacity(events.len());
    for event in &events {
        canonical(event, &mut bytes);
        let hash = merkle::leaf_hash([bytes.as_slice()]);
        tree.push(hash);
        leaves.push(ledger_leaf::ActiveModel {
            seq: Set(to_seq(tree.size())?),
            event_id: Set(event.id),
            hash: Set(hash.to_vec()),
        });
    }
    if !leaves.is_empty() {
        ledger_leaf::Entity::insert_many(leaves).exec_without_returning(tx.connection()).await?;
        write_head(&tx, &tree).await?;
    }
    ledger_pending::Entity::delete_many()
        .filter(ledger_pending::Column::EventId.is_in(ids))
        .exec(tx.connection())
        .await?;
    let linked = events.len();
    tx.commit_unaudited("leaves account for themselves").await?;
    Ok(Linking::Linked(linked))
}

/// Notes where the log ends, so that its end cannot be cut off without the key.
async fn write_head(tx: &Tx, tree: &Peaks) -> Result<(), DbError> {
    let (size, peaks) = (to_seq(tree.size())?, tree.to_bytes());
    let mac = head_mac(tx, size, &peaks);
    let row = ledger_head::ActiveModel { id: Set(HEAD), size: Set(size), peaks: Set(peaks), mac: Set(mac) };
    let columns = [ledger_head::Column::Size, ledger_head::Column::Peaks, ledger_head::Column::Mac];
    let on_conflict = OnConflict::column(ledger_head::Column::Id).update_columns(columns).to_owned();
    ledger_head::Entity::insert(row).on_conflict(on_conflict).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Notes that a log without leaves and without a note is empty. To be called only while the schema is brought beyond logs
/// that had no such note: later a missing note is one that was taken away. Where there are leaves it is that even then.
pub async fn note_head(tx: &Tx) -> Result<bool, DbError> {
    let linked = ledger_leaf::Entity::find().one(tx.connection()).await?.is_some();
    if linked || last_checkpoint(tx).await?.is_some() || !matches!(head(tx).await?, Head::Absent) {
        return Ok(false);
    }
    write_head(tx, &Peaks::default()).await.map(|()| true)
}

/// Whether events wait for their leaves.
pub async fn any_pending(source: &impl Source) -> Result<bool, DbError> {
    Ok(ledger_pending::Entity::find().one(source.connection()).await?.is_some())
}

/// A signed statement of how far the ledger goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerCheckpoint {
    pub head: TreeHead,
    /// C2SP signed note with the text of a C2SP tlog-checkpoint.
    pub note: String,
    pub made_at: DateTime<Utc>,
}

fn to_checkpoint(row: ledger_checkpoint::Model) -> Result<LedgerCheckpoint, DbError> {
    let head = TreeHead { size: to_size(row.size)?, root: to_hash(&row.root)? };
    Ok(LedgerCheckpoint { head, note: row.note, made_at: row.created_at })
}

/// Signs how far the ledger goes and keeps that, if it grew since it was signed last; otherwise the last statement.
/// `None` for an empty ledger and for one that was tampered with: a cut one must not be certified.
pub async fn checkpoint(tx: Tx, now: DateTime<Utc>) -> Result<Option<LedgerCheckpoint>, DbError> {
    sequencer::take_turn(&tx, Log::Consents).await?;
    let Some(tree) = sound_end(&tx).await?.filter(|tree| tree.size() > 0) else { return Ok(None) };
    let last = last_checkpoint(&tx).await?.map(to_checkpoint).transpose()?;
    if let Some(last) = last.filter(|last| last.head.size == tree.size()) {
        return Ok(Some(last));
    }
    let head = TreeHead { size: tree.size(), root: tree.root() };
    let checkpoint = LedgerCheckpoint { head, note: tx.vault().master.ledger_key().sign(&head), made_at: now };
    let row = ledger_checkpoint::ActiveModel {
        size: Set(to_seq(head.size)?),
        root: Set(head.root.to_vec()),
        note: Set(checkpoint.note.clone()),
        created_at: Set(now),
    };
    ledger_checkpoint::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    tx.commit_unaudited("a statement about the ledger itself").await?;
    Ok(Some(checkpoint))
}

/// The last statement that was signed.
pub async fn latest_checkpoint(source: &impl Source) -> Result<Option<LedgerCheckpoint>, DbError> {
    last_checkpoint(source).await?.map(to_checkpoint).transpose()
}

/// How far the ledger goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerStatus {
    /// Events that are part of the log, and the root over them; `None` where the note of its end is gone or not ours.
    pub head: Option<TreeHead>,
    /// Events that wait for their leaves.
    pub pending: u64,
}

pub async fn status(reader: Reader<'_>) -> Result<LedgerStatus, DbError> {
    let pending = sea_orm::PaginatorTrait::count(ledger_pending::Entity::find(), reader.connection()).await?;
    let tree = match head(&reader).await? {
        Head::Noted(tree) => Some(tree),
        Head::Absent | Head::Forged => None,
    };
    Ok(LedgerStatus { head: tree.map(|tree| TreeHead { size: tree.size(), root: tree.root() }), pending })
}

/// Proof that an event is part of the ledger as a checkpoint states it (RFC 9162 §2.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// Place of the leaf, from 0.
    pub index: u64,
    pub leaf: MerkleHash,
    pub hashes: Vec<MerkleHash>,
    pub checkpoint: LedgerCheckpoint,
    /// The client was erased: the event stands, and its evidence cannot be read by anyone any more.
    pub erased: bool,
}

/// What can be said about an event's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// There is no such event.
    Unknown,
    /// It is recorded, and no checkpoint covers it yet.
    Uncovered,
    Proven(Box<InclusionProof>),
}

/// Proves an event's place in the ledger. Reads all leaves up to the checkpoint: seconds for a million.
pub async fn prove(reader: Reader<'_>, event: ConsentEventId) -> Result<Place, DbError> {
    let connection = reader.connection();
    let Some(row) = consent_event::Entity::find_by_id(event.as_uuid()).one(connection).await? else {
        return Ok(Place::Unknown);
    };
    let leaf = ledger_leaf::Entity::find().filter(ledger_leaf::Column::EventId.eq(row.id)).one(connection).await?;
    let checkpoint = latest_checkpoint(&reader).await?;
    let Some((leaf, checkpoint)) = leaf.zip(checkpoint) else { return Ok(Place::Uncovered) };
    let seq = to_size(leaf.seq)?;
    if seq == 0 || seq > checkpoint.head.size {
        return Ok(Place::Uncovered);
    }
    let index = seq - 1;
    let ranges = merkle::inclusion(index, checkpoint.head.size);
    let mut trees = vec![Peaks::default(); ranges.len()];
    let mut next = 0;
    while next < checkpoint.head.size {
        let rows: Vec<(i64, Vec<u8>)> = ledger_leaf::Entity::find()
            .select_only()
            .columns([ledger_leaf::Column::Seq, ledger_leaf::Column::Hash])
            .filter(ledger_leaf::Column::Seq.gt(to_seq(next)?))
            .filter(ledger_leaf::Column::Seq.lte(to_seq(checkpoint.head.size)?))
            .order_by_asc(ledger_leaf::Column::Seq)
            .limit(PAGE)
            .into_tuple()
            .all(connection)
            .await?;
        if rows.is_empty() {
            return Err(DbError::corrupt("ledger_leaves"));
        }
        for (seq, hash) in rows {
            let at = to_size(seq)? - 1;
            let within = ranges.iter().zip(&mut trees).find(|(range, _)| range.contains(&at));
            if let Some((_, tree)) = within {
                tree.push(to_hash(&hash)?);
            }
            next = at + 1;
        }
    }
    let hashes: Vec<MerkleHash> = trees.iter().map(Peaks::root).collect();
    let leaf = to_hash(&leaf.hash)?;
    if !merkle::includes(leaf, index, checkpoint.head.size, &hashes, &checkpoint.head.root) {
        // Somebody rewrote it: verifying says where.
        return Err(DbError::corrupt("ledger_leaves"));
    }
    let key = client_key::Entity::find_by_id(row.client_id).one(connection).await?;
    let erased = key.is_none_or(|key| key.wrapped.is_none());
    Ok(Place::Proven(Box::new(InclusionProof { index, leaf, hashes, checkpoint, erased })))
}

/// What checking the ledger found. Sizes and numbers count from 1, in the order of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerVerdict {
    /// Every entry is as it was recorded; `pending` events wait for their leaves.
    Intact { size: u64, pending: u64, checkpoints: usize },
    /// The event is not what was recorded as this entry.
    Changed { seq: u64, event: ConsentEventId },
    /// The event of this entry is gone.
    Missing { seq: u64, event: ConsentEventId },
    /// The entry itself is gone, and later ones are there.
    Gap { seq: u64 },
    /// The log ends at this size, but went further once.
    Cut { size: u64 },
    /// The note of where the log ends is gone, was not made with this installation's key, or is an old one.
    Head { size: u64 },
    /// A checkpoint states another root: entries after `after`, up to `until`, were exchanged or rewritten.
    Rewritten { after: u64, until: u64 },
    /// A checkpoint was not signed with this installation's key.
    ForeignCheckpoint { size: u64 },
    /// Two checkpoints that this installation signed contradict each other.
    TwoStories { size: u64 },
    /// An event that is neither in the log nor on its way there.
    Stray { event: ConsentEventId },
}

/// Recomputes the whole log from the stored events, and compares it with where it says it ends, with every stored
/// checkpoint, and with checkpoints (signed notes) that were kept outside.
pub async fn verify(reader: Reader<'_>, outside: &[String]) -> Result<LedgerVerdict, DbError> {
    let connection = reader.connection();
    let mut expected = BTreeMap::new();
    if let Some(verdict) = gather(reader, outside, &mut expected).await? {
        return Ok(verdict);
    }
    let checkpoints = expected.len();
    let noted = head(&reader).await?;
    if let Head::Noted(tree) = &noted {
        // Where a checkpoint says something else, its walk finds out which of them is wrong.
        expected.entry(tree.size()).or_insert_with(|| tree.root());
    }
    let mut check = Check { tree: Peaks::default(), agreed: 0, expected, bytes: Vec::new() };
    let mut rows = page(connection, 0).await?;
    while let Some(last) = rows.last() {
        let last: i64 = last.try_get_by_index(0)?;
        // One page is read while the one before it is hashed.
        let hashed = tokio::task::spawn_blocking(move || {
            let found = check.rows(&rows);
            (check, found)
        });
        let (next, hashed) = tokio::join!(page(connection, last), hashed);
        let (back, found) = hashed.map_err(|_| DbError::CommitFailed)?;
        if let Some(verdict) = found? {
            return Ok(verdict);
        }
        (check, rows) = (back, next?);
    }
    let size = check.tree.size();
    // The log may have grown while it was read; it never shrinks, and its head is written with its leaves.
    if check.expected.keys().any(|expected| *expected > size) {
        return Ok(LedgerVerdict::Cut { size });
    }
    match (noted, head(&reader).await?) {
        (Head::Forged, _) | (_, Head::Forged) => return Ok(LedgerVerdict::Head { size }),
        (_, Head::Absent) => return Ok(LedgerVerdict::Head { size }),
        (_, Head::Noted(now)) if now.size() < size => return Ok(LedgerVerdict::Head { size: now.size() }),
        (_, Head::Noted(now)) if now.size() == size && now != check.tree => {
            return Ok(LedgerVerdict::Rewritten { after: check.agreed, until: size });
        }
        _ => {}
    }
    let (pending, strays) = waiting(connection).await?;
    if strays && let Some(event) = stray(connection).await? {
        return Ok(LedgerVerdict::Stray { event });
    }
    Ok(LedgerVerdict::Intact { size, pending, checkpoints })
}

/// The roots that checkpoints state, by size; a verdict where they cannot be believed.
async fn gather(
    reader: Reader<'_>,
    outside: &[String],
    expected: &mut BTreeMap<u64, MerkleHash>,
) -> Result<Option<LedgerVerdict>, DbError> {
    let key = reader.vault().master.ledger_key();
    let query = ledger_checkpoint::Entity::find().order_by_asc(ledger_checkpoint::Column::Size);
    for row in query.all(reader.connection()).await? {
        let size = u64::try_from(row.size).unwrap_or(0);
        let head = <MerkleHash>::try_from(row.root.as_slice()).map(|root| TreeHead { size, root });
        // A head has one note: what we would sign is what has to stand there.
        match head {
            Ok(head) if key.sign(&head) == row.note => expected.insert(head.size, head.root),
            _ => return Ok(Some(LedgerVerdict::ForeignCheckpoint { size })),
        };
    }
    for note in outside {
        match key.open(note) {
            Ok(head) => {
                if expected.insert(head.size, head.root).is_some_and(|root| root != head.root) {
                    return Ok(Some(LedgerVerdict::TwoStories { size: head.size }));
                }
            }
            Err(zgoda_vault::NoteError::Foreign { size }) => {
                return Ok(Some(LedgerVerdict::ForeignCheckpoint { size }));
            }
            Err(zgoda_vault::NoteError::Malformed) => return Ok(Some(LedgerVerdict::ForeignCheckpoint { size: 0 })),
        }
    }
    Ok(None)
}

async fn page(connection: &impl ConnectionTrait, after: i64) -> Result<Vec<QueryResult>, DbErr> {
    let sql = "select l.seq, l.event_id, l.hash, e.id, e.client_id, e.purpose_id, e.channel, e.kind, e.method, \
               e.wording_id, e.form_version_id, e.submission_id, e.actor_kind, e.actor_id, e.occurred_at, \
               e.recorded_at, e.evidence, e.grade, e.expires_at, e.caused_by, e.file_id \
               from ledger_leaves l left join consent_events e on e.id = l.event_id \
               where l.seq > $1 order by l.seq limit $2";
    let values = [after.into(), i64::try_from(PAGE).unwrap_or(i64::MAX).into()];
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    connection.query_all_raw(statement).await
}

/// The walk along the log.
struct Check {
    tree: Peaks,
    /// The size up to which a checkpoint or the head agreed.
    agreed: u64,
    /// Roots stated by checkpoints and the head, by size.
    expected: BTreeMap<u64, MerkleHash>,
    bytes: Vec<u8>,
}

impl Check {
    fn rows(&mut self, rows: &[QueryResult]) -> Result<Option<LedgerVerdict>, DbError> {
        for row in rows {
            if let Some(verdict) = self.row(row)? {
                return Ok(Some(verdict));
            }
        }
        Ok(None)
    }

    fn row(&mut self, row: &QueryResult) -> Result<Option<LedgerVerdict>, DbError> {
        let seq = self.tree.size() + 1;
        if to_size(row.try_get_by_index(0)?)? != seq {
            return Ok(Some(LedgerVerdict::Gap { seq }));
        }
        let event = ConsentEventId::from_uuid(row.try_get_by_index(1)?);
        let Some(stored) = to_event(row)? else { return Ok(Some(LedgerVerdict::Missing { seq, event })) };
        canonical(&stored, &mut self.bytes);
        let hash = merkle::leaf_hash([self.bytes.as_slice()]);
        if row.try_get_by_index::<Vec<u8>>(2)? != hash {
            return Ok(Some(LedgerVerdict::Changed { seq, event }));
        }
        self.tree.push(hash);
        if let Some(root) = self.expected.remove(&seq) {
            if root != self.tree.root() {
                return Ok(Some(LedgerVerdict::Rewritten { after: self.agreed, until: seq }));
            }
            self.agreed = seq;
        }
        Ok(None)
    }
}

/// The event beside a leaf: columns 3 and on of [`page`].
fn to_event(row: &QueryResult) -> Result<Option<consent_event::Model>, DbErr> {
    let Some(id) = row.try_get_by_index::<Option<Uuid>>(3)? else { return Ok(None) };
    Ok(Some(consent_event::Model {
        id,
        client_id: row.try_get_by_index(4)?,
        purpose_id: row.try_get_by_index(5)?,
        channel: row.try_get_by_index(6)?,
        kind: row.try_get_by_index(7)?,
        method: row.try_get_by_index(8)?,
        wording_id: row.try_get_by_index(9)?,
        form_version_id: row.try_get_by_index(10)?,
        submission_id: row.try_get_by_index(11)?,
        actor_kind: row.try_get_by_index(12)?,
        actor_id: row.try_get_by_index(13)?,
        occurred_at: row.try_get_by_index(14)?,
        recorded_at: row.try_get_by_index(15)?,
        evidence: row.try_get_by_index(16)?,
        grade: row.try_get_by_index(17)?,
        expires_at: row.try_get_by_index(18)?,
        caused_by: row.try_get_by_index(19)?,
        file_id: row.try_get_by_index(20)?,
    }))
}

/// Events that wait for their leaves, and whether there are events that do not even wait. Counted in one statement, and
/// so at one moment; looking for each event would take longer than the whole rest of the check.
async fn waiting(connection: &impl ConnectionTrait) -> Result<(u64, bool), DbError> {
    let sql = "select (select count(*) from consent_events) as events, (select count(*) from ledger_leaves) as leaves, \
               (select count(*) from ledger_pending p where exists (select 1 from consent_events e where e.id = p.event_id) \
               and not exists (select 1 from ledger_leaves l where l.event_id = p.event_id)) as pending";
    let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await?;
    let row = row.ok_or(DbError::corrupt("consent_events"))?;
    let count = |name: &str| row.try_get::<i64>("", name).map_err(DbError::from).and_then(to_size);
    let (events, leaves, pending) = (count("events")?, count("leaves")?, count("pending")?);
    Ok((pending, events > leaves + pending))
}

async fn stray(connection: &impl ConnectionTrait) -> Result<Option<ConsentEventId>, DbError> {
    let stray = consent_event::Entity::find()
        .select_only()
        .column(consent_event::Column::Id)
        .filter(sea_orm::sea_query::Expr::cust(
            "not exists (select 1 from ledger_leaves l where l.event_id = consent_events.id) \
                 and not exists (select 1 from ledger_pending p where p.event_id = consent_events.id)",
        ))
        .order_by_asc(consent_event::Column::Id)
        .into_tuple::<Uuid>()
        .one(connection)
        .await?;
    Ok(stray.map(ConsentEventId::from_uuid))
}

/// The last self-check that came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfCheck {
    pub finished_at: DateTime<Utc>,
    /// What was found, in words with ids and numbers only; `None` where everything held.
    pub finding: Option<String>,
}

/// Claims the self-check if nobody began one within this time; one replica gets it.
pub async fn claim_check(tx: Tx, now: DateTime<Utc>, every: TimeDelta) -> Result<bool, DbError> {
    sequencer::take_turn(&tx, Log::Consents).await?;
    let last = ledger_check::Entity::find_by_id(HEAD).one(tx.connection()).await?;
    if last.is_some_and(|last| now - last.started_at < every) {
        return Ok(false);
    }
    let row =
        ledger_check::ActiveModel { id: Set(HEAD), started_at: Set(now), finished_at: Set(None), finding: Set(None) };
    let started = [ledger_check::Column::StartedAt];
    let on_conflict = OnConflict::column(ledger_check::Column::Id).update_columns(started).to_owned();
    ledger_check::Entity::insert(row).on_conflict(on_conflict).exec_without_returning(tx.connection()).await?;
    tx.commit_unaudited("when the ledger was checked").await?;
    Ok(true)
}

/// Keeps what the self-check found.
pub async fn finish_check(tx: Tx, check: SelfCheck) -> Result<(), DbError> {
    use sea_orm::sea_query::Expr;
    ledger_check::Entity::update_many()
        .col_expr(ledger_check::Column::FinishedAt, Expr::value(check.finished_at))
        .col_expr(ledger_check::Column::Finding, Expr::value(check.finding))
        .filter(ledger_check::Column::Id.eq(HEAD))
        .exec(tx.connection())
        .await?;
    tx.commit_unaudited("what checking the ledger found").await
}

pub async fn last_check(source: &impl Source) -> Result<Option<SelfCheck>, DbError> {
    let row = ledger_check::Entity::find_by_id(HEAD).one(source.connection()).await?;
    let finished = row.and_then(|row| row.finished_at.map(|at| (at, row.finding)));
    Ok(finished.map(|(finished_at, finding)| SelfCheck { finished_at, finding }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> consent_event::Model {
        let id = |n| Uuid::from_u128(n);
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        consent_event::Model {
            id: id(1),
            client_id: id(2),
            purpose_id: id(3),
            channel: "email".into(),
            kind: "given".into(),
            method: "form_checkbox".into(),
            wording_id: Some(id(4)),
            form_version_id: Some(id(5)),
            submission_id: Some(id(6)),
            actor_kind: "visitor".into(),
            actor_id: None,
            occurred_at: at(1),
            recorded_at: at(2),
            evidence: Some(vec![1, 2]),
            grade: Some("b".into()),
            expires_at: Some(at(3)),
            caused_by: None,
            file_id: None,
        }
    }

    fn bytes(event: &consent_event::Model) -> Vec<u8> {
        let mut bytes = Vec::new();
        canonical(event, &mut bytes);
        bytes
    }

    /// The bytes must stay what they are: every ledger in the world is hashed over them.
    #[test]
    fn the_bytes_of_an_event_stay_the_same() {
        let digest = zgoda_vault::sha256_hex(&bytes(&event()));
        assert_eq!(digest, "9724e7fd4f964afb56135cab0c5cd5bac1c1295036935840de1bd59e73eedd86");
    }

    #[test]
    fn every_column_counts_and_absent_is_not_empty() {
        let base = event();
        let id = Uuid::from_u128(99);
        let at = DateTime::from_timestamp(99, 0).unwrap();
        let text = || "x".to_owned();
        let changed = [
            consent_event::Model { id, ..base.clone() },
            consent_event::Model { client_id: id, ..base.clone() },
            consent_event::Model { purpose_id: id, ..base.clone() },
            consent_event::Model { channel: text(), ..base.clone() },
            consent_event::Model { kind: text(), ..base.clone() },
            consent_event::Model { method: text(), ..base.clone() },
            consent_event::Model { wording_id: None, ..base.clone() },
            consent_event::Model { form_version_id: Some(id), ..base.clone() },
            consent_event::Model { submission_id: None, ..base.clone() },
            consent_event::Model {
                submission_id: base.form_version_id,
                form_version_id: base.submission_id,
                ..base.clone()
            },
            consent_event::Model { actor_kind: text(), ..base.clone() },
            consent_event::Model { actor_id: Some(id), ..base.clone() },
            consent_event::Model { occurred_at: at, ..base.clone() },
            consent_event::Model { recorded_at: at, ..base.clone() },
            consent_event::Model { evidence: None, ..base.clone() },
            consent_event::Model { evidence: Some(Vec::new()), ..base.clone() },
            consent_event::Model { evidence: Some(vec![1, 3]), ..base.clone() },
            consent_event::Model { grade: None, ..base.clone() },
            consent_event::Model { expires_at: None, ..base.clone() },
            consent_event::Model { caused_by: Some(id), ..base.clone() },
            consent_event::Model { file_id: Some(id), ..base.clone() },
        ];
        let mut seen: Vec<Vec<u8>> = changed.iter().map(bytes).collect();
        seen.push(bytes(&base));
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }
}
