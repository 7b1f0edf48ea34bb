//! Zgody: each consent of the client, its ledger with the evidence, and withdrawing it.

use super::{card_parts::moment, list_row::tone, record_dialog::RecordDialog};
use crate::{
    browser,
    data::Sending,
    session::{use_api, use_session},
    ui::{Badge, Dialog, Icon, Menu, MenuItem, Summary, Svg, TextArea, Tone, use_toasts},
    words::{Words, time, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::{
    clients::ClientCard,
    consents::{Consent, ConsentEvent, EvidenceFile, WithdrawConsent},
    receipts::WhichConsent,
};
use zgoda_client::Download;
use zgoda_domain::{
    access::Right,
    consent::{ConsentStatus, EvidenceGrade},
    id::{ClientId, FileId},
};

/// All consents of the client.
#[component]
pub fn Consents(
    card: ClientCard,
    /// Some of them are not shown to this person.
    masks_consents: bool,
    /// A consent was withdrawn.
    #[prop(into)]
    on_change: Callback<()>,
) -> impl IntoView {
    let w = use_words();
    let session = use_session();
    let withdrawing = RwSignal::new(None::<Consent>);
    let recording = RwSignal::new(false);
    let (id, consents) = (card.id, card.consents);
    let may = session.may_with(Right::EditClients, card.assignment);
    let items = consents
        .iter()
        .map(
            |consent| view! { <Item id consent=consent.clone() may on_withdraw=move |it| withdrawing.set(Some(it)) /> },
        )
        .collect_view();
    view! {
        <section class="panel" id="consents">
            <div class="panel__head">
                <h2 class="panel__title">{w.consents}</h2>
                {(may && session.may(Right::ViewPurposes)).then(|| view! {
                    <button type="button" class="button button--small" on:click=move |_| recording.set(true)>
                        <Svg icon=Icon::Plus />{w.record_consent}
                    </button>
                })}
            </div>
            {(consents.is_empty() && !masks_consents).then(|| view! { <p class="faint">{w.no_consents}</p> })}
            {masks_consents.then(|| view! { <p class="faint">{w.consents_masked}</p> })}
            <div class="consents">{items}</div>
        </section>
        {move || recording.get().then(|| view! {
            <RecordDialog
                id
                on_close=move |()| recording.set(false)
                on_done=move |()| {
                    recording.set(false);
                    on_change.run(());
                }
            />
        })}
        {move || withdrawing.get().map(|consent| view! {
            <WithdrawDialog
                id
                consent
                on_close=move |()| withdrawing.set(None)
                on_done=move |()| {
                    withdrawing.set(None);
                    on_change.run(());
                }
            />
        })}
    }
}

#[component]
fn Item(id: ClientId, consent: Consent, may: bool, #[prop(into)] on_withdraw: Callback<Consent>) -> impl IntoView {
    let w = use_words();
    let can_withdraw = may
        && match consent.status {
            ConsentStatus::Given | ConsentStatus::Requested | ConsentStatus::Expired => true,
            ConsentStatus::Refused | ConsentStatus::Withdrawn => false,
        };
    let title = format!("{} · {}", consent.purpose_name, w.channel(consent.channel));
    let (name, heading) = (format!("{}: {title}", w.withdraw), title.clone());
    let count = w.count(consent.events.len() as u64, w.events_n);
    let events = consent.events.iter().map(|event| ledger_entry(w, id, event)).collect_view();
    let expiry =
        consent.expires_at.map(|at| view! { " · " {w.until} " " {time::day(w.spoken, time::local(at).date())} });
    let status = consent.status;
    // Of an answer on paper the day is known, and no hour is made up.
    let act = consent.events.first().filter(|event| event.occurred_at == consent.since);
    let since = match act {
        Some(event) => acted(w, event).into_any(),
        None => moment(w, consent.since).into_any(),
    };
    view! {
        <article class="consent" aria-label=title>
            <div class="consent__head">
                <div>
                    <h3 class="consent__title">{heading}</h3>
                    <p class="faint">{w.since} " " {since} {expiry}</p>
                </div>
                <Badge tone=tone(status) label=w.consent_status(status) />
            </div>
            <div class="consent__more">
                <details>
                    <summary>{count}</summary>
                    <ol class="ledger">{events}</ol>
                </details>
                <ReceiptMenu client=id which=WhichConsent { purpose_id: consent.purpose_id, channel: consent.channel } may />
                {can_withdraw.then(|| view! {
                    <button type="button" class="button button--small" aria-label=name on:click=move |_| on_withdraw.run(consent.clone())>
                        {w.withdraw}
                    </button>
                })}
            </div>
        </article>
    }
}

/// The consent's receipt, as a file or by mail.
#[component]
fn ReceiptMenu(client: ClientId, which: WhichConsent, may: bool) -> impl IntoView {
    let w = use_words();
    let (api, toasts) = (use_api(), use_toasts());
    let sending =
        Sending::explaining(move |invalid| (invalid.pointer == "/email").then(|| w.receipt_no_email.to_owned()));
    let mail_api = api.clone();
    let save = Callback::new(move |()| {
        let api = api.clone();
        let file = async move { api.consent_receipt_html(client, which).await };
        sending.run(file, move |Download { file_name, bytes }| {
            if browser::save_file(&file_name, &bytes).is_ok() {
                toasts.say(w.receipt_saved);
            }
        });
    });
    let send = Callback::new(move |()| {
        let api = mail_api.clone();
        sending.run(async move { api.send_consent_receipt(client, which).await }, move |()| toasts.say(w.receipt_sent));
    });
    view! {
        <Menu label=move || view! { {w.receipt}<Svg icon=Icon::ChevronDown /> } class="button button--small">
            <MenuItem label=w.receipt_save on_select=save />
            {may.then(|| view! { <MenuItem label=w.receipt_send on_select=send /> })}
        </Menu>
        <Summary sending label=|_: String| None />
    }
}

/// When the person answered.
fn acted(w: &Words, event: &ConsentEvent) -> AnyView {
    match event.evidence.day {
        Some(day) => view! { <time datetime=day.to_string()>{time::day(w.spoken, day)}</time> }.into_any(),
        None => moment(w, event.occurred_at).into_any(),
    }
}

fn ledger_entry(w: &'static Words, id: ClientId, event: &ConsentEvent) -> impl IntoView + use<> {
    let evidence = &event.evidence;
    let grade = event.grade.map(|grade| {
        let tone = match grade {
            EvidenceGrade::A | EvidenceGrade::B => Tone::Good,
            EvidenceGrade::C => Tone::Info,
            EvidenceGrade::D => Tone::Off,
        };
        let letter = grade.code().to_uppercase();
        view! { <p class="ledger__grade"><Badge tone label=letter /> {w.evidence_grade(grade)}</p> }
    });
    let proof = event.file_id.zip(evidence.file.clone()).map(|(file, proof)| view! { <Proof id file proof /> });
    let facts = [
        (w.evidence_method, Some(w.consent_method(event.method).to_owned())),
        (w.evidence_page, evidence.page.clone()),
        (w.evidence_field, evidence.field_label.clone()),
        (w.evidence_ip, evidence.ip.clone()),
        (w.evidence_agent, evidence.user_agent.clone()),
        (w.evidence_note, evidence.note.clone()),
        (w.evidence_recorded_by, event.recorded_by.clone()),
        (w.evidence_form_version, event.form_version_id.map(|id| id.to_string())),
        (w.evidence_submission, event.submission_id.map(|id| id.to_string())),
    ]
    .into_iter()
    .filter_map(|(label, value)| value.map(|value| view! { <div class="fact"><dt>{label}</dt><dd>{value}</dd></div> }))
    .collect_view();
    let wording = event.wording.clone().map(|wording| {
        view! {
            <figure class="wording">
                <figcaption class="wording__head">
                    {w.as_shown} " · " {w.version} " " {wording.version} " · " {w.language_name(wording.language)}
                </figcaption>
                <blockquote class="wording__text" lang=wording.language.code()>{wording.text}</blockquote>
                <p class="wording__hash">"SHA-256 " <code>{wording.sha256}</code></p>
            </figure>
        }
    });
    view! {
        <li class="ledger__item">
            <p class="ledger__what">{w.consent_event(event.kind)} <span class="faint">" · " {acted(w, event)}</span></p>
            {grade}
            {wording}
            <dl class="facts facts--small">
                {facts}
                {proof}
                <div class="fact"><dt>{w.evidence_recorded_at}</dt><dd>{moment(w, event.recorded_at)}</dd></div>
            </dl>
        </li>
    }
}

/// The scan behind an entry, to be saved.
#[component]
fn Proof(id: ClientId, file: FileId, proof: EvidenceFile) -> impl IntoView {
    let w = use_words();
    let api = use_api();
    let sending = Sending::new();
    let size = format!(" · {}\u{a0}KB", (proof.size + 1023) / 1024);
    let (name, shown) = (proof.name.clone(), proof.name);
    let save = move |_| {
        let (api, name) = (api.clone(), name.clone());
        sending.run(async move { api.client_file(id, file).await }, move |Download { bytes, .. }| {
            let _ = browser::save_file(&name, &bytes);
        });
    };
    view! {
        <div class="fact">
            <dt>{w.proof_file}</dt>
            <dd>
                <button type="button" class="button button--small" on:click=save><Svg icon=Icon::Download />{shown}</button>
                <span class="faint">{size}</span>
                {move || sending.failure().map(|failure| failure.sentence(w))}
            </dd>
        </div>
        <div class="fact"><dt>"SHA-256"</dt><dd><code>{proof.sha256}</code></dd></div>
    }
}

#[component]
fn WithdrawDialog(
    id: ClientId,
    consent: Consent,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let w = use_words();
    let (api, toasts) = (use_api(), use_toasts());
    let note = RwSignal::new(String::new());
    let sending = Sending::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = WithdrawConsent {
            purpose_id: consent.purpose_id,
            channel: consent.channel,
            note: Some(note.get_untracked()).filter(|note| !note.trim().is_empty()),
        };
        let api = api.clone();
        sending.run(async move { api.withdraw_consent(id, &body).await }, move |()| {
            toasts.say(w.withdrawn_done);
            on_done.run(());
        });
    };
    view! {
        <Dialog title=w.withdraw_title on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label=move |pointer: String| (pointer == "/note").then(|| w.withdraw_note.to_owned()) />
                <p class="dialog__text">
                    <strong>{consent.purpose_name.clone()} " · " {w.channel(consent.channel)}</strong>
                    <br />
                    {w.withdraw_text}
                </p>
                <TextArea label=w.withdraw_note hint=w.withdraw_note_hint value=note pointer="/note" problem=sending.problem("/note") rows=3 />
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <button type="submit" class="button button--danger" disabled=move || sending.is_busy()>
                        <Svg icon=Icon::Close />{w.withdraw}
                    </button>
                </div>
            </form>
        </Dialog>
    }
}
