//! Indexes of custom fields, for the list's orders and conditions.

use super::expression;
use crate::{
    error::DbError,
    tx::{Source, Tx},
};
use sea_orm::ConnectionTrait;
use zgoda_domain::{
    client::BuiltinField, custom_field::CustomField, field_ref::FieldRef, id::FieldId, list::Comparison,
};

/// Keeps an index for a field's expression.
pub async fn create_field_index(tx: &Tx, field: &CustomField) -> Result<(), DbError> {
    let Some(comparison) = comparison(field) else { return Ok(()) };
    let backend = tx.connection().get_database_backend();
    let expression = expression(backend, FieldRef::Custom(field.id), comparison);
    let sql = format!("create index if not exists {} on clients ({expression}, id)", index_name(field.id));
    tx.connection().execute_unprepared(&sql).await?;
    Ok(())
}

/// Drops a field's index, with the field.
pub async fn drop_field_index(tx: &Tx, field: FieldId) -> Result<(), DbError> {
    tx.connection().execute_unprepared(&format!("drop index if exists {}", index_name(field))).await?;
    Ok(())
}

/// The index that serves an order.
pub(super) fn of_order(field: FieldRef) -> String {
    match field {
        FieldRef::Custom(id) => index_name(id),
        FieldRef::Builtin(BuiltinField::CreatedAt) => "clients_by_created".to_owned(),
        FieldRef::Builtin(BuiltinField::UpdatedAt) => "clients_by_updated".to_owned(),
        FieldRef::Builtin(field) => format!("clients_by_{}", field.key()),
    }
}

fn index_name(field: FieldId) -> String {
    format!("clients_cf_{}", field.as_uuid().simple())
}

fn comparison(field: &CustomField) -> Option<Comparison> {
    if !field.is_sortable() {
        return None;
    }
    zgoda_domain::list::comparison(std::slice::from_ref(field), FieldRef::Custom(field.id)).ok()
}
