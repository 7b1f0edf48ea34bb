//! The language that the client list is searched in: `"Umowa" < 1 and (city = Kraków or consent("Newsletter") = given)`.
//!
//! Text is read against a [`Catalogue`] of what the caller may use and becomes a [`Query`]: a tree of tests on fields by
//! id, so that it outlives their renaming. A query is stored and sent as that tree ([`Query::to_stored`]), printed in
//! Polish or English ([`Query::print`]) and, with the day and the person who asks, becomes [`Resolved`] conditions, the
//! only form that persistence compiles. `docs/search.md` is its manual.
//!
//! The logic has two values. A test on a value that is absent is false, or true where it is the opposite of one that is
//! false: `!=` is the complement of `=`, and `not` of whatever it stands before. A checkbox that nobody touched is 0.

mod catalogue;
mod complete;
mod day;
mod distance;
mod lexer;
mod outline;
mod parser;
mod print;
mod problem;
mod reading;
mod resolve;
mod stored;
#[cfg(test)]
mod tests;
mod tree;
mod words;

pub use catalogue::{Catalogue, Entry, Named, ValueKind};
pub use complete::{Completion, CompletionKind, Completions, complete};
pub use day::{day_of, start_of_day};
pub use lexer::{Span, Token, TokenKind, tokens};
pub use outline::{Choice, FieldChoice, Outline, Row};
pub use parser::parse;
pub use problem::{Fault, Problem, Repair};
pub use reading::Reading;
pub use resolve::{Asking, Column, Leaf, Match, Resolved, Scalar};
pub use tree::{Day, Field, Node, Operator, Query, Test, Unit, Value};

/// Longest text of a query, in characters.
pub const MAX_LENGTH: usize = 10_000;
/// Most levels of a query: groups within groups, and `not`.
pub const MAX_DEPTH: usize = 32;
/// Most tests of one query.
pub const MAX_TESTS: usize = 100;
/// Most values of one `in (…)`.
pub const MAX_VALUES: usize = 100;
