//! The columns of the list: built-in fields, custom fields and consents.

use crate::{session::Restrictions, words::Words};
use serde_json::Value;
use zgoda_api_types::{
    clients::{ClientCard, ClientRow},
    custom_fields::CustomField,
};
use zgoda_domain::{client::BuiltinField, custom_field::FieldKind, field_ref::FieldRef, list::Direction};

/// A field as a column and as something to filter by.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub field: FieldRef,
    pub label: String,
    pub kind: FieldKind,
    /// Choices of a select.
    pub options: Vec<String>,
    pub sortable: bool,
    /// Sealed: never shown in the list, found by exact value only.
    pub sealed: bool,
}

impl Column {
    pub fn builtin(w: &Words, field: BuiltinField) -> Self {
        Self {
            field: FieldRef::Builtin(field),
            label: w.builtin(field).to_owned(),
            kind: if field.is_system() { FieldKind::Datetime } else { FieldKind::ShortText },
            options: Vec::new(),
            sortable: field.is_sortable(),
            sealed: field.is_sealed(),
        }
    }

    pub fn custom(w: &Words, field: &CustomField) -> Self {
        Self {
            field: FieldRef::Custom(field.id),
            label: w.field_name(field),
            kind: field.kind,
            options: field.options.clone(),
            sortable: field.sortable,
            sealed: field.sensitive,
        }
    }

    /// What the row holds in this column.
    pub fn value(&self, row: &ClientRow) -> Value {
        match self.field {
            FieldRef::Custom(id) => row.custom.get(&id).cloned().unwrap_or(Value::Null),
            FieldRef::Builtin(BuiltinField::CreatedAt) => row.created_at.to_rfc3339().into(),
            FieldRef::Builtin(BuiltinField::UpdatedAt) => row.updated_at.to_rfc3339().into(),
            FieldRef::Builtin(BuiltinField::Name) => Value::from(row.name.as_str()),
            FieldRef::Builtin(field) => text_of(row, field).cloned().flatten().into(),
        }
    }

    /// Puts into the row what its card holds now.
    pub fn take(&self, row: &mut ClientRow, card: &ClientCard) {
        match self.field {
            FieldRef::Custom(id) => {
                row.custom.remove(&id);
                if let Some(value) = card.custom.get(&id) {
                    row.custom.insert(id, value.clone());
                }
            }
            FieldRef::Builtin(BuiltinField::Name) => row.name = card.details.name.clone().unwrap_or_default(),
            FieldRef::Builtin(field) => {
                if let Some(text) = text_of_mut(row, field) {
                    *text = card.details.get(field).map(str::to_owned);
                }
            }
        }
        row.version = card.version;
        row.updated_at = card.updated_at;
    }
}

macro_rules! text_of {
    ($name:ident, $($mutability:tt)?) => {
        /// Where a row holds the text of a built-in field.
        const fn $name(row: &$($mutability)? ClientRow, field: BuiltinField) -> Option<&$($mutability)? Option<String>> {
            Some(match field {
                BuiltinField::FirstName => &$($mutability)? row.first_name,
                BuiltinField::LastName => &$($mutability)? row.last_name,
                BuiltinField::Position => &$($mutability)? row.position,
                BuiltinField::Email => &$($mutability)? row.email,
                BuiltinField::Phone => &$($mutability)? row.phone,
                BuiltinField::MobilePhone => &$($mutability)? row.mobile_phone,
                BuiltinField::Website => &$($mutability)? row.website,
                BuiltinField::Nip => &$($mutability)? row.nip,
                BuiltinField::Regon => &$($mutability)? row.regon,
                BuiltinField::Street => &$($mutability)? row.street,
                BuiltinField::PostCode => &$($mutability)? row.post_code,
                BuiltinField::City => &$($mutability)? row.city,
                BuiltinField::Country => &$($mutability)? row.country,
                BuiltinField::ExternalId => &$($mutability)? row.external_id,
                BuiltinField::Name
                | BuiltinField::Pesel
                | BuiltinField::Note
                | BuiltinField::CreatedAt
                | BuiltinField::UpdatedAt => return None,
            })
        }
    };
}

text_of!(text_of,);
text_of!(text_of_mut, mut);

/// A checkbox column shows Tak first; a second click brings Nie up. Everything else starts from A.
pub fn first_direction(kind: FieldKind) -> Direction {
    match kind {
        FieldKind::Checkbox => Direction::Desc,
        _ => Direction::Asc,
    }
}

/// All columns that the list can show, the name first. Masked ones show where there is a value, in no order.
pub fn available(w: &Words, fields: &[CustomField], restrictions: &Restrictions) -> Vec<Column> {
    let live = fields.iter().filter(|field| field.deleted_at.is_none() && !field.sensitive);
    BuiltinField::ALL
        .into_iter()
        // Opened one by one: a row would have to unseal it, and a note is too long for a row.
        .filter(|field| !field.is_sealed() && *field != BuiltinField::Note)
        .map(|field| Column::builtin(w, field))
        .chain(live.map(|field| Column::custom(w, field)))
        .filter(|column| !restrictions.hides(column.field))
        .map(|column| Column { sortable: column.sortable && restrictions.shows(column.field), ..column })
        .collect()
}

/// All fields that the list can be filtered by.
pub fn filterable(w: &Words, fields: &[CustomField], restrictions: &Restrictions) -> Vec<Column> {
    let builtin = BuiltinField::ALL.into_iter().filter(|field| field.is_sortable() || field.is_sealed());
    let custom = fields.iter().filter(|field| field.deleted_at.is_none() && (field.sortable || field.sensitive));
    builtin
        .map(|field| Column::builtin(w, field))
        .chain(custom.map(|field| Column::custom(w, field)))
        .filter(|column| restrictions.shows(column.field))
        .collect()
}
