//! The panel of columns: which are shown, in which order. Dragged with a mouse or a finger, or moved with buttons.

use super::{
    ListState,
    list_head::Layout,
    table_columns::{NAME, TableColumn, moved},
};
use crate::{
    browser,
    session::use_session,
    ui::{Axis, Icon, Popover, Reorder, Svg, Tick},
    words::{use_list_words, use_words, with},
};
use leptos::prelude::*;
use zgoda_domain::saved_filter::ShownColumn;

/// The button with its panel.
#[component]
pub fn ColumnChooser(every: Memo<Vec<TableColumn>>, layout: Layout, state: ListState) -> impl IntoView {
    let w = use_words();
    view! {
        <Popover label=move || view! { <Svg icon=Icon::Columns /><span class="wide-only">{w.display_options}</span> } name=w.display_options>
            <Panel every layout state />
        </Popover>
    }
}

#[component]
fn Panel(every: Memo<Vec<TableColumn>>, layout: Layout, state: ListState) -> impl IntoView {
    let (w, l) = (use_words(), use_list_words());
    let session = use_session();
    let needle = RwSignal::new(String::new());
    // Said after a move, because nothing else on the page tells it.
    let told = RwSignal::new(String::new());
    let choose = move |columns: Vec<ShownColumn>| state.choose_columns(session, columns);
    let put = move |from: usize, to: usize| {
        let columns = layout.columns.get_untracked();
        let Some(label) = columns.get(from).map(|column| column.label.clone()) else { return };
        if to == 0 || to >= columns.len() {
            return;
        }
        choose(moved(layout.kept(), from, to));
        let place = with(&with(l.column_moved, &label), &to.to_string());
        told.set(with(&place, &(columns.len() - 1).to_string()));
    };
    let reorder = Reorder::new(Axis::Down, move |(from, to): (usize, usize)| put(from, to));
    // The shown ones in their order, then the others. Each keeps its element, and so its focus, wherever it moves.
    let entries = move || {
        let shown = layout.columns.get();
        let others = every.get().into_iter().filter(|it| !shown.iter().any(|other| other.column == it.column));
        let others: Vec<_> = others.map(Some).collect();
        shown.into_iter().map(Some).chain([None]).chain(others).collect::<Vec<_>>()
    };
    let fits = move |label: &str| needle.with(|needle| label.to_lowercase().contains(&needle.trim().to_lowercase()));
    let entry = move |entry: Option<TableColumn>| match entry {
        Some(column) => {
            let label = column.label.clone();
            let fits = Signal::derive(move || fits(&label));
            let is_still = Signal::derive(move || needle.with(String::is_empty));
            view! { <Item column layout state reorder fits is_still put=move |(from, to)| put(from, to) /> }.into_any()
        }
        None => view! { <li class="menu__group">{l.other_columns}</li> }.into_any(),
    };
    view! {
        <div class="columns">
            <input
                class="input"
                type="search"
                placeholder=l.find_column
                aria-label=l.find_column
                prop:value=move || needle.get()
                on:input=move |event| needle.set(event_target_value(&event))
            />
            <ul class="columns__list" data-places="" aria-label=w.columns>
                <For
                    each=entries
                    key=|entry| entry.as_ref().map(|column| (column.column, column.label.clone()))
                    children=entry
                />
            </ul>
            <p class="visually-hidden" role="status">{move || told.get()}</p>
            <button type="button" class="button button--quiet button--small" on:click=move |_| choose(Vec::new())>
                <Svg icon=Icon::Restore />
                {l.default_columns}
            </button>
        </div>
    }
}

/// A column: whether it is shown, and where.
#[component]
fn Item(
    column: TableColumn,
    layout: Layout,
    state: ListState,
    reorder: Reorder,
    #[prop(into)] fits: Signal<bool>,
    /// Nothing is left out of the list, so that a place in it is a place among the columns.
    #[prop(into)]
    is_still: Signal<bool>,
    #[prop(into)] put: Callback<(usize, usize)>,
) -> impl IntoView {
    let l = use_list_words();
    let session = use_session();
    let id = column.column;
    let place = Memo::new(move |_| layout.columns.with(|columns| columns.iter().position(|it| it.column == id)));
    if id == NAME {
        return view! {
            <li class="columns__item columns__item--fixed" data-place=""><Svg icon=Icon::Lock />{column.label}</li>
        }
        .into_any();
    }
    let turn = move |on: bool| {
        let mut columns = layout.kept();
        columns.retain(|other| other.column != id);
        if on {
            columns.push(ShownColumn { column: id, width: None });
        }
        browser::keep_focus();
        state.choose_columns(session, columns);
    };
    let step = move |back: bool| {
        let Some(from) = place.get_untracked() else { return };
        let focused = browser::focused();
        put.run((from, if back { from.saturating_sub(1) } else { from + 1 }));
        focused.into_iter().for_each(browser::refocus_soon);
    };
    let (up, down) = (with(l.move_up, &column.label), with(l.move_down, &column.label));
    let grip = with(l.drag_column, &column.label);
    let is_last = move || place.get().is_some_and(|place| place + 1 == layout.columns.with(Vec::len));
    view! {
        <li
            class="columns__item"
            class:columns__item--off=move || place.get().is_none()
            class:columns__item--dragged=move || place.get().is_some_and(|place| reorder.is_dragged(place))
            class:columns__item--before=move || place.get().is_some_and(|place| reorder.lands_before(place))
            class:columns__item--after=move || is_last() && place.get().is_some_and(|place| reorder.lands_before(place + 1))
            hidden=move || !fits.get()
            data-place=move || place.get().map(|_| "")
        >
            <span
                class="columns__grip"
                title=grip
                on:pointerdown=move |event| {
                    event.prevent_default();
                    if let Some(place) = place.get_untracked().filter(|_| is_still.get_untracked()) {
                        reorder.press(place, &event);
                    }
                }
                on:pointermove=move |event| reorder.moved(&event)
                on:pointerup=move |_| reorder.release()
                on:pointercancel=move |_| reorder.cancel()
            >
                <Svg icon=Icon::Grip />
            </span>
            <Tick label=column.label checked=Signal::derive(move || place.get().is_some()) on_change=turn />
            <span class="columns__moves">
                <button type="button" class="button button--quiet button--icon button--small" aria-label=up on:click=move |_| step(true)>
                    <Svg icon=Icon::Up />
                </button>
                <button type="button" class="button button--quiet button--icon button--small" aria-label=down on:click=move |_| step(false)>
                    <Svg icon=Icon::Down />
                </button>
            </span>
        </li>
    }
    .into_any()
}
