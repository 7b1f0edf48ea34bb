//! Dragging on the canvas with pointer events: mouse, pen and touch alike.

use super::{arrange, editor::Editor};
use crate::words::Words;
use leptos::{ev, html, leptos_dom::helpers::IntervalHandle, prelude::*};
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};
use zgoda_domain::form::FormFieldKind;

/// Pixels that a pointer may tremble before it drags.
const TREMOR: i32 = 5;
/// Pixels around the list within which a new field is dropped into it.
const NEAR: f64 = 48.0;

/// What is being dragged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Load {
    /// A field of the form, by its key.
    Field(String),
    /// A new field.
    Kind(FormFieldKind),
}

/// A drag from the press to the drop.
#[derive(Clone, Copy)]
pub struct Dragging {
    editor: Editor,
    pressed: RwSignal<Option<(i32, i32, Load)>>,
    /// What is on its way.
    pub load: RwSignal<Option<Load>>,
    /// Where the pointer is in the window.
    pub point: RwSignal<(i32, i32)>,
    /// Where it would be dropped.
    pub gap: RwSignal<Option<usize>>,
    /// The list whose items are the fields.
    pub list: NodeRef<html::Ol>,
    dropped: StoredValue<bool>,
    scrolling: StoredValue<Option<IntervalHandle>>,
}

impl Dragging {
    /// Listens for as long as the present owner lives.
    pub fn new(w: &'static Words, editor: Editor) -> Self {
        let drag = Self {
            editor,
            pressed: RwSignal::new(None),
            load: RwSignal::new(None),
            point: RwSignal::new((0, 0)),
            gap: RwSignal::new(None),
            list: NodeRef::new(),
            dropped: StoredValue::new(false),
            scrolling: StoredValue::new(None),
        };
        let listeners = [
            window_event_listener(ev::pointermove, move |event| drag.follow(&event)),
            window_event_listener(ev::pointerup, move |_| drag.drop(w)),
            window_event_listener(ev::pointercancel, move |_| drag.stop()),
        ];
        let escape = window_event_listener(ev::keydown, move |event| {
            if event.key() == "Escape" && drag.load.with_untracked(Option::is_some) {
                event.prevent_default();
                drag.stop();
            }
        });
        on_cleanup(move || {
            drag.stop();
            listeners.into_iter().for_each(|listener| listener.remove());
            escape.remove();
        });
        drag
    }

    /// The primary button or a finger went down on something that can be dragged.
    pub fn press(self, event: &PointerEvent, load: Load) {
        self.dropped.set_value(false);
        if event.button() != 0 || !event.is_primary() {
            return;
        }
        // Captured, so that the release is heard of outside the window too.
        if let Some(element) = event.current_target().and_then(|it| it.dyn_into::<Element>().ok()) {
            let _ = element.set_pointer_capture(event.pointer_id());
        }
        self.pressed.set(Some((event.client_x(), event.client_y(), load)));
    }

    /// Whether a click is the end of a drag; asked once.
    pub fn was_drag(self) -> bool {
        let was = self.dropped.get_value();
        self.dropped.set_value(false);
        was
    }

    fn follow(self, event: &PointerEvent) {
        let Some((x, y, load)) = self.pressed.get_untracked() else { return };
        let point = (event.client_x(), event.client_y());
        if self.load.with_untracked(Option::is_none) {
            if (point.0 - x).abs() < TREMOR && (point.1 - y).abs() < TREMOR {
                return;
            }
            self.load.set(Some(load));
            let every = Duration::from_millis(16);
            self.scrolling.set_value(set_interval_with_handle(move || self.scroll(), every).ok());
        }
        event.prevent_default();
        self.point.set(point);
        self.aim();
    }

    /// Finds the gap below the pointer.
    fn aim(self) {
        let (x, y) = self.point.get_untracked();
        let (x, y) = (f64::from(x), f64::from(y));
        let Some(list) = self.list.get_untracked() else { return };
        let list: &Element = &list;
        let area = list.get_bounding_client_rect();
        let near =
            x > area.left() - NEAR && x < area.right() + NEAR && y > area.top() - NEAR && y < area.bottom() + NEAR;
        let rows = list.children();
        let middles: Vec<f64> = (0..rows.length())
            .filter_map(|at| rows.item(at))
            .map(|row| row.get_bounding_client_rect())
            .map(|row| f64::midpoint(row.top(), row.bottom()))
            .collect();
        let gap = near.then(|| arrange::gap_at(&middles, y));
        if self.gap.get_untracked() != gap {
            self.gap.set(gap);
        }
    }

    /// Scrolls while the pointer is near the window's edge.
    fn scroll(self) {
        let height = window().inner_height().ok().and_then(|it| it.as_f64()).unwrap_or_default();
        let step = arrange::scroll_step(f64::from(self.point.get_untracked().1), height);
        if step != 0.0 {
            window().scroll_by_with_x_and_y(0.0, step);
            self.aim();
        }
    }

    fn drop(self, w: &'static Words) {
        let (load, gap) = (self.load.get_untracked(), self.gap.get_untracked());
        self.dropped.set_value(load.is_some());
        self.stop();
        match (load, gap) {
            (Some(Load::Field(key)), Some(gap)) => self.editor.move_to_gap(&key, gap),
            (Some(Load::Kind(kind)), Some(gap)) => self.editor.add(w, kind, Some(gap)),
            _ => {}
        }
    }

    fn stop(self) {
        if let Some(Some(scrolling)) = self.scrolling.try_get_value() {
            scrolling.clear();
        }
        let _ = self.scrolling.try_set_value(None);
        let _ = self.pressed.try_set(None);
        if self.load.try_with_untracked(Option::is_some) == Some(true) {
            self.load.set(None);
            self.gap.set(None);
        }
    }
}

/// What hangs on the pointer.
#[component]
pub fn Ghost(drag: Dragging) -> impl IntoView {
    let w = crate::words::use_words();
    let text = move || {
        drag.load.get().map(|load| match load {
            Load::Field(key) => untrack(|| drag.editor.field(&key)).map(|field| field.label).unwrap_or_default(),
            Load::Kind(kind) => w.form_field_kind(kind).to_owned(),
        })
    };
    let side = move |read: fn((i32, i32)) -> i32| move || format!("{}px", read(drag.point.get()));
    move || {
        text().map(|text| {
            view! {
                <div class="builder__ghost" aria-hidden="true" style=("left", side(|point| point.0)) style=("top", side(|point| point.1))>
                    {text}
                </div>
            }
        })
    }
}
