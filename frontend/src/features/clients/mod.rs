//! Clients: the list, the card, editing.

mod bulk_bar;
mod bulk_dialog;
mod bulk_job;
mod card_consents;
mod card_merges;
mod card_nav;
mod card_owner;
mod card_page;
mod card_parts;
mod cell_edit;
mod column_chooser;
pub mod columns;
pub mod draft;
mod edit_form;
mod edit_page;
pub mod export_dialog;
mod filter_bar;
mod filter_dialog;
pub mod filters;
mod list_head;
mod list_keys;
mod list_page;
mod list_row;
pub mod list_state;
mod list_table;
mod preview;
mod query_bar;
mod query_builder;
mod query_editor;
mod query_tree;
mod reason;
mod record_dialog;
mod saved_filters;
pub mod table_columns;
mod tags;
mod value_field;
pub mod values;

pub use card_page::CardPage;
pub use columns::{Column, first_direction};
pub use edit_page::{EditPage, NewPage};
pub use list_page::ListPage;
pub use list_row::tone as consent_tone;
pub use list_state::ListState;
pub use reason::{ReasonGate, needs_reason};

use list_state::Spot;
