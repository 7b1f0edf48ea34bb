//! Many rows of the client list at once, for whoever goes through all of it.
//!
//! On SQLite the rows of a
//! window are read in the order in which they lie in the file, and put into the list's order here: in the list's order the
//! same page of the file would be read and decrypted again for nearly every row.

use crate::{
    client_list::{self, ListRow, Mark, Told, Wanted},
    error::DbError,
    tx::{Reader, Source},
};
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use std::collections::BTreeMap;
use zgoda_domain::{
    access::Visible,
    id::ClientId,
    list::{ListColumn, ListQuery},
};

/// Rows read by one statement.
const SOME: usize = 1_000;

/// How much is read at most: memory holds a window of it.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    pub rows: usize,
    /// Of all texts. One row is read, however long.
    pub bytes: usize,
}

/// Some rows one after the other, in the list's order.
pub struct Window {
    rows: Vec<(ClientId, String)>,
    columns: Option<Vec<ListColumn>>,
    /// Where the rest begins; `None` at the end.
    pub next: Option<Mark>,
}

impl std::fmt::Debug for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Window({})", self.rows.len())
    }
}

impl Window {
    /// How many rows.
    #[expect(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn ids(&self) -> Vec<ClientId> {
        self.rows.iter().map(|(id, _)| *id).collect()
    }

    /// The rows, without tags.
    pub fn rows(&self) -> impl Iterator<Item = Result<ListRow, DbError>> {
        let wanted = Wanted(self.columns.as_deref());
        self.rows.iter().map(move |(id, text)| client_list::read_row(*id, text, &wanted))
    }
}

/// Reads a window of the list, perhaps of these clients only.
pub async fn read(
    reader: Reader<'_>,
    visible: &Visible,
    query: &ListQuery,
    only: Option<&[ClientId]>,
    after: Option<&Mark>,
    most: Most,
) -> Result<Window, DbError> {
    let limit = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
    let (rows, next) = match reader.connection().get_database_backend() {
        DbBackend::Postgres => {
            let query = ListQuery { limit: limit(most.rows.min(SOME)), ..query.clone() };
            in_order(reader, visible, &query, only, after, most).await?
        }
        _ => {
            let query = ListQuery { limit: limit(most.rows), ..query.clone() };
            by_place(reader, visible, &query, only, after, most).await?
        }
    };
    Ok(Window { rows, columns: query.columns.clone(), next })
}

type Rows = (Vec<(ClientId, String)>, Option<Mark>);

/// Page by page, in the list's order.
async fn in_order(
    reader: Reader<'_>,
    visible: &Visible,
    query: &ListQuery,
    only: Option<&[ClientId]>,
    after: Option<&Mark>,
    most: Most,
) -> Result<Rows, DbError> {
    let backend = reader.connection().get_database_backend();
    let mut rows = Vec::new();
    let (mut bytes, mut after) = (0, after.cloned());
    loop {
        let statement = client_list::statement_of(reader, visible, query, only, after.as_ref(), Told::Text).await?;
        let planned = reader.connection().begin().await?;
        let advice = client_list::page_advice(&query.narrowed());
        if !advice.is_empty() {
            planned.execute_unprepared(&advice.join("; ")).await?;
        }
        let found = planned.query_all_raw(statement).await?;
        planned.commit().await?;
        let page = usize::try_from(query.limit).unwrap_or(usize::MAX);
        for row in found.iter().take(page) {
            let text: String = row.try_get("", "told")?;
            bytes += text.len();
            rows.push((ClientId::from_uuid(row.try_get("", "id")?), text));
        }
        after = match found.get(page.saturating_sub(1)).filter(|_| found.len() > page) {
            Some(last) => Some(Mark::of_row(backend, last, query.order)?),
            None => None,
        };
        if after.is_none() || rows.len() >= most.rows || bytes >= most.bytes {
            return Ok((rows, after));
        }
    }
}

/// First where the rows lie, in the list's order, for which its index is enough; then the rows themselves as they lie.
async fn by_place(
    reader: Reader<'_>,
    visible: &Visible,
    query: &ListQuery,
    only: Option<&[ClientId]>,
    after: Option<&Mark>,
    most: Most,
) -> Result<Rows, DbError> {
    let backend = reader.connection().get_database_backend();
    let places = client_list::statement_of(reader, visible, query, only, after, Told::Place).await?;
    // One moment for all of it.
    let snapshot = reader.connection().begin().await?;
    let found = snapshot.query_all_raw(places).await?;
    let more = found.len() > most.rows;
    let places =
        found.iter().take(most.rows).zip(0_usize..).map(|(row, at)| Ok((row.try_get::<i64>("", "place")?, at)));
    let mut places = places.collect::<Result<Vec<_>, DbError>>()?;
    drop(found);
    places.sort_unstable();
    let sql = format!(
        "select rowid as place, id, {} as told from clients where rowid in (select value from json_each($1))",
        client_list::told(backend, &Wanted(query.columns.as_deref()))
    );
    // What lies behind those of which there is room is given up again, and read with the next window.
    let mut kept: BTreeMap<usize, (ClientId, String)> = BTreeMap::new();
    let (mut bytes, mut end) = (0, usize::MAX);
    for some in places.chunks(SOME) {
        let wanted: Vec<i64> = some.iter().filter(|(_, at)| *at < end).map(|(place, _)| *place).collect();
        let wanted = serde_json::to_string(&wanted).map_err(|_| DbError::corrupt("clients"))?;
        let rows = Statement::from_sql_and_values(backend, sql.as_str(), [wanted.into()]);
        for row in snapshot.query_all_raw(rows).await? {
            let place: i64 = row.try_get("", "place")?;
            let at = some.binary_search_by_key(&place, |(place, _)| *place).map_err(|_| DbError::corrupt("clients"))?;
            let Some((_, at)) = some.get(at) else { continue };
            let text: String = row.try_get("", "told")?;
            bytes += text.len();
            kept.insert(*at, (ClientId::from_uuid(row.try_get("", "id")?), text));
        }
        while bytes > most.bytes && kept.len() > 1 {
            let Some((at, (_, text))) = kept.pop_last() else { break };
            bytes -= text.len();
            end = end.min(at);
        }
    }
    let whole = end == usize::MAX;
    let rows: Vec<(ClientId, String)> = kept.into_values().collect();
    let next = match rows.last().filter(|_| more || !whole) {
        Some((last, _)) => client_list::mark_over(&snapshot, visible, query.order, *last).await?,
        None => None,
    };
    snapshot.commit().await?;
    Ok((rows, next))
}
