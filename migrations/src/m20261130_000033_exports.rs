//! Files of exports, in pieces.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Whom a piece tells of stands beside it, so that an erasure finds the files that hold the person. The index finds who was
/// erased while a file was made.
const UP: &str = r"
create table file_chunks (
    file_id {uuid} not null constraint file_chunks_file_fk references files (id) on delete cascade,
    number {integer} not null,
    content {bytes} not null,
    client_ids {bytes} not null,
    constraint file_chunks_pk primary key (file_id, number)
) {strict}
--
create index client_keys_destroyed on client_keys (destroyed_at) where destroyed_at is not null
";

const DOWN: &str = r"
drop index client_keys_destroyed
--
drop table file_chunks
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
