//! The card of a client.

use super::{
    card_consents::Consents,
    card_merges::{MergeWithDialog, MergedCards, may_merge},
    card_nav::CardNav,
    card_origins::Origins,
    card_owner::{DeleteDialog, Owner},
    card_parts::{CustomValues, Details, History, Strip, Submissions},
    reason::{ReasonGate, needs_reason},
    tags::CardTags,
};
use crate::{
    browser,
    data::{Paged, Sending, remote},
    problems::Failure,
    route::{Page, use_go},
    session::{use_api, use_session},
    ui::{Avatar, Await, BackLink, Icon, Menu, MenuItem, PageHead, Svg, use_toasts},
    words::use_words,
};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_params_map};
use zgoda_api_types::{audit::AuditEntry, clients::ClientCard, custom_fields::CustomField};
use zgoda_client::Download;
use zgoda_domain::{access::Right, client::BuiltinField, custom_field::FieldKind, field_ref::FieldRef, id::ClientId};

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
    let people = remote(|api| async move { Ok((api.colleagues().await?, api.departments().await?)) });
    let go = use_go();
    let closed = Signal::derive(move || card.with(|card| matches!(card, Some(Err(failure)) if needs_reason(failure))));
    let history = Paged::<AuditEntry>::new(move |api, after| async move { api.client_history(id, after).await });
    let card_again = card;
    // After the card, so that this very look is part of it.
    Effect::new(move || {
        if card.with(|card| matches!(card, Some(Ok(_)))) {
            history.reload();
        }
    });
    view! {
        <div class="card-top">
            <BackLink href=Page::Clients.path() label=w.clients />
            <CardNav id />
        </div>
        <ReasonGate id needed=closed on_given=move |()| card.refetch() on_close=move |()| go(Page::Clients) />
        <Await remote=card lines=10 children=move |(fields, card): (Vec<CustomField>, ClientCard)| {
            // A consent is as visible as its field.
            let masks_consents = fields.iter().any(|field| {
                field.kind == FieldKind::Consent && card.masked.contains(&FieldRef::Custom(field.id))
            });
            view! {
                <CardHead card=card.clone() on_change=move |()| card_again.refetch() />
                <CardTags card=card.clone() on_change=move |()| card_again.refetch() />
                <Strip card=card.clone() history masks_consents />
                <div class="card">
                    <div class="card__column">
                        <Details card=card.clone() />
                        <CustomValues fields=fields.clone() card=card.clone() />
                        <Submissions id />
                    </div>
                    <div class="card__column">
                        <Owner card=card.clone() people=people on_change=move |()| card_again.refetch() />
                        <Consents card=card.clone() masks_consents on_change=move |()| card_again.refetch() />
                        <Origins id />
                        <MergedCards card fields on_change=move |()| card_again.refetch() />
                        <History client=id history on_change=move |()| card_again.refetch() />
                    </div>
                </div>
            }
        } />
    }
}

#[component]
fn CardHead(card: ClientCard, #[prop(into)] on_change: Callback<()>) -> impl IntoView {
    let w = use_words();
    let (api, session, toasts) = (use_api(), use_session(), use_toasts());
    let (id, version) = (card.id, card.version);
    let name = card.details.get(BuiltinField::Name).unwrap_or_default().to_owned();
    let kind = w.client_kind(card.details.kind);
    let may = move |right| session.may_with(right, card.assignment);
    let deleting = RwSignal::new(false);
    let merging = RwSignal::new(false);
    let merges = may_merge(&card);
    let deleted = name.clone();
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
                {may(Right::ExportClients).then(|| view! {
                    <Menu label=move || view! { <Svg icon=Icon::Download />{w.hand_over_data}<Svg icon=Icon::ChevronDown /> }>
                        <MenuItem label=w.as_xlsx on_select=xlsx />
                        <MenuItem label=w.as_json on_select=json />
                    </Menu>
                })}
                {merges.then(|| view! {
                    <button type="button" class="button" aria-label=w.merge_with title=w.merge_with on:click=move |_| merging.set(true)>
                        <Svg icon=Icon::Merge /><span class="wide-only">{w.merge_with}</span>
                    </button>
                })}
                {may(Right::DeleteClients).then(|| view! {
                    <button type="button" class="button button--danger" aria-label=w.delete_client title=w.delete_client on:click=move |_| deleting.set(true)>
                        <Svg icon=Icon::Trash /><span class="wide-only">{w.delete_client}</span>
                    </button>
                })}
                {may(Right::EditClients).then(|| view! {
                    <A href=Page::EditClient(id).path() attr:class="button button--primary"><Svg icon=Icon::Edit />{w.edit}</A>
                })}
            </div>
        </header>
        {move || merging.get().then(|| view! { <MergeWithDialog id on_close=move |()| merging.set(false) /> })}
        {move || deleting.get().then(|| view! {
            <DeleteDialog id version name=deleted.clone() on_close=move |()| deleting.set(false) on_change />
        })}
        {move || sending.failure().map(|failure: Failure| view! {
            <div class="summary" role="alert"><Svg icon=Icon::Warning /><p>{failure.sentence(w)}</p></div>
        })}
    }
}
