//! A form being edited: its definition in one signal, and which field is chosen.

use crate::{
    data::Sending,
    problems::rule_words,
    words::{Words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::{consents::Purpose, custom_fields::CustomField};
use zgoda_domain::form::{FileRules, FormDefinition, FormField, FormFieldKind};

/// The editor's state; shared by its panels.
#[derive(Clone, Copy)]
pub struct Editor {
    pub name: RwSignal<String>,
    pub definition: RwSignal<FormDefinition>,
    /// Key of the chosen field.
    pub selected: RwSignal<Option<String>>,
    pub sending: Sending,
    pub fields: Signal<Vec<CustomField>>,
    pub purposes: Signal<Vec<Purpose>>,
}

impl Editor {
    /// Place of the field with this key; subscribes to the definition.
    pub fn position(self, key: &str) -> Option<usize> {
        self.definition.with(|definition| definition.fields.iter().position(|field| field.key == key))
    }

    /// The field with this key; subscribes to the definition.
    pub fn field(self, key: &str) -> Option<FormField> {
        self.definition.with(|definition| definition.fields.iter().find(|field| field.key == key).cloned())
    }

    pub fn change(self, key: &str, change: impl FnOnce(&mut FormField)) {
        self.definition.update(|definition| {
            if let Some(field) = definition.fields.iter_mut().find(|field| field.key == key) {
                change(field);
            }
        });
    }

    /// Adds a field at the end, and chooses it.
    pub fn add(self, w: &Words, kind: FormFieldKind) {
        let field = self.definition.with_untracked(|definition| new_field(w, kind, &definition.fields));
        let key = field.key.clone();
        self.definition.update(|definition| definition.fields.push(field));
        self.selected.set(Some(key));
    }

    pub fn remove(self, key: &str) {
        self.definition.update(|definition| definition.fields.retain(|field| field.key != key));
        if self.selected.with_untracked(|selected| selected.as_deref() == Some(key)) {
            self.selected.set(None);
        }
    }

    /// Moves a field by one place up or down.
    pub fn shift(self, key: &str, down: bool) {
        self.definition.update(|definition| {
            let Some(at) = definition.fields.iter().position(|field| field.key == key) else { return };
            let to = if down { at + 1 } else { at.wrapping_sub(1) };
            if to < definition.fields.len() {
                definition.fields.swap(at, to);
            }
        });
    }

    /// Moves a field to the place of another one.
    pub fn drop_at(self, key: &str, target: &str) {
        self.definition.update(|definition| {
            let place = |key: &str| definition.fields.iter().position(|field| field.key == key);
            if let (Some(from), Some(to)) = (place(key), place(target)) {
                let field = definition.fields.remove(from);
                definition.fields.insert(to.min(definition.fields.len()), field);
            }
        });
    }

    /// The first complaint at a place of the definition or below it, in words.
    pub fn problem(self, place: impl Fn() -> Option<String> + Send + Sync + 'static) -> Signal<Option<String>> {
        let w = use_words();
        Signal::derive(move || {
            let place = place()?;
            let failure = self.sending.failure()?;
            let found = failure.complaints().iter().find(|invalid| {
                let rest = within_definition(&invalid.pointer).strip_prefix(place.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })?;
            Some(rule_words(w, &found.rule))
        })
    }

    /// The complaint about one part of one field.
    pub fn field_problem(self, key: &str, part: &'static str) -> Signal<Option<String>> {
        let key = key.to_owned();
        self.problem(move || Some(format!("/fields/{}{part}", self.position(&key)?)))
    }
}

/// The pointer within the definition: saving and publishing name it from different roots.
pub fn within_definition(pointer: &str) -> &str {
    pointer.strip_prefix("/definition").unwrap_or(pointer)
}

/// A field as it is when its button is pressed, with a key that none of `taken` has.
pub fn new_field(w: &Words, kind: FormFieldKind, taken: &[FormField]) -> FormField {
    let base = match kind {
        FormFieldKind::ShortText => "text",
        FormFieldKind::LongText => "message",
        FormFieldKind::Email => "email",
        FormFieldKind::Phone => "phone",
        FormFieldKind::Number => "number",
        FormFieldKind::Date => "date",
        FormFieldKind::Select => "list",
        FormFieldKind::Radio => "choice",
        FormFieldKind::Checkbox => "tick",
        FormFieldKind::Consent => "consent",
        FormFieldKind::File => "file",
        FormFieldKind::Hidden => "hidden",
        FormFieldKind::Heading => "heading",
        FormFieldKind::StaticText => "note",
    };
    let free = |key: &String| taken.iter().all(|field| field.key != *key);
    let numbered = (2..=taken.len() + 2).map(|number| format!("{base}_{number}"));
    let key = std::iter::once(base.to_owned()).chain(numbered).find(free).unwrap_or_default();
    FormField {
        key,
        kind,
        label: w.form_field_kind(kind).to_owned(),
        hint: None,
        required: false,
        options: if kind.has_options() {
            vec![format!("{} 1", w.option), format!("{} 2", w.option)]
        } else {
            Vec::new()
        },
        target: None,
        consent: None,
        file: (kind == FormFieldKind::File).then(FileRules::default),
    }
}
