//! Client cards.

use crate::{
    accounts::paged,
    transport::{Api, ApiError, Download, Extra, Versioned},
};
use reqwest::Method;
use uuid::Uuid;
use zgoda_api_types::{
    Created, Page,
    audit::AuditEntry,
    clients::{ClientBody, ClientCard, ClientRow, SearchClients},
    consents::WithdrawConsent,
    submissions::SubmissionSummary,
};
use zgoda_domain::id::ClientId;

impl Api {
    /// `idempotency_key` makes a repeated call harmless: the same key creates once.
    pub async fn create_client(&self, body: &ClientBody, idempotency_key: Option<&str>) -> Result<Created, ApiError> {
        self.post_with("/clients", body, Extra { idempotency_key, ..Extra::default() }).await
    }

    pub async fn search_clients(&self, body: &SearchClients) -> Result<Page<ClientRow>, ApiError> {
        self.post("/clients/search", body).await
    }

    pub async fn client(&self, id: ClientId) -> Result<Versioned<ClientCard>, ApiError> {
        self.get_versioned(&format!("/clients/{id}")).await
    }

    pub async fn change_client(
        &self,
        id: ClientId,
        version: i32,
        body: &ClientBody,
    ) -> Result<Versioned<ClientCard>, ApiError> {
        self.put_versioned(&format!("/clients/{id}"), version, body).await
    }

    pub async fn withdraw_consent(&self, id: ClientId, body: &WithdrawConsent) -> Result<(), ApiError> {
        self.act(Method::POST, &format!("/clients/{id}/withdraw-consent"), Some(body), Extra::default()).await
    }

    pub async fn client_submissions(&self, id: ClientId) -> Result<Vec<SubmissionSummary>, ApiError> {
        self.get(&format!("/clients/{id}/submissions")).await
    }

    /// Who changed and who looked at the card, newest first.
    pub async fn client_history(&self, id: ClientId, after: Option<Uuid>) -> Result<Page<AuditEntry>, ApiError> {
        self.get(&paged(&format!("/clients/{id}/history"), after)).await
    }

    /// The client's data as a workbook.
    pub async fn subject_data_xlsx(&self, id: ClientId) -> Result<Download, ApiError> {
        self.download(&format!("/clients/{id}/subject-data.xlsx")).await
    }

    /// The client's data as JSON.
    pub async fn subject_data_json(&self, id: ClientId) -> Result<Download, ApiError> {
        self.download(&format!("/clients/{id}/subject-data.json")).await
    }
}
