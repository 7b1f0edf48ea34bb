//! The columns of the table: fields, and what else a row tells of a client.

use super::columns::{Column, available};
use crate::{
    session::Restrictions,
    words::{ListWords, Words},
};
use zgoda_api_types::custom_fields::CustomField;
use zgoda_domain::{
    client::BuiltinField,
    custom_field::FieldKind,
    field_ref::FieldRef,
    list::ListColumn,
    saved_filter::{ShownColumn, WIDTHS},
};

/// The name: always there, always first.
pub const NAME: ListColumn = ListColumn::Field(FieldRef::Builtin(BuiltinField::Name));

const DEFAULT: [ListColumn; 4] = [
    ListColumn::Field(FieldRef::Builtin(BuiltinField::Email)),
    ListColumn::Field(FieldRef::Builtin(BuiltinField::Phone)),
    ListColumn::Field(FieldRef::Builtin(BuiltinField::City)),
    ListColumn::Field(FieldRef::Builtin(BuiltinField::CreatedAt)),
];

/// A column with its heading.
#[derive(Clone, Debug, PartialEq)]
pub struct TableColumn {
    pub column: ListColumn,
    pub label: String,
    /// The field that it shows, if it shows one.
    pub field: Option<Column>,
}

impl TableColumn {
    pub fn kind(&self) -> Option<FieldKind> {
        self.field.as_ref().map(|field| field.kind)
    }
}

/// Every column that there can be, the name first.
pub fn every(w: &Words, l: &ListWords, fields: &[CustomField], restrictions: &Restrictions) -> Vec<TableColumn> {
    let own = [(ListColumn::Tags, l.tags), (ListColumn::Owner, w.client_owner), (ListColumn::Department, w.department)];
    let known = available(w, fields, restrictions).into_iter().map(|field| TableColumn {
        column: ListColumn::Field(field.field),
        label: field.label.clone(),
        field: Some(field),
    });
    let own = own.into_iter().map(|(column, label)| TableColumn { column, label: label.to_owned(), field: None });
    known.chain(own).collect()
}

/// The chosen columns with their widths, the name first. What is not there (any more) is passed over.
pub fn shown(every: &[TableColumn], layout: &[ShownColumn]) -> Vec<(TableColumn, Option<u16>)> {
    let default: Vec<ShownColumn>;
    let layout = if layout.is_empty() {
        default = DEFAULT.into_iter().map(|column| ShownColumn { column, width: None }).collect();
        &default
    } else {
        layout
    };
    let name = layout.iter().find(|it| it.column == NAME).copied().unwrap_or(ShownColumn { column: NAME, width: None });
    std::iter::once(name)
        .chain(layout.iter().copied().filter(|it| it.column != NAME))
        .filter_map(|it| {
            let column = every.iter().find(|column| column.column == it.column)?;
            Some((column.clone(), it.width))
        })
        .collect()
}

/// A width that is kept.
pub fn fitting(width: f64) -> u16 {
    let (least, most) = (f64::from(*WIDTHS.start()), f64::from(*WIDTHS.end()));
    // Within the bounds of u16 by now.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 40..=1200")]
    let width = width.round().clamp(least, most) as u16;
    width
}

/// Widths of columns that nobody gave one, once others have theirs.
pub const USUAL_WIDTH: u16 = 160;
/// The same for names.
pub const NAME_WIDTH: u16 = 260;

/// The layout with one column taken out and put in elsewhere.
pub fn moved(mut layout: Vec<ShownColumn>, from: usize, to: usize) -> Vec<ShownColumn> {
    if from < layout.len() && from > 0 && to > 0 {
        let column = layout.remove(from);
        layout.insert(to.min(layout.len()), column);
    }
    layout
}
