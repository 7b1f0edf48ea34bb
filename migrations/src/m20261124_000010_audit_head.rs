//! Where the audit log ends, and how it is found by who, what and when.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create table audit_head (
    id {integer} not null constraint audit_head_pk primary key constraint audit_head_one check (id = 1),
    seq {serial} not null,
    mac {bytes} not null
) {strict}
--
create index audit_events_actor on audit_events (actor_id, id) where actor_id is not null
--
create index audit_events_action on audit_events (action, id)
--
create index audit_events_record on audit_events (record_kind, id)
";

const DOWN: &str = r"
drop index audit_events_record
--
drop index audit_events_action
--
drop index audit_events_actor
--
drop table audit_head
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
