//! What the client list can be asked: order, filters, page.

use crate::{
    client::{BuiltinField, normalise},
    code::coded_enum,
    custom_field::{CustomField, CustomValue, FieldKind},
    field_ref::{FieldRef, NoSuchField},
    rule::{Invalids, Rule},
    search::{self, Column, Leaf, Match, Resolved, Scalar, ValueKind},
    text::ShortText,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::{fmt, str::FromStr};

/// Most rows of one page.
pub const MAX_PAGE: u64 = 200;
/// Most conditions of one query.
pub const MAX_CONDITIONS: usize = 20;

coded_enum!(
    /// Direction of an order.
    Direction {
        Asc = "asc",
        Desc = "desc",
    }
);

coded_enum!(
    /// How a condition compares.
    Operator {
        Eq = "eq",
        Ne = "ne",
        Lt = "lt",
        Lte = "lte",
        Gt = "gt",
        Gte = "gte",
        /// Of texts: whatever the case and the marks of letters.
        Contains = "contains",
        IsEmpty = "is_empty",
        IsSet = "is_set",
    }
);

/// What a condition compares with, typed by the field.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    Text(String),
    Integer(i64),
    Number(String),
    Flag(bool),
    Moment(DateTime<Utc>),
    Nothing,
}

/// How values of a field compare in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Polish alphabetical order.
    Text,
    /// Byte order: dates, e-mail addresses, codes.
    Code,
    Integer,
    Decimal,
    Flag,
    Moment,
    /// By keyed blind index, equality only.
    Blind,
}

/// One checked condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub field: FieldRef,
    pub comparison: Comparison,
    pub operator: Operator,
    pub operand: Operand,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    pub field: FieldRef,
    pub comparison: Comparison,
    pub direction: Direction,
}

/// A checked question to the client list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListQuery {
    pub order: Order,
    pub conditions: Vec<Condition>,
    /// Holds besides the conditions.
    pub search: Resolved,
    /// What the rows tell besides names; the usual columns when absent.
    pub columns: Option<Vec<ListColumn>>,
    pub limit: u64,
}

impl ListQuery {
    /// Conditions and search in one.
    pub fn narrowed(&self) -> Resolved {
        narrowed(&self.conditions, &self.search)
    }
}

/// What meets the conditions and the search.
pub fn narrowed(conditions: &[Condition], search: &Resolved) -> Resolved {
    let mut members: Vec<Resolved> = conditions.iter().map(|condition| Resolved::Leaf(condition.leaf())).collect();
    match search {
        Resolved::All(others) => members.extend(others.iter().cloned()),
        other => members.push(other.clone()),
    }
    Resolved::All(members)
}

/// Most columns of one list.
pub const MAX_COLUMNS: usize = 100;

/// A column of the list: a field, or what else a row tells of a client. Where a consent stands is a custom field's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ListColumn {
    Field(FieldRef),
    /// The member of staff responsible.
    Owner,
    Department,
    Tags,
}

impl fmt::Display for ListColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => field.fmt(f),
            Self::Owner => f.write_str("owner"),
            Self::Department => f.write_str("department"),
            Self::Tags => f.write_str("tags"),
        }
    }
}

impl FromStr for ListColumn {
    type Err = NoSuchField;

    fn from_str(raw: &str) -> Result<Self, NoSuchField> {
        Ok(match raw {
            "owner" => Self::Owner,
            "department" => Self::Department,
            "tags" => Self::Tags,
            field => Self::Field(field.parse()?),
        })
    }
}

impl Serialize for ListColumn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ListColumn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
mod schema {
    use super::ListColumn;
    use utoipa::openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    };

    impl utoipa::PartialSchema for ListColumn {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some(
                    "A built-in field's key, `custom:` and the id of a custom field, `owner`, `department` or `tags`.",
                ))
                .examples(["last_name"])
                .into()
        }
    }

    impl utoipa::ToSchema for ListColumn {}
}

/// Checks columns; complaints point at `/0` and so on.
pub fn check_columns(fields: &[CustomField], columns: &[ListColumn]) -> Result<(), Invalids> {
    if columns.len() > MAX_COLUMNS {
        return Err(Invalids::one("", Rule::TooMany { max: MAX_COLUMNS }));
    }
    let mut invalids = Invalids::default();
    for (at, column) in columns.iter().enumerate() {
        let checked = match column {
            // Opened one by one: a row would have to unseal it, and a note is too long for a row.
            ListColumn::Field(FieldRef::Builtin(field)) if field.is_sealed() || *field == BuiltinField::Note => {
                Err(Rule::WrongKind)
            }
            ListColumn::Field(FieldRef::Custom(id)) => match fields.iter().find(|field| field.id == *id) {
                None => Err(Rule::Unknown),
                Some(field) if field.sensitive => Err(Rule::WrongKind),
                Some(_) => Ok(()),
            },
            ListColumn::Field(FieldRef::Builtin(_)) | ListColumn::Owner | ListColumn::Department | ListColumn::Tags => {
                Ok(())
            }
        };
        invalids.take(format!("/{at}"), checked);
    }
    invalids.or(Some(()))
}

/// How a field compares, or why it cannot be used here.
pub fn comparison(fields: &[CustomField], field: FieldRef) -> Result<Comparison, Rule> {
    match field {
        FieldRef::Builtin(field) if field.is_system() => Ok(Comparison::Moment),
        FieldRef::Builtin(field) if field.is_sealed() => Ok(Comparison::Blind),
        FieldRef::Builtin(field) if !field.is_sortable() => Err(Rule::WrongKind),
        FieldRef::Builtin(field) if field.is_wording() => Ok(Comparison::Text),
        FieldRef::Builtin(_) => Ok(Comparison::Code),
        FieldRef::Custom(id) => {
            let field = fields.iter().find(|field| field.id == id).ok_or(Rule::Unknown)?;
            if field.sensitive {
                return Ok(Comparison::Blind);
            }
            match field.kind {
                FieldKind::ShortText | FieldKind::Select => Ok(Comparison::Text),
                FieldKind::Date | FieldKind::Datetime | FieldKind::Consent => Ok(Comparison::Code),
                FieldKind::Integer => Ok(Comparison::Integer),
                FieldKind::Decimal => Ok(Comparison::Decimal),
                FieldKind::Checkbox => Ok(Comparison::Flag),
                FieldKind::LongText | FieldKind::MultiSelect => Err(Rule::WrongKind),
            }
        }
    }
}

impl Order {
    pub fn parse(fields: &[CustomField], field: FieldRef, direction: Direction) -> Result<Self, Rule> {
        match comparison(fields, field)? {
            Comparison::Blind => Err(Rule::WrongKind),
            comparison => Ok(Self { field, comparison, direction }),
        }
    }
}

impl Condition {
    pub fn parse(fields: &[CustomField], field: FieldRef, operator: Operator, raw: &Value) -> Result<Self, Invalids> {
        let comparison = comparison(fields, field).map_err(|rule| Invalids::one("/field", rule))?;
        let equality = matches!(operator, Operator::Eq | Operator::Ne | Operator::IsEmpty | Operator::IsSet);
        if comparison == Comparison::Blind && operator != Operator::Eq {
            return Err(Invalids::one("/operator", Rule::WrongKind));
        }
        if comparison == Comparison::Flag && !equality && !matches!(raw, Value::Number(_)) {
            return Err(Invalids::one("/operator", Rule::WrongKind));
        }
        if operator == Operator::Contains && !is_text(fields, field) {
            return Err(Invalids::one("/operator", Rule::WrongKind));
        }
        let operand = match operator {
            Operator::Contains => Operand::Text(part(raw).map_err(|rule| Invalids::one("/value", rule))?),
            Operator::IsEmpty | Operator::IsSet if raw.is_null() => Operand::Nothing,
            Operator::IsEmpty | Operator::IsSet => return Err(Invalids::one("/value", Rule::WrongKind)),
            _ => operand(fields, field, comparison, raw).map_err(|rule| Invalids::one("/value", rule))?,
        };
        Ok(Self { field, comparison, operator, operand })
    }

    /// The same as a search tells it: what is empty is met by `ne` and `is_empty` alone.
    pub fn leaf(&self) -> Leaf {
        let sealed = self.comparison == Comparison::Blind;
        let kind = match self.comparison {
            Comparison::Text => ValueKind::Text,
            Comparison::Code | Comparison::Blind => ValueKind::Code,
            Comparison::Integer => ValueKind::Integer,
            Comparison::Decimal => ValueKind::Decimal,
            Comparison::Flag => ValueKind::Flag,
            Comparison::Moment => ValueKind::Moment,
        };
        let value = match &self.operand {
            Operand::Text(text) if self.field == FieldRef::Builtin(BuiltinField::Email) => {
                Scalar::Text(text.to_lowercase())
            }
            Operand::Text(text) => Scalar::Text(text.clone()),
            Operand::Integer(number) => Scalar::Integer(*number),
            Operand::Number(number) => Scalar::Decimal(number.clone()),
            Operand::Flag(flag) => Scalar::Integer(i64::from(*flag)),
            Operand::Moment(at) => Scalar::Moment(*at),
            // Nothing but presence is asked for.
            Operand::Nothing => Scalar::Integer(0),
        };
        let ticked = |flag| Match::Among(vec![Scalar::Integer(flag)]);
        let (test, holds) = match (self.operator, &self.operand) {
            (Operator::IsSet, _) if kind == ValueKind::Flag => (ticked(1), true),
            (Operator::IsEmpty, _) if kind == ValueKind::Flag => (ticked(0), true),
            (Operator::Ne, Operand::Flag(flag)) => (ticked(i64::from(!flag)), true),
            (Operator::IsSet, _) => (Match::Present, true),
            (Operator::IsEmpty, _) => (Match::Present, false),
            (Operator::Contains, Operand::Text(part)) => (Match::Contains(part.clone()), true),
            (Operator::Eq | Operator::Contains, _) => (Match::Among(vec![value]), true),
            (Operator::Ne, _) => (Match::Among(vec![value]), false),
            (Operator::Lt, _) => (Match::Order(search::Operator::Lt, value), true),
            (Operator::Lte, _) => (Match::Order(search::Operator::Lte, value), true),
            (Operator::Gt, _) => (Match::Order(search::Operator::Gt, value), true),
            (Operator::Gte, _) => (Match::Order(search::Operator::Gte, value), true),
        };
        Leaf { column: Column::Card { field: self.field, kind, sealed }, test, holds }
    }
}

/// Whether parts of the field's values can be looked for.
fn is_text(fields: &[CustomField], field: FieldRef) -> bool {
    match field {
        FieldRef::Builtin(field) => !field.is_system() && !field.is_sealed(),
        FieldRef::Custom(id) => {
            fields.iter().any(|known| known.id == id && known.kind == FieldKind::ShortText && !known.sensitive)
        }
    }
}

/// A part of a text, as it was typed.
fn part(raw: &Value) -> Result<String, Rule> {
    ShortText::parse(raw.as_str().ok_or(Rule::WrongKind)?).map(ShortText::into_string)
}

fn operand(fields: &[CustomField], field: FieldRef, comparison: Comparison, raw: &Value) -> Result<Operand, Rule> {
    let text = || raw.as_str().ok_or(Rule::WrongKind);
    match (field, comparison) {
        (_, Comparison::Moment) => {
            DateTime::parse_from_rfc3339(text()?).map(|at| Operand::Moment(at.to_utc())).map_err(|_| Rule::Malformed)
        }
        (FieldRef::Builtin(field), _) => normalise(field, text()?).map(Operand::Text),
        (_, Comparison::Flag) => match raw {
            Value::Bool(flag) => Ok(Operand::Flag(*flag)),
            // A tick counts as 1 and its absence as 0.
            Value::Number(number) => number.as_i64().map(Operand::Integer).ok_or(Rule::WrongKind),
            _ => Err(Rule::WrongKind),
        },
        (FieldRef::Custom(id), _) => {
            let field = fields.iter().find(|field| field.id == id).ok_or(Rule::Unknown)?;
            if field.kind == FieldKind::Consent {
                return crate::consent::ConsentStatus::from_code(text()?)
                    .map(|status| Operand::Text(status.code().to_owned()))
                    .ok_or(Rule::Unknown);
            }
            Ok(match CustomValue::parse(field, raw)?.ok_or(Rule::Required)? {
                CustomValue::Integer(number) => Operand::Integer(number),
                CustomValue::Decimal(number) => Operand::Number(number),
                CustomValue::Checkbox(flag) => Operand::Flag(flag),
                other => match other.to_json() {
                    Value::String(text) => Operand::Text(text),
                    _ => return Err(Rule::WrongKind),
                },
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_condition_asks_what_its_search_does() {
        let leaf = |field, operator, value| {
            let leaf = Condition::parse(&[], FieldRef::Builtin(field), operator, &value).unwrap().leaf();
            (leaf.test, leaf.holds)
        };
        let among = |text: &str| Match::Among(vec![Scalar::Text(text.into())]);
        use BuiltinField as F;
        assert_eq!(leaf(F::City, Operator::Eq, json!("Łódź")), (among("Łódź"), true));
        assert_eq!(leaf(F::City, Operator::Ne, json!("Łódź")), (among("Łódź"), false));
        assert_eq!(leaf(F::Email, Operator::Eq, json!("A@Example.com")), (among("a@example.com"), true));
        assert_eq!(leaf(F::City, Operator::IsEmpty, json!(null)), (Match::Present, false));
        assert_eq!(leaf(F::City, Operator::IsSet, json!(null)), (Match::Present, true));
        for (operator, same) in [
            (Operator::Lt, search::Operator::Lt),
            (Operator::Lte, search::Operator::Lte),
            (Operator::Gt, search::Operator::Gt),
            (Operator::Gte, search::Operator::Gte),
        ] {
            assert_eq!(leaf(F::City, operator, json!("M")), (Match::Order(same, Scalar::Text("M".into())), true));
        }
        assert_eq!(leaf(F::Name, Operator::Contains, json!(" Kow ")), (Match::Contains("Kow".into()), true));
        let refused = |field, value| {
            let invalids = Condition::parse(&[], FieldRef::Builtin(field), Operator::Contains, &value).unwrap_err();
            let one = invalids.into_vec().remove(0);
            (one.pointer, one.rule)
        };
        assert_eq!(refused(F::Name, json!("  ")), ("/value".into(), Rule::Required));
        assert_eq!(refused(F::Name, json!(7)), ("/value".into(), Rule::WrongKind));
        assert_eq!(refused(F::CreatedAt, json!("2026")), ("/operator".into(), Rule::WrongKind));
        assert_eq!(refused(F::Pesel, json!("44")), ("/operator".into(), Rule::WrongKind));
    }

    #[test]
    fn conditions_stand_beside_the_parts_of_a_search() {
        let condition =
            Condition::parse(&[], FieldRef::Builtin(BuiltinField::City), Operator::IsSet, &json!(null)).unwrap();
        let leaf = Resolved::Leaf(condition.leaf());
        let one_of = Resolved::Any(vec![leaf.clone(), leaf.clone()]);
        let both = Resolved::All(vec![leaf.clone(), leaf.clone()]);
        assert!(narrowed(&[], &Resolved::default()).is_everything());
        let beside = |search: &Resolved| narrowed(std::slice::from_ref(&condition), search);
        assert_eq!(beside(&one_of), Resolved::All(vec![leaf.clone(), one_of.clone()]));
        assert_eq!(beside(&both), Resolved::All(vec![leaf.clone(), leaf.clone(), leaf]));
    }
}
