//! What fields are called in the search, where their names alone do not tell them apart.

use crate::words::Words;
use zgoda_domain::{
    field_ref::FieldRef,
    search::{Completion, CompletionKind, Field, FieldChoice, ValueKind},
};

/// The name with what kind of field it is: `Miasto (pole własne)`.
fn told_apart(w: &Words, label: &str, field: Field) -> String {
    let kind = match field {
        Field::Card(FieldRef::Custom(_)) => w.query_own_field,
        _ => w.query_builtin_field,
    };
    format!("{label} ({kind})")
}

/// What a completion is called. A field that is written by its key shares its name with another one.
pub fn completion_name(w: &Words, item: &Completion) -> String {
    match item.insert.parse::<Field>() {
        Ok(field) if item.kind == CompletionKind::Field && item.label != item.insert => {
            told_apart(w, &item.label, field)
        }
        _ => item.label.clone(),
    }
}

/// What a way to mend a name that two fields share is called.
pub fn repair_name(w: &Words, label: &str, fields: &[FieldChoice]) -> String {
    let known = label.parse::<Field>().ok().and_then(|field| fields.iter().find(|it| it.field == field));
    known.map_or_else(|| label.to_owned(), |it| told_apart(w, &it.label, it.field))
}

/// The fields to choose a condition's from, with their names. A consent is chosen by its purpose: the column that shows it
/// is the same consent once more, and is listed only where it is the `chosen` one.
pub fn choices(w: &Words, fields: &[FieldChoice], chosen: Field) -> Vec<(Field, String)> {
    let by_purpose = fields.iter().any(|it| matches!(it.field, Field::Consent { .. }));
    let twice = |it: &FieldChoice| by_purpose && it.kind == ValueKind::Consent && matches!(it.field, Field::Card(_));
    let shared = |it: &FieldChoice| fields.iter().filter(|other| other.label == it.label).count() > 1;
    let name = |it: &FieldChoice| if shared(it) { told_apart(w, &it.label, it.field) } else { it.label.clone() };
    fields.iter().filter(|it| it.field == chosen || !twice(it)).map(|it| (it.field, name(it))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;
    use zgoda_domain::{
        client::BuiltinField,
        consent::Language,
        id::{FieldId, PurposeId},
    };

    const OWN: Field = Field::Card(FieldRef::Custom(FieldId::from_uuid(Uuid::from_u128(7))));
    const CITY: Field = Field::Card(FieldRef::Builtin(BuiltinField::City));

    fn choice(field: Field, label: &str, kind: ValueKind) -> FieldChoice {
        FieldChoice { field, label: label.to_owned(), kind, operators: Vec::new(), options: Vec::new() }
    }

    #[test]
    fn two_fields_of_one_name_say_which_they_are() {
        let w = Words::of(Language::Pl);
        let fields = [choice(CITY, "Miasto", ValueKind::Text), choice(OWN, "Miasto", ValueKind::Text)];
        assert_eq!(repair_name(w, "city", &fields), "Miasto (pole wbudowane)");
        assert_eq!(repair_name(w, &OWN.to_string(), &fields), "Miasto (pole własne)");
        assert_eq!(repair_name(w, "Umowa", &fields), "Umowa");

        let item = |insert: &str, label: &str| Completion {
            insert: insert.to_owned(),
            label: label.to_owned(),
            kind: CompletionKind::Field,
            operator: None,
        };
        assert_eq!(completion_name(w, &item("city", "Miasto")), "Miasto (pole wbudowane)");
        assert_eq!(completion_name(w, &item(&OWN.to_string(), "Miasto")), "Miasto (pole własne)");
        assert_eq!(completion_name(w, &item("Miasto", "Miasto")), "Miasto");

        let names: Vec<String> = choices(w, &fields, CITY).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["Miasto (pole wbudowane)", "Miasto (pole własne)"]);
    }

    #[test]
    fn a_consent_is_listed_once() {
        let purpose = Field::Consent { purpose: PurposeId::from_uuid(Uuid::from_u128(1)), channel: None };
        let fields = [
            choice(OWN, "Newsletter (email)", ValueKind::Consent),
            choice(purpose, "Zgoda: Newsletter", ValueKind::Consent),
        ];
        let listed = |chosen| choices(Words::of(Language::Pl), &fields, chosen).len();
        assert_eq!((listed(CITY), listed(OWN)), (1, 2));
    }
}
