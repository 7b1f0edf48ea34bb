//! What a merge did, and the way back.

use crate::{
    data::Sending,
    route::Page,
    session::use_api,
    ui::{Icon, Summary, Svg, use_toasts},
    words::{Words, use_data_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::{clients::ClientCard, duplicates::ClientsMerged};
use zgoda_domain::id::ClientId;

/// Says what was done; undoing it is one press away.
#[component]
pub fn MergedNote(
    kept: ClientId,
    done: ClientsMerged,
    cards: StoredValue<[ClientCard; 2]>,
    #[prop(into)] label: Callback<String, Option<String>>,
    #[prop(into)] on_undone: Callback<()>,
) -> impl IntoView {
    let (w, d) = (use_words(), use_data_words());
    let (api, toasts) = (use_api(), use_toasts());
    let sending = Sending::new();
    let id = done.merge_id;
    let stricter: Vec<String> = done
        .stricter
        .iter()
        .filter_map(|one| {
            let name = cards.with_value(|cards| {
                let mut consents = cards.iter().flat_map(|card| &card.consents);
                consents.find(|it| it.purpose_id == one.purpose_id).map(|it| it.purpose_name.clone())
            })?;
            Some(consent_name(w, &name, one.channel))
        })
        .collect();
    let undo = move |_| {
        let api = api.clone();
        sending.run(async move { api.undo_merge(id).await }, move |_| {
            toasts.say(w.merge_undone);
            on_undone.run(());
        });
    };
    view! {
        <section class="panel merged" role="status">
            <h2 class="panel__title merged__title" tabindex="-1" id="merged"><Svg icon=Icon::Check />{d.merged_done}</h2>
            <p>{d.merged_undo}</p>
            {(!stricter.is_empty()).then(|| view! { <p>{d.merged_stricter} " " {stricter.join(", ")}</p> })}
            <div class="actions">
                <a class="button button--primary" href=Page::Client(kept).path()>{d.open_kept}</a>
                <button type="button" class="button" disabled=move || sending.is_busy() on:click=undo>
                    <Svg icon=Icon::Restore />
                    {w.undo_merge}
                </button>
                <a class="button button--quiet" href=Page::Duplicates.path()>{d.back_to_duplicates}</a>
            </div>
            <Summary sending label />
        </section>
    }
}

fn consent_name(w: &Words, purpose: &str, channel: zgoda_domain::consent::Channel) -> String {
    format!("{purpose} ({})", w.channel(channel))
}
