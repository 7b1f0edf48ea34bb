//! Imports of clients (importy): which column becomes what, and how a row of text becomes a card.

mod guess;
mod row;
#[cfg(test)]
mod tests;

pub use guess::{guess, guess_header_row, heads_key, propose_field, samples, simple, slot_kind};
pub use row::{ReadRow, RowProblem, RowReader};

use crate::{
    client::{BuiltinField, ClientInput, ClientKind},
    code::coded_enum,
    consent::{Channel, Purpose},
    custom_field::{CustomField, FieldKind},
    field_ref::FieldRef,
    id::{AccountId, DepartmentId, PurposeId, TagId},
    rule::{Invalids, Rule},
    text::LongText,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// An import that was never run is forgotten after this long, with everything that was sent.
pub const IMPORT_KEPT: TimeDelta = TimeDelta::days(7);
/// A file that was never read is.
pub const UPLOAD_KEPT: TimeDelta = TimeDelta::days(1);
/// A file is sent in parts of this many bytes; the last one has the rest.
pub const PART_BYTES: usize = 1024 * 1024;
/// Rows of one chunk, and of one step of the job.
pub const CHUNK_ROWS: usize = 500;
/// Bytes of text in one chunk, at most: a chunk is held in the memory as a whole.
pub const CHUNK_BYTES: usize = 16 * 1024 * 1024;
/// The row with the columns' names is one of the first.
pub const HEADER_ROW_MAX: u32 = 100;
/// Most imports that were not run, of one account's sessions or of one key.
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
    /// Of those that are ready: how many say no to a consent, which changes nothing.
    #[serde(default)]
    pub says_no: u32,
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

impl ColumnTarget {
    /// Whether no two columns of a file can become this.
    pub const fn takes_one_column(self) -> bool {
        match self {
            Self::Ignore | Self::Tags => false,
            // Several columns of one text are put together, such as street and number.
            Self::Field(FieldRef::Builtin(field)) => !joins(field),
            Self::Field(FieldRef::Custom(_)) | Self::Kind | Self::Consent(_) => true,
        }
    }
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
            ColumnTarget::Field(FieldRef::Builtin(_)) | ColumnTarget::Kind | ColumnTarget::Tags => {}
        }
        (target.takes_one_column() && seen.contains(&target)).then_some(Rule::Duplicate)
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
