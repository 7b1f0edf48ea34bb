//! Purposes, immutable wordings, the consent ledger and its projection.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create table purposes (
    id {uuid} not null constraint purposes_pk primary key,
    name text not null constraint purposes_name_unique unique,
    basis text not null,
    is_marketing {flag} not null,
    channels text not null,
    validity_days {integer},
    created_at {moment} not null
) {strict}
--
create table wordings (
    id {uuid} not null constraint wordings_pk primary key,
    purpose_id {uuid} not null constraint wordings_purpose_fk references purposes (id),
    language text not null,
    version {integer} not null,
    text text not null,
    sha256 text not null,
    created_at {moment} not null,
    constraint wordings_version_unique unique (purpose_id, language, version)
) {strict}
--
create table consent_events (
    id {uuid} not null constraint consent_events_pk primary key,
    client_id {uuid} not null,
    purpose_id {uuid} not null constraint consent_events_purpose_fk references purposes (id),
    channel text not null,
    kind text not null,
    method text not null,
    wording_id {uuid} constraint consent_events_wording_fk references wordings (id),
    form_version_id {uuid},
    submission_id {uuid},
    actor_kind text not null,
    actor_id {uuid},
    occurred_at {moment} not null,
    recorded_at {moment} not null,
    evidence {bytes}
) {strict}
--
create index consent_events_client on consent_events (client_id, id)
--
create table consent_states (
    client_id {uuid} not null constraint consent_states_client_fk references clients (id) on delete cascade,
    purpose_id {uuid} not null constraint consent_states_purpose_fk references purposes (id),
    channel text not null,
    status text not null,
    since {moment} not null,
    expires_at {moment},
    last_event_id {uuid} not null,
    constraint consent_states_pk primary key (client_id, purpose_id, channel)
) {strict}
";

const DOWN: &str = r"
drop table consent_states
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await?;
        dialect::append_only(manager, "wordings").await?;
        dialect::append_only(manager, "consent_events").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, DOWN).await?;
        dialect::drop_append_only(manager, "consent_events").await?;
        dialect::drop_append_only(manager, "wordings").await?;
        dialect::run(manager, "drop table purposes").await
    }
}
