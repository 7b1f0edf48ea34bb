//! Rights: a module and what is done in it.

use crate::code::coded_enum;

coded_enum!(
    /// A part of the product that rights are given for.
    Module {
        Clients = "clients",
        Fields = "fields",
        Forms = "forms",
        Submissions = "submissions",
        Purposes = "purposes",
        Activities = "activities",
        Staff = "staff",
        Security = "security",
        ApiKeys = "api_keys",
        OwnAccount = "own_account",
    }
);

coded_enum!(
    /// What a right allows to do in its module.
    Operation {
        View = "view",
        Create = "create",
        Edit = "edit",
        Delete = "delete",
        Export = "export",
        Import = "import",
        Assign = "assign",
        Configure = "configure",
    }
);

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident = $code:literal: $module:ident $operation:ident;)*) => {
        coded_enum!(
            /// One right: a module and an operation. Pairs that mean nothing do not exist.
            Right { $($(#[$doc])* $name = $code),* }
        );

        impl Right {
            pub const fn module(self) -> Module {
                match self { $(Self::$name => Module::$module),* }
            }

            pub const fn operation(self) -> Operation {
                match self { $(Self::$name => Operation::$operation),* }
            }
        }

        $(
            #[doc = concat!("[`Right::", stringify!($name), "`] as a type.")]
            #[derive(Clone, Copy, Debug)]
            pub struct $name;
            impl RightType for $name {
                const RIGHT: Right = Right::$name;
            }
        )*
    };
}

/// A right as a type, so that a use case can name the one it needs.
pub trait RightType: Send + Sync + 'static {
    const RIGHT: Right;
}

rights! {
    ViewClients = "view_clients": Clients View;
    CreateClients = "create_clients": Clients Create;
    EditClients = "edit_clients": Clients Edit;
    DeleteClients = "delete_clients": Clients Delete;
    ExportClients = "export_clients": Clients Export;
    /// Make and change many clients from a file.
    ImportClients = "import_clients": Clients Import;
    /// Say whose client someone is, and which department's.
    AssignClients = "assign_clients": Clients Assign;
    ConfigureFields = "configure_fields": Fields Configure;
    ViewForms = "view_forms": Forms View;
    EditForms = "edit_forms": Forms Edit;
    ViewSubmissions = "view_submissions": Submissions View;
    DecideSubmissions = "decide_submissions": Submissions Edit;
    ViewPurposes = "view_purposes": Purposes View;
    EditPurposes = "edit_purposes": Purposes Edit;
    ViewAudit = "view_audit": Activities View;
    ExportAudit = "export_audit": Activities Export;
    ViewStaff = "view_staff": Staff View;
    /// Accounts, roles and departments, as far as one's own rights reach.
    EditStaff = "edit_staff": Staff Edit;
    /// The organisation's security settings.
    ConfigureSecurity = "configure_security": Security Configure;
    /// What only owners may: to make and unmake owners.
    AdministerOwners = "administer_owners": Security Assign;
    /// Make API keys for oneself.
    ManageApiKeys = "manage_api_keys": ApiKeys Configure;
    /// Own account: profile, preferences, sessions. Everyone who is signed in has it.
    UseOwnAccount = "use_own_account": OwnAccount Edit;
}

impl Right {
    /// Whether the right can reach some records and not others. Every other right is held or not.
    pub const fn is_scoped(self) -> bool {
        matches!(
            self,
            Self::ViewClients | Self::EditClients | Self::DeleteClients | Self::ExportClients | Self::AssignClients
        )
    }

    /// Whether an API key can have the right: a program never makes keys, staff or security settings.
    pub const fn fits_keys(self) -> bool {
        !matches!(self, Self::ManageApiKeys | Self::EditStaff | Self::ConfigureSecurity | Self::AdministerOwners)
    }
}
