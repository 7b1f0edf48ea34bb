//! Importy: clients from a file, in steps that say what happens next.

mod check_step;
mod column_row;
mod columns_step;
mod file_step;
mod fix_row;
mod import_page;
mod list_page;
mod missing_tags;
mod origin_step;
pub mod plan;
mod run_step;
mod upload;

pub use import_page::ImportPage;
pub use list_page::ListPage;
