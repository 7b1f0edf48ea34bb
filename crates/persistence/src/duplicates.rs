//! Pairs of cards that look like one person's, found card by card as cards are made and changed.

use crate::{
    client_list::visible_ids,
    clients::{self, ClientRecord},
    entity::{client, duplicate_pair},
    error::DbError,
    tx::{Reader, Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;
use zgoda_domain::{
    access::Visible,
    id::{AccountId, ClientId, DuplicateId},
    merge::DuplicateReason,
};

/// Two cards that look like one person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub id: DuplicateId,
    pub first: ClientId,
    pub second: ClientId,
    pub reasons: Vec<DuplicateReason>,
    /// 0 to 100.
    pub score: i32,
}

/// A pair that was found: the other card, why, and how sure it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub id: DuplicateId,
    pub other: ClientId,
    pub reasons: Vec<DuplicateReason>,
    pub score: i32,
}

/// The next cards to be compared: those changed after the last one that was, and before a moment.
pub async fn next(
    reader: Reader<'_>,
    until: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<(ClientRecord, DateTime<Utc>)>, DbError> {
    let connection = reader.connection();
    let backend = connection.get_database_backend();
    let place = Statement::from_string(backend, "select at, client_id from duplicate_scan");
    let mut query = client::Entity::find()
        .select_only()
        .columns([client::Column::Id, client::Column::UpdatedAt])
        .filter(client::Column::UpdatedAt.lt(until));
    if let Some(row) = connection.query_one_raw(place).await? {
        let (at, id): (DateTime<Utc>, Uuid) = (row.try_get("", "at")?, row.try_get("", "client_id")?);
        query = query
            .filter(client::Column::UpdatedAt.gte(at))
            .filter(client::Column::UpdatedAt.gt(at).or(client::Column::Id.gt(id)));
    }
    let rows: Vec<(Uuid, DateTime<Utc>)> = query
        .order_by_asc(client::Column::UpdatedAt)
        .order_by_asc(client::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(connection)
        .await?;
    let mut cards = Vec::with_capacity(rows.len());
    for (id, at) in rows {
        if let Some(card) = clients::load(&reader, ClientId::from_uuid(id)).await? {
            cards.push((card, at));
        }
    }
    Ok(cards)
}

/// Notes how far cards were compared.
pub async fn compared(tx: &Tx, id: ClientId, at: DateTime<Utc>) -> Result<(), DbError> {
    let sql = "insert into duplicate_scan (id, at, client_id) values (1, $1, $2) \
               on conflict (id) do update set at = excluded.at, client_id = excluded.client_id";
    execute(tx, sql, vec![at.into(), id.as_uuid().into()]).await
}

/// Writes the pairs of a card anew. What somebody said about a pair before is remembered.
pub async fn write(tx: &Tx, card: ClientId, found: &[Found], now: DateTime<Utc>) -> Result<(), DbError> {
    duplicate_pair::Entity::delete_many()
        .filter(duplicate_pair::Column::DismissedAt.is_null())
        .filter(
            duplicate_pair::Column::FirstId.eq(card.as_uuid()).or(duplicate_pair::Column::SecondId.eq(card.as_uuid())),
        )
        .exec(tx.connection())
        .await?;
    for one in found {
        let (first, second) = (card.min(one.other).as_uuid(), card.max(one.other).as_uuid());
        let reasons = one.reasons.iter().map(|reason| reason.code()).collect::<Vec<_>>().join(",");
        // Either card may be gone by now, or be going: whoever deletes it at this moment is waited for.
        let lock = if tx.connection().get_database_backend() == DbBackend::Postgres { "for key share" } else { "" };
        let sql = format!(
            "insert into duplicate_pairs (id, first_id, second_id, reasons, score, found_at) \
             select $1, a.id, b.id, $4, $5, $6 from clients a, clients b where a.id = $2 and b.id = $3 {lock} \
             on conflict (first_id, second_id) do nothing"
        );
        let values =
            vec![one.id.as_uuid().into(), first.into(), second.into(), reasons.into(), one.score.into(), now.into()];
        execute(tx, &sql, values).await?;
    }
    Ok(())
}

async fn execute(tx: &Tx, sql: &str, values: Vec<Value>) -> Result<(), DbError> {
    let connection = tx.connection();
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    connection.execute_raw(statement).await?;
    Ok(())
}

/// One page of pairs of which the caller may reach both, the surest first, with the id to go on from.
pub async fn page(
    reader: Reader<'_>,
    visible: &Visible,
    after: Option<DuplicateId>,
    limit: u64,
) -> Result<(Vec<Pair>, Option<DuplicateId>), DbError> {
    let connection = reader.connection();
    let backend = connection.get_database_backend();
    let mut query = duplicate_pair::Entity::find()
        .filter(duplicate_pair::Column::DismissedAt.is_null())
        .order_by_desc(duplicate_pair::Column::Score)
        .order_by_desc(duplicate_pair::Column::Id)
        .limit(limit + 1);
    if !visible.is_everything() {
        for column in ["first_id", "second_id"] {
            let (ids, values) = visible_ids(backend, visible);
            query = query.filter(Expr::cust_with_values(format!("{column} in ({ids})"), values));
        }
    }
    if let Some(after) = after
        && let Some(last) = duplicate_pair::Entity::find_by_id(after.as_uuid()).one(connection).await?
    {
        query = query
            .filter(duplicate_pair::Column::Score.lte(last.score))
            .filter(duplicate_pair::Column::Score.lt(last.score).or(duplicate_pair::Column::Id.lt(last.id)));
    }
    let mut rows = query.all(connection).await?;
    let more = u64::try_from(rows.len()).unwrap_or_default() > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| more).map(|row| DuplicateId::from_uuid(row.id));
    Ok((rows.into_iter().map(to_pair).collect::<Result<_, _>>()?, next))
}

/// A pair that nobody has decided on.
pub async fn load(source: &impl Source, id: DuplicateId) -> Result<Option<Pair>, DbError> {
    let row = duplicate_pair::Entity::find_by_id(id.as_uuid())
        .filter(duplicate_pair::Column::DismissedAt.is_null())
        .one(source.connection())
        .await?;
    row.map(to_pair).transpose()
}

/// Remembers that the two are not one person.
pub async fn dismiss(tx: &Tx, id: DuplicateId, by: Option<AccountId>, now: DateTime<Utc>) -> Result<(), DbError> {
    duplicate_pair::Entity::update_many()
        .col_expr(duplicate_pair::Column::DismissedAt, Expr::value(now))
        .col_expr(duplicate_pair::Column::DismissedBy, Expr::value(by.map(AccountId::as_uuid)))
        .filter(duplicate_pair::Column::Id.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// A pair that somebody said is not one person.
pub async fn load_dismissed(source: &impl Source, id: DuplicateId) -> Result<Option<Pair>, DbError> {
    let row = duplicate_pair::Entity::find_by_id(id.as_uuid())
        .filter(duplicate_pair::Column::DismissedAt.is_not_null())
        .one(source.connection())
        .await?;
    row.map(to_pair).transpose()
}

/// Forgets that somebody said so.
pub async fn restore(tx: &Tx, id: DuplicateId) -> Result<(), DbError> {
    duplicate_pair::Entity::update_many()
        .col_expr(duplicate_pair::Column::DismissedAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(duplicate_pair::Column::DismissedBy, Expr::value(None::<Uuid>))
        .filter(duplicate_pair::Column::Id.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

fn to_pair(row: duplicate_pair::Model) -> Result<Pair, DbError> {
    let reasons: Option<Vec<DuplicateReason>> = row.reasons.split(',').map(DuplicateReason::from_code).collect();
    Ok(Pair {
        id: DuplicateId::from_uuid(row.id),
        first: ClientId::from_uuid(row.first_id),
        second: ClientId::from_uuid(row.second_id),
        reasons: reasons.ok_or(DbError::corrupt("duplicate_pairs"))?,
        score: row.score,
    })
}
