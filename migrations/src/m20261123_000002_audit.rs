//! System activities and the chain that makes tampering show.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create table audit_events (
    id {uuid} not null constraint audit_events_pk primary key,
    at {moment} not null,
    actor_kind text not null,
    actor_id {uuid},
    actor_job text,
    action text not null,
    record_kind text not null,
    record_id {uuid},
    client_id {uuid},
    fields text not null default '[]',
    values_sealed {bytes},
    ip text,
    user_agent text
) {strict}
--
create index audit_events_client on audit_events (client_id, id)
--
create table audit_pending (
    event_id {uuid} not null constraint audit_pending_pk primary key
) {strict}
--
create table audit_links (
    seq {serial} not null constraint audit_links_pk primary key,
    event_id {uuid} not null constraint audit_links_event_unique unique,
    hash {bytes} not null
) {strict}
";

const DOWN: &str = r"
drop table audit_pending
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await?;
        dialect::append_only(manager, "audit_events").await?;
        dialect::append_only(manager, "audit_links").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::drop_append_only(manager, "audit_links").await?;
        dialect::drop_append_only(manager, "audit_events").await?;
        dialect::run(manager, DOWN).await
    }
}
