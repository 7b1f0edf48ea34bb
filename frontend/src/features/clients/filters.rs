//! Conditions of the list: which comparisons a field offers, and how a condition reads.

use super::{columns::Column, values};
use crate::{session::Restrictions, words::Words};
use serde_json::Value;
use zgoda_api_types::clients::FilterCondition;
use zgoda_domain::{
    Rule, client::BuiltinField, custom_field::FieldKind, email::EmailAddress, field_ref::FieldRef, list::Operator,
    quick_search::TRIGRAM, registry::Nip,
};

/// The comparisons that make sense for a field.
pub fn operators(column: &Column) -> &'static [Operator] {
    use Operator::{Contains, Eq, Gt, Gte, IsEmpty, IsSet, Lt, Lte, Ne};
    if column.sealed {
        return &[Eq];
    }
    match (column.field, column.kind) {
        (FieldRef::Builtin(BuiltinField::Name), _) => &[Contains, Eq, Ne],
        (FieldRef::Builtin(field), _) if field.is_system() => &[Gte, Lt],
        (_, FieldKind::Checkbox) => &[Eq],
        (_, FieldKind::Integer | FieldKind::Decimal | FieldKind::Date) => &[Eq, Ne, Lt, Lte, Gt, Gte, IsEmpty, IsSet],
        (_, FieldKind::Datetime) => &[Gte, Lt, IsEmpty, IsSet],
        (_, FieldKind::ShortText) => &[Eq, Ne, Contains, IsEmpty, IsSet],
        _ => &[Eq, Ne, IsEmpty, IsSet],
    }
}

/// Whether the comparison needs a value beside it.
pub fn needs_value(operator: Operator) -> bool {
    !matches!(operator, Operator::IsEmpty | Operator::IsSet)
}

/// The condition for what was typed.
pub fn condition(column: &Column, operator: Operator, typed: &str) -> Result<FilterCondition, Rule> {
    let value = if needs_value(operator) {
        match values::parse(column.kind, typed)? {
            Value::Null => return Err(Rule::Required),
            value => value,
        }
    } else {
        Value::Null
    };
    Ok(FilterCondition { field: column.field, operator, value })
}

/// The condition in words, for its chip: `Umowa: Nie`, `Miasto jest Kielce`.
pub fn sentence(w: &Words, columns: &[Column], condition: &FilterCondition) -> String {
    let column = columns.iter().find(|column| column.field == condition.field);
    let label = column.map_or(w.deleted_field, |column| column.label.as_str());
    let kind = column.map_or(FieldKind::ShortText, |column| column.kind);
    let operator = w.operator(condition.operator);
    match (needs_value(condition.operator), kind, condition.operator) {
        (false, _, _) => format!("{label} {operator}"),
        (true, FieldKind::Checkbox | FieldKind::Consent, Operator::Eq) => {
            format!("{label}: {}", values::shown(w, kind, &condition.value))
        }
        (true, _, _) => format!("{label} {operator} {}", values::shown(w, kind, &condition.value)),
    }
}

/// Words of the search box that are looked for: each is a condition.
const MOST_WORDS: usize = 5;

/// What the search box means: a whole address, a tax number (where the person may see those), or words of a name. One or
/// two letters are the beginning of a name: every other name has them somewhere.
pub fn search(text: &str, restrictions: &Restrictions) -> Vec<FilterCondition> {
    let text = text.trim();
    if text.is_empty() {
        return Vec::new();
    }
    let condition = |field, operator, value: String| FilterCondition {
        field: FieldRef::Builtin(field),
        operator,
        value: Value::from(value),
    };
    let shows = |field| restrictions.shows(FieldRef::Builtin(field));
    if shows(BuiltinField::Email) && EmailAddress::parse(text).is_ok() {
        return vec![condition(BuiltinField::Email, Operator::Eq, text.to_owned())];
    }
    if shows(BuiltinField::Nip) && Nip::parse(text).is_ok() {
        return vec![condition(BuiltinField::Nip, Operator::Eq, text.to_owned())];
    }
    let words: Vec<&str> = text.split_whitespace().take(MOST_WORDS).collect();
    if words.iter().any(|word| word.chars().count() >= TRIGRAM) {
        return words
            .into_iter()
            .map(|word| condition(BuiltinField::Name, Operator::Contains, word.to_owned()))
            .collect();
    }
    // Names compare letter by letter without case, ties by the raw text: everything from the prefix itself up to the
    // prefix followed by a letter beyond those that names are written with.
    vec![
        condition(BuiltinField::Name, Operator::Gte, text.to_uppercase()),
        condition(BuiltinField::Name, Operator::Lt, format!("{text}\u{3fff}")),
    ]
}
