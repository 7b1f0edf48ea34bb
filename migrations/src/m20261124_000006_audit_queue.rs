//! Every audit event queues itself for the chain: nothing can enter the log and stay outside of it.

use crate::dialect;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

const SQLITE_UP: &str = "create trigger audit_events_queue after insert on audit_events \
    begin insert into audit_pending (event_id) values (new.id); end";
const SQLITE_DOWN: &str = "drop trigger audit_events_queue";

const POSTGRES_UP: &str = r"
create function audit_events_queue() returns trigger language plpgsql as $$
begin
    insert into audit_pending (event_id) values (new.id);
    return null;
end $$
--
create trigger audit_events_queue after insert on audit_events for each row execute function audit_events_queue()
";
const POSTGRES_DOWN: &str = r"
drop trigger audit_events_queue on audit_events
--
drop function audit_events_queue()
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        dialect::run(manager, if sqlite { SQLITE_UP } else { POSTGRES_UP }).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        dialect::run(manager, if sqlite { SQLITE_DOWN } else { POSTGRES_DOWN }).await
    }
}
