//! Which fields of a card the role takes away.

use super::{draft::RoleDraft, effect::field_name};
use crate::{
    data::Sending,
    ui::Choice,
    words::{use_office_words, use_words},
};
use leptos::prelude::*;
use zgoda_api_types::custom_fields::CustomField;
use zgoda_domain::{
    access::{Access, FieldRestriction, FieldRights},
    client::BuiltinField,
    field_ref::FieldRef,
};

/// A choice for every field that a role can restrict.
#[component]
pub fn FieldRightsGrid(
    draft: RoleDraft,
    #[prop(into)] inherited: Signal<Access>,
    /// What silence of the role means here, in words.
    silence: Signal<&'static str>,
    custom: StoredValue<Vec<CustomField>>,
    sending: Sending,
) -> impl IntoView {
    let (w, o) = (use_words(), use_office_words());
    let known = custom.with_value(|custom| {
        custom
            .iter()
            .filter(|field| field.deleted_at.is_none())
            .map(|field| FieldRef::Custom(field.id))
            .collect::<Vec<_>>()
    });
    let builtin = BuiltinField::ALL.iter().copied().map(FieldRef::Builtin);
    let restrictable =
        builtin.chain(known).filter(|field| FieldRights::can_restrict(*field, FieldRestriction::ReadOnly));
    let cells = restrictable.map(|field| {
        let pointer = format!("/definition/fields/{field}");
        let problem = sending.problem(pointer.clone());
        let label = custom.with_value(|custom| field_name(w, custom, field));
        let options = Signal::derive(move || {
            let by_itself = inherited.with(|access| access.fields().of(field));
            let mut options = vec![(String::new(), format!("{}: {}", silence.get(), o.restriction(by_itself)))];
            let all = FieldRestriction::ALL.iter().rev().filter(|it| FieldRights::can_restrict(field, **it));
            options.extend(all.map(|it| (it.code().to_owned(), o.restriction(*it).to_owned())));
            options
        });
        let value =
            Signal::derive(move || draft.restriction(field).map(FieldRestriction::code).unwrap_or_default().to_owned());
        let on_choose = move |chosen: String| draft.set_restriction(field, FieldRestriction::from_code(&chosen));
        let marked = Signal::derive(move || value.with(|value| !value.is_empty()));
        view! { <div class="rights__cell"><Choice label value options on_choose marked pointer problem /></div> }
    });
    view! { <div class="rights__cells">{cells.collect_view()}</div> }
}
