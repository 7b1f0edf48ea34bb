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
        ("{no}", "0", "false"),
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
    if manager.get_database_backend() == DbBackend::Postgres {
        let function = format!(
            "create function {table}_guard() returns trigger language plpgsql as $$ begin raise exception '{table} is append-only'; end $$"
        );
        let whole = format!(
            "create trigger {table}_no_truncate before truncate on {table} for each statement execute function {table}_guard()"
        );
        for sql in [function, whole] {
            manager.get_connection().execute_unprepared(&sql).await?;
        }
    }
    append_only_again(manager, table).await
}

/// Puts back what [`lift_append_only`] took away.
pub async fn append_only_again(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Sqlite {
        for verb in ["update", "delete"] {
            let sql = format!(
                "create trigger {table}_no_{verb} before {verb} on {table} begin select raise(abort, '{table} is append-only'); end"
            );
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        return Ok(());
    }
    let rows = format!(
        "create trigger {table}_no_change before update or delete on {table} for each row execute function {table}_guard()"
    );
    manager.get_connection().execute_unprepared(&rows).await.map(|_| ())
}

/// Lets a migration fill new columns of an append-only table.
pub async fn lift_append_only(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let sql = if manager.get_database_backend() == DbBackend::Sqlite {
        format!("drop trigger {table}_no_update\n--\ndrop trigger {table}_no_delete")
    } else {
        format!("drop trigger {table}_no_change on {table}")
    };
    run(manager, &sql).await
}

/// Append-only on SQLite also for `insert or replace`; `same` says of which row a new one would take the place.
pub async fn no_replacing(manager: &SchemaManager<'_>, table: &str, same: &str) -> Result<(), DbErr> {
    let sql = format!(
        "create trigger {table}_no_replace before insert on {table} \
         when exists (select 1 from {table} where rowid = new.rowid or {same}) \
         begin select raise(abort, '{table} is append-only'); end"
    );
    run(manager, &sql).await
}

/// Takes a guarded table away, for `down`.
pub async fn drop_append_only(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(&format!("drop table {table}")).await?;
    if manager.get_database_backend() == DbBackend::Postgres {
        manager.get_connection().execute_unprepared(&format!("drop function {table}_guard()")).await?;
    }
    Ok(())
}
