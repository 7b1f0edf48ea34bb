//! Two-step login: second factors, recovery codes, remembered devices.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zgoda_domain::{
    id::{FactorId, TrustedDeviceId},
    second_factor::FactorKind,
};

/// Address and password were right; a second factor is asked for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondFactorNeeded {
    /// Names this attempt for ten minutes.
    pub attempt: String,
    /// What can be shown, the strongest first.
    pub offers: Vec<FactorOffer>,
}

impl std::fmt::Debug for SecondFactorNeeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondFactorNeeded").field("offers", &self.offers).finish_non_exhaustive()
    }
}

/// A factor that could be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FactorOffer {
    pub kind: FactorKind,
    /// Enough of the address or number to recognise it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What someone shows. Exactly one of `code` with its `kind`, `passkey` or `password`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FactorProof {
    Code {
        kind: FactorKind,
        code: String,
    },
    /// The browser's answer, as `PublicKeyCredential.toJSON()` gives it.
    Passkey {
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        credential: Value,
    },
    /// Only of those who have no second factor.
    Password {
        password: String,
    },
}

/// Names an attempt to sign in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    pub attempt: String,
}

/// Asks for a code by e-mail or text message.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SendSignInCode {
    pub attempt: String,
    pub kind: FactorKind,
}

/// Completes a sign-in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CompleteSignIn {
    pub attempt: String,
    pub proof: FactorProof,
    /// Do not ask this browser for 30 days.
    #[serde(default)]
    pub remember_device: bool,
}

/// What a browser is to be asked about passkeys, and the attempt it belongs to.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyQuestion {
    /// Absent within a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<String>,
    /// For `parseRequestOptionsFromJSON` or, of a new passkey, `parseCreationOptionsFromJSON` (WebAuthn Level 3).
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub options: Value,
}

impl std::fmt::Debug for PasskeyQuestion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasskeyQuestion(…)")
    }
}

/// The browser's answer to the question that was asked in this session.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyAnswer {
    /// As `PublicKeyCredential.toJSON()` gives it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub credential: Value,
}

/// Signs in with a passkey alone.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeySignIn {
    pub attempt: String,
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub credential: Value,
}

/// The caller's factors and what goes with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondFactors {
    pub factors: Vec<Factor>,
    pub recovery_codes_left: u64,
    pub devices: Vec<TrustedDevice>,
    /// Codes can be sent by e-mail here.
    pub can_email: bool,
    pub can_sms: bool,
    /// Browsers know passkeys at this address.
    pub can_passkey: bool,
    /// The role or the organisation demands a second factor.
    pub required: bool,
}

/// A second factor in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Factor {
    pub id: FactorId,
    pub kind: FactorKind,
    pub label: String,
    pub created_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A browser that is not asked for a second factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrustedDevice {
    pub id: TrustedDeviceId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    pub created_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Sets a factor up.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AddFactor {
    Totp {
        label: String,
    },
    /// The account's own address.
    Email {},
    Sms {
        number: String,
    },
    Passkey {
        label: String,
    },
}

/// A factor that waits for its confirmation.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewFactor {
    pub id: FactorId,
    /// Of an authenticator app: the secret to type in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Of an authenticator app: the same as a QR code, an SVG picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr_svg: Option<String>,
    /// Of a passkey: what the browser is to be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub options: Option<Value>,
}

impl std::fmt::Debug for NewFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewFactor({})", self.id)
    }
}

/// Asks for a code to prove oneself again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SendStepUpCode {
    pub kind: FactorKind,
}

/// A fresh list of recovery codes, shown this once.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    pub codes: Vec<String>,
}

impl std::fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCodes(…)")
    }
}
