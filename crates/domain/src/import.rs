//! Imports of clients (importy): which column becomes what, and how a row of text becomes a card.

use crate::{
    client::{BuiltinField, ClientInput, ClientKind, normalise},
    code::coded_enum,
    consent::{Channel, Purpose},
    custom_field::{CustomField, CustomValue, CustomValues, FieldKind},
    field_ref::FieldRef,
    id::{AccountId, DepartmentId, PurposeId, TagId},
    rule::{Invalids, Rule},
    spreadsheet::from_text,
    text::{LongText, ShortText},
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// An import that was never run is forgotten after this long, with everything that was sent.
pub const IMPORT_KEPT: TimeDelta = TimeDelta::days(7);
/// A file that was never read is.
pub const UPLOAD_KEPT: TimeDelta = TimeDelta::days(1);
/// A file is sent in parts of this many bytes; the last one has the rest.
pub const PART_BYTES: usize = 1024 * 1024;
/// Rows of one chunk, and of one step of the job.
pub const CHUNK_ROWS: usize = 500;
/// The row with the columns' names is one of the first.
pub const HEADER_ROW_MAX: u32 = 100;
/// Most imports of one account that were not run.
pub const MAX_OPEN: u64 = 10;
/// Texts of a column that are shown.
pub const SAMPLES: usize = 5;

coded_enum!(
    /// How far an import is.
    ImportState {
        /// The file is being received or read.
        Reading = "reading",
        /// It waits for its mapping, for corrections, or to be run.
        Open = "open",
        /// It was run; its job says how far it is.
        Run = "run",
    }
);

coded_enum!(
    /// What becomes of a row whose client is there already.
    DuplicateStrategy {
        /// Nobody is looked for: every row makes a card.
        New = "new",
        /// The card found gets what the row says; empty cells change nothing.
        Update = "update",
        /// The card found stays as it is.
        Skip = "skip",
    }
);

coded_enum!(
    /// What a client is recognised by.
    MatchBy {
        Email = "email",
        Nip = "nip",
        ExternalId = "external_id",
    }
);

coded_enum!(
    /// What became of a row.
    RowOutcome {
        Made = "made",
        Updated = "updated",
        /// The card said all that already.
        Unchanged = "unchanged",
        /// The client is there, and is to stay as they are.
        Known = "known",
        /// Cells break a rule.
        Invalid = "invalid",
        /// Left out by hand.
        LeftOut = "left_out",
        /// The person said no, and a second card would hide that.
        Withdrawn = "withdrawn",
        /// The address of somebody whose card was deleted.
        Erased = "erased",
        /// The card opens for a reason only.
        NotReached = "not_reached",
        /// Somebody changed or deleted the card at that moment.
        Changed = "changed",
    }
);

/// What is noted about a row that is not simply to be imported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RowMark {
    /// As in the sheet, from 1.
    pub number: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<RowProblem>,
    /// Left out by hand.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub left_out: bool,
}

/// What checking every row found, and what running the import would do by now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportCheck {
    /// Rows with anything in them.
    pub rows: u32,
    /// Rows without a problem that are not left out.
    pub ready: u32,
    /// Rows with a problem.
    pub problems: u32,
    /// Rows that were left out by hand.
    pub left_out: u32,
    pub blank: u32,
    /// Of those that are ready: how many make a card.
    pub makes: u32,
    /// How many change one.
    pub updates: u32,
    /// How many are there already, and stay.
    pub known: u32,
    /// How many are of somebody who said no, and are left out.
    pub withdrawn: u32,
    /// How many are of somebody whose card was deleted, and are left out.
    pub erased: u32,
    /// The most frequent problems.
    pub faults: Vec<ColumnFault>,
}

/// A rule that cells of a column break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ColumnFault {
    /// From 0; the row as a whole where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    pub rule: Rule,
    /// In how many rows.
    pub rows: u32,
}

/// What of an import's settings is proposed the next time that a file has the same columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    pub columns: Vec<ColumnTarget>,
    pub strategy: DuplicateStrategy,
    #[serde(default)]
    pub match_by: Option<MatchBy>,
    #[serde(default)]
    pub kind: ClientKind,
}

/// Where a client's data came from, as whoever imported them said (Art. 14(2)(f) GDPR).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    pub file_name: String,
    pub source: String,
    pub obtained_on: NaiveDate,
    pub lawful_basis: String,
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Origin(…)")
    }
}

impl MatchBy {
    pub const fn field(self) -> BuiltinField {
        match self {
            Self::Email => BuiltinField::Email,
            Self::Nip => BuiltinField::Nip,
            Self::ExternalId => BuiltinField::ExternalId,
        }
    }

    /// The value in the form in which two are compared; `None` where the row has none.
    pub fn key(self, input: &ClientInput) -> Option<String> {
        let text = input.get(self.field())?;
        Some(if self == Self::Email { text.to_lowercase() } else { text.to_owned() })
    }
}

/// What a column becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ColumnTarget {
    #[default]
    Ignore,
    /// A field of the card.
    Field(FieldRef),
    /// Person or company.
    Kind,
    /// Names of tags, parted by commas, semicolons or bars.
    Tags,
    /// A yes to a purpose and channel. It is only claimed, and unlocks nothing (grade D).
    Consent(ConsentColumn),
}

/// Which consent a column speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsentColumn {
    pub purpose_id: PurposeId,
    pub channel: Channel,
}

/// How an import is to be done.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportSettings {
    /// The row that names the columns, counted from 1; 0 where none does. Rows before it are left out.
    pub header_row: u32,
    /// One target for each column.
    pub columns: Vec<ColumnTarget>,
    pub strategy: DuplicateStrategy,
    /// Needed to update or to skip; has to be the target of a column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub match_by: Option<MatchBy>,
    /// Of rows that do not say.
    #[serde(default)]
    pub kind: ClientKind,
    /// Whose the new clients are; otherwise whoever imports them. Takes the right to assign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<AccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department_id: Option<DepartmentId>,
    /// Put on every client that is made or changed.
    #[serde(default)]
    pub tags: Vec<TagId>,
    /// Where the data come from, in a sentence (Art. 14(2)(f) GDPR).
    pub source: String,
    /// Since when they are held: a day, not in the future.
    pub obtained_on: NaiveDate,
    /// On which lawful basis they are processed, in a sentence (Art. 6(1), 14(1)(c) GDPR).
    pub lawful_basis: String,
}

/// Source and basis can name people.
impl std::fmt::Debug for ImportSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ImportSettings(…)")
    }
}

impl ImportSettings {
    /// Checks what can be told without looking at rows or rights. `columns` is how many the file has.
    pub fn check(
        &self,
        columns: usize,
        fields: &[CustomField],
        purposes: &[Purpose],
        now: DateTime<Utc>,
    ) -> Result<(), Invalids> {
        let mut invalids = Invalids::default();
        if self.columns.len() != columns {
            invalids.add("/columns", Rule::OutOfRange);
        }
        let mut seen = Vec::new();
        for (at, target) in self.columns.iter().enumerate() {
            if let Some(rule) = self.complaint(*target, &seen, fields, purposes) {
                invalids.add(format!("/columns/{at}"), rule);
            }
            seen.push(*target);
        }
        if self.columns.iter().all(|target| !matches!(target, ColumnTarget::Field(_))) {
            invalids.add("/columns", Rule::Required);
        }
        if self.strategy != DuplicateStrategy::New {
            let mapped = |by: MatchBy| self.columns.contains(&ColumnTarget::Field(FieldRef::Builtin(by.field())));
            match self.match_by {
                None => invalids.add("/match_by", Rule::Required),
                Some(by) if !mapped(by) => invalids.add("/match_by", Rule::Unknown),
                Some(_) => {}
            }
        }
        invalids.take("/source", sentence(&self.source));
        invalids.take("/lawful_basis", sentence(&self.lawful_basis));
        let latest = (now + TimeDelta::hours(14)).date_naive();
        if self.obtained_on > latest || self.obtained_on < DateTime::UNIX_EPOCH.date_naive() {
            invalids.add("/obtained_on", Rule::OutOfRange);
        }
        invalids.or(Some(()))
    }

    fn complaint(
        &self,
        target: ColumnTarget,
        seen: &[ColumnTarget],
        fields: &[CustomField],
        purposes: &[Purpose],
    ) -> Option<Rule> {
        match target {
            ColumnTarget::Ignore => return None,
            ColumnTarget::Field(FieldRef::Builtin(field)) if field.is_system() => return Some(Rule::ReadOnly),
            // Several columns of one text are put together, such as street and number.
            ColumnTarget::Field(FieldRef::Builtin(field)) if joins(field) => return None,
            ColumnTarget::Field(FieldRef::Custom(id)) => match fields.iter().find(|field| field.id == id) {
                None => return Some(Rule::Unknown),
                Some(field) if field.kind == FieldKind::Consent => return Some(Rule::ReadOnly),
                Some(_) => {}
            },
            ColumnTarget::Consent(ConsentColumn { purpose_id, channel }) => {
                match purposes.iter().find(|purpose| purpose.id == purpose_id) {
                    Some(purpose) if !purpose.channels.contains(&channel) => return Some(Rule::Unknown),
                    Some(purpose) if purpose.retired_at.is_some() => return Some(Rule::Retired),
                    Some(_) => {}
                    None => return Some(Rule::Unknown),
                }
            }
            ColumnTarget::Tags => return None,
            ColumnTarget::Field(FieldRef::Builtin(_)) | ColumnTarget::Kind => {}
        }
        seen.contains(&target).then_some(Rule::Duplicate)
    }

    /// Whether a column becomes a consent.
    pub fn has_consents(&self) -> bool {
        self.columns.iter().any(|target| matches!(target, ColumnTarget::Consent(_)))
    }
}

fn sentence(raw: &str) -> Result<(), Rule> {
    let text = LongText::parse(raw)?;
    if text.as_str().chars().filter(|c| c.is_alphanumeric()).count() < 5 {
        return Err(Rule::TooShort { min: 5 });
    }
    if text.as_str().chars().count() > 1000 { Err(Rule::TooLong { max: 1000 }) } else { Ok(()) }
}

const fn joins(field: BuiltinField) -> bool {
    matches!(field, BuiltinField::Name | BuiltinField::Street | BuiltinField::Note)
}

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
                if yes_or_no(cell).ok_or(Rule::Malformed)? {
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
fn yes_or_no(cell: &str) -> Option<bool> {
    Some(match cell.to_lowercase().as_str() {
        "tak" | "t" | "yes" | "y" | "true" | "prawda" | "1" | "x" | "on" | "✓" => true,
        "nie" | "n" | "no" | "false" | "fałsz" | "0" | "off" | "-" => false,
        _ => return None,
    })
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
fn date(cell: &str) -> Option<NaiveDate> {
    let formats = ["%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y.%m.%d"];
    let day = formats.iter().find_map(|format| NaiveDate::parse_from_str(cell, format).ok());
    day.or_else(|| moment(cell).map(|at| at.date_naive()))
}

/// A moment. Without a zone it is taken as UTC.
fn moment(cell: &str) -> Option<DateTime<Utc>> {
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

/// What a column probably becomes, by its name in Polish or English, or in Sugester's API. Each field is guessed once.
pub fn guess(headers: &[String], fields: &[CustomField], purposes: &[Purpose]) -> Vec<ColumnTarget> {
    let mut taken = Vec::new();
    headers
        .iter()
        .map(|header| {
            let target = guess_one(header, fields, purposes);
            let joined = matches!(target, ColumnTarget::Field(FieldRef::Builtin(BuiltinField::Street)));
            if target == ColumnTarget::Ignore || (taken.contains(&target) && !joined) {
                return ColumnTarget::Ignore;
            }
            taken.push(target);
            target
        })
        .collect()
}

fn guess_one(header: &str, fields: &[CustomField], purposes: &[Purpose]) -> ColumnTarget {
    let key = simple(header);
    if key.is_empty() {
        return ColumnTarget::Ignore;
    }
    if let Some(field) = fields.iter().find(|field| simple(field.name.as_str()) == key) {
        return match field.consent {
            Some((purpose_id, channel)) => ColumnTarget::Consent(ConsentColumn { purpose_id, channel }),
            None => ColumnTarget::Field(FieldRef::Custom(field.id)),
        };
    }
    if let Some(purpose) =
        purposes.iter().find(|purpose| simple(purpose.name.as_str()) == key && purpose.retired_at.is_none())
        && let [channel] = purpose.channels.as_slice()
    {
        return ColumnTarget::Consent(ConsentColumn { purpose_id: purpose.id, channel: *channel });
    }
    let builtin = match key.as_str() {
        "name" | "nazwa" | "fullname" | "displayname" | "imieinazwisko" | "nazwiskoiimie" | "klient" | "client"
        | "nazwafirmy" | "companyname" => BuiltinField::Name,
        "firstname" | "imie" | "givenname" => BuiltinField::FirstName,
        "lastname" | "nazwisko" | "surname" | "familyname" => BuiltinField::LastName,
        "position" | "stanowisko" | "title" | "jobtitle" => BuiltinField::Position,
        "email" | "emailaddress" | "adresemail" | "mail" | "poczta" | "emailklienta" => BuiltinField::Email,
        "phone" | "telefon" | "tel" | "nrtelefonu" | "numertelefonu" | "phonenumber" => BuiltinField::Phone,
        "mobilephone" | "mobile" | "komorka" | "telefonkomorkowy" | "telkom" => BuiltinField::MobilePhone,
        "www" | "website" | "strona" | "stronawww" | "url" | "web" => BuiltinField::Website,
        "nip" | "taxno" | "vatid" | "taxnumber" | "nrnip" => BuiltinField::Nip,
        "regon" | "registernumber" => BuiltinField::Regon,
        "pesel" => BuiltinField::Pesel,
        "street" | "ulica" | "adres" | "address" | "streetno" | "nrdomu" | "numerdomu" => BuiltinField::Street,
        "postcode" | "kodpocztowy" | "kod" | "zip" | "zipcode" | "postalcode" => BuiltinField::PostCode,
        "city" | "miasto" | "miejscowosc" | "town" => BuiltinField::City,
        "country" | "kraj" | "panstwo" => BuiltinField::Country,
        "note" | "notatka" | "notatki" | "uwagi" | "description" | "opis" | "notes" | "comment" => BuiltinField::Note,
        "externalid" | "idzewnetrzne" | "id" | "identyfikator" | "uid" => BuiltinField::ExternalId,
        "company" | "firma" | "kind" | "rodzaj" | "typ" => return ColumnTarget::Kind,
        "tags" | "tagi" | "tag" | "etykiety" | "categories" => return ColumnTarget::Tags,
        _ => return ColumnTarget::Ignore,
    };
    ColumnTarget::Field(FieldRef::Builtin(builtin))
}

/// Letters without their marks and digits, in lower case: how names of columns are compared.
pub fn simple(text: &str) -> String {
    let plain = |c: char| match c {
        'ą' => 'a',
        'ć' => 'c',
        'ę' => 'e',
        'ł' => 'l',
        'ń' => 'n',
        'ó' => 'o',
        'ś' => 's',
        'ź' | 'ż' => 'z',
        c => c,
    };
    text.to_lowercase().chars().map(plain).filter(|c| c.is_alphanumeric()).collect()
}

/// How the names of a file's columns are compared with those of another file.
pub fn heads_key(headers: &[String]) -> String {
    headers.iter().map(|header| simple(header)).collect::<Vec<_>>().join("\u{1f}")
}

/// Which row names the columns, counted from 1: the first of those at the beginning that is about as wide as the others and
/// holds words only. 0 when there is none.
pub fn guess_header_row(rows: &[Vec<String>]) -> u32 {
    let filled = |row: &Vec<String>| row.iter().filter(|cell| !cell.trim().is_empty()).count();
    let widest = rows.iter().take(20).map(filled).max().unwrap_or_default();
    let names = |row: &Vec<String>| {
        let data = |cell: &String| {
            let cell = cell.trim();
            cell.contains('@') || (cell.chars().any(|c| c.is_ascii_digit()) && !cell.chars().any(char::is_alphabetic))
        };
        filled(row) > 0 && filled(row) * 2 >= widest && !row.iter().any(data)
    };
    let found = rows.iter().take(10).position(names).and_then(|at| u32::try_from(at + 1).ok());
    found.unwrap_or_default()
}

/// Some texts of a column that differ, as samples.
pub fn samples<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for cell in cells.map(str::trim).filter(|cell| !cell.is_empty()) {
        if found.len() == SAMPLES {
            break;
        }
        let sample: String = cell.chars().take(200).collect();
        if !found.contains(&sample) {
            found.push(sample);
        }
    }
    found
}

/// The custom field that would hold a column: its kind, and the options of a choice.
pub fn propose_field<'a>(header: &str, cells: impl Iterator<Item = &'a str>) -> (FieldKind, Vec<String>) {
    if is_slot(header) {
        return (slot_kind(header), Vec::new());
    }
    let cells: Vec<&str> = cells.map(str::trim).filter(|cell| !cell.is_empty()).collect();
    if cells.is_empty() {
        return (FieldKind::ShortText, Vec::new());
    }
    let all = |fits: &dyn Fn(&str) -> bool| cells.iter().all(|cell| fits(cell));
    let compact = |cell: &str| cell.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    // What begins with a nought is a number of something, not a quantity.
    let is_code =
        |cell: &str| cell.len() > 1 && cell.starts_with('0') && !cell.starts_with("0,") && !cell.starts_with("0.");
    let number =
        |cell: &str| !is_code(cell) && compact(cell).replacen(',', ".", 1).parse::<f64>().is_ok_and(f64::is_finite);
    let kind = if all(&|cell| yes_or_no(cell).is_some()) {
        FieldKind::Checkbox
    } else if all(&|cell| !is_code(cell) && compact(cell).parse::<i64>().is_ok_and(|number| number.abs() < 1 << 53)) {
        FieldKind::Integer
    } else if all(&number) {
        FieldKind::Decimal
    } else if all(&|cell| date(cell).is_some() && cell.len() <= 10) {
        FieldKind::Date
    } else if all(&|cell| moment(cell).is_some()) {
        FieldKind::Datetime
    } else if !all(&|cell| ShortText::parse(cell).is_ok()) {
        FieldKind::LongText
    } else {
        let mut options: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        options.sort_unstable();
        options.dedup();
        if cells.len() >= 30 && options.len() <= 12 && options.len() * 5 <= cells.len() {
            return (FieldKind::Select, options);
        }
        FieldKind::ShortText
    };
    (kind, Vec::new())
}

/// Whether a column is one of Sugester's typed slots.
fn is_slot(header: &str) -> bool {
    let name = header.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = header.strip_prefix(name).and_then(|digits| digits.parse::<u8>().ok());
    matches!(name, "string" | "integer" | "decimal" | "checkbox" | "date" | "text" | "datetime")
        && number.is_some_and(|number| (1..=10).contains(&number))
}

/// The kind of custom field that holds a typed slot of Sugester's clients (`string1` … `datetime10`); short text otherwise.
pub fn slot_kind(header: &str) -> FieldKind {
    match header.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "integer" => FieldKind::Integer,
        "decimal" => FieldKind::Decimal,
        "checkbox" => FieldKind::Checkbox,
        "date" => FieldKind::Date,
        "text" => FieldKind::LongText,
        "datetime" => FieldKind::Datetime,
        _ => FieldKind::ShortText,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn settings(columns: Vec<ColumnTarget>) -> ImportSettings {
        ImportSettings {
            header_row: 1,
            columns,
            strategy: DuplicateStrategy::New,
            match_by: None,
            kind: ClientKind::Person,
            owner_id: None,
            department_id: None,
            tags: vec![],
            source: "Lista z targów".into(),
            obtained_on: "2026-05-01".parse().unwrap(),
            lawful_basis: "Umowa z klientem".into(),
        }
    }

    const fn builtin(field: BuiltinField) -> ColumnTarget {
        ColumnTarget::Field(FieldRef::Builtin(field))
    }

    #[test]
    fn columns_are_known_by_their_polish_and_english_names_and_by_sugesters() {
        let headers = [
            "Imię",
            "Nazwisko",
            "E-mail",
            "tax_no",
            "register_number",
            "street",
            "street_no",
            "post_code",
            "company",
            "string1",
            "e-mail",
        ];
        let headers: Vec<String> = headers.iter().map(|it| (*it).to_owned()).collect();
        use BuiltinField as B;
        let expected = [
            builtin(B::FirstName),
            builtin(B::LastName),
            builtin(B::Email),
            builtin(B::Nip),
            builtin(B::Regon),
            builtin(B::Street),
            builtin(B::Street),
            builtin(B::PostCode),
            ColumnTarget::Kind,
            ColumnTarget::Ignore,
            ColumnTarget::Ignore,
        ];
        assert_eq!(guess(&headers, &[], &[]), expected);
        for kind in ["string", "integer", "decimal", "checkbox", "date", "text", "datetime"] {
            let kinds: Vec<_> = (1..=10).map(|number| slot_kind(&format!("{kind}{number}"))).collect();
            assert!(
                kinds.windows(2).all(|two| two[0] == two[1]) && (kinds[0] != FieldKind::ShortText || kind == "string")
            );
        }
    }

    #[test]
    fn a_row_becomes_a_card_and_every_wrong_cell_is_named() {
        use BuiltinField as B;
        let settings = settings(vec![
            builtin(B::Name),
            builtin(B::Street),
            builtin(B::Street),
            builtin(B::Country),
            ColumnTarget::Kind,
            builtin(B::Nip),
        ]);
        let reader = RowReader { settings: &settings, fields: &[], tags: &BTreeMap::new() };
        let cells = |cells: [&str; 6]| cells.map(str::to_owned);
        let row = reader.read(&cells(["=HYPERLINK(\"x\")", "Prosta", "5a", "Polska", "tak", ""])).unwrap();
        assert_eq!(row.input.get(B::Name), Some("=HYPERLINK(\"x\")"));
        let exported = reader.read(&cells(["'=HYPERLINK(\"x\")", "'Prosta", "", "", "", ""])).unwrap();
        assert_eq!(exported.input.get(B::Name), row.input.get(B::Name));
        assert_eq!(exported.input.get(B::Street), Some("'Prosta"), "only the mark of an export is taken away");
        assert_eq!(row.input.get(B::Street), Some("Prosta 5a"));
        assert_eq!(row.input.get(B::Country), Some("PL"));
        assert_eq!(row.input.kind, ClientKind::Company);
        let wrong = reader.read(&cells(["A", "", "", "", "może", "123"])).unwrap_err();
        assert_eq!(wrong.iter().map(|it| it.column).collect::<Vec<_>>(), [Some(4), Some(5)]);
    }

    #[test]
    fn source_and_basis_are_needed_and_no_field_is_meant_twice() {
        let now: DateTime<Utc> = "2026-06-01T00:00:00Z".parse().unwrap();
        let good = settings(vec![builtin(BuiltinField::Email)]);
        assert_eq!(good.check(1, &[], &[], now), Ok(()));
        let bad = ImportSettings {
            source: " ".into(),
            lawful_basis: "x".into(),
            obtained_on: "2027-01-01".parse().unwrap(),
            strategy: DuplicateStrategy::Update,
            columns: vec![builtin(BuiltinField::Email), builtin(BuiltinField::Email)],
            ..good
        };
        let pointers: Vec<_> =
            bad.check(2, &[], &[], now).unwrap_err().into_vec().into_iter().map(|it| it.pointer).collect();
        assert_eq!(pointers, ["/columns/1", "/match_by", "/source", "/lawful_basis", "/obtained_on"]);
    }

    proptest! {
        /// Whatever cells hold, reading them ends in a card or in complaints about columns that exist.
        #[test]
        fn no_cell_breaks_the_reader(cells in prop::collection::vec("\\PC{0,30}", 0..8)) {
            let headers: Vec<String> = ["name", "email", "nip", "country", "company", "tagi", "note", "www"].map(str::to_owned).to_vec();
            let settings = settings(guess(&headers, &[], &[]));
            let reader = RowReader { settings: &settings, fields: &[], tags: &BTreeMap::new() };
            if let Err(problems) = reader.read(&cells) {
                prop_assert!(problems.iter().all(|it| it.column.is_some_and(|at| at < 8)));
            }
        }

        /// A day is read back from each way in which it is written.
        #[test]
        fn days_are_read_as_they_are_written(days in 0_i64..40_000, format in prop::sample::select(vec!["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%dT00:00:00"])) {
            let day = NaiveDate::from_ymd_opt(1950, 1, 1).unwrap() + TimeDelta::days(days);
            prop_assert_eq!(date(&day.format(format).to_string()), Some(day));
        }
    }
}
