//! Unlocking a session with a passkey. The password does the same: [`crate::sessions::unlock`].
//!
//! The question is of one session, since its challenge is named after the session, and takes one answer, right or wrong.
//! Wrong ones are counted while the challenge lives; after that many only the password is left.

use crate::{
    AppError, Ctx,
    second_factors::{self, Proof},
    sessions::LockedSession,
};
use serde_json::Value;
use zgoda_domain::{
    access::Actor,
    audit::{Action, AuditEvent, RecordKind},
    id::{AccountId, SessionId},
    second_factor::FactorKind,
};
use zgoda_persistence::{
    accounts,
    second_factors::{self as stored, ChallengePurpose},
};
use zgoda_vault::{SecretToken, TokenHash};

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
