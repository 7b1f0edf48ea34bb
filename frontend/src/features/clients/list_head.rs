//! The headings of the client list: ordering by a click, moving by a drag, widths by dragging an edge or with arrow keys.

use super::{
    ListState,
    columns::first_direction,
    table_columns::{NAME, NAME_WIDTH, TableColumn, USUAL_WIDTH, fitting, moved},
};
use crate::{
    session::use_session,
    ui::{Axis, Icon, Reorder, Svg, next_direction},
    words::{use_list_words, use_words, with},
};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use zgoda_api_types::clients::{ClientRow, Sort};
use zgoda_domain::{
    client::BuiltinField,
    field_ref::FieldRef,
    list::Direction,
    saved_filter::{ShownColumn, WIDTHS},
};

/// A step of the arrow keys on a column's edge.
const STEP: f64 = 16.0;

/// The columns of a table with their widths.
#[derive(Clone, Copy)]
pub struct Layout {
    pub columns: Memo<Vec<TableColumn>>,
    pub widths: Memo<Vec<Option<u16>>>,
    /// A column whose edge is being dragged, and how wide it is by now.
    pub dragged: RwSignal<Option<(usize, u16)>>,
    /// What the columns measured when the drag began.
    measured: RwSignal<Vec<u16>>,
    state: ListState,
}

impl Layout {
    pub fn new(state: ListState, columns: Memo<Vec<TableColumn>>, widths: Memo<Vec<Option<u16>>>) -> Self {
        Self { columns, widths, dragged: RwSignal::new(None), measured: RwSignal::new(Vec::new()), state }
    }

    /// Whether widths are given: then the table keeps to them.
    pub fn is_sized(self) -> bool {
        self.dragged.with(Option::is_some) || self.widths.with(|widths| widths.iter().any(Option::is_some))
    }

    /// How wide a column is, once widths are given.
    pub fn width(self, place: usize) -> u16 {
        let usual = if place == 0 { NAME_WIDTH } else { USUAL_WIDTH };
        match self.dragged.get() {
            Some((dragged, width)) if dragged == place => width,
            dragged => self.widths.with(|widths| widths.get(place).copied().flatten()).unwrap_or_else(|| {
                let measured = dragged.and_then(|_| self.measured.with_untracked(|it| it.get(place).copied()));
                measured.unwrap_or(usual)
            }),
        }
    }

    /// The columns as they are kept.
    pub fn kept(self) -> Vec<ShownColumn> {
        let widths = self.widths.get_untracked();
        let columns = self.columns.get_untracked();
        let widths = widths.into_iter().chain(std::iter::repeat(None));
        columns.into_iter().zip(widths).map(|(it, width)| ShownColumn { column: it.column, width }).collect()
    }
}

/// The row of headings.
#[component]
pub fn ListHead(layout: Layout, state: ListState, rows: RwSignal<Vec<ClientRow>>) -> impl IntoView {
    let l = use_list_words();
    let session = use_session();
    let reorder = Reorder::new(Axis::Across, move |(from, to): (usize, usize)| {
        state.choose_columns(session, moved(layout.kept(), from, to));
    });
    let whole = move || rows.with(|rows| state.selection.has_page(rows));
    let some = move || !state.selection.is_empty() && !whole() && !state.selection.all.get();
    let headings = move || {
        let columns = layout.columns.get();
        columns
            .into_iter()
            .enumerate()
            .map(|(place, column)| heading(layout, state, reorder, place, column))
            .collect_view()
    };
    view! {
        <tr data-places="">
            <th scope="col" class="table__pick">
                <input
                    type="checkbox"
                    class="tick__box"
                    aria-label=l.select_page
                    prop:checked=move || whole() || state.selection.all.get()
                    prop:indeterminate=some
                    on:change=move |_| rows.with_untracked(|rows| state.selection.turn_page(rows))
                />
            </th>
            {headings}
            <th class="table__rest" aria-hidden="true"></th>
        </tr>
    }
}

/// The order without a choice: by name.
fn direction(sort: Option<Sort>, field: FieldRef) -> Option<Direction> {
    match sort {
        Some(sort) => (sort.field == field).then_some(sort.direction),
        None => (field == FieldRef::Builtin(BuiltinField::Name)).then_some(Direction::Asc),
    }
}

fn heading(layout: Layout, state: ListState, reorder: Reorder, place: usize, column: TableColumn) -> AnyView {
    let session = use_session();
    let fixed = column.column == NAME;
    let label = column.label.clone();
    let sortable = column.field.filter(|field| field.sortable).map(|field| (field.field, first_direction(field.kind)));
    let aria = move || match direction(state.sort.get(), sortable?.0)? {
        Direction::Asc => Some("ascending"),
        Direction::Desc => Some("descending"),
    };
    let title = match sortable {
        Some((field, first)) => view! {
            <button
                type="button"
                class="sort"
                on:click=move |_| {
                    if !reorder.has_just_ended() {
                        let now = direction(state.sort.get_untracked(), field);
                        state.choose_sort(session, Sort { field, direction: next_direction(now, first) });
                    }
                }
            >
                <span class="table__label">{label}</span>
                <span class="sort__mark">
                    {move || direction(state.sort.get(), field).map(|direction| match direction {
                        Direction::Asc => view! { <Svg icon=Icon::Up /> },
                        Direction::Desc => view! { <Svg icon=Icon::Down /> },
                    })}
                </span>
            </button>
        }
        .into_any(),
        None => view! { <span class="table__label">{label}</span> }.into_any(),
    };
    view! {
        <th
            scope="col"
            aria-sort=aria
            class:table__heading=true
            class:table__heading--name=fixed
            class:table__heading--dragged=move || reorder.is_dragged(place)
            class:table__heading--before=move || !fixed && reorder.lands_before(place)
            class:table__heading--after=move || reorder.lands_before(place + 1)
            data-place=""
            on:pointerdown=move |event| {
                // A finger scrolls the table here; it moves columns in the panel of columns.
                if !fixed && event.pointer_type() != "touch" {
                    reorder.press(place, &event);
                }
            }
            on:pointermove=move |event| reorder.moved(&event)
            on:pointerup=move |_| reorder.release()
            on:pointercancel=move |_| reorder.cancel()
        >
            {title}
            <Edge layout place label=column.label />
        </th>
    }
    .into_any()
}

/// The edge of a column: dragged, or moved with arrow keys; a double click gives every column its own width again.
#[component]
fn Edge(layout: Layout, place: usize, label: String) -> impl IntoView {
    let (w, l) = (use_words(), use_list_words());
    let from = StoredValue::new(None::<(i32, u16)>);
    let session = use_session();
    // What the others measured is kept with the change, so that they stay as they are.
    let keep = move |width: u16| {
        let measured = layout.measured.get_untracked();
        let columns = layout.kept().into_iter().enumerate().map(|(at, column)| {
            let now = measured.get(at).copied();
            ShownColumn { width: if at == place { Some(width) } else { column.width.or(now) }, ..column }
        });
        layout.state.choose_columns(session, columns.collect());
    };
    let press = move |event: ev::PointerEvent| {
        event.stop_propagation();
        event.prevent_default();
        let Some(edge) = event.current_target().and_then(|it| it.dyn_into::<HtmlElement>().ok()) else { return };
        let _ = edge.set_pointer_capture(event.pointer_id());
        let _ = edge.focus();
        let measured = widths_on_screen(&edge);
        let width = measured.get(place).copied().unwrap_or(USUAL_WIDTH);
        layout.measured.set(measured);
        from.set_value(Some((event.client_x(), width)));
    };
    let drag = move |event: ev::PointerEvent| {
        event.stop_propagation();
        if let Some((start, width)) = from.get_value().filter(|(start, _)| *start != event.client_x()) {
            layout.dragged.set(Some((place, fitting(f64::from(width) + f64::from(event.client_x() - start)))));
        }
    };
    let release = move |event: ev::PointerEvent| {
        event.stop_propagation();
        from.set_value(None);
        if let Some((_, width)) = layout.dragged.get_untracked() {
            keep(width);
        }
        layout.dragged.set(None);
    };
    let arrow = move |event: ev::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowLeft" => -STEP,
            "ArrowRight" => STEP,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        if let Some(edge) = event.current_target().and_then(|it| it.dyn_into::<Element>().ok()) {
            let measured = widths_on_screen(&edge);
            let now = measured.get(place).copied().unwrap_or(USUAL_WIDTH);
            layout.measured.set(measured);
            keep(fitting(f64::from(now) + step));
        }
    };
    let reset = move |event: ev::MouseEvent| {
        event.stop_propagation();
        let columns = layout.kept().into_iter().map(|column| ShownColumn { width: None, ..column });
        layout.state.choose_columns(session, columns.collect());
    };
    view! {
        <span
            class="table__edge"
            role="separator"
            aria-orientation="vertical"
            tabindex="0"
            aria-label=with(l.column_width, &label)
            aria-valuemin=WIDTHS.start().to_string()
            aria-valuemax=WIDTHS.end().to_string()
            aria-valuenow=move || layout.width(place).to_string()
            aria-valuetext=move || format!("{} px", w.number(layout.width(place).into()))
            on:pointerdown=press
            on:pointermove=drag
            on:pointerup=release
            on:pointercancel=move |_| {
                from.set_value(None);
                layout.dragged.set(None);
            }
            on:click=|event| event.stop_propagation()
            on:dblclick=reset
            on:keydown=arrow
        ></span>
    }
}

/// What the columns measure now, the ticks' one left out.
fn widths_on_screen(edge: &Element) -> Vec<u16> {
    let headings = edge.closest("tr").ok().flatten().and_then(|row| row.query_selector_all("[data-place]").ok());
    let Some(headings) = headings else { return Vec::new() };
    (0..headings.length())
        .filter_map(|at| {
            Some(fitting(headings.get(at)?.dyn_into::<Element>().ok()?.get_bounding_client_rect().width()))
        })
        .collect()
}
