//! Consents in the order in which they run out, each in a place of its own: the list of expiring consents goes on from
//! any of them without sorting.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
drop index consent_states_expiry
--
create index consent_states_expiry on consent_states (expires_at, client_id, purpose_id, channel) where expires_at is not null
--
create index consent_renewals_asked on consent_renewals (asked_at)
";

const DOWN: &str = r"
drop index consent_renewals_asked
--
drop index consent_states_expiry
--
create index consent_states_expiry on consent_states (expires_at, client_id) where expires_at is not null
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
