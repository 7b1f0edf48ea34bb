//! Exports of clients (eksporty): what they may hold, and how a value becomes a cell.

use crate::{
    client::BuiltinField,
    code::coded_enum,
    consent::{Channel, ConsentStatus, Language},
    custom_field::FieldKind,
    list::ListColumn,
    sheet::Delimiter,
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// Who takes out more clients than this says why.
pub const REASON_ABOVE: u64 = 100;
/// Exports that one account may ask for within [`COUNTED_WITHIN`].
pub const MOST: u64 = 5;
/// See [`MOST`].
pub const COUNTED_WITHIN: TimeDelta = TimeDelta::hours(1);
/// Rows that the exports of one account may hold within [`ROWS_COUNTED_WITHIN`]. Whoever took none may take all there are
/// at once, however many: nobody is kept from their own data.
pub const MOST_ROWS: u64 = 1_000_000;
/// See [`MOST_ROWS`].
pub const ROWS_COUNTED_WITHIN: TimeDelta = TimeDelta::hours(24);
/// What stands for a value that is not shown, on screen and in files.
pub const MASK: &str = "•••";

/// When so many rows may be taken out by somebody who took others before: each at its moment, earliest first. `None` when
/// they may be taken now.
pub fn possible_from(taken: &[(DateTime<Utc>, u64)], rows: u64, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let counted: Vec<_> = taken.iter().filter(|(at, rows)| *at > now - ROWS_COUNTED_WITHIN && *rows > 0).collect();
    let mut sum: u64 = counted.iter().fold(0, |sum, (_, rows)| sum.saturating_add(*rows));
    let mut from = None;
    for (at, gone) in counted {
        if sum.saturating_add(rows) <= MOST_ROWS {
            break;
        }
        sum -= gone;
        from = Some(*at + ROWS_COUNTED_WITHIN);
    }
    from
}

coded_enum!(
    /// What is made.
    ExportFormat {
        /// Delimited text in UTF-8 (RFC 4180).
        Csv = "csv",
        /// A workbook (ISO/IEC 29500).
        Xlsx = "xlsx",
    }
);

impl ExportFormat {
    /// As it stands in `Content-Type`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// How an export is to look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExportLook {
    /// In this order; at least one, none twice.
    pub columns: Vec<ListColumn>,
    pub format: ExportFormat,
    /// Of text. With semicolons decimals have a comma, as in the spreadsheets that part cells by semicolons.
    #[serde(default = "semicolon")]
    pub delimiter: Delimiter,
    /// Of the head, of ticks and of consents.
    #[serde(default = "polish")]
    pub language: Language,
}

const fn semicolon() -> Delimiter {
    Delimiter::Semicolon
}

const fn polish() -> Language {
    Language::Pl
}

/// One cell of a row.
#[derive(Clone, PartialEq)]
pub enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    /// A decimal number as the domain writes it, such as `-12.5`.
    Number(Cow<'a, str>),
    Day(NaiveDate),
    /// By the clocks of the installation's time zone.
    Moment(NaiveDateTime),
}

impl std::fmt::Debug for Cell<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cell(…)")
    }
}

impl<'a> Cell<'a> {
    /// Text; nothing where there is none.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// A custom field's stored value as the list shows it: a tick that was never touched reads No, and a consent nobody was
    /// asked for None.
    pub fn of(
        kind: FieldKind,
        value: Option<&'a Value>,
        words: &ExportWords,
        local: impl Fn(DateTime<Utc>) -> NaiveDateTime,
    ) -> Self {
        match (kind, value) {
            (FieldKind::Checkbox, value) => {
                Self::Text(if value == Some(&Value::Bool(true)) { words.yes } else { words.no }.into())
            }
            (FieldKind::Consent, value) => {
                let status = value.and_then(Value::as_str).and_then(ConsentStatus::from_code);
                Self::Text(words.consent_column(status).into())
            }
            (_, None | Some(Value::Null)) => Self::Empty,
            (FieldKind::Integer, Some(Value::Number(number))) => Self::Number(number.to_string().into()),
            (FieldKind::Decimal, Some(Value::String(number))) => Self::Number(number.as_str().into()),
            (FieldKind::Date, Some(Value::String(text))) => {
                text.parse().map_or_else(|_| Self::text(text.as_str()), Self::Day)
            }
            (FieldKind::Datetime, Some(Value::String(text))) => {
                text.parse::<DateTime<Utc>>().map_or_else(|_| Self::text(text.as_str()), |at| Self::Moment(local(at)))
            }
            (_, Some(Value::String(text))) => Self::text(text.as_str()),
            (_, Some(Value::Array(items))) => {
                Self::text(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
            }
            (_, Some(other)) => Self::text(other.to_string()),
        }
    }
}

/// The words of exports in one language: those of the list.
#[derive(Debug)]
pub struct ExportWords {
    /// The name of the file, and of the sheet.
    pub clients: &'static str,
    pub sheet: &'static str,
    yes: &'static str,
    no: &'static str,
    no_consent: &'static str,
    consents: [(ConsentStatus, &'static str); 5],
    channels: [(Channel, &'static str); 5],
    owner: &'static str,
    department: &'static str,
    tags: &'static str,
    fields: [(BuiltinField, &'static str); 19],
}

impl ExportWords {
    pub const fn of(language: Language) -> &'static Self {
        match language {
            Language::Pl => &PL,
            Language::En => &EN,
        }
    }

    pub fn consent(&self, status: ConsentStatus) -> &'static str {
        self.consents.iter().find(|(known, _)| *known == status).map(|(_, word)| *word).unwrap_or_default()
    }

    pub fn channel(&self, channel: Channel) -> &'static str {
        self.channels.iter().find(|(known, _)| *known == channel).map(|(_, word)| *word).unwrap_or_default()
    }

    /// What stands in a consent's column; `None` where nobody was asked.
    pub(crate) fn consent_column(&self, status: Option<ConsentStatus>) -> &'static str {
        status.map_or(self.no_consent, |status| self.consent(status))
    }

    /// The head of a column that is no custom field's.
    pub fn builtin(&self, field: BuiltinField) -> &'static str {
        self.fields.iter().find(|(known, _)| *known == field).map(|(_, word)| *word).unwrap_or_default()
    }

    pub const fn owner(&self) -> &'static str {
        self.owner
    }

    pub const fn department(&self) -> &'static str {
        self.department
    }

    pub const fn tags(&self) -> &'static str {
        self.tags
    }
}

static PL: ExportWords = ExportWords {
    clients: "klienci",
    sheet: "Klienci",
    yes: "Tak",
    no: "Nie",
    no_consent: "Brak",
    consents: [
        (ConsentStatus::Requested, "Oczekuje"),
        (ConsentStatus::Given, "Udzielona"),
        (ConsentStatus::Refused, "Odmówiona"),
        (ConsentStatus::Withdrawn, "Wycofana"),
        (ConsentStatus::Expired, "Wygasła"),
    ],
    channels: [
        (Channel::General, "ogólna"),
        (Channel::Email, "e-mail"),
        (Channel::Sms, "SMS"),
        (Channel::Phone, "telefon"),
        (Channel::Post, "poczta"),
    ],
    owner: "Opiekun",
    department: "Dział",
    tags: "Tagi",
    fields: [
        (BuiltinField::Name, "Nazwa"),
        (BuiltinField::FirstName, "Imię"),
        (BuiltinField::LastName, "Nazwisko"),
        (BuiltinField::Position, "Stanowisko"),
        (BuiltinField::Email, "E-mail"),
        (BuiltinField::Phone, "Telefon"),
        (BuiltinField::MobilePhone, "Telefon komórkowy"),
        (BuiltinField::Website, "Strona WWW"),
        (BuiltinField::Nip, "NIP"),
        (BuiltinField::Regon, "REGON"),
        (BuiltinField::Pesel, "PESEL"),
        (BuiltinField::Street, "Ulica i numer"),
        (BuiltinField::PostCode, "Kod pocztowy"),
        (BuiltinField::City, "Miasto"),
        (BuiltinField::Country, "Kraj"),
        (BuiltinField::Note, "Notatka"),
        (BuiltinField::ExternalId, "Identyfikator zewnętrzny"),
        (BuiltinField::CreatedAt, "Dodano"),
        (BuiltinField::UpdatedAt, "Zmieniono"),
    ],
};

static EN: ExportWords = ExportWords {
    clients: "clients",
    sheet: "Clients",
    yes: "Yes",
    no: "No",
    no_consent: "None",
    consents: [
        (ConsentStatus::Requested, "Requested"),
        (ConsentStatus::Given, "Given"),
        (ConsentStatus::Refused, "Refused"),
        (ConsentStatus::Withdrawn, "Withdrawn"),
        (ConsentStatus::Expired, "Expired"),
    ],
    channels: [
        (Channel::General, "general"),
        (Channel::Email, "e-mail"),
        (Channel::Sms, "SMS"),
        (Channel::Phone, "phone"),
        (Channel::Post, "post"),
    ],
    owner: "Owner",
    department: "Department",
    tags: "Tags",
    fields: [
        (BuiltinField::Name, "Name"),
        (BuiltinField::FirstName, "First name"),
        (BuiltinField::LastName, "Last name"),
        (BuiltinField::Position, "Position"),
        (BuiltinField::Email, "E-mail"),
        (BuiltinField::Phone, "Phone"),
        (BuiltinField::MobilePhone, "Mobile phone"),
        (BuiltinField::Website, "Website"),
        (BuiltinField::Nip, "NIP (tax number)"),
        (BuiltinField::Regon, "REGON (statistical number)"),
        (BuiltinField::Pesel, "PESEL (personal number)"),
        (BuiltinField::Street, "Street and number"),
        (BuiltinField::PostCode, "Post code"),
        (BuiltinField::City, "City"),
        (BuiltinField::Country, "Country"),
        (BuiltinField::Note, "Note"),
        (BuiltinField::ExternalId, "External id"),
        (BuiltinField::CreatedAt, "Added"),
        (BuiltinField::UpdatedAt, "Changed"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_become_cells_as_the_list_shows_them() {
        let words = ExportWords::of(Language::Pl);
        let cell = |kind, value: &'static Value| Cell::of(kind, Some(value), words, |at| at.naive_utc());
        let (yes, given, number, day, choices, none) =
            (json!(true), json!("given"), json!(-5), json!("2026-05-01"), json!(["A", "B"]), Value::Null);
        let leak = |value: Value| -> &'static Value { Box::leak(Box::new(value)) };
        assert_eq!(cell(FieldKind::Checkbox, leak(yes)), Cell::text("Tak"));
        assert_eq!(Cell::of(FieldKind::Checkbox, None, words, |at| at.naive_utc()), Cell::text("Nie"));
        assert_eq!(cell(FieldKind::Consent, leak(given)), Cell::text("Udzielona"));
        assert_eq!(Cell::of(FieldKind::Consent, None, words, |at| at.naive_utc()), Cell::text("Brak"));
        assert_eq!(cell(FieldKind::Integer, leak(number)), Cell::Number("-5".into()));
        assert_eq!(cell(FieldKind::Decimal, leak(json!("12.50"))), Cell::Number("12.50".into()));
        assert_eq!(cell(FieldKind::Date, leak(day)), Cell::Day("2026-05-01".parse().unwrap()));
        assert_eq!(cell(FieldKind::MultiSelect, leak(choices)), Cell::text("A, B"));
        assert_eq!(cell(FieldKind::ShortText, leak(none)), Cell::Empty);
        // A text that looks like a number is text.
        assert_eq!(cell(FieldKind::ShortText, leak(json!("007"))), Cell::text("007"));
    }

    #[test]
    fn rows_are_counted_for_a_day_and_the_first_may_be_all() {
        let now: DateTime<Utc> = "2026-11-30T12:00:00Z".parse().unwrap();
        let hours = |count| TimeDelta::hours(count);
        assert_eq!(possible_from(&[], 5 * MOST_ROWS, now), None, "whoever took nothing");
        assert_eq!(possible_from(&[(now - hours(24), MOST_ROWS)], 5 * MOST_ROWS, now), None, "a day later");
        let taken = [(now - hours(20), 600_000), (now - hours(5), 300_000), (now - hours(1), 0)];
        assert_eq!(possible_from(&taken, 100_000, now), None);
        assert_eq!(possible_from(&taken, 100_001, now), Some(now + hours(4)));
        assert_eq!(possible_from(&taken, 700_000, now), Some(now + hours(4)));
        assert_eq!(possible_from(&taken, 700_001, now), Some(now + hours(19)));
        assert_eq!(possible_from(&taken, u64::MAX, now), Some(now + hours(19)));
    }

    #[test]
    fn every_field_and_every_status_has_its_word() {
        for language in [Language::Pl, Language::En] {
            let words = ExportWords::of(language);
            assert!(BuiltinField::ALL.iter().all(|field| !words.builtin(*field).is_empty()));
            assert!(Channel::ALL.iter().all(|channel| !words.channel(*channel).is_empty()));
            assert!(ConsentStatus::ALL.iter().all(|status| !words.consent(*status).is_empty()));
        }
    }
}
