//! Signing in and staying signed in.
//!
//! A session is a row. An access token (10 minutes) names it and is believed only while the row lives. A refresh token
//! is exchanged for the next pair, once. Presented again, it is answered the same pair for half a minute (an answer may
//! have been lost, or two tabs asked at once); later than that only if nothing issued with its successor was ever used.
//! Anything else means that two parties hold the token: the session ends for both.

use crate::{
    AppError, Ctx,
    accounts::{hashing, own_by_session},
    letters, outbox, roles,
    second_factors::{self, Offer, Proof},
    security,
    sessions_cache::LiveSession,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::{net::IpAddr, sync::Arc};
use zgoda_domain::{
    access::{Actor, Caller, Credential, Origin, Permit, UseOwnAccount},
    account::Password,
    audit::{Action, AuditEvent, RecordKind},
    id::{AccountId, RefreshTokenId, SessionId, TrustedDeviceId},
    second_factor::FactorKind,
};
use zgoda_persistence::{
    Tx,
    accounts::{self, AccountRecord, SessionRecord},
    roles as stored_roles,
    second_factors::{self as challenges, ChallengePurpose, ChallengeRecord, TrustedDeviceRecord},
    security as reasons,
};
use zgoda_vault::{AccessClaims, Passkeys, PasswordHash, SecretToken, verify_password};

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
    replaced: Option<SessionId>,
}

impl SignedIn {
    /// To be called once the transaction was kept.
    pub(crate) fn forget_replaced(&self, ctx: &Ctx) {
        if let Some(replaced) = &self.replaced {
            ctx.sessions.live.forget(replaced);
        }
    }
}

/// What comes of address and password.
#[derive(Debug)]
pub enum SignInOutcome {
    SignedIn(SignedIn),
    /// Right so far: a second factor is asked for. The token names this attempt.
    SecondFactor {
        attempt: SecretToken,
        offers: Vec<Offer>,
    },
}

/// What a browser presents beside what is typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Browser<'a> {
    /// The token of a device that need not show a second factor.
    pub device: Option<&'a SecretToken>,
    /// The refresh token of the session it is in. Whoever signs in anew leaves it: it ends (ASVS 7.2.4).
    pub session: Option<&'a SecretToken>,
}

/// Signs in with address and password. The refusal never says which was wrong, and takes the same time.
pub async fn sign_in(
    ctx: &Ctx,
    email: &str,
    password: &str,
    browser: Browser<'_>,
    origin: &Origin,
) -> Result<SignInOutcome, AppError> {
    // What is no address is nobody's: all of it is counted together.
    let address = zgoda_domain::email::EmailAddress::parse(email).map(|email| email.normalised()).unwrap_or_default();
    let found = accounts::by_email(&ctx.db.read(), &address).await?;
    let trusting = match browser.device {
        Some(token) => challenges::device_account(&ctx.db.read(), &token.hash(), ctx.now()).await?,
        None => None,
    };
    let known_device = trusting.is_some_and(|id| found.as_ref().is_some_and(|account| account.id == id));
    if !known_device && !ctx.guesses.admits(&address, ctx.now()) {
        return Err(AppError::TooOften);
    }
    let hash = found.as_ref().map_or_else(PasswordHash::of_nobody, |account| account.password_hash.clone());
    let (typed, checked) = (Password::typed(password), hash.clone());
    let fits = match hashing(ctx, move || verify_password(typed.as_bytes(), &checked)).await {
        Ok(fits) => fits,
        Err(error) => {
            // Nobody looked at it.
            ctx.guesses.forgive(&address);
            return Err(error);
        }
    };
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let account = match found.filter(|_| fits) {
        // Locked: whatever ends the account's sessions comes before this one or ends it too. The password may be
        // another one by now.
        Some(account) => accounts::load_locked(&tx, account.id).await?,
        None => None,
    };
    let Some(account) = account.filter(|account| account.password_hash == hash && !account.disabled) else {
        // Whose account it was meant for is not noted: the address may be anyone's.
        tx.commit(now, AuditEvent::new(Actor::Visitor, origin, Action::SignInRefused, RecordKind::Session, None))
            .await?;
        return Err(AppError::SignInRefused);
    };
    if !may_come(ctx, &account, origin).await? {
        tx.commit(now, address_refused(&account, origin)).await?;
        return Err(AppError::SignInRefused);
    }
    // Right, so it was no guess.
    if !known_device {
        ctx.guesses.forgive(&address);
    }
    // Whether one can be asked for here and now makes no difference: who has set one up is not let in without.
    let second = if second_factors::confirmed(&tx, account.id).await?.is_empty() {
        SecondFactor::None
    } else if trusts(&tx, &account, browser.device, now).await? {
        SecondFactor::Remembered
    } else {
        let offers = second_factors::offers(ctx, &tx, account.id).await?;
        let attempt = SecretToken::generate(ctx.vault.entropy.as_ref());
        let id = SessionId::generate(now, ctx.entropy()).as_uuid();
        let (purpose, expires_at) = (ChallengePurpose::SignIn, now + second_factors::CHALLENGE_LIFE);
        challenges::open_challenge(&tx, id, purpose, Some(&attempt.hash()), Some(account.id), expires_at).await?;
        tx.commit_unaudited("half a sign-in; the whole or its refusal is recorded").await?;
        return Ok(SignInOutcome::SecondFactor { attempt, offers });
    };
    let signed_in = open(ctx, &tx, account.id, browser, origin, second, now).await?;
    tx.commit(now, opened(&signed_in, origin)).await?;
    signed_in.forget_replaced(ctx);
    Ok(SignInOutcome::SignedIn(signed_in))
}

fn opened(signed_in: &SignedIn, origin: &Origin) -> AuditEvent {
    let (actor, record) = (Actor::Account(signed_in.account_id), Some(signed_in.session_id.as_uuid()));
    let event = AuditEvent::new(actor, origin, Action::SignedIn, RecordKind::Session, record);
    match signed_in.replaced {
        Some(session) => event.values(json!({ "ended": session })),
        None => event,
    }
}

/// For the log alone: the answer is that to a wrong password.
fn address_refused(account: &AccountRecord, origin: &Origin) -> AuditEvent {
    let (actor, record) = (Actor::Account(account.id), Some(account.id.as_uuid()));
    AuditEvent::new(actor, origin, Action::AddressRefused, RecordKind::Account, record)
}

async fn trusts(
    tx: &Tx,
    account: &AccountRecord,
    device: Option<&SecretToken>,
    now: DateTime<Utc>,
) -> Result<bool, AppError> {
    match device {
        Some(token) => Ok(challenges::use_device(tx, account.id, &token.hash(), now).await?),
        None => Ok(false),
    }
}

/// Whose half of a sign-in this is, and its challenge, both locked by the transaction; the account may have been
/// deactivated since.
async fn attempted(
    ctx: &Ctx,
    attempt: &SecretToken,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(Tx, AccountRecord, ChallengeRecord), AppError> {
    let (purpose, hash) = (ChallengePurpose::SignIn, attempt.hash());
    let tx = ctx.db.begin().await?;
    let account = match challenges::account_by_hash(&tx, purpose, &hash, now).await? {
        Some(id) => accounts::load_locked(&tx, id).await?.filter(|account| !account.disabled),
        None => None,
    };
    let account = account.ok_or(AppError::AttemptSpent)?;
    let challenge = challenges::challenge_by_hash(&tx, purpose, &hash, now).await?;
    let challenge =
        challenge.filter(|challenge| challenge.tries < second_factors::TRIES).ok_or(AppError::AttemptSpent)?;
    if !may_come(ctx, &account, origin).await? {
        drop(tx);
        security::note_refused_address(ctx, challenge.id, address_refused(&account, origin)).await?;
        return Err(AppError::AttemptSpent);
    }
    Ok((tx, account, challenge))
}

/// Sends a code for the second half of a sign-in.
pub async fn send_sign_in_code(
    ctx: &Ctx,
    attempt: &SecretToken,
    kind: FactorKind,
    origin: &Origin,
) -> Result<(), AppError> {
    let now = ctx.now();
    let (tx, account, challenge) = attempted(ctx, attempt, origin, now).await?;
    let factor = second_factors::sendable(&tx, account.id, kind).await?;
    second_factors::send_code(ctx, &tx, &account, &challenge, &factor, now).await?;
    tx.commit_unaudited("a code; its use is recorded").await?;
    Ok(())
}

/// What the browser is asked for the second half of a sign-in with a passkey.
pub async fn ask_sign_in_passkey(ctx: &Ctx, attempt: &SecretToken, origin: &Origin) -> Result<Value, AppError> {
    let (tx, account, challenge) = attempted(ctx, attempt, origin, ctx.now()).await?;
    let options = second_factors::ask_passkey(ctx, &tx, account.id, &challenge).await?;
    tx.commit_unaudited("a question; its answer is recorded").await?;
    Ok(options)
}

/// Completes a sign-in with a second factor. With `remember`, the token of a device that is not asked again.
pub async fn complete(
    ctx: &Ctx,
    attempt: &SecretToken,
    proof: Proof,
    remember: bool,
    browser: Browser<'_>,
    origin: &Origin,
) -> Result<(SignedIn, Option<SecretToken>), AppError> {
    let now = ctx.now();
    let (tx, account, challenge) = attempted(ctx, attempt, origin, now).await?;
    let right = second_factors::check(ctx, &tx, &account, &challenge, proof, now).await?
        && challenges::close_challenge(&tx, challenge.id).await?;
    if !right {
        second_factors::count_wrong(ctx, &tx, account.id, &challenge, now).await?;
        tx.commit(now, second_factors::refusal(account.id, origin)).await?;
        return Err(AppError::CodeRefused);
    }
    let signed_in = open(ctx, &tx, account.id, browser, origin, SecondFactor::Shown, now).await?;
    let device = match remember {
        true => Some(trust(ctx, &tx, account.id, origin, now).await?),
        false => None,
    };
    tx.commit(now, opened(&signed_in, origin)).await?;
    signed_in.forget_replaced(ctx);
    Ok((signed_in, device))
}

async fn trust(
    ctx: &Ctx,
    tx: &Tx,
    account: AccountId,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<SecretToken, AppError> {
    let token = SecretToken::generate(ctx.vault.entropy.as_ref());
    let device = TrustedDeviceRecord {
        id: TrustedDeviceId::generate(now, ctx.entropy()),
        user_agent: origin.user_agent.clone(),
        created_at: now,
        last_used_at: now,
        expires_at: now + second_factors::DEVICE_LIFE,
    };
    challenges::insert_device(tx, account, &device, &token.hash()).await?;
    Ok(token)
}

/// Begins to sign in with a passkey alone: the token of the attempt, and what the browser is asked.
pub async fn ask_passkey(ctx: &Ctx) -> Result<(SecretToken, Value), AppError> {
    let question = ctx.passkeys.as_ref().ok_or(AppError::WrongState)?.ask_any()?;
    let now = ctx.now();
    let attempt = SecretToken::generate(ctx.vault.entropy.as_ref());
    let id = SessionId::generate(now, ctx.entropy()).as_uuid();
    let (purpose, expires_at) = (ChallengePurpose::Passkey, now + second_factors::QUESTION_LIFE);
    let tx = ctx.db.begin().await?;
    challenges::open_challenge(&tx, id, purpose, Some(&attempt.hash()), None, expires_at).await?;
    challenges::set_state(&tx, id, &question.state).await?;
    tx.commit_unaudited("a question; its answer is recorded").await?;
    Ok((attempt, question.options))
}

/// Signs in with a passkey alone: it is both, what someone has and, by the device's check, who they are. The question is
/// used up whether the answer is right or wrong.
pub async fn sign_in_with_passkey(
    ctx: &Ctx,
    attempt: &SecretToken,
    answer: Value,
    browser: Browser<'_>,
    origin: &Origin,
) -> Result<SignedIn, AppError> {
    let now = ctx.now();
    let claimed = Passkeys::claimed(&answer).unwrap_or_default();
    let tx = ctx.db.begin().await?;
    let challenge = challenges::challenge_by_hash(&tx, ChallengePurpose::Passkey, &attempt.hash(), now).await?;
    let challenge = challenge.ok_or(AppError::AttemptSpent)?;
    challenges::close_challenge(&tx, challenge.id).await?;
    // The account is locked first, then read again what it has: it may be taken away meanwhile.
    let account = match challenges::by_credential(&tx, &claimed).await? {
        Some(factor) => accounts::load_locked(&tx, factor.account_id).await?.filter(|account| !account.disabled),
        None => None,
    };
    let factor = challenges::by_credential(&tx, &claimed).await?;
    let accepted = factor.as_ref().zip(challenge.state).zip(ctx.passkeys.as_ref());
    let accepted = accepted
        .and_then(|((factor, state), passkeys)| Some((factor, passkeys.accept_any(answer, &state, &factor.secret)?)));
    let Some((account, (factor, secret))) = account.zip(accepted) else {
        tx.commit(now, AuditEvent::new(Actor::Visitor, origin, Action::SignInRefused, RecordKind::Session, None))
            .await?;
        return Err(AppError::SignInRefused);
    };
    if !may_come(ctx, &account, origin).await? {
        tx.commit(now, address_refused(&account, origin)).await?;
        return Err(AppError::SignInRefused);
    }
    challenges::set_secret(&tx, factor.id, &secret, None).await?;
    challenges::touch(&tx, factor.id, now).await?;
    let signed_in = open(ctx, &tx, account.id, browser, origin, SecondFactor::Shown, now).await?;
    tx.commit(now, opened(&signed_in, origin)).await?;
    signed_in.forget_replaced(ctx);
    Ok(signed_in)
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

/// Whether an account may be used from where the request comes from.
async fn may_come(ctx: &Ctx, account: &AccountRecord, origin: &Origin) -> Result<bool, AppError> {
    let book = roles::book(ctx).await?;
    let access = book.access(account.role_id).ok_or(AppError::SignInNeeded)?;
    let ip = origin.ip.as_deref().and_then(|ip| ip.parse().ok());
    security::admits(ctx, access, security::is_owner(account.role_id), ip).await
}

/// Opens a session in a transaction that the caller commits, and ends the one the browser was in.
pub(crate) async fn open(
    ctx: &Ctx,
    tx: &Tx,
    account: AccountId,
    browser: Browser<'_>,
    origin: &Origin,
    second: SecondFactor,
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
        expires_at: now + TimeDelta::hours(i64::from(security::current(ctx).await?.session_hours)),
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
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let token = accounts::refresh_token(&tx, id).await?.ok_or(AppError::SignInNeeded)?;
    let (session, account) =
        accounts::session_with_account(&tx, token.session_id).await?.ok_or(AppError::SignInNeeded)?;
    if session.revoked || session.expires_at <= now || account.disabled {
        return Err(AppError::SignInNeeded);
    }
    if !may_come(ctx, &account, origin).await? {
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
            lock(ctx, &locked).await?;
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

/// Locks a session: until it is unlocked it can do nothing else.
async fn lock(ctx: &Ctx, session: &LockedSession) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if accounts::lock_session(&tx, session.session_id, now).await? {
        let record = Some(session.session_id.as_uuid());
        let actor = Actor::Account(session.account_id);
        let event = AuditEvent::new(actor, &session.origin, Action::SessionLocked, RecordKind::Session, record);
        tx.commit(now, event).await?;
        ctx.sessions.live.forget(&session.session_id);
    }
    Ok(())
}

/// Locks the caller's own session, as someone does who leaves their desk.
pub async fn lock_own(ctx: &Ctx, permit: &Permit<UseOwnAccount>) -> Result<(), AppError> {
    let (account_id, session_id) = permit.actor().account().zip(permit.session()).ok_or(AppError::WrongState)?;
    lock(ctx, &LockedSession { account_id, session_id, origin: permit.origin().clone() }).await
}

/// Unlocks a session with the password. A wrong one is recorded and changes nothing.
pub async fn unlock(ctx: &Ctx, session: &LockedSession, password: &str) -> Result<(), AppError> {
    let account = accounts::load(&ctx.db.read(), session.account_id).await?.ok_or(AppError::SignInNeeded)?;
    // By the session: nobody else can keep its holder waiting.
    let guessed = format!("unlock {}", session.session_id);
    if !ctx.guesses.admits(&guessed, ctx.now()) {
        return Err(AppError::TooOften);
    }
    let typed = Password::typed(password);
    let fits = hashing(ctx, move || verify_password(typed.as_bytes(), &account.password_hash)).await;
    if !matches!(fits, Ok(false)) {
        ctx.guesses.forgive(&guessed);
    }
    let (fits, now) = (fits?, ctx.now());
    let record = Some(session.session_id.as_uuid());
    let event = |action| {
        AuditEvent::new(Actor::Account(session.account_id), &session.origin, action, RecordKind::Session, record)
    };
    let tx = ctx.db.begin().await?;
    if !fits {
        tx.commit(now, event(Action::UnlockRefused)).await?;
        return Err(AppError::SignInRefused);
    }
    accounts::unlock_session(&tx, session.session_id, now).await?;
    tx.commit(now, event(Action::SessionUnlocked)).await?;
    ctx.sessions.live.forget(&session.session_id);
    Ok(())
}

/// The address of a locked session's account, to count attempts by.
pub async fn account_of(ctx: &Ctx, session: &LockedSession) -> Result<String, AppError> {
    let account = accounts::load(&ctx.db.read(), session.account_id).await?.ok_or(AppError::SignInNeeded)?;
    Ok(account.email)
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
