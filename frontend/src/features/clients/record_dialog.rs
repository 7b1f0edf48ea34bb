//! Odnotuj zgodę: what a person answered outside of forms, with its proof.

use crate::{
    browser,
    data::{Sending, remote},
    problems::Failure,
    session::use_api,
    ui::{Await, Dialog, FileField, SelectField, SubmitButton, Summary, TextArea, TextField, use_toasts},
    words::{Words, time, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::consents::{Purpose, RecordConsent, Wording};
use zgoda_client::ApiError;
use zgoda_domain::{
    Rule,
    consent::{Channel, Language, LawfulBasis},
    file::FILE_MAX,
    id::{ClientId, FileId},
    recorded::{Decision, RecordMethod},
};

/// Asks for everything the ledger keeps. What was typed and uploaded stays when something is refused.
#[component]
pub fn RecordDialog(
    id: ClientId,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let w = use_words();
    let purposes = remote(|api| async move { api.purposes().await });
    view! {
        <Dialog title=w.record_consent on_close>
            <Await remote=purposes lines=6 children={move |mut purposes: Vec<Purpose>| {
                // What rests on another basis is not consented to.
                purposes.retain(|purpose| purpose.basis == LawfulBasis::Consent);
                view! { <Fields id purposes on_close on_done /> }
            }} />
        </Dialog>
    }
}

#[component]
fn Fields(id: ClientId, purposes: Vec<Purpose>, on_close: Callback<()>, on_done: Callback<()>) -> impl IntoView {
    let w = use_words();
    let (api, toasts) = (use_api(), use_toasts());
    let key = browser::idempotency_key();
    let text = |text: &str| RwSignal::new(text.to_owned());
    let purpose = text(&purposes.first().map(|purpose| purpose.id.to_string()).unwrap_or_default());
    let (channel, wording, note, hour) = (text(""), text(""), text(""), text(""));
    let decision = text(Decision::Given.code());
    let method = text(RecordMethod::Paper.code());
    let day = text(&time::day_after(0));
    let names: Vec<_> = purposes.iter().map(|purpose| (purpose.id.to_string(), purpose.name.clone())).collect();
    let purposes = StoredValue::new(purposes);
    let chosen = Signal::derive(move || {
        purpose.with(|id| purposes.with_value(|all| all.iter().find(|it| it.id.to_string() == *id).cloned()))
    });
    let channels = Signal::derive(move || {
        let channels = chosen.with(|purpose| purpose.as_ref().map(|it| it.channels.clone())).unwrap_or_default();
        channels.into_iter().map(|it| (it.code().to_owned(), w.channel(it).to_owned())).collect::<Vec<_>>()
    });
    let offered = Signal::derive(move || {
        let channel = channel.with(|code| Channel::from_code(code));
        chosen
            .with(|purpose| purpose.as_ref().zip(channel).map(|(it, channel)| newest(it, channel)))
            .unwrap_or_default()
    });
    let wordings = Signal::derive(move || {
        let texts = offered.get().into_iter().map(|it| (it.id.to_string(), wording_name(w, &it)));
        texts.chain([(String::new(), w.told_no_wording.to_owned())]).collect::<Vec<_>>()
    });
    // Another purpose has other channels, and another channel other texts: the first is chosen.
    let first = |options: Vec<(String, String)>| options.into_iter().next().map(|(key, _)| key).unwrap_or_default();
    Effect::new(move || channel.set(first(channels.get())));
    Effect::new(move || wording.set(first(wordings.get())));
    let shown = move || wording.with(|id| offered.get().into_iter().find(|it| it.id.to_string() == *id));
    let file = StoredValue::new_local(None::<web_sys::File>);
    // An upload is not repeated for another complaint.
    let uploaded = StoredValue::new(None::<FileId>);
    let sending = Sending::explaining(move |invalid| {
        (invalid.pointer == "/file" && invalid.rule == Rule::OutOfRange).then(|| w.file_too_large.to_owned())
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let scan = file.with_value(Clone::clone);
        if scan.as_ref().is_some_and(|file| file.size() > FILE_MAX as f64) {
            return sending.complain(Failure::rule("/file", Rule::OutOfRange));
        }
        if untrack(|| sending.failure()).is_some_and(|failure| failure.at("/file_id").is_some()) {
            uploaded.set_value(None);
        }
        let Some((purpose_id, channel)) =
            purpose.with_untracked(|id| id.parse().ok()).zip(channel.with_untracked(|code| Channel::from_code(code)))
        else {
            return sending.complain(Failure::rule("/purpose_id", Rule::Required));
        };
        let typed = (day.get_untracked(), hour.get_untracked());
        let given_on = match time::moment_of(&format!("{}T{}", typed.0, typed.1)).filter(|_| !typed.1.is_empty()) {
            Some(at) => at.to_rfc3339(),
            None => typed.0,
        };
        let mut body = RecordConsent {
            purpose_id,
            channel,
            decision: decision.with_untracked(|code| Decision::from_code(code)).unwrap_or(Decision::Given),
            method: method.with_untracked(|code| RecordMethod::from_code(code)).unwrap_or(RecordMethod::Paper),
            given_on,
            wording_id: wording.with_untracked(|id| id.parse().ok()),
            note: Some(note.get_untracked()).filter(|note| !note.trim().is_empty()),
            file_id: None,
        };
        let (api, key) = (api.clone(), key.clone());
        let call = async move {
            if let Some(file) = scan {
                let known = uploaded.get_value();
                body.file_id = Some(match known {
                    Some(id) => id,
                    None => {
                        let (name, bytes) = browser::read_file(&file).await.ok_or(ApiError::Unexpected)?;
                        FileId::from_uuid(api.upload_client_file(id, &name, &bytes, None).await?.id)
                    }
                });
                uploaded.try_set_value(body.file_id);
            }
            api.record_consent(id, &body, Some(&key)).await
        };
        sending.run(call, move |_| {
            toasts.say(w.recorded_done);
            on_done.run(());
        });
    };
    let decisions = vec![
        (Decision::Given.code().to_owned(), w.told_given.to_owned()),
        (Decision::Refused.code().to_owned(), w.told_refused.to_owned()),
    ];
    let methods: Vec<_> = RecordMethod::ALL
        .iter()
        .map(|it| (it.code().to_owned(), w.consent_method(it.in_ledger()).to_owned()))
        .collect();
    let label = move |pointer: String| {
        let label = match pointer.as_str() {
            "/purpose_id" => w.purpose,
            "/channel" => w.channel,
            "/given_on" => w.told_day,
            "/wording_id" => w.told_wording,
            "/note" => w.told_note,
            "/file" | "/file_id" => w.told_file,
            _ => return None,
        };
        Some(label.to_owned())
    };
    let (of_file, of_id) = (sending.problem("/file"), sending.problem("/file_id"));
    let file_problem = Signal::derive(move || of_file.get().or_else(|| of_id.get()));
    let choose = move |chosen| {
        file.set_value(chosen);
        uploaded.set_value(None);
    };
    view! {
        <form class="stack" novalidate on:submit=submit>
            <Summary sending label />
            <SelectField label=w.purpose value=purpose options=names pointer="/purpose_id" problem=sending.problem("/purpose_id") />
            <div class="fields-row">
                <SelectField label=w.channel value=channel options=channels pointer="/channel" problem=sending.problem("/channel") />
                <SelectField label=w.told_decision value=decision options=decisions />
                <SelectField label=w.evidence_method value=method options=methods />
            </div>
            <div class="fields-row">
                <TextField label=w.told_day value=day kind="date" pointer="/given_on" problem=sending.problem("/given_on") />
                <TextField label=w.told_time value=hour kind="time" />
            </div>
            <SelectField label=w.told_wording value=wording options=wordings pointer="/wording_id" problem=sending.problem("/wording_id") />
            {move || shown().map(|it| view! {
                <blockquote class="wording wording__text" lang=it.language.code()>{it.text}</blockquote>
            })}
            <TextArea label=w.told_note hint=w.told_note_hint value=note pointer="/note" problem=sending.problem("/note") rows=2 />
            <FileField label=w.told_file hint=w.told_file_hint accept=".pdf,.png,.jpg,.jpeg,.webp,.txt" pointer="/file" problem=file_problem on_choose=choose />
            <div class="dialog__actions">
                <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                <SubmitButton label=w.record_consent busy=Signal::derive(move || sending.is_busy()) />
            </div>
        </form>
    }
}

/// The newest text of each language that fits a channel; those in a purpose come newest first.
fn newest(purpose: &Purpose, channel: Channel) -> Vec<Wording> {
    let of = |language: Language| {
        let mut fitting = purpose.wordings.iter().filter(|it| it.language == language);
        let own = fitting.clone().find(|it| it.channel == Some(channel));
        own.or_else(|| fitting.find(|it| it.channel.is_none())).cloned()
    };
    [of(Language::Pl), of(Language::En)].into_iter().flatten().collect()
}

fn wording_name(w: &Words, wording: &Wording) -> String {
    format!("{} · {} {}", w.language_name(wording.language), w.version, wording.version)
}
