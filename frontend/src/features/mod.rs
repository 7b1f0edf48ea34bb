//! What people come for. Features use `ui` and each other's links, not each other.

pub mod account;
pub mod api_keys;
pub mod audit;
pub mod clients;
pub mod custom_fields;
pub mod duplicates;
pub mod expiring;
pub mod forms;
pub mod imports;
pub mod jobs;
pub mod ledger;
pub mod organisation;
pub mod purposes;
pub mod quick_search;
pub mod roles;
pub mod security;
pub mod settings;
pub mod staff;
pub mod submissions;
pub mod tags;
