//! What is counted for an account, whatever the address and the replica: wrong codes, codes sent.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create table account_attempts (
    id {uuid} not null constraint account_attempts_pk primary key,
    account_id {uuid} not null constraint account_attempts_account_fk references accounts (id),
    kind text not null,
    at {moment} not null
) {strict}
--
create index account_attempts_account on account_attempts (account_id, kind, at)
";

const DOWN: &str = r"
drop table account_attempts
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
