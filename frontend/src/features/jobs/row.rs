//! One job of the list.

use super::replace;
use crate::{
    browser,
    data::{Paged, Sending},
    session::use_api,
    ui::{Badge, Confirm, Icon, Summary, Svg, Tone, use_toasts},
    words::{DataWords, Words, time, use_data_words, use_words, with},
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use zgoda_api_types::jobs::{Job, JobAbout};
use zgoda_client::file_address;
use zgoda_domain::{
    bulk::BulkAbout,
    field_ref::FieldRef,
    job::{JobKind, JobState},
};

/// What it is, how far it is, and what can be done about it.
#[component]
pub fn JobRow(jobs: Paged<Job>, first: Job) -> impl IntoView {
    let (w, d) = (use_words(), use_data_words());
    let id = first.id;
    let title = title(w, d, &first);
    let shown = title.clone();
    let asked = moment(w, first.created_at);
    let job = Memo::new(move |_| {
        jobs.rows.with(|rows| rows.iter().find(|job| job.id == id).cloned()).unwrap_or_else(|| first.clone())
    });
    view! {
        <tr>
            <th scope="row">{shown}</th>
            <td>{asked}</td>
            <td>{move || state(d, &job.get())}</td>
            <td>{move || progress(w, d, &title, &job.get())}</td>
            <td><Actions jobs job /></td>
        </tr>
    }
}

/// What it does, as far as that is told.
fn title(w: &'static Words, d: &'static DataWords, job: &Job) -> String {
    let Some(JobAbout { action, name }) = &job.about else { return d.job_kind(job.kind).to_owned() };
    let name = name.as_deref().unwrap_or_default();
    let title = match action {
        BulkAbout::SetField { field: FieldRef::Builtin(field) } => with(d.about_set_field, w.builtin(*field)),
        BulkAbout::SetField { field: FieldRef::Custom(_) } => with(d.about_set_field, name),
        BulkAbout::AddTag { .. } => with(d.about_add_tag, name),
        BulkAbout::RemoveTag { .. } => with(d.about_remove_tag, name),
        BulkAbout::SetOwner => d.about_set_owner.to_owned(),
        BulkAbout::SetDepartment => d.about_set_department.to_owned(),
        BulkAbout::Delete => d.about_delete.to_owned(),
    };
    if job.kind == JobKind::Undo { with(d.about_undo, &title) } else { title }
}

fn state(d: &'static DataWords, job: &Job) -> AnyView {
    let (tone, label) = match job.state {
        _ if job.undone_at.is_some() => (Tone::Off, d.state_undone),
        state if job.cancelling && !state.is_over() => (Tone::Wait, d.state_cancelling),
        JobState::Waiting => (Tone::Wait, d.state_waiting),
        JobState::Running => (Tone::Info, d.state_running),
        JobState::Done => (Tone::Good, d.state_done),
        JobState::Failed => (Tone::Bad, d.state_failed),
        JobState::Cancelled => (Tone::Off, d.state_cancelled),
    };
    let why = job.problem.map(|problem| view! { <p class="faint job__note">{d.job_problem(problem)}</p> });
    view! { <Badge tone label />{why} }.into_any()
}

fn progress(w: &'static Words, d: &'static DataWords, title: &str, job: &Job) -> AnyView {
    let dealt = job.done + job.failed;
    let bar = (!job.state.is_over()).then(|| {
        view! {
            <progress class="job__bar" aria-label=title.to_owned() max=job.total.max(1).to_string() value=dealt.to_string()></progress>
        }
    });
    let left = (job.failed > 0).then(|| {
        let reasons: Vec<_> = job.failures.iter().map(|(failure, count)| d.job_failure(w, *failure, *count)).collect();
        view! { <p class="faint job__note">{d.left(w, job.failed)} " (" {reasons.join(", ")} ")"</p> }
    });
    view! { {bar}<span>{d.done_of(w, job.done, job.total)}</span>{left} }.into_any()
}

#[component]
fn Actions(jobs: Paged<Job>, job: Memo<Job>) -> impl IntoView {
    let (w, d) = (use_words(), use_data_words());
    let toasts = use_toasts();
    let api = StoredValue::new(use_api());
    let (sending, undoing) = (Sending::new(), Sending::new());
    let id = job.get_untracked().id;
    let stop = move |_| {
        let api = api.get_value();
        sending.run(
            async move {
                api.cancel_job(id).await?;
                api.job(id).await
            },
            move |now| {
                replace(jobs, now);
                toasts.say(d.stopping);
            },
        );
    };
    let asked = RwSignal::new(false);
    let kind = job.get_untracked().kind;
    let undo = Callback::new(move |()| {
        asked.set(false);
        let api = api.get_value();
        undoing.run(async move { api.undo_job(id).await }, move |_| {
            jobs.reload();
            toasts.say(d.undoing);
        });
    });
    let fetch = move |_| {
        let api = api.get_value();
        // Asked first: the session is renewed where it takes that, and the file may be gone by now.
        sending.run(async move { api.job(id).await }, move |now: Job| {
            if now.file_until.is_some() {
                let _ = browser::download(&file_address(id));
            }
            replace(jobs, now);
        });
    };
    let stops = Memo::new(move |_| job.with(|job| !job.state.is_over() && !job.cancelling));
    let undoes = Memo::new(move |_| job.with(|job| job.undo_until.filter(|_| job.undone_at.is_none())));
    let has_file = Memo::new(move |_| job.with(|job| job.file_until.is_some()));
    let loss = Memo::new(move |_| job.with(|job| job.file_loss));
    view! {
        {move || loss.get().map(|loss| view! { <p class="faint job__note">{d.file_loss(loss)}</p> })}
        <div class="job__actions">
            <Show when=move || stops.get()>
                <button type="button" class="button button--small" disabled=move || sending.is_busy() on:click=stop>{d.stop}</button>
            </Show>
            <Show when=move || has_file.get()>
                <button type="button" class="button button--small" disabled=move || sending.is_busy() on:click=fetch>
                    <Svg icon=Icon::Download />
                    {d.download}
                </button>
            </Show>
            {move || undoes.get().map(|until| view! {
                <button
                    type="button"
                    class="button button--small"
                    title=d.undo_until(&moment(w, until))
                    disabled=move || undoing.is_busy()
                    on:click=move |_| asked.set(true)
                >
                    <Svg icon=Icon::Restore />
                    {d.undo}
                </button>
            })}
        </div>
        <Summary sending label=|_: String| None />
        <Summary sending=undoing label=|_: String| None />
        {move || asked.get().then(|| {
            let (title, text) = d.undo_question(kind);
            view! { <Confirm title text action=d.undo on_confirm=undo on_close=move |()| asked.set(false) /> }
        })}
    }
}

fn moment(w: &Words, at: DateTime<Utc>) -> String {
    time::day_and_time(w.spoken, time::local(at))
}
