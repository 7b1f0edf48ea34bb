//! An index for the job that records what ran out: it asks for consents that stand, and does not walk over those that it
//! has recorded already.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create index consent_states_due on consent_states (status, expires_at, client_id) where expires_at is not null
";

const DOWN: &str = r"
drop index consent_states_due
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
