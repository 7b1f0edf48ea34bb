//! A tree into text.

use super::{
    Catalogue, Day, Field, Node, Operator, Query, Span, Test, Value,
    catalogue::find_named,
    problem::is_bare,
    words::{self, CHANNELS, FLAGS, KINDS, Keyword, ME, STATUSES, TODAY, UNITS, in_language, word_of},
};
use crate::consent::Language;
use chrono::SecondsFormat;

impl Query {
    /// The query in the catalogue's language, with fields by their present names; what is gone or ambiguous stands by its id. The text
    /// reads back as the same query, as long as all it names is in the catalogue.
    pub fn print(&self, catalogue: &Catalogue) -> String {
        self.root().map(|root| Printer::new(catalogue).node(root, false)).unwrap_or_default()
    }
}

pub(super) struct Printer<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) language: Language,
}

/// Text in quotation marks.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl<'a> Printer<'a> {
    pub(super) const fn new(catalogue: &'a Catalogue) -> Self {
        Self { catalogue, language: catalogue.language() }
    }

    fn node(&self, node: &Node, inner: bool) -> String {
        let (members, keyword) = match node {
            Node::All(members) => (members, Keyword::And),
            Node::Any(members) => (members, Keyword::Or),
            Node::Not(of) => return format!("{} {}", Keyword::Not.word(self.language), self.node(of, true)),
            Node::Test(test) => return self.test(test),
        };
        let members: Vec<_> = members.iter().map(|member| self.node(member, true)).collect();
        let text = self.joined(&members, keyword);
        if inner { format!("({text})") } else { text }
    }

    pub(super) fn joined(&self, members: &[String], keyword: Keyword) -> String {
        members.join(&format!(" {} ", keyword.word(self.language)))
    }

    fn test(&self, test: &Test) -> String {
        let values: Vec<_> = test.values.iter().map(|value| self.value(value)).collect();
        self.sentence(test.field, test.operator, &values, test.at.map(|at| self.day(at)))
    }

    /// A test of values that are written already.
    pub(super) fn sentence(&self, field: Field, operator: Operator, values: &[String], at: Option<String>) -> String {
        let mut text = format!("{} {}", self.field(field), words::operator_text(operator, self.language));
        match operator.arity() {
            (_, 0) => {}
            (_, 1) => text.push_str(&format!(" {}", values.join(""))),
            _ => text.push_str(&format!(" ({})", values.join(", "))),
        }
        if let Some(at) = at {
            text.push_str(&format!(" {} {at}", Keyword::At.word(self.language)));
        }
        text
    }

    pub(super) fn field(&self, field: Field) -> String {
        if let Field::Consent { purpose, channel } = field {
            let list: Vec<_> = self.catalogue.purposes().iter().map(|it| (it.id, it.name.as_str())).collect();
            let mut text = format!("{}({}", in_language(&words::CONSENT, self.language), self.named(&list, purpose));
            if let Some(channel) = channel {
                text.push_str(&format!(", {}", quoted(word_of(&CHANNELS, channel, self.language))));
            }
            text.push(')');
            return text;
        }
        let Some(entry) = self.catalogue.entry(field) else { return field.to_string() };
        let label = entry.label(self.language);
        let means = |bare| self.catalogue.find(label, bare, Span::default()).is_ok_and(|it| it.field == field);
        let own = matches!(field, Field::Card(crate::field_ref::FieldRef::Custom(_)));
        if is_bare(label) && !own && means(true) {
            label.to_owned()
        } else if means(false) {
            quoted(label)
        } else {
            field.to_string()
        }
    }

    pub(super) fn named<Id: Copy + PartialEq + std::fmt::Display>(&self, list: &[(Id, &str)], id: Id) -> String {
        let name = list.iter().find(|(it, _)| *it == id).map(|(_, name)| *name);
        let unique = |name: &&str| {
            !words::is_one_of(name, &ME) && find_named(list, name, Span::default()).is_ok_and(|found| found == id)
        };
        name.filter(unique).map_or_else(|| format!("id:{id}"), quoted)
    }

    pub(super) fn day(&self, day: Day) -> String {
        let today = in_language(&TODAY, self.language);
        match day {
            Day::On(day) => day.to_string(),
            Day::Today { amount: 0, .. } => today.to_owned(),
            Day::Today { amount, unit } => {
                let sign = if amount < 0 { '-' } else { '+' };
                format!("{today} {sign} {}{}", amount.unsigned_abs(), word_of(&UNITS, unit, self.language))
            }
        }
    }

    pub(super) fn value(&self, value: &Value) -> String {
        match value {
            Value::Text(text) => quoted(text),
            Value::Integer(number) => number.to_string(),
            Value::Decimal(number) => number.clone(),
            Value::Flag(flag) => word_of(&FLAGS, *flag, self.language).to_owned(),
            Value::Day(day) => self.day(*day),
            Value::Moment(at) => at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            Value::Kind(kind) => word_of(&KINDS, *kind, self.language).to_owned(),
            Value::Me => in_language(&ME, self.language).to_owned(),
            Value::Status(status) => word_of(&STATUSES, *status, self.language).to_owned(),
            Value::Person(id) => {
                let list: Vec<_> = self.catalogue.people().iter().map(|it| (it.id, it.name.as_str())).collect();
                self.named(&list, *id)
            }
            Value::Department(id) => {
                let list: Vec<_> = self.catalogue.departments().iter().map(|it| (it.id, it.name.as_str())).collect();
                self.named(&list, *id)
            }
            Value::Tag(id) => {
                let list: Vec<_> = self.catalogue.tags().iter().map(|it| (it.id, it.name.as_str())).collect();
                self.named(&list, *id)
            }
        }
    }
}
