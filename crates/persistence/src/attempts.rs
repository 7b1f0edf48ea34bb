//! Tries that are counted for an account, whatever the address they come from and the replica they come to.
//!
//! To be asked and added to while the account's row is locked: then of many at once none slips through.

use crate::{
    entity::account_attempt,
    error::DbError,
    tx::{Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use zgoda_domain::id::{AccountId, AttemptId};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// A wrong answer to a question for a second factor, or a wrong password in its place.
    WrongProof,
    /// A code that was sent by e-mail.
    EmailCode,
    /// A code that was sent by text message.
    SmsCode,
    /// A mobile number that someone began to set up.
    SmsNumber,
}

impl Attempt {
    const fn code(self) -> &'static str {
        match self {
            Self::WrongProof => "wrong_proof",
            Self::EmailCode => "email_code",
            Self::SmsCode => "sms_code",
            Self::SmsNumber => "sms_number",
        }
    }
}

/// Adds one.
pub async fn note(
    tx: &Tx,
    id: AttemptId,
    account: AccountId,
    attempt: Attempt,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let row = account_attempt::ActiveModel {
        id: Set(id.as_uuid()),
        account_id: Set(account.as_uuid()),
        kind: Set(attempt.code().to_owned()),
        at: Set(now),
    };
    account_attempt::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// How many there were after `since`.
pub async fn count(
    source: &impl Source,
    account: AccountId,
    attempt: Attempt,
    since: DateTime<Utc>,
) -> Result<u64, DbError> {
    let found = account_attempt::Entity::find()
        .filter(account_attempt::Column::AccountId.eq(account.as_uuid()))
        .filter(account_attempt::Column::Kind.eq(attempt.code()))
        .filter(account_attempt::Column::At.gt(since));
    Ok(found.count(source.connection()).await?)
}

/// Forgets those of before `limit`.
pub async fn forget_old(tx: &Tx, limit: DateTime<Utc>) -> Result<(), DbError> {
    account_attempt::Entity::delete_many().filter(account_attempt::Column::At.lt(limit)).exec(tx.connection()).await?;
    Ok(())
}
