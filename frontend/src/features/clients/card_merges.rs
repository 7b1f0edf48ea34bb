//! Cards that were merged into this one, and merging it with another.

use super::card_parts::moment;
use crate::{
    data::{Sending, remote},
    features::quick_search::Finder,
    route::{Page, use_go},
    session::{use_api, use_session},
    ui::{Badge, Confirm, Dialog, Icon, Summary, Svg, Tone, use_toasts},
    words::{Words, time, use_words},
};
use chrono::{DateTime, Utc};
use leptos::{html, prelude::*};
use zgoda_api_types::{
    clients::{ClientCard, QuickHit},
    custom_fields::CustomField,
    duplicates::MergedCard,
};
use zgoda_domain::{
    access::Right,
    id::{ClientId, MergeId},
};

/// Asks which other card is this person's, and goes to where the two are compared.
#[component]
pub fn MergeWithDialog(id: ClientId, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let w = use_words();
    let go = use_go();
    let node = NodeRef::<html::Input>::new();
    view! {
        <Dialog title=w.merge_with_title on_close>
            <div class="stack">
                <p class="dialog__text">{w.merge_with_text}</p>
                <Finder
                    label=w.merge_with_find
                    node
                    without=id
                    in_place=true
                    on_leave=on_close
                    on_pick=move |hit: QuickHit| go(Page::Merge(id, hit.id))
                />
            </div>
        </Dialog>
    }
}

/// Whether the person may merge this card and undo that.
pub fn may_merge(card: &ClientCard) -> bool {
    let session = use_session();
    [Right::DeleteClients, Right::EditClients].into_iter().all(|right| session.may_with(right, card.assignment))
}

/// Which cards this one was made of, for as long as that can be told; nothing where it always was one.
#[component]
pub fn MergedCards(card: ClientCard, fields: Vec<CustomField>, #[prop(into)] on_change: Callback<()>) -> impl IntoView {
    let w = use_words();
    let (id, may) = (card.id, may_merge(&card));
    let merges = remote(move |api| async move { api.merged_cards(id).await });
    let (api, toasts) = (StoredValue::new(use_api()), use_toasts());
    let asked = RwSignal::new(None::<MergeId>);
    let sending = Sending::new();
    let undo = move |()| {
        let Some(merge) = asked.get_untracked() else { return };
        asked.set(None);
        let api = api.get_value();
        sending.run(async move { api.undo_merge(merge).await }, move |_| {
            toasts.say(w.merge_undone);
            on_change.run(());
        });
    };
    let fields = StoredValue::new(fields);
    let label = move |pointer: String| fields.with_value(|fields| place(w, fields, &pointer));
    move || {
        let merges = merges.get().and_then(Result::ok).filter(|merges| !merges.is_empty())?;
        let rows = merges.into_iter().map(|merge| row(w, merge, may, asked)).collect_view();
        Some(view! {
            <section class="panel">
                <h2 class="panel__title">{w.merged_cards}</h2>
                <Summary sending label />
                <ul class="list">{rows}</ul>
            </section>
            {move || asked.get().map(|_| view! {
                <Confirm
                    title=w.undo_merge_title
                    text=w.undo_merge_text
                    action=w.undo_merge
                    on_confirm=undo
                    on_close=move |()| asked.set(None)
                />
            })}
        })
    }
}

fn row(w: &'static Words, merge: MergedCard, may: bool, asked: RwSignal<Option<MergeId>>) -> AnyView {
    let id = merge.merge_id;
    let undone = merge.undone_at;
    let name = merge.name.unwrap_or_else(|| w.merged_nameless.to_owned());
    let state = match undone {
        Some(at) => view! { <Badge tone=Tone::Off label=w.merge_was_undone /> " " {moment(w, at)} }.into_any(),
        None if merge.can_undo => {
            view! { <span class="faint">{w.undo_possible_until} " " {day(w, merge.undo_until)}</span> }.into_any()
        }
        None => ().into_any(),
    };
    let named = format!("{}: {name}", w.undo_merge);
    let action = (may && merge.can_undo && undone.is_none()).then(|| {
        view! {
            <div class="list__actions">
                <button type="button" class="button button--small" aria-label=named on:click=move |_| asked.set(Some(id))>
                    <Svg icon=Icon::Restore />
                    {w.undo_merge}
                </button>
            </div>
        }
    });
    view! {
        <li class="list__item">
            <div class="list__main">
                <p class="list__title">{name}</p>
                <p class="faint">{w.merged_at} " " {moment(w, merge.merged_at)}</p>
                <p>{state}</p>
            </div>
            {action}
        </li>
    }
    .into_any()
}

fn day(w: &Words, at: DateTime<Utc>) -> String {
    time::day(w.spoken, time::local(at).date())
}

/// What a complaint about the card speaks of.
fn place(w: &Words, fields: &[CustomField], pointer: &str) -> Option<String> {
    let custom = || {
        let id = pointer.strip_prefix("/custom/")?;
        fields.iter().find(|field| field.id.to_string() == id).map(|field| field.name.clone())
    };
    w.card_place(pointer).map(str::to_owned).or_else(custom)
}
