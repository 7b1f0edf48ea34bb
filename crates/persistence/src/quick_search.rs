//! Candidates for quick search, through the index of trigrams. Each question is bounded, whatever is typed: it is the
//! caller who ranks what is found.

use crate::{
    client_list::visible_condition,
    error::DbError,
    tx::{Reader, Source, Tx},
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, TransactionTrait, Value};
use std::collections::HashSet;
use zgoda_domain::{
    access::{Assignment, Scope, Visible},
    client::{BuiltinField, ClientKind},
    id::{AccountId, ClientId, DepartmentId},
    quick_search::{Needle, TRIGRAM},
};

/// Somebody who reaches no more cards than this has all of them compared, without the index.
const FEW: u64 = 2000;
/// Index entries that a question looks at.
const LOOKED_AT: u64 = 5000;
/// Index entries that a question about one typing mistake looks at; there are up to 24 of them.
const LOOKED_AT_MISTAKES: u64 = 1000;
/// Cards that a question returns.
const CANDIDATES: u64 = 200;
/// Cards in the index's waiting room that are compared.
const WAITING: u64 = 1000;
/// Cards taken over into the index in one transaction.
const BATCH: u64 = 500;

/// What of a card quick search compares and shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate {
    pub id: ClientId,
    pub kind: ClientKind,
    pub name: String,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub phone: String,
    pub mobile_phone: String,
    pub nip: String,
    pub city: String,
    pub assignment: Assignment,
}

impl std::fmt::Debug for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Candidate({})", self.id)
    }
}

#[derive(FromQueryResult)]
struct Raw {
    id: uuid::Uuid,
    kind: String,
    name: String,
    first_name: String,
    last_name: String,
    email: String,
    phone: String,
    mobile_phone: String,
    nip: String,
    city: String,
    owner_id: Option<uuid::Uuid>,
    department_id: Option<uuid::Uuid>,
}

impl Raw {
    fn into_candidate(self) -> Result<Candidate, DbError> {
        Ok(Candidate {
            id: ClientId::from_uuid(self.id),
            kind: ClientKind::from_code(&self.kind).ok_or(DbError::corrupt("clients"))?,
            name: self.name,
            first_name: self.first_name,
            last_name: self.last_name,
            email: self.email,
            phone: self.phone,
            mobile_phone: self.mobile_phone,
            nip: self.nip,
            city: self.city,
            assignment: Assignment {
                owner_id: self.owner_id.map(AccountId::from_uuid),
                department_id: self.department_id.map(DepartmentId::from_uuid),
            },
        })
    }
}

/// The fields that are searched through the index; the name always is.
pub const SEARCHED: [BuiltinField; 4] =
    [BuiltinField::Email, BuiltinField::Phone, BuiltinField::MobilePhone, BuiltinField::Nip];

const COLUMNS: &str = "select clients.id, clients.kind, clients.name, clients.first_name, clients.last_name, clients.email, \
     clients.phone, clients.mobile_phone, clients.nip, clients.city, clients.owner_id, clients.department_id";

/// One search: who asks, in which fields, for what.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    pub visible: &'a Visible,
    /// Of [`SEARCHED`], those the caller may search by.
    pub fields: &'a [BuiltinField],
    pub needle: &'a Needle,
}

/// All cards of somebody who reaches few; nothing for whoever reaches many.
pub async fn few(reader: Reader<'_>, visible: &Visible) -> Result<Option<Vec<Candidate>>, DbError> {
    if visible.is_everything() {
        return Ok(None);
    }
    let backend = reader.connection().get_database_backend();
    let mut sql = Question::new(backend);
    sql.push("select count(*) as n from (select 1 from clients where ");
    sql.visible(visible);
    sql.push(&format!(" limit {}) few", FEW + 1));
    let row = reader.connection().query_one_raw(sql.into_statement()).await?;
    let count: i64 = row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or_default();
    if u64::try_from(count).unwrap_or_default() > FEW {
        return Ok(None);
    }
    let mut sql = Question::new(backend);
    sql.push(&format!("{COLUMNS} from clients where "));
    sql.visible(visible);
    sql.push(&format!(" limit {FEW}"));
    fetch(reader.connection(), sql.into_statement()).await.map(Some)
}

/// Cards that begin with the text or have it in them, and such as are not in the index yet.
pub async fn straight(reader: Reader<'_>, search: Search<'_>) -> Result<Vec<Candidate>, DbError> {
    collect(reader, straight_statements(reader.connection().get_database_backend(), search)).await
}

/// Cards that have the text with one typing mistake in it.
pub async fn mistaken(reader: Reader<'_>, search: Search<'_>) -> Result<Vec<Candidate>, DbError> {
    collect(reader, mistake_statements(reader.connection().get_database_backend(), search)).await
}

/// Cards with this very value in a sealed field. `name` is the field as the blind index names it, `value` what it keeps.
pub async fn sealed(reader: Reader<'_>, visible: &Visible, name: &str, value: &str) -> Result<Vec<Candidate>, DbError> {
    let tag = reader.vault().master.blind_tag(name, value).0;
    let mut sql = Question::new(reader.connection().get_database_backend());
    sql.push(&format!("{COLUMNS} from blind_index cross join clients where field = "));
    sql.bind(name);
    sql.push(" and tag = ");
    sql.bind(tag);
    sql.push(" and clients.id = blind_index.client_id and ");
    sql.visible(visible);
    sql.push(&format!(" limit {CANDIDATES}"));
    fetch(reader.connection(), sql.into_statement()).await
}

async fn collect(reader: Reader<'_>, statements: Vec<Statement>) -> Result<Vec<Candidate>, DbError> {
    if reader.connection().get_database_backend() != DbBackend::Postgres {
        return fetch_all(reader.connection(), statements).await;
    }
    let planned = reader.connection().begin().await?;
    planned.execute_unprepared(BY_INDEX).await?;
    fetch_all(&planned, statements).await
}

/// PostgreSQL's planner takes the few that are asked for as a reason to read cards one after the other until it has
/// found them, which are all cards where few match.
pub const BY_INDEX: &str = "set local enable_seqscan = off";

async fn fetch_all(connection: &impl ConnectionTrait, statements: Vec<Statement>) -> Result<Vec<Candidate>, DbError> {
    let (mut found, mut known) = (Vec::new(), HashSet::new());
    for statement in statements {
        found.extend(fetch(connection, statement).await?.into_iter().filter(|candidate| known.insert(candidate.id)));
    }
    Ok(found)
}

async fn fetch(connection: &impl ConnectionTrait, statement: Statement) -> Result<Vec<Candidate>, DbError> {
    let rows = Raw::find_by_statement(statement).all(connection).await?;
    rows.into_iter().map(Raw::into_candidate).collect()
}

/// The questions behind [`straight`]; public so that benchmarks and plan tests can ask exactly the same.
pub fn straight_statements(backend: DbBackend, search: Search<'_>) -> Vec<Statement> {
    let text = search.needle.text();
    let mut statements = vec![by_name(backend, search, &text)];
    if text.chars().count() < TRIGRAM {
        return statements;
    }
    if search.fields.contains(&BuiltinField::Email) {
        statements.push(by_start(backend, search, "email_norm", &text));
    }
    if let Some(digits) = search.needle.digits()
        && search.fields.contains(&BuiltinField::Nip)
    {
        statements.push(by_start(backend, search, "nip", digits));
    }
    if backend == DbBackend::Postgres {
        statements.extend(postgres_containing(search));
    } else {
        statements.extend(sqlite_containing(search));
        statements.push(waiting(search));
    }
    statements
}

/// The questions behind [`mistaken`].
pub fn mistake_statements(backend: DbBackend, search: Search<'_>) -> Vec<Statement> {
    if backend == DbBackend::Postgres {
        postgres_mistaken(search).into_iter().collect()
    } else {
        sqlite_mistaken(search)
    }
}

/// Names that begin with the text.
fn by_name(backend: DbBackend, search: Search<'_>, text: &str) -> Statement {
    let mut sql = Question::new(backend);
    if backend == DbBackend::Postgres {
        sql.push(&format!("{COLUMNS} from clients where "));
        sql.between("(client_fold(name) collate \"C\")", text);
        sql.push(" and ");
        sql.visible(search.visible);
        sql.push(&format!(" order by (client_fold(name) collate \"C\"), id limit {CANDIDATES}"));
    } else {
        sql.push(&format!("{COLUMNS} from (select client_id from client_terms where "));
        sql.between("name", text);
        sql.push(&format!(
            " order by name limit {LOOKED_AT}) found cross join clients where clients.id = found.client_id and "
        ));
        sql.visible(search.visible);
        sql.push(&format!(" limit {CANDIDATES}"));
    }
    sql.into_statement()
}

/// Values of a column that begin with the text; on PostgreSQL, where the column's index is in no order of code points,
/// those that are it.
fn by_start(backend: DbBackend, search: Search<'_>, column: &str, text: &str) -> Statement {
    let mut sql = Question::new(backend);
    sql.push(&format!("{COLUMNS} from clients where "));
    if backend == DbBackend::Postgres {
        sql.push(&format!("{column} = "));
        sql.bind(text);
    } else {
        sql.between(column, text);
    }
    sql.push(" and ");
    sql.visible(search.visible);
    sql.push(&format!(" limit {CANDIDATES}"));
    sql.into_statement()
}

/// Words that the index can find.
fn searchable<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    words.filter(|word| word.chars().count() >= TRIGRAM).collect()
}

fn text_columns(search: Search<'_>, email: &'static str) -> Vec<&'static str> {
    let email = search.fields.contains(&BuiltinField::Email).then_some(email);
    ["name", "person"].into_iter().chain(email).collect()
}

fn number_fields(search: Search<'_>) -> impl Iterator<Item = (&'static str, bool)> {
    let known = [(BuiltinField::Phone, false), (BuiltinField::MobilePhone, false), (BuiltinField::Nip, true)];
    known.into_iter().filter(move |(field, _)| search.fields.contains(field)).map(|(field, whole)| (field.key(), whole))
}

/// A number as it is looked for in a column: whole for a NIP, without the country's code for a phone.
fn number(digits: &str, whole: bool) -> &str {
    if whole { digits } else { zgoda_domain::quick_search::subscriber(digits) }
}

fn sqlite_containing(search: Search<'_>) -> Option<Statement> {
    let words = searchable(search.needle.words().iter().map(String::as_str));
    let mut questions = Vec::new();
    if !words.is_empty() {
        questions.push(columns_match(&text_columns(search, "email"), &words));
    }
    if let Some(digits) = search.needle.digits().filter(|digits| digits.len() >= TRIGRAM) {
        questions
            .extend(number_fields(search).map(|(column, whole)| columns_match(&[column], &[number(digits, whole)])));
    }
    if questions.is_empty() { None } else { Some(matching(search, &questions.join(" OR "), LOOKED_AT, None)) }
}

fn sqlite_mistaken(search: Search<'_>) -> Vec<Statement> {
    let columns = text_columns(search, "email");
    let mut statements = Vec::new();
    for pattern in search.needle.typos() {
        let parts: Vec<&str> = pattern.parts.iter().map(String::as_str).collect();
        let question = columns_match(&columns, &parts);
        statements.push(matching(search, &question, LOOKED_AT_MISTAKES, Some((&columns, &like(&pattern.around)))));
    }
    for pattern in search.needle.digit_typos() {
        let columns: Vec<&str> = number_fields(search).map(|(column, _)| column).collect();
        let parts: Vec<&str> = pattern.parts.iter().map(String::as_str).collect();
        if !columns.is_empty() {
            let question = columns_match(&columns, &parts);
            statements.push(matching(search, &question, LOOKED_AT_MISTAKES, Some((&columns, &like(&pattern.around)))));
        }
    }
    statements
}

/// An FTS5 question: every phrase in these columns.
pub(crate) fn columns_match(columns: &[&str], phrases: &[&str]) -> String {
    let quoted: Vec<String> = phrases.iter().map(|phrase| format!("\"{}\"", phrase.replace('"', "\"\""))).collect();
    format!("({{{}}} : ({}))", columns.join(" "), quoted.join(" AND "))
}

/// Cards that an FTS5 question finds, perhaps with a pattern in one of the columns.
fn matching(search: Search<'_>, question: &str, looked_at: u64, with: Option<(&[&str], &str)>) -> Statement {
    let mut sql = Question::new(DbBackend::Sqlite);
    sql.push(&format!("{COLUMNS} from (select rowid as n from client_search where client_search match "));
    sql.bind(question);
    sql.push(&format!(
        " limit {looked_at}) found cross join client_terms cross join clients \
         where client_terms.n = found.n and clients.id = client_terms.client_id and "
    ));
    if let Some((columns, pattern)) = with {
        sql.any_like(columns.iter().map(|column| format!("client_terms.{column}")), pattern);
        sql.push(" and ");
    }
    sql.visible(search.visible);
    sql.push(&format!(" limit {CANDIDATES}"));
    sql.into_statement()
}

/// Cards that the index has not got yet, newest first.
fn waiting(search: Search<'_>) -> Statement {
    let mut sql = Question::new(DbBackend::Sqlite);
    sql.push(&format!(
        "{COLUMNS} from (select client_id from client_terms where indexed = 0 order by n desc limit {WAITING}) found \
         cross join clients where clients.id = found.client_id and "
    ));
    sql.visible(search.visible);
    sql.into_statement()
}

/// The indexed expressions of PostgreSQL.
pub(crate) fn postgres_expression(column: &str) -> &'static str {
    match column {
        "name" => "client_fold(name)",
        "person" => "client_person(name, first_name, last_name)",
        "phone" => "client_digits(phone)",
        "mobile_phone" => "client_digits(mobile_phone)",
        "nip" => "nip",
        _ => "email_norm",
    }
}

fn postgres_containing(search: Search<'_>) -> Option<Statement> {
    let words = searchable(search.needle.words().iter().map(String::as_str));
    let mut sql = Question::new(DbBackend::Postgres);
    sql.push(&format!("{COLUMNS} from clients where ("));
    let mut some = false;
    if !words.is_empty() {
        for column in text_columns(search, "email_norm") {
            sql.push(if some { " or (" } else { "(" });
            some = true;
            for (at, word) in words.iter().enumerate() {
                sql.push(if at > 0 { " and " } else { "" });
                sql.any_like(std::iter::once(postgres_expression(column).to_owned()), &format!("%{}%", escaped(word)));
            }
            sql.push(")");
        }
    }
    if let Some(digits) = search.needle.digits().filter(|digits| digits.len() >= TRIGRAM) {
        for (column, whole) in number_fields(search) {
            sql.push(if some { " or " } else { "" });
            some = true;
            sql.any_like(
                std::iter::once(postgres_expression(column).to_owned()),
                &format!("%{}%", number(digits, whole)),
            );
        }
    }
    sql.push(") and ");
    sql.visible(search.visible);
    sql.push(&format!(" limit {CANDIDATES}"));
    some.then(|| sql.into_statement())
}

fn postgres_mistaken(search: Search<'_>) -> Option<Statement> {
    let texts = search.needle.typos();
    let numbers = search.needle.digit_typos();
    let mut sql = Question::new(DbBackend::Postgres);
    sql.push(&format!("{COLUMNS} from clients where ("));
    let mut some = false;
    for (columns, patterns) in [
        (text_columns(search, "email_norm"), texts),
        (number_fields(search).map(|(column, _)| column).collect(), numbers),
    ] {
        for pattern in patterns.iter().filter(|_| !columns.is_empty()) {
            sql.push(if some { " or " } else { "" });
            some = true;
            let expressions = columns.iter().map(|column| postgres_expression(column).to_owned());
            sql.any_like(expressions, &like(&pattern.around));
        }
    }
    sql.push(") and ");
    sql.visible(search.visible);
    sql.push(&format!(" limit {CANDIDATES}"));
    some.then(|| sql.into_statement())
}

/// A `like` pattern with what stands before and after a mistake.
fn like((before, after): &(String, String)) -> String {
    format!("%{}%{}%", escaped(before), escaped(after))
}

/// What means something in a pattern, taken literally.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// Takes cards over into the index, some hundred at a time; how many. PostgreSQL has its own waiting room.
pub async fn take_over(tx: &Tx) -> Result<u64, DbError> {
    let sql = format!(
        "update client_terms set indexed = 1 where n in (select n from client_terms where indexed = 0 order by n limit {BATCH})"
    );
    Ok(tx.connection().execute_unprepared(&sql).await?.rows_affected())
}

/// Whether cards wait to be taken over.
pub async fn any_waiting(reader: Reader<'_>) -> Result<bool, DbError> {
    let connection = reader.connection();
    if connection.get_database_backend() == DbBackend::Postgres {
        return Ok(false);
    }
    let sql = "select 1 from client_terms where indexed = 0 limit 1";
    Ok(connection.query_one_raw(Statement::from_string(DbBackend::Sqlite, sql)).await?.is_some())
}

/// SQL of our own words with every value bound.
struct Question {
    backend: DbBackend,
    text: String,
    values: Vec<Value>,
}

impl Question {
    const fn new(backend: DbBackend) -> Self {
        Self { backend, text: String::new(), values: Vec::new() }
    }

    fn push(&mut self, words: &str) {
        self.text.push_str(words);
    }

    fn bind(&mut self, value: impl Into<Value>) {
        self.values.push(value.into());
        self.text.push_str(&format!("${}", self.values.len()));
    }

    /// Everything that begins with the text, in the order of code points.
    fn between(&mut self, expression: &str, text: &str) {
        self.push(&format!("{expression} >= "));
        self.bind(text);
        self.push(&format!(" and {expression} < "));
        self.bind(format!("{text}\u{10ffff}"));
    }

    fn any_like(&mut self, expressions: impl Iterator<Item = String>, pattern: &str) {
        self.push("(");
        for (at, expression) in expressions.enumerate() {
            self.push(if at > 0 { " or " } else { "" });
            self.push(&format!("{expression} like "));
            self.bind(pattern);
            self.push(if self.backend == DbBackend::Postgres { "" } else { " escape '\\'" });
        }
        self.push(")");
    }

    /// Only the cards the caller may reach.
    fn visible(&mut self, visible: &Visible) {
        let (condition, values) = visible_condition(self.backend, visible);
        if visible.scope() == Scope::All && condition.is_empty() {
            self.push("1 = 1");
            return;
        }
        // Its values are numbered from one.
        let before = self.values.len();
        let mut parts = condition.split('$');
        self.push(parts.next().unwrap_or_default());
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            let (place, rest) = part.split_at(end);
            self.push(&format!("${}{rest}", before + place.parse::<usize>().unwrap_or_default()));
        }
        self.values.extend(values);
    }

    fn into_statement(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }
}
