//! The only crate that speaks SQL: loads and stores domain types inside a [`Tx`], on SQLite and PostgreSQL alike.
//!
//! Writes go through [`Db::begin`] and are kept only by [`Tx::commit`] with the audit event that accounts for them.
//! On SQLite there is one writer; transactions that wait for it share one durable commit (group commit). Sensitive
//! values are sealed and opened here, so that nothing above ever sees a stored ciphertext.

mod db;
mod entity;
mod error;
mod group;
mod keys;
mod sequencer;
mod tx;

pub mod accounts;
pub mod api_keys;
pub mod attempts;
pub mod audit;
pub mod client_estimate;
pub mod client_list;
pub mod client_windows;
pub mod clients;
pub mod consent_check;
pub mod consents;
pub mod custom_fields;
pub mod duplicates;
pub mod file_chunks;
pub mod files;
pub mod forms;
pub mod idempotency;
pub mod import_cards;
pub mod imports;
pub mod jobs;
pub mod ledger;
pub mod merges;
pub mod notices;
pub mod one_time_tokens;
pub mod organisation;
pub mod origins;
pub mod outbox;
pub mod purposes;
pub mod quick_search;
pub mod renewals;
pub mod roles;
pub mod saved_filters;
mod search_plan;
mod search_sql;
mod searches;
pub mod second_factors;
pub mod security;
pub mod signups;
pub mod spent_proofs;
pub mod submissions;
pub mod tags;
pub mod wordings;

pub use db::{Db, Vault};
pub use error::{DbError, Unique, Unquoted};
pub use keys::KeyedClient;
pub use searches::Searching;
pub use sequencer::Linking;
pub use tx::{Adds, Append, Reader, Source, Tx};
