//! API keys. Only their hashes are kept.

use crate::{
    entity::api_key,
    error::DbError,
    tx::{Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, sea_query::Expr};
use zgoda_domain::{
    access::role::RoleDefinition,
    id::{AccountId, ApiKeyId},
};
use zgoda_vault::TokenHash;

/// A stored key.
#[derive(Clone, Debug)]
pub struct ApiKeyRecord {
    pub id: ApiKeyId,
    pub account_id: AccountId,
    pub name: String,
    /// What the key was cut for; its owner's rights limit it further.
    pub definition: RoleDefinition,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub revoked: bool,
    pub last_used_at: Option<DateTime<Utc>>,
    pub last_used_ip: Option<String>,
    pub uses: u64,
}

pub async fn insert(tx: &Tx, key: &ApiKeyRecord, hash: &TokenHash) -> Result<(), DbError> {
    let row = api_key::ActiveModel {
        id: Set(key.id.as_uuid()),
        account_id: Set(key.account_id.as_uuid()),
        name: Set(key.name.clone()),
        hash: Set(hash.0.clone()),
        definition: Set(serde_json::to_string(&key.definition).map_err(|_| DbError::corrupt("api_keys"))?),
        created_at: Set(key.created_at),
        expires_at: Set(key.expires_at),
        revoked_at: Set(None),
        last_used_at: Set(None),
        last_used_ip: Set(None),
        uses: Set(0),
    };
    api_key::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

pub async fn by_hash(source: &impl Source, hash: &TokenHash) -> Result<Option<ApiKeyRecord>, DbError> {
    let row = api_key::Entity::find().filter(api_key::Column::Hash.eq(hash.0.clone())).one(source.connection()).await?;
    row.map(to_record).transpose()
}

/// Keys of one account or of all, newest first, revoked and expired ones too.
pub async fn all(source: &impl Source, account: Option<AccountId>) -> Result<Vec<ApiKeyRecord>, DbError> {
    let mut query = api_key::Entity::find().order_by_desc(api_key::Column::Id);
    if let Some(account) = account {
        query = query.filter(api_key::Column::AccountId.eq(account.as_uuid()));
    }
    query.all(source.connection()).await?.into_iter().map(to_record).collect()
}

pub async fn load(source: &impl Source, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, DbError> {
    api_key::Entity::find_by_id(id.as_uuid()).one(source.connection()).await?.map(to_record).transpose()
}

/// Makes a key useless; `false` when there is none, or it was revoked before.
pub async fn revoke(tx: &Tx, id: ApiKeyId, now: DateTime<Utc>) -> Result<bool, DbError> {
    let query = api_key::Entity::update_many()
        .col_expr(api_key::Column::RevokedAt, Expr::value(now))
        .filter(api_key::Column::Id.eq(id.as_uuid()))
        .filter(api_key::Column::RevokedAt.is_null());
    Ok(query.exec(tx.connection()).await?.rows_affected == 1)
}

/// Makes all keys of an account useless.
pub async fn revoke_all(tx: &Tx, account: AccountId, now: DateTime<Utc>) -> Result<(), DbError> {
    api_key::Entity::update_many()
        .col_expr(api_key::Column::RevokedAt, Expr::value(now))
        .filter(api_key::Column::AccountId.eq(account.as_uuid()))
        .filter(api_key::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Notes uses since the last time.
pub async fn note_use(tx: &Tx, id: ApiKeyId, uses: u64, ip: Option<&str>, now: DateTime<Utc>) -> Result<(), DbError> {
    let uses = i64::try_from(uses).unwrap_or(i64::MAX);
    api_key::Entity::update_many()
        .col_expr(api_key::Column::LastUsedAt, Expr::value(now))
        .col_expr(api_key::Column::LastUsedIp, Expr::value(ip.map(str::to_owned)))
        .col_expr(api_key::Column::Uses, Expr::col(api_key::Column::Uses).add(uses))
        .filter(api_key::Column::Id.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

fn to_record(row: api_key::Model) -> Result<ApiKeyRecord, DbError> {
    Ok(ApiKeyRecord {
        id: ApiKeyId::from_uuid(row.id),
        account_id: AccountId::from_uuid(row.account_id),
        name: row.name,
        definition: serde_json::from_str(&row.definition).map_err(|_| DbError::corrupt("api_keys"))?,
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked: row.revoked_at.is_some(),
        last_used_at: row.last_used_at,
        last_used_ip: row.last_used_ip,
        uses: u64::try_from(row.uses).unwrap_or_default(),
    })
}
