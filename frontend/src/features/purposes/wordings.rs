//! The wordings of a purpose, by language and channel, newest first.

use super::compare::Compared;
use crate::{
    browser,
    ui::{Badge, Icon, Svg, Tone},
    words::{OfficeWords, Words, time},
};
use leptos::prelude::*;
use zgoda_api_types::consents::{Purpose, Wording};
use zgoda_domain::consent::{Channel, Language};

/// Each language and channel with its wordings; the older ones are folded away.
pub fn wordings(
    w: &'static Words,
    o: &'static OfficeWords,
    purpose: &Purpose,
    comparing: RwSignal<Option<Compared>>,
) -> impl IntoView + use<> {
    let channels = std::iter::once(None).chain(Channel::ALL.iter().copied().map(Some));
    let groups = Language::ALL.iter().flat_map(|language| channels.clone().map(move |channel| (*language, channel)));
    let groups = groups.filter_map(|(language, channel)| {
        let of = purpose.wordings.iter().filter(|it| it.language == language && it.channel == channel);
        let all: Vec<Wording> = of.cloned().collect();
        (!all.is_empty()).then(|| group(w, o, language, channel, all, comparing))
    });
    groups.collect::<Vec<_>>()
}

fn group(
    w: &'static Words,
    o: &'static OfficeWords,
    language: Language,
    channel: Option<Channel>,
    all: Vec<Wording>,
    comparing: RwSignal<Option<Compared>>,
) -> impl IntoView + use<> {
    let place = channel.map_or(o.every_channel, |channel| w.channel(channel));
    let title = format!("{} · {place}", w.language_name(language));
    let heading = title.clone();
    // Each with the one before it, which is the next in the list.
    let before: Vec<_> = all.iter().skip(1).map(|wording| Some(wording.id)).chain([None]).collect();
    let mut figures = all.into_iter().zip(before).enumerate().map(|(at, (wording, before))| {
        let compared = before.map(|from| Compared { from, to: wording.id });
        figure(w, o, wording, compared, at == 0, comparing)
    });
    let newest = figures.next();
    let older: Vec<_> = figures.collect();
    let count = w.count(older.len() as u64, o.older_wordings_n);
    view! {
        <section class="wordings" aria-label=title>
            <h3 class="wordings__title">{heading}</h3>
            {newest}
            {(!older.is_empty()).then(|| view! {
                <details class="wordings__older">
                    <summary>{count}</summary>
                    <div class="purpose__wordings">{older}</div>
                </details>
            })}
        </section>
    }
}

fn figure(
    w: &'static Words,
    o: &'static OfficeWords,
    wording: Wording,
    compared: Option<Compared>,
    newest: bool,
    comparing: RwSignal<Option<Compared>>,
) -> impl IntoView + use<> {
    let live = wording.live_consents.unwrap_or_default();
    let tone = if live > 0 { Tone::Info } else { Tone::Off };
    let sha256 = wording.sha256.clone();
    let copied = RwSignal::new(false);
    let name = format!("{}: {} {}", o.compare_with_previous, w.version, wording.version);
    view! {
        <figure class="wording">
            <figcaption class="wording__head">
                <span>{w.version} " " {wording.version} " · " {time::day(w.spoken, time::local(wording.created_at).date())}</span>
                {newest.then(|| view! { <Badge tone=Tone::Good label=o.newest /> })}
                <Badge tone label=w.count(live, o.live_consents_n) />
                {compared.map(|compared| view! {
                    <button type="button" class="button button--small wording__action" aria-label=name on:click=move |_| comparing.set(Some(compared))>
                        {o.compare_with_previous}
                    </button>
                })}
            </figcaption>
            <blockquote class="wording__text" lang=wording.language.code()>{wording.text}</blockquote>
            <p class="wording__hash">
                <span>"SHA-256 " <code>{wording.sha256}</code></span>
                <button type="button" class="button button--small button--quiet button--icon" title=w.copy on:click=move |_| {
                    browser::copy(&sha256);
                    copied.set(true);
                }>
                    {move || {
                        let icon = if copied.get() { Icon::Check } else { Icon::Copy };
                        view! { <Svg icon /> }
                    }}
                    <span class="visually-hidden">
                        {move || if copied.get() { w.copied } else { w.copy }} " SHA-256, " {w.version} " " {wording.version}
                    </span>
                </button>
            </p>
        </figure>
    }
}
