//! Tags (tagi): short names in colours that staff put on clients.

use crate::{
    code::coded_enum,
    rule::{Invalids, Rule},
    text::one_line,
};

/// Most tags there can be.
pub const MAX_TAGS: usize = 500;
/// Most tags on one client.
pub const MAX_TAGS_OF_CLIENT: usize = 50;
/// Longest name in characters.
pub const NAME_MAX: usize = 40;

coded_enum!(
    /// A tag's colour, from a palette whose members are told apart by everybody and in both appearances.
    TagColour {
        Grey = "grey",
        Red = "red",
        Orange = "orange",
        Yellow = "yellow",
        Green = "green",
        Teal = "teal",
        Blue = "blue",
        Purple = "purple",
        Pink = "pink",
    }
);

/// A tag's name: one line, without blanks around or doubled within.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagName(String);

impl TagName {
    /// # Errors
    /// [`Rule::Required`], [`Rule::TooLong`], [`Rule::ControlCharacters`].
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let blanks = |c: char| c.is_whitespace() && !c.is_control();
        let name = raw.split(blanks).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        one_line(&name, NAME_MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }

    /// Equal for names that differ in the case of letters only: one tag cannot be told from the other.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

/// A checked tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTag {
    pub name: TagName,
    pub colour: TagColour,
}

impl NewTag {
    pub fn parse(name: &str, colour: TagColour) -> Result<Self, Invalids> {
        let name = TagName::parse(name).map_err(|rule| Invalids::one("/name", rule))?;
        Ok(Self { name, colour })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A name that was taken is taken again as it is, and its case makes no other tag of it.
        #[test]
        fn names_are_stable(raw in "\\PC{0,60}") {
            if let Ok(name) = TagName::parse(&raw) {
                prop_assert_eq!(TagName::parse(name.as_str()), Ok(name.clone()));
                prop_assert!(name.as_str().chars().count() <= NAME_MAX);
                prop_assert_eq!(name.key().to_lowercase(), name.key());
            }
        }
    }

    #[test]
    fn blanks_and_case_make_no_other_tag() {
        let key = |raw: &str| TagName::parse(raw).unwrap().key();
        assert_eq!(key(" Ważny  klient"), key("WAŻNY klient"));
        assert_eq!(TagName::parse(" \u{a0} "), Err(Rule::Required));
        assert_eq!(TagName::parse("a\nb"), Err(Rule::ControlCharacters));
        assert_eq!(TagName::parse(&"ą".repeat(41)), Err(Rule::TooLong { max: 40 }));
    }
}
