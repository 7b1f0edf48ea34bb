//! Custom fields of clients.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zgoda_domain::{consent::Channel, custom_field::FieldKind, id::FieldId, id::PurposeId};

/// Makes a custom field (Dodaj własne pole).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateCustomField {
    pub name: String,
    /// Short text when absent. `consent` fields are made with their purpose.
    #[serde(default)]
    pub kind: FieldKind,
    /// For select kinds.
    #[serde(default)]
    pub options: Vec<String>,
    /// Seal the values; cannot be changed later.
    #[serde(default)]
    pub sensitive: bool,
}

/// Changes what may change: name, options, place. `If-Match` carries the version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeCustomField {
    pub name: String,
    #[serde(default)]
    pub options: Vec<String>,
    /// Place among the fields, from 0.
    pub position: i32,
}

/// A custom field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomField {
    pub id: FieldId,
    pub version: i32,
    pub name: String,
    pub kind: FieldKind,
    pub options: Vec<String>,
    pub sensitive: bool,
    /// The list can be ordered and filtered by it.
    pub sortable: bool,
    /// For `consent` fields: whose state it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose_id: Option<PurposeId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    pub position: i32,
    /// Set for a deleted field, which can be restored for 30 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTime<Utc>>,
}
