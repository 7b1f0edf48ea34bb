//! Imports of clients from files.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use zgoda_domain::{
    client::ClientKind,
    custom_field::FieldKind,
    id::{ClientId, ImportId, JobId},
    import::{
        ColumnTarget, DuplicateStrategy, ImportCheck, ImportSettings, ImportState, MatchBy, RowOutcome, RowProblem,
    },
    job::{JobFailure, JobState},
    sheet::Book,
};

/// Begins an import: the file is to come in parts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartImport {
    pub file_name: String,
    /// In bytes; at most 32 MiB.
    pub size: u64,
}

/// The file's name can name people.
impl std::fmt::Debug for StartImport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StartImport(…)")
    }
}

/// An import as it stands in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportSummary {
    pub id: ImportId,
    pub state: ImportState,
    pub file_name: String,
    /// Rows that were read, the head included.
    pub rows: u32,
    pub created_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
    /// The job that runs it, or ran it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// Where that job stands, as long as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<ImportRun>,
    /// It is forgotten then, if nobody touches it. One that was run is a day after the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// How an import ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportRun {
    pub state: JobState,
    /// It was taken back, or is being.
    pub undone: bool,
}

/// An import with its columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Import {
    pub id: ImportId,
    pub version: i32,
    pub state: ImportState,
    pub file_name: String,
    /// Of the file, in bytes.
    pub size: u32,
    /// Parts of the file that have come.
    pub parts: u32,
    pub created_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// How the file was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub book: Option<Book>,
    /// Rows that were read, the head included.
    pub rows: u32,
    /// The row that names the columns, from 1, or 0: as it was asked for, as it is set, or as it was guessed.
    pub header_row: u32,
    pub columns: Vec<ImportColumn>,
    /// How a file with columns of these names was imported before. The columns' targets are of then, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remembered: Option<RememberedImport>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<ImportSettings>,
    /// What checking every row with these settings found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<ImportCheck>,
    /// Names of tags that rows ask for and that did not exist then, at most 100. To be made with `POST /tags`; saving the
    /// settings once more checks the rows with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
}

/// A column, for mapping it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportColumn {
    /// Empty where no row names it.
    pub header: String,
    /// At most five texts that differ.
    pub samples: Vec<String>,
    /// Cells with something in them, of the first rows.
    pub filled: u32,
    /// What it probably becomes.
    pub target: ColumnTarget,
    /// The custom field that would hold it, to be made with `POST /custom-fields`.
    pub new_field: ProposedField,
}

/// Samples are people's data.
impl std::fmt::Debug for ImportColumn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ImportColumn(…)")
    }
}

/// A custom field that would hold a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProposedField {
    pub name: String,
    pub kind: FieldKind,
    /// Of a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

/// How a file with the same columns was imported before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RememberedImport {
    pub strategy: DuplicateStrategy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub match_by: Option<MatchBy>,
    pub kind: ClientKind,
}

/// Rows of an import, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportRows {
    pub items: Vec<ImportRow>,
    /// The `after` of the following page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
}

/// One row.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportRow {
    /// As in the sheet, from 1.
    pub number: u32,
    pub cells: Vec<String>,
    pub problems: Vec<RowProblem>,
    /// Left out by hand.
    pub left_out: bool,
    /// Once it was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<RowOutcome>,
    /// The card that it made, changed or met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
}

/// Cells are people's data.
impl std::fmt::Debug for ImportRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ImportRow({}, {:?}, {:?})", self.number, self.problems, self.outcome)
    }
}

/// Which rows are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RowsWanted {
    #[default]
    All,
    /// With problems.
    Problems,
    /// Left out by hand.
    LeftOut,
}

/// Writes a row anew.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FixRow {
    /// The whole row.
    pub cells: Vec<String>,
    /// It is not to be imported.
    #[serde(default)]
    pub left_out: bool,
}

impl std::fmt::Debug for FixRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FixRow(…)")
    }
}

/// The row as it is then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FixedRow {
    pub row: ImportRow,
    pub check: ImportCheck,
}

/// Runs an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunImport {
    /// Rows with problems are left out. Refused without, while there are some.
    pub leave_out_problems: bool,
}

/// Where a client's data came from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientOrigin {
    pub imported_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_by: Option<String>,
    pub file_name: String,
    /// In a sentence (Art. 14(2)(f) GDPR).
    pub source: String,
    /// Since when the data are held.
    pub obtained_on: NaiveDate,
    pub lawful_basis: String,
    /// Whether the import made the card.
    pub made: bool,
}

impl std::fmt::Debug for ClientOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClientOrigin({}, made: {})", self.imported_at, self.made)
    }
}

/// A client whom an undoing left as they are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeptClient {
    pub client_id: ClientId,
    pub name: String,
    pub reason: JobFailure,
}

impl std::fmt::Debug for KeptClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeptClient({}, {:?})", self.client_id, self.reason)
    }
}
