//! Whom a waiting letter is for, so that it goes with its client.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Letters of before belong to nobody; they leave within three days.
const UP: &str = r"
alter table outbox add column client_id {uuid} constraint outbox_client_fk references clients (id) on delete cascade
--
alter table outbox add column address_tag {bytes}
--
create index outbox_of_client on outbox (client_id) where client_id is not null
--
create index outbox_of_address on outbox (address_tag) where address_tag is not null
";

const DOWN: &str = r"
drop index outbox_of_address
--
drop index outbox_of_client
--
alter table outbox drop column address_tag
--
alter table outbox drop column client_id
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
