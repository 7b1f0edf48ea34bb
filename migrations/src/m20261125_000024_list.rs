//! Indexes for orders that the client list can have, and saved filters.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create index clients_by_last_name on clients (last_name collate polish, id)
--
create index clients_by_post_code on clients (post_code, id)
--
create index clients_by_external_id on clients (external_id, id)
--
create table saved_filters (
    id {uuid} not null constraint saved_filters_pk primary key,
    version {integer} not null,
    account_id {uuid} not null constraint saved_filters_account_fk references accounts (id),
    sharing text not null
        constraint saved_filters_sharing_known check (sharing in ('personal', 'department', 'everyone')),
    department_id {uuid} constraint saved_filters_department_fk references departments (id),
    content {bytes} not null,
    created_at {moment} not null,
    constraint saved_filters_department check ((sharing = 'department') = (department_id is not null))
) {strict}
--
create index saved_filters_account on saved_filters (account_id)
";

const DOWN: &str = r"
drop table saved_filters
--
drop index clients_by_external_id
--
drop index clients_by_post_code
--
drop index clients_by_last_name
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, DOWN).await
    }
}
