//! A query as rows that are being edited, every part with signals of its own, so that what is typed into one row renders no
//! other anew.

use leptos::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};
use zgoda_domain::search::{Field, FieldChoice, Operator, Outline, Row};

/// A condition or a group of them.
#[derive(Clone, Copy, PartialEq)]
pub struct Item {
    /// Its own among all items.
    pub id: u32,
    /// The opposite has to hold.
    pub negated: RwSignal<bool>,
    pub part: Part,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Part {
    Group(Group),
    Condition(Condition),
}

#[derive(Clone, Copy, PartialEq)]
pub struct Group {
    /// One is enough; otherwise all have to hold.
    pub any: RwSignal<bool>,
    pub members: RwSignal<Vec<Item>>,
}

#[derive(Clone, Copy, PartialEq)]
pub struct Condition {
    pub field: RwSignal<Field>,
    pub operator: RwSignal<Operator>,
    pub values: RwSignal<Vec<RwSignal<String>>>,
    /// The day of a consent's state; empty for now.
    pub at: RwSignal<String>,
}

fn item(part: Part, negated: bool) -> Item {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    Item { id: NEXT.fetch_add(1, Ordering::Relaxed), negated: RwSignal::new(negated), part }
}

fn group(any: bool, members: Vec<Item>) -> Item {
    item(Part::Group(Group { any: RwSignal::new(any), members: RwSignal::new(members) }), false)
}

/// A group with one condition that is still to be filled in.
pub fn new_group(first: &FieldChoice) -> Item {
    group(true, vec![new_condition(first)])
}

pub fn new_condition(field: &FieldChoice) -> Item {
    let operator = field.operators.first().copied().unwrap_or(Operator::Eq);
    let condition = Condition {
        field: RwSignal::new(field.field),
        operator: RwSignal::new(operator),
        values: RwSignal::new(Vec::new()),
        at: RwSignal::new(String::new()),
    };
    condition.fit();
    item(Part::Condition(condition), false)
}

/// The rows of a query; always a group, which may be empty.
pub fn rows(outline: Option<&Outline>) -> Item {
    match outline.map(of) {
        Some(root) if matches!(root.part, Part::Group(_)) && !root.negated.get_untracked() => root,
        root => group(false, root.into_iter().collect()),
    }
}

fn of(outline: &Outline) -> Item {
    match outline {
        Outline::All(members) => group(false, members.iter().map(of).collect()),
        Outline::Any(members) => group(true, members.iter().map(of).collect()),
        Outline::Not(inner) => {
            let inner = of(inner);
            if inner.negated.get_untracked() {
                let twice = group(false, vec![inner]);
                twice.negated.set(true);
                twice
            } else {
                inner.negated.set(true);
                inner
            }
        }
        Outline::Test(row) => item(
            Part::Condition(Condition {
                field: RwSignal::new(row.field),
                operator: RwSignal::new(row.operator),
                values: RwSignal::new(row.values.iter().cloned().map(RwSignal::new).collect()),
                at: RwSignal::new(row.at.clone().unwrap_or_default()),
            }),
            false,
        ),
    }
}

impl Item {
    /// As the server reads it: finished conditions, and groups that have some. Follows every part of it.
    pub fn outline(self) -> Option<Outline> {
        let positive = match self.part {
            Part::Condition(condition) => condition.row().map(Outline::Test),
            Part::Group(Group { any, members }) => {
                let mut parts: Vec<_> = members.get().into_iter().filter_map(Self::outline).collect();
                match parts.len() {
                    0 => None,
                    1 => parts.pop(),
                    _ => Some(if any.get() { Outline::Any(parts) } else { Outline::All(parts) }),
                }
            }
        };
        // Followed also while there is nothing to negate.
        let negated = self.negated.get();
        positive.map(|inner| if negated { Outline::Not(Box::new(inner)) } else { inner })
    }
}

impl Condition {
    fn row(self) -> Option<Row> {
        let (field, operator, at) = (self.field.get(), self.operator.get(), self.at.get());
        let values: Vec<String> = self.values.get().into_iter().map(|value| value.get()).collect();
        let finished = values.iter().all(|value| !value.trim().is_empty()) && values.len() >= operator.arity().0;
        finished.then(|| Row { field, operator, values, at: Some(at).filter(|at| !at.trim().is_empty()) })
    }

    /// Whether a value is still to be filled in.
    pub fn is_unfinished(self) -> bool {
        self.row().is_none()
    }

    /// As many values as the operator takes.
    pub fn fit(self) {
        let (least, most) = self.operator.get_untracked().arity();
        self.values.update(|values| {
            values.truncate(most);
            while values.len() < least {
                values.push(RwSignal::new(String::new()));
            }
        });
    }

    /// Another field: an operator that it knows, and no value of another kind.
    pub fn choose_field(self, before: Option<&FieldChoice>, now: &FieldChoice) {
        self.field.set(now.field);
        if !now.operators.contains(&self.operator.get_untracked()) {
            self.operator.set(now.operators.first().copied().unwrap_or(Operator::Eq));
        }
        if before.is_none_or(|before| before.kind != now.kind || before.options != now.options) {
            self.values.set(Vec::new());
        }
        if !matches!(now.field, Field::Consent { .. }) {
            self.at.set(String::new());
        }
        self.fit();
    }
}
