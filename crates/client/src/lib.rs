//! The REST API as Rust functions: used by the single-page app, the tests and integrators.
//!
//! In a browser the session cookies are the browser's business. Elsewhere [`Api`] keeps them itself. Either way an
//! expired access token is renewed once and the request repeated; and where the server wants a recent proof of who is
//! there, whoever was named for that is asked ([`Api::proven_by`]) and the request repeated.

mod transport;

mod accounts;
mod clients;
mod consents;
mod custom_fields;
mod duplicates;
mod forms;
mod imports;
mod jobs;
mod ledger;
mod organisation;
mod receipts;
mod saved_filters;
mod second_factors;
mod staff;

pub use accounts::{AuditSearch, SignInOutcome};
pub use consents::ExpiringSearch;
pub use jobs::file_address;
pub use transport::{Api, ApiError, AwaitsProof, Download, Versioned};
pub use zgoda_api_types as types;
