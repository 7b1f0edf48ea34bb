//! All that an editor shows of a query.

use super::{Catalogue, MAX_LENGTH, Outline, Problem, Repair, Token, parse, tokens};

/// A query as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Reading {
    pub text: String,
    /// For colours; none of a text that is too long.
    pub tokens: Vec<Token>,
    /// What is wrong, with ways to mend it.
    pub problem: Option<(Problem, Vec<Repair>)>,
    /// The same query as it is printed; absent with a problem.
    pub canonical: Option<String>,
    /// As rows; absent with a problem and for the query that finds everything.
    pub outline: Option<Outline>,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reading(…)")
    }
}

impl Reading {
    pub fn of(text: String, catalogue: &Catalogue) -> Self {
        let tokens = if text.chars().count() > MAX_LENGTH { Vec::new() } else { tokens(&text) };
        match parse(&text, catalogue) {
            Ok(query) => {
                let (canonical, outline) = (Some(query.print(catalogue)), query.outline(catalogue));
                Self { text, tokens, problem: None, canonical, outline }
            }
            Err(problem) => {
                let repairs = problem.repairs(&text);
                Self { text, tokens, problem: Some((problem, repairs)), canonical: None, outline: None }
            }
        }
    }
}
