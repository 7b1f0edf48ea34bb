//! Staff accounts: what a new one needs.

use crate::{
    email::EmailAddress,
    rule::{Invalids, Rule},
    text::{ShortText, nfc},
};
use std::fmt;

/// Passwords seen everywhere; a longer list comes with the binary's word lists.
const COMMON: &[&str] = &[
    "password",
    "passw0rd",
    "haslo",
    "hasło",
    "qwerty",
    "qwertyuiop",
    "zaq12wsx",
    "1234567890",
    "123456789012",
    "letmein",
    "iloveyou",
    "administrator",
    "welcome",
    "kochamcie",
    "polska",
    "zgoda",
];

/// A password in clear, on its way to being hashed. Cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// NIST SP 800-63B: length counts, composition does not.
    pub const MIN: usize = 12;
    pub const MAX: usize = 128;

    /// A new password. NFC-normalised, never trimmed or cut; `about` are the person's own name and address.
    pub fn choose(raw: &str, about: &[&str]) -> Result<Self, Rule> {
        let password = Self::typed(raw);
        match password.0.chars().count() {
            0 => return Err(Rule::Required),
            n if n < Self::MIN => return Err(Rule::TooShort { min: Self::MIN }),
            n if n > Self::MAX => return Err(Rule::TooLong { max: Self::MAX }),
            _ => {}
        }
        if password.is_common(about) { Err(Rule::TooCommon) } else { Ok(password) }
    }

    /// What someone typed at sign-in: only normalised, so that an older rule never locks anyone out.
    pub fn typed(raw: &str) -> Self {
        Self(nfc(raw))
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Nothing but common words, own names, one repeated character or a run of digits.
    fn is_common(&self, about: &[&str]) -> bool {
        let lower = self.0.to_lowercase();
        let mut rest = lower.clone();
        let own =
            about.iter().flat_map(|text| text.split(['@', '.', ' ', '-'])).filter(|part| part.chars().count() >= 3);
        for word in COMMON.iter().copied().chain(own) {
            rest = rest.replace(&word.to_lowercase(), "");
        }
        let letters: std::collections::BTreeSet<char> = lower.chars().collect();
        let meaningful = rest.chars().filter(|c| c.is_alphabetic()).count();
        letters.len() < 5 || (rest.len() < lower.len() && meaningful < 4) || lower.chars().all(|c| c.is_ascii_digit())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// An account about to be made.
#[derive(Debug)]
pub struct NewAccount {
    pub email: EmailAddress,
    pub name: ShortText,
    pub password: Password,
}

impl NewAccount {
    pub fn parse(email: &str, name: &str, password: &str) -> Result<Self, Invalids> {
        let mut invalids = Invalids::default();
        let parsed_email = invalids.take("/email", EmailAddress::parse(email));
        let parsed_name = invalids.take("/name", ShortText::parse(name));
        let password = invalids.take("/password", Password::choose(password, &[email, name]));
        let account =
            parsed_email.zip(parsed_name).zip(password).map(|((email, name), password)| Self { email, name, password });
        invalids.or(account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn weak_passwords_are_told_why() {
        assert_eq!(Password::choose("krótkie", &[]), Err(Rule::TooShort { min: 12 }));
        assert_eq!(Password::choose(&"a".repeat(129), &[]), Err(Rule::TooLong { max: 128 }));
        for common in ["aaaaaaaaaaaaaaa", "passwordpassword", "hasło1234567890", "284719283746"] {
            assert_eq!(Password::choose(common, &[]), Err(Rule::TooCommon), "{common}");
        }
        assert_eq!(Password::choose("zaneta.los123", &["zaneta.los@example.com"]), Err(Rule::TooCommon));
        assert!(Password::choose("koń bateria zszywka", &[]).is_ok());
    }

    proptest! {
        #[test]
        fn a_password_is_never_trimmed_or_cut(raw in "[a-ząćęłńóśźż ]{12,128}") {
            if let Ok(password) = Password::choose(&raw, &[]) {
                let normalised = nfc(&raw);
                prop_assert_eq!(password.as_bytes(), normalised.as_bytes());
            }
        }
    }
}
