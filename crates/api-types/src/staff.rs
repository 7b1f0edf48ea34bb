//! Members of staff, roles, departments.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zgoda_domain::{
    access::{
        DepartmentLimit, FieldRestriction, Right, Scope,
        role::{RoleDefinition, RoleTemplate},
    },
    field_ref::FieldRef,
    id::{AccountId, DepartmentId, RoleId},
};

/// A role. Its `ETag` is the version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Role {
    pub id: RoleId,
    pub version: i32,
    /// Empty for a role that comes with the product: it is named in the reader's language.
    pub name: String,
    /// A role that comes with the product and cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<RoleTemplate>,
    /// The role it is based on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<RoleId>,
    /// What the role says by itself.
    pub definition: RoleDefinition,
    /// What its holders may do in the end.
    pub effective: Effective,
    /// Whether the caller may give this role: it allows nothing that theirs does not.
    pub grantable: bool,
}

/// What a role allows together with everything it is based on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Effective {
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Scope>))]
    pub rights: BTreeMap<Right, Scope>,
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, FieldRestriction>))]
    pub fields: BTreeMap<FieldRef, FieldRestriction>,
    pub departments: DepartmentLimit,
    pub needs_reason: bool,
    pub needs_second_factor: bool,
}

/// What a role is made of; body of create and change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleBody {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<RoleId>,
    pub definition: RoleDefinition,
}

/// A member of staff as those see them who manage accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    pub id: AccountId,
    pub name: String,
    pub email: String,
    pub role_id: RoleId,
    pub department_ids: Vec<DepartmentId>,
    pub disabled: bool,
    /// Invited, and no password chosen yet.
    pub invited: bool,
    /// Shows a second factor when signing in.
    pub second_factor: bool,
    /// How many clients they are responsible for.
    pub clients: u64,
    pub created_at: DateTime<Utc>,
}

/// Makes an account. It has no password until its owner chooses one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateAccount {
    pub email: String,
    pub name: String,
    pub role_id: RoleId,
    #[serde(default)]
    pub department_ids: Vec<DepartmentId>,
}

/// An account whose owner was invited to choose a password.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invited {
    pub id: AccountId,
    /// The link to hand over, where no mail can be sent; works once, for a day. Absent when it was mailed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl std::fmt::Debug for Invited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Invited({})", self.id)
    }
}

/// What of an account others may change.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeAccount {
    pub name: String,
    pub role_id: RoleId,
    pub department_ids: Vec<DepartmentId>,
}

/// Deactivates an account.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Deactivate {
    /// Who gets the account's clients; absent to leave them where they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hand_over_to: Option<AccountId>,
}

/// Gives all clients of an account to another.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandOver {
    pub hand_over_to: AccountId,
}

/// How many clients changed hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandedOver {
    pub clients: u64,
}

/// A member of staff by name only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Colleague {
    pub id: AccountId,
    pub name: String,
}

/// A part of the organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Department {
    pub id: DepartmentId,
    pub name: String,
}

/// A department's name; body of create and change.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DepartmentBody {
    pub name: String,
}
