//! Formularze: the list, the editor, embedding.

mod appearance;
pub mod arrange;
mod canvas;
mod consent;
pub mod contrast;
mod dragging;
mod editor;
mod editor_page;
mod embed;
mod endings;
mod file;
pub mod history;
mod list_page;
mod marks;
mod options;
mod palette;
pub mod places;
pub mod preview;
mod properties;
mod settings;
pub mod snippets;
mod versions;

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
