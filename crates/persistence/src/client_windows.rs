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
use serde::de::DeserializeOwned;
use uuid::Uuid;
use zgoda_domain::{
    access::Visible,
    id::ClientId,
    list::{ListColumn, ListQuery},
};

/// How much is read at most: memory holds a window of it.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    pub rows: usize,
    /// Of all texts. One row is read, however long.
    pub bytes: usize,
    /// Rows of one statement, whose texts are in the memory beside all others.
    pub page: usize,
}

/// Some rows one after the other, in the list's order.
pub struct Window {
    told: ToldRows,
    columns: Option<Vec<ListColumn>>,
    /// Where the rest begins; `None` at the end.
    pub next: Option<Mark>,
}

/// Rows as texts, which lie together in some long ones.
#[derive(Default)]
struct ToldRows {
    texts: Vec<String>,
    rows: Vec<ToldRow>,
}

struct ToldRow {
    /// Its place in the list, from the window's first row on.
    at: usize,
    id: ClientId,
    /// Where its text is.
    text: usize,
    from: usize,
    until: usize,
}

impl ToldRows {
    fn text(&self, row: &ToldRow) -> &str {
        self.texts.get(row.text).and_then(|text| text.get(row.from..row.until)).unwrap_or_default()
    }

    fn bytes(&self) -> usize {
        self.texts.iter().map(String::len).sum()
    }

    /// Keeps the first rows of which there is room, one at least; the place of the first that was given up.
    fn keep(&mut self, bytes: usize) -> Option<usize> {
        self.rows.sort_unstable_by_key(|row| row.at);
        let mut text = String::new();
        let mut kept = Vec::new();
        for row in &self.rows {
            let told = self.text(row);
            if !kept.is_empty() && text.len() + told.len() > bytes {
                break;
            }
            let from = text.len();
            text.push_str(told);
            kept.push(ToldRow { text: 0, from, until: text.len(), ..*row });
        }
        let end = self.rows.get(kept.len()).map(|row| row.at);
        *self = Self { texts: vec![text], rows: kept };
        end
    }
}

impl std::fmt::Debug for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Window({})", self.len())
    }
}

impl Window {
    /// How many rows.
    #[expect(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(&self) -> usize {
        self.told.rows.len()
    }

    pub fn ids(&self) -> Vec<ClientId> {
        self.told.rows.iter().map(|row| row.id).collect()
    }

    /// The rows, without tags.
    pub fn rows(&self) -> impl Iterator<Item = Result<ListRow, DbError>> {
        let wanted = Wanted(self.columns.as_deref());
        self.told.rows.iter().map(move |row| client_list::read_row(row.id, self.told.text(row), &wanted))
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
    let (told, next) = match reader.connection().get_database_backend() {
        DbBackend::Postgres => {
            let query = ListQuery { limit: limit(most.rows.min(most.page)), ..query.clone() };
            in_order(reader, visible, &query, only, after, most).await?
        }
        _ => {
            let query = ListQuery { limit: limit(most.rows), ..query.clone() };
            by_place(reader, visible, &query, only, after, most).await?
        }
    };
    Ok(Window { told, columns: query.columns.clone(), next })
}

type Rows = (ToldRows, Option<Mark>);

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
    let mut told = ToldRows::default();
    let mut after = after.cloned();
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
        let mut text = String::new();
        for row in found.iter().take(page) {
            let (from, id) = (text.len(), ClientId::from_uuid(row.try_get("", "id")?));
            text.push_str(&row.try_get::<String>("", "told")?);
            told.rows.push(ToldRow { at: told.rows.len(), id, text: told.texts.len(), from, until: text.len() });
        }
        told.texts.push(text);
        after = match found.get(page.saturating_sub(1)).filter(|_| found.len() > page) {
            Some(last) => Some(Mark::of_row(backend, last, query.order)?),
            None => None,
        };
        if after.is_none() || told.rows.len() >= most.rows || told.bytes() >= most.bytes {
            return Ok((told, after));
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
    // A row of its own for each of thousands would cost more than finding them: SQLite hands the rows of a query with an
    // order and a limit on in that order.
    let places = Statement::from_sql_and_values(
        backend,
        format!("select json_group_array(place) as places from ({})", places.sql),
        places.values.map(|values| values.0).unwrap_or_default(),
    );
    // One moment for all of it.
    let snapshot = reader.connection().begin().await?;
    let found = snapshot.query_one_raw(places).await?.ok_or(DbError::corrupt("clients"))?;
    let mut places: Vec<i64> = read_json(&found.try_get::<String>("", "places")?)?;
    let mut more = places.len() > most.rows;
    places.truncate(most.rows);
    let mut places: Vec<(i64, usize)> = places.into_iter().zip(0..).collect();
    places.sort_unstable();
    let sql = format!(
        "select group_concat(rowid || ' ' || hex(id) || ' ' || {}, char(10)) as told from clients \
         where rowid in (select value from json_each($1))",
        client_list::told(backend, &Wanted(query.columns.as_deref()))
    );
    let (mut told, mut end) = (ToldRows::default(), usize::MAX);
    for some in places.chunks(most.page.max(1)) {
        let wanted: Vec<i64> = some.iter().filter(|(_, at)| *at < end).map(|(place, _)| *place).collect();
        let wanted = serde_json::to_string(&wanted).map_err(|_| DbError::corrupt("clients"))?;
        let rows = Statement::from_sql_and_values(backend, sql.as_str(), [wanted.into()]);
        let found = snapshot.query_one_raw(rows).await?.ok_or(DbError::corrupt("clients"))?;
        let Some(text) = found.try_get::<Option<String>>("", "told")? else { continue };
        // In JSON no line ends.
        let mut from = 0;
        for line in text.lines() {
            let (row, until) = (to_told(line, some), from + line.len());
            let (at, id, skipped) = row.ok_or(DbError::corrupt("clients"))?;
            told.rows.push(ToldRow { at, id, text: told.texts.len(), from: from + skipped, until });
            from = until + 1;
        }
        told.texts.push(text);
        // What lies behind those of which there is room is given up again, and read with the next window.
        if told.bytes() > most.bytes
            && let Some(first) = told.keep(most.bytes / 2)
        {
            end = end.min(first);
            more = true;
        }
    }
    told.rows.sort_unstable_by_key(|row| row.at);
    let next = match told.rows.last().filter(|_| more) {
        Some(last) => client_list::mark_over(&snapshot, visible, query.order, last.id).await?,
        None => None,
    };
    snapshot.commit().await?;
    Ok((told, next))
}

fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|_| DbError::corrupt("clients"))
}

/// A line of where a row lies, its id, and what is told of it: its place in the list, its id, and how far the text begins.
fn to_told(line: &str, places: &[(i64, usize)]) -> Option<(usize, ClientId, usize)> {
    let (place, rest) = line.split_once(' ')?;
    let (id, text) = rest.split_once(' ')?;
    let place: i64 = place.parse().ok()?;
    let at = places.binary_search_by_key(&place, |(place, _)| *place).ok()?;
    Some((places.get(at)?.1, ClientId::from_uuid(Uuid::try_parse(id).ok()?), line.len() - text.len()))
}
