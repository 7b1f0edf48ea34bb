//! The conditions of a search as SQL. No condition is ever null, so that `not` is its opposite.

use crate::client_list::{NO_INTEGER, Sql, expression};
use sea_orm::DbBackend;
use zgoda_domain::{
    client::BuiltinField,
    field_ref::FieldRef,
    list::Comparison,
    quick_search::{FOLDED, fold},
    search::{Column, Leaf, Match, Operator, Resolved, Scalar, ValueKind},
};
use zgoda_vault::MasterKey;

impl Sql {
    /// Adds the conditions, if there are any.
    pub(crate) fn search(&mut self, master: &MasterKey, query: &Resolved) {
        if !query.is_everything() {
            self.and();
            self.resolved(master, query);
        }
    }

    fn resolved(&mut self, master: &MasterKey, query: &Resolved) {
        let (members, word, neutral) = match query {
            Resolved::All(members) => (members, " and ", "1 = 1"),
            Resolved::Any(members) => (members, " or ", "1 = 0"),
            Resolved::Leaf(leaf) => return self.leaf(master, leaf),
        };
        self.push("(");
        if members.is_empty() {
            self.push(neutral);
        }
        for (at, member) in members.iter().enumerate() {
            if at > 0 {
                self.push(word);
            }
            self.resolved(master, member);
        }
        self.push(")");
    }

    fn leaf(&mut self, master: &MasterKey, leaf: &Leaf) {
        self.push(if leaf.holds { "(" } else { "not (" });
        match leaf.column {
            Column::Card { field, sealed: true, .. } => self.sealed(master, field, &leaf.test),
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
                self.compared(&text, kind, system, &leaf.test);
            }
            Column::Kind => self.compared("kind", ValueKind::ClientKind, true, &leaf.test),
            Column::Owner => self.reference("owner_id", &leaf.test),
            Column::Department => self.reference("department_id", &leaf.test),
            Column::Tags => {
                self.push("id in (select client_id from client_tags");
                if let Match::Among(tags) = &leaf.test {
                    self.push(" where tag_id");
                    self.among(tags);
                }
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

    /// A column of text, of numbers or of moments; `always` has a value.
    fn compared(&mut self, text: &str, kind: ValueKind, always: bool, test: &Match) {
        let absent = match kind {
            ValueKind::Integer => NO_INTEGER.to_string(),
            ValueKind::Decimal if self.backend == DbBackend::Postgres => "'-Infinity'::numeric".to_owned(),
            ValueKind::Decimal => "-1e308".to_owned(),
            _ => "''".to_owned(),
        };
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
                let escaped = fold(needle).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                self.push(&format!("client_fold({text}) like "));
                self.bind(format!("%{escaped}%"));
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

    fn sealed(&mut self, master: &MasterKey, field: FieldRef, test: &Match) {
        let Match::Among(values) = test else { return self.push("1 = 0") };
        let name = match field {
            FieldRef::Builtin(field) => field.key().to_owned(),
            FieldRef::Custom(id) => id.to_string(),
        };
        self.push("id in (select client_id from blind_index where field = ");
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
        self.push("))");
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
        let upper: Vec<char> = same.iter().flat_map(|letter| letter.to_uppercase()).collect();
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
