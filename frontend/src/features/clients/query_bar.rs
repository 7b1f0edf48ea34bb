//! The advanced search: a query in the language of search, and under it what is wrong with it and what may have been meant.

use super::ListState;
use crate::{
    data::Phase,
    problems::rule_words,
    ui::{Icon, Svg, TextField},
    words::use_words,
};
use leptos::{ev, prelude::*};
use zgoda_domain::Rule;

/// What the server says about the query, beside the text it was said about.
#[derive(Clone, PartialEq)]
struct Wrong {
    text: String,
    rule: Rule,
}

/// The query is asked when it is sent with Enter or the button; the conditions and the search box hold besides.
#[component]
pub fn QueryBar(state: ListState, phase: RwSignal<Phase>) -> impl IntoView {
    let w = use_words();
    let typed = RwSignal::new(state.query.get_untracked());
    let open = !typed.with_untracked(String::is_empty);
    let wrong = Memo::new(move |_| match phase.get() {
        Phase::Failed(failure) => {
            failure.at("/query").map(|rule| Wrong { text: state.query.get_untracked(), rule: rule.clone() })
        }
        _ => None,
    });
    let problem = Signal::derive(move || wrong.get().map(|wrong| rule_words(w, &wrong.rule)));
    let ask = move |text: String| state.query.set(text.trim().to_owned());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        ask(typed.get_untracked());
    };
    let clear = move |_| ask(String::new());
    // What is asked from elsewhere, or not any more, is what stands here.
    Effect::new(move || typed.set(state.query.get()));
    // The place is shown in a copy of the text: a control cannot mark a part of its own.
    let place = move || {
        let Wrong { text, rule: Rule::Query { start, end, suggestions, .. } } = wrong.get()? else { return None };
        let (before, rest) = text.split_at_checked(start)?;
        let (part, after) = rest.split_at_checked(end.checked_sub(start)?)?;
        let (before, part, after) = (before.to_owned(), part.to_owned(), after.to_owned());
        let repairs = suggestions
            .into_iter()
            .map(|suggestion| {
                let gap = if before.is_empty() || before.ends_with([' ', '(']) { "" } else { " " };
                let gap = if part.is_empty() { gap } else { "" };
                let mended = format!("{before}{gap}{suggestion}{after}");
                let shown = suggestion.clone();
                view! {
                    <button type="button" class="button button--small" on:click=move |_| {
                        ask(mended.clone());
                    }>{shown}</button>
                }
            })
            .collect_view();
        let marked = if part.is_empty() { "\u{25b2}".to_owned() } else { part.clone() };
        Some(view! {
            <p class="query__place"><code>{before.clone()}<mark>{marked}</mark>{after.clone()}</code></p>
            <p class="query__repairs">{repairs}</p>
        })
    };
    view! {
        <details class="query" open=open>
            <summary>{w.advanced_search}</summary>
            <form class="query__form" role="search" aria-label=w.advanced_search novalidate on:submit=submit>
                <TextField label=w.query_label value=typed problem hint=w.query_hint.to_owned() />
                <div class="query__actions">
                    <button type="submit" class="button button--primary"><Svg icon=Icon::Search />{w.query_run}</button>
                    <Show when=move || state.query.with(|query| !query.is_empty())>
                        <button type="button" class="button button--quiet" on:click=clear>{w.clear_conditions}</button>
                    </Show>
                </div>
            </form>
            {place}
        </details>
    }
}
