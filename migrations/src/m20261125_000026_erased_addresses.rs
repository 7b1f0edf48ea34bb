//! Addresses of people whose cards were deleted, so that no import brings them back; and what an undoing left as it is.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create table erased_addresses (
    address_tag {bytes} not null constraint erased_addresses_pk primary key,
    erased_at {moment} not null
) {strict}
--
create table job_kept (
    job_id {uuid} not null constraint job_kept_job_fk references jobs (id) on delete cascade,
    client_id {uuid} not null constraint job_kept_client_fk references clients (id) on delete cascade,
    reason text not null,
    constraint job_kept_pk primary key (job_id, client_id)
) {strict}
--
create index job_kept_client on job_kept (client_id)
";

const DOWN: &str = r"
drop table job_kept
--
drop table erased_addresses
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
