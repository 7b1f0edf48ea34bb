//! What the business means: types that cannot hold nonsense, and the rules about them.
//!
//! No I/O, no clock, no randomness: time and entropy are arguments. Builds for the browser too, so that the
//! single-page app runs the very parsers the server trusts.

pub mod access;
pub mod account;
pub mod audit;
pub mod bulk;
pub mod client;
mod code;
#[cfg(feature = "normalisation")]
pub mod collation;
pub mod consent;
pub mod custom_field;
pub mod email;
pub mod export;
pub mod field_ref;
pub mod file;
pub mod form;
pub mod form_conduct;
pub mod form_templates;
pub mod id;
pub mod import;
pub mod job;
pub mod list;
pub mod mapping;
pub mod merge;
pub mod message;
pub mod organisation;
pub mod purposes;
pub mod quick_search;
pub mod receipt;
pub mod recorded;
pub mod registry;
pub mod renewal;
pub mod rule;
pub mod saved_filter;
pub mod search;
pub mod second_factor;
pub mod security;
pub mod sheet;
pub mod spreadsheet;
pub mod submission;
pub mod tag;
pub mod text;
pub mod visitor_files;

pub use rule::{Invalid, Invalids, Rule};
