//! Two cards side by side, why they look alike, and what to do about it.

use crate::{
    browser,
    data::Sending,
    route::Page,
    session::use_api,
    ui::{Avatar, Badge, Icon, Summary, Svg, Tone, fresh_id},
    words::{DataWords, Words, time, use_data_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::duplicates::{DuplicateCard, DuplicatePair};
use zgoda_domain::{
    client::BuiltinField,
    merge::DuplicateReason,
    quick_search::{digits, fold, subscriber},
};

/// One pair. Said to be of two persons, it stays where it stood, so that it can be taken back.
#[component]
pub fn Proposal(pair: DuplicatePair) -> impl IntoView {
    let (w, d) = (use_words(), use_data_words());
    let api = StoredValue::new(use_api());
    let sending = Sending::new();
    let dismissed = RwSignal::new(false);
    let id = pair.id;
    let (undo_id, dismiss_id) = (fresh_id("undo"), fresh_id("dismiss"));
    let compare = Page::Merge(pair.first.id, pair.second.id).path();
    let names = StoredValue::new(format!("{} / {}", pair.first.name, pair.second.name));
    let name_of = move |action: &str| names.with_value(|names| format!("{action}: {names}"));
    // The button that was pressed goes; the one that takes its press back is where the focus has to be.
    let focus = |id: String| set_timeout(move || browser::focus_id(&id), std::time::Duration::ZERO);
    let to_undo = undo_id.clone();
    let dismiss = move |_| {
        let (api, to_undo) = (api.get_value(), to_undo.clone());
        sending.run(async move { api.dismiss_duplicate(id).await }, move |()| {
            dismissed.try_set(true);
            focus(to_undo);
        });
    };
    let to_dismiss = dismiss_id.clone();
    let restore = move |_| {
        let (api, to_dismiss) = (api.get_value(), to_dismiss.clone());
        sending.run(async move { api.restore_duplicate(id).await }, move |()| {
            dismissed.try_set(false);
            focus(to_dismiss);
        });
    };
    let pair = StoredValue::new(pair);
    view! {
        <li class="panel pair">
            <Show
                when=move || dismissed.get()
                fallback=move || {
                    let dismiss = dismiss.clone();
                    view! {
                        {pair.with_value(|pair| shown(w, d, pair))}
                        <div class="pair__actions">
                            <a class="button button--primary" href=compare.clone() aria-label=name_of(d.compare)>
                                <Svg icon=Icon::Merge />
                                {d.compare}
                            </a>
                            <button
                                type="button"
                                class="button"
                                id=dismiss_id.clone()
                                aria-label=name_of(d.two_persons)
                                disabled=move || sending.is_busy()
                                on:click=dismiss
                            >
                                {d.two_persons}
                            </button>
                        </div>
                    }
                }
            >
                <div class="pair__done">
                    <p>
                        <strong>{move || names.get_value()}</strong>
                        " "
                        {d.two_persons_done}
                    </p>
                    <button
                        type="button"
                        class="button button--small"
                        id=undo_id.clone()
                        disabled=move || sending.is_busy()
                        on:click=restore.clone()
                    >
                        <Svg icon=Icon::Restore />
                        {d.undo}
                    </button>
                </div>
            </Show>
            <Summary sending label=|_: String| None />
        </li>
    }
}

fn shown(w: &'static Words, d: &'static DataWords, pair: &DuplicatePair) -> impl IntoView + use<> {
    let (tone, sure) = match pair.score {
        90.. => (Tone::Good, d.sure_almost),
        60..90 => (Tone::Info, d.sure_likely),
        _ => (Tone::Off, d.sure_maybe),
    };
    let reasons = pair.reasons.iter().map(|reason| d.duplicate_reason(*reason)).collect::<Vec<_>>().join(", ");
    view! {
        <p class="pair__why"><Badge tone label=sure /> <span>{d.alike_by} " " {reasons}</span></p>
        <div class="pair__cards">
            {card(w, &pair.first, &pair.second, &pair.reasons)}
            {card(w, &pair.second, &pair.first, &pair.reasons)}
        </div>
    }
}

fn card(
    w: &'static Words,
    card: &DuplicateCard,
    other: &DuplicateCard,
    reasons: &[DuplicateReason],
) -> impl IntoView + use<> {
    use BuiltinField as F;
    let same = |reason, one: &Option<String>, two: &Option<String>, plain: fn(&str) -> String| {
        let plain = |text: &Option<String>| text.as_deref().map(plain);
        reasons.contains(&reason) && one.is_some() && plain(one) == plain(two)
    };
    let number = |text: &str| subscriber(&digits(text)).to_owned();
    let facts = [
        (F::Email, &card.email, same(DuplicateReason::Email, &card.email, &other.email, fold)),
        (F::Phone, &card.phone, same(DuplicateReason::Phone, &card.phone, &other.phone, number)),
        (F::Nip, &card.nip, same(DuplicateReason::Nip, &card.nip, &other.nip, digits)),
        (F::City, &card.city, same(DuplicateReason::Name, &card.city, &other.city, fold)),
    ];
    let facts = facts.into_iter().filter_map(|(field, text, same)| {
        let text = text.clone()?;
        let text = if same { view! { <mark>{text}</mark> }.into_any() } else { text.into_any() };
        Some(view! { <div class="fact"><dt>{w.builtin(field)}</dt><dd>{text}</dd></div> })
    });
    let day = |at| time::day(w.spoken, time::local(at).date());
    view! {
        <article class="pair__card">
            <div class="pair__head">
                <Avatar name=card.name.clone() />
                <div>
                    <h2 class="pair__name"><a href=Page::Client(card.id).path()>{card.name.clone()}</a></h2>
                    <p class="faint">
                        {w.client_kind(card.kind)} " · " {w.field_created_at} " " {day(card.created_at)} " · " {w.field_updated_at} " "
                        {day(card.updated_at)}
                    </p>
                </div>
            </div>
            <dl class="facts facts--small">{facts.collect_view()}</dl>
        </article>
    }
}
