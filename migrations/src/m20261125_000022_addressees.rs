//! To which address a request to renew a consent went, and whether a mail asks for a sign-up's confirmation at all.

use crate::dialect;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Requests of before name no address, and cannot be answered any more.
const UP: &str = r"
alter table consent_renewals add column address_tag {bytes}
--
alter table pending_signups add column mailed {flag} not null default ";

const DOWN: &str = r"
alter table pending_signups drop column mailed
--
alter table consent_renewals drop column address_tag
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let yes = if manager.get_database_backend() == DbBackend::Sqlite { "1" } else { "true" };
        dialect::run(manager, &format!("{UP}{yes}")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, DOWN).await
    }
}
