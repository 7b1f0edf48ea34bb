//! Quick search: what somebody types into one box to find a client by name, e-mail address, phone number or NIP.

use crate::{client::BuiltinField, rule::Rule, text::sealed_debug};
use std::{collections::BTreeSet, fmt};

/// Longest text that is searched for, in characters.
pub const MAX_TEXT: usize = 100;
/// Most clients that are answered.
pub const MAX_RESULTS: u64 = 20;
/// What an index of trigrams can find.
pub const TRIGRAM: usize = 3;
/// Shorter words are searched for as they stand: with a letter less they could be anything.
const LEAST_TYPO: usize = 5;
/// The same for numbers.
const LEAST_DIGIT_TYPO: usize = 7;
/// Most words that a text with a typing mistake is looked for by.
const MAX_VARIANTS: usize = 4000;
/// Longest word that the index of words keeps, in characters; of longer ones it keeps the beginning.
pub const MAX_WORD: usize = 64;

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

/// The digits of what is nothing but a number, whatever stands between them.
fn number(text: &str) -> Option<String> {
    let is_number =
        text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '\u{a0}' | '-' | '(' | ')' | '.' | '/' | '+'));
    Some(digits(text)).filter(|digits| is_number && !digits.is_empty())
}

/// What is looked for among the digits of a phone number, without its country, or of a NIP; `None` for other fields and
/// for what is no number.
pub fn part_of_number(field: BuiltinField, text: &str) -> Option<String> {
    match field {
        BuiltinField::Phone | BuiltinField::MobilePhone => number(text).map(|digits| subscriber(&digits).to_owned()),
        BuiltinField::Nip => number(text),
        _ => None,
    }
}

/// What is searched for.
#[derive(Clone, PartialEq, Eq)]
pub struct Needle {
    typed: String,
    words: Vec<String>,
    digits: Option<String>,
}

/// One word of a text is mistyped, all others are right.
#[derive(Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What the word may have been meant to be, or to begin with.
    pub meant: Vec<String>,
    /// The words beside it.
    pub others: Vec<String>,
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
        let digits = number(typed.strip_prefix("PL").unwrap_or(&typed));
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

    /// The longest word and the others: it leads to the fewest.
    pub fn longest(&self) -> (&str, Vec<&str>) {
        let longest =
            self.words.iter().enumerate().max_by_key(|(at, word)| (word.chars().count(), std::cmp::Reverse(*at)));
        let Some((at, word)) = longest else { return ("", Vec::new()) };
        (word, self.others(at).map(String::as_str).collect())
    }

    fn others(&self, at: usize) -> impl Iterator<Item = &String> {
        self.words.iter().enumerate().filter(move |(other, _)| *other != at).map(|(_, word)| word)
    }

    /// What was meant, if one word has one typing mistake in it: a letter that is wrong, missing, too many, or swapped with
    /// its neighbour. Words of fewer than five letters are taken to be right.
    pub fn mistakes(&self) -> Vec<Mistake> {
        let (mut mistakes, mut left) = (Vec::new(), MAX_VARIANTS);
        for (at, word) in self.words.iter().enumerate() {
            let mut meant = if word.chars().count() < LEAST_TYPO { Vec::new() } else { variants(word) };
            meant.truncate(left);
            left -= meant.len();
            if !meant.is_empty() {
                mistakes.push(Mistake { meant, others: self.others(at).cloned().collect() });
            }
        }
        mistakes
    }

    /// The same for a number of at least seven digits.
    pub fn digit_mistakes(&self) -> Vec<String> {
        let number = self.digits().filter(|digits| digits.len() >= LEAST_DIGIT_TYPO);
        number.map(|digits| variants(subscriber(digits))).unwrap_or_default()
    }
}

/// Everything that is one typing mistake away from a word.
fn variants(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let alphabet = alphabet(&letters);
    let part = |from: usize, to: usize| letters.get(from..to.min(letters.len())).unwrap_or_default();
    let mut variants = BTreeSet::new();
    for at in 0..=letters.len() {
        let mut put = |between: &[char], after: usize| {
            variants.insert([part(0, at), between, part(after, usize::MAX)].concat().into_iter().collect::<String>());
        };
        for letter in &alphabet {
            put(&[*letter], at);
            put(&[*letter], at + 1);
        }
        put(&[], at + 1);
        if let [one, other] = part(at, at + 2) {
            put(&[*other, *one], at + 2);
        }
    }
    variants.remove(word);
    variants.into_iter().collect()
}

/// The letters that a mistyped word may have been meant to have.
fn alphabet(word: &[char]) -> BTreeSet<char> {
    let mut letters: BTreeSet<char> = word.iter().copied().collect();
    let has = |test: fn(&char) -> bool| word.iter().any(test);
    if has(|letter| letter.is_ascii_alphabetic()) {
        letters.extend('a'..='z');
    }
    if has(char::is_ascii_digit) {
        letters.extend('0'..='9');
    }
    if has(|letter| matches!(letter, '@' | '.')) {
        letters.extend(['@', '.', '-', '_']);
    }
    if has(|letter| ('а'..='ї').contains(letter)) {
        letters.extend(('а'..='я').chain("ёєіїґў".chars()));
    }
    if has(|letter| ('ά'..='ώ').contains(letter)) {
        letters.extend('α'..='ω');
    }
    letters
}

sealed_debug!(Needle, Mistake);

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
        /// Whatever one mistake does to a word, the right word is among what may have been meant.
        #[test]
        fn every_single_mistake_is_covered(right in "[a-z]{6,14}|[0-9]{9}|[a-z]{3,8}@[a-z]{3}\\.pl|[а-я]{6}", at in 0_usize..14, pick in 0_usize..26, kind in 0..4) {
            let mut letters: Vec<char> = right.chars().collect();
            let at = at.min(letters.len() - 2);
            let letter = letters[pick % letters.len()];
            match kind {
                0 => letters[at] = letter,
                1 => letters.insert(at, letter),
                2 => { letters.remove(at); }
                _ => letters.swap(at, at + 1),
            }
            let typed: String = letters.into_iter().collect();
            let needle = Needle::parse(&format!("jan {typed}")).unwrap();
            let meant = |mistake: &Mistake| mistake.meant.contains(&right) && mistake.others == ["jan"];
            prop_assert!(typed == right || needle.mistakes().iter().any(meant), "{typed} for {right}");
        }

        #[test]
        fn what_may_have_been_meant_is_bounded(raw in "\\PC{1,100}") {
            if let Ok(needle) = Needle::parse(&raw) {
                let meant: usize = needle.mistakes().iter().map(|mistake| mistake.meant.len()).sum();
                prop_assert!(meant <= MAX_VARIANTS);
                prop_assert!(needle.digit_mistakes().len() < 300);
                let (longest, others) = needle.longest();
                prop_assert!(others.len() + 1 == needle.words().len() && others.iter().all(|word| word.chars().count() <= longest.chars().count()));
            }
        }
    }
}
