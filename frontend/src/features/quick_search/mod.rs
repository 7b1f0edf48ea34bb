//! Szybkie wyszukiwanie: the box above every page that finds a client.

mod finder;
pub mod marks;
pub mod question;

pub use finder::Finder;

use self::question::question;
use crate::{
    browser,
    features::clients::ListState,
    route::{Page, use_go},
    session::use_session,
    ui::{Icon, Svg},
    words::use_words,
};
use leptos::{ev, html, prelude::*, task::spawn_local};
use zgoda_api_types::queries::ReadQuery;
use zgoda_domain::search::Catalogue;

/// The box. `/` leads to it from anywhere but a field; on a phone a button opens it.
#[component]
pub fn QuickSearch() -> impl IntoView {
    let w = use_words();
    let go = use_go();
    let list = use_context::<ListState>();
    let node = NodeRef::<html::Input>::new();
    let opener = NodeRef::<html::Button>::new();
    // Only on a phone: otherwise it is there anyway.
    let unfolded = RwSignal::new(false);
    let focus = move || {
        if let Some(input) = node.get_untracked() {
            let _ = input.focus();
            input.select();
        }
    };
    let enter = move || {
        let shown = node.get_untracked().is_some_and(|input| input.offset_width() > 0);
        unfolded.set(true);
        // At once, or the next letter is lost; where it is folded away not before it is shown, because it takes no focus.
        if shown {
            focus();
        } else {
            request_animation_frame(focus);
        }
    };
    let slash = window_event_listener(ev::keydown, move |event| {
        if event.key() == "/" && browser::is_free_key(&event) {
            event.prevent_default();
            enter();
        }
    });
    on_cleanup(move || slash.remove());
    let fold = Callback::new(move |()| {
        unfolded.set(false);
        // Once the button is there again.
        request_animation_frame(move || match (node.get_untracked(), opener.get_untracked()) {
            (_, Some(button)) if button.offset_width() > 0 => {
                let _ = button.focus();
            }
            (Some(input), _) => {
                let _ = input.blur();
            }
            _ => {}
        });
    });
    let go_to_list = go.clone();
    let session = use_session();
    let on_list = Callback::new(move |text: String| {
        unfolded.set(false);
        let tree = question(&text, &session.restrictions());
        let go = go_to_list.clone();
        spawn_local(async move {
            // Written as the program writes queries; by the keys of fields where it cannot be asked.
            let body = ReadQuery { tree: Some(tree.clone()), ..ReadQuery::default() };
            let query = match session.api().read_query(&body).await {
                Ok(reading) if reading.problem.is_none() => reading.text,
                _ => tree.print(&Catalogue::default().in_language(session.language_untracked())),
            };
            match list {
                Some(list) => list.ask_everybody(session, query),
                // Another page load away: an address would remember whom somebody looked for.
                None => browser::hand_over(&query),
            }
            go(Page::everybody(untrack(|| session.preferences()).list_layout().filter_id));
        });
    });
    view! {
        <div class="quick" class:quick--unfolded=move || unfolded.get()>
            <button
                type="button"
                class="button button--quiet button--icon quick__opener"
                node_ref=opener
                aria-expanded=move || unfolded.get().to_string()
                on:click=move |_| enter()
            >
                <Svg icon=Icon::Search />
                <span class="visually-hidden">{w.quick_search}</span>
            </button>
            <div class="quick__box" role="search">
                <Finder
                    label=w.quick_search
                    node
                    key="/"
                    on_list
                    on_leave=fold
                    on_pick=move |hit: zgoda_api_types::clients::QuickHit| {
                        unfolded.set(false);
                        go(Page::Client(hit.id));
                    }
                />
                <button type="button" class="button button--quiet button--icon quick__close" on:click=move |_| fold.run(())>
                    <Svg icon=Icon::Close />
                    <span class="visually-hidden">{w.close}</span>
                </button>
            </div>
        </div>
    }
}
