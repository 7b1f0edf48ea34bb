//! How far an action on many is, in the list itself; undoing it from there.

use super::ListState;
use crate::{
    data::{Paged, Sending, follow_jobs, look_at_job},
    route::Page,
    session::{Session, use_session},
    ui::{Icon, Summary, Svg},
    words::{use_list_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::clients::{ClientRow, Cursor};
use zgoda_domain::{
    id::JobId,
    job::{JobKind, JobState},
};

/// Shows this job from now on.
pub fn follow(state: ListState, session: Session, id: JobId) {
    look_at_job(session, id, move |job| {
        state.job.try_set(Some(job));
    });
}

/// The job that was started last.
#[component]
pub fn JobStrip(
    state: ListState,
    rows: Paged<ClientRow, Cursor>,
    /// It has come to its end.
    on_change: Callback<()>,
) -> impl IntoView {
    let (w, l) = (use_words(), use_list_words());
    let session = use_session();
    let running = move || {
        let job = state.job.try_with_untracked(|job| job.as_ref().filter(|job| !job.state.is_over()).map(|job| job.id));
        job.flatten().into_iter().collect()
    };
    follow_jobs(running, move |now| {
        state.job.try_set(Some(now));
    });
    let over =
        Memo::new(move |_| state.job.with(|job| job.as_ref().filter(|job| job.state.is_over()).map(|job| job.id)));
    // The list is read again once, when a job has come to its end.
    Effect::new(move || {
        let now = over.get();
        if now.is_some() && state.ended.get_value() != now {
            state.ended.set_value(now);
            rows.reload();
            on_change.run(());
        }
    });
    let sending = Sending::new();
    let undo = move |_| {
        let Some(id) = state.job.with_untracked(|job| job.as_ref().map(|job| job.id)) else { return };
        let api = session.api();
        sending.run(async move { api.undo_job(id).await }, move |made| {
            follow(state, session, JobId::from_uuid(made.id));
        });
    };
    let undoable = Memo::new(move |_| {
        state.job.with(|job| job.as_ref().is_some_and(|job| job.undo_until.is_some() && job.undone_at.is_none()))
    });
    let told = move || {
        state.job.with(|job| {
            let job = job.as_ref()?;
            let undoing = job.kind == JobKind::Undo;
            let running = if undoing { l.job_undoing } else { l.job_running };
            Some(match job.state {
                state if state.is_over() => l.job_end(w, state == JobState::Done, job.done, job.total),
                _ => format!("{running}: {} / {}", w.number(job.done + job.failed), w.number(job.total)),
            })
        })
    };
    let bar = move || {
        state.job.with(|job| {
            let job = job.as_ref().filter(|job| !job.state.is_over())?;
            let (max, value) = (job.total.max(1).to_string(), (job.done + job.failed).to_string());
            Some(view! { <progress class="job__bar" aria-label=l.job_running max=max value=value></progress> })
        })
    };
    view! {
        <div class="bulk bulk--job">
            <p class="bulk__count" role="status">{told}</p>
            {bar}
            <div class="bulk__actions">
                <Show when=move || undoable.get()>
                    <button type="button" class="button button--small" disabled=move || sending.is_busy() on:click=undo>
                        <Svg icon=Icon::Restore />{l.undo}
                    </button>
                </Show>
                <a href=Page::Jobs.path() class="button button--small button--quiet">{l.job_details}</a>
                <Show when=move || over.get().is_some()>
                    <button type="button" class="button button--small button--quiet button--icon" aria-label=w.close on:click=move |_| state.job.set(None)>
                        <Svg icon=Icon::Close />
                    </button>
                </Show>
            </div>
            <Summary sending label=|_: String| None />
        </div>
    }
}
