//! Saved filters.

use crate::transport::{Api, ApiError, Extra};
use reqwest::Method;
use zgoda_api_types::{
    Created,
    saved_filters::{FilterBody, SavedFilter},
};
use zgoda_domain::id::FilterId;

impl Api {
    /// The caller's filters, and those that are shared with them.
    pub async fn filters(&self) -> Result<Vec<SavedFilter>, ApiError> {
        self.get("/filters").await
    }

    pub async fn create_filter(&self, body: &FilterBody, idempotency_key: Option<&str>) -> Result<Created, ApiError> {
        self.post_with("/filters", body, Extra { idempotency_key, ..Extra::default() }).await
    }

    pub async fn change_filter(&self, id: FilterId, version: i32, body: &FilterBody) -> Result<(), ApiError> {
        let extra = Extra { if_match: Some(version), ..Extra::default() };
        self.act(Method::PUT, &format!("/filters/{id}"), Some(body), extra).await
    }

    pub async fn delete_filter(&self, id: FilterId, version: i32) -> Result<(), ApiError> {
        let extra = Extra { if_match: Some(version), ..Extra::default() };
        self.act::<()>(Method::DELETE, &format!("/filters/{id}"), None, extra).await
    }
}
