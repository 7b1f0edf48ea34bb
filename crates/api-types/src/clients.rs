//! Client cards and the client list.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use zgoda_domain::{
    access::Assignment,
    client::{ClientInput, ClientKind},
    field_ref::FieldRef,
    id::{ClientId, FieldId, TagId},
    list::{Direction, ListColumn, Operator},
};

/// The editable part of a card; body of create and edit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientBody {
    pub details: ClientInput,
    /// Values of custom fields by the field's id. `null` or absent: no value.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Value>))]
    pub custom: BTreeMap<FieldId, Value>,
}

/// A whole card. Its `ETag` is the version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientCard {
    pub id: ClientId,
    /// Grows with every change; send it as `If-Match` when editing.
    pub version: i32,
    pub details: ClientInput,
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Value>))]
    pub custom: BTreeMap<FieldId, Value>,
    pub consents: Vec<crate::consents::Consent>,
    /// Their names are in `GET /tags`.
    #[serde(default)]
    pub tags: Vec<TagId>,
    /// Fields that have a value which the caller may not see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<FieldRef>,
    /// Whose client this is.
    pub assignment: Assignment,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What a client is called.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientName {
    pub name: String,
}

impl std::fmt::Debug for ClientName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientName(…)")
    }
}

/// One row of the list. Sealed fields are not in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientRow {
    pub id: ClientId,
    /// To be sent as `If-Match` when a field is changed in the list.
    pub version: i32,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regon: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Their names are in `GET /tags`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagId>,
    /// Values of custom fields, except sealed ones, by the field's id.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Value>))]
    pub custom: BTreeMap<FieldId, Value>,
    /// Fields that have a value which the caller may not see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<FieldRef>,
    pub assignment: Assignment,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Why a card has to be opened. Kept sealed in the log.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason {
    pub reason: String,
}

/// Looks for clients by what somebody typed into one box.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuickSearch {
    /// At most 100 characters.
    pub text: String,
    /// 1 to 20.
    #[serde(default = "ten")]
    pub limit: u64,
}

const fn ten() -> u64 {
    10
}

impl std::fmt::Debug for QuickSearch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("QuickSearch(…)")
    }
}

/// A client that quick search found.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuickHit {
    pub id: ClientId,
    pub kind: ClientKind,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nip: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The field that answers best.
    pub matched: FieldRef,
}

impl std::fmt::Debug for QuickHit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "QuickHit({})", self.id)
    }
}

/// What the list is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sort {
    pub field: FieldRef,
    pub direction: Direction,
}

/// One condition; all conditions of a search must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FilterCondition {
    pub field: FieldRef,
    pub operator: Operator,
    /// Typed by the field; absent or `null` for `is_empty` and `is_set`. A checkbox also compares as 0 and 1, untouched ones
    /// as 0; what else is empty is met by `ne` and `is_empty` only.
    #[serde(default)]
    pub value: Value,
}

/// Asks for one page of clients. In a body, because personal data must not stand in an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchClients {
    /// By name, ascending, when absent.
    pub sort: Option<Sort>,
    pub filter: Vec<FilterCondition>,
    /// A query in the language of search; holds besides the filter. At most 10,000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// What rows tell besides ids, names and moments, at most 100 columns. The usual ones and every custom field when
    /// absent.
    pub columns: Option<Vec<ListColumn>>,
    /// `next` of the page before.
    pub after: Option<Cursor>,
    /// 1 to 200.
    pub limit: u64,
    /// Also count all matches. Counting many takes longer than finding some: ask for it apart, with a `limit` of 1, to have rows at once.
    pub with_total: bool,
}

/// The place after a page's last row, sealed: it stays a place when that row moves or goes. Good for the same order, and
/// for whoever was given it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cursor(pub String);

impl std::fmt::Debug for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cursor(…)")
    }
}

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Total {
    pub count: u64,
    /// Else there are about so many: beyond 100,000 a part of the cards is looked at, and the number is rounded to two digits.
    pub exact: bool,
}

impl Total {
    /// This many and no more.
    pub const fn exactly(count: u64) -> Self {
        Self { count, exact: true }
    }
}

/// One page of clients; `next` is the `after` of the following page, absent on the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientPage {
    pub items: Vec<ClientRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// When it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Total>,
}

/// The clients before and after one in a list; absent at its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Neighbours {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<ClientId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<ClientId>,
}

/// Changes some fields of a card and leaves the others (JSON Merge Patch, RFC 7396): `null` empties a field.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PatchClient {
    /// By the built-in field's key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Value>))]
    pub details: BTreeMap<String, Value>,
    /// By the custom field's id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Value>))]
    pub custom: BTreeMap<FieldId, Value>,
}

impl std::fmt::Debug for PatchClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PatchClient(…)")
    }
}

impl Default for SearchClients {
    fn default() -> Self {
        Self { sort: None, filter: Vec::new(), query: None, columns: None, after: None, limit: 50, with_total: false }
    }
}
