//! A query as rows of conditions, for a builder: values are text, as a person types them.

use super::{
    Catalogue, Field, Node, Operator, Query, Test, Value, ValueKind,
    catalogue::Entry,
    parser::is_day,
    print::{Printer, quoted},
    problem::is_bare,
    words::{self, Keyword, in_language, word_of},
};
use crate::email::unescaped;
use serde::{Deserialize, Serialize};

/// A query as rows of conditions. As it is edited, so perhaps unfinished.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = QueryOutline))]
pub enum Outline {
    /// All hold.
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    All(Vec<Outline>),
    /// At least one holds.
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    Any(Vec<Outline>),
    /// The opposite holds.
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    Not(Box<Outline>),
    Test(Row),
}

/// One condition.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = QueryRow))]
pub struct Row {
    pub field: Field,
    pub operator: Operator,
    /// None for `is_empty` and `is_set`, several for `in` and `not_in`, one for all others. Texts stand as they are; names,
    /// numbers and days as the language has them, without quotation marks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Of a consent: asks for its state at the end of that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// A field that conditions can be made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = QueryField))]
pub struct FieldChoice {
    pub field: Field,
    pub label: String,
    pub kind: ValueKind,
    pub operators: Vec<Operator>,
    /// The values to choose from; empty where anything can be typed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
}

/// A value to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = QueryChoice))]
pub struct Choice {
    /// As a row has it.
    pub value: String,
    pub label: String,
}

/// Values are personal data: they never reach a log by accident.
impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} …", self.field, self.operator.code())
    }
}

impl std::fmt::Debug for Outline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All(members) => f.debug_tuple("All").field(members).finish(),
            Self::Any(members) => f.debug_tuple("Any").field(members).finish(),
            Self::Not(inner) => f.debug_tuple("Not").field(inner).finish(),
            Self::Test(row) => row.fmt(f),
        }
    }
}

impl Query {
    /// The query as rows in the catalogue's language; `None` for the one that finds everything. [`Outline::print`] and
    /// [`super::parse`] make the same query of it.
    pub fn outline(&self, catalogue: &Catalogue) -> Option<Outline> {
        self.root().map(|root| outline(root, &Printer::new(catalogue)))
    }
}

fn outline(node: &Node, printer: &Printer<'_>) -> Outline {
    let members = |members: &[Node]| members.iter().map(|member| outline(member, printer)).collect();
    match node {
        Node::All(parts) => Outline::All(members(parts)),
        Node::Any(parts) => Outline::Any(members(parts)),
        Node::Not(inner) => Outline::Not(Box::new(outline(inner, printer))),
        Node::Test(Test { field, operator, values, at }) => Outline::Test(Row {
            field: *field,
            operator: *operator,
            values: values.iter().map(|value| plain(value, printer)).collect(),
            at: at.map(|at| printer.day(at)),
        }),
    }
}

/// A value without quotation marks.
fn plain(value: &Value, printer: &Printer<'_>) -> String {
    if let Value::Text(text) = value {
        return text.clone();
    }
    let written = printer.value(value);
    match written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(name) => unescaped(name),
        None => written,
    }
}

impl Outline {
    /// The text of it in the catalogue's language, as far as it is finished. Groups without members are left out. What it
    /// says can be wrong: [`super::parse`] tells.
    pub fn print(&self, catalogue: &Catalogue) -> String {
        self.text(&Printer::new(catalogue), false).unwrap_or_default()
    }

    fn text(&self, printer: &Printer<'_>, inner: bool) -> Option<String> {
        let (members, keyword) = match self {
            Self::All(members) => (members, Keyword::And),
            Self::Any(members) => (members, Keyword::Or),
            Self::Not(of) => {
                return Some(format!("{} {}", Keyword::Not.word(printer.language), of.text(printer, true)?));
            }
            Self::Test(row) => return Some(row.text(printer)),
        };
        let members: Vec<String> = members.iter().filter_map(|member| member.text(printer, true)).collect();
        let text = printer.joined(&members, keyword);
        match members.len() {
            0 => None,
            1 => Some(text),
            _ if inner => Some(format!("({text})")),
            _ => Some(text),
        }
    }
}

impl Row {
    fn text(&self, printer: &Printer<'_>) -> String {
        let kind = printer.catalogue.entry(self.field).map(|entry| entry.kind);
        let values: Vec<String> = self.values.iter().map(|value| written(kind, value)).collect();
        let at = self.at.as_ref().map(|at| written(Some(ValueKind::Date), at));
        printer.sentence(self.field, self.operator, &values, at)
    }
}

/// A value of a row as the language writes it. Whatever was typed, it stays one value.
fn written(kind: Option<ValueKind>, value: &str) -> String {
    let text = value.trim();
    let as_is = match kind {
        Some(ValueKind::Text | ValueKind::LongText | ValueKind::Code | ValueKind::Choice | ValueKind::Choices)
        | None => false,
        Some(ValueKind::Date | ValueKind::Moment) => is_day(text),
        Some(ValueKind::Integer | ValueKind::Decimal) => is_number(text),
        Some(ValueKind::Flag) => is_number(text) || words::read_word(&words::FLAGS, text).is_some(),
        Some(ValueKind::ClientKind | ValueKind::Consent) => is_bare(text),
        Some(ValueKind::Person) => words::is_one_of(text, &words::ME),
        Some(ValueKind::Department | ValueKind::Tag) => false,
    };
    match (as_is, kind) {
        (true, _) => text.to_owned(),
        // What is not there yet.
        (false, Some(kind)) if text.is_empty() && kind != ValueKind::Text => String::new(),
        (false, _) => quoted(value),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && digits.matches('.').count() <= 1
}

impl Catalogue {
    /// The fields that conditions can be made of, in the catalogue's order; consents by purpose at the end.
    pub fn choices(&self) -> Vec<FieldChoice> {
        let shown = self.entries().iter().filter(|entry| entry.shown).cloned();
        let consents = self.consent_fields().into_iter().filter_map(|field| self.entry(field));
        shown.chain(consents.filter(|entry| entry.shown)).map(|entry| self.choice(&entry)).collect()
    }

    /// Every purpose, and each of its channels where there are several.
    pub(super) fn consent_fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        for purpose in self.purposes() {
            fields.push(Field::Consent { purpose: purpose.id, channel: None });
            if purpose.columns.len() > 1 {
                let channels = purpose.columns.iter().map(|(channel, ..)| Some(*channel));
                fields.extend(channels.map(|channel| Field::Consent { purpose: purpose.id, channel }));
            }
        }
        fields
    }

    fn choice(&self, entry: &Entry) -> FieldChoice {
        let printer = Printer::new(self);
        let label = match entry.field {
            Field::Consent { purpose, channel } => {
                let name = self.purposes().iter().find(|it| it.id == purpose).map_or("", |it| it.name.as_str());
                let by = channel.map(|channel| format!(" · {}", word_of(&words::CHANNELS, channel, self.language())));
                format!("{}: {name}{}", entry.label(self.language()), by.unwrap_or_default())
            }
            _ => entry.label(self.language()).to_owned(),
        };
        let options = self.options(entry).into_iter();
        FieldChoice {
            field: entry.field,
            label,
            kind: entry.kind,
            operators: entry.operators().to_vec(),
            options: options.map(|(value, label)| Choice { value: plain(&value, &printer), label }).collect(),
        }
    }

    /// The values that a field can have, if they can be counted, each with what it is called.
    pub(super) fn options(&self, entry: &Entry) -> Vec<(Value, String)> {
        fn named<T: Copy>(list: &[super::Named<T>], value: fn(T) -> Value) -> Vec<(Value, String)> {
            list.iter().map(|it| (value(it.id), it.name.clone())).collect()
        }
        fn words<T: Copy>(
            words: &[words::Word<T>],
            language: crate::consent::Language,
            value: fn(T) -> Value,
        ) -> Vec<(Value, String)> {
            let word = |(it, polish, english): &words::Word<T>| {
                (value(*it), in_language(&[polish, english], language).to_owned())
            };
            words.iter().map(word).collect()
        }
        let language = self.language();
        match entry.kind {
            ValueKind::Choice | ValueKind::Choices => {
                let options = entry.custom.iter().flat_map(|field| &field.options);
                options.map(|option| (Value::Text(option.clone()), option.clone())).collect()
            }
            ValueKind::Flag => words(words::FLAGS.get(..2).unwrap_or_default(), language, Value::Flag),
            ValueKind::ClientKind => words(&words::KINDS, language, Value::Kind),
            ValueKind::Consent => words(&words::STATUSES, language, Value::Status),
            ValueKind::Person => {
                let me = (Value::Me, in_language(&words::ME, language).to_owned());
                let (former, present): (Vec<_>, Vec<_>) = self.people().iter().partition(|it| self.is_former(it.id));
                let mark = in_language(&words::FORMER, language);
                let present = present.into_iter().map(|it| (Value::Person(it.id), it.name.clone()));
                let former = former.into_iter().map(|it| (Value::Person(it.id), format!("{} ({mark})", it.name)));
                std::iter::once(me).chain(present).chain(former).collect()
            }
            ValueKind::Department => named(self.departments(), Value::Department),
            ValueKind::Tag => named(self.tags(), Value::Tag),
            ValueKind::Text
            | ValueKind::LongText
            | ValueKind::Code
            | ValueKind::Integer
            | ValueKind::Decimal
            | ValueKind::Date
            | ValueKind::Moment => Vec::new(),
        }
    }
}
