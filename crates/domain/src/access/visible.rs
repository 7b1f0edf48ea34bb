//! Which records a right reaches.

use crate::{
    code::coded_enum,
    id::{AccountId, DepartmentId},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

coded_enum!(
    /// How far a right reaches. Ordered: each reaches what the ones before it reach.
    Scope {
        None = "none",
        /// Records the caller is responsible for.
        Own = "own",
        /// Own records and those of the caller's departments.
        Department = "department",
        All = "all",
    }
);

coded_enum!(
    /// A second limit, independent of scopes. Ordered from the strictest.
    DepartmentLimit {
        /// Only records of the caller's departments.
        Own = "own",
        /// Records of the caller's departments and of none.
        OwnAndNone = "own_and_none",
        Unlimited = "unlimited",
    }
);

/// Whose a record is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assignment {
    /// The member of staff responsible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<AccountId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department_id: Option<DepartmentId>,
}

/// The records someone may reach with one right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visible {
    pub(super) scope: Scope,
    pub(super) account: Option<AccountId>,
    pub(super) departments: Arc<[DepartmentId]>,
    pub(super) limit: DepartmentLimit,
}

impl Visible {
    /// No limit: the program itself.
    pub fn everything() -> Self {
        Self { scope: Scope::All, account: None, departments: [].into(), limit: DepartmentLimit::Unlimited }
    }

    /// No record at all.
    pub fn nothing() -> Self {
        Self { scope: Scope::None, ..Self::everything() }
    }

    pub const fn scope(&self) -> Scope {
        self.scope
    }

    pub const fn limit(&self) -> DepartmentLimit {
        self.limit
    }

    pub const fn account(&self) -> Option<AccountId> {
        self.account
    }

    pub fn departments(&self) -> &[DepartmentId] {
        &self.departments
    }

    /// How a record that the caller makes is assigned, so that it is within reach.
    pub fn of_new_record(&self) -> Assignment {
        Assignment { owner_id: self.account, department_id: self.departments.first().copied() }
    }

    pub fn is_everything(&self) -> bool {
        self.scope == Scope::All && self.limit == DepartmentLimit::Unlimited
    }

    /// Whether a record that is assigned like this is reached.
    pub fn covers(&self, assignment: Assignment) -> bool {
        let Assignment { owner_id: owner, department_id: department } = assignment;
        let own = owner.is_some() && owner == self.account;
        let mine = department.is_some_and(|id| self.departments.contains(&id));
        let in_scope = match self.scope {
            Scope::None => false,
            Scope::Own => own,
            Scope::Department => own || mine,
            Scope::All => true,
        };
        let in_limit = match self.limit {
            DepartmentLimit::Unlimited => true,
            DepartmentLimit::OwnAndNone => mine || department.is_none(),
            DepartmentLimit::Own => mine,
        };
        in_scope && in_limit
    }
}
