//! The consent ledger as a transparency log (RFC 9162 §2.1).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zgoda_domain::id::ConsentEventId;

/// How far a log goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerHead {
    /// Events in the log.
    pub size: u64,
    /// Root of the Merkle tree over them, base64.
    pub root: String,
}

/// The consent ledger's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ledger {
    /// Absent where the note of the ledger's end was not made by this installation: somebody tampered with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<LedgerHead>,
    /// Events that are recorded and become part of the log within about a second.
    pub pending: u64,
    /// The last checkpoint that was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<LedgerCheckpoint>,
    /// The last self-check that came to its end; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_check: Option<LedgerCheck>,
    /// Name of the ledger, key id and public key, as tools for signed notes (C2SP signed-note) take them.
    pub verifier: String,
}

/// A signed statement of how far the ledger went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerCheckpoint {
    #[serde(flatten)]
    pub head: LedgerHead,
    pub made_at: DateTime<Utc>,
}

/// What the daily check found: of the log, and of the states and card columns that follow from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerCheck {
    pub at: DateTime<Utc>,
    pub held: bool,
    /// Where it did not hold: `changed`, `missing`, `gap`, `cut`, `head`, `rewritten`, `foreign_checkpoint`,
    /// `two_stories`, `stray` or `consents_differ`. The commands `zgoda ledger verify` and `zgoda consents check` say more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
}

/// Proof that an event is part of the ledger (RFC 9162 §2.1.3.2). It says nothing of what the event is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerProof {
    pub event_id: ConsentEventId,
    /// Place of its leaf, from 0.
    pub index: u64,
    /// Hash of its leaf, base64.
    pub leaf: String,
    /// From the leaf up, base64.
    pub hashes: Vec<String>,
    /// The signed note with the size and root that the proof leads to.
    pub checkpoint: String,
    /// The client was erased: the event stands, and nobody can read its evidence any more.
    pub erased: bool,
}
