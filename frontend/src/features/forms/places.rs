//! Where the server's complaints belong: from a JSON pointer to a field, a control, and a name for people.

use super::editor::{Editor, within_definition};
use crate::{
    ui::field_id,
    words::{Words, use_forms_words},
};
use leptos::prelude::*;
use zgoda_domain::form::FormDefinition;

/// Where a pointer leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The form's name.
    Name,
    /// The list of fields as a whole.
    Fields,
    /// A field by its key, and the id of the control in its panel.
    Field { key: String, control: String },
    /// The id of a control below Więcej opcji.
    Setting(String),
}

impl Place {
    pub fn of(pointer: &str, definition: &FormDefinition) -> Self {
        let pointer = within_definition(pointer);
        let mut parts = pointer.trim_start_matches('/').split('/');
        match parts.next() {
            Some("name") => Self::Name,
            Some("fields") => {
                let field = parts.next().and_then(|at| definition.fields.get(at.parse::<usize>().ok()?));
                let Some(field) = field else { return Self::Fields };
                let control = match (parts.next(), parts.next()) {
                    (Some("consent"), Some(part @ ("channel" | "wording_id"))) => format!("/field/consent/{part}"),
                    (Some("file"), Some("max_bytes")) => "/field/file/max_bytes".to_owned(),
                    (Some("file"), _) => "/field/file/types".to_owned(),
                    (Some("kind") | None, _) => "/field/label".to_owned(),
                    (Some(part), _) => format!("/field/{part}"),
                };
                Self::Field { key: field.key.clone(), control: field_id(&control) }
            }
            // Lists are edited as one text, whose control bears the list's pointer.
            Some(list @ ("allowed_origins" | "notify")) => Self::Setting(field_id(&format!("/{list}"))),
            _ => Self::Setting(field_id(pointer)),
        }
    }
}

/// What a pointer of the definition is called on the page.
pub fn name_of(w: &'static Words, editor: Editor, pointer: &str) -> Option<String> {
    let f = use_forms_words();
    let mut parts = within_definition(pointer).trim_start_matches('/').split('/');
    let part_label = |part: &str| match part {
        "name" => Some(w.form_name),
        "title" => Some(w.form_title),
        "mapping" => Some(w.mapping),
        "thank_you" => Some(w.thank_you),
        "submit_label" => Some(w.submit_label),
        "redirect_url" => Some(w.redirect_url),
        "allowed_origins" => Some(w.allowed_origins),
        "fields" => Some(w.fields),
        "label" => Some(w.label),
        "hint" => Some(w.hint),
        "options" => Some(w.options),
        "target" => Some(w.target),
        "consent" => Some(w.purpose),
        "file" => Some(f.file_types),
        "required" => Some(w.required),
        "key" => Some(w.answer_key),
        "anonymous" => Some(w.anonymous),
        "confirm_first" => Some(f.confirm_first),
        "strict" => Some(f.strict),
        "opens_at" => Some(f.opens_at),
        "closes_at" => Some(f.closes_at),
        "quota" => Some(f.quota),
        "notify" => Some(f.notify),
        "reply" => Some(f.reply),
        "appearance" => Some(f.section_looks),
        "endings" => Some(f.section_endings),
        _ => None,
    };
    let first = parts.next()?;
    let at = parts.next().and_then(|at| at.parse::<usize>().ok());
    match (first, at) {
        ("endings", Some(at)) => Some(f.ending(at + 1)),
        ("fields", Some(at)) => {
            let name = editor.definition.with_untracked(|it| it.fields.get(at).map(|field| field.label.clone()))?;
            Some(match parts.next().and_then(part_label) {
                Some(part) => format!("„{name}” · {part}"),
                None => format!("„{name}”"),
            })
        }
        _ => part_label(first).map(str::to_owned),
    }
}
