//! By which API key an import was begun.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Of those that were begun before, the job tells it; the others were the account's, and are gone within seven days.
const UP: &str = r"
alter table imports add column api_key_id {uuid}
--
update imports set api_key_id = (select jobs.api_key_id from jobs where jobs.id = imports.job_id) where job_id is not null
";

const DOWN: &str = r"
alter table imports drop column api_key_id
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
