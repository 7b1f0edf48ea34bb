//! Proving oneself again, before what cannot be undone.

use crate::{
    data::{Sending, remote},
    session::{use_api, use_session},
    ui::{Asking, Await, Dialog, PasswordField, ProofCalls, ProofForm, SubmitButton, Summary},
    words::use_words,
};
use leptos::prelude::*;
use serde_json::Value;
use zgoda_api_types::second_factors::{FactorOffer, FactorProof, SendStepUpCode};
use zgoda_domain::second_factor::FactorKind;

/// Opens when the server asked for a recent proof. What was typed stays as it is, and is sent again.
#[component]
pub fn ProofDialog() -> impl IntoView {
    let w = use_words();
    let session = use_session();
    let offers = remote(|api| async move { api.step_up_offers().await });
    view! {
        <Dialog title=w.prove_title on_close=move |()| session.refuse_proof()>
            <div class="stack">
                <p class="dialog__text">{w.prove_text}</p>
                <Await remote=offers lines=3 children={move |offers: Vec<FactorOffer>| {
                    if offers.is_empty() { view! { <ByPassword /> }.into_any() } else { view! { <ByFactor offers /> }.into_any() }
                }} />
            </div>
        </Dialog>
    }
}

fn show(sending: Sending) -> Callback<FactorProof> {
    let (api, session) = (use_api(), use_session());
    Callback::new(move |proof: FactorProof| {
        let api = api.clone();
        sending.run(async move { api.step_up(&proof).await }, move |()| {
            session.proved();
            // A second factor that was demanded opens what was closed.
            if session.must_prove() {
                session.ask();
            }
        });
    })
}

#[component]
fn ByPassword() -> impl IntoView {
    let w = use_words();
    let sending = Sending::new();
    let show = show(sending);
    let password = RwSignal::new(String::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        show.run(FactorProof::Password { password: password.get_untracked() });
    };
    view! {
        <form class="stack" novalidate on:submit=submit>
            <Summary sending label=|_: String| None />
            <PasswordField label=w.password value=password autocomplete="current-password" pointer="/password" />
            <SubmitButton label=w.confirm busy=Signal::derive(move || sending.is_busy()) />
        </form>
    }
}

#[component]
fn ByFactor(offers: Vec<FactorOffer>) -> impl IntoView {
    let api = use_api();
    let sending = Sending::new();
    let asking = api.clone();
    let calls = ProofCalls {
        send_code: StoredValue::new(Box::new(move |kind: FactorKind| {
            let api = api.clone();
            Box::pin(async move { api.send_step_up_code(SendStepUpCode { kind }).await }) as Asking<()>
        })),
        ask_passkey: StoredValue::new(Box::new(move || {
            let api = asking.clone();
            Box::pin(async move { Ok(api.ask_step_up_passkey().await?.options) }) as Asking<Value>
        })),
        show: show(sending),
    };
    view! { <ProofForm offers calls sending>{None::<()>}</ProofForm> }
}
