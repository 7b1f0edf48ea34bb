//! Changing one's password, and choosing a new one by a link when it is forgotten.
//!
//! Neither touches anything else that guards an account.

use crate::{
    AppError, Ctx,
    accounts::{end_ways_in, hash, hashing},
    letters, one_time_tokens, outbox,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;
use zgoda_domain::{
    Invalids,
    access::{Actor, Origin, Permit, UseOwnAccount},
    account::{OneTimeKind, Password},
    audit::{Action, AuditEvent, RecordKind},
    email::EmailAddress,
    message::MessageKind,
};
use zgoda_persistence::{
    Adds,
    accounts::{self, AccountRecord},
};
use zgoda_vault::{SecretToken, verify_password};

/// A request for a link takes this long to answer, longer than the work for any address, so that time tells nothing.
const RESET_ANSWER: Duration = Duration::from_millis(300);
/// A notice of a change that arrives later than this would only confuse.
const NOTICE_LIFE: TimeDelta = TimeDelta::days(3);

/// Changes the caller's password and ends every other way in: other sessions, remembered devices, links.
pub async fn change(ctx: &Ctx, permit: &Permit<UseOwnAccount>, current: &str, new: &str) -> Result<(), AppError> {
    let (Some(id), Some(session)) = (permit.actor().account(), permit.session()) else {
        return Err(AppError::NotFound);
    };
    let account = accounts::load(&ctx.db.read(), id).await?.ok_or(AppError::NotFound)?;
    let new = choose(new, &account)?;
    let (typed, stored) = (Password::typed(current), account.password_hash.clone());
    let fits = hashing(ctx, move || verify_password(typed.as_bytes(), &stored)).await?;
    let event = |action| ctx.event(permit, action, RecordKind::Account, Some(id.as_uuid()));
    if !fits {
        ctx.db.record(ctx.now(), event(Action::PasswordChangeRefused)).await?;
        return Err(AppError::WrongPassword);
    }
    let hash = hash(ctx, &new).await?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    // Locked: a reset, a deactivation or the session's end that came first counts.
    let locked = accounts::load_locked(&tx, id).await?;
    let is_current = locked.is_some_and(|now| now.password_hash == account.password_hash && !now.disabled);
    if !is_current || accounts::live_sessions(&tx, id, now).await?.iter().all(|live| live.id != session) {
        return Err(AppError::SignInNeeded);
    }
    accounts::set_password(&tx, id, &hash).await?;
    end_ways_in(&tx, id, Some(session), now).await?;
    notify(ctx, &tx, &account, permit.origin(), now)?;
    tx.commit(now, event(Action::PasswordChanged)).await?;
    ctx.sessions.live.forget_all();
    Ok(())
}

/// Whether a forgotten password can be replaced here.
pub fn can_reset(ctx: &Ctx) -> bool {
    ctx.channels.has(MessageKind::Email)
}

/// Sends a link for choosing a new password to the account with this address, if there is one. Nothing tells the caller
/// whether there is.
pub async fn request_reset(ctx: &Ctx, email: &EmailAddress, origin: &Origin) -> Result<(), AppError> {
    let (done, ()) = futures::join!(prepare_reset(ctx, email, origin), tokio::time::sleep(RESET_ANSWER));
    done
}

async fn prepare_reset(ctx: &Ctx, email: &EmailAddress, origin: &Origin) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let account = accounts::by_email(&tx, &email.normalised()).await?.filter(|account| !account.disabled);
    if let Some(account) = account.as_ref().filter(|_| can_reset(ctx)) {
        let token = one_time_tokens::issue(ctx, &tx, OneTimeKind::PasswordReset, account.id, now).await?;
        if let Some(letter) = letters::password_reset(ctx, account, &token) {
            outbox::enqueue(ctx, &tx, &letter, OneTimeKind::PasswordReset.life(), now)?;
        }
    }
    // For an unknown address it is noted that somebody asked, not for whom: the address may be anyone's.
    let record = account.map(|account| account.id.as_uuid());
    let event = AuditEvent::new(Actor::Visitor, origin, Action::PasswordResetRequested, RecordKind::Account, record);
    Ok(tx.commit(now, event).await?)
}

/// Sets the password that the holder of a link chose, once, and ends every other way in. Nobody is signed in.
pub async fn reset(ctx: &Ctx, token: &SecretToken, new: &str, origin: &Origin) -> Result<(), AppError> {
    // A password that breaks a rule must not cost the link.
    let account = one_time_tokens::peek(ctx, OneTimeKind::PasswordReset, token).await?;
    let new = choose(new, &account)?;
    let hash = hash(ctx, &new).await?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let account = one_time_tokens::consume(&tx, OneTimeKind::PasswordReset, token, now).await?;
    accounts::set_password(&tx, account.id, &hash).await?;
    end_ways_in(&tx, account.id, None, now).await?;
    notify(ctx, &tx, &account, origin, now)?;
    let (actor, record) = (Actor::Account(account.id), Some(account.id.as_uuid()));
    tx.commit(now, AuditEvent::new(actor, origin, Action::PasswordReset, RecordKind::Account, record)).await?;
    ctx.sessions.live.forget_all();
    Ok(())
}

fn choose(new: &str, account: &AccountRecord) -> Result<Password, Invalids> {
    Password::choose(new, &[&account.email, &account.name]).map_err(|rule| Invalids::one("/password", rule))
}

fn notify(
    ctx: &Ctx,
    tx: &impl Adds,
    account: &AccountRecord,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    match letters::password_changed(ctx, account, origin, now) {
        Some(letter) => outbox::enqueue(ctx, tx, &letter, NOTICE_LIFE, now),
        None => Ok(()),
    }
}
