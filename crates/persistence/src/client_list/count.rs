//! How many clients match, and which.

use super::Sql;
use crate::{
    error::DbError,
    search_plan,
    tx::{Reader, Source},
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement};
use zgoda_domain::{access::Visible, id::ClientId, search::Resolved};

/// How many cards match.
pub async fn count(reader: Reader<'_>, visible: &Visible, search: &Resolved) -> Result<u64, DbError> {
    matching("select count(*) as n from clients", reader, visible, search).await?.count(reader).await
}

/// `beginning`, which names the cards, and what has to hold of them.
pub(crate) async fn matching(
    beginning: &str,
    reader: Reader<'_>,
    visible: &Visible,
    search: &Resolved,
) -> Result<Sql, DbError> {
    let mut sql = Sql::new(reader.connection().get_database_backend());
    sql.push(beginning);
    sql.visible(visible);
    sql.search(&reader.vault().master, &search_plan::ask(reader, search).await?, None);
    Ok(sql)
}

/// How many cards match, counted to `most` and no further.
pub async fn count_up_to(reader: Reader<'_>, visible: &Visible, search: &Resolved, most: u64) -> Result<u64, DbError> {
    counted(reader, count_statement(reader, visible, search, most).await?).await
}

/// What [`count_up_to`] asks; public so that benchmarks can ask exactly the same.
pub async fn count_statement(
    reader: Reader<'_>,
    visible: &Visible,
    search: &Resolved,
    most: u64,
) -> Result<Statement, DbError> {
    let mut sql = matching("select count(*) as n from (select 1 from clients", reader, visible, search).await?;
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
        sql.only(some);
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
    search: &Resolved,
    window: Window,
) -> Result<Vec<ClientId>, DbError> {
    let mut sql = matching("select id from clients", reader, visible, search).await?;
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

impl Sql {
    /// The number that the question asks for as `n`.
    pub(crate) async fn count(self, reader: Reader<'_>) -> Result<u64, DbError> {
        counted(reader, self.into_statement()).await
    }
}

async fn counted(reader: Reader<'_>, statement: Statement) -> Result<u64, DbError> {
    let row = reader.connection().query_one_raw(statement).await?;
    let count: i64 = row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or_default();
    Ok(u64::try_from(count).unwrap_or_default())
}
