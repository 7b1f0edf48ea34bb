//! A role while it is being edited: what it says by itself, and what comes of it.

use crate::ui::{read_networks, typed_networks};
use leptos::prelude::*;
use std::collections::BTreeMap;
use zgoda_api_types::staff::{Role, RoleBody};
use zgoda_domain::{
    Invalid,
    access::{
        Access, DepartmentLimit, FieldRestriction, Network, Right, Scope,
        role::{MAX_ANCESTORS, RoleDefinition},
    },
    field_ref::FieldRef,
    id::RoleId,
};

/// Where holders may come from, as far as the role says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    Inherited,
    Anywhere,
    Listed,
}

impl Whence {
    pub const ALL: [Self; 3] = [Self::Inherited, Self::Anywhere, Self::Listed];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Inherited => "",
            Self::Anywhere => "anywhere",
            Self::Listed => "listed",
        }
    }
}

/// What is typed into the editor of a role.
#[derive(Clone, Copy)]
pub struct RoleDraft {
    pub name: RwSignal<String>,
    pub parent: RwSignal<Option<RoleId>>,
    /// All but the networks, which are text while they are typed.
    pub definition: RwSignal<RoleDefinition>,
    pub whence: RwSignal<Whence>,
    pub networks: RwSignal<String>,
}

impl RoleDraft {
    pub fn new(body: RoleBody) -> Self {
        let draft = Self {
            name: RwSignal::new(String::new()),
            parent: RwSignal::new(None),
            definition: RwSignal::new(RoleDefinition::default()),
            whence: RwSignal::new(Whence::Inherited),
            networks: RwSignal::new(String::new()),
        };
        draft.show(body);
        draft
    }

    /// Puts a role into the fields.
    pub fn show(self, mut body: RoleBody) {
        let networks = body.definition.networks.take();
        self.whence.set(match &networks {
            None => Whence::Inherited,
            Some(list) if list.is_empty() => Whence::Anywhere,
            Some(_) => Whence::Listed,
        });
        self.networks.set(typed_networks(&networks.unwrap_or_default()));
        self.name.set(body.name);
        self.parent.set(body.parent_id);
        self.definition.set(body.definition);
    }

    /// The request; reactive.
    pub fn read(self) -> Result<RoleBody, Invalid> {
        let networks = match self.whence.get() {
            Whence::Inherited => None,
            Whence::Anywhere => Some(Vec::new()),
            Whence::Listed => Some(read_networks(&self.networks.get(), "/definition/networks")?),
        };
        Ok(RoleBody {
            name: self.name.get(),
            parent_id: self.parent.get(),
            definition: RoleDefinition { networks, ..self.definition.get() },
        })
    }

    /// How far the role itself says that a right reaches.
    pub fn scope(self, right: Right) -> Option<Scope> {
        self.definition.with(|it| it.rights.get(&right).copied())
    }

    /// `None` leaves it to the role that this one is based on.
    pub fn set_scope(self, right: Right, scope: Option<Scope>) {
        self.definition.update(|it| put(&mut it.rights, right, scope));
    }

    pub fn restriction(self, field: FieldRef) -> Option<FieldRestriction> {
        self.definition.with(|it| it.fields.get(&field).copied())
    }

    pub fn set_restriction(self, field: FieldRef, restriction: Option<FieldRestriction>) {
        self.definition.update(|it| put(&mut it.fields, field, restriction));
    }

    pub fn set_departments(self, limit: Option<DepartmentLimit>) {
        self.definition.update(|it| it.departments = limit);
    }
}

fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    };
}

/// A role with everything it is based on, the first ancestor first.
fn chain(roles: &[Role], role: Option<RoleId>) -> Vec<&RoleDefinition> {
    let mut found = Vec::new();
    let mut next = role;
    while let Some(role) = next.and_then(|id| roles.iter().find(|role| role.id == id)) {
        // The server refuses roles that go round in a circle; what is shown must end in any case.
        if found.len() > MAX_ANCESTORS {
            break;
        }
        found.push(&role.definition);
        next = role.parent_id;
    }
    found.reverse();
    found
}

/// What a role with this parent allows when it says nothing by itself.
pub fn inherited(roles: &[Role], parent: Option<RoleId>) -> Access {
    Access::resolve(chain(roles, parent))
}

/// What a role with this parent and this definition allows.
pub fn effective(roles: &[Role], parent: Option<RoleId>, own: &RoleDefinition) -> Access {
    Access::resolve(chain(roles, parent).into_iter().chain([own]))
}

/// The networks that a role with this parent limits its holders to when it does not say so itself.
pub fn inherited_networks(roles: &[Role], parent: Option<RoleId>) -> Vec<Network> {
    chain(roles, parent).into_iter().filter_map(|it| it.networks.clone()).next_back().unwrap_or_default()
}

/// Roles that this one can be based on: not itself, nor one that is based on it.
pub fn possible_parents(roles: &[Role], id: Option<RoleId>) -> Vec<&Role> {
    let descends = |role: &Role| {
        let mut next = Some(role.id);
        for _ in 0..=MAX_ANCESTORS {
            match next {
                Some(at) if Some(at) == id => return true,
                Some(at) => next = roles.iter().find(|role| role.id == at).and_then(|role| role.parent_id),
                None => return false,
            }
        }
        false
    };
    roles.iter().filter(|role| id.is_none() || !descends(role)).collect()
}

/// The body that a role was read as.
pub fn body_of(role: &Role) -> RoleBody {
    RoleBody { name: role.name.clone(), parent_id: role.parent_id, definition: role.definition.clone() }
}

/// What was changed here since `base`, put onto what someone else saved meanwhile.
pub fn merge(base: &RoleBody, mine: &RoleBody, theirs: &RoleBody) -> RoleBody {
    let (b, m, t) = (&base.definition, &mine.definition, &theirs.definition);
    RoleBody {
        name: pick(&base.name, &mine.name, &theirs.name),
        parent_id: pick(&base.parent_id, &mine.parent_id, &theirs.parent_id),
        definition: RoleDefinition {
            rights: merge_maps(&b.rights, &m.rights, &t.rights),
            fields: merge_maps(&b.fields, &m.fields, &t.fields),
            departments: pick(&b.departments, &m.departments, &t.departments),
            needs_reason: pick(&b.needs_reason, &m.needs_reason, &t.needs_reason),
            networks: pick(&b.networks, &m.networks, &t.networks),
            needs_second_factor: pick(&b.needs_second_factor, &m.needs_second_factor, &t.needs_second_factor),
        },
    }
}

fn pick<T: Clone + PartialEq>(base: &T, mine: &T, theirs: &T) -> T {
    if mine == base { theirs.clone() } else { mine.clone() }
}

fn merge_maps<K: Copy + Ord, V: Copy + PartialEq>(
    base: &BTreeMap<K, V>,
    mine: &BTreeMap<K, V>,
    theirs: &BTreeMap<K, V>,
) -> BTreeMap<K, V> {
    let keys = mine.keys().chain(theirs.keys());
    keys.filter_map(|key| Some((*key, pick(&base.get(key), &mine.get(key), &theirs.get(key)).copied()?))).collect()
}
