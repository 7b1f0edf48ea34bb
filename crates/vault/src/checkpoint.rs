//! Signed statements of how far the audit log went, to be kept where nobody who can change the log can change them.

use crate::chain::ChainHash;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use serde::{Deserialize, Serialize};
use std::fmt;

/// "At this time the log had this many entries, and this was the last link." One line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    pub seq: i64,
    /// The link's hash, 64 hexadecimal digits.
    pub hash: String,
    /// RFC 3339.
    pub at: String,
    /// Public half of the signing key (Ed25519, RFC 8032), 64 hexadecimal digits: who keeps it can check without us.
    pub key: String,
    /// Ed25519 over the lines `zgoda audit checkpoint`, `seq`, `hash` and `at`; 128 hexadecimal digits.
    pub signature: String,
}

/// Signs checkpoints of one installation.
pub struct CheckpointKey(SigningKey);

impl CheckpointKey {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    pub fn sign(&self, seq: i64, hash: &ChainHash, at: String) -> Checkpoint {
        let hash = hex::encode(hash);
        let signature = self.0.sign(&message(seq, &hash, &at));
        Checkpoint {
            seq,
            hash,
            at,
            key: hex::encode(self.0.verifying_key().as_bytes()),
            signature: hex::encode(signature.to_bytes()),
        }
    }

    /// Whether this installation signed it.
    pub fn signed(&self, checkpoint: &Checkpoint) -> bool {
        hex::decode(&checkpoint.key).is_ok_and(|key| key == self.0.verifying_key().as_bytes()) && holds(checkpoint)
    }
}

fn message(seq: i64, hash: &str, at: &str) -> Vec<u8> {
    format!("zgoda audit checkpoint\n{seq}\n{hash}\n{at}").into_bytes()
}

/// Whether the signature is right for the key that stands in the checkpoint.
fn holds(checkpoint: &Checkpoint) -> bool {
    let key =
        hex::decode(&checkpoint.key).ok().and_then(|bytes| VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok());
    let signature = hex::decode(&checkpoint.signature).ok().and_then(|bytes| Signature::from_slice(&bytes).ok());
    let message = message(checkpoint.seq, &checkpoint.hash, &checkpoint.at);
    key.zip(signature).is_some_and(|(key, signature)| key.verify(&message, &signature).is_ok())
}

impl fmt::Debug for CheckpointKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckpointKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_cannot_be_changed_or_made_by_others() {
        let key = CheckpointKey::new(&[7; 32]);
        let checkpoint = key.sign(42, &[1; 32], "2026-01-15T10:00:00Z".to_owned());
        assert!(key.signed(&checkpoint));
        assert!(!key.signed(&Checkpoint { seq: 41, ..checkpoint.clone() }));
        assert!(!key.signed(&Checkpoint { at: "2026-01-15T10:00:01Z".to_owned(), ..checkpoint.clone() }));
        let forged = CheckpointKey::new(&[8; 32]).sign(42, &[1; 32], checkpoint.at.clone());
        assert!(!key.signed(&forged));
        let line = serde_json::to_string(&checkpoint).unwrap();
        assert_eq!(serde_json::from_str::<Checkpoint>(&line).unwrap(), checkpoint);
    }
}
