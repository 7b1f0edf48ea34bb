//! The audit log's chain: each link is a keyed hash over the one before and the event.

use crate::blind::keyed;
use hmac::Mac;
use zeroize::ZeroizeOnDrop;

/// Key of the chain.
#[derive(Clone, ZeroizeOnDrop)]
pub struct ChainKey(pub(crate) [u8; 32]);

/// One link, 256 bits.
pub type ChainHash = [u8; 32];

/// The next link: HMAC-SHA-256 over the previous link and the length-prefixed parts of the event.
pub fn chain<'a>(key: &ChainKey, previous: &ChainHash, parts: impl IntoIterator<Item = &'a [u8]>) -> ChainHash {
    let mut mac = keyed(&key.0);
    mac.update(previous);
    for part in parts {
        // The length goes first, so that no two events have the same bytes.
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        let key = ChainKey([1; 32]);
        let link = |parts: &[&str]| chain(&key, &[0; 32], parts.iter().map(|part| part.as_bytes()));
        assert_ne!(link(&["ab", "c"]), link(&["a", "bc"]));
        assert_ne!(link(&["a"]), link(&["a", ""]));
        assert_ne!(link(&["a"]), chain(&ChainKey([2; 32]), &[0; 32], [b"a".as_slice()]));
    }
}
