//! Imports of clients from files.

use crate::{
    accounts::paged,
    transport::{Api, ApiError, Download, Extra, Versioned},
};
use reqwest::Method;
use uuid::Uuid;
use zgoda_api_types::{
    Created, Page,
    imports::{
        ClientOrigin, FixRow, FixedRow, Import, ImportRows, ImportSummary, KeptClient, RowsWanted, RunImport,
        StartImport,
    },
};
use zgoda_domain::{
    consent::Language,
    id::{ClientId, ImportId, JobId},
    import::ImportSettings,
    sheet::ReadAs,
};

impl Api {
    /// The caller's imports, newest first.
    pub async fn imports(&self, after: Option<Uuid>) -> Result<Page<ImportSummary>, ApiError> {
        self.get(&paged("/imports", after)).await
    }

    /// Begins an import: the file's parts are to follow.
    pub async fn start_import(&self, body: &StartImport, idempotency_key: Option<&str>) -> Result<Created, ApiError> {
        self.post_with("/imports", body, Extra { idempotency_key, ..Extra::default() }).await
    }

    /// Sends a part of the file, from 0.
    pub async fn send_import_part(&self, id: ImportId, number: u32, content: Vec<u8>) -> Result<(), ApiError> {
        self.put_bytes(&format!("/imports/{id}/parts/{number}"), content).await
    }

    /// Reads the file that was sent, or reads it again another way.
    pub async fn read_import(&self, id: ImportId, read_as: &ReadAs) -> Result<Versioned<Import>, ApiError> {
        self.post_versioned(&format!("/imports/{id}/read"), read_as).await
    }

    /// An import with its columns, perhaps as if another row named them.
    pub async fn import(&self, id: ImportId, header_row: Option<u32>) -> Result<Versioned<Import>, ApiError> {
        let query = header_row.map(|row| format!("?header_row={row}")).unwrap_or_default();
        self.get_versioned(&format!("/imports/{id}{query}")).await
    }

    /// Says how the import is to be done, and has every row checked.
    pub async fn save_import_settings(
        &self,
        id: ImportId,
        version: i32,
        settings: &ImportSettings,
    ) -> Result<Versioned<Import>, ApiError> {
        self.put_versioned(&format!("/imports/{id}/settings"), version, settings).await
    }

    /// Rows below the head.
    pub async fn import_rows(
        &self,
        id: ImportId,
        only: RowsWanted,
        after: Option<u32>,
    ) -> Result<ImportRows, ApiError> {
        let only = match only {
            RowsWanted::All => "all",
            RowsWanted::Problems => "problems",
            RowsWanted::LeftOut => "left_out",
        };
        let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
        self.get(&format!("/imports/{id}/rows?only={only}{after}")).await
    }

    /// Corrects a row in place, or leaves it out.
    pub async fn fix_import_row(
        &self,
        id: ImportId,
        version: i32,
        number: u32,
        body: &FixRow,
    ) -> Result<Versioned<FixedRow>, ApiError> {
        self.put_versioned(&format!("/imports/{id}/rows/{number}"), version, body).await
    }

    /// Runs the import; the job that does.
    pub async fn run_import(&self, id: ImportId, version: i32, body: &RunImport) -> Result<Created, ApiError> {
        let extra = Extra { if_match: Some(version), ..Extra::default() };
        self.post_with(&format!("/imports/{id}/run"), body, extra).await
    }

    /// What became of each row.
    pub async fn import_report(&self, id: ImportId, language: Language) -> Result<Download, ApiError> {
        self.download(&format!("/imports/{id}/report?language={}", language.code())).await
    }

    /// Forgets an import with everything that was sent.
    pub async fn discard_import(&self, id: ImportId) -> Result<(), ApiError> {
        self.act::<()>(Method::DELETE, &format!("/imports/{id}"), None, Extra::default()).await
    }

    /// Where a client's data came from.
    pub async fn client_origins(&self, id: ClientId) -> Result<Vec<ClientOrigin>, ApiError> {
        self.get(&format!("/clients/{id}/origins")).await
    }

    /// The clients that an undoing left as they are, and why.
    pub async fn kept_by_undo(&self, id: JobId, after: Option<Uuid>) -> Result<Page<KeptClient>, ApiError> {
        self.get(&paged(&format!("/jobs/{id}/kept"), after)).await
    }
}
