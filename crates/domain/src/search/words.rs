//! The language's words, in Polish and English. Both are understood everywhere; the reader's are printed.

use super::{Field, Operator, Unit};
use crate::{
    client::{BuiltinField, ClientKind},
    consent::{Channel, ConsentStatus, Language},
    field_ref::FieldRef,
};

/// A word of the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    And,
    Or,
    Not,
    In,
    Is,
    Empty,
    At,
}

/// Every spelling, those that are printed first: Polish, then English.
const KEYWORDS: [(Keyword, &[&str]); 7] = [
    (Keyword::And, &["i", "and", "oraz"]),
    (Keyword::Or, &["lub", "or"]),
    (Keyword::Not, &["nie", "not"]),
    (Keyword::In, &["w", "in"]),
    (Keyword::Is, &["jest", "is"]),
    (Keyword::Empty, &["puste", "empty", "pusty", "pusta"]),
    (Keyword::At, &["dnia", "at"]),
];

/// What a consent is asked by.
pub(super) const CONSENT: [&str; 2] = ["zgoda", "consent"];
pub(super) const TODAY: [&str; 4] = ["dziś", "today", "dzisiaj", "dzis"];
pub(super) const ME: [&str; 4] = ["ja", "me", "mnie", "mój"];

/// How a person is marked whose account is deactivated.
pub(super) const FORMER: [&str; 2] = ["nieaktywne konto", "deactivated"];

pub(super) fn in_language<'a>(words: &[&'a str], language: Language) -> &'a str {
    let at = match language {
        Language::Pl => 0,
        Language::En => 1,
    };
    words.get(at).or(words.first()).copied().unwrap_or_default()
}

pub(super) fn is_one_of(word: &str, words: &[&str]) -> bool {
    let word = word.to_lowercase();
    words.contains(&word.as_str())
}

impl Keyword {
    pub(super) fn read(word: &str) -> Option<Self> {
        KEYWORDS.iter().find(|(_, words)| is_one_of(word, words)).map(|(keyword, _)| *keyword)
    }

    pub(super) fn word(self, language: Language) -> &'static str {
        KEYWORDS.iter().find(|(it, _)| *it == self).map_or("", |(_, words)| in_language(words, language))
    }
}

/// Words of the grammar in that language; signs stay what they are.
pub(super) fn spoken(text: &str, language: Language) -> String {
    let words: Vec<&str> =
        text.split(' ').map(|word| Keyword::read(word).map_or(word, |keyword| keyword.word(language))).collect();
    words.join(" ")
}

/// A value that has a name in the language: what it is, its Polish and its English word.
pub(super) type Word<T> = (T, &'static str, &'static str);

pub(super) const KINDS: [Word<ClientKind>; 2] =
    [(ClientKind::Person, "osoba", "person"), (ClientKind::Company, "firma", "company")];

pub(super) const STATUSES: [Word<ConsentStatus>; 5] = [
    (ConsentStatus::Requested, "oczekująca", "requested"),
    (ConsentStatus::Given, "wyrażona", "given"),
    (ConsentStatus::Refused, "odmówiona", "refused"),
    (ConsentStatus::Withdrawn, "wycofana", "withdrawn"),
    (ConsentStatus::Expired, "wygasła", "expired"),
];

/// As the list shows them; understood, and printed as above.
pub(super) const STATUSES_SHOWN: [Word<ConsentStatus>; 2] =
    [(ConsentStatus::Given, "udzielona", "granted"), (ConsentStatus::Requested, "oczekuje", "awaiting")];

pub(super) const CHANNELS: [Word<Channel>; 5] = [
    (Channel::General, "ogólna", "general"),
    (Channel::Email, "e-mail", "email"),
    (Channel::Sms, "SMS", "sms"),
    (Channel::Phone, "telefon", "phone"),
    (Channel::Post, "poczta", "post"),
];

pub(super) const FLAGS: [Word<bool>; 4] =
    [(true, "tak", "yes"), (false, "nie", "no"), (true, "prawda", "true"), (false, "fałsz", "false")];

pub(super) const UNITS: [Word<Unit>; 4] =
    [(Unit::Day, "d", "d"), (Unit::Week, "t", "w"), (Unit::Month, "m", "m"), (Unit::Year, "r", "y")];

pub(super) fn word_of<T: Copy + PartialEq>(words: &[Word<T>], value: T, language: Language) -> &'static str {
    words.iter().find(|(it, ..)| *it == value).map_or("", |(_, polish, english)| match language {
        Language::Pl => polish,
        Language::En => english,
    })
}

pub(super) fn read_word<T: Copy>(words: &[Word<T>], raw: &str) -> Option<T> {
    let raw = raw.to_lowercase();
    let same = |word: &str| word.to_lowercase() == raw;
    words.iter().find(|(_, polish, english)| same(polish) || same(english)).map(|(value, ..)| *value)
}

/// What a field is called, Polish and English.
pub(super) const fn labels(field: Field) -> (&'static str, &'static str) {
    match field {
        Field::Kind => ("Rodzaj", "Kind"),
        Field::Owner => ("Opiekun", "Owner"),
        Field::Department => ("Dział", "Department"),
        Field::Tag => ("Tag", "Tag"),
        Field::Consent { .. } => ("Zgoda", "Consent"),
        Field::Card(FieldRef::Custom(_)) => ("", ""),
        Field::Card(FieldRef::Builtin(field)) => match field {
            BuiltinField::Name => ("Nazwa", "Name"),
            BuiltinField::FirstName => ("Imię", "First name"),
            BuiltinField::LastName => ("Nazwisko", "Last name"),
            BuiltinField::Position => ("Stanowisko", "Position"),
            BuiltinField::Email => ("E-mail", "E-mail"),
            BuiltinField::Phone => ("Telefon", "Phone"),
            BuiltinField::MobilePhone => ("Telefon komórkowy", "Mobile phone"),
            BuiltinField::Website => ("Strona WWW", "Website"),
            BuiltinField::Nip => ("NIP", "NIP"),
            BuiltinField::Regon => ("REGON", "REGON"),
            BuiltinField::Pesel => ("PESEL", "PESEL"),
            BuiltinField::Street => ("Ulica i numer", "Street and number"),
            BuiltinField::PostCode => ("Kod pocztowy", "Post code"),
            BuiltinField::City => ("Miasto", "City"),
            BuiltinField::Country => ("Kraj", "Country"),
            BuiltinField::Note => ("Notatka", "Note"),
            BuiltinField::ExternalId => ("Identyfikator zewnętrzny", "External id"),
            BuiltinField::CreatedAt => ("Dodano", "Added"),
            BuiltinField::UpdatedAt => ("Zmieniono", "Changed"),
        },
    }
}

/// An operator's sign, or its words.
pub(super) fn operator_text(operator: Operator, language: Language) -> String {
    let word = |keyword: Keyword| keyword.word(language);
    match operator {
        Operator::Eq => "=".to_owned(),
        Operator::Ne => "!=".to_owned(),
        Operator::Lt => "<".to_owned(),
        Operator::Lte => "<=".to_owned(),
        Operator::Gt => ">".to_owned(),
        Operator::Gte => ">=".to_owned(),
        Operator::Contains => "~".to_owned(),
        Operator::NotContains => "!~".to_owned(),
        Operator::In => word(Keyword::In).to_owned(),
        Operator::NotIn => format!("{} {}", word(Keyword::Not), word(Keyword::In)),
        Operator::IsEmpty => format!("{} {}", word(Keyword::Is), word(Keyword::Empty)),
        Operator::IsSet => match language {
            Language::Pl => format!("{} {} {}", word(Keyword::Not), word(Keyword::Is), word(Keyword::Empty)),
            Language::En => format!("{} {} {}", word(Keyword::Is), word(Keyword::Not), word(Keyword::Empty)),
        },
    }
}
