//! Recomputing the whole ledger.

use super::{Head, PAGE, canonical, head, last_checkpoint, last_seq, to_hash, to_seq, to_size};
use crate::{
    entity::{consent_event, ledger_checkpoint},
    error::DbError,
    tx::{Reader, Source},
};
use futures::{TryStreamExt, stream::FuturesOrdered};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect, Statement,
};
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

/// Reads the leaves after one up to another, with their events and checkpoints, and hashes them on another thread.
async fn read(reader: Reader<'_>, after: i64, until: i64) -> Result<Page, DbError> {
    let connection = reader.connection();
    let sql = "select l.seq, l.event_id, l.hash, e.client_id, e.purpose_id, e.channel, e.kind, e.method, e.wording_id, \
               e.form_version_id, e.submission_id, e.actor_kind, e.actor_id, e.occurred_at, e.recorded_at, e.evidence, \
               e.grade, e.expires_at, e.caused_by, e.file_id \
               from ledger_leaves l left join consent_events e on e.id = l.event_id \
               where l.seq > $1 and l.seq <= $2 order by l.seq";
    let statement =
        Statement::from_sql_and_values(connection.get_database_backend(), sql, [after.into(), until.into()]);
    let rows = connection.query_all_raw(statement).await?;
    let from = if after == 0 { i64::MIN } else { after };
    let checkpoints = ledger_checkpoint::Entity::find()
        .filter(ledger_checkpoint::Column::Size.gt(from))
        .filter(ledger_checkpoint::Column::Size.lte(until))
        .order_by_asc(ledger_checkpoint::Column::Size)
        .all(connection)
        .await?;
    let (key, until) = (reader.vault().master.ledger_key(), to_size(until)?);
    let hashed = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        let leaves = rows.iter().map(|row| to_leaf(row, &mut bytes)).collect::<Result<_, DbError>>()?;
        let stated = checkpoints.iter().map(|row| believed(&key, row)).collect();
        Ok(Page { until, leaves, stated })
    });
    hashed.await.map_err(|_| DbError::CommitFailed)?
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

fn to_leaf(row: &QueryResult, bytes: &mut Vec<u8>) -> Result<Leaf, DbError> {
    let id: Uuid = row.try_get_by_index(1)?;
    let computed = to_event(row, id)?.map(|event| {
        canonical(&event, bytes);
        merkle::leaf_hash([bytes.as_slice()])
    });
    let stored = to_hash(&row.try_get_by_index::<Vec<u8>>(2)?)?;
    Ok(Leaf { seq: to_size(row.try_get_by_index(0)?)?, event: ConsentEventId::from_uuid(id), stored, computed })
}

/// The event beside a leaf: columns 3 and on of what [`read`] asks for.
fn to_event(row: &QueryResult, id: Uuid) -> Result<Option<consent_event::Model>, DbErr> {
    let Some(client_id) = row.try_get_by_index::<Option<Uuid>>(3)? else { return Ok(None) };
    Ok(Some(consent_event::Model {
        id,
        client_id,
        purpose_id: row.try_get_by_index(4)?,
        channel: row.try_get_by_index(5)?,
        kind: row.try_get_by_index(6)?,
        method: row.try_get_by_index(7)?,
        wording_id: row.try_get_by_index(8)?,
        form_version_id: row.try_get_by_index(9)?,
        submission_id: row.try_get_by_index(10)?,
        actor_kind: row.try_get_by_index(11)?,
        actor_id: row.try_get_by_index(12)?,
        occurred_at: row.try_get_by_index(13)?,
        recorded_at: row.try_get_by_index(14)?,
        evidence: row.try_get_by_index(15)?,
        grade: row.try_get_by_index(16)?,
        expires_at: row.try_get_by_index(17)?,
        caused_by: row.try_get_by_index(18)?,
        file_id: row.try_get_by_index(19)?,
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
