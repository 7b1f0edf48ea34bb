//! Whose product this is.

use crate::transport::{Api, ApiError, Extra, Versioned};
use reqwest::Method;
use zgoda_domain::organisation::OrganisationInput;

impl Api {
    /// The organisation; empty texts with version 0 until it was filled in.
    pub async fn organisation(&self) -> Result<Versioned<OrganisationInput>, ApiError> {
        self.get_versioned("/organisation").await
    }

    pub async fn change_organisation(&self, version: i32, body: &OrganisationInput) -> Result<(), ApiError> {
        let extra = Extra { if_match: Some(version), ..Extra::default() };
        self.act(Method::PUT, "/organisation", Some(body), extra).await
    }
}
