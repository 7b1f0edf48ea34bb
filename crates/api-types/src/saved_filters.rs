//! Saved filters.

use crate::clients::{FilterCondition, Sort};
use serde::{Deserialize, Serialize};
use zgoda_domain::{
    Invalid,
    id::{AccountId, DepartmentId, FilterId},
    saved_filter::{Sharing, ShownColumn},
};

/// A way of looking at the client list. Fields stand in it by their ids, so it follows whatever they are called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FilterBody {
    /// At most 80 characters.
    pub name: String,
    pub sharing: Sharing,
    /// With which department it is shared; the caller has to belong to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department_id: Option<DepartmentId>,
    #[serde(default)]
    pub filter: Vec<FilterCondition>,
    /// A query in the language of search; holds besides the filter. It is answered in the language of the caller's account,
    /// with the names of today; in it a deleted field stands by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Each reader's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<ShownColumn>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<Sort>,
}

/// What does not hold of a filter any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FilterProblem {
    /// The place in `view` and the rule: `unknown` for a deleted field, `query` for what does not hold of the query;
    /// `not_shown` at `/filter` and `/query` where conditions were left out that are of no use to the caller.
    pub complaint: Invalid,
    /// What the field is or was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_name: Option<String>,
}

/// A saved filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedFilter {
    pub id: FilterId,
    pub version: i32,
    pub owner_id: AccountId,
    pub view: FilterBody,
    /// The caller may change and delete it.
    pub editable: bool,
    /// A search by it would be refused for these. Empty for a filter that can be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<FilterProblem>,
}
