//! The fields of two cards side by side, each with the choice of what is taken.

use super::choices::{Pick, Picks, Row, Side};
use crate::{
    ui::{MASK, fresh_id},
    words::{DataWords, Words, use_data_words, use_words},
};
use leptos::prelude::*;

/// Fields that differ with a choice each; those that are the same are folded away.
#[component]
pub fn MergeRows(rows: StoredValue<Vec<Row>>, kept: RwSignal<Side>, picks: RwSignal<Picks>) -> impl IntoView {
    let (w, d) = (use_words(), use_data_words());
    let (differing, same): (Vec<Row>, Vec<Row>) = rows.get_value().into_iter().partition(Row::differs);
    let fixed = differing.iter().any(|row| row.fixed);
    let none = differing.is_empty();
    let count = w.count(same.len() as u64, d.same_fields_n);
    let differing = differing.into_iter().map(|row| view! { <Choosing row kept picks /> }).collect_view();
    let same = same.into_iter().map(|row| {
        let text = row.shown(Side::First).map_or_else(|| MASK.to_owned(), str::to_owned);
        view! { <div class="fact"><dt>{row.label}</dt><dd class="multiline">{text}</dd></div> }
    });
    let same = same.collect_view();
    view! {
        <section class="panel merge">
            <h2 class="panel__title">{d.differing}</h2>
            {none.then(|| view! { <p class="faint">{d.nothing_differs}</p> })}
            {fixed.then(|| view! { <p class="faint">{d.fixed_stays}</p> })}
            <div class="merge__rows">{differing}</div>
            <details class="merge__same">
                <summary>{count}</summary>
                <dl class="facts">{same}</dl>
            </details>
        </section>
    }
}

#[component]
fn Choosing(row: Row, kept: RwSignal<Side>, picks: RwSignal<Picks>) -> impl IntoView {
    let (w, d) = (use_words(), use_data_words());
    let (name, heading) = (fresh_id("pick"), fresh_id("picking"));
    let labelled = heading.clone();
    let pointer = row.pointer();
    let id = crate::ui::field_id(&pointer);
    let row = StoredValue::new(row);
    let chosen = Memo::new(move |_| {
        picks.with(|picks| picks.get(&pointer).copied()).unwrap_or_else(|| row.with_value(|row| row.usual(kept.get())))
    });
    let options = [Pick::One(Side::First), Pick::One(Side::Second), Pick::Both];
    let options =
        options.into_iter().filter(|pick| *pick != Pick::Both || row.with_value(|row| row.joins && !row.fixed));
    let options = options.map(|pick| {
        let name = name.clone();
        let text = row.with_value(|row| text(w, d, row, pick));
        let mark = match pick {
            Pick::One(side) => Some(view! { <span class="merge__side">{d.card_n(side.of(1, 2))}</span> }),
            Pick::Both => None,
        };
        if row.with_value(|row| row.fixed) {
            let stays = move || pick == Pick::One(kept.get());
            return view! {
                <p class="merge__option merge__option--fixed" class:merge__option--on=stays>{mark}<span class="multiline">{text}</span></p>
            }
            .into_any();
        }
        let choose = move |_| {
            picks.update(|picks| {
                picks.insert(row.with_value(Row::pointer), pick);
            });
        };
        view! {
            <label class="merge__option" class:merge__option--on=move || chosen.get() == pick>
                <input type="radio" name=name prop:checked=move || chosen.get() == pick on:change=choose />
                {mark}
                <span class="multiline">{text}</span>
            </label>
        }
        .into_any()
    });
    let options = options.collect_view();
    view! {
        <div class="merge__row" role="group" tabindex="-1" id=id aria-labelledby=labelled>
            <h3 class="merge__label" id=heading>{row.with_value(|row| row.label.clone())}</h3>
            {options}
        </div>
    }
}

fn text(w: &Words, d: &DataWords, row: &Row, pick: Pick) -> String {
    match pick {
        Pick::Both => d.both_texts.to_owned(),
        Pick::One(side) => match row.shown(side) {
            None => format!("{MASK} ({})", w.masked),
            Some("") => w.empty_value.to_owned(),
            Some(text) => text.to_owned(),
        },
    }
}
