//! When the consent ledger last checked itself, and what it found: one row, whichever replica did it.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create table ledger_checks (
    id {integer} not null constraint ledger_checks_pk primary key constraint ledger_checks_one check (id = 1),
    started_at {moment} not null,
    finished_at {moment},
    finding text
) {strict}
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, "drop table ledger_checks").await
    }
}
