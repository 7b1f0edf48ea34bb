//! Who asks, and the proof of what they may.

use super::{Access, FieldRights, RightType, Visible};
use crate::id::{AccountId, ApiKeyId, DepartmentId, JobId, SessionId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{marker::PhantomData, sync::Arc};

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Account(AccountId),
    /// A program with an API key, on behalf of the key's owner.
    ApiKey {
        key: ApiKeyId,
        account: AccountId,
    },
    /// A visitor of a public page.
    Visitor,
    /// The program itself, in a named job.
    System {
        job: &'static str,
    },
    /// An operator on the command line.
    CommandLine,
}

impl Actor {
    pub const fn kind_code(&self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::ApiKey { .. } => "api_key",
            Self::Visitor => "visitor",
            Self::System { .. } => "system",
            Self::CommandLine => "command_line",
        }
    }

    pub const fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account(id) | Self::ApiKey { account: id, .. } => Some(*id),
            Self::Visitor | Self::System { .. } | Self::CommandLine => None,
        }
    }

    /// The key of a program. What was begun with one is that key's, not its account's.
    pub const fn api_key(&self) -> Option<ApiKeyId> {
        match self {
            Self::ApiKey { key, .. } => Some(*key),
            Self::Account(_) | Self::Visitor | Self::System { .. } | Self::CommandLine => None,
        }
    }
}

/// Where a request came from, as far as we believe it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

/// What a request is authenticated by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    Session(SessionId),
    ApiKey(ApiKeyId),
    /// A background job that acts for whoever asked for it, perhaps by a key.
    Job {
        job: JobId,
        key: Option<ApiKeyId>,
    },
}

/// Someone whose session or key was checked for this request.
#[derive(Clone, Debug)]
pub struct Caller {
    pub account_id: AccountId,
    pub credential: Credential,
    pub access: Arc<Access>,
    pub departments: Arc<[DepartmentId]>,
    pub origin: Origin,
    /// When the person last proved who they are in this session; `None` when a remembered device stood in for the second
    /// factor, and for a program, which cannot prove anything.
    pub proved_at: Option<DateTime<Utc>>,
    /// A second factor is demanded and was not shown: nothing but the own account is open.
    pub must_prove: bool,
}

impl Caller {
    /// A permit for right `R`, if the caller holds it.
    pub fn permit<R: RightType>(&self) -> Option<Permit<R>> {
        let scope = self.access.scope(R::RIGHT);
        self.access.grants(R::RIGHT).then(|| Permit {
            actor: self.actor(),
            credential: Some(self.credential),
            origin: self.origin.clone(),
            visible: Visible {
                scope,
                account: Some(self.account_id),
                departments: Arc::clone(&self.departments),
                limit: self.access.departments(),
            },
            access: Some(Arc::clone(&self.access)),
            right: PhantomData,
        })
    }

    pub const fn actor(&self) -> Actor {
        match self.credential {
            Credential::Session(_) | Credential::Job { key: None, .. } => Actor::Account(self.account_id),
            Credential::ApiKey(key) | Credential::Job { key: Some(key), .. } => {
                Actor::ApiKey { key, account: self.account_id }
            }
        }
    }

    /// The caller's session; `None` for a program with a key, and for a job.
    pub const fn session(&self) -> Option<SessionId> {
        match self.credential {
            Credential::Session(id) => Some(id),
            Credential::ApiKey(_) | Credential::Job { .. } => None,
        }
    }
}

/// Proof that `actor` holds right `R`, with the records it reaches and the fields it shows. Its fields are private:
/// nobody can make one up.
#[derive(Clone, Debug)]
pub struct Permit<R> {
    actor: Actor,
    credential: Option<Credential>,
    origin: Origin,
    visible: Visible,
    /// `None` for the program itself, which may everything.
    access: Option<Arc<Access>>,
    right: PhantomData<R>,
}

impl<R: RightType> Permit<R> {
    /// The program acting on its own account, for example for demo data or a command on the operator's console.
    pub fn for_system(actor: Actor) -> Option<Self> {
        match actor {
            Actor::System { .. } | Actor::CommandLine => Some(Self {
                actor,
                credential: None,
                origin: Origin::default(),
                visible: Visible::everything(),
                access: None,
                right: PhantomData,
            }),
            Actor::Account(_) | Actor::ApiKey { .. } | Actor::Visitor => None,
        }
    }

    pub const fn actor(&self) -> Actor {
        self.actor
    }

    pub const fn credential(&self) -> Option<Credential> {
        self.credential
    }

    pub const fn session(&self) -> Option<SessionId> {
        match self.credential {
            Some(Credential::Session(id)) => Some(id),
            _ => None,
        }
    }

    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The records this right reaches.
    pub const fn visible(&self) -> &Visible {
        &self.visible
    }

    /// The fields of records that are shown and may be written.
    pub fn fields(&self) -> &FieldRights {
        static ALL_OPEN: std::sync::LazyLock<FieldRights> = std::sync::LazyLock::new(FieldRights::default);
        self.access.as_deref().map_or(&ALL_OPEN, Access::fields)
    }

    /// Whether a card opens only after a reason was given.
    pub fn needs_reason(&self) -> bool {
        self.access.as_ref().is_some_and(|access| access.needs_reason())
    }

    /// Whether the holder may give, take or change this much: nobody grants more than they hold.
    pub fn may_grant(&self, access: &Access) -> bool {
        self.access.as_ref().is_none_or(|own| access.is_within(own))
    }

    /// Whether the holder may give or change what someone has who belongs to `departments`: the access itself, and the
    /// departments it reaches by them.
    pub fn may_manage(&self, access: &Access, departments: &[DepartmentId]) -> bool {
        self.may_grant(access) && self.may_take(access, departments)
    }

    /// Whether the holder may take away what someone has who belongs to `departments`. That lifts no demand, so what is
    /// demanded of either does not matter.
    pub fn may_take(&self, access: &Access, departments: &[DepartmentId]) -> bool {
        self.access.as_ref().is_none_or(|own| access.reaches_within(own))
            && (!access.depends_on_departments() || self.may_place_in(departments))
    }

    /// Whether the holder may say who belongs to these departments. Whoever reaches records by their own departments
    /// speaks for those alone.
    pub fn may_place_in(&self, departments: &[DepartmentId]) -> bool {
        let bound = self.access.as_ref().is_some_and(|own| own.depends_on_departments());
        !bound || departments.iter().all(|id| self.visible.departments().contains(id))
    }

    /// What the holder may do in all; `None` for the program itself.
    pub fn access(&self) -> Option<&Access> {
        self.access.as_deref()
    }

    /// The same holder's permit for another right, if it is held too.
    pub fn and<S: RightType>(&self) -> Option<Permit<S>> {
        let scope = self.access.as_ref().map_or(super::Scope::All, |access| access.scope(S::RIGHT));
        (scope != super::Scope::None).then(|| Permit {
            actor: self.actor,
            credential: self.credential,
            origin: self.origin.clone(),
            visible: Visible { scope, ..self.visible.clone() },
            access: self.access.clone(),
            right: PhantomData,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{
        Assignment, DepartmentLimit, EditClients, ExportClients, Right, Scope, UseOwnAccount, ViewClients,
        role::{RoleDefinition, RoleTemplate},
    };
    use proptest::prelude::*;

    fn department(number: u8) -> DepartmentId {
        DepartmentId::generate(chrono::DateTime::UNIX_EPOCH, [number; 10])
    }

    /// A role as far as it reaches records, and the departments of somebody who has it.
    fn placed() -> impl Strategy<Value = (RoleDefinition, Vec<DepartmentId>)> {
        let scope = || prop::sample::select(Scope::ALL);
        let limit = prop::option::of(prop::sample::select(DepartmentLimit::ALL));
        let departments = prop::sample::subsequence(vec![department(1), department(2), department(3)], 0..=3);
        (scope(), scope(), limit, departments).prop_map(|(view, edit, limit, departments)| {
            let rights = [(Right::ViewClients, view), (Right::EditClients, edit)].into();
            (RoleDefinition { rights, departments: limit, ..RoleDefinition::default() }, departments)
        })
    }

    proptest! {
        /// Whoever may give or take an access reaches every record that it reaches, but those that are its holder's own.
        #[test]
        fn nobody_manages_whoever_reaches_further((mine, my_departments) in placed(), (theirs, departments) in placed()) {
            let caller = |definition: &RoleDefinition, departments: &[DepartmentId]| Caller {
                departments: departments.into(),
                ..caller(definition)
            };
            let other = caller(&theirs, &departments);
            let me = caller(&mine, &my_departments);
            let staff = me.permit::<UseOwnAccount>().unwrap();
            prop_assert!(staff.may_manage(&me.access, &my_departments));
            if staff.may_manage(&other.access, &departments) {
                let places = [None, Some(department(1)), Some(department(2)), Some(department(3))];
                for assignment in places.map(|department_id| Assignment { owner_id: None, department_id }) {
                    let view = |caller: &Caller| caller.permit::<ViewClients>().is_some_and(|it| it.visible().covers(assignment));
                    let edit = |caller: &Caller| caller.permit::<EditClients>().is_some_and(|it| it.visible().covers(assignment));
                    prop_assert!(view(&me) || !view(&other));
                    prop_assert!(edit(&me) || !edit(&other));
                }
            }
        }
    }

    fn caller(definition: &RoleDefinition) -> Caller {
        Caller {
            account_id: AccountId::generate(chrono::DateTime::UNIX_EPOCH, [1; 10]),
            credential: Credential::Session(SessionId::generate(chrono::DateTime::UNIX_EPOCH, [0; 10])),
            access: Arc::new(Access::resolve([definition])),
            departments: [DepartmentId::generate(chrono::DateTime::UNIX_EPOCH, [2; 10])].into(),
            origin: Origin::default(),
            proved_at: None,
            must_prove: false,
        }
    }

    #[test]
    fn a_read_only_caller_gets_no_permit_to_write() {
        let caller = caller(&RoleTemplate::ReadOnly.definition());
        assert!(caller.permit::<ViewClients>().is_some());
        assert!(caller.permit::<EditClients>().is_none());
        assert!(caller.permit::<ExportClients>().is_none());
        assert!(Permit::<EditClients>::for_system(Actor::Visitor).is_none());
    }

    #[test]
    fn a_permit_reaches_what_scope_and_departments_allow() {
        let role = RoleTemplate::Salesperson.definition();
        let strict = RoleDefinition { departments: Some(DepartmentLimit::Own), ..role.clone() };
        let wide = RoleDefinition {
            rights: [(crate::access::Right::ViewClients, Scope::Department)].into(),
            departments: Some(DepartmentLimit::OwnAndNone),
            ..role.clone()
        };
        let stranger = Some(AccountId::generate(chrono::DateTime::UNIX_EPOCH, [9; 10]));
        let elsewhere = Some(DepartmentId::generate(chrono::DateTime::UNIX_EPOCH, [9; 10]));
        for (role, expected) in [
            (&role, [true, true, true, false, false, false]),
            (&strict, [false, true, false, false, false, false]),
            (&wide, [true, true, false, false, true, false]),
        ] {
            let caller = caller(role);
            let (me, mine) = (Some(caller.account_id), caller.departments.first().copied());
            let permit = caller.permit::<ViewClients>().unwrap();
            let visible = permit.visible();
            let covers = |owner_id, department_id| visible.covers(Assignment { owner_id, department_id });
            let covers = [
                covers(me, None),
                covers(me, mine),
                covers(me, elsewhere),
                covers(None, None),
                covers(stranger, mine),
                covers(stranger, None),
            ];
            assert_eq!(covers, expected, "{role:?}");
        }
    }
}
