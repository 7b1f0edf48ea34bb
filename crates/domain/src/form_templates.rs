//! Forms to start from: contact and newsletter sign-up, in Polish and English.

use crate::{
    client::BuiltinField,
    code::coded_enum,
    consent::Language,
    field_ref::FieldRef,
    form::{FormDefinition, FormField, FormFieldKind, Mapping},
};

coded_enum!(
    /// What a new form starts as.
    FormTemplate {
        Empty = "empty",
        Contact = "contact",
        Newsletter = "newsletter",
    }
);

impl FormTemplate {
    /// The definition a new form starts with. Consents are added by hand: they need the company's own wording.
    pub fn definition(self, title: &str, language: Language) -> FormDefinition {
        let say = |pl: &str, en: &str| match language {
            Language::Pl => pl.to_owned(),
            Language::En => en.to_owned(),
        };
        let field = |key: &str, kind, label: String, required, target: Option<BuiltinField>| FormField {
            key: key.to_owned(),
            kind,
            label,
            hint: None,
            required,
            options: Vec::new(),
            target: target.map(FieldRef::Builtin),
            consent: None,
        };
        let fields = match self {
            Self::Empty => Vec::new(),
            Self::Contact => vec![
                field(
                    "name",
                    FormFieldKind::ShortText,
                    say("Imię i nazwisko", "Full name"),
                    true,
                    Some(BuiltinField::Name),
                ),
                field(
                    "email",
                    FormFieldKind::Email,
                    say("Adres e-mail", "E-mail address"),
                    true,
                    Some(BuiltinField::Email),
                ),
                field("phone", FormFieldKind::Phone, say("Telefon", "Phone"), false, Some(BuiltinField::Phone)),
                field("message", FormFieldKind::LongText, say("Wiadomość", "Message"), true, Some(BuiltinField::Note)),
            ],
            Self::Newsletter => vec![
                field(
                    "first_name",
                    FormFieldKind::ShortText,
                    say("Imię", "First name"),
                    false,
                    Some(BuiltinField::FirstName),
                ),
                field(
                    "email",
                    FormFieldKind::Email,
                    say("Adres e-mail", "E-mail address"),
                    true,
                    Some(BuiltinField::Email),
                ),
            ],
        };
        FormDefinition {
            fields,
            mapping: if self == Self::Empty { Mapping::Nothing } else { Mapping::Client },
            submit_label: match self {
                Self::Newsletter => say("Zapisz się", "Sign up"),
                Self::Empty | Self::Contact => say("Wyślij", "Send"),
            },
            thank_you: say("Dziękujemy, otrzymaliśmy Twoje zgłoszenie.", "Thank you, we have received your message."),
            ..FormDefinition::blank(title, language)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::FormContext;

    #[test]
    fn every_template_is_a_sound_draft() {
        let nothing = FormContext { custom_fields: &[], purposes: &[], wordings: &[] };
        for template in FormTemplate::ALL {
            for language in Language::ALL {
                let definition = template.definition("Kontakt", *language);
                assert_eq!(definition.check(&nothing), Ok(()));
                assert_eq!(definition.check_complete(&nothing).is_ok(), *template != FormTemplate::Empty);
            }
        }
    }
}
