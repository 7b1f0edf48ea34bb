//! Challenges of forms that were answered: each is worth one submission, on whichever server.

use crate::{
    entity::spent_proof,
    error::DbError,
    tx::{Adds, Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

/// Uses a challenge up, at the transaction's end; [`DbError::Taken`] then says that it was used before.
pub fn spend(tx: &impl Adds, nonce: &[u8], expires_at: DateTime<Utc>) {
    let row = spent_proof::ActiveModel { nonce: Set(nonce.to_vec()), expires_at: Set(expires_at) };
    tx.add(&spent_proof::Entity::insert(row));
}

/// Forgets challenges that nobody could use any more.
pub async fn forget_expired(tx: &Tx, now: DateTime<Utc>) -> Result<u64, DbError> {
    let gone = spent_proof::Entity::delete_many()
        .filter(spent_proof::Column::ExpiresAt.lte(now))
        .exec(tx.connection())
        .await?;
    Ok(gone.rows_affected)
}
