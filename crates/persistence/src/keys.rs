//! The clients' data keys.

use crate::{entity::client_key, error::DbError, tx::Source};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, EntityTrait};
use zgoda_domain::id::ClientId;
use zgoda_vault::{DataKey, WrappedKey};

/// Makes and stores a new client's key.
pub(crate) async fn create(source: &impl Source, client: ClientId, now: DateTime<Utc>) -> Result<DataKey, DbError> {
    let vault = source.vault();
    let key = DataKey::generate(vault.entropy.as_ref());
    let wrapped = vault
        .master
        .wrap(vault.entropy.as_ref(), client.as_uuid(), &key)
        .map_err(|_| DbError::corrupt("client_keys"))?;
    let row = client_key::ActiveModel {
        client_id: Set(client.as_uuid()),
        wrapped: Set(Some(wrapped.0)),
        created_at: Set(now),
        destroyed_at: Set(None),
    };
    client_key::Entity::insert(row).exec_without_returning(source.connection()).await?;
    Ok(key)
}

/// The client's key; `None` when it was never made or was destroyed.
pub(crate) async fn of_client(source: &impl Source, client: ClientId) -> Result<Option<DataKey>, DbError> {
    let row = client_key::Entity::find_by_id(client.as_uuid()).one(source.connection()).await?;
    let Some(wrapped) = row.and_then(|row| row.wrapped) else { return Ok(None) };
    source
        .vault()
        .master
        .unwrap_key(client.as_uuid(), &WrappedKey(wrapped))
        .map(Some)
        .map_err(|_| DbError::corrupt("client_keys"))
}
