//! Looks: the accent colour, with what can be read on it, and the letters.

use super::{
    contrast::{BLACK, Colour, MARK, TEXT, WHITE},
    editor::Editor,
    settings::{bound, some},
};
use crate::{
    ui::{Icon, SelectField, Svg, TextField},
    words::use_forms_words,
};
use leptos::prelude::*;
use zgoda_domain::form::FormFont;

/// The colour that the chooser shows while none is chosen: the forms' own.
const USUAL: &str = "#2c55d4";

/// Accent and font.
#[component]
pub fn Looks(editor: Editor) -> impl IntoView {
    let f = use_forms_words();
    let accent = bound(
        editor,
        |it| it.appearance.accent.clone().unwrap_or_default(),
        |it, text| {
            it.appearance.accent = some(&text.to_lowercase());
        },
    );
    let font = bound(
        editor,
        |it| it.appearance.font.code().to_owned(),
        |it, text| {
            it.appearance.font = FormFont::from_code(&text).unwrap_or_default();
        },
    );
    let fonts: Vec<_> = FormFont::ALL.iter().map(|it| (it.code().to_owned(), f.font(*it).to_owned())).collect();
    let colour = Memo::new(move |_| Colour::parse(&accent.get()));
    let shown = move || colour.get().map_or_else(|| USUAL.to_owned(), |_| accent.get());
    let verdict = move || {
        let colour = colour.get()?;
        let line = |name: &str, on: Colour| f.ratio(name, colour.contrast(on), colour.contrast(on) >= TEXT);
        let text = if colour.text() == BLACK { f.button_black } else { f.button_white };
        let pale = colour.contrast(WHITE) < MARK;
        Some(view! {
            <div class="looks__verdict">
                <ul class="field__hint">
                    <li>{line(f.white_text, WHITE)}</li>
                    <li>{line(f.black_text, BLACK)}</li>
                    <li>{text}</li>
                </ul>
                {pale.then(|| view! { <p class="looks__warning"><Svg icon=Icon::Warning />{f.accent_pale}</p> })}
            </div>
        })
    };
    view! {
        <div class="looks">
            <TextField label=f.accent value=accent hint=f.accent_hint pointer="/appearance/accent" problem=editor.problem_at("/appearance/accent") />
            <input type="color" class="looks__colour" aria-label=f.accent_choose prop:value=shown on:input=move |event| accent.set(event_target_value(&event)) />
        </div>
        {verdict}
        <SelectField label=f.font value=font options=Signal::stored(fonts) hint=f.font_hint pointer="/appearance/font" problem=editor.problem_at("/appearance/font") />
    }
}
