//! The master key and the secrets derived from it.

use crate::{
    access_token::AccessTokens,
    blind::BlindTag,
    chain::ChainKey,
    challenge::ChallengeKey,
    checkpoint::CheckpointKey,
    entropy::Entropy,
    note::LedgerKey,
    receipt::{ClaimKey, ReceiptKey},
    seal::DataKey,
    token::RefreshKey,
};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// 256 bits that everything else hangs on. Never printed, never stored in the database.
#[derive(ZeroizeOnDrop)]
pub struct MasterKey([u8; 32]);

/// The text is no master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MasterKeyError {
    #[error("a master key is 64 hexadecimal digits")]
    Malformed,
    #[error("this master key is an example or a pattern; make a random one")]
    Guessable,
}

impl MasterKey {
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(entropy.bytes())
    }

    /// 64 hexadecimal digits, surrounding white space ignored.
    pub fn from_hex(text: &str) -> Result<Self, MasterKeyError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| MasterKeyError::Malformed)?;
        let distinct: std::collections::BTreeSet<u8> = bytes.iter().copied().collect();
        if distinct.len() < 12 {
            bytes.zeroize();
            return Err(MasterKeyError::Guessable);
        }
        Ok(Self(bytes))
    }

    /// For writing the key file; nowhere else.
    pub fn to_hex(&self) -> zeroize::Zeroizing<String> {
        zeroize::Zeroizing::new(hex::encode(self.0))
    }

    fn derive(&self, label: &'static str) -> [u8; 32] {
        let mut out = [0; 32];
        if Hkdf::<Sha256>::new(Some(b"zgoda/v1"), &self.0).expand(label.as_bytes(), &mut out).is_err() {
            // 32 bytes are always within HKDF's limit (RFC 5869 §2.3: 255 hash lengths).
            std::process::abort();
        }
        out
    }

    /// The raw key of the encrypted SQLite file, as its first pragma wants it.
    pub fn database_key(&self) -> zeroize::Zeroizing<String> {
        zeroize::Zeroizing::new(hex::encode(self.derive("database")))
    }

    pub(crate) fn wrapping_key(&self) -> DataKey {
        DataKey::from_bytes(self.derive("wrap"))
    }

    /// Seals what belongs to no client: audit values about forms, submissions that became no card.
    pub fn organisation_key(&self) -> DataKey {
        DataKey::from_bytes(self.derive("organisation"))
    }

    /// The keyed blind index of a sealed value: equal values of a field have equal tags, and nothing else shows.
    pub fn blind_tag(&self, field: &str, value: &str) -> BlindTag {
        BlindTag::new(&self.derive("blind"), field, value)
    }

    /// The key of the audit log's chain: without it nobody can forge a link.
    pub fn chain_key(&self) -> ChainKey {
        ChainKey(self.derive("audit-chain"))
    }

    /// Signs what is told to the outside about the audit log.
    pub fn checkpoint_key(&self) -> CheckpointKey {
        CheckpointKey::new(&self.derive("audit-checkpoint"))
    }

    /// The key of the consent ledger's head: without it nobody can say that the ledger ends elsewhere.
    pub fn ledger_head_key(&self) -> ChainKey {
        ChainKey(self.derive("ledger-head"))
    }

    /// Signs the consent ledger's checkpoints.
    pub fn ledger_key(&self) -> LedgerKey {
        LedgerKey::new(&self.derive("ledger-checkpoint"))
    }

    /// Signs consent receipts.
    pub fn receipt_key(&self) -> ReceiptKey {
        ReceiptKey::new(&self.derive("receipt"))
    }

    /// Makes the claims by which a visitor gets a receipt of what they have just sent.
    pub fn receipt_claims(&self) -> ClaimKey {
        ClaimKey(self.derive("receipt-claim"))
    }

    /// Signs the challenges of public forms.
    pub fn challenge_key(&self) -> ChallengeKey {
        ChallengeKey(self.derive("form-challenge"))
    }

    pub fn access_tokens(&self) -> AccessTokens {
        AccessTokens::new(&self.derive("access-token"))
    }

    pub fn refresh_key(&self) -> RefreshKey {
        RefreshKey(self.derive("refresh-token"))
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    #[test]
    fn a_key_survives_its_file_and_weak_ones_are_refused() {
        let key = MasterKey::generate(&SystemEntropy);
        let again = MasterKey::from_hex(&key.to_hex()).unwrap();
        assert_eq!(*again.database_key(), *key.database_key());
        assert_eq!(MasterKey::from_hex(&"00".repeat(32)).err(), Some(MasterKeyError::Guessable));
        assert_eq!(MasterKey::from_hex("abc").err(), Some(MasterKeyError::Malformed));
        assert_eq!(format!("{key:?}"), "MasterKey(…)");
    }
}
