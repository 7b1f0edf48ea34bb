//! The client list: ordered, filtered and paged through indexes.
//!
//! Every sortable field has one expression, made of the field's id and nothing a person typed. The index kept for the
//! field, the order, the page boundary and the conditions all use that same expression, so the index always serves.

mod count;
mod field_index;
mod mark;
mod sql;

use crate::{
    clients::from_json,
    error::DbError,
    search_plan, tags,
    tx::{Reader, Source},
};
use chrono::{DateTime, Utc};
pub use count::{Window, count, count_of, count_statement, count_up_to, ids};
pub use field_index::{create_field_index, drop_field_index};
pub use mark::Mark;
use mark::{key_cast, mark_of, read_key};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, TransactionTrait};
pub(crate) use sql::{NO_INTEGER, Sql, expression, visible_ids};
use zgoda_domain::{
    access::{Assignment, Visible},
    client::{BuiltinField, ClientInput, ClientKind},
    custom_field::CustomValues,
    field_ref::FieldRef,
    id::{AccountId, ClientId, DepartmentId, TagId},
    list::{Direction, ListColumn, ListQuery, Order},
    search::Resolved,
};

/// A row of the list.
#[derive(Clone, PartialEq)]
pub struct ListRow {
    pub id: ClientId,
    pub version: i32,
    /// Only of the columns that were asked for; kind and name always.
    pub details: ClientInput,
    pub custom: CustomValues,
    pub tags: Vec<TagId>,
    pub assignment: Assignment,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The built-in fields of rows whose columns nobody named.
const USUAL: [BuiltinField; 5] =
    [BuiltinField::Name, BuiltinField::Email, BuiltinField::Phone, BuiltinField::City, BuiltinField::Nip];

/// What rows are to tell.
struct Wanted<'a>(Option<&'a [ListColumn]>);

impl Wanted<'_> {
    fn column(&self, column: ListColumn) -> bool {
        self.0.is_some_and(|columns| columns.contains(&column))
    }

    fn texts(&self) -> impl Iterator<Item = BuiltinField> {
        BuiltinField::ALL.into_iter().filter(|field| {
            let asked = match self.0 {
                None => USUAL.contains(field),
                Some(_) => self.column(ListColumn::Field(FieldRef::Builtin(*field))),
            };
            *field == BuiltinField::Name || asked && !field.is_system() && !field.is_sealed()
        })
    }

    fn custom(&self) -> bool {
        let is_custom = |column: &ListColumn| matches!(column, ListColumn::Field(FieldRef::Custom(_)));
        self.0.is_none_or(|columns| columns.iter().any(is_custom))
    }

    fn owner(&self) -> bool {
        self.0.is_none() || self.column(ListColumn::Owner)
    }

    fn department(&self) -> bool {
        self.0.is_none() || self.column(ListColumn::Department)
    }
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
    let statement = statement_of(reader, visible, query, only, after).await?;
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
        Some(row) => Some(Mark {
            field: query.order.field,
            key: read_key(backend, row, query.order.comparison)?,
            id: ClientId::from_uuid(row.try_get("", "id")?),
        }),
        None => None,
    };
    let mut rows = found.iter().map(|row| to_row(row, &wanted)).collect::<Result<Vec<_>, DbError>>()?;
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

/// The page's SQL with its values; public so that benchmarks and plan tests can run exactly the same.
pub async fn page_statement(
    reader: Reader<'_>,
    visible: &Visible,
    query: &ListQuery,
    after: Option<&Mark>,
) -> Result<Statement, DbError> {
    statement_of(reader, visible, query, None, after).await
}

async fn statement_of(
    reader: Reader<'_>,
    visible: &Visible,
    query: &ListQuery,
    only: Option<&[ClientId]>,
    after: Option<&Mark>,
) -> Result<Statement, DbError> {
    let backend = reader.connection().get_database_backend();
    let order = expression(backend, query.order.field, query.order.comparison);
    let search = query.narrowed();
    let asked = search_plan::ask(reader, &search).await?;
    let wanted = Wanted(query.columns.as_deref());
    let mut sql = Sql::new(backend);
    sql.push("select id, version, kind, created_at, updated_at");
    for field in wanted.texts() {
        sql.push(", ");
        sql.push(field.key());
    }
    for (asked, column) in
        [(wanted.custom(), ", custom"), (wanted.owner(), ", owner_id"), (wanted.department(), ", department_id")]
    {
        if asked {
            sql.push(column);
        }
    }
    sql.push(&format!(", {order}{} as k from clients", key_cast(backend, query.order.comparison)));
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

fn to_row(row: &QueryResult, wanted: &Wanted<'_>) -> Result<ListRow, DbError> {
    let kind: String = row.try_get("", "kind")?;
    let kind = ClientKind::from_code(&kind).ok_or(DbError::corrupt("clients"))?;
    let mut details = ClientInput { kind, ..ClientInput::default() };
    for field in wanted.texts() {
        details.set(field, Some(row.try_get("", field.key())?));
    }
    let mut custom = CustomValues::new();
    if wanted.custom() {
        custom = from_json(row.try_get("", "custom")?)?;
        if let Some(columns) = wanted.0 {
            custom.retain(|id, _| columns.contains(&ListColumn::Field(FieldRef::Custom(*id))));
        }
    }
    let mut assignment = Assignment::default();
    if wanted.owner() {
        assignment.owner_id = row.try_get::<Option<uuid::Uuid>>("", "owner_id")?.map(AccountId::from_uuid);
    }
    if wanted.department() {
        let department = row.try_get::<Option<uuid::Uuid>>("", "department_id")?;
        assignment.department_id = department.map(DepartmentId::from_uuid);
    }
    Ok(ListRow {
        id: ClientId::from_uuid(row.try_get("", "id")?),
        version: row.try_get("", "version")?,
        details,
        custom,
        tags: Vec::new(),
        assignment,
        created_at: row.try_get("", "created_at")?,
        updated_at: row.try_get("", "updated_at")?,
    })
}

impl std::fmt::Debug for ListRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ListRow({})", self.id)
    }
}
