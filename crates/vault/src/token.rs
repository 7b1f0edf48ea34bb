//! Random tokens for links and refresh cookies. The database keeps only their hashes.

use crate::{blind::keyed, entropy::Entropy};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::Mac;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A token in clear, on its way to the person. 256 bits, URL-safe text.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct SecretToken(String);

/// SHA-256 of a token, as it is stored. High entropy needs no slow hash.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash(pub Vec<u8>);

/// Derives refresh tokens from their ids, so that a lost answer can be given again word for word.
#[derive(Clone, ZeroizeOnDrop)]
pub struct RefreshKey(pub(crate) [u8; 32]);

impl SecretToken {
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(URL_SAFE_NO_PAD.encode(entropy.bytes::<32>()))
    }

    /// What someone presented.
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).to_vec())
    }
}

impl RefreshKey {
    /// The refresh token with this id: the id and its HMAC.
    pub fn token(&self, id: Uuid) -> SecretToken {
        let mut mac = keyed(&self.0);
        mac.update(id.as_bytes());
        let mut bytes = id.as_bytes().to_vec();
        bytes.extend_from_slice(&mac.finalize().into_bytes());
        SecretToken(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The id of a presented token, if it is ours. Compares in constant time.
    pub fn id_of(&self, presented: &SecretToken) -> Option<Uuid> {
        let bytes = URL_SAFE_NO_PAD.decode(presented.0.as_bytes()).ok()?;
        let (id, tag) = bytes.split_first_chunk::<16>()?;
        let mut mac = keyed(&self.0);
        mac.update(id);
        mac.verify_slice(tag).ok()?;
        Some(Uuid::from_bytes(*id))
    }
}

impl std::fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretToken(…)")
    }
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_is_recognised_and_a_changed_one_is_not() {
        let key = RefreshKey([5; 32]);
        let id = Uuid::from_u128(77);
        let token = key.token(id);
        assert_eq!(key.id_of(&token), Some(id));
        assert_eq!(key.token(id), token);
        let mut changed = token.reveal().to_owned().into_bytes();
        changed[30] ^= 1;
        assert_eq!(key.id_of(&SecretToken::presented(&String::from_utf8(changed).unwrap())), None);
        assert_eq!(RefreshKey([6; 32]).id_of(&token), None);
        assert_eq!(key.id_of(&SecretToken::presented("")), None);
    }
}
