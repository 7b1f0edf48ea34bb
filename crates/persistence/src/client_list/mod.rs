//! The client list: ordered, filtered and paged through indexes.
//!
//! Every sortable field has one expression, made of the field's id and nothing a person typed. The index kept for the
//! field, the order, the page boundary and the conditions all use that same expression, so the index always serves.

mod count;
mod field_index;
mod mark;
mod row;
mod sql;

use crate::{
    error::DbError,
    search_plan, tags,
    tx::{Reader, Source},
};
pub(crate) use count::matching;
pub use count::{Window, count, count_of, count_statement, count_up_to, ids};
pub use field_index::{create_field_index, drop_field_index};
pub use mark::Mark;
pub(crate) use mark::mark_over;
use mark::{key_cast, mark_of};
pub use row::ListRow;
pub(crate) use row::{Wanted, read as read_row, told};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, TransactionTrait};
pub(crate) use sql::{NO_INTEGER, Sql, expression, visible_ids};
use zgoda_domain::{
    access::Visible,
    id::ClientId,
    list::{Direction, ListColumn, ListQuery, Order},
    search::Resolved,
};

/// What is selected of each row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// Each column, and the key of the order as `k`.
    Columns,
    /// Its id, all columns as one text (`told`), and the key of the order as `k`.
    Text,
    /// SQLite: where it lies in the table (`place`).
    Place,
}

/// More matches than this, and a condition's own index is worse than walking the order's.
pub(crate) const COMMON: u64 = 500;

/// One page, and the place to go on from.
pub async fn page(
    reader: Reader<'_>,
    visible: &Visible,
    query: &ListQuery,
    after: Option<&Mark>,
) -> Result<(Vec<ListRow>, Option<Mark>), DbError> {
    page_of(reader, visible, query, None, after).await
}

/// The same, of these clients only.
pub async fn page_of(
    reader: Reader<'_>,
    visible: &Visible,
    query: &ListQuery,
    only: Option<&[ClientId]>,
    after: Option<&Mark>,
) -> Result<(Vec<ListRow>, Option<Mark>), DbError> {
    let wanted = Wanted(query.columns.as_deref());
    let statement = statement_of(reader, visible, query, only, after, Told::Text).await?;
    let backend = reader.connection().get_database_backend();
    let advice = page_advice(&query.narrowed());
    let mut found = if backend == DbBackend::Postgres && !advice.is_empty() {
        let planned = reader.connection().begin().await?;
        planned.execute_unprepared(&advice.join("; ")).await?;
        planned.query_all_raw(statement).await?
    } else {
        reader.connection().query_all_raw(statement).await?
    };
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = match found.last().filter(|_| more) {
        Some(row) => Some(Mark::of_row(backend, row, query.order)?),
        None => None,
    };
    let told = |row: &QueryResult| {
        let text: String = row.try_get("", "told")?;
        row::read(ClientId::from_uuid(row.try_get("", "id")?), &text, &wanted)
    };
    let mut rows = found.iter().map(told).collect::<Result<Vec<_>, DbError>>()?;
    if wanted.column(ListColumn::Tags) {
        let ids: Vec<ClientId> = rows.iter().map(|row| row.id).collect();
        let mut tags = tags::of_clients(&reader, &ids).await?;
        rows.iter_mut().for_each(|row| row.tags = tags.remove(&row.id).unwrap_or_default());
    }
    Ok((rows, next))
}

/// The clients before and after one in a list, whether or not that one is still in it. `None` when the caller may not
/// reach it: its place would say something.
pub async fn neighbours(
    reader: Reader<'_>,
    visible: &Visible,
    query: &ListQuery,
    of: ClientId,
) -> Result<Option<(Option<ClientId>, Option<ClientId>)>, DbError> {
    let Some(mark) = mark_of(reader, visible, query.order, of).await? else { return Ok(None) };
    let forwards = ListQuery { limit: 1, columns: Some(Vec::new()), ..query.clone() };
    let turned = match query.order.direction {
        Direction::Asc => Direction::Desc,
        Direction::Desc => Direction::Asc,
    };
    let backwards = ListQuery { order: Order { direction: turned, ..query.order }, ..forwards.clone() };
    let first = |rows: Vec<ListRow>| rows.first().map(|row| row.id);
    let (before, _) = page(reader, visible, &backwards, Some(&mark)).await?;
    let (after, _) = page(reader, visible, &forwards, Some(&mark)).await?;
    Ok(Some((first(before), first(after))))
}

/// What PostgreSQL's planner is told before a page that is searched for; public for plan tests.
pub fn page_advice(search: &Resolved) -> &'static [&'static str] {
    if search.is_everything() { &[] } else { search_plan::advice(search) }
}

/// The page's SQL with its values; public so that plan tests can look at exactly the same.
pub async fn page_statement(
    reader: Reader<'_>,
    visible: &Visible,
    query: &ListQuery,
    after: Option<&Mark>,
) -> Result<Statement, DbError> {
    statement_of(reader, visible, query, None, after, Told::Text).await
}

/// The same with a column for each value, as anybody would ask; for benchmarks to compare with.
pub async fn plain_page_statement(
    reader: Reader<'_>,
    visible: &Visible,
    query: &ListQuery,
    after: Option<&Mark>,
) -> Result<Statement, DbError> {
    statement_of(reader, visible, query, None, after, Told::Columns).await
}

pub(crate) async fn statement_of(
    reader: Reader<'_>,
    visible: &Visible,
    query: &ListQuery,
    only: Option<&[ClientId]>,
    after: Option<&Mark>,
    told: Told,
) -> Result<Statement, DbError> {
    let backend = reader.connection().get_database_backend();
    let order = expression(backend, query.order.field, query.order.comparison);
    let search = query.narrowed();
    let asked = search_plan::ask(reader, &search).await?;
    let wanted = Wanted(query.columns.as_deref());
    let mut sql = Sql::new(backend);
    let columns = match told {
        Told::Columns => wanted.columns().join(", "),
        Told::Text => format!("id, {} as told", row::told(backend, &wanted)),
        Told::Place => "rowid as place".to_owned(),
    };
    sql.push(&format!("select {columns}"));
    if told != Told::Place {
        sql.push(&format!(", {order}{} as k", key_cast(backend, query.order.comparison)));
    }
    sql.push(" from clients");
    if backend != DbBackend::Postgres
        && only.is_none()
        && asked.lead().is_none()
        && !reaches_few(reader, visible).await?
    {
        // SQLite's planner gives LIMIT too little weight: it would rather sort the whole table for the first fifty rows.
        sql.push(&format!(" indexed by {}", field_index::of_order(query.order.field)));
    }
    sql.visible(visible);
    if let Some(ids) = only {
        sql.only(ids);
    }
    sql.search(&reader.vault().master, &asked, Some(query.order.field));
    let direction = query.order.direction.code();
    let sign = if query.order.direction == Direction::Asc { ">" } else { "<" };
    if asked.fixes(query.order.field) {
        // All rows have the same key, so only the id is left to order by; planners do not see that by themselves.
        if let Some(after) = after {
            sql.and();
            sql.push(&format!("id {sign} "));
            sql.bind(after.id.as_uuid());
        }
        sql.push(&format!(" order by id {direction} limit {}", query.limit + 1));
        return Ok(sql.into_statement());
    }
    if let Some(Mark { key, id, .. }) = after {
        sql.and();
        if backend != DbBackend::Postgres {
            // SQLite seeks in an index of expressions by plain comparisons only, not by row values.
            sql.push(&format!("{order} {sign}= "));
            sql.value(key.clone(), query.order.comparison);
            sql.push(" and ");
        }
        sql.push(&format!("({order}, id) {sign} ("));
        sql.value(key.clone(), query.order.comparison);
        sql.push(", ");
        sql.bind(id.as_uuid());
        sql.push(")");
    }
    sql.push(&format!(" order by {order} {direction}, id {direction} limit {}", query.limit + 1));
    Ok(sql.into_statement())
}

/// Whether the caller reaches so few cards that their own index serves better than the order's.
async fn reaches_few(reader: Reader<'_>, visible: &Visible) -> Result<bool, DbError> {
    if visible.is_everything() {
        return Ok(false);
    }
    let mut sql = Sql::new(reader.connection().get_database_backend());
    sql.push("select count(*) as n from (select 1 from clients");
    sql.visible(visible);
    sql.push(&format!(" limit {})", COMMON + 1));
    Ok(sql.count(reader).await? <= COMMON)
}
