//! From one card to the one before or after it in the list that led here.

use super::ListState;
use crate::{
    browser,
    data::remote,
    route::{Page, use_go},
    ui::{Icon, Svg, use_keys},
    words::use_list_words,
};
use leptos::{ev, prelude::*};
use leptos_router::components::A;
use zgoda_api_types::clients::Neighbours;
use zgoda_domain::id::ClientId;

/// Two arrows, once the list was asked for something.
#[component]
pub fn CardNav(id: ClientId) -> impl IntoView {
    let l = use_list_words();
    let Some(asked) = use_context::<ListState>().and_then(|state| state.asked.get_untracked()) else {
        return ().into_any();
    };
    let neighbours = remote(move |api| {
        let asked = asked.clone();
        // A card that is in the list no more has no place in it.
        async move { Ok(api.client_neighbours(id, &asked).await.unwrap_or_default()) }
    });
    let beside = Memo::new(move |_| neighbours.with(|it| it.as_ref()?.as_ref().ok().copied()).unwrap_or_default());
    let go = use_go();
    use_keys(l.keys_card, vec![(&["k", "j"], l.key_neighbours)]);
    let listener = window_event_listener(ev::keydown, move |event| {
        let Neighbours { previous, next } = beside.get_untracked();
        let to = match event.key().as_str() {
            "j" => next,
            "k" => previous,
            _ => None,
        };
        if let Some(to) = to.filter(|_| browser::is_free_key(&event)) {
            go(Page::Client(to));
        }
    });
    on_cleanup(move || listener.remove());
    let arrow = move |to: Option<ClientId>, icon: Icon, label: &'static str| {
        match to {
        Some(to) => view! {
            <A href=Page::Client(to).path() attr:class="button button--small button--icon" attr:aria-label=label attr:title=label>
                <Svg icon />
            </A>
        }
        .into_any(),
        None => view! {
            <button type="button" class="button button--small button--icon" aria-label=label disabled=true><Svg icon /></button>
        }
        .into_any(),
    }
    };
    view! {
        <nav class="card-nav" aria-label=l.key_neighbours>
            {move || {
                let Neighbours { previous, next } = beside.get();
                view! { {arrow(previous, Icon::ChevronLeft, l.previous)} {arrow(next, Icon::ChevronRight, l.next)} }
            }}
        </nav>
    }
    .into_any()
}
