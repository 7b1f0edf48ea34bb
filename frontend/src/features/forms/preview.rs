//! The form as a visitor sees it: the hosted page's own markup and style sheet, apart from the app's.

use super::{
    editor::Editor,
    marks::{MOON, Mark, PHONE, SCREEN, SUN},
};
use crate::words::{use_forms_words, use_words};
use leptos::{html, portal::Portal, prelude::*};
use zgoda_domain::form::{FormDefinition, FormField, FormFieldKind, FormFont};

/// The middle of the editor; a click on a field chooses it.
#[component]
pub fn Preview(editor: Editor) -> impl IntoView {
    let (w, f) = (use_words(), use_forms_words());
    let narrow = RwSignal::new(false);
    let dark = RwSignal::new(false);
    let choice = move |label: &'static str, path: &'static str, on: RwSignal<bool>, value: bool| {
        view! {
            <button type="button" class="segmented__one" aria-pressed=move || (on.get() == value).to_string() aria-label=label title=label on:click=move |_| on.set(value)>
                <Mark path />
            </button>
        }
    };
    view! {
        <section class="panel builder__preview" aria-label=w.preview>
            <div class="panel__head">
                <h2 class="panel__title">{w.preview}</h2>
                <div class="marks">
                    <span class="segmented" role="group" aria-label=f.preview_width>
                        {choice(f.preview_desktop, SCREEN, narrow, false)}
                        {choice(f.preview_phone, PHONE, narrow, true)}
                    </span>
                    <span class="segmented" role="group" aria-label=f.preview_ground>
                        {choice(f.preview_light, SUN, dark, false)}
                        {choice(f.preview_dark, MOON, dark, true)}
                    </span>
                </div>
            </div>
            <p class="faint">{w.preview_text}</p>
            <Apart narrow dark>
                <Sheet editor definition=editor.definition live=true />
            </Apart>
        </section>
    }
}

/// A version that was published once, to look at.
#[component]
pub fn Frozen(editor: Editor, definition: FormDefinition) -> impl IntoView {
    let definition = RwSignal::new(definition);
    let off = RwSignal::new(false);
    view! { <Apart narrow=off dark=off><Sheet editor definition live=false /></Apart> }
}

/// A shadow tree: neither does the app's style sheet reach in, nor the form's out.
#[component]
fn Apart<V: IntoView + 'static>(
    narrow: RwSignal<bool>,
    dark: RwSignal<bool>,
    children: TypedChildrenFn<V>,
) -> impl IntoView {
    let place = NodeRef::<html::Div>::new();
    let children = children.into_inner();
    view! {
        <div
            class="preview"
            class:preview--narrow=move || narrow.get()
            data-ground=move || if dark.get() { "dark" } else { "light" }
            node_ref=place
        ></div>
        {move || place.get().map(|place| {
            let children = children.clone();
            view! { <Portal mount=place use_shadow=true>{children()}</Portal> }
        })}
    }
}

/// What the fonts of a form are made of. Nothing is downloaded for them.
const fn family(font: FormFont) -> Option<&'static str> {
    match font {
        FormFont::Host => None,
        FormFont::Sans => Some("system-ui, sans-serif"),
        FormFont::Serif => Some("ui-serif, Georgia, Cambria, \"Times New Roman\", serif"),
        FormFont::Monospace => Some("ui-monospace, \"Cascadia Mono\", Menlo, Consolas, monospace"),
    }
}

/// The page of a form. While it is `live`, a click on a field chooses it.
#[component]
fn Sheet(editor: Editor, #[prop(into)] definition: Signal<FormDefinition>, live: bool) -> impl IntoView {
    // The very rule of the hosted page.
    let accent = Memo::new(move |_| {
        definition.with(|it| it.appearance.accent().map(|(colour, text)| (colour.to_owned(), text.css())))
    });
    let ground = move || accent.get().map(|(colour, _)| colour);
    let on_accent = move || accent.get().map(|(_, text)| text);
    let font = move || definition.with(|it| family(it.appearance.font));
    let items = move || {
        let purposes = editor.purposes.get();
        let wording = |field: &FormField| {
            let id = field.consent?.wording_id;
            purposes.iter().flat_map(|purpose| &purpose.wordings).find(|it| it.id == id).map(|it| it.text.clone())
        };
        definition.with(|definition| {
            definition
                .fields
                .iter()
                .map(|field| {
                    let (key, mine) = (field.key.clone(), field.key.clone());
                    let on = move || live && editor.selected.with(|selected| selected.as_ref() == Some(&mine));
                    view! {
                        <div
                            part=move || if on() { "item item-on" } else { "item" }
                            on:click=move |_| if live { editor.selected.set(Some(key.clone())) }
                        >
                            <FieldPreview field=field.clone() wording=wording(field).unwrap_or_default() />
                        </div>
                    }
                })
                .collect_view()
        })
    };
    view! {
        <link rel="stylesheet" href="/f/form.css" />
        <main
            role="none"
            lang=move || definition.with(|it| it.language.code())
            style=("--accent", ground)
            style=("--on-accent", on_accent)
            style=("font-family", font)
        >
            <h1 role="none">{move || definition.with(|it| it.title.clone())}</h1>
            {items}
            <button type="button" tabindex="-1">{move || definition.with(|it| it.submit_label.clone())}</button>
        </main>
    }
}

/// One field as a visitor sees it. A radio with one option is a tick that starts empty and can be taken back.
#[component]
pub fn FieldPreview(field: FormField, #[prop(into, optional)] wording: String) -> impl IntoView {
    let w = use_words();
    let single = field.is_single_tick();
    let FormField { key, kind, label, hint, options, required, .. } = field;
    let star = required.then(|| view! { <abbr title=w.required>" *"</abbr> });
    let hint = hint.map(|hint| view! { <p class="hint">{hint}</p> });
    let id = format!("preview-{key}");
    let input = |kind: &'static str| view! { <input id=id.clone() type=kind tabindex="-1" /> }.into_any();
    let control = match kind {
        FormFieldKind::Heading => return view! { <h2 role="none">{label}</h2> }.into_any(),
        FormFieldKind::StaticText => return view! { <p class="text">{label}</p> }.into_any(),
        FormFieldKind::Hidden => return view! { <p part="hidden">{w.form_hidden} ": " {label}</p> }.into_any(),
        FormFieldKind::Consent => {
            let wording = (!wording.is_empty()).then(|| view! { <p class="wording">{wording}</p> });
            return view! {
                <div class="field tick">
                    <label><input type="checkbox" tabindex="-1" />" "<span><strong>{label}</strong>{star}</span></label>
                    {wording}
                </div>
            }
            .into_any();
        }
        FormFieldKind::Checkbox => {
            return view! {
                <div class="field tick">
                    <label><input type="checkbox" tabindex="-1" />" "<span>{label}{star}</span></label>
                    {hint}
                </div>
            }
            .into_any();
        }
        FormFieldKind::Radio => {
            let name = id;
            let options = options
                .into_iter()
                .map(|option| {
                    let kind = if single { "checkbox" } else { "radio" };
                    view! { <label><input type=kind name=name.clone() tabindex="-1" />" "<span>{option}</span></label> }
                })
                .collect_view();
            return view! { <fieldset class="field"><legend>{label}{star}</legend>{options}{hint}</fieldset> }
                .into_any();
        }
        FormFieldKind::Select => {
            let options = options.into_iter().map(|option| view! { <option>{option}</option> }).collect_view();
            view! { <select id=id.clone() tabindex="-1"><option></option>{options}</select> }.into_any()
        }
        FormFieldKind::LongText => view! { <textarea id=id.clone() rows="5" tabindex="-1"></textarea> }.into_any(),
        FormFieldKind::ShortText => input("text"),
        FormFieldKind::Email => input("email"),
        FormFieldKind::Phone => input("tel"),
        FormFieldKind::Number => input("number"),
        FormFieldKind::Date => input("date"),
        FormFieldKind::File => input("file"),
    };
    view! { <div class="field"><label for=id.clone()>{label}{star}</label>{hint}{control}</div> }.into_any()
}
