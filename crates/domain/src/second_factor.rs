//! Second factors: what someone shows besides the password.

use crate::code::coded_enum;
use std::fmt;

coded_enum!(
    /// A kind of second factor.
    FactorKind {
        /// A code of an authenticator app, by time (RFC 6238).
        Totp = "totp",
        /// A code by e-mail.
        Email = "email",
        /// A code by text message.
        Sms = "sms",
        /// A key that a device or a security key holds (WebAuthn). Also signs in by itself.
        Passkey = "passkey",
        /// A code from a list that was kept for when everything else is lost; each works once.
        RecoveryCode = "recovery_code",
    }
);

/// A code someone typed: spaces and dashes dropped, letters in capitals. Cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct TypedCode(String);

impl TypedCode {
    /// Longer than any code we give out: not worth looking at.
    const MAX: usize = 64;

    pub fn new(raw: &str) -> Self {
        let code = raw.chars().filter(|c| c.is_ascii_alphanumeric()).take(Self::MAX);
        Self(code.map(|c| c.to_ascii_uppercase()).collect())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TypedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedCode(…)")
    }
}

/// Enough of an address or a number for its owner to recognise it: `j•••@example.com`, `•••123`.
pub fn hint(target: &str) -> String {
    match target.split_once('@') {
        Some((local, domain)) => format!("{}•••@{domain}", local.chars().next().unwrap_or('•')),
        None => {
            let end: Vec<char> = target.chars().rev().take(3).collect();
            format!("•••{}", end.into_iter().rev().collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_write_them() {
        assert_eq!(TypedCode::new(" 123 456\n").as_str(), "123456");
        assert_eq!(TypedCode::new("abcd-2345").as_str(), "ABCD2345");
        assert_eq!(TypedCode::new(&"1".repeat(1_000)).as_str().len(), 64);
        assert!(!format!("{:?}", TypedCode::new("123456")).contains("123456"));
    }

    #[test]
    fn a_hint_gives_little_away() {
        assert_eq!(hint("jan.nowak@example.com"), "j•••@example.com");
        assert_eq!(hint("+48600700123"), "•••123");
    }
}
