//! Saved filters. What they say is sealed: a filter can name people.

use crate::{
    entity::saved_filter,
    error::DbError,
    keys,
    tx::{Adds, Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, sea_query::Expr,
};
use uuid::Uuid;
use zgoda_domain::{
    id::{AccountId, DepartmentId, FilterId},
    saved_filter::{ListView, SharedWith, Sharing},
};
use zgoda_vault::Place;

/// A stored filter.
#[derive(Clone, Debug)]
pub struct FilterRecord {
    pub id: FilterId,
    pub version: i32,
    pub account_id: AccountId,
    pub shared_with: SharedWith,
    pub view: ListView,
}

/// Stores a filter, at the transaction's end.
pub fn insert(
    tx: &impl Adds,
    id: FilterId,
    account: AccountId,
    shared: SharedWith,
    view: &ListView,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let row = saved_filter::ActiveModel {
        id: Set(id.as_uuid()),
        version: Set(1),
        account_id: Set(account.as_uuid()),
        sharing: Set(shared.sharing().code().to_owned()),
        department_id: Set(shared.department().map(DepartmentId::as_uuid)),
        content: Set(seal(tx, id, view)?),
        created_at: Set(now),
    };
    tx.add(&saved_filter::Entity::insert(row));
    Ok(())
}

/// Overwrites a filter if it still has the version the caller saw.
pub async fn update(tx: &Tx, id: FilterId, seen: i32, shared: SharedWith, view: &ListView) -> Result<(), DbError> {
    let change = saved_filter::ActiveModel {
        version: Set(seen + 1),
        sharing: Set(shared.sharing().code().to_owned()),
        department_id: Set(shared.department().map(DepartmentId::as_uuid)),
        content: Set(seal(tx, id, view)?),
        ..Default::default()
    };
    let result = saved_filter::Entity::update_many()
        .set(change)
        .filter(saved_filter::Column::Id.eq(id.as_uuid()))
        .filter(saved_filter::Column::Version.eq(seen))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(DbError::Outdated) }
}

pub async fn delete(tx: &Tx, id: FilterId, seen: i32) -> Result<(), DbError> {
    let result = saved_filter::Entity::delete_many()
        .filter(saved_filter::Column::Id.eq(id.as_uuid()))
        .filter(saved_filter::Column::Version.eq(seen))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(DbError::Outdated) }
}

pub async fn load(source: &impl Source, id: FilterId) -> Result<Option<FilterRecord>, DbError> {
    let row = saved_filter::Entity::find_by_id(id.as_uuid()).one(source.connection()).await?;
    row.map(|row| to_record(source, row)).transpose()
}

/// An account's filters and those that are shared with it, the oldest first.
pub async fn seen_by(
    source: &impl Source,
    account: AccountId,
    departments: &[DepartmentId],
) -> Result<Vec<FilterRecord>, DbError> {
    let seen = Condition::any()
        .add(saved_filter::Column::AccountId.eq(account.as_uuid()))
        .add(saved_filter::Column::Sharing.eq(Sharing::Everyone.code()))
        .add(saved_filter::Column::DepartmentId.is_in(departments.iter().map(|id| id.as_uuid())));
    let rows = saved_filter::Entity::find()
        .filter(seen)
        .order_by_asc(saved_filter::Column::Id)
        .all(source.connection())
        .await?;
    rows.into_iter().map(|row| to_record(source, row)).collect()
}

/// Filters that stand beside each other for those who see them: an account's own, a department's, or everybody's. Whoever else
/// asks waits until this transaction ends, so that no two names are compared past each other.
pub async fn beside(tx: &Tx, account: AccountId, shared: SharedWith) -> Result<Vec<FilterRecord>, DbError> {
    let (name, column, id) = match shared {
        SharedWith::Nobody => (account.to_string(), saved_filter::Column::AccountId, Some(account.as_uuid())),
        SharedWith::Department(id) => (id.to_string(), saved_filter::Column::DepartmentId, Some(id.as_uuid())),
        SharedWith::Everyone => (String::new(), saved_filter::Column::DepartmentId, None),
    };
    tx.claim(&format!("saved_filters/{name}")).await?;
    let whose = id.map_or_else(Condition::all, |id| Condition::all().add(column.eq(id)));
    let rows = saved_filter::Entity::find()
        .filter(whose.add(saved_filter::Column::Sharing.eq(shared.sharing().code())))
        .all(tx.connection())
        .await?;
    rows.into_iter().map(|row| to_record(tx, row)).collect()
}

/// How many filters an account has.
pub async fn count_of(source: &impl Source, account: AccountId) -> Result<u64, DbError> {
    Ok(saved_filter::Entity::find()
        .filter(saved_filter::Column::AccountId.eq(account.as_uuid()))
        .count(source.connection())
        .await?)
}

/// Leaves to their owners what was shared with a department that goes away.
pub(crate) async fn release_department(tx: &Tx, department: DepartmentId) -> Result<(), DbError> {
    saved_filter::Entity::update_many()
        .col_expr(saved_filter::Column::Sharing, Expr::value(Sharing::Personal.code()))
        .col_expr(saved_filter::Column::DepartmentId, Expr::value(Option::<Uuid>::None))
        .filter(saved_filter::Column::DepartmentId.eq(department.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

const fn place(id: Uuid) -> Place<'static> {
    Place { table: "saved_filters", column: "content", row: id }
}

fn seal(source: &impl Source, id: FilterId, view: &ListView) -> Result<Vec<u8>, DbError> {
    let clear = serde_json::to_vec(view).map_err(|_| DbError::corrupt("saved_filters"))?;
    keys::seal_for_organisation(source, place(id.as_uuid()), &clear)
}

fn to_record(source: &impl Source, row: saved_filter::Model) -> Result<FilterRecord, DbError> {
    let corrupt = || DbError::corrupt("saved_filters");
    let clear = keys::open_for_organisation(source, place(row.id), row.content)?;
    let sharing = Sharing::from_code(&row.sharing).ok_or_else(corrupt)?;
    Ok(FilterRecord {
        id: FilterId::from_uuid(row.id),
        version: row.version,
        account_id: AccountId::from_uuid(row.account_id),
        shared_with: SharedWith::parse(sharing, row.department_id.map(DepartmentId::from_uuid))
            .map_err(|_| corrupt())?,
        view: serde_json::from_slice(&clear).map_err(|_| corrupt())?,
    })
}
