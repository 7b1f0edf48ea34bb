//! About how many cards match, where counting all of them would take too long.
//!
//! Some cards are looked at, spread evenly over the table, and what is found among them stands for the rest. On SQLite
//! rows by their places, on PostgreSQL whole blocks; the same ones each time, so that the same question is answered alike.

use crate::{
    client_list::matching,
    error::DbError,
    tx::{Reader, Source},
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use zgoda_domain::{access::Visible, search::Resolved};

/// How many cards are looked at. Of a tenth of all they are so many that the estimate is some hundredths off.
pub const LOOKED_AT: u64 = 10_000;
/// The same where all cards are meant: only those that were deleted make a difference.
pub const LOOKED_AT_OF_ALL: u64 = 100;
/// About how many cards a block of PostgreSQL holds.
const IN_A_BLOCK: u64 = 10;

/// About how many cards match, by a look at `look_at` of them. Exact when there are no more.
pub async fn about(reader: Reader<'_>, visible: &Visible, search: &Resolved, look_at: u64) -> Result<u64, DbError> {
    if reader.connection().get_database_backend() == DbBackend::Postgres {
        let blocks =
            number(reader, "select pg_relation_size('clients') / current_setting('block_size')::bigint as n").await?;
        let share = share(look_at.div_ceil(IN_A_BLOCK), blocks);
        let beginning =
            format!("select count(*) as n from clients tablesample system ({}) repeatable (1)", share * 100.0);
        let found = matching(&beginning, reader, visible, search).await?.count(reader).await?;
        return Ok(scaled(found, share));
    }
    // Places of rows are handed out in order; those of deleted cards find nobody, as they should.
    let last = number(reader, "select coalesce(max(rowid), 0) as n from clients").await?;
    if last == 0 {
        return Ok(0);
    }
    // One place of each stretch, and not the same one: else what comes back every so many rows would be taken for all or none.
    let stretch = (last / look_at.max(1)).max(1);
    let stretches = last / stretch;
    // Without an index: the places lead, and each is looked up once.
    let beginning = "select count(*) as n from clients not indexed";
    let mut sql = matching(beginning, reader, visible, search).await?;
    sql.and();
    sql.push("rowid in (with recursive stretch (i) as (select 0 union all select i + 1 from stretch where i + 1 < ");
    sql.bind(signed(stretches));
    sql.push(") select i * ");
    sql.bind(signed(stretch));
    sql.push(" + i * 2654435761 % ");
    sql.bind(signed(stretch));
    sql.push(" + 1 from stretch)");
    Ok(sql.count(reader).await?.saturating_mul(last) / stretches)
}

async fn number(reader: Reader<'_>, question: &str) -> Result<u64, DbError> {
    let connection = reader.connection();
    let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), question)).await?;
    let number: i64 = row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or_default();
    Ok(u64::try_from(number).unwrap_or_default())
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "of an estimate")]
fn share(some: u64, all: u64) -> f64 {
    if all <= some { 1.0 } else { some as f64 / all as f64 }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "of an estimate that is not negative"
)]
fn scaled(found: u64, share: f64) -> u64 {
    (found as f64 / share).round() as u64
}
