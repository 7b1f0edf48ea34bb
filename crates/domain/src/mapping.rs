//! From answers to a card: what a submission sets on a new client, and what it may set on a known one.

use crate::{
    client::{ClientDetails, ClientInput},
    custom_field::{CustomField, CustomValue, CustomValues},
    field_ref::FieldRef,
    form::{FormDefinition, Mapping},
    rule::{Invalids, Rule},
    submission::Answers,
};

/// The card part of a submission.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MappedClient {
    pub input: ClientInput,
    pub custom: CustomValues,
}

/// Applies the form's mapping. An answer its target cannot hold is a complaint at `/answers/key`: nothing is lost
/// silently.
pub fn map_answers(form: &FormDefinition, fields: &[CustomField], answers: &Answers) -> Result<MappedClient, Invalids> {
    let mut invalids = Invalids::default();
    let mut mapped = MappedClient::default();
    for field in &form.fields {
        let (Some(target), Some(answer)) = (field.target, answers.get(&field.key)) else { continue };
        let pointer = format!("/answers/{}", field.key);
        match target {
            FieldRef::Builtin(builtin) => {
                if let Some(text) = invalids.take(pointer, crate::client::normalise(builtin, answer)) {
                    mapped.input.set(builtin, Some(text));
                }
            }
            FieldRef::Custom(id) => {
                // A field deleted since the form was published: the answer stays in the submission.
                let Some(custom) = fields.iter().find(|field| field.id == id) else { continue };
                if let Some(Some(value)) = invalids.take(pointer, CustomValue::from_text(custom, answer)) {
                    mapped.custom.insert(id, value.to_json());
                }
            }
        }
    }
    let names = form.fields.iter().filter(|field| field.names_the_client());
    if form.mapping == Mapping::Client && names.clone().all(|field| !answers.contains_key(&field.key)) {
        // There would be no card to find anybody by; whoever left it all empty is told where.
        for field in names {
            invalids.add(format!("/answers/{}", field.key), Rule::Required);
        }
    }
    invalids.or(Some(mapped))
}

/// What an accepted submission adds to a known card: only fields that are still empty.
pub fn fill_gaps(card: &ClientDetails, custom: &CustomValues, mapped: &MappedClient) -> (ClientInput, CustomValues) {
    let mut input = card.as_input().clone();
    for field in crate::client::BuiltinField::ALL {
        if input.get(field).is_none()
            && let Some(text) = mapped.input.get(field)
        {
            input.set(field, Some(text.to_owned()));
        }
    }
    let mut values = custom.clone();
    for (id, value) in &mapped.custom {
        values.entry(*id).or_insert_with(|| value.clone());
    }
    (input, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        client::BuiltinField,
        consent::Language,
        custom_field::FieldKind,
        form::{FormField, FormFieldKind, Mapping},
        id::FieldId,
        rule::Rule,
        submission,
        text::ShortText,
    };
    use chrono::DateTime;
    use proptest::prelude::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn custom(kind: FieldKind) -> CustomField {
        CustomField {
            id: FieldId::generate(DateTime::UNIX_EPOCH, [9; 10]),
            name: ShortText::parse("Zgoda").unwrap(),
            kind,
            options: vec![],
            sensitive: false,
            consent: None,
            position: 0,
        }
    }

    fn form(radio_target: FieldId) -> FormDefinition {
        let field = |key: &str, kind, target| FormField {
            key: key.into(),
            kind,
            label: key.into(),
            hint: None,
            required: false,
            options: vec![],
            target: Some(target),
            consent: None,
            file: None,
        };
        let mut radio = field("zgoda", FormFieldKind::Radio, FieldRef::Custom(radio_target));
        radio.options = vec!["Zgoda na przetwarzanie danych".into()];
        FormDefinition {
            fields: vec![field("email", FormFieldKind::Email, FieldRef::Builtin(BuiltinField::Email)), radio],
            mapping: Mapping::Client,
            submit_label: "Wyślij".into(),
            thank_you: "Dziękujemy".into(),
            ..FormDefinition::blank("Kontakt", Language::Pl)
        }
    }

    fn raw(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_radios_tick_reaches_a_text_field_and_a_checkbox() {
        for (kind, expected) in
            [(FieldKind::ShortText, json!("Zgoda na przetwarzanie danych")), (FieldKind::Checkbox, json!(true))]
        {
            let zgoda = custom(kind);
            let form = form(zgoda.id);
            let answers = submission::check(
                &form,
                &raw(&[("email", "a@example.com"), ("zgoda", "Zgoda na przetwarzanie danych")]),
            )
            .unwrap();
            let mapped = map_answers(&form, std::slice::from_ref(&zgoda), &answers).unwrap();
            assert_eq!(mapped.custom.get(&zgoda.id), Some(&expected));
        }
    }

    #[test]
    fn no_tick_sets_nothing() {
        let zgoda = custom(FieldKind::Checkbox);
        let form = form(zgoda.id);
        let answers = submission::check(&form, &raw(&[("email", "a@example.com"), ("zgoda", "")])).unwrap();
        assert!(map_answers(&form, &[zgoda], &answers).unwrap().custom.is_empty());
    }

    #[test]
    fn whoever_leaves_every_name_empty_is_told_where() {
        let form = form(custom(FieldKind::Checkbox).id);
        let answers = submission::check(&form, &raw(&[])).unwrap();
        assert_eq!(map_answers(&form, &[], &answers), Err(Invalids::one("/answers/email", Rule::Required)));
        let stored = FormDefinition { mapping: Mapping::Nothing, ..form };
        assert!(map_answers(&stored, &[], &answers).is_ok());
    }

    #[test]
    fn an_answer_nobody_asked_for_is_refused() {
        let form = form(custom(FieldKind::Checkbox).id);
        let complaints = submission::check(&form, &raw(&[("admin", "1")])).unwrap_err();
        assert_eq!(complaints, Invalids::one("/answers/admin", Rule::Unknown));
    }

    proptest! {
        #[test]
        fn a_known_cards_values_are_never_overwritten(name in "[a-z]{1,9}", city in "[a-z]{0,9}", new_city in "[a-z]{1,9}") {
            let input = ClientInput { name: Some(name), city: Some(city.clone()).filter(|c| !c.is_empty()), ..ClientInput::default() };
            let card = ClientDetails::parse(&input).unwrap();
            let mapped = MappedClient {
                input: ClientInput { name: Some("other".into()), city: Some(new_city.clone()), ..ClientInput::default() },
                custom: CustomValues::new(),
            };
            let (filled, _) = fill_gaps(&card, &CustomValues::new(), &mapped);
            prop_assert_eq!(filled.name.as_deref(), Some(card.name()));
            prop_assert_eq!(filled.city, Some(if city.is_empty() { new_city } else { city }));
        }
    }
}
