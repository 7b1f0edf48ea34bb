//! Consent receipts.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zgoda_domain::{consent::Channel, id::PurposeId};

/// Which consent of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct WhichConsent {
    pub purpose_id: PurposeId,
    pub channel: Channel,
}

/// A consent receipt (ISO/IEC TS 27560:2023) as JSON-LD, and the same signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedReceipt {
    /// In the terms of the W3C Data Privacy Vocabulary; the context stands in it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub receipt: Value,
    /// Compact JWS (RFC 7515) of the receipt, with EdDSA (RFC 8037). `GET /public/keys` has the key.
    pub jws: String,
}

/// Asks for the receipt of what was just sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClaimReceipt {
    /// `receipt` of the answer to the submission; of use for an hour.
    pub receipt: String,
}

/// Public keys (RFC 7517).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeySet {
    pub keys: Vec<PublicKey>,
}

/// A public key for Ed25519 (RFC 8037).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicKey {
    pub kty: String,
    pub crv: String,
    /// The key, Base64url.
    pub x: String,
    /// The key's thumbprint (RFC 7638).
    pub kid: String,
    pub alg: String,
    #[serde(rename = "use")]
    pub usage: String,
}
