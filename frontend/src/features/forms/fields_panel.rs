//! The list of a form's fields: choosing, moving, removing, adding.

use super::editor::Editor;
use crate::{
    ui::{Icon, Svg},
    words::use_words,
};
use leptos::prelude::*;
use zgoda_domain::form::FormFieldKind;

/// The left side of the editor.
#[component]
pub fn FieldsPanel(editor: Editor) -> impl IntoView {
    let w = use_words();
    let dragged = RwSignal::new(None::<String>);
    let keys = move || {
        editor.definition.with(|definition| definition.fields.iter().map(|field| field.key.clone()).collect::<Vec<_>>())
    };
    let empty = move || editor.definition.with(|definition| definition.fields.is_empty());
    let problem = editor.problem(|| Some("/fields".to_owned()));
    let only_list = move || empty().then(|| problem.get()).flatten();
    let buttons = FormFieldKind::ALL
        .iter()
        .copied()
        .map(|kind| view! { <button type="button" class="button" on:click=move |_| editor.add(w, kind)>{w.add_field(kind)}</button> })
        .collect_view();
    view! {
        <div class="builder__side">
            <section class="panel" aria-label=w.fields>
                <h2 class="panel__title">{w.fields}</h2>
                <Show when=empty><p class="faint">{w.no_fields}</p></Show>
                {move || only_list().map(|text| view! { <p class="field__problem">{text}</p> })}
                <ol class="builder__fields">
                    <For each=keys key=Clone::clone let:key><Row editor key dragged /></For>
                </ol>
            </section>
            <section class="panel" aria-label=w.add_field_title>
                <h2 class="panel__title">{w.add_field_title}</h2>
                <div class="builder__add">{buttons}</div>
            </section>
        </div>
    }
}

#[component]
fn Row(editor: Editor, key: String, dragged: RwSignal<Option<String>>) -> impl IntoView {
    let w = use_words();
    let key = StoredValue::new(key);
    let field = Memo::new(move |_| key.with_value(|key| editor.field(key)));
    let label = move || field.get().map(|field| field.label).unwrap_or_default();
    let kind = move || field.get().map(|field| w.form_field_kind(field.kind));
    let on = move || editor.selected.with(|selected| selected.as_deref() == Some(key.get_value().as_str()));
    let wrong = key.with_value(|key| editor.field_problem(key, ""));
    let place = move || key.with_value(|key| editor.position(key));
    let last = move || editor.definition.with(|definition| definition.fields.len().checked_sub(1));
    let named = move |action: &'static str| move || format!("{action}: {}", label());
    view! {
        <li
            class="builder__field"
            class:builder__field--on=on
            class:builder__field--wrong=move || wrong.with(Option::is_some)
            draggable="true"
            on:dragstart=move |_| dragged.set(Some(key.get_value()))
            on:dragover=move |event| event.prevent_default()
            on:drop=move |event| {
                event.prevent_default();
                if let Some(from) = dragged.get_untracked() {
                    key.with_value(|key| editor.drop_at(&from, key));
                }
            }
        >
            <button
                type="button"
                class="builder__name"
                aria-pressed=move || on().to_string()
                on:click=move |_| editor.selected.set(Some(key.get_value()))
            >
                <span>{label}</span>
                <span class="faint">{kind}</span>
            </button>
            <button type="button" class="builder__move" aria-label=named(w.move_up) disabled=move || place() == Some(0) on:click=move |_| key.with_value(|key| editor.shift(key, false))>
                <Svg icon=Icon::Up />
            </button>
            <button type="button" class="builder__move" aria-label=named(w.move_down) disabled=move || place() == last() on:click=move |_| key.with_value(|key| editor.shift(key, true))>
                <Svg icon=Icon::Down />
            </button>
            <button type="button" class="builder__move" aria-label=named(w.delete) on:click=move |_| editor.remove(&key.get_value())>
                <Svg icon=Icon::Trash />
            </button>
        </li>
    }
}
