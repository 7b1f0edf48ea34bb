//! Append-only on SQLite also for `insert or replace`: what such an insert takes away fires no trigger of deletions
//! unless the connection asks for it, so the insert itself is refused, whoever opened the file. PostgreSQL has no such
//! insert; its `on conflict` is an update, which is refused already.

use crate::dialect;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Each append-only table with everything in it that no two rows may share.
const TABLES: [(&str, &str); 5] = [
    ("audit_events", "id = new.id"),
    ("audit_links", "seq = new.seq or event_id = new.event_id"),
    ("wordings", "id = new.id or (purpose_id = new.purpose_id and language = new.language and version = new.version)"),
    ("consent_events", "id = new.id"),
    ("form_versions", "id = new.id or (form_id = new.form_id and number = new.number)"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Sqlite {
            return Ok(());
        }
        for (table, same) in TABLES {
            dialect::no_replacing(manager, table, same).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Sqlite {
            return Ok(());
        }
        for (table, _) in TABLES {
            dialect::run(manager, &format!("drop trigger {table}_no_replace")).await?;
        }
        Ok(())
    }
}
