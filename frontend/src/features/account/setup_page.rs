//! The first owner: made once, with the token of the link that the server printed.

use super::Doorway;
use crate::{
    browser,
    data::Sending,
    problems::Failure,
    route::{Page, use_redirect},
    session::{use_api, use_session},
    ui::{PasswordField, SubmitButton, Summary, TextField},
    words::use_words,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::A;
use zgoda_api_types::accounts::SetUp;
use zgoda_domain::account::NewAccount;

/// Makes the owner and lands signed in.
#[component]
pub fn SetupPage() -> impl IntoView {
    let w = use_words();
    let session = use_session();
    let api = use_api();
    let redirect = use_redirect();
    browser::set_title(w.setup);
    // In the fragment, which never reaches a server's log.
    let token = browser::fragment();
    let has_token = !token.is_empty();
    let [name, email, password] = std::array::from_fn(|_| RwSignal::new(String::new()));
    let sending = Sending::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = SetUp {
            token: token.clone(),
            email: email.get_untracked(),
            name: name.get_untracked(),
            password: password.get_untracked(),
        };
        if let Err(invalids) = NewAccount::parse(&body.email, &body.name, &body.password) {
            sending.complain(Failure::invalid(invalids.into_vec()));
            return;
        }
        let (api, redirect) = (api.clone(), redirect.clone());
        sending.run(async move { api.set_up(&body).await }, move |me| {
            session.enter(me);
            spawn_local(async move {
                session.keep_language().await;
                redirect(Page::Clients);
            });
        });
    };
    let label = move |pointer: String| match pointer.as_str() {
        "/name" => Some(w.full_name.to_owned()),
        "/email" => Some(w.field_email.to_owned()),
        "/password" => Some(w.password.to_owned()),
        "/token" => Some(w.setup_token.to_owned()),
        _ => None,
    };
    let busy = Signal::derive(move || sending.is_busy());
    view! {
        <Doorway title=w.setup>
            <p class="doorway__text">{if has_token { w.setup_text } else { w.setup_no_token }}</p>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label />
                <TextField label=w.full_name value=name autocomplete="name" required=true pointer="/name" problem=sending.problem("/name") />
                <TextField label=w.field_email value=email kind="email" autocomplete="username" required=true pointer="/email" problem=sending.problem("/email") />
                <PasswordField label=w.password value=password autocomplete="new-password" hint=w.password_rule pointer="/password" problem=sending.problem("/password") />
                <SubmitButton label=w.setup_submit busy />
            </form>
            <p class="doorway__text"><A href=Page::Login.path()>{w.sign_in}</A></p>
        </Doorway>
    }
}
