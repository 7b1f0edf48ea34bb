//! Klucze API: what programs present instead of a session.

mod create_dialog;
mod keys_page;
pub mod snippet;

pub use keys_page::KeysPage;
