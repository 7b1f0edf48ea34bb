//! Making a tag, or changing its name and colour.

use crate::{
    browser,
    data::Sending,
    session::use_api,
    ui::{Dialog, SubmitButton, Summary, TextField, use_toasts},
    words::{use_tag_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::tags::{Tag, TagBody};
use zgoda_domain::tag::TagColour;

/// The dialog of a tag; of a new one without a tag.
#[component]
pub(super) fn TagDialog(
    tag: Option<Tag>,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_saved: Callback<()>,
) -> impl IntoView {
    let (w, t) = (use_words(), use_tag_words());
    let (api, toasts) = (use_api(), use_toasts());
    let key = StoredValue::new(browser::idempotency_key());
    let saved = tag.as_ref().map(|tag| (tag.id, tag.version));
    let colour = RwSignal::new(tag.as_ref().map_or(TagColour::Blue, |tag| tag.colour));
    let name = RwSignal::new(tag.map(|tag| tag.name).unwrap_or_default());
    let sending = Sending::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = TagBody { name: name.get_untracked(), colour: colour.get_untracked() };
        let (api, key) = (api.clone(), key.get_value());
        let call = async move {
            match saved {
                Some((id, version)) => api.change_tag(id, version, &body).await,
                None => api.create_tag(&body, Some(&key)).await.map(|_| ()),
            }
        };
        sending.run(call, move |()| {
            toasts.say(if saved.is_some() { w.saved } else { t.tag_added });
            on_saved.run(());
        });
    };
    // Another request than the one that was refused.
    Effect::new(move || {
        if sending.failure().is_some() {
            key.set_value(browser::idempotency_key());
        }
    });
    let colours = TagColour::ALL.iter().map(move |&it| {
        view! {
            <label class=format!("tag-colour client-tag client-tag--{}", it.code())>
                <input
                    type="radio"
                    name="tag-colour"
                    prop:checked=move || colour.get() == it
                    on:change=move |_| colour.set(it)
                />
                {t.colour(it)}
            </label>
        }
    });
    view! {
        <Dialog title=if saved.is_some() { t.change_tag } else { t.add_tag } on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label=move |pointer: String| (pointer == "/name").then(|| w.name.to_owned()) />
                <TextField label=w.name value=name required=true pointer="/name" problem=sending.problem("/name") />
                <fieldset class="field many">
                    <legend class="field__label">{t.tag_colour}</legend>
                    <div class="tag-colours">{colours.collect_view()}</div>
                </fieldset>
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <SubmitButton label=w.save busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </form>
        </Dialog>
    }
}
