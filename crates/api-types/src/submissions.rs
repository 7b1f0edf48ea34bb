//! Submissions as staff see them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zgoda_domain::{
    id::{ClientId, FileId, FormId, SubmissionId},
    submission::{SubmissionStatus, Suspicion},
};

/// A submission in a list; the answers are sealed and shown on opening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubmissionSummary {
    pub id: SubmissionId,
    pub form_id: FormId,
    pub form_name: String,
    pub form_version: i32,
    pub status: SubmissionStatus,
    /// Why it is spam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspicion: Option<Suspicion>,
    /// The client it made or concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    pub received_at: DateTime<Utc>,
}

/// A submission with its answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Submission {
    #[serde(flatten)]
    pub summary: SubmissionSummary,
    pub answers: Vec<Answer>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<SubmissionFile>,
    /// Consents were ticked that only the link in a mail gives, or gave; accepting gives none of them.
    #[serde(default)]
    pub consents_by_mail: bool,
}

/// One answer with the label the visitor saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answer {
    pub key: String,
    pub label: String,
    pub text: String,
}

/// A file that the visitor attached: `GET /submissions/{id}/files/{file}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubmissionFile {
    pub id: FileId,
    pub name: String,
    pub media_type: String,
    /// Bytes.
    pub size: i32,
    /// Of the content; lower-case hexadecimal.
    pub sha256: String,
}
