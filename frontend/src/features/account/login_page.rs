//! Signing in.

use super::Doorway;
use crate::{
    browser,
    data::{Sending, remote},
    problems::Failure,
    route::{Page, use_redirect},
    session::{Standing, use_api, use_session},
    ui::{Icon, PasswordField, SubmitButton, Summary, Svg, TextField},
    words::use_words,
};
use leptos::prelude::*;
use leptos_router::components::A;
use zgoda_api_types::accounts::SignIn;
use zgoda_client::SignInOutcome;

/// The sign-in page; says what to do when there is no owner yet.
#[component]
pub fn LoginPage() -> impl IntoView {
    let w = use_words();
    let session = use_session();
    let api = use_api();
    let redirect = use_redirect();
    browser::set_title(w.sign_in);
    let installation = remote(|api| async move { api.installation().await });
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let sending = Sending::new();
    Effect::new(move || {
        if matches!(session.standing(), Standing::SignedIn(_)) {
            redirect(Page::Clients);
        }
    });
    browser::focus_soon("input[type=email]");
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let api = api.clone();
        let body = SignIn { email: email.get_untracked().trim().to_owned(), password: password.get_untracked() };
        sending.run(async move { api.sign_in(&body).await }, move |outcome| match outcome {
            SignInOutcome::SignedIn(me) => session.enter(*me),
            SignInOutcome::SecondFactor(_) => sending.complain(Failure::Unexpected),
        });
    };
    let resets = move || installation.get().is_some_and(|answer| answer.is_ok_and(|it| it.resets_passwords));
    let waits = move || installation.get().is_some_and(|answer| answer.is_ok_and(|it| it.needs_owner));
    view! {
        <Doorway title=w.sign_in>
            <Show when=waits>
                <div class="note">
                    <Svg icon=Icon::Shield />
                    <div>
                        <p class="note__title">{w.needs_owner_title}</p>
                        <p>{w.needs_owner_text}</p>
                    </div>
                </div>
            </Show>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label=move |pointer: String| match pointer.as_str() {
                    "/email" => Some(w.field_email.to_owned()),
                    "/password" => Some(w.password.to_owned()),
                    _ => None,
                } />
                <TextField label=w.field_email value=email kind="email" autocomplete="username" pointer="/email" problem=sending.problem("/email") />
                <PasswordField label=w.password value=password autocomplete="current-password" pointer="/password" problem=sending.problem("/password") />
                <SubmitButton label=w.sign_in busy=Signal::derive(move || sending.is_busy()) />
            </form>
            <Show when=resets>
                <p class="doorway__text"><A href=Page::Reset.path()>{w.forgot_password}</A></p>
            </Show>
        </Doorway>
    }
}
