//! Checkpoints of the consent ledger: signed notes (C2SP signed-note) whose text is a tree head (C2SP tlog-checkpoint),
//! the format that tools for transparency logs read.
//!
//! ```text
//! zgoda/consent-ledger/8c1f0e52a1b7d943
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — zgoda/consent-ledger/8c1f0e52a1b7d943 Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+…
//! ```

use crate::merkle::{MerkleHash, from_base64, in_base64};
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier};
use sha2::{Digest, Sha256};
use std::fmt;

/// Ed25519, among the kinds of signature of a signed note.
const ED25519: u8 = 1;

/// "The ledger had this many entries, and this was the root of the tree over them."
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    pub size: u64,
    pub root: MerkleHash,
}

/// Signs the consent ledger's checkpoints of one installation.
pub struct LedgerKey {
    key: SigningKey,
    /// The ledger's name, and the key's: of no address, because an installation may move.
    origin: String,
}

/// A text is no checkpoint of this ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// No signed note with a tree head.
    #[error("this is no checkpoint of a consent ledger")]
    Malformed,
    /// The size stands in it, and no signature of this installation's key.
    #[error("the checkpoint of size {size} was not signed with this installation's key")]
    Foreign { size: u64 },
}

impl LedgerKey {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        let digest = Sha256::digest(key.verifying_key().as_bytes());
        let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { key, origin: format!("zgoda/consent-ledger/{name}") }
    }

    /// The ledger's name: first line of its checkpoints.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What verifiers are told of the key: name, key id and key, as tools for signed notes take it.
    pub fn verifier(&self) -> String {
        let key = [&[ED25519], self.key.verifying_key().as_bytes().as_slice()].concat();
        format!("{}+{}+{}", self.origin, hex::encode(self.key_id()), STANDARD.encode(key))
    }

    /// The first four bytes of SHA-256 over name, line feed, kind and public key.
    fn key_id(&self) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(self.origin.as_bytes());
        hash.update([b'\n', ED25519]);
        hash.update(self.key.verifying_key().as_bytes());
        let [a, b, c, d, ..]: [u8; 32] = hash.finalize().into();
        [a, b, c, d]
    }

    fn text(&self, head: &TreeHead) -> String {
        format!("{}\n{}\n{}\n", self.origin, head.size, in_base64(&head.root))
    }

    /// The signed note. The same head always gives the same note.
    pub fn sign(&self, head: &TreeHead) -> String {
        let text = self.text(head);
        let signature = self.key.sign(text.as_bytes());
        let signed = [self.key_id().as_slice(), &signature.to_bytes()].concat();
        format!("{text}\n— {} {}\n", self.origin, STANDARD.encode(signed))
    }

    /// The head that a note of this installation states. Signatures of others beside ours, of witnesses for example, are
    /// passed over, and lines added to the text are refused.
    pub fn open(&self, note: &str) -> Result<TreeHead, NoteError> {
        let (text, signatures) = note.split_once("\n\n").ok_or(NoteError::Malformed)?;
        let head = parse(text).ok_or(NoteError::Malformed)?;
        let text = self.text(&head);
        let key_id = self.key_id();
        let ours = |line: &str| {
            let signed = line.strip_prefix("— ")?.strip_prefix(&self.origin)?.strip_prefix(' ')?;
            let signed = STANDARD.decode(signed).ok()?;
            let signature = Signature::from_slice(signed.strip_prefix(&key_id)?).ok()?;
            self.key.verifying_key().verify(text.as_bytes(), &signature).ok()
        };
        if note.starts_with(&text) && signatures.lines().any(|line| ours(line).is_some()) {
            Ok(head)
        } else {
            Err(NoteError::Foreign { size: head.size })
        }
    }
}

/// Size and root of a note's text, whoever signed it.
fn parse(text: &str) -> Option<TreeHead> {
    let mut lines = text.lines().skip(1);
    let size = lines.next()?.parse().ok()?;
    let root = from_base64(lines.next()?)?;
    lines.next().is_none().then_some(TreeHead { size, root })
}

impl fmt::Debug for LedgerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LedgerKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_opened_by_its_key_alone_and_only_as_it_was_signed() {
        let key = LedgerKey::new(&[7; 32]);
        let head = TreeHead { size: 42, root: [9; 32] };
        let note = key.sign(&head);
        assert_eq!(note, key.sign(&head));
        assert_eq!(key.open(&note), Ok(head));
        let with_witness = format!("{note}— witness.example.com/w1 AAAAAAAA\n");
        assert_eq!(key.open(&with_witness), Ok(head));
        assert_eq!(key.open(&note.replacen("\n42\n", "\n41\n", 1)), Err(NoteError::Foreign { size: 41 }));
        let longer = note.replacen("\n\n", "\nmore\n\n", 1);
        assert_eq!(key.open(&longer), Err(NoteError::Malformed));
        assert_eq!(LedgerKey::new(&[8; 32]).open(&note), Err(NoteError::Foreign { size: 42 }));
        assert_eq!(key.open("Zgoda"), Err(NoteError::Malformed));
        // Somebody else's signature under our name.
        let other = LedgerKey { key: SigningKey::from_bytes(&[8; 32]), origin: key.origin.clone() };
        assert_eq!(key.open(&other.sign(&head)), Err(NoteError::Foreign { size: 42 }));
    }

    #[test]
    fn the_note_has_the_lines_of_the_format() {
        let key = LedgerKey::new(&[7; 32]);
        let note = key.sign(&TreeHead { size: 3, root: [0; 32] });
        let lines: Vec<&str> = note.split('\n').collect();
        let [origin, size, root, blank, signature, end] = lines[..] else { panic!("{lines:?}") };
        assert_eq!((origin, size, blank, end), (key.origin(), "3", "", ""));
        assert_eq!(root, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        let signed = signature.strip_prefix(&format!("— {origin} ")).unwrap();
        assert_eq!(STANDARD.decode(signed).unwrap().len(), 4 + 64);
        assert!(!origin.contains([' ', '+']), "the format forbids them in a key's name");
        let verifier = key.verifier();
        let parts: Vec<&str> = verifier.splitn(3, '+').collect();
        assert_eq!((parts[0], parts[1].len()), (origin, 8));
        assert_eq!(STANDARD.decode(parts[2]).unwrap().len(), 33);
    }
}
