//! Parts of real tables; rows are written out per feature.

use crate::ui::{Icon, Svg};
use leptos::prelude::*;
use zgoda_domain::list::Direction;

/// The direction after a click on a header: `first`, then the other, then `first` again.
pub fn next_direction(current: Option<Direction>, first: Direction) -> Direction {
    match (current, first) {
        (None, first) => first,
        (Some(Direction::Asc), _) => Direction::Desc,
        (Some(Direction::Desc), _) => Direction::Asc,
    }
}

/// A column's header that orders the list.
#[component]
pub fn SortHeader(
    #[prop(into)] label: String,
    /// How the list is ordered by this column now.
    #[prop(into)]
    direction: Signal<Option<Direction>>,
    /// The direction of the first click.
    #[prop(default = Direction::Asc)]
    first: Direction,
    #[prop(into)] on_sort: Callback<Direction>,
) -> impl IntoView {
    let aria = move || match direction.get() {
        Some(Direction::Asc) => Some("ascending"),
        Some(Direction::Desc) => Some("descending"),
        None => None,
    };
    view! {
        <th scope="col" aria-sort=aria>
            <button
                type="button"
                class="sort"
                on:click=move |_| on_sort.run(next_direction(direction.get_untracked(), first))
            >
                {label}
                <span class="sort__mark">
                    {move || match direction.get() {
                        Some(Direction::Asc) => Some(view! { <Svg icon=Icon::Up /> }),
                        Some(Direction::Desc) => Some(view! { <Svg icon=Icon::Down /> }),
                        None => None,
                    }}
                </span>
            </button>
        </th>
    }
}

/// Grey rows while a table loads.
#[component]
pub fn SkeletonRows(#[prop(into)] columns: Signal<usize>, #[prop(default = 12)] rows: usize) -> impl IntoView {
    (0..rows)
        .map(|_| {
            view! {
                <tr aria-hidden="true">
                    {move || (0..columns.get()).map(|_| view! { <td><span class="skeleton"></span></td> }).collect_view()}
                </tr>
            }
        })
        .collect_view()
}
