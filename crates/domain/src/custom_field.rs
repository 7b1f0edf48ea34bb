//! Custom fields (pola własne): any number, with stable ids, of ten kinds.

use crate::{
    consent::{Channel, ConsentStatus},
    id::{FieldId, PurposeId},
    rule::{Invalids, Rule},
    text::{LongText, ShortText},
};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Most options a select field may have.
pub const MAX_OPTIONS: usize = 200;

/// What a custom field holds. Never changes after the field was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FieldKind {
    #[default]
    ShortText,
    LongText,
    Integer,
    /// Decimal number with up to 15 digits before and 6 after the point, on the wire as a string.
    Decimal,
    /// Pole wyboru. Never touched counts as not ticked.
    Checkbox,
    Date,
    Datetime,
    Select,
    MultiSelect,
    /// The state of one consent (purpose and channel); written by the ledger only.
    Consent,
}

impl FieldKind {
    pub const ALL: [Self; 10] = [
        Self::ShortText,
        Self::LongText,
        Self::Integer,
        Self::Decimal,
        Self::Checkbox,
        Self::Date,
        Self::Datetime,
        Self::Select,
        Self::MultiSelect,
        Self::Consent,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Self::ShortText => "short_text",
            Self::LongText => "long_text",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Checkbox => "checkbox",
            Self::Date => "date",
            Self::Datetime => "datetime",
            Self::Select => "select",
            Self::MultiSelect => "multi_select",
            Self::Consent => "consent",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The list can be ordered and filtered by it, through an index kept for the field.
    pub const fn is_sortable(self) -> bool {
        !matches!(self, Self::LongText | Self::MultiSelect)
    }

    pub const fn has_options(self) -> bool {
        matches!(self, Self::Select | Self::MultiSelect)
    }
}

/// A custom field's definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomField {
    pub id: FieldId,
    pub name: ShortText,
    pub kind: FieldKind,
    /// Allowed values of a select; empty for other kinds.
    pub options: Vec<String>,
    /// Values are sealed under the client's key, found by exact value only and never sorted by.
    pub sensitive: bool,
    /// For [`FieldKind::Consent`]: whose state it shows.
    pub consent: Option<(PurposeId, Channel)>,
    /// Place among the fields, from 0.
    pub position: i32,
}

impl CustomField {
    /// Sortable and filterable through an index.
    pub fn is_sortable(&self) -> bool {
        self.kind.is_sortable() && !self.sensitive
    }
}

/// What a consent's column is called for people: `Newsletter (telefon)` for `Newsletter (phone)`. Where a purpose has several
/// channels, the column is named with the channel's code; `word` is what the reader calls it. A name that was changed since
/// stays as it is.
pub fn consent_column_name(name: &str, channel: Channel, word: &str) -> String {
    match name.strip_suffix(')').and_then(|it| it.strip_suffix(channel.code())?.strip_suffix(" (")) {
        Some(purpose) => format!("{purpose} ({word})"),
        None => name.to_owned(),
    }
}

/// Checks the list of options of a select field: not empty, no doubles, bounded.
pub fn parse_options(kind: FieldKind, raw: &[String]) -> Result<Vec<String>, Invalids> {
    if !kind.has_options() {
        return if raw.is_empty() { Ok(Vec::new()) } else { Err(Invalids::one("/options", Rule::WrongKind)) };
    }
    if raw.is_empty() {
        return Err(Invalids::one("/options", Rule::Required));
    }
    if raw.len() > MAX_OPTIONS {
        return Err(Invalids::one("/options", Rule::TooMany { max: MAX_OPTIONS }));
    }
    let mut invalids = Invalids::default();
    let mut options = Vec::with_capacity(raw.len());
    for (at, text) in raw.iter().enumerate() {
        if let Some(option) = invalids.take(format!("/options/{at}"), ShortText::parse(text)) {
            if options.contains(&option.as_str().to_owned()) {
                invalids.add(format!("/options/{at}"), Rule::Duplicate);
            }
            options.push(option.into_string());
        }
    }
    invalids.or(Some(options))
}

/// A checked value of a custom field.
#[derive(Clone, PartialEq, Eq)]
pub enum CustomValue {
    Text(String),
    Integer(i64),
    /// Canonical decimal text, for example `-12.5`.
    Decimal(String),
    Checkbox(bool),
    Date(NaiveDate),
    /// To the second.
    Datetime(DateTime<Utc>),
    Choice(String),
    Choices(Vec<String>),
    Consent(ConsentStatus),
}

impl std::fmt::Debug for CustomValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CustomValue(…)")
    }
}

impl CustomValue {
    /// Checks a JSON value against a field. `Ok(None)` for `null`, empty text and empty lists: no value.
    pub fn parse(field: &CustomField, raw: &Value) -> Result<Option<Self>, Rule> {
        match raw {
            Value::Null => return Ok(None),
            Value::String(text) if text.trim().is_empty() => return Ok(None),
            Value::Array(items) if items.is_empty() => return Ok(None),
            _ => {}
        }
        let text = || raw.as_str().ok_or(Rule::WrongKind);
        let value = match field.kind {
            FieldKind::ShortText => Self::Text(ShortText::parse(text()?)?.into_string()),
            FieldKind::LongText => Self::Text(LongText::parse(text()?)?.into_string()),
            FieldKind::Integer => Self::Integer(raw.as_i64().ok_or(Rule::WrongKind).and_then(safe_integer)?),
            FieldKind::Decimal => Self::Decimal(decimal(text()?)?),
            FieldKind::Checkbox => Self::Checkbox(raw.as_bool().ok_or(Rule::WrongKind)?),
            FieldKind::Date => Self::Date(date(text()?)?),
            FieldKind::Datetime => Self::Datetime(datetime(text()?)?),
            FieldKind::Select => Self::Choice(option(field, text()?)?),
            FieldKind::MultiSelect => {
                let items = raw.as_array().ok_or(Rule::WrongKind)?;
                let mut chosen = Vec::with_capacity(items.len());
                for item in items {
                    let choice = option(field, item.as_str().ok_or(Rule::WrongKind)?)?;
                    if chosen.contains(&choice) {
                        return Err(Rule::Duplicate);
                    }
                    chosen.push(choice);
                }
                Self::Choices(chosen)
            }
            FieldKind::Consent => return Err(Rule::ReadOnly),
        };
        Ok(Some(value))
    }

    /// Reads text a visitor typed or chose in a form as a value of the field.
    pub fn from_text(field: &CustomField, raw: &str) -> Result<Option<Self>, Rule> {
        let raw = raw.trim();
        let json = match field.kind {
            FieldKind::Integer => match raw.parse::<i64>() {
                Ok(number) => Value::from(number),
                Err(_) if raw.is_empty() => Value::Null,
                Err(_) => return Err(Rule::Malformed),
            },
            FieldKind::Checkbox => Value::from(!raw.is_empty()),
            FieldKind::MultiSelect if !raw.is_empty() => Value::from(vec![raw]),
            _ => Value::from(raw),
        };
        Self::parse(field, &json)
    }

    /// The value as it is stored and sent.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Text(text) | Self::Decimal(text) | Self::Choice(text) => Value::from(text.as_str()),
            Self::Integer(number) => Value::from(*number),
            Self::Checkbox(ticked) => Value::from(*ticked),
            Self::Date(date) => Value::from(date.to_string()),
            Self::Datetime(at) => Value::from(at.to_rfc3339_opts(SecondsFormat::Secs, true)),
            Self::Choices(choices) => Value::from(choices.clone()),
            Self::Consent(status) => Value::from(status.code()),
        }
    }
}

/// Values by field; the JSON shape of the card's `custom` member and of the stored column.
pub type CustomValues = BTreeMap<FieldId, Value>;

/// Checks a whole `custom` object against the defined fields: unknown ids and wrong kinds are complaints.
pub fn parse_values(fields: &[CustomField], raw: &CustomValues) -> Result<CustomValues, Invalids> {
    let mut invalids = Invalids::default();
    let mut clean = CustomValues::new();
    for (id, value) in raw {
        let pointer = format!("/custom/{id}");
        match fields.iter().find(|field| field.id == *id) {
            None => invalids.add(pointer, Rule::Unknown),
            Some(field) => {
                if let Some(Some(value)) = invalids.take(pointer, CustomValue::parse(field, value)) {
                    clean.insert(*id, value.to_json());
                }
            }
        }
    }
    invalids.or(Some(clean))
}

/// Integers that JavaScript holds exactly.
fn safe_integer(number: i64) -> Result<i64, Rule> {
    const LIMIT: i64 = 9_007_199_254_740_991;
    if (-LIMIT..=LIMIT).contains(&number) { Ok(number) } else { Err(Rule::OutOfRange) }
}

/// Canonical decimal: comma or point, no leading zeros, no trailing zeros, no `-0`.
fn decimal(raw: &str) -> Result<String, Rule> {
    let text: String = raw.trim().chars().filter(|c| *c != ' ' && *c != '\u{a0}').collect::<String>().replace(',', ".");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
        return Err(Rule::Malformed);
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    };
    let fraction = fraction.trim_end_matches('0');
    if whole.len() > 15 || fraction.len() > 6 {
        return Err(Rule::OutOfRange);
    }
    let number = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
    Ok(if negative && number != "0" { format!("-{number}") } else { number })
}

fn date(raw: &str) -> Result<NaiveDate, Rule> {
    let date: NaiveDate = raw.trim().parse().map_err(|_| Rule::Malformed)?;
    four_digit_year(chrono::Datelike::year(&date)).map(|()| date)
}

fn datetime(raw: &str) -> Result<DateTime<Utc>, Rule> {
    let at = DateTime::parse_from_rfc3339(raw.trim()).map_err(|_| Rule::Malformed)?.to_utc();
    four_digit_year(chrono::Datelike::year(&at))?;
    DateTime::from_timestamp(at.timestamp(), 0).ok_or(Rule::OutOfRange)
}

/// Dates sort as text, so years keep four digits.
fn four_digit_year(year: i32) -> Result<(), Rule> {
    if (1000..=9999).contains(&year) { Ok(()) } else { Err(Rule::OutOfRange) }
}

fn option(field: &CustomField, raw: &str) -> Result<String, Rule> {
    let chosen = ShortText::parse(raw)?.into_string();
    if field.options.contains(&chosen) { Ok(chosen) } else { Err(Rule::Unknown) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn field(kind: FieldKind) -> CustomField {
        CustomField {
            id: FieldId::generate(DateTime::UNIX_EPOCH, [1; 10]),
            name: ShortText::parse("Umowa").unwrap(),
            kind,
            options: if kind.has_options() { vec!["złoty".into(), "srebrny".into()] } else { vec![] },
            sensitive: false,
            consent: None,
            position: 0,
        }
    }

    fn stored(kind: FieldKind, raw: Value) -> Result<Option<Value>, Rule> {
        CustomValue::parse(&field(kind), &raw).map(|value| value.map(|value| value.to_json()))
    }

    #[test]
    fn a_consents_column_says_its_channel_in_words() {
        let named = |name| consent_column_name(name, Channel::Phone, "telefon");
        assert_eq!(named("Marketing (phone)"), "Marketing (telefon)");
        assert_eq!(named("Marketing"), "Marketing");
        assert_eq!(named("Marketing (email)"), "Marketing (email)");
        assert_eq!(named("Dzwonimy"), "Dzwonimy");
    }

    #[test]
    fn each_kind_takes_its_own_and_refuses_the_others() {
        assert_eq!(stored(FieldKind::Checkbox, json!(true)), Ok(Some(json!(true))));
        assert_eq!(stored(FieldKind::Checkbox, json!("true")), Err(Rule::WrongKind));
        assert_eq!(stored(FieldKind::Integer, json!(1.5)), Err(Rule::WrongKind));
        assert_eq!(stored(FieldKind::Integer, json!(9_007_199_254_740_993_i64)), Err(Rule::OutOfRange));
        assert_eq!(stored(FieldKind::Decimal, json!("-0012,500")), Ok(Some(json!("-12.5"))));
        assert_eq!(stored(FieldKind::Decimal, json!("-0,0")), Ok(Some(json!("0"))));
        assert_eq!(stored(FieldKind::Decimal, json!("1e5")), Err(Rule::Malformed));
        assert_eq!(stored(FieldKind::Date, json!("2026-02-29")), Err(Rule::Malformed));
        assert_eq!(
            stored(FieldKind::Datetime, json!("2026-01-01T01:30:00.9+01:00")),
            Ok(Some(json!("2026-01-01T00:30:00Z")))
        );
        assert_eq!(stored(FieldKind::Select, json!("miedziany")), Err(Rule::Unknown));
        assert_eq!(stored(FieldKind::MultiSelect, json!(["złoty", "złoty"])), Err(Rule::Duplicate));
        assert_eq!(stored(FieldKind::Consent, json!("given")), Err(Rule::ReadOnly));
        assert_eq!(stored(FieldKind::ShortText, json!("  ")), Ok(None));
    }

    proptest! {
        #[test]
        fn what_is_stored_is_accepted_again(kind in proptest::sample::select(FieldKind::ALL.to_vec()), raw in "\\PC{0,30}") {
            if let Ok(Some(value)) = CustomValue::from_text(&field(kind), &raw) {
                let json = value.to_json();
                prop_assert_eq!(stored(kind, json.clone()), Ok(Some(json)));
            }
        }

        #[test]
        fn decimals_keep_their_value(whole in -999_999_999i64..999_999_999, cents in 0u32..100) {
            let sign = if whole < 0 { "-" } else { "" };
            let typed = format!("{sign}{},{cents:02}", whole.abs());
            let Ok(Some(Value::String(text))) = stored(FieldKind::Decimal, json!(typed)) else { panic!("refused") };
            let expected = format!("{sign}{}.{cents:02}", whole.abs()).parse::<f64>().unwrap();
            prop_assert_eq!(text.parse::<f64>().unwrap(), expected);
        }
    }
}
