//! How a row of text becomes a card.

use super::{ColumnTarget, ConsentColumn, ImportSettings, joins};
use crate::{
    client::{BuiltinField, ClientInput, ClientKind, normalise},
    consent::{ConsentStatus, Language},
    custom_field::{CustomField, CustomValue, CustomValues, FieldKind},
    export::ExportWords,
    field_ref::FieldRef,
    id::TagId,
    rule::Rule,
    spreadsheet::from_text,
    tag::TagName,
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with a row: the column from 0, or the row as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RowProblem {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    pub rule: Rule,
}

/// A row, read.
#[derive(Clone, Default)]
pub struct ReadRow {
    pub input: ClientInput,
    pub custom: CustomValues,
    /// Whether the row says person or company.
    pub says_kind: bool,
    pub tags: BTreeSet<TagId>,
    pub consents: Vec<ConsentColumn>,
}

impl std::fmt::Debug for ReadRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReadRow(…)")
    }
}

/// What rows are read against.
#[derive(Debug)]
pub struct RowReader<'a> {
    pub settings: &'a ImportSettings,
    /// Fields that are there for whoever imports.
    pub fields: &'a [CustomField],
    /// Tags by the key of their name.
    pub tags: &'a BTreeMap<String, TagId>,
}

impl RowReader<'_> {
    /// Whether no mapped cell of the row holds anything.
    pub fn is_blank(&self, cells: &[String]) -> bool {
        let mapped = |(at, cell): (usize, &String)| {
            !cell.trim().is_empty() && !matches!(self.settings.columns.get(at), None | Some(ColumnTarget::Ignore))
        };
        !cells.iter().enumerate().any(mapped)
    }

    /// Reads a row. Text stays text: what looks like a formula is kept as it stands, and nothing is computed.
    pub fn read(&self, cells: &[String]) -> Result<ReadRow, Vec<RowProblem>> {
        let mut row =
            ReadRow { input: ClientInput { kind: self.settings.kind, ..ClientInput::default() }, ..ReadRow::default() };
        row.tags.extend(self.settings.tags.iter().copied());
        let mut problems = Vec::new();
        for (at, target) in self.settings.columns.iter().enumerate() {
            // Without the mark that an export puts before what looks like a formula.
            let cell = cells.get(at).map(|cell| from_text(cell.trim())).filter(|cell| !cell.is_empty());
            let Some(cell) = cell else { continue };
            if let Err(rule) = self.take(&mut row, *target, cell) {
                problems.push(RowProblem { column: u32::try_from(at).ok(), rule });
            }
        }
        if problems.is_empty() { Ok(row) } else { Err(problems) }
    }

    /// The names in a row of tags that there are not, each with its key.
    pub fn missing_tags<'a>(&'a self, cells: &'a [String]) -> impl Iterator<Item = (String, TagName)> + 'a {
        let of_tags = |(target, _): &(&ColumnTarget, _)| **target == ColumnTarget::Tags;
        let cells = self.settings.columns.iter().zip(cells).filter(of_tags).map(|(_, cell)| from_text(cell.trim()));
        let names = cells.flat_map(parts).filter_map(|name| TagName::parse(&name).ok());
        names.map(|name| (name.key(), name)).filter(|(key, _)| !self.tags.contains_key(key))
    }

    fn take(&self, row: &mut ReadRow, target: ColumnTarget, cell: &str) -> Result<(), Rule> {
        match target {
            ColumnTarget::Ignore => {}
            ColumnTarget::Field(FieldRef::Builtin(field)) => {
                let written = if field == BuiltinField::Country { country(cell).unwrap_or(cell) } else { cell };
                let text = match row.input.get(field) {
                    Some(before) if joins(field) => {
                        let between = if field == BuiltinField::Note { "\n" } else { " " };
                        format!("{before}{between}{written}")
                    }
                    _ => written.to_owned(),
                };
                row.input.set(field, Some(normalise(field, &text)?));
            }
            ColumnTarget::Field(FieldRef::Custom(id)) => {
                let field = self.fields.iter().find(|field| field.id == id).ok_or(Rule::Unknown)?;
                if let Some(value) = custom(field, cell)? {
                    row.custom.insert(id, value.to_json());
                }
            }
            ColumnTarget::Kind => {
                row.input.kind = kind(cell).ok_or(Rule::Unknown)?;
                row.says_kind = true;
            }
            ColumnTarget::Tags => {
                for name in parts(cell) {
                    row.tags.insert(*self.tags.get(&name.to_lowercase()).ok_or(Rule::Unknown)?);
                }
            }
            ColumnTarget::Consent(consent) => {
                if claims_consent(cell).ok_or(Rule::Malformed)? {
                    row.consents.push(consent);
                }
            }
        }
        Ok(())
    }
}

fn parts(cell: &str) -> impl Iterator<Item = String> {
    let blanks = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    cell.split([',', ';', '|']).map(blanks).filter(|part| !part.is_empty()).collect::<Vec<_>>().into_iter()
}

/// A tick as programs and people write it.
pub(super) fn yes_or_no(cell: &str) -> Option<bool> {
    Some(match cell.to_lowercase().as_str() {
        "tak" | "t" | "yes" | "y" | "true" | "prawda" | "1" | "x" | "on" | "✓" => true,
        "nie" | "n" | "no" | "false" | "fałsz" | "0" | "off" | "-" => false,
        _ => return None,
    })
}

/// Whether a cell claims a consent: a tick, or a state as an export of ours tells it. Of one that does not stand, nothing is
/// claimed.
fn claims_consent(cell: &str) -> Option<bool> {
    let cell = cell.to_lowercase();
    let told = |words: &ExportWords| {
        let is_told = |status: Option<ConsentStatus>| words.consent_column(status).to_lowercase() == cell;
        let status = ConsentStatus::ALL.iter().copied().map(Some).chain([None]).find(|status| is_told(*status))?;
        Some(status == Some(ConsentStatus::Given))
    };
    yes_or_no(&cell).or_else(|| Language::ALL.iter().copied().map(ExportWords::of).find_map(told))
}

fn kind(cell: &str) -> Option<ClientKind> {
    Some(match cell.to_lowercase().as_str() {
        "company" | "firma" => ClientKind::Company,
        "person" | "osoba" | "osoba fizyczna" => ClientKind::Person,
        // A flag that says whether it is a company, as Sugester has it.
        other => {
            if yes_or_no(other)? {
                ClientKind::Company
            } else {
                ClientKind::Person
            }
        }
    })
}

/// The code of a country that is written by its name.
fn country(cell: &str) -> Option<&'static str> {
    Some(match cell.to_lowercase().as_str() {
        "polska" | "poland" | "rp" => "PL",
        "niemcy" | "germany" | "deutschland" => "DE",
        "czechy" | "czech republic" | "czechia" => "CZ",
        "słowacja" | "slovakia" => "SK",
        "francja" | "france" => "FR",
        "hiszpania" | "spain" => "ES",
        "włochy" | "italy" => "IT",
        "austria" => "AT",
        "litwa" | "lithuania" => "LT",
        "ukraina" | "ukraine" => "UA",
        "wielka brytania" | "united kingdom" => "GB",
        "stany zjednoczone" | "united states" | "usa" => "US",
        _ => return None,
    })
}

fn custom(field: &CustomField, cell: &str) -> Result<Option<CustomValue>, Rule> {
    let compact = || cell.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let json = match field.kind {
        FieldKind::Checkbox => yes_or_no(cell).ok_or(Rule::Malformed)?.into(),
        FieldKind::Integer => compact().parse::<i64>().map_err(|_| Rule::Malformed)?.into(),
        FieldKind::Decimal => compact().into(),
        FieldKind::Date => date(cell).ok_or(Rule::Malformed)?.to_string().into(),
        FieldKind::Datetime => moment(cell).ok_or(Rule::Malformed)?.to_rfc3339().into(),
        FieldKind::MultiSelect => parts(cell).collect::<Vec<_>>().into(),
        FieldKind::ShortText | FieldKind::LongText | FieldKind::Select => cell.into(),
        FieldKind::Consent => return Err(Rule::ReadOnly),
    };
    CustomValue::parse(field, &json)
}

/// A day in the order of ISO 8601 or as it is written in Poland.
pub(super) fn date(cell: &str) -> Option<NaiveDate> {
    let formats = ["%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y.%m.%d"];
    let day = formats.iter().find_map(|format| NaiveDate::parse_from_str(cell, format).ok());
    day.or_else(|| moment(cell).map(|at| at.date_naive()))
}

/// A moment. Without a zone it is taken as UTC.
pub(super) fn moment(cell: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(cell) {
        return Some(at.to_utc());
    }
    let formats =
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M"];
    let zoned = ["%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S%:z"];
    let at = zoned.iter().find_map(|format| DateTime::parse_from_str(cell, format).ok()).map(|at| at.to_utc());
    let at = at.or_else(|| {
        formats.iter().find_map(|format| NaiveDateTime::parse_from_str(cell, format).ok()).map(|at| at.and_utc())
    });
    at.or_else(|| NaiveDate::parse_from_str(cell, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0).map(|at| at.and_utc()))
}
