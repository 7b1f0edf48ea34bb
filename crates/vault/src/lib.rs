//! All cryptography, in one small place.
//!
//! One master key, kept outside the database, derives every other secret by HKDF-SHA-256 (RFC 5869) under its own
//! label. Each client has a random data key, stored wrapped by the master key; sensitive values are sealed under it
//! with XChaCha20-Poly1305, and the associated data names table, column and row, so that a ciphertext cannot be moved.
//! Destroying a wrapped data key makes everything sealed under it unreadable, also in copies.

mod access_token;
mod blind;
mod chain;
mod challenge;
mod checkpoint;
mod codes;
mod entropy;
mod master;
pub mod merkle;
mod note;
mod passkey;
mod password;
mod receipt;
mod seal;
mod token;

pub use access_token::{AccessClaims, AccessTokens};
pub use blind::BlindTag;
pub use chain::{ChainHash, ChainKey, chain};
pub use challenge::{Challenge, ChallengeKey, ChallengePlace, PARTS as CHALLENGE_PARTS};
pub use checkpoint::{Checkpoint, CheckpointKey};
pub use codes::{OneTimeCode, TotpSecret};
pub use entropy::{Entropy, SystemEntropy};
pub use master::{MasterKey, MasterKeyError};
pub use note::{LedgerKey, NoteError, TreeHead};
pub use passkey::{PasskeyQuestion, Passkeys, StoredPasskey};
pub use password::{PasswordHash, hash_password, verify_password};
pub use receipt::{ClaimKey, Jwk, Jwks, JwsError, ReceiptKey};
pub use seal::{ChunkPlace, DataKey, Place, Sealed, WrappedKey};
pub use token::{RefreshKey, SecretToken, TokenHash};

/// Lower-case hexadecimal SHA-256 of the exact bytes.
pub fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(bytes))
}

/// What failed. One generic error: why a ciphertext does not open is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    #[error("a sealed value could not be opened")]
    Unreadable,
    #[error("the password could not be hashed")]
    Hashing,
}
