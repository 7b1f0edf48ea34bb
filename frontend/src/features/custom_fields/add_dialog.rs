//! Dodaj własne pole.

use crate::{
    browser,
    data::Sending,
    session::use_api,
    ui::{Dialog, SelectField, SubmitButton, Summary, TextArea, TextField, Tick, use_toasts},
    words::use_words,
};
use leptos::prelude::*;
use zgoda_api_types::custom_fields::CreateCustomField;
use zgoda_domain::{custom_field::FieldKind, id::FieldId};

/// The lines of a text area that hold something.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Asks for a name and a kind and makes the field.
#[component]
pub fn AddFieldDialog(#[prop(into)] on_close: Callback<()>, #[prop(into)] on_made: Callback<FieldId>) -> impl IntoView {
    let w = use_words();
    let api = use_api();
    let toasts = use_toasts();
    let key = browser::idempotency_key();
    let name = RwSignal::new(String::new());
    let kind = RwSignal::new(FieldKind::default().code().to_owned());
    let options = RwSignal::new(String::new());
    let sensitive = RwSignal::new(false);
    let sending = Sending::new();
    let chosen = Memo::new(move |_| FieldKind::from_code(&kind.get()).unwrap_or_default());
    let kinds: Vec<_> = FieldKind::ALL
        .into_iter()
        // A consent's field is made with its purpose.
        .filter(|kind| *kind != FieldKind::Consent)
        .map(|kind| (kind.code().to_owned(), w.field_kind(kind).to_owned()))
        .collect();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let kind = chosen.get_untracked();
        let body = CreateCustomField {
            name: name.get_untracked(),
            kind,
            options: if kind.has_options() { lines(&options.get_untracked()) } else { Vec::new() },
            sensitive: sensitive.get_untracked(),
        };
        let (api, key) = (api.clone(), key.clone());
        sending.run(async move { api.create_custom_field(&body, Some(&key)).await }, move |created| {
            toasts.say(w.field_added);
            on_made.run(FieldId::from_uuid(created.id));
        });
    };
    let label = move |pointer: String| match pointer.as_str() {
        "/name" => Some(w.name.to_owned()),
        "/kind" => Some(w.kind.to_owned()),
        pointer if pointer.starts_with("/options") => Some(w.options.to_owned()),
        _ => None,
    };
    view! {
        <Dialog title=w.add_custom_field on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label />
                <TextField label=w.name value=name required=true pointer="/name" problem=sending.problem("/name") />
                <SelectField label=w.kind value=kind options=Signal::stored(kinds) pointer="/kind" problem=sending.problem("/kind") />
                <Show when=move || chosen.get().has_options()>
                    <TextArea label=w.options value=options hint=w.options_hint pointer="/options" problem=sending.problem("/options") />
                </Show>
                <Tick label=w.sensitive hint=w.sensitive_hint checked=sensitive on_change=move |on| sensitive.set(on) />
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <SubmitButton label=w.save busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </form>
        </Dialog>
    }
}
