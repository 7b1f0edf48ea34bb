//! Rows of the list as cells.

use crate::{AppError, Ctx};
use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use std::collections::{BTreeSet, HashMap};
use zgoda_domain::{
    client::BuiltinField,
    custom_field::{CustomField, FieldKind, consent_column_name},
    export::{Cell, ExportLook, ExportWords, MASK},
    field_ref::FieldRef,
    id::{AccountId, DepartmentId, TagId},
    list::ListColumn,
};
use zgoda_persistence::{accounts, client_list::ListRow, roles, tags};

/// What a custom field's column is called.
fn head_of(field: &CustomField, words: &ExportWords) -> String {
    let name = field.name.as_str();
    field
        .consent
        .map_or_else(|| name.to_owned(), |(_, channel)| consent_column_name(name, channel, words.channel(channel)))
}

/// The chosen columns, with all it takes to fill them.
pub(super) struct Columns {
    columns: Vec<(ListColumn, FieldKind)>,
    pub(super) heads: Vec<String>,
    words: &'static ExportWords,
    zone: Tz,
    people: HashMap<AccountId, String>,
    departments: HashMap<DepartmentId, String>,
    tags: HashMap<TagId, String>,
}

impl Columns {
    /// `fields` are the custom fields that exist for whoever asks; the columns were checked.
    pub(super) async fn load(ctx: &Ctx, look: &ExportLook, fields: &[CustomField]) -> Result<Self, AppError> {
        let reader = ctx.db.read();
        let words = ExportWords::of(look.language);
        let mut columns = Vec::with_capacity(look.columns.len());
        let mut heads = Vec::with_capacity(look.columns.len());
        for column in &look.columns {
            let (kind, head) = match column {
                ListColumn::Owner => (FieldKind::ShortText, words.owner().to_owned()),
                ListColumn::Department => (FieldKind::ShortText, words.department().to_owned()),
                ListColumn::Tags => (FieldKind::ShortText, words.tags().to_owned()),
                ListColumn::Field(FieldRef::Builtin(field)) => (FieldKind::ShortText, words.builtin(*field).to_owned()),
                ListColumn::Field(FieldRef::Custom(id)) => match fields.iter().find(|field| field.id == *id) {
                    Some(field) => (field.kind, head_of(field, words)),
                    None => return Err(AppError::NotFound),
                },
            };
            columns.push((*column, kind));
            heads.push(head);
        }
        let asks = |column| look.columns.contains(&column);
        let mut found = Self {
            columns,
            heads,
            words,
            zone: ctx.time_zone,
            people: HashMap::new(),
            departments: HashMap::new(),
            tags: HashMap::new(),
        };
        if asks(ListColumn::Owner) {
            found.people = accounts::all(&reader).await?.into_iter().map(|it| (it.id, it.name)).collect();
        }
        if asks(ListColumn::Department) {
            found.departments = roles::departments(&reader).await?.into_iter().map(|it| (it.id, it.name)).collect();
        }
        if asks(ListColumn::Tags) {
            found.tags = tags::all(&reader).await?.into_iter().map(|it| (it.id, it.name)).collect();
        }
        Ok(found)
    }

    /// A row; what is masked shows that there is a value, and not which.
    pub(super) fn cells<'a>(
        &'a self,
        row: &'a ListRow,
        masked: &'a BTreeSet<FieldRef>,
        tags_masked: bool,
    ) -> impl Iterator<Item = Cell<'a>> {
        self.columns.iter().map(move |(column, kind)| match column {
            ListColumn::Field(field) if masked.contains(field) => Cell::text(MASK),
            ListColumn::Field(FieldRef::Builtin(BuiltinField::CreatedAt)) => Cell::Moment(self.local(row.created_at)),
            ListColumn::Field(FieldRef::Builtin(BuiltinField::UpdatedAt)) => Cell::Moment(self.local(row.updated_at)),
            ListColumn::Field(FieldRef::Builtin(field)) => Cell::text(row.details.get(*field).unwrap_or_default()),
            ListColumn::Field(FieldRef::Custom(id)) => {
                Cell::of(*kind, row.custom.get(id), self.words, |at| self.local(at))
            }
            ListColumn::Owner => Cell::text(named(&self.people, row.assignment.owner_id.as_ref())),
            ListColumn::Department => Cell::text(named(&self.departments, row.assignment.department_id.as_ref())),
            ListColumn::Tags if tags_masked => Cell::text(MASK),
            ListColumn::Tags => {
                let mut names: Vec<&str> = row.tags.iter().map(|id| named(&self.tags, Some(id))).collect();
                names.sort_unstable();
                Cell::text(names.join(", "))
            }
        })
    }

    fn local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        at.with_timezone(&self.zone).naive_local()
    }
}

fn named<'a, Id: std::hash::Hash + Eq>(names: &'a HashMap<Id, String>, id: Option<&Id>) -> &'a str {
    id.and_then(|id| names.get(id)).map(String::as_str).unwrap_or_default()
}
