//! When someone leaves, or stops looking after their clients.

use crate::{
    data::Sending,
    problems::Failure,
    session::use_api,
    ui::{Dialog, SelectField, SubmitButton, Summary, use_toasts},
    words::{OfficeWords, Words, use_office_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::staff::{Account, Deactivate, HandOver};
use zgoda_domain::{Invalid, Rule, id::AccountId};

fn said(w: &Words, o: &OfficeWords, clients: u64) -> String {
    format!("{}: {}.", o.handed_over, w.count(clients, o.clients_n))
}

fn label(o: &'static OfficeWords) -> impl Fn(String) -> Option<String> + Clone {
    move |pointer| (pointer == "/hand_over_to").then(|| o.hand_over_to.to_owned())
}

/// Says what deactivating does, and asks who gets the clients.
#[component]
pub(super) fn DeactivateDialog(
    account: Account,
    heirs: Vec<(String, String)>,
    /// Without the right to assign clients they stay with the account.
    may_assign: bool,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let (api, toasts) = (use_api(), use_toasts());
    let heir = RwSignal::new(String::new());
    let sending = Sending::new();
    let id = account.id;
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let api = api.clone();
        let body = Deactivate { hand_over_to: heir.get_untracked().parse::<AccountId>().ok() };
        sending.run(async move { api.deactivate_account(id, body).await }, move |handed_over| {
            toasts.say(match handed_over.clients {
                0 => o.deactivated_done.to_owned(),
                clients => format!("{} {}", o.deactivated_done, said(w, o, clients)),
            });
            on_done.run(());
        });
    };
    let has_clients = account.clients > 0 && may_assign;
    let count = w.count(account.clients, o.clients_n);
    let options = std::iter::once((String::new(), o.hand_over_nobody.to_owned())).chain(heirs).collect::<Vec<_>>();
    view! {
        <Dialog title=format!("{} {}", o.deactivate_title, account.name) on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label=label(o) />
                <p class="dialog__text">{o.deactivate_text}</p>
                {has_clients.then(|| view! {
                    <SelectField label=format!("{} ({count})", o.hand_over_to) value=heir options=Signal::stored(options)
                        pointer="/hand_over_to" problem=sending.problem("/hand_over_to") />
                })}
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    <button type="submit" class="button button--danger" disabled=move || sending.is_busy()>{o.deactivate}</button>
                </div>
            </form>
        </Dialog>
    }
}

/// Gives all clients of an account to another.
#[component]
pub(super) fn HandOverDialog(
    account: Account,
    heirs: Vec<(String, String)>,
    #[prop(into)] on_close: Callback<()>,
    #[prop(into)] on_done: Callback<()>,
) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let (api, toasts) = (use_api(), use_toasts());
    let heir = RwSignal::new(String::new());
    let sending = Sending::new();
    let id = account.id;
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Ok(hand_over_to) = heir.get_untracked().parse::<AccountId>() else {
            let invalid = Invalid { pointer: "/hand_over_to".to_owned(), rule: Rule::Required };
            return sending.complain(Failure::invalid(vec![invalid]));
        };
        let api = api.clone();
        sending.run(async move { api.hand_over_clients(id, HandOver { hand_over_to }).await }, move |handed_over| {
            toasts.say(said(w, o, handed_over.clients));
            on_done.run(());
        });
    };
    let nobody = heirs.is_empty();
    let count = w.count(account.clients, o.clients_n);
    let options = std::iter::once((String::new(), w.choose.to_owned())).chain(heirs).collect::<Vec<_>>();
    view! {
        <Dialog title=format!("{}: {}", o.hand_over, account.name) on_close>
            <form class="stack" novalidate on:submit=submit>
                <Summary sending label=label(o) />
                <p class="dialog__text">{if nobody { o.hand_over_no_heir } else { o.hand_over_text }}</p>
                {(!nobody).then(|| view! {
                    <SelectField label=format!("{} ({count})", o.hand_over_to) value=heir options=Signal::stored(options)
                        pointer="/hand_over_to" problem=sending.problem("/hand_over_to") />
                })}
                <div class="dialog__actions">
                    <button type="button" class="button" on:click=move |_| on_close.run(())>{w.cancel}</button>
                    {(!nobody).then(|| view! { <SubmitButton label=o.hand_over busy=Signal::derive(move || sending.is_busy()) /> })}
                </div>
            </form>
        </Dialog>
    }
}
