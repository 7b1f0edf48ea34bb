//! System activities.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zgoda_domain::{
    audit::{Action, RecordKind},
    id::{AuditEventId, ClientId},
};

/// One system activity. Values before and after are sealed and not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    pub id: AuditEventId,
    pub at: DateTime<Utc>,
    /// `account`, `visitor`, `system` or `command_line`.
    pub actor_kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_name: Option<String>,
    pub action: Action,
    pub record: RecordKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    pub fields: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

/// A system activity with the values before and after.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditDetail {
    pub entry: AuditEntry,
    /// Empty when there are none, when the caller may not see them, or when the client was erased.
    pub changes: Vec<FieldChange>,
}

/// One value before and after.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldChange {
    /// A built-in field's key, `custom:` and an id, or a member of the record.
    pub field: String,
    pub before: serde_json::Value,
    pub after: serde_json::Value,
}

impl std::fmt::Debug for AuditDetail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuditDetail({})", self.entry.id)
    }
}
