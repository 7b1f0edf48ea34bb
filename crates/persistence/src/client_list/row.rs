//! Rows of the list, and how they come out of the database: each as one text. Decoding a dozen columns one by one costs more
//! than reading them.

use crate::error::DbError;
use chrono::{DateTime, Utc};
use sea_orm::DbBackend;
use serde::de::{self, DeserializeSeed, SeqAccess, Visitor};
use uuid::Uuid;
use zgoda_domain::{
    access::Assignment,
    client::{BuiltinField, ClientInput, ClientKind},
    custom_field::CustomValues,
    field_ref::FieldRef,
    id::{AccountId, ClientId, DepartmentId, TagId},
    list::ListColumn,
};

/// A row of the list.
#[derive(Clone, PartialEq)]
pub struct ListRow {
    pub id: ClientId,
    pub version: i32,
    /// Only of the columns that were asked for; kind and name always.
    pub details: ClientInput,
    pub custom: CustomValues,
    pub tags: Vec<TagId>,
    pub assignment: Assignment,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The built-in fields of rows whose columns nobody named.
const USUAL: [BuiltinField; 5] =
    [BuiltinField::Name, BuiltinField::Email, BuiltinField::Phone, BuiltinField::City, BuiltinField::Nip];

/// What rows are to tell.
pub(crate) struct Wanted<'a>(pub(crate) Option<&'a [ListColumn]>);

impl Wanted<'_> {
    pub(crate) fn column(&self, column: ListColumn) -> bool {
        self.0.is_some_and(|columns| columns.contains(&column))
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = BuiltinField> {
        BuiltinField::ALL.into_iter().filter(|field| {
            let asked = match self.0 {
                None => USUAL.contains(field),
                Some(_) => self.column(ListColumn::Field(FieldRef::Builtin(*field))),
            };
            *field == BuiltinField::Name || asked && !field.is_system() && !field.is_sealed()
        })
    }

    pub(crate) fn custom(&self) -> bool {
        let is_custom = |column: &ListColumn| matches!(column, ListColumn::Field(FieldRef::Custom(_)));
        self.0.is_none_or(|columns| columns.iter().any(is_custom))
    }

    pub(crate) fn owner(&self) -> bool {
        self.0.is_none() || self.column(ListColumn::Owner)
    }

    pub(crate) fn department(&self) -> bool {
        self.0.is_none() || self.column(ListColumn::Department)
    }

    /// The columns that are read.
    pub(crate) fn columns(&self) -> Vec<&'static str> {
        let mut columns = vec!["id", "version", "kind", "created_at", "updated_at"];
        columns.extend(self.texts().map(BuiltinField::key));
        let others = [(self.custom(), "custom"), (self.owner(), "owner_id"), (self.department(), "department_id")];
        columns.extend(others.into_iter().filter(|(asked, _)| *asked).map(|(_, column)| column));
        columns
    }
}

impl std::fmt::Debug for ListRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ListRow({})", self.id)
    }
}

/// A row as one JSON array of its columns, in the order of [`Wanted::columns`] without the id.
pub(crate) fn told(backend: DbBackend, wanted: &Wanted<'_>) -> String {
    let columns = wanted.columns().into_iter().skip(1);
    if backend == DbBackend::Postgres {
        return format!("json_build_array({})::text", columns.collect::<Vec<_>>().join(", "));
    }
    let columns = columns.map(|column| match column {
        "custom" => "json(custom)".to_owned(),
        // Of null SQLite makes no digits, which is another value than null.
        "owner_id" | "department_id" => format!("case when {column} is null then null else hex({column}) end"),
        _ => column.to_owned(),
    });
    format!("json_array({})", columns.collect::<Vec<_>>().join(", "))
}

/// Reads what [`told`] tells.
pub(crate) fn read(id: ClientId, text: &str, wanted: &Wanted<'_>) -> Result<ListRow, DbError> {
    let mut text = serde_json::Deserializer::from_str(text);
    RowSeed { id, wanted }.deserialize(&mut text).map_err(|_| DbError::corrupt("clients"))
}

struct RowSeed<'a> {
    id: ClientId,
    wanted: &'a Wanted<'a>,
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_> {
    type Value = ListRow;

    fn deserialize<D: de::Deserializer<'de>>(self, from: D) -> Result<ListRow, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_> {
    type Value = ListRow;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a row of the list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut columns: A) -> Result<ListRow, A::Error> {
        fn next<'de, T: de::Deserialize<'de>, A: SeqAccess<'de>>(columns: &mut A) -> Result<T, A::Error> {
            columns.next_element()?.ok_or_else(|| de::Error::custom("a column is missing"))
        }
        let version: i32 = next(&mut columns)?;
        let kind: String = next(&mut columns)?;
        let kind = ClientKind::from_code(&kind).ok_or_else(|| de::Error::custom("an unknown kind"))?;
        let created_at: DateTime<Utc> = next(&mut columns)?;
        let updated_at: DateTime<Utc> = next(&mut columns)?;
        let mut details = ClientInput { kind, ..ClientInput::default() };
        for field in self.wanted.texts() {
            details.set(field, Some(next(&mut columns)?));
        }
        let mut custom = CustomValues::new();
        if self.wanted.custom() {
            custom = next(&mut columns)?;
            if let Some(columns) = self.wanted.0 {
                custom.retain(|id, _| columns.contains(&ListColumn::Field(FieldRef::Custom(*id))));
            }
        }
        let mut assignment = Assignment::default();
        if self.wanted.owner() {
            assignment.owner_id = next::<Option<Uuid>, _>(&mut columns)?.map(AccountId::from_uuid);
        }
        if self.wanted.department() {
            assignment.department_id = next::<Option<Uuid>, _>(&mut columns)?.map(DepartmentId::from_uuid);
        }
        Ok(ListRow { id: self.id, version, details, custom, tags: Vec::new(), assignment, created_at, updated_at })
    }
}
