//! The SQL of questions about clients.

use sea_orm::{DbBackend, Statement, Value};
use zgoda_domain::{
    access::{DepartmentLimit, Scope, Visible},
    client::BuiltinField,
    field_ref::FieldRef,
    id::{AccountId, ClientId},
    list::Comparison,
};

/// Absent integers come first: below anything an integer field may hold.
pub(crate) const NO_INTEGER: i64 = -9_007_199_254_740_992;

/// The ids of the clients the caller may reach, as a subquery with its values.
pub(crate) fn visible_ids(backend: DbBackend, visible: &Visible) -> (String, Vec<Value>) {
    let mut sql = Sql::new(backend);
    sql.push("select id from clients");
    sql.visible(visible);
    (sql.text, sql.values)
}

/// The one expression of a field: in its index, in the order, in conditions.
pub(crate) fn expression(backend: DbBackend, field: FieldRef, comparison: Comparison) -> String {
    let id = match field {
        FieldRef::Builtin(BuiltinField::Email) => return "email_norm".to_owned(),
        // The columns of names and cities are in that order by themselves.
        FieldRef::Builtin(field @ (BuiltinField::Name | BuiltinField::City)) => return field.key().to_owned(),
        FieldRef::Builtin(field) if field.is_wording() => return format!("{} collate polish", field.key()),
        FieldRef::Builtin(field) => return field.key().to_owned(),
        FieldRef::Custom(id) => id,
    };
    if backend == DbBackend::Postgres {
        let raw = format!("custom->>'{id}'");
        return match comparison {
            Comparison::Text => format!("(coalesce({raw}, '') collate polish)"),
            Comparison::Code | Comparison::Moment | Comparison::Blind => format!("(coalesce({raw}, '') collate \"C\")"),
            Comparison::Integer => format!("coalesce(({raw})::bigint, {NO_INTEGER})"),
            Comparison::Decimal => format!("coalesce(({raw})::numeric, '-Infinity'::numeric)"),
            Comparison::Flag => format!("(coalesce(({raw})::boolean, false)::int)"),
        };
    }
    let raw = format!("json_extract(custom, '$.\"{id}\"')");
    match comparison {
        Comparison::Text => format!("coalesce({raw}, '') collate polish"),
        Comparison::Code | Comparison::Moment | Comparison::Blind => format!("coalesce({raw}, '')"),
        Comparison::Integer => format!("coalesce({raw}, {NO_INTEGER})"),
        Comparison::Decimal => format!("coalesce(cast({raw} as real), -1e308)"),
        Comparison::Flag => format!("coalesce({raw}, 0)"),
    }
}

/// SQL text made of our own words, with every value bound.
pub(crate) struct Sql {
    pub(crate) backend: DbBackend,
    text: String,
    values: Vec<Value>,
    has_where: bool,
}

impl Sql {
    pub(crate) const fn new(backend: DbBackend) -> Self {
        Self { backend, text: String::new(), values: Vec::new(), has_where: false }
    }

    pub(crate) fn push(&mut self, words: &str) {
        self.text.push_str(words);
    }

    pub(crate) fn bind(&mut self, value: impl Into<Value>) {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
    }

    pub(crate) fn and(&mut self) {
        self.push(if self.has_where { " and " } else { " where " });
        self.has_where = true;
    }

    /// Only the cards the caller may reach; every question to the list begins with it.
    pub(crate) fn visible(&mut self, visible: &Visible) {
        if !visible.is_everything() {
            self.and();
            self.reachable(visible);
        }
    }

    /// The condition of the cards that the caller may reach, on columns of `clients`.
    pub(crate) fn reachable(&mut self, visible: &Visible) {
        match visible.scope() {
            Scope::All => self.push("1 = 1"),
            Scope::None => self.push("1 = 0"),
            scope => {
                self.push("(owner_id = ");
                self.bind(visible.account().map(AccountId::as_uuid));
                if scope == Scope::Department {
                    self.push(" or ");
                    self.in_departments(visible);
                }
                self.push(")");
            }
        }
        match visible.limit() {
            DepartmentLimit::Unlimited => {}
            limit => {
                self.push(" and (");
                if limit == DepartmentLimit::OwnAndNone {
                    self.push("department_id is null or ");
                }
                self.in_departments(visible);
                self.push(")");
            }
        }
    }

    /// Only these cards.
    pub(crate) fn only(&mut self, ids: &[ClientId]) {
        self.and();
        // `in ()` is no SQL everywhere.
        self.push("id in (null");
        for id in ids {
            self.push(", ");
            self.bind(id.as_uuid());
        }
        self.push(")");
    }

    fn in_departments(&mut self, visible: &Visible) {
        // `in ()` is no SQL everywhere: without departments it compares with nothing.
        self.push("department_id in (null");
        for department in visible.departments() {
            self.push(", ");
            self.bind(department.as_uuid());
        }
        self.push(")");
    }

    pub(crate) fn into_statement(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }
}
