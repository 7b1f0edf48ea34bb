//! Queries of the client list as an editor handles them: text, rows of conditions, and what could be typed next.

use serde::{Deserialize, Serialize};
use std::fmt;
use zgoda_domain::{
    Rule,
    search::{Completions, FieldChoice, Outline, Repair, Token},
};

/// A query to be read: its text, or its rows.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadQuery {
    /// In the language of search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Instead of the text. Groups without members are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<Outline>,
    /// A place in the text, in bytes of its UTF-8: asks what could stand there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caret: Option<usize>,
    /// Also tell which fields conditions can be made of.
    pub with_fields: bool,
}

/// A query as it was read, with the names of today, in the language of the caller's account.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueryReading {
    /// What was read: the text as it was sent, or that of the rows.
    pub text: String,
    /// For colours, from left to right.
    pub tokens: Vec<Token>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<QueryProblem>,
    /// The same query as the program writes it. Absent with a problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
    /// The same query as rows. Absent with a problem, and for the empty query, which finds everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<Outline>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completions: Option<Completions>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<FieldChoice>>,
}

/// What is wrong with a query. `start` and `end` are bytes of its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueryProblem {
    #[serde(flatten)]
    pub rule: Rule,
    /// Ways to mend it, the likeliest first.
    pub repairs: Vec<Repair>,
}

/// Queries are personal data: they never reach a log by accident.
impl fmt::Debug for ReadQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReadQuery(…)")
    }
}

impl fmt::Debug for QueryReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QueryReading(…)")
    }
}
