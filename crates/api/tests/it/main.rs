//! The API as its users meet it: a real server, the typed client, both databases.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod access;
mod accounts;
mod activities;
mod api_keys;
mod audit;
mod bulk;
mod clients;
mod consents;
mod contract;
mod demo;
mod duplicates;
mod edges;
mod expiry;
mod exports;
mod fields;
mod form_conduct;
mod form_files;
mod forms;
mod gate;
mod guessing;
mod imports;
mod leaving;
mod ledger;
mod list;
mod migrations;
mod old_books;
mod organisation;
mod passkeys;
mod passwords;
mod purposes;
mod queries;
mod quick_search;
mod receipts;
mod recorded;
mod renewals;
mod replicas;
mod saved_filters;
mod sealing;
mod search;
mod search_model;
mod search_plans;
mod second_factors;
mod security;
mod signups;
mod slow_searches;
mod staff;
mod subject_data;
mod two_worlds;
mod unlock;

use zgoda_api_types::problem::{Problem, ProblemCode};
use zgoda_client::ApiError;
use zgoda_domain::{Invalid, Rule};

/// Waits for what happens in another task.
async fn until(happened: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if happened() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("it did not happen");
}

/// The problem a refused call came back with.
fn problem<T: std::fmt::Debug>(result: Result<T, ApiError>) -> Problem {
    match result {
        Err(ApiError::Problem(problem)) => *problem,
        other => panic!("expected a problem, got {other:?}"),
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, ApiError>) -> ProblemCode {
    problem(result).code
}

/// Where a refused call says that something else has this already.
fn taken<T: std::fmt::Debug>(result: Result<T, ApiError>) -> String {
    let problem = problem(result);
    assert_eq!(problem.code, ProblemCode::Taken);
    match problem.errors.as_slice() {
        [Invalid { pointer, rule: Rule::Taken }] => pointer.clone(),
        other => panic!("expected one place, got {other:?}"),
    }
}

/// The one complaint of a refused call: where, and which rule.
fn complaint<T: std::fmt::Debug>(result: Result<T, ApiError>) -> (String, Rule) {
    let problem = problem(result);
    assert_eq!(problem.errors.len(), 1, "{problem:?}");
    let complaint = problem.errors.into_iter().next().unwrap();
    (complaint.pointer, complaint.rule)
}
