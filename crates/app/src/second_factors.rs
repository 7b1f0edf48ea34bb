//! Second factors: setting them up, asking for them at sign-in, and asking again before what cannot be undone.
//!
//! A challenge is a row that waits for proof: a few tries, a few codes sent, ten minutes. Each try is written down
//! before it is answered, and whatever proves something is used up in the same transaction, so that no code works twice
//! on any replica. Wrong answers and codes sent are counted for the account besides, while its row is locked. Whoever
//! locks an account and something of it locks the account first.

use crate::{
    AppError, Ctx,
    accounts::hashing,
    letters, outbox, security,
    sessions::{self, SignedIn},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;
use zgoda_domain::{
    access::{Access, Actor, Origin, Permit, UseOwnAccount},
    account::Password,
    audit::{Action, AuditEvent, RecordKind},
    email::MobileNumber,
    id::{AccountId, AttemptId, FactorId, TrustedDeviceId},
    message::{Message, MessageKind, Sms},
    rule::{Invalids, Rule},
    second_factor::{FactorKind, TypedCode, hint},
    text::ShortText,
};
use zgoda_persistence::{
    Source, Tx,
    accounts::{self, AccountRecord},
    attempts::{self, Attempt},
    second_factors::{self as stored, ChallengePurpose, ChallengeRecord, FactorRecord, TrustedDeviceRecord},
};
use zgoda_vault::{OneTimeCode, Passkeys, PasswordHash, SecretToken, TokenHash, TotpSecret, verify_password};

/// A challenge, and every code sent for it, works for this long (ASVS 6.5.5).
pub const CHALLENGE_LIFE: TimeDelta = TimeDelta::minutes(10);
/// Wrong answers that one challenge takes.
pub const TRIES: i32 = 5;
/// Wrong answers that an account's challenges take in an hour, together (ASVS 6.6.3).
pub const TRIES_AN_HOUR: u64 = 10;
/// A passkey's question is to be answered within this time (ASVS 6.7.2).
pub const QUESTION_LIFE: TimeDelta = TimeDelta::minutes(5);
/// Codes that are sent for one challenge.
pub const SENDS: i32 = 3;
/// Codes that are sent for an account in an hour by e-mail, and as many by text message.
pub const SENDS_AN_HOUR: u64 = 6;
/// Mobile numbers that someone can begin to set up in a day: each gets a text message.
pub const NUMBERS_A_DAY: u64 = 5;
/// A remembered device is not asked for this long.
pub const DEVICE_LIFE: TimeDelta = TimeDelta::days(30);
/// Who proved themselves may do what cannot be undone for this long.
pub const PROOF_HOLDS: TimeDelta = TimeDelta::minutes(5);
/// Recovery codes of one list.
const RECOVERY_CODES: usize = 10;
/// Factors of one account.
const MOST: usize = 10;

/// What someone shows.
#[derive(Debug)]
pub enum Proof {
    /// Accepted only of those who have no second factor.
    Password(Password),
    /// A code of an app, of a message, or of the list.
    Code(FactorKind, TypedCode),
    /// A browser's answer.
    Passkey(Value),
}

/// A factor someone could use now, with enough to recognise it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub kind: FactorKind,
    pub hint: Option<String>,
}

/// An account's factors and what goes with them.
#[derive(Debug)]
pub struct Overview {
    pub factors: Vec<FactorRecord>,
    pub recovery_codes_left: u64,
    pub devices: Vec<TrustedDeviceRecord>,
    pub can_email: bool,
    pub can_sms: bool,
    pub can_passkey: bool,
    /// The role or the organisation demands a second factor.
    pub required: bool,
}

/// A new authenticator app, to be confirmed with its first code.
#[derive(Debug)]
pub struct NewTotp {
    pub id: FactorId,
    pub secret: String,
    pub url: String,
}

/// Whether someone with this access must show a second factor.
pub(crate) async fn is_required(ctx: &Ctx, access: &Access) -> Result<bool, AppError> {
    Ok(access.needs_second_factor() || security::current(ctx).await?.second_factor_for_all)
}

/// The confirmed factors of an account.
pub(crate) async fn confirmed(source: &impl Source, account: AccountId) -> Result<Vec<FactorRecord>, AppError> {
    let mut factors = stored::of_account(source, account).await?;
    factors.retain(|factor| factor.confirmed);
    Ok(factors)
}

/// What can be asked of an account, the strongest first.
pub(crate) async fn offers(ctx: &Ctx, source: &impl Source, account: AccountId) -> Result<Vec<Offer>, AppError> {
    let factors = confirmed(source, account).await?;
    let mut offers = Vec::new();
    for kind in [FactorKind::Passkey, FactorKind::Totp, FactorKind::Email, FactorKind::Sms] {
        let usable = match kind {
            FactorKind::Passkey => ctx.passkeys.is_some(),
            FactorKind::Email => ctx.channels.has(MessageKind::Email),
            FactorKind::Sms => ctx.channels.has(MessageKind::Sms),
            FactorKind::Totp | FactorKind::RecoveryCode => true,
        };
        if let Some(factor) = factors.iter().find(|factor| factor.kind == kind).filter(|_| usable) {
            let target = matches!(kind, FactorKind::Email | FactorKind::Sms);
            let hint = target.then(|| hint(&String::from_utf8_lossy(&factor.secret)));
            offers.push(Offer { kind, hint });
        }
    }
    if !factors.is_empty() && stored::recovery_codes_left(source, account).await? > 0 {
        offers.push(Offer { kind: FactorKind::RecoveryCode, hint: None });
    }
    Ok(offers)
}

/// Refuses when the account was guessed at too often in the last hour, whatever the challenge and the address.
async fn refuse_guessing(tx: &Tx, account: AccountId, now: DateTime<Utc>) -> Result<(), AppError> {
    let wrong = attempts::count(tx, account, Attempt::WrongProof, now - TimeDelta::hours(1)).await?;
    if wrong < TRIES_AN_HOUR { Ok(()) } else { Err(AppError::AttemptSpent) }
}

/// Notes a wrong answer: against the challenge, and against the account, which outlives it. The account must be locked.
pub(crate) async fn count_wrong(
    ctx: &Ctx,
    tx: &Tx,
    account: AccountId,
    challenge: &ChallengeRecord,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    stored::count_try(tx, challenge.id).await?;
    Ok(attempts::note(tx, AttemptId::generate(now, ctx.entropy()), account, Attempt::WrongProof, now).await?)
}

/// Counts something that may be done only so often; refuses when it was. The account must be locked.
async fn spend(
    ctx: &Ctx,
    tx: &Tx,
    account: AccountId,
    attempt: Attempt,
    (most, within): (u64, TimeDelta),
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    if attempts::count(tx, account, attempt, now - within).await? >= most {
        return Err(AppError::TooOften);
    }
    Ok(attempts::note(tx, AttemptId::generate(now, ctx.entropy()), account, attempt, now).await?)
}

/// Whether a second factor is the right answer to a challenge, in a transaction that the caller commits and in which the
/// account is locked. A password never is.
pub(crate) async fn check(
    ctx: &Ctx,
    tx: &Tx,
    account: &AccountRecord,
    challenge: &ChallengeRecord,
    proof: Proof,
    now: DateTime<Utc>,
) -> Result<bool, AppError> {
    // A passkey cannot be guessed.
    if !matches!(proof, Proof::Passkey(_)) {
        refuse_guessing(tx, account.id, now).await?;
    }
    let factors = confirmed(tx, account.id).await?;
    let of_kind = |kind| factors.iter().filter(move |factor| factor.kind == kind);
    let used = match proof {
        Proof::Password(_) => None,
        Proof::Code(FactorKind::Totp, code) => {
            let mut used = None;
            for factor in of_kind(FactorKind::Totp) {
                if totp_fits(tx, factor, &code, now).await? {
                    used = Some(factor.id);
                }
            }
            used
        }
        Proof::Code(kind @ (FactorKind::Email | FactorKind::Sms), code) => {
            let fits = code_fits(ctx, challenge, &code);
            of_kind(kind).find(|factor| fits && Some(factor.id) == challenge.factor_id).map(|factor| factor.id)
        }
        Proof::Code(FactorKind::RecoveryCode, code) => {
            let hash = SecretToken::presented(code.as_str()).hash();
            return Ok(!factors.is_empty() && stored::use_recovery_code(tx, account.id, &hash).await?);
        }
        Proof::Code(FactorKind::Passkey, _) => None,
        Proof::Passkey(answer) => {
            stored::clear_state(tx, challenge.id).await?;
            let claimed = Passkeys::claimed(&answer).unwrap_or_default();
            let factor = stored::by_credential(tx, &claimed).await?.filter(|factor| factor.account_id == account.id);
            match (factor, question(challenge, now), &ctx.passkeys) {
                (Some(factor), Some(state), Some(passkeys)) => match passkeys.accept(answer, state, &factor.secret) {
                    Some(secret) => {
                        stored::set_secret(tx, factor.id, &secret, None).await?;
                        Some(factor.id)
                    }
                    None => None,
                },
                _ => None,
            }
        }
    };
    if let Some(id) = used {
        stored::touch(tx, id, now).await?;
    }
    Ok(used.is_some())
}

/// What is kept of a passkey's question: when it was asked, and what the check needs.
fn asked(now: DateTime<Utc>, state: &[u8]) -> Vec<u8> {
    [&now.timestamp().to_be_bytes(), state].concat()
}

/// The question that waits for a passkey's answer, while it may be answered.
fn question(challenge: &ChallengeRecord, now: DateTime<Utc>) -> Option<&[u8]> {
    let (at, state) = challenge.state.as_ref()?.split_first_chunk::<8>()?;
    (now.timestamp() - i64::from_be_bytes(*at) < QUESTION_LIFE.num_seconds()).then_some(state)
}

async fn totp_fits(tx: &Tx, factor: &FactorRecord, code: &TypedCode, now: DateTime<Utc>) -> Result<bool, AppError> {
    let step =
        TotpSecret::from_stored(&factor.secret).and_then(|secret| secret.step_of(code.as_str(), now.timestamp()));
    match step {
        Some(step) => Ok(stored::use_step(tx, factor.id, step).await?),
        None => Ok(false),
    }
}

fn code_tag(ctx: &Ctx, challenge: Uuid, code: &str) -> Vec<u8> {
    ctx.vault.master.blind_tag(&format!("one-time code {challenge}"), code).0
}

fn code_fits(ctx: &Ctx, challenge: &ChallengeRecord, code: &TypedCode) -> bool {
    // Equality of keyed hashes: their bytes say nothing about the code's.
    challenge.code_tag.as_ref().is_some_and(|tag| *tag == code_tag(ctx, challenge.id, code.as_str()))
}

/// Sends a code for a challenge in a transaction that the caller commits and in which the account is locked. The former
/// one works no longer.
pub(crate) async fn send_code(
    ctx: &Ctx,
    tx: &Tx,
    account: &AccountRecord,
    challenge: &ChallengeRecord,
    factor: &FactorRecord,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    if challenge.sends >= SENDS || challenge.tries >= TRIES {
        return Err(AppError::AttemptSpent);
    }
    let sent = if factor.kind == FactorKind::Sms { Attempt::SmsCode } else { Attempt::EmailCode };
    spend(ctx, tx, account.id, sent, (SENDS_AN_HOUR, TimeDelta::hours(1)), now).await?;
    let code = OneTimeCode::digits(ctx.vault.entropy.as_ref());
    stored::set_code(tx, challenge.id, factor.id, &code_tag(ctx, challenge.id, code.reveal())).await?;
    let target = String::from_utf8_lossy(&factor.secret);
    let message = match factor.kind {
        FactorKind::Email => letters::sign_in_code(account, &code),
        FactorKind::Sms => MobileNumber::parse(&target)
            .ok()
            .map(|to| Message::Sms(Sms { to, text: letters::sign_in_text(account, &code) })),
        FactorKind::Totp | FactorKind::Passkey | FactorKind::RecoveryCode => None,
    };
    let message = message.ok_or(AppError::WrongState)?;
    outbox::enqueue(ctx, tx, &message, CHALLENGE_LIFE, now)
}

/// The account's factor of a kind that codes are sent for.
pub(crate) async fn sendable(
    source: &impl Source,
    account: AccountId,
    kind: FactorKind,
) -> Result<FactorRecord, AppError> {
    confirmed(source, account).await?.into_iter().find(|factor| factor.kind == kind).ok_or(AppError::WrongState)
}

/// Asks for one of the account's passkeys, and remembers the question with the challenge.
pub(crate) async fn ask_passkey(
    ctx: &Ctx,
    tx: &Tx,
    account: AccountId,
    challenge: &ChallengeRecord,
) -> Result<Value, AppError> {
    let passkeys = ctx.passkeys.as_ref().ok_or(AppError::WrongState)?;
    let known: Vec<Vec<u8>> = confirmed(tx, account)
        .await?
        .into_iter()
        .filter(|factor| factor.kind == FactorKind::Passkey)
        .map(|factor| factor.secret)
        .collect();
    if known.is_empty() {
        return Err(AppError::WrongState);
    }
    let question = passkeys.ask(&known)?;
    stored::set_state(tx, challenge.id, &asked(ctx.now(), &question.state)).await?;
    Ok(question.options)
}

/// Everything the account has.
pub async fn overview(ctx: &Ctx, permit: &Permit<UseOwnAccount>) -> Result<Overview, AppError> {
    let account = own_account(permit)?;
    let reader = ctx.db.read();
    Ok(Overview {
        factors: confirmed(&reader, account).await?,
        recovery_codes_left: stored::recovery_codes_left(&reader, account).await?,
        devices: stored::devices(&reader, account, ctx.now()).await?,
        can_email: ctx.channels.has(MessageKind::Email),
        can_sms: ctx.channels.has(MessageKind::Sms),
        can_passkey: ctx.passkeys.is_some(),
        required: match permit.access() {
            Some(access) => is_required(ctx, access).await?,
            None => false,
        },
    })
}

fn own_account(permit: &Permit<UseOwnAccount>) -> Result<AccountId, AppError> {
    // Programs have keys, not factors.
    permit.session().and(permit.actor().account()).ok_or(AppError::NotFound)
}

/// Begins to set up an authenticator app.
pub async fn add_totp(ctx: &Ctx, permit: &Permit<UseOwnAccount>, label: &str) -> Result<NewTotp, AppError> {
    let secret = TotpSecret::generate(ctx.vault.entropy.as_ref());
    let (id, account, _) = begin(ctx, permit, FactorKind::Totp, label, secret.as_bytes().to_vec(), false).await?;
    let text = secret.to_base32();
    let name: String = url::form_urlencoded::byte_serialize(account.email.as_bytes()).collect();
    let url = format!("otpauth://totp/Zgoda:{name}?secret={text}&issuer=Zgoda&algorithm=SHA1&digits=6&period=30");
    Ok(NewTotp { id, secret: text, url })
}

/// Begins to use the account's own address: sends a code to it. Confirming proves that the address is read.
pub async fn add_email(ctx: &Ctx, permit: &Permit<UseOwnAccount>) -> Result<FactorId, AppError> {
    if !ctx.channels.has(MessageKind::Email) {
        return Err(AppError::WrongState);
    }
    let account = accounts::load(&ctx.db.read(), own_account(permit)?).await?.ok_or(AppError::NotFound)?;
    let target = account.email.clone().into_bytes();
    let (id, _, _) = begin(ctx, permit, FactorKind::Email, &hint(&account.email), target, true).await?;
    Ok(id)
}

/// Begins to use a mobile number: sends a code to it.
pub async fn add_sms(ctx: &Ctx, permit: &Permit<UseOwnAccount>, number: &str) -> Result<FactorId, AppError> {
    if !ctx.channels.has(MessageKind::Sms) {
        return Err(AppError::WrongState);
    }
    let number = MobileNumber::parse(number).map_err(|rule| Invalids::one("/number", rule))?;
    let target = number.as_str().as_bytes().to_vec();
    let (id, _, _) = begin(ctx, permit, FactorKind::Sms, &hint(number.as_str()), target, true).await?;
    Ok(id)
}

/// Begins to register a passkey: what the browser is to be asked.
pub async fn add_passkey(
    ctx: &Ctx,
    permit: &Permit<UseOwnAccount>,
    label: &str,
) -> Result<(FactorId, Value), AppError> {
    let passkeys = ctx.passkeys.clone().ok_or(AppError::WrongState)?;
    let (id, account, known) = begin(ctx, permit, FactorKind::Passkey, label, Vec::new(), false).await?;
    let known: Vec<Vec<u8>> = known
        .into_iter()
        .filter(|factor| factor.kind == FactorKind::Passkey && factor.confirmed)
        .map(|factor| factor.secret)
        .collect();
    let question = passkeys.ask_new(account.id.as_uuid(), &account.email, &account.name, &known)?;
    let tx = ctx.db.begin().await?;
    stored::set_state(&tx, id.as_uuid(), &asked(ctx.now(), &question.state)).await?;
    tx.commit_unaudited("a question that was not answered yet").await?;
    Ok((id, question.options))
}

/// Stores a factor that waits for its confirmation, with the challenge that confirms it.
async fn begin(
    ctx: &Ctx,
    permit: &Permit<UseOwnAccount>,
    kind: FactorKind,
    label: &str,
    secret: Vec<u8>,
    sends: bool,
) -> Result<(FactorId, AccountRecord, Vec<FactorRecord>), AppError> {
    let label = ShortText::parse(label).map_err(|rule| Invalids::one("/label", rule))?;
    let account_id = own_account(permit)?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let account = accounts::load_locked(&tx, account_id).await?.ok_or(AppError::NotFound)?;
    let known = stored::of_account(&tx, account.id).await?;
    if known.len() >= MOST {
        return Err(Invalids::one("", Rule::TooMany { max: MOST }).into());
    }
    if matches!(kind, FactorKind::Email) && known.iter().any(|factor| factor.kind == kind && factor.confirmed) {
        return Err(AppError::Taken(None));
    }
    let factor = FactorRecord {
        id: FactorId::generate(now, ctx.entropy()),
        account_id: account.id,
        kind,
        label: label.into_string(),
        secret,
        confirmed: false,
        created_at: now,
        last_used_at: None,
    };
    if kind == FactorKind::Sms {
        spend(ctx, &tx, account.id, Attempt::SmsNumber, (NUMBERS_A_DAY, TimeDelta::days(1)), now).await?;
    }
    stored::insert(&tx, &factor).await?;
    let id = factor.id.as_uuid();
    stored::open_challenge(&tx, id, ChallengePurpose::Enrol, None, Some(account.id), now + CHALLENGE_LIFE).await?;
    if sends {
        let challenge =
            stored::challenge(&tx, ChallengePurpose::Enrol, id, now).await?.ok_or(AppError::AttemptSpent)?;
        send_code(ctx, &tx, &account, &challenge, &factor, now).await?;
    }
    tx.commit_unaudited("a factor that was not confirmed yet").await?;
    Ok((factor.id, account, known))
}

/// Confirms a new factor with its first code or the browser's answer. From then on it is asked for. Nothing stays that
/// was opened or begun without it: the account's other sessions end, remembered devices are forgotten, and so are other
/// factors that wait for their confirmation. The session goes on with new tokens.
pub async fn confirm(
    ctx: &Ctx,
    permit: &Permit<UseOwnAccount>,
    id: FactorId,
    proof: Proof,
) -> Result<SignedIn, AppError> {
    let account = own_account(permit)?;
    let session = permit.session().ok_or(AppError::NotFound)?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    accounts::load_locked(&tx, account).await?.ok_or(AppError::NotFound)?;
    let factors = stored::of_account(&tx, account).await?;
    let factor = factors.into_iter().find(|factor| factor.id == id && !factor.confirmed).ok_or(AppError::NotFound)?;
    let challenge = stored::challenge(&tx, ChallengePurpose::Enrol, id.as_uuid(), now)
        .await?
        .filter(|challenge| challenge.tries < TRIES)
        .ok_or(AppError::AttemptSpent)?;
    if !matches!(proof, Proof::Passkey(_)) {
        refuse_guessing(&tx, account, now).await?;
    }
    let fits = match proof {
        Proof::Code(_, code) if factor.kind == FactorKind::Totp => totp_fits(&tx, &factor, &code, now).await?,
        Proof::Code(_, code) => code_fits(ctx, &challenge, &code),
        Proof::Passkey(answer) => {
            stored::clear_state(&tx, challenge.id).await?;
            let accepted = question(&challenge, now)
                .zip(ctx.passkeys.as_ref())
                .and_then(|(state, passkeys)| passkeys.accept_new(answer, state));
            match accepted {
                Some(key) => {
                    stored::set_secret(&tx, id, &key.bytes, Some(&key.credential_id)).await?;
                    true
                }
                None => false,
            }
        }
        Proof::Password(_) => false,
    };
    let event = |action| {
        let event = ctx.event(permit, action, RecordKind::Account, Some(account.as_uuid()));
        event.fields(vec![factor.kind.code().to_owned()])
    };
    if !fits {
        count_wrong(ctx, &tx, account, &challenge, now).await?;
        tx.commit(now, event(Action::SecondFactorRefused)).await?;
        return Err(AppError::CodeRefused);
    }
    if !stored::confirm(&tx, id, now).await? {
        return Err(AppError::NotFound);
    }
    stored::delete_pending(&tx, account).await?;
    stored::forget_devices(&tx, account).await?;
    let signed_in = sessions::renew(ctx, &tx, session, true, now).await?;
    accounts::revoke_other_sessions(&tx, account, signed_in.session_id, now).await?;
    notify(ctx, &tx, account, permit.origin(), now).await?;
    tx.commit(now, event(Action::SecondFactorAdded)).await?;
    ctx.forget_access();
    Ok(signed_in)
}

async fn notify(ctx: &Ctx, tx: &Tx, account: AccountId, origin: &Origin, now: DateTime<Utc>) -> Result<(), AppError> {
    let account = accounts::load(tx, account).await?.ok_or(AppError::NotFound)?;
    match letters::second_factors_changed(ctx, &account, origin, now) {
        Some(letter) => outbox::enqueue(ctx, tx, &letter, TimeDelta::days(3), now),
        None => Ok(()),
    }
}

/// Takes one of the caller's factors away. The last one stays where one is demanded.
pub async fn remove(ctx: &Ctx, permit: &Permit<UseOwnAccount>, id: FactorId) -> Result<(), AppError> {
    let account = own_account(permit)?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    accounts::load_locked(&tx, account).await?.ok_or(AppError::NotFound)?;
    let others = confirmed(&tx, account).await?.iter().filter(|factor| factor.id != id).count();
    let required = match permit.access() {
        Some(access) => is_required(ctx, access).await?,
        None => false,
    };
    if others == 0 && required {
        return Err(AppError::WrongState);
    }
    if !stored::delete(&tx, account, id).await? {
        return Err(AppError::NotFound);
    }
    if others == 0 {
        stored::delete_all(&tx, account).await?;
    }
    notify(ctx, &tx, account, permit.origin(), now).await?;
    tx.commit(now, ctx.event(permit, Action::SecondFactorRemoved, RecordKind::Account, Some(account.as_uuid())))
        .await?;
    Ok(())
}

/// A fresh list of recovery codes, shown this once; the former list works no longer.
pub async fn new_recovery_codes(ctx: &Ctx, permit: &Permit<UseOwnAccount>) -> Result<Vec<String>, AppError> {
    let account = own_account(permit)?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    accounts::load_locked(&tx, account).await?.ok_or(AppError::NotFound)?;
    if confirmed(&tx, account).await?.is_empty() {
        return Err(AppError::WrongState);
    }
    let codes: Vec<OneTimeCode> =
        (0..RECOVERY_CODES).map(|_| OneTimeCode::recovery(ctx.vault.entropy.as_ref())).collect();
    let hashes: Vec<TokenHash> = codes.iter().map(|code| SecretToken::presented(code.reveal()).hash()).collect();
    stored::set_recovery_codes(&tx, account, &hashes, now).await?;
    tx.commit(now, ctx.event(permit, Action::RecoveryCodesMade, RecordKind::Account, Some(account.as_uuid()))).await?;
    Ok(codes.iter().map(OneTimeCode::in_groups).collect())
}

/// Stops trusting one of the caller's devices.
pub async fn forget_device(ctx: &Ctx, permit: &Permit<UseOwnAccount>, id: TrustedDeviceId) -> Result<(), AppError> {
    let account = own_account(permit)?;
    let tx = ctx.db.begin().await?;
    if !stored::forget_device(&tx, account, id).await? {
        return Err(AppError::NotFound);
    }
    let event = ctx.event(permit, Action::DeviceForgotten, RecordKind::Account, Some(account.as_uuid()));
    tx.commit(ctx.now(), event).await?;
    Ok(())
}

/// Sends a code to prove oneself again in a session.
pub async fn send_step_up(ctx: &Ctx, permit: &Permit<UseOwnAccount>, kind: FactorKind) -> Result<(), AppError> {
    let account_id = own_account(permit)?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let account = accounts::load_locked(&tx, account_id).await?.ok_or(AppError::NotFound)?;
    let challenge = step_up_challenge(&tx, permit, now).await?;
    let factor = sendable(&tx, account.id, kind).await?;
    send_code(ctx, &tx, &account, &challenge, &factor, now).await?;
    tx.commit_unaudited("a code; its use is recorded").await?;
    Ok(())
}

/// What the browser is asked to prove oneself again with a passkey.
pub async fn ask_step_up(ctx: &Ctx, permit: &Permit<UseOwnAccount>) -> Result<Value, AppError> {
    let account = own_account(permit)?;
    let tx = ctx.db.begin().await?;
    accounts::load_locked(&tx, account).await?.ok_or(AppError::NotFound)?;
    let challenge = step_up_challenge(&tx, permit, ctx.now()).await?;
    let options = ask_passkey(ctx, &tx, account, &challenge).await?;
    tx.commit_unaudited("a question; its answer is recorded").await?;
    Ok(options)
}

/// The session's challenge; a new one when there is none.
async fn step_up_challenge(
    tx: &Tx,
    permit: &Permit<UseOwnAccount>,
    now: DateTime<Utc>,
) -> Result<ChallengeRecord, AppError> {
    let id = permit.session().ok_or(AppError::NotFound)?.as_uuid();
    if let Some(challenge) = stored::challenge(tx, ChallengePurpose::StepUp, id, now).await? {
        return Ok(challenge);
    }
    stored::close_challenge(tx, id).await?;
    let account = permit.actor().account();
    stored::open_challenge(tx, id, ChallengePurpose::StepUp, None, account, now + CHALLENGE_LIFE).await?;
    stored::challenge(tx, ChallengePurpose::StepUp, id, now).await?.ok_or(AppError::AttemptSpent)
}

/// What can be asked of the caller to prove themselves again; empty for the password.
pub async fn step_up_offers(ctx: &Ctx, permit: &Permit<UseOwnAccount>) -> Result<Vec<Offer>, AppError> {
    offers(ctx, &ctx.db.read(), own_account(permit)?).await
}

/// Proves oneself again: by a second factor, or, without one, by the password. The session goes on with new tokens; the
/// old ones die.
pub async fn step_up(ctx: &Ctx, permit: &Permit<UseOwnAccount>, proof: Proof) -> Result<SignedIn, AppError> {
    let account_id = own_account(permit)?;
    let session = permit.session().ok_or(AppError::NotFound)?;
    // Before the transaction: nobody else should wait for slow hashing.
    let password = match &proof {
        Proof::Password(password) => fitting_hash(ctx, account_id, password.clone()).await?,
        Proof::Code(..) | Proof::Passkey(_) => None,
    };
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let account = accounts::load_locked(&tx, account_id).await?.ok_or(AppError::NotFound)?;
    let challenge = step_up_challenge(&tx, permit, now).await?;
    if challenge.tries >= TRIES {
        return Err(AppError::AttemptSpent);
    }
    let event = |action| ctx.event(permit, action, RecordKind::Session, Some(session.as_uuid()));
    let second = !matches!(proof, Proof::Password(_));
    let right = match proof {
        Proof::Password(_) => {
            refuse_guessing(&tx, account_id, now).await?;
            // The password may be another one by now, and someone who has a second factor shows that.
            password.is_some_and(|hash| hash == account.password_hash) && confirmed(&tx, account_id).await?.is_empty()
        }
        _ => check(ctx, &tx, &account, &challenge, proof, now).await?,
    };
    if !right {
        count_wrong(ctx, &tx, account_id, &challenge, now).await?;
        tx.commit(now, event(Action::SecondFactorRefused)).await?;
        return Err(AppError::CodeRefused);
    }
    stored::close_challenge(&tx, challenge.id).await?;
    let signed_in = sessions::renew(ctx, &tx, session, second, now).await?;
    tx.commit(now, event(Action::SteppedUp)).await?;
    signed_in.forget_replaced(ctx);
    Ok(signed_in)
}

/// The account's hash, if the password fits it.
async fn fitting_hash(ctx: &Ctx, account: AccountId, password: Password) -> Result<Option<PasswordHash>, AppError> {
    let account = accounts::load(&ctx.db.read(), account).await?.ok_or(AppError::NotFound)?;
    let (hash, checked) = (account.password_hash.clone(), account.password_hash);
    let fits = hashing(ctx, move || verify_password(password.as_bytes(), &checked)).await?;
    Ok(fits.then_some(hash))
}

/// Records a refusal outside a session.
pub(crate) fn refusal(account: AccountId, origin: &Origin) -> AuditEvent {
    let actor = Actor::Account(account);
    AuditEvent::new(actor, origin, Action::SecondFactorRefused, RecordKind::Account, Some(account.as_uuid()))
}
