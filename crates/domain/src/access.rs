//! Who may do what. A [`Permit`] is a value: use cases demand it, and only the policy can make one.

use crate::{
    code::coded_enum,
    id::{AccountId, SessionId},
};
use std::marker::PhantomData;

coded_enum!(
    /// A named bundle of rights.
    Role {
        Owner = "owner",
        /// Sees everything, changes nothing, takes nothing out.
        ReadOnly = "read_only",
    }
);

coded_enum!(
    /// One right: a module and an action.
    Right {
        ViewClients = "view_clients",
        EditClients = "edit_clients",
        ExportClients = "export_clients",
        ConfigureFields = "configure_fields",
        ViewForms = "view_forms",
        EditForms = "edit_forms",
        ViewSubmissions = "view_submissions",
        DecideSubmissions = "decide_submissions",
        ViewPurposes = "view_purposes",
        EditPurposes = "edit_purposes",
        ViewAudit = "view_audit",
        /// Own account: profile, preferences, sessions. Everyone who is signed in has it.
        UseOwnAccount = "use_own_account",
    }
);

impl Role {
    /// The whole access policy, in one place.
    pub const fn grants(self, right: Right) -> bool {
        match (self, right) {
            (Self::Owner, _)
            | (
                Self::ReadOnly,
                Right::ViewClients
                | Right::ViewForms
                | Right::ViewSubmissions
                | Right::ViewPurposes
                | Right::UseOwnAccount,
            ) => true,
            (
                Self::ReadOnly,
                Right::EditClients
                | Right::ExportClients
                | Right::ConfigureFields
                | Right::EditForms
                | Right::DecideSubmissions
                | Right::EditPurposes
                | Right::ViewAudit,
            ) => false,
        }
    }
}

/// A right as a type, so that a use case can name the one it needs.
pub trait RightType: Send + Sync + 'static {
    const RIGHT: Right;
}

macro_rules! right_types {
    ($($name:ident),* $(,)?) => {$(
        #[doc = concat!("[`Right::", stringify!($name), "`] as a type.")]
        #[derive(Clone, Copy, Debug)]
        pub struct $name;
        impl RightType for $name {
            const RIGHT: Right = Right::$name;
        }
    )*};
}
right_types!(
    ViewClients,
    EditClients,
    ExportClients,
    ConfigureFields,
    ViewForms,
    EditForms,
    ViewSubmissions,
    DecideSubmissions,
    ViewPurposes,
    EditPurposes,
    ViewAudit,
    UseOwnAccount,
);

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Account(AccountId),
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
            Self::Visitor => "visitor",
            Self::System { .. } => "system",
            Self::CommandLine => "command_line",
        }
    }

    pub const fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account(id) => Some(*id),
            _ => None,
        }
    }
}

/// Where a request came from, as far as we believe it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

/// Someone whose session was checked for this request.
#[derive(Clone, Debug)]
pub struct Caller {
    pub account_id: AccountId,
    pub session_id: SessionId,
    pub role: Role,
    pub origin: Origin,
}

impl Caller {
    /// A permit for right `R`, if the caller's role grants it.
    pub fn permit<R: RightType>(&self) -> Option<Permit<R>> {
        self.role.grants(R::RIGHT).then(|| Permit {
            actor: Actor::Account(self.account_id),
            session: Some(self.session_id),
            origin: self.origin.clone(),
            right: PhantomData,
        })
    }
}

/// Proof that `actor` holds right `R`. Its fields are private: nobody can make one up.
#[derive(Clone, Debug)]
pub struct Permit<R> {
    actor: Actor,
    session: Option<SessionId>,
    origin: Origin,
    right: PhantomData<R>,
}

impl<R: RightType> Permit<R> {
    /// The program acting on its own account, for example for demo data or a command on the operator's console.
    pub fn for_system(actor: Actor) -> Option<Self> {
        match actor {
            Actor::System { .. } | Actor::CommandLine => {
                Some(Self { actor, session: None, origin: Origin::default(), right: PhantomData })
            }
            Actor::Account(_) | Actor::Visitor => None,
        }
    }

    pub const fn actor(&self) -> Actor {
        self.actor
    }

    pub const fn session(&self) -> Option<SessionId> {
        self.session
    }

    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_only_caller_gets_no_permit_to_write() {
        let id = AccountId::generate(chrono::DateTime::UNIX_EPOCH, [0; 10]);
        let session = SessionId::generate(chrono::DateTime::UNIX_EPOCH, [0; 10]);
        let caller = Caller { account_id: id, session_id: session, role: Role::ReadOnly, origin: Origin::default() };
        assert!(caller.permit::<ViewClients>().is_some());
        assert!(caller.permit::<EditClients>().is_none());
        assert!(caller.permit::<ExportClients>().is_none());
        assert!(Permit::<EditClients>::for_system(Actor::Visitor).is_none());
    }

    #[test]
    fn the_owner_holds_every_right() {
        assert!(Right::ALL.iter().all(|right| Role::Owner.grants(*right)));
    }
}
