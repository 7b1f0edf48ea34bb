//! An index of trigrams behind quick search.
//!
//! PostgreSQL keeps it on the cards themselves (extension `pg_trgm`, which the database's owner may create). SQLite keeps
//! searchable texts in `client_terms`, which triggers hold equal to the cards, and their trigrams in the full-text table
//! `client_search`. Writing trigrams costs ten times what the rest of a card does when it is done card by card, so that
//! rows wait in `client_terms` with `indexed` = 0 and are taken over in batches; who searches reads those that wait too.

use crate::dialect;
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Letters and what they are searched as; both cases of each.
const FOLDED: &str =
    "ąaćcęełlńnóośsźzżzáaàaâaäaãaåaăačcçcďdđdéeèeêeëeěeíiìiîiïiľlĺlňnñnôoòoöoõoőoøořrŕršsșsşsťtțtţtúuùuûuüuůuűuýyžz";

fn folded() -> Vec<(char, char)> {
    let letters: Vec<char> = FOLDED.chars().collect();
    letters.as_chunks::<2>().0.iter().map(|[from, to]| (*from, *to)).collect()
}

/// A text as it is searched, for PostgreSQL. The collation has to know the case of every letter.
fn postgres_fold() -> String {
    let (mut from, mut to) = (String::new(), String::new());
    for (letter, base) in folded() {
        from.push(letter);
        to.push(base);
        from.extend(letter.to_uppercase());
        to.push(base);
    }
    format!(
        "create function client_fold(text) returns text language sql immutable parallel safe \
         return lower(translate($1, '{from}', '{to}') collate polish)"
    )
}

/// The same for SQLite, which only knows the case of ASCII: Cyrillic is added, other letters are found as they are typed.
pub(crate) fn sqlite_fold(text: &str) -> String {
    let cyrillic = ('а'..='я').chain("ёєіїґў".chars()).map(|letter| (letter, letter));
    let mut sql = format!("lower({text})");
    for (letter, base) in folded().into_iter().chain(cyrillic) {
        let upper: String = letter.to_uppercase().collect();
        if letter != base {
            sql = format!("replace({sql}, '{letter}', '{base}')");
        }
        sql = format!("replace({sql}, '{upper}', '{base}')");
    }
    format!("case when {text} glob '*[^ -~]*' then {sql} else lower({text}) end")
}

/// The digits of a phone number, which is made of these characters only.
fn sqlite_digits(text: &str) -> String {
    let drop = [" ", "-", "(", ")", ".", "/", "+"];
    drop.iter().fold(text.to_owned(), |sql, sign| format!("replace({sql}, '{sign}', '')"))
}

/// What of a card is searched, from the row `row` of `clients`. First and last name only where the name says something else.
pub(crate) fn sqlite_terms(row: &str) -> String {
    let person = format!("{row}.first_name || ' ' || {row}.last_name");
    let person = sqlite_fold(&format!("trim(case when {row}.name = {person} then '' else {person} end)"));
    let name = sqlite_fold(&format!("{row}.name"));
    let (phone, mobile) = (sqlite_digits(&format!("{row}.phone")), sqlite_digits(&format!("{row}.mobile_phone")));
    format!("{name}, {person}, {row}.email_norm, {phone}, {mobile}, {row}.nip")
}

const SQLITE_UP: &str = r#"
create table client_terms (
    n integer not null constraint client_terms_pk primary key,
    client_id blob not null constraint client_terms_client_unique unique,
    name text not null,
    person text not null,
    email text not null,
    phone text not null,
    mobile_phone text not null,
    nip text not null,
    indexed integer not null default 0
) strict
--
create index client_terms_by_name on client_terms (name, n)
--
create index client_terms_waiting on client_terms (n) where indexed = 0
--
create virtual table client_search using fts5 (
    name, person, email, phone, mobile_phone, nip,
    content = 'client_terms', content_rowid = 'n', tokenize = 'trigram remove_diacritics 1'
)
--
insert into client_search (client_search, rank) values ('secure-delete', 1)
--
create trigger client_terms_taken_over after update of indexed on client_terms when old.indexed = 0 and new.indexed = 1 begin
    insert into client_search (rowid, name, person, email, phone, mobile_phone, nip)
    values (new.n, new.name, new.person, new.email, new.phone, new.mobile_phone, new.nip);
end
--
create trigger client_terms_changed after update of name, person, email, phone, mobile_phone, nip on client_terms when old.indexed = 1 begin
    insert into client_search (client_search, rowid, name, person, email, phone, mobile_phone, nip)
    values ('delete', old.n, old.name, old.person, old.email, old.phone, old.mobile_phone, old.nip);
end
--
create trigger client_terms_forgotten after delete on client_terms when old.indexed = 1 begin
    insert into client_search (client_search, rowid, name, person, email, phone, mobile_phone, nip)
    values ('delete', old.n, old.name, old.person, old.email, old.phone, old.mobile_phone, old.nip);
end
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
--
create trigger clients_search_forgotten after delete on clients begin
    delete from client_terms where client_id = old.id;
end
--
insert into client_terms (client_id, name, person, email, phone, mobile_phone, nip) select clients.id, {stored} from clients
--
update client_terms set indexed = 1
"#;

const SQLITE_DOWN: &str = r"
drop trigger clients_search_forgotten
--
drop trigger clients_search_changed
--
drop trigger clients_search_added
--
drop table client_terms
--
drop table client_search
";

/// The expressions that quick search asks by, word for word.
const POSTGRES_UP: &str = r#"
create extension if not exists pg_trgm
--
{fold}
--
create function client_person(name text, first_name text, last_name text) returns text language sql immutable parallel safe
return case when name = first_name || ' ' || last_name then '' else client_fold(trim(first_name || ' ' || last_name)) end
--
create function client_digits(text) returns text language sql immutable parallel safe
return translate($1, ' -()./+', '')
--
create index clients_by_folded_name on clients ((client_fold(name) collate "C"), id)
--
create index clients_search on clients using gin (
    client_fold(name) gin_trgm_ops, client_person(name, first_name, last_name) gin_trgm_ops, email_norm gin_trgm_ops,
    client_digits(phone) gin_trgm_ops, client_digits(mobile_phone) gin_trgm_ops, nip gin_trgm_ops
)
"#;

const POSTGRES_DOWN: &str = r"
drop index clients_search
--
drop index clients_by_folded_name
--
drop function client_digits(text)
--
drop function client_person(text, text, text)
--
drop function client_fold(text)
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = match manager.get_database_backend() {
            DbBackend::Sqlite => {
                SQLITE_UP.replace("{terms}", &sqlite_terms("new")).replace("{stored}", &sqlite_terms("clients"))
            }
            _ => POSTGRES_UP.replace("{fold}", &postgres_fold()),
        };
        dialect::run(manager, &sql).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The extension stays: somebody else may use it.
        dialect::run(
            manager,
            if manager.get_database_backend() == DbBackend::Sqlite { SQLITE_DOWN } else { POSTGRES_DOWN },
        )
        .await
    }
}
