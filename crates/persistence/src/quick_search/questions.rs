//! The questions that quick search asks the database. Public so that benchmarks and plan tests can ask exactly the same.

use super::{CANDIDATES, COLUMNS, Search, WAITING};
use crate::client_list::Sql;
use sea_orm::{DbBackend, Statement};
use serde_json::json;
use zgoda_domain::{
    client::BuiltinField,
    quick_search::{MAX_WORD, TRIGRAM, subscriber},
};

/// Entries of an index that a question looks at, where not all of them lead to an answer. Trigrams find the rest.
const LOOKED_AT: u64 = 500;
/// The same on PostgreSQL, which folds the texts of each card anew to look for the other words in them.
const LOOKED_AT_FOLDING: u64 = 100;
/// The same for somebody who does not reach all cards.
const LOOKED_AT_BY_FEW: u64 = 3000;
/// Words that a mistyped one may have been meant to be, of those that somebody has, which are looked for beside other words.
pub(super) const MEANT: usize = 8;
/// Digits from which on a number is whole, without its country: what contains it is what begins with it.
const WHOLE_NUMBER: usize = 9;
/// Cards that each word is looked at for, of all that may have been meant.
const LOOKED_AT_MEANT: u64 = 100;

/// PostgreSQL's planner takes the few that are asked for as a reason to read cards one after the other until it has found
/// them, which are all cards where few match.
const BY_INDEX: &str =
    "set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off";

/// What is looked for one after the other; each answers less well than the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Names that begin with the text.
    Names,
    /// Cards with a word or a number that does, beside the other words; on SQLite also the cards that the index has not got
    /// yet.
    Words,
    /// Cards that have the text in them, through the index of trigrams.
    Parts,
    /// Cards that have the text with one typing mistake in it.
    Mistakes,
}

impl Step {
    /// In their order.
    pub const ALL: [Self; 4] = [Self::Names, Self::Words, Self::Parts, Self::Mistakes];

    /// The questions of this step.
    pub fn statements(self, backend: DbBackend, search: Search<'_>) -> Vec<Statement> {
        match (self, backend) {
            (Self::Names, _) => vec![by_name(backend, search)],
            (Self::Words, _) => words(backend, search),
            (Self::Parts, _) => {
                let words: Vec<&str> = search.needle.words().iter().map(String::as_str).collect();
                parts(backend, search, &words, search.needle.digits()).into_iter().collect()
            }
            (Self::Mistakes, _) => mistakes(backend, search),
        }
    }
}

fn words(backend: DbBackend, search: Search<'_>) -> Vec<Statement> {
    let needle = search.needle;
    let (longest, others) = needle.longest();
    let mut statements = vec![by_word(backend, search, longest, &others)];
    if let Some(digits) = needle.digits().filter(|_| number_fields(search).next().is_some()) {
        let mut numbers = vec![digits, subscriber(digits)];
        numbers.dedup();
        // Where one word was typed, it has been looked for.
        numbers.retain(|number| *number != longest);
        statements.extend(numbers.into_iter().map(|number| by_word(backend, search, number, &[])));
    }
    if backend == DbBackend::Sqlite {
        statements.push(waiting(search));
    }
    statements
}

fn mistakes(backend: DbBackend, search: Search<'_>) -> Vec<Statement> {
    let mut statements = Vec::new();
    for mistake in search.needle.mistakes() {
        statements.push(match mistake.others.is_empty() {
            true => by_meant(backend, search, &mistake.meant),
            false => meant_by_somebody(backend, &mistake.meant),
        });
    }
    let numbers = search.needle.digit_mistakes();
    if !numbers.is_empty() && number_fields(search).next().is_some() {
        statements.push(by_meant(backend, search, &numbers));
    }
    statements
}

/// How many entries of an index are looked at: where each leads to an answer, no more than there are to be answers.
fn looked_at(backend: DbBackend, search: Search<'_>, others: &[&str]) -> u64 {
    match (search.visible.is_everything(), others) {
        (true, []) => CANDIDATES,
        (true, _) if backend == DbBackend::Postgres => LOOKED_AT_FOLDING,
        (true, _) => LOOKED_AT,
        (false, _) => LOOKED_AT_BY_FEW,
    }
}

/// Cards that contain all the words, or the number.
pub(super) fn parts(backend: DbBackend, search: Search<'_>, words: &[&str], digits: Option<&str>) -> Option<Statement> {
    let digits = digits.filter(|digits| (TRIGRAM..WHOLE_NUMBER).contains(&digits.len()));
    match backend {
        DbBackend::Postgres => postgres_containing(search, words, digits),
        _ => sqlite_containing(search, words, digits),
    }
}

/// Names that begin with the text.
fn by_name(backend: DbBackend, search: Search<'_>) -> Statement {
    let text = search.needle.text();
    let mut sql = Sql::new(backend);
    if backend == DbBackend::Postgres {
        sql.push(&format!("{COLUMNS} from clients where "));
        sql.between("(client_fold(name) collate \"C\")", &text);
        sql.push(" and ");
        sql.reachable(search.visible);
        sql.push(&format!(" order by (client_fold(name) collate \"C\"), id limit {CANDIDATES}"));
    } else {
        sql.push(&format!("{COLUMNS} from (select client_id from client_terms where "));
        sql.between("name", &text);
        sql.push(&format!(
            " order by name limit {}) found cross join clients where clients.id = found.client_id and ",
            looked_at(backend, search, &[])
        ));
        sql.reachable(search.visible);
        sql.push(&format!(" limit {CANDIDATES}"));
    }
    sql.into_statement()
}

/// Cards with a word that begins with this one, and with the others anywhere.
fn by_word(backend: DbBackend, search: Search<'_>, word: &str, others: &[&str]) -> Statement {
    let start: String = word.chars().take(MAX_WORD).collect();
    let mut sql = Sql::new(backend);
    let key = word_key(backend);
    sql.push(&format!("{COLUMNS} from (select {key} from client_words where "));
    sql.between("word", &start);
    sql.push(&format!(" limit {}) found", looked_at(backend, search, others)));
    sql.cards_of_words(search, others);
    sql.into_statement()
}

/// Cards with a word that is, or begins with, one of these.
fn by_meant(backend: DbBackend, search: Search<'_>, meant: &[String]) -> Statement {
    let mut sql = Sql::new(backend);
    sql.push(&format!("{COLUMNS} from (select {} from ", word_key(backend)));
    sql.texts(meant);
    if backend == DbBackend::Postgres {
        // Else the planner would read all words for fear of the many that it expects.
        sql.push(" cross join lateral (select client_id from client_words where ");
        sql.begins_with_text();
        sql.push(&format!(" limit {LOOKED_AT_MEANT}) words"));
    } else {
        sql.push(" cross join client_words where ");
        sql.begins_with_text();
    }
    sql.push(&format!(" limit {}) found", looked_at(backend, search, &[])));
    sql.cards_of_words(search, &[]);
    sql.into_statement()
}

/// Which of these words somebody has, as `meant`, or one that begins with them.
fn meant_by_somebody(backend: DbBackend, meant: &[String]) -> Statement {
    let mut sql = Sql::new(backend);
    sql.push("select texts.value as meant from ");
    sql.texts(meant);
    sql.push(" where exists (select 1 from client_words where ");
    sql.begins_with_text();
    sql.push(&format!(") limit {MEANT}"));
    sql.into_statement()
}

impl Sql {
    /// Texts as a table `texts`.
    fn texts(&mut self, texts: &[String]) {
        self.push(if self.backend == DbBackend::Postgres { "json_array_elements_text(" } else { "json_each(" });
        self.bind(json!(texts).to_string());
        self.push(if self.backend == DbBackend::Postgres { "::json) texts(value)" } else { ") texts" });
    }

    /// A word that begins with a text.
    fn begins_with_text(&mut self) {
        let last = u32::from(char::MAX);
        self.push(&match self.backend {
            DbBackend::Postgres => {
                format!("word >= texts.value collate \"C\" and word < (texts.value || chr({last})) collate \"C\"")
            }
            _ => format!("word >= texts.value and word < texts.value || char({last})"),
        });
    }
}

/// What leads from a word to its card. PostgreSQL may be led to the same card twice: it would read all words before it
/// answered the first, to leave that out.
const fn word_key(backend: DbBackend) -> &'static str {
    if matches!(backend, DbBackend::Postgres) { "client_id" } else { "distinct n" }
}

/// Words that the index of trigrams can find. Of an address what stands before its `@`: the rest is shared by so many that
/// reading where it stands would cost more than looking at whom the first part finds.
fn searchable<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let long = |word: &&str| word.chars().count() >= TRIGRAM;
    words.map(|word| word.split('@').next().filter(long).unwrap_or(word)).filter(long).collect()
}

fn text_columns(search: Search<'_>) -> Vec<&'static str> {
    let email = search.fields.contains(&BuiltinField::Email).then_some("email");
    ["name", "person"].into_iter().chain(email).collect()
}

fn number_fields(search: Search<'_>) -> impl Iterator<Item = (&'static str, bool)> {
    let known = [(BuiltinField::Phone, false), (BuiltinField::MobilePhone, false), (BuiltinField::Nip, true)];
    known.into_iter().filter(move |(field, _)| search.fields.contains(field)).map(|(field, whole)| (field.key(), whole))
}

/// A number as it is looked for in a column: whole for a NIP, without the country's code for a phone.
fn number(digits: &str, whole: bool) -> &str {
    if whole { digits } else { subscriber(digits) }
}

fn sqlite_containing(search: Search<'_>, all: &[&str], digits: Option<&str>) -> Option<Statement> {
    let words = searchable(all.iter().copied());
    let mut questions = Vec::new();
    if !words.is_empty() {
        questions.push(columns_match(&text_columns(search), &words));
    }
    if let Some(digits) = digits {
        questions
            .extend(number_fields(search).map(|(column, whole)| columns_match(&[column], &[number(digits, whole)])));
    }
    if questions.is_empty() {
        return None;
    }
    let mut sql = Sql::new(DbBackend::Sqlite);
    sql.push(&format!("{COLUMNS} from (select rowid as n from client_search where client_search match "));
    sql.bind(questions.join(" OR "));
    // What is left out of the question is left to whoever compares.
    let looked_at = looked_at(sql.backend, search, if words == all { &[] } else { all });
    sql.push(&format!(" limit {looked_at}) found"));
    sql.cards_of_words(search, &[]);
    Some(sql.into_statement())
}

/// An FTS5 question: every phrase in these columns.
pub(crate) fn columns_match(columns: &[&str], phrases: &[&str]) -> String {
    let quoted: Vec<String> = phrases.iter().map(|phrase| format!("\"{}\"", phrase.replace('"', "\"\""))).collect();
    format!("({{{}}} : ({}))", columns.join(" "), quoted.join(" AND "))
}

/// Cards that the index has not got yet, newest first.
fn waiting(search: Search<'_>) -> Statement {
    let mut sql = Sql::new(DbBackend::Sqlite);
    sql.push(&format!(
        "{COLUMNS} from (select client_id from client_terms indexed by client_terms_waiting where indexed = 0 order by n desc limit {WAITING}) found \
         cross join clients where clients.id = found.client_id and "
    ));
    sql.reachable(search.visible);
    sql.into_statement()
}

/// What PostgreSQL is told before the questions of a search.
pub fn advice(search: Search<'_>) -> &'static [&'static str] {
    if search.needle.text().chars().count() == TRIGRAM {
        // Of the many that have one trigram some are as good as all. With several, each would leave out others.
        &[BY_INDEX, "set local gin_fuzzy_search_limit = 2000"]
    } else {
        &[BY_INDEX]
    }
}

/// The indexed expressions of PostgreSQL.
pub(crate) fn postgres_expression(column: &str) -> &'static str {
    match column {
        "name" => "client_fold(name)",
        "person" => "client_person(name, first_name, last_name)",
        "phone" => "client_digits(phone)",
        "mobile_phone" => "client_digits(mobile_phone)",
        "nip" => "nip",
        _ => "client_fold(email_norm)",
    }
}

fn postgres_containing(search: Search<'_>, all: &[&str], digits: Option<&str>) -> Option<Statement> {
    let words = searchable(all.iter().copied());
    let mut sql = Sql::new(DbBackend::Postgres);
    sql.push(&format!("{COLUMNS} from clients where ("));
    let mut some = false;
    if !words.is_empty() {
        for column in text_columns(search) {
            sql.push(if some { " or (" } else { "(" });
            some = true;
            for (at, word) in words.iter().enumerate() {
                sql.push(if at > 0 { " and " } else { "" });
                sql.any_like(std::iter::once(postgres_expression(column).to_owned()), &containing(word));
            }
            sql.push(")");
        }
    }
    if let Some(digits) = digits {
        for (column, whole) in number_fields(search) {
            sql.push(if some { " or " } else { "" });
            some = true;
            sql.any_like(std::iter::once(postgres_expression(column).to_owned()), &containing(number(digits, whole)));
        }
    }
    sql.push(") and ");
    sql.reachable(search.visible);
    sql.push(&format!(" limit {CANDIDATES}"));
    some.then(|| sql.into_statement())
}

/// A `like` pattern of what has a text in it.
fn containing(text: &str) -> String {
    format!("%{}%", escaped(text))
}

/// What means something in a pattern, taken literally.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

impl Sql {
    /// Everything that begins with the text, in the order of code points.
    fn between(&mut self, expression: &str, text: &str) {
        self.push(&format!("{expression} >= "));
        self.bind(text);
        self.push(&format!(" and {expression} < "));
        self.bind(format!("{text}\u{10ffff}"));
    }

    fn any_like(&mut self, expressions: impl Iterator<Item = String>, pattern: &str) {
        self.push("(");
        for (at, expression) in expressions.enumerate() {
            self.push(if at > 0 { " or " } else { "" });
            self.push(&format!("{expression} like "));
            self.bind(pattern);
            self.push(if self.backend == DbBackend::Postgres { "" } else { " escape '\\'" });
        }
        self.push(")");
    }

    /// Leads from the words that were found to their cards, of those that have the other words anywhere.
    fn cards_of_words(&mut self, search: Search<'_>, others: &[&str]) {
        let sqlite = self.backend == DbBackend::Sqlite;
        self.push(if sqlite {
            " cross join client_terms cross join clients \
             where client_terms.n = found.n and clients.id = client_terms.client_id and "
        } else {
            " cross join clients where clients.id = found.client_id and "
        });
        for word in others {
            let expressions = text_columns(search).into_iter().map(|column| match sqlite {
                true => format!("client_terms.{column}"),
                false => postgres_expression(column).to_owned(),
            });
            self.any_like(expressions, &containing(word));
            self.push(" and ");
        }
        self.reachable(search.visible);
        self.push(&format!(" limit {CANDIDATES}"));
    }
}
