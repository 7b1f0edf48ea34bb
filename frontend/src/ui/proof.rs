//! Showing a second factor: when signing in, and again before what cannot be undone.

use crate::{
    data::Sending,
    passkeys::{self, NoPasskey},
    ui::{SelectField, SubmitButton, Summary, TextField},
    words::use_words,
};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;
use std::{future::Future, pin::Pin};
use zgoda_api_types::second_factors::{FactorOffer, FactorProof};
use zgoda_client::ApiError;
use zgoda_domain::second_factor::FactorKind;

/// Something that asks the server.
pub type Asking<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// How proofs are asked for where this stands.
#[derive(Clone, Copy)]
pub struct ProofCalls {
    pub send_code: StoredValue<Box<dyn Fn(FactorKind) -> Asking<()> + Send + Sync>>,
    pub ask_passkey: StoredValue<Box<dyn Fn() -> Asking<Value> + Send + Sync>>,
    pub show: Callback<FactorProof>,
}

/// One of the offers: a code to type, a code to be sent first, or a passkey.
#[component]
pub fn ProofForm(
    offers: Vec<FactorOffer>,
    calls: ProofCalls,
    /// Of the call that shows the proof.
    sending: Sending,
    children: Children,
) -> impl IntoView {
    let w = use_words();
    let first = offers.first().map(|offer| offer.kind.code().to_owned()).unwrap_or_default();
    let chosen = RwSignal::new(first);
    let kind = move || FactorKind::from_code(&chosen.get()).unwrap_or(FactorKind::Totp);
    let code = RwSignal::new(String::new());
    let sent = RwSignal::new(false);
    let posting = Sending::new();
    let trouble = RwSignal::new(None::<NoPasskey>);
    let options: Vec<(String, String)> = offers
        .iter()
        .map(|offer| {
            let name = w.factor_kind(offer.kind);
            let label = offer.hint.as_ref().map_or_else(|| name.to_owned(), |hint| format!("{name} ({hint})"));
            (offer.kind.code().to_owned(), label)
        })
        .collect();
    let several = options.len() > 1;
    Effect::new(move || {
        chosen.track();
        code.set(String::new());
        sent.set(false);
        sending.clear();
        posting.clear();
        trouble.set(None);
    });
    let send = move |_| {
        let Some(call) = calls.send_code.try_with_value(|send| send(kind())) else { return };
        posting.run(call, move |()| sent.set(true));
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if kind() == FactorKind::Passkey {
            let Some(question) = calls.ask_passkey.try_with_value(|ask| ask()) else { return };
            posting.run(question, move |options| {
                spawn_local(async move {
                    match passkeys::answer(&options).await {
                        Ok(credential) => calls.show.run(FactorProof::Passkey { credential }),
                        Err(why) => {
                            trouble.try_set(Some(why));
                        }
                    }
                });
            });
        } else {
            calls.show.run(FactorProof::Code { kind: kind(), code: code.get_untracked() });
        }
    };
    let is_sent_kind = move || matches!(kind(), FactorKind::Email | FactorKind::Sms);
    let is_passkey = move || kind() == FactorKind::Passkey;
    view! {
        <form class="stack" novalidate on:submit=submit>
            <Summary sending label=|_: String| None />
            <Summary sending=posting label=|_: String| None />
            {several.then(|| view! { <SelectField label=w.factor value=chosen options=Signal::stored(options) /> })}
            <Show when=is_sent_kind>
                <button type="button" class="button" disabled=move || posting.is_busy() on:click=send>
                    {move || if sent.get() { w.send_again } else { w.send_code }}
                </button>
                <div role="status"><Show when=move || sent.get()><p class="faint">{w.code_sent}</p></Show></div>
            </Show>
            <Show when=move || !is_passkey()>
                <TextField label=w.code value=code autocomplete="one-time-code" pointer="/code" />
            </Show>
            <Show when=is_passkey><p class="faint">{w.passkey_text}</p></Show>
            {move || trouble.get().map(|why| view! { <p class="field__problem" role="alert">{w.no_passkey(why)}</p> })}
            {children()}
            <SubmitButton label=w.confirm busy=Signal::derive(move || sending.is_busy() || posting.is_busy()) />
        </form>
    }
}
