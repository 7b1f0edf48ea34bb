//! What opens below a button: menus of actions, and panels of choices.

use crate::{
    browser,
    ui::{Icon, Svg, fresh_id},
};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Node};

/// Whether the panel around is open; in the context of what it shows, so that an action can close it.
#[derive(Clone, Copy)]
pub struct CloseMenu(pub RwSignal<bool>);

/// A button that opens a panel below it; Escape, a click elsewhere and leaving it by Tab close it.
#[component]
pub fn Popover(
    /// Shown on the button; also its name unless `name` says otherwise.
    #[prop(into)]
    label: ViewFn,
    #[prop(into, optional)] name: Option<String>,
    #[prop(default = "button")] class: &'static str,
    /// `menu`, or `group` for a panel of choices.
    #[prop(default = "group")]
    role: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let root = NodeRef::<html::Div>::new();
    let button = NodeRef::<html::Button>::new();
    let panel_id = fresh_id("panel");
    let panel_name = name.clone();
    let outside = window_event_listener(ev::click, move |event| {
        let inside = root
            .get_untracked()
            .is_some_and(|root| event.target().is_some_and(|target| root.contains(target.dyn_ref::<Node>())));
        // A clicked element that is no longer on the page was inside a panel that has just changed.
        let gone = event
            .target()
            .and_then(|target| target.dyn_into::<Node>().ok())
            .is_some_and(|target| !target.is_connected());
        if open.get_untracked() && !inside && !gone {
            open.set(false);
        }
    });
    let close = move || {
        open.set(false);
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    };
    // What had the focus may have left the panel.
    let lost = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && open.get_untracked() && browser::focused().is_none() {
            event.prevent_default();
            close();
        }
    });
    on_cleanup(move || {
        outside.remove();
        lost.remove();
    });
    let on_key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Escape" if open.get_untracked() => {
            event.stop_propagation();
            close();
        }
        "ArrowDown" | "ArrowUp" if role == "menu" => {
            event.prevent_default();
            open.set(true);
            if let Some(root) = root.get_untracked() {
                let step = if event.key() == "ArrowDown" { 1 } else { -1 };
                request_animation_frame(move || move_focus(&root, step));
            }
        }
        _ => {}
    };
    let children = StoredValue::new(children);
    let shown_id = panel_id.clone();
    view! {
        <div class="popover" node_ref=root on:keydown=on_key>
            <button
                type="button"
                class=class
                node_ref=button
                aria-haspopup=if role == "menu" { "menu" } else { "true" }
                aria-expanded=move || open.get().to_string()
                aria-controls=move || open.get().then(|| shown_id.clone())
                aria-label=name
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {label.run()}
            </button>
            <Show when=move || open.get()>
                <div class="popover__panel" id=panel_id.clone() role=role aria-label=panel_name.clone()>
                    {
                        provide_context(CloseMenu(open));
                        children.with_value(|children| children())
                    }
                </div>
            </Show>
        </div>
    }
}

fn move_focus(root: &HtmlElement, step: i32) {
    let Ok(items) = root.query_selector_all("[role=menuitem]") else { return };
    let count = i32::try_from(items.length()).unwrap_or(0);
    if count == 0 {
        return;
    }
    let active: Option<Node> = document().active_element().map(Into::into);
    let current = (0..count).find(|at| items.get(at.unsigned_abs()) == active);
    let next = match current {
        Some(at) => (at + step).rem_euclid(count),
        None if step > 0 => 0,
        None => count - 1,
    };
    if let Some(item) = items.get(next.unsigned_abs()).and_then(|item| item.dyn_into::<HtmlElement>().ok()) {
        let _ = item.focus();
    }
}

/// A button that opens a menu of [`MenuItem`]s.
#[component]
pub fn Menu(
    #[prop(into)] label: ViewFn,
    #[prop(into, optional)] name: Option<String>,
    #[prop(default = "button")] class: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    match name {
        Some(name) => view! { <Popover label name class role="menu" children /> }.into_any(),
        None => view! { <Popover label class role="menu" children /> }.into_any(),
    }
}

/// One action of a menu.
#[component]
pub fn MenuItem(
    #[prop(into)] label: String,
    #[prop(optional)] icon: Option<Icon>,
    /// The shortcut that does the same.
    #[prop(optional)]
    keys: Option<&'static str>,
    #[prop(into)] on_select: Callback<()>,
) -> impl IntoView {
    let menu = use_context::<CloseMenu>();
    view! {
        <button
            type="button"
            class="menu__item"
            role="menuitem"
            aria-keyshortcuts=keys
            on:click=move |_| {
                if let Some(CloseMenu(open)) = menu {
                    open.set(false);
                }
                on_select.run(());
            }
        >
            {icon.map(|icon| view! { <Svg icon /> })}
            {label}
            {keys.map(|keys| view! { <kbd class="menu__keys wide-only" aria-hidden="true">{keys}</kbd> })}
        </button>
    }
}
