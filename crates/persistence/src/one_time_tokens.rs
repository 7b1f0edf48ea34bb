//! Tokens of links that work once. Only their hashes are kept; an account has at most one of each kind.

use crate::{
    accounts,
    entity::one_time_token,
    error::DbError,
    tx::{Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};
use zgoda_domain::{account::OneTimeKind, id::AccountId};
use zgoda_vault::TokenHash;

/// Stores a token; the account's former one of this kind works no longer.
pub async fn put(
    tx: &Tx,
    kind: OneTimeKind,
    account: AccountId,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let row = one_time_token::ActiveModel {
        account_id: Set(account.as_uuid()),
        kind: Set(kind.code().to_owned()),
        hash: Set(hash.0.clone()),
        created_at: Set(now),
        expires_at: Set(now + kind.life()),
    };
    let key = [one_time_token::Column::AccountId, one_time_token::Column::Kind];
    let rest = [one_time_token::Column::Hash, one_time_token::Column::CreatedAt, one_time_token::Column::ExpiresAt];
    one_time_token::Entity::insert(row)
        .on_conflict(OnConflict::columns(key).update_columns(rest).to_owned())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Whose token this is, while it works.
pub async fn owner(
    source: &impl Source,
    kind: OneTimeKind,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> Result<Option<AccountId>, DbError> {
    let row = one_time_token::Entity::find()
        .filter(one_time_token::Column::Hash.eq(hash.0.clone()))
        .filter(one_time_token::Column::Kind.eq(kind.code()))
        .filter(one_time_token::Column::ExpiresAt.gt(now))
        .one(source.connection())
        .await?;
    Ok(row.map(|row| AccountId::from_uuid(row.account_id)))
}

/// Uses a token up, once: of several that try, one gets the account.
pub async fn consume(
    tx: &Tx,
    kind: OneTimeKind,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> Result<Option<AccountId>, DbError> {
    let Some(account) = owner(tx, kind, hash, now).await? else { return Ok(None) };
    // The account first, as everywhere.
    accounts::load_locked(tx, account).await?;
    let result = one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::Hash.eq(hash.0.clone()))
        .exec(tx.connection())
        .await?;
    Ok((result.rows_affected == 1).then_some(account))
}

/// Makes the account's token of this kind, if any, worth nothing.
pub async fn revoke(tx: &Tx, kind: OneTimeKind, account: AccountId) -> Result<(), DbError> {
    one_time_token::Entity::delete_by_id((account.as_uuid(), kind.code().to_owned())).exec(tx.connection()).await?;
    Ok(())
}

/// Makes the account's tokens of every kind worth nothing.
pub async fn revoke_all(tx: &Tx, account: AccountId) -> Result<(), DbError> {
    one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::AccountId.eq(account.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Forgets tokens that have expired.
pub async fn forget_expired(tx: &Tx, now: DateTime<Utc>) -> Result<u64, DbError> {
    let gone = one_time_token::Entity::delete_many()
        .filter(one_time_token::Column::ExpiresAt.lte(now))
        .exec(tx.connection())
        .await?;
    Ok(gone.rows_affected)
}
