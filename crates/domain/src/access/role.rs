//! Roles: what their holders may do, based on one another.

use super::{Access, DepartmentLimit, FieldRestriction, FieldRights, Network, Right, Scope};
use crate::{
    code::coded_enum,
    field_ref::FieldRef,
    id::{FieldId, RoleId},
    rule::{Invalids, Rule},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Roles based on one another, at most, counted from the last to the first.
pub const MAX_ANCESTORS: usize = 8;

/// What a role says by itself. What it leaves out comes from the role it is based on, or is not granted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleDefinition {
    /// How far each right reaches. A right without a scope of its own kind is `all` or `none`.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Scope>))]
    pub rights: BTreeMap<Right, Scope>,
    /// Restrictions of fields; `open` lifts one that the parent role makes.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, FieldRestriction>))]
    pub fields: BTreeMap<FieldRef, FieldRestriction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departments: Option<DepartmentLimit>,
    /// A card opens only after a reason was given, which is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs_reason: Option<bool>,
    /// Networks (CIDR) that holders must come from; empty for anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>))]
    pub networks: Option<Vec<Network>>,
    /// Holders need a second factor to sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs_second_factor: Option<bool>,
}

impl RoleDefinition {
    /// Checks what cannot be said in types. `known` are the custom fields that exist.
    pub fn check(&self, known: impl Fn(FieldId) -> bool) -> Result<(), Invalids> {
        let mut invalids = Invalids::default();
        for (right, scope) in &self.rights {
            let partial = matches!(scope, Scope::Own | Scope::Department);
            if *right == Right::UseOwnAccount {
                invalids.add(format!("/rights/{}", right.code()), Rule::ReadOnly);
            } else if partial && !right.is_scoped() {
                invalids.add(format!("/rights/{}", right.code()), Rule::OutOfRange);
            }
        }
        for (field, restriction) in &self.fields {
            let unknown = matches!(field, FieldRef::Custom(id) if !known(*id));
            if unknown {
                invalids.add(format!("/fields/{field}"), Rule::Unknown);
            } else if !FieldRights::can_restrict(*field, *restriction) {
                invalids.add(format!("/fields/{field}"), Rule::OutOfRange);
            }
        }
        if self.networks.as_ref().is_some_and(|networks| networks.len() > Network::MOST) {
            invalids.add("/networks", Rule::TooMany { max: Network::MOST });
        }
        invalids.or(Some(()))
    }

    /// Refuses rights on records that are said to reach further than `whole`, this role with everything it is based on,
    /// sees them: such a right does nothing now, and would widen by itself once the role sees more.
    pub fn check_reach(&self, whole: &Access) -> Result<(), Invalids> {
        let seen = whole.scope(Right::ViewClients);
        let mut invalids = Invalids::default();
        for (right, scope) in &self.rights {
            if right.is_scoped() && *scope > seen && *right != Right::ViewClients {
                invalids.add(format!("/rights/{}", right.code()), Rule::Contradiction);
            }
        }
        invalids.or(Some(()))
    }

    fn granting(rights: &[(Right, Scope)]) -> Self {
        Self { rights: rights.iter().copied().collect(), ..Self::default() }
    }
}

coded_enum!(
    /// Roles that come with the product. They cannot be changed; other roles can be based on them.
    RoleTemplate {
        Owner = "owner",
        Administrator = "administrator",
        /// Looks after own clients.
        Salesperson = "salesperson",
        /// Makes forms and purposes, sees clients.
        Marketing = "marketing",
        /// Data protection officer (Art. 37 to 39 GDPR): sees logs, the ledger and submissions, and a card for a reason.
        DataProtectionOfficer = "data_protection_officer",
        /// Sees everything, changes nothing, takes nothing out.
        ReadOnly = "read_only",
    }
);

impl RoleTemplate {
    /// The id of the template's role, the same in every installation.
    pub const fn id(self) -> RoleId {
        let number = match self {
            Self::Owner => 1,
            Self::Administrator => 2,
            Self::Salesperson => 3,
            Self::Marketing => 4,
            Self::DataProtectionOfficer => 5,
            Self::ReadOnly => 6,
        };
        RoleId::from_uuid(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0000 + number))
    }

    pub fn definition(self) -> RoleDefinition {
        use Right as R;
        use Scope::{All, Own};
        let everything = |but: &[Right]| {
            let rights = Right::ALL.iter().filter(|right| !but.contains(right) && **right != R::UseOwnAccount);
            RoleDefinition { rights: rights.map(|right| (*right, All)).collect(), ..RoleDefinition::default() }
        };
        match self {
            Self::Owner => everything(&[]),
            Self::Administrator => everything(&[R::AdministerOwners]),
            Self::Salesperson => RoleDefinition::granting(&[
                (R::ViewClients, Own),
                (R::CreateClients, All),
                (R::EditClients, Own),
                (R::ViewForms, All),
                (R::ViewSubmissions, All),
                (R::ViewPurposes, All),
            ]),
            Self::Marketing => RoleDefinition::granting(&[
                (R::ViewClients, All),
                (R::ViewForms, All),
                (R::EditForms, All),
                (R::ViewSubmissions, All),
                (R::DecideSubmissions, All),
                (R::ViewPurposes, All),
                (R::EditPurposes, All),
            ]),
            Self::DataProtectionOfficer => RoleDefinition {
                needs_reason: Some(true),
                ..RoleDefinition::granting(&[
                    (R::ViewClients, All),
                    (R::ExportClients, All),
                    (R::ViewForms, All),
                    (R::ViewSubmissions, All),
                    (R::ViewPurposes, All),
                    (R::ViewAudit, All),
                    (R::ExportAudit, All),
                    (R::ViewStaff, All),
                ])
            },
            Self::ReadOnly => RoleDefinition::granting(&[
                (R::ViewClients, All),
                (R::ViewForms, All),
                (R::ViewSubmissions, All),
                (R::ViewPurposes, All),
            ]),
        }
    }
}
