//! The frame of a page that changes one document of settings: what is wrong, what was saved elsewhere meanwhile, the button.

use super::{Icon, Outdated, SubmitButton, Summary, Svg};
use crate::{
    data::Sending,
    words::{use_office_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::problem::ProblemCode;

/// A form around the fields of a document.
#[component]
pub fn SettingsForm(
    sending: Sending,
    /// Loads what was saved elsewhere.
    loading: Sending,
    /// That was loaded, and taken over where nothing was changed here.
    merged: RwSignal<bool>,
    outdated_title: &'static str,
    /// The label of the field at a pointer.
    #[prop(into)]
    label: Callback<String, Option<String>>,
    on_submit: impl Fn() + 'static,
    on_load: Callback<()>,
    children: Children,
) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let outdated = move || sending.failure().is_some_and(|it| it.code() == Some(ProblemCode::Outdated));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        on_submit();
    };
    view! {
        <form class="edit" novalidate on:submit=submit>
            <Show when=move || merged.get()>
                <div class="note" role="status"><Svg icon=Icon::Check /><p>{o.newer_loaded}</p></div>
            </Show>
            <Show when=outdated fallback=move || view! { <Summary sending label /> }>
                <Outdated title=outdated_title text=o.outdated_text busy=Signal::derive(move || loading.is_busy()) on_load />
            </Show>
            <Summary sending=loading label=|_: String| None />
            {children()}
            <div class="edit__actions">
                <SubmitButton label=w.save busy=Signal::derive(move || sending.is_busy()) />
            </div>
        </form>
    }
}
