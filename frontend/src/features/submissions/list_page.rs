//! All submissions, newest first.

use super::tone;
use crate::{
    browser,
    data::{Paged, Phase, remote},
    route::Page,
    session::use_session,
    ui::{Badge, Empty, Icon, PageHead, PagedTail, SelectField, SkeletonRows},
    words::{SubmissionWords, Words, time, use_submission_words, use_words},
};
use leptos::prelude::*;
use leptos_router::components::A;
use zgoda_api_types::submissions::SubmissionSummary;
use zgoda_domain::{access::Right, submission::SubmissionStatus};

/// The list, of all forms or of one.
#[component]
pub fn ListPage() -> impl IntoView {
    let (w, s) = (use_words(), use_submission_words());
    let session = use_session();
    browser::set_title(w.submissions);
    let form = RwSignal::new(String::new());
    // The one status that is kept apart.
    let status = RwSignal::new(String::new());
    let is_spam = Signal::derive(move || status.with(|status| status == SubmissionStatus::Spam.code()));
    let rows = Paged::<SubmissionSummary>::new(move |api, after| {
        let (form, spam) = (form.get_untracked().parse().ok(), is_spam.get_untracked());
        async move { if spam { api.spam(form, after).await } else { api.submissions(form, after).await } }
    });
    Effect::new(move || {
        form.track();
        status.track();
        rows.reload();
    });
    let sees_forms = session.may(Right::ViewForms);
    let forms = remote(move |api| async move { if sees_forms { api.forms().await } else { Ok(Vec::new()) } });
    let choices = Signal::derive(move || {
        let known = forms.get().and_then(Result::ok).unwrap_or_default();
        std::iter::once((String::new(), w.all_forms.to_owned()))
            .chain(known.into_iter().map(|form| (form.id.to_string(), form.name)))
            .collect::<Vec<_>>()
    });
    let statuses = Signal::stored(vec![
        (String::new(), s.all_but_spam.to_owned()),
        (SubmissionStatus::Spam.code().to_owned(), w.submission_spam.to_owned()),
    ]);
    let empty = move || rows.phase.get() == Phase::Ready && rows.rows.with(Vec::is_empty);
    view! {
        <PageHead title=w.submissions />
        <section class="panel panel--table" aria-label=w.submissions>
            <div class="toolbar">
                {sees_forms.then(|| view! { <SelectField label=w.form value=form options=choices /> })}
                <SelectField label=w.status value=status options=statuses />
            </div>
            <div class="table-scroll" tabindex="0" role="region" aria-label=w.submissions>
                <table class="table">
                    <caption class="visually-hidden">{w.submissions}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{w.received}</th>
                            <th scope="col">{w.form}</th>
                            <th scope="col">{w.client}</th>
                            <th scope="col">{w.status}</th>
                        </tr>
                    </thead>
                    <tbody>
                        <Show when=move || rows.phase.get() == Phase::Loading><SkeletonRows columns=4usize rows=6 /></Show>
                        <For each=move || rows.rows.get() key=|row| row.id let:row>{line(w, s, row)}</For>
                    </tbody>
                </table>
            </div>
            <Show when=move || empty() && !is_spam.get()><Empty icon=Icon::Inbox title=w.no_submissions text=w.no_submissions_text /></Show>
            <Show when=move || empty() && is_spam.get()><Empty icon=Icon::Inbox title=s.no_spam text=s.no_spam_text /></Show>
            <PagedTail paged=rows />
        </section>
    }
}

fn line(w: &'static Words, s: &'static SubmissionWords, row: SubmissionSummary) -> impl IntoView {
    let client = match (row.client_id, row.client_name) {
        (Some(id), Some(name)) => view! { <A href=Page::Client(id).path()>{name}</A> }.into_any(),
        _ => view! { <span class="faint">"–"</span> }.into_any(),
    };
    let received = time::day_and_time(w.spoken, time::local(row.received_at));
    view! {
        <tr>
            <th scope="row"><A href=Page::Submission(row.id).path()>{received}</A></th>
            <td>{row.form_name} <span class="faint">" · " {w.version} " " {row.form_version}</span></td>
            <td>{client}</td>
            <td>
                <Badge tone=tone(row.status) label=w.submission_status(row.status) />
                {row.suspicion.map(|suspicion| view! { " " <span class="faint">{s.suspicion(suspicion)}</span> })}
            </td>
        </tr>
    }
}
