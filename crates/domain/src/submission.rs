//! A visitor's answers, checked against the form version that was shown.

use crate::{
    client::{BuiltinField, normalise},
    code::coded_enum,
    consent::Purpose,
    form::{FormDefinition, FormField, FormFieldKind},
    id::FormVersionId,
    rule::{Invalids, Rule},
    text::{LongText, ShortText},
};
use chrono::{NaiveDate, TimeDelta};
use std::collections::BTreeMap;

coded_enum!(
    /// What became of a submission.
    SubmissionStatus {
        /// Kept, and mapped where the form maps.
        Accepted = "accepted",
        /// Names an address we already know: waits for staff, the card is untouched.
        Review = "review",
        /// Staff decided not to use it.
        Dismissed = "dismissed",
        /// Looks like the work of a program: kept apart, changes nothing, and is deleted after a month.
        Spam = "spam",
    }
);

/// A sign-up waits this long for the click in a mail.
pub const SIGNUP_WAITS: TimeDelta = TimeDelta::days(7);

coded_enum!(
    /// Why a submission is taken for the work of a program.
    Suspicion {
        /// The field that no person sees was filled in.
        Decoy = "decoy",
        /// Sent sooner than a person can fill a form in.
        TooQuick = "too_quick",
    }
);

/// Names of the field that no person sees. Programs that fill in forms like them; browsers offer nothing for them.
const DECOYS: [&str; 6] = ["website", "homepage", "site_url", "web_address", "company_site", "blog_url"];

/// Name of the field that no person sees: always the same for a version, never one of its keys.
pub fn decoy_name(version: FormVersionId, form: &FormDefinition) -> String {
    let start = version.as_uuid().as_bytes().iter().fold(0, |sum, byte| sum + usize::from(*byte));
    (0..)
        .map(|turn: usize| {
            let name = DECOYS.get((start + turn) % DECOYS.len()).copied().unwrap_or("website");
            match turn / DECOYS.len() {
                0 => name.to_owned(),
                round => format!("{name}_{round}"),
            }
        })
        .find(|name| form.fields.iter().all(|field| field.key != *name))
        .unwrap_or_default()
}

/// Checked answers by field key; unanswered fields are absent. A tick is stored as its text.
pub type Answers = BTreeMap<String, String>;

/// Checks raw answers; complaints point at `/answers/key`.
pub fn check(form: &FormDefinition, raw: &BTreeMap<String, String>) -> Result<Answers, Invalids> {
    let mut invalids = Invalids::default();
    let mut answers = Answers::new();
    for key in raw.keys() {
        if !form.fields.iter().any(|field| field.key == *key && is_typed(field)) {
            invalids.add(format!("/answers/{key}"), Rule::Unknown);
        }
    }
    for field in form.fields.iter().filter(|field| is_typed(field)) {
        let pointer = format!("/answers/{}", field.key);
        match raw.get(&field.key).map(String::as_str).filter(|text| !text.trim().is_empty()) {
            None if field.required => invalids.add(pointer, Rule::Required),
            None => {}
            Some(text) => {
                if let Some(Some(answer)) = invalids.take(pointer, check_answer(field, text)) {
                    answers.insert(field.key.clone(), answer);
                }
            }
        }
    }
    invalids.or(Some(answers))
}

/// Answered by a text. (A file comes as a part of its own.)
fn is_typed(field: &FormField) -> bool {
    !field.kind.is_decoration() && field.kind != FormFieldKind::File
}

fn check_answer(field: &FormField, text: &str) -> Result<Option<String>, Rule> {
    Ok(Some(match field.kind {
        FormFieldKind::ShortText | FormFieldKind::Hidden => ShortText::parse(text)?.into_string(),
        FormFieldKind::LongText => LongText::parse(text)?.into_string(),
        FormFieldKind::Email => normalise(BuiltinField::Email, text)?,
        FormFieldKind::Phone => normalise(BuiltinField::Phone, text)?,
        FormFieldKind::Number => {
            let number = text.trim().replace(',', ".");
            number.parse::<f64>().ok().filter(|n| n.is_finite()).ok_or(Rule::Malformed)?;
            ShortText::parse(&number)?.into_string()
        }
        FormFieldKind::Date => text.trim().parse::<NaiveDate>().map_err(|_| Rule::Malformed)?.to_string(),
        FormFieldKind::Select | FormFieldKind::Radio => {
            let chosen = ShortText::parse(text)?.into_string();
            if !field.options.contains(&chosen) {
                return Err(Rule::Unknown);
            }
            chosen
        }
        FormFieldKind::Checkbox | FormFieldKind::Consent => match text.trim() {
            "true" | "on" | "1" => "true".to_owned(),
            "false" | "off" | "0" => return if field.required { Err(Rule::Required) } else { Ok(None) },
            _ => return Err(Rule::WrongKind),
        },
        FormFieldKind::File | FormFieldKind::Heading | FormFieldKind::StaticText => return Err(Rule::Unknown),
    }))
}

/// Consent fields that were ticked and whose consent is not given by that: it waits for the click in a mail to the address
/// that was typed. Where the whole submission waits, all of them.
pub fn waiting_consents<'a>(
    form: &'a FormDefinition,
    purposes: &'a [Purpose],
    answers: &'a Answers,
) -> impl Iterator<Item = &'a FormField> {
    let double = |field: &FormField| {
        let item = field.consent.as_ref();
        item.is_some_and(|item| purposes.iter().any(|it| it.id == item.purpose_id && it.double_opt_in))
    };
    ticked_consents(form, answers).filter(move |field| form.confirm_first || double(field))
}

/// Consent fields that were ticked. No tick is no consent.
pub fn ticked_consents<'a>(form: &'a FormDefinition, answers: &'a Answers) -> impl Iterator<Item = &'a FormField> {
    form.fields.iter().filter(|field| field.kind == FormFieldKind::Consent && answers.contains_key(&field.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        consent::{Channel, Language, LawfulBasis},
        form::ConsentItem,
        form_templates::FormTemplate,
        id::{PurposeId, WordingId},
    };
    use chrono::DateTime;
    use proptest::prelude::*;
    use uuid::Uuid;

    #[test]
    fn a_decoy_is_named_like_no_field() {
        let mut form = FormTemplate::Contact.definition("Kontakt", Language::Pl);
        let version = FormVersionId::from_uuid(Uuid::from_u128(7));
        let model = form.fields.first().unwrap().clone();
        let mut names = Vec::new();
        for _ in 0..DECOYS.len() + 2 {
            let name = decoy_name(version, &form);
            assert_eq!(name, decoy_name(version, &form));
            assert!(!names.contains(&name) && form.fields.iter().all(|field| field.key != name), "{name}");
            form.fields.push(FormField { key: name.clone(), ..model.clone() });
            names.push(name);
        }
    }

    fn purpose(n: u8, double_opt_in: bool) -> Purpose {
        Purpose {
            id: PurposeId::generate(DateTime::UNIX_EPOCH, [n; 10]),
            name: ShortText::parse("Newsletter").unwrap(),
            basis: LawfulBasis::Consent,
            is_marketing: true,
            channels: vec![Channel::Email],
            validity_days: None,
            version: 1,
            parent_id: None,
            double_opt_in,
            retired_at: None,
        }
    }

    proptest! {
        #[test]
        fn a_tick_gives_nothing_that_asks_for_a_click(
            asks in proptest::collection::vec((any::<bool>(), any::<bool>()), 0..8),
            confirm_first in any::<bool>(),
        ) {
            let purposes: Vec<Purpose> =
                (0u8..).zip(&asks).map(|(n, (double, _))| purpose(n, *double)).collect();
            let fields = purposes.iter().enumerate().map(|(n, purpose)| FormField {
                key: format!("f{n}"),
                kind: FormFieldKind::Consent,
                label: "Zgoda".into(),
                hint: None,
                required: false,
                options: vec![],
                target: None,
                file: None,
                consent: Some(ConsentItem {
                    purpose_id: purpose.id,
                    channel: Channel::Email,
                    wording_id: WordingId::generate(DateTime::UNIX_EPOCH, [0; 10]),
                }),
            });
            let form = FormDefinition {
                fields: fields.collect(),
                confirm_first,
                ..FormDefinition::blank("Kontakt", Language::Pl)
            };
            let ticked = (0..).zip(&asks).filter(|(_, (_, ticked))| *ticked);
            let answers: Answers = ticked.map(|(n, _): (usize, _)| (format!("f{n}"), "true".into())).collect();
            let waiting: Vec<&str> =
                waiting_consents(&form, &purposes, &answers).map(|field| field.key.as_str()).collect();
            for (n, (double, ticked)) in asks.iter().enumerate() {
                let waits = waiting.contains(&format!("f{n}").as_str());
                prop_assert_eq!(waits, *ticked && (*double || confirm_first));
            }
        }
    }
}
