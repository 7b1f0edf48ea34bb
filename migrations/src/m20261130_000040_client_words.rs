//! An index of words behind quick search: of names, of addresses before their `@`, whole addresses, and numbers without
//! their country. What a mistyped word may have been meant to be is some hundred words: each is looked up here.
//!
//! Addresses are searched as names are, whatever the marks of their letters, so that an index also finds what contains a text.
//!
//! PostgreSQL's triggers write it with the card, SQLite's when a card is taken over from `client_terms`.

use crate::{
    dialect,
    m20261125_000027_client_search::{sqlite_fold, sqlite_terms},
};
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What stands between words, apart from spaces.
const BETWEEN: &str = "-.,;:/\\&()\"'`„”“’–—+@_!?*#|[]{}<>=~^%$";
/// Longest word kept, in characters: of longer ones the beginning.
const LONGEST: u32 = 64;

fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}

/// A row of `client_terms` as a JSON array of its words, with empty ones among them.
fn sqlite_words(row: &str) -> String {
    let text = format!(
        "{row}.name || ' ' || {row}.person || ' ' || substr({row}.email, 1, max(instr({row}.email, '@') - 1, 0))"
    );
    let words = BETWEEN.chars().fold(text, |sql, sign| format!("replace({sql}, '{}', ' ')", quoted(&sign.to_string())));
    let numbers = format!("substr({row}.phone, -9) || ' ' || substr({row}.mobile_phone, -9) || ' ' || {row}.nip");
    let all = format!("{words} || ' ' || {row}.email || ' ' || {numbers}");
    // Quoting leaves spaces as they are and puts none in.
    format!("'[' || replace(json_quote({all}), ' ', '\",\"') || ']'")
}

/// What of a card is searched, its address folded as well.
fn sqlite_folded_terms() -> String {
    sqlite_terms("new").replace("new.email_norm", &format!("({})", sqlite_fold("new.email_norm")))
}

/// Writes `client_terms` with these terms from now on.
const SQLITE_TERMS: &str = r"
drop trigger clients_search_added
--
drop trigger clients_search_changed
--
create trigger clients_search_added after insert on clients begin
    insert into client_terms (client_id, name, person, email, phone, mobile_phone, nip) values (new.id, {terms});
end
--
create trigger clients_search_changed after update of name, first_name, last_name, email_norm, phone, mobile_phone, nip on clients
when (old.name, old.first_name, old.last_name, old.email_norm, old.phone, old.mobile_phone, old.nip)
    <> (new.name, new.first_name, new.last_name, new.email_norm, new.phone, new.mobile_phone, new.nip) begin
    update client_terms set (name, person, email, phone, mobile_phone, nip, indexed) = (select {terms}, 0) where client_id = new.id;
end
";

const SQLITE_FOLD_STORED: &str = r"
update client_terms set email = {email}, indexed = 0 where email glob '*[^ -~]*'
";

/// The words of a row, as a query of one column.
fn sqlite_select(row: &str) -> String {
    format!(
        "select distinct substr(value, 1, {LONGEST}) as word from json_each({}) where value <> ''",
        sqlite_words(row)
    )
}

const SQLITE_UP: &str = r"
create table client_words (
    word text not null,
    n integer not null,
    constraint client_words_pk primary key (word, n)
) strict, without rowid
--
create trigger client_words_taken_over after update of indexed on client_terms when old.indexed = 0 and new.indexed = 1 begin
    insert into client_words (word, n) select word, new.n from ({new});
end
--
create trigger client_words_changed after update of name, person, email, phone, mobile_phone, nip on client_terms when old.indexed = 1 begin
    delete from client_words where n = old.n and word in (select word from ({old}));
end
--
create trigger client_words_forgotten after delete on client_terms when old.indexed = 1 begin
    delete from client_words where n = old.n and word in (select word from ({old}));
end
--
insert into client_words (word, n)
select distinct substr(value, 1, {longest}), client_terms.n from client_terms, json_each({stored}) where indexed = 1 and value <> ''
order by 1, 2
";

const SQLITE_DOWN: &str = r"
drop trigger client_words_forgotten
--
drop trigger client_words_changed
--
drop trigger client_words_taken_over
--
drop table client_words
";

/// Cards are added many at a time; a change is told by what differs, so that most changes of a card do nothing here.
const POSTGRES_UP: &str = r#"
create function client_words_of(
    name text, first_name text, last_name text, email text, phone text, mobile_phone text, nip text
) returns text[] language sql immutable parallel safe as $$
    select array(
        select distinct left(word, {longest}) from unnest(string_to_array(
            translate(
                client_fold(name) || ' ' || client_person(name, first_name, last_name) || ' ' || client_fold(split_part(email, '@', 1)),
                '{between}', '{spaces}'
            ) || ' ' || client_fold(email)
            || ' ' || right(client_digits(phone), 9) || ' ' || right(client_digits(mobile_phone), 9) || ' ' || nip,
            ' '
        )) word where word <> ''
    )
$$
--
create table client_words (
    word text collate "C" not null,
    client_id uuid not null,
    constraint client_words_pk primary key (word, client_id)
)
--
create function client_words_add() returns trigger language plpgsql as $$ begin
    insert into client_words (word, client_id)
    select unnest(client_words_of(name, first_name, last_name, email_norm, phone, mobile_phone, nip)), id from added;
    return null;
end $$
--
create function client_words_replace() returns trigger language plpgsql as $$ begin
    delete from client_words where client_id = old.id and word collate "C" = any(
        client_words_of(old.name, old.first_name, old.last_name, old.email_norm, old.phone, old.mobile_phone, old.nip));
    if tg_op = 'UPDATE' then
        insert into client_words (word, client_id)
        select unnest(client_words_of(new.name, new.first_name, new.last_name, new.email_norm, new.phone, new.mobile_phone, new.nip)), new.id;
    end if;
    return null;
end $$
--
create trigger client_words_added after insert on clients referencing new table as added
for each statement execute function client_words_add()
--
create trigger client_words_changed after update of name, first_name, last_name, email_norm, phone, mobile_phone, nip on clients
for each row when (
    (old.name, old.first_name, old.last_name, old.email_norm, old.phone, old.mobile_phone, old.nip)
    <> (new.name, new.first_name, new.last_name, new.email_norm, new.phone, new.mobile_phone, new.nip)
) execute function client_words_replace()
--
create trigger client_words_forgotten after delete on clients for each row execute function client_words_replace()
--
insert into client_words (word, client_id)
select unnest(client_words_of(name, first_name, last_name, email_norm, phone, mobile_phone, nip)), id from clients order by 1, 2
--
drop index clients_search
--
create index clients_search on clients using gin (
    client_fold(name) gin_trgm_ops, client_person(name, first_name, last_name) gin_trgm_ops, client_fold(email_norm) gin_trgm_ops,
    client_digits(phone) gin_trgm_ops, client_digits(mobile_phone) gin_trgm_ops, nip gin_trgm_ops
)
"#;

fn postgres_up() -> String {
    let spaces = " ".repeat(BETWEEN.chars().count());
    POSTGRES_UP
        .replace("{longest}", &LONGEST.to_string())
        .replace("{between}", &quoted(BETWEEN))
        .replace("{spaces}", &spaces)
}

const POSTGRES_DOWN: &str = r"
drop index clients_search
--
create index clients_search on clients using gin (
    client_fold(name) gin_trgm_ops, client_person(name, first_name, last_name) gin_trgm_ops, email_norm gin_trgm_ops,
    client_digits(phone) gin_trgm_ops, client_digits(mobile_phone) gin_trgm_ops, nip gin_trgm_ops
)
--
drop trigger client_words_forgotten on clients
--
drop trigger client_words_changed on clients
--
drop trigger client_words_added on clients
--
drop function client_words_replace()
--
drop function client_words_add()
--
drop table client_words
--
drop function client_words_of(text, text, text, text, text, text, text)
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = match manager.get_database_backend() {
            DbBackend::Sqlite => [SQLITE_TERMS, "\n--\n", SQLITE_FOLD_STORED, "\n--\n", SQLITE_UP]
                .concat()
                .replace("{terms}", &sqlite_folded_terms())
                .replace("{email}", &sqlite_fold("email"))
                .replace("{new}", &sqlite_select("new"))
                .replace("{old}", &sqlite_select("old"))
                .replace("{stored}", &sqlite_words("client_terms"))
                .replace("{longest}", &LONGEST.to_string()),
            _ => postgres_up(),
        };
        dialect::run(manager, &sql).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = match manager.get_database_backend() {
            DbBackend::Sqlite => {
                [SQLITE_TERMS, "\n--\n", SQLITE_DOWN].concat().replace("{terms}", &sqlite_terms("new"))
            }
            _ => POSTGRES_DOWN.to_owned(),
        };
        dialect::run(manager, &sql).await
    }
}
