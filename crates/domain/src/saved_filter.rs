//! Saved filters (filtry): a way of looking at the client list, kept under a name and perhaps shared.

use crate::field_ref::FieldRef;
use crate::{
    bulk::RawCondition,
    code::coded_enum,
    custom_field::CustomField,
    id::DepartmentId,
    list::{Condition, Direction, ListColumn, MAX_CONDITIONS, Order, check_columns},
    rule::{Invalids, Rule},
    search::Query,
    text::one_line,
};
use serde::{Deserialize, Serialize};

/// Longest name in characters.
pub const NAME_MAX: usize = 80;
/// Most filters of one account.
pub const MAX_FILTERS: u64 = 200;
/// Widths of columns, in CSS pixels.
pub const WIDTHS: std::ops::RangeInclusive<u16> = 40..=1200;

coded_enum!(
    /// Who sees a saved filter.
    Sharing {
        /// Its owner.
        Personal = "personal",
        /// Its owner and a department.
        Department = "department",
        Everyone = "everyone",
    }
);

/// A column as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShownColumn {
    pub column: ListColumn,
    /// CSS pixels, 40 to 1200; as wide as it needs when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u16>,
}

/// What a list is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SortBy {
    pub field: FieldRef,
    pub direction: Direction,
}

/// A way of looking at the list.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListView {
    pub name: String,
    pub filter: Vec<RawCondition>,
    /// Holds besides the conditions.
    #[serde(default, skip_serializing_if = "Query::is_everything")]
    pub query: Query,
    /// Each reader's own when absent.
    pub columns: Option<Vec<ShownColumn>>,
    pub sort: Option<SortBy>,
}

impl std::fmt::Debug for ListView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ListView(…)")
    }
}

/// With whom a filter is shared; only with a department takes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharedWith {
    Nobody,
    Department(DepartmentId),
    Everyone,
}

impl SharedWith {
    /// # Errors
    /// [`Rule::Required`] or [`Rule::Contradiction`] at `/department_id`.
    pub fn parse(sharing: Sharing, department: Option<DepartmentId>) -> Result<Self, Invalids> {
        let wrong = |rule| Err(Invalids::one("/department_id", rule));
        match (sharing, department) {
            (Sharing::Personal, None) => Ok(Self::Nobody),
            (Sharing::Everyone, None) => Ok(Self::Everyone),
            (Sharing::Department, Some(department)) => Ok(Self::Department(department)),
            (Sharing::Department, None) => wrong(Rule::Required),
            (Sharing::Personal | Sharing::Everyone, Some(_)) => wrong(Rule::Contradiction),
        }
    }

    pub const fn sharing(self) -> Sharing {
        match self {
            Self::Nobody => Sharing::Personal,
            Self::Department(_) => Sharing::Department,
            Self::Everyone => Sharing::Everyone,
        }
    }

    pub const fn department(self) -> Option<DepartmentId> {
        match self {
            Self::Department(department) => Some(department),
            Self::Nobody | Self::Everyone => None,
        }
    }
}

impl ListView {
    /// What does not hold of it among these fields, but for its query: a view outlives the fields it was made with. Complaints
    /// point at `/filter/0/field`, `/sort/field`, `/columns/0` and so on.
    pub fn complaints(&self, fields: &[CustomField]) -> Invalids {
        let mut invalids = Invalids::default();
        if self.filter.len() > MAX_CONDITIONS {
            invalids.add("/filter", Rule::TooMany { max: MAX_CONDITIONS });
        }
        for (at, raw) in self.filter.iter().enumerate() {
            if let Err(inner) = Condition::parse(fields, raw.field, raw.operator, &raw.value) {
                invalids.nest(&format!("/filter/{at}"), inner);
            }
        }
        if let Some(sort) = self.sort {
            invalids.take("/sort/field", Order::parse(fields, sort.field, sort.direction));
        }
        if let Some(shown) = &self.columns {
            let columns: Vec<ListColumn> = shown.iter().map(|shown| shown.column).collect();
            if let Err(inner) = check_columns(fields, &columns) {
                invalids.nest("/columns", inner);
            }
            for (at, column) in shown.iter().enumerate() {
                if column.width.is_some_and(|width| !WIDTHS.contains(&width)) {
                    invalids.add(format!("/columns/{at}/width"), Rule::OutOfRange);
                }
            }
        }
        invalids
    }

    /// Checks a view that is about to be saved.
    pub fn parse(self, fields: &[CustomField]) -> Result<Self, Invalids> {
        let mut invalids = self.complaints(fields);
        let name = invalids.take("/name", one_line(&self.name, NAME_MAX));
        invalids.or(name.map(|name| Self { name, ..self }))
    }

    /// The fields that it names by itself, each with its place; its query may speak of more.
    pub fn fields(&self) -> impl Iterator<Item = (String, FieldRef)> + '_ {
        let of_column = |(at, shown): (usize, &ShownColumn)| match shown.column {
            ListColumn::Field(field) => Some((format!("/columns/{at}"), field)),
            ListColumn::Owner | ListColumn::Department | ListColumn::Tags => None,
        };
        let conditions = self.filter.iter().enumerate().map(|(at, raw)| (format!("/filter/{at}/field"), raw.field));
        let sort = self.sort.map(|sort| ("/sort/field".to_owned(), sort.field));
        conditions.chain(sort).chain(self.columns.iter().flatten().enumerate().filter_map(of_column))
    }

    /// Whether it tells nothing of these fields. `custom` are those that exist.
    pub fn is_without(&self, custom: &[CustomField], hidden: impl Fn(FieldRef) -> bool) -> bool {
        !self.fields().map(|(_, field)| field).chain(self.query.card_fields(custom)).any(hidden)
    }

    /// Whether neither a condition nor the query looks at these fields.
    pub fn asks_nothing_of(&self, custom: &[CustomField], fields: impl Fn(FieldRef) -> bool) -> bool {
        !self.filter.iter().map(|raw| raw.field).chain(self.query.card_fields(custom)).any(fields)
    }

    /// Without what it says of these fields: a reader for whom a field does not exist is not told of it. Of a query nothing
    /// is left then: a part of it means something else.
    #[must_use]
    pub fn without(mut self, custom: &[CustomField], hidden: impl Fn(FieldRef) -> bool) -> Self {
        self = self.without_asking(custom, &hidden);
        self.sort = self.sort.filter(|sort| !hidden(sort.field));
        if let Some(columns) = &mut self.columns {
            columns.retain(|shown| !matches!(shown.column, ListColumn::Field(field) if hidden(field)));
        }
        self
    }

    /// Without the conditions on these fields, and without a query that looks at one of them.
    #[must_use]
    pub fn without_asking(mut self, custom: &[CustomField], fields: impl Fn(FieldRef) -> bool) -> Self {
        if self.query.card_fields(custom).into_iter().any(&fields) {
            self.query = Query::everything();
        }
        self.filter.retain(|raw| !fields(raw.field));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{client::BuiltinField, list::Operator};
    use proptest::prelude::*;
    use serde_json::json;

    fn view(fields: &[BuiltinField]) -> ListView {
        let field = |field: &BuiltinField| FieldRef::Builtin(*field);
        ListView {
            name: "Widok".into(),
            filter: fields
                .iter()
                .map(|it| RawCondition { field: field(it), operator: Operator::IsSet, value: json!(null) })
                .collect(),
            query: Query::everything(),
            columns: Some(
                fields.iter().map(|it| ShownColumn { column: ListColumn::Field(field(it)), width: None }).collect(),
            ),
            sort: fields.first().map(|it| SortBy { field: field(it), direction: Direction::Asc }),
        }
    }

    proptest! {
        /// What is hidden from a reader is told nowhere in the view, and everything else stays.
        #[test]
        fn hidden_fields_are_not_spoken_of(
            used in prop::collection::vec(prop::sample::select(BuiltinField::ALL.to_vec()), 0..8),
            hidden in prop::sample::select(BuiltinField::ALL.to_vec()),
        ) {
            let (hidden, whole) = (FieldRef::Builtin(hidden), view(&used));
            let shown = whole.clone().without(&[], |field| field == hidden);
            prop_assert!(shown.is_without(&[], |field| field == hidden));
            let kept = whole.fields().filter(|(_, field)| *field != hidden).count();
            prop_assert_eq!(shown.fields().count(), kept);
            prop_assert_eq!(whole.clone().without(&[], |_| false), whole.clone());
            // Without the conditions on it, its column stays where it was.
            let asks = whole.clone().without_asking(&[], |field| field == hidden);
            prop_assert!(asks.asks_nothing_of(&[], |field| field == hidden));
            prop_assert_eq!(asks.filter, shown.filter);
            prop_assert_eq!((asks.columns, asks.sort), (whole.columns, whole.sort));
        }
    }

    #[test]
    fn a_view_of_what_is_gone_says_where() {
        let mut lost = view(&[BuiltinField::Name]);
        let gone = FieldRef::Custom(crate::id::FieldId::generate(chrono::DateTime::UNIX_EPOCH, [1; 10]));
        lost.sort = Some(SortBy { field: gone, direction: Direction::Desc });
        assert_eq!(lost.complaints(&[]), Invalids::one("/sort/field", Rule::Unknown));
        let wide = vec![ShownColumn { column: ListColumn::Tags, width: Some(5000) }];
        let wide = ListView { columns: Some(wide), ..view(&[]) };
        assert_eq!(wide.parse(&[]), Err(Invalids::one("/columns/0/width", Rule::OutOfRange)));
    }
}
