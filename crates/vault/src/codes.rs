//! Secrets and codes of second factors.

use crate::entropy::Entropy;
use std::fmt;
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Without letters and digits that look alike.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Seconds of one step (RFC 6238 §4.1).
const STEP: u64 = 30;

/// The secret shared with an authenticator app: 160 bits, as RFC 4226 §4 recommends.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct TotpSecret([u8; 20]);

impl TotpSecret {
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(entropy.bytes())
    }

    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret as it is typed into an app.
    pub fn to_base32(&self) -> String {
        Secret::new_stack(self.0).to_base32()
    }

    /// The step whose code this is, counted from 1970: the present one, or the one before for people who type slowly.
    pub fn step_of(&self, code: &str, now_unix: i64) -> Option<u64> {
        let present = u64::try_from(now_unix).ok()? / STEP;
        let totp = self.totp();
        [present, present.saturating_sub(1)].into_iter().find(|step| {
            let right = totp.generate(step * STEP).to_string();
            subtle::ConstantTimeEq::ct_eq(right.as_bytes(), code.as_bytes()).into()
        })
    }

    fn totp(&self) -> Totp {
        let secret = Secret::new_stack(self.0);
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(0)
            .with_step_duration(STEP)
            .with_secret(secret)
            .build_noncompliant()
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

/// A code on its way to a person. Cannot be printed by accident.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct OneTimeCode(String);

impl OneTimeCode {
    /// Six digits: about 20 bits, for codes that live for minutes and are tried a few times (ASVS 6.5.4).
    pub fn digits(entropy: &dyn Entropy) -> Self {
        // 2^64 is so much more than a million that no digit is likelier than another.
        Self(format!("{:06}", u64::from_le_bytes(entropy.bytes()) % 1_000_000))
    }

    /// 25 characters of 32: 125 bits, for a list that is kept for years. Stored as a plain hash (ASVS 6.5.2).
    pub fn recovery(entropy: &dyn Entropy) -> Self {
        let characters = entropy.bytes::<25>();
        let character = |byte: u8| ALPHABET.get(usize::from(byte) % 32).copied().map_or('A', char::from);
        Self(characters.into_iter().map(character).collect())
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// For reading aloud and copying: in groups of five.
    pub fn in_groups(&self) -> String {
        let characters: Vec<char> = self.0.chars().collect();
        characters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    /// RFC 6238 appendix B, cut to six digits.
    #[test]
    fn codes_agree_with_the_rfc() {
        let secret = TotpSecret(*b"12345678901234567890");
        for (now, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.step_of(code, now), u64::try_from(now).ok().map(|now| now / 30));
            assert!(secret.step_of(code, now + 30).is_some(), "one step later it still passes");
            assert_eq!(secret.step_of(code, now + 60), None, "two steps later it does not");
            assert_eq!(secret.step_of(code, now - 30), None, "nor before its time");
        }
        assert_eq!(secret.step_of("", 59), None);
        assert_eq!(secret.step_of("94287082", 59), None);
        assert_eq!(secret.to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn codes_have_their_form_and_are_not_printed() {
        let entropy: &dyn Entropy = &SystemEntropy;
        for _ in 0..100 {
            let code = OneTimeCode::digits(entropy);
            assert!(code.reveal().len() == 6 && code.reveal().bytes().all(|b| b.is_ascii_digit()));
            let code = OneTimeCode::recovery(entropy);
            assert_eq!((code.reveal().len(), code.in_groups().len()), (25, 29));
            assert!(!format!("{code:?}").contains(code.reveal()));
        }
    }
}
