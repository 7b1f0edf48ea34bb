//! Purposes and wordings.

use crate::transport::{Api, ApiError, Extra};
use zgoda_api_types::{
    Created,
    consents::{CreatePurpose, CreateWording, Purpose},
};
use zgoda_domain::id::PurposeId;

impl Api {
    pub async fn purposes(&self) -> Result<Vec<Purpose>, ApiError> {
        self.get("/purposes").await
    }

    pub async fn create_purpose(
        &self,
        body: &CreatePurpose,
        idempotency_key: Option<&str>,
    ) -> Result<Created, ApiError> {
        self.post_with("/purposes", body, Extra { idempotency_key, ..Extra::default() }).await
    }

    pub async fn create_wording(
        &self,
        purpose: PurposeId,
        body: &CreateWording,
        idempotency_key: Option<&str>,
    ) -> Result<Created, ApiError> {
        let extra = Extra { idempotency_key, ..Extra::default() };
        self.post_with(&format!("/purposes/{purpose}/wordings"), body, extra).await
    }
}
