//! Messages on their way to people, and the tokens of the links in them.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create table outbox (
    id {uuid} not null constraint outbox_pk primary key,
    kind text not null constraint outbox_kind_known check (kind in ('email', 'sms')),
    state text not null constraint outbox_state_known check (state in ('waiting', 'sent', 'given_up')),
    attempts {integer} not null,
    created_at {moment} not null,
    due_at {moment} not null,
    expires_at {moment} not null,
    settled_at {moment},
    content {bytes},
    constraint outbox_content_while_waiting check ((state = 'waiting') = (content is not null))
) {strict}
--
create index outbox_waiting on outbox (due_at) where state = 'waiting'
--
create table one_time_tokens (
    account_id {uuid} not null constraint one_time_tokens_account_fk references accounts (id),
    kind text not null,
    hash {bytes} not null constraint one_time_tokens_hash_unique unique,
    created_at {moment} not null,
    expires_at {moment} not null,
    constraint one_time_tokens_pk primary key (account_id, kind)
) {strict}
";

const DOWN: &str = r"
drop table one_time_tokens
--
drop table outbox
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
