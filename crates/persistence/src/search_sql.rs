//! The conditions of a search as SQL. No condition is ever null, so that `not` is its opposite.

use crate::{
    client_list::{NO_INTEGER, Sql, expression},
    quick_search::{columns_match, escaped, postgres_expression},
    search_plan::{Asked, is_emptiness, is_fixed, trigrams},
};
use sea_orm::DbBackend;
use zgoda_domain::{
    client::BuiltinField,
    field_ref::FieldRef,
    list::Comparison,
    quick_search::{FOLDED, fold, part_of_number},
    search::{Column, Leaf, Match, Operator, Resolved, Scalar, ValueKind},
};
use zgoda_vault::MasterKey;

/// What people write between the digits of a number; PostgreSQL's `client_digits` leaves out the same.
const BETWEEN_DIGITS: [&str; 7] = [" ", "-", "(", ")", ".", "/", "+"];

/// Whether an index may lead to the cards of a condition.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Leading,
    /// Only the cards that something else leads to are looked at. SQLite is kept from its index, but for the one that the
    /// list is walked by, where a condition says from where to where.
    Beside(Option<FieldRef>),
}

impl Sql {
    /// Adds the conditions, if there are any. `order` is the field that the list is walked by.
    pub(crate) fn search(&mut self, master: &MasterKey, asked: &Asked<'_>, order: Option<FieldRef>) {
        for (at, member) in asked.members().iter().enumerate() {
            self.and();
            if asked.lead() == Some(at) {
                self.push("id in (select id from clients where ");
                self.resolved(master, member, Use::Leading);
                self.push(")");
            } else {
                self.resolved(master, member, Use::Beside(order));
            }
        }
    }

    /// The rows that a condition finds through its index, from `from` on.
    pub(crate) fn probe(&mut self, master: &MasterKey, leaf: &Leaf) {
        match (leaf.column, &leaf.test) {
            (Column::Tags, test) => self.tagged(test),
            (Column::Card { field, sealed: true, .. }, Match::Among(values)) => {
                self.blind_values(master, field, values)
            }
            (column, Match::Contains(needle)) => {
                self.push(" from client_search where client_search match ");
                let (column, text) = trigrams(column, needle).unwrap_or_default();
                self.bind(columns_match(&[column], &[&text]));
            }
            _ => {
                self.push(" from clients where ");
                self.leaf(master, leaf, Use::Leading);
            }
        }
    }

    fn resolved(&mut self, master: &MasterKey, query: &Resolved, by: Use) {
        let (members, word, neutral) = match query {
            Resolved::All(members) => (members, " and ", "1 = 1"),
            Resolved::Any(members) => (members, " or ", "1 = 0"),
            Resolved::Leaf(leaf) => return self.leaf(master, leaf, by),
        };
        self.push("(");
        if members.is_empty() {
            self.push(neutral);
        }
        for (at, member) in members.iter().enumerate() {
            if at > 0 {
                self.push(word);
            }
            self.resolved(master, member, by);
        }
        self.push(")");
    }

    fn leaf(&mut self, master: &MasterKey, leaf: &Leaf, by: Use) {
        // From where to where an order is walked.
        let bounds = matches!(leaf.test, Match::Order(..) | Match::Range { .. });
        let is_order =
            |field| matches!(by, Use::Beside(Some(order)) if order == field && (bounds || is_fixed(leaf, order)));
        // A unary plus tells SQLite's planner to leave an index alone.
        let apart = by != Use::Leading && self.backend != DbBackend::Postgres;
        let plus = if apart { "+" } else { "" };
        // What is empty has one value in an index, and is what the opposite leaves out.
        let empty = is_emptiness(leaf);
        self.push(if leaf.holds || empty { "(" } else { "not (" });
        match leaf.column {
            Column::Card { field, sealed: true, .. } => match &leaf.test {
                Match::Among(values) => {
                    self.push(&format!("{plus}id in (select client_id"));
                    self.blind_values(master, field, values);
                    self.push(")");
                }
                _ => self.push("1 = 0"),
            },
            Column::Card { field: FieldRef::Custom(id), kind: ValueKind::Choices, .. }
                if leaf.test != Match::Present =>
            {
                // Ids are made by the program and have no quotation marks.
                self.push(&match self.backend {
                    DbBackend::Postgres => format!(
                        "exists (select 1 from jsonb_array_elements_text(coalesce(custom->'{id}', '[]'::jsonb)) as chosen(value) where "
                    ),
                    _ => format!("exists (select 1 from json_each(custom, '$.\"{id}\"') where "),
                });
                self.compared("value", ValueKind::Code, false, &leaf.test);
                self.push(")");
            }
            Column::Card { field, kind, .. } => {
                let comparison = match kind {
                    ValueKind::Text | ValueKind::Choice => Comparison::Text,
                    ValueKind::Integer => Comparison::Integer,
                    ValueKind::Decimal => Comparison::Decimal,
                    ValueKind::Flag => Comparison::Flag,
                    _ => Comparison::Code,
                };
                let system = matches!(field, FieldRef::Builtin(BuiltinField::CreatedAt | BuiltinField::UpdatedAt));
                let mut text = expression(self.backend, field, comparison);
                if kind == ValueKind::Text && matches!(field, FieldRef::Builtin(_)) {
                    text = format!("({text} collate polish)");
                }
                if let (FieldRef::Builtin(field), Match::Contains(needle)) = (field, &leaf.test)
                    && part_of_number(field, needle).as_ref() == Some(needle)
                {
                    text = self.digits_of(field);
                }
                if !is_order(field) {
                    text.insert_str(0, plus);
                }
                if let Match::Contains(needle) = &leaf.test
                    && let Some((column, part)) = trigrams(leaf.column, needle)
                {
                    self.by_trigrams(column, &part, by);
                }
                if empty {
                    self.push(&format!("{text} = {}", self.absent(kind)));
                } else {
                    self.compared(&text, kind, system, &leaf.test);
                }
            }
            Column::Kind => self.compared("kind", ValueKind::ClientKind, true, &leaf.test),
            Column::Owner => self.reference(&format!("{plus}owner_id"), &leaf.test),
            Column::Department => self.reference(&format!("{plus}department_id"), &leaf.test),
            Column::Tags => {
                self.push(&format!("{plus}id in (select client_id"));
                self.tagged(&leaf.test);
                self.push(")");
            }
            Column::Past { purpose, channel, before } => {
                // The last entry of the day tells the state: what the rules refuse is not in the ledger.
                self.push(
                    "coalesce((select case when kind in ('given', 'confirmed', 'renewed', 'recorded_by_staff') \
                     then case when expires_at < ",
                );
                self.bind(before);
                self.push(
                    " then 'expired' else 'given' end when kind in ('requested', 'imported') then 'requested' else kind end \
                     from consent_events where client_id = clients.id and purpose_id = ",
                );
                self.bind(purpose.as_uuid());
                self.push(" and channel = ");
                self.bind(channel.code());
                self.push(" and occurred_at < ");
                self.bind(before);
                self.push(" order by consent_events.id desc limit 1), '')");
                match &leaf.test {
                    Match::Among(states) => self.among(states),
                    _ => self.push(" <> ''"),
                }
            }
        }
        self.push(")");
    }

    /// The digits of a phone number or NIP.
    fn digits_of(&self, field: BuiltinField) -> String {
        if field == BuiltinField::Nip || self.backend == DbBackend::Postgres {
            return postgres_expression(field.key()).to_owned();
        }
        BETWEEN_DIGITS.iter().fold(field.key().to_owned(), |sql, sign| format!("replace({sql}, '{sign}', '')"))
    }

    /// What an index has of a card without a value.
    fn absent(&self, kind: ValueKind) -> String {
        match kind {
            ValueKind::Integer => NO_INTEGER.to_string(),
            ValueKind::Decimal if self.backend == DbBackend::Postgres => "'-Infinity'::numeric".to_owned(),
            ValueKind::Decimal => "-1e308".to_owned(),
            _ => "''".to_owned(),
        }
    }

    /// A column of text, of numbers or of moments; `always` has a value.
    fn compared(&mut self, text: &str, kind: ValueKind, always: bool, test: &Match) {
        let absent = self.absent(kind);
        // No tick is 0, and 0 is a value.
        let always = always || kind == ValueKind::Flag;
        match test {
            Match::Present if kind == ValueKind::Flag => self.push(&format!("{text} = 1")),
            Match::Present if always => self.push("1 = 1"),
            Match::Present => self.push(&format!("{text} <> {absent}")),
            Match::Among(values) => {
                self.push(text);
                self.among(values);
            }
            Match::Order(operator, value) => {
                let (sign, low) = match operator {
                    Operator::Lt => ("<", true),
                    Operator::Lte => ("<=", true),
                    Operator::Gt => (">", false),
                    _ => (">=", false),
                };
                self.push(&format!("{text} {sign} "));
                self.scalar(value);
                // What is absent stands below every value.
                if low && !always {
                    self.push(&format!(" and {text} > {absent}"));
                }
            }
            Match::Range { from, to } => {
                match from {
                    Some(from) => {
                        self.push(&format!("{text} >= "));
                        self.scalar(from);
                    }
                    None if always => self.push("1 = 1"),
                    None => self.push(&format!("{text} > {absent}")),
                }
                if let Some(to) = to {
                    self.push(&format!(" and {text} < "));
                    self.scalar(to);
                }
            }
            Match::Contains(needle) if self.backend == DbBackend::Postgres => {
                self.push(&format!("client_fold({text}) like "));
                self.bind(format!("%{}%", escaped(&fold(needle))));
            }
            Match::Contains(needle) => {
                self.push(&format!("{text} glob "));
                self.bind(glob(needle));
            }
        }
    }

    fn reference(&mut self, column: &str, test: &Match) {
        self.push(&format!("{column} is not null"));
        if let Match::Among(ids) = test {
            self.push(&format!(" and {column}"));
            self.among(ids);
        }
    }

    /// Narrows to the cards that the trigrams know and, on SQLite, those that they do not know yet.
    fn by_trigrams(&mut self, column: &str, part: &str, by: Use) {
        if self.backend == DbBackend::Postgres {
            self.push(&format!("{} like ", postgres_expression(column)));
            self.bind(format!("%{}%", escaped(part)));
            self.push(" and ");
        } else if by == Use::Leading {
            self.push(
                "id in (select client_id from client_terms where n in (select rowid from client_search where client_search match ",
            );
            self.bind(columns_match(&[column], &[part]));
            self.push(") union all select client_id from client_terms where indexed = 0) and ");
        }
    }

    fn tagged(&mut self, test: &Match) {
        self.push(" from client_tags");
        if let Match::Among(tags) = test {
            self.push(" where tag_id");
            self.among(tags);
        }
    }

    fn blind_values(&mut self, master: &MasterKey, field: FieldRef, values: &[Scalar]) {
        let name = match field {
            FieldRef::Builtin(field) => field.key().to_owned(),
            FieldRef::Custom(id) => id.to_string(),
        };
        self.push(" from blind_index where field = ");
        self.bind(name.as_str());
        self.push(" and tag in (null");
        for value in values {
            let value = match (field, value) {
                (FieldRef::Builtin(_), Scalar::Text(text)) => text.clone(),
                (_, Scalar::Text(text) | Scalar::Decimal(text)) => serde_json::Value::from(text.as_str()).to_string(),
                (_, Scalar::Integer(number)) => number.to_string(),
                _ => continue,
            };
            self.push(", ");
            self.bind(master.blind_tag(&name, &value).0);
        }
        self.push(")");
    }

    fn among(&mut self, values: &[Scalar]) {
        if let [one] = values {
            self.push(" = ");
            return self.scalar(one);
        }
        self.push(" in (");
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.push(", ");
            }
            self.scalar(value);
        }
        if values.is_empty() {
            // Nobody: as false as any comparison, and not null.
            self.push("select id from clients where 1 = 0");
        }
        self.push(")");
    }

    fn scalar(&mut self, value: &Scalar) {
        match value {
            Scalar::Text(text) => self.bind(text.as_str()),
            Scalar::Integer(number) => self.bind(*number),
            Scalar::Moment(at) => self.bind(*at),
            Scalar::Id(id) => self.bind(*id),
            Scalar::Decimal(number) => {
                self.bind(number.as_str());
                self.push(if self.backend == DbBackend::Postgres { "::text::numeric" } else { " + 0.0" });
            }
        }
    }
}

/// A pattern of SQLite's `glob` that takes each letter in either case, with and without marks.
fn glob(needle: &str) -> String {
    let mut pattern = String::from("*");
    for letter in fold(needle).chars() {
        let mut same: Vec<char> = vec![letter];
        same.extend(FOLDED.iter().filter(|(_, to)| *to == letter).map(|(from, _)| *from));
        // A letter whose capital is two letters has none here.
        let capital = |letter: &char| {
            let mut capital = letter.to_uppercase();
            capital.next().filter(|_| capital.next().is_none())
        };
        let upper: Vec<char> = same.iter().filter_map(capital).collect();
        same.extend(upper);
        same.sort_unstable();
        same.dedup();
        if same.len() > 1 || matches!(letter, '*' | '?' | '[') {
            pattern.push('[');
            pattern.extend(same);
            pattern.push(']');
        } else {
            pattern.push(letter);
        }
    }
    pattern.push('*');
    pattern
}
