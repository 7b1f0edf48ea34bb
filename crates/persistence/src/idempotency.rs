//! Creating requests that may be repeated: the same key creates once, and answers the same id again.

use crate::{
    entity::idempotency_key,
    error::DbError,
    tx::{Adds, Source, Tx},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// A caller's key for one creating request.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// Whose key it is: keys of two callers, or of two routes, never meet.
    pub scope: String,
    pub key: String,
    /// SHA-256 over the request's body.
    pub fingerprint: Vec<u8>,
}

/// What the key was used for before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Never: go on.
    No,
    /// For the same request: answer with this record.
    Same(Uuid),
    /// For another request: refuse.
    Other,
}

pub async fn look_up(source: &impl Source, idempotency: &Idempotency) -> Result<Seen, DbError> {
    let found = idempotency_key::Entity::find_by_id((idempotency.scope.clone(), idempotency.key.clone()))
        .one(source.connection())
        .await?;
    Ok(match found {
        None => Seen::No,
        Some(row) if row.fingerprint == idempotency.fingerprint => Seen::Same(row.record_id),
        Some(_) => Seen::Other,
    })
}

/// Remembers the key in the transaction that creates the record, which ends with `Taken` when a twin was faster.
pub fn remember(tx: &impl Adds, idempotency: &Idempotency, record: Uuid, now: DateTime<Utc>) {
    let row = idempotency_key::ActiveModel {
        scope: Set(idempotency.scope.clone()),
        idempotency_key: Set(idempotency.key.clone()),
        fingerprint: Set(idempotency.fingerprint.clone()),
        record_id: Set(record),
        created_at: Set(now),
    };
    tx.add(&idempotency_key::Entity::insert(row));
}

/// Forgets keys older than two days.
pub async fn forget_old(tx: &Tx, now: DateTime<Utc>) -> Result<u64, DbError> {
    let limit = now - TimeDelta::days(2);
    let gone = idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::CreatedAt.lt(limit))
        .exec(tx.connection())
        .await?;
    Ok(gone.rows_affected)
}
