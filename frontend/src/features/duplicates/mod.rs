//! Duplikaty: cards that look like one person's, and making two of them one.

pub mod choices;
mod list_page;
mod merge_consents;
mod merge_page;
mod merge_rows;
mod merged_note;
mod proposal;

pub use list_page::ListPage;
pub use merge_page::MergePage;
