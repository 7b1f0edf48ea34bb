//! Accounts, sessions and their tokens.

use crate::{
    entity::{account, refresh_token, session, setup_token},
    error::DbError,
    tx::{Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, SelectStatement},
};
use zgoda_domain::{
    email::EmailAddress,
    id::{AccountId, RefreshTokenId, RoleId, SessionId},
    text::ShortText,
};
use zgoda_vault::{PasswordHash, TokenHash};

/// A stored account.
#[derive(Clone, Debug)]
pub struct AccountRecord {
    pub id: AccountId,
    pub email: String,
    pub name: String,
    pub password_hash: PasswordHash,
    pub role_id: RoleId,
    /// JSON text, kept for the user interface.
    pub preferences: String,
    pub disabled: bool,
    pub created_at: DateTime<Utc>,
}

/// A stored session.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    pub id: SessionId,
    pub account_id: AccountId,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub revoked: bool,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    /// Last use by a person, as far as the server can tell.
    pub active_at: DateTime<Utc>,
    /// Locked for want of use, or by hand; the password unlocks.
    pub locked: bool,
    /// When the person last proved who they are: at signing in, or again since. `None` when a remembered device stood
    /// in for the second factor.
    pub proved_at: Option<DateTime<Utc>>,
    /// When they last showed a second factor, or a remembered device in its place.
    pub second_factor_at: Option<DateTime<Utc>>,
}

/// A stored refresh token; its text is derived from its id.
#[derive(Clone, Copy, Debug)]
pub struct RefreshRecord {
    pub id: RefreshTokenId,
    pub session_id: SessionId,
    /// The token it was exchanged for.
    pub child: Option<RefreshTokenId>,
    pub consumed_at: Option<DateTime<Utc>>,
    /// An access token issued with it was used.
    pub seen: bool,
}

pub async fn insert(
    tx: &Tx,
    id: AccountId,
    email: &EmailAddress,
    name: &ShortText,
    hash: &PasswordHash,
    role: RoleId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let row = account::ActiveModel {
        id: Set(id.as_uuid()),
        email: Set(email.as_str().to_owned()),
        email_norm: Set(email.normalised()),
        name: Set(name.as_str().to_owned()),
        password_hash: Set(hash.as_str().to_owned()),
        role_id: Set(role.as_uuid()),
        preferences: Set("{}".to_owned()),
        created_at: Set(now),
        disabled_at: Set(None),
    };
    account::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

pub async fn any(source: &impl Source) -> Result<bool, DbError> {
    Ok(account::Entity::find().one(source.connection()).await?.is_some())
}

pub async fn by_email(source: &impl Source, normalised: &str) -> Result<Option<AccountRecord>, DbError> {
    let row =
        account::Entity::find().filter(account::Column::EmailNorm.eq(normalised)).one(source.connection()).await?;
    Ok(row.map(to_account))
}

pub async fn load(source: &impl Source, id: AccountId) -> Result<Option<AccountRecord>, DbError> {
    Ok(account::Entity::find_by_id(id.as_uuid()).one(source.connection()).await?.map(to_account))
}

/// All accounts by name, those that were deactivated too.
pub async fn all(source: &impl Source) -> Result<Vec<AccountRecord>, DbError> {
    let rows = account::Entity::find()
        .order_by_asc(account::Column::Name)
        .order_by_asc(account::Column::Id)
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(to_account).collect())
}

/// Loads an account to change it: until the transaction ends nobody else can.
pub async fn load_locked(tx: &Tx, id: AccountId) -> Result<Option<AccountRecord>, DbError> {
    let row = account::Entity::find_by_id(id.as_uuid()).lock_exclusive().one(tx.connection()).await?;
    Ok(row.map(to_account))
}

/// Accounts with the role that can be signed in to, so not those of people who were invited and have chosen no password
/// yet; locked, so that two changes cannot each leave the other as the last one.
pub async fn active_holders(tx: &Tx, role: RoleId) -> Result<Vec<AccountId>, DbError> {
    let rows = account::Entity::find()
        .filter(account::Column::RoleId.eq(role.as_uuid()))
        .filter(account::Column::DisabledAt.is_null())
        .filter(account::Column::PasswordHash.ne(PasswordHash::of_nobody().as_str()))
        .order_by_asc(account::Column::Id)
        .lock_exclusive()
        .all(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|row| AccountId::from_uuid(row.id)).collect())
}

pub async fn set_role(tx: &Tx, id: AccountId, role: RoleId) -> Result<(), DbError> {
    account::Entity::update_many()
        .col_expr(account::Column::RoleId, Expr::value(role.as_uuid()))
        .filter(account::Column::Id.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

pub async fn set_name(tx: &Tx, id: AccountId, name: &ShortText) -> Result<(), DbError> {
    account::Entity::update_many()
        .col_expr(account::Column::Name, Expr::value(name.as_str()))
        .filter(account::Column::Id.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Deactivates (`Some`) or reactivates an account.
pub async fn set_disabled(tx: &Tx, id: AccountId, at: Option<DateTime<Utc>>) -> Result<(), DbError> {
    account::Entity::update_many()
        .col_expr(account::Column::DisabledAt, Expr::value(at))
        .filter(account::Column::Id.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

pub async fn set_password(tx: &Tx, id: AccountId, hash: &PasswordHash) -> Result<(), DbError> {
    account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, Expr::value(hash.as_str()))
        .filter(account::Column::Id.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

pub async fn set_preferences(tx: &Tx, id: AccountId, json: &str) -> Result<(), DbError> {
    account::Entity::update_many()
        .col_expr(account::Column::Preferences, Expr::value(json))
        .filter(account::Column::Id.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Replaces any setup token with a new one.
pub async fn set_setup_token(tx: &Tx, hash: &TokenHash, expires_at: DateTime<Utc>) -> Result<(), DbError> {
    setup_token::Entity::delete_many().exec(tx.connection()).await?;
    let row = setup_token::ActiveModel { hash: Set(hash.0.clone()), expires_at: Set(expires_at) };
    setup_token::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Uses up a setup token; `false` when it is unknown, used or expired.
pub async fn consume_setup_token(tx: &Tx, hash: &TokenHash, now: DateTime<Utc>) -> Result<bool, DbError> {
    let result = setup_token::Entity::delete_many()
        .filter(setup_token::Column::Hash.eq(hash.0.clone()))
        .filter(setup_token::Column::ExpiresAt.gt(now))
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected == 1)
}

pub async fn insert_session(tx: &Tx, new: &SessionRecord) -> Result<(), DbError> {
    let row = session::ActiveModel {
        id: Set(new.id.as_uuid()),
        account_id: Set(new.account_id.as_uuid()),
        created_at: Set(new.created_at),
        last_seen_at: Set(new.last_seen_at),
        expires_at: Set(new.expires_at),
        revoked_at: Set(None),
        ip: Set(new.ip.clone()),
        user_agent: Set(new.user_agent.clone()),
        active_at: Set(Some(new.active_at)),
        locked_at: Set(None),
        proved_at: Set(new.proved_at),
        second_factor_at: Set(new.second_factor_at),
    };
    session::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// A session with its account; `None` for an unknown session.
pub async fn session_with_account(
    source: &impl Source,
    id: SessionId,
) -> Result<Option<(SessionRecord, AccountRecord)>, DbError> {
    let Some(row) = session::Entity::find_by_id(id.as_uuid()).one(source.connection()).await? else { return Ok(None) };
    let record = to_session(row);
    Ok(load(source, record.account_id).await?.map(|account| (record, account)))
}

/// The account's sessions that still live, newest first.
pub async fn live_sessions(
    source: &impl Source,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<SessionRecord>, DbError> {
    let rows = session::Entity::find()
        .filter(session::Column::AccountId.eq(account.as_uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .order_by_desc(session::Column::Id)
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(to_session).collect())
}

/// Ends a session of the account; `false` when it is not theirs or has ended already.
pub async fn revoke_session(tx: &Tx, account: AccountId, id: SessionId, now: DateTime<Utc>) -> Result<bool, DbError> {
    let result = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(session::Column::Id.eq(id.as_uuid()))
        .filter(session::Column::AccountId.eq(account.as_uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected == 1)
}

pub async fn revoke_all_sessions(tx: &Tx, account: AccountId, now: DateTime<Utc>) -> Result<(), DbError> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(session::Column::AccountId.eq(account.as_uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Ends every session of the account but one.
pub async fn revoke_other_sessions(
    tx: &Tx,
    account: AccountId,
    keep: SessionId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(session::Column::AccountId.eq(account.as_uuid()))
        .filter(session::Column::Id.ne(keep.as_uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Forgets sessions that expired before `limit`, with their tokens.
pub async fn forget_sessions(tx: &Tx, limit: DateTime<Utc>) -> Result<(), DbError> {
    let mut old = SelectStatement::new();
    old.column(session::Column::Id).from(session::Entity).and_where(session::Column::ExpiresAt.lt(limit));
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::SessionId.in_subquery(old))
        .exec(tx.connection())
        .await?;
    session::Entity::delete_many().filter(session::Column::ExpiresAt.lt(limit)).exec(tx.connection()).await?;
    Ok(())
}

/// Notes that a session was used, and by a person.
pub async fn touch_session(tx: &Tx, id: SessionId, active: bool, now: DateTime<Utc>) -> Result<(), DbError> {
    let mut query = session::Entity::update_many().col_expr(session::Column::LastSeenAt, Expr::value(now));
    if active {
        query = query.col_expr(session::Column::ActiveAt, Expr::value(now));
    }
    query.filter(session::Column::Id.eq(id.as_uuid())).exec(tx.connection()).await?;
    Ok(())
}

/// Locks a session; `false` when it was locked before.
pub async fn lock_session(tx: &Tx, id: SessionId, now: DateTime<Utc>) -> Result<bool, DbError> {
    let result = session::Entity::update_many()
        .col_expr(session::Column::LockedAt, Expr::value(now))
        .filter(session::Column::Id.eq(id.as_uuid()))
        .filter(session::Column::LockedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected == 1)
}

pub async fn unlock_session(tx: &Tx, id: SessionId, now: DateTime<Utc>) -> Result<(), DbError> {
    session::Entity::update_many()
        .col_expr(session::Column::LockedAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(session::Column::ActiveAt, Expr::value(now))
        .filter(session::Column::Id.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

pub async fn insert_refresh(
    tx: &Tx,
    id: RefreshTokenId,
    session: SessionId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let row = refresh_token::ActiveModel {
        id: Set(id.as_uuid()),
        session_id: Set(session.as_uuid()),
        child_id: Set(None),
        issued_at: Set(now),
        consumed_at: Set(None),
        seen_at: Set(None),
    };
    refresh_token::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// A refresh token; locked, so that of two who present it at once the second sees what the first got.
pub async fn refresh_token(tx: &Tx, id: RefreshTokenId) -> Result<Option<RefreshRecord>, DbError> {
    let row = refresh_token::Entity::find_by_id(id.as_uuid()).lock_exclusive().one(tx.connection()).await?;
    Ok(row.map(|row| RefreshRecord {
        id: RefreshTokenId::from_uuid(row.id),
        session_id: SessionId::from_uuid(row.session_id),
        child: row.child_id.map(RefreshTokenId::from_uuid),
        consumed_at: row.consumed_at,
        seen: row.seen_at.is_some(),
    }))
}

/// Marks a token exchanged for `child`, unless someone was faster (`false`).
pub async fn exchange_refresh(
    tx: &Tx,
    id: RefreshTokenId,
    expected_child: Option<RefreshTokenId>,
    child: RefreshTokenId,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let query = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::ChildId, Expr::value(child.as_uuid()))
        .col_expr(refresh_token::Column::ConsumedAt, Expr::value(now))
        .filter(refresh_token::Column::Id.eq(id.as_uuid()));
    let query = match expected_child {
        Some(expected) => query.filter(refresh_token::Column::ChildId.eq(expected.as_uuid())),
        None => query.filter(refresh_token::Column::ChildId.is_null()),
    };
    Ok(query.exec(tx.connection()).await?.rows_affected == 1)
}

/// Makes a token that was never used unusable.
pub async fn kill_refresh(tx: &Tx, id: RefreshTokenId) -> Result<(), DbError> {
    refresh_token::Entity::delete_by_id(id.as_uuid()).exec(tx.connection()).await?;
    Ok(())
}

/// Notes that an access token issued with this refresh token was used.
pub async fn mark_seen(tx: &Tx, id: RefreshTokenId, now: DateTime<Utc>) -> Result<(), DbError> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::SeenAt, Expr::value(now))
        .filter(refresh_token::Column::Id.eq(id.as_uuid()))
        .filter(refresh_token::Column::SeenAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

fn to_account(row: account::Model) -> AccountRecord {
    AccountRecord {
        id: AccountId::from_uuid(row.id),
        email: row.email,
        name: row.name,
        password_hash: PasswordHash::from_stored(row.password_hash),
        role_id: RoleId::from_uuid(row.role_id),
        preferences: row.preferences,
        disabled: row.disabled_at.is_some(),
        created_at: row.created_at,
    }
}

fn to_session(row: session::Model) -> SessionRecord {
    SessionRecord {
        id: SessionId::from_uuid(row.id),
        account_id: AccountId::from_uuid(row.account_id),
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        expires_at: row.expires_at,
        revoked: row.revoked_at.is_some(),
        ip: row.ip,
        user_agent: row.user_agent,
        active_at: row.active_at.unwrap_or(row.last_seen_at),
        locked: row.locked_at.is_some(),
        proved_at: row.proved_at,
        second_factor_at: row.second_factor_at,
    }
}
