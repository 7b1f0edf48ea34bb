//! What only the browser can do: focus, files, clipboard, language, colours, randomness.

use leptos::prelude::{document, set_timeout, window};
use std::{fmt::Write, time::Duration};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, BroadcastChannel, Element, Event, File, HtmlAnchorElement, HtmlElement, KeyboardEvent,
    MessageEvent, Url,
};
use zgoda_api_types::accounts::Theme;
use zgoda_domain::consent::Language;

/// Scheme, host and port of this page.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// The address's path.
pub fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// The address's fragment without its `#`.
pub fn fragment() -> String {
    window().location().hash().unwrap_or_default().trim_start_matches('#').to_owned()
}

/// The language before anybody is known: English when the browser asks for it, else Polish.
pub fn preferred_language() -> Language {
    match window().navigator().language() {
        Some(language) if language.starts_with("en") => Language::En,
        _ => Language::Pl,
    }
}

/// Marks the page's language for screen readers and hyphenation.
pub fn set_page_language(language: Language) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", language.code());
    }
}

/// Applies the chosen colours; `None` follows the system.
pub fn set_theme(theme: Option<Theme>) {
    if let Some(root) = document().document_element() {
        let _ = match theme {
            Some(Theme::Light) => root.set_attribute("data-theme", "light"),
            Some(Theme::Dark) => root.set_attribute("data-theme", "dark"),
            None => root.remove_attribute("data-theme"),
        };
    }
}

/// Names the tab. Never personal data: titles stay in the browser's history.
pub fn set_title(title: &str) {
    document().set_title(&format!("{title} · Zgoda"));
}

/// Focuses the first element that matches, once pending changes are on the page.
pub fn focus_soon(selector: &'static str) {
    set_timeout(
        move || {
            if let Ok(Some(found)) = document().query_selector(selector) {
                focus(&found);
            }
        },
        Duration::ZERO,
    );
}

/// Focuses the first field that has a problem: in the open dialog, or else on the page.
pub fn focus_first_wrong() {
    focus_soon(if is_dialog_open() { "dialog[open] [aria-invalid=true]" } else { "[aria-invalid=true]" });
}

/// Focuses the element with this id.
pub fn focus_id(id: &str) {
    if let Some(found) = document().get_element_by_id(id) {
        focus(&found);
    }
}

fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}

/// Hears of every click on a link while the event is on its way down, that is before the router's own listener sees it.
pub fn on_link_click(hear: impl Fn(&HtmlAnchorElement, &Event) + 'static) {
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        let link = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|element| element.closest("a[href]").ok().flatten())
            .and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok());
        if let Some(link) = link {
            hear(&link, &event);
        }
    });
    let _ = document().add_event_listener_with_callback_and_bool("click", listener.as_ref().unchecked_ref(), true);
    listener.forget();
}

/// Hears of every form that is being sent, before anybody who would send it.
pub fn on_submit(hear: impl Fn(&Event) + 'static) {
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| hear(&event));
    let _ = document().add_event_listener_with_callback_and_bool("submit", listener.as_ref().unchecked_ref(), true);
    listener.forget();
}

/// Hears when the browser's Back or Forward was used, before the router's own listener does.
pub fn on_history_step(hear: impl Fn(&Event) + 'static) {
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| hear(&event));
    let _ = window().add_event_listener_with_callback_and_bool("popstate", listener.as_ref().unchecked_ref(), true);
    listener.forget();
}

/// Where the tab is, with everything after the path.
pub fn here() -> String {
    window().location().href().unwrap_or_default()
}

/// Puts an address back into the tab that Back or Forward took it from, without opening anything.
pub fn stay_at(address: &str) {
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(address));
    }
}

/// Hears of every sign of a person: pointer, touch, wheel, keyboard. On the event's way down, where nobody can stop it.
pub fn on_input(hear: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn()>::new(hear);
    for name in ["pointermove", "pointerdown", "wheel", "keydown"] {
        let _ = window().add_event_listener_with_callback_and_bool(name, listener.as_ref().unchecked_ref(), true);
    }
    listener.forget();
}

/// Hears when the tab is looked at again.
pub fn on_return(hear: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn()>::new(move || {
        if !document().hidden() {
            hear();
        }
    });
    let _ = document().add_event_listener_with_callback("visibilitychange", listener.as_ref().unchecked_ref());
    listener.forget();
}

/// What has the focus; the page itself has none.
pub fn focused() -> Option<HtmlElement> {
    document().active_element().filter(|element| element.tag_name() != "BODY")?.dyn_into().ok()
}

/// Whether an element is for typing, so that the keys of a text belong to it.
pub fn takes_text(element: &HtmlElement) -> bool {
    match element.dyn_ref::<web_sys::HtmlInputElement>() {
        Some(input) => !matches!(input.type_().as_str(), "checkbox" | "radio" | "button" | "color"),
        None => element.tag_name() == "TEXTAREA" || element.is_content_editable(),
    }
}

/// Whether a pressed key is nobody's: no text is being typed, no dialog or panel of choices is open, no modifier is held.
pub fn is_free_key(event: &KeyboardEvent) -> bool {
    if event.default_prevented() || event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() {
        return false;
    }
    // Escape belongs to an open panel even where the focus has left it.
    let is_panels =
        event.key() == "Escape" && document().query_selector(".popover__panel").is_ok_and(|it| it.is_some());
    !is_typing(event) && !is_on(event, ".popover__panel, [role=listbox]") && !is_dialog_open() && !is_panels
}

/// Whether a key presses what has the focus: a button, a link, a tick.
pub fn presses(event: &KeyboardEvent) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|element| matches!(element.tag_name().as_str(), "BUTTON" | "A" | "SUMMARY" | "INPUT"))
}

/// Whether the event comes from within an element of this kind.
pub fn is_on(event: &Event, selector: &str) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| element.closest(selector).ok().flatten().is_some())
}

/// The element that an event happened at, and all around it.
pub fn around(event: &Event) -> Vec<Element> {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    std::iter::successors(target, |it| it.parent_element()).collect()
}

/// Whether the group around where an event happened has another input after, or before, that one.
pub fn has_beside(event: &Event, group: &str, backwards: bool) -> bool {
    let Some(element) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return false };
    let Some(inputs) = element.closest(group).ok().flatten().and_then(|it| it.query_selector_all("input").ok()) else {
        return false;
    };
    let edge = if backwards { 0 } else { inputs.length().saturating_sub(1) };
    inputs.get(edge).is_some_and(|edge| !edge.is_same_node(Some(&element)))
}

/// Focuses the link in a client's row.
pub fn focus_row(client: &str) {
    if let Ok(Some(found)) = document().query_selector(&format!("[data-client=\"{client}\"] th a")) {
        focus(&found);
    }
}

/// The same, once pending changes are on the page.
pub fn focus_row_soon(client: String) {
    set_timeout(move || focus_row(&client), Duration::ZERO);
}

/// Gives the focus back to what has it now, wherever a change moves that on the page. Whoever came there by keys is shown
/// the place; whoever points looks at where they are.
pub fn keep_focus() {
    let Some(element) = focused() else { return };
    if element.matches(":focus-visible").unwrap_or(false) {
        return refocus_soon(element);
    }
    set_timeout(
        move || {
            let options = js_sys::Object::new();
            let focus = || -> Result<(), JsValue> {
                js_sys::Reflect::set(&options, &"preventScroll".into(), &true.into())?;
                let focus: js_sys::Function = js_sys::Reflect::get(&element, &"focus".into())?.dyn_into()?;
                focus.call1(&element, &options).map(|_| ())
            };
            let _ = focus();
        },
        Duration::ZERO,
    );
}

/// Whether the window is as narrow as a phone's.
pub fn is_narrow() -> bool {
    window().inner_width().ok().and_then(|width| width.as_f64()).is_some_and(|width| width <= 700.0)
}

/// Whether some text of the page is marked, to be copied.
pub fn has_marked_text() -> bool {
    let read = || -> Result<bool, JsValue> {
        let window = window();
        let get: js_sys::Function = js_sys::Reflect::get(&window, &JsValue::from_str("getSelection"))?.dyn_into()?;
        let marked = get.call0(&window)?;
        Ok(js_sys::Reflect::get(&marked, &JsValue::from_str("isCollapsed"))? == JsValue::FALSE)
    };
    read().unwrap_or(false)
}

/// Whether a key was pressed in something that takes keys itself.
pub fn is_typing(event: &Event) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    element.is_some_and(|element| takes_text(&element) || element.tag_name() == "SELECT")
}

/// Whether a modal dialog covers the page.
pub fn is_dialog_open() -> bool {
    document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// Gives the focus back to an element, once pending changes are on the page.
pub fn refocus_soon(element: HtmlElement) {
    set_timeout(
        move || {
            // Given back by the browser while the element was inert, it has no caret in Chromium: typing does nothing.
            let _ = element.blur();
            focus(&element);
        },
        Duration::ZERO,
    );
}

/// Keeps a text in this entry of the browser's history, and nowhere else: a reload finds it there.
pub fn keep_in_entry(text: Option<&str>) {
    if kept_in_entry().as_deref() != text
        && let Ok(history) = window().history()
    {
        let _ = history.replace_state(&text.map_or(JsValue::NULL, JsValue::from_str), "");
    }
}

/// What this entry of the browser's history keeps.
pub fn kept_in_entry() -> Option<String> {
    window().history().ok()?.state().ok()?.as_string()
}

const HANDED_OVER: &str = "zgoda-handed-over";

/// Leaves a text for the page that this tab loads next.
pub fn hand_over(text: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.set_item(HANDED_OVER, text);
    }
}

/// Takes what the page before left, which is gone then.
pub fn handed_over() -> Option<String> {
    let storage = window().session_storage().ok()??;
    let text = storage.get_item(HANDED_OVER).ok()?;
    let _ = storage.remove_item(HANDED_OVER);
    text
}

/// Loads the page anew.
pub fn reload() {
    let _ = window().location().reload();
}

/// The same person's other tabs.
#[derive(Clone)]
pub struct Tabs(BroadcastChannel);

impl Tabs {
    /// Joins the tabs that speak on the channel `name`; `hear` gets what the others say.
    pub fn join(name: &str, hear: impl Fn(String) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(name).ok()?;
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(word) = event.data().as_string() {
                hear(word);
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        listener.forget();
        Some(Self(channel))
    }

    pub fn tell(&self, word: &str) {
        let _ = self.0.post_message(&JsValue::from_str(word));
    }
}

/// Hands bytes to the person as a file.
pub fn save_file(name: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let kind = BlobPropertyBag::new();
    kind.set_type("application/octet-stream");
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &kind)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The browser reads the blob after the click: let go of it later.
    set_timeout(
        move || {
            let _ = Url::revoke_object_url(&address);
        },
        Duration::from_secs(60),
    );
    Ok(())
}

/// Has the browser fetch a file to save, as it arrives: however large it is, the page holds none of it.
pub fn download(address: &str) -> Result<(), JsValue> {
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(address);
    link.set_download("");
    link.click();
    Ok(())
}

/// The name and the content of a file that the person chose.
pub async fn read_file(file: &File) -> Option<(String, Vec<u8>)> {
    let content = JsFuture::from(file.array_buffer()).await.ok()?;
    Some((file.name(), js_sys::Uint8Array::new(&content).to_vec()))
}

/// Puts text on the clipboard; works only on secure pages, so the outcome is not promised.
pub fn copy(text: &str) {
    let _ = window().navigator().clipboard().write_text(text);
}

/// The browser's own question.
pub fn confirm(question: &str) -> bool {
    window().confirm_with_message(question).unwrap_or(false)
}

/// The name of the browser's time zone, such as `Europe/Warsaw`.
pub fn time_zone() -> String {
    let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new());
    let options = format.resolved_options();
    js_sys::Reflect::get(&options, &JsValue::from_str("timeZone"))
        .ok()
        .and_then(|it| it.as_string())
        .unwrap_or_default()
}

/// A fresh key that makes a repeated creating request harmless.
pub fn idempotency_key() -> String {
    let mut bytes = [0; 16];
    if let Ok(crypto) = window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes.iter().fold(String::new(), |mut key, byte| {
        let _ = write!(key, "{byte:02x}");
        key
    })
}
