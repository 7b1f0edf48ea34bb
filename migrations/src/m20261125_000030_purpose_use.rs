//! An index for asking whether a purpose without wordings has any entry.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Entries with a wording need no index: a purpose with a wording is used anyway.
const UP: &str = r"
create index consent_events_unworded on consent_events (purpose_id) where wording_id is null
";

const DOWN: &str = r"
drop index consent_events_unworded
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
