//! Roles, departments, who is responsible for a client, API keys, the organisation's security settings.

use crate::dialect;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Roles that come with the product: the last digit of the id, and the code.
const TEMPLATES: [(u8, &str); 6] = [
    (1, "owner"),
    (2, "administrator"),
    (3, "salesperson"),
    (4, "marketing"),
    (5, "data_protection_officer"),
    (6, "read_only"),
];

const UP: &str = r"
create table roles (
    id {uuid} not null constraint roles_pk primary key,
    version {integer} not null,
    name text not null constraint roles_name_unique unique,
    template text constraint roles_template_unique unique,
    parent_id {uuid} constraint roles_parent_fk references roles (id),
    definition text not null,
    created_at {moment} not null
) {strict}
--
create table departments (
    id {uuid} not null constraint departments_pk primary key,
    name text not null constraint departments_name_unique unique,
    created_at {moment} not null
) {strict}
--
create table account_departments (
    account_id {uuid} not null constraint account_departments_account_fk references accounts (id),
    department_id {uuid} not null constraint account_departments_department_fk references departments (id),
    constraint account_departments_pk primary key (account_id, department_id)
) {strict}
--
alter table clients add column owner_id {uuid}
--
alter table clients add column department_id {uuid}
--
create index clients_by_owner on clients (owner_id, id) where owner_id is not null
--
create index clients_by_department on clients (department_id, id) where department_id is not null
--
create table card_reasons (
    credential_id {uuid} not null,
    client_id {uuid} not null constraint card_reasons_client_fk references clients (id) on delete cascade,
    until {moment} not null,
    constraint card_reasons_pk primary key (credential_id, client_id)
) {strict}
--
alter table sessions add column active_at {moment}
--
alter table sessions add column locked_at {moment}
--
create table security_settings (
    id {integer} not null constraint security_settings_pk primary key constraint security_settings_one check (id = 1),
    version {integer} not null,
    document text not null
) {strict}
--
create table api_keys (
    id {uuid} not null constraint api_keys_pk primary key,
    account_id {uuid} not null constraint api_keys_account_fk references accounts (id),
    name text not null,
    hash {bytes} not null constraint api_keys_hash_unique unique,
    definition text not null,
    created_at {moment} not null,
    expires_at {moment} not null,
    revoked_at {moment},
    last_used_at {moment},
    last_used_ip text,
    uses {serial} not null default 0
) {strict}
--
create index api_keys_account on api_keys (account_id)
";

const DOWN: &str = r"
drop table api_keys
--
drop table security_settings
--
alter table sessions drop column locked_at
--
alter table sessions drop column active_at
--
drop table card_reasons
--
drop index clients_by_department
--
drop index clients_by_owner
--
alter table clients drop column department_id
--
alter table clients drop column owner_id
--
drop table account_departments
--
drop table departments
--
drop table roles
";

/// An id as a literal.
fn id(backend: DbBackend, number: u8) -> String {
    match backend {
        DbBackend::Sqlite => format!("x'0000000000007000800000000000000{number}'"),
        _ => format!("'00000000-0000-7000-8000-00000000000{number}'"),
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await?;
        let backend = manager.get_database_backend();
        for (number, code) in TEMPLATES {
            // The name is only there to be unique: the app shows templates in the reader's language.
            let sql = format!(
                "insert into roles (id, version, name, template, definition, created_at) \
                 values ({}, 1, 'template:{code}', '{code}', '{{}}', '2026-11-24T00:00:00.000000+00:00')",
                id(backend, number)
            );
            dialect::run(manager, &sql).await?;
        }
        let (owner, reader) = (id(backend, 1), id(backend, 6));
        for sql in [
            format!("alter table accounts add column role_id {{uuid}} not null default {reader}"),
            format!("update accounts set role_id = {owner} where role = 'owner'"),
            "alter table accounts drop column role".to_owned(),
            "create index accounts_role on accounts (role_id)".to_owned(),
        ] {
            dialect::run(manager, &sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let owner = id(manager.get_database_backend(), 1);
        for sql in [
            "drop index accounts_role".to_owned(),
            "alter table accounts add column role text not null default 'read_only' \
             constraint accounts_role_known check (role in ('owner', 'read_only'))"
                .to_owned(),
            format!("update accounts set role = 'owner' where role_id = {owner}"),
            "alter table accounts drop column role_id".to_owned(),
        ] {
            dialect::run(manager, &sql).await?;
        }
        dialect::run(manager, DOWN).await
    }
}
