//! The words in which SQLite and PostgreSQL differ.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

/// Runs statements separated by lines of `--`, each filled in for the database at hand.
pub async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    for statement in sql.split("\n--\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        manager.get_connection().execute_unprepared(&fill(statement, backend)).await?;
    }
    Ok(())
}

fn fill(statement: &str, backend: DbBackend) -> String {
    let sqlite = backend == DbBackend::Sqlite;
    let words = [
        ("{uuid}", "blob", "uuid"),
        ("{moment}", "text", "timestamptz"),
        ("{json}", "text", "jsonb"),
        ("{bytes}", "blob", "bytea"),
        ("{flag}", "integer", "boolean"),
        ("{integer}", "integer", "integer"),
        ("{serial}", "integer", "bigint"),
        ("{strict}", "strict", ""),
    ];
    words.iter().fold(statement.to_owned(), |text, (word, lite, postgres)| {
        text.replace(word, if sqlite { lite } else { postgres })
    })
}

/// Refuses updates and deletions of a table's rows, also to the application itself.
pub async fn append_only(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Sqlite {
        for verb in ["update", "delete"] {
            let sql = format!(
                "create trigger {table}_no_{verb} before {verb} on {table} begin select raise(abort, '{table} is append-only'); end"
            );
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        return Ok(());
    }
    let function = format!(
        "create function {table}_guard() returns trigger language plpgsql as $$ begin raise exception '{table} is append-only'; end $$"
    );
    let rows = format!(
        "create trigger {table}_no_change before update or delete on {table} for each row execute function {table}_guard()"
    );
    let whole = format!(
        "create trigger {table}_no_truncate before truncate on {table} for each statement execute function {table}_guard()"
    );
    for sql in [function, rows, whole] {
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}

/// Takes a guarded table away, for `down`.
pub async fn drop_append_only(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(&format!("drop table {table}")).await?;
    if manager.get_database_backend() == DbBackend::Postgres {
        manager.get_connection().execute_unprepared(&format!("drop function {table}_guard()")).await?;
    }
    Ok(())
}
