//! The second half of signing in.

use crate::{
    data::Sending,
    session::use_api,
    ui::{Asking, ProofCalls, ProofForm, Tick},
    words::use_words,
};
use leptos::prelude::*;
use serde_json::Value;
use zgoda_api_types::{
    accounts::Me,
    problem::ProblemCode,
    second_factors::{Attempt, CompleteSignIn, FactorProof, SecondFactorNeeded, SendSignInCode},
};
use zgoda_domain::second_factor::FactorKind;

/// Asks for what the account has; `on_done` when it was shown, `on_over` when the attempt is spent and has to begin again.
#[component]
pub fn SecondStep(
    needed: SecondFactorNeeded,
    #[prop(into)] on_done: Callback<Me>,
    #[prop(into)] on_over: Callback<()>,
    #[prop(into)] on_back: Callback<()>,
) -> impl IntoView {
    let w = use_words();
    let api = use_api();
    let sending = Sending::new();
    let remember = RwSignal::new(false);
    let SecondFactorNeeded { attempt, offers } = needed;
    Effect::new(move || {
        if sending.failure().and_then(|failure| failure.code()) == Some(ProblemCode::AttemptSpent) {
            on_over.run(());
        }
    });
    let (posting, named) = (api.clone(), attempt.clone());
    let (asking, asked) = (api.clone(), attempt.clone());
    let calls = ProofCalls {
        send_code: StoredValue::new(Box::new(move |kind: FactorKind| {
            let (api, attempt) = (posting.clone(), named.clone());
            let call = async move { api.send_sign_in_code(&SendSignInCode { attempt, kind }).await };
            Box::pin(call) as Asking<()>
        })),
        ask_passkey: StoredValue::new(Box::new(move || {
            let (api, attempt) = (asking.clone(), asked.clone());
            let call = async move { Ok(api.ask_sign_in_passkey(&Attempt { attempt }).await?.options) };
            Box::pin(call) as Asking<Value>
        })),
        show: Callback::new(move |proof: FactorProof| {
            let api = api.clone();
            let body = CompleteSignIn { attempt: attempt.clone(), proof, remember_device: remember.get_untracked() };
            sending.run(async move { api.complete_sign_in(&body).await }, move |me| on_done.run(me));
        }),
    };
    view! {
        <p class="doorway__text">{w.second_step_text}</p>
        <ProofForm offers calls sending>
            <Tick label=w.remember_device checked=remember on_change=move |on| remember.set(on) />
        </ProofForm>
        <button type="button" class="button button--quiet" on:click=move |_| on_back.run(())>{w.back_to_password}</button>
    }
}
