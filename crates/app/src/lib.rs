//! What users and schedules ask for: one function, one permit, one transaction, one audit event.
//!
//! Knows no HTTP and no SQL.

mod context;
mod error;
mod guesses;
mod hashing;
mod letters;
mod one_time_tokens;
mod recent;
mod sessions_cache;
pub mod spoken_time;
mod wording_diff;

pub mod accounts;
pub mod api_keys;
pub mod audit;
pub mod bulk;
pub mod clients;
pub mod confirmation;
pub mod consents;
pub mod custom_fields;
pub mod delivery;
pub mod demo;
pub mod duplicates;
pub mod exports;
pub mod files;
pub mod form_mails;
pub mod forms;
pub mod gate;
pub mod imports;
pub mod jobs;
pub mod ledger;
pub mod listing;
pub mod locks;
pub mod merges;
pub mod organisation;
pub mod outbox;
pub mod passwords;
pub mod places;
pub mod published_forms;
pub mod purposes;
pub mod quick_search;
pub mod receipts;
pub mod recorded;
pub mod renewals;
pub mod role_book;
pub mod roles;
pub mod saved_filters;
pub mod search_language;
pub mod second_factors;
pub mod security;
pub mod sessions;
pub mod sheet_reader;
pub mod signing_in;
pub mod signups;
pub mod spam;
pub mod staff;
pub mod subject_data;
pub mod submission_files;
pub mod submissions;
pub mod tags;
pub mod work;

pub use context::{Clock, Ctx, SystemClock};
pub use error::AppError;
