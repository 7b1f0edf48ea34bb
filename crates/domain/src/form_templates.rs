//! Forms to start from, in Polish and English.

use crate::{
    client::BuiltinField,
    code::coded_enum,
    consent::Language,
    field_ref::FieldRef,
    form::{FileRules, FormDefinition, FormField, FormFieldKind, Mapping},
};

coded_enum!(
    /// What a new form starts as.
    FormTemplate {
        Empty = "empty",
        Contact = "contact",
        /// Confirmed by mail before anything becomes of it.
        Newsletter = "newsletter",
        Event = "event",
        Quote = "quote",
        /// A request under Art. 15 to 21 GDPR.
        SubjectRequest = "subject_request",
    }
);

/// Writes in the form's language.
#[derive(Clone, Copy)]
struct Say(Language);

impl Say {
    fn say(self, pl: &str, en: &str) -> String {
        match self.0 {
            Language::Pl => pl.to_owned(),
            Language::En => en.to_owned(),
        }
    }

    fn name(self) -> FormField {
        required(field("name", FormFieldKind::ShortText, self.say("Imię i nazwisko", "Full name"), BuiltinField::Name))
    }

    fn email(self) -> FormField {
        let label = self.say("Adres e-mail", "E-mail address");
        required(field("email", FormFieldKind::Email, label, BuiltinField::Email))
    }

    fn phone(self) -> FormField {
        field("phone", FormFieldKind::Phone, self.say("Telefon", "Phone"), BuiltinField::Phone)
    }

    fn note(self, pl: &str, en: &str) -> FormField {
        field("message", FormFieldKind::LongText, self.say(pl, en), BuiltinField::Note)
    }
}

fn field(key: &str, kind: FormFieldKind, label: String, target: impl Into<Option<BuiltinField>>) -> FormField {
    FormField {
        key: key.to_owned(),
        kind,
        label,
        hint: None,
        required: false,
        options: Vec::new(),
        target: target.into().map(FieldRef::Builtin),
        consent: None,
        file: None,
    }
}

fn required(field: FormField) -> FormField {
    FormField { required: true, ..field }
}

fn contact(it: Say) -> Vec<FormField> {
    vec![it.name(), it.email(), it.phone(), required(it.note("Wiadomość", "Message"))]
}

fn newsletter(it: Say) -> Vec<FormField> {
    let label = it.say("Imię", "First name");
    vec![field("first_name", FormFieldKind::ShortText, label, BuiltinField::FirstName), it.email()]
}

fn event(it: Say) -> Vec<FormField> {
    let meal = FormField {
        options: vec![
            it.say("Mięsny", "With meat"),
            it.say("Wegetariański", "Vegetarian"),
            it.say("Wegański", "Vegan"),
        ],
        ..field("meal", FormFieldKind::Select, it.say("Posiłek", "Meal"), None)
    };
    vec![it.name(), it.email(), it.phone(), meal, it.note("Uwagi", "Remarks")]
}

fn quote(it: Say) -> Vec<FormField> {
    let until = field("until", FormFieldKind::Date, it.say("Na kiedy", "Needed by"), None);
    let attachment = FormField {
        file: Some(FileRules::default()),
        ..field("attachment", FormFieldKind::File, it.say("Załącznik", "Attachment"), None)
    };
    let wish = required(it.note("Czego dotyczy wycena", "What the quote is for"));
    vec![it.name(), it.email(), it.phone(), wish, until, attachment]
}

/// Goes to no card: who asks may have none, and may not be who they say (Art. 12(6)).
fn subject_request(it: Say) -> Vec<FormField> {
    let rights = [
        ("Dostęp do danych i ich kopia (art. 15)", "Access to the data and a copy of them (Art. 15)"),
        ("Sprostowanie danych (art. 16)", "Rectification (Art. 16)"),
        ("Usunięcie danych (art. 17)", "Erasure (Art. 17)"),
        ("Ograniczenie przetwarzania (art. 18)", "Restriction of processing (Art. 18)"),
        ("Przeniesienie danych (art. 20)", "Data portability (Art. 20)"),
        ("Sprzeciw wobec przetwarzania (art. 21)", "Objection to processing (Art. 21)"),
    ];
    let kind = FormField {
        options: rights.map(|(pl, en)| it.say(pl, en)).into(),
        ..field("right", FormFieldKind::Select, it.say("Czego dotyczy wniosek", "What you ask for"), None)
    };
    let untargeted = |field: FormField| FormField { target: None, ..field };
    vec![
        required(kind),
        untargeted(it.name()),
        FormField {
            hint: Some(it.say(
                "Ten, pod którym nas znasz: na niego odpowiemy.",
                "The one we know you by: that is where we answer.",
            )),
            ..untargeted(it.email())
        },
        untargeted(it.note("Szczegóły", "Details")),
    ]
}

impl FormTemplate {
    /// The definition a new form starts with. Consents are added by hand: they need the company's own wording.
    pub fn definition(self, title: &str, language: Language) -> FormDefinition {
        let it = Say(language);
        let fields = match self {
            Self::Empty => Vec::new(),
            Self::Contact => contact(it),
            Self::Newsletter => newsletter(it),
            Self::Event => event(it),
            Self::Quote => quote(it),
            Self::SubjectRequest => subject_request(it),
        };
        FormDefinition {
            fields,
            mapping: match self {
                Self::Empty => Mapping::Nothing,
                Self::Contact | Self::Newsletter | Self::Event | Self::Quote => Mapping::Client,
                Self::SubjectRequest => Mapping::Email,
            },
            confirm_first: self == Self::Newsletter,
            submit_label: match self {
                Self::Newsletter | Self::Event => it.say("Zapisz się", "Sign up"),
                Self::Empty | Self::Contact | Self::Quote | Self::SubjectRequest => it.say("Wyślij", "Send"),
            },
            thank_you: match self {
                Self::SubjectRequest => it.say(
                    "Dziękujemy, otrzymaliśmy Twój wniosek. Odpowiemy bez zbędnej zwłoki, najpóźniej w ciągu miesiąca.",
                    "Thank you, we have received your request. We will answer without undue delay, within one month at \
                     the latest.",
                ),
                _ => it.say("Dziękujemy, otrzymaliśmy Twoje zgłoszenie.", "Thank you, we have received your message."),
            },
            ..FormDefinition::blank(title, language)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{form::FormContext, rule::Invalids, rule::Rule};

    #[test]
    fn every_template_is_a_sound_draft() {
        let nothing = FormContext { custom_fields: &[], purposes: &[], wordings: &[] };
        for template in FormTemplate::ALL {
            for language in Language::ALL {
                let mut definition = template.definition("Kontakt", *language);
                assert_eq!(definition.check(&nothing), Ok(()));
                if *template == FormTemplate::SubjectRequest {
                    // The month to answer runs (Art. 12(3)): somebody has to be told.
                    assert_eq!(definition.check_complete(&nothing), Err(Invalids::one("/notify", Rule::Required)));
                    definition.notify = vec!["iod@example.com".into()];
                }
                assert_eq!(definition.check_complete(&nothing).is_ok(), *template != FormTemplate::Empty);
            }
        }
    }

    #[test]
    fn a_newsletter_waits_for_its_confirmation() {
        for template in FormTemplate::ALL {
            let definition = template.definition("Kontakt", Language::Pl);
            assert_eq!(definition.confirm_first, *template == FormTemplate::Newsletter);
        }
    }
}
