//! Members of staff, roles, departments.

use crate::{
    Api,
    extract::{Body, From, IfMatch, Needs, NeedsRecent, RepeatKey},
    openapi::AnyProblem,
    problem::Failure,
    request_origin,
};
use actix_web::{HttpResponse, delete, get, post, put, web};
use utoipa_actix_web::service_config::ServiceConfig;
use zgoda_api_types::{
    Created,
    accounts::ResetPassword,
    problem::ProblemCode,
    staff::{
        Account, ChangeAccount, Colleague, CreateAccount, Deactivate, Department, DepartmentBody, Effective, HandOver,
        HandedOver, Invited, Role, RoleBody,
    },
};
use zgoda_app::{
    clients,
    roles::{self, RoleContent},
    staff::{self, MemberChange},
};
use zgoda_domain::{
    access::{EditStaff, UseOwnAccount, ViewClients, ViewStaff},
    id::{AccountId, DepartmentId, RoleId},
};
use zgoda_vault::SecretToken;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_roles)
        .service(create_role)
        .service(change_role)
        .service(delete_role)
        .service(list_accounts)
        .service(create_account)
        .service(change_account)
        .service(deactivate)
        .service(reactivate)
        .service(hand_over)
        .service(invite)
        .service(accept_invitation)
        .service(reset_second_factors)
        .service(end_sessions)
        .service(colleagues)
        .service(list_departments)
        .service(create_department)
        .service(rename_department)
        .service(delete_department);
}

/// All roles, those that come with the product first.
#[utoipa::path(operation_id = "list_roles", tag = "staff",
    responses((status = 200, description = "Roles", body = Vec<Role>), AnyProblem))]
#[get("/roles")]
async fn list_roles(api: web::Data<Api>, Needs(permit): Needs<ViewStaff>) -> Result<HttpResponse, Failure> {
    let book = roles::all(&api.ctx, &permit).await?;
    let found = book.roles().iter().filter_map(|role| {
        let access = book.access(role.id)?;
        Some(Role {
            id: role.id,
            version: role.version,
            name: role.name.clone(),
            template: role.template,
            parent_id: role.parent_id,
            definition: role.definition.clone(),
            effective: Effective {
                rights: access.rights(),
                fields: access.fields().iter().collect(),
                departments: access.departments(),
                needs_reason: access.needs_reason(),
                needs_second_factor: access.needs_second_factor(),
            },
            grantable: permit.may_grant(access),
        })
    });
    Ok(HttpResponse::Ok().json(found.collect::<Vec<_>>()))
}

const fn content(body: &RoleBody) -> RoleContent<'_> {
    RoleContent { name: body.name.as_str(), parent: body.parent_id, definition: &body.definition }
}

/// Make a role. Nobody grants more than they hold.
#[utoipa::path(operation_id = "create_role", tag = "staff", request_body = RoleBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 201, description = "The role was made", body = Created), AnyProblem))]
#[post("/roles")]
async fn create_role(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<EditStaff>,
    repeat: RepeatKey,
    body: Body<RoleBody>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let id = roles::create(&api.ctx, &permit, content(&body.value), repeat.as_ref()).await?;
    Ok(HttpResponse::Created().json(Created { id: id.as_uuid() }))
}

/// Change a role. It acts on its holders' next request.
#[utoipa::path(operation_id = "change_role", tag = "staff", request_body = RoleBody,
    params(("id" = RoleId, Path, description = "The role"), ("If-Match" = String, Header, description = "The version that was read")),
    responses((status = 204, description = "Changed"), AnyProblem))]
#[put("/roles/{id}")]
async fn change_role(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<EditStaff>,
    id: web::Path<RoleId>,
    IfMatch(seen): IfMatch,
    body: Body<RoleBody>,
) -> Result<HttpResponse, Failure> {
    roles::change(&api.ctx, &permit, *id, seen, content(&body.value)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take a role away that nobody has and no other is based on.
#[utoipa::path(operation_id = "delete_role", tag = "staff", params(("id" = RoleId, Path, description = "The role")),
    responses((status = 204, description = "Deleted"), AnyProblem))]
#[delete("/roles/{id}")]
async fn delete_role(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<EditStaff>,
    id: web::Path<RoleId>,
) -> Result<HttpResponse, Failure> {
    roles::delete(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// All accounts by name, deactivated ones too.
#[utoipa::path(operation_id = "list_accounts", tag = "staff",
    responses((status = 200, description = "Accounts", body = Vec<Account>), AnyProblem))]
#[get("/accounts")]
async fn list_accounts(api: web::Data<Api>, Needs(permit): Needs<ViewStaff>) -> Result<HttpResponse, Failure> {
    let members = staff::all(&api.ctx, &permit).await?.into_iter().map(|member| Account {
        id: member.account.id,
        name: member.account.name,
        email: member.account.email,
        role_id: member.account.role_id,
        department_ids: member.departments,
        disabled: member.account.disabled,
        invited: member.invited,
        second_factor: member.second_factor,
        clients: member.clients,
        created_at: member.account.created_at,
    });
    Ok(HttpResponse::Ok().json(members.collect::<Vec<_>>()))
}

/// The link for choosing a password. In the fragment: browsers keep it to themselves, so it stands in no log.
fn invitation_link(api: &Api, token: &SecretToken) -> String {
    format!("{}/invite#{}", api.ctx.public_url, token.reveal())
}

/// Make an account and invite its owner to choose a password.
#[utoipa::path(operation_id = "create_account", tag = "staff", request_body = CreateAccount,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 201, description = "The account was made, and its owner invited", body = Invited), AnyProblem))]
#[post("/accounts")]
async fn create_account(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<EditStaff>,
    repeat: RepeatKey,
    body: Body<CreateAccount>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let CreateAccount { email, name, role_id, department_ids } = &body.value;
    let new = MemberChange { name, role: *role_id, departments: department_ids };
    let (id, link) = staff::create(&api.ctx, &permit, email, new, repeat.as_ref()).await?;
    Ok(HttpResponse::Created().json(Invited { id, link: link.map(|token| invitation_link(&api, &token)) }))
}

/// Change an account's name, role and departments. It acts on the member's next request.
#[utoipa::path(operation_id = "change_account", tag = "staff", request_body = ChangeAccount,
    params(("id" = AccountId, Path, description = "The account")),
    responses((status = 204, description = "Changed"), AnyProblem))]
#[put("/accounts/{id}")]
async fn change_account(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<EditStaff>,
    id: web::Path<AccountId>,
    body: Body<ChangeAccount>,
) -> Result<HttpResponse, Failure> {
    let ChangeAccount { name, role_id, department_ids } = &body.value;
    let change = MemberChange { name, role: *role_id, departments: department_ids };
    staff::change(&api.ctx, &permit, *id, change).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Deactivate an account: its sessions and keys end with this request. Its clients can be handed over by whoever may assign
/// each of them.
#[utoipa::path(operation_id = "deactivate_account", tag = "staff", request_body = Deactivate,
    params(("id" = AccountId, Path, description = "The account")),
    responses((status = 200, description = "Deactivated", body = HandedOver), AnyProblem))]
#[post("/accounts/{id}/deactivate")]
async fn deactivate(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<EditStaff>,
    id: web::Path<AccountId>,
    body: Body<Deactivate>,
) -> Result<HttpResponse, Failure> {
    let clients = staff::deactivate(&api.ctx, &permit, *id, body.value.hand_over_to).await?;
    Ok(HttpResponse::Ok().json(HandedOver { clients }))
}

/// Invite the owner of an account that has no password yet once more; the former link works no longer.
#[utoipa::path(operation_id = "invite_account", tag = "staff", params(("id" = AccountId, Path, description = "The account")),
    responses((status = 200, description = "Invited", body = Invited), AnyProblem))]
#[post("/accounts/{id}/invite")]
async fn invite(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<EditStaff>,
    id: web::Path<AccountId>,
) -> Result<HttpResponse, Failure> {
    let link = staff::invite(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::Ok().json(Invited { id: *id, link: link.map(|token| invitation_link(&api, &token)) }))
}

/// Choose the first password, by an invitation's link. Nobody is signed in by it.
#[utoipa::path(operation_id = "accept_invitation", tag = "accounts", request_body = ResetPassword,
    responses((status = 204, description = "The account can be signed in to"), AnyProblem))]
#[post("/invitation")]
async fn accept_invitation(
    api: web::Data<Api>,
    From(origin): From,
    body: Body<ResetPassword>,
) -> Result<HttpResponse, Failure> {
    if !api.limits.allows_link(&request_origin::network_of(&origin)) {
        return Err(ProblemCode::TooManyRequests.into());
    }
    let ResetPassword { token, password } = &body.value;
    staff::accept_invitation(&api.ctx, &SecretToken::presented(token), password, &origin).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take all second factors of an account away, for someone who lost theirs. Its sessions end; they are told by mail.
#[utoipa::path(operation_id = "reset_second_factors", tag = "staff", params(("id" = AccountId, Path, description = "The account")),
    responses((status = 204, description = "Taken away"), AnyProblem))]
#[post("/accounts/{id}/reset-second-factors")]
async fn reset_second_factors(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<EditStaff>,
    id: web::Path<AccountId>,
) -> Result<HttpResponse, Failure> {
    staff::reset_second_factors(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// End all sessions of an account, at once.
#[utoipa::path(operation_id = "end_account_sessions", tag = "staff", params(("id" = AccountId, Path, description = "The account")),
    responses((status = 204, description = "Ended"), AnyProblem))]
#[delete("/accounts/{id}/sessions")]
async fn end_sessions(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<EditStaff>,
    id: web::Path<AccountId>,
) -> Result<HttpResponse, Failure> {
    staff::end_sessions(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Let a deactivated account sign in again. Sessions and keys stay ended.
#[utoipa::path(operation_id = "reactivate_account", tag = "staff", params(("id" = AccountId, Path, description = "The account")),
    responses((status = 204, description = "Reactivated"), AnyProblem))]
#[post("/accounts/{id}/reactivate")]
async fn reactivate(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<EditStaff>,
    id: web::Path<AccountId>,
) -> Result<HttpResponse, Failure> {
    staff::reactivate(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Give all clients of an account to another. Needs the right to assign them, with a scope that reaches each.
#[utoipa::path(operation_id = "hand_over_clients", tag = "staff", request_body = HandOver,
    params(("id" = AccountId, Path, description = "The account")),
    responses((status = 200, description = "Handed over", body = HandedOver), AnyProblem))]
#[post("/accounts/{id}/hand-over")]
async fn hand_over(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<EditStaff>,
    id: web::Path<AccountId>,
    body: Body<HandOver>,
) -> Result<HttpResponse, Failure> {
    let clients = staff::hand_over(&api.ctx, &permit, *id, body.value.hand_over_to).await?;
    Ok(HttpResponse::Ok().json(HandedOver { clients }))
}

/// Members of staff by name, to see and choose whose a client is.
#[utoipa::path(operation_id = "list_colleagues", tag = "staff",
    responses((status = 200, description = "Colleagues", body = Vec<Colleague>), AnyProblem))]
#[get("/colleagues")]
async fn colleagues(api: web::Data<Api>, Needs(permit): Needs<ViewClients>) -> Result<HttpResponse, Failure> {
    let found = clients::possible_owners(&api.ctx, &permit).await?;
    let found: Vec<Colleague> = found.into_iter().map(|(id, name)| Colleague { id, name }).collect();
    Ok(HttpResponse::Ok().json(found))
}

/// All departments by name.
#[utoipa::path(operation_id = "list_departments", tag = "staff",
    responses((status = 200, description = "Departments", body = Vec<Department>), AnyProblem))]
#[get("/departments")]
async fn list_departments(api: web::Data<Api>, Needs(permit): Needs<UseOwnAccount>) -> Result<HttpResponse, Failure> {
    let found = roles::departments(&api.ctx, &permit).await?;
    let found: Vec<Department> =
        found.into_iter().map(|record| Department { id: record.id, name: record.name }).collect();
    Ok(HttpResponse::Ok().json(found))
}

/// Make a department.
#[utoipa::path(operation_id = "create_department", tag = "staff", request_body = DepartmentBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 201, description = "The department was made", body = Created), AnyProblem))]
#[post("/departments")]
async fn create_department(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<EditStaff>,
    repeat: RepeatKey,
    body: Body<DepartmentBody>,
) -> Result<HttpResponse, Failure> {
    let repeat = repeat.with(body.fingerprint);
    let id = roles::create_department(&api.ctx, &permit, &body.value.name, repeat.as_ref()).await?;
    Ok(HttpResponse::Created().json(Created { id: id.as_uuid() }))
}

/// Rename a department.
#[utoipa::path(operation_id = "rename_department", tag = "staff", request_body = DepartmentBody,
    params(("id" = DepartmentId, Path, description = "The department")),
    responses((status = 204, description = "Renamed"), AnyProblem))]
#[put("/departments/{id}")]
async fn rename_department(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<EditStaff>,
    id: web::Path<DepartmentId>,
    body: Body<DepartmentBody>,
) -> Result<HttpResponse, Failure> {
    roles::rename_department(&api.ctx, &permit, *id, &body.value.name).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take a department away that no client belongs to.
#[utoipa::path(operation_id = "delete_department", tag = "staff", params(("id" = DepartmentId, Path, description = "The department")),
    responses((status = 204, description = "Deleted"), AnyProblem))]
#[delete("/departments/{id}")]
async fn delete_department(
    api: web::Data<Api>,
    NeedsRecent(permit): NeedsRecent<EditStaff>,
    id: web::Path<DepartmentId>,
) -> Result<HttpResponse, Failure> {
    roles::delete_department(&api.ctx, &permit, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
