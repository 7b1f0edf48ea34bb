//! Short notices of what was done. They stand at the top, where no button is.

use leptos::prelude::*;
use std::time::Duration;

/// The notices shown now.
#[derive(Clone, Copy)]
pub struct Toasts(RwSignal<Vec<(u32, String)>>);

impl Toasts {
    pub fn new() -> Self {
        Self(RwSignal::new(Vec::new()))
    }

    /// Shows a notice for a few seconds.
    pub fn say(self, text: impl Into<String>) {
        let text = text.into();
        let mut id = 0;
        self.0.update(|toasts| {
            id = toasts.last().map_or(0, |(id, _)| id.wrapping_add(1));
            // Said again: the older notice would only repeat it.
            toasts.retain(|(_, other)| *other != text);
            toasts.push((id, text));
        });
        set_timeout(
            move || {
                self.0.try_update(|toasts| toasts.retain(|(other, _)| *other != id));
            },
            Duration::from_secs(5),
        );
    }
}

impl Default for Toasts {
    fn default() -> Self {
        Self::new()
    }
}

/// The notices of the context.
pub fn use_toasts() -> Toasts {
    use_context().unwrap_or_default()
}

/// Where notices appear.
#[component]
pub fn ToastHost() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.0.get() key=|(id, _)| *id let:toast>
                <p class="toast">{toast.1}</p>
            </For>
        </div>
    }
}
