//! Indexes for the orders of the client list that had none: it can be ordered by each of its built-in columns.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create index clients_by_first_name on clients (first_name collate polish, id)
--
create index clients_by_position on clients (position collate polish, id)
--
create index clients_by_phone on clients (phone, id)
--
create index clients_by_mobile_phone on clients (mobile_phone, id)
--
create index clients_by_website on clients (website, id)
--
create index clients_by_regon on clients (regon, id)
--
create index clients_by_street on clients (street collate polish, id)
--
create index clients_by_country on clients (country, id)
";

const DOWN: &str = r"
drop index clients_by_country
--
drop index clients_by_street
--
drop index clients_by_regon
--
drop index clients_by_website
--
drop index clients_by_mobile_phone
--
drop index clients_by_phone
--
drop index clients_by_position
--
drop index clients_by_first_name
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
