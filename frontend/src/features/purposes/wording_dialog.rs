//! The next wording of a purpose.

use crate::{
    browser,
    data::Sending,
    session::use_api,
    ui::{Dialog, Icon, SelectField, SubmitButton, Summary, Svg, TextArea, use_toasts},
    words::{use_office_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::consents::{CreateWording, Purpose};
use zgoda_domain::consent::{Channel, Language};

/// The next wording: in a language, for one channel or for all. Begins with the newest of them.
#[component]
pub fn WordingDialog(
    purpose: Purpose,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_made: Callback<()>,
) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let (api, toasts) = (use_api(), use_toasts());
    let key = browser::idempotency_key();
    let id = purpose.id;
    let separate = purpose.is_marketing && purpose.channels.len() > 1;
    let language = RwSignal::new(w.spoken.code().to_owned());
    let first = purpose.channels.first().filter(|_| separate);
    let channel = RwSignal::new(first.map_or_else(String::new, |channel| channel.code().to_owned()));
    let text = RwSignal::new(String::new());
    let sending = Sending::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = CreateWording {
            language: Language::from_code(&language.get_untracked()).unwrap_or(Language::Pl),
            channel: Channel::from_code(&channel.get_untracked()),
            text: text.get_untracked(),
        };
        let (api, key) = (api.clone(), key.clone());
        sending.run(async move { api.create_wording(id, &body, Some(&key)).await }, move |_| {
            toasts.say(w.wording_added);
            on_made.run(());
        });
    };
    let languages: Vec<_> =
        Language::ALL.iter().map(|it| (it.code().to_owned(), w.language_name(*it).to_owned())).collect();
    let mut channels = vec![(String::new(), o.every_channel.to_owned())];
    channels.extend(purpose.channels.iter().map(|it| (it.code().to_owned(), w.channel(*it).to_owned())));
    let several = purpose.channels.len() > 1;
    let bundled = move || separate && channel.with(String::is_empty);
    // The newest text of this language and channel is where most changes begin.
    let wordings = StoredValue::new(purpose.wordings);
    let newest = Signal::derive(move || {
        let (language, channel) = (language.get(), Channel::from_code(&channel.get()));
        let of = |wordings: &Vec<zgoda_api_types::consents::Wording>| {
            let found = wordings.iter().find(|it| it.language.code() == language && it.channel == channel);
            found.map(|it| it.text.clone())
        };
        wordings.with_value(of)
    });
    let label = move |pointer: String| match pointer.as_str() {
        "/text" => Some(w.wording.to_owned()),
        "/channel" => Some(w.channel.to_owned()),
        _ => None,
    };
    view! {
        <Dialog title=w.new_wording on_close wide=true>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label />
                <div class="columns-2">
                    <SelectField label=w.language value=language options=Signal::stored(languages) />
                    {several.then(|| view! {
                        <SelectField label=w.channel value=channel options=Signal::stored(channels) pointer="/channel" problem=sending.problem("/channel") />
                    })}
                </div>
                <Show when=bundled><p class="note note--wait"><Svg icon=Icon::Warning />{o.bundled_warning}</p></Show>
                {move || newest.get().map(|newest| view! {
                    <div>
                        <button type="button" class="button button--small" on:click=move |_| text.set(newest.clone())>{o.begin_with_newest}</button>
                    </div>
                })}
                <TextArea label=w.wording value=text rows=9 hint=w.wording_hint pointer="/text" problem=sending.problem("/text") />
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <SubmitButton label=w.save busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </form>
        </Dialog>
    }
}
