//! The table of the client list.

use super::{
    ListState,
    columns::{Column, first_direction},
    values,
};
use crate::{
    data::{Paged, Phase},
    route::{Page, use_go},
    ui::{Avatar, Badge, Empty, Icon, Masked, PagedTail, SkeletonRows, SortHeader, Tone},
    words::{Words, use_words},
};
use leptos::prelude::*;
use leptos_router::components::A;
use serde_json::Value;
use wasm_bindgen::JsCast;
use web_sys::Element;
use zgoda_api_types::clients::{ClientRow, Cursor, Sort};
use zgoda_domain::{
    client::BuiltinField, consent::ConsentStatus, custom_field::FieldKind, field_ref::FieldRef, list::Direction,
};

/// Rows of clients in the chosen columns.
#[component]
pub fn ListTable(columns: Memo<Vec<Column>>, rows: Paged<ClientRow, Cursor>, state: ListState) -> impl IntoView {
    let w = use_words();
    let loading = move || rows.phase.get() == Phase::Loading;
    let empty = move || rows.phase.get() == Phase::Ready && rows.rows.with(Vec::is_empty);
    let asked = move || {
        !state.search.with(|text| text.trim().is_empty())
            || !state.query.with(String::is_empty)
            || state.conditions.with(|conditions| !conditions.is_empty())
    };
    let count = Signal::derive(move || columns.with(Vec::len));
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=w.clients>
            <table class="table" aria-busy=move || (rows.phase.get() != Phase::Ready).to_string() class:table--dim=move || rows.phase.get() == Phase::Refreshing>
                <caption class="visually-hidden">{w.clients}</caption>
                <thead>
                    <tr>
                        <For each=move || columns.get() key=|column| (column.field, column.label.clone()) let:column>
                            {header(column, state)}
                        </For>
                    </tr>
                </thead>
                <tbody>
                    <Show when=loading fallback=move || view! {
                        // By all it tells: with other columns the same client's row tells something else.
                        <For each=move || rows.rows.get() key=|row| serde_json::to_string(row).unwrap_or_default() let:row>
                            <Row row columns />
                        </For>
                    }>
                        <SkeletonRows columns=count />
                    </Show>
                </tbody>
            </table>
        </div>
        <Show when=empty>
            {move || if asked() {
                view! {
                    <Empty icon=Icon::Search title=w.nobody_found text=w.nobody_found_text>
                        <button type="button" class="button" on:click=move |_| {
                            state.search.set(String::new());
                            state.query.set(String::new());
                            state.conditions.set(Vec::new());
                        }>{w.clear_conditions}</button>
                    </Empty>
                }.into_any()
            } else {
                view! { <Empty icon=Icon::Clients title=w.no_clients text=w.no_clients_text /> }.into_any()
            }}
        </Show>
        <PagedTail paged=rows />
    }
}

/// The order without a choice: by name.
fn direction(sort: Option<Sort>, field: FieldRef) -> Option<Direction> {
    match sort {
        Some(sort) => (sort.field == field).then_some(sort.direction),
        None => (field == FieldRef::Builtin(BuiltinField::Name)).then_some(Direction::Asc),
    }
}

fn header(column: Column, state: ListState) -> AnyView {
    let field = column.field;
    if !column.sortable {
        return view! { <th scope="col">{column.label}</th> }.into_any();
    }
    view! {
        <SortHeader
            label=column.label
            direction=Signal::derive(move || direction(state.sort.get(), field))
            first=first_direction(column.kind)
            on_sort=move |direction| state.sort.set(Some(Sort { field, direction }))
        />
    }
    .into_any()
}

#[component]
fn Row(row: ClientRow, columns: Memo<Vec<Column>>) -> impl IntoView {
    let w = use_words();
    let go = use_go();
    let page = Page::Client(row.id);
    // The whole row is a large target for a pointer; the link in it is for everyone.
    let open = move |event: web_sys::MouseEvent| {
        let on_link = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .is_some_and(|element| element.closest("a, button").ok().flatten().is_some());
        if !on_link {
            go(page);
        }
    };
    let cells = move || {
        columns
            .get()
            .into_iter()
            .map(|column| {
                if column.field == FieldRef::Builtin(BuiltinField::Name) {
                    let name = row.name.clone();
                    view! {
                        <th scope="row" class="table__name">
                            <Avatar name=name.clone() />
                            <A href=page.path()>{name}</A>
                        </th>
                    }
                    .into_any()
                } else if row.masked.contains(&column.field) {
                    view! { <td><Masked /></td> }.into_any()
                } else {
                    let value = column.value(&row);
                    view! { <td class=cell_class(column.kind)>{cell(w, column.kind, &value)}</td> }.into_any()
                }
            })
            .collect_view()
    };
    view! { <tr class="table__row" on:click=open>{cells}</tr> }
}

fn cell_class(kind: FieldKind) -> Option<&'static str> {
    match kind {
        FieldKind::Integer | FieldKind::Decimal => Some("table__number"),
        FieldKind::Date | FieldKind::Datetime => Some("table__date"),
        _ => None,
    }
}

/// A value in the list: ticks and consents as marks, everything else as text.
fn cell(w: &'static Words, kind: FieldKind, value: &Value) -> AnyView {
    match kind {
        FieldKind::Checkbox => {
            let tone = if value == &Value::Bool(true) { Tone::Good } else { Tone::Off };
            view! { <Badge tone label=values::shown(w, kind, value) /> }.into_any()
        }
        FieldKind::Consent => match value.as_str().and_then(ConsentStatus::from_code) {
            Some(status) => view! { <Badge tone=tone(status) label=w.consent_status(status) /> }.into_any(),
            None => view! { <Badge tone=Tone::Off label=w.status_none /> }.into_any(),
        },
        _ => match values::shown(w, kind, value) {
            text if text.is_empty() => view! { <span class="faint">"–"</span> }.into_any(),
            text => text.into_any(),
        },
    }
}

/// The mark of a consent's status.
pub fn tone(status: ConsentStatus) -> Tone {
    match status {
        ConsentStatus::Given => Tone::Good,
        ConsentStatus::Requested | ConsentStatus::Expired => Tone::Wait,
        ConsentStatus::Refused | ConsentStatus::Withdrawn => Tone::Bad,
    }
}
