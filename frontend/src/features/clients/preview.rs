//! The cursor's client beside the list: who it is, their consents and tags. Looking is recorded like opening the card.

use super::{
    ListState,
    card_parts::{detail, fact},
    list_keys::step,
    list_row::{Names, tone},
    reason::{ReasonGate, needs_reason},
    values,
};
use crate::{
    browser,
    data::{Paged, Remote, remote},
    route::Page,
    ui::{Avatar, Badge, Failed, Icon, Masked, Skeleton, Svg, TagMark},
    words::{use_list_words, use_words},
};
use leptos::prelude::*;
use leptos_router::components::A;
use std::time::Duration;
use zgoda_api_types::{
    clients::{ClientCard, ClientRow, Cursor},
    custom_fields::CustomField,
};
use zgoda_domain::{client::BuiltinField, custom_field::FieldKind, field_ref::FieldRef, id::ClientId};

/// How long the cursor rests on a row before its card is opened: whoever runs down the list opens none.
const REST: Duration = Duration::from_millis(180);

/// The facts that come first.
const FACTS: [BuiltinField; 9] = [
    BuiltinField::Email,
    BuiltinField::Phone,
    BuiltinField::MobilePhone,
    BuiltinField::Position,
    BuiltinField::Street,
    BuiltinField::PostCode,
    BuiltinField::City,
    BuiltinField::Nip,
    BuiltinField::Note,
];

/// The panel, while it is open.
#[component]
pub fn Preview(
    state: ListState,
    rows: Paged<ClientRow, Cursor>,
    fields: Remote<Vec<CustomField>>,
    names: Names,
) -> impl IntoView {
    let resting = RwSignal::new(None::<ClientId>);
    Effect::new(move || {
        let now = state.cursor.get().filter(|_| state.preview.get());
        if resting.get_untracked().is_none() || now.is_none() {
            return resting.set(now);
        }
        set_timeout(
            move || {
                if state.cursor.try_get_untracked() == Some(now) {
                    resting.try_set(now);
                }
            },
            REST,
        );
    });
    let shown = Memo::new(move |_| resting.get());
    let open = Memo::new(move |_| state.preview.get() && state.cursor.with(Option::is_some));
    view! {
        <Show when=move || open.get()>
            <Panel shown state rows fields names />
        </Show>
    }
}

#[component]
fn Panel(
    shown: Memo<Option<ClientId>>,
    state: ListState,
    rows: Paged<ClientRow, Cursor>,
    fields: Remote<Vec<CustomField>>,
    names: Names,
) -> impl IntoView {
    let (w, l) = (use_words(), use_list_words());
    let place = move || {
        let id = state.cursor.get()?;
        rows.rows.with(|rows| Some((rows.iter().position(|row| row.id == id)?, rows.len())))
    };
    let first = move || place().is_none_or(|(at, _)| at == 0);
    let last = move || place().is_none_or(|(at, count)| at + 1 == count && !rows.has_more());
    let close = move |_| {
        state.preview.set(false);
        if let Some(id) = state.cursor.get_untracked() {
            browser::focus_row(&id.to_string());
        }
    };
    let arrow = move |back: bool| {
        move |_| {
            step(state, rows, back);
        }
    };
    // On a phone it covers the list, so that the focus belongs into it.
    if browser::is_narrow() {
        browser::focus_soon(".preview-card__close");
    }
    view! {
        <aside class="preview-card" aria-label=l.preview>
            <div class="preview-card__bar">
                <button type="button" class="button button--quiet button--icon" aria-label=l.previous title=l.previous disabled=first on:click=arrow(true)>
                    <Svg icon=Icon::Up />
                </button>
                <button type="button" class="button button--quiet button--icon" aria-label=l.next title=l.next disabled=last on:click=arrow(false)>
                    <Svg icon=Icon::Down />
                </button>
                {move || shown.get().map(|id| view! {
                    <A href=Page::Client(id).path() attr:class="button button--small preview-card__open">{l.open_whole}</A>
                })}
                <button type="button" class="button button--quiet button--icon preview-card__close" aria-label=w.close title=w.close on:click=close>
                    <Svg icon=Icon::Close />
                </button>
            </div>
            <div class="preview-card__body" tabindex="0" role="region" aria-label=l.preview>
                {move || shown.get().map(|id| untrack(|| view! { <Facts id fields names state /> }))}
            </div>
        </aside>
    }
}

#[component]
fn Facts(id: ClientId, fields: Remote<Vec<CustomField>>, names: Names, state: ListState) -> impl IntoView {
    let card = remote(move |api| async move { Ok(api.client(id).await?.value) });
    let closed = Signal::derive(move || card.with(|card| matches!(card, Some(Err(failure)) if needs_reason(failure))));
    view! {
        <ReasonGate id needed=closed on_given=move |()| card.refetch() on_close=move |()| state.preview.set(false) />
        {move || match card.get() {
            None => view! { <Skeleton lines=8 /> }.into_any(),
            Some(Err(failure)) => view! { <Failed failure on_retry=move |()| card.refetch() /> }.into_any(),
            Some(Ok(card)) => {
                let fields = fields.get().and_then(Result::ok).unwrap_or_default();
                facts(card, &fields, names)
            }
        }}
    }
}

fn facts(card: ClientCard, fields: &[CustomField], names: Names) -> AnyView {
    let w = use_words();
    let name = card.details.get(BuiltinField::Name).unwrap_or_default().to_owned();
    let builtin = FACTS
        .into_iter()
        .filter_map(|field| {
            if card.masked.contains(&FieldRef::Builtin(field)) {
                return Some(fact(w.builtin(field), view! { <Masked /> }.into_any()));
            }
            let text = card.details.get(field)?;
            Some(fact(w.builtin(field), detail(field, Some(text))))
        })
        .collect_view();
    let custom = fields
        .iter()
        .filter(|field| field.deleted_at.is_none() && field.kind != FieldKind::Consent)
        .filter_map(|field| {
            if card.masked.contains(&FieldRef::Custom(field.id)) {
                return Some(fact(&field.name, view! { <Masked /> }.into_any()));
            }
            let text = values::shown(w, field.kind, card.custom.get(&field.id)?);
            (!text.is_empty()).then(|| fact(&field.name, text.into_any()))
        })
        .collect_view();
    let masks_consents = fields
        .iter()
        .any(|field| field.kind == FieldKind::Consent && card.masked.contains(&FieldRef::Custom(field.id)));
    let consents = card
        .consents
        .iter()
        .map(|consent| {
            let title = format!("{} · {}", consent.purpose_name, w.channel(consent.channel));
            view! {
                <li class="list__item">
                    <span>{title}</span>
                    <Badge tone=tone(consent.status) label=w.consent_status(consent.status) />
                </li>
            }
        })
        .collect_view();
    let none = card.consents.is_empty() && !masks_consents;
    let tags = card.tags;
    view! {
        <div class="preview-card__head">
            <Avatar name=name.clone() />
            <div>
                <h2 class="preview-card__name">{name}</h2>
                <p class="faint">{w.client_kind(card.details.kind)}</p>
            </div>
        </div>
        <span class="tags">
            {move || names.tags_of(&tags).into_iter().map(|tag| view! { <TagMark tag /> }).collect_view()}
        </span>
        <section>
            <h3 class="preview-card__title">{w.consents}</h3>
            {none.then(|| view! { <p class="faint">{w.no_consents}</p> })}
            {masks_consents.then(|| view! { <p class="faint">{w.consents_masked}</p> })}
            <ul class="list">{consents}</ul>
        </section>
        <section>
            <h3 class="preview-card__title">{w.details}</h3>
            <dl class="facts facts--small">{builtin} {custom}</dl>
        </section>
    }
    .into_any()
}
