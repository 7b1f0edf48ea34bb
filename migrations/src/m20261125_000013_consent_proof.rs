//! Consent as proof: grades and causes of ledger entries, the Merkle log over them, wordings for one channel, purposes
//! with a parent and an end, sign-ups that wait for their confirmation, files, renewals, and whose product this is.

use crate::dialect;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Entries of before grades: a tick beside a wording was of the second grade, everything else proves nothing by itself.
/// The index is for the update alone: without it each event is looked for among all states.
const EVENTS_AND_STATES: &str = r"
alter table consent_events add column grade text
--
alter table consent_events add column expires_at {moment}
--
alter table consent_events add column caused_by {uuid}
--
alter table consent_events add column file_id {uuid}
--
alter table consent_states add column grade text
--
alter table consent_states add column wording_id {uuid}
--
create index consent_states_last_event on consent_states (last_event_id)
--
update consent_events set
    grade = case when method = 'form_checkbox' then 'b' else 'd' end,
    expires_at = (select s.expires_at from consent_states s where s.last_event_id = consent_events.id)
    where kind in ('given', 'confirmed', 'renewed', 'imported', 'recorded_by_staff')
--
drop index consent_states_last_event
--
update consent_states set
    grade = (select e.grade from consent_events e where e.id = consent_states.last_event_id),
    wording_id = (select e.wording_id from consent_events e where e.id = consent_states.last_event_id)
--
create index consent_states_wording on consent_states (wording_id) where wording_id is not null
--
create index consent_states_expiry on consent_states (expires_at, client_id) where expires_at is not null
";

const LEDGER: &str = r"
create table ledger_leaves (
    seq {serial} not null constraint ledger_leaves_pk primary key,
    event_id {uuid} not null constraint ledger_leaves_event_unique unique,
    hash {bytes} not null
) {strict}
--
create table ledger_pending (
    event_id {uuid} not null constraint ledger_pending_pk primary key
) {strict}
--
create table ledger_head (
    id {integer} not null constraint ledger_head_pk primary key constraint ledger_head_one check (id = 1),
    size {serial} not null,
    peaks {bytes} not null,
    mac {bytes} not null
) {strict}
--
create table ledger_checkpoints (
    size {serial} not null constraint ledger_checkpoints_pk primary key,
    root {bytes} not null,
    note text not null,
    created_at {moment} not null
) {strict}
--
insert into ledger_pending (event_id) select id from consent_events
";

const PURPOSES: &str = r"
alter table purposes add column version {integer} not null default 1
--
alter table purposes add column parent_id {uuid}
--
alter table purposes add column double_opt_in {flag} not null default {no}
--
alter table purposes add column retired_at {moment}
--
alter table wordings add column channel text
";

const TABLES: &str = r"
create table organisation (
    id {integer} not null constraint organisation_pk primary key constraint organisation_one check (id = 1),
    version {integer} not null,
    document text not null
) {strict}
--
create table files (
    id {uuid} not null constraint files_pk primary key,
    client_id {uuid} constraint files_client_fk references clients (id) on delete cascade,
    kind text not null,
    record_id {uuid},
    sealed_for_client {flag} not null,
    size {integer} not null,
    meta {bytes} not null,
    content {bytes} not null,
    created_at {moment} not null
) {strict}
--
create index files_client on files (client_id, id)
--
create index files_record on files (record_id)
--
create table pending_signups (
    id {uuid} not null constraint pending_signups_pk primary key,
    form_id {uuid} not null constraint pending_signups_form_fk references forms (id),
    form_version_id {uuid} not null constraint pending_signups_version_fk references form_versions (id),
    submission_id {uuid},
    address_tag {bytes} not null,
    token_hash {bytes} not null constraint pending_signups_token_unique unique,
    content {bytes} not null,
    created_at {moment} not null,
    expires_at {moment} not null
) {strict}
--
create index pending_signups_address on pending_signups (address_tag)
--
create index pending_signups_expiry on pending_signups (expires_at)
--
create table confirmation_mails (
    id {uuid} not null constraint confirmation_mails_pk primary key,
    address_tag {bytes} not null,
    form_id {uuid} not null,
    sent_at {moment} not null
) {strict}
--
create index confirmation_mails_address on confirmation_mails (address_tag, sent_at)
--
create table spent_proofs (
    nonce {bytes} not null constraint spent_proofs_pk primary key,
    expires_at {moment} not null
) {strict}
--
create index spent_proofs_expiry on spent_proofs (expires_at)
--
create table consent_renewals (
    id {uuid} not null constraint consent_renewals_pk primary key,
    client_id {uuid} not null constraint consent_renewals_client_fk references clients (id) on delete cascade,
    purpose_id {uuid} not null constraint consent_renewals_purpose_fk references purposes (id),
    channel text not null,
    token_hash {bytes} not null constraint consent_renewals_token_unique unique,
    asked_at {moment} not null,
    expires_at {moment} not null,
    answered_at {moment}
) {strict}
--
create index consent_renewals_client on consent_renewals (client_id, purpose_id, channel)
";

/// The same with more statuses and what made it suspicious. SQLite cannot change a constraint, so the table is made anew.
const SUBMISSIONS: &str = r"
create table submissions_new (
    id {uuid} not null constraint submissions_pk primary key,
    form_id {uuid} not null constraint submissions_form_fk references forms (id),
    form_version_id {uuid} not null constraint submissions_version_fk references form_versions (id),
    client_id {uuid},
    status text not null constraint submissions_status_known check (status in ('accepted', 'review', 'dismissed', 'spam')),
    suspicion text,
    sealed_for_client {flag} not null,
    content {bytes} not null,
    received_at {moment} not null,
    decided_at {moment},
    decided_by {uuid}
) {strict}
--
insert into submissions_new (id, form_id, form_version_id, client_id, status, sealed_for_client, content, received_at, decided_at, decided_by)
    select id, form_id, form_version_id, client_id, status, sealed_for_client, content, received_at, decided_at, decided_by from submissions
--
drop table submissions
--
alter table submissions_new rename to submissions
--
create index submissions_form on submissions (form_id, id)
--
create index submissions_client on submissions (client_id, id)
";

const SUBMISSIONS_POSTGRES: &str = r"
alter table submissions drop constraint submissions_status_known
--
alter table submissions add constraint submissions_status_known check (status in ('accepted', 'review', 'dismissed', 'spam'))
--
alter table submissions add column suspicion text
";

const QUEUE_SQLITE: &str = "create trigger consent_events_queue after insert on consent_events \
    begin insert into ledger_pending (event_id) values (new.id); end";

const QUEUE_POSTGRES: &str = r"
create function consent_events_queue() returns trigger language plpgsql as $$
begin
    insert into ledger_pending (event_id) values (new.id);
    return null;
end $$
--
create trigger consent_events_queue after insert on consent_events for each row execute function consent_events_queue()
";

const DOWN: &str = r"
drop table consent_renewals
--
drop table spent_proofs
--
drop table confirmation_mails
--
drop table pending_signups
--
drop table files
--
drop table organisation
--
alter table wordings drop column channel
--
alter table purposes drop column retired_at
--
alter table purposes drop column double_opt_in
--
alter table purposes drop column parent_id
--
alter table purposes drop column version
--
drop index consent_states_expiry
--
drop index consent_states_wording
--
alter table consent_states drop column wording_id
--
alter table consent_states drop column grade
--
alter table consent_events drop column file_id
--
alter table consent_events drop column caused_by
--
alter table consent_events drop column expires_at
--
alter table consent_events drop column grade
--
update submissions set status = 'dismissed' where status = 'spam'
--
alter table submissions drop column suspicion
--
drop table ledger_head
--
drop table ledger_pending
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        dialect::lift_append_only(manager, "consent_events").await?;
        dialect::run(manager, EVENTS_AND_STATES).await?;
        dialect::append_only_again(manager, "consent_events").await?;
        dialect::run(manager, LEDGER).await?;
        dialect::run(manager, if sqlite { QUEUE_SQLITE } else { QUEUE_POSTGRES }).await?;
        for (table, same) in
            [("ledger_leaves", "seq = new.seq or event_id = new.event_id"), ("ledger_checkpoints", "size = new.size")]
        {
            dialect::append_only(manager, table).await?;
            if sqlite {
                dialect::no_replacing(manager, table, same).await?;
            }
        }
        dialect::run(manager, PURPOSES).await?;
        dialect::run(manager, TABLES).await?;
        dialect::run(manager, if sqlite { SUBMISSIONS } else { SUBMISSIONS_POSTGRES }).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        let queue = if sqlite {
            "drop trigger consent_events_queue"
        } else {
            "drop trigger consent_events_queue on consent_events\n--\ndrop function consent_events_queue()"
        };
        dialect::run(manager, queue).await?;
        dialect::drop_append_only(manager, "ledger_checkpoints").await?;
        dialect::drop_append_only(manager, "ledger_leaves").await?;
        dialect::run(manager, DOWN).await
    }
}
