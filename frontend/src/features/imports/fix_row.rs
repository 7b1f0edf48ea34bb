//! A row that cannot be imported as it stands: its cells to be put right in their place, or the row left out.

use super::plan::Plan;
use crate::{
    data::Sending,
    problems::rule_words,
    session::use_api,
    ui::{Badge, Icon, Summary, Svg, TextField, Tone},
    words::{use_import_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::imports::{FixRow as Body, ImportRow};
use zgoda_domain::import::{ColumnTarget, RowProblem};

#[component]
pub fn FixRow(
    plan: Plan,
    row: ImportRow,
    /// Another row is being saved.
    fixing: RwSignal<bool>,
) -> impl IntoView {
    let (w, d) = (use_words(), use_import_words());
    let api = StoredValue::new(use_api());
    let (id, number) = (plan.id, row.number);
    let cells: Vec<RwSignal<String>> = row.cells.into_iter().map(RwSignal::new).collect();
    let problems = RwSignal::new(row.problems);
    let left_out = RwSignal::new(row.left_out);
    let sending = Sending::new();
    let cells = StoredValue::new(cells);
    // Asked for while another row is being saved: it is not lost, and comes next.
    let waiting = RwSignal::new(None::<bool>);
    let save = move |leave: bool| {
        if fixing.get_untracked() {
            return waiting.set(Some(leave));
        }
        waiting.set(None);
        let version = plan.import.with_untracked(|import| import.version);
        let body = Body {
            cells: cells.with_value(|cells| cells.iter().map(|cell| cell.get_untracked()).collect()),
            left_out: leave,
        };
        fixing.set(true);
        let api = api.get_value();
        let call = async move {
            let answer = api.fix_import_row(id, version, number, &body).await;
            // Perhaps it was changed in another tab: pressed again, it goes out with the version of now.
            if answer.is_err()
                && let Ok(now) = api.import(id, None).await
            {
                plan.import.try_update(|import| import.version = now.version);
            }
            fixing.try_set(false);
            answer
        };
        sending.run(call, move |fixed| {
            plan.import.update(|import| {
                import.version = fixed.version;
                import.check = Some(fixed.value.check);
            });
            left_out.set(fixed.value.row.left_out);
            problems.set(fixed.value.row.problems);
            crate::browser::focus_first_wrong();
        });
    };
    Effect::new(move || {
        if !fixing.get()
            && let Some(leave) = waiting.get_untracked()
        {
            // After the answer that ended the other saving is taken over: its version is the next one's.
            set_timeout(move || save(leave), std::time::Duration::ZERO);
        }
    });
    let problem_at = move |at: usize| {
        Signal::derive(move || {
            let here = |problem: &&RowProblem| problem.column.is_some_and(|column| column as usize == at);
            problems.with(|all| all.iter().find(here).map(|problem| rule_words(w, &problem.rule)))
        })
    };
    let whole = move || {
        let whole = problems.get().into_iter().filter(|problem| problem.column.is_none());
        let whole = whole.map(|problem| {
            view! { <p class="field__problem"><Svg icon=Icon::Warning />{rule_words(w, &problem.rule)}</p> }
        });
        whole.collect_view()
    };
    // Which cells are wrong is decided once: a field does not go away under the hands of whoever mends it.
    let wrong: Vec<usize> =
        problems.with_untracked(|all| all.iter().filter_map(|problem| problem.column).map(|at| at as usize).collect());
    let mapped = plan.targets_now();
    let field = move |at: usize, cell: RwSignal<String>| {
        view! { <TextField label=plan.column_name(at) value=cell problem=problem_at(at) /> }
    };
    let (first, rest): (Vec<_>, Vec<_>) = cells
        .get_value()
        .into_iter()
        .enumerate()
        .filter(|(at, _)| mapped.get(*at).is_some_and(|target| *target != ColumnTarget::Ignore))
        .partition(|(at, _)| wrong.contains(at));
    let shown = rest.iter().map(|(_, cell)| cell.get_untracked()).filter(|text| !text.trim().is_empty()).take(3);
    let shown = shown.collect::<Vec<_>>().join(" · ");
    let open = first.is_empty();
    let first = first.into_iter().map(|(at, cell)| field(at, cell)).collect_view();
    let any_rest = !rest.is_empty();
    let rest = rest.into_iter().map(|(at, cell)| field(at, cell)).collect_view();
    let state = move || {
        if left_out.get() {
            view! { <Badge tone=Tone::Off label=d.is_left_out /> }.into_any()
        } else if problems.with(Vec::is_empty) {
            view! { <Badge tone=Tone::Good label=d.is_ready /> }.into_any()
        } else {
            view! { <Badge tone=Tone::Bad label=d.is_wrong /> }.into_any()
        }
    };
    view! {
        <li>
            <form
                class="panel fix"
                novalidate
                aria-label=d.row_n(number)
                on:submit=move |event: web_sys::SubmitEvent| {
                    event.prevent_default();
                    save(false);
                }
            >
                <div class="fix__head">
                    <h3 class="fix__title">{d.row_n(number)}</h3>
                    <div role="status">{state}</div>
                    <p class="faint fix__about">{shown}</p>
                </div>
                <Summary sending label=|_: String| None />
                {whole}
                <div class="edit__grid">{first}</div>
                {any_rest.then(|| view! {
                    <details class="fix__rest" open=open>
                        <summary>{d.whole_row_show}</summary>
                        <div class="edit__grid">{rest}</div>
                    </details>
                })}
                <div class="actions">
                    <button type="submit" class="button button--small" aria-busy=move || sending.is_busy().to_string()>
                        {move || if left_out.get() { d.take_back_in } else { d.save_row }}
                    </button>
                    <Show when=move || !left_out.get()>
                        <button
                            type="button"
                            class="button button--small button--quiet"
                            aria-busy=move || sending.is_busy().to_string()
                            on:click=move |_| save(true)
                        >
                            {d.leave_row_out}
                        </button>
                    </Show>
                </div>
            </form>
        </li>
    }
}
