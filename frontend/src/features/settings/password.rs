//! Changing one's own password.

use crate::{
    data::Sending,
    problems::Failure,
    session::{use_api, use_session},
    ui::{PasswordField, SubmitButton, Summary, use_toasts},
    words::use_words,
};
use leptos::prelude::*;
use zgoda_api_types::{accounts::ChangePassword, problem::ProblemCode};
use zgoda_domain::account::Password;

/// `changed` is called once the server has taken the new password.
#[component]
pub fn ChangePasswordPanel(changed: Callback<()>) -> impl IntoView {
    let w = use_words();
    let (api, session, toasts) = (use_api(), use_session(), use_toasts());
    let (current, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let sending = Sending::new();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let body = ChangePassword { current: current.get_untracked(), password: password.get_untracked() };
        let about = session.me().map(|me| (me.email, me.name)).unwrap_or_default();
        if let Err(rule) = Password::choose(&body.password, &[&about.0, &about.1]) {
            sending.complain(Failure::rule("/password", rule));
            return;
        }
        let api = api.clone();
        sending.run(async move { api.change_password(&body).await }, move |()| {
            current.set(String::new());
            password.set(String::new());
            toasts.say(w.password_changed);
            changed.run(());
        });
    };
    let label = move |pointer: String| (pointer == "/password").then(|| w.new_password.to_owned());
    let wrong = Signal::derive(move || {
        let failure = sending.failure().filter(|failure| failure.code() == Some(ProblemCode::WrongPassword));
        failure.map(|failure| failure.sentence(w).to_owned())
    });
    view! {
        <section class="panel">
            <h2 class="panel__title">{w.change_password}</h2>
            <p class="faint">{w.change_password_text}</p>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label />
                <PasswordField label=w.current_password value=current autocomplete="current-password" pointer="/current" problem=wrong />
                <PasswordField label=w.new_password value=password autocomplete="new-password" hint=w.password_rule pointer="/password" problem=sending.problem("/password") />
                <SubmitButton label=w.change_password_submit busy=Signal::derive(move || sending.is_busy()) />
            </form>
        </section>
    }
}
