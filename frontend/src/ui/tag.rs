//! A tag as it is seen everywhere.

use leptos::prelude::*;
use zgoda_api_types::tags::Tag;

/// A tag's name in its colour.
#[component]
pub fn TagMark(tag: Tag) -> impl IntoView {
    view! { <span class=format!("client-tag client-tag--{}", tag.colour.code())>{tag.name}</span> }
}
