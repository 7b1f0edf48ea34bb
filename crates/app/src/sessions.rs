//! Signing in and staying signed in.
//!
//! A session is a row. An access token (10 minutes) names it and is believed only while the row lives. A refresh token
//! is exchanged for the next pair, once. Presented again, it is answered the same pair for half a minute (an answer may
//! have been lost, or two tabs asked at once); later than that only if nothing issued with its successor was ever used.
//! Anything else means that two parties hold the token: the session ends for both.

use crate::{AppError, Ctx, accounts::hashing, sessions_cache::LiveSession};
use chrono::{DateTime, TimeDelta, Utc};
use zgoda_domain::{
    access::{Actor, Caller, Origin, Permit, UseOwnAccount},
    account::Password,
    audit::{Action, AuditEvent, RecordKind},
    id::{AccountId, RefreshTokenId, SessionId},
};
use zgoda_persistence::{
    Tx,
    accounts::{self, SessionRecord},
};
use zgoda_vault::{AccessClaims, PasswordHash, SecretToken, verify_password};

/// Life of an access token.
pub const ACCESS_LIFE: TimeDelta = TimeDelta::minutes(10);
/// A session ends then, however busy it is.
pub const SESSION_LIFE: TimeDelta = TimeDelta::hours(12);
/// An exchanged refresh token is answered the same pair again for this long.
const GRACE: TimeDelta = TimeDelta::seconds(30);
/// A session's last use is noted this often.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A new pair of tokens.
#[derive(Debug)]
pub struct SignedIn {
    pub account_id: AccountId,
    pub session_id: SessionId,
    pub access: String,
    pub refresh: SecretToken,
    pub session_expires_at: DateTime<Utc>,
}

/// Signs in with address and password. The refusal never says which was wrong, and takes the same time.
pub async fn sign_in(ctx: &Ctx, email: &str, password: &str, origin: &Origin) -> Result<SignedIn, AppError> {
    let normalised = zgoda_domain::email::EmailAddress::parse(email).map(|email| email.normalised());
    let found = match &normalised {
        Ok(email) => accounts::by_email(&ctx.db.read(), email).await?,
        Err(_) => None,
    };
    let hash = found.as_ref().map_or_else(PasswordHash::of_nobody, |account| account.password_hash.clone());
    let typed = Password::typed(password);
    let fits = hashing(ctx, move || verify_password(typed.as_bytes(), &hash)).await?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    match found.filter(|account| fits && !account.disabled) {
        Some(account) => {
            let signed_in = open(ctx, &tx, account.id, origin, now).await?;
            let record = Some(signed_in.session_id.as_uuid());
            tx.commit(
                now,
                AuditEvent::new(Actor::Account(account.id), origin, Action::SignedIn, RecordKind::Session, record),
            )
            .await?;
            Ok(signed_in)
        }
        None => {
            // Whose account it was meant for is not noted: the address may be anyone's.
            tx.commit(now, AuditEvent::new(Actor::Visitor, origin, Action::SignInRefused, RecordKind::Session, None))
                .await?;
            Err(AppError::SignInRefused)
        }
    }
}

/// Opens a session in a transaction that the caller commits.
pub(crate) async fn open(
    ctx: &Ctx,
    tx: &Tx,
    account: AccountId,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<SignedIn, AppError> {
    let session = SessionRecord {
        id: SessionId::generate(now, ctx.entropy()),
        account_id: account,
        created_at: now,
        last_seen_at: now,
        expires_at: now + SESSION_LIFE,
        revoked: false,
        ip: origin.ip.clone(),
        user_agent: origin.user_agent.as_ref().map(|agent| agent.chars().take(300).collect()),
    };
    accounts::insert_session(tx, &session).await?;
    let refresh = RefreshTokenId::generate(now, ctx.entropy());
    accounts::insert_refresh(tx, refresh, session.id, now).await?;
    pair(ctx, &session, refresh, now)
}

fn pair(ctx: &Ctx, session: &SessionRecord, refresh: RefreshTokenId, now: DateTime<Utc>) -> Result<SignedIn, AppError> {
    let life = ACCESS_LIFE.min(session.expires_at - now).num_seconds();
    let claims =
        AccessClaims::new(session.account_id.as_uuid(), session.id.as_uuid(), refresh.as_uuid(), now.timestamp(), life);
    let access = ctx.vault.master.access_tokens().sign(&claims).ok_or(AppError::SignInNeeded)?;
    Ok(SignedIn {
        account_id: session.account_id,
        session_id: session.id,
        access,
        refresh: ctx.vault.master.refresh_key().token(refresh.as_uuid()),
        session_expires_at: session.expires_at,
    })
}

/// Exchanges a refresh token for the next pair.
pub async fn refresh(ctx: &Ctx, presented: &SecretToken, origin: &Origin) -> Result<SignedIn, AppError> {
    let id = ctx.vault.master.refresh_key().id_of(presented).ok_or(AppError::SignInNeeded)?;
    let id = RefreshTokenId::from_uuid(id);
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let token = accounts::refresh_token(&tx, id).await?.ok_or(AppError::SignInNeeded)?;
    let (session, account) =
        accounts::session_with_account(&tx, token.session_id).await?.ok_or(AppError::SignInNeeded)?;
    if session.revoked || session.expires_at <= now || account.disabled {
        return Err(AppError::SignInNeeded);
    }
    let Some(child) = token.child else {
        let next = RefreshTokenId::generate(now, ctx.entropy());
        if !accounts::exchange_refresh(&tx, id, None, next, now).await? {
            return Err(AppError::Busy);
        }
        accounts::insert_refresh(&tx, next, session.id, now).await?;
        tx.commit_unaudited("a session going on").await?;
        return pair(ctx, &session, next, now);
    };
    let successor = accounts::refresh_token(&tx, child).await?;
    let recent = token.consumed_at.is_some_and(|at| now - at <= GRACE);
    match successor {
        Some(successor) if successor.consumed_at.is_none() && recent => pair(ctx, &session, child, now),
        Some(successor) if successor.consumed_at.is_none() && !successor.seen => {
            // The answer was lost for good: the pair nobody used dies, and a new one takes its place.
            let next = RefreshTokenId::generate(now, ctx.entropy());
            if !accounts::exchange_refresh(&tx, id, Some(child), next, now).await? {
                return Err(AppError::Busy);
            }
            accounts::kill_refresh(&tx, child).await?;
            accounts::insert_refresh(&tx, next, session.id, now).await?;
            tx.commit_unaudited("a session going on").await?;
            pair(ctx, &session, next, now)
        }
        _ => {
            accounts::revoke_session(&tx, account.id, session.id, now).await?;
            let actor = Actor::Account(account.id);
            let record = Some(session.id.as_uuid());
            tx.commit(now, AuditEvent::new(actor, origin, Action::TokenReuseDetected, RecordKind::Session, record))
                .await?;
            ctx.sessions.live.forget(&session.id);
            Err(AppError::SignInNeeded)
        }
    }
}

/// The caller behind an access token: the signature is checked first, then the session's row.
pub async fn authenticate(ctx: &Ctx, token: &str, origin: Origin) -> Result<Caller, AppError> {
    let now = ctx.now();
    let claims = ctx.vault.master.access_tokens().check(token, now.timestamp()).ok_or(AppError::SignInNeeded)?;
    let session_id = SessionId::from_uuid(claims.sid);
    let state = ctx.sessions.live.state();
    let read = async || {
        let (session, account) =
            accounts::session_with_account(&ctx.db.read(), session_id).await?.ok_or(AppError::SignInNeeded)?;
        if session.revoked || account.disabled {
            return Err(AppError::SignInNeeded);
        }
        Ok(LiveSession {
            account_id: account.id,
            role: account.role,
            expires_at: session.expires_at,
            last_seen_at: session.last_seen_at,
        })
    };
    let live = ctx.sessions.live.get_or(session_id, read).await?;
    if live.expires_at <= now || live.account_id.as_uuid() != claims.sub {
        return Err(AppError::SignInNeeded);
    }
    if note_use(ctx, session_id, RefreshTokenId::from_uuid(claims.jti), live, now).await? {
        ctx.sessions.live.put(session_id, LiveSession { last_seen_at: now, ..live }, state);
    }
    Ok(Caller { account_id: live.account_id, session_id, role: live.role, origin })
}

/// Bookkeeping of use, at most once a minute and once per token; says whether anything was written.
async fn note_use(
    ctx: &Ctx,
    session: SessionId,
    refresh: RefreshTokenId,
    live: LiveSession,
    now: DateTime<Utc>,
) -> Result<bool, AppError> {
    let first_use = !ctx.sessions.was_seen(refresh);
    if !first_use && now - live.last_seen_at < TOUCH_EVERY {
        return Ok(false);
    }
    let tx = ctx.db.begin().await?;
    if first_use {
        accounts::mark_seen(&tx, refresh, now).await?;
    }
    accounts::touch_session(&tx, session, now).await?;
    tx.commit_unaudited("a session's last use").await?;
    ctx.sessions.note_seen(refresh);
    Ok(true)
}

/// Ends the caller's own session.
pub async fn sign_out(ctx: &Ctx, caller: &Caller) -> Result<(), AppError> {
    end(ctx, caller.account_id, caller.session_id, &caller.origin, Action::SignedOut).await
}

/// The account's sessions, newest first.
pub async fn own_sessions(ctx: &Ctx, permit: &Permit<UseOwnAccount>) -> Result<Vec<SessionRecord>, AppError> {
    let account = permit.actor().account().ok_or(AppError::NotFound)?;
    Ok(accounts::live_sessions(&ctx.db.read(), account, ctx.now()).await?)
}

/// Ends one of the account's sessions.
pub async fn revoke(ctx: &Ctx, permit: &Permit<UseOwnAccount>, session: SessionId) -> Result<(), AppError> {
    let account = permit.actor().account().ok_or(AppError::NotFound)?;
    end(ctx, account, session, permit.origin(), Action::SessionRevoked).await
}

async fn end(
    ctx: &Ctx,
    account: AccountId,
    session: SessionId,
    origin: &Origin,
    action: Action,
) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if !accounts::revoke_session(&tx, account, session, now).await? {
        return Err(AppError::NotFound);
    }
    let event = AuditEvent::new(Actor::Account(account), origin, action, RecordKind::Session, Some(session.as_uuid()));
    tx.commit(now, event).await?;
    ctx.sessions.live.forget(&session);
    Ok(())
}
