//! Whose product this is.

use crate::{
    entity::organisation,
    error::DbError,
    tx::{Source, Tx},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use zgoda_domain::organisation::{Organisation, OrganisationInput};

const ONLY: i32 = 1;

/// The organisation with its version; nothing, with version 0, until it was filled in.
pub async fn load(source: &impl Source) -> Result<(i32, Option<Organisation>), DbError> {
    let corrupt = || DbError::corrupt("organisation");
    match organisation::Entity::find_by_id(ONLY).one(source.connection()).await? {
        None => Ok((0, None)),
        Some(row) => {
            let input: OrganisationInput = serde_json::from_str(&row.document).map_err(|_| corrupt())?;
            Ok((row.version, Some(Organisation::parse(&input).map_err(|_| corrupt())?)))
        }
    }
}

/// Overwrites it if it still has the version the caller saw.
pub async fn save(tx: &Tx, seen: i32, whole: &Organisation) -> Result<(), DbError> {
    let document = serde_json::to_string(&whole.input()).map_err(|_| DbError::corrupt("organisation"))?;
    if seen == 0 {
        let row = organisation::ActiveModel { id: Set(ONLY), version: Set(1), document: Set(document) };
        let inserted = organisation::Entity::insert(row)
            .on_conflict_do_nothing_on([organisation::Column::Id])
            .exec_without_returning(tx.connection())
            .await?;
        return match inserted {
            sea_orm::TryInsertResult::Inserted(1) => Ok(()),
            _ => Err(DbError::Outdated),
        };
    }
    let result = organisation::Entity::update_many()
        .col_expr(organisation::Column::Document, Expr::value(document))
        .col_expr(organisation::Column::Version, Expr::value(seen + 1))
        .filter(organisation::Column::Version.eq(seen))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(DbError::Outdated) }
}
