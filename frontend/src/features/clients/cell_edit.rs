//! Editing one cell of the list in its place.

use super::{Spot, columns::Column, option_ticks::OptionTicks, table_columns::TableColumn, values};
use crate::{
    browser,
    data::{Paged, Sending},
    problems::{Failure, rule_words},
    session::{Restrictions, Session, use_api, use_session},
    ui::{Icon, Svg, fresh_id, take_typed, unread_within},
    words::{use_list_words, use_words, with},
};
use leptos::{ev, html, prelude::*};
use serde_json::Value;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Node};
use zgoda_api_types::{
    clients::{ClientCard, ClientRow, Cursor, PatchClient},
    problem::ProblemCode,
};
use zgoda_client::Versioned;
use zgoda_domain::{Rule, access::Right, client::BuiltinField, custom_field::FieldKind, field_ref::FieldRef};

/// Whether the person may write this value here.
pub fn is_editable(session: Session, restrictions: &Restrictions, column: &Column, row: &ClientRow) -> bool {
    let known = match column.field {
        FieldRef::Builtin(field) => !field.is_system(),
        FieldRef::Custom(_) => column.kind != FieldKind::Consent,
    };
    known
        && !column.sealed
        && restrictions.opens(column.field)
        && !row.masked.contains(&column.field)
        && untrack(|| session.may_with(Right::EditClients, row.assignment))
}

/// The first cell of a row that can be edited, after or before another one.
pub fn editable_beside(
    session: Session,
    columns: &[TableColumn],
    row: &ClientRow,
    from: Option<FieldRef>,
    backwards: bool,
) -> Option<FieldRef> {
    let restrictions = untrack(|| session.restrictions());
    let open: Vec<FieldRef> = columns
        .iter()
        .filter_map(|column| column.field.as_ref())
        .filter(|column| is_editable(session, &restrictions, column, row))
        .map(|column| column.field)
        .collect();
    match from.and_then(|from| open.iter().position(|field| *field == from)) {
        None => open.first().copied(),
        Some(at) if backwards => open.get(at.checked_sub(1)?).copied(),
        Some(at) => open.get(at + 1).copied(),
    }
}

/// What comes after a cell was saved.
#[derive(Clone, Copy, PartialEq)]
enum After {
    /// The focus is elsewhere already.
    Nothing,
    Row,
    /// The next cell, or the one before.
    Cell {
        backwards: bool,
    },
}

/// The change of one field. Text of built-in fields is trimmed by the server.
fn change(column: &Column, text: &str) -> Result<PatchClient, Rule> {
    let mut patch = PatchClient::default();
    match column.field {
        FieldRef::Builtin(field) => {
            let text = Some(text.trim()).filter(|text| !text.is_empty());
            if text.is_none() && field == BuiltinField::Name {
                return Err(Rule::Required);
            }
            patch.details.insert(field.key().to_owned(), text.map_or(Value::Null, Value::from));
        }
        FieldRef::Custom(id) => {
            patch.custom.insert(id, values::parse(column.kind, text)?);
        }
    }
    Ok(patch)
}

/// The control in the cell. Nothing typed is lost: it stays until it is saved or given up.
#[component]
pub fn CellEdit(
    row: ClientRow,
    column: Column,
    columns: Memo<Vec<TableColumn>>,
    rows: Paged<ClientRow, Cursor>,
    editing: RwSignal<Option<Spot>>,
) -> impl IntoView {
    let (w, l) = (use_words(), use_list_words());
    let (api, session) = (StoredValue::new(use_api()), use_session());
    let id = row.id;
    let before = values::typed(column.kind, &column.value(&row));
    let before = if column.kind == FieldKind::Checkbox && before.is_empty() { "false".to_owned() } else { before };
    let text = RwSignal::new(before.clone());
    let before = StoredValue::new(before);
    let version = StoredValue::new(row.version);
    let sending = Sending::new();
    // Over and done: closing the editor takes the focus out of it, which is nobody leaving it.
    let over = StoredValue::new(false);
    // What the card holds by now, when somebody else saved it first.
    let theirs = RwSignal::new(None::<ClientCard>);
    let root = NodeRef::<html::Div>::new();
    let kept = StoredValue::new(column.clone());
    let problem_id = fresh_id("cell");

    // The row tells what its card holds, and the focus goes back to it or on to the next cell.
    let finish = move |card: Option<ClientCard>, after: After| {
        over.set_value(true);
        if let Some(card) = card {
            rows.rows.update(|rows| {
                if let Some(row) = rows.iter_mut().find(|row| row.id == id) {
                    kept.with_value(|column| column.take(row, &card));
                }
            });
        }
        let field = kept.with_value(|column| column.field);
        let next = match after {
            After::Cell { backwards } => rows.rows.with_untracked(|rows| {
                let row = rows.iter().find(|row| row.id == id)?;
                columns.with_untracked(|columns| editable_beside(session, columns, row, Some(field), backwards))
            }),
            After::Nothing | After::Row => None,
        };
        if editing.get_untracked() == Some((id, field)) {
            editing.set(next.map(|field| (id, field)));
        }
        if after != After::Nothing && next.is_none() {
            browser::focus_row_soon(id.to_string());
        }
    };
    let save = move |after: After| {
        if untrack(|| sending.is_busy()) {
            return;
        }
        // To the browser it is empty, and so it would look unchanged, or cleared.
        if root.get_untracked().is_some_and(|root| !unread_within(&root).is_empty()) {
            return sending.complain(Failure::rule("", Rule::Malformed));
        }
        let typed = text.get_untracked();
        if before.with_value(|before| *before == typed) && theirs.with_untracked(Option::is_none) {
            return finish(None, after);
        }
        let patch = match kept.with_value(|column| change(column, &typed)) {
            Ok(patch) => patch,
            Err(rule) => return sending.complain(Failure::rule("", rule)),
        };
        let (api, version) = (api.get_value(), version.get_value());
        sending.run(async move { api.patch_client(id, version, &patch).await }, move |card: Versioned<ClientCard>| {
            finish(Some(card.value), after)
        });
    };
    // Somebody was faster: their value is fetched, to choose between the two.
    let fetching = Sending::new();
    Effect::new(move || {
        if sending.failure().is_some_and(|failure| failure.code() == Some(ProblemCode::Outdated)) {
            let api = api.get_value();
            fetching.run(async move { api.client(id).await }, move |card: Versioned<ClientCard>| {
                version.set_value(card.version);
                theirs.set(Some(card.value));
                sending.clear();
            });
        }
    });
    let key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.shift_key() && !browser::is_on(&event, "button") => {
            event.prevent_default();
            event.stop_propagation();
            save(After::Row);
        }
        // Within several ticks it goes from one to the next.
        "Tab" if browser::has_beside(&event, ".cell__ticks", event.shift_key()) => {}
        "Tab" if !browser::is_on(&event, "button") && theirs.with_untracked(Option::is_none) => {
            event.prevent_default();
            save(After::Cell { backwards: event.shift_key() });
        }
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            finish(theirs.get_untracked(), After::Row);
        }
        _ => {}
    };
    let leave = move |event: ev::FocusEvent| {
        // Taken off the page: the browser tells of the lost focus when nothing of the editor is there any more.
        let Some(Some(root)) = root.try_get_untracked() else { return };
        let to = event.related_target().and_then(|to| to.dyn_into::<Node>().ok());
        let inside = to.is_some_and(|to| root.contains(Some(&to)));
        // Left for elsewhere: kept, unless there is something to decide first.
        if !inside
            && !over.get_value()
            && untrack(|| sending.failure()).is_none()
            && theirs.with_untracked(Option::is_none)
        {
            save(After::Nothing);
        }
    };
    Effect::new(move || {
        if let Some(root) = root.get()
            && let Some(control) = root.query_selector("input, select, textarea").ok().flatten()
            && let Some(control) = control.dyn_ref::<HtmlElement>()
        {
            let _ = control.focus();
            if let Some(input) = control.dyn_ref::<web_sys::HtmlInputElement>() {
                input.select();
            }
        }
    });
    let said = move || {
        let failure = sending.failure().or_else(|| fetching.failure())?;
        if failure.code() == Some(ProblemCode::Outdated) {
            return None;
        }
        let complaint = failure.complaints().first().map(|complaint| rule_words(w, &complaint.rule));
        Some(complaint.unwrap_or_else(|| failure.sentence(w).to_owned()))
    };
    let label = with(&with(l.edit_cell, &column.label), &row.name);
    let wrong = move || said().is_some().then_some("true");
    let describedby = problem_id.clone();
    let control = match column.kind {
        FieldKind::Checkbox | FieldKind::Select => {
            let options = if column.kind == FieldKind::Checkbox {
                vec![("false".to_owned(), w.no.to_owned()), ("true".to_owned(), w.yes.to_owned())]
            } else {
                std::iter::once((String::new(), w.nothing_chosen.to_owned()))
                    .chain(column.options.into_iter().map(|option| (option.clone(), option)))
                    .collect()
            };
            let options = options
                .into_iter()
                .map(|(key, label)| {
                    let mine = key.clone();
                    view! { <option value=key prop:selected=move || text.with(|text| *text == mine)>{label}</option> }
                })
                .collect_view();
            view! {
                <select class="input input--select cell__control" aria-label=label aria-invalid=wrong aria-describedby=describedby on:change=move |event| text.set(event_target_value(&event))>
                    {options}
                </select>
            }
            .into_any()
        }
        // It takes the focus of a press beside the boxes: leaving the editor saves.
        FieldKind::MultiSelect => view! {
            <div
                class="cell__control cell__ticks"
                role="group"
                aria-label=label
                aria-invalid=wrong
                aria-describedby=describedby
                tabindex="-1"
            >
                <OptionTicks options=column.options value=text />
            </div>
        }
        .into_any(),
        FieldKind::LongText => view! {
            <textarea
                class="input cell__control"
                rows="4"
                aria-label=label
                aria-invalid=wrong
                aria-describedby=describedby
                prop:value=move || text.get()
                on:input=move |event| text.set(event_target_value(&event))
            ></textarea>
        }
        .into_any(),
        kind => {
            let kind = match kind {
                FieldKind::Date => "date",
                FieldKind::Datetime => "datetime-local",
                _ => "text",
            };
            view! {
                <input class="input cell__control" type=kind autocomplete="off" aria-label=label aria-invalid=wrong aria-describedby=describedby prop:value=move || text.get() on:input=move |event| take_typed(&event, text) />
            }
            .into_any()
        }
    };
    let conflict = move || {
        theirs.get().map(|card| {
            let shown = kept.with_value(|column| {
                let mut row = row.clone();
                column.take(&mut row, &card);
                values::shown(w, column.kind, &column.value(&row))
            });
            let shown = if shown.is_empty() { w.empty_value.to_owned() } else { shown };
            view! {
                <p class="cell__said" role="alert">{with(l.cell_outdated, &shown)}</p>
                <div class="cell__ways">
                    <button type="button" class="button button--small button--primary" on:click=move |_| save(After::Row)>{l.keep_mine}</button>
                    <button type="button" class="button button--small" on:click=move |_| finish(theirs.get_untracked(), After::Row)>{l.take_theirs}</button>
                </div>
            }
        })
    };
    view! {
        <div class="cell" node_ref=root on:keydown=key on:focusout=leave on:click=|event| event.stop_propagation() aria-busy=move || sending.is_busy().to_string()>
            {control}
            <div class="cell__more" id=problem_id>
                {move || said().map(|text| view! { <p class="cell__said cell__said--wrong" role="alert"><Svg icon=Icon::Warning />{text}</p> })}
                {conflict}
                <p class="cell__hint">{l.cell_hint}</p>
            </div>
        </div>
    }
}
