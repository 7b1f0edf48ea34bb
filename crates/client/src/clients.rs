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
    clients::{
        ClientBody, ClientCard, ClientName, ClientPage, Neighbours, PatchClient, QuickHit, QuickSearch, Reason,
        SearchClients,
    },
    consents::{RecordConsent, WithdrawConsent},
    queries::{QueryReading, ReadQuery},
    submissions::SubmissionSummary,
};
use zgoda_domain::{
    access::Assignment,
    id::{ClientId, FileId},
};

impl Api {
    /// `idempotency_key` makes a repeated call harmless: the same key creates once.
    pub async fn create_client(&self, body: &ClientBody, idempotency_key: Option<&str>) -> Result<Created, ApiError> {
        self.post_with("/clients", body, Extra { idempotency_key, ..Extra::default() }).await
    }

    pub async fn search_clients(&self, body: &SearchClients) -> Result<ClientPage, ApiError> {
        self.post("/clients/search", body).await
    }

    /// A query as it is read, without asking it.
    pub async fn read_query(&self, body: &ReadQuery) -> Result<QueryReading, ApiError> {
        self.post("/clients/query", body).await
    }

    /// The clients before and after one in the list that a search shows.
    pub async fn client_neighbours(&self, id: ClientId, body: &SearchClients) -> Result<Neighbours, ApiError> {
        self.post(&format!("/clients/{id}/neighbours"), body).await
    }

    /// Changes some fields of a card.
    pub async fn patch_client(
        &self,
        id: ClientId,
        version: i32,
        body: &PatchClient,
    ) -> Result<Versioned<ClientCard>, ApiError> {
        self.patch_versioned(&format!("/clients/{id}"), version, body).await
    }

    /// The clients that answer what was typed best.
    pub async fn quick_search(&self, body: &QuickSearch) -> Result<Vec<QuickHit>, ApiError> {
        self.post("/clients/quick-search", body).await
    }

    pub async fn client(&self, id: ClientId) -> Result<Versioned<ClientCard>, ApiError> {
        self.get_versioned(&format!("/clients/{id}")).await
    }

    /// The client's name; not recorded as a look at the card.
    pub async fn client_name(&self, id: ClientId) -> Result<ClientName, ApiError> {
        self.get(&format!("/clients/{id}/name")).await
    }

    pub async fn change_client(
        &self,
        id: ClientId,
        version: i32,
        body: &ClientBody,
    ) -> Result<Versioned<ClientCard>, ApiError> {
        self.put_versioned(&format!("/clients/{id}"), version, body).await
    }

    /// Takes a card away for good.
    pub async fn delete_client(&self, id: ClientId, version: i32) -> Result<(), ApiError> {
        let extra = Extra { if_match: Some(version), ..Extra::default() };
        self.act::<()>(Method::DELETE, &format!("/clients/{id}"), None, extra).await
    }

    /// Says whose the client is.
    pub async fn assign_client(&self, id: ClientId, version: i32, body: Assignment) -> Result<(), ApiError> {
        let extra = Extra { if_match: Some(version), ..Extra::default() };
        self.act(Method::PUT, &format!("/clients/{id}/assignment"), Some(&body), extra).await
    }

    /// Says why a card has to be opened, for roles that may open one only then.
    pub async fn give_reason(&self, id: ClientId, body: &Reason) -> Result<(), ApiError> {
        self.act(Method::POST, &format!("/clients/{id}/reasons"), Some(body), Extra::default()).await
    }

    pub async fn withdraw_consent(&self, id: ClientId, body: &WithdrawConsent) -> Result<(), ApiError> {
        self.act(Method::POST, &format!("/clients/{id}/withdraw-consent"), Some(body), Extra::default()).await
    }

    /// Records a person's answer that staff were told.
    pub async fn record_consent(
        &self,
        id: ClientId,
        body: &RecordConsent,
        idempotency_key: Option<&str>,
    ) -> Result<Created, ApiError> {
        let extra = Extra { idempotency_key, ..Extra::default() };
        self.post_with(&format!("/clients/{id}/consents"), body, extra).await
    }

    /// Uploads a file that is to prove a consent.
    pub async fn upload_client_file(
        &self,
        id: ClientId,
        name: &str,
        content: &[u8],
        idempotency_key: Option<&str>,
    ) -> Result<Created, ApiError> {
        self.upload(&format!("/clients/{id}/files"), name, content, idempotency_key).await
    }

    /// The proof of a consent. Looking is recorded.
    pub async fn client_file(&self, id: ClientId, file: FileId) -> Result<Download, ApiError> {
        self.download(&format!("/clients/{id}/files/{file}")).await
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
