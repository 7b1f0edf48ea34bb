//! Members of staff: their accounts, roles and departments, and how they leave.

use crate::{
    AppError, Ctx,
    accounts::{end_ways_in, hash},
    clients::seen_before,
    letters, one_time_tokens, outbox,
    role_book::RoleBook,
    roles::{self, book_to_change},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::collections::BTreeSet;
use zgoda_domain::{
    access::{Actor, AssignClients, Assignment, EditStaff, Origin, Permit, ViewStaff, role::RoleTemplate},
    account::{OneTimeKind, Password},
    audit::{Action, AuditEvent, RecordKind},
    email::EmailAddress,
    id::{AccountId, ClientId, DepartmentId, RoleId},
    message::MessageKind,
    rule::{Invalids, Rule},
    text::ShortText,
};
use zgoda_persistence::{
    Tx,
    accounts::{self, AccountRecord},
    api_keys, audit, clients,
    idempotency::{self, Idempotency},
    one_time_tokens as stored_tokens, roles as stored, second_factors as factors,
};
use zgoda_vault::{PasswordHash, SecretToken};

/// A member of staff as others see them.
#[derive(Clone, Debug)]
pub struct Member {
    pub account: AccountRecord,
    pub departments: Vec<DepartmentId>,
    /// Invited, and no password chosen yet.
    pub invited: bool,
    pub second_factor: bool,
    /// How many clients they are responsible for.
    pub clients: u64,
}

/// What of an account others may change.
#[derive(Clone, Copy, Debug)]
pub struct MemberChange<'a> {
    pub name: &'a str,
    pub role: RoleId,
    pub departments: &'a [DepartmentId],
}

/// All accounts by name.
pub async fn all(ctx: &Ctx, _permit: &Permit<ViewStaff>) -> Result<Vec<Member>, AppError> {
    let reader = ctx.db.read();
    let mut counts = clients::count_by_owner(&reader).await?;
    let memberships = stored::memberships(&reader).await?;
    let protected = factors::accounts_with_any(&reader).await?;
    let members = accounts::all(&reader).await?.into_iter().map(|account| Member {
        departments: memberships
            .iter()
            .filter(|(id, _)| *id == account.id)
            .map(|(_, department)| *department)
            .collect(),
        clients: counts.remove(&account.id).unwrap_or_default(),
        invited: account.password_hash == PasswordHash::of_nobody(),
        second_factor: protected.contains(&account.id),
        account,
    });
    Ok(members.collect())
}

/// Makes an account and invites its owner to choose a password. Without mail the token is returned, to be handed over.
pub async fn create(
    ctx: &Ctx,
    permit: &Permit<EditStaff>,
    email: &str,
    new: MemberChange<'_>,
    repeat: Option<&Idempotency>,
) -> Result<(AccountId, Option<SecretToken>), AppError> {
    let mut invalids = Invalids::default();
    let email = invalids.take("/email", EmailAddress::parse(email));
    let name = invalids.take("/name", ShortText::parse(new.name));
    let (email, name) = invalids.or(email.zip(name))?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    if let Some(id) = seen_before(&tx, repeat).await? {
        // The link was shown once; inviting again makes another.
        return Ok((AccountId::from_uuid(id), None));
    }
    let book = book_to_change(&tx).await?;
    may_place(&tx, permit, &book, new, &[]).await?;
    let id = AccountId::generate(now, ctx.entropy());
    accounts::insert(&tx, id, &email, &name, &PasswordHash::of_nobody(), new.role, now).await?;
    stored::set_departments(&tx, id, new.departments).await?;
    if let Some(repeat) = repeat {
        idempotency::remember(&tx, repeat, id.as_uuid(), now);
    }
    let event = ctx
        .event(permit, Action::AccountCreated, RecordKind::Account, Some(id.as_uuid()))
        .values(json!({ "after": { "name": name.as_str(), "role": new.role, "departments": new.departments } }));
    let link = send_invitation(ctx, &tx, id, now).await?;
    tx.commit(now, event).await?;
    Ok((id, link))
}

/// Sends an invitation, or returns its token where no mail can be sent.
async fn send_invitation(
    ctx: &Ctx,
    tx: &Tx,
    id: AccountId,
    now: DateTime<Utc>,
) -> Result<Option<SecretToken>, AppError> {
    let account = accounts::load(tx, id).await?.ok_or(AppError::NotFound)?;
    let token = one_time_tokens::issue(ctx, tx, OneTimeKind::Invitation, id, now).await?;
    if !ctx.channels.has(MessageKind::Email) {
        return Ok(Some(token));
    }
    let letter = letters::invitation(ctx, &account, &token).ok_or(AppError::WrongState)?;
    outbox::enqueue(ctx, tx, &letter, OneTimeKind::Invitation.life(), now)?;
    Ok(None)
}

/// Invites the owner of an account that has no password yet once more.
pub async fn invite(ctx: &Ctx, permit: &Permit<EditStaff>, id: AccountId) -> Result<Option<SecretToken>, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let book = book_to_change(&tx).await?;
    let account = given(&tx, permit, &book, id).await?;
    if account.disabled || account.password_hash != PasswordHash::of_nobody() {
        return Err(AppError::WrongState);
    }
    let link = send_invitation(ctx, &tx, id, now).await?;
    tx.commit(now, ctx.event(permit, Action::InvitationSent, RecordKind::Account, Some(id.as_uuid()))).await?;
    Ok(link)
}

/// Sets the first password, by an invitation, once.
pub async fn accept_invitation(
    ctx: &Ctx,
    token: &SecretToken,
    password: &str,
    origin: &Origin,
) -> Result<(), AppError> {
    // A password that breaks a rule must not cost the link.
    let account = one_time_tokens::peek(ctx, OneTimeKind::Invitation, token).await?;
    let password = Password::choose(password, &[&account.email, &account.name])
        .map_err(|rule| Invalids::one("/password", rule))?;
    let hash = hash(ctx, &password).await?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let account = one_time_tokens::consume(&tx, OneTimeKind::Invitation, token, now).await?;
    if account.password_hash != PasswordHash::of_nobody() {
        return Err(AppError::LinkSpent);
    }
    accounts::set_password(&tx, account.id, &hash).await?;
    let (actor, record) = (Actor::Account(account.id), Some(account.id.as_uuid()));
    tx.commit(now, AuditEvent::new(actor, origin, Action::InvitationAccepted, RecordKind::Account, record)).await?;
    Ok(())
}

/// Takes all second factors of an account away, for someone who lost theirs: its sessions end, and they are told.
pub async fn reset_second_factors(ctx: &Ctx, permit: &Permit<EditStaff>, id: AccountId) -> Result<(), AppError> {
    if permit.actor().account() == Some(id) {
        // One's own are taken away one by one, each with a proof.
        return Err(AppError::WrongState);
    }
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let book = book_to_change(&tx).await?;
    let account = managed(&tx, permit, &book, id).await?;
    factors::delete_all(&tx, id).await?;
    accounts::revoke_all_sessions(&tx, id, now).await?;
    if let Some(letter) = letters::second_factors_changed(ctx, &account, permit.origin(), now) {
        outbox::enqueue(ctx, &tx, &letter, TimeDelta::days(3), now)?;
    }
    tx.commit(now, ctx.event(permit, Action::SecondFactorsReset, RecordKind::Account, Some(id.as_uuid()))).await?;
    ctx.forget_access();
    Ok(())
}

/// Ends all sessions of an account (ASVS 7.4.5). Whoever knows the password can sign in again.
pub async fn end_sessions(ctx: &Ctx, permit: &Permit<EditStaff>, id: AccountId) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let book = book_to_change(&tx).await?;
    managed(&tx, permit, &book, id).await?;
    accounts::revoke_all_sessions(&tx, id, now).await?;
    tx.commit(now, ctx.event(permit, Action::SessionsEnded, RecordKind::Account, Some(id.as_uuid()))).await?;
    ctx.forget_access();
    Ok(())
}

/// Changes name, role and departments. It acts on the member's next request.
pub async fn change(
    ctx: &Ctx,
    permit: &Permit<EditStaff>,
    id: AccountId,
    change: MemberChange<'_>,
) -> Result<(), AppError> {
    let name = ShortText::parse(change.name).map_err(|rule| Invalids::one("/name", rule))?;
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let book = book_to_change(&tx).await?;
    let before = managed(&tx, permit, &book, id).await?;
    let departments = stored::departments_of(&tx, id).await?;
    may_place(&tx, permit, &book, change, &departments).await?;
    if before.role_id != change.role {
        keep_an_owner(&tx, &before).await?;
    }
    let set = |ids: &[DepartmentId]| ids.iter().copied().collect::<BTreeSet<_>>();
    if before.role_id != change.role || set(&departments) != set(change.departments) {
        // Whoever made the account may hold the link still; it was theirs to give for what the account was then.
        stored_tokens::revoke(&tx, OneTimeKind::Invitation, id).await?;
    }
    accounts::set_name(&tx, id, &name).await?;
    accounts::set_role(&tx, id, change.role).await?;
    stored::set_departments(&tx, id, change.departments).await?;
    let event = ctx.event(permit, Action::AccountChanged, RecordKind::Account, Some(id.as_uuid())).values(json!({
        "before": { "name": before.name, "role": before.role_id, "departments": departments },
        "after": { "name": name.as_str(), "role": change.role, "departments": change.departments },
    }));
    tx.commit(now, event).await?;
    ctx.forget_access();
    Ok(())
}

/// Deactivates an account: its sessions, keys, links and remembered devices end with this request. Its clients go to
/// `heir`, for which the right to assign them is needed, or stay where they are. Returns how many were handed over.
pub async fn deactivate(
    ctx: &Ctx,
    permit: &Permit<EditStaff>,
    id: AccountId,
    heir: Option<AccountId>,
) -> Result<u64, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let book = book_to_change(&tx).await?;
    let before = managed(&tx, permit, &book, id).await?;
    if before.disabled || permit.actor().account() == Some(id) {
        return Err(AppError::WrongState);
    }
    keep_an_owner(&tx, &before).await?;
    let moved = match heir {
        None => 0,
        Some(heir) => hand_over_to(ctx, &tx, permit, id, heir).await?,
    };
    accounts::set_disabled(&tx, id, Some(now)).await?;
    end_ways_in(&tx, id, None, now).await?;
    api_keys::revoke_all(&tx, id, now).await?;
    let event = ctx
        .event(permit, Action::AccountDeactivated, RecordKind::Account, Some(id.as_uuid()))
        .values(json!({ "handed_over": moved, "to": heir }));
    tx.commit(now, event).await?;
    ctx.forget_access();
    Ok(moved)
}

/// Lets someone back in; what ended when they left stays ended.
pub async fn reactivate(ctx: &Ctx, permit: &Permit<EditStaff>, id: AccountId) -> Result<(), AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let book = book_to_change(&tx).await?;
    if !given(&tx, permit, &book, id).await?.disabled {
        return Err(AppError::WrongState);
    }
    // Again: something may have been begun before the account was deactivated and completed after.
    end_ways_in(&tx, id, None, now).await?;
    api_keys::revoke_all(&tx, id, now).await?;
    accounts::set_disabled(&tx, id, None).await?;
    tx.commit(now, ctx.event(permit, Action::AccountReactivated, RecordKind::Account, Some(id.as_uuid()))).await?;
    ctx.forget_access();
    Ok(())
}

/// Gives all clients of one member to another. Returns how many there were.
pub async fn hand_over(ctx: &Ctx, permit: &Permit<EditStaff>, from: AccountId, to: AccountId) -> Result<u64, AppError> {
    let now = ctx.now();
    let tx = ctx.db.begin().await?;
    let book = book_to_change(&tx).await?;
    managed(&tx, permit, &book, from).await?;
    let moved = hand_over_to(ctx, &tx, permit, from, to).await?;
    let event = ctx
        .event(permit, Action::ClientsHandedOver, RecordKind::Account, Some(from.as_uuid()))
        .values(json!({ "handed_over": moved, "to": to }));
    tx.commit(now, event).await?;
    Ok(moved)
}

/// As if the caller assigned each client by itself: they must reach it, before and after. Each client's history tells it.
async fn hand_over_to(
    ctx: &Ctx,
    tx: &Tx,
    permit: &Permit<EditStaff>,
    from: AccountId,
    to: AccountId,
) -> Result<u64, AppError> {
    let beyond = || Invalids::one("/hand_over_to", Rule::BeyondOwnRights);
    let permit = permit.and::<AssignClients>().ok_or_else(beyond)?;
    let heir = accounts::load_locked(tx, to).await?;
    if from == to || heir.is_none_or(|account| account.disabled) {
        return Err(Invalids::one("/hand_over_to", Rule::Unknown).into());
    }
    let now = ctx.now();
    let given = clients::of_owner_locked(tx, from).await?;
    let mut events = Vec::with_capacity(given.len());
    for (id, before) in &given {
        let after = Assignment { owner_id: Some(to), ..*before };
        if !permit.visible().covers(*before) || !permit.visible().covers(after) {
            return Err(beyond().into());
        }
        let event = ctx.event(&permit, Action::ClientAssigned, RecordKind::Client, Some(id.as_uuid())).about(*id);
        let values = json!({ "before": before, "after": after });
        events.push(event.fields(vec!["owner".to_owned()]).values(values));
    }
    let ids: Vec<ClientId> = given.into_iter().map(|(id, _)| id).collect();
    clients::hand_over(tx, &ids, to, now).await?;
    audit::insert_many(tx, now, events).await?;
    Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
}

/// An account the caller may act on: its role opens nothing that theirs does not, and in no other departments. For what
/// takes away, or is checked further: what the caller's role demands of them lets nobody keep a stolen session.
pub(crate) async fn managed(
    tx: &Tx,
    permit: &Permit<EditStaff>,
    book: &RoleBook,
    id: AccountId,
) -> Result<AccountRecord, AppError> {
    let account = accounts::load_locked(tx, id).await?.ok_or(AppError::NotFound)?;
    let departments = stored::departments_of(tx, id).await?;
    match book.access(account.role_id) {
        Some(access) if !permit.may_take(access, &departments) => Err(beyond_own_rights().into()),
        _ => Ok(account),
    }
}

/// An account whose role the caller may give: for what lets somebody in.
async fn given(tx: &Tx, permit: &Permit<EditStaff>, book: &RoleBook, id: AccountId) -> Result<AccountRecord, AppError> {
    let account = managed(tx, permit, book, id).await?;
    match book.access(account.role_id) {
        Some(access) if !permit.may_grant(access) => Err(beyond_own_rights().into()),
        _ => Ok(account),
    }
}

fn beyond_own_rights() -> Invalids {
    Invalids::one("", Rule::BeyondOwnRights)
}

/// Whether the caller may give this role and change the membership of these departments.
async fn may_place(
    tx: &Tx,
    permit: &Permit<EditStaff>,
    book: &RoleBook,
    change: MemberChange<'_>,
    before: &[DepartmentId],
) -> Result<(), AppError> {
    let access = book.access(change.role).ok_or_else(|| Invalids::one("/role_id", Rule::Unknown))?;
    roles::may_manage(permit, Some(access), "/role_id")?;
    let known = stored::departments(tx).await?;
    let mut invalids = Invalids::default();
    for (at, id) in change.departments.iter().enumerate() {
        if !known.iter().any(|department| department.id == *id) {
            invalids.add(format!("/department_ids/{at}"), Rule::Unknown);
        } else if change.departments.iter().take(at).any(|earlier| earlier == id) {
            invalids.add(format!("/department_ids/{at}"), Rule::Duplicate);
        }
    }
    let touched = change.departments.iter().filter(|id| !before.contains(id));
    let touched = touched.chain(before.iter().filter(|id| !change.departments.contains(id)));
    let touched: Vec<DepartmentId> = touched.copied().collect();
    // Those that stay count as soon as the role that is given reaches something by them.
    if !permit.may_place_in(&touched) || !permit.may_manage(access, change.departments) {
        invalids.add("/department_ids", Rule::BeyondOwnRights);
    }
    Ok(invalids.or(Some(()))?)
}

/// Refuses to take the last owner away who can sign in.
async fn keep_an_owner(tx: &Tx, leaving: &AccountRecord) -> Result<(), AppError> {
    let owner = RoleTemplate::Owner.id();
    if leaving.role_id == owner && !leaving.disabled {
        let owners = accounts::active_holders(tx, owner).await?;
        if owners.iter().all(|id| *id == leaving.id) {
            return Err(AppError::LastOwner);
        }
    }
    Ok(())
}
