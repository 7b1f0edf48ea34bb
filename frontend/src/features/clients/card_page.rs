//! The card of a client.

use super::{
    card_consents::Consents,
    card_parts::{CustomValues, Details, History, Strip, Submissions},
};
use crate::{
    browser,
    data::{Paged, Sending, remote},
    problems::Failure,
    route::Page,
    session::{use_api, use_session},
    ui::{Avatar, Await, BackLink, Icon, Menu, MenuItem, PageHead, Svg, use_toasts},
    words::use_words,
};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_params_map};
use zgoda_api_types::{audit::AuditEntry, clients::ClientCard, custom_fields::CustomField};
use zgoda_client::Download;
use zgoda_domain::{access::Right, client::BuiltinField, id::ClientId};

/// Everything about one client.
#[component]
pub fn CardPage() -> impl IntoView {
    let w = use_words();
    // Not the person's name: titles stay in the browser's history.
    browser::set_title(w.client);
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")?.parse::<ClientId>().ok()));
    move || match id.get() {
        Some(id) => untrack(|| view! { <Card id /> }.into_any()),
        None => view! { <PageHead title=w.missing_title text=move || w.missing_text /> }.into_any(),
    }
}

#[component]
fn Card(id: ClientId) -> impl IntoView {
    let w = use_words();
    let card = remote(move |api| async move { Ok((api.custom_fields().await?, api.client(id).await?.value)) });
    let history = Paged::<AuditEntry>::new(move |api, after| async move { api.client_history(id, after).await });
    let card_again = card;
    // After the card, so that this very look is part of it.
    Effect::new(move || {
        if card.with(Option::is_some) {
            history.reload();
        }
    });
    view! {
        <BackLink href=Page::Clients.path() label=w.clients />
        <Await remote=card lines=10 children=move |(fields, card): (Vec<CustomField>, ClientCard)| {
            let name = card.details.get(BuiltinField::Name).unwrap_or_default().to_owned();
            view! {
                <CardHead id name kind=w.client_kind(card.details.kind) />
                <Strip card=card.clone() history />
                <div class="card">
                    <div class="card__column">
                        <Details card=card.clone() />
                        <CustomValues fields values=card.custom.clone() />
                        <Submissions id />
                    </div>
                    <div class="card__column">
                        <Consents id consents=card.consents on_change=move |()| card_again.refetch() />
                        <History client=id history on_change=move |()| card_again.refetch() />
                    </div>
                </div>
            }
        } />
    }
}

#[component]
fn CardHead(id: ClientId, name: String, kind: &'static str) -> impl IntoView {
    let w = use_words();
    let (api, session, toasts) = (use_api(), use_session(), use_toasts());
    let sending = Sending::new();
    let hand_over = move |json: bool| {
        let api = api.clone();
        Callback::new(move |()| {
            let api = api.clone();
            let file =
                async move { if json { api.subject_data_json(id).await } else { api.subject_data_xlsx(id).await } };
            sending.run(file, move |Download { file_name, bytes }| {
                if browser::save_file(&file_name, &bytes).is_ok() {
                    toasts.say(w.data_handed_over);
                }
            });
        })
    };
    let (xlsx, json) = (hand_over(false), hand_over(true));
    view! {
        <header class="head head--card">
            <Avatar name=name.clone() large=true />
            <div class="head__words">
                <h1 class="head__title">{name}</h1>
                <p class="head__text">{kind}</p>
            </div>
            <div class="head__actions">
                {session.may(Right::ExportClients).then(|| view! {
                    <Menu label=move || view! { <Svg icon=Icon::Download />{w.hand_over_data}<Svg icon=Icon::ChevronDown /> }>
                        <MenuItem label=w.as_xlsx on_select=xlsx />
                        <MenuItem label=w.as_json on_select=json />
                    </Menu>
                })}
                {session.may(Right::EditClients).then(|| view! {
                    <A href=Page::EditClient(id).path() attr:class="button button--primary"><Svg icon=Icon::Edit />{w.edit}</A>
                })}
            </div>
        </header>
        {move || sending.failure().map(|failure: Failure| view! {
            <div class="summary" role="alert"><Svg icon=Icon::Warning /><p>{failure.sentence(w)}</p></div>
        })}
    }
}
