//! E-mail addresses and phone numbers.

use crate::{
    rule::Rule,
    text::{one_line, sealed_debug},
};
use email_address::{EmailAddress as Syntax, Options};
use std::{fmt, str::FromStr};
use url::Host;

/// A mailbox address (RFC 5321, at most 254 characters), domain in lower case.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    pub const MAX: usize = 254;

    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let text = one_line(raw, Self::MAX)?;
        let options = Options::default().without_display_text().without_domain_literal().with_required_tld();
        Syntax::parse_with_options(&text, options).map_err(|_| Rule::Malformed)?;
        Syntax::from_str(&text).map_err(|_| Rule::Malformed)?;
        let (local, domain) = text.rsplit_once('@').ok_or(Rule::Malformed)?;
        Ok(Self(format!("{local}@{}", domain.to_lowercase())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two addresses are compared: all in lower case.
    /// Mailbox names are case-sensitive by RFC 5321 §2.4, but no provider of note treats them so.
    pub fn normalised(&self) -> String {
        self.0.to_lowercase()
    }

    /// The mailbox behind the address, as limits and mail caps count it: spellings that reach one mailbox are one. The local
    /// part is unquoted (RFC 5321 §4.1.2), cut at a `+` (RFC 5233) and in lower case, the domain in ASCII (RFC 5890).
    /// Nothing is ever sent to it, and no card is found by it.
    pub fn mailbox(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or_default();
        let quoted = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let mut local = quoted.map_or_else(|| local.to_lowercase(), |text| unescaped(text).to_lowercase());
        if let Some(detail) = local.char_indices().skip(1).find_map(|(at, c)| (c == '+').then_some(at)) {
            local.truncate(detail);
        }
        let ascii = Host::parse(domain).map_or_else(|_| domain.to_lowercase(), |host| host.to_string());
        format!("{local}@{}", ascii.trim_end_matches('.'))
    }
}

/// The content of a quoted string: a backslash stands before what is meant literally.
pub(crate) fn unescaped(text: &str) -> String {
    let mut chars = text.chars();
    let mut plain = String::new();
    while let Some(c) = chars.next() {
        plain.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    plain
}

/// A phone number as people write it, with 6 to 15 digits (ITU-T E.164 allows 15).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let text = one_line(raw, 40)?;
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let clean = text
            .chars()
            .enumerate()
            .all(|(i, c)| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '.' | '/') || (c == '+' && i == 0));
        if clean && (6..=15).contains(&digits) { Ok(Self(text)) } else { Err(Rule::Malformed) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A number a text message can be sent to: `+`, country code and number, 8 to 15 digits in all (ITU-T E.164).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MobileNumber(String);

impl MobileNumber {
    /// Takes what people write; without a country code it could be anyone's.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let written = PhoneNumber::parse(raw)?;
        let digits: String = written.as_str().chars().filter(char::is_ascii_digit).collect();
        if written.as_str().starts_with('+') && digits.len() >= 8 && !digits.starts_with('0') {
            Ok(Self(format!("+{digits}")))
        } else {
            Err(Rule::Malformed)
        }
    }

    /// `+` and digits, nothing else.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

sealed_debug!(EmailAddress, PhoneNumber, MobileNumber);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_people_have_are_taken() {
        for good in ["jan.kowalski@example.com", "ŻANETA@Example.COM", "a+b@sub.example.org"] {
            assert!(EmailAddress::parse(good).is_ok(), "{good}");
        }
        assert_eq!(EmailAddress::parse(" Jan@EXAMPLE.com ").unwrap().as_str(), "Jan@example.com");
    }

    #[test]
    fn addresses_nobody_has_are_refused() {
        for bad in
            ["", "jan", "jan@", "@example.com", "Jan <jan@example.com>", "jan@localhost", "a@b@c.pl", "a\r\n@b.pl"]
        {
            assert!(EmailAddress::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn spellings_of_one_mailbox_are_counted_together() {
        let mailbox = |raw: &str| EmailAddress::parse(raw).unwrap().mailbox();
        for same in [
            "jan@example.com",
            "JAN@Example.COM",
            "jan+lista@example.com",
            "jan+a+b@example.com",
            "\"jan\"@example.com",
            "\"j\\an\"@example.com",
            "\"jan+x\"@example.com",
        ] {
            assert_eq!(mailbox(same), "jan@example.com", "{same}");
        }
        assert_eq!(mailbox("ewa@żółw.pl"), mailbox("Ewa@xn--w-uga1v8h.pl"));
        assert_ne!(mailbox("j.an@example.com"), mailbox("jan@example.com"));
        assert_ne!(mailbox("+48601234567@example.com"), mailbox("+48601234568@example.com"));
        // The spelling itself stays, for the card and for the letter.
        assert_eq!(EmailAddress::parse("jan+lista@example.com").unwrap().normalised(), "jan+lista@example.com");
    }

    #[test]
    fn phone_numbers_keep_their_looks() {
        assert_eq!(PhoneNumber::parse("+48 22 123 45 67").unwrap().as_str(), "+48 22 123 45 67");
        assert!(PhoneNumber::parse("call me").is_err());
        assert!(PhoneNumber::parse("12345").is_err());
    }

    #[test]
    fn a_mobile_number_needs_its_country() {
        assert_eq!(MobileNumber::parse("+48 601-234-567").unwrap().as_str(), "+48601234567");
        for bad in ["601 234 567", "0048601234567", "+0601234567", "+48 12", "+48 601 234 567 x"] {
            assert!(MobileNumber::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn parsing_is_idempotent(raw in "[a-zA-Z0-9._+-]{1,20}@[a-z0-9-]{1,20}\\.[a-z]{2,5}") {
            if let Ok(once) = EmailAddress::parse(&raw) {
                prop_assert_eq!(EmailAddress::parse(once.as_str()).unwrap(), once);
            }
        }
    }
}
