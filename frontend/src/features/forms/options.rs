//! Opcje: typed or pasted as lines, and put in order one by one.

use super::{
    arrange,
    editor::Editor,
    properties::{bound, lines_of},
};
use crate::{
    ui::{Icon, Svg, TextArea},
    words::{use_forms_words, use_words},
};
use leptos::prelude::*;
use zgoda_domain::form::FormField;

/// The choices of a list or radio field.
#[component]
pub fn Options(editor: Editor, field: FormField) -> impl IntoView {
    let (w, f) = (use_words(), use_forms_words());
    let key = field.key.clone();
    let text = bound(editor, &key, field.options.join("\n"), |field, text| field.options = arrange::lines(&text));
    let problem = editor.field_problem(&key, "/options");
    let single = move || editor.field(&key).is_some_and(|field| field.is_single_tick());
    // The lines are what is edited: the buttons change them, and the text shows it.
    let change = move |change: &dyn Fn(&mut Vec<String>)| {
        let mut options = text.with_untracked(|text| arrange::lines(text));
        change(&mut options);
        text.set(options.join("\n"));
    };
    let add = move |_| {
        change(&|options| {
            let named = |number: usize| format!("{} {number}", w.option);
            let free = (options.len() + 1..).map(named).find(|name| !options.contains(name));
            options.extend(free);
        });
    };
    let rows = move || {
        let options = lines_of(text);
        let last = options.len().saturating_sub(1);
        options
            .into_iter()
            .enumerate()
            .map(|(at, option)| {
                let named = |action: &str| format!("{action}: {option}");
                let (up, down, gone) = (named(w.move_up), named(w.move_down), named(w.delete));
                view! {
                    <li class="options__one">
                        <span>{option}</span>
                        <button type="button" class="builder__move" aria-label=up disabled={at == 0} on:click=move |_| change(&|options| options.swap(at, at.saturating_sub(1)))>
                            <Svg icon=Icon::Up />
                        </button>
                        <button type="button" class="builder__move" aria-label=down disabled={at == last} on:click=move |_| change(&|options| options.swap(at, at + 1))>
                            <Svg icon=Icon::Down />
                        </button>
                        <button type="button" class="builder__move" aria-label=gone on:click=move |_| change(&|options| { options.remove(at); })>
                            <Svg icon=Icon::Trash />
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <TextArea label=w.options value=text hint=f.options_hint problem pointer="/field/options" rows=5 />
        <Show when=single><p class="field__hint">{w.single_tick_hint}</p></Show>
        <div class="options">
            <ul>{rows}</ul>
            <button type="button" class="button button--small" on:click=add><Svg icon=Icon::Plus />{f.add_option}</button>
        </div>
    }
}
