//! Staff accounts: what a new one needs.

use crate::{
    code::coded_enum,
    email::EmailAddress,
    rule::{Invalids, Rule},
    text::{ShortText, nfc},
};
use chrono::TimeDelta;
use std::fmt;

coded_enum!(
    /// What a link with a one-time token is for. A token of one kind is worth nothing as another.
    OneTimeKind {
        PasswordReset = "password_reset",
        Invitation = "invitation",
    }
);

impl OneTimeKind {
    /// The token works for this long.
    pub const fn life(self) -> TimeDelta {
        match self {
            Self::PasswordReset => TimeDelta::hours(1),
            Self::Invitation => TimeDelta::hours(24),
        }
    }
}

/// Passwords seen everywhere; the server knows 30,000 more (feature `common-passwords`).
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
        if password.is_common(about) || password.is_guessable(about) { Err(Rule::TooCommon) } else { Ok(password) }
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
        for word in COMMON.iter().copied().chain(own_words(about)) {
            rest = rest.replace(&word.to_lowercase(), "");
        }
        let letters: std::collections::BTreeSet<char> = lower.chars().collect();
        let meaningful = rest.chars().filter(|c| c.is_alphabetic()).count();
        letters.len() < 5 || (rest.len() < lower.len() && meaningful < 4) || lower.chars().all(|c| c.is_ascii_digit())
    }

    /// Whether someone who tries common passwords and names first, with the usual digits, repetitions and keyboard
    /// rows, would find it within ten thousand million guesses.
    #[cfg(feature = "common-passwords")]
    fn is_guessable(&self, about: &[&str]) -> bool {
        let known: Vec<&str> = COMMON.iter().copied().chain(own_words(about)).collect();
        let letters: Vec<char> = self.0.chars().collect();
        // In parts, because a long text of symbols that look like letters takes half a second to estimate at once.
        // One part that is hard to guess makes the whole hard to guess.
        letters.chunks(48).all(|part| {
            let part: String = part.iter().collect();
            zxcvbn::zxcvbn(&part, &known).guesses() < 10_000_000_000
        })
    }

    /// In a browser, which would have to download the list: the server checks whatever it is sent.
    #[cfg(not(feature = "common-passwords"))]
    fn is_guessable(&self, _about: &[&str]) -> bool {
        false
    }
}

/// The parts of someone's name and address that are long enough to mean something.
fn own_words<'a>(about: &[&'a str]) -> impl Iterator<Item = &'a str> {
    about.iter().flat_map(|text| text.split(['@', '.', ' ', '-'])).filter(|part| part.chars().count() >= 3)
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

    /// Of those with at least 12 characters on the list of the 30,000 most common.
    #[cfg(feature = "common-passwords")]
    const LISTED: &[&str] = &[
        "123qweasdzxc",
        "1qaz2wsx3edc",
        "q1w2e3r4t5y6",
        "1q2w3e4r5t6y",
        "qazwsxedcrfv",
        "123456qwerty",
        "qwerty123456",
        "leavemealone",
        "123456654321",
        "sonyericsson",
        "zxcasdqwe123",
        "123456789qwe",
        "qweasdzxc123",
        "finalfantasy",
        "websolutions",
        "chickenwing101",
        "1qaz2wsx3edc4rfv",
        "justinbieber",
        "contortionist",
        "newproject2004",
        "needforspeed",
        "businessbabe",
        "domainlock2005",
        "momsanaladventure",
        "counterstrike",
        "zaq1xsw2cde3",
        "qazxswedcvfr",
        "whosyourdaddy",
        "password1234",
        "ghbdtnghbdtn",
        "lost4815162342",
        "devilmaycry4",
        "iseedeadpeople",
        "jamesbond007",
        "asdfghjkl123",
        "qwertyuiop123",
        "playstation3",
        "ingodwetrust",
        "peanutbutter",
        "abc123456789",
        "minecraft123",
        "hd764nw5d7e1vb1",
        "polniypizdec0211",
        "mailcreated5240",
    ];

    #[cfg(feature = "common-passwords")]
    #[test]
    fn listed_passwords_and_what_people_make_of_them_are_refused() {
        let choose = |password: &str| Password::choose(password, &["Jagoda Wrona", "jagoda.wrona@example.com"]);
        for listed in LISTED {
            let capital = listed[..1].to_uppercase() + &listed[1..];
            let mirrored: String = listed.chars().rev().collect();
            for made in [
                (*listed).to_owned(),
                capital,
                mirrored,
                format!("{listed}1"),
                format!("{listed}!"),
                format!("{listed}{listed}"),
            ] {
                assert_eq!(choose(&made), Err(Rule::TooCommon), "{made}");
            }
        }
        for short in [
            "dragon",
            "football",
            "monkey",
            "liverpool",
            "kasia",
            "polska",
            "haslo",
            "kochanie",
            "zgoda",
            "jagoda",
            "wrona",
        ] {
            for made in [
                format!("{short}{short}{short}"),
                format!("{short}12345678"),
                format!("{short}{short}2024"),
                format!("{short}!!!!!!!!!"),
                format!("{short}1234567").replace('o', "0").replace('a', "@"),
            ] {
                assert_eq!(choose(&made), Err(Rule::TooCommon), "{made}");
            }
        }
        for good in [
            "correct horse battery staple",
            "zielony rower na moście",
            "dwa śledzie w occie",
            "qkzvhwmrytpb",
            "k3j9x2m4q8w1",
        ] {
            assert!(choose(good).is_ok(), "{good}");
        }
    }

    proptest! {
        #[test]
        fn no_password_makes_the_check_stumble(raw in "\\PC{0,140}") {
            let _ = Password::choose(&raw, &[&raw, "Żaneta Źdźbło"]);
        }

        #[test]
        fn a_password_is_never_trimmed_or_cut(raw in "[a-ząćęłńóśźż ]{12,128}") {
            if let Ok(password) = Password::choose(&raw, &[]) {
                let normalised = nfc(&raw);
                prop_assert_eq!(password.as_bytes(), normalised.as_bytes());
            }
        }
    }
}
