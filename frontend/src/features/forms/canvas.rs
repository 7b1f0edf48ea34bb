//! The canvas: the form's fields in their order. They are moved with a pointer, with buttons, or with the keyboard alone.

use super::{
    dragging::{Dragging, Load},
    editor::{Editor, focus_soon, grip_id, name_id},
    marks::{GRIP, Mark, REDO, UNDO, of_kind},
};
use crate::{
    ui::{Icon, Svg},
    words::{use_forms_words, use_words},
};
use leptos::prelude::*;
use web_sys::{FocusEvent, KeyboardEvent, PointerEvent};

/// A field that is being moved with the keyboard, and how many steps it has gone.
#[derive(Clone, PartialEq, Eq)]
struct Moving {
    key: String,
    steps: usize,
}

/// The list of fields.
#[component]
pub fn Canvas(editor: Editor, drag: Dragging) -> impl IntoView {
    let (w, f) = (use_words(), use_forms_words());
    let moving = RwSignal::new(None::<Moving>);
    let keys = move || {
        editor.definition.with(|definition| definition.fields.iter().map(|field| field.key.clone()).collect::<Vec<_>>())
    };
    let empty = Memo::new(move |_| editor.definition.with(|definition| definition.fields.is_empty()));
    let problem = editor.problem(|| Some("/fields".to_owned()));
    let only_list = move || empty.get().then(|| problem.get()).flatten();
    view! {
        <section class="panel builder__canvas" aria-label=w.fields class:builder__canvas--aim=move || drag.load.with(Option::is_some)>
            <div class="panel__head">
                <h2 class="panel__title">{w.fields}</h2>
                <div class="marks">
                    <button type="button" class="button button--quiet button--icon" aria-label=f.undo title=f.undo_hint disabled=move || !editor.history.with(|it| it.can_undo()) on:click=move |_| { editor.undo(); }>
                        <Mark path=UNDO />
                    </button>
                    <button type="button" class="button button--quiet button--icon" aria-label=f.redo title=f.redo_hint disabled=move || !editor.history.with(|it| it.can_redo()) on:click=move |_| { editor.redo(); }>
                        <Mark path=REDO />
                    </button>
                </div>
            </div>
            <p class="visually-hidden" id="builder-keys">{f.move_keys}</p>
            <p class="visually-hidden" role="status" aria-live="polite">{move || editor.said.get()}</p>
            {move || only_list().map(|text| view! { <p class="field__problem" id="field-fields" tabindex="-1"><Svg icon=Icon::Warning />{text}</p> })}
            <ol class="builder__fields" node_ref=drag.list class:builder__fields--empty=move || empty.get() class:builder__fields--aim=move || empty.get() && drag.gap.with(Option::is_some)>
                <For each=keys key=Clone::clone let:key><Row editor drag moving key /></For>
            </ol>
            <Show when=move || empty.get()><p class="builder__empty">{f.no_fields_text}</p></Show>
            {move || editor.deleted.get().map(|label| view! {
                <p class="builder__deleted" role="status">
                    <span>{f.deleted_field(&label)}</span>
                    <button type="button" class="button button--small" on:click=move |_| { editor.undo(); }>{f.take_back}</button>
                </p>
            })}
        </section>
    }
}

#[component]
fn Row(editor: Editor, drag: Dragging, moving: RwSignal<Option<Moving>>, key: String) -> impl IntoView {
    let (w, f) = (use_words(), use_forms_words());
    let key = StoredValue::new(key);
    let field = Memo::new(move |_| key.with_value(|key| editor.field(key)));
    let label = move || field.with(|field| field.as_ref().map(|field| field.label.clone()).unwrap_or_default());
    let kind = move || field.with(|field| field.as_ref().map(|field| w.form_field_kind(field.kind)));
    let icon = move || field.with(|field| field.as_ref().map(|field| view! { <Mark path=of_kind(field.kind) /> }));
    let required = move || field.with(|field| field.as_ref().is_some_and(|field| field.required));
    let chosen = move || editor.selected.with(|selected| selected.as_deref() == Some(key.get_value().as_str()));
    let wrong = key.with_value(|key| editor.field_problem(key, ""));
    let place = Memo::new(move |_| key.with_value(|key| editor.position(key)));
    let last = move || editor.definition.with(|definition| definition.fields.len().checked_sub(1));
    let named = move |action: &'static str| move || format!("{action}: {}", label());
    let lifted = move || moving.with(|moving| moving.as_ref().is_some_and(|it| it.key == key.get_value()));
    let carried = move || drag.load.with(|load| matches!(load, Some(Load::Field(it)) if *it == key.get_value()));
    // The line is drawn on the row below the gap, and for the last gap below the last row.
    let line_above = move || drag.gap.get().is_some_and(|gap| Some(gap) == place.get());
    let line_below =
        move || drag.gap.get().is_some_and(|gap| place.get() == last() && Some(gap) == place.get().map(|at| at + 1));

    let step = move |down: bool, focus: String| {
        let moved = key.with_value(|key| editor.shift(key, down));
        // Its element moved in the document, which takes the focus from it.
        focus_soon(focus);
        moved
    };
    let keys = move |event: KeyboardEvent, focus: String| {
        let down = match event.key().as_str() {
            "ArrowDown" => true,
            "ArrowUp" => false,
            _ => return,
        };
        if event.alt_key() && !event.ctrl_key() && !event.meta_key() {
            event.prevent_default();
            event.stop_propagation();
            step(down, focus);
        }
    };
    let settle = move |said: &'static str| {
        moving.set(None);
        editor.said.set(said.to_owned());
    };
    let grip_keys = move |event: KeyboardEvent| {
        let name = event.key();
        if !lifted() || event.alt_key() {
            return keys(event, grip_id(&key.get_value()));
        }
        match name.as_str() {
            "ArrowDown" | "ArrowUp" => {
                event.prevent_default();
                if step(name == "ArrowDown", grip_id(&key.get_value())) {
                    moving.update(|moving| {
                        if let Some(moving) = moving {
                            moving.steps += 1;
                        }
                    });
                }
            }
            "Escape" => {
                event.prevent_default();
                let steps = moving.with_untracked(|moving| moving.as_ref().map_or(0, |moving| moving.steps));
                editor.call_off(steps);
                settle(f.move_called_off);
                focus_soon(grip_id(&key.get_value()));
            }
            "Tab" => settle(f.move_done),
            _ => {}
        }
    };
    let grip_click = move |_| {
        if drag.was_drag() {
            return;
        }
        if lifted() {
            settle(f.move_done);
        } else {
            moving.set(Some(Moving { key: key.get_value(), steps: 0 }));
            editor.said.set(f.move_begun.to_owned());
        }
    };
    let press = move |event: &PointerEvent| drag.press(event, Load::Field(key.get_value()));
    view! {
        <li
            class="builder__field"
            class:builder__field--on=chosen
            class:builder__field--wrong=move || wrong.with(Option::is_some)
            class:builder__field--lifted=move || lifted() || carried()
            class:builder__field--above=line_above
            class:builder__field--below=line_below
        >
            <button
                type="button"
                class="builder__grip"
                id=grip_id(&key.get_value())
                aria-label=named(f.move_field)
                aria-describedby="builder-keys"
                aria-pressed=move || lifted().to_string()
                title=f.move_field_hint
                on:pointerdown=move |event| press(&event)
                on:click=grip_click
                on:keydown=grip_keys
                on:blur=move |event: FocusEvent| {
                    // Moving the element takes the focus for a moment; going elsewhere ends the move.
                    if event.related_target().is_some() && lifted() {
                        settle(f.move_done);
                    }
                }
            >
                <Mark path=GRIP />
            </button>
            <button
                type="button"
                class="builder__name"
                id=name_id(&key.get_value())
                aria-pressed=move || chosen().to_string()
                aria-describedby="builder-keys"
                on:pointerdown=move |event| {
                    // A finger on the name scrolls the page.
                    if event.pointer_type() != "touch" {
                        press(&event);
                    }
                }
                on:click=move |_| if !drag.was_drag() { editor.selected.set(Some(key.get_value())) }
                on:keydown=move |event| {
                    if event.key() == "Delete" {
                        event.prevent_default();
                        editor.remove(&key.get_value());
                    } else {
                        keys(event, name_id(&key.get_value()));
                    }
                }
            >
                <span>{label}<Show when=required><span class="field__required">" *"</span></Show></span>
                <span class="builder__kind">{icon} {kind}</span>
            </button>
            <span class="builder__actions">
                <button type="button" class="builder__move" aria-label=named(w.move_up) title=w.move_up disabled=move || place.get() == Some(0) on:click=move |_| { step(false, name_id(&key.get_value())); }>
                    <Svg icon=Icon::Up />
                </button>
                <button type="button" class="builder__move" aria-label=named(w.move_down) title=w.move_down disabled=move || place.get() == last() on:click=move |_| { step(true, name_id(&key.get_value())); }>
                    <Svg icon=Icon::Down />
                </button>
                <button type="button" class="builder__move" aria-label=named(f.duplicate) title=f.duplicate on:click=move |_| key.with_value(|key| editor.duplicate(key))>
                    <Svg icon=Icon::Copy />
                </button>
                <button type="button" class="builder__move" aria-label=named(w.delete) title=w.delete on:click=move |_| editor.remove(&key.get_value())>
                    <Svg icon=Icon::Trash />
                </button>
            </span>
        </li>
    }
}
