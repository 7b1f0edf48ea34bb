//! The history of the schema, as plain SQL. Imports no entity: entities change, history does not.
//!
//! One text serves both databases; the few words that differ stand in braces and are filled in by [`dialect`].

use sea_orm_migration::prelude::*;

mod dialect;
mod m20261123_000001_accounts;
mod m20261123_000002_audit;
mod m20261123_000003_clients;
mod m20261123_000004_consents;
mod m20261123_000005_forms;
mod m20261124_000006_audit_queue;
mod m20261124_000007_access;
mod m20261124_000008_delivery;
mod m20261124_000009_second_factors;
mod m20261124_000010_audit_head;
mod m20261124_000011_attempts;
mod m20261124_000012_no_replacing;
mod m20261125_000013_consent_proof;
mod m20261125_000014_ledger_checks;
mod m20261125_000017_expiring_consents;
mod m20261125_000018_submission_notices;
mod m20261125_000019_signups;
mod m20261125_000021_due_consents;
mod m20261125_000022_addressees;
mod m20261125_000023_jobs;
mod m20261125_000024_list;
mod m20261125_000025_imports;
mod m20261125_000026_erased_addresses;
mod m20261125_000027_client_search;
mod m20261125_000028_merges;
mod m20261125_000029_letters_to_people;
mod m20261125_000030_purpose_use;
mod m20261130_000033_exports;
mod m20261130_000040_client_words;
mod m20261130_000041_import_keys;
mod m20261130_000043_more_orders;

/// The migration before which a log without a note of where it ends is an old one. Afterwards it is one whose note was
/// taken away.
pub const LOGS_HAVE_HEADS: &str = "m20261124_000012_no_replacing";

/// The migration before which an empty consent ledger has no note of where it ends. Afterwards it is one whose note was
/// taken away.
pub const LEDGERS_HAVE_HEADS: &str = "m20261125_000029_letters_to_people";

/// The migration before which an empty audit log has no note of where it ends. Afterwards it is one whose note was taken
/// away.
pub const EMPTY_LOGS_HAVE_HEADS: &str = "m20261130_000033_exports";

/// All migrations in their order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_accounts::Migration),
            Box::new(m20261123_000002_audit::Migration),
            Box::new(m20261123_000003_clients::Migration),
            Box::new(m20261123_000004_consents::Migration),
            Box::new(m20261123_000005_forms::Migration),
            Box::new(m20261124_000006_audit_queue::Migration),
            Box::new(m20261124_000007_access::Migration),
            Box::new(m20261124_000008_delivery::Migration),
            Box::new(m20261124_000009_second_factors::Migration),
            Box::new(m20261124_000010_audit_head::Migration),
            Box::new(m20261124_000011_attempts::Migration),
            Box::new(m20261124_000012_no_replacing::Migration),
            Box::new(m20261125_000013_consent_proof::Migration),
            Box::new(m20261125_000014_ledger_checks::Migration),
            Box::new(m20261125_000017_expiring_consents::Migration),
            Box::new(m20261125_000018_submission_notices::Migration),
            Box::new(m20261125_000019_signups::Migration),
            Box::new(m20261125_000021_due_consents::Migration),
            Box::new(m20261125_000022_addressees::Migration),
            Box::new(m20261125_000023_jobs::Migration),
            Box::new(m20261125_000024_list::Migration),
            Box::new(m20261125_000025_imports::Migration),
            Box::new(m20261125_000026_erased_addresses::Migration),
            Box::new(m20261125_000027_client_search::Migration),
            Box::new(m20261125_000028_merges::Migration),
            Box::new(m20261125_000029_letters_to_people::Migration),
            Box::new(m20261125_000030_purpose_use::Migration),
            Box::new(m20261130_000033_exports::Migration),
            Box::new(m20261130_000040_client_words::Migration),
            Box::new(m20261130_000041_import_keys::Migration),
            Box::new(m20261130_000043_more_orders::Migration),
        ]
    }
}
