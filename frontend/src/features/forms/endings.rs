//! Other endings: by what was answered, another text or another address.

use super::{editor::Editor, settings::some};
use crate::{
    ui::{Choice, Icon, Svg, TextArea, TextField},
    words::{use_forms_words, use_words},
};
use leptos::prelude::*;
use zgoda_domain::form::{Ending, FormDefinition, FormField, FormFieldKind};
use zgoda_domain::form_conduct::MAX_ENDINGS;

/// Whether an ending can depend on this field: its answers are known beforehand.
fn decides(field: &FormField) -> bool {
    field.kind.has_options() || matches!(field.kind, FormFieldKind::Checkbox | FormFieldKind::Consent)
}

/// The answers that a field can have.
fn answers(definition: &FormDefinition, key: &str) -> Vec<String> {
    match definition.fields.iter().find(|field| field.key == key) {
        Some(field) if field.kind.has_options() => field.options.clone(),
        Some(_) => vec!["true".to_owned()],
        None => Vec::new(),
    }
}

/// The list of endings; the first that fits is taken.
#[component]
pub fn Endings(editor: Editor) -> impl IntoView {
    let f = use_forms_words();
    let number = Memo::new(move |_| editor.definition.with(|it| it.endings.len()));
    let possible = Memo::new(move |_| editor.definition.with(|it| it.fields.iter().any(decides)));
    // Rises when endings change places, so that the rows show what stands there now.
    let order = RwSignal::new(0u32);
    let none_more = move || !possible.get() || number.get() >= MAX_ENDINGS;
    let add = move |_| {
        editor.definition.update(|it| {
            let Some(field) = it.fields.iter().find(|field| decides(field)).map(|field| field.key.clone()) else {
                return;
            };
            let answer = answers(it, &field).into_iter().next().unwrap_or_default();
            let thank_you = it.thank_you.clone();
            it.endings.push(Ending { field, answer, thank_you, redirect_url: None });
        });
    };
    view! {
        <p class="field__hint">{f.endings_text}</p>
        {move || {
            order.track();
            (0..number.get()).map(|at| untrack(|| view! { <One editor at order /> })).collect_view()
        }}
        <Show when=move || !possible.get()><p class="field__hint">{f.endings_impossible}</p></Show>
        <div>
            <button type="button" class="button button--small" id="field-endings" disabled=none_more on:click=add>
                <Svg icon=Icon::Plus />{f.add_ending}
            </button>
        </div>
    }
}

#[component]
fn One(editor: Editor, at: usize, order: RwSignal<u32>) -> impl IntoView {
    let (w, f) = (use_words(), use_forms_words());
    let read = move |read: fn(&Ending) -> String| {
        Signal::derive(move || editor.definition.with(|it| it.endings.get(at).map(read).unwrap_or_default()))
    };
    let change = move |change: &dyn Fn(&mut Ending)| {
        editor.definition.update(|it| {
            if let Some(ending) = it.endings.get_mut(at) {
                change(ending);
            }
        });
    };
    let text = |first: fn(&Ending) -> String, write: fn(&mut Ending, String)| {
        super::settings::bound(
            editor,
            move |it| it.endings.get(at).map(first).unwrap_or_default(),
            move |it, text| {
                if let Some(ending) = it.endings.get_mut(at) {
                    write(ending, text);
                }
            },
        )
    };
    let thank_you = text(|it| it.thank_you.clone(), |it, text| it.thank_you = text);
    let redirect = text(|it| it.redirect_url.clone().unwrap_or_default(), |it, text| it.redirect_url = some(&text));
    let (field, answer) = (read(|it| it.field.clone()), read(|it| it.answer.clone()));
    let fields = Signal::derive(move || {
        let now = field.get();
        editor.definition.with(|it| {
            let usable = it.fields.iter().filter(|field| decides(field) || field.key == now);
            usable.map(|field| (field.key.clone(), field.label.clone())).collect::<Vec<_>>()
        })
    });
    let choices = Signal::derive(move || {
        let (field, now) = (field.get(), answer.get());
        let mut all = editor.definition.with(|it| answers(it, &field));
        if !all.contains(&now) {
            // The option is gone or has another name now: that must be seen.
            all.push(now);
        }
        let ticked =
            |answer: String| if answer == "true" { (answer, f.ticked.to_owned()) } else { (answer.clone(), answer) };
        all.into_iter().map(ticked).collect::<Vec<_>>()
    });
    let choose_field = move |key: String| {
        let first = editor.definition.with_untracked(|it| answers(it, &key)).into_iter().next().unwrap_or_default();
        change(&|ending| {
            ending.field.clone_from(&key);
            ending.answer.clone_from(&first);
        });
    };
    let choose_answer = move |answer: String| change(&|ending| ending.answer.clone_from(&answer));
    let turn = move |change: &dyn Fn(&mut Vec<Ending>)| {
        editor.definition.update(|it| change(&mut it.endings));
        order.update(|order| *order = order.wrapping_add(1));
    };
    let pointer = move |part: &str| format!("/endings/{at}/{part}");
    let problem = move |part: &'static str| editor.problem(move || Some(pointer(part)));
    let name = f.ending(at + 1);
    let named = |action: &str| format!("{action}: {name}");
    let (up, gone) = (named(w.move_up), named(w.delete));
    view! {
        <fieldset class="ending">
            <legend class="field__label">{name}</legend>
            <div class="ending__when">
                <Choice label=f.ending_field value=field options=fields on_choose=choose_field pointer=pointer("field") problem=problem("field") />
                <Choice label=f.ending_answer value=answer options=choices on_choose=choose_answer pointer=pointer("answer") problem=problem("answer") />
            </div>
            <TextArea label=f.ending_text value=thank_you rows=2 pointer=pointer("thank_you") problem=problem("thank_you") />
            <TextField label=f.ending_redirect value=redirect kind="url" hint=w.redirect_hint pointer=pointer("redirect_url") problem=problem("redirect_url") />
            <div class="marks">
                <button type="button" class="button button--small" aria-label=up disabled={at == 0} on:click=move |_| turn(&|endings| endings.swap(at, at.saturating_sub(1)))>
                    <Svg icon=Icon::Up />{w.move_up}
                </button>
                <button type="button" class="button button--small" aria-label=gone on:click=move |_| turn(&|endings| { endings.remove(at); })>
                    <Svg icon=Icon::Trash />{w.delete}
                </button>
            </div>
        </fieldset>
    }
}
