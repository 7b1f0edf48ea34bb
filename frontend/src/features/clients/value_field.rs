//! The labelled control for a value of a field.

use super::{columns::Column, option_ticks::OptionTicks};
use crate::{
    ui::{SelectField, TextArea, TextField, Ticks},
    words::use_words,
};
use leptos::prelude::*;
use zgoda_domain::{client::BuiltinField, custom_field::FieldKind, field_ref::FieldRef};

/// A control by the field's kind; what stands in `value` is emptied for a field of another kind.
#[component]
pub fn ValueField(
    label: &'static str,
    column: Column,
    value: RwSignal<String>,
    hint: &'static str,
    pointer: &'static str,
    problem: Signal<Option<String>>,
) -> impl IntoView {
    let w = use_words();
    value.set(if column.kind == FieldKind::Checkbox { "true".to_owned() } else { String::new() });
    let select = move |options: Vec<(String, String)>| {
        view! { <SelectField label value options=Signal::stored(options) pointer problem /> }.into_any()
    };
    match column.kind {
        FieldKind::Checkbox => {
            select(vec![("true".to_owned(), w.yes.to_owned()), ("false".to_owned(), w.no.to_owned())])
        }
        FieldKind::MultiSelect => view! {
            <Ticks label pointer problem>
                <OptionTicks options=column.options value />
                <p class="field__hint">{hint}</p>
            </Ticks>
        }
        .into_any(),
        FieldKind::Select => {
            let own = column.options.into_iter().map(|option| (option.clone(), option));
            select(std::iter::once((String::new(), w.nothing_chosen.to_owned())).chain(own).collect())
        }
        FieldKind::LongText => view! { <TextArea label value pointer problem hint=hint.to_owned() /> }.into_any(),
        kind => {
            let kind = match kind {
                FieldKind::Date => "date",
                FieldKind::Datetime => "datetime-local",
                _ => "text",
            };
            if column.field == FieldRef::Builtin(BuiltinField::Note) {
                return view! { <TextArea label value pointer problem hint=hint.to_owned() /> }.into_any();
            }
            view! { <TextField label value pointer problem hint=hint.to_owned() kind /> }.into_any()
        }
    }
}
