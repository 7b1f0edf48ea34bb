//! Quick search: what somebody types into one box to find a client by name, e-mail address, phone number or NIP.

use crate::{rule::Rule, text::sealed_debug};
use std::fmt;

/// Longest text that is searched for, in characters.
pub const MAX_TEXT: usize = 100;
/// Most clients that are answered.
pub const MAX_RESULTS: u64 = 20;
/// What an index of trigrams can find.
pub const TRIGRAM: usize = 3;
/// Shorter words are searched for as they stand: with a letter less they could be anything.
const LEAST_TYPO: usize = 5;
/// Most patterns that a text with a typing mistake is looked for by.
const MAX_PATTERNS: usize = 24;

/// Letters that are told apart by more than their case, and what they are searched as. Each is one letter and stays one, so
/// that databases can do the same with `translate` and `replace`. What is stored is folded like this: the list only grows
/// together with a migration.
pub const FOLDED: &[(char, char)] = &[
    ('ą', 'a'),
    ('ć', 'c'),
    ('ę', 'e'),
    ('ł', 'l'),
    ('ń', 'n'),
    ('ó', 'o'),
    ('ś', 's'),
    ('ź', 'z'),
    ('ż', 'z'),
    ('á', 'a'),
    ('à', 'a'),
    ('â', 'a'),
    ('ä', 'a'),
    ('ã', 'a'),
    ('å', 'a'),
    ('ă', 'a'),
    ('č', 'c'),
    ('ç', 'c'),
    ('ď', 'd'),
    ('đ', 'd'),
    ('é', 'e'),
    ('è', 'e'),
    ('ê', 'e'),
    ('ë', 'e'),
    ('ě', 'e'),
    ('í', 'i'),
    ('ì', 'i'),
    ('î', 'i'),
    ('ï', 'i'),
    ('ľ', 'l'),
    ('ĺ', 'l'),
    ('ň', 'n'),
    ('ñ', 'n'),
    ('ô', 'o'),
    ('ò', 'o'),
    ('ö', 'o'),
    ('õ', 'o'),
    ('ő', 'o'),
    ('ø', 'o'),
    ('ř', 'r'),
    ('ŕ', 'r'),
    ('š', 's'),
    ('ș', 's'),
    ('ş', 's'),
    ('ť', 't'),
    ('ț', 't'),
    ('ţ', 't'),
    ('ú', 'u'),
    ('ù', 'u'),
    ('û', 'u'),
    ('ü', 'u'),
    ('ů', 'u'),
    ('ű', 'u'),
    ('ý', 'y'),
    ('ž', 'z'),
];

/// A text as it is searched: in lower case, letters without their marks.
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(base).collect()
}

fn base(letter: char) -> char {
    if letter.is_ascii() {
        return letter;
    }
    FOLDED.iter().find(|(from, _)| *from == letter).map_or(letter, |(_, to)| *to)
}

/// The digits of a text.
pub fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The part of a phone number that is the same with and without the country's code: its last nine digits, as Polish numbers
/// have them.
pub fn subscriber(digits: &str) -> &str {
    digits.len().checked_sub(9).and_then(|from| digits.get(from..)).unwrap_or(digits)
}

/// What is searched for.
#[derive(Clone, PartialEq, Eq)]
pub struct Needle {
    typed: String,
    words: Vec<String>,
    digits: Option<String>,
}

/// A text with one typing mistake, around which everything is right.
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern {
    /// What stands in the right text, each of at least [`TRIGRAM`] characters: for an index.
    pub parts: Vec<String>,
    /// What stands before and after the mistake.
    pub around: (String, String),
}

impl Needle {
    /// # Errors
    /// An empty text, and one that is longer than [`MAX_TEXT`].
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let typed = raw.trim();
        if typed.is_empty() {
            return Err(Rule::Required);
        }
        if typed.chars().count() > MAX_TEXT {
            return Err(Rule::TooLong { max: MAX_TEXT });
        }
        let typed = crate::text::nfc(typed);
        let words = fold(&typed).split_whitespace().map(str::to_owned).collect();
        // As invoices show it, the number has the country before it.
        let number = typed.strip_prefix("PL").unwrap_or(&typed);
        let is_number = number
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, ' ' | '\u{a0}' | '-' | '(' | ')' | '.' | '/' | '+'));
        let digits = Some(digits(number)).filter(|digits| is_number && !digits.is_empty());
        Ok(Self { typed, words, digits })
    }

    /// As it was typed, for values that are found by exact value only.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// Folded, with one space between words.
    pub fn text(&self) -> String {
        self.words.join(" ")
    }

    /// Folded.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The digits, where nothing but a number was typed.
    pub fn digits(&self) -> Option<&str> {
        self.digits.as_deref()
    }

    /// What a text has to have one of, if it differs by one typing mistake in one word: a letter that is wrong, missing, too
    /// many, or swapped with its neighbour. Short words leave too little that is right beside a mistake in their middle.
    pub fn typos(&self) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        for (at, word) in self.words.iter().enumerate() {
            let others = self.words.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, word)| word);
            let others: Vec<String> = others.filter(|word| word.chars().count() >= TRIGRAM).cloned().collect();
            patterns.extend(around_mistakes(word).into_iter().map(|mut pattern| {
                pattern.parts.extend(others.iter().cloned());
                pattern
            }));
        }
        patterns.truncate(MAX_PATTERNS);
        patterns
    }

    /// The same for a number of at least seven digits.
    pub fn digit_typos(&self) -> Vec<Pattern> {
        self.digits()
            .filter(|digits| digits.len() >= 7)
            .map(|digits| around_mistakes(subscriber(digits)))
            .unwrap_or_default()
    }
}

/// One pattern for each place of a mistake that leaves enough beside it.
fn around_mistakes(word: &str) -> Vec<Pattern> {
    let letters: Vec<char> = word.chars().collect();
    if letters.len() < LEAST_TYPO {
        return Vec::new();
    }
    let part = |from: usize, to: usize| -> String { letters.get(from..to).unwrap_or_default().iter().collect() };
    let end = letters.len();
    let mut patterns = Vec::new();
    for at in 0..end {
        // Two letters may be swapped, which takes one more away than the others do.
        for after in [at + 2, at + 1] {
            let around = (part(0, at), part(after.min(end), end));
            let parts: Vec<String> =
                [&around.0, &around.1].into_iter().filter(|part| part.chars().count() >= TRIGRAM).cloned().collect();
            if !parts.is_empty() {
                patterns.push(Pattern { parts, around });
                break;
            }
        }
    }
    patterns
}

sealed_debug!(Needle, Pattern);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folding_keeps_the_number_of_letters_and_is_done_once() {
        for (from, to) in FOLDED {
            assert_eq!(fold(&from.to_string()), to.to_string());
            assert_eq!(from.to_uppercase().count(), 1, "{from}");
            assert_eq!(fold(&from.to_uppercase().to_string()), to.to_string());
            assert!(to.is_ascii_lowercase());
        }
        assert_eq!(fold("ŻÓŁĆ Gęślą"), "zolc gesla");
    }

    #[test]
    fn numbers_are_told_from_names() {
        let digits = |raw: &str| Needle::parse(raw).unwrap().digits().map(str::to_owned);
        assert_eq!(digits("+48 600-100-200").as_deref(), Some("48600100200"));
        assert_eq!(digits("PL 526-00-01-246").as_deref(), Some("5260001246"));
        assert_eq!(digits("Sklep 24"), None);
        assert_eq!(digits("+"), None);
        assert_eq!(subscriber("48600100200"), "600100200");
        assert_eq!(subscriber("112"), "112");
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        assert_eq!(Needle::parse("  ").err(), Some(Rule::Required));
        assert_eq!(Needle::parse(&"a".repeat(101)).err(), Some(Rule::TooLong { max: 100 }));
    }

    proptest! {
        /// Whatever one mistake does to a word of seven letters and more, some pattern fits the right word.
        #[test]
        fn every_single_mistake_is_covered(right in "[a-z]{8,14}", at in 0_usize..14, letter in "[a-z]", kind in 0..4) {
            let at = at.min(right.len() - 2);
            let mut letters: Vec<char> = right.chars().collect();
            let letter = letter.chars().next().unwrap();
            match kind {
                0 => letters[at] = letter,
                1 => letters.insert(at, letter),
                2 => { letters.remove(at); }
                _ => letters.swap(at, at + 1),
            }
            let typed: String = letters.into_iter().collect();
            let fits = Needle::parse(&typed).unwrap().typos().iter().any(|Pattern { parts, around: (before, after) }| {
                parts.iter().all(|part| right.contains(part.as_str())) && right.starts_with(before.as_str()) && right.ends_with(after.as_str())
            });
            prop_assert!(fits, "{typed} for {right}");
        }

        #[test]
        fn patterns_are_few_and_searchable(raw in "\\PC{1,100}") {
            if let Ok(needle) = Needle::parse(&raw) {
                let patterns = needle.typos();
                prop_assert!(patterns.len() <= MAX_PATTERNS);
                prop_assert!(patterns.iter().flat_map(|pattern| &pattern.parts).all(|part| part.chars().count() >= TRIGRAM));
            }
        }
    }
}
