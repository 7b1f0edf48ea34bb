//! The table of the client list.

use super::{
    ListState, Spot,
    contains_hint::ContainsHint,
    list_head::{Layout, ListHead},
    list_row::{Names, Row},
};
use crate::{
    data::{Paged, Phase},
    ui::{Empty, Icon, PagedTail, SkeletonRows},
    words::use_words,
};
use leptos::prelude::*;
use zgoda_api_types::clients::{ClientRow, Cursor};

/// Rows of clients in the chosen columns.
#[component]
pub fn ListTable(
    layout: Layout,
    rows: Paged<ClientRow, Cursor>,
    state: ListState,
    names: Names,
    editing: RwSignal<Option<Spot>>,
) -> impl IntoView {
    let w = use_words();
    let loading = move || rows.phase.get() == Phase::Loading;
    let empty = move || rows.phase.get() == Phase::Ready && rows.rows.with(Vec::is_empty);
    let count = Signal::derive(move || layout.columns.with(Vec::len) + 1);
    // A table that keeps to widths is as wide as they are together, with the ticks.
    let least = move || {
        layout.is_sized().then(|| {
            let count = layout.columns.with(Vec::len);
            let sum: u32 = (0..count).map(|place| u32::from(layout.width(place))).sum();
            format!("{}px", sum + 44)
        })
    };
    let widths = move || {
        layout.is_sized().then(|| {
            let count = layout.columns.with(Vec::len);
            let columns =
                (0..count).map(|place| view! { <col style:width=move || format!("{}px", layout.width(place)) /> });
            view! {
                <colgroup><col style:width="44px" />{columns.collect_view()}<col /></colgroup>
            }
        })
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=w.clients>
            <table
                class="table table--clients"
                aria-busy=move || (rows.phase.get() != Phase::Ready).to_string()
                class:table--dim=move || rows.phase.get() == Phase::Refreshing
                class:table--sized=move || layout.is_sized()
                style:min-inline-size=least
            >
                <caption class="visually-hidden">{w.clients}</caption>
                {widths}
                <thead><ListHead layout state rows=rows.rows /></thead>
                <tbody>
                    <Show when=loading fallback=move || view! {
                        // By all it tells: with other columns the same client's row tells something else.
                        <For each=move || rows.rows.get() key=|row| serde_json::to_string(row).unwrap_or_default() let:row>
                            <Row row columns=layout.columns rows state names editing />
                        </For>
                    }>
                        <SkeletonRows columns=count />
                    </Show>
                </tbody>
            </table>
        </div>
        <Show when=empty>
            {move || if untrack(|| state.is_narrowed()) {
                view! {
                    <Empty icon=Icon::Search title=w.nobody_found text=w.nobody_found_text>
                        <ContainsHint state />
                        <button type="button" class="button" on:click=move |_| state.clear()>{w.clear_conditions}</button>
                    </Empty>
                }.into_any()
            } else {
                view! { <Empty icon=Icon::Clients title=w.no_clients text=w.no_clients_text /> }.into_any()
            }}
        </Show>
        <PagedTail paged=rows />
    }
}
