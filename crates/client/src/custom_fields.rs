//! Custom fields.

use crate::transport::{Api, ApiError, Extra, Versioned};
use reqwest::Method;
use zgoda_api_types::{
    Created,
    custom_fields::{ChangeCustomField, CreateCustomField, CustomField},
};
use zgoda_domain::id::FieldId;

impl Api {
    /// All fields in their order, deleted but restorable ones last.
    pub async fn custom_fields(&self) -> Result<Vec<CustomField>, ApiError> {
        self.get("/custom-fields").await
    }

    pub async fn create_custom_field(
        &self,
        body: &CreateCustomField,
        idempotency_key: Option<&str>,
    ) -> Result<Created, ApiError> {
        self.post_with("/custom-fields", body, Extra { idempotency_key, ..Extra::default() }).await
    }

    pub async fn change_custom_field(
        &self,
        id: FieldId,
        version: i32,
        body: &ChangeCustomField,
    ) -> Result<Versioned<CustomField>, ApiError> {
        self.put_versioned(&format!("/custom-fields/{id}"), version, body).await
    }

    pub async fn delete_custom_field(&self, id: FieldId) -> Result<(), ApiError> {
        self.act::<()>(Method::DELETE, &format!("/custom-fields/{id}"), None, Extra::default()).await
    }

    pub async fn restore_custom_field(&self, id: FieldId) -> Result<(), ApiError> {
        self.act::<()>(Method::POST, &format!("/custom-fields/{id}/restore"), None, Extra::default()).await
    }
}
