//! The labelled control for a value of a field.

use super::{columns::Column, option_ticks::OptionTicks};
use crate::{
    ui::{SelectField, TextArea, TextField, Ticks},
    words::use_words,
};
use leptos::prelude::*;
use zgoda_domain::{client::BuiltinField, custom_field::FieldKind, field_ref::FieldRef};

/// A control by the field's kind, without a value at first; what stands in `value` is emptied for a field of another kind.
#[component]
pub fn ValueField(
    label: &'static str,
    column: Column,
    value: RwSignal<String>,
    pointer: &'static str,
    problem: Signal<Option<String>>,
) -> impl IntoView {
    let w = use_words();
    value.set(String::new());
    let select = move |options: Vec<(String, String)>| {
        let options = std::iter::once((String::new(), w.choose.to_owned())).chain(options).collect::<Vec<_>>();
        view! { <SelectField label value options=Signal::stored(options) pointer problem /> }.into_any()
    };
    match column.kind {
        FieldKind::Checkbox => {
            select(vec![("true".to_owned(), w.yes.to_owned()), ("false".to_owned(), w.no.to_owned())])
        }
        FieldKind::MultiSelect => view! {
            <Ticks label pointer problem>
                <OptionTicks options=column.options value />
            </Ticks>
        }
        .into_any(),
        FieldKind::Select => select(column.options.into_iter().map(|option| (option.clone(), option)).collect()),
        FieldKind::LongText => view! { <TextArea label value pointer problem /> }.into_any(),
        kind => {
            let kind = match kind {
                FieldKind::Date => "date",
                FieldKind::Datetime => "datetime-local",
                _ => "text",
            };
            if column.field == FieldRef::Builtin(BuiltinField::Note) {
                return view! { <TextArea label value pointer problem /> }.into_any();
            }
            view! { <TextField label value pointer problem kind /> }.into_any()
        }
    }
}
