//! Keyed blind indexes: exact search over sealed values.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The first 128 bits of HMAC-SHA-256 over field and value. Shows equality of values of one field and nothing more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BlindTag(pub Vec<u8>);

impl BlindTag {
    pub(crate) fn new(key: &[u8; 32], field: &str, value: &str) -> Self {
        let mut mac = keyed(key);
        mac.update(field.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        Self(mac.finalize().into_bytes().iter().copied().take(16).collect())
    }
}

/// HMAC-SHA-256 (RFC 2104) with a 256-bit key.
pub(crate) fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac,
        // HMAC takes keys of any length; there is no other outcome.
        Err(_) => std::process::abort(),
    }
}
