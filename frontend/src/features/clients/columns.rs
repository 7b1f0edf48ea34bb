//! The columns of the list: built-in fields, custom fields and consents.

use crate::{session::Restrictions, words::Words};
use serde_json::Value;
use zgoda_api_types::{clients::ClientRow, custom_fields::CustomField};
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

const SHOWN: [BuiltinField; 7] = [
    BuiltinField::Name,
    BuiltinField::Email,
    BuiltinField::Phone,
    BuiltinField::City,
    BuiltinField::Nip,
    BuiltinField::CreatedAt,
    BuiltinField::UpdatedAt,
];
const DEFAULT: [BuiltinField; 4] =
    [BuiltinField::Email, BuiltinField::Phone, BuiltinField::City, BuiltinField::CreatedAt];

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

    pub fn custom(field: &CustomField) -> Self {
        Self {
            field: FieldRef::Custom(field.id),
            label: field.name.clone(),
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
            FieldRef::Builtin(BuiltinField::Name) => Value::from(row.name.as_str()),
            FieldRef::Builtin(BuiltinField::Email) => row.email.clone().into(),
            FieldRef::Builtin(BuiltinField::Phone) => row.phone.clone().into(),
            FieldRef::Builtin(BuiltinField::City) => row.city.clone().into(),
            FieldRef::Builtin(BuiltinField::LastName) => row.last_name.clone().into(),
            FieldRef::Builtin(BuiltinField::PostCode) => row.post_code.clone().into(),
            FieldRef::Builtin(BuiltinField::ExternalId) => row.external_id.clone().into(),
            FieldRef::Builtin(BuiltinField::Nip) => row.nip.clone().into(),
            FieldRef::Builtin(BuiltinField::CreatedAt) => row.created_at.to_rfc3339().into(),
            FieldRef::Builtin(BuiltinField::UpdatedAt) => row.updated_at.to_rfc3339().into(),
            FieldRef::Builtin(_) => Value::Null,
        }
    }
}

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
    SHOWN
        .into_iter()
        .map(|field| Column::builtin(w, field))
        .chain(live.map(Column::custom))
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
        .chain(custom.map(Column::custom))
        .filter(|column| restrictions.shows(column.field))
        .collect()
}

/// The chosen columns in their order; the name always stands first.
pub fn chosen(available: &[Column], choice: Option<&[FieldRef]>) -> Vec<Column> {
    let name = FieldRef::Builtin(BuiltinField::Name);
    let default: Vec<FieldRef> = DEFAULT.into_iter().map(FieldRef::Builtin).collect();
    let wanted = choice.unwrap_or(&default);
    std::iter::once(&name)
        .chain(wanted.iter().filter(|field| **field != name))
        .filter_map(|field| available.iter().find(|column| column.field == *field).cloned())
        .collect()
}
