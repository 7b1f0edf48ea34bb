//! Text that people type: trimmed, NFC-normalised (Unicode Annex 15), free of control characters, of bounded length.

use crate::rule::Rule;
use std::fmt;

/// Longest single-line text, in characters.
pub const SHORT_MAX: usize = 255;
/// Longest note or long text, in characters.
pub const LONG_MAX: usize = 10_000;

/// One line of text between 1 and [`SHORT_MAX`] characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortText(String);

/// Several lines of text between 1 and [`LONG_MAX`] characters; line ends are `\n`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LongText(String);

impl ShortText {
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        one_line(raw, SHORT_MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl LongText {
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let text = nfc(raw.replace("\r\n", "\n").trim());
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err(Rule::ControlCharacters);
        }
        bounded(text, LONG_MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// The one spelling of a text that can be spelt in several ways (Unicode Annex 15, form C).
#[cfg(feature = "normalisation")]
pub(crate) fn nfc(text: &str) -> String {
    unicode_normalization::UnicodeNormalization::nfc(text).collect()
}

/// In a browser, which would have to download the tables: the server normalises whatever it is sent.
#[cfg(not(feature = "normalisation"))]
pub(crate) fn nfc(text: &str) -> String {
    text.to_owned()
}

/// Normalises and checks one line of at most `max` characters.
pub fn one_line(raw: &str, max: usize) -> Result<String, Rule> {
    let text = nfc(raw.trim());
    if text.chars().any(is_unwelcome) {
        return Err(Rule::ControlCharacters);
    }
    bounded(text, max)
}

/// Control characters, and the invisible ones that make a name look like another (bidirectional overrides).
fn is_unwelcome(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

fn bounded(text: String, max: usize) -> Result<String, Rule> {
    match text.chars().count() {
        0 => Err(Rule::Required),
        n if n > max => Err(Rule::TooLong { max }),
        _ => Ok(text),
    }
}

/// Personal data never reaches a log by accident.
macro_rules! sealed_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
pub(crate) use sealed_debug;
sealed_debug!(ShortText, LongText);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parsing_twice_changes_nothing(raw in "\\PC{0,300}") {
            if let Ok(once) = ShortText::parse(&raw) {
                prop_assert_eq!(ShortText::parse(once.as_str()).unwrap(), once);
            }
        }

        #[test]
        fn no_control_character_gets_in(raw in any::<String>()) {
            if let Ok(text) = ShortText::parse(&raw) {
                prop_assert!(!text.as_str().chars().any(char::is_control));
                prop_assert!((1..=SHORT_MAX).contains(&text.as_str().chars().count()));
            }
        }
    }

    #[test]
    fn debug_output_hides_the_text() {
        assert_eq!(format!("{:?}", ShortText::parse("Żaneta").unwrap()), "ShortText(…)");
    }

    #[test]
    fn decomposed_letters_are_composed() {
        assert_eq!(ShortText::parse("Z\u{307}aneta").unwrap().as_str(), "Żaneta");
    }
}
