//! Purposes and wordings.

use crate::transport::{Api, ApiError, Extra, Versioned};
use zgoda_api_types::{
    Created,
    consents::{ChangePurpose, CreatePurpose, CreateWording, Purpose, WordingComparison},
};
use zgoda_domain::id::{PurposeId, WordingId};

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

    pub async fn change_purpose(
        &self,
        id: PurposeId,
        version: i32,
        body: &ChangePurpose,
    ) -> Result<Versioned<Purpose>, ApiError> {
        self.put_versioned(&format!("/purposes/{id}"), version, body).await
    }

    /// The retired purpose, with the open forms that still ask for it.
    pub async fn retire_purpose(&self, id: PurposeId) -> Result<Purpose, ApiError> {
        self.post_with(&format!("/purposes/{id}/retire"), &(), Extra::default()).await
    }

    pub async fn restore_purpose(&self, id: PurposeId) -> Result<Purpose, ApiError> {
        self.post_with(&format!("/purposes/{id}/restore"), &(), Extra::default()).await
    }

    pub async fn compare_wordings(
        &self,
        purpose: PurposeId,
        from: WordingId,
        to: WordingId,
    ) -> Result<WordingComparison, ApiError> {
        self.get(&format!("/purposes/{purpose}/wordings/compare?from={from}&to={to}")).await
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
