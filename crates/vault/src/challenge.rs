//! Challenges of public forms: signed questions that cost whoever answers some computing, and that say when they were put.
//!
//! Nothing is stored for one: the token carries what it says and an HMAC over it and over the place it is for. The work is
//! [`PARTS`] numbers, one for each part, for which SHA-256 over `salt.part.number` begins with 32 bits below
//! 2³² / difficulty. Several small searches take about the same time for everybody, where one large one would be a
//! lottery.

use crate::blind::keyed;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::Mac;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::ZeroizeOnDrop;

/// Numbers that have to be found.
pub const PARTS: u32 = 8;

/// What a challenge is for: it is worth nothing elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct ChallengePlace<'a> {
    pub form: Uuid,
    pub version: Uuid,
    /// Origin of the page.
    pub page: &'a str,
}

/// What a genuine token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    pub nonce: [u8; 16],
    /// Milliseconds since 1970.
    pub issued_at: i64,
    /// Hashes that one part takes on average.
    pub difficulty: u32,
}

/// Signs and recognises challenges.
#[derive(ZeroizeOnDrop)]
pub struct ChallengeKey(pub(crate) [u8; 32]);

impl ChallengeKey {
    /// The challenge as text.
    pub fn sign(&self, challenge: &Challenge, place: ChallengePlace<'_>) -> String {
        let mut bytes = challenge.to_bytes();
        let tag = self.tag(&bytes, place).finalize().into_bytes();
        bytes.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What the token says, if it was signed here for this place. Says nothing about its age.
    pub fn read(&self, token: &str, place: ChallengePlace<'_>) -> Option<Challenge> {
        // As long as a token is; nothing longer is worth decoding.
        if token.len() != 80 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, tag) = bytes.split_at_checked(28)?;
        self.tag(body, place).verify_slice(tag).ok()?;
        let (issued_at, rest) = body.split_first_chunk::<8>()?;
        let (difficulty, nonce) = rest.split_first_chunk::<4>()?;
        Some(Challenge {
            nonce: nonce.try_into().ok()?,
            issued_at: i64::from_be_bytes(*issued_at),
            difficulty: u32::from_be_bytes(*difficulty),
        })
    }

    fn tag(&self, body: &[u8], place: ChallengePlace<'_>) -> impl Mac<OutputSize = hmac::digest::consts::U32> + use<> {
        let mut mac = keyed(&self.0);
        // Everything before the page has a fixed length.
        mac.update(body);
        mac.update(place.form.as_bytes());
        mac.update(place.version.as_bytes());
        mac.update(place.page.as_bytes());
        mac
    }
}

impl std::fmt::Debug for ChallengeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChallengeKey(…)")
    }
}

impl Challenge {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.issued_at.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.difficulty.to_be_bytes());
        bytes.extend_from_slice(&self.nonce);
        bytes
    }

    /// What the hashes begin with: 32 hexadecimal digits.
    pub fn salt(&self) -> String {
        hex::encode(self.nonce)
    }

    /// Whether these numbers are the work asked for: one hash for each.
    pub fn is_solved_by(&self, numbers: &[u32]) -> bool {
        let salt = self.salt();
        numbers.len() == PARTS as usize
            && (0..).zip(numbers).all(|(part, number)| holds(&salt, part, *number, self.difficulty))
    }

    /// Does the work. For integrators' tests and measurements: browsers bring their own.
    pub fn solve(&self) -> Vec<u32> {
        let salt = self.salt();
        (0..PARTS)
            .filter_map(|part| (0..u32::MAX).find(|number| holds(&salt, part, *number, self.difficulty)))
            .collect()
    }
}

fn holds(salt: &str, part: u32, number: u32, difficulty: u32) -> bool {
    let digest = Sha256::digest(format!("{salt}.{part}.{number}").as_bytes());
    let first = digest.first_chunk::<4>().map_or(u32::MAX, |bytes| u32::from_be_bytes(*bytes));
    u64::from(first) < (1_u64 << 32) / u64::from(difficulty.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: ChallengePlace<'_> =
        ChallengePlace { form: Uuid::from_u128(1), version: Uuid::from_u128(2), page: "https://www.example.com" };

    fn challenge() -> Challenge {
        Challenge { nonce: [7; 16], issued_at: 1_800_000_000_000, difficulty: 16 }
    }

    #[test]
    fn a_token_is_read_where_it_is_for_and_nowhere_else() {
        let key = ChallengeKey([5; 32]);
        let token = key.sign(&challenge(), PAGE);
        assert_eq!(key.read(&token, PAGE), Some(challenge()));
        let elsewhere = [
            ChallengePlace { form: Uuid::from_u128(3), ..PAGE },
            ChallengePlace { version: Uuid::from_u128(3), ..PAGE },
            ChallengePlace { page: "https://www.example.org", ..PAGE },
        ];
        for place in elsewhere {
            assert_eq!(key.read(&token, place), None, "{place:?}");
        }
        assert_eq!(ChallengeKey([6; 32]).read(&token, PAGE), None);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(changed == token || key.read(&changed, PAGE).is_none(), "{at}");
        }
        for bad in ["", "a.b", &"A".repeat(80), &"é".repeat(40), &"A".repeat(1_000_000)] {
            assert_eq!(key.read(bad, PAGE), None);
        }
    }

    #[test]
    fn only_the_numbers_asked_for_are_the_work() {
        let challenge = challenge();
        let numbers = challenge.solve();
        assert!(challenge.is_solved_by(&numbers));
        assert!(!challenge.is_solved_by(&numbers[1..]));
        assert!(!challenge.is_solved_by(&[]));
        let mut other = numbers.clone();
        // The first that holds was taken, so the one before it does not, and where there is none another part's is wrong.
        other[0] = numbers[0].checked_sub(1).unwrap_or(u32::MAX);
        assert!(!challenge.is_solved_by(&other));
        assert!(!Challenge { nonce: [8; 16], ..challenge }.is_solved_by(&numbers));
    }
}
