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
use zgoda_domain::{list::ListColumn, saved_filter::ShownColumn};

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
    let l = use_list_words();
    let session = use_session();
    let needle = RwSignal::new(String::new());
    // Said after a move, because nothing else on the page tells it.
    let told = RwSignal::new(String::new());
    let choose = move |columns: Vec<ShownColumn>| state.choose_columns(session, columns);
    let put = move |from: usize, to: usize| {
        let columns = layout.columns.get_untracked();
        let Some(label) = columns.get(from).map(|column| column.label.clone()) else { return };
        choose(moved(layout.kept(), from, to));
        let place = with(&with(l.column_moved, &label), &to.to_string());
        told.set(with(&place, &(columns.len() - 1).to_string()));
    };
    let reorder = Reorder::new(Axis::Down, move |(from, to): (usize, usize)| put(from, to));
    let turn = move |column: ListColumn, on: bool| {
        let mut columns = layout.kept();
        columns.retain(|other| other.column != column);
        if on {
            columns.push(ShownColumn { column, width: None });
        }
        choose(columns);
    };
    let fits = move |label: &str| needle.with(|needle| label.to_lowercase().contains(&needle.trim().to_lowercase()));
    let count = Memo::new(move |_| layout.columns.with(Vec::len));
    let shown = move || {
        let columns = layout.columns.get();
        columns
            .into_iter()
            .enumerate()
            .map(|(place, column)| {
                if column.column == NAME {
                    return view! { <li class="columns__item columns__item--fixed" data-place=""><Svg icon=Icon::Lock />{column.label}</li> }.into_any();
                }
                let (up, down) = (with(l.move_up, &column.label), with(l.move_down, &column.label));
                let (hidden, label) = (column.label.clone(), column.label.clone());
                let id = column.column;
                view! {
                    <li
                        class="columns__item"
                        class:columns__item--dragged=move || reorder.is_dragged(place)
                        class:columns__item--before=move || reorder.lands_before(place)
                        class:columns__item--after=move || place + 1 == count.get() && reorder.lands_before(place + 1)
                        hidden=move || !fits(&hidden)
                        data-place=""
                    >
                        <span
                            class="columns__grip"
                            title=with(l.drag_column, &label)
                            on:pointerdown=move |event| {
                                event.prevent_default();
                                // Among those that were found there is no telling what is between.
                                if needle.with_untracked(String::is_empty) {
                                    reorder.press(place, &event);
                                }
                            }
                            on:pointermove=move |event| reorder.moved(&event)
                            on:pointerup=move |_| reorder.release()
                            on:pointercancel=move |_| reorder.cancel()
                        >
                            <Svg icon=Icon::Grip />
                        </span>
                        <Tick label=column.label checked=true on_change=move |_| turn(id, false) />
                        <span class="columns__moves">
                            <button
                                type="button"
                                class="button button--quiet button--icon button--small"
                                aria-label=up
                                disabled=place == 1
                                on:click=move |_| {
                                    put(place, place - 1);
                                    browser::focus_in_place(place - 1, 0);
                                }
                            >
                                <Svg icon=Icon::Up />
                            </button>
                            <button
                                type="button"
                                class="button button--quiet button--icon button--small"
                                aria-label=down
                                disabled=move || place + 1 == count.get()
                                on:click=move |_| {
                                    put(place, place + 1);
                                    browser::focus_in_place(place + 1, 1);
                                }
                            >
                                <Svg icon=Icon::Down />
                            </button>
                        </span>
                    </li>
                }
                .into_any()
            })
            .collect_view()
    };
    let others = move || {
        let columns = layout.columns.get();
        every
            .get()
            .into_iter()
            .filter(|column| !columns.iter().any(|shown| shown.column == column.column))
            .map(|column| {
                let (id, label) = (column.column, column.label.clone());
                view! {
                    <li class="columns__item columns__item--off" hidden=move || !fits(&label)>
                        <Tick label=column.label checked=false on_change=move |_| turn(id, true) />
                    </li>
                }
            })
            .collect_view()
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
            <div class="columns__lists">
                <p class="menu__group">{l.shown_columns}</p>
                <ol data-places="" aria-label=l.shown_columns>{shown}</ol>
                <p class="menu__group">{l.other_columns}</p>
                <ul aria-label=l.other_columns>{others}</ul>
            </div>
            <p class="visually-hidden" role="status">{move || told.get()}</p>
            <button type="button" class="button button--quiet button--small" on:click=move |_| choose(Vec::new())>
                <Svg icon=Icon::Restore />{l.default_columns}
            </button>
        </div>
    }
}
