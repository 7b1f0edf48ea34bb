//! Consent receipts.

use crate::transport::{Api, ApiError, Download, Extra};
use reqwest::Method;
use zgoda_api_types::receipts::{KeySet, SignedReceipt, WhichConsent};
use zgoda_domain::id::ClientId;

impl Api {
    /// The signed receipt of a client's consent.
    pub async fn consent_receipt(&self, client: ClientId, which: WhichConsent) -> Result<SignedReceipt, ApiError> {
        self.get(&path(client, "receipt", which)).await
    }

    /// The same as a page that a person can open.
    pub async fn consent_receipt_html(&self, client: ClientId, which: WhichConsent) -> Result<Download, ApiError> {
        self.download(&path(client, "receipt.html", which)).await
    }

    /// Mails the receipt to the client's own address.
    pub async fn send_consent_receipt(&self, client: ClientId, which: WhichConsent) -> Result<(), ApiError> {
        let path = format!("/clients/{client}/consents/receipt/send");
        self.act(Method::POST, &path, Some(&which), Extra::default()).await
    }

    /// The public keys that receipts of this installation are checked with.
    pub async fn public_keys(&self) -> Result<KeySet, ApiError> {
        self.get("/public/keys").await
    }
}

fn path(client: ClientId, what: &str, WhichConsent { purpose_id, channel }: WhichConsent) -> String {
    format!("/clients/{client}/consents/{what}?purpose_id={purpose_id}&channel={}", channel.code())
}
