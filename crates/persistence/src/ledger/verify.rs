//! Recomputing the whole ledger.

use super::{Head, PAGE, canonical, head, last_checkpoint, last_seq, to_hash, to_seq, to_size};
use crate::{
    entity::{consent_event, ledger_checkpoint},
    error::DbError,
    tx::{Reader, Source},
};
use chrono::{DateTime, Utc};
use futures::{TryStreamExt, stream::FuturesOrdered};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;
use zgoda_domain::id::ConsentEventId;
use zgoda_vault::{
    LedgerKey, NoteError, TreeHead,
    merkle::{self, MerkleHash, Peaks},
};

/// Pages read at the same time, each over a connection of its own. Half of those that SQLite has: others read too.
const AT_ONCE: usize = 2;

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
/// checkpoint, and with checkpoints (signed notes) that were kept outside. Holds a few pages of the log at a time.
pub async fn verify(reader: Reader<'_>, outside: &[String]) -> Result<LedgerVerdict, DbError> {
    verify_paged(reader, outside, to_seq(PAGE)?).await
}

/// The same with pages of so many entries, one or more; public so that tests need no long log.
pub async fn verify_paged(reader: Reader<'_>, outside: &[String], step: i64) -> Result<LedgerVerdict, DbError> {
    let (noted, newest) = (head(&reader).await?, last_checkpoint(&reader).await?);
    // Read after those two: the log may grow meanwhile, and it never shrinks.
    let reached = last_seq(&reader).await?;
    let key = reader.vault().master.ledger_key();
    let mut walk = Walk { noted, ..Walk::default() };
    for note in outside {
        let stated = match key.open(note) {
            Ok(head) => walk.state(head),
            Err(NoteError::Foreign { size }) => Some(LedgerVerdict::ForeignCheckpoint { size }),
            Err(NoteError::Malformed) => Some(LedgerVerdict::ForeignCheckpoint { size: 0 }),
        };
        if let Some(verdict) = stated {
            return Ok(verdict);
        }
    }
    // Those that the log reaches are read along with it.
    if let Some(beyond) = newest.filter(|newest| newest.size > reached) {
        match believed(&key, &beyond) {
            Ok(head) => _ = walk.state(head),
            Err(verdict) => return Ok(verdict),
        }
    }
    let mut asked_for = 0;
    let mut pages = FuturesOrdered::new();
    loop {
        while pages.len() < AT_ONCE && asked_for < reached {
            let until = reached.min(asked_for.saturating_add(step));
            pages.push_back(read(reader, asked_for, until));
            asked_for = until;
        }
        let Some(page) = pages.try_next().await? else { break };
        if let Some(verdict) = walk.over(page)? {
            return Ok(verdict);
        }
    }
    drop(pages);
    let size = walk.tree.size();
    if walk.goes_further() {
        return Ok(LedgerVerdict::Cut { size });
    }
    match (&walk.noted, head(&reader).await?) {
        (Head::Forged, _) | (_, Head::Forged | Head::Absent) => return Ok(LedgerVerdict::Head { size }),
        (_, Head::Noted(now)) if now.size() < size => return Ok(LedgerVerdict::Head { size: now.size() }),
        (_, Head::Noted(now)) if now.size() == size && now != walk.tree => {
            return Ok(LedgerVerdict::Rewritten { after: walk.agreed, until: size });
        }
        _ => {}
    }
    let connection = reader.connection();
    let (pending, strays) = waiting(connection).await?;
    if strays && let Some(event) = stray(connection).await? {
        return Ok(LedgerVerdict::Stray { event });
    }
    Ok(LedgerVerdict::Intact { size, pending, checkpoints: walk.checkpoints })
}

/// What a stored checkpoint states, if we signed it: a head has one note, and what we would sign has to stand there.
fn believed(key: &LedgerKey, row: &ledger_checkpoint::Model) -> Result<TreeHead, LedgerVerdict> {
    let size = u64::try_from(row.size).unwrap_or(0);
    let head = <MerkleHash>::try_from(row.root.as_slice()).map(|root| TreeHead { size, root });
    head.ok().filter(|head| key.sign(head) == row.note).ok_or(LedgerVerdict::ForeignCheckpoint { size })
}

/// A stretch of the log, hashed.
struct Page {
    /// Number of its last leaf.
    until: u64,
    leaves: Vec<Leaf>,
    /// What the stored checkpoints within it state.
    stated: Result<Vec<TreeHead>, LedgerVerdict>,
}

struct Leaf {
    seq: u64,
    event: ConsentEventId,
    stored: MerkleHash,
    /// Of the event as it is; `None` where it is gone.
    computed: Option<MerkleHash>,
}

/// Reads the leaves after one up to another, with their events and checkpoints, and hashes them on another thread. The
/// database hands a page over as one text: a row of its own for each entry, with twenty columns, would cost more than all the
/// rest of the check.
async fn read(reader: Reader<'_>, after: i64, until: i64) -> Result<Page, DbError> {
    let connection = reader.connection();
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, stretch_sql(backend), [after.into(), until.into()]);
    let row = connection.query_one_raw(statement).await?;
    let entries: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
    let from = if after == 0 { i64::MIN } else { after };
    let checkpoints = ledger_checkpoint::Entity::find()
        .filter(ledger_checkpoint::Column::Size.gt(from))
        .filter(ledger_checkpoint::Column::Size.lte(until))
        .order_by_asc(ledger_checkpoint::Column::Size)
        .all(connection)
        .await?;
    let (key, until) = (reader.vault().master.ledger_key(), to_size(until)?);
    let hashed = tokio::task::spawn_blocking(move || {
        let entries = entries.as_deref().unwrap_or("[]");
        let entries: Vec<Entry<'_>> = serde_json::from_str(entries).map_err(|_| DbError::corrupt("consent_events"))?;
        let mut bytes = Vec::new();
        let mut leaves = entries.into_iter().map(|entry| to_leaf(entry, &mut bytes)).collect::<Result<Vec<_>, _>>()?;
        leaves.sort_unstable_by_key(|leaf| leaf.seq);
        let stated = checkpoints.iter().map(|row| believed(&key, row)).collect();
        Ok(Page { until, leaves, stated })
    });
    hashed.await.map_err(|_| DbError::CommitFailed)?
}

/// The columns of an [`Entry`], in its order.
const COLUMNS: [(&str, Holds); 20] = [
    ("l.seq", Holds::Plain),
    ("l.event_id", Holds::Bytes),
    ("l.hash", Holds::Bytes),
    ("e.client_id", Holds::Bytes),
    ("e.purpose_id", Holds::Bytes),
    ("e.channel", Holds::Plain),
    ("e.kind", Holds::Plain),
    ("e.method", Holds::Plain),
    ("e.wording_id", Holds::Bytes),
    ("e.form_version_id", Holds::Bytes),
    ("e.submission_id", Holds::Bytes),
    ("e.actor_kind", Holds::Plain),
    ("e.actor_id", Holds::Bytes),
    ("e.occurred_at", Holds::Plain),
    ("e.recorded_at", Holds::Plain),
    ("e.evidence", Holds::Bytes),
    ("e.grade", Holds::Plain),
    ("e.expires_at", Holds::Plain),
    ("e.caused_by", Holds::Bytes),
    ("e.file_id", Holds::Bytes),
];

/// What a column holds.
#[derive(Clone, Copy)]
enum Holds {
    /// What JSON can tell.
    Plain,
    /// Bytes, told in hexadecimal digits.
    Bytes,
}

/// A stretch of the log as one JSON array of entries, in no order.
fn stretch_sql(backend: DbBackend) -> String {
    let told = COLUMNS.map(|(column, holds)| match (backend, holds, column) {
        (_, Holds::Plain, _) => column.to_owned(),
        (DbBackend::Postgres, Holds::Bytes, "l.hash" | "e.evidence") => format!("encode({column}, 'hex')"),
        // PostgreSQL has a type for the ids.
        (DbBackend::Postgres, Holds::Bytes, _) => format!("replace({column}::text, '-', '')"),
        // Of null SQLite makes no digits, which is another value than null.
        (_, Holds::Bytes, _) => format!("case when {column} is null then null else hex({column}) end"),
    });
    let entry = told.join(", ");
    let all = match backend {
        DbBackend::Postgres => format!("json_agg(json_build_array({entry}))::text"),
        _ => format!("json_group_array(json_array({entry}))"),
    };
    format!(
        "select {all} from ledger_leaves l left join consent_events e on e.id = l.event_id \
         where l.seq > $1 and l.seq <= $2"
    )
}

/// A leaf with the event beside it, as [`stretch_sql`] tells it. Without an event all its columns are absent.
#[derive(Deserialize)]
struct Entry<'a> {
    seq: i64,
    event_id: Uuid,
    hash: &'a str,
    client_id: Option<Uuid>,
    purpose_id: Option<Uuid>,
    channel: Option<String>,
    kind: Option<String>,
    method: Option<String>,
    wording_id: Option<Uuid>,
    form_version_id: Option<Uuid>,
    submission_id: Option<Uuid>,
    actor_kind: Option<String>,
    actor_id: Option<Uuid>,
    occurred_at: Option<DateTime<Utc>>,
    recorded_at: Option<DateTime<Utc>>,
    evidence: Option<&'a str>,
    grade: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    caused_by: Option<Uuid>,
    file_id: Option<Uuid>,
}

/// The walk along the log.
#[derive(Default)]
struct Walk {
    tree: Peaks,
    /// The size up to which a checkpoint or the head agreed.
    agreed: u64,
    /// Roots stated by checkpoints that the walk has not come to yet, by size.
    expected: BTreeMap<u64, MerkleHash>,
    /// How many sizes checkpoints stated something of.
    checkpoints: usize,
    /// Where the log said that it ends, before the walk.
    noted: Head,
}

impl Walk {
    /// Takes note of a checkpoint that we signed.
    fn state(&mut self, head: TreeHead) -> Option<LedgerVerdict> {
        match self.expected.insert(head.size, head.root) {
            Some(root) if root != head.root => Some(LedgerVerdict::TwoStories { size: head.size }),
            Some(_) => None,
            None => {
                self.checkpoints += 1;
                None
            }
        }
    }

    fn over(&mut self, page: Page) -> Result<Option<LedgerVerdict>, DbError> {
        match page.stated {
            Ok(heads) => {
                if let Some(verdict) = heads.into_iter().find_map(|head| self.state(head)) {
                    return Ok(Some(verdict));
                }
            }
            Err(foreign) => return Ok(Some(foreign)),
        }
        for leaf in page.leaves {
            if let Some(verdict) = self.leaf(&leaf) {
                return Ok(Some(verdict));
            }
        }
        let size = self.tree.size();
        Ok((size != page.until).then_some(LedgerVerdict::Gap { seq: size + 1 }))
    }

    fn leaf(&mut self, leaf: &Leaf) -> Option<LedgerVerdict> {
        let (seq, event) = (self.tree.size() + 1, leaf.event);
        if leaf.seq != seq {
            return Some(LedgerVerdict::Gap { seq });
        }
        match leaf.computed {
            None => return Some(LedgerVerdict::Missing { seq, event }),
            Some(hash) if hash != leaf.stored => return Some(LedgerVerdict::Changed { seq, event }),
            Some(hash) => self.tree.push(hash),
        }
        let noted = match &self.noted {
            Head::Noted(tree) if tree.size() == seq => Some(tree.root()),
            _ => None,
        };
        let stated = self.expected.remove(&seq);
        if stated.is_none() && noted.is_none() {
            return None;
        }
        let root = self.tree.root();
        if stated.into_iter().chain(noted).any(|stated| stated != root) {
            return Some(LedgerVerdict::Rewritten { after: self.agreed, until: seq });
        }
        self.agreed = seq;
        None
    }

    /// Whether the log went further once than it does.
    fn goes_further(&self) -> bool {
        let size = self.tree.size();
        let noted = matches!(&self.noted, Head::Noted(tree) if tree.size() > size);
        noted || self.expected.keys().any(|expected| *expected > size)
    }
}

fn to_leaf(mut entry: Entry<'_>, bytes: &mut Vec<u8>) -> Result<Leaf, DbError> {
    let (seq, event) = (to_size(entry.seq)?, ConsentEventId::from_uuid(entry.event_id));
    let stored = to_hash(&from_hex(entry.hash)?)?;
    let computed = to_event(&mut entry)?.map(|event| {
        canonical(&event, bytes);
        merkle::leaf_hash([bytes.as_slice()])
    });
    Ok(Leaf { seq, event, stored, computed })
}

fn to_event(entry: &mut Entry<'_>) -> Result<Option<consent_event::Model>, DbError> {
    let corrupt = || DbError::corrupt("consent_events");
    let Some(client_id) = entry.client_id else { return Ok(None) };
    Ok(Some(consent_event::Model {
        id: entry.event_id,
        client_id,
        purpose_id: entry.purpose_id.ok_or_else(corrupt)?,
        channel: entry.channel.take().ok_or_else(corrupt)?,
        kind: entry.kind.take().ok_or_else(corrupt)?,
        method: entry.method.take().ok_or_else(corrupt)?,
        wording_id: entry.wording_id,
        form_version_id: entry.form_version_id,
        submission_id: entry.submission_id,
        actor_kind: entry.actor_kind.take().ok_or_else(corrupt)?,
        actor_id: entry.actor_id,
        occurred_at: entry.occurred_at.ok_or_else(corrupt)?,
        recorded_at: entry.recorded_at.ok_or_else(corrupt)?,
        evidence: entry.evidence.map(from_hex).transpose()?,
        grade: entry.grade.take(),
        expires_at: entry.expires_at,
        caused_by: entry.caused_by,
        file_id: entry.file_id,
    }))
}

fn from_hex(digits: &str) -> Result<Vec<u8>, DbError> {
    hex::decode(digits).map_err(|_| DbError::corrupt("consent_events"))
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
