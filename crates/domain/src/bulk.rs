//! One action on many clients.

use crate::{
    field_ref::FieldRef,
    id::{AccountId, ClientId, DepartmentId, TagId},
    list::Operator,
    search::Query,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most clients that are named one by one.
pub const MAX_IDS: usize = 10_000;

/// A change of cards.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum BulkEdit {
    AddTag {
        tag_id: TagId,
    },
    RemoveTag {
        tag_id: TagId,
    },
    /// `null` empties the field.
    SetField {
        field: FieldRef,
        #[serde(default)]
        value: Value,
    },
}

impl std::fmt::Debug for BulkEdit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AddTag { tag_id } => write!(f, "AddTag({tag_id})"),
            Self::RemoveTag { tag_id } => write!(f, "RemoveTag({tag_id})"),
            Self::SetField { field, .. } => write!(f, "SetField({field}, …)"),
        }
    }
}

/// Says whose the clients are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum BulkAssign {
    /// Nobody's when absent.
    SetOwner {
        #[serde(default)]
        owner_id: Option<AccountId>,
    },
    /// No department's when absent.
    SetDepartment {
        #[serde(default)]
        department_id: Option<DepartmentId>,
    },
}

/// What is done to each client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    Edit(BulkEdit),
    Assign(BulkAssign),
    /// With everything that is the client's alone. Cannot be undone.
    Delete,
}

/// What an action does, without whom to and with what: nothing that is anybody's data. Stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum BulkAbout {
    AddTag { tag_id: TagId },
    RemoveTag { tag_id: TagId },
    SetField { field: FieldRef },
    SetOwner,
    SetDepartment,
    Delete,
}

impl BulkAction {
    pub const fn about(&self) -> BulkAbout {
        match self {
            Self::Edit(BulkEdit::AddTag { tag_id }) => BulkAbout::AddTag { tag_id: *tag_id },
            Self::Edit(BulkEdit::RemoveTag { tag_id }) => BulkAbout::RemoveTag { tag_id: *tag_id },
            Self::Edit(BulkEdit::SetField { field, .. }) => BulkAbout::SetField { field: *field },
            Self::Assign(BulkAssign::SetOwner { .. }) => BulkAbout::SetOwner,
            Self::Assign(BulkAssign::SetDepartment { .. }) => BulkAbout::SetDepartment,
            Self::Delete => BulkAbout::Delete,
        }
    }
}

/// One condition of a filter as it was sent.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCondition {
    pub field: FieldRef,
    pub operator: Operator,
    pub value: Value,
}

impl std::fmt::Debug for RawCondition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawCondition({}, {}, …)", self.field, self.operator.code())
    }
}

/// Clients by what they are: all of it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matching {
    pub filter: Vec<RawCondition>,
    #[serde(default, skip_serializing_if = "Query::is_everything")]
    pub query: Query,
}

/// Which clients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkTargets {
    /// In the order of their ids, each once.
    Ids(Vec<ClientId>),
    /// Those that match when their turn comes, unless somebody changed them after the action was asked for.
    Matching(Matching),
}
