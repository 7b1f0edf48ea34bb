//! Ticks for a multiple choice.

use crate::ui::Tick;
use leptos::prelude::*;

/// A tick for each option. The chosen ones stand in `value`, one per line, in the field's own order.
#[component]
pub fn OptionTicks(options: Vec<String>, value: RwSignal<String>) -> impl IntoView {
    let all = StoredValue::new(options.clone());
    options
        .into_iter()
        .map(|option| {
            let (mine, changed) = (option.clone(), option.clone());
            let checked = Signal::derive(move || value.with(|text| text.lines().any(|line| line == mine)));
            let on_change = move |on: bool| {
                let old = value.get_untracked();
                let chosen = |other: &str| if other == changed { on } else { old.lines().any(|line| line == other) };
                let new = all
                    .with_value(|all| all.iter().filter(|other| chosen(other)).cloned().collect::<Vec<_>>().join("\n"));
                value.set(new);
            };
            view! { <Tick label=option checked on_change /> }
        })
        .collect_view()
}
