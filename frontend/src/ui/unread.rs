//! What was typed and cannot be read. For the 31st of February the browser tells an empty value: taken at its word, a date
//! that was mistyped would be taken off the card.

use crate::browser;
use js_sys::Reflect;
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlFormElement, HtmlInputElement};

/// Whether the browser cannot read what stands in an input.
pub fn is_unread(input: &HtmlInputElement) -> bool {
    let bad = Reflect::get(input, &"validity".into()).and_then(|validity| Reflect::get(&validity, &"badInput".into()));
    bad.is_ok_and(|bad| bad.is_truthy())
}

/// Takes over what was typed, but not the emptiness that stands for what cannot be read: written back into the input, it
/// would wipe out what is there.
pub fn take_typed(event: &ev::Event, value: RwSignal<String>) {
    let input = event.target().and_then(|target| target.dyn_into().ok());
    if !input.as_ref().is_some_and(is_unread) {
        value.set(event_target_value(event));
    }
}

/// The inputs within an element that the browser cannot read.
pub fn unread_within(element: &Element) -> Vec<HtmlInputElement> {
    let Ok(inputs) = element.query_selector_all("input") else { return Vec::new() };
    (0..inputs.length()).filter_map(|at| inputs.get(at)?.dyn_into().ok()).filter(is_unread).collect()
}

/// Keeps every form from being sent while something in it cannot be read.
pub fn guard_forms() {
    browser::on_submit(|event| {
        let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else { return };
        if refuse_unread(&form) {
            event.prevent_default();
            event.stop_immediate_propagation();
        }
    });
}

/// Whether something within an element cannot be read; a `TextField` says which then.
pub fn refuse_unread(element: &Element) -> bool {
    let unread = unread_within(element);
    for input in &unread {
        // Has the browser tell the input that it is invalid.
        input.check_validity();
    }
    if !unread.is_empty() {
        browser::focus_first_wrong();
    }
    !unread.is_empty()
}

/// Whether an input is known to hold what cannot be read; what its events call keeps it true.
pub fn watch_unread() -> (RwSignal<bool>, impl Fn(&ev::Event) + Copy) {
    let unread = RwSignal::new(false);
    let look = move |event: &ev::Event| {
        if let Some(now) = event.target().and_then(|target| target.dyn_into().ok()).as_ref().map(is_unread)
            && unread.try_get_untracked().is_some_and(|before| before != now)
        {
            unread.set(now);
        }
    };
    (unread, look)
}
