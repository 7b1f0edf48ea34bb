//! Właściwości pola: the grey panel.

use super::{
    arrange,
    consent::ConsentProperties,
    editor::{Editor, name_id},
    file::Files,
    marks::{Mark, of_kind},
    options::Options,
};
use crate::{
    ui::{Icon, SelectField, Svg, TextArea, TextField, Tick},
    words::{use_forms_words, use_words},
};
use leptos::prelude::*;
use zgoda_domain::{
    client::BuiltinField,
    custom_field::FieldKind,
    field_ref::FieldRef,
    form::{FormField, FormFieldKind},
};

/// The right side of the editor: the chosen field's properties.
#[component]
pub fn Properties(editor: Editor) -> impl IntoView {
    let (w, f) = (use_words(), use_forms_words());
    let key = Memo::new(move |_| editor.selected.get());
    view! {
        <section class="panel builder__properties" aria-label=w.properties>
            <h2 class="panel__title">{w.properties}</h2>
            {move || {
                // Only another field, or one put there from outside, renders the panel anew: typing must not lose the focus.
                editor.revision.track();
                match key.get().and_then(|key| untrack(|| editor.field(&key))) {
                    Some(field) => untrack(|| view! { <Panel editor field /> }.into_any()),
                    None => view! { <p class="faint">{w.properties_empty} " " {f.properties_more}</p> }.into_any(),
                }
            }}
        </section>
    }
}

/// A text of the field as a signal that writes back.
pub fn bound(editor: Editor, key: &str, text: String, write: fn(&mut FormField, String)) -> RwSignal<String> {
    let signal = RwSignal::new(text);
    let key = key.to_owned();
    Effect::new(move |before: Option<()>| {
        let text = signal.get();
        if before.is_some() {
            editor.change(&key, |field| write(field, text));
        }
    });
    signal
}

/// Whether this field asks for consent to marketing: then it must not be required.
fn must_be_free(editor: Editor, key: &str) -> bool {
    let Some(item) = editor.field(key).and_then(|field| field.consent) else { return false };
    editor.purposes.with(|purposes| purposes.iter().any(|it| it.id == item.purpose_id && it.is_marketing))
}

#[component]
fn Panel(editor: Editor, field: FormField) -> impl IntoView {
    let (w, f) = (use_words(), use_forms_words());
    let (kind, key) = (field.kind, field.key.clone());
    let label = bound(editor, &key, field.label.clone(), |field, text| field.label = text);
    let hint = bound(editor, &key, field.hint.clone().unwrap_or_default(), |field, text| {
        field.hint = Some(text).filter(|text| !text.trim().is_empty());
    });
    let target = bound(editor, &key, field.target.map_or_else(String::new, |it| it.to_string()), |field, text| {
        field.target = text.parse().ok();
    });
    let problem = |part| editor.field_problem(&key, part);
    let label_control = match kind {
        FormFieldKind::StaticText => {
            view! { <TextArea label=w.text value=label problem=problem("/label") pointer="/field/label" /> }.into_any()
        }
        _ => view! { <TextField label=w.label value=label problem=problem("/label") pointer="/field/label" /> }
            .into_any(),
    };
    let targets = Signal::derive(move || {
        let builtin = BuiltinField::ALL.into_iter().filter(|field| !field.is_system());
        let mut all = vec![(String::new(), w.nothing_chosen.to_owned())];
        all.extend(builtin.map(|field| (field.key().to_owned(), w.builtin(field).to_owned())));
        editor.fields.with(|fields| {
            let usable = fields.iter().filter(|field| field.deleted_at.is_none() && field.kind != FieldKind::Consent);
            all.extend(usable.map(|field| (FieldRef::Custom(field.id).to_string(), field.name.clone())));
        });
        all
    });
    let asks = !kind.is_decoration();
    let (copied, removed) = (key.clone(), key.clone());
    view! {
        <div class="stack">
            <div class="properties__head">
                <p class="builder__kind"><Mark path=of_kind(kind) />" " {w.form_field_kind(kind)}</p>
                <button type="button" class="button button--small" on:click=move |_| editor.duplicate(&copied)><Svg icon=Icon::Copy />{f.duplicate}</button>
                <button type="button" class="button button--small" on:click=move |_| editor.remove(&removed)><Svg icon=Icon::Trash />{w.delete}</button>
            </div>
            <p class="field__hint">{f.about_kind(kind)}</p>
            {(kind == FormFieldKind::Consent).then(|| view! { <ConsentProperties editor field=field.clone() label /> })}
            {label_control}
            {kind.has_options().then(|| view! { <Options editor field=field.clone() /> })}
            {(kind == FormFieldKind::File).then(|| view! { <Files editor field=field.clone() /> })}
            {(asks && kind != FormFieldKind::Hidden).then(|| view! {
                <TextField label=w.hint value=hint problem=problem("/hint") pointer="/field/hint" />
                <Required editor key=key.clone() />
            })}
            {(asks && !matches!(kind, FormFieldKind::Consent | FormFieldKind::File)).then(|| view! {
                <SelectField label=w.target value=target options=targets hint=w.target_hint problem=problem("/target") pointer="/field/target" />
            })}
            {asks.then(|| view! { <Key editor key=key.clone() /> })}
        </div>
    }
}

/// Wymagane. A consent to marketing says why it cannot be.
#[component]
fn Required(editor: Editor, key: String) -> impl IntoView {
    let w = use_words();
    let refused = editor.field_problem(&key, "/required");
    let (asked, read) = (key.clone(), key.clone());
    let free = Memo::new(move |_| must_be_free(editor, &asked));
    // Said before the server has to.
    let problem =
        Signal::derive(move || refused.get().or_else(|| free.get().then(|| w.rule_consent_must_be_free.to_owned())));
    let required = Signal::derive(move || editor.field(&read).is_some_and(|field| field.required));
    let key = StoredValue::new(key);
    move || {
        // One that is required already can still be put right.
        if free.get() && !required.get() {
            view! {
                <div class="tick">
                    <input class="tick__box" type="checkbox" id="field-field-required" disabled=true aria-describedby="field-free" />
                    <div>
                        <label class="tick__label" for="field-field-required">{w.required}</label>
                        <p class="field__hint" id="field-free">{w.rule_consent_must_be_free}</p>
                    </div>
                </div>
            }
            .into_any()
        } else {
            let on_change = move |on| key.with_value(|key| editor.change(key, |field| field.required = on));
            view! { <Tick label=w.required checked=required problem pointer="/field/required" on_change /> }.into_any()
        }
    }
}

/// The answer's name, for those who read answers with a program. Taken over when the field is left.
#[component]
fn Key(editor: Editor, key: String) -> impl IntoView {
    let (w, f) = (use_words(), use_forms_words());
    let typed = RwSignal::new(key.clone());
    let taken = RwSignal::new(false);
    let wrong = editor.field_problem(&key, "/key");
    let problem = Signal::derive(move || if taken.get() { Some(w.rule_duplicate.to_owned()) } else { wrong.get() });
    let open = move || problem.with(Option::is_some);
    let take = move |_| {
        let new = typed.with_untracked(|typed| typed.trim().to_owned());
        if new == key {
            taken.set(false);
        } else if editor.rename(&key, &new) {
            super::editor::focus_soon(name_id(&new));
        } else {
            taken.set(true);
        }
    };
    view! {
        <details class="advanced" prop:open=open>
            <summary>{f.advanced}</summary>
            <div on:change=take>
                <TextField label=w.answer_key value=typed hint=f.key_hint problem pointer="/field/key" />
            </div>
        </details>
    }
}

/// Lines of a bound text that say something.
pub fn lines_of(text: RwSignal<String>) -> Vec<String> {
    text.with(|text| arrange::lines(text))
}
