//! The clients' data keys.

use crate::{
    db::Vault,
    entity::client_key,
    error::DbError,
    file_chunks,
    tx::{Adds, Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};
use std::collections::HashMap;
use uuid::Uuid;
use zgoda_domain::id::ClientId;
use zgoda_vault::{ChunkPlace, DataKey, Place, Sealed, WrappedKey};

/// A client whose data key is at hand, so that what is written about it can be sealed.
#[derive(Clone, Debug)]
pub struct KeyedClient {
    id: ClientId,
    key: DataKey,
}

impl KeyedClient {
    pub const fn id(&self) -> ClientId {
        self.id
    }

    /// Seals a value under the client's key for one place in the database.
    pub(crate) fn seal(&self, source: &impl Source, place: Place<'static>, clear: &[u8]) -> Result<Vec<u8>, DbError> {
        seal(source, &self.key, place, clear)
    }

    pub(crate) fn open(&self, place: Place<'static>, sealed: Vec<u8>) -> Result<Vec<u8>, DbError> {
        open(&self.key, place, sealed)
    }
}

/// Makes and stores a new client's key.
pub(crate) fn create(tx: &impl Adds, id: ClientId, now: DateTime<Utc>) -> Result<KeyedClient, DbError> {
    let (client, row) = make(tx, id, now)?;
    tx.add(&client_key::Entity::insert(row));
    tx.makes(&client);
    Ok(client)
}

/// Makes a new client's key, to be stored before anything is sealed with it.
pub(crate) fn make(
    source: &impl Source,
    id: ClientId,
    now: DateTime<Utc>,
) -> Result<(KeyedClient, client_key::ActiveModel), DbError> {
    let vault = source.vault();
    let key = DataKey::generate(vault.entropy.as_ref());
    let wrapped =
        vault.master.wrap(vault.entropy.as_ref(), id.as_uuid(), &key).map_err(|_| DbError::corrupt("client_keys"))?;
    let row = client_key::ActiveModel {
        client_id: Set(id.as_uuid()),
        wrapped: Set(Some(wrapped.0)),
        created_at: Set(now),
        destroyed_at: Set(None),
    };
    Ok((KeyedClient { id, key }, row))
}

/// The client with its key; `None` when the key was never made or was destroyed.
pub(crate) async fn of_client(source: &impl Source, id: ClientId) -> Result<Option<KeyedClient>, DbError> {
    if let Some(client) = source.new_client(id) {
        return Ok(Some(client));
    }
    let row = client_key::Entity::find_by_id(id.as_uuid()).one(source.connection()).await?;
    row.and_then(|row| row.wrapped).map(|wrapped| unwrap(source.vault(), id, wrapped)).transpose()
}

/// Those of these clients whose keys are there.
pub(crate) async fn of_clients(
    source: &impl Source,
    ids: impl IntoIterator<Item = ClientId>,
) -> Result<HashMap<ClientId, KeyedClient>, DbError> {
    let ids = ids.into_iter().map(ClientId::as_uuid).collect();
    of_clients_over(source.connection(), source.vault(), ids).await
}

/// The same over any connection, such as one that sees the database as it was at one moment.
pub(crate) async fn of_clients_over(
    connection: &impl ConnectionTrait,
    vault: &Vault,
    ids: Vec<Uuid>,
) -> Result<HashMap<ClientId, KeyedClient>, DbError> {
    let rows = client_key::Entity::find().filter(client_key::Column::ClientId.is_in(ids)).all(connection).await?;
    let keyed =
        rows.into_iter().filter_map(|row| row.wrapped.map(|wrapped| (ClientId::from_uuid(row.client_id), wrapped)));
    keyed.map(|(id, wrapped)| Ok((id, unwrap(vault, id, wrapped)?))).collect()
}

fn unwrap(vault: &Vault, id: ClientId, wrapped: Vec<u8>) -> Result<KeyedClient, DbError> {
    let key = vault.master.unwrap_key(id.as_uuid(), &WrappedKey(wrapped));
    key.map(|key| KeyedClient { id, key }).map_err(|_| DbError::corrupt("client_keys"))
}

/// Destroys clients' keys, and the exported files that tell of the clients: they are under another key. The rows stay as
/// marks that they were destroyed, and when.
pub(crate) async fn destroy(tx: &Tx, ids: &[ClientId], now: DateTime<Utc>) -> Result<(), DbError> {
    file_chunks::forget_clients(tx, ids).await?;
    client_key::Entity::update_many()
        .col_expr(client_key::Column::Wrapped, Expr::value(Option::<Vec<u8>>::None))
        .col_expr(client_key::Column::DestroyedAt, Expr::value(now))
        .filter(client_key::Column::ClientId.is_in(ids.iter().map(|id| id.as_uuid())))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Seals what belongs to no client.
pub(crate) fn seal_for_organisation(
    source: &impl Source,
    place: Place<'static>,
    clear: &[u8],
) -> Result<Vec<u8>, DbError> {
    seal(source, &source.vault().master.organisation_key(), place, clear)
}

pub(crate) fn open_for_organisation(
    source: &impl Source,
    place: Place<'static>,
    sealed: Vec<u8>,
) -> Result<Vec<u8>, DbError> {
    open(&source.vault().master.organisation_key(), place, sealed)
}

/// Seals a piece of a file that belongs to no client.
pub(crate) fn seal_chunk_for_organisation(
    source: &impl Source,
    place: ChunkPlace<'static>,
    clear: &[u8],
) -> Result<Vec<u8>, DbError> {
    let vault = source.vault();
    let sealed = vault.master.organisation_key().seal_chunk(vault.entropy.as_ref(), place, clear);
    sealed.map(|sealed| sealed.0).map_err(|_| DbError::corrupt(place.file.table))
}

pub(crate) fn open_chunk_for_organisation(
    source: &impl Source,
    place: ChunkPlace<'static>,
    sealed: Vec<u8>,
) -> Result<Vec<u8>, DbError> {
    let key = source.vault().master.organisation_key();
    key.open_chunk(place, &Sealed(sealed)).map_err(|_| DbError::corrupt(place.file.table))
}

fn seal(source: &impl Source, key: &DataKey, place: Place<'static>, clear: &[u8]) -> Result<Vec<u8>, DbError> {
    let sealed = key.seal(source.vault().entropy.as_ref(), place, clear);
    sealed.map(|sealed| sealed.0).map_err(|_| DbError::corrupt(place.table))
}

fn open(key: &DataKey, place: Place<'static>, sealed: Vec<u8>) -> Result<Vec<u8>, DbError> {
    key.open(place, &Sealed(sealed)).map_err(|_| DbError::corrupt(place.table))
}
