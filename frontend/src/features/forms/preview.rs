//! The form as a visitor sees it.

use super::editor::Editor;
use crate::words::use_words;
use leptos::prelude::*;
use zgoda_domain::form::{FormField, FormFieldKind};

/// The middle of the editor; a click on a field chooses it.
#[component]
pub fn Preview(editor: Editor) -> impl IntoView {
    let w = use_words();
    let items = move || {
        let definition = editor.definition.get();
        let purposes = editor.purposes.get();
        let wording = |field: &FormField| {
            let id = field.consent?.wording_id;
            purposes.iter().flat_map(|purpose| &purpose.wordings).find(|it| it.id == id).map(|it| it.text.clone())
        };
        definition
            .fields
            .iter()
            .map(|field| {
                let (key, mine) = (field.key.clone(), field.key.clone());
                let on = move || editor.selected.with(|selected| selected.as_ref() == Some(&mine));
                view! {
                    <div class="preview__item" class:preview__item--on=on on:click=move |_| editor.selected.set(Some(key.clone()))>
                        <FieldPreview field=field.clone() wording=wording(field).unwrap_or_default() />
                    </div>
                }
            })
            .collect_view()
    };
    view! {
        <section class="panel" aria-label=w.preview>
            <h2 class="panel__title">{w.preview} <span class="faint">" · " {w.preview_text}</span></h2>
            <div class="preview" lang=move || editor.definition.with(|definition| definition.language.code())>
                <p class="preview__title">{move || editor.definition.with(|definition| definition.title.clone())}</p>
                {items}
                <div>
                    <button type="button" class="button button--primary" tabindex="-1">
                        {move || editor.definition.with(|definition| definition.submit_label.clone())}
                    </button>
                </div>
            </div>
        </section>
    }
}

/// One field as a visitor sees it. A radio with one option is a tick that starts empty and can be taken back.
#[component]
pub fn FieldPreview(field: FormField, #[prop(into, optional)] wording: String) -> impl IntoView {
    let w = use_words();
    let label = field.label.clone();
    let star = field.required.then(|| view! { <span class="field__required">" *"</span> });
    let hint = field.hint.clone().map(|hint| view! { <p class="field__hint">{hint}</p> });
    let tick = |text: String| {
        view! { <label class="tick"><input type="checkbox" class="tick__box" tabindex="-1" /><span>{text}</span></label> }
    };
    let input = |kind: &'static str| view! { <input class="input" type=kind tabindex="-1" /> }.into_any();
    let control = match field.kind {
        FormFieldKind::Heading => return view! { <p class="preview__heading">{label}</p> }.into_any(),
        FormFieldKind::StaticText => return view! { <p class="multiline">{label}</p> }.into_any(),
        FormFieldKind::Hidden => {
            return view! { <p class="preview__hidden">{w.form_hidden} ": " {label}</p> }.into_any();
        }
        FormFieldKind::Checkbox => return view! { <div class="field">{tick(label)} {hint}</div> }.into_any(),
        FormFieldKind::Consent => {
            let text = if wording.is_empty() { label } else { wording };
            return view! { <div class="field">{tick(text)} {hint}</div> }.into_any();
        }
        FormFieldKind::Radio if field.is_single_tick() => {
            return view! {
                <fieldset class="field">
                    <legend class="field__label">{label} {star}</legend>
                    {field.options.into_iter().map(tick).collect_view()}
                    {hint}
                </fieldset>
            }
            .into_any();
        }
        FormFieldKind::Radio => {
            let name = format!("preview-{}", field.key);
            let options = field
                .options
                .into_iter()
                .map(|option| {
                    let name = name.clone();
                    view! { <label class="tick"><input type="radio" class="tick__box" name=name tabindex="-1" /><span>{option}</span></label> }
                })
                .collect_view();
            return view! {
                <fieldset class="field">
                    <legend class="field__label">{label} {star}</legend>
                    <div class="preview__ticks">{options}</div>
                    {hint}
                </fieldset>
            }
            .into_any();
        }
        FormFieldKind::Select => {
            let options = field.options.into_iter().map(|option| view! { <option>{option}</option> }).collect_view();
            view! { <select class="input input--select" tabindex="-1"><option></option>{options}</select> }.into_any()
        }
        FormFieldKind::LongText => {
            view! { <textarea class="input input--area" rows="4" tabindex="-1"></textarea> }.into_any()
        }
        FormFieldKind::ShortText => input("text"),
        FormFieldKind::Email => input("email"),
        FormFieldKind::Phone => input("tel"),
        FormFieldKind::Number => input("number"),
        FormFieldKind::Date => input("date"),
        FormFieldKind::File => input("file"),
    };
    view! { <label class="field"><span class="field__label">{label} {star}</span>{control} {hint}</label> }.into_any()
}
