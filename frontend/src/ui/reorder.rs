//! Dragging the things of one row or column into another order, with a mouse, a pen or a finger.

use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};

/// How far a pointer moves before that is a drag and not a press.
const SLACK: f64 = 6.0;

/// Which way the things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    Across,
    Down,
}

/// A drag under way. The things are the elements with `data-place` within the nearest `data-places`.
#[derive(Clone, Copy)]
pub struct Reorder {
    axis: Axis,
    pressed: StoredValue<Option<(usize, f64)>>,
    /// What is dragged, and before which place it would be put.
    drag: RwSignal<Option<(usize, usize)>>,
    /// A drag has just ended: the click that follows means nothing.
    ended: StoredValue<bool>,
    on_move: Callback<(usize, usize)>,
}

impl Reorder {
    /// `on_move` is told which place is to be taken out and where it is to be put in, counted without it.
    pub fn new(axis: Axis, on_move: impl Fn((usize, usize)) + Send + Sync + 'static) -> Self {
        Self {
            axis,
            pressed: StoredValue::new(None),
            drag: RwSignal::new(None),
            ended: StoredValue::new(false),
            on_move: Callback::new(on_move),
        }
    }

    fn along(self, event: &PointerEvent) -> f64 {
        f64::from(match self.axis {
            Axis::Across => event.client_x(),
            Axis::Down => event.client_y(),
        })
    }

    /// The pointer is pressed on a thing or its handle.
    pub fn press(self, place: usize, event: &PointerEvent) {
        if event.button() == 0 {
            self.pressed.set_value(Some((place, self.along(event))));
        }
    }

    /// The pointer moves.
    pub fn moved(self, event: &PointerEvent) {
        let Some((place, start)) = self.pressed.get_value() else { return };
        let at = self.along(event);
        if self.drag.with_untracked(Option::is_none) {
            if (at - start).abs() < SLACK {
                return;
            }
            if let Some(element) = event.current_target().and_then(|it| it.dyn_into::<Element>().ok()) {
                let _ = element.set_pointer_capture(event.pointer_id());
            }
        }
        event.prevent_default();
        let to = self.place_at(event, at).unwrap_or(place);
        self.drag.set(Some((place, to)));
    }

    /// How many of the things stand before the pointer.
    fn place_at(self, event: &PointerEvent, at: f64) -> Option<usize> {
        let element = event.current_target()?.dyn_into::<Element>().ok()?;
        let places = element.closest("[data-places]").ok()??.query_selector_all("[data-place]").ok()?;
        let before = (0..places.length()).filter(|index| {
            places.get(*index).and_then(|node| node.dyn_into::<Element>().ok()).is_some_and(|thing| {
                let rect = thing.get_bounding_client_rect();
                let middle = match self.axis {
                    Axis::Across => rect.left() + rect.width() / 2.0,
                    Axis::Down => rect.top() + rect.height() / 2.0,
                };
                middle < at
            })
        });
        Some(before.count())
    }

    /// The pointer is let go.
    pub fn release(self) {
        self.pressed.set_value(None);
        let Some((from, before)) = self.drag.get_untracked() else { return };
        self.drag.set(None);
        self.ended.set_value(true);
        set_timeout(
            move || {
                self.ended.try_set_value(false);
            },
            Duration::ZERO,
        );
        let to = if before > from { before - 1 } else { before };
        if to != from {
            self.on_move.run((from, to));
        }
    }

    /// The browser took the pointer away.
    pub fn cancel(self) {
        self.pressed.set_value(None);
        self.drag.set(None);
    }

    /// Whether the click that is being handled only ends a drag.
    pub fn has_just_ended(self) -> bool {
        self.ended.get_value()
    }

    pub fn is_dragged(self, place: usize) -> bool {
        self.drag.get().is_some_and(|(from, _)| from == place)
    }

    /// Whether what is dragged would be put right before this place.
    pub fn lands_before(self, place: usize) -> bool {
        self.drag.get().is_some_and(|(from, to)| to == place && to != from && to != from + 1)
    }
}
