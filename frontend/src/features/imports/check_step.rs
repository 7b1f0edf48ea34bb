//! What checking every row found: the counts, the rows to be put right, and the run.

use super::{
    fix_row::FixRow,
    import_page::StepEnd,
    missing_tags::MissingTags,
    plan::{Plan, Step},
};
use crate::{
    data::{Paged, Phase, Sending},
    problems::rule_words,
    session::use_api,
    ui::{Icon, PagedTail, Skeleton, Summary, Svg, TabBar, Tick},
    words::{use_import_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::imports::{ImportRow, RowsWanted, RunImport};
use zgoda_domain::{
    id::JobId,
    import::{ImportCheck, ImportState},
};

#[component]
pub fn CheckStep(plan: Plan) -> impl IntoView {
    let (w, d) = (use_words(), use_import_words());
    let api = StoredValue::new(use_api());
    let id = plan.id;
    let check = Memo::new(move |_| plan.import.with(|import| import.check.clone()).unwrap_or_default());
    let leaves_out = RwSignal::new(false);
    // The rows were checked once more.
    let checked_anew = RwSignal::new(());
    let sending = Sending::new();
    let run = move |()| {
        let version = plan.import.with_untracked(|import| import.version);
        let body = RunImport { leave_out_problems: leaves_out.get_untracked() };
        let api = api.get_value();
        sending.run(async move { api.run_import(id, version, &body).await }, move |job| {
            plan.import.update(|import| {
                import.state = ImportState::Run;
                import.job_id = Some(JobId::from_uuid(job.id));
            });
            plan.step.set(Step::Run);
        });
    };
    let problems = Memo::new(move |_| check.with(|check| u64::from(check.problems)));
    let what = move || check.with(|check| d.run_what(w, check));
    view! {
        <section class="panel">
            <h2 class="panel__title" id="step" tabindex="-1">{d.checked}</h2>
            <div role="status">{move || check.with(counts)}</div>
            {move || check.with(|check| (check.says_no > 0).then(|| {
                let rows = w.count(check.says_no.into(), d.says_no_n);
                view! { <div class="note note--wait"><Svg icon=Icon::Shield /><p><strong>{rows} "."</strong> " " {d.says_no_text}</p></div> }
            }))}
        </section>
        <Show when=move || check.with(|check| !check.faults.is_empty())><Faults plan check /></Show>
        <MissingTags plan on_checked=move |()| checked_anew.set(()) />
        <Rows plan check checked_anew />
        <section class="panel">
            <h2 class="panel__title">{d.run_title}</h2>
            <Summary sending label=move |pointer: String| (pointer == "/leave_out_problems").then(|| d.leave_out_short.to_owned()) />
            <p>{what}</p>
            <Show when=move || problems.get() != 0>
                <Tick
                    label=d.leave_out_problems(w, problems.get_untracked())
                    checked=leaves_out
                    on_change=move |on| leaves_out.set(on)
                    pointer="/leave_out_problems"
                    problem=sending.problem("/leave_out_problems")
                />
            </Show>
        </section>
        <StepEnd
            plan
            back=Step::Origin
            next=d.run
            what=d.run_after
            busy=Signal::derive(move || sending.is_busy())
            on_next=run
        />
    }
}

fn counts(check: &ImportCheck) -> impl IntoView + use<> {
    let (w, d) = (use_words(), use_import_words());
    let all = [
        (d.count_makes, check.makes, true),
        (d.count_updates, check.updates, false),
        (d.count_known, check.known, false),
        (d.count_problems, check.problems, true),
        (d.count_left_out, check.left_out, false),
        (d.count_withdrawn, check.withdrawn, false),
        (d.count_erased, check.erased, false),
        (d.count_blank, check.blank, false),
    ];
    let shown = all.into_iter().filter(|(_, count, always)| *always || *count > 0);
    let shown = shown.map(|(label, count, _)| {
        view! { <div class="tally__one"><dt>{label}</dt><dd>{w.number(count.into())}</dd></div> }
    });
    view! { <dl class="tally">{shown.collect_view()}</dl> }
}

/// Which rules are broken where, the most frequent first.
#[component]
fn Faults(plan: Plan, check: Memo<ImportCheck>) -> impl IntoView {
    let (w, d) = (use_words(), use_import_words());
    let rows = move || {
        let faults = check.with(|check| check.faults.clone()).into_iter().map(|fault| {
            let column = fault.column.map_or_else(|| d.whole_row.to_owned(), |at| plan.column_name(at as usize));
            view! {
                <li class="list__item">
                    <span class="list__main"><strong>{column}</strong> ": " {rule_words(w, &fault.rule)}</span>
                    <span class="faint">{w.count(fault.rows.into(), d.in_rows_n)}</span>
                </li>
            }
        });
        faults.collect_view()
    };
    view! {
        <section class="panel">
            <h2 class="panel__title">{d.faults}</h2>
            <ul class="list">{rows}</ul>
        </section>
    }
}

/// Rows with problems, and those that were left out, to be put right in their place.
#[component]
fn Rows(plan: Plan, check: Memo<ImportCheck>, checked_anew: RwSignal<()>) -> impl IntoView {
    let d = use_import_words();
    let id = plan.id;
    let shown = RwSignal::new(Wanted::Problems);
    let rows = Paged::<ImportRow, u32>::new(move |api, after| {
        let wanted = match shown.get_untracked() {
            Wanted::Problems => RowsWanted::Problems,
            Wanted::LeftOut => RowsWanted::LeftOut,
        };
        async move { api.import_rows(id, wanted, after).await }
    });
    Effect::new(move || {
        shown.track();
        checked_anew.track();
        rows.rows.set(Vec::new());
        rows.reload();
    });
    // A version at a time: the next correction goes out when the one before is in.
    let fixing = RwSignal::new(false);
    let any =
        move || check.with(|check| check.problems > 0 || check.left_out > 0) || rows.rows.with(|rows| !rows.is_empty());
    let empty = move || rows.phase.get() == Phase::Ready && rows.rows.with(Vec::is_empty);
    view! {
        <Show when=any>
            <section class="stack">
                <TabBar
                    label=d.rows_to_fix
                    tabs=vec![(Wanted::Problems, d.count_problems.to_owned()), (Wanted::LeftOut, d.count_left_out.to_owned())]
                    shown
                />
                <p class="faint">{d.fix_text}</p>
                <Show when=move || rows.phase.get() == Phase::Loading><Skeleton lines=4 /></Show>
                <ul class="stack">
                    <For each=move || rows.rows.get() key=|row| row.number let:row><FixRow plan row fixing /></For>
                </ul>
                <Show when=empty><p class="faint">{d.no_rows}</p></Show>
                <PagedTail paged=rows />
            </section>
        </Show>
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Problems,
    LeftOut,
}
