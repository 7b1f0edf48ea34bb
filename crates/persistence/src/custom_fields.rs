//! Custom fields, and the index each sortable one keeps.

use crate::{
    client_list,
    entity::custom_field,
    error::DbError,
    tx::{Source, Tx},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, sea_query::Expr};
use zgoda_domain::{
    consent::Channel,
    custom_field::{CustomField, FieldKind},
    id::{FieldId, PurposeId},
    text::ShortText,
};

/// A deleted field and its values can be restored for this long.
pub const RESTORABLE: TimeDelta = TimeDelta::days(30);

/// A stored field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRecord {
    pub field: CustomField,
    pub version: i32,
    pub deleted_at: Option<DateTime<Utc>>,
}

/// Inserts a field at the end and makes its index.
pub async fn insert(tx: &Tx, mut field: CustomField, now: DateTime<Utc>) -> Result<(), DbError> {
    let count = custom_field::Entity::find().count(tx.connection()).await?;
    field.position = i32::try_from(count).unwrap_or(i32::MAX);
    let row = custom_field::ActiveModel {
        id: Set(field.id.as_uuid()),
        version: Set(1),
        name: Set(field.name.as_str().to_owned()),
        kind: Set(field.kind.code().to_owned()),
        options: Set(serde_json::to_string(&field.options).unwrap_or_default()),
        sensitive: Set(field.sensitive),
        purpose_id: Set(field.consent.map(|(purpose, _)| purpose.as_uuid())),
        channel: Set(field.consent.map(|(_, channel)| channel.code().to_owned())),
        position: Set(field.position),
        created_at: Set(now),
        deleted_at: Set(None),
    };
    custom_field::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    client_list::create_field_index(tx, &field).await
}

/// Changes name, options and place if the version is still the one the caller saw.
pub async fn update(tx: &Tx, field: &CustomField, seen: i32) -> Result<(), DbError> {
    let result = custom_field::Entity::update_many()
        .col_expr(custom_field::Column::Name, Expr::value(field.name.as_str()))
        .col_expr(custom_field::Column::Options, Expr::value(serde_json::to_string(&field.options).unwrap_or_default()))
        .col_expr(custom_field::Column::Position, Expr::value(field.position))
        .col_expr(custom_field::Column::Version, Expr::value(seen + 1))
        .filter(custom_field::Column::Id.eq(field.id.as_uuid()))
        .filter(custom_field::Column::Version.eq(seen))
        .filter(custom_field::Column::DeletedAt.is_null())
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(DbError::Outdated) } else { Ok(()) }
}

/// Hides a field; its values stay until it can no longer be restored.
pub async fn delete(tx: &Tx, id: FieldId, now: DateTime<Utc>) -> Result<(), DbError> {
    set_deleted(tx, id, Some(now)).await?;
    client_list::drop_field_index(tx, id).await
}

/// Brings a hidden field back with its values.
pub async fn restore(tx: &Tx, field: &CustomField) -> Result<(), DbError> {
    set_deleted(tx, field.id, None).await?;
    client_list::create_field_index(tx, field).await
}

async fn set_deleted(tx: &Tx, id: FieldId, at: Option<DateTime<Utc>>) -> Result<(), DbError> {
    let query = custom_field::Entity::update_many()
        .col_expr(custom_field::Column::DeletedAt, Expr::value(at))
        .filter(custom_field::Column::Id.eq(id.as_uuid()));
    let query = if at.is_some() {
        query.filter(custom_field::Column::DeletedAt.is_null())
    } else {
        query.filter(custom_field::Column::DeletedAt.is_not_null())
    };
    let result = query.exec(tx.connection()).await?;
    if result.rows_affected == 0 { Err(DbError::Missing) } else { Ok(()) }
}

/// All fields: live ones in their order, then those that can still be restored.
pub async fn all(source: &impl Source) -> Result<Vec<FieldRecord>, DbError> {
    let rows = custom_field::Entity::find()
        .order_by_asc(custom_field::Column::Position)
        .order_by_asc(custom_field::Column::Id)
        .all(source.connection())
        .await?;
    let mut fields = rows.into_iter().map(to_record).collect::<Result<Vec<_>, _>>()?;
    fields.sort_by_key(|record| record.deleted_at.is_some());
    Ok(fields)
}

/// The fields in use.
pub async fn live(source: &impl Source) -> Result<Vec<CustomField>, DbError> {
    Ok(all(source).await?.into_iter().filter(|record| record.deleted_at.is_none()).map(|record| record.field).collect())
}

pub async fn load(source: &impl Source, id: FieldId) -> Result<Option<FieldRecord>, DbError> {
    custom_field::Entity::find_by_id(id.as_uuid()).one(source.connection()).await?.map(to_record).transpose()
}

fn to_record(row: custom_field::Model) -> Result<FieldRecord, DbError> {
    let corrupt = || DbError::corrupt("custom_fields");
    let consent = match (row.purpose_id, row.channel) {
        (Some(purpose), Some(channel)) => {
            Some((PurposeId::from_uuid(purpose), Channel::from_code(&channel).ok_or_else(corrupt)?))
        }
        _ => None,
    };
    let field = CustomField {
        id: FieldId::from_uuid(row.id),
        name: ShortText::parse(&row.name).map_err(|_| corrupt())?,
        kind: FieldKind::from_code(&row.kind).ok_or_else(corrupt)?,
        options: serde_json::from_str(&row.options).map_err(|_| corrupt())?,
        sensitive: row.sensitive,
        consent,
        position: row.position,
    };
    Ok(FieldRecord { field, version: row.version, deleted_at: row.deleted_at })
}
