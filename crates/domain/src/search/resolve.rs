//! A query with the day and the person that ask: conditions that databases can be asked.

use super::{
    Catalogue, Entry, Fault, Field, Node, Operator, Problem, Query, Span, Test, Value, ValueKind, start_of_day,
};
use crate::{
    consent::Channel,
    field_ref::FieldRef,
    id::{AccountId, PurposeId},
    quick_search::part_of_number,
};
use chrono::{DateTime, Days, NaiveDate, SecondsFormat, Utc};
use uuid::Uuid;

/// Who asks, and when.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    pub today: NaiveDate,
    /// `None` for the program itself: nothing is its own.
    pub me: Option<AccountId>,
}

/// Checked conditions, without `not`: it stands in the leaves.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved {
    All(Vec<Resolved>),
    Any(Vec<Resolved>),
    Leaf(Leaf),
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    pub column: Column,
    pub test: Match,
    /// Whether the test has to hold, or not to hold.
    pub holds: bool,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Card {
        field: FieldRef,
        kind: ValueKind,
        sealed: bool,
    },
    Kind,
    Owner,
    Department,
    Tags,
    /// A consent as the ledger tells it of the moment before `before`.
    Past {
        purpose: PurposeId,
        channel: Channel,
        before: DateTime<Utc>,
    },
}

/// A test that never holds where there is no value.
#[derive(Clone, PartialEq)]
pub enum Match {
    Present,
    Among(Vec<Scalar>),
    Order(Operator, Scalar),
    /// From the one, which is in it, to the other, which is not.
    Range {
        from: Option<Scalar>,
        to: Option<Scalar>,
    },
    Contains(String),
}

impl std::fmt::Debug for Match {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Match(…)")
    }
}

/// A value as it is stored.
#[derive(Clone, PartialEq)]
pub enum Scalar {
    Text(String),
    Integer(i64),
    Decimal(String),
    Moment(DateTime<Utc>),
    Id(Uuid),
}

impl Default for Resolved {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl Resolved {
    /// Whether it is met by every card.
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::All(members) if members.is_empty())
    }
}

impl Query {
    /// Checks the query against what the caller may use now, and fills in the day and the person.
    ///
    /// # Errors
    /// What [`super::parse`] would say of the field, with no place: it may be a query that was stored long ago.
    pub fn resolve(&self, catalogue: &Catalogue, asking: Asking) -> Result<Resolved, Problem> {
        self.root().map_or_else(|| Ok(Resolved::default()), |root| node(root, true, catalogue, asking))
    }
}

fn node(part: &Node, holds: bool, catalogue: &Catalogue, asking: Asking) -> Result<Resolved, Problem> {
    let members = |members: &[Node]| -> Result<Vec<_>, Problem> {
        members.iter().map(|it| node(it, holds, catalogue, asking)).collect()
    };
    match part {
        Node::Not(inner) => node(inner, !holds, catalogue, asking),
        Node::All(parts) => Ok(group(holds, members(parts)?)),
        Node::Any(parts) => Ok(group(!holds, members(parts)?)),
        Node::Test(one) => test(one, holds, catalogue, asking),
    }
}

fn group(all: bool, members: Vec<Resolved>) -> Resolved {
    if all { Resolved::All(members) } else { Resolved::Any(members) }
}

fn test(test: &Test, holds: bool, catalogue: &Catalogue, asking: Asking) -> Result<Resolved, Problem> {
    let wrong = |fault| Problem::new(fault, Span::default());
    let entry = catalogue.entry(test.field).ok_or_else(|| {
        let own = matches!(test.field, Field::Card(FieldRef::Custom(_)));
        wrong(if own { Fault::DeletedField } else { Fault::UnknownField })
    })?;
    if !entry.shown {
        return Err(wrong(Fault::NotShown));
    }
    if !entry.operators().contains(&test.operator) {
        return Err(wrong(if entry.sealed { Fault::Sealed } else { Fault::WrongOperator }));
    }
    let holds = holds != test.operator.is_negative();
    if matches!(test.operator, Operator::In | Operator::NotIn)
        && entry.kind == ValueKind::Moment
        && let [_, _, ..] = test.values.as_slice()
    {
        // Days are stretches of time: each is a condition of its own.
        let one = |value: &Value| Test { operator: Operator::Eq, values: vec![value.clone()], ..test.clone() };
        let members = test.values.iter().map(|value| self::test(&one(value), holds, catalogue, asking));
        return Ok(group(!holds, members.collect::<Result<_, _>>()?));
    }
    let matching = matching(&entry, test, asking).ok_or_else(|| wrong(Fault::WrongValue))?;
    let leaf = |column| Resolved::Leaf(Leaf { column, test: matching.clone(), holds });
    Ok(match test.field {
        Field::Card(field) => leaf(Column::Card { field, kind: entry.kind, sealed: entry.sealed }),
        Field::Kind => leaf(Column::Kind),
        Field::Owner => leaf(Column::Owner),
        Field::Department => leaf(Column::Department),
        Field::Tag => leaf(Column::Tags),
        Field::Consent { purpose, channel } => {
            let columns = catalogue.columns(purpose, channel).into_iter().map(|(channel, id, _)| match test.at {
                None => Column::Card { field: FieldRef::Custom(id), kind: ValueKind::Consent, sealed: false },
                Some(at) => Column::Past { purpose, channel, before: start_of_day(next(at.on(asking.today))) },
            });
            // The opposite of "in some channel" is "in none".
            group(!holds, columns.map(leaf).collect())
        }
    })
}

fn next(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

/// `None` where a value is not of the field's kind.
fn matching(entry: &Entry, test: &Test, asking: Asking) -> Option<Match> {
    if test.operator.arity().1 == 0 {
        return Some(Match::Present);
    }
    let first = test.values.first()?;
    if matches!(test.operator, Operator::Contains | Operator::NotContains) {
        let Value::Text(text) = first else { return None };
        let part = match entry.field {
            Field::Card(FieldRef::Builtin(field)) => part_of_number(field, text),
            _ => None,
        };
        return Some(Match::Contains(part.unwrap_or_else(|| text.clone())));
    }
    if entry.kind == ValueKind::Moment
        && let Value::Day(day) = first
    {
        let day = day.on(asking.today);
        let at = |day| moment(entry, start_of_day(day));
        let (start, end) = (at(day), at(next(day)));
        return match test.operator {
            Operator::Eq | Operator::Ne | Operator::In | Operator::NotIn => {
                Some(Match::Range { from: Some(start), to: Some(end) })
            }
            Operator::Lt => Some(Match::Range { from: None, to: Some(start) }),
            Operator::Lte => Some(Match::Range { from: None, to: Some(end) }),
            Operator::Gt => Some(Match::Range { from: Some(end), to: None }),
            Operator::Gte => Some(Match::Range { from: Some(start), to: None }),
            _ => None,
        };
    }
    let mut scalars = Vec::with_capacity(test.values.len());
    for value in &test.values {
        scalars.extend(scalar(entry, value, asking)?);
    }
    if test.operator.is_order() {
        return scalars.pop().map(|scalar| Match::Order(test.operator, scalar));
    }
    Some(Match::Among(scalars))
}

fn moment(entry: &Entry, at: DateTime<Utc>) -> Scalar {
    if entry.custom.is_some() {
        Scalar::Text(at.to_rfc3339_opts(SecondsFormat::Secs, true))
    } else {
        Scalar::Moment(at)
    }
}

/// The outer `None` for a value of another kind; the inner one for nobody.
fn scalar(entry: &Entry, value: &Value, asking: Asking) -> Option<Option<Scalar>> {
    use ValueKind as Kind;
    Some(Some(match (entry.kind, value) {
        (Kind::Code, Value::Text(text)) if entry.field == crate::client::BuiltinField::Email.into() => {
            Scalar::Text(text.to_lowercase())
        }
        (Kind::Text | Kind::Code | Kind::LongText | Kind::Choice | Kind::Choices, Value::Text(text)) => {
            Scalar::Text(text.clone())
        }
        (Kind::Integer | Kind::Flag, Value::Integer(number)) => Scalar::Integer(*number),
        (Kind::Flag, Value::Flag(flag)) => Scalar::Integer(i64::from(*flag)),
        (Kind::Decimal, Value::Decimal(number)) => Scalar::Decimal(number.clone()),
        (Kind::Date, Value::Day(day)) => Scalar::Text(day.on(asking.today).to_string()),
        (Kind::Moment, Value::Moment(at)) => moment(entry, *at),
        (Kind::ClientKind, Value::Kind(kind)) => Scalar::Text(kind.code().to_owned()),
        (Kind::Consent, Value::Status(status)) => Scalar::Text(status.code().to_owned()),
        (Kind::Person, Value::Me) => return Some(asking.me.map(|id| Scalar::Id(id.as_uuid()))),
        (Kind::Person, Value::Person(id)) => Scalar::Id(id.as_uuid()),
        (Kind::Department, Value::Department(id)) => Scalar::Id(id.as_uuid()),
        (Kind::Tag, Value::Tag(id)) => Scalar::Id(id.as_uuid()),
        _ => return None,
    }))
}
