//! Rejestr zgód: how far the consent ledger goes, whether its last check held, and its checkpoint to take away.

use crate::{
    browser,
    data::{Sending, remote},
    session::{use_api, use_session},
    ui::{Await, Badge, CopyBlock, Icon, PageHead, Summary, Svg, Tone},
    words::{OfficeWords, Words, time, use_office_words, use_words},
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use zgoda_api_types::ledger::{Ledger, LedgerCheck};
use zgoda_client::Download;
use zgoda_domain::access::Right;

/// The consent ledger as a log.
#[component]
pub fn LedgerPage() -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let session = use_session();
    browser::set_title(w.ledger);
    if !session.may(Right::ViewAudit) {
        return view! { <PageHead title=w.ledger text=move || w.problem_not_allowed /> }.into_any();
    }
    let ledger = remote(|api| async move { api.ledger().await });
    let signed = move || ledger.get().and_then(Result::ok).is_some_and(|ledger| ledger.checkpoint.is_some());
    view! {
        <PageHead title=w.ledger text=move || o.ledger_text>
            <Show when=signed><DownloadButton /></Show>
        </PageHead>
        <Await remote=ledger lines=6 children=move |ledger: Ledger| view! { <State ledger /> } />
        <section class="panel stack">
            <h2 class="panel__title">{o.ledger_proves}</h2>
            <p>{o.ledger_proves_text}</p>
            <p>{o.ledger_keep_text}</p>
            <p>{o.ledger_erased_text}</p>
        </section>
    }
    .into_any()
}

#[component]
fn DownloadButton() -> impl IntoView {
    let o = use_office_words();
    let api = use_api();
    let sending = Sending::new();
    let download = move |_| {
        let api = api.clone();
        sending.run(async move { api.ledger_checkpoint().await }, |Download { file_name, bytes }| {
            let _ = browser::save_file(&file_name, &bytes);
        });
    };
    view! {
        <button type="button" class="button" disabled=move || sending.is_busy() on:click=download>
            <Svg icon=Icon::Download />
            {o.ledger_download}
        </button>
        <Summary sending label=|_: String| None />
    }
}

#[component]
fn State(ledger: Ledger) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let Ledger { head, pending, checkpoint, last_check, verifier } = ledger;
    let size = match &head {
        Some(head) => w.number(head.size).into_any(),
        None => view! { <Badge tone=Tone::Bad label=o.ledger_end_lost /> }.into_any(),
    };
    let signed = checkpoint.as_ref().map_or_else(
        || o.ledger_unsigned.to_owned(),
        |last| format!("{} ({})", moment(w, last.made_at), w.count(last.head.size, o.ledger_events)),
    );
    let root = head.map(|head| head.root);
    view! {
        <section class="panel stack">
            <dl class="facts">
                <div class="fact"><dt>{o.ledger_size}</dt><dd>{size}</dd></div>
                <div class="fact"><dt>{o.ledger_pending}</dt><dd>{w.number(pending)}</dd></div>
                <div class="fact"><dt>{o.ledger_checked}</dt><dd>{check(w, o, last_check)}</dd></div>
                <div class="fact"><dt>{o.ledger_signed}</dt><dd>{signed}</dd></div>
            </dl>
            {root.map(|root| view! { <CopyBlock label=o.ledger_root text=root /> })}
            <CopyBlock label=o.ledger_verifier text=verifier />
        </section>
    }
}

fn check(w: &Words, o: &OfficeWords, check: Option<LedgerCheck>) -> AnyView {
    match check {
        None => o.ledger_unchecked.into_any(),
        Some(LedgerCheck { at, held: true, .. }) => {
            view! { <Badge tone=Tone::Good label=o.ledger_held /><p>{moment(w, at)}</p> }.into_any()
        }
        Some(LedgerCheck { at, .. }) => view! {
            <Badge tone=Tone::Bad label=o.ledger_broken /><p>{moment(w, at)}</p>
            <p class="faint">{o.ledger_broken_text}</p>
        }
        .into_any(),
    }
}

fn moment(w: &Words, at: DateTime<Utc>) -> String {
    time::day_and_time(w.spoken, time::local(at))
}
