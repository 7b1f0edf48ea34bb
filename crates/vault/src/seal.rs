//! Sealing values under a client's data key.

use crate::{MasterKey, VaultError, entropy::Entropy};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use uuid::Uuid;
use zeroize::ZeroizeOnDrop;

const NONCE: usize = 24;
/// First byte of every ciphertext: the construction it was made with.
const FORMAT: u8 = 1;

/// A 256-bit key that seals the values of one client.
#[derive(Clone, ZeroizeOnDrop)]
pub struct DataKey([u8; 32]);

/// A data key wrapped by the master key, as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey(pub Vec<u8>);

/// A ciphertext, as it is stored. Cannot be printed or compared with clear text by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

/// Where a sealed value lives: part of its authenticity.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub table: &'a str,
    pub column: &'a str,
    pub row: Uuid,
}

impl Place<'_> {
    fn associated_data(&self) -> Vec<u8> {
        format!("{}|{}|{}|{FORMAT}", self.table, self.column, self.row).into_bytes()
    }
}

/// Where a piece of a file lives that is sealed piece by piece: its number and whether the file ends with it are part of its
/// authenticity, so that no piece can be moved, left out or cut off.
#[derive(Clone, Copy, Debug)]
pub struct ChunkPlace<'a> {
    pub file: Place<'a>,
    /// From 0.
    pub number: u32,
    pub last: bool,
}

impl ChunkPlace<'_> {
    fn associated_data(&self) -> Vec<u8> {
        let mut data = self.file.associated_data();
        data.extend_from_slice(format!("|{}|{}", self.number, if self.last { "last" } else { "more" }).as_bytes());
        data
    }
}

impl DataKey {
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(entropy.bytes())
    }

    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn seal(&self, entropy: &dyn Entropy, place: Place<'_>, clear: &[u8]) -> Result<Sealed, VaultError> {
        self.seal_with(entropy, &place.associated_data(), clear)
    }

    /// Seals a piece of a file. The nonce is random: a piece that is made anew, after one that was never kept, is another
    /// one under the same number, which a counted nonce would not survive.
    pub fn seal_chunk(&self, entropy: &dyn Entropy, place: ChunkPlace<'_>, clear: &[u8]) -> Result<Sealed, VaultError> {
        self.seal_with(entropy, &place.associated_data(), clear)
    }

    pub fn open_chunk(&self, place: ChunkPlace<'_>, sealed: &Sealed) -> Result<Vec<u8>, VaultError> {
        self.open_with(&place.associated_data(), sealed)
    }

    fn seal_with(&self, entropy: &dyn Entropy, aad: &[u8], clear: &[u8]) -> Result<Sealed, VaultError> {
        let nonce: [u8; NONCE] = entropy.bytes();
        let body = self
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: clear, aad })
            .map_err(|_| VaultError::Unreadable)?;
        let mut out = Vec::with_capacity(1 + NONCE + body.len());
        out.push(FORMAT);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&body);
        Ok(Sealed(out))
    }

    pub fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Vec<u8>, VaultError> {
        self.open_with(&place.associated_data(), sealed)
    }

    fn open_with(&self, aad: &[u8], sealed: &Sealed) -> Result<Vec<u8>, VaultError> {
        let rest = sealed.0.strip_prefix(&[FORMAT]).ok_or(VaultError::Unreadable)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE>().ok_or(VaultError::Unreadable)?;
        self.cipher().decrypt(&XNonce::from(*nonce), Payload { msg: body, aad }).map_err(|_| VaultError::Unreadable)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

impl MasterKey {
    /// Wraps a client's data key for storage.
    pub fn wrap(&self, entropy: &dyn Entropy, client: Uuid, key: &DataKey) -> Result<WrappedKey, VaultError> {
        self.wrapping_key().seal(entropy, key_place(client), &key.0).map(|sealed| WrappedKey(sealed.0))
    }

    pub fn unwrap_key(&self, client: Uuid, wrapped: &WrappedKey) -> Result<DataKey, VaultError> {
        let bytes = zeroize::Zeroizing::new(self.wrapping_key().open(key_place(client), &Sealed(wrapped.0.clone()))?);
        let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| VaultError::Unreadable)?;
        Ok(DataKey(bytes))
    }
}

const fn key_place(client: Uuid) -> Place<'static> {
    Place { table: "client_keys", column: "wrapped", row: client }
}

macro_rules! hidden_debug {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
hidden_debug!(DataKey, WrappedKey, Sealed);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;
    use proptest::prelude::*;

    fn place(row: u128) -> Place<'static> {
        Place { table: "clients", column: "sealed", row: Uuid::from_u128(row) }
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_again_and_only_at_its_place(clear in proptest::collection::vec(any::<u8>(), 0..200)) {
            let key = DataKey::generate(&SystemEntropy);
            let sealed = key.seal(&SystemEntropy, place(1), &clear).unwrap();
            prop_assert_eq!(key.open(place(1), &sealed).unwrap(), clear);
            prop_assert_eq!(key.open(place(2), &sealed), Err(VaultError::Unreadable));
            let elsewhere = Place { column: "note", ..place(1) };
            prop_assert_eq!(key.open(elsewhere, &sealed), Err(VaultError::Unreadable));
            prop_assert_eq!(DataKey::generate(&SystemEntropy).open(place(1), &sealed), Err(VaultError::Unreadable));
        }

        #[test]
        fn one_flipped_bit_is_noticed(at in 0usize..60, bit in 0u8..8) {
            let key = DataKey::generate(&SystemEntropy);
            let mut sealed = key.seal(&SystemEntropy, place(1), &[7; 20]).unwrap();
            sealed.0[at] ^= 1 << bit;
            prop_assert_eq!(key.open(place(1), &sealed), Err(VaultError::Unreadable));
        }
    }

    #[test]
    fn a_piece_opens_only_as_what_it_is() {
        let key = DataKey::generate(&SystemEntropy);
        let at = |number, last| ChunkPlace { file: place(1), number, last };
        let sealed = key.seal_chunk(&SystemEntropy, at(1, false), b"rows").unwrap();
        assert_eq!(key.open_chunk(at(1, false), &sealed).unwrap(), b"rows");
        let elsewhere = ChunkPlace { file: place(2), ..at(1, false) };
        for wrong in [at(0, false), at(2, false), at(1, true), elsewhere] {
            assert_eq!(key.open_chunk(wrong, &sealed), Err(VaultError::Unreadable), "{wrong:?}");
        }
        assert_eq!(key.open(place(1), &sealed), Err(VaultError::Unreadable));
        assert_ne!(key.seal_chunk(&SystemEntropy, at(1, false), b"rows").unwrap(), sealed);
    }

    #[test]
    fn a_wrapped_key_belongs_to_its_client() {
        let master = MasterKey::generate(&SystemEntropy);
        let key = DataKey::generate(&SystemEntropy);
        let wrapped = master.wrap(&SystemEntropy, Uuid::from_u128(1), &key).unwrap();
        assert_eq!(master.unwrap_key(Uuid::from_u128(1), &wrapped).unwrap().0, key.0);
        assert!(master.unwrap_key(Uuid::from_u128(2), &wrapped).is_err());
    }
}
