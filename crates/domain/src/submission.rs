//! A visitor's answers, checked against the form version that was shown.

use crate::{
    client::{BuiltinField, normalise},
    code::coded_enum,
    form::{FormDefinition, FormField, FormFieldKind},
    id::FormVersionId,
    rule::{Invalids, Rule},
    text::{LongText, ShortText},
};
use chrono::NaiveDate;
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
        if !form.fields.iter().any(|field| field.key == *key && !field.kind.is_decoration()) {
            invalids.add(format!("/answers/{key}"), Rule::Unknown);
        }
    }
    for field in form.fields.iter().filter(|field| !field.kind.is_decoration()) {
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
        FormFieldKind::Heading | FormFieldKind::StaticText => return Err(Rule::Unknown),
    }))
}

/// Consent fields that were ticked. No tick is no consent.
pub fn ticked_consents<'a>(form: &'a FormDefinition, answers: &'a Answers) -> impl Iterator<Item = &'a FormField> {
    form.fields.iter().filter(|field| field.kind == FormFieldKind::Consent && answers.contains_key(&field.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{consent::Language, form_templates::FormTemplate};
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
}
