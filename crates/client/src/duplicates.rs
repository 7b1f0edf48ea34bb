//! Cards that look like one person's, and making two cards one.

use crate::{
    accounts::paged,
    transport::{Api, ApiError, Extra},
};
use reqwest::Method;
use uuid::Uuid;
use zgoda_api_types::{
    Page,
    duplicates::{ClientsMerged, DuplicatePair, MergeClients, MergeUndone, MergedCard},
};
use zgoda_domain::id::{ClientId, DuplicateId, MergeId};

impl Api {
    /// Pairs of cards that look like one person's, the surest first.
    pub async fn duplicates(&self, after: Option<Uuid>) -> Result<Page<DuplicatePair>, ApiError> {
        self.get(&paged("/duplicates", after)).await
    }

    /// Says that two cards are of two persons.
    pub async fn dismiss_duplicate(&self, id: DuplicateId) -> Result<(), ApiError> {
        self.act::<()>(Method::POST, &format!("/duplicates/{id}/dismiss"), None, Extra::default()).await
    }

    /// Takes that back.
    pub async fn restore_duplicate(&self, id: DuplicateId) -> Result<(), ApiError> {
        self.act::<()>(Method::DELETE, &format!("/duplicates/{id}/dismiss"), None, Extra::default()).await
    }

    /// Merges another card into this one; `version` is the kept card's.
    pub async fn merge_clients(
        &self,
        kept: ClientId,
        version: i32,
        body: &MergeClients,
    ) -> Result<ClientsMerged, ApiError> {
        let extra = Extra { if_match: Some(version), ..Extra::default() };
        self.post_with(&format!("/clients/{kept}/merge"), body, extra).await
    }

    /// The cards that were merged into this one.
    pub async fn merged_cards(&self, client: ClientId) -> Result<Vec<MergedCard>, ApiError> {
        self.get(&format!("/clients/{client}/merges")).await
    }

    pub async fn undo_merge(&self, id: MergeId) -> Result<MergeUndone, ApiError> {
        self.post(&format!("/merges/{id}/undo"), &()).await
    }
}
