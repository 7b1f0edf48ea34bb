//! The palette: every kind of field, to press or to drag into the canvas.

use super::{
    dragging::{Dragging, Load},
    editor::Editor,
    marks::{GRIP, Mark, of_kind},
};
use crate::{
    ui::fresh_id,
    words::{use_forms_words, use_words},
};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;
use zgoda_domain::form::FormFieldKind;

/// Buttons for all kinds, each with what it is for.
#[component]
pub fn Palette(editor: Editor, drag: Dragging) -> impl IntoView {
    let (w, f) = (use_words(), use_forms_words());
    let tiles = FormFieldKind::ALL
        .iter()
        .copied()
        .map(|kind| {
            let about = fresh_id("kind");
            let press = move |event: web_sys::PointerEvent| {
                let on_grip = || {
                    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
                    target.is_some_and(|it| it.closest(".builder__tile-grip").is_ok_and(|it| it.is_some()))
                };
                // A finger scrolls, unless it is on the grip.
                if event.pointer_type() != "touch" || on_grip() {
                    drag.press(&event, Load::Kind(kind));
                }
            };
            view! {
                <li class="builder__tile-place">
                    <button
                        type="button"
                        class="builder__tile"
                        aria-describedby=about.clone()
                        on:pointerdown=press
                        on:click=move |_| if !drag.was_drag() { editor.add(w, kind, None) }
                    >
                        <Mark path=of_kind(kind) />
                        <span class="builder__tile-name">{w.add_field(kind)}</span>
                        <span class="builder__tile-grip" aria-hidden="true"><Mark path=GRIP /></span>
                    </button>
                    <p class="builder__about" id=about>{f.about_kind(kind)}</p>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel builder__palette" aria-label=w.add_field_title>
            <h2 class="panel__title" id="add-field" tabindex="-1">{w.add_field_title}</h2>
            <p class="faint">{f.palette_text}</p>
            <ul class="builder__tiles">{tiles}</ul>
        </section>
    }
}
