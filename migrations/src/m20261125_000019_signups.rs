//! Indexes for sign-ups: how many of a form wait, which belong to a submission, and how many mails a form had sent.

use crate::dialect;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
create index pending_signups_form on pending_signups (form_id)
--
create index pending_signups_submission on pending_signups (submission_id) where submission_id is not null
--
create index confirmation_mails_form on confirmation_mails (form_id, sent_at)
";

const DOWN: &str = r"
drop index confirmation_mails_form
--
drop index pending_signups_submission
--
drop index pending_signups_form
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
