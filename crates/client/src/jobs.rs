//! Background jobs, actions on many clients, tags.

use crate::{
    accounts::paged,
    transport::{Api, ApiError, Download, Extra, Versioned},
};
use reqwest::Method;
use uuid::Uuid;
use zgoda_api_types::{
    Created, Page,
    jobs::{AssignMany, BulkPreview, DeleteMany, EditMany, ExportMany, Job, PreviewBulk},
    tags::{ClientTags, Tag, TagBody, TagUse},
};
use zgoda_domain::id::{ClientId, JobId, TagId};

/// Where a browser finds what a job made.
pub fn file_address(id: JobId) -> String {
    format!("/api/v1/jobs/{id}/file")
}

impl Api {
    /// The caller's jobs, newest first.
    pub async fn jobs(&self, after: Option<Uuid>) -> Result<Page<Job>, ApiError> {
        self.get(&paged("/jobs", after)).await
    }

    /// How far a job is.
    pub async fn job(&self, id: JobId) -> Result<Job, ApiError> {
        self.get(&format!("/jobs/{id}")).await
    }

    /// How far a job is, asked again and again by a page that is left open: that keeps no session awake.
    pub async fn watch_job(&self, id: JobId) -> Result<Job, ApiError> {
        self.get_with(&format!("/jobs/{id}"), Extra { background: true, ..Extra::default() }).await
    }

    /// Stops a job before its next step.
    pub async fn cancel_job(&self, id: JobId) -> Result<(), ApiError> {
        self.act::<()>(Method::POST, &format!("/jobs/{id}/cancel"), None, Extra::default()).await
    }

    /// Takes back what a job did; the job that does.
    pub async fn undo_job(&self, id: JobId) -> Result<Created, ApiError> {
        self.post(&format!("/jobs/{id}/undo"), &()).await
    }

    /// What a job made.
    pub async fn job_file(&self, id: JobId) -> Result<Download, ApiError> {
        self.download(&format!("/jobs/{id}/file")).await
    }

    /// How many clients an action on many would be for.
    pub async fn preview_bulk(&self, body: &PreviewBulk) -> Result<BulkPreview, ApiError> {
        self.post("/clients/bulk/preview", body).await
    }

    /// Changes many cards; the job that does.
    pub async fn edit_many(&self, body: &EditMany, idempotency_key: Option<&str>) -> Result<Created, ApiError> {
        self.post_with("/clients/bulk/edit", body, Extra { idempotency_key, ..Extra::default() }).await
    }

    /// Says whose many clients are; the job that does.
    pub async fn assign_many(&self, body: &AssignMany, idempotency_key: Option<&str>) -> Result<Created, ApiError> {
        self.post_with("/clients/bulk/assign", body, Extra { idempotency_key, ..Extra::default() }).await
    }

    /// Deletes many clients; the job that does.
    pub async fn delete_many(&self, body: &DeleteMany, idempotency_key: Option<&str>) -> Result<Created, ApiError> {
        self.post_with("/clients/bulk/delete", body, Extra { idempotency_key, ..Extra::default() }).await
    }

    /// Takes clients out as a file; the job that makes it. Needs a proof of the last minutes.
    pub async fn export_clients(&self, body: &ExportMany, idempotency_key: Option<&str>) -> Result<Created, ApiError> {
        self.post_with("/clients/export", body, Extra { idempotency_key, ..Extra::default() }).await
    }

    /// Every tag, by name.
    pub async fn tags(&self) -> Result<Vec<Tag>, ApiError> {
        self.get("/tags").await
    }

    /// How many clients have each tag; one that nobody has is not among them.
    pub async fn tag_uses(&self) -> Result<Vec<TagUse>, ApiError> {
        self.get("/tags/uses").await
    }

    pub async fn create_tag(&self, body: &TagBody, idempotency_key: Option<&str>) -> Result<Created, ApiError> {
        self.post_with("/tags", body, Extra { idempotency_key, ..Extra::default() }).await
    }

    pub async fn change_tag(&self, id: TagId, version: i32, body: &TagBody) -> Result<(), ApiError> {
        let extra = Extra { if_match: Some(version), ..Extra::default() };
        self.act(Method::PUT, &format!("/tags/{id}"), Some(body), extra).await
    }

    /// Takes a tag away, from every client that has it too.
    pub async fn delete_tag(&self, id: TagId, version: i32) -> Result<(), ApiError> {
        let extra = Extra { if_match: Some(version), ..Extra::default() };
        self.act::<()>(Method::DELETE, &format!("/tags/{id}"), None, extra).await
    }

    /// Puts exactly these tags on a client; the version is the card's.
    pub async fn set_client_tags(
        &self,
        id: ClientId,
        version: i32,
        body: &ClientTags,
    ) -> Result<Versioned<ClientTags>, ApiError> {
        self.put_versioned(&format!("/clients/{id}/tags"), version, body).await
    }
}
