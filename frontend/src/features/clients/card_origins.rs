//! Where an imported card's data came from.

use super::card_parts::moment;
use crate::{
    data::remote,
    words::{Words, time, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::imports::ClientOrigin;
use zgoda_domain::id::ClientId;

/// What was said of the files that made or changed the card; nothing where no file did.
#[component]
pub fn Origins(id: ClientId) -> impl IntoView {
    let w = use_words();
    let origins = remote(move |api| async move { api.client_origins(id).await });
    move || {
        let origins = origins.get().and_then(Result::ok).filter(|origins| !origins.is_empty())?;
        let rows = origins.into_iter().map(|origin| row(w, origin)).collect_view();
        Some(view! {
            <section class="panel">
                <h2 class="panel__title">{w.origins}</h2>
                <ul class="list">{rows}</ul>
            </section>
        })
    }
}

fn row(w: &'static Words, origin: ClientOrigin) -> AnyView {
    let what = if origin.made { w.origin_made } else { w.origin_changed };
    view! {
        <li class="list__item">
            <dl class="facts facts--small list__main">
                <div class="fact"><dt>{w.origin_source}</dt><dd class="multiline">{origin.source}</dd></div>
                <div class="fact"><dt>{w.origin_basis}</dt><dd class="multiline">{origin.lawful_basis}</dd></div>
                <div class="fact"><dt>{w.origin_since}</dt><dd>{time::day(w.spoken, origin.obtained_on)}</dd></div>
                <div class="fact">
                    <dt>{what}</dt>
                    <dd>{moment(w, origin.imported_at)} {origin.imported_by.map(|name| format!(", {name}"))} ", " {origin.file_name}</dd>
                </div>
            </dl>
        </li>
    }
    .into_any()
}
