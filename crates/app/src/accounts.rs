//! The first owner, the break-glass on the command line, and what an account keeps for itself.

use crate::{
    AppError, Ctx,
    security::AccessRules,
    sessions::{self, Browser, SecondFactor},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use zgoda_domain::{
    access::{Actor, Caller, Origin, Permit, RightType, UseOwnAccount, role::RoleTemplate},
    account::{NewAccount, Password},
    audit::{Action, AuditEvent, RecordKind},
    id::{AccountId, RoleId, SessionId},
};
use zgoda_persistence::{
    Tx,
    accounts::{self, AccountRecord},
    one_time_tokens, second_factors,
};
use zgoda_vault::{PasswordHash, SecretToken, hash_password};

/// The printed link works for this long; a restart prints a new one.
const SETUP_LIFE: TimeDelta = TimeDelta::hours(24);

/// Whether the first owner is still to be made.
pub async fn needs_owner(ctx: &Ctx) -> Result<bool, AppError> {
    Ok(!accounts::any(&ctx.db.read()).await?)
}

/// A fresh one-time token for making the first owner; `None` when there is one already.
pub async fn new_setup_token(ctx: &Ctx) -> Result<Option<SecretToken>, AppError> {
    let tx = ctx.db.begin().await?;
    if accounts::any(&tx).await? {
        return Ok(None);
    }
    let token = SecretToken::generate(ctx.vault.entropy.as_ref());
    accounts::set_setup_token(&tx, &token.hash(), ctx.now() + SETUP_LIFE).await?;
    tx.commit_unaudited("a link that was not used yet").await?;
    Ok(Some(token))
}

/// Makes the first owner with the printed token, once, and signs them in.
pub async fn set_up(
    ctx: &Ctx,
    token: &SecretToken,
    new: NewAccount,
    browser: Browser<'_>,
    origin: &Origin,
) -> Result<sessions::SignedIn, AppError> {
    if !needs_owner(ctx).await? {
        return Err(AppError::SetupDone);
    }
    let hash = hash(ctx, &new.password).await?;
    let (now, rules) = (ctx.now(), AccessRules::now(ctx).await?);
    let tx = ctx.db.begin().await?;
    if !accounts::consume_setup_token(&tx, &token.hash(), now).await? {
        return Err(AppError::SignInRefused);
    }
    if accounts::any(&tx).await? {
        return Err(AppError::SetupDone);
    }
    let id = AccountId::generate(now, ctx.entropy());
    accounts::insert(&tx, id, &new.email, &new.name, &hash, RoleTemplate::Owner.id(), now).await?;
    let signed_in = sessions::open(ctx, &tx, id, browser, origin, SecondFactor::None, &rules, now).await?;
    let event =
        AuditEvent::new(Actor::Account(id), origin, Action::AccountCreated, RecordKind::Account, Some(id.as_uuid()));
    tx.commit(now, event).await?;
    signed_in.forget_replaced(ctx);
    Ok(signed_in)
}

/// Break-glass: makes an owner, or gives an existing account a new password and ends its sessions.
pub async fn create_owner(ctx: &Ctx, new: NewAccount) -> Result<AccountId, AppError> {
    create(ctx, new, RoleTemplate::Owner.id(), Actor::CommandLine).await
}

/// Makes an account, or resets the password of the one with this address.
pub async fn create(ctx: &Ctx, new: NewAccount, role: RoleId, actor: Actor) -> Result<AccountId, AppError> {
    let hash = hash(ctx, &new.password).await?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let event = |action, id: AccountId| {
        AuditEvent::new(actor, &Origin::default(), action, RecordKind::Account, Some(id.as_uuid()))
    };
    let (id, event) = match accounts::by_email(&tx, &new.email.normalised()).await? {
        Some(existing) => {
            accounts::set_password(&tx, existing.id, &hash).await?;
            end_ways_in(&tx, existing.id, None, now).await?;
            // Whoever has this command has the keys to everything: the account gets the role and lives again.
            accounts::set_role(&tx, existing.id, role).await?;
            accounts::set_disabled(&tx, existing.id, None).await?;
            let changed = [("password", true), ("role", existing.role_id != role), ("disabled", existing.disabled)];
            let changed = changed.into_iter().filter(|(_, is)| *is).map(|(field, _)| field.to_owned());
            let event = event(Action::AccountChanged, existing.id).fields(changed.collect()).values(json!({
                "before": { "role": existing.role_id, "disabled": existing.disabled },
                "after": { "role": role, "disabled": false },
            }));
            (existing.id, event)
        }
        None => {
            let id = AccountId::generate(now, ctx.entropy());
            accounts::insert(&tx, id, &new.email, &new.name, &hash, role, now).await?;
            (id, event(Action::AccountCreated, id).values(json!({ "after": { "role": role } })))
        }
    };
    tx.commit(now, event).await?;
    ctx.forget_access();
    Ok(id)
}

/// Ends every way into an account but its password, its factors and its keys: sessions (all, or all but one), remembered
/// devices, links that were not used, and sign-ins that wait for their second half. For a change of the password, and for
/// whoever leaves (ASVS 7.4.2, 7.4.3).
pub(crate) async fn end_ways_in(
    tx: &Tx,
    id: AccountId,
    keep: Option<SessionId>,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    match keep {
        Some(session) => accounts::revoke_other_sessions(tx, id, session, now).await?,
        None => accounts::revoke_all_sessions(tx, id, now).await?,
    }
    second_factors::forget_devices(tx, id).await?;
    second_factors::end_challenges(tx, id, now).await?;
    one_time_tokens::revoke_all(tx, id).await?;
    Ok(())
}

/// The caller's own account.
pub async fn own(ctx: &Ctx, caller: &Caller) -> Result<AccountRecord, AppError> {
    accounts::load(&ctx.db.read(), caller.account_id).await?.ok_or(AppError::SignInNeeded)
}

/// The caller's account, of a person who is signed in: a program's key opens nothing of its owner's own.
pub(crate) fn own_by_session<R: RightType>(permit: &Permit<R>) -> Result<AccountId, AppError> {
    permit.session().and(permit.actor().account()).ok_or(AppError::NotFound)
}

/// Keeps what the user interface remembers for the account.
pub async fn save_preferences(ctx: &Ctx, permit: &Permit<UseOwnAccount>, json: &str) -> Result<(), AppError> {
    let account = own_by_session(permit)?;
    let tx = ctx.db.begin().await?;
    accounts::set_preferences(&tx, account, json).await?;
    tx.commit_unaudited("which columns someone looks at is nobody's business").await?;
    Ok(())
}

/// Hashes a password away from the request threads, a few at a time.
pub(crate) async fn hash(ctx: &Ctx, password: &Password) -> Result<PasswordHash, AppError> {
    let salt = ctx.vault.entropy.bytes();
    let password = password.clone();
    hashing(ctx, move || hash_password(password.as_bytes(), salt)).await?.map_err(Into::into)
}

/// Runs slow hashing on a blocking thread; refuses when too many wait.
pub(crate) async fn hashing<T: Send + 'static>(
    ctx: &Ctx,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AppError> {
    ctx.hashing.run(work).await
}
