//! The texts that people are shown when they are asked for consent.

use crate::{
    entity::wording,
    error::DbError,
    tx::{Source, Tx},
};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use zgoda_domain::{
    consent::{Channel, Language, Wording},
    id::{PurposeId, WordingId},
    text::LongText,
};

/// Appends the next version of a purpose's text in a language; returns its number.
pub async fn insert(
    tx: &Tx,
    id: WordingId,
    purpose_id: PurposeId,
    language: Language,
    channel: Option<Channel>,
    text: &LongText,
    now: DateTime<Utc>,
) -> Result<i32, DbError> {
    let last = wording::Entity::find()
        .filter(wording::Column::PurposeId.eq(purpose_id.as_uuid()))
        .filter(wording::Column::Language.eq(language.code()))
        .order_by_desc(wording::Column::Version)
        .one(tx.connection())
        .await?;
    let version = last.map_or(1, |row| row.version + 1);
    let row = wording::ActiveModel {
        id: Set(id.as_uuid()),
        purpose_id: Set(purpose_id.as_uuid()),
        language: Set(language.code().to_owned()),
        version: Set(version),
        text: Set(text.as_str().to_owned()),
        sha256: Set(zgoda_vault::sha256_hex(text.as_str().as_bytes())),
        created_at: Set(now),
        channel: Set(channel.map(|channel| channel.code().to_owned())),
    };
    wording::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(version)
}

/// All wordings, newest first.
pub async fn all(source: &impl Source) -> Result<Vec<Wording>, DbError> {
    let rows = wording::Entity::find()
        .order_by_desc(wording::Column::CreatedAt)
        // Several may be added at the same moment.
        .order_by_desc(wording::Column::Version)
        .order_by_desc(wording::Column::Id)
        .all(source.connection())
        .await?;
    rows.into_iter().map(to_wording).collect()
}

fn to_wording(row: wording::Model) -> Result<Wording, DbError> {
    let corrupt = || DbError::corrupt("wordings");
    Ok(Wording {
        id: WordingId::from_uuid(row.id),
        purpose_id: PurposeId::from_uuid(row.purpose_id),
        language: Language::from_code(&row.language).ok_or_else(corrupt)?,
        channel: row.channel.as_deref().map(|code| Channel::from_code(code).ok_or_else(corrupt)).transpose()?,
        version: row.version,
        text: LongText::parse(&row.text).map_err(|_| corrupt())?,
        sha256: row.sha256,
        created_at: row.created_at,
    })
}
