//! Which condition of a search leads to its cards.
//!
//! PostgreSQL's planner knows how many cards a condition finds. SQLite's does not, so each condition that an index serves is
//! counted first, to a few hundred and no further. One that finds few leads: its cards are read and sorted. Otherwise the
//! list is walked in its order until the page is full.

use crate::{
    client_list::{COMMON, Sql},
    error::DbError,
    tx::{Reader, Source},
};
use sea_orm::DbBackend;
use zgoda_domain::{
    client::BuiltinField,
    field_ref::FieldRef,
    quick_search::{TRIGRAM, digits, fold},
    search::{Column, Leaf, Match, Resolved, ValueKind},
};

/// For a search that an index leads.
const BY_INDEX: &str = "set local enable_seqscan = off";

/// A search, and which of its members leads.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    search: &'a Resolved,
    lead: Option<usize>,
}

impl<'a> Asked<'a> {
    /// What all have to hold.
    pub(crate) fn members(&self) -> &'a [Resolved] {
        match self.search {
            Resolved::All(members) => members,
            one => std::slice::from_ref(one),
        }
    }

    pub(crate) const fn lead(&self) -> Option<usize> {
        self.lead
    }

    /// Whether all cards that are found have the same value in a field.
    pub(crate) fn fixes(&self, field: FieldRef) -> bool {
        self.members().iter().any(|member| matches!(member, Resolved::Leaf(leaf) if is_fixed(leaf, field)))
    }
}

/// Whether a condition allows one value of the field only.
pub(crate) fn is_fixed(leaf: &Leaf, field: FieldRef) -> bool {
    let one = leaf.holds && matches!(&leaf.test, Match::Among(values) if values.len() == 1) || is_emptiness(leaf);
    one && matches!(leaf.column, Column::Card { field: of, sealed: false, kind } if of == field && kind != ValueKind::Choices)
}

/// Whether a condition asks for cards without a value in a field that has one value for them.
pub(crate) fn is_emptiness(leaf: &Leaf) -> bool {
    let Column::Card { field, kind, sealed: false } = leaf.column else { return false };
    let always = matches!(field, FieldRef::Builtin(BuiltinField::CreatedAt | BuiltinField::UpdatedAt));
    !leaf.holds && leaf.test == Match::Present && !always && !matches!(kind, ValueKind::Flag | ValueKind::Choices)
}

/// What PostgreSQL is to be told before a search. Its planner takes the few that are asked for as a reason to read cards one
/// after the other; and where no index leads to them it would rather sort all that it believes to be few.
pub(crate) fn advice(search: &Resolved) -> &'static [&'static str] {
    let asked = Asked { search, lead: None };
    if asked.members().iter().all(is_plain) {
        return &[];
    }
    let mut members = asked.members().iter();
    let led = members.any(|member| leads(member, &mut leaves(member).into_iter().map(is_served)));
    if led { &[BY_INDEX] } else { &[BY_INDEX, "set local enable_bitmapscan = off", "set local enable_sort = off"] }
}

/// Looks for the member that leads.
pub(crate) async fn ask<'a>(reader: Reader<'_>, search: &'a Resolved) -> Result<Asked<'a>, DbError> {
    let mut asked = Asked { search, lead: None };
    if reader.connection().get_database_backend() != DbBackend::Postgres {
        for (at, member) in asked.members().iter().enumerate() {
            if finds_few(reader, member).await? {
                asked.lead = Some(at);
                break;
            }
        }
    }
    Ok(asked)
}

/// Whether indexes lead to so few cards that sorting them is less than walking the list.
async fn finds_few(reader: Reader<'_>, part: &Resolved) -> Result<bool, DbError> {
    let mut few = Vec::new();
    for leaf in leaves(part) {
        few.push(
            is_served(leaf) && {
                let mut sql = Sql::new(reader.connection().get_database_backend());
                sql.push("select count(*) as n from (select 1");
                sql.probe(&reader.vault().master, leaf);
                sql.push(&format!(" limit {})", COMMON + 1));
                sql.count(reader).await? <= COMMON
            },
        );
    }
    Ok(leads(part, &mut few.into_iter()))
}

/// Whether PostgreSQL's planner can tell by itself how many cards a condition finds.
fn is_plain(part: &Resolved) -> bool {
    let Resolved::Leaf(leaf) = part else { return false };
    let Column::Card { field, kind, sealed: false } = leaf.column else { return false };
    let kept = match field {
        FieldRef::Builtin(field) => field.is_sortable(),
        FieldRef::Custom(_) => !matches!(kind, ValueKind::LongText | ValueKind::Choices),
    };
    kept && !matches!(leaf.test, Match::Contains(_))
}

fn leaves(part: &Resolved) -> Vec<&Leaf> {
    match part {
        Resolved::All(members) | Resolved::Any(members) => members.iter().flat_map(leaves).collect(),
        Resolved::Leaf(leaf) => vec![leaf],
    }
}

fn leads(part: &Resolved, few: &mut dyn Iterator<Item = bool>) -> bool {
    let (members, all) = match part {
        Resolved::Leaf(_) => return few.next().unwrap_or_default(),
        Resolved::All(members) => (members, true),
        Resolved::Any(members) => (members, false),
    };
    // Each takes its own from the iterator.
    let members: Vec<bool> = members.iter().map(|member| leads(member, few)).collect();
    if all { members.contains(&true) } else { !members.contains(&false) }
}

/// Whether an index finds the cards, and not only those that are left out.
fn is_served(leaf: &Leaf) -> bool {
    if (!leaf.holds || leaf.test == Match::Present) && !is_emptiness(leaf) {
        return false;
    }
    if let Match::Contains(needle) = &leaf.test {
        return trigrams(leaf.column, needle).is_some();
    }
    match leaf.column {
        Column::Card { sealed: true, .. } | Column::Owner | Column::Department | Column::Tags => true,
        Column::Card { field: FieldRef::Builtin(field), .. } => field.is_sortable(),
        Column::Card { kind, .. } => !matches!(kind, ValueKind::LongText | ValueKind::Choices),
        Column::Kind | Column::Past { .. } => false,
    }
}

/// Where quick search's trigrams find every card that contains the text, and some that do not: the column, and what to look
/// for in it.
pub(crate) fn trigrams(column: Column, needle: &str) -> Option<(&'static str, String)> {
    let Column::Card { field: FieldRef::Builtin(field), sealed: false, .. } = column else { return None };
    let (column, text) = match field {
        BuiltinField::Name => ("name", fold(needle)),
        BuiltinField::Email | BuiltinField::Nip => (field.key(), fold(needle)),
        // Numbers are indexed without what stands between their digits.
        BuiltinField::Phone | BuiltinField::MobilePhone => (field.key(), digits(needle)),
        _ => return None,
    };
    (text.chars().count() >= TRIGRAM).then_some((column, text))
}
