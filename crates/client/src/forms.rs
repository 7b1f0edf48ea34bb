//! Forms and submissions, for staff and for visitors.

use crate::{
    accounts::paged,
    transport::{Api, ApiError, Download, Extra, Versioned},
};
use reqwest::Method;
use uuid::Uuid;
use zgoda_api_types::{
    Created, Page,
    forms::{
        Challenge, CreateForm, Form, FormSummary, FormVersion, FormVersionSummary, PublicForm, SaveForm, Submit,
        Submitted,
    },
    submissions::{Submission, SubmissionSummary},
};
use zgoda_domain::{
    id::{FileId, FormId, SubmissionId},
    submission::SubmissionStatus,
};

impl Api {
    pub async fn forms(&self) -> Result<Vec<FormSummary>, ApiError> {
        self.get("/forms").await
    }

    pub async fn create_form(&self, body: &CreateForm, idempotency_key: Option<&str>) -> Result<Created, ApiError> {
        self.post_with("/forms", body, Extra { idempotency_key, ..Extra::default() }).await
    }

    pub async fn form(&self, id: FormId) -> Result<Versioned<Form>, ApiError> {
        self.get_versioned(&format!("/forms/{id}")).await
    }

    pub async fn save_form(&self, id: FormId, version: i32, body: &SaveForm) -> Result<Versioned<Form>, ApiError> {
        self.put_versioned(&format!("/forms/{id}"), version, body).await
    }

    /// Makes the draft the version that visitors see.
    pub async fn publish_form(&self, id: FormId, version: i32) -> Result<(), ApiError> {
        let extra = Extra { if_match: Some(version), ..Extra::default() };
        self.act::<()>(Method::POST, &format!("/forms/{id}/publish"), None, extra).await
    }

    pub async fn close_form(&self, id: FormId) -> Result<(), ApiError> {
        self.act::<()>(Method::POST, &format!("/forms/{id}/close"), None, Extra::default()).await
    }

    /// What was published of a form, newest first.
    pub async fn form_versions(&self, id: FormId) -> Result<Vec<FormVersionSummary>, ApiError> {
        self.get(&format!("/forms/{id}/versions")).await
    }

    pub async fn form_version(&self, id: FormId, number: i32) -> Result<FormVersion, ApiError> {
        self.get(&format!("/forms/{id}/versions/{number}")).await
    }

    /// Submissions, newest first; of one form when `form` is given.
    pub async fn submissions(
        &self,
        form: Option<FormId>,
        after: Option<Uuid>,
    ) -> Result<Page<SubmissionSummary>, ApiError> {
        let path = match form {
            Some(form) => format!("/submissions?form={form}"),
            None => "/submissions".to_owned(),
        };
        self.get(&paged(&path, after)).await
    }

    pub async fn submission(&self, id: SubmissionId) -> Result<Submission, ApiError> {
        self.get(&format!("/submissions/{id}")).await
    }

    /// A file that the visitor attached. Looking is recorded.
    pub async fn submission_file(&self, id: SubmissionId, file: FileId) -> Result<Download, ApiError> {
        self.download(&format!("/submissions/{id}/files/{file}")).await
    }

    /// Fills the empty fields of the known card and writes the consents given.
    pub async fn accept_submission(&self, id: SubmissionId) -> Result<(), ApiError> {
        self.act::<()>(Method::POST, &format!("/submissions/{id}/accept"), None, Extra::default()).await
    }

    pub async fn dismiss_submission(&self, id: SubmissionId) -> Result<(), ApiError> {
        self.act::<()>(Method::POST, &format!("/submissions/{id}/dismiss"), None, Extra::default()).await
    }

    /// The published form, as a visitor's browser gets it.
    pub async fn public_form(&self, public_id: &str) -> Result<PublicForm, ApiError> {
        self.get(&format!("/public/forms/{public_id}")).await
    }

    /// The newest spam, of one form when `form` is given.
    pub async fn spam(&self, form: Option<FormId>, after: Option<Uuid>) -> Result<Page<SubmissionSummary>, ApiError> {
        let form = form.map(|form| format!("&form={form}")).unwrap_or_default();
        self.get(&paged(&format!("/submissions?status={}{form}", SubmissionStatus::Spam.code()), after)).await
    }

    /// Takes a submission out of the spam.
    pub async fn release_submission(&self, id: SubmissionId) -> Result<(), ApiError> {
        self.act::<()>(Method::POST, &format!("/submissions/{id}/release"), None, Extra::default()).await
    }

    /// Deletes spam.
    pub async fn delete_submission(&self, id: SubmissionId) -> Result<(), ApiError> {
        self.act::<()>(Method::DELETE, &format!("/submissions/{id}"), None, Extra::default()).await
    }

    /// A challenge for a visitor on a page of `origin`.
    pub async fn form_challenge(&self, public_id: &str, origin: Option<&str>) -> Result<Challenge, ApiError> {
        let extra = Extra { origin, ..Extra::default() };
        self.get_with(&format!("/public/forms/{public_id}/challenge"), extra).await
    }

    /// Answers a form as a visitor on a page of `origin` (outside a browser; inside, the browser says the origin).
    pub async fn submit(
        &self,
        public_id: &str,
        body: &Submit,
        idempotency_key: Option<&str>,
        origin: Option<&str>,
    ) -> Result<Submitted, ApiError> {
        let extra = Extra { idempotency_key, origin, ..Extra::default() };
        self.post_with(&format!("/public/forms/{public_id}/submissions"), body, extra).await
    }
}
