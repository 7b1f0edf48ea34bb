//! Background jobs, what they changed (so that it can be undone), and tags.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create table jobs (
    id {uuid} not null constraint jobs_pk primary key,
    kind text not null,
    account_id {uuid} not null constraint jobs_account_fk references accounts (id),
    api_key_id {uuid},
    state text not null
        constraint jobs_state_known check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
    payload {bytes},
    position text,
    total {serial} not null,
    done {serial} not null default 0,
    failures text not null default '{}',
    tries {integer} not null default 0,
    created_at {moment} not null,
    started_at {moment},
    stepped_at {moment} not null,
    finished_at {moment},
    leased_until {moment},
    cancel_asked_at {moment},
    file_id {uuid},
    problem text,
    undo_of {uuid} constraint jobs_undo_fk references jobs (id) on delete cascade,
    undo_until {moment},
    undone_at {moment},
    constraint jobs_over check ((state in ('waiting', 'running')) = (finished_at is null))
) {strict}
--
create index jobs_of_account on jobs (account_id, id)
--
create index jobs_due on jobs (stepped_at, id) where finished_at is null
--
create index jobs_undo_of on jobs (undo_of) where undo_of is not null
--
create table job_changes (
    job_id {uuid} not null constraint job_changes_job_fk references jobs (id) on delete cascade,
    client_id {uuid} not null constraint job_changes_client_fk references clients (id) on delete cascade,
    made {flag} not null,
    version_after {integer} not null,
    before {bytes},
    constraint job_changes_pk primary key (job_id, client_id),
    constraint job_changes_image check (made = (before is null))
) {strict}
--
create index job_changes_client on job_changes (client_id)
--
create table tags (
    id {uuid} not null constraint tags_pk primary key,
    version {integer} not null,
    name text collate polish not null,
    name_key text not null constraint tags_name_unique unique,
    colour text not null,
    created_at {moment} not null
) {strict}
--
create table client_tags (
    tag_id {uuid} not null constraint client_tags_tag_fk references tags (id) on delete cascade,
    client_id {uuid} not null constraint client_tags_client_fk references clients (id) on delete cascade,
    constraint client_tags_pk primary key (tag_id, client_id)
) {strict}
--
create index client_tags_client on client_tags (client_id)
";

const DOWN: &str = r"
drop table client_tags
--
drop table tags
--
drop table job_changes
--
drop table jobs
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
