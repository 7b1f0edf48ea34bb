//! All roles worked out, as they stand at one moment.

use std::{collections::HashMap, sync::Arc};
use zgoda_domain::{
    access::{
        Access,
        role::{MAX_ANCESTORS, RoleDefinition},
    },
    id::RoleId,
    rule::{Invalids, Rule},
};
use zgoda_persistence::roles::RoleRecord;

/// Every role with what it allows in the end.
#[derive(Clone, Debug)]
pub struct RoleBook {
    roles: Vec<RoleRecord>,
    access: HashMap<RoleId, Arc<Access>>,
}

impl RoleBook {
    /// Works out all roles; complains about the one at fault when roles go round in a circle or are piled too high.
    pub fn new(roles: Vec<RoleRecord>) -> Result<Self, Invalids> {
        let mut access = HashMap::new();
        for role in &roles {
            access.insert(role.id, Arc::new(Access::resolve(chain(&roles, role)?)));
        }
        Ok(Self { roles, access })
    }

    pub fn roles(&self) -> &[RoleRecord] {
        &self.roles
    }

    pub fn role(&self, id: RoleId) -> Option<&RoleRecord> {
        self.roles.iter().find(|role| role.id == id)
    }

    pub fn access(&self, id: RoleId) -> Option<&Arc<Access>> {
        self.access.get(&id)
    }

    /// The book with one role added or replaced.
    pub fn with(&self, changed: RoleRecord) -> Result<Self, Invalids> {
        let mut roles: Vec<RoleRecord> = self.roles.iter().filter(|role| role.id != changed.id).cloned().collect();
        roles.push(changed);
        Self::new(roles)
    }

    /// What differs from an older book: before (if it was there) and now.
    pub fn differences<'a>(&'a self, older: &'a Self) -> impl Iterator<Item = (Option<&'a Access>, &'a Access)> {
        self.access
            .iter()
            .map(|(id, now)| (older.access(*id).map(Arc::as_ref), now.as_ref()))
            .filter(|(before, now)| *before != Some(now))
    }
}

/// A role and what it is based on, the most basic first.
fn chain<'a>(roles: &'a [RoleRecord], role: &'a RoleRecord) -> Result<Vec<&'a RoleDefinition>, Invalids> {
    let mut seen = vec![role.id];
    let mut found = vec![&role.definition];
    let mut next = role.parent_id;
    while let Some(id) = next {
        let parent = roles.iter().find(|role| role.id == id);
        match parent {
            None => return Err(Invalids::one("/parent_id", Rule::Unknown)),
            Some(_) if seen.contains(&id) => return Err(Invalids::one("/parent_id", Rule::Contradiction)),
            Some(_) if found.len() >= MAX_ANCESTORS => {
                return Err(Invalids::one("/parent_id", Rule::TooMany { max: MAX_ANCESTORS }));
            }
            Some(parent) => {
                seen.push(id);
                found.push(&parent.definition);
                next = parent.parent_id;
            }
        }
    }
    found.reverse();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use zgoda_domain::access::{Right, Scope};

    fn role(number: u128, parent: Option<u128>, rights: &[(Right, Scope)]) -> RoleRecord {
        let id = |number| RoleId::from_uuid(uuid::Uuid::from_u128(number));
        RoleRecord {
            id: id(number),
            version: 1,
            name: number.to_string(),
            template: None,
            parent_id: parent.map(id),
            definition: RoleDefinition { rights: rights.iter().copied().collect(), ..RoleDefinition::default() },
        }
    }

    #[test]
    fn a_role_inherits_what_it_does_not_say() {
        let book = RoleBook::new(vec![
            role(1, None, &[(Right::ViewClients, Scope::All), (Right::EditClients, Scope::All)]),
            role(2, Some(1), &[(Right::EditClients, Scope::Own)]),
            role(3, Some(2), &[(Right::ViewClients, Scope::Department)]),
        ])
        .unwrap();
        let access = book.access(RoleId::from_uuid(uuid::Uuid::from_u128(3))).unwrap();
        assert_eq!(access.scope(Right::ViewClients), Scope::Department);
        assert_eq!(access.scope(Right::EditClients), Scope::Own);
        assert_eq!(access.scope(Right::DeleteClients), Scope::None);
    }

    #[test]
    fn circles_and_towers_are_refused() {
        let circle = RoleBook::new(vec![role(1, Some(2), &[]), role(2, Some(3), &[]), role(3, Some(1), &[])]);
        assert!(circle.is_err());
        assert!(RoleBook::new(vec![role(1, Some(1), &[])]).is_err());
        assert!(RoleBook::new(vec![role(1, Some(9), &[])]).is_err());
        let tower = |height: u128| (1..=height).map(|at| role(at, (at > 1).then(|| at - 1), &[])).collect();
        assert!(RoleBook::new(tower(8)).is_ok());
        assert!(RoleBook::new(tower(9)).is_err());
    }
}
