//! Background jobs, and actions on many clients.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zgoda_domain::{
    bulk::{BulkAbout, BulkAssign, BulkEdit},
    consent::Language,
    export::ExportFormat,
    id::{ClientId, JobId},
    job::{FileLoss, JobFailure, JobKind, JobProblem, JobState},
    list::ListColumn,
    sheet::Delimiter,
};

/// A background job as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Job {
    pub id: JobId,
    pub kind: JobKind,
    pub state: JobState,
    /// Clients or rows it is about. Can grow or shrink while it runs.
    pub total: u64,
    /// Those that are dealt with.
    pub done: u64,
    /// Those that were left as they are.
    pub failed: u64,
    /// How many of these for which reason.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, u64>))]
    pub failures: BTreeMap<JobFailure, u64>,
    pub created_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// It was asked to stop, and will before its next step.
    pub cancelling: bool,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<JobProblem>,
    /// Its file can be had by the caller until then: `GET /jobs/{id}/file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_until: Option<DateTime<Utc>>,
    /// Why its file can no longer be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_loss: Option<FileLoss>,
    /// It can be undone until then: `POST /jobs/{id}/undo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_until: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone_at: Option<DateTime<Utc>>,
    /// The job that this one takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_of: Option<JobId>,
    /// Of an action on many clients, and of its undoing. Absent where it is about a field that is hidden from the caller, or
    /// about what is no longer there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<JobAbout>,
}

/// What an action on many clients does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobAbout {
    pub action: BulkAbout,
    /// What its tag or custom field is called today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Clients by a filter, as in a search.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MatchingClients {
    pub filter: Vec<crate::clients::FilterCondition>,
    /// A query in the language of search; holds besides the filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
}

/// Which clients an action is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SomeClients {
    /// At most 10,000.
    Ids(Vec<ClientId>),
    /// All that match. Who was changed after the action was asked for is left out.
    Matching(MatchingClients),
}

/// Which right an action on many clients takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum BulkRight {
    Edit,
    Assign,
    Delete,
    Export,
}

/// Asks how many clients an action would be for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewBulk {
    pub right: BulkRight,
    pub clients: SomeClients,
}

/// How many clients an action would be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkPreview {
    /// To be sent as `confirmed`.
    pub count: u64,
    /// Whether the action can be undone.
    pub undoable: bool,
}

/// Changes many cards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditMany {
    pub edit: BulkEdit,
    pub clients: SomeClients,
    /// The count that the person saw. Refused when there are more by now.
    pub confirmed: u64,
}

/// Says whose many clients are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssignMany {
    pub assign: BulkAssign,
    pub clients: SomeClients,
    /// The count that the person saw. Refused when there are more by now.
    pub confirmed: u64,
}

/// Deletes many clients. Cannot be undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteMany {
    pub clients: SomeClients,
    /// The count that the person saw. Refused when there are more by now.
    pub confirmed: u64,
}

/// Takes clients out, as a file.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExportMany {
    pub clients: SomeClients,
    /// By name, ascending, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<crate::clients::Sort>,
    /// In this order; at least one, none twice. As in the list: no sealed fields, and no notes.
    pub columns: Vec<ListColumn>,
    pub format: ExportFormat,
    /// Of text; semicolons when absent. With semicolons decimals have a comma, as in the spreadsheets that part cells so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<Delimiter>,
    /// Of heads, ticks and consents; Polish when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Why. Needed for more than 100 clients; kept sealed in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A reason can name people.
impl std::fmt::Debug for ExportMany {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ExportMany(…)")
    }
}
