//! The organisation's security settings, and the reasons given for opening cards.

use crate::{
    entity::{card_reason, security_settings},
    error::DbError,
    tx::{Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use std::collections::HashSet;
use uuid::Uuid;
use zgoda_domain::{
    id::{ClientId, SessionId},
    security::SecuritySettings,
};

const ONLY: i32 = 1;

/// The settings with their version; the defaults have version 0.
pub async fn settings(source: &impl Source) -> Result<(i32, SecuritySettings), DbError> {
    match security_settings::Entity::find_by_id(ONLY).one(source.connection()).await? {
        None => Ok((0, SecuritySettings::default())),
        Some(row) => {
            let settings = whole(&row.document).map_err(|_| DbError::corrupt("security_settings"))?;
            Ok((row.version, settings))
        }
    }
}

/// Stored settings, with the defaults of what came to be set only after they were stored.
fn whole(document: &str) -> Result<SecuritySettings, serde_json::Error> {
    let mut members: serde_json::Map<_, _> =
        serde_json::from_value(serde_json::to_value(SecuritySettings::default())?)?;
    members.extend(serde_json::from_str::<serde_json::Map<_, _>>(document)?);
    serde_json::from_value(members.into())
}

/// Overwrites the settings if they still have the version the caller saw.
pub async fn save_settings(tx: &Tx, seen: i32, settings: &SecuritySettings) -> Result<(), DbError> {
    let document = serde_json::to_string(settings).map_err(|_| DbError::corrupt("security_settings"))?;
    if seen == 0 {
        let row = security_settings::ActiveModel { id: Set(ONLY), version: Set(1), document: Set(document) };
        let inserted = security_settings::Entity::insert(row)
            .on_conflict_do_nothing_on([security_settings::Column::Id])
            .exec_without_returning(tx.connection())
            .await?;
        return match inserted {
            sea_orm::TryInsertResult::Inserted(1) => Ok(()),
            _ => Err(DbError::Outdated),
        };
    }
    let result = security_settings::Entity::update_many()
        .col_expr(security_settings::Column::Document, Expr::value(document))
        .col_expr(security_settings::Column::Version, Expr::value(seen + 1))
        .filter(security_settings::Column::Version.eq(seen))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(DbError::Outdated) }
}

/// Lets a session or a key open a card until then.
pub async fn grant_card(tx: &Tx, credential: Uuid, client: ClientId, until: DateTime<Utc>) -> Result<(), DbError> {
    card_reason::Entity::delete_by_id((credential, client.as_uuid())).exec(tx.connection()).await?;
    let row = card_reason::ActiveModel {
        credential_id: Set(credential),
        client_id: Set(client.as_uuid()),
        until: Set(until),
    };
    card_reason::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Whether a reason was given that still holds.
pub async fn has_reason(
    source: &impl Source,
    credential: Uuid,
    client: ClientId,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let row = card_reason::Entity::find_by_id((credential, client.as_uuid())).one(source.connection()).await?;
    Ok(row.is_some_and(|row| row.until > now))
}

/// The cards that a session or a key may open for a reason that still holds.
pub async fn cards_with_reason(
    source: &impl Source,
    credential: Uuid,
    now: DateTime<Utc>,
) -> Result<HashSet<ClientId>, DbError> {
    let rows = card_reason::Entity::find()
        .filter(card_reason::Column::CredentialId.eq(credential))
        .filter(card_reason::Column::Until.gt(now))
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(|row| ClientId::from_uuid(row.client_id)).collect())
}

/// What a session's reasons opened, its successor opens as well.
pub async fn move_reasons(tx: &Tx, from: SessionId, to: SessionId) -> Result<(), DbError> {
    card_reason::Entity::update_many()
        .col_expr(card_reason::Column::CredentialId, Expr::value(to.as_uuid()))
        .filter(card_reason::Column::CredentialId.eq(from.as_uuid()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Forgets reasons that hold no longer.
pub async fn forget_reasons(tx: &Tx, now: DateTime<Utc>) -> Result<(), DbError> {
    card_reason::Entity::delete_many().filter(card_reason::Column::Until.lte(now)).exec(tx.connection()).await?;
    Ok(())
}
