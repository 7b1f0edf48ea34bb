//! Accounts, sessions and the tokens that open them; answers kept for repeated requests.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create table accounts (
    id {uuid} not null constraint accounts_pk primary key,
    email text not null,
    email_norm text not null constraint accounts_email_unique unique,
    name text not null,
    password_hash text not null,
    role text not null constraint accounts_role_known check (role in ('owner', 'read_only')),
    preferences text not null default '{}',
    created_at {moment} not null,
    disabled_at {moment}
) {strict}
--
create table sessions (
    id {uuid} not null constraint sessions_pk primary key,
    account_id {uuid} not null constraint sessions_account_fk references accounts (id),
    created_at {moment} not null,
    last_seen_at {moment} not null,
    expires_at {moment} not null,
    revoked_at {moment},
    ip text,
    user_agent text
) {strict}
--
create index sessions_account on sessions (account_id)
--
create table refresh_tokens (
    id {uuid} not null constraint refresh_tokens_pk primary key,
    session_id {uuid} not null constraint refresh_tokens_session_fk references sessions (id),
    child_id {uuid},
    issued_at {moment} not null,
    consumed_at {moment},
    seen_at {moment}
) {strict}
--
create index refresh_tokens_session on refresh_tokens (session_id)
--
create table setup_tokens (
    hash {bytes} not null constraint setup_tokens_pk primary key,
    expires_at {moment} not null
) {strict}
--
create table idempotency_keys (
    scope text not null,
    idempotency_key text not null,
    fingerprint {bytes} not null,
    record_id {uuid} not null,
    created_at {moment} not null,
    constraint idempotency_keys_pk primary key (scope, idempotency_key)
) {strict}
--
create index idempotency_keys_age on idempotency_keys (created_at)
";

const DOWN: &str = r"
drop table idempotency_keys
--
drop table setup_tokens
--
drop table refresh_tokens
--
drop table sessions
--
drop table accounts
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
