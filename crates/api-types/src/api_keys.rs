//! API keys.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zgoda_domain::{
    access::role::RoleDefinition,
    id::{AccountId, ApiKeyId},
};

/// A key, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    pub id: ApiKeyId,
    /// Whose key it is: it never exceeds what they may.
    pub account_id: AccountId,
    pub name: String,
    pub definition: RoleDefinition,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub revoked: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_ip: Option<String>,
    /// Requests made with it, counted now and then.
    pub uses: u64,
}

/// Cuts a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateApiKey {
    pub name: String,
    /// What the key is for: rights with scopes, fields, networks.
    pub definition: RoleDefinition,
    /// Within a year.
    pub expires_at: DateTime<Utc>,
}

/// A new key. Its text is shown this once.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedApiKey {
    pub id: ApiKeyId,
    /// To be sent as `Authorization: Bearer …`.
    pub key: String,
}

impl std::fmt::Debug for CreatedApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CreatedApiKey({})", self.id)
    }
}
