//! Soon.
use leptos::prelude::*;
/// Soon.
#[component]
pub fn ListPage() -> impl IntoView {
    "…"
}
/// Soon.
#[component]
pub fn EditorPage() -> impl IntoView {
    "…"
}
