//! Cards that look like one person's, and making two cards one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use zgoda_domain::{
    client::{ClientInput, ClientKind},
    consent::Channel,
    id::{ClientId, DuplicateId, FieldId, MergeId, PurposeId},
    merge::DuplicateReason,
};

/// Two cards that look like one person's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DuplicatePair {
    pub id: DuplicateId,
    pub reasons: Vec<DuplicateReason>,
    /// How sure it is, 0 to 100.
    pub score: i32,
    pub first: DuplicateCard,
    pub second: DuplicateCard,
}

/// One card of a pair.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DuplicateCard {
    pub id: ClientId,
    pub kind: ClientKind,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nip: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl std::fmt::Debug for DuplicateCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DuplicateCard({})", self.id)
    }
}

/// Merges another card into one; `If-Match` names the version of the card that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MergeClients {
    /// The card that is merged away.
    pub other_id: ClientId,
    /// Its version as it was read.
    pub other_version: i32,
    /// What the kept card says from now on.
    pub details: ClientInput,
    /// Values of custom fields by the field's id. Consents are not among them: the stricter one stands.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Value>))]
    pub custom: BTreeMap<FieldId, Value>,
}

/// What a merge did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientsMerged {
    pub merge_id: MergeId,
    /// The kept card's version.
    pub version: i32,
    /// Consents of the kept card for which something stricter than before was entered.
    pub stricter: Vec<StricterConsent>,
}

/// One consent that a merge made stricter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StricterConsent {
    pub purpose_id: PurposeId,
    pub channel: Channel,
}

/// A card that was merged into another one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MergedCard {
    pub merge_id: MergeId,
    /// Absent once the card cannot be restored any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub merged_at: DateTime<Utc>,
    pub undo_until: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone_at: Option<DateTime<Utc>>,
    pub can_undo: bool,
}

impl std::fmt::Debug for MergedCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MergedCard({})", self.merge_id)
    }
}

/// The card that an undoing brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MergeUndone {
    pub client_id: ClientId,
}
