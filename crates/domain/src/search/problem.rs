//! What is wrong with a query, where, and what might have been meant.

use super::Span;
use crate::{
    code::coded_enum,
    rule::{Invalids, Rule},
};

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

    /// As the complaint about a member of a request.
    pub fn at(self, pointer: &str) -> Invalids {
        let Self { fault, span, suggestions } = self;
        Invalids::one(pointer, Rule::Query { fault, start: span.start, end: span.end, suggestions })
    }
}
