//! What is being typed into a card, beside what the card held when typing began.

use super::values;
use crate::{session::Restrictions, ui::MASK};
use leptos::prelude::*;
use zgoda_api_types::{clients::ClientBody, custom_fields::CustomField};
use zgoda_domain::{
    Invalid,
    client::{BuiltinField, ClientDetails, ClientInput, ClientKind},
    custom_field::FieldKind,
    field_ref::FieldRef,
};

/// One control: its text, the text it began with, and what someone else saved meanwhile.
#[derive(Clone, Copy)]
pub struct Entry {
    pub text: RwSignal<String>,
    base: RwSignal<String>,
    /// Set when the newer version differs from what was typed here.
    pub theirs: RwSignal<Option<String>>,
    pub fixed: Fixed,
}

/// What the person's role leaves of a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixed {
    No,
    ReadOnly,
    Masked,
}

/// What of a card's fields is not the reader's.
struct Limits<'a> {
    restrictions: &'a Restrictions,
    masked: &'a [FieldRef],
}

impl Limits<'_> {
    /// The control of a field that holds `text`; `None` when there is no such field for the person.
    fn entry(&self, field: FieldRef, text: String) -> Option<Entry> {
        if self.restrictions.hides(field) {
            None
        } else if self.restrictions.opens(field) {
            Some(Entry::new(text, Fixed::No))
        } else if self.restrictions.shows(field) {
            Some(Entry::new(text, Fixed::ReadOnly))
        } else {
            let text = if self.masked.contains(&field) { MASK } else { "" };
            Some(Entry::new(text.to_owned(), Fixed::Masked))
        }
    }
}

impl Entry {
    fn new(text: String, fixed: Fixed) -> Self {
        Self { base: RwSignal::new(text.clone()), text: RwSignal::new(text), theirs: RwSignal::new(None), fixed }
    }

    /// Subscribes to the text and to its beginning.
    fn is_changed(self) -> bool {
        self.text.with(|text| self.base.with(|base| text != base))
    }

    /// Takes over a newer version: untouched controls follow it, touched ones keep what was typed.
    fn take_newer(self, newer: String) {
        if self.fixed == Fixed::Masked {
            return;
        }
        let (text, base) = (self.text.get_untracked(), self.base.get_untracked());
        let touched = text != base;
        self.theirs.set((touched && newer != base && newer != text).then(|| newer.clone()));
        if !touched {
            self.text.set(newer.clone());
        }
        self.base.set(newer);
    }

    fn read(self) -> String {
        self.text.get_untracked()
    }
}

/// A whole card being edited.
#[derive(Clone)]
pub struct Draft {
    pub kind: Entry,
    pub builtin: Vec<(BuiltinField, Entry)>,
    pub custom: Vec<(CustomField, Entry)>,
}

impl Draft {
    /// A draft that holds what `body` holds. Consent states and deleted fields are not edited; `masked` are the fields
    /// that have a value which is not in `body`.
    pub fn new(fields: &[CustomField], body: &ClientBody, restrictions: &Restrictions, masked: &[FieldRef]) -> Self {
        let limits = Limits { restrictions, masked };
        let editable = fields.iter().filter(|field| field.deleted_at.is_none() && field.kind != FieldKind::Consent);
        Self {
            kind: Entry::new(body.details.kind.code().to_owned(), Fixed::No),
            builtin: BuiltinField::ALL
                .into_iter()
                .filter(|field| !field.is_system())
                .filter_map(|field| {
                    let text = builtin_text(&body.details, field);
                    Some((field, limits.entry(FieldRef::Builtin(field), text)?))
                })
                .collect(),
            custom: editable
                .filter_map(|field| {
                    let entry = limits.entry(FieldRef::Custom(field.id), custom_text(body, field))?;
                    Some((field.clone(), entry))
                })
                .collect(),
        }
    }

    pub fn entry(&self, field: BuiltinField) -> Option<Entry> {
        self.builtin.iter().find(|(other, _)| *other == field).map(|(_, entry)| *entry)
    }

    /// Whether anything differs from the saved card; subscribes to every control.
    pub fn is_changed(&self) -> bool {
        let builtin = self.builtin.iter().map(|(_, entry)| entry.is_changed());
        let custom = self.custom.iter().map(|(_, entry)| entry.is_changed());
        // Every control is read, so that every one is subscribed to.
        builtin.chain(custom).fold(self.kind.is_changed(), |any, changed| any | changed)
    }

    /// The request, or the complaints that the server would have. (It alone knows international domain names.)
    pub fn read(&self) -> Result<ClientBody, Vec<Invalid>> {
        let mut body = ClientBody::default();
        body.details.kind = ClientKind::from_code(&self.kind.read()).unwrap_or_default();
        for (field, entry) in self.builtin.iter().filter(|(_, entry)| entry.fixed == Fixed::No) {
            body.details.set(*field, Some(entry.read()));
        }
        // The whole card has to hold together, with what is not sent because it stays as it is.
        let mut whole = body.details.clone();
        for (field, entry) in self.builtin.iter().filter(|(_, entry)| entry.fixed == Fixed::ReadOnly) {
            whole.set(*field, Some(entry.read()));
        }
        let mut complaints: Vec<Invalid> = match ClientDetails::parse(&whole) {
            Ok(_) => Vec::new(),
            Err(invalids) => invalids
                .into_vec()
                .into_iter()
                .filter(|invalid| !is_international(&body.details, &invalid.pointer))
                .map(|invalid| Invalid { pointer: format!("/details{}", invalid.pointer), rule: invalid.rule })
                .collect(),
        };
        for (field, entry) in self.custom.iter().filter(|(_, entry)| entry.fixed == Fixed::No) {
            let value =
                values::parse(field.kind, &entry.read()).and_then(|value| values::check(field, &value).map(|()| value));
            match value {
                Ok(value) if value.is_null() => {}
                Ok(value) => {
                    body.custom.insert(field.id, value);
                }
                Err(rule) => complaints.push(Invalid { pointer: format!("/custom/{}", field.id), rule }),
            }
        }
        if complaints.is_empty() { Ok(body) } else { Err(complaints) }
    }

    /// Takes over what someone else saved, and keeps what was typed here.
    pub fn take_newer(&self, newer: &ClientBody) {
        self.kind.take_newer(newer.details.kind.code().to_owned());
        for (field, entry) in &self.builtin {
            entry.take_newer(builtin_text(&newer.details, *field));
        }
        for (field, entry) in &self.custom {
            entry.take_newer(custom_text(newer, field));
        }
    }
}

fn builtin_text(details: &ClientInput, field: BuiltinField) -> String {
    details.get(field).unwrap_or_default().to_owned()
}

fn custom_text(body: &ClientBody, field: &CustomField) -> String {
    body.custom.get(&field.id).map_or_else(String::new, |value| values::typed(field.kind, value))
}

/// Whether the complaint is about a web address that is not written in ASCII.
fn is_international(details: &ClientInput, pointer: &str) -> bool {
    pointer == "/website" && details.get(BuiltinField::Website).is_some_and(|address| !address.is_ascii())
}
