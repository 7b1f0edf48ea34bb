//! Zadania w tle: how far the caller's background jobs are; stopping them, taking them back, and fetching what they made.

mod row;

use crate::{
    browser,
    data::{Paged, Phase, follow_jobs},
    ui::{Empty, Icon, PageHead, PagedTail, SkeletonRows},
    words::{use_data_words, use_words},
};
use leptos::prelude::*;
use row::JobRow;
use zgoda_api_types::jobs::Job;

/// The caller's jobs, newest first.
#[component]
pub fn JobsPage() -> impl IntoView {
    let (w, d) = (use_words(), use_data_words());
    browser::set_title(w.jobs);
    let jobs = Paged::<Job>::new(|api, after| async move { api.jobs(after).await });
    jobs.reload();
    watch(jobs);
    let empty = move || jobs.phase.get() == Phase::Ready && jobs.rows.with(Vec::is_empty);
    view! {
        <PageHead title=w.jobs text=move || d.jobs_text />
        <section class="panel panel--table" aria-label=w.jobs>
            <div class="table-scroll" tabindex="0" role="region" aria-label=w.jobs>
                <table class="table">
                    <caption class="visually-hidden">{w.jobs}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{d.job}</th>
                            <th scope="col">{d.job_asked_at}</th>
                            <th scope="col">{w.status}</th>
                            <th scope="col">{d.progress}</th>
                            <th scope="col"><span class="visually-hidden">{d.actions}</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        <Show when=move || jobs.phase.get() == Phase::Loading><SkeletonRows columns=5usize rows=4 /></Show>
                        // By id: a row stays while its job goes on, and so does the focus in it.
                        <For each=move || jobs.rows.get() key=|job| job.id let:job><JobRow jobs first=job /></For>
                    </tbody>
                </table>
            </div>
            <Show when=empty><Empty icon=Icon::Jobs title=d.no_jobs text=d.no_jobs_text /></Show>
            <PagedTail paged=jobs />
        </section>
    }
}

/// Keeps jobs that have not ended up to date, for as long as the page is shown.
fn watch(jobs: Paged<Job>) {
    let running = move || {
        let of_rows = |rows: &Vec<Job>| rows.iter().filter(|job| !job.state.is_over()).map(|job| job.id).collect();
        jobs.rows.try_with_untracked(of_rows).unwrap_or_default()
    };
    follow_jobs(running, move |now| replace(jobs, now));
}

/// Shows a job as it stands now.
fn replace(jobs: Paged<Job>, now: Job) {
    jobs.rows.try_update(|rows| {
        if let Some(row) = rows.iter_mut().find(|row| row.id == now.id) {
            *row = now;
        }
    });
}
