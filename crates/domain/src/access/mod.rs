//! Who may do what, on whose records, and which fields of them they see.
//!
//! A [`Role`](role) says which [`Right`]s its holders have and how far each reaches ([`Scope`]), which fields they see
//! ([`FieldRights`]), and from where they may come. What a request may do is worked out once, as an [`Access`]; a
//! [`Permit`] is the proof that it holds one right. Use cases demand permits, and only this module can make one.

mod effective;
mod fields;
mod network;
mod permit;
mod right;
pub mod role;
mod visible;

pub use effective::Access;
pub use fields::{ConsentRights, FieldRestriction, FieldRights};
pub use network::Network;
pub use permit::{Actor, Caller, Credential, Origin, Permit};
pub use right::{
    AdministerOwners, AssignClients, ConfigureFields, ConfigureSecurity, CreateClients, DecideSubmissions,
    DeleteClients, EditClients, EditForms, EditPurposes, EditStaff, ExportAudit, ExportClients, ImportClients,
    ManageApiKeys, Module, Operation, Right, RightType, UseOwnAccount, ViewAudit, ViewClients, ViewForms, ViewPurposes,
    ViewStaff, ViewSubmissions,
};
pub use visible::{Assignment, DepartmentLimit, Scope, Visible};
