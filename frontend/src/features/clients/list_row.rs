//! One client in the list: its cells, its tick, and what a pointer does to it.

use super::{
    ListState, Spot,
    cell_edit::{CellEdit, is_editable},
    table_columns::{NAME, TableColumn},
    values,
};
use crate::{
    browser,
    data::{Paged, Remote},
    route::Page,
    session::{Restrictions, use_session},
    ui::{Avatar, Badge, Icon, Masked, Svg, TagMark, Tone},
    words::{Words, use_list_words, use_words, with},
};
use leptos::{ev, prelude::*};
use leptos_router::components::A;
use serde_json::Value;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::Element;
use zgoda_api_types::{
    clients::{ClientRow, Cursor},
    tags::Tag,
};
use zgoda_domain::{access::Assignment, consent::ConsentStatus, custom_field::FieldKind, id::TagId, list::ListColumn};

/// How long a click waits for being the first half of a double one.
const SECOND_CLICK: Duration = Duration::from_millis(260);

/// What ids in rows are called.
#[derive(Clone, Copy)]
pub struct Names {
    pub tags: Remote<Vec<Tag>>,
    pub people: Remote<super::card_owner::People>,
}

impl Names {
    /// These tags by name.
    pub fn tags_of(self, ids: &[TagId]) -> Vec<Tag> {
        self.tags.with(|tags| match tags {
            Some(Ok(tags)) => tags.iter().filter(|tag| ids.contains(&tag.id)).cloned().collect(),
            _ => Vec::new(),
        })
    }

    fn owner(self, assignment: Assignment) -> Option<String> {
        let id = assignment.owner_id?;
        self.people.with(|people| match people {
            Some(Ok((colleagues, _))) => colleagues.iter().find(|it| it.id == id).map(|it| it.name.clone()),
            _ => None,
        })
    }

    fn department(self, assignment: Assignment) -> Option<String> {
        let id = assignment.department_id?;
        self.people.with(|people| match people {
            Some(Ok((_, departments))) => departments.iter().find(|it| it.id == id).map(|it| it.name.clone()),
            _ => None,
        })
    }
}

#[component]
pub fn Row(
    row: ClientRow,
    columns: Memo<Vec<TableColumn>>,
    rows: Paged<ClientRow, Cursor>,
    state: ListState,
    names: Names,
    editing: RwSignal<Option<Spot>>,
) -> impl IntoView {
    let l = use_list_words();
    let session = use_session();
    let id = row.id;
    let restrictions = StoredValue::new(session.restrictions());
    let name = row.name.clone();
    let row = StoredValue::new(row);
    let edited = Memo::new(move |_| editing.get().filter(|(client, _)| *client == id).map(|(_, field)| field));
    let column_at = move |event: &web_sys::MouseEvent| {
        let cell = event.target()?.dyn_into::<Element>().ok()?.closest("[data-at]").ok()??;
        let at: usize = cell.get_attribute("data-at")?.parse().ok()?;
        columns.with_untracked(|columns| columns.get(at).cloned())
    };
    let on_control = |event: &web_sys::MouseEvent| {
        event.target().and_then(|target| target.dyn_into::<Element>().ok()).is_some_and(|element| {
            element.closest("a, button, input, select, textarea, .cell").ok().flatten().is_some()
        })
    };
    let clicks = StoredValue::new(0u32);
    let click = move |event: web_sys::MouseEvent| {
        if on_control(&event) || browser::has_marked_text() {
            return;
        }
        state.cursor.set(Some(id));
        let mine = clicks.with_value(|count| count.wrapping_add(1));
        clicks.set_value(mine);
        set_timeout(
            move || {
                if clicks.try_get_value() == Some(mine) {
                    state.preview.set(true);
                }
            },
            SECOND_CLICK,
        );
    };
    let double_click = move |event: web_sys::MouseEvent| {
        clicks.update_value(|count| *count = count.wrapping_add(1));
        let column = column_at(&event).and_then(|column| column.field).filter(|_| !on_control(&event));
        if let Some(column) = column
            && row.with_value(|row| restrictions.with_value(|it| is_editable(session, it, &column, row)))
        {
            event.prevent_default();
            editing.set(Some((id, column.field)));
        }
    };
    let cells = move || {
        columns
            .get()
            .into_iter()
            .enumerate()
            .map(|(at, column)| cell(at, column, columns, row, rows, state, names, editing, edited, restrictions))
            .collect_view()
    };
    view! {
        <tr
            class="table__row"
            class:table__row--cursor=move || state.cursor.with(|cursor| *cursor == Some(id))
            class:table__row--picked=move || state.selection.has(id)
            data-client=id.to_string()
            on:click=click
            on:dblclick=double_click
            on:focusin=move |_| {
                if state.cursor.get_untracked() != Some(id) {
                    state.cursor.set(Some(id));
                }
            }
        >
            <td class="table__pick">
                <input
                    type="checkbox"
                    class="tick__box"
                    aria-label=with(l.select_row, &name)
                    prop:checked=move || state.selection.has(id)
                    on:click=move |event: ev::MouseEvent| {
                        let range = event.shift_key();
                        rows.rows.with_untracked(|rows| state.selection.turn(rows, id, range));
                    }
                />
            </td>
            {cells}
            <td class="table__rest"></td>
        </tr>
    }
}

#[expect(clippy::too_many_arguments, reason = "what a row knows")]
fn cell(
    at: usize,
    column: TableColumn,
    columns: Memo<Vec<TableColumn>>,
    row: StoredValue<ClientRow>,
    rows: Paged<ClientRow, Cursor>,
    state: ListState,
    names: Names,
    editing: RwSignal<Option<Spot>>,
    edited: Memo<Option<zgoda_domain::field_ref::FieldRef>>,
    restrictions: StoredValue<Restrictions>,
) -> AnyView {
    let (w, l) = (use_words(), use_list_words());
    let at = at.to_string();
    let field = column.field.clone();
    let is_edited = Memo::new(move |_| field.as_ref().is_some_and(|field| edited.get() == Some(field.field)));
    let editor = {
        let field = column.field.clone();
        move || {
            let column = field.clone()?;
            is_edited.get().then(|| view! { <CellEdit row=row.get_value() column columns rows editing /> })
        }
    };
    if column.column == NAME {
        let name = row.with_value(|row| row.name.clone());
        let page = Page::Client(row.with_value(|row| row.id));
        let label = with(l.preview_of, &name);
        let id = row.with_value(|row| row.id);
        return view! {
            <th scope="row" class="table__name" data-at=at>
                <span class="table__person">
                    <Avatar name=name.clone() />
                    <A href=page.path()>{name}</A>
                    <button
                        type="button"
                        class="button button--quiet button--icon button--small table__peek"
                        aria-label=label
                        title=l.preview
                        on:click=move |_| {
                            state.cursor.set(Some(id));
                            state.preview.set(true);
                        }
                    >
                        <Svg icon=Icon::Panel />
                    </button>
                </span>
                {editor}
            </th>
        }
        .into_any();
    }
    let kind = column.kind();
    let shown = match &column.field {
        Some(field) if row.with_value(|row| row.masked.contains(&field.field)) => view! { <Masked /> }.into_any(),
        Some(field) => row.with_value(|row| cell_value(w, field.kind, &field.value(row))),
        None => {
            let (assignment, tags) = row.with_value(|row| (row.assignment, row.tags.clone()));
            match column.column {
                ListColumn::Owner => (move || text_or_dash(names.owner(assignment))).into_any(),
                ListColumn::Department => (move || text_or_dash(names.department(assignment))).into_any(),
                _ => (move || {
                    let tags = names.tags_of(&tags);
                    view! { <span class="tags">{tags.into_iter().map(|tag| view! { <TagMark tag /> }).collect_view()}</span> }
                })
                .into_any(),
            }
        }
    };
    let editable = column.field.as_ref().is_some_and(|field| {
        row.with_value(|row| restrictions.with_value(|it| is_editable(use_session(), it, field, row)))
    });
    view! {
        <td class=cell_class(kind) class:table__cell--open=editable data-at=at>
            {shown}
            {editor}
        </td>
    }
    .into_any()
}

fn text_or_dash(text: Option<String>) -> AnyView {
    match text {
        Some(text) => text.into_any(),
        None => view! { <span class="faint">"–"</span> }.into_any(),
    }
}

const fn cell_class(kind: Option<FieldKind>) -> &'static str {
    match kind {
        Some(FieldKind::Integer | FieldKind::Decimal) => "table__cell table__number",
        Some(FieldKind::Date | FieldKind::Datetime) => "table__cell table__date",
        _ => "table__cell",
    }
}

/// A value in the list: ticks and consents as marks, everything else as text.
fn cell_value(w: &'static Words, kind: FieldKind, value: &Value) -> AnyView {
    match kind {
        FieldKind::Checkbox => {
            let tone = if value == &Value::Bool(true) { Tone::Good } else { Tone::Off };
            view! { <Badge tone label=values::shown(w, kind, value) /> }.into_any()
        }
        FieldKind::Consent => match value.as_str().and_then(ConsentStatus::from_code) {
            Some(status) => view! { <Badge tone=tone(status) label=w.consent_status(status) /> }.into_any(),
            None => view! { <Badge tone=Tone::Off label=w.status_none /> }.into_any(),
        },
        _ => text_or_dash(Some(values::shown(w, kind, value)).filter(|text| !text.is_empty())),
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
