//! The keys of the client list.

use super::{ListState, Spot, cell_edit::editable_beside, table_columns::TableColumn};
use crate::{
    browser,
    data::{Paged, Phase},
    route::{Page, use_go},
    session::use_session,
    ui::{SPACE, use_keys},
    words::use_list_words,
};
use leptos::{ev, prelude::*};
use zgoda_api_types::clients::{ClientRow, Cursor};
use zgoda_domain::id::ClientId;

/// Moves the cursor by one row; below the last one more rows are read.
pub fn step(state: ListState, rows: Paged<ClientRow, Cursor>, back: bool) -> Option<ClientId> {
    let now = state.cursor.get_untracked();
    let (next, last) = rows.rows.with_untracked(|rows| {
        let at = now.and_then(|id| rows.iter().position(|row| row.id == id));
        let next = match at {
            None => Some(0),
            Some(at) if back => at.checked_sub(1),
            Some(at) => Some(at + 1),
        };
        let id = next.and_then(|at| rows.get(at)).map(|row| row.id);
        (id, next.is_some_and(|at| at + 1 >= rows.len()))
    });
    if last && !back && rows.phase.get_untracked() == Phase::Ready {
        rows.more();
    }
    if next.is_some() {
        state.cursor.set(next);
    }
    next
}

/// Hears the keys for as long as the list is shown, and tells them to whoever asks with `?`.
pub fn hear(
    state: ListState,
    columns: Memo<Vec<TableColumn>>,
    rows: Paged<ClientRow, Cursor>,
    editing: RwSignal<Option<Spot>>,
) {
    let l = use_list_words();
    let session = use_session();
    let go = use_go();
    use_keys(
        l.keys_list,
        vec![
            (&["↓", "↑", "j", "k"], l.key_move),
            (&["Enter"], l.key_open),
            (&[SPACE], l.key_preview),
            (&["x"], l.key_select),
            (&["Shift", "↓"], l.key_select_range),
            (&["Shift", "A"], l.key_select_page),
            (&["e", "F2"], l.key_edit),
            (&["Esc"], l.key_clear),
        ],
    );
    let turn = move |id| rows.rows.with_untracked(|rows| state.selection.turn(rows, id, false));
    let walk = move |event: &ev::KeyboardEvent, back: bool| {
        event.prevent_default();
        let from = state.cursor.get_untracked();
        let to = step(state, rows, back);
        if let Some(to) = to {
            if event.shift_key() {
                // From the row that was left on to the one that was come to.
                let has = |id| state.selection.ids.with_untracked(|ids| ids.contains(&id));
                if let Some(from) = from.filter(|from| !has(*from)) {
                    turn(from);
                }
                if !has(to) {
                    turn(to);
                }
            }
            browser::focus_row(&to.to_string());
        }
    };
    let listener = window_event_listener(ev::keydown, move |event| {
        if !browser::is_free_key(&event) {
            return;
        }
        let cursor = state.cursor.get_untracked();
        match event.key().as_str() {
            "ArrowDown" | "j" | "J" => walk(&event, false),
            "ArrowUp" | "k" | "K" => walk(&event, true),
            // A button or a tick that has the focus is pressed by these itself; the row's link is the row.
            "Enter" if !browser::presses(&event) => {
                if let Some(id) = cursor {
                    go(Page::Client(id));
                }
            }
            SPACE if !browser::is_on(&event, "button, input, summary") && cursor.is_some() => {
                event.prevent_default();
                state.preview.update(|open| *open = !*open);
            }
            "x" => {
                if let Some(id) = cursor {
                    turn(id);
                }
            }
            "A" => rows.rows.with_untracked(|rows| state.selection.turn_page(rows)),
            "e" | "F2" => {
                let row = rows.rows.with_untracked(|rows| rows.iter().find(|row| Some(row.id) == cursor).cloned());
                if let Some(row) = row {
                    event.prevent_default();
                    let field = columns.with_untracked(|columns| editable_beside(session, columns, &row, None, false));
                    editing.set(field.map(|field| (row.id, field)));
                }
            }
            "Escape" if state.preview.get_untracked() => {
                state.preview.set(false);
                if let Some(id) = cursor {
                    browser::focus_row(&id.to_string());
                }
            }
            "Escape" => state.selection.clear(),
            _ => {}
        }
    });
    on_cleanup(move || listener.remove());
}
