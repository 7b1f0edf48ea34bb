//! The keys of the page that is shown, and `?`, which shows them.

use crate::{browser, ui::Dialog, words::use_words};
use leptos::{ev, prelude::*};
use std::sync::atomic::{AtomicU32, Ordering};

/// The key without a sign of its own; every language has a name for it.
pub const SPACE: &str = " ";

/// What some keys do.
pub type KeyRow = (&'static [&'static str], &'static str);

/// The groups of keys that work now.
#[derive(Clone, Copy)]
pub struct Keys(RwSignal<Vec<(u32, &'static str, Vec<KeyRow>)>>);

impl Keys {
    pub fn new() -> Self {
        Self(RwSignal::new(Vec::new()))
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

/// Names the keys that work for as long as the caller is shown.
pub fn use_keys(title: &'static str, rows: Vec<KeyRow>) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let Some(Keys(groups)) = use_context::<Keys>() else { return };
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    groups.update(|groups| groups.push((id, title, rows)));
    on_cleanup(move || {
        groups.try_update(|groups| groups.retain(|(other, ..)| *other != id));
    });
}

/// Shows all keys when `?` is pressed.
#[component]
pub fn KeysHelp() -> impl IntoView {
    let open = RwSignal::new(false);
    let listener = window_event_listener(ev::keydown, move |event| {
        if event.key() == "?" && browser::is_free_key(&event) {
            event.prevent_default();
            open.set(true);
        }
    });
    on_cleanup(move || listener.remove());
    move || open.get().then(|| view! { <Help on_close=move |()| open.set(false) /> })
}

#[component]
fn Help(#[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let w = use_words();
    let everywhere: Vec<KeyRow> =
        vec![(&["/"], w.key_search), (&["?"], w.key_help), (&["Ctrl", "Shift", "L"], w.lock_now), (&["Esc"], w.close)];
    let groups = use_context::<Keys>().map(|Keys(groups)| groups.get_untracked()).unwrap_or_default();
    let all = groups.into_iter().map(|(_, title, rows)| (title, rows)).chain([(w.keys_everywhere, everywhere)]);
    let shown = all
        .map(|(title, rows)| {
            let rows = rows.into_iter().map(|(keys, what)| {
                let keys = keys
                    .iter()
                    .map(|key| {
                        let key = if *key == SPACE { w.key_space } else { key };
                        view! { <kbd class="key">{key}</kbd> }
                    })
                    .collect_view();
                view! { <div class="keys__row"><dt>{what}</dt><dd>{keys}</dd></div> }
            });
            view! {
                <section class="keys__group">
                    <h3 class="keys__title">{title}</h3>
                    <dl>{rows.collect_view()}</dl>
                </section>
            }
        })
        .collect_view();
    view! {
        <Dialog title=w.keys wide=true on_close>
            <div class="keys">{shown}</div>
        </Dialog>
    }
}
