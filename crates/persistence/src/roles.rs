//! Roles and departments.

use crate::{
    entity::{account, account_department, client, department, role},
    error::DbError,
    saved_filters,
    tx::{Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    sea_query::Expr,
};
use zgoda_domain::{
    access::role::{RoleDefinition, RoleTemplate},
    id::{AccountId, DepartmentId, RoleId},
    text::ShortText,
};

/// A stored role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRecord {
    pub id: RoleId,
    pub version: i32,
    /// A template has none of its own: it is named in the reader's language.
    pub name: String,
    pub template: Option<RoleTemplate>,
    pub parent_id: Option<RoleId>,
    pub definition: RoleDefinition,
}

/// A stored department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepartmentRecord {
    pub id: DepartmentId,
    pub name: String,
}

/// Changes of roles, staff and departments wait for one another: each looks at all the others before it decides. Needless
/// on SQLite: one writer.
pub async fn lock_changes(tx: &Tx) -> Result<(), DbError> {
    let connection = tx.connection();
    if connection.get_database_backend() == DbBackend::Postgres {
        connection.execute_unprepared("select pg_advisory_xact_lock(7001)").await?;
    }
    Ok(())
}

/// All roles, templates first.
pub async fn all(source: &impl Source) -> Result<Vec<RoleRecord>, DbError> {
    let rows = role::Entity::find().order_by_asc(role::Column::Id).all(source.connection()).await?;
    rows.into_iter().map(to_role).collect()
}

pub async fn insert(
    tx: &Tx,
    id: RoleId,
    name: &ShortText,
    parent: Option<RoleId>,
    definition: &RoleDefinition,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let row = role::ActiveModel {
        id: Set(id.as_uuid()),
        version: Set(1),
        name: Set(name.as_str().to_owned()),
        template: Set(None),
        parent_id: Set(parent.map(RoleId::as_uuid)),
        definition: Set(to_text(definition)?),
        created_at: Set(now),
    };
    role::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Overwrites a role if it still has the version the caller saw.
pub async fn update(
    tx: &Tx,
    id: RoleId,
    seen: i32,
    name: &ShortText,
    parent: Option<RoleId>,
    definition: &RoleDefinition,
) -> Result<(), DbError> {
    let result = role::Entity::update_many()
        .col_expr(role::Column::Name, Expr::value(name.as_str()))
        .col_expr(role::Column::ParentId, Expr::value(parent.map(RoleId::as_uuid)))
        .col_expr(role::Column::Definition, Expr::value(to_text(definition)?))
        .col_expr(role::Column::Version, Expr::value(seen + 1))
        .filter(role::Column::Id.eq(id.as_uuid()))
        .filter(role::Column::Version.eq(seen))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(DbError::Outdated) }
}

pub async fn delete(tx: &Tx, id: RoleId) -> Result<(), DbError> {
    role::Entity::delete_by_id(id.as_uuid()).exec(tx.connection()).await?;
    Ok(())
}

/// How many accounts have the role.
pub async fn holders(source: &impl Source, id: RoleId) -> Result<u64, DbError> {
    Ok(account::Entity::find().filter(account::Column::RoleId.eq(id.as_uuid())).count(source.connection()).await?)
}

/// All departments by name.
pub async fn departments(source: &impl Source) -> Result<Vec<DepartmentRecord>, DbError> {
    let rows = department::Entity::find().order_by_asc(department::Column::Name).all(source.connection()).await?;
    Ok(rows.into_iter().map(|row| DepartmentRecord { id: DepartmentId::from_uuid(row.id), name: row.name }).collect())
}

pub async fn insert_department(tx: &Tx, id: DepartmentId, name: &ShortText, now: DateTime<Utc>) -> Result<(), DbError> {
    let row =
        department::ActiveModel { id: Set(id.as_uuid()), name: Set(name.as_str().to_owned()), created_at: Set(now) };
    department::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// `false` when there is no such department.
pub async fn rename_department(tx: &Tx, id: DepartmentId, name: &ShortText) -> Result<bool, DbError> {
    let result = department::Entity::update_many()
        .col_expr(department::Column::Name, Expr::value(name.as_str()))
        .filter(department::Column::Id.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected == 1)
}

/// Takes a department away if no clients belong to it; its staff lose it.
pub async fn delete_department(tx: &Tx, id: DepartmentId) -> Result<bool, DbError> {
    let used = client::Entity::find().filter(client::Column::DepartmentId.eq(id.as_uuid())).one(tx.connection());
    if used.await?.is_some() {
        return Ok(false);
    }
    account_department::Entity::delete_many()
        .filter(account_department::Column::DepartmentId.eq(id.as_uuid()))
        .exec(tx.connection())
        .await?;
    saved_filters::release_department(tx, id).await?;
    department::Entity::delete_by_id(id.as_uuid()).exec(tx.connection()).await?;
    Ok(true)
}

/// The departments of an account, in the order they were made.
pub async fn departments_of(source: &impl Source, account: AccountId) -> Result<Vec<DepartmentId>, DbError> {
    let rows = account_department::Entity::find()
        .filter(account_department::Column::AccountId.eq(account.as_uuid()))
        .order_by_asc(account_department::Column::DepartmentId)
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(|row| DepartmentId::from_uuid(row.department_id)).collect())
}

/// Every account's departments.
pub async fn memberships(source: &impl Source) -> Result<Vec<(AccountId, DepartmentId)>, DbError> {
    let rows = account_department::Entity::find().all(source.connection()).await?;
    let pair = |row: account_department::Model| {
        (AccountId::from_uuid(row.account_id), DepartmentId::from_uuid(row.department_id))
    };
    Ok(rows.into_iter().map(pair).collect())
}

/// The accounts that belong to a department.
pub async fn members(source: &impl Source, department: DepartmentId) -> Result<Vec<AccountId>, DbError> {
    let rows = account_department::Entity::find()
        .filter(account_department::Column::DepartmentId.eq(department.as_uuid()))
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(|row| AccountId::from_uuid(row.account_id)).collect())
}

/// Sets which departments an account belongs to.
pub async fn set_departments(tx: &Tx, account: AccountId, departments: &[DepartmentId]) -> Result<(), DbError> {
    account_department::Entity::delete_many()
        .filter(account_department::Column::AccountId.eq(account.as_uuid()))
        .exec(tx.connection())
        .await?;
    let rows = departments.iter().map(|department| account_department::ActiveModel {
        account_id: Set(account.as_uuid()),
        department_id: Set(department.as_uuid()),
    });
    if !departments.is_empty() {
        account_department::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

fn to_text(definition: &RoleDefinition) -> Result<String, DbError> {
    serde_json::to_string(definition).map_err(|_| DbError::corrupt("roles"))
}

fn to_role(row: role::Model) -> Result<RoleRecord, DbError> {
    let corrupt = || DbError::corrupt("roles");
    let template = row.template.map(|code| RoleTemplate::from_code(&code).ok_or_else(corrupt)).transpose()?;
    let definition = match template {
        Some(template) => template.definition(),
        None => serde_json::from_str(&row.definition).map_err(|_| corrupt())?,
    };
    Ok(RoleRecord {
        id: RoleId::from_uuid(row.id),
        version: row.version,
        name: if template.is_some() { String::new() } else { row.name },
        template,
        parent_id: row.parent_id.map(RoleId::from_uuid),
        definition,
    })
}
