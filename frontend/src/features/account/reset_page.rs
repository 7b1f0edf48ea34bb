//! A forgotten password: asking for a link, and choosing a new password with it.

use super::{Doorway, Note};
use crate::{
    browser,
    data::Sending,
    problems::Failure,
    route::Page,
    session::use_api,
    ui::{PasswordField, SubmitButton, Summary, TextField},
    words::use_words,
};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_location};
use zgoda_api_types::{
    accounts::{RequestPasswordReset, ResetPassword},
    problem::ProblemCode,
};
use zgoda_domain::{account::Password, email::EmailAddress};

/// With the link's token in the address a new password is chosen, else a link is asked for.
#[component]
pub fn ResetPage() -> impl IntoView {
    let w = use_words();
    browser::set_title(w.reset_title);
    // In the fragment, which never reaches a server's log. It may change while the page is open, by pasting the link.
    let fragment = use_location().hash;
    view! {
        <Doorway title=w.reset_title>
            {move || match fragment.get().trim_start_matches('#') {
                "" => view! { <Ask /> }.into_any(),
                token => view! { <Choose token=token.to_owned() /> }.into_any(),
            }}
            <p class="doorway__text"><A href=Page::Login.path()>{w.sign_in}</A></p>
        </Doorway>
    }
}

#[component]
fn Ask() -> impl IntoView {
    let w = use_words();
    let api = use_api();
    let email = RwSignal::new(String::new());
    let sending = Sending::new();
    let asked = RwSignal::new(false);
    browser::focus_soon("input[type=email]");
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = RequestPasswordReset { email: email.get_untracked().trim().to_owned() };
        if let Err(rule) = EmailAddress::parse(&body.email) {
            sending.complain(Failure::rule("/email", rule));
            return;
        }
        let api = api.clone();
        sending.run(async move { api.request_password_reset(&body).await }, move |()| asked.set(true));
    };
    let label = move |pointer: String| (pointer == "/email").then(|| w.field_email.to_owned());
    view! {
        <div role="status">
            <Show when=move || asked.get()>
                <Note title=w.reset_asked_title text=w.reset_asked_text />
            </Show>
        </div>
        <div hidden=move || asked.get()>
            <p class="doorway__text">{w.reset_ask_text}</p>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label />
                <TextField label=w.field_email value=email kind="email" autocomplete="username" pointer="/email" problem=sending.problem("/email") />
                <SubmitButton label=w.reset_ask busy=Signal::derive(move || sending.is_busy()) />
            </form>
        </div>
    }
}

#[component]
fn Choose(token: String) -> impl IntoView {
    let w = use_words();
    let api = use_api();
    let password = RwSignal::new(String::new());
    let sending = Sending::new();
    let done = RwSignal::new(false);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = ResetPassword { token: token.clone(), password: password.get_untracked() };
        if let Err(rule) = Password::choose(&body.password, &[]) {
            sending.complain(Failure::rule("/password", rule));
            return;
        }
        let api = api.clone();
        sending.run(async move { api.reset_password(&body).await }, move |()| done.set(true));
    };
    let label = move |pointer: String| (pointer == "/password").then(|| w.new_password.to_owned());
    let spent = move || sending.failure().and_then(|failure| failure.code()) == Some(ProblemCode::LinkSpent);
    view! {
        <div role="status">
            <Show when=move || done.get()>
                <Note title=w.reset_done_title text=w.reset_done_text />
            </Show>
        </div>
        <form class="stack" hidden=move || done.get() novalidate on:submit=submit>
            <Summary sending label />
            <PasswordField label=w.new_password value=password autocomplete="new-password" hint=w.password_rule pointer="/password" problem=sending.problem("/password") />
            <SubmitButton label=w.reset_submit busy=Signal::derive(move || sending.is_busy()) />
            <Show when=spent>
                <A href=Page::Reset.path() attr:class="button">{w.reset_again}</A>
            </Show>
        </form>
    }
}
