//! Tags, and which clients have them.

use crate::{
    entity::{client, client_tag, tag},
    error::DbError,
    tx::{Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use std::collections::HashMap;
use uuid::Uuid;
use zgoda_domain::{
    id::{ClientId, TagId},
    tag::{NewTag, TagColour},
};

/// A stored tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRecord {
    pub id: TagId,
    pub version: i32,
    pub name: String,
    pub colour: TagColour,
    pub created_at: DateTime<Utc>,
}

/// Stores a tag. [`DbError::Taken`] when there is one of that name.
pub async fn insert(tx: &Tx, id: TagId, new: &NewTag, now: DateTime<Utc>) -> Result<(), DbError> {
    let row = tag::ActiveModel {
        id: Set(id.as_uuid()),
        version: Set(1),
        name: Set(new.name.as_str().to_owned()),
        name_key: Set(new.name.key()),
        colour: Set(new.colour.code().to_owned()),
        created_at: Set(now),
    };
    tag::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Overwrites a tag if it still has the version the caller saw.
pub async fn update(tx: &Tx, id: TagId, seen: i32, new: &NewTag) -> Result<(), DbError> {
    let change = tag::ActiveModel {
        version: Set(seen + 1),
        name: Set(new.name.as_str().to_owned()),
        name_key: Set(new.name.key()),
        colour: Set(new.colour.code().to_owned()),
        ..Default::default()
    };
    let result = tag::Entity::update_many()
        .set(change)
        .filter(tag::Column::Id.eq(id.as_uuid()))
        .filter(tag::Column::Version.eq(seen))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(DbError::Outdated) }
}

/// Takes a tag away, from every client that has it too.
pub async fn delete(tx: &Tx, id: TagId) -> Result<(), DbError> {
    tag::Entity::delete_by_id(id.as_uuid()).exec(tx.connection()).await?;
    Ok(())
}

/// Loads a tag to change it or to put it on clients: until the transaction ends nobody else takes it away.
pub async fn load_locked(tx: &Tx, id: TagId) -> Result<Option<TagRecord>, DbError> {
    tag::Entity::find_by_id(id.as_uuid()).lock_exclusive().one(tx.connection()).await?.map(to_record).transpose()
}

/// Every tag, by name.
pub async fn all(source: &impl Source) -> Result<Vec<TagRecord>, DbError> {
    let rows = tag::Entity::find().order_by_asc(tag::Column::Name).all(source.connection()).await?;
    rows.into_iter().map(to_record).collect()
}

/// How many tags there are.
pub async fn count(source: &impl Source) -> Result<u64, DbError> {
    Ok(tag::Entity::find().count(source.connection()).await?)
}

/// How many clients have each tag; one that nobody has is not among them.
pub async fn uses(source: &impl Source) -> Result<HashMap<TagId, u64>, DbError> {
    let rows: Vec<(Uuid, i64)> = client_tag::Entity::find()
        .select_only()
        .column(client_tag::Column::TagId)
        .column_as(client_tag::Column::ClientId.count(), "clients")
        .group_by(client_tag::Column::TagId)
        .into_tuple()
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(|(tag, clients)| (TagId::from_uuid(tag), clients.unsigned_abs())).collect())
}

/// How many clients have a tag.
pub async fn uses_of(source: &impl Source, tag: TagId) -> Result<u64, DbError> {
    let of_tag = client_tag::Entity::find().filter(client_tag::Column::TagId.eq(tag.as_uuid()));
    Ok(of_tag.count(source.connection()).await?)
}

/// A client's tags.
pub async fn of_client(source: &impl Source, client: ClientId) -> Result<Vec<TagId>, DbError> {
    Ok(of_clients(source, &[client]).await?.remove(&client).unwrap_or_default())
}

/// The tags of these clients; who has none is not among them.
pub async fn of_clients(source: &impl Source, clients: &[ClientId]) -> Result<HashMap<ClientId, Vec<TagId>>, DbError> {
    let mut found: HashMap<ClientId, Vec<TagId>> = HashMap::new();
    for some in clients.chunks(1000) {
        let rows: Vec<(Uuid, Uuid)> = client_tag::Entity::find()
            .select_only()
            .columns([client_tag::Column::ClientId, client_tag::Column::TagId])
            .filter(client_tag::Column::ClientId.is_in(some.iter().map(|id| id.as_uuid())))
            .order_by_asc(client_tag::Column::TagId)
            .into_tuple()
            .all(source.connection())
            .await?;
        for (client, tag) in rows {
            found.entry(ClientId::from_uuid(client)).or_default().push(TagId::from_uuid(tag));
        }
    }
    Ok(found)
}

/// Puts exactly these tags on a client, whose card the transaction holds; the card's new version.
pub async fn set(tx: &Tx, client: ClientId, seen: i32, tags: &[TagId], now: DateTime<Utc>) -> Result<i32, DbError> {
    touch(tx, client, seen, now).await?;
    client_tag::Entity::delete_many()
        .filter(client_tag::Column::ClientId.eq(client.as_uuid()))
        .filter(client_tag::Column::TagId.is_not_in(tags.iter().map(|id| id.as_uuid())))
        .exec(tx.connection())
        .await?;
    if !tags.is_empty() {
        let rows = tags
            .iter()
            .map(|tag| client_tag::ActiveModel { tag_id: Set(tag.as_uuid()), client_id: Set(client.as_uuid()) });
        let known =
            OnConflict::columns([client_tag::Column::TagId, client_tag::Column::ClientId]).do_nothing().to_owned();
        client_tag::Entity::insert_many(rows).on_conflict(known).exec_without_returning(tx.connection()).await?;
    }
    Ok(seen + 1)
}

/// The card is another one for whoever looked at it before.
async fn touch(tx: &Tx, id: ClientId, seen: i32, now: DateTime<Utc>) -> Result<(), DbError> {
    let result = client::Entity::update_many()
        .col_expr(client::Column::Version, Expr::col(client::Column::Version).add(1))
        .col_expr(client::Column::UpdatedAt, Expr::value(now))
        .filter(client::Column::Id.eq(id.as_uuid()))
        .filter(client::Column::Version.eq(seen))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(DbError::Outdated) }
}

fn to_record(row: tag::Model) -> Result<TagRecord, DbError> {
    Ok(TagRecord {
        id: TagId::from_uuid(row.id),
        version: row.version,
        name: row.name,
        colour: TagColour::from_code(&row.colour).ok_or(DbError::corrupt("tags"))?,
        created_at: row.created_at,
    })
}
