//! Submissions that mailboxes of staff have not been told of yet. How many of a form there are becomes one mail.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create table submission_notices (
    submission_id {uuid} not null constraint submission_notices_pk primary key,
    form_id {uuid} not null constraint submission_notices_form_fk references forms (id),
    created_at {moment} not null
) {strict}
--
create index submission_notices_form on submission_notices (form_id, created_at)
";

const DOWN: &str = "drop table submission_notices";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, DOWN).await
    }
}
