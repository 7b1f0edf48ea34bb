//! Where clients came from, and the addresses of those who are not to come back.

use crate::{
    entity::{account, client, client_origin, erased_address, import_origin},
    error::DbError,
    keys, merges,
    tx::{Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::OnConflict,
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;
use zgoda_domain::{
    id::{AccountId, ClientId, JobId},
    import::Origin,
};
use zgoda_vault::Place;

/// One import that made or changed a client's card.
#[derive(Clone, Debug)]
pub struct OriginRecord {
    pub origin: Origin,
    pub imported_at: DateTime<Utc>,
    pub imported_by: Option<String>,
    /// Whether it made the card.
    pub made: bool,
}

/// Stores where the clients of an import come from, under its job's id.
pub async fn insert(
    tx: &Tx,
    job: JobId,
    account: AccountId,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let clear = serde_json::to_vec(origin).map_err(|_| DbError::corrupt("import_origins"))?;
    let row = import_origin::ActiveModel {
        id: Set(job.as_uuid()),
        account_id: Set(account.as_uuid()),
        imported_at: Set(now),
        content: Set(keys::seal_for_organisation(tx, place(job.as_uuid()), &clear)?),
    };
    import_origin::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Notes that clients came, or got something, from an import.
pub async fn add(tx: &Tx, job: JobId, clients: &[ClientId], made: bool) -> Result<(), DbError> {
    for some in clients.chunks(1000) {
        let rows = some.iter().map(|client| client_origin::ActiveModel {
            client_id: Set(client.as_uuid()),
            origin_id: Set(job.as_uuid()),
            made: Set(made),
        });
        let known = OnConflict::columns([client_origin::Column::ClientId, client_origin::Column::OriginId])
            .do_nothing()
            .to_owned();
        client_origin::Entity::insert_many(rows).on_conflict(known).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// Notes that nothing of an import is left on clients.
pub async fn remove(tx: &Tx, job: JobId, clients: &[ClientId]) -> Result<(), DbError> {
    client_origin::Entity::delete_many()
        .filter(client_origin::Column::OriginId.eq(job.as_uuid()))
        .filter(client_origin::Column::ClientId.is_in(clients.iter().map(|id| id.as_uuid())))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Where a client came from, earliest first; with the cards that were merged into the client's.
pub async fn of_client(source: &impl Source, client: ClientId) -> Result<Vec<OriginRecord>, DbError> {
    let lineage = merges::lineage(source, client).await?;
    let links = client_origin::Entity::find()
        .filter(client_origin::Column::ClientId.is_in(lineage.iter().map(|id| id.as_uuid())))
        .all(source.connection())
        .await?;
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let made: HashSet<Uuid> = links.iter().filter(|link| link.made).map(|link| link.origin_id).collect();
    let origins = import_origin::Entity::find()
        .filter(import_origin::Column::Id.is_in(links.iter().map(|link| link.origin_id)))
        .order_by_asc(import_origin::Column::ImportedAt)
        .all(source.connection())
        .await?;
    let accounts = account::Entity::find()
        .filter(account::Column::Id.is_in(origins.iter().map(|origin| origin.account_id)))
        .all(source.connection())
        .await?;
    let names: HashMap<Uuid, String> = accounts.into_iter().map(|account| (account.id, account.name)).collect();
    origins
        .into_iter()
        .map(|row| {
            let clear = keys::open_for_organisation(source, place(row.id), row.content)?;
            Ok(OriginRecord {
                origin: serde_json::from_slice(&clear).map_err(|_| DbError::corrupt("import_origins"))?,
                imported_at: row.imported_at,
                imported_by: names.get(&row.account_id).cloned(),
                made: made.contains(&row.id),
            })
        })
        .collect()
}

/// Forgets where clients came from.
pub(crate) async fn forget(tx: &Tx, clients: &[ClientId]) -> Result<(), DbError> {
    client_origin::Entity::delete_many()
        .filter(client_origin::Column::ClientId.is_in(clients.iter().map(|id| id.as_uuid())))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Forgets origins of before that no client has any more.
pub async fn tidy(tx: &Tx, before: DateTime<Utc>) -> Result<(), DbError> {
    let used = client_origin::Entity::find().select_only().column(client_origin::Column::OriginId).into_query();
    import_origin::Entity::delete_many()
        .filter(import_origin::Column::ImportedAt.lt(before))
        .filter(import_origin::Column::Id.not_in_subquery(used))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Remembers the address of a client who is about to be deleted, so that no import brings them back. Only its keyed hash is
/// kept.
pub async fn remember_erased(tx: &Tx, client: ClientId, now: DateTime<Utc>) -> Result<(), DbError> {
    let address: Option<String> = client::Entity::find_by_id(client.as_uuid())
        .select_only()
        .column(client::Column::EmailNorm)
        .into_tuple()
        .one(tx.connection())
        .await?;
    let Some(address) = address.filter(|address| !address.is_empty()) else { return Ok(()) };
    let row = erased_address::ActiveModel { address_tag: Set(erased_tag(tx, &address)), erased_at: Set(now) };
    let again = OnConflict::column(erased_address::Column::AddressTag)
        .update_column(erased_address::Column::ErasedAt)
        .to_owned();
    erased_address::Entity::insert(row).on_conflict(again).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Those of these addresses, in the form in which they are compared, whose card was deleted.
pub async fn erased<'a>(source: &impl Source, addresses: &[&'a str]) -> Result<HashSet<&'a str>, DbError> {
    let tags: HashMap<Vec<u8>, &str> =
        addresses.iter().map(|address| (erased_tag(source, address), *address)).collect();
    if tags.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = erased_address::Entity::find()
        .filter(erased_address::Column::AddressTag.is_in(tags.keys().cloned()))
        .all(source.connection())
        .await?;
    Ok(rows.iter().filter_map(|row| tags.get(&row.address_tag).copied()).collect())
}

fn erased_tag(source: &impl Source, address: &str) -> Vec<u8> {
    source.vault().master.blind_tag("erased-address", address).0
}

const fn place(id: Uuid) -> Place<'static> {
    Place { table: "import_origins", column: "content", row: id }
}
