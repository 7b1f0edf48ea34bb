//! Clients: the list, the card, editing.

mod card_consents;
mod card_owner;
mod card_page;
mod card_parts;
pub mod columns;
pub mod draft;
mod edit_form;
mod edit_page;
pub mod export_dialog;
mod filter_bar;
pub mod filters;
mod list_page;
mod list_table;
mod query_bar;
mod reason;
mod record_dialog;
pub mod values;

pub use card_page::CardPage;
pub use columns::{Column, first_direction};
pub use edit_page::{EditPage, NewPage};
pub use list_page::ListPage;

use leptos::prelude::*;
use zgoda_api_types::clients::{FilterCondition, Sort};

/// What the list was asked last, kept while the person looks at a card and comes back.
/// Not in the address: addresses are logged and remembered, and a search names people.
#[derive(Clone, Copy)]
pub struct ListState {
    pub sort: RwSignal<Option<Sort>>,
    pub conditions: RwSignal<Vec<FilterCondition>>,
    pub search: RwSignal<String>,
    /// In the language of search.
    pub query: RwSignal<String>,
}

impl ListState {
    pub fn new() -> Self {
        Self {
            sort: RwSignal::new(None),
            conditions: RwSignal::new(Vec::new()),
            search: RwSignal::new(String::new()),
            query: RwSignal::new(String::new()),
        }
    }
}

impl Default for ListState {
    fn default() -> Self {
        Self::new()
    }
}
