//! The consent ledger as a log.

use crate::transport::{Api, ApiError, Download};
use zgoda_api_types::ledger::{Ledger, LedgerProof};
use zgoda_domain::id::ConsentEventId;

impl Api {
    /// How far the ledger goes, its last checkpoint, and what its last self-check found.
    pub async fn ledger(&self) -> Result<Ledger, ApiError> {
        self.get("/ledger").await
    }

    /// The last checkpoint, as a signed note.
    pub async fn ledger_checkpoint(&self) -> Result<Download, ApiError> {
        self.download("/ledger/checkpoint").await
    }

    /// Proof that an event is part of the ledger.
    pub async fn ledger_proof(&self, event: ConsentEventId) -> Result<LedgerProof, ApiError> {
        self.get(&format!("/ledger/proof?event={event}")).await
    }
}
