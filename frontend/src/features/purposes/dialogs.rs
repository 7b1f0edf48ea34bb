//! Making a purpose, and the next wording of one.

use crate::{
    browser,
    data::Sending,
    problems::Failure,
    session::use_api,
    ui::{Dialog, SelectField, SubmitButton, Summary, TextArea, TextField, Tick, field_id, use_toasts},
    words::use_words,
};
use leptos::prelude::*;
use zgoda_api_types::consents::{CreatePurpose, CreateWording};
use zgoda_domain::{
    Invalid, Rule,
    consent::{Channel, Language, LawfulBasis},
    id::PurposeId,
};

/// A new purpose.
#[component]
pub fn PurposeDialog(#[prop(into)] on_close: Callback<()>, #[prop(into)] on_made: Callback<()>) -> impl IntoView {
    let w = use_words();
    let (api, toasts) = (use_api(), use_toasts());
    let key = browser::idempotency_key();
    let name = RwSignal::new(String::new());
    let basis = RwSignal::new(LawfulBasis::Consent.code().to_owned());
    let marketing = RwSignal::new(false);
    let channels = RwSignal::new(Vec::<Channel>::new());
    let days = RwSignal::new(String::new());
    let sending = Sending::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = days.get_untracked();
        let validity_days = match typed.trim() {
            "" => None,
            typed => match typed.parse::<u16>() {
                Ok(days) => Some(days),
                Err(_) => {
                    let invalid = Invalid { pointer: "/validity_days".to_owned(), rule: Rule::OutOfRange };
                    return sending.complain(Failure::invalid(vec![invalid]));
                }
            },
        };
        let body = CreatePurpose {
            name: name.get_untracked(),
            basis: LawfulBasis::from_code(&basis.get_untracked()).unwrap_or(LawfulBasis::Consent),
            is_marketing: marketing.get_untracked(),
            channels: channels.get_untracked(),
            validity_days,
            parent_id: None,
            double_opt_in: false,
        };
        let (api, key) = (api.clone(), key.clone());
        sending.run(async move { api.create_purpose(&body, Some(&key)).await }, move |_| {
            toasts.say(w.purpose_added);
            on_made.run(());
        });
    };
    let bases: Vec<_> = LawfulBasis::ALL.iter().map(|it| (it.code().to_owned(), w.basis(*it).to_owned())).collect();
    let ticks = Channel::ALL
        .iter()
        .copied()
        .map(|channel| {
            let checked = Signal::derive(move || channels.with(|channels| channels.contains(&channel)));
            let on_change = move |on: bool| {
                channels.update(|channels| {
                    channels.retain(|other| *other != channel);
                    if on {
                        channels.push(channel);
                    }
                });
            };
            view! { <Tick label=w.channel(channel) checked on_change /> }
        })
        .collect_view();
    let channels_problem = sending.problem("/channels");
    let label = move |pointer: String| match pointer.as_str() {
        "/name" => Some(w.name.to_owned()),
        "/channels" => Some(w.channels.to_owned()),
        "/validity_days" => Some(w.validity_days.to_owned()),
        _ => None,
    };
    view! {
        <Dialog title=w.new_purpose on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label />
                <TextField label=w.name value=name required=true pointer="/name" problem=sending.problem("/name") />
                <SelectField label=w.basis value=basis options=Signal::stored(bases) pointer="/basis" problem=sending.problem("/basis") />
                <Tick label=w.marketing hint=w.marketing_hint checked=marketing on_change=move |on| marketing.set(on) />
                <fieldset class="field many" id=field_id("/channels") tabindex="-1" aria-invalid=move || channels_problem.get().map(|_| "true")>
                    <legend class="field__label">{w.channels}</legend>
                    {ticks}
                    {move || channels_problem.get().map(|text| view! { <p class="field__problem">{text}</p> })}
                </fieldset>
                <TextField label=w.validity_days value=days kind="number" hint=w.validity_days_hint pointer="/validity_days" problem=sending.problem("/validity_days") />
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <SubmitButton label=w.save busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </form>
        </Dialog>
    }
}

/// The next wording of a purpose.
#[component]
pub fn WordingDialog(
    purpose: PurposeId,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_made: Callback<()>,
) -> impl IntoView {
    let w = use_words();
    let (api, toasts) = (use_api(), use_toasts());
    let key = browser::idempotency_key();
    let language = RwSignal::new(w.spoken.code().to_owned());
    let text = RwSignal::new(String::new());
    let sending = Sending::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = CreateWording {
            language: Language::from_code(&language.get_untracked()).unwrap_or(Language::Pl),
            channel: None,
            text: text.get_untracked(),
        };
        let (api, key) = (api.clone(), key.clone());
        sending.run(async move { api.create_wording(purpose, &body, Some(&key)).await }, move |_| {
            toasts.say(w.wording_added);
            on_made.run(());
        });
    };
    let languages: Vec<_> =
        Language::ALL.iter().map(|it| (it.code().to_owned(), w.language_name(*it).to_owned())).collect();
    view! {
        <Dialog title=w.new_wording on_close wide=true>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label=move |pointer: String| (pointer == "/text").then(|| w.wording.to_owned()) />
                <SelectField label=w.language value=language options=Signal::stored(languages) />
                <TextArea label=w.wording value=text rows=7 hint=w.wording_hint pointer="/text" problem=sending.problem("/text") />
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <SubmitButton label=w.save busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </form>
        </Dialog>
    }
}
