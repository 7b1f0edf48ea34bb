//! Many rows of the client list at once, for whoever goes through all of it.
//!
//! A row comes as one text: decoding twenty columns one by one would cost more than reading them. On SQLite the rows of a
//! window are read in the order in which they lie in the file, and put into the list's order here: in the list's order the
//! same page of the file would be read and decrypted again for nearly every row.

use crate::{
    client_list::{self, ListRow, Mark, Told, Wanted},
    error::DbError,
    tx::{Reader, Source},
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use serde::de::{self, DeserializeSeed, SeqAccess, Visitor};
use std::collections::BTreeMap;
use uuid::Uuid;
use zgoda_domain::{
    access::{Assignment, Visible},
    client::{ClientInput, ClientKind},
    custom_field::CustomValues,
    field_ref::FieldRef,
    id::{AccountId, ClientId, DepartmentId},
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
        self.rows.iter().map(move |(id, text)| {
            let mut text = serde_json::Deserializer::from_str(text);
            RowSeed { id: *id, wanted: &wanted }.deserialize(&mut text).map_err(|_| DbError::corrupt("clients"))
        })
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
        for advice in client_list::page_advice(&query.search) {
            planned.execute_unprepared(advice).await?;
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
        told(backend, &Wanted(query.columns.as_deref()))
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

/// A row as one JSON array of its columns, in the order of [`Wanted::columns`] without the id.
pub(crate) fn told(backend: DbBackend, wanted: &Wanted<'_>) -> String {
    let columns = wanted.columns().into_iter().skip(1);
    if backend == DbBackend::Postgres {
        return format!("json_build_array({})::text", columns.collect::<Vec<_>>().join(", "));
    }
    let columns = columns.map(|column| match column {
        "custom" => "json(custom)".to_owned(),
        // Of null SQLite makes no digits, which is another value than null.
        "owner_id" | "department_id" => format!("case when {column} is null then null else hex({column}) end"),
        _ => column.to_owned(),
    });
    format!("json_array({})", columns.collect::<Vec<_>>().join(", "))
}

/// Reads what [`told`] tells.
struct RowSeed<'a> {
    id: ClientId,
    wanted: &'a Wanted<'a>,
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_> {
    type Value = ListRow;

    fn deserialize<D: de::Deserializer<'de>>(self, from: D) -> Result<ListRow, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_> {
    type Value = ListRow;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a row of the list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut columns: A) -> Result<ListRow, A::Error> {
        fn next<'de, T: de::Deserialize<'de>, A: SeqAccess<'de>>(columns: &mut A) -> Result<T, A::Error> {
            columns.next_element()?.ok_or_else(|| de::Error::custom("a column is missing"))
        }
        let version: i32 = next(&mut columns)?;
        let kind: String = next(&mut columns)?;
        let kind = ClientKind::from_code(&kind).ok_or_else(|| de::Error::custom("an unknown kind"))?;
        let created_at: DateTime<Utc> = next(&mut columns)?;
        let updated_at: DateTime<Utc> = next(&mut columns)?;
        let mut details = ClientInput { kind, ..ClientInput::default() };
        for field in self.wanted.texts() {
            details.set(field, Some(next(&mut columns)?));
        }
        let mut custom = CustomValues::new();
        if self.wanted.custom() {
            custom = next(&mut columns)?;
            if let Some(columns) = self.wanted.0 {
                custom.retain(|id, _| columns.contains(&ListColumn::Field(FieldRef::Custom(*id))));
            }
        }
        let mut assignment = Assignment::default();
        if self.wanted.owner() {
            assignment.owner_id = next::<Option<Uuid>, _>(&mut columns)?.map(AccountId::from_uuid);
        }
        if self.wanted.department() {
            assignment.department_id = next::<Option<Uuid>, _>(&mut columns)?.map(DepartmentId::from_uuid);
        }
        Ok(ListRow { id: self.id, version, details, custom, tags: Vec::new(), assignment, created_at, updated_at })
    }
}
