//! Polish registry numbers: NIP (tax), REGON (statistics), PESEL (person), each with its check digit.

use crate::{rule::Rule, text::sealed_debug};
use std::fmt;

macro_rules! registry_number {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// Spaces and dashes are dropped; the rest must be digits with a right check digit.
            pub fn parse(raw: &str) -> Result<Self, Rule> {
                let text: String = raw.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
                if text.is_empty() {
                    return Err(Rule::Required);
                }
                let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
                let digits = digits.ok_or(Rule::Malformed)?;
                let check: fn(&[u32]) -> Result<(), Rule> = $check;
                check(&digits)?;
                Ok(Self(text))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

registry_number!(
    /// Tax identification number, 10 digits, weights 6 5 7 2 3 4 5 6 7 modulo 11.
    Nip,
    |digits| match (digits.len(), weighted(digits, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11) {
        (10, sum) if digits.last() == Some(&sum) => Ok(()),
        (10, _) => Err(Rule::Checksum),
        _ => Err(Rule::Malformed),
    }
);
registry_number!(
    /// Statistical number of a business, 9 or 14 digits, modulo 11 with 10 counted as 0.
    Regon,
    |digits| {
        let nine = weighted(digits, &[8, 9, 2, 3, 4, 5, 6, 7]) % 11 % 10;
        let fourteen = weighted(digits, &[2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8]) % 11 % 10;
        match digits.len() {
            9 if digits.last() == Some(&nine) => Ok(()),
            14 if digits.get(8) == Some(&nine) && digits.last() == Some(&fourteen) => Ok(()),
            9 | 14 => Err(Rule::Checksum),
            _ => Err(Rule::Malformed),
        }
    }
);
registry_number!(
    /// Personal identification number, 11 digits, weights 1 3 7 9 modulo 10. Sensitive: kept sealed.
    Pesel,
    |digits| {
        let sum = weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10;
        match digits.len() {
            11 if digits.last() == Some(&((10 - sum) % 10)) => Ok(()),
            11 => Err(Rule::Checksum),
            _ => Err(Rule::Malformed),
        }
    }
);
sealed_debug!(Nip, Regon, Pesel);

fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn right_numbers_pass_and_lose_their_dashes() {
        assert_eq!(Nip::parse("123-456-32-18").unwrap().as_str(), "1234563218");
        assert!(Regon::parse("123456785").is_ok());
        assert!(Regon::parse("12345678512347").is_ok());
        assert!(Pesel::parse("44051401359").is_ok());
    }

    #[test]
    fn wrong_numbers_say_what_is_wrong() {
        assert_eq!(Nip::parse("1234563219"), Err(Rule::Checksum));
        assert_eq!(Nip::parse("12345"), Err(Rule::Malformed));
        assert_eq!(Pesel::parse("44051401358"), Err(Rule::Checksum));
        assert_eq!(Regon::parse("12345678x"), Err(Rule::Malformed));
        assert_eq!(Nip::parse("  "), Err(Rule::Required));
    }

    proptest! {
        #[test]
        fn one_wrong_digit_of_a_nip_is_always_seen(at in 0usize..10, add in 1u32..10) {
            let mut digits: Vec<u32> = "1234563218".chars().map(|c| c.to_digit(10).unwrap()).collect();
            digits[at] = (digits[at] + add) % 10;
            let text: String = digits.iter().map(u32::to_string).collect();
            prop_assert!(Nip::parse(&text).is_err());
        }
    }
}
