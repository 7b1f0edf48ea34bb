//! Role i uprawnienia: what a role says by itself, what it inherits, and what comes of it.

pub mod draft;
mod editor;
mod editor_page;
mod effect;
mod field_rights;
mod limits;
mod list_page;

pub use editor_page::{NewPage, RolePage};
pub use list_page::ListPage;
