//! Links that work once: the one place that makes their tokens and uses them up.

use crate::{AppError, Ctx};
use chrono::{DateTime, Utc};
use zgoda_domain::{account::OneTimeKind, id::AccountId};
use zgoda_persistence::{
    Tx,
    accounts::{self, AccountRecord},
    one_time_tokens,
};
use zgoda_vault::SecretToken;

/// A new token in a transaction that the caller commits. The account's former one of this kind works no longer.
pub(crate) async fn issue(
    ctx: &Ctx,
    tx: &Tx,
    kind: OneTimeKind,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<SecretToken, AppError> {
    let token = SecretToken::generate(ctx.vault.entropy.as_ref());
    one_time_tokens::put(tx, kind, account, &token.hash(), now).await?;
    Ok(token)
}

/// The account a token would act on; the token stays as it is.
pub(crate) async fn peek(ctx: &Ctx, kind: OneTimeKind, token: &SecretToken) -> Result<AccountRecord, AppError> {
    let reader = ctx.db.read();
    let id = one_time_tokens::owner(&reader, kind, &token.hash(), ctx.now()).await?.ok_or(AppError::LinkSpent)?;
    accounts::load(&reader, id).await?.filter(|account| !account.disabled).ok_or(AppError::LinkSpent)
}

/// Uses a token up in a transaction that the caller commits. Of several that try at once, one succeeds.
pub(crate) async fn consume(
    tx: &Tx,
    kind: OneTimeKind,
    token: &SecretToken,
    now: DateTime<Utc>,
) -> Result<AccountRecord, AppError> {
    let id = one_time_tokens::consume(tx, kind, &token.hash(), now).await?.ok_or(AppError::LinkSpent)?;
    accounts::load(tx, id).await?.filter(|account| !account.disabled).ok_or(AppError::LinkSpent)
}
