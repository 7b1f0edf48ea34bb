//! What is wrong with a query, where, and what might have been meant.

use super::{Span, lexer::is_word, print::quoted, words::Keyword};
use crate::{
    code::coded_enum,
    rule::{Invalids, Rule},
};
use serde::{Deserialize, Serialize};

coded_enum!(
    /// What is wrong with a query.
    Fault {
        /// A character that means nothing here.
        Character = "character",
        /// A quotation mark is not closed.
        Unclosed = "unclosed",
        /// Something else has to stand here; the suggestions are what could.
        Syntax = "syntax",
        /// The text ends too early; the suggestions are what could follow.
        Unfinished = "unfinished",
        /// No field has this name, for the caller at least.
        UnknownField = "unknown_field",
        /// The field was deleted.
        DeletedField = "deleted_field",
        /// Several have this name; the suggestions tell them apart.
        Ambiguous = "ambiguous",
        /// The caller's role shows of the field only that it has a value.
        NotShown = "not_shown",
        /// The field cannot be compared like this; the suggestions are the operators it knows.
        WrongOperator = "wrong_operator",
        /// A sealed field is found by its exact value only: `=` and `in`.
        Sealed = "sealed",
        /// A value of several words stands without quotation marks; the suggestion is how it stands with them.
        Unquoted = "unquoted",
        /// The value is not of the field's kind.
        WrongValue = "wrong_value",
        /// No option, person, department, tag, purpose or state is called this.
        UnknownValue = "unknown_value",
        /// Longer than [`super::MAX_LENGTH`] characters.
        TooLong = "too_long",
        /// More than [`super::MAX_DEPTH`] levels.
        TooDeep = "too_deep",
        /// More than [`super::MAX_TESTS`] tests, or more than [`super::MAX_VALUES`] values of one.
        TooMany = "too_many",
    }
);

/// What is wrong with a query. Never repeats what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub fault: Fault,
    /// In bytes of the text; empty at its end. A query that was read from its tree has no text: all zero then.
    pub span: Span,
    /// The likeliest first.
    pub suggestions: Vec<String>,
}

impl Problem {
    pub(super) const fn new(fault: Fault, span: Span) -> Self {
        Self { fault, span, suggestions: Vec::new() }
    }

    pub(super) fn suggest(fault: Fault, span: Span, suggestions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { fault, span, suggestions: suggestions.into_iter().map(Into::into).collect() }
    }

    /// The rule that was broken, as complaints tell it.
    pub fn into_rule(self) -> Rule {
        let Self { fault, span: Span { start, end }, suggestions } = self;
        Rule::Query { fault, start, end, suggestions }
    }

    /// As the complaint about a member of a request.
    pub fn at(self, pointer: &str) -> Invalids {
        Invalids::one(pointer, self.into_rule())
    }

    /// The text as it would be with each of the suggestions.
    pub fn repairs(&self, text: &str) -> Vec<Repair> {
        let Span { start, end } = self.span;
        let (Some(before), Some(part), Some(after)) = (text.get(..start), text.get(start..end), text.get(end..)) else {
            return Vec::new();
        };
        if self.fault == Fault::Unclosed {
            return vec![Repair { label: "\"".to_owned(), text: format!("{}\"", text.trim_end()) }];
        }
        let is_name = matches!(self.fault, Fault::UnknownField | Fault::UnknownValue);
        let quotes = part.starts_with(|c: char| !is_word(c));
        let repair = |suggestion: &String| {
            let written =
                if is_name && (quotes || !is_bare(suggestion)) { quoted(suggestion) } else { suggestion.clone() };
            let apart = |needed: bool| if needed && part.is_empty() { " " } else { "" };
            let left = apart(!before.is_empty() && !before.ends_with([' ', '(']));
            let right = apart(!after.is_empty() && !after.starts_with([' ', ')', ',']));
            Repair { label: suggestion.clone(), text: format!("{before}{left}{written}{right}{after}") }
        };
        self.suggestions.iter().map(repair).collect()
    }
}

/// A way to mend a query.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = QueryRepair))]
pub struct Repair {
    /// What is put in the place of what is wrong.
    pub label: String,
    /// The whole query after it.
    pub text: String,
}

/// Queries are personal data.
impl std::fmt::Debug for Repair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Repair(…)")
    }
}

/// Whether a text is one word that means itself: no sign, no number, no word of the grammar.
pub(super) fn is_bare(text: &str) -> bool {
    text.starts_with(char::is_alphabetic) && text.chars().all(is_word) && Keyword::read(text).is_none()
}
