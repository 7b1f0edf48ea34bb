//! Where nobody's text is equal to what a query asks for: a way to those who have it somewhere in theirs.

use super::ListState;
use crate::{browser, data::remote, words::use_list_words};
use leptos::prelude::*;
use zgoda_api_types::queries::ReadQuery;
use zgoda_domain::search::{FieldChoice, Operator, Outline, ValueKind};

/// Has the query ask for texts that contain what it asks for, where it asks for whole ones; whether it does anywhere. What is
/// negated stays: there it would find less.
pub fn loosen(tree: &mut Outline, fields: &[FieldChoice]) -> bool {
    let is_text = |field: &FieldChoice| {
        matches!(field.kind, ValueKind::Text | ValueKind::Code) && field.operators.contains(&Operator::Contains)
    };
    match tree {
        Outline::All(members) | Outline::Any(members) => {
            members.iter_mut().filter_map(|member| loosen(member, fields).then_some(())).count() > 0
        }
        Outline::Not(_) => false,
        Outline::Test(row) => {
            let whole = row.operator == Operator::Eq && fields.iter().any(|it| it.field == row.field && is_text(it));
            if whole {
                row.operator = Operator::Contains;
            }
            whole
        }
    }
}

/// Says so, and asks by the looser query at the press of a button. Nothing where the query asks for no whole text.
#[component]
pub fn ContainsHint(state: ListState) -> impl IntoView {
    let l = use_list_words();
    let asked = untrack(|| state.asked_query());
    let looser = remote(move |api| {
        let asked = asked.clone();
        async move {
            let Some(text) = asked else { return Ok(None) };
            let body = ReadQuery { text: Some(text), with_fields: true, ..ReadQuery::default() };
            let read = api.read_query(&body).await?;
            let Some(mut tree) = read.tree else { return Ok(None) };
            if !loosen(&mut tree, &read.fields.unwrap_or_default()) {
                return Ok(None);
            }
            let body = ReadQuery { tree: Some(tree), ..ReadQuery::default() };
            Ok(Some(api.read_query(&body).await?.text))
        }
    });
    move || {
        let query = looser.get()?.ok()??;
        let shown = query.clone();
        let ask = move |_| {
            state.ask(query.clone());
            // The button goes with the hint.
            browser::focus_soon(".list-area .table-scroll");
        };
        Some(view! {
            <div class="note" role="status">
                <div>
                    <p>{l.whole_text}</p>
                    <button type="button" class="button button--sentence" on:click=ask>{l.ask_within} " " <code>{shown}</code></button>
                </div>
            </div>
        })
    }
}
