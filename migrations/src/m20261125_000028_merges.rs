//! Cards that look like one person's, and cards that were made one.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A merged card's row is gone; its key stays, because its part of the ledger and of the log stays readable. What an undoing
/// needs is sealed with that key.
const UP: &str = r"
create table client_merges (
    id {uuid} not null constraint client_merges_pk primary key,
    kept_id {uuid} not null,
    merged_id {uuid} not null,
    merged_by {uuid},
    merged_at {moment} not null,
    kept_version {integer} not null,
    undo_until {moment} not null,
    undone_at {moment},
    snapshot {bytes}
) {strict}
--
create index client_merges_kept on client_merges (kept_id)
--
create index client_merges_merged on client_merges (merged_id)
--
create index client_merges_over on client_merges (undo_until) where snapshot is not null
--
create table duplicate_pairs (
    id {uuid} not null constraint duplicate_pairs_pk primary key,
    first_id {uuid} not null constraint duplicate_pairs_first_fk references clients (id) on delete cascade,
    second_id {uuid} not null constraint duplicate_pairs_second_fk references clients (id) on delete cascade,
    reasons text not null,
    score {integer} not null,
    found_at {moment} not null,
    dismissed_at {moment},
    dismissed_by {uuid},
    constraint duplicate_pairs_once unique (first_id, second_id)
) {strict}
--
create index duplicate_pairs_second on duplicate_pairs (second_id)
--
create index duplicate_pairs_open on duplicate_pairs (score, id) where dismissed_at is null
--
create table duplicate_scan (
    id {integer} not null constraint duplicate_scan_pk primary key constraint duplicate_scan_one check (id = 1),
    at {moment} not null,
    client_id {uuid} not null
) {strict}
";

const DOWN: &str = r"
drop table duplicate_scan
--
drop table duplicate_pairs
--
drop table client_merges
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
