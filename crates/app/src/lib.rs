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
mod spreadsheet;

pub mod accounts;
pub mod api_keys;
pub mod audit;
pub mod clients;
pub mod consents;
pub mod custom_fields;
pub mod delivery;
pub mod demo;
pub mod forms;
pub mod gate;
pub mod jobs;
pub mod outbox;
pub mod passwords;
pub mod published_forms;
pub mod role_book;
pub mod roles;
pub mod second_factors;
pub mod security;
pub mod sessions;
pub mod spam;
pub mod staff;
pub mod subject_data;
pub mod submissions;
pub mod unlock;

pub use context::{Clock, Ctx, SystemClock};
pub use error::AppError;
