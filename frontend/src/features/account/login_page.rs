//! Signing in.

use super::{Doorway, second_step::SecondStep};
use crate::{
    browser,
    data::{Sending, remote},
    passkeys,
    route::{Page, use_redirect},
    session::{Standing, use_api, use_session},
    ui::{Icon, PasswordField, SubmitButton, Summary, Svg, TextField},
    words::use_words,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::A;
use zgoda_api_types::{
    accounts::SignIn,
    second_factors::{PasskeyQuestion, PasskeySignIn, SecondFactorNeeded},
};
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
    // The second half, once the first was right; and why an attempt ended.
    let needed = RwSignal::new(None::<SecondFactorNeeded>);
    let over = RwSignal::new(false);
    Effect::new(move || {
        if matches!(session.standing(), Standing::SignedIn(_)) {
            let redirect = redirect.clone();
            spawn_local(async move {
                session.keep_language().await;
                redirect(Page::Clients);
            });
        }
    });
    browser::focus_soon("input[type=email]");
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let api = api.clone();
        let body = SignIn { email: email.get_untracked().trim().to_owned(), password: password.get_untracked() };
        sending.run(async move { api.sign_in(&body).await }, move |outcome| match outcome {
            SignInOutcome::SignedIn(me) => session.enter(*me),
            SignInOutcome::SecondFactor(factor) => needed.set(Some(factor)),
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
            {move || needed.get().map(|factor| view! {
                <SecondStep needed=factor on_done=move |me| session.enter(me) on_back=move |()| needed.set(None) on_over=move |()| {
                    needed.set(None);
                    password.set(String::new());
                    over.set(true);
                } />
            })}
            <Show when=move || over.get() && needed.get().is_none()>
                <p class="field__problem" role="alert">{w.problem_attempt_spent}</p>
            </Show>
            <form class="stack" novalidate on:submit=submit hidden=move || needed.get().is_some()>
                <Summary sending label=move |pointer: String| match pointer.as_str() {
                    "/email" => Some(w.field_email.to_owned()),
                    "/password" => Some(w.password.to_owned()),
                    _ => None,
                } />
                <TextField label=w.field_email value=email kind="email" autocomplete="username" pointer="/email" problem=sending.problem("/email") />
                <PasswordField label=w.password value=password autocomplete="current-password" pointer="/password" problem=sending.problem("/password") />
                <SubmitButton label=w.sign_in busy=Signal::derive(move || sending.is_busy()) />
            </form>
            {passkeys::are_possible().then(|| view! { <PasskeyButton /> })}
            <Show when=resets>
                <p class="doorway__text"><A href=Page::Reset.path()>{w.forgot_password}</A></p>
            </Show>
        </Doorway>
    }
}

/// Signing in with a passkey alone. Not there where the server knows none.
#[component]
fn PasskeyButton() -> impl IntoView {
    let w = use_words();
    let (api, session) = (use_api(), use_session());
    let sending = Sending::new();
    let trouble = RwSignal::new(None);
    let ask = move |_| {
        let asking = api.clone();
        let api = api.clone();
        trouble.set(None);
        sending.run(async move { asking.ask_passkey().await }, move |question: PasskeyQuestion| {
            spawn_local(async move {
                match passkeys::answer(&question.options).await {
                    Ok(credential) => {
                        let body = PasskeySignIn { attempt: question.attempt.unwrap_or_default(), credential };
                        sending.run(async move { api.sign_in_with_passkey(&body).await }, move |me| session.enter(me));
                    }
                    Err(why) => {
                        trouble.try_set(Some(why));
                    }
                }
            });
        });
    };
    view! {
        <Summary sending label=|_: String| None />
        {move || trouble.get().map(|why| view! { <p class="field__problem" role="alert">{w.no_passkey(why)}</p> })}
        <button type="button" class="button" disabled=move || sending.is_busy() on:click=ask>{w.sign_in_with_passkey}</button>
    }
}
