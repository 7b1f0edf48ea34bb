//! An invitation: choosing the first password.

use super::{Doorway, Note};
use crate::{
    browser,
    data::Sending,
    problems::Failure,
    route::Page,
    session::use_api,
    ui::{PasswordField, SubmitButton, Summary},
    words::use_words,
};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_location};
use zgoda_api_types::accounts::ResetPassword;
use zgoda_domain::account::Password;

/// Opened by the link of an invitation, with its token in the fragment.
#[component]
pub fn InvitePage() -> impl IntoView {
    let w = use_words();
    let api = use_api();
    browser::set_title(w.invite_title);
    let fragment = use_location().hash;
    let password = RwSignal::new(String::new());
    let sending = Sending::new();
    let done = RwSignal::new(false);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let token = fragment.get_untracked().trim_start_matches('#').to_owned();
        let body = ResetPassword { token, password: password.get_untracked() };
        if let Err(rule) = Password::choose(&body.password, &[]) {
            sending.complain(Failure::rule("/password", rule));
            return;
        }
        let api = api.clone();
        sending.run(async move { api.accept_invitation(&body).await }, move |()| done.set(true));
    };
    let label = move |pointer: String| (pointer == "/password").then(|| w.password.to_owned());
    view! {
        <Doorway title=w.invite_title>
            <div role="status">
                <Show when=move || done.get()><Note title=w.invite_done_title text=w.invite_done_text /></Show>
            </div>
            <form class="stack" hidden=move || done.get() novalidate on:submit=submit>
                <p class="doorway__text">{w.invite_text}</p>
                <Summary sending label />
                <PasswordField label=w.password value=password autocomplete="new-password" hint=w.password_rule pointer="/password" problem=sending.problem("/password") />
                <SubmitButton label=w.save_password busy=Signal::derive(move || sending.is_busy()) />
            </form>
            <p class="doorway__text"><A href=Page::Login.path()>{w.sign_in}</A></p>
        </Doorway>
    }
}
