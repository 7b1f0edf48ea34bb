//! The list of cards that look like one person's.

use super::proposal::Proposal;
use crate::{
    browser,
    data::{Paged, Phase},
    ui::{Empty, Icon, PageHead, PagedTail, Skeleton},
    words::{use_data_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::duplicates::DuplicatePair;

/// Pairs of cards, the surest first.
#[component]
pub fn ListPage() -> impl IntoView {
    let (w, d) = (use_words(), use_data_words());
    browser::set_title(w.duplicates);
    let pairs = Paged::<DuplicatePair>::new(|api, after| async move { api.duplicates(after).await });
    pairs.reload();
    // A page may be short, because what somebody does not see is left out of it.
    let empty = move || pairs.phase.get() == Phase::Ready && pairs.rows.with(Vec::is_empty) && !pairs.has_more();
    view! {
        <PageHead title=w.duplicates text=move || d.duplicates_text />
        <Show when=move || pairs.phase.get() == Phase::Loading><Skeleton lines=6 /></Show>
        <ul class="pairs" aria-label=w.duplicates>
            <For each=move || pairs.rows.get() key=|pair| pair.id let:pair><Proposal pair /></For>
        </ul>
        <Show when=empty>
            <section class="panel"><Empty icon=Icon::Merge title=d.no_duplicates text=d.no_duplicates_text /></section>
        </Show>
        <PagedTail paged=pairs />
    }
}
