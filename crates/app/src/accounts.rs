//! The first owner, the break-glass on the command line, and what an account keeps for itself.

use crate::{
    AppError, Ctx,
    sessions::{self, Browser, SecondFactor},
};
use chrono::TimeDelta;
use zgoda_domain::{
    access::{Actor, Caller, Origin, Permit, UseOwnAccount, role::RoleTemplate},
    account::{NewAccount, OneTimeKind, Password},
    audit::{Action, AuditEvent, RecordKind},
    id::{AccountId, RoleId},
};
use zgoda_persistence::{
    accounts::{self, AccountRecord},
    one_time_tokens,
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
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if !accounts::consume_setup_token(&tx, &token.hash(), now).await? {
        return Err(AppError::SignInRefused);
    }
    if accounts::any(&tx).await? {
        return Err(AppError::SetupDone);
    }
    let id = AccountId::generate(now, ctx.entropy());
    accounts::insert(&tx, id, &new.email, &new.name, &hash, RoleTemplate::Owner.id(), now).await?;
    let signed_in = sessions::open(ctx, &tx, id, browser, origin, SecondFactor::None, now).await?;
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
    let id = match accounts::by_email(&tx, &new.email.normalised()).await? {
        Some(existing) => {
            accounts::set_password(&tx, existing.id, &hash).await?;
            accounts::revoke_all_sessions(&tx, existing.id, now).await?;
            // Whoever has this command has the keys to everything: the account gets the role and lives again.
            accounts::set_role(&tx, existing.id, role).await?;
            accounts::set_disabled(&tx, existing.id, None).await?;
            one_time_tokens::revoke(&tx, OneTimeKind::PasswordReset, existing.id).await?;
            existing.id
        }
        None => {
            let id = AccountId::generate(now, ctx.entropy());
            accounts::insert(&tx, id, &new.email, &new.name, &hash, role, now).await?;
            id
        }
    };
    let event =
        AuditEvent::new(actor, &Origin::default(), Action::AccountCreated, RecordKind::Account, Some(id.as_uuid()))
            .fields(vec!["password".to_owned()]);
    tx.commit(now, event).await?;
    ctx.forget_access();
    Ok(id)
}

/// The caller's own account.
pub async fn own(ctx: &Ctx, caller: &Caller) -> Result<AccountRecord, AppError> {
    accounts::load(&ctx.db.read(), caller.account_id).await?.ok_or(AppError::SignInNeeded)
}

/// Keeps what the user interface remembers for the account.
pub async fn save_preferences(ctx: &Ctx, permit: &Permit<UseOwnAccount>, json: &str) -> Result<(), AppError> {
    let Some(account) = permit.actor().account() else { return Err(AppError::NotFound) };
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
