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
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use uuid::Uuid;
use zgoda_domain::id::ConsentEventId;
use zgoda_vault::{
    TreeHead, chain,
    merkle::{self, MerkleHash, Peaks},
};

mod verify;

pub use verify::{LedgerVerdict, verify, verify_paged};

const HEAD: i32 = 1;
/// Entries read at once.
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
#[derive(Default)]
enum Head {
    /// The note was taken away: an empty log has one too.
    #[default]
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

/// Number of the last leaf, 0 where there is none.
async fn last_seq(source: &impl Source) -> Result<i64, DbError> {
    let query = ledger_leaf::Entity::find().select_only().column(ledger_leaf::Column::Seq);
    let last: Option<i64> = query.order_by_desc(ledger_leaf::Column::Seq).into_tuple().one(source.connection()).await?;
    Ok(last.unwrap_or(0))
}

/// The tree to go on from, where the log ends as it notes and went as far as its last checkpoint says.
async fn sound_end(tx: &Tx) -> Result<Option<Peaks>, DbError> {
    let last = last_seq(tx).await?;
    let peaks = match head(tx).await? {
        Head::Noted(peaks) => peaks,
        Head::Absent | Head::Forged => return Ok(None),
    };
    let reached = last_checkpoint(tx).await?.map_or(0, |checkpoint| checkpoint.size);
    let size = to_seq(peaks.size())?;
    Ok(Some(peaks).filter(|_| size == last && size >= reached))
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
