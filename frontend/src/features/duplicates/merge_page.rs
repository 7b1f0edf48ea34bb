//! Two cards become one, field by field.

use super::{
    choices::{Picks, Side, merged, rows},
    merge_consents::{KeptOfBoth, MergeConsents},
    merge_rows::MergeRows,
    merged_note::MergedNote,
};
use crate::{
    browser,
    data::{Remote, Sending, remote},
    features::clients::{ReasonGate, needs_reason},
    route::{Page, use_go},
    session::{use_api, use_session},
    ui::{Avatar, Await, BackLink, Confirm, Failed, Icon, Outdated, PageHead, Skeleton, Summary, Svg},
    words::{time, use_data_words, use_words},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use zgoda_api_types::{
    clients::ClientCard,
    custom_fields::CustomField,
    duplicates::{ClientsMerged, MergeClients},
    problem::ProblemCode,
    tags::Tag,
};
use zgoda_domain::{client::BuiltinField, custom_field::FieldKind, field_ref::FieldRef, id::ClientId};

/// Łączenie kart.
#[component]
pub fn MergePage() -> impl IntoView {
    let (w, d) = (use_words(), use_data_words());
    browser::set_title(d.merge_title);
    let params = use_params_map();
    let ids = Memo::new(move |_| {
        let id = |name| params.with(|params| params.get(name)?.parse::<ClientId>().ok());
        id("first").zip(id("second")).filter(|(first, second)| first != second)
    });
    view! {
        <BackLink href=Page::Duplicates.path() label=w.duplicates />
        {move || match ids.get() {
            Some((first, second)) => untrack(|| view! { <Cards first second /> }.into_any()),
            None => view! { <PageHead title=w.missing_title text=move || w.missing_text /> }.into_any(),
        }}
    }
}

#[component]
fn Cards(first: ClientId, second: ClientId) -> impl IntoView {
    let d = use_data_words();
    let card = |id: ClientId| remote(move |api| async move { Ok(api.client(id).await?.value) });
    let (one, two) = (card(first), card(second));
    let known = remote(|api| async move { Ok((api.custom_fields().await?, api.tags().await?)) });
    // What was chosen stays when the cards are read again, because somebody changed one.
    let (kept, picks) = (RwSignal::new(None::<Side>), RwSignal::new(Picks::new()));
    let again = move || {
        one.refetch();
        two.refetch();
    };
    let go = use_go();
    let gate = move |id, card: Remote<ClientCard>| {
        let go = go.clone();
        let needed =
            Signal::derive(move || card.with(|card| matches!(card, Some(Err(failure)) if needs_reason(failure))));
        view! { <ReasonGate id needed on_given=move |()| card.refetch() on_close=move |()| go(Page::Duplicates) /> }
    };
    view! {
        <PageHead title=d.merge_title text=move || d.merge_text />
        {gate(first, one)}
        {gate(second, two)}
        <Await remote=known lines=10 children=move |(fields, tags): (Vec<CustomField>, Vec<Tag>)| move || {
            match (one.get(), two.get()) {
                (Some(Ok(first)), Some(Ok(second))) => {
                    let (fields, tags) = (fields.clone(), tags.clone());
                    untrack(|| view! { <Merge cards=[first, second] fields tags kept picks on_change=move |()| again() /> }.into_any())
                }
                (Some(Err(failure)), _) | (_, Some(Err(failure))) => {
                    view! { <Failed failure on_retry=move |()| again() /> }.into_any()
                }
                _ => view! { <Skeleton lines=10 /> }.into_any(),
            }
        } />
    }
}

#[component]
fn Merge(
    cards: [ClientCard; 2],
    fields: Vec<CustomField>,
    tags: Vec<Tag>,
    kept: RwSignal<Option<Side>>,
    picks: RwSignal<Picks>,
    #[prop(into)] on_change: Callback<()>,
) -> impl IntoView {
    let (w, d) = (use_words(), use_data_words());
    let (api, session) = (StoredValue::new(use_api()), use_session());
    // The older card: others know its address.
    let [first, second] = &cards;
    let usual = if first.created_at <= second.created_at { Side::First } else { Side::Second };
    let side = RwSignal::new(kept.get_untracked().unwrap_or(usual));
    Effect::new(move |before: Option<()>| {
        let now = side.get();
        if before.is_some() {
            kept.set(Some(now));
        }
    });
    let masked = fields.iter().any(|field| {
        let field_ref = FieldRef::Custom(field.id);
        field.kind == FieldKind::Consent && cards.iter().any(|card| card.masked.contains(&field_ref))
    });
    let names: Vec<_> = fields.iter().map(|field| (format!("/custom/{}", field.id), field.name.clone())).collect();
    let rows = StoredValue::new(rows(w, &fields, [first, second], &session.restrictions()));
    let cards = StoredValue::new(cards);
    let label = Callback::new(move |pointer: String| {
        // A field that was empty on both cards may be filled by now.
        let own = || names.iter().find(|(place, _)| *place == pointer).map(|(_, name)| name.clone());
        w.card_place(&pointer).map(str::to_owned).or_else(own)
    });
    let sending = Sending::new();
    let asking = RwSignal::new(false);
    let done = RwSignal::new(None::<(ClientId, ClientsMerged)>);
    let name = move |side: Side| cards.with_value(|[first, second]| named(side.of(first, second)));
    let merge = move |()| {
        asking.set(false);
        let side = side.get_untracked();
        let (stays, goes) = cards.with_value(|[first, second]| {
            let versioned = |card: &ClientCard| (card.id, card.version);
            (versioned(side.of(first, second)), versioned(side.of(second, first)))
        });
        let (details, custom) = rows.with_value(|rows| picks.with_untracked(|picks| merged(rows, side, picks)));
        let body = MergeClients { other_id: goes.0, other_version: goes.1, details, custom };
        let api = api.get_value();
        sending.run(async move { api.merge_clients(stays.0, stays.1, &body).await }, move |answer| {
            session.set_unsaved(false);
            done.set(Some((stays.0, answer)));
            browser::focus_soon("#merged");
        });
    };
    Effect::new(move || session.set_unsaved(picks.with(|picks| !picks.is_empty()) && done.with(Option::is_none)));
    on_cleanup(move || session.set_unsaved(false));
    let outdated = move || sending.failure().is_some_and(|it| it.code() == Some(ProblemCode::Outdated));
    let text = move || {
        let side = side.get();
        d.merge_confirm(&name(side.other()), &name(side))
    };
    let tags = StoredValue::new(tags);
    let undone = move |()| {
        done.set(None);
        picks.set(Picks::new());
        on_change.run(());
    };
    view! {
        <Show
            when=move || done.with(Option::is_none)
            fallback=move || {
                let (kept, done) = done.get().unzip();
                kept.zip(done).map(|(kept, done)| view! { <MergedNote kept done cards label on_undone=undone /> })
            }
        >
            <Show when=outdated fallback=move || view! { <Summary sending label /> }>
                <Outdated
                    title=w.outdated_title
                    text=d.merge_outdated
                    busy=Signal::stored(false)
                    on_load=move |()| on_change.run(())
                />
            </Show>
            <fieldset class="panel merge__heads">
                <legend class="panel__title">{d.which_is_kept}</legend>
                <div class="merge__cards">
                    {cards.with_value(|[first, second]| [(Side::First, first.clone()), (Side::Second, second.clone())])
                        .map(|(mine, card)| view! { <Head card mine side /> })
                        .into_iter()
                        .collect_view()}
                </div>
            </fieldset>
            <MergeRows rows kept=side picks />
            <MergeConsents cards kept=side masked />
            <KeptOfBoth cards tags=tags.get_value() />
            <div class="edit__actions">
                <a class="button" href=Page::Duplicates.path()>{w.cancel}</a>
                <button
                    type="button"
                    class="button button--primary"
                    disabled=move || sending.is_busy()
                    on:click=move |_| asking.set(true)
                >
                    <Svg icon=Icon::Merge />
                    {d.merge}
                </button>
            </div>
            {move || asking.get().then(|| view! {
                <Confirm title=d.merge_sure text=text() action=d.merge on_confirm=merge on_close=move |()| asking.set(false) />
            })}
        </Show>
    }
}

fn named(card: &ClientCard) -> String {
    card.details.get(BuiltinField::Name).unwrap_or_default().to_owned()
}

/// One card's name, with the choice that it is the one that stays.
#[component]
fn Head(card: ClientCard, mine: Side, side: RwSignal<Side>) -> impl IntoView {
    let (w, d) = (use_words(), use_data_words());
    let name = named(&card);
    let day = |at| time::day(w.spoken, time::local(at).date());
    let facts =
        format!("{} {} · {} {}", w.field_created_at, day(card.created_at), w.field_updated_at, day(card.updated_at));
    view! {
        <div class="merge__card" class:merge__card--on=move || side.get() == mine>
            <label class="merge__choice">
                <input
                    type="radio"
                    name="kept"
                    prop:checked=move || side.get() == mine
                    on:change=move |_| side.set(mine)
                />
                <Avatar name=name.clone() />
                <span class="merge__about">
                    <span class="merge__side">{d.card_n(mine.of(1, 2))}</span>
                    <strong>{name}</strong>
                    <span class="faint">{facts}</span>
                    <span class="merge__fate">{move || if side.get() == mine { d.stays } else { d.goes }}</span>
                </span>
            </label>
            <a class="button button--small button--quiet button--icon" href=Page::Client(card.id).path() target="_blank">
                <Svg icon=Icon::External />
                <span class="visually-hidden">{d.open_card_tab}</span>
            </a>
        </div>
    }
}
