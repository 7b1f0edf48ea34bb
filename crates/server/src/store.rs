//! Opening the database that the configuration names, with its keys.

use crate::{
    checkpoints::CheckpointFile,
    config::Config,
    master_key::{self, Missing},
    sheets::ChildReader,
};
use anyhow::Context;
use sea_orm_migration::{MigratorTrait, sea_orm::DatabaseConnection};
use std::{fs, os::unix::fs::DirBuilderExt, sync::Arc};
use zgoda_app::{
    Ctx, SystemClock,
    audit::{self, CheckpointSink},
    ledger,
};
use zgoda_migrations::{EMPTY_LOGS_HAVE_HEADS, LEDGERS_HAVE_HEADS, LOGS_HAVE_HEADS, Migrator};
use zgoda_persistence::{Db, Vault};
use zgoda_vault::SystemEntropy;

/// Opens the database and brings its schema up to date.
async fn open(config: &Config) -> anyhow::Result<Ctx> {
    if !config.data_dir.exists() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&config.data_dir)
            .with_context(|| format!("option data_dir: {}", config.data_dir.display()))?;
    }
    let file = config.data_dir.join("zgoda.db");
    let missing = if config.database_url.is_none() && file.exists() { Missing::Refuse } else { Missing::Create };
    let entropy = Arc::new(SystemEntropy);
    let master = master_key::load(&config.master_key_file, missing, entropy.as_ref())?;
    let vault = Arc::new(Vault { master, entropy });
    let db = match &config.database_url {
        Some(url) => Db::connect_postgres(url, Arc::clone(&vault)).await.context("option database_url")?,
        None => Db::open_sqlite(&file, Arc::clone(&vault))
            .await
            .with_context(|| format!("database {}: is the master key the one it was made with?", file.display()))?,
    };
    migrate(&db).await.context("the database's schema could not be brought up to date")?;
    let mut sinks: Vec<Arc<dyn CheckpointSink>> = vec![Arc::new(CheckpointFile(config.checkpoint_file.clone()))];
    sinks.extend(config.checkpoint_url.clone().map(|webhook| webhook as Arc<dyn CheckpointSink>));
    Ok(Ctx::new(db, Arc::new(SystemClock), vault, &config.public_url)
        .with_gate(config.gate)
        .with_channels(config.channels.clone())
        .with_sheets(Arc::new(ChildReader))
        .with_time_zone(config.time_zone)
        .with_checkpoints(sinks)
        .with_checkpoint_mail(config.checkpoint_mail.clone()))
}

/// Brings the schema up to date; a log of before its end was noted gets its note on the way, and never later.
async fn migrate(db: &Db) -> anyhow::Result<()> {
    let connection = db.for_migrations();
    if up_to(connection, LOGS_HAVE_HEADS).await? {
        audit::note_head(db).await?;
    }
    if up_to(connection, LEDGERS_HAVE_HEADS).await? {
        ledger::note_head(db).await?;
    }
    if up_to(connection, EMPTY_LOGS_HAVE_HEADS).await? {
        audit::note_head(db).await?;
    }
    Ok(Migrator::up(connection, None).await?)
}

/// Runs what comes before a migration, if that one was not run yet; whether it was not.
async fn up_to(connection: &DatabaseConnection, name: &str) -> anyhow::Result<bool> {
    let pending = Migrator::get_pending_migrations(connection).await?;
    let Some(before) = pending.iter().position(|migration| migration.name() == name) else { return Ok(false) };
    Migrator::up(connection, Some(u32::try_from(before)?)).await?;
    Ok(true)
}

/// Opens the database for some work, and closes it whatever comes of the work: a process must not end under its
/// connections.
pub async fn with_database<T>(config: &Config, work: impl AsyncFnOnce(&Ctx) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let ctx = open(config).await?;
    let result = work(&ctx).await;
    ctx.db.close().await;
    result
}
