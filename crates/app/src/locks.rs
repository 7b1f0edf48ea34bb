//! Locking a session, and unlocking it with the password or with a passkey.
//!
//! The question to a passkey is of one session, since its challenge is named after the session, and takes one answer,
//! right or wrong. Wrong ones are counted while the challenge lives; after that many only the password is left.

use crate::{
    AppError, Ctx,
    accounts::hashing,
    second_factors::{self, Proof},
    sessions::LockedSession,
};
use serde_json::Value;
use zgoda_domain::{
    access::{Actor, Permit, UseOwnAccount},
    account::Password,
    audit::{Action, AuditEvent, RecordKind},
    id::{AccountId, SessionId},
    second_factor::FactorKind,
};
use zgoda_persistence::{
    accounts,
    second_factors::{self as stored, ChallengePurpose},
};
use zgoda_vault::{SecretToken, TokenHash, verify_password};

/// Locks a session: until it is unlocked it can do nothing else.
pub(crate) async fn lock(ctx: &Ctx, session: &LockedSession) -> Result<(), AppError> {
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
pub async fn with_password(ctx: &Ctx, session: &LockedSession, password: &str) -> Result<(), AppError> {
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

/// Whether the account has a passkey that can be asked for.
pub async fn takes_passkey(ctx: &Ctx, account: AccountId) -> Result<bool, AppError> {
    let offers = second_factors::offers(ctx, &ctx.db.read(), account).await?;
    Ok(offers.iter().any(|offer| offer.kind == FactorKind::Passkey))
}

/// What the browser is asked to unlock the session. A former question is not asked any more.
pub async fn ask_passkey(ctx: &Ctx, session: &LockedSession) -> Result<Value, AppError> {
    let (now, name) = (ctx.now(), name(session.session_id));
    let tx = ctx.db.begin().await?;
    accounts::load_locked(&tx, session.account_id).await?.ok_or(AppError::SignInNeeded)?;
    let challenge = match stored::challenge_by_hash(&tx, ChallengePurpose::Unlock, &name, now).await? {
        Some(challenge) if challenge.tries >= second_factors::TRIES => return Err(AppError::AttemptSpent),
        // Goes on counting.
        Some(challenge) if challenge.tries > 0 => challenge,
        _ => {
            stored::close_by_hash(&tx, &name).await?;
            let (id, until) = (SessionId::generate(now, ctx.entropy()).as_uuid(), now + second_factors::CHALLENGE_LIFE);
            let (purpose, account) = (ChallengePurpose::Unlock, Some(session.account_id));
            stored::open_challenge(&tx, id, purpose, Some(&name), account, until).await?;
            stored::challenge(&tx, purpose, id, now).await?.ok_or(AppError::AttemptSpent)?
        }
    };
    let options = second_factors::ask_passkey(ctx, &tx, session.account_id, &challenge).await?;
    tx.commit_unaudited("a question; its answer is recorded").await?;
    Ok(options)
}

/// Unlocks the session with the browser's answer. A wrong one is recorded and counted, and uses the question up too.
pub async fn with_passkey(ctx: &Ctx, session: &LockedSession, answer: Value) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let account = accounts::load_locked(&tx, session.account_id).await?.ok_or(AppError::SignInNeeded)?;
    let challenge = stored::challenge_by_hash(&tx, ChallengePurpose::Unlock, &name(session.session_id), now)
        .await?
        .filter(|challenge| challenge.tries < second_factors::TRIES && challenge.state.is_some())
        .ok_or(AppError::AttemptSpent)?;
    let event = |action| {
        let (actor, record) = (Actor::Account(session.account_id), Some(session.session_id.as_uuid()));
        let event = AuditEvent::new(actor, &session.origin, action, RecordKind::Session, record);
        event.fields(vec![FactorKind::Passkey.code().to_owned()])
    };
    if !second_factors::check(ctx, &tx, &account, &challenge, Proof::Passkey(answer), now).await? {
        stored::count_try(&tx, challenge.id).await?;
        tx.commit(now, event(Action::UnlockRefused)).await?;
        return Err(AppError::CodeRefused);
    }
    stored::close_challenge(&tx, challenge.id).await?;
    accounts::unlock_session(&tx, session.session_id, now).await?;
    tx.commit(now, event(Action::SessionUnlocked)).await?;
    ctx.sessions.live.forget(&session.session_id);
    Ok(())
}

/// The name of the challenge that unlocks this session and no other.
fn name(session: SessionId) -> TokenHash {
    SecretToken::presented(&format!("unlock {session}")).hash()
}
