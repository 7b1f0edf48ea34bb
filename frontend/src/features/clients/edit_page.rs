//! Adding a client and editing a card.

use super::{
    draft::Draft,
    edit_form::ClientForm,
    reason::{ReasonGate, needs_reason},
};
use crate::{
    browser,
    data::{Sending, remote},
    problems::Failure,
    route::{Page, use_go},
    session::{use_api, use_session},
    ui::{Await, BackLink, Icon, PageHead, Svg, use_toasts},
    words::use_words,
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use zgoda_api_types::{
    clients::{ClientBody, ClientCard},
    custom_fields::CustomField,
};
use zgoda_client::Versioned;
use zgoda_domain::id::ClientId;

fn body_of(card: ClientCard) -> ClientBody {
    ClientBody { details: card.details, custom: card.custom }
}

/// Adds a client.
#[component]
pub fn NewPage() -> impl IntoView {
    let w = use_words();
    browser::set_title(w.add_client);
    let fields = remote(|api| async move { api.custom_fields().await });
    view! {
        <BackLink href=Page::Clients.path() label=w.clients />
        <PageHead title=w.add_client />
        <Await remote=fields lines=8 children=|fields| view! { <NewForm fields /> } />
    }
}

#[component]
fn NewForm(fields: Vec<CustomField>) -> impl IntoView {
    let w = use_words();
    let (api, session, toasts) = (use_api(), use_session(), use_toasts());
    let go = use_go();
    let sending = Sending::new();
    let key = browser::idempotency_key();
    let draft = Draft::new(&fields, &ClientBody::default(), &session.restrictions(), &[]);
    let typed = draft.clone();
    browser::focus_soon("#field-details-name");
    let on_submit = move |()| {
        let body = match typed.read() {
            Ok(body) => body,
            Err(complaints) => return sending.complain(Failure::invalid(complaints)),
        };
        let (api, key, go) = (api.clone(), key.clone(), go.clone());
        sending.run(async move { api.create_client(&body, Some(&key)).await }, move |created| {
            session.set_unsaved(false);
            toasts.say(w.client_added);
            go(Page::Client(ClientId::from_uuid(created.id)));
        });
    };
    view! { <ClientForm draft sending on_submit cancel_to=Page::Clients.path() /> }
}

/// Edits a card.
#[component]
pub fn EditPage() -> impl IntoView {
    let w = use_words();
    browser::set_title(w.edit_client);
    let params = use_params_map();
    let Some(id) = params.with_untracked(|params| params.get("id")?.parse::<ClientId>().ok()) else {
        return view! { <PageHead title=w.missing_title /> }.into_any();
    };
    let both = remote(move |api| async move { Ok((api.custom_fields().await?, api.client(id).await?)) });
    let closed = Signal::derive(move || both.with(|both| matches!(both, Some(Err(failure)) if needs_reason(failure))));
    let go = use_go();
    view! {
        <ReasonGate id needed=closed on_given=move |()| both.refetch() on_close=move |()| go(Page::Clients) />
        <BackLink href=Page::Client(id).path() label=w.client />
        <PageHead title=w.edit_client />
        <Await remote=both lines=8 children=move |(fields, card)| view! { <EditForm fields card /> } />
    }
    .into_any()
}

#[component]
fn EditForm(fields: Vec<CustomField>, card: Versioned<ClientCard>) -> impl IntoView {
    let w = use_words();
    let (api, session, toasts) = (use_api(), use_session(), use_toasts());
    let go = use_go();
    let id = card.value.id;
    let version = StoredValue::new(card.version);
    let masked = card.value.masked.clone();
    let draft = StoredValue::new(Draft::new(&fields, &body_of(card.value), &session.restrictions(), &masked));
    let sending = Sending::new();
    let merged = RwSignal::new(false);
    let save_api = api.clone();
    let on_submit = move |()| {
        let body = match draft.with_value(Draft::read) {
            Ok(body) => body,
            Err(complaints) => return sending.complain(Failure::invalid(complaints)),
        };
        let (api, go) = (save_api.clone(), go.clone());
        let version = version.get_value();
        sending.run(async move { api.change_client(id, version, &body).await }, move |_| {
            session.set_unsaved(false);
            toasts.say(w.saved);
            go(Page::Client(id));
        });
    };
    let loading = Sending::new();
    let load_newer = Callback::new(move |()| {
        let api = api.clone();
        loading.run(async move { api.client(id).await }, move |newer| {
            version.set_value(newer.version);
            draft.with_value(|draft| draft.take_newer(&body_of(newer.value)));
            sending.clear();
            merged.set(true);
        });
    });
    let outdated = move || {
        view! {
            <div class="summary" role="alert">
                <Svg icon=Icon::Warning />
                <div>
                    <p class="summary__title">{w.outdated_title}</p>
                    <p>{w.outdated_text}</p>
                    <button type="button" class="button" disabled=move || loading.is_busy() on:click=move |_| load_newer.run(())>
                        {w.load_newer}
                    </button>
                </div>
            </div>
        }
    };
    // A reason given long ago opens the card no more: given anew, the form can be sent again.
    let closed = Signal::derive(move || sending.failure().is_some_and(|failure| needs_reason(&failure)));
    view! {
        <ReasonGate id needed=closed on_given=move |()| sending.clear() on_close=move |()| sending.clear() />
        <Show when=move || merged.get()>
            <div class="note" role="status"><Svg icon=Icon::Check /><p>{w.merged_text}</p></div>
        </Show>
        <ClientForm draft=draft.get_value() sending on_submit cancel_to=Page::Client(id).path() outdated />
    }
}
