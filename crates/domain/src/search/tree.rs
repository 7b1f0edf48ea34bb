//! A query as a tree.

use super::{Fault, MAX_DEPTH, MAX_TESTS, MAX_VALUES, Problem, Span};
use crate::{
    client::{BuiltinField, ClientKind},
    code::coded_enum,
    consent::{Channel, ConsentStatus},
    custom_field::CustomField,
    field_ref::FieldRef,
    id::{AccountId, DepartmentId, PurposeId, TagId},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A checked tree: within its limits, groups of two members and more, and none within one of its own kind. The empty
/// query finds everything.
#[derive(Clone, Default, PartialEq)]
pub struct Query(Option<Node>);

/// Part of a query.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Node {
    /// All hold.
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    All(Vec<Node>),
    /// At least one holds.
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    Any(Vec<Node>),
    /// The opposite holds.
    #[cfg_attr(feature = "openapi", schema(no_recursion))]
    Not(Box<Node>),
    Test(Test),
}

/// One test of one field.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Test {
    pub field: Field,
    pub operator: Operator,
    /// None for `is_empty` and `is_set`, 1 to 100 for `in` and `not_in`, one for all others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
    /// Of a consent: asks for its state at the end of that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Day>,
}

coded_enum!(
    /// How a test compares.
    Operator {
        Eq = "eq",
        /// Also where there is no value.
        Ne = "ne",
        Lt = "lt",
        Lte = "lte",
        Gt = "gt",
        Gte = "gte",
        /// Whatever the case of letters and the marks on them.
        Contains = "contains",
        NotContains = "not_contains",
        In = "in",
        NotIn = "not_in",
        IsEmpty = "is_empty",
        IsSet = "is_set",
    }
);

/// What is tested. What is added to clients later, such as deals, becomes a further variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// A built-in or custom field of the card.
    Card(FieldRef),
    /// A person, or a company.
    Kind,
    /// The member of staff responsible.
    Owner,
    Department,
    Tag,
    /// Where a consent stands; without a channel any of the purpose's.
    Consent {
        purpose: PurposeId,
        channel: Option<Channel>,
    },
}

coded_enum!(
    /// What a relative day is counted in.
    Unit {
        Day = "d",
        Week = "w",
        Month = "m",
        Year = "y",
    }
);

/// A day, fixed or counted from the day on which is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Day {
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    On(NaiveDate),
    /// Negative for days that are past; at most 36,525 either way.
    Today { amount: i32, unit: Unit },
}

/// What is compared with, typed as the field is.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Value {
    Text(String),
    Integer(i64),
    /// Canonical decimal text.
    Decimal(String),
    Flag(bool),
    Day(Day),
    Moment(DateTime<Utc>),
    Kind(ClientKind),
    /// Whoever asks.
    Me,
    Person(AccountId),
    Department(DepartmentId),
    Tag(TagId),
    Status(ConsentStatus),
}

impl Operator {
    /// The operator that holds exactly where this one does not, as far as there is one.
    pub const fn is_negative(self) -> bool {
        matches!(self, Self::Ne | Self::NotContains | Self::NotIn | Self::IsEmpty)
    }

    /// Compares in an order.
    pub const fn is_order(self) -> bool {
        matches!(self, Self::Lt | Self::Lte | Self::Gt | Self::Gte)
    }

    /// How many values it takes: at least, and at most.
    pub const fn arity(self) -> (usize, usize) {
        match self {
            Self::IsEmpty | Self::IsSet => (0, 0),
            Self::In | Self::NotIn => (1, MAX_VALUES),
            _ => (1, 1),
        }
    }
}

impl Query {
    /// Finds every client.
    pub const fn everything() -> Self {
        Self(None)
    }

    /// Checks the limits, and makes the one tree that says what this one says: groups of one member are the member, and a
    /// group within one of its own kind is part of it. An empty group of all is no condition.
    ///
    /// # Errors
    /// [`Fault::TooDeep`], [`Fault::TooMany`], and [`Fault::Syntax`] for an empty group within others or a number of values
    /// that the operator does not take.
    pub fn new(node: Node) -> Result<Self, Problem> {
        let wrong = |fault| Problem::new(fault, Span::default());
        if matches!(&node, Node::All(members) if members.is_empty()) {
            return Ok(Self(None));
        }
        let node = normal(node, 0)?;
        if count(&node) > MAX_TESTS {
            return Err(wrong(Fault::TooMany));
        }
        Ok(Self(Some(node)))
    }

    /// `None` for the query that finds everything.
    pub const fn root(&self) -> Option<&Node> {
        self.0.as_ref()
    }

    pub fn into_root(self) -> Option<Node> {
        self.0
    }

    pub const fn is_everything(&self) -> bool {
        self.0.is_none()
    }

    /// The fields of the card that it looks at. A consent is shown by columns: those of `custom`, the fields that exist.
    pub fn card_fields(&self, custom: &[CustomField]) -> Vec<FieldRef> {
        let of_test = |test: &Test| match test.field {
            Field::Card(field) => vec![field],
            Field::Consent { purpose, channel } => {
                let shows = |field: &&CustomField| {
                    field.consent.is_some_and(|(of, by)| of == purpose && channel.is_none_or(|channel| channel == by))
                };
                custom.iter().filter(shows).map(|field| FieldRef::Custom(field.id)).collect()
            }
            Field::Kind | Field::Owner | Field::Department | Field::Tag => Vec::new(),
        };
        self.tests().into_iter().flat_map(of_test).collect()
    }

    /// Every test, from left to right.
    pub fn tests(&self) -> Vec<&Test> {
        let mut tests = Vec::new();
        if let Some(root) = &self.0 {
            gather(root, &mut tests);
        }
        tests
    }
}

fn gather<'a>(node: &'a Node, tests: &mut Vec<&'a Test>) {
    match node {
        Node::All(members) | Node::Any(members) => members.iter().for_each(|member| gather(member, tests)),
        Node::Not(inner) => gather(inner, tests),
        Node::Test(test) => tests.push(test),
    }
}

fn count(node: &Node) -> usize {
    match node {
        Node::All(members) | Node::Any(members) => members.iter().map(count).sum(),
        Node::Not(inner) => count(inner),
        Node::Test(_) => 1,
    }
}

/// `depth` groups stand around the node.
fn normal(node: Node, depth: usize) -> Result<Node, Problem> {
    let wrong = |fault| Err(Problem::new(fault, Span::default()));
    if depth > MAX_DEPTH {
        return wrong(Fault::TooDeep);
    }
    let all = matches!(node, Node::All(_));
    match node {
        Node::All(members) | Node::Any(members) => {
            let mut flat = Vec::with_capacity(members.len());
            for member in members {
                match normal(member, depth + 1)? {
                    Node::All(inner) if all => flat.extend(inner),
                    Node::Any(inner) if !all => flat.extend(inner),
                    other => flat.push(other),
                }
            }
            match (flat.len(), flat.pop()) {
                (1, Some(only)) => Ok(only),
                (_, Some(last)) => {
                    flat.push(last);
                    Ok(if all { Node::All(flat) } else { Node::Any(flat) })
                }
                (_, None) => wrong(Fault::Syntax),
            }
        }
        Node::Not(inner) => Ok(Node::Not(Box::new(normal(*inner, depth + 1)?))),
        Node::Test(test) => {
            let (least, most) = test.operator.arity();
            match test.values.len() {
                n if n > most && most > 1 => wrong(Fault::TooMany),
                n if n < least || n > most => wrong(Fault::Syntax),
                _ => Ok(Node::Test(test)),
            }
        }
    }
}

/// No field is called this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such field")]
pub struct NoSuchField;

/// `email`, `custom:0198…`, `kind`, `owner`, `department`, `tag`, `consent:0198…` or `consent:0198…:email`.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Card(field) => field.fmt(f),
            Self::Kind => f.write_str("kind"),
            Self::Owner => f.write_str("owner"),
            Self::Department => f.write_str("department"),
            Self::Tag => f.write_str("tag"),
            Self::Consent { purpose, channel: None } => write!(f, "consent:{purpose}"),
            Self::Consent { purpose, channel: Some(channel) } => write!(f, "consent:{purpose}:{}", channel.code()),
        }
    }
}

impl FromStr for Field {
    type Err = NoSuchField;

    fn from_str(raw: &str) -> Result<Self, NoSuchField> {
        if let Some(rest) = raw.strip_prefix("consent:") {
            let (purpose, channel) = match rest.split_once(':') {
                Some((purpose, channel)) => (purpose, Some(Channel::from_code(channel).ok_or(NoSuchField)?)),
                None => (rest, None),
            };
            return Ok(Self::Consent { purpose: purpose.parse().map_err(|_| NoSuchField)?, channel });
        }
        match raw {
            "kind" => Ok(Self::Kind),
            "owner" => Ok(Self::Owner),
            "department" => Ok(Self::Department),
            "tag" => Ok(Self::Tag),
            other => other.parse().map(Self::Card).map_err(|_| NoSuchField),
        }
    }
}

impl From<BuiltinField> for Field {
    fn from(field: BuiltinField) -> Self {
        Self::Card(FieldRef::Builtin(field))
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = String::deserialize(deserializer)?;
        raw.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
mod schema {
    use super::Field;
    use utoipa::openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    };

    impl utoipa::PartialSchema for Field {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some(
                    "A built-in field's key, `custom:` and the id of a custom field, `kind`, `owner`, `department`, `tag`, or \
                     `consent:` with the id of a purpose and, after another colon, perhaps a channel.",
                ))
                .examples(["email"])
                .into()
        }
    }

    impl utoipa::ToSchema for Field {
        fn name() -> std::borrow::Cow<'static, str> {
            "SearchField".into()
        }
    }
}

/// Values are personal data: they never reach a log by accident.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(…)")
    }
}

impl fmt::Debug for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} …", self.field, self.operator.code())
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(members) => f.debug_tuple("All").field(members).finish(),
            Self::Any(members) => f.debug_tuple("Any").field(members).finish(),
            Self::Not(inner) => f.debug_tuple("Not").field(inner).finish(),
            Self::Test(test) => test.fmt(f),
        }
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("Everything"),
            Some(node) => node.fmt(f),
        }
    }
}
