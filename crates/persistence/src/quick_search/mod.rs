//! Candidates for quick search, through an index of words and one of trigrams. Each question is bounded, whatever is typed:
//! it is the caller who ranks what is found.

mod questions;

use crate::{
    client_list::Sql,
    error::DbError,
    tx::{Reader, Source, Tx},
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, TransactionTrait};
use std::collections::HashSet;
use zgoda_domain::{
    access::{Assignment, Visible},
    client::{BuiltinField, ClientKind},
    id::{AccountId, ClientId, DepartmentId},
    quick_search::Needle,
};

use questions::{MEANT, parts};
pub use questions::{Step, advice};
pub(crate) use questions::{columns_match, escaped, postgres_expression};

/// Somebody who reaches no more cards than this has all of them compared, without the index.
const FEW: u64 = 2000;
/// Cards that a question returns.
const CANDIDATES: u64 = 100;
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
    let mut sql = Sql::new(backend);
    sql.push("select count(*) as n from (select 1 from clients where ");
    sql.reachable(visible);
    sql.push(&format!(" limit {}) few", FEW + 1));
    let row = reader.connection().query_one_raw(sql.into_statement()).await?;
    let count: i64 = row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or_default();
    if u64::try_from(count).unwrap_or_default() > FEW {
        return Ok(None);
    }
    let mut sql = Sql::new(backend);
    sql.push(&format!("{COLUMNS} from clients where "));
    sql.reachable(visible);
    sql.push(&format!(" limit {FEW}"));
    fetch(reader.connection(), sql.into_statement()).await.map(Some)
}

/// Cards with this very value in a sealed field. `name` is the field as the blind index names it, `value` what it keeps.
pub async fn sealed(reader: Reader<'_>, visible: &Visible, name: &str, value: &str) -> Result<Vec<Candidate>, DbError> {
    let tag = reader.vault().master.blind_tag(name, value).0;
    let mut sql = Sql::new(reader.connection().get_database_backend());
    sql.push(&format!("{COLUMNS} from blind_index cross join clients where field = "));
    sql.bind(name);
    sql.push(" and tag = ");
    sql.bind(tag);
    sql.push(" and clients.id = blind_index.client_id and ");
    sql.reachable(visible);
    sql.push(&format!(" limit {CANDIDATES}"));
    fetch(reader.connection(), sql.into_statement()).await
}

/// What one step finds.
pub async fn step(reader: Reader<'_>, search: Search<'_>, step: Step) -> Result<Vec<Candidate>, DbError> {
    let connection = reader.connection();
    let backend = connection.get_database_backend();
    let statements = step.statements(backend, search);
    if statements.is_empty() {
        return Ok(Vec::new());
    }
    if backend != DbBackend::Postgres {
        return fetch_step(connection, search, step, statements).await;
    }
    let planned = connection.begin().await?;
    planned.execute_unprepared(&advice(search).join("; ")).await?;
    let found = fetch_step(&planned, search, step, statements).await?;
    planned.commit().await?;
    Ok(found)
}

async fn fetch_step(
    connection: &impl ConnectionTrait,
    search: Search<'_>,
    step: Step,
    statements: Vec<Statement>,
) -> Result<Vec<Candidate>, DbError> {
    if step != Step::Mistakes || search.needle.words().len() < 2 {
        return fetch_all(connection, statements).await;
    }
    // Beside other words each word that was perhaps meant, and that somebody has, leads to those who have them all.
    let backend = connection.get_database_backend();
    let (mut statements, mut further) = (statements.into_iter(), Vec::new());
    for (mistake, statement) in search.needle.mistakes().iter().zip(statements.by_ref()) {
        for row in connection.query_all_raw(statement).await? {
            let meant: String = row.try_get("", "meant")?;
            let words: Vec<&str> =
                mistake.others.iter().map(String::as_str).chain(std::iter::once(meant.as_str())).collect();
            further.extend(parts(backend, search, &words, None));
        }
    }
    // However many words were typed.
    further.truncate(MEANT);
    fetch_all(connection, further.into_iter().chain(statements).collect()).await
}

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
