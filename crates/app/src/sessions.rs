//! Staying signed in. How a session begins: [`crate::signing_in`]; how it is locked and unlocked: [`crate::locks`].
//!
//! A session is a row. An access token (10 minutes) names it and is believed only while the row lives. A refresh token
//! is exchanged for the next pair, once. Presented again, it is answered the same pair for half a minute (an answer may
//! have been lost, or two tabs asked at once); later than that only if nothing issued with its successor was ever used.
//! Anything else means that two parties hold the token: the session ends for both.

use crate::{
    AppError, Ctx,
    accounts::own_by_session,
    letters, locks, outbox, roles, second_factors,
    security::{self, AccessRules},
    sessions_cache::LiveSession,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::{net::IpAddr, sync::Arc};
use zgoda_domain::{
    access::{Actor, Caller, Credential, Origin, Permit, UseOwnAccount},
    audit::{Action, AuditEvent, RecordKind},
    id::{AccountId, RefreshTokenId, SessionId},
};
use zgoda_persistence::{
    Tx,
    accounts::{self, SessionRecord},
    roles as stored_roles, security as reasons,
};
use zgoda_vault::{AccessClaims, SecretToken};

/// Life of an access token.
pub const ACCESS_LIFE: TimeDelta = TimeDelta::minutes(10);
/// An exchanged refresh token is answered the same pair again for this long.
const GRACE: TimeDelta = TimeDelta::seconds(30);
/// A notice that arrives later than this would only confuse.
const NOTICE_LIFE: TimeDelta = TimeDelta::days(3);
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
    /// The session that ended with this one's beginning.
    pub(crate) replaced: Option<SessionId>,
}

impl SignedIn {
    /// To be called once the transaction was kept.
    pub(crate) fn forget_replaced(&self, ctx: &Ctx) {
        if let Some(replaced) = &self.replaced {
            ctx.sessions.live.forget(replaced);
        }
    }
}

/// What a browser presents beside what is typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Browser<'a> {
    /// The token of a device that need not show a second factor.
    pub device: Option<&'a SecretToken>,
    /// The refresh token of the session it is in. Whoever signs in anew leaves it: it ends (ASVS 7.2.4).
    pub session: Option<&'a SecretToken>,
}

/// Whether a session begins with a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecondFactor {
    /// The account has none.
    None,
    /// The device is remembered for having shown one: enough to be let in, and no recent proof of anything.
    Remembered,
    Shown,
}

/// Opens a session in a transaction that the caller commits, and ends the one the browser was in.
#[expect(clippy::too_many_arguments, reason = "everything that a session begins with")]
pub(crate) async fn open(
    ctx: &Ctx,
    tx: &Tx,
    account: AccountId,
    browser: Browser<'_>,
    origin: &Origin,
    second: SecondFactor,
    rules: &AccessRules,
    now: DateTime<Utc>,
) -> Result<SignedIn, AppError> {
    let replaced = match browser.session {
        Some(token) => leave(ctx, tx, token, now).await?,
        None => None,
    };
    let session = SessionRecord {
        id: SessionId::generate(now, ctx.entropy()),
        account_id: account,
        created_at: now,
        last_seen_at: now,
        expires_at: now + TimeDelta::hours(i64::from(rules.session_hours())),
        revoked: false,
        ip: origin.ip.clone(),
        user_agent: origin.user_agent.as_ref().map(|agent| agent.chars().take(300).collect()),
        active_at: now,
        locked: false,
        proved_at: (second != SecondFactor::Remembered).then_some(now),
        second_factor_at: (second != SecondFactor::None).then_some(now),
    };
    Ok(SignedIn { replaced, ..begin(ctx, tx, &session, now).await? })
}

/// Stores a session with its first refresh token.
async fn begin(ctx: &Ctx, tx: &Tx, session: &SessionRecord, now: DateTime<Utc>) -> Result<SignedIn, AppError> {
    accounts::insert_session(tx, session).await?;
    let refresh = RefreshTokenId::generate(now, ctx.entropy());
    accounts::insert_refresh(tx, refresh, session.id, now).await?;
    pair(ctx, session, refresh, now)
}

/// Ends the session that a refresh token belongs to, whoever it is; `None` when there is nothing to end.
async fn leave(ctx: &Ctx, tx: &Tx, presented: &SecretToken, now: DateTime<Utc>) -> Result<Option<SessionId>, AppError> {
    let Some(id) = ctx.vault.master.refresh_key().id_of(presented) else { return Ok(None) };
    let Some(token) = accounts::refresh_token(tx, RefreshTokenId::from_uuid(id)).await? else { return Ok(None) };
    let Some((session, account)) = accounts::session_with_account(tx, token.session_id).await? else { return Ok(None) };
    Ok(accounts::revoke_session(tx, account.id, session.id, now).await?.then_some(session.id))
}

/// Goes on with a session under another id, in a transaction that the caller commits, after the person proved who they
/// are: the tokens from before are worth nothing, so that whoever else holds them gains nothing (ASVS 7.2.4). `second`:
/// the proof was a second factor.
pub(crate) async fn renew(
    ctx: &Ctx,
    tx: &Tx,
    id: SessionId,
    second: bool,
    now: DateTime<Utc>,
) -> Result<SignedIn, AppError> {
    let (old, account) = accounts::session_with_account(tx, id).await?.ok_or(AppError::SignInNeeded)?;
    if !accounts::revoke_session(tx, account.id, id, now).await? {
        return Err(AppError::SignInNeeded);
    }
    let session = SessionRecord {
        id: SessionId::generate(now, ctx.entropy()),
        last_seen_at: now,
        active_at: now,
        proved_at: Some(now),
        second_factor_at: if second { Some(now) } else { old.second_factor_at },
        ..old
    };
    let signed_in = begin(ctx, tx, &session, now).await?;
    reasons::move_reasons(tx, id, session.id).await?;
    Ok(SignedIn { replaced: Some(id), ..signed_in })
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
        replaced: None,
    })
}

/// Exchanges a refresh token for the next pair.
pub async fn refresh(ctx: &Ctx, presented: &SecretToken, origin: &Origin) -> Result<SignedIn, AppError> {
    let id = ctx.vault.master.refresh_key().id_of(presented).ok_or(AppError::SignInNeeded)?;
    let id = RefreshTokenId::from_uuid(id);
    let (now, rules) = (ctx.now(), AccessRules::now(ctx).await?);
    let tx = ctx.db.begin().await?;
    let token = accounts::refresh_token(&tx, id).await?.ok_or(AppError::SignInNeeded)?;
    let (session, account) =
        accounts::session_with_account(&tx, token.session_id).await?.ok_or(AppError::SignInNeeded)?;
    if session.revoked || session.expires_at <= now || account.disabled {
        return Err(AppError::SignInNeeded);
    }
    if !rules.admit(&account, origin)? {
        drop(tx);
        let event = refused_in_session(account.id, session.id, origin);
        security::note_refused_address(ctx, session.id.as_uuid(), event).await?;
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
            if let Some(letter) = letters::session_ended(ctx, &account, origin, now) {
                outbox::enqueue(ctx, &tx, &letter, NOTICE_LIFE, now)?;
            }
            let actor = Actor::Account(account.id);
            let record = Some(session.id.as_uuid());
            tx.commit(now, AuditEvent::new(actor, origin, Action::TokenReuseDetected, RecordKind::Session, record))
                .await?;
            ctx.sessions.live.forget(&session.id);
            Err(AppError::SignInNeeded)
        }
    }
}

/// Whether a request says that a person is at work: what the app asks by itself does not keep a session awake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Person,
    Background,
}

/// A session that lives, locked or not.
#[derive(Debug)]
pub enum Authenticated {
    Caller(Caller),
    /// Nobody used it for a while: all it can do is to be unlocked or to end.
    Locked(LockedSession),
}

/// A locked session and where its request came from.
#[derive(Clone, Debug)]
pub struct LockedSession {
    pub account_id: AccountId,
    pub session_id: SessionId,
    pub origin: Origin,
}

/// Who is behind an access token: the signature is checked first, then the session's row, the address and the lock.
pub async fn authenticate(
    ctx: &Ctx,
    token: &str,
    origin: Origin,
    presence: Presence,
) -> Result<Authenticated, AppError> {
    let now = ctx.now();
    let claims = ctx.vault.master.access_tokens().check(token, now.timestamp()).ok_or(AppError::SignInNeeded)?;
    let session_id = SessionId::from_uuid(claims.sid);
    let settings = security::current(ctx).await?;
    let state = ctx.sessions.live.state();
    let live = ctx.sessions.live.get_or(session_id, async || load(ctx, session_id).await).await?;
    let oldest = TimeDelta::hours(i64::from(settings.session_hours));
    if live.expires_at <= now || live.created_at + oldest <= now || live.account_id.as_uuid() != claims.sub {
        return Err(AppError::SignInNeeded);
    }
    let ip: Option<IpAddr> = origin.ip.as_deref().and_then(|ip| ip.parse().ok());
    if !security::admits(ctx, &live.access, security::is_owner(live.role_id), ip).await? {
        let event = refused_in_session(live.account_id, session_id, &origin);
        security::note_refused_address(ctx, session_id.as_uuid(), event).await?;
        return Err(AppError::SignInNeeded);
    }
    let idle = TimeDelta::minutes(i64::from(settings.idle_minutes));
    if live.locked || now - live.active_at >= idle {
        let locked = LockedSession { account_id: live.account_id, session_id, origin };
        if !live.locked {
            locks::lock(ctx, &locked).await?;
        }
        return Ok(Authenticated::Locked(locked));
    }
    let refresh = RefreshTokenId::from_uuid(claims.jti);
    if note_use(ctx, session_id, refresh, &live, presence, TOUCH_EVERY.min(idle / 4), now).await? {
        let active_at = if presence == Presence::Person { now } else { live.active_at };
        ctx.sessions.live.put(session_id, LiveSession { last_seen_at: now, active_at, ..live.clone() }, state);
    }
    // Demanded and not shown: until it is, there is only the own account, to set one up or to show it.
    let must_prove = live.second_factor_at.is_none() && second_factors::is_required(ctx, &live.access).await?;
    Ok(Authenticated::Caller(Caller {
        account_id: live.account_id,
        credential: Credential::Session(session_id),
        access: if must_prove { Arc::new(live.access.only_own_account()) } else { live.access },
        departments: live.departments,
        origin,
        proved_at: live.proved_at,
        must_prove,
    }))
}

fn refused_in_session(account: AccountId, session: SessionId, origin: &Origin) -> AuditEvent {
    let (actor, record) = (Actor::Account(account), Some(session.as_uuid()));
    AuditEvent::new(actor, origin, Action::AddressRefused, RecordKind::Session, record)
}

async fn load(ctx: &Ctx, id: SessionId) -> Result<LiveSession, AppError> {
    let reader = ctx.db.read();
    let (session, account) = accounts::session_with_account(&reader, id).await?.ok_or(AppError::SignInNeeded)?;
    if session.revoked || account.disabled {
        return Err(AppError::SignInNeeded);
    }
    let book = roles::book(ctx).await?;
    Ok(LiveSession {
        account_id: account.id,
        role_id: account.role_id,
        access: Arc::clone(book.access(account.role_id).ok_or(AppError::SignInNeeded)?),
        departments: stored_roles::departments_of(&reader, account.id).await?.into(),
        created_at: session.created_at,
        expires_at: session.expires_at,
        last_seen_at: session.last_seen_at,
        active_at: session.active_at,
        locked: session.locked,
        proved_at: session.proved_at,
        second_factor_at: session.second_factor_at,
    })
}

/// Bookkeeping of use, now and then and once per token; says whether anything was written.
async fn note_use(
    ctx: &Ctx,
    session: SessionId,
    refresh: RefreshTokenId,
    live: &LiveSession,
    presence: Presence,
    every: TimeDelta,
    now: DateTime<Utc>,
) -> Result<bool, AppError> {
    let first_use = !ctx.sessions.was_seen(refresh);
    let person = presence == Presence::Person;
    let noted = if person { live.active_at } else { live.last_seen_at };
    if !first_use && now - noted < every {
        return Ok(false);
    }
    let tx = ctx.db.begin().await?;
    if first_use {
        accounts::mark_seen(&tx, refresh, now).await?;
    }
    accounts::touch_session(&tx, session, person, now).await?;
    tx.commit_unaudited("a session's last use").await?;
    ctx.sessions.note_seen(refresh);
    Ok(true)
}

/// Ends a session at its own wish, locked or not.
pub async fn sign_out(ctx: &Ctx, account: AccountId, session: SessionId, origin: &Origin) -> Result<(), AppError> {
    end(ctx, account, session, origin, Action::SignedOut).await
}

/// The account's sessions, newest first.
pub async fn own_sessions(ctx: &Ctx, permit: &Permit<UseOwnAccount>) -> Result<Vec<SessionRecord>, AppError> {
    let account = own_by_session(permit)?;
    Ok(accounts::live_sessions(&ctx.db.read(), account, ctx.now()).await?)
}

/// Ends one of the account's sessions.
pub async fn revoke(ctx: &Ctx, permit: &Permit<UseOwnAccount>, session: SessionId) -> Result<(), AppError> {
    let account = own_by_session(permit)?;
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
