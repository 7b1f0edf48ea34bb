//! Forms, their immutable published versions, and what visitors sent.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create table forms (
    id {uuid} not null constraint forms_pk primary key,
    public_id text not null constraint forms_public_id_unique unique,
    version {integer} not null,
    name text not null,
    definition text not null,
    live_version_id {uuid},
    closed_at {moment},
    created_at {moment} not null,
    updated_at {moment} not null
) {strict}
--
create table form_versions (
    id {uuid} not null constraint form_versions_pk primary key,
    form_id {uuid} not null constraint form_versions_form_fk references forms (id),
    number {integer} not null,
    definition text not null,
    sha256 text not null,
    published_at {moment} not null,
    constraint form_versions_number_unique unique (form_id, number)
) {strict}
--
create table submissions (
    id {uuid} not null constraint submissions_pk primary key,
    form_id {uuid} not null constraint submissions_form_fk references forms (id),
    form_version_id {uuid} not null constraint submissions_version_fk references form_versions (id),
    client_id {uuid},
    status text not null constraint submissions_status_known check (status in ('accepted', 'review', 'dismissed')),
    sealed_for_client {flag} not null,
    content {bytes} not null,
    received_at {moment} not null,
    decided_at {moment},
    decided_by {uuid}
) {strict}
--
create index submissions_form on submissions (form_id, id)
--
create index submissions_client on submissions (client_id, id)
";

const DOWN: &str = r"
drop table submissions
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await?;
        dialect::append_only(manager, "form_versions").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, DOWN).await?;
        dialect::drop_append_only(manager, "form_versions").await?;
        dialect::run(manager, "drop table forms").await
    }
}
