//! Clients, their data keys, custom fields and blind indexes.

use crate::dialect;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create table clients (
    id {uuid} not null constraint clients_pk primary key,
    version {integer} not null,
    kind text not null constraint clients_kind_known check (kind in ('person', 'company')),
    name text collate polish not null constraint clients_name_present check (name <> ''),
    first_name text not null default '',
    last_name text not null default '',
    position text not null default '',
    email text not null default '',
    email_norm text not null default '',
    phone text not null default '',
    mobile_phone text not null default '',
    website text not null default '',
    nip text not null default '',
    regon text not null default '',
    street text not null default '',
    post_code text not null default '',
    city text collate polish not null default '',
    country text not null default '',
    note text not null default '',
    external_id text not null default '',
    custom {json} not null default '{}',
    sealed {bytes},
    created_at {moment} not null,
    updated_at {moment} not null
) {strict}
--
create index clients_by_name on clients (name, id)
--
create index clients_by_email on clients (email_norm, id)
--
create index clients_by_city on clients (city, id)
--
create index clients_by_nip on clients (nip, id)
--
create index clients_by_created on clients (created_at, id)
--
create index clients_by_updated on clients (updated_at, id)
--
create table client_keys (
    client_id {uuid} not null constraint client_keys_pk primary key,
    wrapped {bytes},
    created_at {moment} not null,
    destroyed_at {moment},
    constraint client_keys_one_state check ((wrapped is null) = (destroyed_at is not null))
) {strict}
--
create table blind_index (
    field text not null,
    tag {bytes} not null,
    client_id {uuid} not null constraint blind_index_client_fk references clients (id) on delete cascade,
    constraint blind_index_pk primary key (field, tag, client_id)
) {strict}
--
create index blind_index_client on blind_index (client_id)
--
create table custom_fields (
    id {uuid} not null constraint custom_fields_pk primary key,
    version {integer} not null,
    name text not null,
    kind text not null,
    options text not null default '[]',
    sensitive {flag} not null,
    purpose_id {uuid},
    channel text,
    position {integer} not null,
    created_at {moment} not null,
    deleted_at {moment},
    constraint custom_fields_consent_bound check ((kind = 'consent') = (purpose_id is not null and channel is not null))
) {strict}
--
create unique index custom_fields_name_unique on custom_fields (name) where deleted_at is null
";

const DOWN: &str = r"
drop table custom_fields
--
drop table blind_index
--
drop table client_keys
--
drop table clients
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            // SQLite gets the same order from the collation that the connection registers.
            dialect::run(manager, "create collation polish (provider = icu, locale = 'pl-PL')").await?;
        }
        dialect::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, DOWN).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            dialect::run(manager, "drop collation polish").await?;
        }
        Ok(())
    }
}
