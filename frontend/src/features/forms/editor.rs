//! A form being edited: its definition in one signal, which field is chosen, and what can be taken back.

use super::{arrange, history::History};
use crate::{
    browser,
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
    pub history: RwSignal<History>,
    /// Rises when the definition was replaced from outside the panels: they then show it anew.
    pub revision: RwSignal<u32>,
    /// What screen readers are told.
    pub said: RwSignal<String>,
    /// The label of the field that was deleted last, for as long as nothing else happened.
    pub deleted: RwSignal<Option<String>>,
    /// The state that the history knows.
    noted: StoredValue<FormDefinition>,
}

impl Editor {
    pub fn new(
        name: &str,
        definition: &FormDefinition,
        sending: Sending,
        fields: Signal<Vec<CustomField>>,
        purposes: Signal<Vec<Purpose>>,
    ) -> Self {
        let editor = Self {
            name: RwSignal::new(name.to_owned()),
            definition: RwSignal::new(definition.clone()),
            selected: RwSignal::new(None),
            sending,
            fields,
            purposes,
            history: RwSignal::new(History::default()),
            revision: RwSignal::new(0),
            said: RwSignal::new(String::new()),
            deleted: RwSignal::new(None),
            noted: StoredValue::new(definition.clone()),
        };
        Effect::new(move || {
            editor.definition.track();
            editor.note();
        });
        editor
    }

    /// Takes the present state down, if it is another than the last one.
    fn note(self) {
        let before = self.noted.get_value();
        self.definition.with_untracked(|now| {
            if *now != before {
                self.noted.set_value(now.clone());
                self.deleted.set(None);
                self.history.update(|history| history.note(before, now));
            }
        });
    }

    /// Puts a definition in the place of the present one, as a step that can be taken back.
    pub fn replace(self, definition: FormDefinition) {
        self.definition.set(definition);
        self.note();
        self.show_anew();
    }

    /// Takes over what the server made of the texts; no step of its own.
    pub fn adopt(self, definition: FormDefinition) {
        self.noted.set_value(definition.clone());
        self.definition.set(definition);
        self.show_anew();
    }

    fn show_anew(self) {
        self.deleted.set(None);
        let gone = |key: &String| self.definition.with_untracked(|it| arrange::place(it, key).is_none());
        if self.selected.with_untracked(|selected| selected.as_ref().is_some_and(gone)) {
            self.selected.set(None);
        }
        self.revision.update(|revision| *revision = revision.wrapping_add(1));
    }

    /// Takes the last step back. Says whether there was one.
    pub fn undo(self) -> bool {
        self.step(History::undo)
    }

    /// Takes the last undo back.
    pub fn redo(self) -> bool {
        self.step(History::redo)
    }

    fn step(self, go: fn(&mut History, FormDefinition) -> Option<FormDefinition>) -> bool {
        self.note();
        let now = self.definition.get_untracked();
        let mut found = None;
        self.history.update(|history| found = go(history, now));
        let stepped = found.is_some();
        if let Some(definition) = found {
            self.adopt(definition);
        }
        stepped
    }

    /// Place of the field with this key; subscribes to the definition.
    pub fn position(self, key: &str) -> Option<usize> {
        self.definition.with(|definition| arrange::place(definition, key))
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

    /// A change of the fields' order or number: one step of its own.
    fn rearrange<T>(self, change: impl FnOnce(&mut FormDefinition) -> T) -> T {
        self.note();
        let mut definition = self.definition.get_untracked();
        let outcome = change(&mut definition);
        if self.definition.with_untracked(|now| *now != definition) {
            self.definition.set(definition);
            self.note();
        }
        outcome
    }

    /// Adds a field in a gap, or at the end, and chooses it.
    pub fn add(self, w: &Words, kind: FormFieldKind, gap: Option<usize>) {
        let key = self.rearrange(|definition| {
            let field = new_field(w, kind, &definition.fields);
            let key = field.key.clone();
            arrange::insert_at(definition, gap.unwrap_or(definition.fields.len()), field);
            key
        });
        self.tell_place(&key);
        self.selected.set(Some(key));
    }

    /// Takes a field away; it can be taken back.
    pub fn remove(self, key: &str) {
        let label = untrack(|| self.field(key)).map(|field| field.label);
        let next = self.rearrange(|definition| arrange::remove(definition, key));
        if self.selected.with_untracked(|selected| selected.as_deref() == Some(key)) {
            self.selected.set(None);
        }
        self.deleted.set(label);
        focus_soon(next.map_or_else(|| "add-field".to_owned(), |next| name_id(&next)));
    }

    /// Puts a copy below a field, and chooses it.
    pub fn duplicate(self, key: &str) {
        if let Some(copy) = self.rearrange(|definition| arrange::duplicate(definition, key)) {
            self.tell_place(&copy);
            focus_soon(name_id(&copy));
            self.selected.set(Some(copy));
        }
    }

    /// Moves a field by one place up or down. Says whether it could.
    pub fn shift(self, key: &str, down: bool) -> bool {
        let moved = self.rearrange(|definition| arrange::shift(definition, key, down));
        self.tell_place(key);
        moved
    }

    /// Moves a field into a gap.
    pub fn move_to_gap(self, key: &str, gap: usize) {
        if self.rearrange(|definition| arrange::move_to_gap(definition, key, gap)) {
            self.tell_place(key);
        }
    }

    /// Gives a field another key. Says whether it was free.
    pub fn rename(self, old: &str, new: &str) -> bool {
        let renamed = self.rearrange(|definition| arrange::rename(definition, old, new));
        if renamed {
            self.selected.set(Some(new.to_owned()));
        }
        renamed
    }

    /// One tick for each channel that the purpose has none for, below a field.
    pub fn one_tick_per_channel(self, w: &Words, key: &str, purpose: &Purpose) {
        self.rearrange(|definition| arrange::one_tick_per_channel(w, definition, key, purpose));
    }

    /// Takes back steps that were only tried.
    pub fn call_off(self, steps: usize) {
        for _ in 0..steps {
            self.undo();
        }
        self.history.update(History::forget_undone);
    }

    /// Tells screen readers where a field stands now.
    pub fn tell_place(self, key: &str) {
        let f = crate::words::use_forms_words();
        let text = self.definition.with_untracked(|definition| {
            let at = arrange::place(definition, key)?;
            let label = &definition.fields.get(at)?.label;
            Some(f.field_place(label, at + 1, definition.fields.len()))
        });
        self.said.set(text.unwrap_or_default());
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

    /// The first complaint at a fixed place or below it.
    pub fn problem_at(self, place: &'static str) -> Signal<Option<String>> {
        self.problem(move || Some(place.to_owned()))
    }

    /// The complaint about one part of one field.
    pub fn field_problem(self, key: &str, part: &'static str) -> Signal<Option<String>> {
        let key = key.to_owned();
        self.problem(move || Some(format!("/fields/{}{part}", self.position(&key)?)))
    }
}

/// The id of the button that chooses a field.
pub fn name_id(key: &str) -> String {
    format!("pick-{key}")
}

/// The id of the button that moves a field.
pub fn grip_id(key: &str) -> String {
    format!("grip-{key}")
}

/// Focuses an element by its id, once pending changes are on the page.
pub fn focus_soon(id: String) {
    set_timeout(move || browser::focus_id(&id), std::time::Duration::ZERO);
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
    FormField {
        key: arrange::free_key(base, taken),
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
