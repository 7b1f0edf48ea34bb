//! Roles that may open a card only for a reason: asks for it, and says that it is recorded.

use crate::{
    data::Sending,
    problems::Failure,
    session::use_api,
    ui::{Dialog, SubmitButton, Summary, TextArea},
    words::use_words,
};
use leptos::prelude::*;
use zgoda_api_types::{clients::Reason, problem::ProblemCode};
use zgoda_domain::id::ClientId;

/// Whether the card stays closed for want of a reason.
pub fn needs_reason(failure: &Failure) -> bool {
    failure.code() == Some(ProblemCode::ReasonNeeded)
}

/// Asks for the reason as long as it is needed.
#[component]
pub fn ReasonGate(
    id: ClientId,
    #[prop(into)] needed: Signal<bool>,
    #[prop(into)] on_given: Callback<()>,
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    let needed = Memo::new(move |_| needed.get());
    move || needed.get().then(|| view! { <ReasonDialog id on_given on_close /> })
}

#[component]
fn ReasonDialog(id: ClientId, on_given: Callback<()>, on_close: Callback<()>) -> impl IntoView {
    let w = use_words();
    let api = use_api();
    let reason = RwSignal::new(String::new());
    let sending = Sending::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (api, body) = (api.clone(), Reason { reason: reason.get_untracked() });
        sending.run(async move { api.give_reason(id, &body).await }, move |()| on_given.run(()));
    };
    view! {
        <Dialog title=w.reason_title on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label=move |pointer: String| (pointer == "/reason").then(|| w.reason.to_owned()) />
                <p class="dialog__text">{w.reason_text}</p>
                <TextArea label=w.reason hint=w.reason_hint value=reason pointer="/reason" problem=sending.problem("/reason") rows=3 />
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <SubmitButton label=w.open_card busy=Signal::derive(move || sending.is_busy()) />
                </div>
            </form>
        </Dialog>
    }
}
