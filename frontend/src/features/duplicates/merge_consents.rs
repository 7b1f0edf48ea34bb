//! What becomes of the consents, which nobody chooses, and what is kept of both cards anyway.

use super::choices::{Side, consents};
use crate::{
    features::clients::consent_tone,
    ui::{Badge, Icon, Svg, Tone},
    words::{Words, use_data_words, use_words},
};
use leptos::prelude::*;
use std::collections::BTreeSet;
use zgoda_api_types::{clients::ClientCard, tags::Tag};
use zgoda_domain::{consent::ConsentStatus, id::TagId};

/// Each consent on both cards, and by the stricter rule.
#[component]
pub fn MergeConsents(cards: StoredValue<[ClientCard; 2]>, kept: RwSignal<Side>, masked: bool) -> impl IntoView {
    let (w, d) = (use_words(), use_data_words());
    let rows = move || {
        let joined = cards.with_value(|[first, second]| consents([first, second], kept.get()));
        let rows = joined.into_iter().map(|consent| {
            view! {
                <tr>
                    <th scope="row" class="table__wrap">{consent.purpose_name} " · " {w.channel(consent.channel)}</th>
                    <td>{status(w, consent.first)}</td>
                    <td>{status(w, consent.second)}</td>
                    <td>{status(w, consent.after)}</td>
                </tr>
            }
        });
        rows.collect_view()
    };
    let none = cards.with_value(|cards| cards.iter().all(|card| card.consents.is_empty()));
    view! {
        <section class="panel">
            <h2 class="panel__title">{w.consents}</h2>
            <p class="faint panel__hint">{d.consents_stricter}</p>
            {masked.then(|| view! { <p class="faint">{w.consents_masked}</p> })}
            {if none {
                view! { <p class="faint">{d.no_consents_either}</p> }.into_any()
            } else {
                view! {
                    <div class="table-scroll" tabindex="0" role="region" aria-label=w.consents>
                        <table class="table merge__consents">
                            <thead>
                                <tr>
                                    <th scope="col">{w.purpose}</th>
                                    <th scope="col">{d.card_n(1)}</th>
                                    <th scope="col">{d.card_n(2)}</th>
                                    <th scope="col">{d.after_merge}</th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                }
                .into_any()
            }}
        </section>
    }
}

fn status(w: &'static Words, status: Option<ConsentStatus>) -> AnyView {
    match status {
        Some(status) => view! { <Badge tone=consent_tone(status) label=w.consent_status(status) /> }.into_any(),
        None => view! { <Badge tone=Tone::Off label=w.status_none /> }.into_any(),
    }
}

/// Tags, files and history: of both.
#[component]
pub fn KeptOfBoth(cards: StoredValue<[ClientCard; 2]>, tags: Vec<Tag>) -> impl IntoView {
    let (w, d) = (use_words(), use_data_words());
    let ids: BTreeSet<TagId> = cards.with_value(|cards| cards.iter().flat_map(|card| card.tags.clone()).collect());
    let names: Vec<String> = tags.into_iter().filter(|tag| ids.contains(&tag.id)).map(|tag| tag.name).collect();
    let names = if names.is_empty() { w.nothing_chosen.to_owned() } else { names.join(", ") };
    view! {
        <section class="panel">
            <h2 class="panel__title">{d.kept_of_both}</h2>
            <ul class="stack merge__both">
                <li><Svg icon=Icon::Check /><span>{d.kept_tags} " " <strong>{names}</strong></span></li>
                <li><Svg icon=Icon::Check /><span>{d.kept_rest}</span></li>
                <li><Svg icon=Icon::Check /><span>{d.kept_owner}</span></li>
            </ul>
        </section>
    }
}
