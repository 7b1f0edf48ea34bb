//! Purposes, wordings, and consents that run out.

use crate::transport::{Api, ApiError, Extra, Versioned};
use uuid::Uuid;
use zgoda_api_types::{
    Created, Page,
    consents::{
        AskRenewals, ChangePurpose, CreatePurpose, CreateWording, ExpiringConsent, Purpose, RenewalsAsked,
        WordingComparison,
    },
};
use zgoda_domain::{
    consent::Channel,
    id::{PurposeId, WordingId},
};

/// Which consents that ran out, or will, are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExpiringSearch {
    pub within_days: Option<u16>,
    pub purpose: Option<PurposeId>,
    pub channel: Option<Channel>,
    pub after: Option<Uuid>,
    pub limit: Option<u64>,
}

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

    /// Consents that ran out or soon will.
    pub async fn expiring_consents(&self, search: ExpiringSearch) -> Result<Page<ExpiringConsent>, ApiError> {
        let parts = [
            search.within_days.map(|days| format!("within_days={days}")),
            search.purpose.map(|purpose| format!("purpose={purpose}")),
            search.channel.map(|channel| format!("channel={}", channel.code())),
            search.after.map(|after| format!("after={after}")),
            search.limit.map(|limit| format!("limit={limit}")),
        ];
        let query: Vec<String> = parts.into_iter().flatten().collect();
        self.get(&format!("/consents/expiring?{}", query.join("&"))).await
    }

    /// Asks people by e-mail to renew consents.
    pub async fn ask_renewals(&self, body: &AskRenewals) -> Result<RenewalsAsked, ApiError> {
        self.post("/consents/renewals", body).await
    }
}
