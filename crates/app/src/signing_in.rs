//! Signing in: with address and password, a second factor where there is one, or with a passkey alone.

use crate::{
    AppError, Ctx,
    accounts::hashing,
    second_factors::{self, Offer, Proof},
    security::{self, AccessRules},
    sessions::{Browser, SecondFactor, SignedIn, open},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use zgoda_domain::{
    access::{Actor, Origin},
    account::Password,
    audit::{Action, AuditEvent, RecordKind},
    id::{AccountId, SessionId, TrustedDeviceId},
    second_factor::FactorKind,
};
use zgoda_persistence::{
    Tx,
    accounts::{self, AccountRecord},
    second_factors::{self as challenges, ChallengePurpose, ChallengeRecord, TrustedDeviceRecord},
};
use zgoda_vault::{Passkeys, PasswordHash, SecretToken, verify_password};

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

/// Signs in with address and password. The refusal never says which was wrong, and takes the same time.
pub async fn with_password(
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
    let (now, rules) = (ctx.now(), AccessRules::now(ctx).await?);
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
    if !rules.admit(&account, origin)? {
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
    let signed_in = open(ctx, &tx, account.id, browser, origin, second, &rules, now).await?;
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
    rules: &AccessRules,
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
    if !rules.admit(&account, origin)? {
        drop(tx);
        security::note_refused_address(ctx, challenge.id, address_refused(&account, origin)).await?;
        return Err(AppError::AttemptSpent);
    }
    Ok((tx, account, challenge))
}

/// Sends a code for the second half of a sign-in.
pub async fn send_code(ctx: &Ctx, attempt: &SecretToken, kind: FactorKind, origin: &Origin) -> Result<(), AppError> {
    let (now, rules) = (ctx.now(), AccessRules::now(ctx).await?);
    let (tx, account, challenge) = attempted(ctx, attempt, origin, &rules, now).await?;
    let factor = second_factors::sendable(&tx, account.id, kind).await?;
    second_factors::send_code(ctx, &tx, &account, &challenge, &factor, now).await?;
    tx.commit_unaudited("a code; its use is recorded").await?;
    Ok(())
}

/// What the browser is asked for the second half of a sign-in with a passkey.
pub async fn ask_passkey(ctx: &Ctx, attempt: &SecretToken, origin: &Origin) -> Result<Value, AppError> {
    let (tx, account, challenge) = attempted(ctx, attempt, origin, &AccessRules::now(ctx).await?, ctx.now()).await?;
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
    let (now, rules) = (ctx.now(), AccessRules::now(ctx).await?);
    let (tx, account, challenge) = attempted(ctx, attempt, origin, &rules, now).await?;
    let right = second_factors::check(ctx, &tx, &account, &challenge, proof, now).await?
        && challenges::close_challenge(&tx, challenge.id).await?;
    if !right {
        second_factors::count_wrong(ctx, &tx, account.id, &challenge, now).await?;
        tx.commit(now, second_factors::refusal(account.id, origin)).await?;
        return Err(AppError::CodeRefused);
    }
    let signed_in = open(ctx, &tx, account.id, browser, origin, SecondFactor::Shown, &rules, now).await?;
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
pub async fn ask_passkey_alone(ctx: &Ctx) -> Result<(SecretToken, Value), AppError> {
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
pub async fn with_passkey(
    ctx: &Ctx,
    attempt: &SecretToken,
    answer: Value,
    browser: Browser<'_>,
    origin: &Origin,
) -> Result<SignedIn, AppError> {
    let (now, rules) = (ctx.now(), AccessRules::now(ctx).await?);
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
    if !rules.admit(&account, origin)? {
        tx.commit(now, address_refused(&account, origin)).await?;
        return Err(AppError::SignInRefused);
    }
    challenges::set_secret(&tx, factor.id, &secret, None).await?;
    challenges::touch(&tx, factor.id, now).await?;
    let signed_in = open(ctx, &tx, account.id, browser, origin, SecondFactor::Shown, &rules, now).await?;
    tx.commit(now, opened(&signed_in, origin)).await?;
    signed_in.forget_replaced(ctx);
    Ok(signed_in)
}
