//! API keys: what programs present instead of a session.
//!
//! A key is cut for certain rights and never exceeds what its owner may at the moment of use. What its owner does not
//! see or reach, it does not either.

use crate::{
    AppError, Ctx,
    accounts::own_by_session,
    roles::{self, book_to_change},
    security,
    staff::managed,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::{collections::HashMap, net::IpAddr, sync::Arc};
use zgoda_domain::{
    access::{
        Access, Actor, Caller, Credential, EditStaff, ManageApiKeys, Origin, Permit, UseOwnAccount, ViewStaff,
        role::RoleDefinition,
    },
    audit::{Action, AuditEvent, RecordKind},
    id::{AccountId, ApiKeyId, DepartmentId},
    rule::{Invalids, Rule},
    text::ShortText,
};
use zgoda_persistence::{
    accounts,
    api_keys::{self, ApiKeyRecord},
    custom_fields, roles as stored,
};
use zgoda_vault::SecretToken;

/// What every key begins with, so that people and scanners recognise one.
pub const PREFIX: &str = "zgoda_";
/// A key lives no longer than this.
pub const MAX_LIFE: TimeDelta = TimeDelta::days(366);

/// What a new key is made of.
#[derive(Clone, Copy, Debug)]
pub struct NewKey<'a> {
    pub name: &'a str,
    pub definition: &'a RoleDefinition,
    pub expires_at: DateTime<Utc>,
}

/// A key looked up a moment ago.
#[derive(Clone, Debug)]
pub(crate) struct LiveKey {
    id: ApiKeyId,
    account_id: AccountId,
    access: Arc<Access>,
    departments: Arc<[DepartmentId]>,
    is_owner: bool,
    expires_at: DateTime<Utc>,
}

/// The caller's keys, newest first; also of those who may make none any more.
pub async fn own(ctx: &Ctx, permit: &Permit<UseOwnAccount>) -> Result<Vec<ApiKeyRecord>, AppError> {
    let account = own_by_session(permit)?;
    Ok(api_keys::all(&ctx.db.read(), Some(account)).await?)
}

/// Everybody's keys, newest first.
pub async fn all(ctx: &Ctx, _permit: &Permit<ViewStaff>) -> Result<Vec<ApiKeyRecord>, AppError> {
    Ok(api_keys::all(&ctx.db.read(), None).await?)
}

/// Cuts a key for the caller; the only moment its text is known.
pub async fn create(
    ctx: &Ctx,
    permit: &Permit<ManageApiKeys>,
    new: NewKey<'_>,
) -> Result<(ApiKeyId, SecretToken), AppError> {
    let account = permit.actor().account().ok_or(AppError::NotFound)?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let mut invalids = Invalids::default();
    let name = invalids.take("/name", ShortText::parse(new.name));
    let fields = custom_fields::all(&tx).await?;
    if let Err(inner) = new.definition.check(|id| fields.iter().any(|record| record.field.id == id)) {
        invalids.nest("/definition", inner);
    }
    for right in new.definition.rights.keys().filter(|right| !right.fits_keys()) {
        invalids.add(format!("/definition/rights/{}", right.code()), Rule::OutOfRange);
    }
    let cut = Access::resolve([new.definition]);
    if let Err(inner) = new.definition.check_reach(&cut) {
        invalids.nest("/definition", inner);
    }
    for (right, scope) in cut.rights() {
        // Fields, departments, reasons and networks are the owner's at every use; how far a right reaches is said at once.
        if permit.access().is_some_and(|own| scope > own.scope(right)) {
            invalids.add(format!("/definition/rights/{}", right.code()), Rule::BeyondOwnRights);
        }
    }
    if new.expires_at <= now || new.expires_at > now + MAX_LIFE {
        invalids.add("/expires_at", Rule::OutOfRange);
    }
    let name = invalids.or(name)?;
    let id = ApiKeyId::generate(now, ctx.entropy());
    let secret =
        SecretToken::presented(&format!("{PREFIX}{}", SecretToken::generate(ctx.vault.entropy.as_ref()).reveal()));
    let record = ApiKeyRecord {
        id,
        account_id: account,
        name: name.into_string(),
        definition: new.definition.clone(),
        created_at: now,
        expires_at: new.expires_at,
        revoked: false,
        last_used_at: None,
        last_used_ip: None,
        uses: 0,
    };
    api_keys::insert(&tx, &record, &secret.hash()).await?;
    let event = ctx
        .event(permit, Action::ApiKeyCreated, RecordKind::ApiKey, Some(id.as_uuid()))
        .values(json!({ "after": new.definition, "expires_at": new.expires_at }));
    tx.commit(now, event).await?;
    Ok((id, secret))
}

/// Makes a key useless: one's own, whatever one may otherwise, or one of an account that one may manage.
pub async fn revoke(ctx: &Ctx, permit: &Permit<UseOwnAccount>, id: ApiKeyId) -> Result<(), AppError> {
    let account = own_by_session(permit)?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let book = book_to_change(&tx).await?;
    let owner = api_keys::load(&tx, id).await?.ok_or(AppError::NotFound)?.account_id;
    if owner != account {
        // That there is such a key is for those who see staff.
        let staff = permit.and::<ManageApiKeys>().and_then(|permit| permit.and::<EditStaff>());
        managed(&tx, &staff.ok_or(AppError::NotFound)?, &book, owner).await?;
    }
    if !api_keys::revoke(&tx, id, now).await? {
        return Err(AppError::NotFound);
    }
    let event = ctx
        .event(permit, Action::ApiKeyRevoked, RecordKind::ApiKey, Some(id.as_uuid()))
        .values(json!({ "owner": owner }));
    tx.commit(now, event).await?;
    ctx.forget_access();
    Ok(())
}

/// The caller behind a presented key.
pub async fn authenticate(ctx: &Ctx, presented: &str, origin: Origin) -> Result<Caller, AppError> {
    if !presented.starts_with(PREFIX) || presented.len() > 100 {
        return Err(AppError::SignInNeeded);
    }
    let now = ctx.now();
    let hash = SecretToken::presented(presented).hash();
    let live = ctx.keys.get_or(hash.0.clone(), async || load(ctx, &hash).await).await?;
    if live.expires_at <= now {
        return Err(AppError::SignInNeeded);
    }
    let ip: Option<IpAddr> = origin.ip.as_deref().and_then(|ip| ip.parse().ok());
    if !security::admits(ctx, &live.access, live.is_owner, ip).await? {
        let actor = Actor::ApiKey { key: live.id, account: live.account_id };
        let record = Some(live.id.as_uuid());
        let event = AuditEvent::new(actor, &origin, Action::AddressRefused, RecordKind::ApiKey, record);
        security::note_refused_address(ctx, live.id.as_uuid(), event).await?;
        return Err(AppError::SignInNeeded);
    }
    ctx.key_uses.note(live.id, origin.ip.as_deref());
    Ok(Caller {
        account_id: live.account_id,
        credential: Credential::ApiKey(live.id),
        access: live.access,
        departments: live.departments,
        origin,
        proved_at: None,
        must_prove: false,
    })
}

async fn load(ctx: &Ctx, hash: &zgoda_vault::TokenHash) -> Result<LiveKey, AppError> {
    let reader = ctx.db.read();
    let key = api_keys::by_hash(&reader, hash).await?.filter(|key| !key.revoked).ok_or(AppError::SignInNeeded)?;
    let account = accounts::load(&reader, key.account_id).await?.filter(|account| !account.disabled);
    let account = account.ok_or(AppError::SignInNeeded)?;
    let book = roles::book(ctx).await?;
    let owner = book.access(account.role_id).ok_or(AppError::SignInNeeded)?;
    Ok(LiveKey {
        id: key.id,
        account_id: account.id,
        access: Arc::new(Access::resolve([&key.definition]).meet(owner)),
        departments: stored::departments_of(&reader, account.id).await?.into(),
        is_owner: security::is_owner(account.role_id),
        expires_at: key.expires_at,
    })
}

/// Uses of keys since they were last written down; a busy program must not write with every request.
#[derive(Clone, Default)]
pub(crate) struct KeyUses(Arc<std::sync::Mutex<Uses>>);

/// How often a key was used, and from which address last.
type Uses = HashMap<ApiKeyId, (u64, Option<String>)>;

impl KeyUses {
    fn note(&self, id: ApiKeyId, ip: Option<&str>) {
        let mut uses = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let entry = uses.entry(id).or_default();
        entry.0 += 1;
        entry.1 = ip.map(str::to_owned);
    }

    fn take(&self) -> Uses {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// Writes down how often keys were used.
pub async fn write_uses(ctx: &Ctx) -> Result<(), AppError> {
    let uses = ctx.key_uses.take();
    if uses.is_empty() {
        return Ok(());
    }
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    for (id, (count, ip)) in uses {
        api_keys::note_use(&tx, id, count, ip.as_deref(), now).await?;
    }
    tx.commit_unaudited("how often keys were used").await?;
    Ok(())
}
