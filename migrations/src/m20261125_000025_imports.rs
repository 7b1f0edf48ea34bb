//! Imports: the file in parts, its rows in chunks, how its columns were mapped before, and where clients came from.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Where a client came from hangs on the client's key, which outlives the card when it is merged into another one.
const UP: &str = r"
create table imports (
    id {uuid} not null constraint imports_pk primary key,
    version {integer} not null,
    account_id {uuid} not null constraint imports_account_fk references accounts (id),
    state text not null constraint imports_state_known check (state in ('reading', 'open', 'run')),
    size {integer} not null,
    row_count {integer} not null,
    width {integer} not null,
    content {bytes} not null,
    checked text,
    job_id {uuid},
    created_at {moment} not null,
    changed_at {moment} not null
) {strict}
--
create index imports_of_account on imports (account_id, id)
--
create table import_parts (
    import_id {uuid} not null constraint import_parts_import_fk references imports (id) on delete cascade,
    number {integer} not null,
    size {integer} not null,
    content {bytes} not null,
    constraint import_parts_pk primary key (import_id, number)
) {strict}
--
create table import_rows (
    import_id {uuid} not null constraint import_rows_import_fk references imports (id) on delete cascade,
    chunk {integer} not null,
    marks text not null,
    faulty {integer} not null,
    left_out {integer} not null,
    outcomes text,
    content {bytes} not null,
    constraint import_rows_pk primary key (import_id, chunk)
) {strict}
--
create table import_mappings (
    heads_tag {bytes} not null constraint import_mappings_pk primary key,
    content {bytes} not null,
    used_at {moment} not null
) {strict}
--
create table import_origins (
    id {uuid} not null constraint import_origins_pk primary key,
    account_id {uuid} not null,
    imported_at {moment} not null,
    content {bytes} not null
) {strict}
--
create table client_origins (
    client_id {uuid} not null constraint client_origins_client_fk references client_keys (client_id),
    origin_id {uuid} not null constraint client_origins_origin_fk references import_origins (id),
    made {flag} not null,
    constraint client_origins_pk primary key (client_id, origin_id)
) {strict}
--
create index client_origins_origin on client_origins (origin_id)
";

const DOWN: &str = r"
drop table client_origins
--
drop table import_origins
--
drop table import_mappings
--
drop table import_rows
--
drop table import_parts
--
drop table imports
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
