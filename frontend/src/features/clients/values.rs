//! Values of fields as people read and type them, and as JSON.

use crate::words::{Words, time};
use chrono::{DateTime, NaiveDate, SecondsFormat};
use serde_json::Value;
use zgoda_api_types::custom_fields::CustomField;
use zgoda_domain::{
    Rule,
    consent::ConsentStatus,
    custom_field::{self, CustomValue, FieldKind},
    text::ShortText,
};

/// A value as it is read on screen; empty for no value. A checkbox that was never touched reads Nie.
pub fn shown(w: &Words, kind: FieldKind, value: &Value) -> String {
    match (kind, value) {
        (FieldKind::Checkbox, value) => if value == &Value::Bool(true) { w.yes } else { w.no }.to_owned(),
        (FieldKind::Date, Value::String(text)) => {
            text.parse::<NaiveDate>().map_or_else(|_| text.clone(), |date| time::day(w.spoken, date))
        }
        (FieldKind::Datetime, Value::String(text)) => DateTime::parse_from_rfc3339(text)
            .map_or_else(|_| text.clone(), |at| time::day_and_time(w.spoken, time::local(at.to_utc()))),
        (FieldKind::Consent, Value::String(code)) => {
            ConsentStatus::from_code(code).map_or_else(|| code.clone(), |status| w.consent_status(status).to_owned())
        }
        (FieldKind::Decimal, Value::String(text)) => w.decimal(text),
        (FieldKind::Integer, Value::Number(number)) => w.decimal(&number.to_string()),
        (_, Value::Null) => String::new(),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Array(items)) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        (_, other) => other.to_string(),
    }
}

/// A value as text in a form's control. Several choices stand on lines of their own.
pub fn typed(kind: FieldKind, value: &Value) -> String {
    match (kind, value) {
        (FieldKind::Datetime, Value::String(text)) => {
            DateTime::parse_from_rfc3339(text).map_or_else(|_| String::new(), |at| time::typed_moment(at.to_utc()))
        }
        (_, Value::Null) => String::new(),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Array(items)) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        (_, other) => other.to_string(),
    }
}

/// The JSON value of what stands in a form's control; `null` for nothing.
pub fn parse(kind: FieldKind, text: &str) -> Result<Value, Rule> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Value::Null);
    }
    Ok(match kind {
        FieldKind::Integer => {
            let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '\u{a0}')).collect();
            Value::from(digits.parse::<i64>().map_err(|_| Rule::Malformed)?)
        }
        FieldKind::Checkbox => Value::from(text == "true"),
        FieldKind::Datetime => {
            let at = time::moment_of(text).ok_or(Rule::Malformed)?;
            Value::from(at.to_rfc3339_opts(SecondsFormat::Secs, true))
        }
        FieldKind::MultiSelect => Value::from(text.lines().map(str::to_owned).collect::<Vec<_>>()),
        FieldKind::ShortText
        | FieldKind::LongText
        | FieldKind::Decimal
        | FieldKind::Date
        | FieldKind::Select
        | FieldKind::Consent => Value::from(text),
    })
}

/// The complaint that the server would have about a value.
pub fn check(field: &CustomField, value: &Value) -> Result<(), Rule> {
    let rules = custom_field::CustomField {
        id: field.id,
        name: ShortText::parse(&field.name)?,
        kind: field.kind,
        options: field.options.clone(),
        sensitive: field.sensitive,
        consent: None,
        position: field.position,
    };
    CustomValue::parse(&rules, value).map(|_| ())
}
