//! Second factors, recovery codes, remembered devices, and challenges that wait for a code.

use crate::{
    entity::{challenge, recovery_code, second_factor, trusted_device},
    error::DbError,
    keys,
    tx::{Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};
use std::collections::HashSet;
use uuid::Uuid;
use zgoda_domain::{
    id::{AccountId, FactorId, TrustedDeviceId},
    second_factor::FactorKind,
};
use zgoda_vault::{Place, TokenHash};

/// A stored second factor with its secret opened: the shared secret, the address or number, or the passkey.
#[derive(Clone)]
pub struct FactorRecord {
    pub id: FactorId,
    pub account_id: AccountId,
    pub kind: FactorKind,
    pub label: String,
    pub secret: Vec<u8>,
    pub confirmed: bool,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for FactorRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FactorRecord({}, {})", self.id, self.kind.code())
    }
}

/// What a challenge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengePurpose {
    /// The second half of signing in.
    SignIn,
    /// Signing in with a passkey alone.
    Passkey,
    /// Proving oneself again in a session.
    StepUp,
    /// Setting a factor up.
    Enrol,
    /// Unlocking a session.
    Unlock,
}

impl ChallengePurpose {
    const fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Passkey => "passkey",
            Self::StepUp => "step_up",
            Self::Enrol => "enrol",
            Self::Unlock => "unlock",
        }
    }
}

/// A challenge that has not expired.
#[derive(Clone)]
pub struct ChallengeRecord {
    pub id: Uuid,
    /// Nobody yet when signing in with a passkey alone.
    pub account_id: Option<AccountId>,
    /// The factor a code was sent for.
    pub factor_id: Option<FactorId>,
    pub code_tag: Option<Vec<u8>>,
    /// What the check of a passkey needs to remember.
    pub state: Option<Vec<u8>>,
    pub sends: i32,
    pub tries: i32,
}

/// A browser that is not asked for a second factor.
#[derive(Clone, Debug)]
pub struct TrustedDeviceRecord {
    pub id: TrustedDeviceId,
    pub user_agent: Option<String>,
    pub created_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

const fn secret_place(id: FactorId) -> Place<'static> {
    Place { table: "second_factors", column: "secret", row: id.as_uuid() }
}

const fn state_place(id: Uuid) -> Place<'static> {
    Place { table: "challenges", column: "state", row: id }
}

/// Stores a factor that is not confirmed yet.
pub async fn insert(tx: &Tx, factor: &FactorRecord) -> Result<(), DbError> {
    let row = second_factor::ActiveModel {
        id: Set(factor.id.as_uuid()),
        account_id: Set(factor.account_id.as_uuid()),
        kind: Set(factor.kind.code().to_owned()),
        label: Set(factor.label.clone()),
        secret: Set(keys::seal_for_organisation(tx, secret_place(factor.id), &factor.secret)?),
        credential_id: Set(None),
        last_step: Set(None),
        created_at: Set(factor.created_at),
        confirmed_at: Set(None),
        last_used_at: Set(None),
    };
    second_factor::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// All factors of an account, oldest first, unconfirmed ones too.
pub async fn of_account(source: &impl Source, account: AccountId) -> Result<Vec<FactorRecord>, DbError> {
    let rows = second_factor::Entity::find()
        .filter(second_factor::Column::AccountId.eq(account.as_uuid()))
        .order_by_asc(second_factor::Column::Id)
        .all(source.connection())
        .await?;
    rows.into_iter().map(|row| to_factor(source, row)).collect()
}

/// The accounts that have a confirmed factor.
pub async fn accounts_with_any(source: &impl Source) -> Result<HashSet<AccountId>, DbError> {
    let ids: Vec<Uuid> = second_factor::Entity::find()
        .select_only()
        .column(second_factor::Column::AccountId)
        .filter(second_factor::Column::ConfirmedAt.is_not_null())
        .distinct()
        .into_tuple()
        .all(source.connection())
        .await?;
    Ok(ids.into_iter().map(AccountId::from_uuid).collect())
}

/// The confirmed factor with this passkey.
pub async fn by_credential(source: &impl Source, credential: &[u8]) -> Result<Option<FactorRecord>, DbError> {
    let row = second_factor::Entity::find()
        .filter(second_factor::Column::CredentialId.eq(credential.to_vec()))
        .filter(second_factor::Column::ConfirmedAt.is_not_null())
        .one(source.connection())
        .await?;
    row.map(|row| to_factor(source, row)).transpose()
}

/// Puts a factor to use; `false` when it was before, or is gone.
pub async fn confirm(tx: &Tx, id: FactorId, now: DateTime<Utc>) -> Result<bool, DbError> {
    let result = second_factor::Entity::update_many()
        .col_expr(second_factor::Column::ConfirmedAt, Expr::value(now))
        .filter(second_factor::Column::Id.eq(id.as_uuid()))
        .filter(second_factor::Column::ConfirmedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected == 1)
}

/// Replaces a factor's secret: what a passkey counts, or the passkey itself once it is known.
pub async fn set_secret(tx: &Tx, id: FactorId, secret: &[u8], credential: Option<&[u8]>) -> Result<(), DbError> {
    let sealed = keys::seal_for_organisation(tx, secret_place(id), secret)?;
    let mut query = second_factor::Entity::update_many().col_expr(second_factor::Column::Secret, Expr::value(sealed));
    if let Some(credential) = credential {
        query = query.col_expr(second_factor::Column::CredentialId, Expr::value(credential.to_vec()));
    }
    query.filter(second_factor::Column::Id.eq(id.as_uuid())).exec(tx.connection()).await?;
    Ok(())
}

/// Notes a use.
pub async fn touch(tx: &Tx, id: FactorId, now: DateTime<Utc>) -> Result<(), DbError> {
    second_factor::Entity::update_many()
        .col_expr(second_factor::Column::LastUsedAt, Expr::value(now))
        .filter(second_factor::Column::Id.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Uses up a time step: no code works twice. `false` when this step or a later one was used.
pub async fn use_step(tx: &Tx, id: FactorId, step: u64) -> Result<bool, DbError> {
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    let result = second_factor::Entity::update_many()
        .col_expr(second_factor::Column::LastStep, Expr::value(step))
        .filter(second_factor::Column::Id.eq(id.as_uuid()))
        .filter(
            Condition::any()
                .add(second_factor::Column::LastStep.is_null())
                .add(second_factor::Column::LastStep.lt(step)),
        )
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected == 1)
}

/// Takes a factor of the account away; `false` when there is none.
pub async fn delete(tx: &Tx, account: AccountId, id: FactorId) -> Result<bool, DbError> {
    let result = second_factor::Entity::delete_many()
        .filter(second_factor::Column::Id.eq(id.as_uuid()))
        .filter(second_factor::Column::AccountId.eq(account.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected == 1)
}

/// Takes away what the account began to set up and did not confirm, with the questions it waits for.
pub async fn delete_pending(tx: &Tx, account: AccountId) -> Result<(), DbError> {
    let (connection, id) = (tx.connection(), account.as_uuid());
    second_factor::Entity::delete_many()
        .filter(second_factor::Column::AccountId.eq(id))
        .filter(second_factor::Column::ConfirmedAt.is_null())
        .exec(connection)
        .await?;
    challenge::Entity::delete_many()
        .filter(challenge::Column::AccountId.eq(id))
        .filter(challenge::Column::Purpose.eq(ChallengePurpose::Enrol.code()))
        .exec(connection)
        .await?;
    Ok(())
}

/// Takes everything away: factors, recovery codes, remembered devices, open challenges.
pub async fn delete_all(tx: &Tx, account: AccountId) -> Result<(), DbError> {
    let (connection, id) = (tx.connection(), account.as_uuid());
    second_factor::Entity::delete_many().filter(second_factor::Column::AccountId.eq(id)).exec(connection).await?;
    recovery_code::Entity::delete_many().filter(recovery_code::Column::AccountId.eq(id)).exec(connection).await?;
    challenge::Entity::delete_many().filter(challenge::Column::AccountId.eq(id)).exec(connection).await?;
    forget_devices(tx, account).await
}

/// Replaces the account's recovery codes.
pub async fn set_recovery_codes(
    tx: &Tx,
    account: AccountId,
    hashes: &[TokenHash],
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::AccountId.eq(account.as_uuid()))
        .exec(tx.connection())
        .await?;
    let rows = hashes.iter().map(|hash| recovery_code::ActiveModel {
        hash: Set(hash.0.clone()),
        account_id: Set(account.as_uuid()),
        created_at: Set(now),
    });
    if !hashes.is_empty() {
        recovery_code::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

pub async fn recovery_codes_left(source: &impl Source, account: AccountId) -> Result<u64, DbError> {
    let codes = recovery_code::Entity::find().filter(recovery_code::Column::AccountId.eq(account.as_uuid()));
    Ok(codes.count(source.connection()).await?)
}

/// Uses a recovery code up; of several that try at once, one succeeds.
pub async fn use_recovery_code(tx: &Tx, account: AccountId, hash: &TokenHash) -> Result<bool, DbError> {
    let result = recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::Hash.eq(hash.0.clone()))
        .filter(recovery_code::Column::AccountId.eq(account.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected == 1)
}

/// Opens a challenge. `hash` is of the token that names it to whoever is not signed in.
pub async fn open_challenge(
    tx: &Tx,
    id: Uuid,
    purpose: ChallengePurpose,
    hash: Option<&TokenHash>,
    account: Option<AccountId>,
    expires_at: DateTime<Utc>,
) -> Result<(), DbError> {
    let row = challenge::ActiveModel {
        id: Set(id),
        purpose: Set(purpose.code().to_owned()),
        hash: Set(hash.map(|hash| hash.0.clone())),
        account_id: Set(account.map(AccountId::as_uuid)),
        factor_id: Set(None),
        code_tag: Set(None),
        state: Set(None),
        sends: Set(0),
        tries: Set(0),
        expires_at: Set(expires_at),
    };
    challenge::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Whose challenge has this token. Locks nothing: who needs both locks the account first, then the challenge.
pub async fn account_by_hash(
    tx: &Tx,
    purpose: ChallengePurpose,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> Result<Option<AccountId>, DbError> {
    let row = challenge::Entity::find()
        .filter(challenge::Column::Hash.eq(hash.0.clone()))
        .filter(challenge::Column::Purpose.eq(purpose.code()))
        .filter(challenge::Column::ExpiresAt.gt(now))
        .one(tx.connection())
        .await?;
    Ok(row.and_then(|row| row.account_id).map(AccountId::from_uuid))
}

/// The challenge with this token; locked, so that its tries are counted one by one.
pub async fn challenge_by_hash(
    tx: &Tx,
    purpose: ChallengePurpose,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> Result<Option<ChallengeRecord>, DbError> {
    let query = challenge::Entity::find().filter(challenge::Column::Hash.eq(hash.0.clone()));
    locked_challenge(tx, query, purpose, now).await
}

/// The challenge with this id, locked.
pub async fn challenge(
    tx: &Tx,
    purpose: ChallengePurpose,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<ChallengeRecord>, DbError> {
    locked_challenge(tx, challenge::Entity::find_by_id(id), purpose, now).await
}

async fn locked_challenge(
    tx: &Tx,
    query: sea_orm::Select<challenge::Entity>,
    purpose: ChallengePurpose,
    now: DateTime<Utc>,
) -> Result<Option<ChallengeRecord>, DbError> {
    let row = query
        .filter(challenge::Column::Purpose.eq(purpose.code()))
        .filter(challenge::Column::ExpiresAt.gt(now))
        .lock_exclusive()
        .one(tx.connection())
        .await?;
    row.map(|row| {
        Ok(ChallengeRecord {
            id: row.id,
            account_id: row.account_id.map(AccountId::from_uuid),
            factor_id: row.factor_id.map(FactorId::from_uuid),
            code_tag: row.code_tag,
            state: row.state.map(|state| keys::open_for_organisation(tx, state_place(row.id), state)).transpose()?,
            sends: row.sends,
            tries: row.tries,
        })
    })
    .transpose()
}

/// Notes the code that was sent; the former one works no longer, and tries are counted anew.
pub async fn set_code(tx: &Tx, id: Uuid, factor: FactorId, tag: &[u8]) -> Result<(), DbError> {
    challenge::Entity::update_many()
        .col_expr(challenge::Column::FactorId, Expr::value(factor.as_uuid()))
        .col_expr(challenge::Column::CodeTag, Expr::value(tag.to_vec()))
        .col_expr(challenge::Column::Sends, Expr::col(challenge::Column::Sends).add(1))
        .filter(challenge::Column::Id.eq(id))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Keeps what the check of a passkey needs to remember.
pub async fn set_state(tx: &Tx, id: Uuid, state: &[u8]) -> Result<(), DbError> {
    let sealed = keys::seal_for_organisation(tx, state_place(id), state)?;
    challenge::Entity::update_many()
        .col_expr(challenge::Column::State, Expr::value(sealed))
        .filter(challenge::Column::Id.eq(id))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Forgets what was kept for a passkey's answer: a question is used up by any answer.
pub async fn clear_state(tx: &Tx, id: Uuid) -> Result<(), DbError> {
    challenge::Entity::update_many()
        .col_expr(challenge::Column::State, Expr::value(Option::<Vec<u8>>::None))
        .filter(challenge::Column::Id.eq(id))
        .exec(tx.connection())
        .await?;
    Ok(())
}

pub async fn count_try(tx: &Tx, id: Uuid) -> Result<(), DbError> {
    challenge::Entity::update_many()
        .col_expr(challenge::Column::Tries, Expr::col(challenge::Column::Tries).add(1))
        .filter(challenge::Column::Id.eq(id))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Closes the challenge with this token, expired or not.
pub async fn close_by_hash(tx: &Tx, hash: &TokenHash) -> Result<(), DbError> {
    challenge::Entity::delete_many().filter(challenge::Column::Hash.eq(hash.0.clone())).exec(tx.connection()).await?;
    Ok(())
}

/// Closes a challenge; of several that try at once, one succeeds.
pub async fn close_challenge(tx: &Tx, id: Uuid) -> Result<bool, DbError> {
    Ok(challenge::Entity::delete_by_id(id).exec(tx.connection()).await?.rows_affected == 1)
}

/// Ends all open challenges of an account. The rows stay for a while: wrong answers count whatever becomes of them.
pub async fn end_challenges(tx: &Tx, account: AccountId, now: DateTime<Utc>) -> Result<(), DbError> {
    challenge::Entity::update_many()
        .col_expr(challenge::Column::ExpiresAt, Expr::value(now))
        .filter(challenge::Column::AccountId.eq(account.as_uuid()))
        .filter(challenge::Column::ExpiresAt.gt(now))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Forgets challenges and remembered devices that have expired, and factors nobody confirmed.
pub async fn forget_expired(tx: &Tx, now: DateTime<Utc>) -> Result<(), DbError> {
    let connection = tx.connection();
    challenge::Entity::delete_many().filter(challenge::Column::ExpiresAt.lte(now)).exec(connection).await?;
    trusted_device::Entity::delete_many().filter(trusted_device::Column::ExpiresAt.lte(now)).exec(connection).await?;
    second_factor::Entity::delete_many()
        .filter(second_factor::Column::ConfirmedAt.is_null())
        .filter(second_factor::Column::CreatedAt.lt(now - chrono::TimeDelta::days(1)))
        .exec(connection)
        .await?;
    Ok(())
}

pub async fn insert_device(
    tx: &Tx,
    account: AccountId,
    device: &TrustedDeviceRecord,
    hash: &TokenHash,
) -> Result<(), DbError> {
    let row = trusted_device::ActiveModel {
        id: Set(device.id.as_uuid()),
        account_id: Set(account.as_uuid()),
        hash: Set(hash.0.clone()),
        user_agent: Set(device.user_agent.clone()),
        created_at: Set(device.created_at),
        last_used_at: Set(device.last_used_at),
        expires_at: Set(device.expires_at),
    };
    trusted_device::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The account that trusts the device with this token.
pub async fn device_account(
    source: &impl Source,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> Result<Option<AccountId>, DbError> {
    let row = trusted_device::Entity::find()
        .filter(trusted_device::Column::Hash.eq(hash.0.clone()))
        .filter(trusted_device::Column::ExpiresAt.gt(now))
        .one(source.connection())
        .await?;
    Ok(row.map(|row| AccountId::from_uuid(row.account_id)))
}

/// Whether this token is of a device that the account trusts; notes the use.
pub async fn use_device(tx: &Tx, account: AccountId, hash: &TokenHash, now: DateTime<Utc>) -> Result<bool, DbError> {
    let result = trusted_device::Entity::update_many()
        .col_expr(trusted_device::Column::LastUsedAt, Expr::value(now))
        .filter(trusted_device::Column::Hash.eq(hash.0.clone()))
        .filter(trusted_device::Column::AccountId.eq(account.as_uuid()))
        .filter(trusted_device::Column::ExpiresAt.gt(now))
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected == 1)
}

pub async fn devices(
    source: &impl Source,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<TrustedDeviceRecord>, DbError> {
    let rows = trusted_device::Entity::find()
        .filter(trusted_device::Column::AccountId.eq(account.as_uuid()))
        .filter(trusted_device::Column::ExpiresAt.gt(now))
        .order_by_desc(trusted_device::Column::Id)
        .all(source.connection())
        .await?;
    let device = |row: trusted_device::Model| TrustedDeviceRecord {
        id: TrustedDeviceId::from_uuid(row.id),
        user_agent: row.user_agent,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        expires_at: row.expires_at,
    };
    Ok(rows.into_iter().map(device).collect())
}

/// Stops trusting a device of the account; `false` when there is none.
pub async fn forget_device(tx: &Tx, account: AccountId, id: TrustedDeviceId) -> Result<bool, DbError> {
    let result = trusted_device::Entity::delete_many()
        .filter(trusted_device::Column::Id.eq(id.as_uuid()))
        .filter(trusted_device::Column::AccountId.eq(account.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected == 1)
}

/// Stops trusting all devices of the account.
pub async fn forget_devices(tx: &Tx, account: AccountId) -> Result<(), DbError> {
    trusted_device::Entity::delete_many()
        .filter(trusted_device::Column::AccountId.eq(account.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

fn to_factor(source: &impl Source, row: second_factor::Model) -> Result<FactorRecord, DbError> {
    let id = FactorId::from_uuid(row.id);
    Ok(FactorRecord {
        id,
        account_id: AccountId::from_uuid(row.account_id),
        kind: FactorKind::from_code(&row.kind).ok_or(DbError::corrupt("second_factors"))?,
        label: row.label,
        secret: keys::open_for_organisation(source, secret_place(id), row.secret)?,
        confirmed: row.confirmed_at.is_some(),
        created_at: row.created_at,
        last_used_at: row.last_used_at,
    })
}
