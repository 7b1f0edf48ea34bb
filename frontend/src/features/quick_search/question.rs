//! What was typed into the box, as a question to the client list: the same fields, so that what was found above is found there.

use crate::session::Restrictions;
use zgoda_domain::{
    client::BuiltinField,
    field_ref::FieldRef,
    quick_search::TRIGRAM,
    search::{Operator, Outline, Row},
};

/// Words that are looked for: each is a condition.
const MOST_WORDS: usize = 5;

/// Every word in the name, or the text in one of the others. Numbers are looked for where numbers stand, an address where it
/// can be one; what the person may not search by is left out.
pub fn question(text: &str, restrictions: &Restrictions) -> Outline {
    let has = |field: BuiltinField, value: &str| {
        Outline::Test(Row {
            field: field.into(),
            operator: Operator::Contains,
            values: vec![value.to_owned()],
            at: None,
        })
    };
    let words: Vec<&str> = text.split_whitespace().take(MOST_WORDS).collect();
    let name = Outline::All(words.iter().map(|word| has(BuiltinField::Name, word)).collect());
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_number = digits >= TRIGRAM && text.chars().all(|it| it.is_ascii_digit() || " +-()./".contains(it));
    let numbers = [BuiltinField::Phone, BuiltinField::MobilePhone, BuiltinField::Nip];
    let others =
        (words.len() == 1).then_some(BuiltinField::Email).into_iter().chain(numbers.into_iter().filter(|_| is_number));
    let others: Vec<Outline> = others
        .filter(|field| restrictions.shows(FieldRef::Builtin(*field)))
        .map(|field| has(field, text.trim()))
        .collect();
    if others.is_empty() { name } else { Outline::Any(std::iter::once(name).chain(others).collect()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zgoda_domain::{access::FieldRestriction, consent::Language, search::Catalogue};

    fn asked(text: &str, hidden: &[BuiltinField]) -> String {
        let hidden = hidden.iter().map(|field| (FieldRef::Builtin(*field), FieldRestriction::Hidden));
        let restrictions = Restrictions(hidden.collect());
        question(text, &restrictions).print(&Catalogue::default().in_language(Language::En))
    }

    #[test]
    fn every_word_of_a_name_or_the_text_elsewhere() {
        assert_eq!(asked("kowal", &[]), r#"name ~ "kowal" or email ~ "kowal""#);
        assert_eq!(asked("jan kow", &[]), r#"name ~ "jan" and name ~ "kow""#);
        assert_eq!(asked(r#"a"b"#, &[]), r#"name ~ "a\"b" or email ~ "a\"b""#);
    }

    #[test]
    fn numbers_where_numbers_stand_and_the_person_may_look() {
        assert_eq!(
            asked("600 100", &[BuiltinField::Email, BuiltinField::Nip]),
            r#"(name ~ "600" and name ~ "100") or phone ~ "600 100" or mobile_phone ~ "600 100""#
        );
        assert_eq!(asked("12", &[]), r#"name ~ "12" or email ~ "12""#);
    }
}
