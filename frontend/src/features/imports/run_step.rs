//! The import as it runs, what became of each row, and taking all of it back.

use super::plan::Plan;
use crate::{
    browser,
    data::{Paged, Phase, Sending, follow_job, remote},
    route::Page,
    session::use_api,
    ui::{Badge, Confirm, Icon, PagedTail, SkeletonRows, Summary, Svg, Tone, use_toasts},
    words::{ImportWords, Words, time, use_data_words, use_import_words, use_words, with},
};
use leptos::prelude::*;
use leptos_router::components::A;
use zgoda_api_types::{
    imports::{ImportRow, KeptClient, RowsWanted},
    jobs::Job,
};
use zgoda_client::Download;
use zgoda_domain::{
    id::{ImportId, JobId},
    import::RowOutcome,
    job::JobState,
};

#[component]
pub fn RunStep(plan: Plan) -> impl IntoView {
    let (w, d) = (use_words(), use_import_words());
    let Some(id) = plan.import.with_untracked(|import| import.job_id) else {
        return view! { <section class="panel"><p>{d.import_run}</p></section> }.into_any();
    };
    let job = follow_job(id);
    let undoing = RwSignal::new(None::<JobId>);
    let over = Memo::new(move |_| job.with(|job| job.as_ref().is_some_and(|job| job.state.is_over())));
    // Now, or at an earlier visit.
    let taken_back = RwSignal::new(false);
    let undone =
        Memo::new(move |_| taken_back.get() || job.with(|job| job.as_ref().is_some_and(|job| job.undone_at.is_some())));
    view! {
        <section class="panel">
            <h2 class="panel__title" id="step" tabindex="-1">{d.run_title}</h2>
            {move || job.get().map(|job| view! { <Progress job plan undoing /> })}
            <Show when=move || !over.get()>
                <p class="faint">{d.run_leave} " " <a href=Page::Jobs.path()>{w.jobs}</a></p>
            </Show>
        </section>
        {move || undoing.get().map(|id| view! { <Undoing id on_done=move |()| taken_back.set(true) /> })}
        <Show when=move || over.get()><Outcomes id=plan.id plan undone /></Show>
    }
    .into_any()
}

#[component]
fn Progress(job: Job, plan: Plan, undoing: RwSignal<Option<JobId>>) -> impl IntoView {
    let (w, d, j) = (use_words(), use_import_words(), use_data_words());
    let (api, toasts) = (StoredValue::new(use_api()), use_toasts());
    let sending = Sending::new();
    let asked = RwSignal::new(false);
    let (id, import) = (job.id, plan.id);
    let dealt = job.done + job.failed;
    let over = job.state.is_over();
    let (tone, state) = match job.state {
        _ if job.undone_at.is_some() => (Tone::Off, j.state_undone),
        state if job.cancelling && !state.is_over() => (Tone::Wait, j.state_cancelling),
        JobState::Waiting => (Tone::Wait, j.state_waiting),
        JobState::Running => (Tone::Info, j.state_running),
        JobState::Done => (Tone::Good, j.state_done),
        JobState::Failed => (Tone::Bad, j.state_failed),
        JobState::Cancelled => (Tone::Off, j.state_cancelled),
    };
    let reasons = job.failures.iter().map(|(failure, count)| {
        view! { <li>{j.job_failure(w, *failure, *count)}</li> }
    });
    let reasons = reasons.collect_view();
    let stop = move |_| {
        let api = api.get_value();
        sending.run(async move { api.cancel_job(id).await }, move |()| toasts.say(j.stopping));
    };
    let report = move |_| {
        let api = api.get_value();
        sending.run(async move { api.import_report(import, w.spoken).await }, |Download { file_name, bytes }| {
            let _ = browser::save_file(&file_name, &bytes);
        });
    };
    let undo = Callback::new(move |()| {
        asked.set(false);
        let api = api.get_value();
        sending.run(async move { api.undo_job(id).await }, move |created| {
            undoing.set(Some(JobId::from_uuid(created.id)));
        });
    });
    let undo_until = job.undo_until.filter(|_| over && job.undone_at.is_none());
    view! {
        <p role="status"><Badge tone label=state /> " " {j.done_of(w, dealt, job.total)}</p>
        {job.problem.map(|problem| view! { <p class="field__problem"><Svg icon=Icon::Warning />{j.job_problem(problem)}</p> })}
        {(!over).then(|| view! {
            <progress class="job__bar run__bar" aria-label=j.progress max=job.total.max(1).to_string() value=dealt.to_string()></progress>
        })}
        {over.then(|| view! {
            <dl class="tally">
                <div class="tally__one"><dt>{d.imported}</dt><dd>{w.number(job.done)}</dd></div>
                <div class="tally__one"><dt>{d.not_taken}</dt><dd>{w.number(job.failed)}</dd></div>
            </dl>
            <ul class="plain-list">{reasons}</ul>
        })}
        <Summary sending label=|_: String| None />
        <div class="actions">
            {(!over && !job.cancelling).then(|| view! {
                <button type="button" class="button" disabled=move || sending.is_busy() on:click=stop>{d.stop_import}</button>
            })}
            {over.then(|| view! {
                <button type="button" class="button" disabled=move || sending.is_busy() on:click=report>
                    <Svg icon=Icon::Download />
                    {d.report_get}
                </button>
            })}
            {undo_until.map(|until| view! {
                <Show when=move || undoing.with(Option::is_none)>
                    <button type="button" class="button button--danger" disabled=move || sending.is_busy() on:click=move |_| asked.set(true)>
                        <Svg icon=Icon::Restore />
                        {d.undo_import}
                    </button>
                    <span class="faint">{j.undo_until(&time::day_and_time(w.spoken, time::local(until)))}</span>
                </Show>
            })}
        </div>
        {move || asked.get().then(|| view! {
            <Confirm title=d.undo_import_title text=d.undo_import_text action=d.undo_import on_confirm=undo on_close=move |()| asked.set(false) />
        })}
    }
}

/// The import being taken back, and whom that left as they are.
#[component]
fn Undoing(id: JobId, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let (w, d, j) = (use_words(), use_import_words(), use_data_words());
    let job = follow_job(id);
    let over = Memo::new(move |_| job.with(|job| job.as_ref().is_some_and(|job| job.state.is_over())));
    Effect::new(move || {
        if job.with(|job| job.as_ref().is_some_and(|job| job.state == JobState::Done)) {
            on_done.run(());
        }
    });
    let progress = move || {
        job.get().map(|job| {
            let dealt = job.done + job.failed;
            let bar = (!job.state.is_over()).then(|| view! {
                <progress class="job__bar run__bar" aria-label=j.progress max=job.total.max(1).to_string() value=dealt.to_string()></progress>
            });
            view! {
                <p role="status">{if job.state.is_over() { d.undo_over } else { d.undo_goes_on }} " " {j.done_of(w, job.done, job.total)}</p>
                {bar}
            }
        })
    };
    view! {
        <section class="panel">
            <h2 class="panel__title">{d.undo_import}</h2>
            {progress}
            <Show when=move || over.get()><Kept id /></Show>
        </section>
    }
}

#[component]
fn Kept(id: JobId) -> impl IntoView {
    let d = use_import_words();
    let kept = remote(move |api| async move { api.kept_by_undo(id, None).await });
    move || {
        let page = kept.get().and_then(Result::ok).filter(|page| !page.items.is_empty())?;
        let more = page.next.is_some();
        let rows = page.items.into_iter().map(|KeptClient { client_id, name, reason }| {
            view! {
                <li class="list__item">
                    <a class="list__main" href=Page::Client(client_id).path()>{name}</a>
                    <span class="faint">{d.kept_because(reason)}</span>
                </li>
            }
        });
        Some(view! {
            <h3 class="panel__subtitle">{d.kept_clients}</h3>
            <ul class="list">{rows.collect_view()}</ul>
            {more.then(|| view! { <p class="faint">{d.kept_more}</p> })}
        })
    }
}

/// What became of each row.
#[component]
fn Outcomes(id: ImportId, plan: Plan, undone: Memo<bool>) -> impl IntoView {
    let (w, d, j) = (use_words(), use_import_words(), use_data_words());
    let rows =
        Paged::<ImportRow, u32>::new(
            move |api, after| async move { api.import_rows(id, RowsWanted::All, after).await },
        );
    rows.reload();
    view! {
        <section class="panel panel--table" aria-label=d.outcomes>
            <Show when=move || undone.get()><p class="note">{d.undone_note}</p></Show>
            <div class="table-scroll" tabindex="0" role="region" aria-label=d.outcomes>
                <table class="table">
                    <caption class="visually-hidden">{d.outcomes}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{d.row}</th>
                            <th scope="col">{d.outcome}</th>
                            <th scope="col">{plan.column_name(0)}</th>
                            <th scope="col"><span class="visually-hidden">{j.actions}</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        <Show when=move || rows.phase.get() == Phase::Loading><SkeletonRows columns=4usize rows=4 /></Show>
                        <For each=move || rows.rows.get() key=|row| row.number let:row>{outcome(w, d, row, undone)}</For>
                    </tbody>
                </table>
            </div>
            <PagedTail paged=rows />
        </section>
    }
}

fn outcome(w: &'static Words, d: &'static ImportWords, row: ImportRow, undone: Memo<bool>) -> AnyView {
    let tone = match row.outcome {
        Some(RowOutcome::Made | RowOutcome::Updated) => Tone::Good,
        Some(RowOutcome::Unchanged | RowOutcome::Known | RowOutcome::LeftOut) | None => Tone::Off,
        Some(RowOutcome::Changed | RowOutcome::NotReached) => Tone::Wait,
        Some(_) => Tone::Bad,
    };
    let label = row.outcome.map_or(d.outcome_none, |outcome| d.row_outcome(outcome));
    let undoes = matches!(row.outcome, Some(RowOutcome::Made | RowOutcome::Updated));
    let mark = move || match undoes && undone.get() {
        true => view! { <Badge tone=Tone::Off label=with(d.outcome_undone, label) /> },
        false => view! { <Badge tone label=label.to_owned() /> },
    };
    // A card that was made is most likely not there any more.
    let link = move || {
        let client = row.client_id.filter(|_| row.outcome != Some(RowOutcome::Made) || !undone.get())?;
        let named = format!("{}: {}", w.open_card, d.row_n(row.number));
        Some(view! { <A href=Page::Client(client).path() attr:aria-label=named>{w.open_card}</A> })
    };
    view! {
        <tr>
            <th scope="row" class="table__number">{row.number}</th>
            <td>{mark}</td>
            <td class="sample">{row.cells.into_iter().next().unwrap_or_default()}</td>
            <td>{link}</td>
        </tr>
    }
    .into_any()
}
