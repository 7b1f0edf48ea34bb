//! The JSON we speak: requests, answers and problems. Shared by the server, the typed client and the browser.
//!
//! Every request refuses unknown members. Enums and documents that stand on the wire as they are come from
//! `zgoda-domain`.

pub mod accounts;
pub mod api_keys;
pub mod audit;
pub mod clients;
pub mod consents;
pub mod custom_fields;
pub mod duplicates;
pub mod forms;
pub mod imports;
pub mod jobs;
pub mod ledger;
pub mod problem;
pub mod queries;
pub mod receipts;
pub mod saved_filters;
pub mod second_factors;
pub mod staff;
pub mod submissions;
pub mod tags;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Answer to every creating request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Created {
    pub id: Uuid,
}

/// One page of a list; `next` is the `after` of the following page, absent on the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    pub items: Vec<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Uuid>,
    /// How many there are in all, when it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}
