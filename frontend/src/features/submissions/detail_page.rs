//! One submission with its answers.

use super::tone;
use crate::{
    browser,
    data::{Sending, remote},
    route::{Page, use_go},
    session::{use_api, use_session},
    ui::{Await, BackLink, Badge, Confirm, Icon, PageHead, Summary, Svg, use_toasts},
    words::{time, use_submission_words, use_words},
};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_params_map};
use zgoda_api_types::submissions::{Submission, SubmissionFile};
use zgoda_domain::{
    access::Right,
    id::SubmissionId,
    submission::{SubmissionStatus, Suspicion},
};

/// The answers, and what to do with them.
#[component]
pub fn DetailPage() -> impl IntoView {
    let w = use_words();
    browser::set_title(w.submission);
    let params = use_params_map();
    let Some(id) = params.with_untracked(|params| params.get("id")?.parse::<SubmissionId>().ok()) else {
        return view! { <PageHead title=w.missing_title /> }.into_any();
    };
    let submission = remote(move |api| async move { api.submission(id).await });
    view! {
        <BackLink href=Page::Submissions.path() label=w.submissions />
        <Await remote=submission children={move |it| view! { <Detail submission=it on_change=move |()| submission.refetch() /> }} />
    }
    .into_any()
}

#[component]
fn Detail(submission: Submission, #[prop(into)] on_change: Callback<()>) -> impl IntoView {
    let w = use_words();
    let session = use_session();
    let summary = submission.summary;
    let answers = submission
        .answers
        .into_iter()
        .map(|answer| {
            // A tick is sent as this word.
            let text = if answer.text == "true" { w.yes.to_owned() } else { answer.text };
            view! { <div class="fact"><dt>{answer.label}</dt><dd class="multiline">{text}</dd></div> }
        })
        .collect_view();
    let received = time::day_and_time(w.spoken, time::local(summary.received_at));
    let decide = summary.status == SubmissionStatus::Review && session.may(Right::DecideSubmissions);
    let client = summary.client_id.filter(|_| session.may(Right::ViewClients));
    view! {
        <PageHead title=summary.form_name.clone() text=move || view! { {received.clone()} " · " {w.version} " " {summary.form_version} }>
            <Badge tone=tone(summary.status) label=w.submission_status(summary.status) />
            {client.map(|id| view! { <A href=Page::Client(id).path() attr:class="button"><Svg icon=Icon::Clients />{w.open_client}</A> })}
        </PageHead>
        {submission.consents_by_mail.then(|| view! {
            <div class="note">
                <Svg icon=Icon::Clock />
                <div>
                    <p class="note__title">{w.consents_by_mail_title}</p>
                    <p>{w.consents_by_mail_text}</p>
                </div>
            </div>
        })}
        {decide.then(|| view! { <Decision id=summary.id on_change /> })}
        {summary.suspicion.map(|suspicion| view! { <Spam id=summary.id suspicion on_change /> })}
        <section class="panel">
            <h2 class="panel__title">{w.answers}</h2>
            <dl class="answers">{answers}</dl>
        </section>
        {(!submission.files.is_empty()).then(|| view! { <Files id=summary.id files=submission.files /> })}
    }
}

/// What was attached, to be saved.
#[component]
fn Files(id: SubmissionId, files: Vec<SubmissionFile>) -> impl IntoView {
    let w = use_words();
    let sending = Sending::new();
    let buttons = files
        .into_iter()
        .map(|file| {
            let api = use_api();
            let name = file.name.clone();
            let save = move |_| {
                let (api, name) = (api.clone(), name.clone());
                sending.run(async move { api.submission_file(id, file.id).await }, move |saved| {
                    let _ = browser::save_file(&name, &saved.bytes);
                });
            };
            let size = (file.size + 1023) / 1024;
            view! {
                <li>
                    <button type="button" class="button" disabled=move || sending.is_busy() on:click=save>
                        <Svg icon=Icon::Download />{file.name}" · "{size}" KB"
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-label=w.attached_files>
            <h2 class="panel__title">{w.attached_files}</h2>
            <Summary sending label=|_: String| None />
            <ul class="stack">{buttons}</ul>
        </section>
    }
}

#[component]
fn Decision(id: SubmissionId, on_change: Callback<()>) -> impl IntoView {
    let w = use_words();
    let (api, toasts) = (use_api(), use_toasts());
    let sending = Sending::new();
    let decide = move |accept: bool| {
        let api = api.clone();
        let call =
            async move { if accept { api.accept_submission(id).await } else { api.dismiss_submission(id).await } };
        sending.run(call, move |()| {
            toasts.say(if accept { w.accepted_done } else { w.dismissed_done });
            on_change.run(());
        });
    };
    let dismiss = decide.clone();
    // Accepting writes to the card.
    let may_accept = use_session().may(Right::EditClients);
    let accept = may_accept.then(|| {
        view! {
            <button type="button" class="button button--primary" disabled=move || sending.is_busy() on:click=move |_| decide(true)>
                <Svg icon=Icon::Check />{w.accept}
            </button>
        }
    });
    view! {
        <Summary sending label=|_: String| None />
        <div class="note">
            <Svg icon=Icon::Clock />
            <div>
                <p class="note__title">{w.review_title}</p>
                <p>{w.review_text}</p>
                <div class="marks">
                    {accept}
                    <button type="button" class="button" disabled=move || sending.is_busy() on:click=move |_| dismiss(false)>
                        {w.dismiss}
                    </button>
                </div>
            </div>
        </div>
    }
}

/// Why it is spam, and the two ways out.
#[component]
fn Spam(id: SubmissionId, suspicion: Suspicion, on_change: Callback<()>) -> impl IntoView {
    let (w, s) = (use_words(), use_submission_words());
    let (api, toasts, go) = (use_api(), use_toasts(), use_go());
    let sending = Sending::new();
    let asked = RwSignal::new(false);
    let release = {
        let api = api.clone();
        move |_| {
            let api = api.clone();
            sending.run(async move { api.release_submission(id).await }, move |()| {
                toasts.say(s.release_done);
                on_change.run(());
            });
        }
    };
    let delete = Callback::new(move |()| {
        let (api, go) = (api.clone(), go.clone());
        asked.set(false);
        sending.run(async move { api.delete_submission(id).await }, move |()| {
            toasts.say(s.delete_done);
            go(Page::Submissions);
        });
    });
    let session = use_session();
    // What is released goes into a card.
    let may_release = session.may(Right::DecideSubmissions) && session.may(Right::EditClients);
    let release = may_release.then(|| {
        view! {
            <button type="button" class="button button--primary" disabled=move || sending.is_busy() on:click=release>
                <Svg icon=Icon::Check />{s.release}
            </button>
        }
    });
    let buttons = session.may(Right::DecideSubmissions).then(|| {
        view! {
            <div class="marks">
                {release}
                <button type="button" class="button" disabled=move || sending.is_busy() on:click=move |_| asked.set(true)>
                    {w.delete}
                </button>
            </div>
        }
    });
    view! {
        <Summary sending label=|_: String| None />
        <div class="note">
            <Svg icon=Icon::Clock />
            <div>
                <p class="note__title">{s.spam_title}</p>
                <p>{s.suspicion(suspicion)} " " {s.spam_text}</p>
                {buttons}
            </div>
        </div>
        <Show when=move || asked.get()>
            <Confirm
                title=s.delete_title
                text=s.delete_text
                action=w.delete
                on_confirm=delete
                on_close=move |()| asked.set(false)
            />
        </Show>
    }
}
