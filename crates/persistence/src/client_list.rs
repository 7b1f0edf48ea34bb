//! The client list: ordered, filtered and paged through indexes.
//!
//! Every sortable field has one expression, made of the field's id and nothing a person typed. The index kept for the
//! field, the order, the page boundary and the conditions all use that same expression, so the index always serves.

use crate::{
    clients::from_json,
    error::DbError,
    keys, search_plan, tags,
    tx::{Reader, Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, TransactionTrait, Value};
use serde::{Deserialize, Serialize};
use zgoda_domain::{
    access::{Assignment, DepartmentLimit, Scope, Visible},
    client::{BuiltinField, ClientInput, ClientKind},
    custom_field::{CustomField, CustomValues},
    field_ref::FieldRef,
    id::{AccountId, ClientId, DepartmentId, FieldId, TagId},
    list::{Comparison, Condition, Direction, ListColumn, ListQuery, Operand, Operator, Order},
    search::Resolved,
};
use zgoda_vault::Place;

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

/// Absent integers come first: below anything an integer field may hold.
pub(crate) const NO_INTEGER: i64 = -9_007_199_254_740_992;

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
    let advice = page_advice(&query.search);
    let mut found = if backend == DbBackend::Postgres && !advice.is_empty() {
        let planned = reader.connection().begin().await?;
        for advice in advice {
            planned.execute_unprepared(advice).await?;
        }
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

/// A place in a list: where a row stood when it was read. It stays a place when the row moves or goes.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// What the list is ordered by.
    pub field: FieldRef,
    key: SortKey,
    id: ClientId,
}

impl std::fmt::Debug for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mark(…)")
    }
}

impl Mark {
    /// As bytes that only this installation can read, for one account: the key is a person's data.
    pub fn seal(&self, source: &impl Source, account: Option<AccountId>) -> Result<Vec<u8>, DbError> {
        let clear = serde_json::to_vec(self).map_err(|_| DbError::corrupt("clients"))?;
        keys::seal_for_organisation(source, mark_place(account), &clear)
    }

    /// `None` when the bytes are no mark of that account.
    pub fn open(source: &impl Source, account: Option<AccountId>, sealed: Vec<u8>) -> Option<Self> {
        let clear = keys::open_for_organisation(source, mark_place(account), sealed).ok()?;
        serde_json::from_slice(&clear).ok()
    }

    /// Whether it is a place in a list of this order.
    pub fn fits(&self, order: Order) -> bool {
        let same_kind = matches!(
            (&self.key, order.comparison),
            (SortKey::Text(_), Comparison::Text | Comparison::Code | Comparison::Blind | Comparison::Decimal)
                | (SortKey::Integer(_), Comparison::Integer | Comparison::Flag)
                | (SortKey::Real(_), Comparison::Decimal)
                | (SortKey::Moment(_), Comparison::Moment)
        );
        same_kind && self.field == order.field
    }
}

fn mark_place(account: Option<AccountId>) -> Place<'static> {
    Place { table: "clients", column: "mark", row: account.map_or(uuid::Uuid::nil(), AccountId::as_uuid) }
}

/// The ids of the clients the caller may reach, as a subquery with its values.
pub(crate) fn visible_ids(backend: DbBackend, visible: &Visible) -> (String, Vec<Value>) {
    let mut sql = Sql::new(backend);
    sql.push("select id from clients");
    sql.visible(visible);
    (sql.text, sql.values)
}

/// The condition of the cards that the caller may reach, on columns of `clients`, with its values; nothing for all.
pub(crate) fn visible_condition(backend: DbBackend, visible: &Visible) -> (String, Vec<Value>) {
    let mut sql = Sql::new(backend);
    sql.visible(visible);
    (sql.text.strip_prefix(" where ").unwrap_or_default().to_owned(), sql.values)
}

/// How many cards match.
pub async fn count(
    reader: Reader<'_>,
    visible: &Visible,
    conditions: &[Condition],
    search: &Resolved,
) -> Result<u64, DbError> {
    matching("select count(*) as n from clients", reader, visible, conditions, search).await?.count(reader).await
}

/// `beginning`, which names the cards, and what has to hold of them.
pub(crate) async fn matching(
    beginning: &str,
    reader: Reader<'_>,
    visible: &Visible,
    conditions: &[Condition],
    search: &Resolved,
) -> Result<Sql, DbError> {
    let mut sql = Sql::new(reader.connection().get_database_backend());
    sql.push(beginning);
    sql.visible(visible);
    sql.conditions(reader, conditions, &[]);
    sql.search(&reader.vault().master, &search_plan::ask(reader, search).await?, None);
    Ok(sql)
}

/// How many cards match, counted to `most` and no further.
pub async fn count_up_to(
    reader: Reader<'_>,
    visible: &Visible,
    conditions: &[Condition],
    search: &Resolved,
    most: u64,
) -> Result<u64, DbError> {
    counted(reader, count_statement(reader, visible, conditions, search, most).await?).await
}

/// What [`count_up_to`] asks; public so that benchmarks can ask exactly the same.
pub async fn count_statement(
    reader: Reader<'_>,
    visible: &Visible,
    conditions: &[Condition],
    search: &Resolved,
    most: u64,
) -> Result<Statement, DbError> {
    let beginning = "select count(*) as n from (select 1 from clients";
    let mut sql = matching(beginning, reader, visible, conditions, search).await?;
    sql.push(&format!(" limit {most}) as counted"));
    Ok(sql.into_statement())
}

/// How many of these clients the caller may reach.
pub async fn count_of(reader: Reader<'_>, visible: &Visible, ids: &[ClientId]) -> Result<u64, DbError> {
    let mut found = 0;
    for some in ids.chunks(1000) {
        let mut sql = Sql::new(reader.connection().get_database_backend());
        sql.push("select count(*) as n from clients");
        sql.visible(visible);
        sql.and();
        sql.push("id in (null");
        for id in some {
            sql.push(", ");
            sql.bind(id.as_uuid());
        }
        sql.push(")");
        found += sql.count(reader).await?;
    }
    Ok(found)
}

/// Which part of all matches is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub after: Option<ClientId>,
    /// Leaves out cards that were changed later.
    pub unchanged_since: DateTime<Utc>,
    pub limit: u64,
}

/// Ids of the cards that meet the conditions, in their own order: for going through all of them, however many.
pub async fn ids(
    reader: Reader<'_>,
    visible: &Visible,
    conditions: &[Condition],
    search: &Resolved,
    window: Window,
) -> Result<Vec<ClientId>, DbError> {
    let mut sql = Sql::new(reader.connection().get_database_backend());
    sql.push("select id from clients");
    sql.visible(visible);
    sql.conditions(reader, conditions, &[]);
    sql.search(&reader.vault().master, &search_plan::ask(reader, search).await?, None);
    sql.and();
    sql.push("updated_at <= ");
    sql.bind(window.unchanged_since);
    if let Some(after) = window.after {
        sql.and();
        sql.push("id > ");
        sql.bind(after.as_uuid());
    }
    sql.push(&format!(" order by id limit {}", window.limit));
    let rows = reader.connection().query_all_raw(sql.into_statement()).await?;
    let ids = rows.iter().map(|row| row.try_get("", "id").map(ClientId::from_uuid));
    Ok(ids.collect::<Result<_, _>>()?)
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
    let common = common_conditions(reader, query).await?;
    let asked = search_plan::ask(reader, &query.search).await?;
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
    let leads_elsewhere =
        |at: usize, condition: &Condition| condition.field != query.order.field && !common.contains(&at);
    let selective = query.conditions.iter().enumerate().any(|(at, condition)| leads_elsewhere(at, condition));
    if backend != DbBackend::Postgres
        && only.is_none()
        && !selective
        && asked.lead().is_none()
        && !reaches_few(reader, visible).await?
    {
        // SQLite's planner gives LIMIT too little weight: it would rather sort the whole table for the first fifty rows.
        sql.push(&format!(" indexed by {}", index_of(query.order.field)));
    }
    sql.visible(visible);
    if let Some(ids) = only {
        sql.and();
        sql.push("id in (null");
        for id in ids {
            sql.push(", ");
            sql.bind(id.as_uuid());
        }
        sql.push(")");
    }
    sql.conditions(reader, &query.conditions, &common);
    sql.search(&reader.vault().master, &asked, Some(query.order.field));
    let direction = query.order.direction.code();
    let sign = if query.order.direction == Direction::Asc { ">" } else { "<" };
    let fixed = |condition: &Condition| {
        condition.field == query.order.field && matches!(condition.operator, Operator::Eq | Operator::IsEmpty)
    };
    if query.conditions.iter().any(fixed) || asked.fixes(query.order.field) {
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

/// Keeps an index for a field's expression.
pub async fn create_field_index(tx: &Tx, field: &CustomField) -> Result<(), DbError> {
    let Some(comparison) = comparison(field) else { return Ok(()) };
    let backend = tx.connection().get_database_backend();
    let expression = expression(backend, FieldRef::Custom(field.id), comparison);
    let sql = format!("create index if not exists {} on clients ({expression}, id)", index_name(field.id));
    tx.connection().execute_unprepared(&sql).await?;
    Ok(())
}

/// Drops a field's index, with the field.
pub async fn drop_field_index(tx: &Tx, field: FieldId) -> Result<(), DbError> {
    tx.connection().execute_unprepared(&format!("drop index if exists {}", index_name(field))).await?;
    Ok(())
}

/// The index that serves an order.
fn index_of(field: FieldRef) -> String {
    match field {
        FieldRef::Custom(id) => index_name(id),
        FieldRef::Builtin(BuiltinField::CreatedAt) => "clients_by_created".to_owned(),
        FieldRef::Builtin(BuiltinField::UpdatedAt) => "clients_by_updated".to_owned(),
        FieldRef::Builtin(field) => format!("clients_by_{}", field.key()),
    }
}

fn index_name(field: FieldId) -> String {
    format!("clients_cf_{}", field.as_uuid().simple())
}

fn comparison(field: &CustomField) -> Option<Comparison> {
    if !field.is_sortable() {
        return None;
    }
    zgoda_domain::list::comparison(std::slice::from_ref(field), FieldRef::Custom(field.id)).ok()
}

/// Conditions that so many cards meet that their own index would only lead away from the order's.
async fn common_conditions(reader: Reader<'_>, query: &ListQuery) -> Result<Vec<usize>, DbError> {
    let backend = reader.connection().get_database_backend();
    let mut common = Vec::new();
    if backend == DbBackend::Postgres {
        // PostgreSQL's planner weighs this by itself.
        return Ok(common);
    }
    for (at, condition) in query.conditions.iter().enumerate() {
        if condition.field == query.order.field || condition.comparison == Comparison::Blind {
            continue;
        }
        let mut sql = Sql::new(backend);
        sql.push("select count(*) as n from (select 1 from clients");
        sql.conditions(reader, std::slice::from_ref(condition), &[]);
        sql.push(&format!(" limit {})", COMMON + 1));
        if sql.count(reader).await? > COMMON {
            common.push(at);
        }
    }
    Ok(common)
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

/// A row's place in an order.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
enum SortKey {
    Text(String),
    Integer(i64),
    /// The bits of a real number: no text tells all of them.
    Real(u64),
    Moment(DateTime<Utc>),
}

/// Where a client stands in an order now; `None` when the caller may not reach it.
async fn mark_of(reader: Reader<'_>, visible: &Visible, order: Order, at: ClientId) -> Result<Option<Mark>, DbError> {
    let connection = reader.connection();
    let backend = connection.get_database_backend();
    let key = expression(backend, order.field, order.comparison);
    let mut sql = Sql::new(backend);
    sql.push(&format!("select {key}{} as k from clients", key_cast(backend, order.comparison)));
    sql.visible(visible);
    sql.and();
    sql.push("id = ");
    sql.bind(at.as_uuid());
    let Some(row) = connection.query_one_raw(sql.into_statement()).await? else { return Ok(None) };
    Ok(Some(Mark { field: order.field, key: read_key(backend, &row, order.comparison)?, id: at }))
}

/// What makes a key readable that no Rust type holds.
fn key_cast(backend: DbBackend, comparison: Comparison) -> &'static str {
    if comparison == Comparison::Decimal && backend == DbBackend::Postgres { "::text" } else { "" }
}

fn read_key(backend: DbBackend, row: &QueryResult, comparison: Comparison) -> Result<SortKey, DbError> {
    Ok(match comparison {
        Comparison::Text | Comparison::Code | Comparison::Blind => SortKey::Text(row.try_get("", "k")?),
        Comparison::Integer => SortKey::Integer(row.try_get("", "k")?),
        Comparison::Flag if backend == DbBackend::Postgres => SortKey::Integer(i64::from(row.try_get::<i32>("", "k")?)),
        Comparison::Flag => SortKey::Integer(row.try_get("", "k")?),
        Comparison::Decimal if backend == DbBackend::Postgres => SortKey::Text(row.try_get("", "k")?),
        Comparison::Decimal => SortKey::Real(row.try_get::<f64>("", "k")?.to_bits()),
        Comparison::Moment => SortKey::Moment(row.try_get("", "k")?),
    })
}

/// The one expression of a field: in its index, in the order, in conditions.
pub(crate) fn expression(backend: DbBackend, field: FieldRef, comparison: Comparison) -> String {
    let id = match field {
        FieldRef::Builtin(BuiltinField::Email) => return "email_norm".to_owned(),
        FieldRef::Builtin(BuiltinField::LastName) => return "last_name collate polish".to_owned(),
        FieldRef::Builtin(field) => return field.key().to_owned(),
        FieldRef::Custom(id) => id,
    };
    if backend == DbBackend::Postgres {
        let raw = format!("custom->>'{id}'");
        return match comparison {
            Comparison::Text => format!("(coalesce({raw}, '') collate polish)"),
            Comparison::Code | Comparison::Moment | Comparison::Blind => format!("(coalesce({raw}, '') collate \"C\")"),
            Comparison::Integer => format!("coalesce(({raw})::bigint, {NO_INTEGER})"),
            Comparison::Decimal => format!("coalesce(({raw})::numeric, '-Infinity'::numeric)"),
            Comparison::Flag => format!("(coalesce(({raw})::boolean, false)::int)"),
        };
    }
    let raw = format!("json_extract(custom, '$.\"{id}\"')");
    match comparison {
        Comparison::Text => format!("coalesce({raw}, '') collate polish"),
        Comparison::Code | Comparison::Moment | Comparison::Blind => format!("coalesce({raw}, '')"),
        Comparison::Integer => format!("coalesce({raw}, {NO_INTEGER})"),
        Comparison::Decimal => format!("coalesce(cast({raw} as real), -1e308)"),
        Comparison::Flag => format!("coalesce({raw}, 0)"),
    }
}

/// SQL text made of our own words, with every value bound.
pub(crate) struct Sql {
    pub(crate) backend: DbBackend,
    text: String,
    values: Vec<Value>,
    has_where: bool,
}

impl Sql {
    pub(crate) const fn new(backend: DbBackend) -> Self {
        Self { backend, text: String::new(), values: Vec::new(), has_where: false }
    }

    pub(crate) fn push(&mut self, words: &str) {
        self.text.push_str(words);
    }

    pub(crate) fn bind(&mut self, value: impl Into<Value>) {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
    }

    pub(crate) fn and(&mut self) {
        self.push(if self.has_where { " and " } else { " where " });
        self.has_where = true;
    }

    fn value(&mut self, key: SortKey, comparison: Comparison) {
        match key {
            SortKey::Text(text) => {
                self.bind(text);
                if comparison == Comparison::Decimal {
                    self.push("::numeric");
                }
            }
            SortKey::Integer(number) => self.bind(number),
            SortKey::Real(bits) => self.bind(f64::from_bits(bits)),
            SortKey::Moment(at) => self.bind(at),
        }
    }

    /// Only the cards the caller may reach; every question to the list begins with it.
    fn visible(&mut self, visible: &Visible) {
        match visible.scope() {
            Scope::All => {}
            Scope::None => {
                self.and();
                self.push("1 = 0");
            }
            scope => {
                self.and();
                self.push("(owner_id = ");
                self.bind(visible.account().map(AccountId::as_uuid));
                if scope == Scope::Department {
                    self.push(" or ");
                    self.in_departments(visible);
                }
                self.push(")");
            }
        }
        match visible.limit() {
            DepartmentLimit::Unlimited => {}
            limit => {
                self.and();
                self.push("(");
                if limit == DepartmentLimit::OwnAndNone {
                    self.push("department_id is null or ");
                }
                self.in_departments(visible);
                self.push(")");
            }
        }
    }

    fn in_departments(&mut self, visible: &Visible) {
        // `in ()` is no SQL everywhere: without departments it compares with nothing.
        self.push("department_id in (null");
        for department in visible.departments() {
            self.push(", ");
            self.bind(department.as_uuid());
        }
        self.push(")");
    }

    fn conditions(&mut self, reader: Reader<'_>, conditions: &[Condition], common: &[usize]) {
        for (at, condition) in conditions.iter().enumerate() {
            self.and();
            if condition.comparison == Comparison::Blind {
                self.blind(reader, condition);
                continue;
            }
            // A unary plus tells SQLite's planner to leave this condition's index alone.
            let plus = if common.contains(&at) { "+" } else { "" };
            let expression = expression(self.backend, condition.field, condition.comparison);
            let sign = match condition.operator {
                Operator::Eq | Operator::IsEmpty => "=",
                Operator::Ne | Operator::IsSet => "<>",
                Operator::Lt => "<",
                Operator::Lte => "<=",
                Operator::Gt => ">",
                Operator::Gte => ">=",
            };
            self.push(&format!("{plus}{expression} {sign} "));
            self.operand(condition);
        }
    }

    fn operand(&mut self, condition: &Condition) {
        let postgres = self.backend == DbBackend::Postgres;
        match (&condition.operand, condition.comparison) {
            (Operand::Nothing, Comparison::Integer) => self.bind(NO_INTEGER),
            (Operand::Nothing, Comparison::Decimal) => {
                self.push(if postgres { "'-Infinity'::numeric" } else { "-1e308" })
            }
            (Operand::Nothing, Comparison::Flag) => self.push("0"),
            (Operand::Nothing, _) => self.push("''"),
            (Operand::Flag(flag), _) => self.push(if *flag { "1" } else { "0" }),
            (Operand::Text(text), _) if condition.field == FieldRef::Builtin(BuiltinField::Email) => {
                self.bind(text.to_lowercase());
            }
            (Operand::Text(text), _) => self.bind(text.clone()),
            (Operand::Integer(number), _) => self.bind(*number),
            (Operand::Number(number), _) => {
                self.bind(number.clone());
                self.push(if postgres { "::text::numeric" } else { " + 0.0" });
            }
            (Operand::Moment(at), _) => self.bind(*at),
        }
    }

    fn blind(&mut self, reader: Reader<'_>, condition: &Condition) {
        let (name, value) = match (&condition.field, &condition.operand) {
            (FieldRef::Builtin(field), Operand::Text(text)) => (field.key().to_owned(), text.clone()),
            (FieldRef::Custom(id), Operand::Text(text)) => {
                (id.to_string(), serde_json::Value::from(text.as_str()).to_string())
            }
            (FieldRef::Custom(id), Operand::Number(text)) => {
                (id.to_string(), serde_json::Value::from(text.as_str()).to_string())
            }
            (FieldRef::Custom(id), Operand::Integer(number)) => (id.to_string(), number.to_string()),
            (FieldRef::Custom(id), Operand::Flag(flag)) => (id.to_string(), flag.to_string()),
            _ => {
                self.push("1 = 0");
                return;
            }
        };
        let tag = reader.vault().master.blind_tag(&name, &value).0;
        self.push("id in (select client_id from blind_index where field = ");
        self.bind(name);
        self.push(" and tag = ");
        self.bind(tag);
        self.push(")");
    }

    /// The number that the question asks for as `n`.
    pub(crate) async fn count(self, reader: Reader<'_>) -> Result<u64, DbError> {
        counted(reader, self.into_statement()).await
    }

    fn into_statement(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }
}

async fn counted(reader: Reader<'_>, statement: Statement) -> Result<u64, DbError> {
    let row = reader.connection().query_one_raw(statement).await?;
    let count: i64 = row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or_default();
    Ok(u64::try_from(count).unwrap_or_default())
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
