//! Formularze: the list, the editor, embedding.

mod editor;
mod editor_page;
mod embed;
mod fields_panel;
mod list_page;
mod more_options;
pub mod preview;
mod properties;
pub mod snippets;

pub use editor::new_field;
pub use editor_page::EditorPage;
pub use list_page::ListPage;

use crate::{
    ui::{Badge, Tone},
    words::Words,
};
use leptos::prelude::*;
use zgoda_api_types::forms::FormStatus;

/// The mark of a form's status.
fn status_mark(w: &Words, status: FormStatus) -> impl IntoView + use<> {
    let tone = match status {
        FormStatus::Draft => Tone::Off,
        FormStatus::Live => Tone::Good,
        FormStatus::Closed => Tone::Bad,
    };
    view! { <Badge tone label=w.form_status(status) /> }
}
