//! What someone may do in the end: a role with everything it is based on.

use super::{DepartmentLimit, FieldRights, Network, Right, Scope, role::RoleDefinition};
use std::{collections::BTreeMap, net::IpAddr};

/// Everything that a role, or a key cut from one, allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    scopes: BTreeMap<Right, Scope>,
    fields: FieldRights,
    departments: DepartmentLimit,
    needs_reason: bool,
    /// One list for each role and key that has one: an address must be in every list.
    networks: Vec<Vec<Network>>,
    needs_second_factor: bool,
}

impl Access {
    /// Works out a role. `chain` begins with the role that is based on no other and ends with the role itself; what a
    /// role says wins over what it is based on.
    pub fn resolve<'a>(chain: impl IntoIterator<Item = &'a RoleDefinition>) -> Self {
        let mut whole = RoleDefinition::default();
        for role in chain {
            whole.rights.extend(&role.rights);
            whole.fields.extend(&role.fields);
            whole.departments = role.departments.or(whole.departments);
            whole.needs_reason = role.needs_reason.or(whole.needs_reason);
            whole.networks = role.networks.clone().or(whole.networks);
            whole.needs_second_factor = role.needs_second_factor.or(whole.needs_second_factor);
        }
        whole.rights.insert(Right::UseOwnAccount, Scope::All);
        Self {
            scopes: whole.rights.into_iter().filter(|(_, scope)| *scope != Scope::None).collect(),
            fields: FieldRights::new(whole.fields),
            departments: whole.departments.unwrap_or(DepartmentLimit::Unlimited),
            needs_reason: whole.needs_reason.unwrap_or_default(),
            networks: whole.networks.into_iter().filter(|list| !list.is_empty()).collect(),
            needs_second_factor: whole.needs_second_factor.unwrap_or_default(),
        }
    }

    /// How far a right reaches. Nobody changes, exports or assigns a record they may not see.
    pub fn scope(&self, right: Right) -> Scope {
        let own = self.scopes.get(&right).copied().unwrap_or(Scope::None);
        if right.is_scoped() && right != Right::ViewClients { own.min(self.scope(Right::ViewClients)) } else { own }
    }

    pub fn grants(&self, right: Right) -> bool {
        self.scope(right) != Scope::None
    }

    /// Every right held, with its scope.
    pub fn rights(&self) -> BTreeMap<Right, Scope> {
        let held = Right::ALL.iter().map(|right| (*right, self.scope(*right)));
        held.filter(|(_, scope)| *scope != Scope::None).collect()
    }

    pub const fn fields(&self) -> &FieldRights {
        &self.fields
    }

    pub const fn departments(&self) -> DepartmentLimit {
        self.departments
    }

    pub const fn needs_reason(&self) -> bool {
        self.needs_reason
    }

    pub const fn needs_second_factor(&self) -> bool {
        self.needs_second_factor
    }

    /// Whether requests may come from this address. An unknown address is in no network.
    pub fn admits(&self, ip: Option<IpAddr>) -> bool {
        self.networks.iter().all(|list| ip.is_some_and(|ip| list.iter().any(|network| network.contains(ip))))
    }

    /// Whether this allows nothing that `other` does not, and demands all that it demands: whoever has `other` may give
    /// this. Which departments both mean is another question: see [`depends_on_departments`](Self::depends_on_departments).
    pub fn is_within(&self, other: &Self) -> bool {
        self.reaches_within(other)
            && self.needs_second_factor >= other.needs_second_factor
            && other.networks.iter().all(|wide| self.networks.iter().any(|narrow| lies_within(narrow, wide)))
    }

    /// Whether this opens nothing that `other` does not, whatever either demands of who signs in: whoever has `other` may
    /// take this away.
    pub fn reaches_within(&self, other: &Self) -> bool {
        Right::ALL.iter().all(|right| self.scope(*right) <= other.scope(*right))
            && self.fields.is_within(&other.fields)
            && self.departments <= other.departments
            && self.needs_reason >= other.needs_reason
    }

    /// Whether it matters for what this reaches which departments its holder belongs to.
    pub fn depends_on_departments(&self) -> bool {
        self.departments != DepartmentLimit::Unlimited
            || Right::ALL.iter().any(|right| self.scope(*right) == Scope::Department)
    }

    /// Nothing but the holder's own account.
    #[must_use]
    pub fn only_own_account(&self) -> Self {
        Self { scopes: [(Right::UseOwnAccount, Scope::All)].into(), ..self.clone() }
    }

    /// What both allow: a key allows what it was cut for, as far as its owner still may.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let scopes = Right::ALL.iter().map(|right| (*right, self.scope(*right).min(other.scope(*right))));
        Self {
            scopes: scopes.filter(|(_, scope)| *scope != Scope::None).collect(),
            fields: self.fields.meet(&other.fields),
            departments: self.departments.min(other.departments),
            needs_reason: self.needs_reason || other.needs_reason,
            networks: self.networks.iter().chain(&other.networks).cloned().collect(),
            needs_second_factor: self.needs_second_factor || other.needs_second_factor,
        }
    }
}

/// Whether every network of one list is part of one of the other.
fn lies_within(narrow: &[Network], wide: &[Network]) -> bool {
    narrow.iter().all(|inner| wide.iter().any(|outer| inner.is_within(outer)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::{FieldRestriction, role::RoleTemplate},
        client::BuiltinField,
        field_ref::FieldRef,
    };
    use proptest::prelude::*;

    fn definition() -> impl Strategy<Value = RoleDefinition> {
        let right = prop::sample::select(Right::ALL);
        let scope = prop::sample::select(Scope::ALL);
        let field = prop::sample::select(BuiltinField::ALL.to_vec());
        let restriction = prop::sample::select(FieldRestriction::ALL);
        let rights = prop::collection::btree_map(right, scope, 0..12);
        let fields = prop::collection::btree_map(field.prop_map(FieldRef::Builtin), restriction, 0..6);
        let departments = prop::option::of(prop::sample::select(DepartmentLimit::ALL));
        let network = prop::sample::select(NETWORKS.to_vec()).prop_map(|text| text.parse().unwrap());
        let networks = prop::option::of(prop::collection::vec(network, 0..3));
        let demands = (any::<Option<bool>>(), any::<Option<bool>>(), networks);
        (rights, fields, departments, demands).prop_map(
            |(rights, fields, departments, (needs_reason, needs_second_factor, networks))| RoleDefinition {
                rights,
                fields,
                departments,
                needs_reason,
                networks,
                needs_second_factor,
            },
        )
    }

    /// Networks that contain one another, and some that do not.
    const NETWORKS: &[&str] = &["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "192.0.2.0/24", "2001:db8::/32"];

    /// An address of each of those networks, one of none, and none at all.
    const ADDRESSES: &[&str] =
        &["198.51.100.1", "10.2.0.1", "10.1.0.1", "10.1.2.3", "192.0.2.1", "2001:db8::1", "2001:db9::1", ""];

    proptest! {
        /// Whoever may give a role cannot lift by it what their own demands of them.
        #[test]
        fn what_is_within_demands_as_much(a in definition(), b in definition()) {
            let (narrow, wide) = (Access::resolve([&a]), Access::resolve([&a, &b]));
            for (narrow, wide) in [(&narrow, &wide), (&wide, &narrow)] {
                if narrow.is_within(wide) {
                    prop_assert!(narrow.needs_second_factor() || !wide.needs_second_factor());
                    prop_assert!(narrow.needs_reason() || !wide.needs_reason());
                    for address in ADDRESSES {
                        prop_assert!(wide.admits(address.parse().ok()) || !narrow.admits(address.parse().ok()));
                    }
                }
            }
        }

        /// A right that a role states comes to life with the role, not when what the role is based on is widened.
        #[test]
        fn no_stated_right_waits_for_its_parent_to_see_more(parent in definition(), own in definition()) {
            let before = Access::resolve([&parent, &own]);
            prop_assume!(own.check_reach(&before).is_ok());
            let mut wider = parent;
            wider.rights.insert(Right::ViewClients, Scope::All);
            let after = Access::resolve([&wider, &own]);
            for right in own.rights.keys().filter(|right| **right != Right::UseOwnAccount) {
                prop_assert_eq!(after.scope(*right), before.scope(*right));
            }
        }

        #[test]
        fn what_two_allow_together_neither_exceeds(a in definition(), b in definition()) {
            let (a, b) = (Access::resolve([&a]), Access::resolve([&b]));
            let both = a.meet(&b);
            prop_assert!(both.is_within(&a) && both.is_within(&b));
            prop_assert_eq!(both.rights(), b.meet(&a).rights());
            prop_assert!(a.is_within(&a));
        }

        #[test]
        fn within_is_transitive_and_silence_inherits(a in definition(), b in definition(), c in definition()) {
            let (x, y, z) = (Access::resolve([&a]), Access::resolve([&a, &b]), Access::resolve([&a, &b, &c]));
            if x.is_within(&y) && y.is_within(&z) {
                prop_assert!(x.is_within(&z));
            }
            prop_assert_eq!(Access::resolve([&a, &RoleDefinition::default()]), x);
        }

        #[test]
        fn no_right_on_a_record_reaches_further_than_seeing_it(a in definition()) {
            let access = Access::resolve([&a]);
            for right in Right::ALL.iter().filter(|right| right.is_scoped()) {
                prop_assert!(access.scope(*right) <= access.scope(Right::ViewClients));
            }
        }
    }

    #[test]
    fn every_template_is_sound_and_within_the_owner() {
        let owner = Access::resolve([&RoleTemplate::Owner.definition()]);
        assert!(Right::ALL.iter().all(|right| owner.scope(*right) == Scope::All));
        for template in RoleTemplate::ALL {
            let definition = template.definition();
            definition.check(|_| false).unwrap();
            let access = Access::resolve([&definition]);
            definition.check_reach(&access).unwrap();
            assert!(access.is_within(&owner), "{template:?}");
            assert_eq!(owner.is_within(&access), *template == RoleTemplate::Owner, "{template:?}");
        }
    }

    fn from_networks(networks: &[&str]) -> Access {
        let networks = networks.iter().map(|text| text.parse().unwrap()).collect();
        Access::resolve([&RoleDefinition { networks: Some(networks), ..RoleDefinition::default() }])
    }

    #[test]
    fn demands_can_be_added_and_not_lifted() {
        let role = from_networks;
        let strict = RoleDefinition { needs_second_factor: Some(true), ..RoleDefinition::default() };
        let strict = Access::resolve([&strict]);
        assert!(strict.is_within(&role(&[])) && !role(&[]).is_within(&strict));
        let office = role(&["10.0.0.0/8", "192.0.2.0/24"]);
        for (networks, within) in [
            (vec!["10.1.0.0/16"], true),
            (vec!["10.1.0.0/16", "192.0.2.7"], true),
            (vec!["10.0.0.0/7"], false),
            (vec!["10.1.0.0/16", "198.51.100.1"], false),
            (vec!["2001:db8::/32"], false),
            (vec![], false),
        ] {
            assert_eq!(role(&networks).is_within(&office), within, "{networks:?}");
        }
        assert!(office.is_within(&role(&[])));
    }

    #[test]
    fn departments_matter_where_a_scope_or_a_limit_names_them() {
        let role = |scope, departments| {
            let rights = [(Right::ViewClients, scope)].into();
            Access::resolve([&RoleDefinition { rights, departments, ..RoleDefinition::default() }])
        };
        assert!(!role(Scope::All, None).depends_on_departments());
        assert!(!role(Scope::Own, Some(DepartmentLimit::Unlimited)).depends_on_departments());
        assert!(role(Scope::Department, None).depends_on_departments());
        assert!(role(Scope::All, Some(DepartmentLimit::OwnAndNone)).depends_on_departments());
    }

    #[test]
    fn an_address_must_be_in_every_list() {
        let role = from_networks;
        let both = role(&["10.0.0.0/8"]).meet(&role(&["10.1.0.0/16", "192.0.2.1"]));
        assert!(both.admits("10.1.2.3".parse().ok()));
        assert!(!both.admits("10.2.2.3".parse().ok()));
        assert!(!both.admits("192.0.2.1".parse().ok()));
        assert!(!both.admits(None));
        assert!(role(&[]).admits(None));
    }
}
