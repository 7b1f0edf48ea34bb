//! Rights by module: choosing how far each reaches, and saying it in words.

use crate::{
    data::Sending,
    ui::Choice,
    words::{OfficeWords, use_office_words},
};
use leptos::prelude::*;
use std::collections::BTreeMap;
use zgoda_domain::access::{Module, Right, Scope};

/// What [`RightsGrid`] asks about one right.
#[derive(Clone, Copy)]
pub struct RightsHands {
    /// Values and labels to choose from.
    pub options: Callback<Right, Vec<(String, String)>>,
    pub value: Callback<Right, String>,
    pub choose: Callback<(Right, String)>,
    /// Values that do not stand out.
    pub plain: &'static str,
    /// What to say below a choice.
    pub note: Callback<Right, Option<String>>,
}

/// Every module with its rights, as far as `shown` lets them through.
#[component]
pub fn RightsGrid(hands: RightsHands, shown: fn(Right) -> bool, sending: Sending) -> impl IntoView {
    let o = use_office_words();
    let modules = Module::ALL.iter().filter_map(|module| {
        let rights: Vec<_> =
            Right::ALL.iter().copied().filter(|right| right.module() == *module && shown(*right)).collect();
        let cells = rights.iter().map(|right| cell(o, *right, hands, sending)).collect_view();
        (!rights.is_empty()).then(|| {
            view! {
                <fieldset class="rights__module">
                    <legend class="rights__name">{o.module(*module)}</legend>
                    <div class="rights__cells">{cells}</div>
                </fieldset>
            }
        })
    });
    view! { <div class="rights">{modules.collect_view()}</div> }
}

fn cell(o: &'static OfficeWords, right: Right, hands: RightsHands, sending: Sending) -> impl IntoView {
    let pointer = format!("/definition/rights/{}", right.code());
    let problem = sending.problem(pointer.clone());
    let name = format!("{}: {}", o.module(right.module()), o.right(right));
    let options = Signal::derive(move || hands.options.run(right));
    let value = Signal::derive(move || hands.value.run(right));
    let on_choose = move |chosen| hands.choose.run((right, chosen));
    let marked = Signal::derive(move || value.with(|value| value != hands.plain));
    view! {
        <div class="rights__cell">
            <Choice label=o.right(right) name value options on_choose marked pointer problem />
            {move || hands.note.run(right).map(|text| view! { <p class="rights__note">{text}</p> })}
        </div>
    }
}

/// Rights in words, one line for each module: `Klienci: podgląd (własne), dodawanie`.
pub fn rights_words(o: &OfficeWords, rights: &BTreeMap<Right, Scope>) -> Vec<(&'static str, String)> {
    let modules = Module::ALL.iter().filter(|module| **module != Module::OwnAccount);
    let lines = modules.filter_map(|module| {
        let held = rights.iter().filter(|(right, scope)| right.module() == *module && **scope != Scope::None);
        let words: Vec<_> = held
            .map(|(right, scope)| {
                let name = o.right(*right).to_lowercase();
                if right.is_scoped() { format!("{name} ({})", o.reach(*right, *scope)) } else { name }
            })
            .collect();
        (!words.is_empty()).then(|| (o.module(*module), words.join(", ")))
    });
    lines.collect()
}
