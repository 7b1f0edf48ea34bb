//! What people come for. Features use `ui` and each other's links, not each other.

pub mod account;
pub mod audit;
pub mod clients;
pub mod custom_fields;
pub mod forms;
pub mod purposes;
pub mod settings;
pub mod submissions;
