//! Places in a list.

use super::{Sql, expression};
use crate::{
    error::DbError,
    keys,
    tx::{Reader, Source},
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult};
use serde::{Deserialize, Serialize};
use zgoda_domain::{
    access::Visible,
    field_ref::FieldRef,
    id::{AccountId, ClientId},
    list::{Comparison, Order},
};
use zgoda_vault::Place;

/// A place in a list: where a row stood when it was read. It stays a place when the row moves or goes.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// What the list is ordered by.
    pub field: FieldRef,
    pub(super) key: SortKey,
    pub(super) id: ClientId,
}

impl std::fmt::Debug for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mark(…)")
    }
}

impl Mark {
    /// Of a row that tells its id and, as `k`, its key.
    pub(crate) fn of_row(backend: DbBackend, row: &QueryResult, order: Order) -> Result<Self, DbError> {
        let id = ClientId::from_uuid(row.try_get("", "id")?);
        Ok(Self { field: order.field, key: read_key(backend, row, order.comparison)?, id })
    }

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

/// A row's place in an order.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum SortKey {
    Text(String),
    Integer(i64),
    /// The bits of a real number: no text tells all of them.
    Real(u64),
    Moment(DateTime<Utc>),
}

impl Sql {
    pub(super) fn value(&mut self, key: SortKey, comparison: Comparison) {
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
}

/// Where a client stands in an order now; `None` when the caller may not reach it.
pub(super) async fn mark_of(
    reader: Reader<'_>,
    visible: &Visible,
    order: Order,
    at: ClientId,
) -> Result<Option<Mark>, DbError> {
    mark_over(reader.connection(), visible, order, at).await
}

/// The same over any connection, such as one that sees the database as it was at one moment.
pub(crate) async fn mark_over(
    connection: &impl ConnectionTrait,
    visible: &Visible,
    order: Order,
    at: ClientId,
) -> Result<Option<Mark>, DbError> {
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
pub(super) fn key_cast(backend: DbBackend, comparison: Comparison) -> &'static str {
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
