//! Custom fields: adding one, and managing all of them.

mod add_dialog;
mod fields_page;

pub use add_dialog::AddFieldDialog;
pub use fields_page::FieldsPage;
