//! What the organisation demands: where people come from, when sessions lock and end.

use crate::{AppError, Ctx, role_book::RoleBook, roles};
use serde_json::json;
use std::{net::IpAddr, sync::Arc};
use uuid::Uuid;
use zgoda_domain::{
    access::{Access, Actor, ConfigureSecurity, Origin, Permit, role::RoleTemplate},
    audit::{Action, AuditEvent, RecordKind},
    id::RoleId,
    rule::{Invalids, Rule},
    security::SecuritySettings,
};
use zgoda_persistence::{
    accounts::{self, AccountRecord},
    security as stored,
};

/// The settings with their version.
pub async fn settings(ctx: &Ctx, _permit: &Permit<ConfigureSecurity>) -> Result<(i32, SecuritySettings), AppError> {
    Ok(stored::settings(&ctx.db.read()).await?)
}

/// Overwrites the settings. Refuses networks that would shut the caller out; an owner who may come from anywhere is not.
pub async fn change(
    ctx: &Ctx,
    permit: &Permit<ConfigureSecurity>,
    seen: i32,
    settings: &SecuritySettings,
) -> Result<(), AppError> {
    settings.check()?;
    let own: Option<IpAddr> = permit.origin().ip.as_deref().and_then(|ip| ip.parse().ok());
    let shut_out = own.is_some_and(|ip| !settings.networks.iter().any(|network| network.contains(ip)));
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let account = match permit.actor().account() {
        Some(id) => accounts::load(&tx, id).await?,
        None => None,
    };
    let exempt = settings.owners_from_anywhere && account.is_some_and(|account| is_owner(account.role_id));
    if !settings.networks.is_empty() && shut_out && !exempt {
        return Err(Invalids::one("/networks", Rule::Contradiction).into());
    }
    let (_, before) = stored::settings(&tx).await?;
    stored::save_settings(&tx, seen, settings).await?;
    let event = ctx
        .event(permit, Action::SecurityChanged, RecordKind::Organisation, None)
        .values(json!({ "before": before, "after": settings }));
    tx.commit(now, event).await?;
    ctx.forget_access();
    Ok(())
}

/// Break-glass: takes the organisation's limit of addresses away.
pub async fn lift_networks(ctx: &Ctx) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let (seen, before) = stored::settings(&tx).await?;
    stored::save_settings(&tx, seen, &SecuritySettings { networks: Vec::new(), ..before }).await?;
    let actor = Actor::CommandLine;
    let event = AuditEvent::new(actor, &Origin::default(), Action::SecurityChanged, RecordKind::Organisation, None)
        .fields(vec!["networks".to_owned()]);
    tx.commit(now, event).await?;
    ctx.forget_access();
    Ok(())
}

/// A session is locked after so many minutes without use.
pub async fn idle_minutes(ctx: &Ctx) -> Result<u16, AppError> {
    Ok(current(ctx).await?.idle_minutes)
}

/// The settings of a moment ago; a change made here is seen at once.
pub(crate) async fn current(ctx: &Ctx) -> Result<Arc<SecuritySettings>, AppError> {
    ctx.settings.get_or((), async || Ok(Arc::new(stored::settings(&ctx.db.read()).await?.1))).await
}

pub(crate) fn is_owner(role: RoleId) -> bool {
    role == RoleTemplate::Owner.id()
}

/// Whether someone with this access may come from this address.
pub(crate) async fn admits(ctx: &Ctx, access: &Access, is_owner: bool, ip: Option<IpAddr>) -> Result<bool, AppError> {
    Ok(settings_admit(&*current(ctx).await?, access, is_owner, ip))
}

fn settings_admit(settings: &SecuritySettings, access: &Access, is_owner: bool, ip: Option<IpAddr>) -> bool {
    let exempt = settings.networks.is_empty() || (is_owner && settings.owners_from_anywhere);
    let in_organisation = exempt || ip.is_some_and(|ip| settings.networks.iter().any(|network| network.contains(ip)));
    in_organisation && access.admits(ip)
}

/// Roles and settings of a moment ago. Taken before a transaction begins: whoever holds rows must not wait for a second
/// connection, or enough of them at once have taken all there are and wait for each other.
pub(crate) struct AccessRules {
    book: Arc<RoleBook>,
    settings: Arc<SecuritySettings>,
}

impl AccessRules {
    pub(crate) async fn now(ctx: &Ctx) -> Result<Self, AppError> {
        Ok(Self { book: roles::book(ctx).await?, settings: current(ctx).await? })
    }

    /// Whether an account may be used from where the request comes from.
    pub(crate) fn admit(&self, account: &AccountRecord, origin: &Origin) -> Result<bool, AppError> {
        let access = self.book.access(account.role_id).ok_or(AppError::SignInNeeded)?;
        let ip = origin.ip.as_deref().and_then(|ip| ip.parse().ok());
        Ok(settings_admit(&self.settings, access, is_owner(account.role_id), ip))
    }

    /// How long a session lasts that begins now.
    pub(crate) fn session_hours(&self) -> u16 {
        self.settings.session_hours
    }
}

/// Records that someone came from where they may not; once a minute for each credential, so that nobody can flood the
/// log.
pub(crate) async fn note_refused_address(ctx: &Ctx, credential: Uuid, event: AuditEvent) -> Result<(), AppError> {
    if ctx.refused.contains_key(&credential) {
        return Ok(());
    }
    ctx.refused.insert(credential, ());
    ctx.db.record(ctx.now(), event).await?;
    Ok(())
}
