//! Second factors, recovery codes, remembered devices, and what waits for a code.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create table second_factors (
    id {uuid} not null constraint second_factors_pk primary key,
    account_id {uuid} not null constraint second_factors_account_fk references accounts (id),
    kind text not null,
    label text not null,
    secret {bytes} not null,
    credential_id {bytes} constraint second_factors_credential_unique unique,
    last_step {serial},
    created_at {moment} not null,
    confirmed_at {moment},
    last_used_at {moment}
) {strict}
--
create index second_factors_account on second_factors (account_id)
--
create table recovery_codes (
    hash {bytes} not null constraint recovery_codes_pk primary key,
    account_id {uuid} not null constraint recovery_codes_account_fk references accounts (id),
    created_at {moment} not null
) {strict}
--
create index recovery_codes_account on recovery_codes (account_id)
--
create table challenges (
    id {uuid} not null constraint challenges_pk primary key,
    purpose text not null,
    hash {bytes} constraint challenges_hash_unique unique,
    account_id {uuid} constraint challenges_account_fk references accounts (id),
    factor_id {uuid},
    code_tag {bytes},
    state {bytes},
    sends {integer} not null,
    tries {integer} not null,
    expires_at {moment} not null
) {strict}
--
create table trusted_devices (
    id {uuid} not null constraint trusted_devices_pk primary key,
    account_id {uuid} not null constraint trusted_devices_account_fk references accounts (id),
    hash {bytes} not null constraint trusted_devices_hash_unique unique,
    user_agent text,
    created_at {moment} not null,
    last_used_at {moment} not null,
    expires_at {moment} not null
) {strict}
--
create index trusted_devices_account on trusted_devices (account_id)
--
alter table sessions add column proved_at {moment}
--
alter table sessions add column second_factor_at {moment}
";

const DOWN: &str = r"
alter table sessions drop column second_factor_at
--
alter table sessions drop column proved_at
--
drop table trusted_devices
--
drop table challenges
--
drop table recovery_codes
--
drop table second_factors
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
